//! OwnTracks in its HTTP mode: one message a request, any `_type` to one address, HTTP Basic. Whatever is answered with
//! 2xx leaves the phone's queue. Anything else stays there and is sent again on Android, and is lost on iOS when it is a
//! 4xx; so what is not stored for good (outside working hours, no position) is answered with 200 too, or it would block
//! the queue for ever.

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{App, Refusal, Unread, basic, body, body_of, one, refused};
use crate::api::network::Visitor;
use crate::api::refusal::Problem;
use crate::fixes::{Fix, Refused, Source, assumed_sent_ms};
use crate::units::Datum;

/// An app that made a message so much later than it measured the position says that it knows no newer one.
const PING_MS_MIN: i64 = 60_000;

/// What a body amounts to.
#[derive(Debug, Default, PartialEq)]
struct Read {
    fixes: Vec<Fix>,
    /// Not stored, and counted.
    unread: Unread,
}

impl Read {
    fn no(&mut self, why: Refused) {
        *self.unread.entry(why).or_default() += 1;
    }
}

/// Reads one message, or several in an array. What nobody asked for is passed over.
fn read(body: &[u8], device: &str, rx_ms: i64) -> Result<Read, serde_json::Error> {
    let mut read = Read::default();
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(read);
    }
    let root: Value = serde_json::from_slice(body)?;
    let messages = root.as_array().map_or(std::slice::from_ref(&root), Vec::as_slice);
    for message in messages {
        match message["_type"].as_str() {
            Some("location" | "transition") => match fix(message, device, rx_ms) {
                Some(fix) => {
                    read.fixes.extend(ping(message, &fix));
                    read.fixes.push(fix);
                }
                None => read.no(Refused::Malformed),
            },
            Some("encrypted") => read.no(Refused::Encrypted),
            // Other kinds hold nothing to store.
            _ => {}
        }
    }
    Ok(read)
}

fn fix(message: &Value, device: &str, rx_ms: i64) -> Option<Fix> {
    let tst_ms = body::instant(&message["tst"])?;
    let (lat, lon) = body::number(&message["lat"]).zip(body::number(&message["lon"]))?;
    Some(Fix {
        device: device.to_owned(),
        tst_ms,
        // `created_at` is when it was made, not when it was sent.
        sent_ms: assumed_sent_ms(tst_ms, rx_ms),
        rx_ms,
        lat,
        lon,
        datum: Datum::Wgs84,
        accuracy_m: body::known(&message["acc"]),
        speed_mps: body::known(&message["vel"]).map(|kmh| kmh / 3.6),
        source: Source::Owntracks,
        battery: body::known(&message["batt"]).map(|percent| percent / 100.0),
        mock: false,
    })
}

/// A message that was made long after its position was measured, as pings are, says that somebody is there still: when it
/// was made, or where older apps do not say that, when it came.
fn ping(message: &Value, fix: &Fix) -> Option<Fix> {
    let pinged = message["t"] == "p";
    let made_ms = body::instant(&message["created_at"]).or(pinged.then_some(fix.rx_ms))?;
    let later = made_ms - fix.tst_ms >= PING_MS_MIN && made_ms <= fix.rx_ms + PING_MS_MIN;
    let sent_ms = assumed_sent_ms(made_ms, fix.rx_ms);
    later.then(|| Fix { tst_ms: made_ms, sent_ms, source: Source::Ping, speed_mps: None, ..fix.clone() })
}

/// Takes one message of OwnTracks. The password of HTTP Basic is the secret of the enrolment, the user name is not looked
/// at.
#[utoipa::path(post, path = "/api/v1/positions/owntracks", tag = "positions", operation_id = "owntracks",
    request_body(content = Object, description = "A message, or an array of them. Of `_type` `location` and `transition` are `tst` \
    (Unix seconds), `lat`, `lon`, `acc` (m), `vel` (km/h), `batt` (%), `created_at` and `t` read; `encrypted` cannot be read; \
    the rest is passed over"), responses(
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
    let headers = request.headers().clone();
    let bytes = body_of(app, request, &enrolment).await?;
    match read(&body::plain(&headers, &bytes)?, &id.to_string(), app.now_ms()) {
        Ok(Read { fixes, unread }) => {
            let encrypted = unread.contains_key(&Refused::Encrypted);
            let intake = app.take(id, fixes, unread).await?;
            match encrypted {
                true => Err(Refusal::Encrypted),
                false if intake.lacks_consent() => Err(Refusal::NoLocationConsent),
                false => Ok(()),
            }
        }
        Err(fault) => {
            app.take(id, Vec::new(), one(Refused::Malformed)).await?;
            Err(Refusal::BadPositions(fault.to_string()))
        }
    }
}

/// What OwnTracks is given to set itself up: the mode that reports on moving (1), every 50 m or minute where the phone lets
/// the app choose, and a ping each quarter of an hour, which says that it holds still.
pub fn configuration(url: &str, username: &str, secret: &str) -> Value {
    json!({
        "_type": "configuration", "mode": 3, "url": url, "auth": true,
        "username": username, "password": secret, "deviceId": username, "tid": "ut",
        "monitoring": 1, "locatorDisplacement": 50, "locatorInterval": 60, "ping": 15, "encryptionKey": "",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW_MS: i64 = 1_770_859_805_000;

    #[track_caller]
    fn fixes(body: &str) -> Vec<Fix> {
        let read = read(body.as_bytes(), "1", NOW_MS).unwrap();
        assert_eq!(read.unread, Unread::new(), "{body}");
        read.fixes
    }

    #[track_caller]
    fn fix(body: &str) -> Fix {
        let fixes = fixes(body);
        assert_eq!(fixes.len(), 1, "{fixes:?}");
        fixes.into_iter().next_back().unwrap()
    }

    #[track_caller]
    fn unread(body: &[u8]) -> Vec<(Refused, u64)> {
        let read = read(body, "1", NOW_MS).unwrap();
        assert_eq!(read.fixes, []);
        read.unread.into_iter().collect()
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
            assert_eq!(unread(body.as_bytes()), [], "{kind}");
        }
        assert_eq!(unread(b" \n"), [], "a friend was deleted");
        assert_eq!(unread(b"{}"), []);
        assert_eq!(unread(br#"{"_type":"encrypted","data":"xyz"}"#), [(Refused::Encrypted, 1)]);
        assert_eq!(unread(br#"{"_type":"location","tst":1770859800}"#), [(Refused::Malformed, 1)]);
        assert_eq!(
            unread(br#"{"_type":"location","tst":1770859800,"lat":"x","lon":1}"#),
            [(Refused::Malformed, 1)]
        );
        assert!(read(b"[", "1", NOW_MS).is_err());
    }

    #[test]
    fn numbers_may_be_texts_and_come_twice_and_messages_in_an_array() {
        let texts =
            fix(r#"{"_type":"location","lat":"31.2","lon":"121.4","tst":"1770859800","acc":"9","acc":12}"#);
        assert_eq!((texts.lat, texts.tst_ms, texts.accuracy_m), (31.2, 1_770_859_800_000, Some(12.0)));
        let one = r#"{"_type":"location","lat":31.2,"lon":121.4,"tst":1770859800}"#;
        assert_eq!(fixes(&format!("[{one}, {{\"_type\":\"lwt\"}}, {one}]")).len(), 2);
    }

    #[test]
    fn a_ping_with_an_old_position_says_that_it_holds_still() {
        let ping = |more: &str| {
            let body = format!(r#"{{"_type":"location","lat":31.2,"lon":121.4,"tst":1770858000{more}}}"#);
            fixes(&body).iter().map(|fix| (fix.source, fix.tst_ms)).collect::<Vec<_>>()
        };
        let measured = (Source::Owntracks, 1_770_858_000_000);
        assert_eq!(ping(r#","t":"u","created_at":1770858003"#), [measured]);
        assert_eq!(
            ping(r#","t":"p","created_at":1770859500"#),
            [(Source::Ping, 1_770_859_500_000), measured]
        );
        assert_eq!(ping(r#","t":"p""#), [(Source::Ping, NOW_MS), measured], "an older app");
        assert_eq!(ping(r#","created_at":1770959500"#), [measured], "a clock that is fast");
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd(body: Vec<u8>, tst: f64, lat: f64) {
            let _ = read(&body, "1", NOW_MS);
            let numbers = json!({ "_type": "location", "tst": tst, "lat": lat, "lon": 5 }).to_string();
            let _ = read(numbers.as_bytes(), "1", NOW_MS);
        }
    }
}
