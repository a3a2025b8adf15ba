//! Hints: how many somebody wants, what they were worth, what the rep says of a call, and what hints are drawn from.

pub mod render;
pub mod views;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::{Id, call_id};
use super::coaching::views::*;
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::WriteRequest;
use crate::audit::Change;
use crate::calls::{CallState, Outcome, Review};
use crate::people::Deed;
use crate::store::calls::course::{self, Rated};
use crate::store::calls::stored::StoredHint;
use crate::store::calls::{self, StoredCall, traces};
use crate::store::effects::{self, Effect};
use crate::store::playbooks::health;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(level))
        .routes(routes!(rate))
        .routes(routes!(review))
        .routes(routes!(moments))
}

/// More hints, or fewer, from now on.
#[utoipa::path(put, path = "/api/v1/calls/{id}/hints", tag = "hints", operation_id = "set_hint_level", params(("id" = String, Path)),
    request_body = HintsWish, responses(
    (status = 204, description = "so it is"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call"),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn level(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<HintsWish>,
) -> Result<StatusCode, Refusal> {
    let id = app.call_access(&request.caller, call_id(id)?, Deed::HoldCalls).await?.id;
    let level = request.body.level.into();
    let set = app.live.with(id, |call| call.coaching.set_level(level));
    set.ok_or(Refusal::NoSuchCall)?;
    app.note(request.doing, move |_| Ok(((), Some(Change::of("call.hints", "call", id))))).await?;
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
    request: WriteRequest<RatingWish>,
) -> Result<StatusCode, Refusal> {
    let Path((id, hint)) = path?;
    let id = app.call_access(&request.caller, id.parse()?, Deed::HoldCalls).await?.id;
    let (now_ms, rating, unix_ms) = (app.live.now_ms(), request.body.rating.into(), request.doing.now_ms);
    let live =
        app.live.with(id, |call| (call.elapsed_ms(), call.coaching.facts.hint(hint).map(StoredHint::from)));
    let live_on = live.is_some();
    app.note(request.doing, move |tx| {
        let kept = calls::one(tx, id)?;
        let known = match live {
            Some((at_ms, shown)) => shown.map(|shown| (at_ms, shown)),
            None => course::hint(tx, id, hint)?.map(|shown| (elapsed_ms(kept.as_ref()), shown)),
        };
        let (at_ms, shown) = known.ok_or(Refusal::NoSuchHint(hint))?;
        if let Some(kept) = kept {
            course::rate(tx, &kept, &shown, Rated { unix_ms: now_ms, at_ms, rating })?;
        }
        if health::rate(tx, id, hint, &shown.rule, rating, unix_ms)? {
            effects::add(tx, Effect::Playbooks)?;
        }
        Ok(((), Some(Change::of("hint.rate", "call", id).to(json!({ "hint": hint })))))
    })
    .await?;
    if live_on {
        app.live.with(id, |call| call.coaching.rate(call.elapsed_ms(), now_ms, hint, rating));
    }
    Ok(StatusCode::NO_CONTENT)
}

fn elapsed_ms(kept: Option<&StoredCall>) -> u64 {
    kept.map_or(0, |db| db.elapsed_ms.cast_unsigned())
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
    request: WriteRequest<ReviewView>,
) -> Result<Json<ReviewView>, Refusal> {
    let id = app.call_access(&request.caller, call_id(id)?, Deed::HoldCalls).await?.id;
    if app.live.with(id, |call| call.state == CallState::Withdrawn) == Some(true) {
        return Err(Refusal::Withdrawn);
    }
    let review = Review::from(request.body).checked()?;
    let (kept, now_ms) = (review.clone(), request.doing.now_ms);
    app.note(request.doing, move |tx| {
        calls::review(tx, id, &kept, now_ms)?;
        traces::tag(tx, id, kept.objection, &kept.topics)?;
        let after = json!({ "outcome": kept.outcome.map(Outcome::name) });
        Ok(((), Some(Change::of("call.review", "call", id).to(after))))
    })
    .await?;
    let view = (&review).into();
    app.live.with(id, |call| call.coaching.review(review));
    Ok(Json(view))
}

/// The call after it is over, or so far: who spoke when, hints, objection signals, ratings, and the rep's account.
/// Reading somebody else's is written down.
#[utoipa::path(get, path = "/api/v1/calls/{id}/moments", tag = "hints", params(("id" = String, Path)), responses(
    (status = 200, body = MomentsView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn moments(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<MomentsView>, Refusal> {
    let found = app.call_access(&caller, call_id(id)?, Deed::ReadCalls).await?;
    let id = app.note_read(&caller, found).await?.id;
    if let Some(view) = app.live.with(id, |call| MomentsView::of(call)) {
        return Ok(Json(view));
    }
    let kept = app.store.read(move |db| {
        let call = calls::one(db, id)?.ok_or(Refusal::NoSuchCall)?;
        Ok::<_, Refusal>((call, course::rows(db, id)?, course::facts(db, id)?))
    });
    let (call, rows, facts) = kept.await?;
    Ok(Json(MomentsView::of_kept(call, &rows, facts)))
}
