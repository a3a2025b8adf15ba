//! Who asks: a browser's session, a program's token, or, before anybody has an account, this machine's own user.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use subtle::ConstantTimeEq;

use super::App;
use super::network::Visitor;
use super::origin::is_loopback;
use super::places::{Known, Standing};
use super::refusal::Refusal;
use crate::people::{Person, Role, Scope, Who};
use crate::store::{self, sessions};

/// The browser's cookie.
pub const COOKIE: &str = "undertone";

/// What a page shows beside its cookie to change something; no page of another site can read it.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// Who asks, put into every request before its handler.
#[derive(Debug, Clone)]
pub struct Caller {
    pub who: Who,
    /// `None` for nobody and for the machine's own user.
    pub person: Option<Person>,
    /// What this was found out from.
    pub shown: Shown,
    pub csrf: Option<String>,
}

/// What somebody shows to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    Nothing,
    /// The secret of a browser's session.
    Session(String),
    /// The secret of a program's token.
    Token(String),
}

impl Caller {
    /// Somebody who has not signed in.
    pub const NOBODY: Self = Self { who: Who::NOBODY, person: None, shown: Shown::Nothing, csrf: None };

    /// The name under which the audit log knows this caller.
    pub fn actor(&self) -> String {
        match self.who.person {
            Some(person) => person.to_string(),
            None if self.who.role == Role::Local => "local".into(),
            None => "nobody".into(),
        }
    }

    /// Somebody with an account.
    pub fn of(person: Person) -> Self {
        let who = Who { person: Some(person.id), role: person.role, team: person.team, scope: Scope::ALL };
        Self { who, person: Some(person), shown: Shown::Nothing, csrf: None }
    }

    /// The same with a token that is for these deeds only.
    pub fn scoped(mut self, scopes: Option<&[String]>) -> Self {
        if let Some(scopes) = scopes {
            self.who.scope = Scope::of(scopes.iter().filter_map(|deed| deed.parse().ok()));
        }
        self
    }

    /// The secret of the browser's session, to end it.
    pub fn session(&self) -> Option<String> {
        match &self.shown {
            Shown::Session(secret) => Some(secret.clone()),
            _ => None,
        }
    }

    /// Whose connections and bodies these are; `None` for strangers.
    pub fn known(&self) -> Option<Known> {
        match (self.who.person, self.who.role) {
            (Some(person), _) => Some(Known::Person(person)),
            (None, Role::Local) => Some(Known::Local),
            (None, _) => None,
        }
    }
}

/// Finds out who asks. A session changes nothing without its token; a token or a session that is not known is nobody.
pub async fn identify(
    State(app): State<App>,
    visitor: Visitor,
    mut request: Request,
    next: Next,
) -> Response {
    match caller(&app, visitor, request.method(), request.headers()).await {
        Ok(caller) => {
            let standing = request.extensions().get::<Standing>();
            let belongs = |(standing, whom): (&Standing, Known)| standing.belongs_to(whom);
            if standing.zip(caller.known()).map(belongs) == Some(false) {
                return Refusal::TooManyOpen.into_response();
            }
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn caller(
    app: &App,
    visitor: Visitor,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, Refusal> {
    let now_ms = app.now_ms();
    if let Some(token) = bearer(headers) {
        let asked = token.clone();
        let known = app.store.read(move |db| sessions::token(db, &asked, now_ms)).await?;
        let known = known.ok_or(Refusal::BadToken)?;
        let caller = Caller::of(known.person).scoped(known.scopes.as_deref());
        return Ok(Caller { shown: Shown::Token(token), ..caller });
    }
    if let Some(cookie) = CookieJar::from_headers(headers).get(COOKIE) {
        let secret = cookie.value().to_owned();
        let asked = secret.clone();
        if let Some(known) = app.store.read(move |db| sessions::known(db, &asked, now_ms)).await? {
            if !method.is_safe() && !shows(headers, &known.csrf) {
                return Err(Refusal::NoCsrf);
            }
            if known.stale {
                let used = secret.clone();
                app.store.write(move |tx| sessions::seen(tx, &used, now_ms)).await?;
            }
            let csrf = Some(known.csrf);
            return Ok(Caller { shown: Shown::Session(secret), csrf, ..Caller::of(known.person) });
        }
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    // What somebody has forwarded need not come from this machine.
    let here = visitor.address.is_loopback() && !visitor.forwarded && is_loopback(host);
    if here && !anybody(app).await? {
        return Ok(Caller { who: Who::LOCAL, ..Caller::NOBODY });
    }
    Ok(Caller::NOBODY)
}

fn shows(headers: &HeaderMap, csrf: &str) -> bool {
    let shown = headers.get(CSRF_HEADER).map_or(&b""[..], |value| value.as_bytes());
    shown.ct_eq(csrf.as_bytes()).into()
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::to_owned)
}

/// Whether anybody has an account. Once somebody has, it stays so.
pub async fn anybody(app: &App) -> Result<bool, Refusal> {
    if app.settled.get().is_some() {
        return Ok(true);
    }
    let any = app.store.read(store::people::any).await?;
    if any {
        let _ = app.settled.set(());
    }
    Ok(any)
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.ok_or_else(|| Refusal::Broken("a request has no other end".into()))?;
        Ok(Self::of(peer.0.ip(), &parts.headers, &app.trusted_proxies))
    }
}
