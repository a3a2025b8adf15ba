//! The embedded web page, or a plain one where it was not built, and the headers that keep it honest.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::origin::name_of;
use super::refusal::Refusal;

/// What `npm run build` leaves; may be missing.
#[derive(RustEmbed)]
#[folder = "ui/dist"]
#[allow_missing = true]
struct Dist;

const PLAIN: &str = include_str!("plain.html");

/// Files whose name carries their content's hash never change.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// The page's file, ready compressed where the browser takes it.
pub async fn serve(method: Method, uri: Uri, headers: axum::http::HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    if method != Method::GET && method != Method::HEAD {
        return Refusal::NoSuchPage.into_response();
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or("");
    let compressed = accepted.contains("br").then(|| Dist::get(&format!("{path}.br"))).flatten();
    let encoding = compressed.is_some().then_some("br");
    let Some(file) = compressed.or_else(|| Dist::get(path)) else {
        return if path == "index.html" { html(PLAIN.into()) } else { Refusal::NoSuchPage.into_response() };
    };
    let keep = if path.starts_with("assets/") { FOREVER } else { "no-cache" };
    let kind = kind(path);
    let mut response =
        ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], file.data).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}

fn html(text: String) -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, kind("index.html"))], text).into_response()
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" | "webmanifest" => "application/json",
        "png" => "image/png",
        "ico" => "image/x-icon",
        _ => "application/octet-stream",
    }
}

/// Scripts, styles and connections only from the appliance itself and its ear, by the name under which it was asked.
fn content_security_policy(host: &str, answers: Answers) -> HeaderValue {
    let (name, ear_port) = (name_of(host), answers.ear.port());
    let scheme = if answers.secure { "wss" } else { "ws" };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'none'; \
         connect-src 'self' {scheme}://{name}:{ear_port}; worker-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// What headers say of this appliance.
#[derive(Debug, Clone, Copy)]
pub struct Answers {
    /// Where clients connect with sound.
    pub ear: SocketAddr,
    /// It is reached by https alone.
    pub secure: bool,
    /// Browsers may remember that: whoever does not have the certificate yet could not look it up any more.
    pub https_only: bool,
}

/// Half a year, as OWASP recommends at least.
const HTTPS_ONLY: &str = "max-age=15768000";

/// Sets the headers that every answer carries. What the API says is of persons, and kept by nobody between.
pub async fn harden(State(answers): State<Answers>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let policy = content_security_policy(host, answers);
    let personal = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if answers.https_only {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(HTTPS_ONLY));
    }
    if personal {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            header::HeaderName::from_static("permissions-policy"),
            "microphone=(self), camera=(), geolocation=(self)",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
