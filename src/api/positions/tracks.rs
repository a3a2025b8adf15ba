//! Files of recorded tracks -> positions: GPX, GeoJSON, CSV.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::batch::PositionBody;
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
    fn push(&mut self, position: Option<PositionBody>) {
        match position {
            Some(position) => self.positions.push(position),
            None => self.unread += 1,
        }
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
                    track.push(place.zip(time).map(|((lat, lon), ms)| position(ms, lat, lon)));
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

/// Reads points with a `time` (ISO 8601 or Unix ms), and lines with `coordTimes`.
///
/// # Errors
/// It is no GeoJSON: one sentence.
pub fn geojson(text: &[u8]) -> Result<Track, String> {
    let root: Value = serde_json::from_slice(text).map_err(|fault| format!("it is no GeoJSON: {fault}"))?;
    let alone = std::slice::from_ref(&root);
    let features = root["features"].as_array().map_or(alone, Vec::as_slice);
    let mut track = Track::default();
    for feature in features {
        let (geometry, known) = (&feature["geometry"], &feature["properties"]);
        match geometry["type"].as_str() {
            Some("Point") => {
                let time = ["tst_ms", "time", "timestamp"].iter().find_map(|name| instant(&known[*name]));
                let found = pair(&geometry["coordinates"]).zip(time);
                track.push(found.map(|((lat, lon), ms)| PositionBody {
                    accuracy_m: known["accuracy_m"].as_f64(),
                    speed_mps: known["speed_mps"].as_f64(),
                    ..position(ms, lat, lon)
                }));
            }
            Some("LineString") => {
                let places = geometry["coordinates"].as_array().map_or(&[][..], Vec::as_slice);
                for (n, place) in places.iter().enumerate() {
                    let found = pair(place).zip(instant(&known["coordTimes"][n]));
                    track.push(found.map(|((lat, lon), ms)| position(ms, lat, lon)));
                }
            }
            _ => track.unread += 1,
        }
    }
    Ok(track)
}

fn pair(coordinates: &Value) -> Option<(f64, f64)> {
    coordinates[1].as_f64().zip(coordinates[0].as_f64())
}

fn instant(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| instant_ms(value.as_str()?))
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
        }));
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

    proptest! {
        #[test]
        fn no_file_is_too_odd(text: Vec<u8>, tags in "[<>a-z/=\" 0-9.]{0,80}") {
            let _ = (gpx(&text), geojson(&text), csv(&text));
            let _ = (gpx(tags.as_bytes()), geojson(tags.as_bytes()), csv(tags.as_bytes()));
        }
    }
}
