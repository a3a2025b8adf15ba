//! Signing in and out, invitations, and tokens for programs.

pub mod gate;

use std::net::SocketAddr;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{ConnectInfo, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::caller::{COOKIE, Caller, anybody};
use super::people::PersonView;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use super::{App, secrets};
use crate::audit::Change;
use crate::people::{Deed, Login, Person, Reach, Role, check_password};
use crate::store::people::NewPerson;
use crate::store::{self, Tx, sessions};
use crate::units::PersonId;

/// A program's token lasts so long unless it says otherwise.
const TOKEN_DAYS: u32 = 365;

const TOKEN_DAYS_MAX: u32 = 3650;

const DAY_MS: i64 = 24 * 3_600_000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show, begin, end))
        .routes(routes!(password))
        .routes(routes!(accept))
        .routes(routes!(tokens, add_token))
        .routes(routes!(revoke_token))
}

/// Who is here, and what they may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    /// Null before signing in, and for this machine's own user while nobody has an account.
    pub person: Option<PersonView>,
    /// `local` while nobody has an account, `nobody` before signing in.
    pub role: &'static str,
    /// To be sent as `x-csrf-token` with everything that changes something.
    pub csrf: Option<String>,
    /// Somebody has an account: others sign in.
    pub settled: bool,
    /// What the role may do, and how far it reaches.
    pub may: Vec<MayView>,
}

/// One deed and its reach.
#[derive(Debug, Serialize, ToSchema)]
pub struct MayView {
    /// In words, "read calls" for example.
    pub deed: &'static str,
    /// `own`, `team` or `all`.
    pub reach: &'static str,
}

/// `POST /api/v1/session`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub login: String,
    pub password: String,
}

/// `POST /api/v1/invitations/accept`. Login and name only for the first account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// The end of the link.
    pub secret: String,
    pub password: String,
    pub login: Option<String>,
    pub name: Option<String>,
}

/// `PUT /api/v1/session/password`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    pub old: String,
    pub new: String,
}

/// `POST /api/v1/tokens`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// How long it lasts; a year when left out, ten at most.
    pub days: Option<u32>,
}

/// A token for a program. `secret` is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    pub id: i64,
    pub name: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// `GET /api/v1/tokens`
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensView {
    pub items: Vec<TokenView>,
}

/// Who is here.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "session", responses(
    (status = 200, body = SessionView)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<SessionView>, Refusal> {
    let settled = anybody(&app).await?;
    Ok(Json(view(caller, settled)))
}

fn view(caller: Caller, settled: bool) -> SessionView {
    let reach = |deed: Deed| match caller.who.reach(deed) {
        Reach::Nothing => None,
        Reach::Own => Some("own"),
        Reach::Team => Some("team"),
        Reach::All => Some("all"),
    };
    let may = Deed::all().filter_map(|deed| Some(MayView { deed: deed.name(), reach: reach(deed)? }));
    SessionView {
        role: caller.who.role.name(),
        may: may.collect(),
        csrf: caller.csrf,
        person: caller.person.map(PersonView::from),
        settled,
    }
}

/// Signs in. The answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = SessionView),
    (status = 401, body = Problem, description = "wrong_password"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn begin(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: WriteRequest<SignIn>,
) -> Result<Response, Refusal> {
    let SignIn { login, password } = request.body;
    let now_ms = request.doing.now_ms;
    app.gate.enter(peer.ip(), &login, now_ms)?;
    let known = match login.parse::<Login>() {
        Ok(login) => app.store.read(move |db| store::people::password(db, &login)).await?,
        Err(_) => None,
    };
    let (person, kept) = known.unzip();
    let right = secrets::verify(password, kept).await?;
    let Some(person) = person.filter(|_| right) else { return Err(Refusal::WrongPassword) };
    app.gate.passed(peer.ip(), &login);
    signed_in(&app, now_ms, request.caller.session, move |tx| {
        let change = Change::of("session.begin", "person", person);
        Ok((store::people::one(tx, person)?, change))
    })
    .await
}

/// Makes a new session, never the one that was shown: a session that somebody planted in the browser stays worthless.
async fn signed_in(
    app: &App,
    now_ms: i64,
    old: Option<String>,
    who: impl FnOnce(&Tx) -> Result<(Person, Change), Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    let secret = secrets::secret();
    let (made, csrf) = (secret.clone(), sessions::csrf(&secret));
    let person = app.store.write(move |tx| {
        let (person, change) = who(tx)?;
        if let Some(old) = old {
            sessions::end(tx, &old)?;
        }
        sessions::begin(tx, person.id, &made, now_ms)?;
        store::audit::append(tx, &person.id.to_string(), now_ms, change)?;
        Ok::<_, Refusal>(person)
    });
    let caller = Caller { csrf: Some(csrf), ..Caller::of(person.await?) };
    let _ = app.settled.set(());
    Ok(([(header::SET_COOKIE, cookie(app, secret).to_string())], Json(view(caller, true))).into_response())
}

fn cookie(app: &App, secret: String) -> Cookie<'static> {
    let cookie = Cookie::build((COOKIE, secret)).path("/").http_only(true).same_site(SameSite::Strict);
    cookie.secure(app.secure).build()
}

fn no_cookie(app: &App) -> Cookie<'static> {
    let mut cookie = cookie(app, String::new());
    cookie.make_removal();
    cookie
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "session", responses((status = 204, description = "signed out")))]
pub async fn end(State(app): State<App>, request: WriteRequest<()>) -> Result<Response, Refusal> {
    let WriteRequest { caller, doing, .. } = request;
    let person = caller.person.ok_or(Refusal::NotSignedIn)?.id;
    let ended = app.act(doing, StatusCode::NO_CONTENT, move |tx| {
        if let Some(secret) = &caller.session {
            sessions::end(tx, secret)?;
        }
        Ok(Done { view: (), change: Change::of("session.end", "person", person), version: None })
    });
    let gone = [(header::SET_COOKIE, no_cookie(&app).to_string())];
    Ok((gone, ended.await?).into_response())
}

/// Sets the password of a new account through its link, and signs in. The first link, which the appliance prints, makes
/// the first account: an admin, whose own the calls are that were held before on this machine.
#[utoipa::path(post, path = "/api/v1/invitations/accept", tag = "session", request_body = Acceptance, responses(
    (status = 200, body = SessionView),
    (status = 410, body = Problem, description = "link_used_up"),
    (status = 422, body = Problem, description = "bad_login, bad_password, bad_field or bad_body"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn accept(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: WriteRequest<Acceptance>,
) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let now_ms = doing.now_ms;
    app.gate.enter(peer.ip(), "", now_ms)?;
    let first = body.login.map(|login| first_person(&login, body.name.as_deref())).transpose()?;
    // Before the link is used up, so that a password that is too short can be tried again.
    let login = match &first {
        Some(first) => first.login.clone(),
        None => "link".parse().map_err(Refusal::from)?,
    };
    check_password(&body.password, &login)?;
    let hash = secrets::hash(body.password).await?;
    let secret = body.secret;
    let (made, first_made) = tokio::sync::oneshot::channel();
    let answer = signed_in(&app, now_ms, caller.session, move |tx| {
        let invited = sessions::accept(tx, &secret, now_ms)?.ok_or(Refusal::LinkUsedUp)?;
        let (person, adopted) = match (invited, first) {
            (Some(person), _) => (person, None),
            (None, Some(first)) if !store::people::any(tx)? => {
                let person = store::people::insert(tx, &first, now_ms)?.id;
                (person, Some(store::calls::attribution::adopt(tx, person)?))
            }
            (None, Some(_)) => return Err(Refusal::LinkUsedUp),
            (None, None) => {
                return Err(Refusal::BadField("login", "the first account needs a login and a name"));
            }
        };
        store::people::set_password(tx, person, &hash)?;
        let person = store::people::one(tx, person)?;
        let mut facts = store::people::facts(&person);
        if let Some(adopted) = adopted {
            facts["adopted_calls"] = adopted.into();
            let _ = made.send(person.id);
        }
        let change = Change::of("person.accept", "person", person.id).to(facts);
        Ok((person, change))
    });
    let answer = answer.await?;
    app.gate.passed(peer.ip(), "");
    if let Ok(person) = first_made.await {
        app.live.adopt(person);
    }
    Ok(answer)
}

fn first_person(login: &str, name: Option<&str>) -> Result<NewPerson, Refusal> {
    let login: Login = login.parse()?;
    let name = super::people::named(name.unwrap_or(login.as_str()))?;
    Ok(NewPerson { login, name, role: Role::Admin, team: None })
}

/// Changes the own password. Every session ends; the answer signs in anew.
#[utoipa::path(put, path = "/api/v1/session/password", tag = "session", request_body = NewPassword, responses(
    (status = 200, body = SessionView),
    (status = 401, body = Problem, description = "wrong_password"),
    (status = 422, body = Problem, description = "bad_password or bad_body"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn password(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: WriteRequest<NewPassword>,
) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let person = caller.person.ok_or(Refusal::NotSignedIn)?;
    app.gate.enter(peer.ip(), person.login.as_str(), doing.now_ms)?;
    let login = person.login.clone();
    let known = app.store.read(move |db| store::people::password(db, &login)).await?;
    if !secrets::verify(body.old, known.map(|(_, kept)| kept)).await? {
        return Err(Refusal::WrongPassword);
    }
    app.gate.passed(peer.ip(), person.login.as_str());
    check_password(&body.new, &person.login)?;
    let hash = secrets::hash(body.new).await?;
    signed_in(&app, doing.now_ms, caller.session, move |tx| {
        store::people::set_password(tx, person.id, &hash)?;
        Ok((store::people::one(tx, person.id)?, Change::of("person.password", "person", person.id)))
    })
    .await
}

/// The own tokens.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "session", operation_id = "tokens", responses(
    (status = 200, body = TokensView)))]
pub async fn tokens(State(app): State<App>, caller: Caller) -> Result<Json<TokensView>, Refusal> {
    let person = myself(&caller)?;
    let tokens = app.store.read(move |db| sessions::tokens(db, person)).await.map_err(Refusal::from)?;
    Ok(Json(TokensView { items: tokens.into_iter().map(|token| token_view(token, None)).collect() }))
}

/// Makes a token for a program that acts as its owner. Its secret is in the answer, and nowhere after.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "session", request_body = NewToken, responses(
    (status = 201, body = TokenView),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn add_token(State(app): State<App>, request: WriteRequest<NewToken>) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let person = myself(&caller)?;
    let name = super::people::named(&body.name)?;
    let days = body.days.unwrap_or(TOKEN_DAYS);
    if !(1..=TOKEN_DAYS_MAX).contains(&days) {
        return Err(Refusal::BadField("days", "a token lasts 1 to 3650 days"));
    }
    let now_ms = doing.now_ms;
    let secret = format!("ut_{}", secrets::secret());
    app.act(doing.unkept(), StatusCode::CREATED, move |tx| {
        let token =
            sessions::add_token(tx, person, &secret, &name, now_ms, now_ms + i64::from(days) * DAY_MS)?;
        let change = Change::of("token.create", "token", token.id);
        Ok(Done { view: token_view(token, Some(secret)), change, version: None })
    })
    .await
}

/// Makes a token worthless at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "session", params(("id" = i64, Path)), responses(
    (status = 204, description = "gone"), (status = 404, body = Problem, description = "missing")))]
pub async fn revoke_token(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let person = myself(&request.caller)?;
    app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        sessions::revoke_token(tx, person, id)?;
        Ok(Done { view: (), change: Change::of("token.revoke", "token", id), version: None })
    })
    .await
}

fn myself(caller: &Caller) -> Result<PersonId, Refusal> {
    caller.who.person.ok_or(Refusal::NotSignedIn)
}

fn token_view(token: sessions::Token, secret: Option<String>) -> TokenView {
    let sessions::Token { id, name, created_ms, expires_ms } = token;
    TokenView { id, name, created_ms, expires_ms, secret }
}
