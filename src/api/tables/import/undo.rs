//! A whole import taken back: what it made goes, what it changed is as before, and what others touched meanwhile is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State as Given};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;
use utoipa::ToSchema;

use super::progress::{ImportView, failed};
use super::turns::Imports;
use crate::api::App;
use crate::api::refusal::{Problem, Refusal};
use crate::api::tables::desk::Desk;
use crate::api::write_request::{Doing, Done, Recorded, WriteRequest};
use crate::audit::Change;
use crate::people::Who;
use crate::store::records::imports::{self, State, TakenBack};
use crate::store::records::{self, Actor, Cause, Done as Deed, Entry, RecordError};
use crate::store::{self, Error, Tx};

/// Records that are taken back while the caller waits; more are taken back while others work.
const AT_ONCE_MAX: usize = 1_000;

/// Records that share a transaction.
const PART: usize = 200;

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

impl UndoneView {
    fn counts(&self) -> TakenBack {
        TakenBack { deleted: self.deleted, restored: self.restored, kept: self.kept.len() }
    }
}

/// What an import did to each record.
type ByRecord = BTreeMap<i64, Vec<Entry>>;

/// Takes a whole import back. Records that somebody touched since are kept and named. More than 1,000 records are taken
/// back while others work: 202 says how to follow that.
#[utoipa::path(post, path = "/api/v1/tables/{t}/imports/{n}/undo", tag = "records", operation_id = "undo_import",
    params(("t" = String, Path), ("n" = i64, Path, description = "`import` of its answer.")), responses(
    (status = 200, body = UndoneView),
    (status = 202, body = ImportView, description = "over 1,000 records: it goes on; see GET …/imports/{n}"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table or import"),
    (status = 409, body = Problem, description = "conflict: it goes on, or two imports do")))]
pub async fn undo(
    Given(app): Given<App>,
    place: Result<Path<(String, i64)>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path((table, number)) = place?;
    let (doing, who) = (request.doing, request.caller.who);
    let back = Back { app: app.clone(), who, actor: doing.actor.clone(), table, number };
    let entries = back.entries().await?;
    if entries.is_empty() {
        return Err(Error::Missing("import").into());
    }
    if entries.len() > AT_ONCE_MAX { back.begun(doing).await } else { back.at_once(doing, entries).await }
}

fn has_ended(imports: &Imports, number: i64) -> Result<(), Error> {
    if !imports.is_at(number) {
        return Ok(());
    }
    Err(Error::Conflict("this import goes on: cancel it, or wait until it has ended".into()))
}

/// An import that is taken back.
pub struct Back {
    pub app: App,
    pub who: Who,
    pub actor: String,
    pub table: String,
    pub number: i64,
}

impl Back {
    async fn entries(&self) -> Result<ByRecord, Refusal> {
        let (definitions, now_ms) = (self.app.definitions.clone(), self.app.now_ms());
        let (who, table, cause) = (self.who, self.table.clone(), Cause::Import(self.number));
        let read = self.app.store.read(move |db| {
            let desk = Desk::writing(&definitions, db, who, &table, now_ms)?;
            let entries = records::of_cause(db, desk.tables(), &table, &cause, desk.now);
            let mut by_record = ByRecord::new();
            for (id, entry) in entries.map_err(|error| desk.refusal(error))? {
                by_record.entry(id).or_default().push(entry);
            }
            // What is out of reach is not there.
            let mut reached = ByRecord::new();
            for (id, entries) in by_record {
                if is_reached(db, &desk, id)? {
                    reached.insert(id, entries);
                }
            }
            Ok::<_, Refusal>(reached)
        });
        read.await
    }

    async fn at_once(self, doing: Doing, entries: ByRecord) -> Result<Response, Refusal> {
        let (definitions, asked) = (self.app.definitions.clone(), doing.clone());
        let going_on = self.app.imports.clone();
        let done = self.app.act_recorded(doing, StatusCode::OK, move |tx| {
            has_ended(&going_on, self.number)?;
            let desk = Desk::writing(&definitions, tx, self.who, &self.table, asked.now_ms)?;
            let actor = desk.actor(&asked.actor, Cause::Restore);
            let mut view = UndoneView::default();
            all(tx, &desk, &actor, entries, &mut view)?;
            imports::took_back(tx, self.number, view.counts())?;
            imports::stands(tx, self.number, State::Undone, None, asked.now_ms)?;
            Ok(Recorded { view, version: None, about: ("table", self.table.clone()) })
        });
        done.await
    }

    /// Begins to take it back, and answers at once; whoever asked may vanish.
    async fn begun(self, doing: Doing) -> Result<Response, Refusal> {
        let (to, answer) = oneshot::channel();
        tokio::spawn(async move {
            let (definitions, who, table) = (self.app.definitions.clone(), self.who, self.table.clone());
            let (number, now_ms) = (self.number, doing.now_ms);
            let (turns, begun) = (self.app.imports.clone(), Arc::new(Mutex::new(None)));
            let begin_here = begun.clone();
            let answered = self.app.act(doing, StatusCode::ACCEPTED, move |tx| {
                // Only who has no answer yet needs one.
                has_ended(&turns, number)?;
                let turn = turns.turn()?.of(number);
                let desk = Desk::writing(&definitions, tx, who, &table, now_ms)?;
                imports::stands(tx, number, State::TakingBack, None, now_ms)?;
                let import = imports::one(tx, desk.tables(), &table, number)?;
                *begin_here.lock().unwrap_or_else(PoisonError::into_inner) = Some(turn);
                let change = Change::of("record.import_undo", "import", number).to(json!({ "table": table }));
                Ok(Done { view: ImportView::of(import, &table, true, None), change, version: None })
            });
            let answered = answered.await;
            let turn =
                begun.lock().unwrap_or_else(PoisonError::into_inner).take().filter(|_| answered.is_ok());
            // Whoever asked may have gone.
            let _ = to.send(answered);
            if let Some(_turn) = turn {
                self.run(State::Undone).await;
            }
        });
        answer.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    /// Takes it back, a part at a time; then it stands as `end` says.
    pub async fn run(self, end: State) {
        if let Err(refusal) = self.parts(end).await {
            failed(&self.app, self.number, &refusal.to_string()).await;
        }
    }

    async fn parts(&self, end: State) -> Result<(), Refusal> {
        let number = self.number;
        let begins = self.app.now_ms();
        self.app.store.write(move |tx| imports::stands(tx, number, State::TakingBack, None, begins)).await?;
        let mut entries = self.entries().await?;
        let mut view = UndoneView::default();
        while !entries.is_empty() {
            let rest = entries.keys().nth(PART).copied().map(|first| entries.split_off(&first));
            let part = std::mem::replace(&mut entries, rest.unwrap_or_default());
            let (definitions, now_ms) = (self.app.definitions.clone(), self.app.now_ms());
            let (who, table, name) = (self.who, self.table.clone(), self.actor.clone());
            let took = self.app.store.write(move |tx| {
                let desk = Desk::writing(&definitions, tx, who, &table, now_ms)?;
                let actor = desk.actor(&name, Cause::Restore);
                all(tx, &desk, &actor, part, &mut view)?;
                imports::took_back(tx, number, view.counts())?;
                Ok::<_, Refusal>(view)
            });
            view = took.await?;
        }
        let now_ms = self.app.now_ms();
        Ok(self.app.store.write(move |tx| imports::stands(tx, number, end, None, now_ms)).await?)
    }
}

fn is_reached(tx: &Tx, desk: &Desk, id: i64) -> Result<bool, Refusal> {
    match records::one(tx, desk.tables(), &desk.who, &desk.key, id, desk.now) {
        Ok(_) => Ok(true),
        Err(RecordError::Refused(_) | RecordError::Store(Error::Missing(_))) => Ok(false),
        Err(error) => Err(desk.refusal(error)),
    }
}

fn all(
    tx: &Tx,
    desk: &Desk,
    actor: &Actor,
    by_record: ByRecord,
    undone: &mut UndoneView,
) -> Result<(), Refusal> {
    for (id, entries) in by_record {
        let is_made = entries.iter().any(|entry| entry.deed == Deed::Created);
        let back = store::attempt(tx, |tx| one(tx, desk, actor, id, &entries, is_made));
        match back {
            Ok(true) if is_made => undone.deleted += 1,
            Ok(true) => undone.restored += 1,
            Ok(false) => undone.kept.push(id),
            // Beyond the caller's reach, or what stood there cannot stand there any more.
            Err(
                RecordError::Refused(_)
                | RecordError::Faults(_)
                | RecordError::Step(_)
                | RecordError::Store(Error::Missing(_) | Error::Conflict(_)),
            ) => undone.kept.push(id),
            Err(error) => return Err(desk.refusal(error)),
        }
    }
    Ok(())
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
