//! What is kept and for how long, and whether the audit log still holds.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::calls::render;
use super::refusal::Refusal;
use crate::audit::Broken;
use crate::store::audit::Verified;
use crate::store::{self, SCHEMA};

/// A check of the log that is no older than this is told as it is.
const FRESH_MS: i64 = 5_000;

/// Who asks waits so long for a new check: a log of some ten thousand entries. A longer one is told next time.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is too old is forgotten, and the log is checked, so often.
const TEND_EVERY: Duration = Duration::from_secs(3600);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// The last check of the audit log.
#[derive(Default)]
pub struct Checks {
    last: Mutex<Option<(i64, Verified)>>,
    /// Held while a check runs, so that there is one at a time.
    running: tokio::sync::Mutex<()>,
}

/// `GET /api/v1/trust`
#[derive(Debug, Serialize, ToSchema)]
pub struct TrustView {
    /// Null until the first check is through.
    pub log: Option<LogView>,
    pub kept: Vec<KeptView>,
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
    let log = app.checks.last().as_ref().map(|(checked_ms, verified)| LogView {
        checked_ms: *checked_ms,
        entries: verified.entries,
        broken_at: verified.broken.as_ref().map(|(Broken::Missing(seq) | Broken::Changed(seq))| *seq),
    });
    Ok(Json(TrustView {
        log,
        kept: app.retention.kept().map(|db| KeptView { what: db.what, days: db.days }).into(),
        schema: SCHEMA,
        sandbox: render::sandbox(app.live.ear.sandbox()).level,
        walls_tried_ms: app.live.walls_tried_ms(),
    }))
}

impl Checks {
    fn last(&self) -> MutexGuard<'_, Option<(i64, Verified)>> {
        // Replaced whole, so a panic elsewhere cannot leave it half changed.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self, now_ms: i64) -> bool {
        self.last().as_ref().is_some_and(|(checked_ms, _)| now_ms - checked_ms < FRESH_MS)
    }
}

impl App {
    /// Walks along the whole log; who comes while somebody does waits for that.
    async fn check_log(self) -> Result<(), store::Error> {
        let _running = self.checks.running.lock().await;
        let now_ms = self.now_ms();
        if self.checks.fresh(now_ms) {
            return Ok(());
        }
        let verified = self.store.read(store::audit::verify).await?;
        if let Some(broken) = &verified.broken {
            tracing::error!(%broken, "the audit log does not hold");
        }
        *self.checks.last() = Some((now_ms, verified));
        Ok(())
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
