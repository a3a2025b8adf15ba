//! Traccar Client: JSON from version 9 on, a query or a form before. It is answered with an empty 200; a device that is
//! not known with 404 (JSON) or 400 (query and form), as its own server does, so that it keeps what it has.

use std::collections::HashMap;

use axum::extract::{RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{App, Refusal, one, refused};
use crate::api::body;
use crate::api::network::Visitor;
use crate::api::refusal::Problem;
use crate::fixes::{Fix, Refused, Source, assumed_sent_ms};
use crate::units::Datum;
use crate::units::time::instant_ms;

/// Metres a second in a knot.
const KNOT_MPS: f64 = 1852.0 / 3600.0;

/// Instants below this were written in seconds: as milliseconds they lie in 1973.
const SECONDS_MAX: f64 = 1e11;

/// What version 9 and later send.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Report {
    location: Option<Location>,
    /// The secret of the enrolment.
    device_id: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Location {
    /// ISO 8601.
    timestamp: Option<String>,
    /// Missing while the device has no position.
    coords: Option<Coords>,
    battery: Option<Battery>,
    #[serde(default)]
    mock: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Coords {
    latitude: f64,
    longitude: f64,
    /// Metres.
    accuracy: Option<f64>,
    /// Metres a second; -1 when it is not known.
    speed: Option<f64>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Battery {
    /// 0..1; -1 when it is not known.
    level: Option<f64>,
}

/// Who reports, and a position or why there is none to store.
type Read = (String, Result<Fix, Refused>);

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

/// Reads JSON; the secret is `None` when it says no device.
fn read_json(body: &[u8], rx_ms: i64) -> Result<Option<Read>, serde_json::Error> {
    let report: Report = serde_json::from_slice(body)?;
    let Some(secret) = report.device_id else { return Ok(None) };
    let position = report.location.ok_or(Refused::NoPosition).and_then(|location| {
        let coords = location.coords.ok_or(Refused::NoPosition)?;
        let tst_ms = location.timestamp.as_deref().and_then(instant_ms).ok_or(Refused::Malformed)?;
        let known = |value: Option<f64>| value.filter(|value| *value >= 0.0);
        Ok(Fix {
            accuracy_m: known(coords.accuracy),
            speed_mps: known(coords.speed),
            battery: known(location.battery.and_then(|battery| battery.level)),
            mock: location.mock,
            ..fix(rx_ms, tst_ms, coords.latitude, coords.longitude)
        })
    });
    Ok(Some((secret, position)))
}

/// Reads the pairs of a query or a form.
fn read_pairs(text: &str, rx_ms: i64) -> Option<Read> {
    let pairs: HashMap<String, String> = serde_urlencoded::from_str(text).unwrap_or_default();
    let text = |name: &str| pairs.get(name).map(String::as_str).filter(|text| !text.is_empty());
    let secret = text("id").or(text("deviceid"))?.to_owned();
    let number = |name| text(name).and_then(|text| text.parse::<f64>().ok());
    let flag = |name| text(name).is_some_and(|text| text == "true" || text == "1");
    let position = || {
        if text("valid").is_some_and(|valid| valid == "false" || valid == "0") {
            return Err(Refused::NoPosition);
        }
        let pair = text("location").and_then(|pair| pair.split_once(','));
        let pair = pair.and_then(|(lat, lon)| Some((lat.trim().parse().ok()?, lon.trim().parse().ok()?)));
        let (lat, lon) = number("lat").zip(number("lon")).or(pair).ok_or(Refused::Malformed)?;
        let tst_ms = match text("timestamp") {
            None => rx_ms,
            Some(text) => match text.parse::<f64>() {
                Ok(number) if number.abs() < SECONDS_MAX => (number * 1000.0) as i64,
                Ok(number) => number as i64,
                Err(_) => instant_ms(text).ok_or(Refused::Malformed)?,
            },
        };
        Ok(Fix {
            accuracy_m: number("accuracy"),
            speed_mps: number("speed").filter(|knots| *knots >= 0.0).map(|knots| knots * KNOT_MPS),
            battery: number("batt").map(|percent| percent / 100.0),
            mock: flag("mock"),
            ..fix(rx_ms, tst_ms, lat, lon)
        })
    };
    Some((secret, position()))
}

/// Takes one position of Traccar Client 9 and later as JSON, or of an older one as a form.
#[utoipa::path(post, path = "/api/v1/positions/traccar", tag = "positions", operation_id = "traccar",
    request_body = Report, responses(
    (status = 200, description = "let go of it"),
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
    if let Some((secret, _)) = query.as_deref().and_then(|query| read_pairs(query, app.now_ms()))
        && let Err(refusal) = app.device(visitor, &secret).await
    {
        return unknown(refusal, StatusCode::BAD_REQUEST);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let says_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    let body = match body::read(request, &app.bodies, None).await {
        Ok(body) => body,
        Err(refusal) => return refused(refusal),
    };
    if says_json || body.first() == Some(&b'{') {
        let read = read_json(&body, app.now_ms());
        return match read {
            Ok(Some(read)) => taken(&app, visitor, read, StatusCode::NOT_FOUND).await,
            Ok(None) => unknown(Refusal::UnknownDevice, StatusCode::NOT_FOUND),
            Err(fault) => refused(Refusal::BadPositions(fault.to_string())),
        };
    }
    let text =
        if body.is_empty() { query.unwrap_or_default() } else { String::from_utf8_lossy(&body).into_owned() };
    from_pairs(&app, visitor, &text).await
}

/// Takes one position of an older Traccar Client, or of any program that speaks the OsmAnd protocol, from the query.
#[utoipa::path(get, path = "/api/v1/positions/traccar", tag = "positions", operation_id = "osmand", responses(
    (status = 200, description = "let go of it"),
    (status = 400, body = Problem, description = "bad_positions or unknown_device"),
    (status = 403, body = Problem, description = "no_location_consent"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn take_query(State(app): State<App>, visitor: Visitor, RawQuery(query): RawQuery) -> Response {
    from_pairs(&app, visitor, &query.unwrap_or_default()).await
}

async fn from_pairs(app: &App, visitor: Visitor, text: &str) -> Response {
    match read_pairs(text, app.now_ms()) {
        Some(read) => taken(app, visitor, read, StatusCode::BAD_REQUEST).await,
        None => unknown(Refusal::UnknownDevice, StatusCode::BAD_REQUEST),
    }
}

async fn taken(app: &App, visitor: Visitor, (secret, position): Read, stranger: StatusCode) -> Response {
    let enrolment = match app.device(visitor, &secret).await {
        Ok(enrolment) => enrolment,
        Err(refusal) => return unknown(refusal, stranger),
    };
    let (fixes, unread) = match position {
        Ok(fix) => (vec![Fix { device: enrolment.id.to_string(), ..fix }], Default::default()),
        Err(why) => (Vec::new(), one(why)),
    };
    match app.take(enrolment.id, fixes, unread).await {
        Ok(intake) if intake.lacks_consent() => refused(Refusal::NoLocationConsent),
        Ok(intake) if intake.refused.contains_key(&Refused::Malformed) => {
            let what = "the position cannot be read: send lat, lon and timestamp as numbers";
            refused(Refusal::BadPositions(what.into()))
        }
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

    #[test]
    fn json_of_version_nine_reads_as_it_is() {
        let body = r#"{"location":{"timestamp":"2026-02-12T01:30:00.000Z","coords":{"latitude":31.2304,"longitude":121.4737,"accuracy":12.5,"speed":-1,"heading":-1,"altitude":9.1},"is_moving":false,"odometer":1234.5,"event":"motionchange","battery":{"level":0.85,"is_charging":true},"activity":{"type":"still"},"extras":{}},"device_id":"s3cret"}"#;
        let (secret, position) = read_json(body.as_bytes(), 7).unwrap().unwrap();
        let fix = position.unwrap();
        assert_eq!((secret.as_str(), fix.tst_ms, fix.speed_mps), ("s3cret", 1_770_859_800_000, None));
        assert_eq!((fix.accuracy_m, fix.battery, fix.mock), (Some(12.5), Some(0.85), false));
        let mocked = body.replace("\"is_moving\"", "\"mock\":true,\"is_moving\"");
        assert!(read_json(mocked.as_bytes(), 7).unwrap().unwrap().1.unwrap().mock);
        let without =
            r#"{"location":{"timestamp":"2026-02-12T01:30:00Z","event":"heartbeat"},"device_id":"s"}"#;
        assert_eq!(read_json(without.as_bytes(), 7).unwrap().unwrap().1, Err(Refused::NoPosition));
        assert!(read_json(b"{}", 7).unwrap().is_none());
        assert!(read_json(b"{", 7).is_err());
    }

    #[track_caller]
    fn check(query: &str, want: Result<(i64, f64, f64), Refused>) {
        let (secret, position) = read_pairs(query, 7).unwrap();
        assert_eq!(secret, "s");
        assert_eq!(position.map(|fix| (fix.tst_ms, fix.lat, fix.lon)), want, "{query}");
    }

    #[test]
    fn an_older_client_says_it_in_pairs() {
        let at = Ok((1_770_859_800_000, 31.2, 121.4));
        check(
            "id=s&timestamp=1770859800&lat=31.2&lon=121.4&speed=10&bearing=5&altitude=3&accuracy=20&batt=50",
            at,
        );
        check("deviceid=s&timestamp=1770859800000&location=31.2,121.4&hdop=1&cell=460,0&wifi=", at);
        check("id=s&timestamp=2026-02-12T01:30:00Z&lat=31.2&lon=121.4", at);
        check("id=s&timestamp=2026-02-12%2001:30:00&lat=31.2&lon=121.4", at);
        check("id=s&lat=31.2&lon=121.4", Ok((7, 31.2, 121.4)));
        check("id=s&timestamp=1770859800&lat=31.2&lon=121.4&valid=false", Err(Refused::NoPosition));
        check("id=s&timestamp=x&lat=31.2&lon=121.4", Err(Refused::Malformed));
        check("id=s&timestamp=1770859800", Err(Refused::Malformed));
        let (_, position) = read_pairs("id=s&lat=1&lon=2&speed=10&batt=50&mock=true", 7).unwrap();
        let fix = position.unwrap();
        assert!((fix.speed_mps.unwrap() - 5.144).abs() < 1e-3, "knots");
        assert!(fix.mock && fix.battery == Some(0.5));
        assert!(read_pairs("lat=1&lon=2", 7).is_none());
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd(body: Vec<u8>, text: String, number: f64) {
            let _ = read_json(&body, 7);
            let _ = read_pairs(&text, 7);
            let _ = read_pairs(&format!("id=s&lat={number}&lon={number}&timestamp={number}"), 7);
        }
    }
}
