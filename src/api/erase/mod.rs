//! Everything that is kept about one person or one client: handed out, or erased.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::people::number;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::live::Call;
use crate::people::{Deed, Who};
use crate::store::effects::{self, Effect};
use crate::store::forgotten::Forgotten;
use crate::store::{Tx, clients, erase};
use crate::units::{CallId, ClientId, PersonId};

type Id = Result<Path<String>, PathRejection>;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(of_person, person)).routes(routes!(of_client, client))
}

/// Everything about a person: account, sessions, tokens, clients, calls with their numbers, deeds.
#[utoipa::path(get, path = "/api/v1/people/{id}/data", tag = "trust", operation_id = "person_data",
    params(("id" = i64, Path)), responses(
    (status = 200, body = Object),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn of_person(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<Value>, Refusal> {
    let id: PersonId = number(id)?;
    caller.who.may_to(Deed::ErasePeople, app.team_of(Some(id)).await?)?;
    let data = app.store.read(move |db| erase::of_person(db, id)).await.map_err(Refusal::from)?;
    app.looked(&caller, "visits.read", vec![Some(id)]).await?;
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
pub async fn person(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<IgnoredAny>,
) -> Result<Response, Refusal> {
    let id: PersonId = number(id)?;
    request.caller.who.may_to(Deed::ErasePeople, app.team_of(Some(id)).await?)?;
    let held = app.held(|call| call.facts.owner == Some(id));
    app.store.make_room();
    app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        effects::add(tx, Effect::Aside(Forgotten::person(tx, id)?))?;
        let calls = erase::person(tx, id)?;
        let change = Change::of("person.erase", "person", id).to(json!({ "calls": calls }));
        effects::add(tx, Effect::Words)?;
        forget(tx, held, Effect::Person(id))?;
        Ok(Done { view: (), change, version: None })
    })
    .await
}

/// Everything about a client: the card, and the calls and visits with it that the caller reaches.
#[utoipa::path(get, path = "/api/v1/clients/{id}/data", tag = "trust", operation_id = "client_data",
    params(("id" = i64, Path)), responses(
    (status = 200, body = Object),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn of_client(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<Value>, Refusal> {
    let id: ClientId = number(id)?;
    let who = caller.who;
    let data = app.store.read(move |db| {
        who.may_to(Deed::ErasePeople, clients::even_deleted(db, id)?.owner())?;
        Ok::<_, Refusal>(erase::of_client(db, id, &who)?)
    });
    let (data, people) = data.await?;
    app.looked(&caller, "visits.read", people).await?;
    app.saw(&caller, Change::of("client.export", "client", id)).await?;
    Ok(Json(data))
}

/// Erases a client: the card is emptied and the calls with it deleted. Its number stays. While calls or visits of others
/// hang on it, this is for who reaches them.
#[utoipa::path(delete, path = "/api/v1/clients/{id}/data", tag = "trust", operation_id = "erase_client",
    params(("id" = i64, Path)), responses(
    (status = 204, description = "erased"),
    (status = 403, body = Problem, description = "not_allowed or others_records"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn client(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<IgnoredAny>,
) -> Result<Response, Refusal> {
    let id: ClientId = number(id)?;
    let (who, now_ms) = (request.caller.who, request.doing.now_ms);
    let held = app.held(|call| call.facts.client == Some(id));
    // Who may not takes no room either.
    app.store.read(move |db| may_erase(db, id, &who)).await?;
    app.store.make_room();
    app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        effects::add(tx, Effect::Aside(Forgotten::client(tx, id)?))?;
        may_erase(tx, id, &who)?;
        let calls = erase::client(tx, id, now_ms)?;
        let change = Change::of("client.erase", "client", id).to(json!({ "calls": calls }));
        effects::add(tx, Effect::Words)?;
        forget(tx, held, Effect::Sites)?;
        Ok(Done { view: (), change, version: None })
    })
    .await
}

fn may_erase(db: &Tx, id: ClientId, who: &Who) -> Result<(), Refusal> {
    who.may_to(Deed::ErasePeople, clients::even_deleted(db, id)?.owner())?;
    if erase::reaches_all(db, id, who)? { Ok(()) } else { Err(Refusal::OthersRecords) }
}

impl App {
    /// Calls in memory.
    fn held(&self, which: impl Fn(&Call) -> bool) -> Vec<CallId> {
        let held = self.live.map(|call| which(call).then_some(call.facts.id));
        held.into_iter().flatten().collect()
    }
}

/// Calls that are still in memory end and go, and what was deleted is nowhere.
fn forget(tx: &Tx, held: Vec<CallId>, matched_anew: Effect) -> Result<(), crate::store::Error> {
    let calls = held.into_iter().map(Effect::CallErased);
    calls.chain([matched_anew, Effect::Scrub]).try_for_each(|effect| effects::add(tx, effect))
}
