//! Actions: what somebody is asked to do for a client.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::people::{Deed, Owner, Who};
use crate::store::actions::{self, Action, NewAction};
use crate::store::effects::{self, Effect};
use crate::store::{Tx, clients, people};
use crate::units::{ClientId, PersonId};

const TITLE_CHARS_MAX: usize = 120;
const TOPIC_CHARS_MAX: usize = 40;
const LINK_CHARS_MAX: usize = 400;
const LIMIT: u32 = 200;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(change))
}

/// An action.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionView {
    pub id: i64,
    pub client: i64,
    pub client_name: String,
    pub title: String,
    /// What it is about; empty when nothing was said.
    pub topic: String,
    /// The material that goes with it.
    pub link: Option<String>,
    pub assignee: Option<i64>,
    pub assignee_name: String,
    /// Who asked; null when that was an integration.
    pub author: Option<i64>,
    pub author_name: Option<String>,
    pub created_ms: i64,
    pub due_ms: Option<i64>,
    pub done_ms: Option<i64>,
    pub version: i64,
}

/// Open ones first.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionsView {
    pub items: Vec<ActionView>,
}

/// `POST /api/v1/actions`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionWish {
    pub client: i64,
    /// 1 to 120 characters.
    pub title: String,
    #[serde(default)]
    pub topic: String,
    /// An address, `https://…` for example.
    pub link: Option<String>,
    /// Who is to do it; oneself when left out.
    pub assignee: Option<i64>,
    pub due_ms: Option<i64>,
}

/// `PATCH /api/v1/actions/{id}`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionChange {
    pub done: bool,
}

/// Which actions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct WhichActions {
    /// Of one client.
    client: Option<i64>,
}

impl ActionView {
    /// As somebody sees it: with names as far as they reach now, whoever asked whom before.
    fn of(action: Action, who: &Who) -> Self {
        let own =
            |owner: Owner| owner.person == who.person || (owner.team.is_some() && owner.team == who.team);
        let client = who.may_to(Deed::ReadClients, action.client_owner).is_ok() || own(action.client_owner);
        let colleague = |owner| is_colleague(who, owner);
        let name = |seen: bool, name: String| if seen { name } else { String::new() };
        Self {
            id: action.id,
            client: action.client.0,
            client_name: name(client, action.client_name),
            title: action.title,
            topic: action.topic,
            link: action.link,
            assignee: action.assignee.person.map(|person| person.0),
            assignee_name: name(colleague(action.assignee), action.assignee_name),
            author: action.author.person.map(|author| author.0),
            author_name: action.author_name.filter(|_| colleague(action.author)),
            created_ms: action.created_ms,
            due_ms: action.due_ms,
            done_ms: action.done_ms,
            version: action.version,
        }
    }
}

/// A page that a colleague may be sent to, and nothing that a browser would run.
fn is_web_address(link: &str) -> bool {
    let rest = link.strip_prefix("https://").or(link.strip_prefix("http://"));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    host.is_some_and(|host| !host.is_empty() && !host.contains('@')) && !link.contains(char::is_whitespace)
}

fn checked(wish: ActionWish, author: Option<PersonId>) -> Result<NewAction, Refusal> {
    let line = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    let title = wish.title.trim().to_owned();
    if title.is_empty() || !line(&title, TITLE_CHARS_MAX) {
        return Err(Refusal::BadField("title", "a title has 1 to 120 characters on one line"));
    }
    let topic = wish.topic.trim().to_owned();
    if !line(&topic, TOPIC_CHARS_MAX) {
        return Err(Refusal::BadField("topic", "a topic has at most 40 characters on one line"));
    }
    if wish.link.as_ref().is_some_and(|link| !line(link, LINK_CHARS_MAX) || !is_web_address(link)) {
        return Err(Refusal::BadField(
            "link",
            "a link is an address that begins with https:// or http://, 400 characters at most",
        ));
    }
    let assignee = wish.assignee.map(PersonId).or(author);
    let assignee = assignee.ok_or(Refusal::BadField("assignee", "name who is to do it"))?;
    let (client, link, due_ms) = (ClientId(wish.client), wish.link, wish.due_ms);
    Ok(NewAction { client, title, topic, link, assignee, author, due_ms })
}

/// Actions to do, asked for, or within reach.
#[utoipa::path(get, path = "/api/v1/actions", tag = "actions", operation_id = "actions", params(WhichActions), responses(
    (status = 200, body = ActionsView),
    (status = 400, body = Problem, description = "bad_query")))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    which: Result<Query<WhichActions>, QueryRejection>,
) -> Result<Json<ActionsView>, Refusal> {
    let Query(WhichActions { client }) = which?;
    let (who, reach) = (caller.who, caller.who.may(Deed::ReadActions)?);
    let found = app.store.read(move |db| actions::list(db, &who, reach, client.map(ClientId), LIMIT));
    let items = found.await.map_err(Refusal::from)?.into_iter();
    let items = items.map(|action| ActionView::of(action, &who)).collect();
    Ok(Json(ActionsView { items }))
}

/// Asks oneself or a colleague to do something for a client within reach. The colleague hears of it as `action.created`.
#[utoipa::path(post, path = "/api/v1/actions", tag = "actions", operation_id = "add_action", request_body = ActionWish,
    responses(
    (status = 201, body = ActionView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such client or colleague"),
    (status = 422, body = Problem, description = "bad_body or bad_field")))]
pub async fn add(State(app): State<App>, request: WriteRequest<ActionWish>) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let new = checked(body, caller.who.person)?;
    let (who, now_ms) = (caller.who, doing.now_ms);
    let done = app.act(doing, StatusCode::CREATED, move |tx| {
        who.may_to(Deed::ReadClients, clients::one(tx, new.client)?.owner())?;
        reach_colleague(tx, &who, new.assignee)?;
        let action = actions::add(tx, &new, now_ms)?;
        // Somebody who has something to do for a client may go there.
        effects::add(tx, Effect::Person(new.assignee))?;
        let change = Change::of("action.create", "action", action.id).to(actions::facts(&action));
        let version = Some(action.version);
        Ok(Done { view: ActionView::of(action, &who), change, version })
    });
    done.await
}

/// Whether somebody may be asked. Who asks learns nothing of people beyond reach, not even whether they are there.
fn reach_colleague(tx: &Tx, who: &Who, colleague: PersonId) -> Result<(), Refusal> {
    let nobody = Owner { person: None, team: None };
    let known = people::one(tx, colleague);
    let owner = known.as_ref().map_or(nobody, |known| Owner { person: Some(known.id), team: known.team });
    if !is_colleague(who, owner) {
        who.may_to(Deed::ReadPeople, owner)?;
    }
    Ok(known.map(drop)?)
}

/// Whoever is within reach, and who has no team: they serve all teams.
fn is_colleague(who: &Who, owner: Owner) -> bool {
    who.may_to(Deed::ReadPeople, owner).is_ok() || owner.person.is_some() && owner.team.is_none()
}

/// It is done, or not after all; for who is to do it, who asked, or who reaches them.
#[utoipa::path(patch, path = "/api/v1/actions/{id}", tag = "actions", operation_id = "change_action",
    params(("id" = i64, Path)), request_body = ActionChange, responses(
    (status = 200, body = ActionView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 412, body = Problem, description = "stale"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn change(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<ActionChange>,
) -> Result<Response, Refusal> {
    let (Path(id), WriteRequest { body, doing, caller }) = (id?, request);
    let (who, seen) = (caller.who, doing.clone());
    app.act(doing, StatusCode::OK, move |tx| {
        let before = actions::one(tx, id)?;
        if before.author.person != who.person {
            who.may_to(Deed::EditActions, before.assignee)?;
        }
        seen.saw("action", before.version)?;
        let action = actions::set_done(tx, id, body.done.then_some(seen.now_ms), seen.now_ms)?;
        let change = Change::of("action.change", "action", id).to(actions::facts(&action));
        let version = Some(action.version);
        Ok(Done { view: ActionView::of(action, &who), change, version })
    })
    .await
}
