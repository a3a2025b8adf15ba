//! Photos and files of records: sent first, named by a record, read through it.

use std::fmt::Write;

use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::desk::Desk;
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::pictures::drawn_anew;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::people::Reach;
use crate::store::records::{self, File};
use crate::store::{self};

/// A quotation as PDF, a price list, a scanned contract of a few pages.
pub const FILE_BYTES_MAX: usize = 8 << 20;

/// What is not a picture is kept as it came, and handed out as that alone: no browser opens it in the page's place.
const BYTES: &str = "application/octet-stream";

const NAME_CHARS_MAX: usize = 120;

/// `POST /api/v1/tables/{t}/files`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct FileQuery {
    /// What the file is called.
    #[serde(default)]
    name: String,
}

/// A file that was kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    /// For a record to name: `{"photo": {"id": 7}}`.
    pub id: i64,
    pub name: String,
    /// `image/jpeg`, `image/png` or `application/octet-stream`.
    pub kind: String,
    pub bytes: usize,
}

/// Keeps a photo or a file for a record that will name it. Pictures (`image/…`, up to 2 MiB) are drawn anew, without what a
/// camera wrote beside them; everything else is sent as `application/octet-stream`. What no record names within two days goes.
#[utoipa::path(post, path = "/api/v1/tables/{t}/files", tag = "records", operation_id = "add_record_file",
    params(("t" = String, Path), FileQuery), request_body(content = Vec<u8>, content_type = "image/jpeg"), responses(
    (status = 201, body = FileView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 409, body = Problem, description = "conflict: many files wait for a record"),
    (status = 413, body = Problem, description = "bad_body: over 8 MiB"),
    (status = 415, body = Problem, description = "bad_body: neither image/… nor application/octet-stream"),
    (status = 422, body = Problem, description = "bad_photo")))]
pub async fn send(
    State(app): State<App>,
    table: Result<Path<String>, PathRejection>,
    query: Result<Query<FileQuery>, QueryRejection>,
    sent: RawWriteRequest,
) -> Result<Response, Refusal> {
    let (Path(table), Query(query)) = (table?, query?);
    let is_picture = sent.is("image/");
    if !is_picture && !sent.is(BYTES) {
        return Err(Refusal::BadKind("image/… or application/octet-stream"));
    }
    let RawWriteRequest { caller, bytes, doing, .. } = sent;
    let (kind, content) = if is_picture {
        let picture = drawn_anew(bytes).await?;
        (picture.kind, picture.bytes)
    } else {
        (BYTES, bytes.to_vec())
    };
    let file = File { kind: kind.into(), name: plain(&query.name), content };
    let (definitions, now_ms) = (app.definitions.clone(), doing.now_ms);
    app.act(doing, StatusCode::CREATED, move |tx| {
        let desk = Desk::writing(&definitions, tx, caller.who, &table, now_ms)?;
        if !desk.access().create && desk.access().change == Reach::Nothing {
            return Err(caller.who.may_not("write records here").into());
        }
        let id = records::put_file(tx, caller.who.person, &file, now_ms)?;
        let bytes = file.content.len();
        let facts = serde_json::json!({ "table": table, "bytes": bytes });
        let change = Change::of("file.put", "file", id).to(facts);
        Ok(Done { view: FileView { id, name: file.name, kind: file.kind, bytes }, change, version: None })
    })
    .await
}

/// A photo or file of a record, for who reaches the record and sees the field.
#[utoipa::path(get, path = "/api/v1/tables/{t}/records/{id}/files/{file}", tag = "records",
    operation_id = "record_file", params(("t" = String, Path), ("id" = i64, Path), ("file" = i64, Path)), responses(
    (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    place: Result<Path<(String, i64, i64)>, PathRejection>,
) -> Result<Response, Refusal> {
    let Path((table, id, number)) = place?;
    let (definitions, who, now_ms) = (app.definitions.clone(), caller.who, app.now_ms());
    let read = app.store.read(move |db| {
        let desk = Desk::reading(&definitions, db, who, &table, now_ms)?;
        let record = records::one(db, desk.tables(), &who, &table, id, desk.now);
        let record = record.map_err(|error| desk.refusal(error))?;
        if record.deleted_ms.is_some() {
            return Err(store::Error::Missing("record").into());
        }
        let (field, file) = records::file(db, desk.tables(), &table, id, number)?;
        match desk.table().own(&field) {
            Some(field) if !desk.access().hides(&field.key) => Ok::<_, Refusal>(file),
            _ => Err(store::Error::Missing("file").into()),
        }
    });
    let File { kind, name, content } = read.await?;
    let shown = if kind == BYTES { "attachment" } else { "inline" };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, format!("{shown}; filename*=UTF-8''{}", encoded(&name))),
        (header::CACHE_CONTROL, "private, no-store".into()),
    ];
    Ok((headers, Bytes::from(content)).into_response())
}

/// A name without folders and signs that a header or a screen could stumble over.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let is_sign = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let plain: String = last.chars().filter(is_sign).collect();
    let excess = plain.chars().count().saturating_sub(NAME_CHARS_MAX);
    // The end says what kind it is.
    let plain: String = plain.chars().skip(excess).collect();
    if plain.is_empty() { "file".into() } else { plain }
}

/// As RFC 8187 writes it.
fn encoded(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            text.push(byte.into());
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folder_no_controls_and_keeps_its_end() {
        for (sent, kept) in [
            ("C:\\Users\\me\\报价单.pdf", "报价单.pdf"),
            ("../../etc/passwd", "passwd"),
            ("a\r\nX: y.pdf", "aX: y.pdf"),
            ("\u{202e}fdp.exe", "fdp.exe"),
            ("", "file"),
        ] {
            assert_eq!(plain(sent), kept, "{sent:?}");
        }
        let long = format!("{}.pdf", "长".repeat(300));
        assert!(plain(&long).ends_with(".pdf") && plain(&long).chars().count() == NAME_CHARS_MAX);
    }

    #[test]
    fn a_header_says_any_name() {
        assert_eq!(encoded("价 1.pdf"), "%E4%BB%B7%201.pdf");
    }
}
