//! The HTTP border: requests in -> views out. One file per resource; no rule lives here.

mod audience;
mod calls;
mod devices;
mod health;
mod page;
mod refusal;
mod show;
mod stream;
pub mod views;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::live::Live;

/// Longer request bodies are refused; the largest real one has about 200 bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What every handler can reach.
#[derive(Clone)]
pub struct App {
    pub live: Arc<Live>,
    /// Where clients connect with sound.
    pub ear: SocketAddr,
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Undertone", description = "How a conversation moves, measured live. No sound is stored."),
    components(schemas(
        views::TickView,
        views::EventView,
        views::SnapshotView,
        views::StateView,
        views::LevelView,
        views::LevelProblemView,
        refusal::Problem
    ))
)]
struct Document;

fn resources() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(calls::list, calls::open))
        .routes(routes!(calls::one))
        .routes(routes!(calls::ticket))
        .routes(routes!(calls::stop))
        .routes(routes!(calls::withdraw))
        .routes(routes!(calls::summary))
        .routes(routes!(calls::receipt))
        .routes(routes!(stream::updates))
        .routes(routes!(devices::list))
        .routes(routes!(devices::level))
        .routes(routes!(health::sandbox))
}

/// The description of the API, as `GET /api/v1/openapi.json` answers it.
pub fn openapi_json() -> String {
    resources().into_openapi().to_pretty_json().expect("the description is plain data")
}

/// Everything that the desk answers.
pub fn router(app: App) -> Router {
    let (resources, _) = resources().split_for_parts();
    let openapi = openapi_json();
    let csp = page::content_security_policy(app.ear);
    resources
        .route("/api/v1/openapi.json", get(async || ([("content-type", "application/json")], openapi)))
        .route("/api/{*rest}", get(async || refusal::Refusal::NoSuchPage))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(page::serve)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(audience::check))
        .layer(middleware::from_fn_with_state(csp, page::harden))
        .with_state(app)
}
