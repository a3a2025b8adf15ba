//! Which names the appliance answers to, and that no page of another site speaks to it.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

/// A name that is neither this machine's own, nor an address, nor the one it was given, may be a foreign one that was
/// made to resolve to it (DNS rebinding): it reads nothing. And no foreign page starts or stops a call.
pub async fn check(State(public_host): State<Option<String>>, request: Request, next: Next) -> Response {
    match refuse(&request, public_host.as_deref()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

fn refuse(request: &Request, public_host: Option<&str>) -> Option<Refusal> {
    let headers = request.headers();
    // Of two hosts a proxy may have looked at the other one.
    let hosts = headers.get_all(header::HOST).iter().count();
    let named = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    if hosts != 1 || named.is_some_and(|named| headers.get(header::HOST).is_some_and(|host| host != named)) {
        return Some(Refusal::ManyHosts);
    }
    refuse_names(headers, public_host)
}

fn refuse_names(headers: &HeaderMap, public_host: Option<&str>) -> Option<Refusal> {
    let text = |name| headers.get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback(host) && !is_address(host) && public_host != Some(host) {
        return Some(Refusal::ForeignHost(host.chars().take(80).collect()));
    }
    let origin = text(header::ORIGIN)?;
    let same = origin.split_once("://").is_some_and(|(_, origin_host)| origin_host == host);
    (!same).then(|| Refusal::ForeignOrigin(origin.chars().take(80).collect()))
}

/// A host without its port.
pub fn name_of(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

/// An address names one machine and cannot be made to resolve to another.
fn is_address(host: &str) -> bool {
    let name = name_of(host);
    name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().is_ok()
}

pub fn is_loopback(host: &str) -> bool {
    matches!(name_of(host), "localhost" | "127.0.0.1" | "[::1]")
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
        assert_eq!(refuse_names(&headers, Some("hints.example")).is_none(), answered, "{host} {origin:?}");
    }

    #[test]
    fn this_machine_is_answered() {
        check("127.0.0.1:7070", None, true);
        check("localhost:7070", Some("http://localhost:7070"), true);
        check("[::1]:7070", None, true);
        check("localhost", None, true);
        check("192.168.1.7:7070", Some("http://192.168.1.7:7070"), true);
        check("[fd00::7]:7070", None, true);
        check("hints.example", Some("https://hints.example"), true);
    }

    #[test]
    fn a_request_names_one_host() {
        let answered = |uri: &str, hosts: &[&str]| {
            let mut request = Request::builder().uri(uri);
            for host in hosts {
                request = request.header(header::HOST, *host);
            }
            refuse(&request.body(axum::body::Body::empty()).unwrap(), None).is_none()
        };
        assert!(answered("/", &["localhost"]) && answered("http://localhost/", &["localhost"]));
        assert!(!answered("/", &[]) && !answered("/", &["localhost", "localhost"]));
        assert!(!answered("http://evil.example/", &["localhost"]));
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
