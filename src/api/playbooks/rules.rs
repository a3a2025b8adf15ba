//! How each rule does: what reps said of its hints, and whether it speaks.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::api::App;
use crate::api::refusal::{Problem, Refusal};
use crate::api::studies::EstimateView;
use crate::api::words::WordsView;
use crate::api::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::hints::Layers;
use crate::insight::health::{RATINGS_MIN, USEFUL_MIN};
use crate::store::effects::{self, Effect};
use crate::store::playbooks;
use crate::store::playbooks::health::{self, Health};

const REASON_CHARS_MAX: usize = 400;
const ID_CHARS_MAX: usize = 64;

/// How one rule does.
#[derive(Debug, Serialize, ToSchema)]
pub struct RuleHealthView {
    pub id: String,
    /// What its hints say, with `{…}` for values of the call; null when no playbook has the rule any more.
    pub say: Option<WordsView>,
    /// Since it was switched on last.
    pub useful: u64,
    pub not_now: u64,
    pub wrong: u64,
    /// The share that was useful, with its 95 % interval (Wilson); null without ratings.
    pub share: Option<EstimateView>,
    /// It does not speak.
    pub off: bool,
    /// Why it was switched last; null when it never was.
    pub reason: Option<String>,
    /// Who switched it; null for the appliance itself.
    pub by: Option<i64>,
    pub at_ms: Option<i64>,
    /// How often it spoke in the calls that are kept, and when last.
    pub spoken: u64,
    pub spoken_ms: Option<i64>,
}

/// `GET /api/v1/rules`
#[derive(Debug, Serialize, ToSchema)]
pub struct RulesHealthView {
    /// Rules that spoke, or of which anything was said.
    pub items: Vec<RuleHealthView>,
    /// From so many ratings on a rule is judged,
    pub ratings_min: u64,
    /// and switches itself off when the upper bound of its share is lower than this.
    pub useful_min: f64,
}

/// `PUT /api/v1/rules/{id}/switch`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwitchWish {
    pub off: bool,
    /// Why; 1 to 400 characters.
    pub reason: String,
}

fn view(id: String, health: Health, layers: &Layers) -> RuleHealthView {
    let Health { ratings, switch, spoken } = health;
    RuleHealthView {
        say: layers.saying(&id).as_ref().map(Into::into),
        id,
        useful: ratings.useful,
        not_now: ratings.not_now,
        wrong: ratings.wrong,
        share: ratings.useful_share().map(Into::into),
        off: switch.as_ref().is_some_and(|switch| switch.is_off),
        by: switch.as_ref().and_then(|switch| switch.author).map(|author| author.0),
        at_ms: switch.as_ref().map(|switch| switch.at_ms),
        reason: switch.map(|switch| switch.reason),
        spoken: spoken.times,
        spoken_ms: spoken.last_ms,
    }
}

/// How the rules do.
#[utoipa::path(get, path = "/api/v1/rules", tag = "effects", operation_id = "rules_health",
    responses((status = 200, body = RulesHealthView)))]
pub async fn list(State(app): State<App>) -> Result<Json<RulesHealthView>, Refusal> {
    let found = app.store.read(|db| Ok::<_, Refusal>((health::all(db)?, playbooks::whole(db, None)?)));
    let (all, layers) = found.await?;
    let items = all.into_iter().map(|(id, health)| view(id, health, &layers)).collect();
    Ok(Json(RulesHealthView { items, ratings_min: RATINGS_MIN, useful_min: USEFUL_MIN }))
}

/// Switches a rule off, or on again though it switched itself off: with a reason, for the whole house. Its ratings are
/// counted anew.
#[utoipa::path(put, path = "/api/v1/rules/{id}/switch", tag = "effects", operation_id = "switch_rule",
    params(("id" = String, Path)), request_body = SwitchWish, responses(
    (status = 200, body = RuleHealthView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 422, body = Problem, description = "bad_body or bad_field")))]
pub async fn switch(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: WriteRequest<SwitchWish>,
) -> Result<Response, Refusal> {
    let (Path(id), WriteRequest { body, doing, caller }) = (id?, request);
    let reason = body.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS_MAX || id.len() > ID_CHARS_MAX {
        return Err(Refusal::BadField("reason", "a reason has 1 to 400 characters"));
    }
    let (off, now_ms, author) = (body.off, doing.now_ms, caller.who.person);
    app.act(doing, StatusCode::OK, move |tx| {
        health::put(tx, &id, off, &reason, author, now_ms)?;
        effects::add(tx, Effect::Playbooks)?;
        let change = Change::of("rule.switch", "rule", &id).to(json!({ "off": off, "reason": reason }));
        let view = view(id.clone(), health::of_rule(tx, &id)?, &playbooks::whole(tx, None)?);
        Ok(Done { view, change, version: None })
    })
    .await
}
