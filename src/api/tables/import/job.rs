//! A file with many rows is taken a part at a time: others write in between, its progress is seen, and it can be stopped.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;
use tokio::sync::oneshot;

use super::progress::{ImportView, failed};
use super::taking::{Found, Taking};
use super::turns::Turn;
use super::{undo, view};
use crate::api::App;
use crate::api::refusal::Refusal;
use crate::api::tables::desk::Desk;
use crate::api::write_request::{Doing, Done};
use crate::audit::Change;
use crate::people::Who;
use crate::sheets::Row;
use crate::store::records::Cause;
use crate::store::records::imports::{self, State};
use crate::store::{self, Error};
use crate::units::Language;

/// Rows that share a transaction: others wait no longer than for them.
const PART: usize = 500;

/// A file, and what is to be done with it.
pub struct Asked {
    pub who: Who,
    pub table: String,
    pub rows: Vec<Row>,
    /// What somebody has said of columns.
    pub given: BTreeMap<String, Option<String>>,
    pub key: Option<String>,
}

/// What would come of a file. Each part is done as it would be, and undone.
///
/// # Errors
/// It cannot be imported at all.
pub async fn tried(app: &App, asked: Asked, now_ms: i64) -> Result<Found, Refusal> {
    let asked = Arc::new(asked);
    let mut taking = None;
    for part in parts(asked.rows.len()) {
        let (asked, definitions) = (asked.clone(), app.definitions.clone());
        let tried = app.store.write(move |tx| {
            let work = || {
                let desk = Desk::writing(&definitions, tx, asked.who, &asked.table, now_ms)?;
                let mut taking = match taking {
                    Some(taking) => taking,
                    None => Taking::begin(tx, &desk, &asked.rows, &asked.given, asked.key.as_deref(), true)?,
                };
                let actor = desk.actor("", Cause::Import(0));
                taking.take(tx, &desk, &actor, &asked.rows[part])?;
                Ok::<_, Refusal>(taking)
            };
            Err::<(), _>(work().map_or_else(Tried::Refused, |taking| Tried::Took(Box::new(taking))))
        });
        match tried.await {
            Ok(()) => return Err(Refusal::Broken("a dry run was kept".into())),
            Err(Tried::Took(took)) => taking = Some(*took),
            Err(Tried::Refused(refusal)) => return Err(refusal),
        }
    }
    taking.map(|taking| taking.found).ok_or_else(|| Refusal::Broken("a file without parts".into()))
}

/// What a part of a dry run ends with, so that nothing of it is kept.
enum Tried {
    Took(Box<Taking>),
    Refused(Refusal),
}

impl From<store::Error> for Tried {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
}

/// One part at least, so that an empty file is refused in words.
fn parts(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows.max(1)).step_by(PART).map(move |first| first..(first + PART).min(rows))
}

/// Takes a file in one transaction.
///
/// # Errors
/// It cannot be imported at all.
pub async fn at_once(app: &App, asked: Asked, doing: Doing, language: Language) -> Result<Response, Refusal> {
    let (definitions, by) = (app.definitions.clone(), doing.clone());
    app.act(doing, StatusCode::OK, move |tx| {
        let desk = Desk::writing(&definitions, tx, asked.who, &asked.table, by.now_ms)?;
        let mut taking = Taking::begin(tx, &desk, &asked.rows, &asked.given, asked.key.as_deref(), false)?;
        let number = begin(tx, &desk, &taking, &asked)?;
        let actor = desk.actor(&by.actor, Cause::Import(number));
        taking.take(tx, &desk, &actor, &asked.rows)?;
        let counts = taking.found.counts;
        imports::came_to(tx, number, counts)?;
        imports::stands(tx, number, State::Done, None, by.now_ms)?;
        let facts = json!({
            "table": asked.table, "created": counts.created, "changed": counts.changed, "rejected": counts.rejected,
        });
        let change = Change::of("record.import", "import", number).to(facts);
        Ok(Done { view: view(&taking.found, Some(number), language)?, change, version: None })
    })
    .await
}

fn begin(tx: &store::Tx, desk: &Desk, taking: &Taking, asked: &Asked) -> Result<i64, Refusal> {
    let lines = taking.count(&asked.rows);
    let number = imports::begin(tx, desk.tables(), &asked.table, asked.who.person, lines, desk.now.ms);
    number.map_err(|error| desk.refusal(error))
}

/// Begins to take a file, and answers at once; whoever asked may vanish.
///
/// # Errors
/// It cannot be imported at all, or too many go on.
pub async fn begun(app: &App, asked: Asked, doing: Doing) -> Result<Response, Refusal> {
    let (app, by) = (app.clone(), doing.clone());
    let (to, answer) = oneshot::channel();
    tokio::spawn(async move {
        let asked = Arc::new(asked);
        let begun = Arc::new(Mutex::new(None));
        let (definitions, sent, begin_here) = (app.definitions.clone(), asked.clone(), begun.clone());
        let (turns, now_ms) = (app.imports.clone(), by.now_ms);
        let answered = app.act(doing, StatusCode::ACCEPTED, move |tx| {
            // Only who has no answer yet needs one.
            let turn = turns.turn()?;
            let desk = Desk::writing(&definitions, tx, sent.who, &sent.table, now_ms)?;
            let taking = Taking::begin(tx, &desk, &sent.rows, &sent.given, sent.key.as_deref(), false)?;
            let number = begin(tx, &desk, &taking, &sent)?;
            let turn = turn.of(number);
            let import = imports::one(tx, desk.tables(), &sent.table, number)?;
            let view = ImportView::of(import, &sent.table, true, None);
            *begin_here.lock().unwrap_or_else(PoisonError::into_inner) = Some((number, taking, turn));
            let facts = json!({ "table": sent.table, "rows": view.rows });
            let change = Change::of("record.import", "import", number).to(facts);
            Ok(Done { view, change, version: None })
        });
        let answered = answered.await;
        // A request that comes again has its answer, and nothing begins.
        let begun = begun.lock().unwrap_or_else(PoisonError::into_inner).take().filter(|_| answered.is_ok());
        // Whoever asked may have gone.
        let _ = to.send(answered);
        if let Some((number, taking, turn)) = begun {
            Job { app, asked, by, number, turn }.run(taking).await;
        }
    });
    answer.await.unwrap_or_else(|_| Err(Error::Panicked.into()))
}

/// An import that goes on.
struct Job {
    app: App,
    asked: Arc<Asked>,
    by: Doing,
    number: i64,
    turn: Turn,
}

impl Job {
    async fn run(self, mut taking: Taking) {
        for part in parts(self.asked.rows.len()) {
            if self.turn.stop.load(Relaxed) {
                self.app.imports.keep(self.number, self.asked.who.person, taking.found);
                let back = undo::Back {
                    app: self.app.clone(),
                    who: self.asked.who,
                    actor: self.by.actor.clone(),
                    table: self.asked.table.clone(),
                    number: self.number,
                };
                return back.run(State::Cancelled).await;
            }
            match self.take(taking, part).await {
                Ok(took) => taking = took,
                Err(refusal) => return failed(&self.app, self.number, &refusal.to_string()).await,
            }
        }
        self.app.imports.keep(self.number, self.asked.who.person, taking.found);
        let (number, now_ms) = (self.number, self.app.now_ms());
        let ended = self.app.store.write(move |tx| imports::stands(tx, number, State::Done, None, now_ms));
        if let Err(error) = ended.await {
            tracing::error!(%error, number, "the end of an import could not be written down");
        }
    }

    async fn take(&self, mut taking: Taking, part: Range<usize>) -> Result<Taking, Refusal> {
        let (asked, by, number) = (self.asked.clone(), self.by.clone(), self.number);
        let definitions = self.app.definitions.clone();
        let took = self.app.store.write(move |tx| {
            let desk = Desk::writing(&definitions, tx, asked.who, &asked.table, by.now_ms)?;
            let actor = desk.actor(&by.actor, Cause::Import(number));
            taking.take(tx, &desk, &actor, &asked.rows[part])?;
            imports::came_to(tx, number, taking.found.counts)?;
            Ok::<_, Refusal>(taking)
        });
        took.await
    }
}
