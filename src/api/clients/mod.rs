//! Clients, as far as the role reaches. Who reads somebody else's card leaves a note of it in the audit log.

mod import;
mod kept;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::people::number;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest, etag};
use crate::audit::Change;
use crate::customers::{Anchor, Card, Client, Contact};
use crate::people::{Deed, Owner};
use crate::store::calls::attribution;
use crate::store::clients::{Kinds, Search};
use crate::store::effects::{self, Effect};
use crate::store::{self, Tx, people};
use crate::units::{ClientId, PersonId};
pub(super) use kept::Kept;

const LIMIT_MAX: u32 = 200;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(kinds))
        .routes(routes!(one, change))
        .routes(routes!(import::import).layer(DefaultBodyLimit::max(import::TABLE_BYTES_MAX)))
}

/// Somebody at the client's.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactView {
    pub name: String,
    pub title: Option<String>,
    pub phone: Option<String>,
}

/// Where the client is, as it was entered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnchorView {
    pub lat: f64,
    pub lon: f64,
    /// `wgs84`, `gcj02` or `bd09`.
    pub datum: String,
}

/// A client.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ClientView {
    pub id: i64,
    pub name: String,
    /// Other names under which it is looked for.
    pub aliases: Vec<String>,
    pub industry: Option<String>,
    pub stage: Option<String>,
    /// `A`, `B` or `C`.
    pub grade: Option<&'static str>,
    /// Who looks after it.
    pub owner: i64,
    /// The owner's team.
    pub team: Option<i64>,
    pub contacts: Vec<ContactView>,
    /// False: the client does not want its conversations to be measured, and none is.
    pub analyse: bool,
    pub anchor: Option<AnchorView>,
    /// To be sent back as `If-Match: "v…"` with a change.
    pub version: i64,
}

/// A page of clients in the order of their pinyin.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientsView {
    pub items: Vec<ClientView>,
    /// To be sent as `after` for the next page; null at the end.
    pub next: Option<i64>,
}

/// What clients are sorted into, in the team's own words.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClientKindsView {
    pub industries: Vec<String>,
    pub stages: Vec<String>,
}

/// `POST /api/v1/clients`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClientView {
    pub name: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    pub industry: Option<String>,
    pub stage: Option<String>,
    pub grade: Option<String>,
    /// Who makes it, when left out.
    pub owner: Option<i64>,
    #[serde(default)]
    pub contacts: Vec<ContactView>,
    /// True when left out.
    pub analyse: Option<bool>,
    pub anchor: Option<AnchorView>,
}

/// `PATCH /api/v1/clients/{id}`: what is left out stays; an empty text takes away what was there.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientChange {
    pub name: Option<String>,
    pub aliases: Option<Vec<String>>,
    pub industry: Option<String>,
    pub stage: Option<String>,
    pub grade: Option<String>,
    pub owner: Option<i64>,
    pub contacts: Option<Vec<ContactView>>,
    pub analyse: Option<bool>,
    pub anchor: Option<AnchorView>,
}

/// `GET /api/v1/clients`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ClientQuery {
    /// Part of a name, an alias, or the first letters of their pinyin.
    q: Option<String>,
    industry: Option<String>,
    stage: Option<String>,
    /// `A`, `B` or `C`.
    grade: Option<String>,
    /// `next` of the page before.
    after: Option<i64>,
    /// 50 when left out, 200 at most.
    limit: Option<u32>,
}

impl ClientView {
    fn of(client: Client) -> Self {
        let card = client.card;
        let contact = |Contact { name, title, phone }| ContactView { name, title, phone };
        let anchor = |Anchor { lat, lon, datum }| AnchorView { lat, lon, datum: datum.name().into() };
        Self {
            id: client.id.0,
            name: card.name,
            aliases: card.aliases,
            industry: card.industry,
            stage: card.stage,
            grade: card.grade.map(|grade| grade.name()),
            owner: client.owner.0,
            team: client.team.map(|team| team.0),
            contacts: card.contacts.into_iter().map(contact).collect(),
            analyse: card.analyse,
            anchor: card.anchor.map(anchor),
            version: client.version,
        }
    }
}

impl ClientChange {
    /// The fields of the table of clients that it names.
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("name", self.name.is_some()),
            ("aliases", self.aliases.is_some()),
            ("industry", self.industry.is_some()),
            ("stage", self.stage.is_some()),
            ("grade", self.grade.is_some()),
            ("owner", self.owner.is_some()),
            ("analyse", self.analyse.is_some()),
        ];
        all.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key).collect()
    }

    /// The card with the change in it.
    fn onto(self, card: Card) -> Result<Card, Refusal> {
        let contact = |ContactView { name, title, phone }| Contact { name, title, phone };
        let contacts = self.contacts.map(|contacts| contacts.into_iter().map(contact).collect());
        let grade = match self.grade.as_deref() {
            None => card.grade,
            Some("") => None,
            Some(grade) => Some(grade.parse()?),
        };
        let anchor = match self.anchor {
            None => card.anchor,
            Some(AnchorView { lat, lon, datum }) => Some(Anchor::of(lat, lon, &datum)?),
        };
        let card = Card {
            name: self.name.unwrap_or(card.name),
            aliases: self.aliases.unwrap_or(card.aliases),
            industry: self.industry.or(card.industry),
            stage: self.stage.or(card.stage),
            grade,
            contacts: contacts.unwrap_or(card.contacts),
            analyse: self.analyse.unwrap_or(card.analyse),
            anchor,
        };
        Ok(card.checked()?)
    }
}

impl NewClientView {
    fn given(&self) -> Vec<&'static str> {
        let all = [
            ("aliases", !self.aliases.is_empty()),
            ("industry", self.industry.is_some()),
            ("stage", self.stage.is_some()),
            ("grade", self.grade.is_some()),
        ];
        all.into_iter().filter(|(_, is_given)| *is_given).map(|(key, _)| key).collect()
    }

    fn card(self) -> Result<Card, Refusal> {
        let card = Card::named(&self.name);
        let change = ClientChange {
            aliases: Some(self.aliases),
            industry: self.industry,
            stage: self.stage,
            grade: self.grade,
            contacts: Some(self.contacts),
            analyse: self.analyse,
            anchor: self.anchor,
            ..ClientChange::default()
        };
        change.onto(card)
    }
}

/// Somebody as the owner of clients.
///
/// # Errors
/// There is nobody of that number, or the person has left.
pub(super) fn owner(tx: &Tx, person: PersonId) -> Result<Owner, Refusal> {
    let person = people::one(tx, person)?;
    if !person.active {
        return Err(Refusal::BadField("owner", "this colleague has left: name another"));
    }
    Ok(Owner { person: Some(person.id), team: person.team })
}

/// Clients within reach, found by name, alias or the first letters of their pinyin.
#[utoipa::path(get, path = "/api/v1/clients", tag = "clients", operation_id = "clients", params(ClientQuery), responses(
    (status = 200, body = ClientsView),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 422, body = Problem, description = "bad_field: no such grade")))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<ClientQuery>, QueryRejection>,
) -> Result<Json<ClientsView>, Refusal> {
    let Query(ClientQuery { q, industry, stage, grade, after, limit }) = query?;
    let limit = limit.unwrap_or(50).clamp(1, LIMIT_MAX);
    let grade = grade.map(|grade| grade.parse()).transpose()?;
    let search =
        Search { text: q.unwrap_or_default(), industry, stage, grade, after: after.map(ClientId), limit };
    let who = caller.who;
    let found = app.store.read(move |db| {
        let reach = who.may(Deed::ReadClients)?;
        let kept = Kept::of(db, &who)?;
        kept.may_ask(&search)?;
        let found = store::clients::list(db, &who, reach, &search)?.into_iter();
        Ok::<_, Refusal>(found.map(|client| kept.view(client)).collect())
    });
    let items: Vec<ClientView> = found.await?;
    let next = (items.len() == limit as usize).then(|| items.last().map(|last| last.id)).flatten();
    Ok(Json(ClientsView { items, next }))
}

/// The industries and stages in use among the clients within reach, most used first.
#[utoipa::path(get, path = "/api/v1/clients/kinds", tag = "clients", operation_id = "client_kinds", responses(
    (status = 200, body = ClientKindsView)))]
pub async fn kinds(State(app): State<App>, caller: Caller) -> Result<Json<ClientKindsView>, Refusal> {
    let who = caller.who;
    let found = app.store.read(move |db| {
        let reach = who.may(Deed::ReadClients)?;
        let kept = Kept::of(db, &who)?;
        Ok::<_, Refusal>(kept.kinds(store::clients::kinds(db, &who, reach)?))
    });
    let Kinds { industries, stages } = found.await?;
    Ok(Json(ClientKindsView { industries, stages }))
}

/// One client. Reading somebody else's is written down.
#[utoipa::path(get, path = "/api/v1/clients/{id}", tag = "clients", operation_id = "client",
    params(("id" = i64, Path)), responses(
    (status = 200, body = ClientView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let id: ClientId = number(id)?;
    let who = caller.who;
    let read = app.store.read(move |db| {
        let client = store::clients::one(db, id)?;
        who.may_to(Deed::ReadClients, client.owner())?;
        Ok::<_, Refusal>((client.owner, Kept::of(db, &who)?.view(client)))
    });
    let (owner, client) = read.await?;
    if caller.who.person != Some(owner) {
        app.saw(&caller, Change::of("client.read", "client", id)).await?;
    }
    Ok(([(header::ETAG, etag(client.version))], Json(client)).into_response())
}

/// Makes a client. Whoever makes it looks after it, unless another owner within reach is named.
#[utoipa::path(post, path = "/api/v1/clients", tag = "clients", operation_id = "add_client", request_body = NewClientView, responses(
    (status = 201, body = ClientView),
    (status = 403, body = Problem, description = "not_allowed: the owner is beyond reach"),
    (status = 404, body = Problem, description = "missing: no such owner"),
    (status = 409, body = Problem, description = "conflict: the name is taken"),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn add(State(app): State<App>, request: WriteRequest<NewClientView>) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let me = caller.who.person.ok_or(Refusal::NotSignedIn)?;
    let person = body.owner.map_or(me, PersonId);
    let given = body.given();
    let card = body.card()?;
    let (now_ms, actor) = (doing.now_ms, doing.actor.clone());
    app.act(doing, StatusCode::CREATED, move |tx| {
        caller.who.may_to(Deed::EditClients, owner(tx, person)?)?;
        let kept = Kept::of(tx, &caller.who)?;
        kept.may_write(&given)?;
        let client = store::clients::insert(tx, &card, person, now_ms, &actor)?;
        let change = Change::of("client.create", "client", client.id).to(store::clients::facts(&client));
        Ok(done(kept.view(client), change))
    })
    .await
}

fn done(view: ClientView, change: Change) -> Done<ClientView> {
    Done { version: Some(view.version), view, change }
}

/// Changes a card, or who looks after it. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/v1/clients/{id}", tag = "clients", operation_id = "change_client",
    params(("id" = i64, Path)), request_body = ClientChange, responses(
    (status = 200, body = ClientView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "conflict: the name is taken"),
    (status = 412, body = Problem, description = "stale"),
    (status = 422, body = Problem, description = "bad_field or bad_body"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn change(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: WriteRequest<ClientChange>,
) -> Result<Response, Refusal> {
    let id: ClientId = number(id)?;
    let WriteRequest { body, doing, caller } = request;
    let seen = doing.clone();
    let done = app.act(doing, StatusCode::OK, move |tx| {
        let before = store::clients::one(tx, id)?;
        caller.who.may_to(Deed::EditClients, before.owner())?;
        seen.saw("client", before.version)?;
        let kept = Kept::of(tx, &caller.who)?;
        kept.may_write(&body.given())?;
        let mut after = before.clone();
        if let Some(person) = body.owner {
            after.owner = PersonId(person);
            caller.who.may_to(Deed::EditClients, owner(tx, after.owner)?)?;
        }
        after.card = body.onto(after.card)?;
        let after = store::clients::update(tx, &after, seen.now_ms, &seen.actor)?;
        let mut facts = store::clients::facts(&after);
        if before.card.name != after.card.name {
            facts["renamed"] = true.into();
        }
        let refused = if after.card.analyse { Vec::new() } else { attribution::going_on_with(tx, id)? };
        attribution::refuse(tx, &refused, id, seen.now_ms)?;
        // Who looks after a client is likelier to be there.
        let owners = [before.owner, after.owner].into_iter().filter(|_| before.owner != after.owner);
        owners.map(Effect::Person).try_for_each(|effect| effects::add(tx, effect))?;
        let change = Change::of("client.update", "client", id).from(store::clients::facts(&before)).to(facts);
        Ok(done(kept.view(after), change))
    });
    done.await
}
