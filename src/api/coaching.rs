//! Hints: how many somebody wants, what they were worth, what the rep says of a call, and what hints are drawn from.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::App;
use super::asked::Asked;
use super::caller::Caller;
use super::calls::call_id;
use super::coaching_views::*;
use super::refusal::{Problem, Refusal};
use crate::audit::Change;
use crate::calls::CallState;
use crate::people::Deed;
use crate::store::{health, traces};

type Id = Result<Path<String>, PathRejection>;

/// More hints, or fewer, from now on.
#[utoipa::path(put, path = "/api/v1/calls/{id}/hints", tag = "hints", operation_id = "set_hint_level", params(("id" = String, Path)),
    request_body = HintsWish, responses(
    (status = 204, description = "so it is"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call"),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn level(State(app): State<App>, id: Id, asked: Asked<HintsWish>) -> Result<StatusCode, Refusal> {
    let id = app.found(&asked.caller, call_id(id)?, Deed::HoldCalls).await?.id;
    let level = asked.body.level.into();
    let set = app.live.with(id, |call| call.coaching.set_level(level));
    set.ok_or(Refusal::NoSuchCall)?;
    app.note(asked.doing, move |_| Ok(((), Some(Change::of("call.hints", "call", id))))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a hint was worth. Saying it twice is fine; the last word counts.
#[utoipa::path(post, path = "/api/v1/calls/{id}/hints/{hint}/rating", tag = "hints",
    params(("id" = String, Path), ("hint" = u32, Path)), request_body = RatingWish, responses(
    (status = 204, description = "kept"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call or no_such_hint"),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn rate(
    State(app): State<App>,
    path: Result<Path<(String, u32)>, PathRejection>,
    asked: Asked<RatingWish>,
) -> Result<StatusCode, Refusal> {
    let Path((id, hint)) = path?;
    let id = app.found(&asked.caller, id.parse()?, Deed::HoldCalls).await?.id;
    let (now_ms, rating) = (app.live.now_ms(), asked.body.rating.into());
    let rated = app.live.with(id, |call| {
        let at_ms = call.elapsed_ms();
        let rule = call.coaching.facts.rule_of(hint).map(str::to_owned);
        rule.filter(|_| call.coaching.rate(at_ms, now_ms, hint, rating))
    });
    let rule = rated.ok_or(Refusal::NoSuchCall)?.ok_or(Refusal::NoSuchHint(hint))?;
    let change = Change::of("hint.rate", "call", id).to(serde_json::json!({ "hint": hint }));
    let unix_ms = asked.doing.now_ms;
    let switched = app.note(asked.doing, move |tx| {
        let switched = health::rate(tx, id, hint, &rule, rating, unix_ms)?;
        Ok((switched, Some(change)))
    });
    if switched.await? {
        app.reload_playbooks().await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The rep's own account of the call, in place of an earlier one: whether there was an objection, about what, notes
/// and what came of it.
#[utoipa::path(put, path = "/api/v1/calls/{id}/review", tag = "hints", params(("id" = String, Path)),
    request_body = ReviewView, responses(
    (status = 200, body = ReviewView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call"),
    (status = 409, body = Problem, description = "call_is_withdrawn"),
    (status = 422, body = Problem, description = "bad_body or bad_review")))]
pub async fn review(
    State(app): State<App>,
    id: Id,
    asked: Asked<ReviewView>,
) -> Result<Json<ReviewView>, Refusal> {
    let id = app.found(&asked.caller, call_id(id)?, Deed::HoldCalls).await?.id;
    let review: crate::calls::Review = asked.body.into();
    let outcome = review.outcome;
    let kept = app.live.with(id, |call| {
        if call.state == CallState::Withdrawn {
            return Err(Refusal::Withdrawn);
        }
        call.coaching.review(review)?;
        Ok(Json((&call.coaching.facts.review).into()))
    });
    let kept: Json<ReviewView> = kept.ok_or(Refusal::NoSuchCall)??;
    let (objection, topics) = (kept.objection, kept.topics.clone());
    app.note(asked.doing, move |tx| {
        crate::store::calls::set_outcome(tx, id, outcome)?;
        traces::tag(tx, id, objection, &topics)?;
        let after = serde_json::json!({ "outcome": outcome.map(|outcome| outcome.name()) });
        Ok(((), Some(Change::of("call.review", "call", id).to(after))))
    })
    .await?;
    Ok(kept)
}

/// The call after it is over, or so far: who spoke when, hints, objection signals, ratings, and the rep's account.
/// Reading somebody else's is written down.
#[utoipa::path(get, path = "/api/v1/calls/{id}/moments", tag = "hints", params(("id" = String, Path)), responses(
    (status = 200, body = MomentsView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn moments(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<MomentsView>, Refusal> {
    let found = app.found(&caller, call_id(id)?, Deed::ReadCalls).await?;
    let view = app.live.with(found.id, |call| MomentsView::of(call)).ok_or(Refusal::NoSuchCall)?;
    app.noted(&caller, found).await?;
    Ok(Json(view))
}
