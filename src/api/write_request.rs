//! A request that changes something: who asks, what they send, and whether they sent it before.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::App;
use super::body;
use super::caller::Caller;
use super::refusal::Refusal;
use crate::audit::Change;
use crate::sheets::XLSX;
use crate::store::idempotency;

/// A longer key is no key.
const KEY_BYTES_MAX: usize = 128;

/// Who asks; for handlers that read.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut axum::http::request::Parts, _: &S) -> Result<Self, Refusal> {
        parts.extensions.get().cloned().ok_or(Refusal::NotSignedIn)
    }
}

/// Who asks for a change, what for, and the key under which it is asked once.
pub struct WriteRequest<T> {
    pub caller: Caller,
    pub body: T,
    pub doing: Doing,
}

/// What is needed to do something once.
#[derive(Debug, Clone)]
pub struct Doing {
    pub actor: String,
    pub now_ms: i64,
    /// The version of the record that the client has seen (`If-Match`).
    pub seen: Option<i64>,
    pub(super) request: Option<idempotency::Request>,
}

/// What was done, as it is answered and written down.
pub struct Done<V> {
    pub view: V,
    pub change: Change,
    /// The record's version, for its `ETag`.
    pub version: Option<i64>,
}

/// What was done and is written down already, as it is answered.
pub struct Recorded<V> {
    pub view: V,
    /// The record's version, for its `ETag`.
    pub version: Option<i64>,
    /// What kind of thing it is about, and which: with it goes the kept answer.
    pub about: (&'static str, String),
}

/// As [`Asked`], with the body as it was sent.
pub struct RawWriteRequest {
    pub caller: Caller,
    pub bytes: Bytes,
    pub doing: Doing,
    kind: String,
}

impl RawWriteRequest {
    /// Refuses a body of another kind; no form of another site can send one of these.
    ///
    /// # Errors
    /// The `Content-Type` is another.
    pub fn must_be(&self, kind: &'static str) -> Result<(), Refusal> {
        if self.is(kind) { Ok(()) } else { Err(Refusal::BadKind(kind)) }
    }

    /// Refuses a body that is no table.
    ///
    /// # Errors
    /// The `Content-Type` is another.
    pub fn must_be_table(&self) -> Result<(), Refusal> {
        let is_table = self.is("text/csv") || self.is(XLSX);
        if is_table { Ok(()) } else { Err(Refusal::BadKind("text/csv or an Excel table's (.xlsx)")) }
    }

    /// Whether the body says that it is of this kind.
    pub fn is(&self, kind: &str) -> bool {
        self.kind.starts_with(kind)
    }
}

impl FromRequest<App> for RawWriteRequest {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let caller: Caller = request.extensions().get().cloned().ok_or(Refusal::NotSignedIn)?;
        let (parts, sent) = request.into_parts();
        let target = format!("{} {}", parts.method, parts.uri);
        let headers = parts.headers.clone();
        let bytes = body::read(Request::from_parts(parts, sent), &app.bodies, caller.known()).await?;
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
        let doing = Doing {
            actor: caller.actor(),
            now_ms: app.now_ms(),
            seen: seen(&headers)?,
            request: request_of(&headers, &caller, &target, &bytes)?,
        };
        Ok(Self { caller, bytes, doing, kind: kind.to_owned() })
    }
}

impl<T: DeserializeOwned> FromRequest<App> for WriteRequest<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, app: &App) -> Result<Self, Refusal> {
        let sent = RawWriteRequest::from_request(request, app).await?;
        let body = json(&sent)?;
        Ok(Self { caller: sent.caller, body, doing: sent.doing })
    }
}

/// An empty body reads as null; any other must say that it is JSON, which no form of another site can.
fn json<T: DeserializeOwned>(sent: &RawWriteRequest) -> Result<T, Refusal> {
    if sent.bytes.is_empty() {
        return Ok(Json::from_bytes(b"null")?.0);
    }
    if !sent.kind.starts_with("application/json") {
        return Err(Refusal::BadBody(JsonRejection::MissingJsonContentType(Default::default())));
    }
    Ok(Json::from_bytes(&sent.bytes)?.0)
}

fn seen(headers: &HeaderMap) -> Result<Option<i64>, Refusal> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default();
    let version = text.trim_matches('"').strip_prefix('v').and_then(|version| version.parse().ok());
    version.map(Some).ok_or(Refusal::BadIfMatch)
}

fn request_of(
    headers: &HeaderMap,
    caller: &Caller,
    target: &str,
    body: &Bytes,
) -> Result<Option<idempotency::Request>, Refusal> {
    let Some(key) = headers.get("idempotency-key") else { return Ok(None) };
    let key = key.to_str().ok().filter(|key| !key.is_empty() && key.len() <= KEY_BYTES_MAX);
    let key = key.ok_or(Refusal::BadIdempotencyKey)?.to_owned();
    let hash = Sha256::new().chain_update(target).chain_update([0]).chain_update(body).finalize();
    Ok(Some(idempotency::Request { actor: caller.actor(), key, hash: hash.into() }))
}

impl Doing {
    /// The answer holds a secret: it is not kept, so the same key does it again.
    pub fn unkept(self) -> Self {
        Self { request: None, ..self }
    }

    /// Whether the client has seen the record as it is.
    ///
    /// # Errors
    /// It has seen another version, or does not say which.
    pub fn saw(&self, entity: &'static str, version: i64) -> Result<(), Refusal> {
        match self.seen {
            None => Err(Refusal::NoIfMatch),
            Some(seen) if seen == version => Ok(()),
            Some(_) => Err(crate::store::Error::Stale(entity).into()),
        }
    }
}

/// A record's version as an entity tag.
pub fn etag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"v{version}\"")).expect("digits are visible")
}
