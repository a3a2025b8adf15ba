//! Studies: whether showing hints helps.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::refusal::{Problem, Refusal};
use super::words::WordsView;
use super::write_request::{Done, WriteRequest};
use super::{App, secrets};
use crate::audit::Change;
use crate::insight::arm::{Arm, Study};
use crate::insight::finding::Finding;
use crate::insight::proportion::{Count, Estimate};
use crate::store;
use crate::store::effects::{self, Effect};
use crate::store::studies::{Outcome, StoredStudy};
use crate::units::rounded;

/// Two weeks of counting false alarms before anything is shown.
const SHADOW_DAYS: u32 = 14;
const SHADOW_DAYS_MAX: u32 = 90;
const CONTROL_PERCENT: u32 = 20;

/// What no study by call can rule out.
const CAVEAT: [&str; 2] = [
    "按沟通分组：销售在有提示的沟通里学到的，会带到没有提示的沟通里，因此实际作用可能比这里显示的大。",
    "Calls are divided, not reps: what reps learn from hints they use in calls without them too, so the true effect may be larger than shown.",
];

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, begin)).routes(routes!(end))
}

/// `POST /api/v1/studies`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewStudy {
    /// Of 100 calls so many show no hints: 20, or 50 for a quick answer.
    pub control_percent: u32,
    /// Days at the beginning in which no call shows hints.
    pub shadow_days: u32,
}

impl Default for NewStudy {
    fn default() -> Self {
        Self { control_percent: CONTROL_PERCENT, shadow_days: SHADOW_DAYS }
    }
}

/// So many of so many.
#[derive(Debug, Serialize, ToSchema)]
pub struct CountView {
    pub hits: u64,
    pub of: u64,
}

/// A share or a difference of shares, with its 95 % interval.
#[derive(Debug, Serialize, ToSchema)]
pub struct EstimateView {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// What can be said so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// In a sentence.
    pub said: WordsView,
    pub caveat: WordsView,
    /// Control calls that are needed, by how the calls are divided in fact.
    pub control_needed: u64,
    /// Treated minus control, for the one look at the end (Newcombe); null before enough calls are there.
    pub fixed: Option<EstimateView>,
    /// The same for looks on any day; null with fewer than 200 calls in an arm.
    pub always: Option<EstimateView>,
}

/// The calls of one arm.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArmView {
    /// `shadow`, `treated` or `control`.
    pub arm: &'static str,
    pub calls: u64,
    /// Of calls that are 14 days old: those after which the business advanced or was won within that time.
    pub advanced: CountView,
    /// Of these, calls of which no rep said what came of them; they count as not advanced.
    pub unsaid: u64,
    /// Hints shown, and hints computed and shown to nobody.
    pub hints: u64,
    pub silent: u64,
    pub hours: f64,
    /// The rep's part of all speech, and how long clients took to answer: means over calls.
    pub talk_share: Option<f64>,
    pub latency_s: Option<f64>,
    /// Of reviewed calls with a hint, shown or not: those of which the rep says that there was no objection.
    pub false_alarms: CountView,
}

/// A study.
#[derive(Debug, Serialize, ToSchema)]
pub struct StudyView {
    pub id: i64,
    pub started_ms: i64,
    pub ended_ms: Option<i64>,
    /// `shadow`, `trial` or `ended`.
    pub phase: &'static str,
    pub shadow_days: u32,
    pub control_percent: u32,
    pub arms: Vec<ArmView>,
    pub finding: FindingView,
}

/// `GET /api/v1/studies`
#[derive(Debug, Serialize, ToSchema)]
pub struct StudiesView {
    /// Newest first.
    pub items: Vec<StudyView>,
}

impl From<Count> for CountView {
    fn from(count: Count) -> Self {
        Self { hits: count.hits, of: count.of }
    }
}

impl From<Estimate> for EstimateView {
    fn from(found: Estimate) -> Self {
        Self { value: rounded(found.value), low: rounded(found.low), high: rounded(found.high) }
    }
}

fn view(kept: StoredStudy, outcomes: &[(Arm, Outcome)], now_ms: i64) -> StudyView {
    let StoredStudy { study, ended_ms } = kept;
    let of = |arm: Arm| outcomes.iter().find(|(known, _)| *known == arm).map(|(_, outcome)| outcome.advanced);
    let (treated, control) = (of(Arm::Treated).unwrap_or_default(), of(Arm::Control).unwrap_or_default());
    let found = Finding::of(treated, control, study.control_percent);
    let arm = |(arm, outcome): &(Arm, Outcome)| ArmView {
        arm: arm.name(),
        calls: outcome.calls,
        advanced: outcome.advanced.into(),
        unsaid: outcome.unsaid,
        hints: outcome.hints,
        silent: outcome.silent,
        hours: rounded(outcome.hours),
        talk_share: outcome.talk_share.map(rounded),
        latency_s: outcome.latency_s.map(rounded),
        false_alarms: outcome.false_alarms.into(),
    };
    let phase = match ended_ms {
        Some(_) => "ended",
        None if study.is_shadow(now_ms) => "shadow",
        None => "trial",
    };
    StudyView {
        id: study.id,
        started_ms: study.started_ms,
        ended_ms,
        phase,
        shadow_days: study.shadow_days,
        control_percent: study.control_percent,
        arms: outcomes.iter().map(arm).collect(),
        finding: FindingView {
            said: (&found.said).into(),
            caveat: WordsView { zh: CAVEAT[0].into(), en: CAVEAT[1].into() },
            control_needed: found.control_needed,
            fixed: found.fixed.map(Into::into),
            always: found.always.map(Into::into),
        },
    }
}

impl App {
    /// Calls that begin from now on are divided as the study that goes on says.
    pub async fn reload_study(&self) {
        let _one = self.reloading.lock().await;
        match self.store.read(store::studies::going_on).await {
            Ok(study) => self.live.set_study(study),
            Err(error) => tracing::error!(%error, "the study could not be read again"),
        }
    }
}

/// Studies and what came of them so far.
#[utoipa::path(get, path = "/api/v1/studies", tag = "effects", operation_id = "studies",
    responses((status = 200, body = StudiesView)))]
pub async fn list(State(app): State<App>) -> Result<Json<StudiesView>, Refusal> {
    let now_ms = app.now_ms();
    let found = app.store.read(move |db| {
        let studies = store::studies::list(db)?.into_iter().map(|study| {
            let outcomes = store::studies::outcomes(db, study.study.id, now_ms)?;
            Ok::<_, Refusal>(view(study, &outcomes, now_ms))
        });
        studies.collect::<Result<_, _>>()
    });
    Ok(Json(StudiesView { items: found.await? }))
}

/// Begins a study: from now on calls of who has an account are divided. Without one every call shows its hints.
#[utoipa::path(post, path = "/api/v1/studies", tag = "effects", operation_id = "begin_study", request_body = NewStudy,
    responses(
    (status = 201, body = StudyView),
    (status = 409, body = Problem, description = "conflict: a study goes on already"),
    (status = 422, body = Problem, description = "bad_body or bad_field")))]
pub async fn begin(State(app): State<App>, request: WriteRequest<NewStudy>) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    if !(5..=50).contains(&body.control_percent) {
        return Err(Refusal::BadField("control_percent", "5 to 50 calls of 100 may show no hints"));
    }
    if body.shadow_days > SHADOW_DAYS_MAX {
        return Err(Refusal::BadField("shadow_days", "nothing is shown for 90 days at most"));
    }
    let (author, now_ms) = (caller.who.person, doing.now_ms);
    let new = Study {
        id: 0,
        started_ms: now_ms,
        shadow_days: body.shadow_days,
        control_percent: body.control_percent,
        seed: secrets::secret(),
    };
    app.act(doing, StatusCode::CREATED, move |tx| {
        let study = store::studies::begin(tx, &new, author)?;
        effects::add(tx, Effect::Study)?;
        // With the seed anybody who reads the log can check which call was in which arm.
        let facts = json!({
            "control_percent": study.control_percent, "shadow_days": study.shadow_days, "seed": study.seed,
        });
        let change = Change::of("study.begin", "study", study.id).to(facts);
        let view = view(StoredStudy { study, ended_ms: None }, &[], now_ms);
        Ok(Done { view, change, version: None })
    })
    .await
}

/// Ends a study: from now on every call shows its hints. Ending it twice is fine.
#[utoipa::path(post, path = "/api/v1/studies/{id}/end", tag = "effects", operation_id = "end_study",
    params(("id" = i64, Path)), responses(
    (status = 200, body = StudyView),
    (status = 404, body = Problem, description = "missing")))]
pub async fn end(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let now_ms = request.doing.now_ms;
    app.act(request.doing, StatusCode::OK, move |tx| {
        let study = store::studies::end(tx, id, now_ms)?;
        effects::add(tx, Effect::Study)?;
        let outcomes = store::studies::outcomes(tx, id, now_ms)?;
        let view = view(study, &outcomes, now_ms);
        Ok(Done { view, change: Change::of("study.end", "study", id), version: None })
    })
    .await
}
