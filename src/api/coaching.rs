//! Hints: how many somebody wants, what they were worth, what the rep says of a call, and what hints are drawn from.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;

use super::App;
use super::calls::call_id;
use super::coaching_views::*;
use super::refusal::{Problem, Refusal};
use crate::calls::CallState;

type Id = Result<Path<String>, PathRejection>;
type Body<T> = Result<Json<T>, JsonRejection>;

/// More hints, or fewer, from now on.
#[utoipa::path(put, path = "/api/v1/calls/{id}/hints", tag = "hints", operation_id = "set_hint_level", params(("id" = String, Path)),
    request_body = HintsWish, responses(
    (status = 204, description = "so it is"),
    (status = 404, body = Problem, description = "no_such_call"),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn level(State(app): State<App>, id: Id, body: Body<HintsWish>) -> Result<StatusCode, Refusal> {
    let (id, Json(wish)) = (call_id(id)?, body?);
    let set = app.live.with(id, |call| call.coaching.set_level(wish.level.into()));
    set.map(|()| StatusCode::NO_CONTENT).ok_or(Refusal::NoSuchCall)
}

/// What a hint was worth. Saying it twice is fine; the last word counts.
#[utoipa::path(post, path = "/api/v1/calls/{id}/hints/{hint}/rating", tag = "hints",
    params(("id" = String, Path), ("hint" = u32, Path)), request_body = RatingWish, responses(
    (status = 204, description = "kept"),
    (status = 404, body = Problem, description = "no_such_call or no_such_hint"),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn rate(
    State(app): State<App>,
    path: Result<Path<(String, u32)>, PathRejection>,
    body: Body<RatingWish>,
) -> Result<StatusCode, Refusal> {
    let (Path((id, hint)), Json(wish)) = (path?, body?);
    let now_ms = app.live.now_ms();
    let rated = app.live.with(id.parse()?, |call| {
        let at_ms = call.elapsed_ms();
        call.coaching.rate(at_ms, now_ms, hint, wish.rating.into())
    });
    if rated.ok_or(Refusal::NoSuchCall)? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Refusal::NoSuchHint(hint))
    }
}

/// The rep's own account of the call, in place of an earlier one: whether there was an objection, about what, notes
/// and what came of it.
#[utoipa::path(put, path = "/api/v1/calls/{id}/review", tag = "hints", params(("id" = String, Path)),
    request_body = ReviewView, responses(
    (status = 200, body = ReviewView),
    (status = 404, body = Problem, description = "no_such_call"),
    (status = 409, body = Problem, description = "call_is_withdrawn"),
    (status = 422, body = Problem, description = "bad_body or bad_review")))]
pub async fn review(
    State(app): State<App>,
    id: Id,
    body: Body<ReviewView>,
) -> Result<Json<ReviewView>, Refusal> {
    let (id, Json(review)) = (call_id(id)?, body?);
    let kept = app.live.with(id, |call| {
        if call.state == CallState::Withdrawn {
            return Err(Refusal::Withdrawn);
        }
        call.coaching.review(review.into())?;
        Ok(Json((&call.coaching.facts.review).into()))
    });
    kept.ok_or(Refusal::NoSuchCall)?
}

/// The call after it is over, or so far: who spoke when, hints, objection signals, ratings, and the rep's account.
#[utoipa::path(get, path = "/api/v1/calls/{id}/moments", tag = "hints", params(("id" = String, Path)), responses(
    (status = 200, body = MomentsView), (status = 404, body = Problem, description = "no_such_call")))]
pub async fn moments(State(app): State<App>, id: Id) -> Result<Json<MomentsView>, Refusal> {
    let id = call_id(id)?;
    app.live.with(id, |call| MomentsView::of(call)).map(Json).ok_or(Refusal::NoSuchCall)
}

/// The playbook that new calls follow.
#[utoipa::path(get, path = "/api/v1/playbook", tag = "hints", responses((status = 200, body = PlaybookView)))]
pub async fn playbook(State(app): State<App>) -> Json<PlaybookView> {
    Json((&*app.live.playbook).into())
}
