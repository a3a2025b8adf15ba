//! Recorded tracks of one's own, as a file.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::batch::{MalformedView, TakenView};
use super::{App, Refusal, Unread, body, tracks};
use crate::api::refusal::Problem;
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::fixes::{Refused, ReportingApp};
use crate::store::{enrolments, fixes};

/// Takes a file of one's own positions: GPX (its track points; way points and routes are counted as `no_position`), GeoJSON
/// (points with a time, lines with `coordTimes`, Overland's `locations`) or CSV (latitude, longitude, time, accuracy and
/// speed by the names that apps give them). Consent and working hours hold for it as for any other position.
#[utoipa::path(post, path = "/api/v1/positions/import", tag = "positions", operation_id = "import_positions",
    request_body(content = String, content_type = "application/gpx+xml"), responses(
    (status = 200, body = TakenView),
    (status = 400, body = Problem, description = "bad_positions"),
    (status = 413, body = Problem, description = "bad_body: over 10 MiB"),
    (status = 415, body = Problem, description = "bad_body: not application/gpx+xml, application/geo+json or text/csv")))]
pub async fn take(State(app): State<App>, sent: RawWriteRequest) -> Result<Response, Refusal> {
    let any = |kinds: &[&str]| kinds.iter().any(|kind| sent.is(kind));
    let read = if any(&["application/gpx", "text/xml", "application/xml"]) {
        tracks::gpx
    } else if any(&["application/geo+json", "application/vnd.geo+json", "application/json"]) {
        tracks::geojson
    } else if any(&["text/csv", "application/csv"]) {
        tracks::csv
    } else {
        return Err(Refusal::BadKind("application/gpx+xml, application/geo+json or text/csv"));
    };
    let RawWriteRequest { caller, bytes, doing, .. } = sent;
    let person = caller.who.person.ok_or(Refusal::NotSignedIn)?;
    let track =
        tokio::task::spawn_blocking(move || read(&body::unfolded(&bytes)?).map_err(Refusal::BadPositions));
    let track = track.await.map_err(|error| Refusal::Broken(error.to_string()))??;
    let now_ms = doing.now_ms;
    let keep_ms = app.keep_ms();
    let answered = app.act(doing, StatusCode::OK, move |tx| {
        let enrolment = enrolments::own(tx, person, ReportingApp::Import, now_ms)?;
        let device = enrolment.id.to_string();
        let (mut found, mut malformed, mut unread) = (Vec::new(), Vec::new(), track.unread);
        for (index, position) in track.positions.iter().enumerate() {
            match position.fix(&device, None, now_ms) {
                Ok(fix) => found.push(fix),
                Err(why) => {
                    unread += 1;
                    malformed.extend((malformed.len() < 20).then_some(MalformedView { index, why }));
                }
            }
        }
        let unread = [(Refused::Malformed, unread), (Refused::NoPosition, track.places)];
        let unread: Unread = unread.into_iter().filter(|(_, count)| *count > 0).collect();
        let intake = fixes::take(tx, enrolment.id, &found, &unread, keep_ms, now_ms)?;
        if intake.lacks_consent() {
            return Err(Refusal::NoLocationConsent);
        }
        let refused: std::collections::BTreeMap<_, _> =
            intake.refused.into_iter().map(|(why, count)| (why.name(), count)).collect();
        let change = Change::of("positions.import", "person", person)
            .to(json!({ "stored": intake.stored, "refused": refused }));
        let view = TakenView { stored: intake.stored, duplicate: intake.duplicate, refused, malformed };
        Ok(Done { view, change, version: None })
    });
    let answered = answered.await?;
    app.matcher.wake();
    Ok(answered.into_response())
}
