//! What is kept and for how long, and whether the audit log still holds.

pub mod checks;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::calls::render;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use crate::audit::{Broken, Change};
use crate::store::condition::{Condition, Trouble};
use crate::store::{self, SCHEMA};
use checks::Checked;

/// Who asks waits so long for a new check: a log of some ten thousand entries. A longer one is told next time.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is too old is forgotten, and the log is checked, so often.
const TEND_EVERY: Duration = Duration::from_secs(3600);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(clock))
}

/// `GET /api/v1/trust`
#[derive(Debug, Serialize, ToSchema)]
pub struct TrustView {
    /// Null until the first check is through.
    pub log: Option<LogView>,
    pub kept: Vec<KeptView>,
    /// What somebody has to do something about; empty when all is well.
    pub troubles: Vec<TroubleView>,
    /// When every page of the database was last looked at; null until the first time.
    pub database_checked_ms: Option<i64>,
    /// The version of the database.
    pub schema: u32,
    /// `enforced`, `degraded`, or `down` while the ear restarts.
    pub sandbox: &'static str,
    /// When the ear last tried its walls.
    pub walls_tried_ms: Option<u64>,
}

/// What the last check of the audit log found.
#[derive(Debug, Serialize, ToSchema)]
pub struct LogView {
    pub checked_ms: i64,
    /// Entries that hold, from the oldest on.
    pub entries: i64,
    /// The first entry that is missing or was changed behind the program's back; null when all hold.
    pub broken_at: Option<i64>,
}

/// Something that is not as it should be.
#[derive(Debug, Serialize, ToSchema)]
pub struct TroubleView {
    /// `database_damaged`, `changes_lost`, `log_not_signed`, `withdrawals_wait`, `disk_full` or `clock_leapt`.
    pub code: &'static str,
    /// One sentence with the way out.
    pub detail: String,
}

impl From<Trouble> for TroubleView {
    fn from(Trouble { code, detail }: Trouble) -> Self {
        Self { code, detail }
    }
}

/// A kind of record that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeptView {
    /// `accounts`, `sessions`, `audit` for example.
    pub what: &'static str,
    /// How long it is kept; null: until somebody deletes it.
    pub days: Option<i64>,
}

/// What is kept, for how long, and whether the log of who did what still holds.
#[utoipa::path(get, path = "/api/v1/trust", tag = "trust", operation_id = "trust", responses(
    (status = 200, body = TrustView)))]
pub async fn show(State(app): State<App>) -> Result<Json<TrustView>, Refusal> {
    if !app.checks.fresh(app.now_ms()) {
        let check = tokio::spawn(app.clone().check_log());
        if let Ok(Ok(checked)) = tokio::time::timeout(PATIENCE, check).await {
            checked?;
        }
    }
    let log = app.checks.last().as_ref().map(|checked| LogView {
        checked_ms: checked.at_ms,
        entries: checked.log.entries,
        broken_at: checked.log.broken.as_ref().map(|(Broken::Missing(seq) | Broken::Changed(seq))| *seq),
    });
    let condition = app.condition();
    Ok(Json(TrustView {
        log,
        kept: app.retention.kept().map(|db| KeptView { what: db.what, days: db.days }).into(),
        troubles: condition.troubles().into_iter().map(TroubleView::from).collect(),
        database_checked_ms: condition.checked_ms,
        schema: SCHEMA,
        sandbox: render::sandbox(app.live.ear.sandbox()).level,
        walls_tried_ms: app.live.walls_tried_ms(),
    }))
}

/// Somebody has looked at the clock, and it is right: what is too old goes again, from the next hour on.
#[utoipa::path(post, path = "/api/v1/trust/clock", tag = "trust", operation_id = "clock_is_right", responses(
    (status = 204, description = "it is taken to be right"),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn clock(State(app): State<App>, request: WriteRequest<()>) -> Result<Response, Refusal> {
    let now_ms = request.doing.now_ms;
    let done = app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        store::clock::accept(tx, now_ms)?;
        Ok(Done { view: (), change: Change::of("clock.accept", "clock", now_ms), version: None })
    });
    let done = done.await?;
    app.store.clock_is_right();
    Ok(done)
}

impl App {
    /// Walks along the whole log; who comes while somebody does waits for that.
    async fn check_log(self) -> Result<(), store::Error> {
        let _running = self.checks.running.lock().await;
        let now_ms = self.now_ms();
        if self.checks.fresh(now_ms) {
            return Ok(());
        }
        let doubt = self.store.compare().await?;
        let log = self.store.read(store::audit::verify).await?;
        if let Some(broken) = &log.broken {
            tracing::error!(%broken, "the audit log does not hold");
        }
        if let Some(doubt) = &doubt {
            tracing::error!(%doubt, "the audit log is not the one that was signed");
        }
        *self.checks.last() = Some(Checked { at_ms: now_ms, log, doubt });
        Ok(())
    }

    /// How the database is, with what the last check of the log found.
    pub fn condition(&self) -> Condition {
        let condition = self.store.condition();
        let found = self.checks.last().as_ref().and_then(|checked| checked.doubt.clone());
        // What was found at the start, changes that are lost, is not seen later on.
        Condition { doubt: condition.doubt.or(found), ..condition }
    }

    /// Checks the log, now and every hour, for as long as the appliance runs.
    pub async fn tend(self) {
        let mut every = tokio::time::interval(TEND_EVERY);
        loop {
            every.tick().await;
            if let Err(error) = self.clone().check_log().await {
                tracing::error!(%error, "the audit log was not checked");
            }
        }
    }
}
