//! Many changes of a table at once: all of them, or none.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::desk::{Desk, fault};
use super::views::RecordView;
use super::write::NewRecord;
use crate::api::App;
use crate::api::refusal::{ConflictView, Problem, Refusal};
use crate::api::write_request::{Recorded, WriteRequest};
use crate::records::fault::{Code, Fault};
use crate::store::Tx;
use crate::store::records::{self, Actor, Cause, RecordError, StoredRecord};
use crate::units::Words;

const ITEMS_MAX: usize = 1_000;

/// A thousand records with a few long texts.
pub const BATCH_BYTES_MAX: usize = 8 << 20;

/// What is wrong with so many fields is told; the rest waits for the next try.
const FAULTS_MAX: usize = 1_000;

/// `POST /api/v1/tables/{t}/batch`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    pub items: Vec<BatchItem>,
}

/// One change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BatchItem {
    Create(NewRecord),
    Change(BatchChange),
    Delete(BatchDelete),
}

/// A change of a record that is there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchChange {
    pub id: i64,
    #[schema(value_type = Object)]
    pub values: Map<String, Value>,
    /// The values that were seen; without them the change counts whatever stands there.
    #[schema(value_type = Option<Object>)]
    pub base: Option<Map<String, Value>>,
}

/// A record that goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchDelete {
    pub id: i64,
}

/// The records as they are now, in the order of the items; deleted ones have `deleted_at`.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchView {
    pub items: Vec<RecordView>,
}

/// Makes, changes and deletes up to 1,000 records: all or nothing. Faults name their item, from 0.
#[utoipa::path(post, path = "/api/v1/tables/{t}/batch", tag = "records", operation_id = "batch_records",
    params(("t" = String, Path)), request_body = BatchRequest, responses(
    (status = 200, body = BatchView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table or record"),
    (status = 409, body = Problem, description = "conflict, with `conflicts` by item"),
    (status = 422, body = Problem, description = "bad_field, with every fault by item and field")))]
pub async fn batch(
    State(app): State<App>,
    table: Result<Path<String>, PathRejection>,
    request: WriteRequest<BatchRequest>,
) -> Result<Response, Refusal> {
    let Path(table) = table?;
    let WriteRequest { body: BatchRequest { items }, doing, caller } = request;
    if items.len() > ITEMS_MAX {
        let count = items.len();
        let said = Words::new(
            format!("一次最多 {ITEMS_MAX} 条，这里有 {count} 条：分几次发"),
            format!("there are {count} items, {ITEMS_MAX} at most: send them in parts"),
        );
        return Err(fault(Fault { at: "items".into(), code: Code::TooMany, said }));
    }
    let (definitions, asked, who) = (app.definitions.clone(), doing.clone(), caller.who);
    let done = app.act_recorded(doing, StatusCode::OK, move |tx| {
        let desk = Desk::writing(&definitions, tx, who, &table, asked.now_ms)?;
        let actor = desk.actor(&asked.actor, Cause::Person);
        Ok(Recorded {
            view: BatchView { items: all(tx, &desk, &actor, &items)? },
            version: None,
            about: ("table", table.clone()),
        })
    });
    done.await
}

/// Goes on behind a fault, so that all are told; nothing of it is kept then.
fn all(tx: &Tx, desk: &Desk, actor: &Actor, items: &[BatchItem]) -> Result<Vec<RecordView>, Refusal> {
    let (mut done, mut faults, mut conflicts) = (Vec::new(), Vec::new(), Vec::<ConflictView>::new());
    for (place, item) in items.iter().enumerate() {
        match one(tx, desk, actor, item) {
            Ok(record) => done.push(RecordView::of(&record, desk, None)),
            Err(error) => match desk.refusal_of(error, Some(place)) {
                Refusal::Faults(more) => faults.extend(more),
                Refusal::Conflicts(more) => conflicts.extend(more),
                refusal => return Err(refusal),
            },
        }
        if faults.len() >= FAULTS_MAX {
            break;
        }
    }
    if !faults.is_empty() {
        return Err(Refusal::Faults(faults));
    }
    if conflicts.is_empty() { Ok(done) } else { Err(Refusal::Conflicts(conflicts)) }
}

fn one(tx: &Tx, desk: &Desk, actor: &Actor, item: &BatchItem) -> Result<StoredRecord, RecordError> {
    let (tables, table) = (desk.tables(), desk.key.as_str());
    match item {
        BatchItem::Create(new) => records::create(tx, tables, actor, table, new.uid.as_deref(), &new.values),
        BatchItem::Change(change) => {
            let base = change.base.as_ref();
            records::change(tx, tables, actor, table, change.id, &change.values, base, None)
        }
        BatchItem::Delete(gone) => records::delete(tx, tables, actor, table, gone.id, None),
    }
}
