//! Records as they are read: a page, one, and what became of it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::desk::Desk;
use super::names::Names;
use super::query::RecordsQuery;
use super::views::RecordView;
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::etag;
use crate::audit::Change;
use crate::store::{self, records};

/// A page of records.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordsView {
    pub items: Vec<RecordView>,
    /// To be sent as `after` for the next page; null at the end.
    pub next: Option<String>,
    /// With `names=true`: what linked records, people and files are called, by table (or `people`, `files`) and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub names: Option<BTreeMap<String, Map<String, Value>>>,
}

/// Everything that happened to a record, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordHistoryView {
    pub items: Vec<RecordEntryView>,
}

/// One change of a record: of one field, or of the record itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordEntryView {
    /// To be sent as `from` to bring back what stood before.
    pub id: i64,
    pub at_ms: i64,
    /// A person's number, or `appliance`.
    pub who: String,
    /// `created`, `changed`, `deleted` or `restored`.
    pub deed: &'static str,
    /// Null: the record itself.
    pub field: Option<String>,
    #[schema(value_type = Value)]
    pub before: Option<Value>,
    #[schema(value_type = Value)]
    pub after: Option<Value>,
    /// `person`, `import:NUMBER`, `automation:KEY`, `restore` or `migration`.
    pub why: String,
}

/// Records of a table, as far as the role reaches.
#[utoipa::path(get, path = "/api/v1/tables/{t}/records", tag = "records", operation_id = "records",
    params(("t" = String, Path, description = "A table's key."), RecordsQuery), responses(
    (status = 200, body = RecordsView),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 422, body = Problem, description = "bad_field: a condition, field or view that is not there")))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    table: Result<Path<String>, PathRejection>,
    query: Result<Query<RecordsQuery>, QueryRejection>,
) -> Result<Json<RecordsView>, Refusal> {
    let (Path(table), Query(query)) = (table?, query?);
    let (definitions, who, now_ms) = (app.definitions.clone(), caller.who, app.now_ms());
    let _turn = app.turn(&caller).await;
    let read = app.store.read(move |db| {
        let desk = Desk::reading(&definitions, db, who, &table, now_ms)?;
        let asked = query.checked(&desk)?;
        let page = records::page(db, desk.tables(), &who, &table, &asked, desk.now);
        let page = page.map_err(|error| desk.refusal(error))?;
        let names = query.names.then(|| Names::default().all(db, &desk, &page.items)).transpose()?;
        let fields = asked.fields.as_deref();
        let items = page.items.iter().map(|record| RecordView::of(record, &desk, fields)).collect();
        Ok::<_, Refusal>(RecordsView { items, next: page.next, names })
    });
    Ok(Json(read.await?))
}

/// Of one record.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OneQuery {
    /// It may be deleted.
    #[serde(default)]
    deleted: bool,
}

/// One record.
#[utoipa::path(get, path = "/api/v1/tables/{t}/records/{id}", tag = "records", operation_id = "record",
    params(("t" = String, Path), ("id" = i64, Path), OneQuery), responses(
    (status = 200, body = RecordView),
    (status = 404, body = Problem, description = "missing: no such table or record, or it is out of reach")))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    place: Result<Path<(String, i64)>, PathRejection>,
    query: Result<Query<OneQuery>, QueryRejection>,
) -> Result<Response, Refusal> {
    let (Path((table, id)), Query(OneQuery { deleted })) = (place?, query?);
    let (definitions, who, now_ms) = (app.definitions.clone(), caller.who, app.now_ms());
    let place = format!("{table}/{id}");
    let read = app.store.read(move |db| {
        let desk = Desk::reading(&definitions, db, who, &table, now_ms)?;
        let record = records::one(db, desk.tables(), &who, &table, id, desk.now);
        let record = record.map_err(|error| desk.refusal(error))?;
        if record.deleted_ms.is_some() && !deleted {
            return Err(store::Error::Missing("record").into());
        }
        let is_seen = desk.is_look(&record);
        Ok::<_, Refusal>((RecordView::of(&record, &desk, None), is_seen))
    });
    let (view, is_seen) = read.await?;
    if is_seen {
        app.saw(&caller, Change::of("record.read", "record", place)).await?;
    }
    Ok(([(header::ETAG, etag(view.version))], Json(view)).into_response())
}

/// Who changed what of a record, when and why.
#[utoipa::path(get, path = "/api/v1/tables/{t}/records/{id}/history", tag = "records", operation_id = "record_history",
    params(("t" = String, Path), ("id" = i64, Path)), responses((status = 200, body = RecordHistoryView)))]
pub async fn history(
    State(app): State<App>,
    caller: Caller,
    place: Result<Path<(String, i64)>, PathRejection>,
) -> Result<Json<RecordHistoryView>, Refusal> {
    let Path((table, id)) = place?;
    let (definitions, who, now_ms) = (app.definitions.clone(), caller.who, app.now_ms());
    let place = format!("{table}/{id}");
    let read = app.store.read(move |db| {
        let desk = Desk::reading(&definitions, db, who, &table, now_ms)?;
        let record = records::one(db, desk.tables(), &who, &table, id, desk.now);
        let is_seen = desk.is_look(&record.map_err(|error| desk.refusal(error))?);
        let found = records::history(db, desk.tables(), &who, &table, id, desk.now);
        let found = found.map_err(|error| desk.refusal(error))?.into_iter().rev();
        Ok::<_, Refusal>((found.filter_map(|entry| entry_view(entry, &desk)).collect(), is_seen))
    });
    let (items, is_seen) = read.await?;
    if is_seen {
        app.saw(&caller, Change::of("record.read", "record", place)).await?;
    }
    Ok(Json(RecordHistoryView { items }))
}

/// `None` for a field that the role does not see.
fn entry_view(entry: records::Entry, desk: &Desk) -> Option<RecordEntryView> {
    let kind = match &entry.field {
        Some(key) => Some(desk.table().field(key)?.kind),
        None => None,
    };
    let json = |value: Option<crate::records::Value>| Some(value?.json(kind?));
    Some(RecordEntryView {
        id: entry.id,
        at_ms: entry.at_ms,
        who: entry.actor,
        deed: entry.deed.name(),
        before: json(entry.before),
        after: json(entry.after),
        field: entry.field,
        why: entry.cause,
    })
}
