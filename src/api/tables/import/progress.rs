//! How far imports have come, and the end of one that goes on.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State as Given};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::{RecordsImportView, language, view};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::api::tables::desk::Desk;
use crate::api::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::store::Error;
use crate::store::records::imports::{self, Import, State};

/// Imports that are listed.
const LISTED: u32 = 50;

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// Rows are being taken.
    GoingOn,
    /// What it did is being undone.
    TakingBack,
    Done,
    /// It was stopped, and what it had done is undone.
    Cancelled,
    /// It was done, and then taken back.
    Undone,
    /// It could not go on: see `problem`. What it had done stands; it can be undone, or the file sent again.
    Failed,
    /// The appliance was stopped meanwhile. What it had done stands; it can be undone, or the file sent again.
    Interrupted,
}

/// An import, and how far it has come: `created`, `changed`, `unchanged` and `rejected` together of `rows`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    /// Its number: history says `import:NUMBER`.
    pub import: i64,
    pub table: String,
    /// Who sent the file.
    pub person: Option<i64>,
    pub state: ImportState,
    /// Why it failed.
    pub problem: Option<String>,
    pub begun_at: i64,
    pub ended_at: Option<i64>,
    /// Rows of the file that are to be taken.
    pub rows: usize,
    pub created: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub rejected: usize,
    /// Records that it made and that are deleted again.
    pub deleted: usize,
    /// Records that it changed and that are as before again.
    pub restored: usize,
    /// Records that somebody touched since and that stay as they are.
    pub kept: usize,
    /// What a small file is answered with; for who sent it, once it is over, while the appliance remembers.
    pub result: Option<RecordsImportView>,
}

impl ImportView {
    /// `is_at`: this program is at it.
    pub fn of(import: Import, table: &str, is_at: bool, result: Option<RecordsImportView>) -> Self {
        let state = match import.state {
            state if !state.is_over() && !is_at => ImportState::Interrupted,
            State::GoingOn => ImportState::GoingOn,
            State::TakingBack => ImportState::TakingBack,
            State::Done => ImportState::Done,
            State::Cancelled => ImportState::Cancelled,
            State::Undone => ImportState::Undone,
            State::Failed => ImportState::Failed,
        };
        Self {
            import: import.id,
            table: table.to_owned(),
            person: import.person.map(|person| person.0),
            state,
            problem: import.problem,
            begun_at: import.begun_ms,
            ended_at: import.ended_ms,
            rows: import.lines,
            created: import.counts.created,
            changed: import.counts.changed,
            unchanged: import.counts.unchanged,
            rejected: import.counts.rejected,
            deleted: import.taken_back.deleted,
            restored: import.taken_back.restored,
            kept: import.taken_back.kept,
            result,
        }
    }
}

/// `GET /api/v1/tables/{t}/imports`
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportsView {
    pub items: Vec<ImportView>,
}

/// The newest imports into a table, without what was found in each.
#[utoipa::path(get, path = "/api/v1/tables/{t}/imports", tag = "records", operation_id = "imports",
    params(("t" = String, Path)), responses(
    (status = 200, body = ImportsView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table")))]
pub async fn imports(
    Given(app): Given<App>,
    caller: Caller,
    table: Result<Path<String>, PathRejection>,
) -> Result<Json<ImportsView>, Refusal> {
    let Path(table) = table?;
    let (definitions, known, now_ms) = (app.definitions.clone(), app.imports.clone(), app.now_ms());
    let items = app.store.read(move |db| {
        let desk = Desk::reading(&definitions, db, caller.who, &table, now_ms)?;
        let newest = imports::newest(db, desk.tables(), &table, LISTED)?;
        let view = |import: Import| {
            let is_at = known.is_at(import.id);
            ImportView::of(import, &table, is_at, None)
        };
        Ok::<_, Refusal>(newest.into_iter().map(view).collect())
    });
    Ok(Json(ImportsView { items: items.await? }))
}

/// How far an import has come, and once it is over what was found in the file. To be asked about once a second.
#[utoipa::path(get, path = "/api/v1/tables/{t}/imports/{n}", tag = "records", operation_id = "import_now",
    params(("t" = String, Path), ("n" = i64, Path, description = "`import` of its answer.")), responses(
    (status = 200, body = ImportView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table or import")))]
pub async fn import_now(
    Given(app): Given<App>,
    caller: Caller,
    place: Result<Path<(String, i64)>, PathRejection>,
    headers: HeaderMap,
) -> Result<Json<ImportView>, Refusal> {
    let Path((table, number)) = place?;
    let (definitions, known, now_ms) = (app.definitions.clone(), app.imports.clone(), app.now_ms());
    let language = language(&headers);
    let found = app.store.read(move |db| {
        // Asked before the database is: what ends meanwhile is not taken for interrupted.
        let is_at = known.is_at(number);
        let desk = Desk::reading(&definitions, db, caller.who, &table, now_ms)?;
        let import = imports::one(db, desk.tables(), &table, number)?;
        let found = known.found(number, caller.who.person).filter(|_| import.state.is_over());
        let result = found.map(|found| view(&found, Some(number), language)).transpose()?;
        Ok::<_, Refusal>(ImportView::of(import, &table, is_at, result))
    });
    Ok(Json(found.await?))
}

/// Stops an import that goes on and takes back what it has done so far. It may be asked for again.
#[utoipa::path(delete, path = "/api/v1/tables/{t}/imports/{n}", tag = "records", operation_id = "cancel_import",
    params(("t" = String, Path), ("n" = i64, Path, description = "`import` of its answer.")), responses(
    (status = 202, body = ImportView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table or import"),
    (status = 409, body = Problem, description = "conflict: it has ended; undo it instead")))]
pub async fn cancel(
    Given(app): Given<App>,
    place: Result<Path<(String, i64)>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path((table, number)) = place?;
    let (doing, who) = (request.doing, request.caller.who);
    let (definitions, known, now_ms) = (app.definitions.clone(), app.imports.clone(), doing.now_ms);
    app.act(doing, StatusCode::ACCEPTED, move |tx| {
        let desk = Desk::writing(&definitions, tx, who, &table, now_ms)?;
        let import = imports::one(tx, desk.tables(), &table, number)?;
        let stops = import.state == State::GoingOn && known.stop(number);
        if !stops && !matches!(import.state, State::TakingBack | State::Cancelled) {
            let said = "this import has ended: undo it to take back what it did";
            return Err(Error::Conflict(said.into()).into());
        }
        let is_at = known.is_at(number);
        let view = ImportView::of(import, &table, is_at, None);
        let change =
            Change::of("record.import_cancel", "import", number).to(serde_json::json!({ "table": table }));
        Ok(Done { view, change, version: None })
    })
    .await
}

/// Writes down that nothing more comes of an import; what it did stands.
pub async fn failed(app: &App, number: i64, problem: &str) {
    tracing::warn!(number, problem, "an import could not go on");
    let (now_ms, problem) = (app.now_ms(), problem.to_owned());
    let noted = app.store.write(move |tx| imports::stands(tx, number, State::Failed, Some(&problem), now_ms));
    if let Err(error) = noted.await {
        tracing::error!(%error, number, "that an import failed could not be written down");
    }
}
