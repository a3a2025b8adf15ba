//! What the page's port says to who speaks plain HTTP to it: how the appliance's authority is installed, and where it is
//! by https. It knows nobody and shows nothing of anybody.

use std::sync::Arc;

use axum::Router;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;

use super::language::{self, prefers_chinese};
use super::origin;
use super::problem::problem;
use super::qr::qr;
use super::refusal::{Refusal, Told};
use super::transport::Transport;

/// Said to who writes by plain HTTP.
const NOT_BY_HTTP: &str = "this appliance speaks https: what came by http may have been read on its way; send it to \
                           https://, and change any password or token that was in it";

const ZH: &str = include_str!("zh.html");
const EN: &str = include_str!("en.html");
const STYLE: &str = include_str!("style.css");

#[derive(Debug)]
struct Own {
    pem: String,
    name: String,
    fingerprint: String,
}

/// Everything that is answered to plain HTTP where the appliance speaks TLS.
pub fn router(transport: &Transport, public_host: Option<String>) -> Router {
    let router = match transport {
        Transport::OwnAuthority { pem, name, fingerprint } => {
            let own = Own { pem: pem.clone(), name: name.clone(), fingerprint: fingerprint.clone() };
            let style = get(async || ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE));
            Router::new()
                .route("/", get(page))
                .route("/authority.crt", get(file))
                .route("/install.css", style)
                .with_state(Arc::new(own))
        }
        Transport::Plain | Transport::Certificate { .. } => Router::new(),
    };
    router
        .fallback(to_https)
        .layer(middleware::from_fn_with_state(public_host, origin::check))
        .layer(middleware::from_fn(language::translate))
        .layer(middleware::from_fn(harden))
}

/// The same address by https. What changes something is refused: it has been read by the whole network already, and
/// whoever sent it must learn that.
async fn to_https(method: Method, OriginalUri(uri): OriginalUri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        let told = Told { code: "not_by_http", ..Told::default() };
        return problem(StatusCode::FORBIDDEN, NOT_BY_HTTP.into(), told, |said| &said.en);
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let to = HeaderValue::try_from(format!("https://{}{path}", host(&headers)));
    let Ok(to) = to else { return Refusal::NoSuchPage.into_response() };
    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response()
}

async fn page(State(own): State<Arc<Own>>, headers: HeaderMap) -> Html<String> {
    let page = if prefers_chinese(&headers) { ZH } else { EN };
    let host = host(&headers);
    let system = headers.get(header::USER_AGENT).and_then(|text| text.to_str().ok()).map_or("", system);
    let picture = qr(&format!("http://{host}/")).unwrap_or_default();
    // The picture begins with words for a file of its own.
    let picture = picture.find("<svg").map_or("", |at| &picture[at..]);
    let page = page
        .replace("{host}", &escaped(host))
        .replace("{name}", &escaped(&own.name))
        .replace("{fingerprint}", &own.fingerprint)
        .replace("{qr}", picture)
        .replace(&format!("<details id=\"{system}\">"), &format!("<details id=\"{system}\" open>"));
    Html(page)
}

async fn file(State(own): State<Arc<Own>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/x-x509-ca-cert"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"undertone-authority.crt\""),
    ];
    (headers, own.pem.clone()).into_response()
}

/// Whose steps are shown first. The page of an iPad says that it is a Mac: both are there to be opened.
fn system(agent: &str) -> &'static str {
    let has = |word| agent.contains(word);
    if has("iPhone") || has("iPad") {
        "ios"
    } else if has("Android") || has("HarmonyOS") || has("OpenHarmony") {
        "android"
    } else if has("Windows") {
        "windows"
    } else if has("Mac OS") {
        "macos"
    } else {
        "linux"
    }
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_system_finds_its_steps_in_both_languages() {
        for (agent, want) in [
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)", "ios"),
            ("Mozilla/5.0 (Linux; Android 15; Pixel 9)", "android"),
            ("Mozilla/5.0 (Phone; OpenHarmony 5.0)", "android"),
            ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "windows"),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "macos"),
            ("curl/8.5", "linux"),
        ] {
            assert_eq!(system(agent), want, "{agent}");
            for page in [ZH, EN] {
                assert_eq!(page.matches(&format!("<details id=\"{want}\">")).count(), 1, "{want}");
            }
        }
    }
}
