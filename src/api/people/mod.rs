//! Accounts and teams.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest, etag};
use super::{App, secrets};
use crate::audit::Change;
use crate::people::{Deed, Owner, Person, Reach, Team};
use crate::store::people::NewPerson;
use crate::store::{self, sessions};
use crate::units::{PersonId, TeamId};

/// A longer name is not a name.
const NAME_CHARS_MAX: usize = 80;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, change))
        .routes(routes!(invite))
        .routes(routes!(teams, add_team))
        .routes(routes!(rename_team))
}

/// Somebody with an account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PersonView {
    pub id: i64,
    pub login: String,
    pub name: String,
    /// `rep`, `manager`, `admin`, `assistant`, `stock`, `logistics`, `finance` or `device`.
    pub role: &'static str,
    pub team: Option<i64>,
    pub active: bool,
    /// A password was set. Until then a link is waiting, or must be made.
    pub ready: bool,
    /// To be sent back as `If-Match: "v…"` with a change.
    pub version: i64,
}

/// `GET /api/v1/people`
#[derive(Debug, Serialize, ToSchema)]
pub struct PeopleView {
    pub items: Vec<PersonView>,
}

/// `POST /api/v1/people`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPersonView {
    pub login: String,
    pub name: String,
    pub role: String,
    pub team: Option<i64>,
}

/// `PATCH /api/v1/people/{id}`: what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonChange {
    pub name: Option<String>,
    pub role: Option<String>,
    /// 0 for no team.
    pub team: Option<i64>,
    pub active: Option<bool>,
}

/// A link with which somebody sets a password. Shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationView {
    /// To be opened on this appliance: `/#/welcome/…`.
    pub path: String,
    pub expires_ms: i64,
}

/// Some reps, seen by one manager.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamView {
    pub id: i64,
    pub name: String,
    pub version: i64,
}

/// `GET /api/v1/teams`
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamsView {
    pub items: Vec<TeamView>,
}

/// A team's name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamName {
    pub name: String,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self {
            id: person.id.0,
            login: person.login.to_string(),
            name: person.name,
            role: person.role.name(),
            team: person.team.map(|team| team.0),
            active: person.active,
            ready: person.ready,
            version: person.version,
        }
    }
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        Self { id: team.id.0, name: team.name, version: team.version }
    }
}

/// A name as people may write it.
///
/// # Errors
/// It is empty, too long, or has control characters.
pub fn named(name: &str) -> Result<String, Refusal> {
    let name = name.trim();
    let fits =
        !name.is_empty() && name.chars().count() <= NAME_CHARS_MAX && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Refusal::BadField("name", "a name has 1 to 80 characters on one line"))
    }
}

/// The number of a record in a path.
///
/// # Errors
/// It is not a number from 1 on.
pub fn number<T: std::str::FromStr<Err = crate::units::BadRecordId>>(
    path: Result<Path<String>, PathRejection>,
) -> Result<T, Refusal> {
    let Path(text) = path?;
    Ok(text.parse()?)
}

/// Colleagues, as far as the role reaches.
#[utoipa::path(get, path = "/api/v1/people", tag = "people", operation_id = "people", responses(
    (status = 200, body = PeopleView)))]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<PeopleView>, Refusal> {
    let who = caller.who;
    let people = app.store.read(move |tx| match (who.may(Deed::ReadPeople)?, who.team, who.person) {
        (Reach::All, ..) => Ok::<_, Refusal>(store::people::list(tx, None)?),
        (_, Some(team), _) => Ok(store::people::list(tx, Some(team))?),
        (_, None, Some(person)) => Ok(vec![store::people::one(tx, person)?]),
        (_, None, None) => Ok(Vec::new()),
    });
    Ok(Json(PeopleView { items: people.await?.into_iter().map(PersonView::from).collect() }))
}

/// One colleague.
#[utoipa::path(get, path = "/api/v1/people/{id}", tag = "people", operation_id = "person",
    params(("id" = i64, Path)), responses(
    (status = 200, body = PersonView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Refusal> {
    let id: PersonId = number(id)?;
    let person: Person = app.store.read(move |tx| Ok::<_, Refusal>(store::people::one(tx, id)?)).await?;
    caller.who.may_to(Deed::ReadPeople, Owner { person: Some(person.id), team: person.team })?;
    let version = person.version;
    Ok(([(header::ETAG, etag(version))], Json(PersonView::from(person))).into_response())
}

/// Makes an account. Its owner sets a password through an invitation.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", operation_id = "add_person", request_body = NewPersonView, responses(
    (status = 201, body = PersonView),
    (status = 404, body = Problem, description = "missing: no such team"),
    (status = 409, body = Problem, description = "conflict: the login is taken"),
    (status = 422, body = Problem, description = "bad_login, bad_field or bad_body")))]
pub async fn add(State(app): State<App>, request: WriteRequest<NewPersonView>) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, .. } = request;
    let new = NewPerson {
        login: body.login.parse()?,
        name: named(&body.name)?,
        role: body.role.parse()?,
        team: body.team.map(TeamId),
    };
    let now_ms = doing.now_ms;
    app.act(doing, StatusCode::CREATED, move |tx| {
        let person = store::people::insert(tx, &new, now_ms)?;
        let change = Change::of("person.create", "person", person.id).to(store::people::facts(&person));
        Ok(done(person, change))
    })
    .await
}

fn done(person: Person, change: Change) -> Done<PersonView> {
    let version = Some(person.version);
    Done { view: person.into(), change, version }
}

/// Changes name, role, team, or whether somebody is still here. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/v1/people/{id}", tag = "people", operation_id = "change_person", params(("id" = i64, Path)),
    request_body = PersonChange, responses(
    (status = 200, body = PersonView),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "conflict: nobody would be left who keeps accounts"),
    (status = 412, body = Problem, description = "stale"),
    (status = 422, body = Problem, description = "bad_field or bad_body"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn change(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: WriteRequest<PersonChange>,
) -> Result<Response, Refusal> {
    let id: PersonId = number(id)?;
    let WriteRequest { body, doing, .. } = request;
    let name = body.name.as_deref().map(named).transpose()?;
    let role = body.role.map(|role| role.parse()).transpose()?;
    let seen = doing.clone();
    if body.active == Some(false) {
        app.store.make_room();
    }
    app.act(doing, StatusCode::OK, move |tx| {
        let before = store::people::one(tx, id)?;
        seen.saw("person", before.version)?;
        let mut after = before.clone();
        after.name = name.unwrap_or(after.name);
        after.role = role.unwrap_or(after.role);
        after.active = body.active.unwrap_or(after.active);
        after.team = body.team.map_or(after.team, |team| (team != 0).then_some(TeamId(team)));
        let after = store::people::update(tx, &after)?;
        let mut facts = store::people::facts(&after);
        if before.name != after.name {
            facts["renamed"] = true.into();
        }
        let change = Change::of("person.update", "person", id).from(store::people::facts(&before)).to(facts);
        Ok(done(after, change))
    })
    .await
}

/// Makes a link with which somebody sets a password; an older one is void.
#[utoipa::path(post, path = "/api/v1/people/{id}/invitation", tag = "people", params(("id" = i64, Path)), responses(
    (status = 201, body = InvitationView), (status = 404, body = Problem, description = "missing")))]
pub async fn invite(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let id: PersonId = number(id)?;
    let doing = request.doing.unkept();
    let expires_ms = doing.now_ms + sessions::INVITATION_MS;
    let secret = secrets::secret();
    app.act(doing, StatusCode::CREATED, move |tx| {
        store::people::one(tx, id)?;
        sessions::invite(tx, Some(id), &secret, expires_ms)?;
        let view = InvitationView { path: format!("/#/welcome/{secret}"), expires_ms };
        Ok(Done { view, change: Change::of("person.invite", "person", id), version: None })
    })
    .await
}

/// All teams.
#[utoipa::path(get, path = "/api/v1/teams", tag = "people", operation_id = "teams", responses(
    (status = 200, body = TeamsView)))]
pub async fn teams(State(app): State<App>) -> Result<Json<TeamsView>, Refusal> {
    let teams = app.store.read(|tx| Ok::<_, Refusal>(store::people::teams(tx)?)).await?;
    Ok(Json(TeamsView { items: teams.into_iter().map(TeamView::from).collect() }))
}

/// Makes a team.
#[utoipa::path(post, path = "/api/v1/teams", tag = "people", request_body = TeamName, responses(
    (status = 201, body = TeamView),
    (status = 409, body = Problem, description = "conflict: the name is taken"),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn add_team(State(app): State<App>, request: WriteRequest<TeamName>) -> Result<Response, Refusal> {
    let name = named(&request.body.name)?;
    app.act(request.doing, StatusCode::CREATED, move |tx| {
        let team = store::people::insert_team(tx, &name)?;
        let change = Change::of("team.create", "team", team.id).to(serde_json::json!({ "name": team.name }));
        Ok(Done { version: Some(team.version), view: TeamView::from(team), change })
    })
    .await
}

/// Gives a team another name. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/v1/teams/{id}", tag = "people", params(("id" = i64, Path)),
    request_body = TeamName, responses(
    (status = 200, body = TeamView),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "conflict: the name is taken"),
    (status = 412, body = Problem, description = "stale"),
    (status = 422, body = Problem, description = "bad_field or bad_body"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn rename_team(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    request: WriteRequest<TeamName>,
) -> Result<Response, Refusal> {
    let id: TeamId = number(id)?;
    let name = named(&request.body.name)?;
    let seen = request.doing.clone();
    app.act(request.doing, StatusCode::OK, move |tx| {
        let before = store::people::team(tx, id)?;
        seen.saw("team", before.version)?;
        let after = store::people::rename_team(tx, id, &name)?;
        let change = Change::of("team.update", "team", id)
            .from(serde_json::json!({ "name": before.name }))
            .to(serde_json::json!({ "name": after.name }));
        Ok(Done { version: Some(after.version), view: TeamView::from(after), change })
    })
    .await
}
