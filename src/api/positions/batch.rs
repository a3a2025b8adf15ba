//! Positions as JSON, many at a time: from the page with its session, from programs with an enrolment's secret.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::body::{loose, needed, plain, whole};
use super::limited::Limited;
use super::{App, Refusal, Unread, basic, body_of, refused};
use crate::api::caller::Caller;
use crate::api::network::Visitor;
use crate::api::refusal::Problem;
use crate::fixes::{Fix, Refused, ReportingApp, Source, assumed_sent_ms};
use crate::people::Deed;
use crate::store::enrolments;
use crate::units::Datum;

/// So many faults are told one by one; all are counted.
const FAULTS_MAX: usize = 20;

/// Instants below this were written in seconds: as milliseconds they lie in 1973.
const SECONDS_MAX: i64 = 100_000_000_000;

/// `POST /api/v1/positions`
#[derive(Debug, Deserialize, ToSchema)]
pub struct PositionsBody {
    /// When it is sent, by the device's clock: tells the error of that clock.
    #[serde(default, deserialize_with = "loose")]
    sent_ms: Option<f64>,
    /// 100,000 at most. Each counts for itself: one that cannot be read does not spoil the others.
    #[schema(value_type = Vec<PositionBody>)]
    fixes: Limited<Box<RawValue>>,
}

/// A position. What is not known is left out, never 0.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct PositionBody {
    /// When it was measured, by the device's clock.
    #[serde(deserialize_with = "whole")]
    pub tst_ms: i64,
    #[serde(deserialize_with = "needed")]
    pub lat: f64,
    #[serde(deserialize_with = "needed")]
    pub lon: f64,
    /// `wgs84` when left out, `gcj02` or `bd09`.
    pub datum: Option<String>,
    /// The radius that holds the truth 68 times in 100.
    #[serde(default, deserialize_with = "loose")]
    pub accuracy_m: Option<f64>,
    #[serde(default, deserialize_with = "loose")]
    pub speed_mps: Option<f64>,
    /// 0..1.
    #[serde(default, deserialize_with = "loose")]
    pub battery: Option<f64>,
    #[serde(default)]
    pub mock: bool,
    /// `wecom` or `baidu`, where the position came through one of these.
    pub source: Option<String>,
}

/// What became of a batch: all of it is answered for.
#[derive(Debug, Serialize, ToSchema)]
pub struct TakenView {
    pub stored: u64,
    /// They came before.
    pub duplicate: u64,
    /// Not stored, by reason: `outside_hours`, `too_old`, `future`, `null_island`, `absurd`, `malformed`, `no_consent`.
    pub refused: BTreeMap<&'static str, u64>,
    /// The first of those that could not be read, and why.
    pub malformed: Vec<MalformedView>,
}

/// A position that could not be read.
#[derive(Debug, Serialize, ToSchema)]
pub struct MalformedView {
    /// Its place in the batch, from 0.
    pub index: usize,
    pub why: String,
}

impl PositionBody {
    /// # Errors
    /// One sentence.
    pub fn fix(&self, device: &str, sent_ms: Option<i64>, rx_ms: i64) -> Result<Fix, String> {
        if (1..SECONDS_MAX).contains(&self.tst_ms) {
            return Err(format!(
                "tst_ms {} is not in milliseconds since 1970: multiply seconds by 1000",
                self.tst_ms
            ));
        }
        let datum = self.datum.as_deref().map_or(Ok(Datum::Wgs84), str::parse);
        let Ok(source) = self.source.as_deref().unwrap_or_default().parse::<Source>();
        Ok(Fix {
            device: device.to_owned(),
            tst_ms: self.tst_ms,
            sent_ms: sent_ms.or(assumed_sent_ms(self.tst_ms, rx_ms)),
            rx_ms,
            lat: self.lat,
            lon: self.lon,
            datum: datum.map_err(|fault| format!("datum {fault}"))?,
            accuracy_m: self.accuracy_m,
            speed_mps: self.speed_mps,
            source,
            battery: self.battery,
            mock: self.mock,
        })
    }
}

/// What could be read of a batch.
#[derive(Debug, Default)]
struct Read {
    fixes: Vec<Fix>,
    malformed: Vec<MalformedView>,
    unread: u64,
}

fn read(body: &[u8], device: &str, rx_ms: i64) -> Result<Read, String> {
    let batch: PositionsBody = serde_json::from_slice(body).map_err(|fault| fault.to_string())?;
    let mut read = Read::default();
    for (index, raw) in batch.fixes.all("`fixes`")?.iter().enumerate() {
        // Of a key that comes twice the last one counts.
        let value = serde_json::from_str::<Value>(raw.get());
        let body = value.and_then(serde_json::from_value::<PositionBody>).map_err(|fault| fault.to_string());
        match body.and_then(|body| body.fix(device, batch.sent_ms.map(|ms| ms as i64), rx_ms)) {
            Ok(fix) => read.fixes.push(fix),
            Err(why) => {
                read.unread += 1;
                if read.malformed.len() < FAULTS_MAX {
                    read.malformed.push(MalformedView { index, why });
                }
            }
        }
    }
    Ok(read)
}

/// Takes positions. Who has signed in reports for themselves; a program shows the secret of its enrolment as the password
/// of HTTP Basic. Sending the same again changes nothing.
#[utoipa::path(post, path = "/api/v1/positions", tag = "positions", operation_id = "report_positions",
    request_body = PositionsBody, responses(
    (status = 200, body = TakenView),
    (status = 400, body = Problem, description = "bad_positions: the batch as a whole cannot be read"),
    (status = 401, body = Problem, description = "unknown_device"),
    (status = 403, body = Problem, description = "no_location_consent or not_allowed"),
    (status = 413, body = Problem, description = "bad_body: over 10 MiB"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn take(State(app): State<App>, visitor: Visitor, caller: Caller, request: Request) -> Response {
    match taken(&app, visitor, &caller, request).await {
        Ok(view) => Json(view).into_response(),
        Err(refusal) => refused(refusal),
    }
}

async fn taken(app: &App, visitor: Visitor, caller: &Caller, request: Request) -> Result<TakenView, Refusal> {
    let enrolment = match (basic(request.headers()), caller.who.person) {
        (Some(secret), _) => app.device(visitor, &secret).await?,
        (None, Some(person)) => {
            caller.who.may(Deed::ReportPositions)?;
            let now_ms = app.now_ms();
            let own = app.store.write(move |tx| enrolments::own(tx, person, ReportingApp::Page, now_ms));
            own.await.map_err(Refusal::from)?
        }
        (None, None) => return Err(Refusal::UnknownDevice),
    };
    let headers = request.headers().clone();
    let body = plain(&headers, &body_of(app, request, &enrolment).await?)?.into_owned();
    let (device, rx_ms) = (enrolment.id.to_string(), app.now_ms());
    let read = tokio::task::spawn_blocking(move || read(&body, &device, rx_ms)).await;
    let read = read.map_err(|error| Refusal::Broken(error.to_string()))?.map_err(Refusal::BadPositions)?;
    let mut unread = Unread::new();
    if read.unread > 0 {
        unread.insert(Refused::Malformed, read.unread);
    }
    let intake = app.take(enrolment.id, read.fixes, unread).await?;
    if intake.lacks_consent() {
        return Err(Refusal::NoLocationConsent);
    }
    Ok(TakenView {
        stored: intake.stored,
        duplicate: intake.duplicate,
        refused: intake.refused.into_iter().map(|(why, count)| (why.name(), count)).collect(),
        malformed: read.malformed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_bad_position_does_not_spoil_the_others() {
        let body = br#"{"sent_ms":1770859802000,"fixes":[
            {"tst_ms":1770859800000,"lat":31.2,"lon":121.4,"accuracy_m":9,"datum":"gcj02","source":"wecom","speed_mps":0},
            {"tst_ms":1770859800,"lat":31.2,"lon":121.4}, {"lat":"x"}, 7,
            {"tst_ms":1770859801000,"lat":31.2,"lon":121.4,"datum":"wgs72"},
            {"tst_ms":1770859801000,"lat":31.2,"lon":121.4,"unknown":true}]}"#;
        let read = read(body, "3", 9).unwrap();
        assert_eq!((read.fixes.len(), read.unread), (2, 4));
        assert_eq!(read.malformed.iter().map(|fault| fault.index).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(read.malformed[0].why.contains("multiply seconds"), "{:?}", read.malformed);
        let fix = &read.fixes[0];
        assert_eq!(
            (fix.datum, fix.source, fix.sent_ms),
            (Datum::Gcj02, Source::Wecom, Some(1_770_859_802_000))
        );
    }

    #[test]
    fn what_is_no_batch_is_refused_as_a_whole() {
        for body in ["", "[]", "{}", "{\"fixes\":7}", "{\"fixes\":[1,}"] {
            assert!(read(body.as_bytes(), "3", 9).is_err(), "{body}");
        }
        let many = format!("{{\"fixes\":[{}7]}}", "7,".repeat(crate::api::positions::limited::POSITIONS_MAX));
        assert!(read(many.as_bytes(), "3", 9).unwrap_err().contains("100001"));
    }

    proptest! {
        #[test]
        fn no_body_is_too_odd(body: Vec<u8>, text in "[\\[{}\\]\",:a-z0-9.-]{0,60}") {
            let _ = read(&body, "3", 9);
            let _ = read(format!("{{\"fixes\":[{text}]}}").as_bytes(), "3", 9);
        }
    }
}
