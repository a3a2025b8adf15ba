//! Files of recorded tracks -> positions: GPX, GeoJSON, CSV.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::batch::PositionBody;
use super::limited::{Limited, POSITIONS_MAX};
use crate::sheets::Limits;
use crate::sites::table::Table;
use crate::units::time::instant_ms;

/// What a file holds: positions, and how many points had none, or no time.
#[derive(Debug, Default)]
pub struct Track {
    pub positions: Vec<PositionBody>,
    pub unread: u64,
}

impl Track {
    /// # Errors
    /// The file holds more than may be.
    fn push(&mut self, position: Option<PositionBody>) -> Result<(), String> {
        match position {
            Some(_) if self.positions.len() >= POSITIONS_MAX => {
                return Err(format!("the file holds more than {POSITIONS_MAX} positions: send it in parts"));
            }
            Some(position) => self.positions.push(position),
            None => self.unread += 1,
        }
        Ok(())
    }
}

fn position(tst_ms: i64, lat: f64, lon: f64) -> PositionBody {
    PositionBody {
        tst_ms,
        lat,
        lon,
        datum: None,
        accuracy_m: None,
        speed_mps: None,
        battery: None,
        mock: false,
        source: None,
    }
}

/// Reads the track points and way points of a GPX file that have a time.
///
/// # Errors
/// It is no XML: one sentence.
pub fn gpx(text: &[u8]) -> Result<Track, String> {
    let text = std::str::from_utf8(text).map_err(|_| "it is no GPX: save it as UTF-8")?;
    let mut reader = Reader::from_str(text);
    let mut track = Track::default();
    let (mut at, mut time, mut in_time) = (None, None, false);
    loop {
        match reader.read_event().map_err(|fault| format!("it is no GPX: {fault}"))? {
            Event::Start(tag) if is_point(&tag) => (at, time) = (Some(place(&tag)), None),
            Event::Empty(tag) if is_point(&tag) => track.unread += 1,
            Event::Start(tag) if tag.local_name().as_ref() == "time" => in_time = true,
            Event::Text(text) if in_time => {
                time = instant_ms(&text);
            }
            Event::End(tag) => {
                in_time = false;
                if matches!(tag.local_name().as_ref(), "trkpt" | "wpt")
                    && let Some(place) = at.take()
                {
                    track.push(place.zip(time).map(|((lat, lon), ms)| position(ms, lat, lon)))?;
                }
            }
            Event::Eof => return Ok(track),
            _ => {}
        }
    }
}

fn is_point(tag: &BytesStart) -> bool {
    matches!(tag.local_name().as_ref(), "trkpt" | "wpt")
}

fn place(tag: &BytesStart) -> Option<(f64, f64)> {
    let number = |name: &str| {
        let value = tag.try_get_attribute(name).ok()??;
        value.value.trim().parse::<f64>().ok()
    };
    number("lat").zip(number("lon"))
}

/// A feature, of which only what is needed is read.
#[derive(Deserialize)]
struct Feature<'a> {
    #[serde(borrow)]
    geometry: Option<Geometry<'a>>,
    #[serde(borrow)]
    properties: Option<Properties<'a>>,
}

#[derive(Deserialize)]
struct Geometry<'a> {
    #[serde(rename = "type", borrow)]
    kind: &'a RawValue,
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'a> {
    #[serde(rename = "tst_ms", borrow)]
    tst_ms: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(rename = "accuracy_m", borrow)]
    accuracy_m: Option<&'a RawValue>,
    #[serde(rename = "speed_mps", borrow)]
    speed_mps: Option<&'a RawValue>,
    #[serde(borrow)]
    coord_times: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Collection<'a> {
    #[serde(borrow)]
    features: Option<&'a RawValue>,
}

/// Reads points with a `time` (ISO 8601 or Unix ms), and lines with `coordTimes`.
///
/// # Errors
/// It is no GeoJSON, or holds more positions than may be: one sentence.
pub fn geojson(text: &[u8]) -> Result<Track, String> {
    let alone: &RawValue =
        serde_json::from_slice(text).map_err(|fault| format!("it is no GeoJSON: {fault}"))?;
    let root = serde_json::from_str::<Collection>(alone.get()).ok().and_then(|root| root.features);
    let features = match root.and_then(read::<Limited<&RawValue>>) {
        Some(features) => features.all("the file")?,
        None => vec![alone],
    };
    let mut track = Track::default();
    for feature in features {
        let Some(Feature { geometry: Some(geometry), properties }) = read(feature) else {
            track.unread += 1;
            continue;
        };
        let known = properties.unwrap_or_default();
        match read::<String>(geometry.kind).as_deref() {
            Some("Point") => {
                let time = [known.tst_ms, known.time, known.timestamp].into_iter().find_map(instant);
                let found = geometry.coordinates.and_then(pair).zip(time);
                track.push(found.map(|((lat, lon), ms)| PositionBody {
                    accuracy_m: known.accuracy_m.and_then(read),
                    speed_mps: known.speed_mps.and_then(read),
                    ..position(ms, lat, lon)
                }))?;
            }
            Some("LineString") => line(&mut track, geometry.coordinates, known.coord_times)?,
            _ => track.unread += 1,
        }
    }
    Ok(track)
}

fn line(track: &mut Track, places: Option<&RawValue>, times: Option<&RawValue>) -> Result<(), String> {
    let list = |raw: Option<&'_ RawValue>| -> Result<Vec<Box<RawValue>>, String> {
        raw.and_then(read::<Limited<Box<RawValue>>>).map_or(Ok(Vec::new()), |list| list.all("a line"))
    };
    let (places, times) = (list(places)?, list(times)?);
    for (n, place) in places.iter().enumerate() {
        let found = pair(place).zip(instant(times.get(n).map(|time| &**time)));
        track.push(found.map(|((lat, lon), ms)| position(ms, lat, lon)))?;
    }
    Ok(())
}

fn read<'a, T: Deserialize<'a>>(raw: &'a RawValue) -> Option<T> {
    serde_json::from_str(raw.get()).ok()
}

fn pair(coordinates: &RawValue) -> Option<(f64, f64)> {
    match read::<Limited<f64>>(coordinates)?.items[..] {
        [lon, lat, ..] => Some((lat, lon)),
        _ => None,
    }
}

fn instant(value: Option<&RawValue>) -> Option<i64> {
    let value = value?;
    read(value).or_else(|| instant_ms(&read::<String>(value)?))
}

/// Reads a table with `lat`, `lon`, and `tst_ms` or `time`; `datum`, `accuracy_m` and `speed_mps` if there.
///
/// # Errors
/// It is no such table: one sentence.
pub fn csv(text: &[u8]) -> Result<Track, String> {
    let table = Table::read(text, &["lat", "lon"], &Limits::SENT).map_err(|fault| fault.to_string())?;
    let mut track = Track::default();
    for row in table.rows() {
        let number = |column: &str| row.text(column).and_then(|text| text.parse::<f64>().ok());
        let time = row.text("tst_ms").and_then(|text| text.parse().ok());
        let time = time.or_else(|| instant_ms(row.text("time")?));
        let found = number("lat").zip(number("lon")).zip(time);
        track.push(found.map(|((lat, lon), ms)| PositionBody {
            datum: row.text("datum").map(str::to_owned),
            accuracy_m: number("accuracy_m"),
            speed_mps: number("speed_mps"),
            ..position(ms, lat, lon)
        }))?;
    }
    Ok(track)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MS: i64 = 1_770_859_800_000;

    #[track_caller]
    fn check(track: Result<Track, String>, points: usize, unread: u64) {
        let track = track.unwrap();
        assert_eq!((track.positions.len(), track.unread), (points, unread), "{track:?}");
        let first = &track.positions[0];
        assert_eq!((first.tst_ms, first.lat, first.lon), (MS, 31.2, 121.4));
    }

    #[test]
    fn tracks_read_in_each_form() {
        let text = br#"<?xml version="1.0"?><gpx xmlns="http://www.topografix.com/GPX/1/1"><metadata><time>2026-01-01T00:00:00Z</time></metadata>
            <trk><trkseg><trkpt lat="31.2" lon="121.4"><ele>3</ele><time>2026-02-12T01:30:00Z</time></trkpt>
            <trkpt lat="31.2" lon="121.4"/><trkpt lat="x" lon="1"><time>2026-02-12T01:30:00Z</time></trkpt></trkseg></trk></gpx>"#;
        check(gpx(text), 1, 2);
        let text = br#"{"type":"FeatureCollection","features":[
            {"type":"Feature","properties":{"time":"2026-02-12T01:30:00Z","accuracy_m":5},"geometry":{"type":"Point","coordinates":[121.4,31.2]}},
            {"type":"Feature","properties":{"coordTimes":["2026-02-12T01:31:00Z"]},"geometry":{"type":"LineString","coordinates":[[121.4,31.2],[121.5,31.2]]}},
            {"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[]}}]}"#;
        check(geojson(text), 2, 2);
        check(csv(b"time,lat,lon,accuracy_m\n2026-02-12T09:30:00+08:00,31.2,121.4,9\nx,1,2,3\n"), 1, 1);
        check(csv(format!("tst_ms,lat,lon,datum\n{MS},31.2,121.4,gcj02\n").as_bytes()), 1, 0);
    }

    #[test]
    fn what_is_no_track_is_refused_with_a_sentence() {
        assert!(gpx(b"<gpx><trkpt lat=").is_err());
        assert!(geojson(b"<gpx/>").unwrap_err().contains("no GeoJSON"));
        assert!(csv(b"time,x\n1,2\n").unwrap_err().contains("lat"));
    }

    #[test]
    fn a_file_of_too_many_positions_is_refused_in_each_form() {
        let point = "<trkpt lat=\"1\" lon=\"2\"><time>2026-02-12T01:30:00Z</time></trkpt>";
        let text = format!("<gpx>{}</gpx>", point.repeat(POSITIONS_MAX + 1));
        assert!(gpx(text.as_bytes()).unwrap_err().contains("more than 100000 positions"));
        let rows = "1770859800000,1,2\n".repeat(POSITIONS_MAX + 1);
        assert!(csv(format!("tst_ms,lat,lon\n{rows}").as_bytes()).unwrap_err().contains("100000 positions"));
        let many = |one: &str| vec![one; POSITIONS_MAX + 1].join(",");
        let text = format!("{{\"features\":[{}]}}", many("{}"));
        assert!(geojson(text.as_bytes()).unwrap_err().contains("100001 positions"));
        let line = format!("{{\"type\":\"LineString\",\"coordinates\":[{}]}}", many("[1,2]"));
        let text = format!("{{\"geometry\":{line},\"properties\":{{}}}}");
        assert!(geojson(text.as_bytes()).unwrap_err().contains("100001 positions"));
    }

    proptest! {
        #[test]
        fn no_file_is_too_odd(text: Vec<u8>, tags in "[<>a-z/=\" 0-9.]{0,80}") {
            let _ = (gpx(&text), geojson(&text), csv(&text));
            let _ = (gpx(tags.as_bytes()), geojson(tags.as_bytes()), csv(tags.as_bytes()));
        }
    }
}
