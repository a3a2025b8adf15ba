//! Everything that is kept about one person or one client: handed out, or erased.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::App;
use super::asked::{Asked, Done};
use super::caller::Caller;
use super::people::number;
use super::refusal::{Problem, Refusal};
use crate::audit::Change;
use crate::live::Call;
use crate::people::Deed;
use crate::store::aside::Forgotten;
use crate::store::{clients, erase};
use crate::units::{ClientId, PersonId};

type Id = Result<Path<String>, PathRejection>;

/// Everything about a person: account, sessions, tokens, clients, calls with their numbers, deeds.
#[utoipa::path(get, path = "/api/v1/people/{id}/data", tag = "trust", operation_id = "person_data",
    params(("id" = i64, Path)), responses(
    (status = 200, body = Object),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn of_person(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<Value>, Refusal> {
    let id: PersonId = number(id)?;
    caller.who.may_to(Deed::ErasePeople, app.team_of(Some(id)).await?)?;
    let data = app.store.read(move |kept| erase::of_person(kept, id)).await.map_err(Refusal::from)?;
    app.saw(&caller, Change::of("person.export", "person", id)).await?;
    Ok(Json(data))
}

/// Erases a person: name and login are replaced, sessions, tokens and calls deleted. What they did stays in the audit
/// log under their number.
#[utoipa::path(delete, path = "/api/v1/people/{id}/data", tag = "trust", operation_id = "erase_person",
    params(("id" = i64, Path)), responses(
    (status = 204, description = "erased"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "conflict: nobody would be left who keeps accounts")))]
pub async fn person(State(app): State<App>, id: Id, asked: Asked<IgnoredAny>) -> Result<Response, Refusal> {
    let id: PersonId = number(id)?;
    asked.caller.who.may_to(Deed::ErasePeople, app.team_of(Some(id)).await?)?;
    let known = app.store.read(move |kept| Forgotten::person(kept, id)).await?;
    let erased = app.act(asked.doing, StatusCode::NO_CONTENT, move |tx| {
        let calls = erase::person(tx, id)?;
        let change = Change::of("person.erase", "person", id).to(json!({ "calls": calls }));
        Ok(Done { view: (), change, version: None })
    });
    let erased = erased.await?;
    app.matcher.follow_anew(id);
    app.store.forget_aside(known).await?;
    forget(&app, |call| call.facts.owner == Some(id)).await;
    Ok(erased)
}

/// Everything about a client: the card, and the calls with it.
#[utoipa::path(get, path = "/api/v1/clients/{id}/data", tag = "trust", operation_id = "client_data",
    params(("id" = i64, Path)), responses(
    (status = 200, body = Object),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn of_client(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<Value>, Refusal> {
    let id: ClientId = number(id)?;
    let who = caller.who;
    let data = app.store.read(move |kept| {
        who.may_to(Deed::ErasePeople, clients::one(kept, id)?.owner())?;
        Ok::<_, Refusal>(erase::of_client(kept, id)?)
    });
    let data = data.await?;
    app.saw(&caller, Change::of("client.export", "client", id)).await?;
    Ok(Json(data))
}

/// Erases a client: the card is emptied and the calls with it deleted. Its number stays.
#[utoipa::path(delete, path = "/api/v1/clients/{id}/data", tag = "trust", operation_id = "erase_client",
    params(("id" = i64, Path)), responses(
    (status = 204, description = "erased"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn client(State(app): State<App>, id: Id, asked: Asked<IgnoredAny>) -> Result<Response, Refusal> {
    let id: ClientId = number(id)?;
    let (who, now_ms) = (asked.caller.who, asked.doing.now_ms);
    let known = app.store.read(move |kept| Forgotten::client(kept, id)).await?;
    let erased = app.act(asked.doing, StatusCode::NO_CONTENT, move |tx| {
        who.may_to(Deed::ErasePeople, clients::one(tx, id)?.owner())?;
        let calls = erase::client(tx, id)?;
        clients::tell(tx, "client.erased", &clients::one(tx, id)?, now_ms)?;
        let change = Change::of("client.erase", "client", id).to(json!({ "calls": calls }));
        Ok(Done { view: (), change, version: None })
    });
    let erased = erased.await?;
    app.matcher.sites_changed();
    app.store.forget_aside(known).await?;
    forget(&app, |call| call.facts.client == Some(id)).await;
    Ok(erased)
}

/// Calls that are still in memory end and go, and the write-ahead log is emptied.
async fn forget(app: &App, which: impl Fn(&Call) -> bool) {
    let ids = app.live.map(|call| which(call).then_some(call.facts.id));
    for id in ids.into_iter().flatten() {
        app.live.withdraw(id).await;
        app.live.unreserve(id);
    }
    app.recent.forget().await;
    app.scrub();
}
