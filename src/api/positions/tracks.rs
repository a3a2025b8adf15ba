//! Files of recorded tracks -> positions: GPX, GeoJSON, CSV.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::batch::PositionBody;
use super::body;
use super::limited::{POSITIONS_MAX, too_many};
use crate::sheets::Limits;
use crate::sites::table::Table;
use crate::units::time::instant_ms;

/// Numbers, texts and lists in a GeoJSON file: ten of them are more than a position takes. Counted before any of it is
/// unfolded in memory.
const VALUES_MAX: usize = 30 * POSITIONS_MAX;

/// The head of an XML file, where its letters are named.
const HEAD_BYTES: usize = 200;

/// Columns of a table by the names under which apps write them; the first is ours. A speed is in metres a second.
const COLUMNS: [(&str, &[&str]); 7] = [
    ("lat", &["latitude", "y"]),
    ("lon", &["lng", "long", "longitude", "x"]),
    ("tst_ms", &["timestamp_ms", "epoch_ms", "time_ms"]),
    ("time", &["timestamp", "datetime", "date_time", "utc", "iso_time", "recorded_at", "tst", "epoch"]),
    ("accuracy_m", &["accuracy", "acc", "horizontal_accuracy", "hacc", "accuracy (m)"]),
    ("speed_mps", &["speed", "velocity", "speed (m/s)"]),
    ("datum", &[]),
];

/// What a file holds: positions, how many points could not be read or have no time, and how many places nobody claims to
/// have been at.
#[derive(Debug, Default)]
pub struct Track {
    pub positions: Vec<PositionBody>,
    pub unread: u64,
    pub places: u64,
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

/// Reads the track points of a GPX file that have a time. Way points and points of a route are places that somebody drew
/// or plans to go to: they are counted and are no positions of a person.
///
/// # Errors
/// It is no XML: one sentence.
pub fn gpx(bytes: &[u8]) -> Result<Track, String> {
    let text = text_of(bytes)?;
    let mut reader = Reader::from_str(&text);
    let mut track = Track::default();
    // The point, its time, how deep in it we are, and whether its time follows; an extension may have a time of its own.
    let (mut at, mut time, mut depth, mut in_time) = (None, None, 0_usize, false);
    loop {
        match reader.read_event().map_err(|fault| format!("it is no GPX: {fault}"))? {
            Event::Start(tag) if at.is_some() => {
                depth += 1;
                in_time = depth == 1 && tag.local_name().as_ref() == "time";
            }
            Event::Start(tag) if is(&tag, "trkpt") => (at, time, depth) = (Some(place(&tag)), None, 0),
            Event::Empty(tag) if is(&tag, "trkpt") => track.unread += 1,
            Event::Start(tag) | Event::Empty(tag) if is(&tag, "wpt") || is(&tag, "rtept") => {
                track.places += 1
            }
            Event::Text(text) if in_time => time = instant_ms(&text),
            Event::End(_) if at.is_some() && depth > 0 => {
                depth -= 1;
                in_time = false;
            }
            Event::End(_) => {
                if let Some(place) = at.take() {
                    track.push(place.zip(time).map(|((lat, lon), ms)| position(ms, lat, lon)))?;
                }
            }
            Event::Eof => return Ok(track),
            _ => {}
        }
    }
}

/// The text of an XML file in the letters that its first bytes or its first line name; UTF-8 else.
fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD_BYTES)]);
    let named = head.split_once("encoding=").and_then(|(_, rest)| {
        let quote = rest.chars().next()?;
        rest.get(quote.len_utf8()..)?.split(quote).next().map(str::to_owned)
    });
    let letters = match &named {
        Some(name) => Encoding::for_label(name.as_bytes()).ok_or_else(|| {
            format!("it is no GPX: the letters `{}` are not known, save it as UTF-8", shortened(name))
        })?,
        None => UTF_8,
    };
    let (text, used, damaged) = letters.decode(bytes);
    if damaged && used == UTF_8 {
        return Err("it is no GPX: it is not UTF-8 and names no other letters".into());
    }
    Ok(text)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

fn is(tag: &BytesStart, name: &str) -> bool {
    tag.local_name().as_ref() == name
}

fn place(tag: &BytesStart) -> Option<(f64, f64)> {
    let number = |name: &str| {
        let value = tag.try_get_attribute(name).ok()??;
        value.value.trim().parse::<f64>().ok()
    };
    number("lat").zip(number("lon"))
}

/// Reads points with a time (ISO 8601, Unix seconds or ms), lines of one or several parts with a time for each point, and
/// Overland's `locations`.
///
/// # Errors
/// It is no GeoJSON, or holds more positions than may be: one sentence.
pub fn geojson(bytes: &[u8]) -> Result<Track, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let values = bytes.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
    if values > VALUES_MAX {
        return Err(too_many("the file", values / 10));
    }
    let root: Value = serde_json::from_slice(bytes).map_err(|fault| format!("it is no GeoJSON: {fault}"))?;
    let alone = std::slice::from_ref(&root);
    let features = root["features"].as_array().or(root["locations"].as_array()).or(root.as_array());
    let features = features.map_or(alone, Vec::as_slice);
    if features.len() > POSITIONS_MAX {
        return Err(too_many("the file", features.len()));
    }
    let mut track = Track::default();
    for feature in features {
        let (geometry, known) = (&feature["geometry"], &feature["properties"]);
        let times = match &known["coordTimes"] {
            Value::Null => &known["coordinateProperties"]["times"],
            times => times,
        };
        match geometry["type"].as_str() {
            Some("Point") => track.push(point(&geometry["coordinates"], known))?,
            Some("LineString") => line(&geometry["coordinates"], times, &mut track)?,
            Some("MultiLineString") => {
                let parts = geometry["coordinates"].as_array().map_or(&[][..], Vec::as_slice);
                for (n, part) in parts.iter().enumerate() {
                    line(part, &times[n], &mut track)?;
                }
            }
            _ => track.unread += 1,
        }
    }
    Ok(track)
}

fn point(coordinates: &Value, known: &Value) -> Option<PositionBody> {
    let of = |names: &[&str]| names.iter().find_map(|name| body::known(&known[*name]));
    let time = ["tst_ms", "time", "timestamp", "tst"].iter().find_map(|name| body::instant(&known[*name]));
    let ((lat, lon), ms) = pair(coordinates).zip(time)?;
    Some(PositionBody {
        accuracy_m: of(&["accuracy_m", "horizontal_accuracy", "accuracy", "acc"]),
        speed_mps: of(&["speed_mps", "speed"]),
        ..position(ms, lat, lon)
    })
}

fn line(coordinates: &Value, times: &Value, track: &mut Track) -> Result<(), String> {
    let places = coordinates.as_array().map_or(&[][..], Vec::as_slice);
    if places.len() > POSITIONS_MAX {
        return Err(too_many("a line", places.len()));
    }
    for (n, place) in places.iter().enumerate() {
        let found = pair(place).zip(body::instant(&times[n]));
        track.push(found.map(|((lat, lon), ms)| position(ms, lat, lon)))?;
    }
    Ok(())
}

fn pair(coordinates: &Value) -> Option<(f64, f64)> {
    body::number(&coordinates[1]).zip(body::number(&coordinates[0]))
}

/// Reads a table with a latitude, a longitude and a time (ISO 8601, Unix seconds or ms); the accuracy, the speed and the
/// datum if there. Columns go by the names that apps give them, in letters of any size.
///
/// # Errors
/// It is no such table: one sentence.
pub fn csv(bytes: &[u8]) -> Result<Track, String> {
    let table =
        Table::read(&renamed(bytes), &["lat", "lon"], &Limits::SENT).map_err(|fault| fault.to_string())?;
    let mut track = Track::default();
    for row in table.rows() {
        let number = |column: &str| row.text(column).and_then(|text| text.parse::<f64>().ok());
        let known = |column: &str| number(column).filter(|number| *number >= 0.0);
        let time = ["tst_ms", "time"].into_iter().find_map(|column| {
            let text = row.text(column)?;
            text.parse().ok().map(body::unix_ms).or_else(|| instant_ms(text))
        });
        let found = number("lat").zip(number("lon")).zip(time);
        track.push(found.map(|((lat, lon), ms)| PositionBody {
            datum: row.text("datum").map(str::to_owned),
            accuracy_m: known("accuracy_m"),
            speed_mps: known("speed_mps"),
            ..position(ms, lat, lon)
        }))?;
    }
    Ok(track)
}

/// The table with our names in its header; of two columns of one meaning the first is taken.
fn renamed(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(bytes.len());
    let header = String::from_utf8_lossy(&bytes[..end]);
    let mut taken = Vec::new();
    let mut rename = |cell: &str| {
        let name = cell.trim().trim_matches('"').trim().to_lowercase();
        let ours = COLUMNS.iter().find(|(ours, theirs)| name == *ours || theirs.contains(&name.as_str()));
        match ours.filter(|(ours, _)| !taken.contains(ours)) {
            Some((ours, _)) => {
                taken.push(*ours);
                (*ours).to_owned()
            }
            None => format!("\"{}\"", cell.trim().trim_matches('"').replace('"', "")),
        }
    };
    let times = |between: &char| header.matches(*between).count();
    let between = ['\t', ';', ','].into_iter().max_by_key(times).unwrap_or(',');
    let header: Vec<String> = header.split(between).map(&mut rename).collect();
    [header.join(between.to_string().as_str()).as_bytes(), &bytes[end..]].concat()
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
        let text = br#"{"locations":[{"type":"Feature","properties":{"timestamp":1770859800,"horizontal_accuracy":5,"speed":-1},"geometry":{"type":"Point","coordinates":[121.4,31.2]}}]}"#;
        check(geojson(text), 1, 0);
        let text = br#"{"type":"Feature","properties":{"coordTimes":[["2026-02-12T01:30:00Z"],[1770859800000]]},"geometry":{"type":"MultiLineString","coordinates":[[[121.4,31.2],[1,2]],[[121.4,31.2]]]}}"#;
        check(geojson(text), 2, 1);
        check(csv(format!("tst_ms,lat,lon,datum\n{MS},31.2,121.4,gcj02\n").as_bytes()), 1, 0);
    }

    #[test]
    fn a_point_keeps_its_own_time_and_places_that_were_drawn_are_no_positions() {
        let text = br#"<gpx><wpt lat="31.2" lon="121.4"><time>2026-02-12T01:30:00Z</time><name>A</name></wpt>
            <rte><rtept lat="1" lon="2"/></rte><trk><trkseg><trkpt lat="31.2" lon="121.4"><time>2026-02-12T01:30:00Z</time>
            <extensions><x:e><x:time>2001-01-01T00:00:00Z</x:time></x:e></extensions></trkpt></trkseg></trk></gpx>"#;
        check(gpx(text), 1, 0);
        assert_eq!(gpx(text).unwrap().places, 2);
    }

    #[test]
    fn letters_are_those_that_the_file_names() {
        let point =
            r#"<trkpt lat="31.2" lon="121.4"><time>2026-02-12T01:30:00Z</time></trkpt></trkseg></trk></gpx>"#;
        let file = |head: &str, name: &[u8]| {
            let head = format!("<?xml version=\"1.0\"{head}?><gpx><trk><name>");
            [head.as_bytes(), name, b"</name><trkseg>", point.as_bytes()].concat()
        };
        check(gpx(&file(" encoding=\"ISO-8859-1\"", b"B\xfcro")), 1, 0);
        check(gpx(&file(" encoding='GBK'", b"\xb9\xab\xcb\xbe")), 1, 0);
        check(gpx(&file("", "Büro".as_bytes())), 1, 0);
        assert!(gpx(&file("", b"B\xfcro")).unwrap_err().contains("UTF-8"));
        assert!(gpx(&file(" encoding=\"klingon\"", b"")).unwrap_err().contains("`klingon`"));
    }

    #[test]
    fn a_table_of_a_logger_keeps_what_it_says_of_its_accuracy() {
        let text = b"time,lat,lon,elevation,accuracy,bearing,speed,satellites,provider\n2026-02-12T01:30:00Z,31.2,121.4,10,1800,0,0.5,0,network\n";
        let track = csv(text).unwrap();
        let first = &track.positions[0];
        assert_eq!((first.tst_ms, first.accuracy_m, first.speed_mps), (MS, Some(1800.0), Some(0.5)));
        check(csv(b"\xef\xbb\xbfTime,\"Lat\",LONGITUDE\r\n1770859800,31.2,121.4\r\n"), 1, 0);
        check(csv(b"timestamp,time,lat,lon\n1770859800,x,31.2,121.4\n"), 1, 0);
        check(csv(b"TIME;LATITUDE;LONGITUDE\n2026-02-12T01:30:00Z;31.2;121.4\n"), 1, 0);
        check(csv(b"time\tlat\tlon\n2026-02-12T01:30:00Z\t31.2\t121.4\n"), 1, 0);
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
