//! One record: made, changed, deleted, brought back.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::desk::Desk;
use super::views::{NewRecordView, RecordView};
use crate::api::App;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Doing, Recorded, WriteRequest};
use crate::people::Who;
use crate::store::Tx;
use crate::store::records::{self, Cause, RecordError, StoredRecord};

/// A record with every long text filled.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// `POST /api/v1/tables/{t}/records`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    /// Made by the client: the same record sent again is the same record.
    pub uid: Option<String>,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Map<String, Value>,
}

/// `PATCH /api/v1/tables/{t}/records/{id}`: what is left out stays; null takes away what was there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordChange {
    #[schema(value_type = Object)]
    pub values: Map<String, Value>,
    /// The values that were seen: only a field that somebody else changed too conflicts, and `If-Match` may be left out.
    #[schema(value_type = Option<Object>)]
    pub base: Option<Map<String, Value>>,
}

/// `POST /api/v1/tables/{t}/records/{id}/restore`: nothing for the whole record, which was deleted.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Restoring {
    /// Bring back what stood in this field.
    pub field: Option<String>,
    /// Before this entry of its history; the newest of that field when left out.
    pub from: Option<i64>,
}

/// Makes a record. Its owner is who makes it, unless `values` name another.
#[utoipa::path(post, path = "/api/v1/tables/{t}/records", tag = "records", operation_id = "add_record",
    params(("t" = String, Path)), request_body = NewRecord, responses(
    (status = 201, body = NewRecordView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 409, body = Problem, description = "illegal_step, with `reason`, or credit_blocked, with `advice` too"),
    (status = 422, body = Problem, description = "bad_field, with every fault by field")))]
pub async fn create(
    State(app): State<App>,
    table: Result<Path<String>, PathRejection>,
    request: WriteRequest<NewRecord>,
) -> Result<Response, Refusal> {
    let Path(table) = table?;
    let WriteRequest { body, doing, caller } = request;
    write(&app, caller.who, table, doing, StatusCode::CREATED, NewRecordView::of, move |tx, desk, doing| {
        let actor = desk.actor(&doing.actor, Cause::Person);
        records::create(tx, desk.tables(), &actor, &desk.key, body.uid.as_deref(), &body.values)
    })
    .await
}

/// Changes a record. Needs `If-Match`, or `base` with the values that were seen.
#[utoipa::path(patch, path = "/api/v1/tables/{t}/records/{id}", tag = "records", operation_id = "change_record",
    params(("t" = String, Path), ("id" = i64, Path)), request_body = RecordChange, responses(
    (status = 200, body = RecordView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem,
        description = "conflict, with `conflicts`: field, base, theirs, mine; or illegal_step, with `reason`"),
    (status = 412, body = Problem, description = "stale"),
    (status = 422, body = Problem, description = "bad_field, with every fault by field"),
    (status = 428, body = Problem, description = "if_match_required: neither If-Match nor base")))]
pub async fn change(
    State(app): State<App>,
    place: Result<Path<(String, i64)>, PathRejection>,
    request: WriteRequest<RecordChange>,
) -> Result<Response, Refusal> {
    let Path((table, id)) = place?;
    let WriteRequest { body: RecordChange { values, base }, doing, caller } = request;
    if base.is_none() && doing.seen.is_none() {
        return Err(Refusal::NoIfMatch);
    }
    let seen = if base.is_none() { doing.seen } else { None };
    write(&app, caller.who, table, doing, StatusCode::OK, as_it_is, move |tx, desk, doing| {
        let actor = desk.actor(&doing.actor, Cause::Person);
        records::change(tx, desk.tables(), &actor, &desk.key, id, &values, base.as_ref(), seen)
    })
    .await
}

/// Deletes a record; it can be brought back. With `If-Match` only if it is as it was seen.
#[utoipa::path(delete, path = "/api/v1/tables/{t}/records/{id}", tag = "records", operation_id = "delete_record",
    params(("t" = String, Path), ("id" = i64, Path)), responses(
    (status = 204),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "illegal_step, with `reason`: it was issued"),
    (status = 412, body = Problem, description = "stale")))]
pub async fn delete(
    State(app): State<App>,
    place: Result<Path<(String, i64)>, PathRejection>,
    request: WriteRequest<Option<Restoring>>,
) -> Result<Response, Refusal> {
    let Path((table, id)) = place?;
    let (doing, who) = (request.doing, request.caller.who);
    write(&app, who, table, doing, StatusCode::NO_CONTENT, as_it_is, move |tx, desk, doing| {
        let actor = desk.actor(&doing.actor, Cause::Person);
        records::delete(tx, desk.tables(), &actor, &desk.key, id, doing.seen)
    })
    .await
}

/// Brings back a deleted record, or what stood in one of its fields.
#[utoipa::path(post, path = "/api/v1/tables/{t}/records/{id}/restore", tag = "records", operation_id = "restore_record",
    params(("t" = String, Path), ("id" = i64, Path)), request_body = Option<Restoring>, responses(
    (status = 200, body = RecordView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such record, or entry of its history"),
    (status = 422, body = Problem, description = "bad_field: what stood there cannot stand there any more")))]
pub async fn restore(
    State(app): State<App>,
    place: Result<Path<(String, i64)>, PathRejection>,
    request: WriteRequest<Option<Restoring>>,
) -> Result<Response, Refusal> {
    let Path((table, id)) = place?;
    let WriteRequest { body, doing, caller } = request;
    let Restoring { field, from } = body.unwrap_or_default();
    write(&app, caller.who, table, doing, StatusCode::OK, as_it_is, move |tx, desk, doing| {
        let actor = desk.actor(&doing.actor, Cause::Restore);
        records::restore(tx, desk.tables(), &actor, &desk.key, id, field.as_deref(), from)
    })
    .await
}

fn as_it_is(view: RecordView, _: &StoredRecord, _: &Desk) -> RecordView {
    view
}

/// Does one thing to one record and answers with it.
async fn write<V: serde::Serialize + Send + 'static>(
    app: &App,
    who: Who,
    table: String,
    doing: Doing,
    status: StatusCode,
    shown: impl FnOnce(RecordView, &StoredRecord, &Desk) -> V + Send + 'static,
    work: impl FnOnce(&Tx, &Desk, &Doing) -> Result<StoredRecord, RecordError> + Send + 'static,
) -> Result<Response, Refusal> {
    let (definitions, asked) = (app.definitions.clone(), doing.clone());
    let done = app.act_recorded(doing, status, move |tx| {
        let desk = Desk::writing(&definitions, tx, who, &table, asked.now_ms)?;
        let record = work(tx, &desk, &asked).map_err(|error| desk.refusal(error))?;
        let view = RecordView::of(&record, &desk, None);
        let about = if table == "clients" {
            ("client", view.id.to_string())
        } else {
            ("record", format!("{table}/{}", view.id))
        };
        Ok(Recorded { version: Some(view.version), about, view: shown(view, &record, &desk) })
    });
    done.await
}
