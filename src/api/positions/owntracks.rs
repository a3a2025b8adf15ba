//! OwnTracks in its HTTP mode: one message a request, any `_type` to one address, HTTP Basic. Whatever is answered with
//! 2xx leaves the phone's queue, anything else stays there and is sent again; so what is not stored for good (outside
//! working hours, no position) is answered with 200 too, or it would block the queue for ever.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{App, Refusal, basic, body_of, one, refused};
use crate::api::network::Visitor;
use crate::api::refusal::Problem;
use crate::fixes::{Fix, Refused, Source, assumed_sent_ms};
use crate::units::Datum;

/// A message; what the appliance does not need is passed over.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Message {
    /// `location` and `transition` hold a position, `encrypted` cannot be read, anything else is passed over.
    #[serde(rename = "_type")]
    kind: Option<String>,
    /// Unix time in seconds.
    tst: Option<f64>,
    lat: Option<f64>,
    lon: Option<f64>,
    /// Metres; left out when it is 0.
    acc: Option<f64>,
    /// Kilometres an hour; left out when it is 0.
    vel: Option<f64>,
    /// Per cent.
    batt: Option<f64>,
}

/// What a message amounts to.
#[derive(Debug, PartialEq)]
enum Read {
    Fix(Box<Fix>),
    /// Not stored, and counted.
    No(Refused),
    /// Nothing that anybody asked for.
    Nothing,
}

fn read(body: &[u8], device: String, rx_ms: i64) -> Result<Read, serde_json::Error> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Read::Nothing);
    }
    let message: Message = serde_json::from_slice(body)?;
    match message.kind.as_deref() {
        Some("location" | "transition") => {}
        Some("encrypted") => return Ok(Read::No(Refused::Encrypted)),
        _ => return Ok(Read::Nothing),
    }
    let (Some(tst), Some(lat), Some(lon)) = (message.tst, message.lat, message.lon) else {
        return Ok(Read::No(Refused::Malformed));
    };
    let tst_ms = (tst * 1000.0) as i64;
    Ok(Read::Fix(Box::new(Fix {
        device,
        tst_ms,
        // `created_at` is when it was made, not when it was sent.
        sent_ms: assumed_sent_ms(tst_ms, rx_ms),
        rx_ms,
        lat,
        lon,
        datum: Datum::Wgs84,
        accuracy_m: message.acc,
        speed_mps: message.vel.map(|kmh| kmh / 3.6),
        source: Source::Owntracks,
        battery: message.batt.map(|percent| percent / 100.0),
        mock: false,
    })))
}

/// Takes one message of OwnTracks. The password of HTTP Basic is the secret of the enrolment, the user name is not looked
/// at.
#[utoipa::path(post, path = "/api/v1/positions/owntracks", tag = "positions", operation_id = "owntracks",
    request_body = Message, responses(
    (status = 200, body = Object, description = "an empty list: let go of the message"),
    (status = 400, body = Problem, description = "bad_positions: no JSON"),
    (status = 401, body = Problem, description = "unknown_device"),
    (status = 403, body = Problem, description = "no_location_consent"),
    (status = 422, body = Problem, description = "encrypted"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn take(State(app): State<App>, visitor: Visitor, request: Request) -> Response {
    match taken(&app, visitor, request).await {
        Ok(()) => Json(json!([])).into_response(),
        Err(refusal) => refused(refusal),
    }
}

async fn taken(app: &App, visitor: Visitor, request: Request) -> Result<(), Refusal> {
    let secret = basic(request.headers()).ok_or(Refusal::UnknownDevice)?;
    let enrolment = app.device(visitor, &secret).await?;
    let id = enrolment.id;
    let body = body_of(app, request, &enrolment).await?;
    match read(&body, id.to_string(), app.now_ms()) {
        Ok(Read::Fix(fix)) => {
            let intake = app.take(id, vec![*fix], Default::default()).await?;
            if intake.lacks_consent() { Err(Refusal::NoLocationConsent) } else { Ok(()) }
        }
        Ok(Read::No(why)) => {
            app.take(id, Vec::new(), one(why)).await?;
            if why == Refused::Encrypted { Err(Refusal::Encrypted) } else { Ok(()) }
        }
        Ok(Read::Nothing) => {
            app.take(id, Vec::new(), Default::default()).await?;
            Ok(())
        }
        Err(fault) => {
            app.take(id, Vec::new(), one(Refused::Malformed)).await?;
            Err(Refusal::BadPositions(fault.to_string()))
        }
    }
}

/// What OwnTracks is given to set itself up.
pub fn configuration(url: &str, username: &str, secret: &str) -> Value {
    json!({
        "_type": "configuration", "mode": 3, "url": url, "auth": true,
        "username": username, "password": secret, "deviceId": username, "tid": "ut",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW_MS: i64 = 1_770_859_805_000;

    #[track_caller]
    fn fix(body: &str) -> Fix {
        match read(body.as_bytes(), "1".into(), NOW_MS).unwrap() {
            Read::Fix(fix) => *fix,
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn a_location_keeps_its_units_and_absent_stays_absent() {
        let body = r#"{"_type":"location","acc":13,"alt":14,"batt":67,"bs":1,"conn":"w","created_at":1770859802,
            "lat":31.2304,"lon":121.4737,"m":1,"t":"p","tid":"li","tst":1770859800,"vac":3,"vel":36,"topic":"owntracks/li/phone","SSID":"x"}"#;
        let read = fix(body);
        assert_eq!(
            (read.tst_ms, read.accuracy_m, read.speed_mps),
            (1_770_859_800_000, Some(13.0), Some(10.0))
        );
        assert_eq!((read.battery, read.sent_ms, read.datum), (Some(0.67), Some(NOW_MS), Datum::Wgs84));
        let bare = fix(r#"{"_type":"location","lat":31.2,"lon":121.4,"tst":1770859800}"#);
        assert_eq!((bare.accuracy_m, bare.speed_mps, bare.battery), (None, None, None));
    }

    #[test]
    fn a_transition_is_a_position_too_and_other_messages_are_passed_over() {
        let body = r#"{"_type":"transition","wtst":1770000000,"tst":1770859800,"acc":20,"event":"enter","lat":31.2,"lon":121.4,"desc":"office","rid":"a","t":"c","tid":"li"}"#;
        assert_eq!(fix(body).accuracy_m, Some(20.0));
        for kind in [
            "waypoint",
            "waypoints",
            "lwt",
            "beacon",
            "card",
            "cmd",
            "configuration",
            "status",
            "dump",
            "steps",
            "new",
        ] {
            let body = format!(r#"{{"_type":"{kind}","tst":1770859800,"lat":1,"lon":1,"desc":"x"}}"#);
            assert_eq!(read(body.as_bytes(), "1".into(), NOW_MS).unwrap(), Read::Nothing, "{kind}");
        }
        assert_eq!(read(b" \n", "1".into(), NOW_MS).unwrap(), Read::Nothing, "a friend was deleted");
        assert_eq!(read(b"{}", "1".into(), NOW_MS).unwrap(), Read::Nothing);
        let encrypted = br#"{"_type":"encrypted","data":"xyz"}"#;
        assert_eq!(read(encrypted, "1".into(), NOW_MS).unwrap(), Read::No(Refused::Encrypted));
        let placeless = br#"{"_type":"location","tst":1770859800}"#;
        assert_eq!(read(placeless, "1".into(), NOW_MS).unwrap(), Read::No(Refused::Malformed));
        assert!(
            read(b"[", "1".into(), NOW_MS).is_err()
                && read(br#"{"_type":"location","lat":"x"}"#, "1".into(), NOW_MS).is_err()
        );
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd(body: Vec<u8>, tst: f64, lat: f64) {
            let _ = read(&body, "1".into(), NOW_MS);
            let numbers = json!({ "_type": "location", "tst": tst, "lat": lat, "lon": 5 }).to_string();
            let _ = read(numbers.as_bytes(), "1".into(), NOW_MS);
        }
    }
}
