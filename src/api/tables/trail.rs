//! What led to a record and what came of it: the records that it names, and those that name it.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::desk::Desk;
use super::names::title;
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::audit::Change;
use crate::people::Who;
use crate::records::Value;
use crate::records::definition::{Field, Kind, Table};
use crate::records::query::Question;
use crate::store::records::{self, Query, RecordError, StoredRecord};
use crate::store::{Error, Tx};

/// The newest of each link are enough to find the others by.
const EACH_MAX: u32 = 20;

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrailView {
    pub items: Vec<StepView>,
}

/// A record beside the one that was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    pub table: String,
    pub id: i64,
    /// What it is called; null where its table has no text.
    pub title: Option<String>,
    /// `led`: the record that was asked for names it. `came`: it names the record that was asked for.
    pub how: &'static str,
    /// The field that names the other.
    pub via: String,
    pub created_at: i64,
    pub changed_at: i64,
}

/// What led to a record and what came of it, across tables, as far as the role reaches.
#[utoipa::path(get, path = "/api/v1/tables/{t}/records/{id}/trail", tag = "records", operation_id = "record_trail",
    params(("t" = String, Path), ("id" = i64, Path)), responses(
    (status = 200, body = TrailView),
    (status = 404, body = Problem, description = "missing")))]
pub async fn trail(
    State(app): State<App>,
    caller: Caller,
    place: Result<Path<(String, i64)>, PathRejection>,
) -> Result<Json<TrailView>, Refusal> {
    let Path((table, id)) = place?;
    let (definitions, who, now_ms) = (app.definitions.clone(), caller.who, app.now_ms());
    let place = format!("{table}/{id}");
    let _turn = app.turn(&caller).await;
    let read = app.store.read(move |db| {
        let desk = Desk::reading(&definitions, db, who, &table, now_ms)?;
        let record = records::one(db, desk.tables(), &who, &table, id, desk.now);
        let record = record.map_err(|error| desk.refusal(error))?;
        let mut items = led(db, &desk, &who, &record)?;
        items.extend(came(db, &desk, &who, id)?);
        items.sort_by_key(|step: &StepView| std::cmp::Reverse(step.created_at));
        Ok::<_, Refusal>((items, desk.is_look(&record)))
    });
    let (items, is_seen) = read.await?;
    if is_seen {
        app.saw(&caller, Change::of("record.read", "record", place)).await?;
    }
    Ok(Json(TrailView { items }))
}

fn step(desk: &Desk, table: &Table, how: &'static str, via: &Field, record: &StoredRecord) -> StepView {
    StepView {
        table: table.key.clone(),
        id: record.id,
        title: title(table, record, desk.now.zone),
        how,
        via: via.key.clone(),
        created_at: record.created_ms,
        changed_at: record.changed_ms,
    }
}

fn led(db: &Tx, desk: &Desk, who: &Who, record: &StoredRecord) -> Result<Vec<StepView>, Refusal> {
    let mut found = Vec::new();
    for field in desk.table().fields.iter().filter(|field| field.kind == Kind::Link) {
        let table = field.to.as_ref().and_then(|to| desk.seen().tables.get(to));
        let (Some(table), Some(value)) = (table, record.values.get(&field.key)) else { continue };
        let ids = match value {
            Value::Ref(id) => std::slice::from_ref(id),
            Value::Refs(ids) => ids,
            _ => &[],
        };
        for id in ids.iter().take(EACH_MAX as usize) {
            match records::one(db, desk.tables(), who, &table.key, *id, desk.now) {
                Ok(other) if other.deleted_ms.is_some() => {}
                Ok(other) => found.push(step(desk, table, "led", field, &other)),
                // Out of reach, or gone.
                Err(RecordError::Refused(_) | RecordError::Store(Error::Missing(_))) => {}
                Err(error) => return Err(desk.refusal(error)),
            }
        }
    }
    Ok(found)
}

fn came(db: &Tx, desk: &Desk, who: &Who, id: i64) -> Result<Vec<StepView>, Refusal> {
    let mut found = Vec::new();
    for table in desk.seen().tables.values() {
        let leads_here = |field: &&Field| field.kind == Kind::Link && field.to.as_ref() == Some(&desk.key);
        for field in table.fields.iter().filter(leads_here) {
            let names_it =
                if field.many { format!("{id} in {}", field.key) } else { format!("{} == {id}", field.key) };
            let filter = Question::new(&names_it, desk.seen(), &table.key, desk.now.zone);
            let filter = filter.map_err(|bad| Refusal::Broken(bad.what.en))?;
            let query = Query {
                filter: Some(filter),
                sort: vec![("created_at".into(), true)],
                limit: EACH_MAX,
                ..Query::default()
            };
            match records::page(db, desk.tables(), who, &table.key, &query, desk.now) {
                Ok(page) => {
                    found.extend(page.items.iter().map(|other| step(desk, table, "came", field, other)))
                }
                Err(RecordError::Refused(_)) => {}
                Err(error) => return Err(desk.refusal(error)),
            }
        }
    }
    Ok(found)
}
