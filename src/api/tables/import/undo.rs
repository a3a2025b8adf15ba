//! A whole import taken back: what it made goes, what it changed is as before, and what others touched meanwhile is kept.

use std::collections::BTreeMap;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use crate::api::App;
use crate::api::refusal::{Problem, Refusal};
use crate::api::tables::desk::Desk;
use crate::api::write_request::{Recorded, WriteRequest};
use crate::store::records::{self, Actor, Cause, Done, Entry, RecordError};
use crate::store::{self, Error, Tx};

/// What came of taking an import back.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct UndoneView {
    /// Records that it made and that are deleted now.
    pub deleted: usize,
    /// Records that it changed and that are as before.
    pub restored: usize,
    /// Numbers of records that somebody touched since, or that the caller may not touch: they stay as they are.
    pub kept: Vec<i64>,
}

/// Takes a whole import back. Records that somebody touched since are kept and named.
#[utoipa::path(post, path = "/api/v1/tables/{t}/imports/{n}/undo", tag = "records", operation_id = "undo_import",
    params(("t" = String, Path), ("n" = i64, Path, description = "`import` of its answer.")), responses(
    (status = 200, body = UndoneView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table or import")))]
pub async fn undo(
    State(app): State<App>,
    place: Result<Path<(String, i64)>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path((table, import)) = place?;
    let (doing, who) = (request.doing, request.caller.who);
    let (definitions, asked) = (app.definitions.clone(), doing.clone());
    let done = app.act_recorded(doing, StatusCode::OK, move |tx| {
        let desk = Desk::writing(&definitions, tx, who, &table, asked.now_ms)?;
        let entries = records::of_cause(tx, desk.tables(), &table, &Cause::Import(import), desk.now);
        let mut entries = entries.map_err(|error| desk.refusal(error))?;
        // What is out of reach is not there.
        let mut reached = BTreeMap::new();
        for (id, _) in &entries {
            if !reached.contains_key(id) {
                reached.insert(*id, is_reached(tx, &desk, *id)?);
            }
        }
        entries.retain(|(id, _)| reached.get(id) == Some(&true));
        if entries.is_empty() {
            return Err(Error::Missing("import").into());
        }
        let actor = desk.actor(&asked.actor, Cause::Restore);
        Ok(Recorded {
            view: all(tx, &desk, &actor, entries)?,
            version: None,
            about: ("table", table.clone()),
        })
    });
    done.await
}

fn is_reached(tx: &Tx, desk: &Desk, id: i64) -> Result<bool, Refusal> {
    match records::one(tx, desk.tables(), &desk.who, &desk.key, id, desk.now) {
        Ok(_) => Ok(true),
        Err(RecordError::Refused(_) | RecordError::Store(Error::Missing(_))) => Ok(false),
        Err(error) => Err(desk.refusal(error)),
    }
}

fn all(tx: &Tx, desk: &Desk, actor: &Actor, entries: Vec<(i64, Entry)>) -> Result<UndoneView, Refusal> {
    let mut by_record: BTreeMap<i64, Vec<Entry>> = BTreeMap::new();
    for (id, entry) in entries {
        by_record.entry(id).or_default().push(entry);
    }
    let mut undone = UndoneView::default();
    for (id, entries) in by_record {
        let is_made = entries.iter().any(|entry| entry.deed == Done::Created);
        let back = store::attempt(tx, |tx| one(tx, desk, actor, id, &entries, is_made));
        match back {
            Ok(true) if is_made => undone.deleted += 1,
            Ok(true) => undone.restored += 1,
            Ok(false) => undone.kept.push(id),
            // Beyond the caller's reach, or what stood there cannot stand there any more.
            Err(
                RecordError::Refused(_)
                | RecordError::Faults(_)
                | RecordError::Store(Error::Missing(_) | Error::Conflict(_)),
            ) => undone.kept.push(id),
            Err(error) => return Err(desk.refusal(error)),
        }
    }
    Ok(undone)
}

/// Whether a record could be taken back.
fn one(
    tx: &Tx,
    desk: &Desk,
    actor: &Actor,
    id: i64,
    entries: &[Entry],
    is_made: bool,
) -> Result<bool, RecordError> {
    let (tables, table) = (desk.tables(), desk.key.as_str());
    let now = records::one(tx, tables, &desk.who, table, id, desk.now)?;
    if now.deleted_ms.is_some() {
        return Ok(false);
    }
    if is_made {
        let is_touched = now.version > 1;
        return if is_touched {
            Ok(false)
        } else {
            records::delete(tx, tables, actor, table, id, None).map(|_| true)
        };
    }
    let mut values: Map<String, Json> = Map::new();
    for entry in entries {
        let Some(field) = entry.field.as_deref().and_then(|key| desk.table().field(key)) else { continue };
        let stands = if field.key == "owner" {
            now.owner.map(|owner| crate::records::Value::Ref(owner.0))
        } else {
            now.values.get(&field.key).cloned()
        };
        if stands != entry.after {
            return Ok(false);
        }
        let before = entry.before.as_ref().map(|value| value.json(field.kind));
        values.insert(field.key.clone(), before.unwrap_or_default());
    }
    records::change(tx, tables, actor, table, id, &values, None, None).map(|_| true)
}
