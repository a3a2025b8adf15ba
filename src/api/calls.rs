//! Calls: open, ticket, stop, withdraw, summary, receipt.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};

use super::App;
use super::audience::name_of;
use super::refusal::{Problem, Refusal};
use super::show;
use super::views::{CallView, CallsView, NewCall, ReceiptView, SummaryView, TicketView};
use crate::live;
use crate::units::CallId;

type Id = Result<Path<String>, PathRejection>;

pub(super) fn call_id(path: Id) -> Result<CallId, Refusal> {
    let Path(text) = path?;
    Ok(text.parse()?)
}

/// Begins a call. Nothing is heard, and there is no ticket, unless the other side was told or agreed.
#[utoipa::path(post, path = "/api/v1/calls", tag = "calls", request_body = NewCall, responses(
    (status = 201, body = CallView),
    (status = 403, body = Problem, description = "consent_required"),
    (status = 422, body = Problem, description = "bad_body"),
    (status = 429, body = Problem, description = "too_many_calls"),
    (status = 503, body = Problem, description = "ear_down")))]
pub async fn open(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Json<NewCall>, JsonRejection>,
) -> Result<(StatusCode, Json<CallView>), Refusal> {
    let Json(new) = body?;
    let layout = new.layout;
    let new = live::NewCall {
        layout,
        source: new.source.into(),
        consent: new.consent.into(),
        level: new.hints.into(),
        context: new.context.into(),
    };
    let wants_ticket = new.source == crate::calls::CallSource::Socket;
    let id = app.live.open(new)?;
    let ticket = if wants_ticket { Some(sealed(&app, id, &headers)?) } else { None };
    let mut view = app.live.with(id, |call| show::call(call)).ok_or(Refusal::NoSuchCall)?;
    view.ticket = ticket;
    Ok((StatusCode::CREATED, Json(view)))
}

/// The ear is reached by the name under which the desk was.
fn sealed(app: &App, id: CallId, headers: &HeaderMap) -> Result<TicketView, Refusal> {
    let (ticket, expires_ms) = app.live.ticket(id).ok_or(Refusal::NoSuchCall)??;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let (name, port) = (name_of(host), app.ear.port());
    Ok(TicketView { url: format!("ws://{name}:{port}/v1/audio?ticket={ticket}"), expires_ms })
}

/// All calls since the start, newest first.
#[utoipa::path(get, path = "/api/v1/calls", tag = "calls", responses((status = 200, body = CallsView)))]
pub async fn list(State(app): State<App>) -> Json<CallsView> {
    Json(CallsView { calls: app.live.map(|call| show::call(call)) })
}

#[utoipa::path(get, path = "/api/v1/calls/{id}", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, body = CallView), (status = 404, body = Problem, description = "no_such_call")))]
pub async fn one(State(app): State<App>, id: Id) -> Result<Json<CallView>, Refusal> {
    app.live.with(call_id(id)?, |call| show::call(call)).map(Json).ok_or(Refusal::NoSuchCall)
}

/// A new ticket, to come back after the connection or the ear was lost.
#[utoipa::path(post, path = "/api/v1/calls/{id}/ticket", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, body = TicketView),
    (status = 403, body = Problem, description = "consent_required"),
    (status = 404, body = Problem, description = "no_such_call"),
    (status = 409, body = Problem, description = "call_is_over or no_ticket_needed"),
    (status = 503, body = Problem, description = "ear_down")))]
pub async fn ticket(State(app): State<App>, headers: HeaderMap, id: Id) -> Result<Json<TicketView>, Refusal> {
    sealed(&app, call_id(id)?, &headers).map(Json)
}

/// Ends the call. What has arrived is measured to the end; the answer is final. Stopping twice is fine.
#[utoipa::path(post, path = "/api/v1/calls/{id}/stop", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, body = SummaryView), (status = 404, body = Problem, description = "no_such_call")))]
pub async fn stop(State(app): State<App>, id: Id) -> Result<Json<SummaryView>, Refusal> {
    let id = call_id(id)?;
    if !app.live.stop(id).await {
        return Err(Refusal::NoSuchCall);
    }
    app.live.with(id, |call| show::summary(call)).map(Json).ok_or(Refusal::NoSuchCall)
}

/// The other side no longer agrees: hearing stops within a second and everything measured is deleted.
#[utoipa::path(post, path = "/api/v1/calls/{id}/withdraw", tag = "calls", params(("id" = String, Path)), responses(
    (status = 204, description = "deleted"), (status = 404, body = Problem, description = "no_such_call")))]
pub async fn withdraw(State(app): State<App>, id: Id) -> Result<StatusCode, Refusal> {
    let withdrawn = app.live.withdraw(call_id(id)?).await;
    if withdrawn { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuchCall) }
}

/// The whole call so far.
#[utoipa::path(get, path = "/api/v1/calls/{id}/summary", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, body = SummaryView), (status = 404, body = Problem, description = "no_such_call")))]
pub async fn summary(State(app): State<App>, id: Id) -> Result<Json<SummaryView>, Refusal> {
    app.live.with(call_id(id)?, |call| show::summary(call)).map(Json).ok_or(Refusal::NoSuchCall)
}

/// What the ear did with the sound of this call.
#[utoipa::path(get, path = "/api/v1/calls/{id}/receipt", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, body = ReceiptView), (status = 404, body = Problem, description = "no_such_call")))]
pub async fn receipt(State(app): State<App>, id: Id) -> Result<Json<ReceiptView>, Refusal> {
    let sandbox = show::sandbox(app.live.ear.sandbox());
    app.live.with(call_id(id)?, |call| show::receipt(call, sandbox)).map(Json).ok_or(Refusal::NoSuchCall)
}
