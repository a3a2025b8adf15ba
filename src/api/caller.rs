//! Who asks: a browser's session, a program's token, or, before anybody has an account, this machine's own user.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use subtle::ConstantTimeEq;

use super::App;
use super::origin::is_loopback;
use super::refusal::Refusal;
use crate::people::{Person, Role, Who};
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
    /// The secret of the browser's session, to end it.
    pub session: Option<String>,
    pub csrf: Option<String>,
}

impl Caller {
    /// Somebody who has not signed in.
    pub const NOBODY: Self = Self { who: Who::NOBODY, person: None, session: None, csrf: None };

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
        let who = Who { person: Some(person.id), role: person.role, team: person.team };
        Self { who, person: Some(person), session: None, csrf: None }
    }
}

/// Finds out who asks. A session changes nothing without its token; a token or a session that is not known is nobody.
pub async fn identify(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    match caller(&app, peer, request.method(), request.headers()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(refusal) => refusal.into_response(),
    }
}

async fn caller(
    app: &App,
    peer: SocketAddr,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Caller, Refusal> {
    let now_ms = app.now_ms();
    if let Some(token) = bearer(headers) {
        let known = app.store.read(move |db| sessions::token(db, &token, now_ms)).await?;
        return known.map(Caller::of).ok_or(Refusal::BadToken);
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
            return Ok(Caller { session: Some(secret), csrf, ..Caller::of(known.person) });
        }
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if peer.ip().is_loopback() && is_loopback(host) && !anybody(app).await? {
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
