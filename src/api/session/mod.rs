//! Signing in and out, invitations, and tokens for programs.

pub mod device;
pub mod gate;
mod tokens;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::device::DEVICE_COOKIE;
use self::gate::{Attempt, Kind};
use super::caller::{COOKIE, Caller, anybody};
use super::network::Visitor;
use super::people::PersonView;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use super::{App, secrets};
use crate::audit::Change;
use crate::people::{Deed, Login, Person, Reach, Role, check_password};
use crate::store::people::NewPerson;
use crate::store::{self, Tx, sessions};
use crate::units::{PersonId, Zone};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show, begin, end))
        .routes(routes!(password))
        .routes(routes!(accept))
        .routes(routes!(tokens::tokens, tokens::add_token))
        .routes(routes!(tokens::revoke_token))
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
    /// The organisation's, a name of the IANA database: when its days and weeks begin.
    pub time_zone: String,
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

/// Who is here.
#[utoipa::path(get, path = "/api/v1/session", tag = "session", operation_id = "session", responses(
    (status = 200, body = SessionView)))]
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<SessionView>, Refusal> {
    let settled = anybody(&app).await?;
    let zone = app.store.read(store::zone::of).await?;
    Ok(Json(view(caller, settled, zone)))
}

fn view(caller: Caller, settled: bool, zone: Zone) -> SessionView {
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
        time_zone: zone.to_string(),
    }
}

/// Signs in. The answer sets the session's cookie.
#[utoipa::path(post, path = "/api/v1/session", tag = "session", request_body = SignIn, responses(
    (status = 200, body = SessionView),
    (status = 401, body = Problem, description = "wrong_password"),
    (status = 429, body = Problem, description = "too_many_attempts")))]
pub async fn begin(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    request: WriteRequest<SignIn>,
) -> Result<Response, Refusal> {
    let SignIn { login, password } = request.body;
    let now_ms = request.doing.now_ms;
    let login = login.parse::<Login>().ok();
    let attempt = attempt(&app, visitor, &headers, login.as_ref());
    tokio::time::sleep(app.gate.enter(&attempt, now_ms)?).await;
    let known = match login {
        Some(login) => app.store.read(move |db| store::people::password(db, &login)).await?,
        None => None,
    };
    let (person, kept) = known.unzip();
    let right = secrets::verify(password, kept).await?;
    let Some(person) = person.filter(|_| right) else { return Err(Refusal::WrongPassword) };
    app.gate.passed(&attempt);
    signed_in(&app, now_ms, request.caller.session(), move |tx| {
        let change = Change::of("session.begin", "person", person);
        Ok((store::people::one(tx, person)?, change))
    })
    .await
}

/// Who tries to sign in. Names that nobody can have are one account, so that they fill no counters.
fn attempt(app: &App, visitor: Visitor, headers: &HeaderMap, login: Option<&Login>) -> Attempt {
    let cookies = CookieJar::from_headers(headers);
    let shown = cookies.get(DEVICE_COOKIE).map(Cookie::value);
    let device = login.zip(shown).and_then(|(login, shown)| app.device_key.known(login, shown));
    let account = login.map_or_else(String::new, ToString::to_string);
    Attempt { account, network: visitor.network(), device }
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
        Ok::<_, Refusal>((person, store::zone::of(tx)?))
    });
    let (person, zone) = person.await?;
    let caller = Caller { csrf: Some(csrf), ..Caller::of(person) };
    if app.settled.set(()).is_ok() {
        app.streams.look_again();
    }
    let device = caller.person.as_ref().map(|person| app.device_key.cookie(&person.login, app.secure));
    let cookies = std::iter::once(cookie(app, secret)).chain(device);
    let cookies = cookies.map(|cookie| (header::SET_COOKIE, cookie.to_string())).collect::<Vec<_>>();
    Ok((AppendHeaders(cookies), Json(view(caller, true, zone))).into_response())
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
    let person = myself(&caller)?;
    let session = caller.session();
    app.store.make_room();
    let ended = app.act(doing, StatusCode::NO_CONTENT, move |tx| {
        if let Some(secret) = session {
            sessions::end(tx, &secret)?;
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
    visitor: Visitor,
    request: WriteRequest<Acceptance>,
) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let now_ms = doing.now_ms;
    let shown = body.secret.clone();
    if !app.store.read(move |db| sessions::is_link(db, &shown, now_ms)).await? {
        app.gate.missed(Kind::Link, visitor.network(), now_ms)?;
        return Err(Refusal::LinkUsedUp);
    }
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
    let answer = signed_in(&app, now_ms, caller.session(), move |tx| {
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
    visitor: Visitor,
    headers: HeaderMap,
    request: WriteRequest<NewPassword>,
) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let session = caller.session();
    let person = caller.person.ok_or(Refusal::NotSignedIn)?;
    let attempt = attempt(&app, visitor, &headers, Some(&person.login));
    tokio::time::sleep(app.gate.enter(&attempt, doing.now_ms)?).await;
    let login = person.login.clone();
    let known = app.store.read(move |db| store::people::password(db, &login)).await?;
    if !secrets::verify(body.old, known.map(|(_, kept)| kept)).await? {
        return Err(Refusal::WrongPassword);
    }
    app.gate.passed(&attempt);
    check_password(&body.new, &person.login)?;
    let hash = secrets::hash(body.new).await?;
    signed_in(&app, doing.now_ms, session, move |tx| {
        store::people::set_password(tx, person.id, &hash)?;
        Ok((store::people::one(tx, person.id)?, Change::of("person.password", "person", person.id)))
    })
    .await
}

fn myself(caller: &Caller) -> Result<PersonId, Refusal> {
    caller.who.person.ok_or(Refusal::NotSignedIn)
}
