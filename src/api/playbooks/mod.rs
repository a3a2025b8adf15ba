//! Playbooks: what calls follow, what a draft would be, and what it would have said to past calls.

mod rules;
mod views;

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::playbooks::views::*;
use super::refusal::{Problem, Refusal};
use super::revisions::kind::Kind;
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::hints::{Layer, Layers, Misfit, Playbook, Tally, Tried, tally};
use crate::people::{Deed, Owner, Who};
use crate::store::calls::traces;
use crate::store::effects::{self, Effect};
use crate::store::{Tx, people, playbooks, revisions};
use crate::units::TeamId;

/// Calls that a dry run looks at, and how far back.
const CALLS_MAX: u32 = 500;
const DAYS: u32 = 30;
const DAYS_MAX: u32 = 90;

const DAY_MS: i64 = 24 * 3_600_000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(fields))
        .routes(routes!(condition))
        .routes(routes!(check))
        .routes(routes!(dry_run))
        .routes(routes!(rules::list))
        .routes(routes!(rules::switch))
}

/// Playbooks as configuration: the house's under `default`, a team's under `team-3`.
pub struct Playbooks;

impl Kind for Playbooks {
    fn name(&self) -> &'static str {
        "playbook"
    }

    fn check_shape(&self, key: &str, body: &Value) -> Result<(), Refusal> {
        layer_of(key)?;
        text_of(body).map(|_| ())
    }

    fn may_edit(&self, who: &Who, key: &str) -> Result<(), Refusal> {
        may_edit(who, layer_of(key)?)
    }

    fn check_draft(&self, tx: &Tx, key: &str, body: &Value) -> Result<(), Refusal> {
        check_draft(tx, layer_of(key)?, text_of(body)?)
    }

    fn published(&self, tx: &Tx, _: i64) -> Result<(), Refusal> {
        let misfits = playbooks::layers(tx)?.misfits;
        match misfits.into_iter().next() {
            Some(misfit) => Err(Refusal::Misfit(misfit)),
            None => Ok(effects::add(tx, Effect::Playbooks)?),
        }
    }

    /// Rule by rule.
    fn outline(&self, body: &Value) -> Value {
        let text = body["text"].as_str().unwrap_or_default();
        let Ok(mut outline) = toml::from_str::<Value>(text) else { return body.clone() };
        if let Some(Value::Array(rules)) = outline.get_mut("rule").map(Value::take) {
            let by_id =
                rules.into_iter().map(|rule| (rule["id"].as_str().unwrap_or_default().to_owned(), rule));
            outline["rule"] = Value::Object(by_id.collect());
        }
        outline
    }
}

/// A playbook's text is the one field of its body.
///
/// # Errors
/// The body is something else.
fn text_of(body: &Value) -> Result<&str, Refusal> {
    let fields = body.as_object().map(|fields| fields.len());
    let text = body["text"].as_str().filter(|_| fields == Some(1));
    text.ok_or(Refusal::BadField("body", "a playbook is `{\"text\": \"…\"}` with the file as its text"))
}

/// Whose playbook is kept under that key.
///
/// # Errors
/// Nobody's.
fn layer_of(key: &str) -> Result<Layer, Refusal> {
    Layer::of_key(key)
        .ok_or(Refusal::BadField("key", "a playbook has the key `default`, or `team-3` for team 3"))
}

/// Whether somebody may change that playbook.
///
/// # Errors
/// It lies beyond the role's reach.
fn may_edit(who: &Who, layer: Layer) -> Result<(), Refusal> {
    let team = if let Layer::Team(team) = layer { Some(team) } else { None };
    Ok(who.may_to(Deed::EditRevisions, Owner { person: None, team })?)
}

/// Whether a draft can be used over what is in force now.
///
/// # Errors
/// There is no such team, or something is wrong with the text.
fn check_draft(tx: &Tx, layer: Layer, text: &str) -> Result<(), Refusal> {
    if let Layer::Team(team) = layer {
        people::team(tx, team)?;
    }
    let layers = playbooks::with(tx, Some((layer, text)))?;
    match layers.misfits.into_iter().find(|misfit| misfit.layer == layer) {
        Some(Misfit { faults, .. }) => Err(Refusal::BadPlaybook(faults)),
        None => Ok(()),
    }
}

impl App {
    /// New calls follow what is in force now.
    pub async fn reload_playbooks(&self) {
        // One after the other, so that an older state never comes last.
        let _one = self.reloading.lock().await;
        match self.store.read(playbooks::layers).await {
            Ok(layers) => self.live.set_layers(layers),
            Err(error) => tracing::error!(%error, "the playbooks could not be read again"),
        }
    }
}

fn layer_views(layers: &Layers, team: Option<TeamId>, kept: &[revisions::Head]) -> Vec<LayerView> {
    let over = |name: &'static str, layer: Layer, key: String| {
        let published = kept.iter().find(|head| head.key == key).and_then(|head| head.published);
        let misfit = layers.misfits.iter().find(|misfit| misfit.layer == layer);
        let problems = misfit.map_or_else(Vec::new, |misfit| misfit.faults.iter().map(Into::into).collect());
        LayerView { layer: name, key: Some(key), revision: published, problems }
    };
    let built_in = LayerView { layer: "built-in", key: None, revision: None, problems: Vec::new() };
    let house = over("house", Layer::House, "default".into());
    let team = team.map(|team| over("team", Layer::Team(team), format!("team-{team}")));
    [built_in, house].into_iter().chain(team).collect()
}

/// What the calls of a team follow.
#[utoipa::path(get, path = "/api/v1/playbook", tag = "hints", params(Whose), responses(
    (status = 200, body = PlaybookView),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 404, body = Problem, description = "missing: no such team")))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    whose: Result<Query<Whose>, QueryRejection>,
) -> Result<Json<PlaybookView>, Refusal> {
    let Query(whose) = whose?;
    let team = whose.team.map(TeamId);
    let own = team.or(caller.who.team);
    let heads = app
        .store
        .read(move |db| {
            team.map(|team| people::team(db, team)).transpose()?;
            Ok::<_, Refusal>(revisions::heads(db)?)
        })
        .await?;
    let layers = app.live.layers();
    let playbook = layers.of(own);
    let built_in = Playbook::built_in();
    let below = [("built-in", &built_in), ("house", &*layers.house), ("team", &**playbook)];
    Ok(Json(PlaybookView {
        name: playbook.name.clone(),
        text: playbook.canonical(),
        rules: rules(playbook, &below),
        layers: layer_views(&layers, own, &heads),
    }))
}

/// What conditions and templates may name.
#[utoipa::path(get, path = "/api/v1/playbook/fields", tag = "hints", operation_id = "playbook_fields",
    responses((status = 200, body = FieldsView)))]
pub async fn fields() -> Json<FieldsView> {
    Json(FieldsView::all())
}

/// A condition as a sentence, or where it is wrong; for who is typing one. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/playbook/condition", tag = "hints", operation_id = "check_condition",
    request_body = ConditionDraft, responses(
    (status = 200, body = ConditionView),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn condition(request: WriteRequest<ConditionDraft>) -> Json<ConditionView> {
    Json(ConditionView::of(&request.body.text))
}

/// What a file would be, or everything that is wrong with it; for who is writing one. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/playbook/check", tag = "hints", operation_id = "check_playbook",
    request_body = PlaybookDraft, responses(
    (status = 200, body = CheckedView),
    (status = 404, body = Problem, description = "missing: no such team"),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn check(
    State(app): State<App>,
    request: WriteRequest<PlaybookDraft>,
) -> Result<Json<CheckedView>, Refusal> {
    let PlaybookDraft { text, team } = request.body;
    let layer = team.map_or(Layer::House, |team| Layer::Team(TeamId(team)));
    let tried = app
        .store
        .read(move |db| {
            team.map(|team| people::team(db, TeamId(team))).transpose()?;
            Ok::<_, Refusal>(playbooks::with(db, Some((layer, &text)))?)
        })
        .await?;
    let team = team.map(TeamId);
    if let Some(misfit) = tried.misfits.iter().find(|misfit| misfit.layer == layer) {
        let problems = misfit.faults.iter().map(Into::into).collect();
        let none = Vec::new;
        let (name, rules) = (None, Vec::new());
        return Ok(Json(CheckedView { problems, name, rules, added: none(), changed: none(), gone: none() }));
    }
    let layers = app.live.layers();
    let (before, after) = (layers.of(team), tried.of(team));
    let text = |playbook: &Playbook, id: &str| playbook.rule(id).map(|rule| playbook.canonical_rule(rule));
    let ids = |playbook: &Playbook, fits: &dyn Fn(&str) -> bool| {
        let ids = playbook.rules.iter().map(|rule| rule.id.clone());
        ids.filter(|id| fits(id)).collect::<Vec<_>>()
    };
    let built_in = Playbook::built_in();
    let below = [("built-in", &built_in), ("house", &*layers.house), ("team", &**before)];
    Ok(Json(CheckedView {
        problems: Vec::new(),
        name: Some(after.name.clone()),
        rules: rules(after, &below),
        added: ids(after, &|id| before.rule(id).is_none()),
        changed: ids(after, &|id| before.rule(id).is_some() && text(before, id) != text(after, id)),
        gone: ids(before, &|id| after.rule(id).is_none()),
    }))
}

/// What a file would have said to past calls, beside what the rules in force would have. Only counts are told; that it
/// was looked at is written down.
#[utoipa::path(post, path = "/api/v1/playbook/dry-run", tag = "hints", operation_id = "dry_run",
    request_body = DryRunWish, responses(
    (status = 200, body = DryRunView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such team"),
    (status = 422, body = Problem, description = "bad_body or bad_playbook")))]
pub async fn dry_run(State(app): State<App>, request: WriteRequest<DryRunWish>) -> Result<Response, Refusal> {
    let WriteRequest { body: DryRunWish { text, team, days }, doing, caller } = request;
    let days = days.unwrap_or(DAYS).clamp(1, DAYS_MAX);
    let team = team.map(TeamId);
    let layer = team.map_or(Layer::House, Layer::Team);
    may_edit(&caller.who, layer)?;
    let since_ms = doing.now_ms - i64::from(days) * DAY_MS;
    let (now, tried) = app
        .store
        .read(move |db| {
            check_draft(db, layer, &text)?;
            let (now, then) = (playbooks::layers(db)?, playbooks::with(db, Some((layer, &text)))?);
            let calls = traces::recent(db, team, since_ms, CALLS_MAX)?;
            let tried = |layers: &Layers| {
                tally(calls.iter().map(|call| Tried {
                    trace: &call.coached.trace,
                    end_ms: call.coached.end_ms.unsigned_abs(),
                    context: &call.coached.context,
                    playbook: Arc::clone(layers.of(call.team)),
                }))
            };
            Ok::<_, Refusal>((tried(&now), tried(&then)))
        })
        .await?;
    app.act(doing, StatusCode::OK, move |_| {
        let facts = json!({ "team": team.map(|team| team.0), "days": days, "calls": tried.calls });
        let change = Change::of("playbook.dry_run", "playbook", team.map_or(0, |team| team.0)).to(facts);
        Ok(Done { view: dry_run_view(days, &now, &tried), change, version: None })
    })
    .await
}

fn dry_run_view(days: u32, now: &Tally, tried: &Tally) -> DryRunView {
    let mut ids: Vec<&String> = now.rules.keys().chain(tried.rules.keys()).collect();
    ids.sort();
    ids.dedup();
    let of = |tally: &Tally, id: &String| tally.rules.get(id).copied().unwrap_or_default();
    let mut rules: Vec<_> = ids
        .into_iter()
        .map(|id| {
            let (before, (fired, calls)) = (of(now, id).0, of(tried, id));
            RuleTallyView { id: id.clone(), fired, calls, before }
        })
        .collect();
    rules.sort_by_key(|rule| std::cmp::Reverse((rule.fired, rule.before)));
    let (fired, before, calls) = (tried.fired(), now.fired(), tried.calls);
    let said = crate::api::words::WordsView {
        zh: format!("最近 {days} 天的 {calls} 次沟通中会提示 {fired} 次；当前规则为 {before} 次"),
        en: format!(
            "In {calls} calls of the last {days} days it would have fired {fired} times; the rules in force {before}"
        ),
    };
    let hours = crate::units::rounded(tried.ms as f64 / 3_600_000.0);
    DryRunView { said, days, calls, hours, fired, before, calls_hinted: tried.calls_hinted, rules }
}
