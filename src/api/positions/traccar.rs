//! Traccar Client: JSON from version 9 on, a query or a form before. It is answered with an empty 200; a device that is
//! not known with 404 (JSON) or 400 (query and form), as its own server does, so that it keeps what it has.

use std::collections::HashMap;

use axum::extract::{RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use super::{App, Refusal, Unread, body, refused};
use crate::api::network::Visitor;
use crate::api::refusal::Problem;
use crate::fixes::{Fix, Refused, Source, assumed_sent_ms};
use crate::units::Datum;
use crate::units::time::instant_ms;

/// Metres a second in a knot.
const KNOT_MPS: f64 = 1852.0 / 3600.0;

/// What its settings link carries besides the address and the secret: a position every 75 m or minute on the way, silence at
/// rest but for a heartbeat every five minutes, and a queue for when there is no network.
pub const SETTINGS: &str =
    "accuracy=high&distance=75&interval=60&heartbeat=300&stop_detection=true&buffer=true";

/// What an app says in one position.
#[derive(Debug, Clone, PartialEq)]
enum Said {
    At(Box<Fix>),
    /// It is alive and knows no position: it has not moved since the last one.
    Alive(i64),
    /// Not stored, and counted.
    No(Refused),
}

/// Who reports, and what.
type Read = (String, Vec<Said>);

fn fix(rx_ms: i64, tst_ms: i64, lat: f64, lon: f64) -> Fix {
    Fix {
        device: String::new(),
        tst_ms,
        sent_ms: assumed_sent_ms(tst_ms, rx_ms),
        rx_ms,
        lat,
        lon,
        datum: Datum::Wgs84,
        accuracy_m: None,
        speed_mps: None,
        source: Source::Traccar,
        battery: None,
        mock: false,
    }
}

/// Reads JSON: one report, whose location may be an array, or an array of reports; the query where only that says a place.
/// The secret is `None` when neither says a device.
fn read_json(body: &[u8], query: &str, rx_ms: i64) -> Result<Option<Read>, serde_json::Error> {
    let root: Value = serde_json::from_slice(body)?;
    let reports = root.as_array().map_or(std::slice::from_ref(&root), Vec::as_slice);
    let named = reports.iter().find_map(|report| text_of(&report["device_id"]));
    if reports.iter().all(|report| report["location"].is_null()) && has_place(&pairs_of(query)) {
        return Ok(read_pairs(query, "", rx_ms));
    }
    let Some(secret) = named.or_else(|| secret_of(&pairs_of(query))) else { return Ok(None) };
    let said = reports.iter().flat_map(|report| match &report["location"] {
        Value::Array(locations) => locations.iter().map(|location| read_location(location, rx_ms)).collect(),
        location => vec![read_location(location, rx_ms)],
    });
    Ok(Some((secret, said.collect())))
}

fn read_location(location: &Value, rx_ms: i64) -> Said {
    let (coords, timestamp) = (&location["coords"], &location["timestamp"]);
    let tst_ms = body::instant(timestamp);
    if !coords.is_object() {
        return tst_ms.map_or(Said::No(Refused::NoPosition), Said::Alive);
    }
    let place = body::number(&coords["latitude"]).zip(body::number(&coords["longitude"]));
    let Some(((lat, lon), tst_ms)) = place.zip(tst_ms) else { return Said::No(Refused::Malformed) };
    Said::At(Box::new(Fix {
        accuracy_m: body::known(&coords["accuracy"]),
        speed_mps: body::known(&coords["speed"]),
        battery: body::known(&location["battery"]["level"]),
        mock: body::flag(&location["mock"]),
        ..fix(rx_ms, tst_ms, lat, lon)
    }))
}

fn text_of(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()))
}

fn pairs_of(text: &str) -> HashMap<String, String> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(text.trim()).unwrap_or_default();
    pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn has_place(pairs: &HashMap<String, String>) -> bool {
    pairs.contains_key("location") || pairs.contains_key("lat") && pairs.contains_key("lon")
}

fn secret_of(pairs: &HashMap<String, String>) -> Option<String> {
    pairs.get("id").or_else(|| pairs.get("deviceid")).or_else(|| pairs.get("device_id")).cloned()
}

/// Reads the pairs of a query and of a form, of which the form counts where both say something.
fn read_pairs(query: &str, form: &str, rx_ms: i64) -> Option<Read> {
    let mut pairs = pairs_of(query);
    pairs.extend(pairs_of(form));
    let secret = secret_of(&pairs)?;
    Some((secret, vec![read_position(&pairs, rx_ms)]))
}

fn read_position(pairs: &HashMap<String, String>, rx_ms: i64) -> Said {
    let text = |name: &str| pairs.get(name).map(String::as_str);
    let number = |name| {
        text(name).and_then(|text| text.trim().parse::<f64>().ok()).filter(|number| number.is_finite())
    };
    let known = |name| number(name).filter(|number| *number >= 0.0);
    let flag = |name| text(name).is_some_and(|text| text == "true" || text == "1");
    let tst_ms = match text("timestamp") {
        None => Some(rx_ms),
        Some(text) => text.trim().parse().ok().map(body::unix_ms).or_else(|| instant_ms(text)),
    };
    let placeless = ["lat", "lon", "location"].iter().all(|name| text(name).is_none());
    if placeless || text("valid").is_some_and(|valid| valid == "false" || valid == "0") {
        return tst_ms.map_or(Said::No(Refused::NoPosition), Said::Alive);
    }
    let pair = text("location").and_then(|pair| pair.split_once(','));
    let pair = pair.and_then(|(lat, lon)| Some((lat.trim().parse().ok()?, lon.trim().parse().ok()?)));
    let place = number("lat").zip(number("lon")).or(pair);
    let Some(((lat, lon), tst_ms)) = place.zip(tst_ms) else { return Said::No(Refused::Malformed) };
    Said::At(Box::new(Fix {
        accuracy_m: known("accuracy"),
        speed_mps: known("speed").map(|knots| knots * KNOT_MPS),
        battery: known("batt").map(|percent| percent / 100.0),
        mock: flag("mock"),
        ..fix(rx_ms, tst_ms, lat, lon)
    }))
}

/// Takes one position of Traccar Client 9 and later as JSON, or of an older one as a form.
#[utoipa::path(post, path = "/api/v1/positions/traccar", tag = "positions", operation_id = "traccar",
    request_body(content = Object, description = "`device_id` is the secret; `location` holds `timestamp`, `coords` (`latitude`, \
    `longitude`, `accuracy` in m, `speed` in m/s), `battery.level` and `mock`, or is an array of these. A form says it in pairs"),
    responses((status = 200, description = "let go of it"),
    (status = 400, body = Problem, description = "bad_positions: cannot be read, or unknown_device in a form"),
    (status = 403, body = Problem, description = "no_location_consent"),
    (status = 404, body = Problem, description = "unknown_device"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn take(
    State(app): State<App>,
    visitor: Visitor,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    // Who says in the query who it is need not send the rest.
    if let Some((secret, _)) = query.as_deref().and_then(|query| read_pairs(query, "", app.now_ms()))
        && let Err(refusal) = app.device(visitor, &secret).await
    {
        return unknown(refusal, StatusCode::BAD_REQUEST);
    }
    let headers = request.headers().clone();
    let bytes = match crate::api::body::read(request, &app.bodies, None).await {
        Ok(bytes) => bytes,
        Err(refusal) => return refused(refusal),
    };
    let body = match body::plain(&headers, &bytes) {
        Ok(body) => body,
        Err(refusal) => return refused(refusal),
    };
    let (query, rx_ms) = (query.unwrap_or_default(), app.now_ms());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if matches!(first, Some(b'{' | b'[')) || first.is_some() && kind.starts_with("application/json") {
        return match read_json(&body, &query, rx_ms) {
            Ok(Some(read)) => taken(&app, visitor, read, StatusCode::NOT_FOUND).await,
            Ok(None) => unknown(Refusal::UnknownDevice, StatusCode::NOT_FOUND),
            Err(fault) => refused(Refusal::BadPositions(fault.to_string())),
        };
    }
    from_pairs(&app, visitor, &query, &String::from_utf8_lossy(&body)).await
}

/// Takes one position of an older Traccar Client, or of any program that speaks the OsmAnd protocol, from the query.
#[utoipa::path(get, path = "/api/v1/positions/traccar", tag = "positions", operation_id = "osmand", responses(
    (status = 200, description = "let go of it"),
    (status = 400, body = Problem, description = "unknown_device"),
    (status = 403, body = Problem, description = "no_location_consent"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn take_query(State(app): State<App>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    from_pairs(&app, visitor, &query.unwrap_or_default(), "").await
}

async fn from_pairs(app: &App, visitor: Visitor, query: &str, form: &str) -> Response {
    match read_pairs(query, form, app.now_ms()) {
        Some(read) => taken(app, visitor, read, StatusCode::BAD_REQUEST).await,
        None => unknown(Refusal::UnknownDevice, StatusCode::BAD_REQUEST),
    }
}

async fn taken(app: &App, visitor: Visitor, (secret, said): Read, stranger: StatusCode) -> Response {
    let enrolment = match app.device(visitor, &secret).await {
        Ok(enrolment) => enrolment,
        Err(refusal) => return unknown(refusal, stranger),
    };
    let (mut fixes, mut alive, mut unread) = (Vec::new(), Vec::new(), Unread::new());
    for said in said {
        match said {
            Said::At(fix) => fixes.push(Fix { device: enrolment.id.to_string(), ..*fix }),
            Said::Alive(at_ms) => alive.push(at_ms),
            Said::No(why) => *unread.entry(why).or_default() += 1,
        }
    }
    // The app sends the first of its queue until it is taken, and nothing behind it: what holds nothing to store is
    // counted and let go.
    let taken = async {
        let intake = app.take(enrolment.id, fixes, unread).await?;
        Ok::<_, Refusal>(intake.plus(app.alive(enrolment.id, alive).await?))
    };
    match taken.await {
        Ok(intake) if intake.lacks_consent() => refused(Refusal::NoLocationConsent),
        Ok(_) => StatusCode::OK.into_response(),
        Err(refusal) => refused(refusal),
    }
}

/// A device that is not known, in the manner of the protocol.
fn unknown(refusal: Refusal, stranger: StatusCode) -> Response {
    let known = !matches!(refusal, Refusal::UnknownDevice);
    let mut response = refusal.into_response();
    if !known {
        *response.status_mut() = stranger;
        response.headers_mut().remove(header::WWW_AUTHENTICATE);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn at(said: &Said) -> &Fix {
        match said {
            Said::At(fix) => fix,
            other => panic!("{other:?}"),
        }
    }

    #[track_caller]
    fn json(body: &str) -> Read {
        read_json(body.as_bytes(), "", 7).unwrap().unwrap()
    }

    #[test]
    fn json_of_version_nine_reads_as_it_is() {
        let body = r#"{"location":{"timestamp":"2026-02-12T01:30:00.000Z","coords":{"latitude":31.2304,"longitude":121.4737,"accuracy":12.5,"speed":-1,"heading":-1,"altitude":9.1},"is_moving":false,"odometer":1234.5,"event":"motionchange","battery":{"level":0.85,"is_charging":true},"activity":{"type":"still"},"extras":{}},"device_id":"s3cret"}"#;
        let (secret, said) = json(body);
        let fix = at(&said[0]);
        assert_eq!((secret.as_str(), fix.tst_ms, fix.speed_mps), ("s3cret", 1_770_859_800_000, None));
        assert_eq!((fix.accuracy_m, fix.battery, fix.mock), (Some(12.5), Some(0.85), false));
        let mocked = body.replace("\"is_moving\"", "\"mock\":true,\"is_moving\"");
        assert!(at(&json(&mocked).1[0]).mock);
        assert!(read_json(b"{}", "", 7).unwrap().is_none());
        assert!(read_json(b"{", "", 7).is_err());
    }

    #[test]
    fn a_batch_is_an_array_and_numbers_may_be_texts() {
        let one = r#"{"timestamp":1770859800,"coords":{"latitude":"31.2","longitude":121.4,"accuracy":"5","accuracy":"6"}}"#;
        let (secret, said) = json(&format!("{{\"location\":[{one},{one}],\"device_id\":\"s\"}}"));
        assert_eq!((secret.as_str(), said.len()), ("s", 2));
        let fix = at(&said[1]);
        assert_eq!((fix.tst_ms, fix.lat, fix.accuracy_m), (1_770_859_800_000, 31.2, Some(6.0)));
        let placed = "id=s&timestamp=1770859800&lat=31.2&lon=121.4";
        let (secret, said) = read_json(b"{}", placed, 7).unwrap().unwrap();
        assert_eq!((secret.as_str(), at(&said[0]).lat), ("s", 31.2), "an empty body beside a query");
        let alone = format!(" \n[{{\"location\":{one}}}]");
        assert_eq!(
            read_json(alone.as_bytes(), "id=s", 7).unwrap().unwrap().1.len(),
            1,
            "the device in the query"
        );
    }

    #[test]
    fn a_heartbeat_without_a_position_says_that_the_phone_lives() {
        let body = r#"{"location":{"timestamp":"2026-02-12T01:30:00Z","event":"heartbeat"},"device_id":"s"}"#;
        assert_eq!(json(body).1, [Said::Alive(1_770_859_800_000)]);
        check("id=s&timestamp=1770859800&batt=85&charge=false", Said::Alive(1_770_859_800_000));
        check("id=s&timestamp=1770859800&lat=31.2&lon=121.4&valid=false", Said::Alive(1_770_859_800_000));
        check("id=s&alarm=sos", Said::Alive(7));
        assert_eq!(json(r#"{"device_id":"s"}"#).1, [Said::No(Refused::NoPosition)]);
    }

    #[track_caller]
    fn check(query: &str, want: Said) {
        let (secret, said) = read_pairs(query, "\n", 7).unwrap();
        assert_eq!((secret.as_str(), said), ("s", vec![want]), "{query}");
    }

    #[test]
    fn an_older_client_says_it_in_pairs() {
        let place = |query: &str| {
            let (_, said) = read_pairs(query, "", 7).unwrap();
            let fix = at(&said[0]);
            (fix.tst_ms, fix.lat, fix.lon)
        };
        let want = (1_770_859_800_000, 31.2, 121.4);
        for query in [
            "id=s&timestamp=1770859800&lat=31.2&lon=121.4&speed=10&bearing=5&altitude=3&accuracy=20&batt=50",
            "deviceid=s&timestamp=1770859800000&location=31.2,121.4&hdop=1&cell=460,0&wifi=",
            "id=s&timestamp=2026-02-12T01:30:00Z&lat=31.2&lon=121.4",
            "id=s&timestamp=2026-02-12%2001:30:00&lat=31.2&lon=121.4",
        ] {
            assert_eq!(place(query), want, "{query}");
        }
        assert_eq!(place("id=s&lat=31.2&lon=121.4"), (7, 31.2, 121.4));
        check("id=s&timestamp=x&lat=31.2&lon=121.4", Said::No(Refused::Malformed));
        check("id=s&timestamp=1770859800&lat=31.2", Said::No(Refused::Malformed));
        let (_, said) = read_pairs("id=s", "lat=1&lon=2&speed=10&batt=50&mock=true", 7).unwrap();
        let fix = at(&said[0]);
        assert!((fix.speed_mps.unwrap() - 5.144).abs() < 1e-3, "knots");
        assert!(fix.mock && fix.battery == Some(0.5), "the query names the device, the form the rest");
        assert!(read_pairs("lat=1&lon=2", "", 7).is_none());
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd(body: Vec<u8>, text: String, number: f64) {
            let _ = read_json(&body, &text, 7);
            let _ = read_pairs(&text, &text, 7);
            let _ = read_pairs(&format!("id=s&lat={number}&lon={number}&timestamp={number}"), "", 7);
        }
    }
}
