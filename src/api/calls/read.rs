//! Calls as they are read: the own and those within reach, from memory while they live and from the store after.

use std::collections::HashMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;

use super::access::{Id, call_id};
use super::render;
use super::views::{CallState, CallView, CallsView, ReceiptView, SummaryView};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::calls::CallSource;
use crate::live;
use crate::people::Deed;
use crate::store;
use crate::store::calls::StoredCall;
use crate::units::{CallId, ClientId};

const LIMIT_MAX: u32 = 200;

/// `GET /api/v1/calls`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CallQuery {
    /// Only those with this client.
    client: Option<i64>,
    /// `next` of the page before.
    after: Option<String>,
    /// 100 when left out, 200 at most.
    limit: Option<u32>,
}

fn kept_view(kept: StoredCall) -> CallView {
    let summary = kept_summary(&kept);
    CallView {
        id: kept.id.to_string(),
        layout: kept.layout,
        source: (&kept.source).into(),
        consent: kept.consent.into(),
        // What is no longer in memory is over, whatever the store still has to hear of it.
        state: CallState::Ended,
        created_ms: kept.created_ms.cast_unsigned(),
        elapsed_ms: kept.elapsed_ms.cast_unsigned(),
        problem: None,
        hints: None,
        owner: kept.owner.person.map(|person| person.0),
        client: kept.client.map(|client| client.0),
        client_name: kept.client_name,
        outcome: kept.outcome,
        summary,
        ticket: None,
    }
}

/// What is kept of a call that is over, as it is answered.
fn kept_summary(kept: &StoredCall) -> Option<Value> {
    kept.summary.as_ref().map(|summary| render::value(&render::stored_summary(kept.id, kept.layout, summary)))
}

/// A call as it is now.
///
/// # Errors
/// There is no such call.
pub async fn view(app: &App, id: CallId) -> Result<CallView, Refusal> {
    let kept = app.store.read(move |db| store::calls::one(db, id)).await.map_err(Refusal::from)?;
    let live = app.live.with(id, |call| render::call(call));
    match (live, kept) {
        (Some(live), kept) => Ok(merged(live, kept)),
        (None, Some(kept)) => Ok(kept_view(kept)),
        (None, None) => Err(Refusal::NoSuchCall),
    }
}

fn merged(live: CallView, kept: Option<StoredCall>) -> CallView {
    let Some(kept) = kept else { return CallView { summary: None, outcome: None, ..live } };
    // Until it is over the summary that is kept lies behind.
    let summary = kept_summary(&kept).filter(|_| live.state == CallState::Ended);
    CallView { summary, outcome: kept.outcome, client_name: kept.client_name, ..live }
}

/// Calls within reach, newest first; the own ones that are over with their summary.
#[utoipa::path(get, path = "/api/v1/calls", tag = "calls", operation_id = "list", params(CallQuery), responses(
    (status = 200, body = CallsView),
    (status = 400, body = Problem, description = "bad_query or bad_call_id")))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<CallQuery>, QueryRejection>,
) -> Result<Json<CallsView>, Refusal> {
    let Query(CallQuery { client, after, limit }) = query?;
    let limit = limit.unwrap_or(100).clamp(1, LIMIT_MAX);
    let after: Option<CallId> = after.map(|after| after.parse()).transpose()?;
    let who = caller.who;
    let reach = who.may(Deed::ReadCalls)?;
    let client = client.map(ClientId);
    let page = app.store.read(move |tx| store::calls::list(tx, &who, reach, client, after, limit));
    let page = page.await.map_err(Refusal::from)?;
    let next = (page.len() == limit as usize).then(|| page.last().map(|last| last.id.to_string())).flatten();
    let live: Vec<_> = app.live.map(|call| (call.facts.clone(), call.state.is_over(), render::call(call)));
    // What the store does not know: the demo that the appliance began by itself, and what was withdrawn.
    let beside = |facts: &live::CallFacts, view: &CallView| {
        let mine = facts.owner == who.person;
        let demo = facts.owner.is_none() && facts.source == CallSource::Demo;
        after.is_none() && client.is_none() && (demo || (mine && matches!(view.state, CallState::Withdrawn)))
    };
    let mut known: HashMap<String, CallView> = HashMap::new();
    let mut calls = Vec::new();
    for (facts, _, view) in live {
        if beside(&facts, &view) && page.iter().all(|db| db.id != facts.id) {
            calls.push(view);
        } else {
            known.insert(view.id.clone(), view);
        }
    }
    for kept in page {
        let own = kept.owner.person == who.person;
        let mut view = match known.remove(&kept.id.to_string()) {
            Some(live) => merged(live, Some(kept)),
            None => kept_view(kept),
        };
        if !own {
            view.summary = None;
        }
        calls.push(view);
    }
    calls.sort_by_key(|call| std::cmp::Reverse(call.created_ms));
    Ok(Json(CallsView { calls, next }))
}

#[utoipa::path(get, path = "/api/v1/calls/{id}", tag = "calls", operation_id = "one", params(("id" = String, Path)),
    responses(
    (status = 200, body = CallView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn one(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<CallView>, Refusal> {
    let found = app.call_access(&caller, call_id(id)?, Deed::ReadCalls).await?;
    let view = view(&app, found.id).await?;
    let summary = if found.own { view.summary } else { None };
    Ok(Json(CallView { summary, ..view }))
}

/// The whole call so far. Reading somebody else's is written down.
#[utoipa::path(get, path = "/api/v1/calls/{id}/summary", tag = "calls", operation_id = "summary",
    params(("id" = String, Path)), responses(
    (status = 200, body = SummaryView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn summary(State(app): State<App>, caller: Caller, id: Id) -> Result<Response, Refusal> {
    let found = app.call_access(&caller, call_id(id)?, Deed::ReadCalls).await?;
    summary_of(&app, app.note_read(&caller, found).await?.id).await
}

/// # Errors
/// There is no such call, or it ended without numbers.
pub async fn summary_of(app: &App, id: CallId) -> Result<Response, Refusal> {
    if let Some(view) = app.live.with(id, |call| render::summary(call)) {
        return Ok(Json(view).into_response());
    }
    let kept = app.store.read(move |db| store::calls::one(db, id)).await.map_err(Refusal::from)?;
    let summary = kept.as_ref().and_then(kept_summary);
    summary.map(|summary| Json(summary).into_response()).ok_or(Refusal::NoSuchCall)
}

/// What the ear did with the sound of this call. Reading somebody else's is written down.
#[utoipa::path(get, path = "/api/v1/calls/{id}/receipt", tag = "calls", operation_id = "receipt",
    params(("id" = String, Path)), responses(
    (status = 200, body = ReceiptView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn receipt(State(app): State<App>, caller: Caller, id: Id) -> Result<Response, Refusal> {
    let found = app.call_access(&caller, call_id(id)?, Deed::ReadCalls).await?;
    let id = app.note_read(&caller, found).await?.id;
    let sandbox = render::sandbox(app.live.ear.sandbox());
    if let Some(view) = app.live.with(id, |call| render::receipt(call, sandbox)) {
        return Ok(Json(view).into_response());
    }
    let kept = app.store.read(move |db| store::calls::one(db, id)).await.map_err(Refusal::from)?;
    let receipt = kept.and_then(|db| db.receipt).map(|receipt| render::stored_receipt(id, receipt));
    receipt.map(|view| Json(render::value(&view)).into_response()).ok_or(Refusal::NoSuchCall)
}
