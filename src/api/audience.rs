//! Who is answered: pages and programs of this machine, and no page of another site that runs in its browser.

use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

/// Until there are accounts only loopback names are answered, so that a foreign name that resolves to loopback (DNS
/// rebinding) reads nothing, and a foreign page cannot start or stop a call.
pub async fn check(request: Request, next: Next) -> Response {
    match refuse(request.headers()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

fn refuse(headers: &HeaderMap) -> Option<Refusal> {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback(host) {
        return Some(Refusal::ForeignHost(host.chars().take(80).collect()));
    }
    let origin = text(header::ORIGIN)?;
    let same = origin.split_once("://").is_some_and(|(_, origin_host)| origin_host == host);
    (!same).then(|| Refusal::ForeignOrigin(origin.chars().take(80).collect()))
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, origin: Option<&str>, answered: bool) {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        assert_eq!(refuse(&headers).is_none(), answered, "{host} {origin:?}");
    }

    #[test]
    fn this_machine_is_answered() {
        check("127.0.0.1:7070", None, true);
        check("localhost:7070", Some("http://localhost:7070"), true);
        check("[::1]:7070", None, true);
        check("localhost", None, true);
    }

    #[test]
    fn foreign_names_and_pages_are_not() {
        check("evil.example:7070", None, false);
        check("", None, false);
        check("127.0.0.1:7070", Some("https://evil.example"), false);
        check("127.0.0.1:7070", Some("null"), false);
        check("127.0.0.1:7070", Some("http://127.0.0.1:9999"), false);
    }
}
