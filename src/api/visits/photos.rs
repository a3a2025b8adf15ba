//! The photo of a check-in: drawn anew, kept with the visit.

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::reach;
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::people::number;
use crate::api::pictures::drawn_anew;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::images::Picture;
use crate::people::Deed;
use crate::store::visits::{Photo, photo, put_photo};
use crate::units::VisitNumber;

type Id = Result<Path<String>, PathRejection>;

/// Puts a photo to one's own visit. A later one takes its place.
#[utoipa::path(put, path = "/api/v1/visits/{id}/photo", tag = "visits", operation_id = "put_photo", params(("id" = i64, Path)),
    request_body(content = Vec<u8>, content_type = "image/jpeg"), responses(
    (status = 204, description = "kept"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 413, body = Problem, description = "bad_body: over 2 MiB"),
    (status = 415, body = Problem, description = "bad_body: not image/…"),
    (status = 422, body = Problem, description = "bad_photo")))]
pub async fn put(State(app): State<App>, id: Id, sent: RawWriteRequest) -> Result<Response, Refusal> {
    let id: VisitNumber = number(id)?;
    sent.must_be("image/")?;
    let RawWriteRequest { caller, bytes, doing, .. } = sent;
    let Picture { kind, bytes: image } = drawn_anew(bytes).await?;
    let now_ms = doing.now_ms;
    app.act(doing, StatusCode::NO_CONTENT, move |tx| {
        reach(tx, &caller.who, Deed::ReportPositions, id)?;
        let size = image.len();
        put_photo(tx, id, &Photo { kind: kind.into(), image }, now_ms)?;
        let change = Change::of("photo.put", "visit", id).to(serde_json::json!({ "bytes": size }));
        Ok(Done { view: (), change, version: None })
    })
    .await
}

/// The photo of a visit.
#[utoipa::path(get, path = "/api/v1/visits/{id}/photo", tag = "visits", operation_id = "photo", params(("id" = i64, Path)), responses(
    (status = 200, body = Vec<u8>, content_type = "image/jpeg"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn get(State(app): State<App>, caller: Caller, id: Id) -> Result<Response, Refusal> {
    let id: VisitNumber = number(id)?;
    let who = caller.who;
    let found = app.store.read(move |tx| {
        let owner = reach(tx, &who, Deed::ReadVisits, id)?;
        Ok::<_, Refusal>((owner, photo(tx, id)?))
    });
    let (owner, photo) = found.await?;
    app.looked(&caller, "photo.read", vec![owner.person]).await?;
    let headers = [(header::CONTENT_TYPE, photo.kind), (header::CACHE_CONTROL, "private, no-store".into())];
    Ok((headers, Bytes::from(photo.image)).into_response())
}
