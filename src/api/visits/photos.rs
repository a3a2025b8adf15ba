//! The photo of a check-in: checked to be an image, kept with the visit.

use axum::body::Bytes;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::reach;
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::people::number;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::people::Deed;
use crate::store::visits::{Photo, photo, put_photo};
use crate::units::VisitNumber;

/// A phone's camera, scaled down to a long edge of 1,600 points, has about 500 KB.
pub const PHOTO_BYTES_MAX: usize = 2 << 20;

type Id = Result<Path<String>, PathRejection>;

/// What an image is by its first bytes, whatever it is called; `None` when it is none of those that are taken.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    let jpeg = bytes.starts_with(&[0xFF, 0xD8, 0xFF]) && bytes.ends_with(&[0xFF, 0xD9]);
    let png = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR");
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    match (jpeg, png, webp) {
        (true, ..) => Some("image/jpeg"),
        (_, true, _) => Some("image/png"),
        (.., true) => Some("image/webp"),
        _ => None,
    }
}

/// A JPEG without what its camera wrote about place, time and device (EXIF, XMP and comments).
fn stripped(bytes: &[u8]) -> Vec<u8> {
    let mut kept = bytes[..2].to_vec();
    let mut rest = &bytes[2..];
    while let [0xFF, marker, high, low, ..] = *rest {
        let length = usize::from(high) << 8 | usize::from(low);
        // From the scan on there are no such segments.
        if marker == 0xDA || length + 2 > rest.len() || length < 2 {
            break;
        }
        let (segment, after) = rest.split_at(length + 2);
        if !matches!(marker, 0xE1..=0xED | 0xFE) {
            kept.extend_from_slice(segment);
        }
        rest = after;
    }
    kept.extend_from_slice(rest);
    kept
}

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
    let kind = kind(&bytes).ok_or(Refusal::BadPhoto)?;
    let image = if kind == "image/jpeg" { stripped(&bytes) } else { bytes.to_vec() };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_bytes() {
        assert_eq!(kind(&[0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 0xFF, 0xD9]), Some("image/jpeg"));
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), Some("image/png"));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [&b"GIF89a"[..], b"<svg/>", b"", b"RIFF\0\0\0\0WAVE", &[0xFF, 0xD8, 0xFF]] {
            assert_eq!(kind(other), None, "{other:?}");
        }
    }

    #[test]
    fn what_the_camera_wrote_about_the_place_is_not_kept() {
        let exif = [0xFF, 0xE1, 0, 6, b'E', b'x', b'i', b'f'];
        let table = [0xFF, 0xDB, 0, 4, 1, 2];
        let scan = [0xFF, 0xDA, 0, 2, 9, 9, 0xFF, 0xE1, 0, 2, 0xFF, 0xD9];
        let image = [&[0xFF, 0xD8][..], &exif, &table, &scan].concat();
        assert_eq!(stripped(&image), [&[0xFF, 0xD8][..], &table, &scan].concat());
        assert_eq!(
            stripped(&[0xFF, 0xD8, 0xFF, 0xE1, 0xFF, 0xFF, 1]).len(),
            7,
            "a segment longer than the image"
        );
    }
}
