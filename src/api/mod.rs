//! The HTTP border: requests in -> views out. A folder per resource, each with its routes; no rule lives here.

mod act;
pub mod app;
mod audit;
mod board;
mod body;
mod caller;
pub mod calls;
mod credit;
mod dates;
mod devices;
mod effects;
mod enrolments;
mod erase;
mod events;
mod field_rules;
pub mod guard;
mod health;
mod install;
mod language;
mod location;
mod map;
mod network;
mod notices;
mod openapi;
mod origin;
mod page;
mod pass;
mod people;
mod pictures;
mod places;
mod playbooks;
mod positions;
mod problem;
mod qr;
mod reference;
mod refusal;
mod revisions;
mod secrets;
mod session;
mod sites;
mod streams;
mod studies;
mod tables;
mod transport;
mod trust;
mod turns;
mod visits;
mod webhooks;
mod words;
mod write_request;

pub use app::{App, Reach};
pub use install::router as install_router;
pub use network::Range;
pub use origin::name_of;
pub use places::{Places, Standing};
pub use transport::Transport;

use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use axum::{Router, middleware};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Longer request bodies are refused; the largest real one has about 200 bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(title = "Undertone", description = "How a conversation moves, measured live. No sound is stored."),
    components(schemas(
        calls::views::TickView,
        calls::views::EventView,
        calls::views::SnapshotView,
        calls::views::StateView,
        calls::views::LevelView,
        calls::views::LevelProblemView,
        calls::coaching::views::HintView,
        calls::coaching::views::ObjectionView,
        refusal::Problem
    ))
)]
struct Document;

fn resources() -> OpenApiRouter<App> {
    let resources = [
        calls::routes(),
        playbooks::routes(),
        studies::routes(),
        board::routes(),
        devices::routes(),
        health::routes(),
        session::routes(),
        people::routes(),
        audit::routes(),
        events::routes(),
        webhooks::routes(),
        revisions::routes(),
        erase::routes(),
        notices::routes(),
        credit::routes(),
        dates::routes(),
        trust::routes(),
        positions::routes(),
        location::routes(),
        enrolments::routes(),
        visits::routes(),
        sites::routes(),
        map::routes(),
        tables::routes(),
    ];
    resources.into_iter().fold(OpenApiRouter::with_openapi(Document::openapi()), OpenApiRouter::merge)
}

/// The description of the API, as `GET /api/v1/openapi.json` answers it.
pub fn openapi_json() -> String {
    openapi::complete(resources().into_openapi()).to_pretty_json().expect("the description is plain data")
}

/// Everything that the desk answers.
pub fn router(app: App) -> Router {
    let (resources, _) = resources().split_for_parts();
    let openapi = openapi_json();
    let reference = reference::page(&serde_json::from_str(&openapi).unwrap_or_default());
    let identify = middleware::from_fn_with_state(app.clone(), caller::identify);
    let answers = page::Answers { ear: app.ear, secure: app.secure, https_only: app.https_only };
    resources
        .route_layer(middleware::from_fn(guard::check))
        .route_layer(identify)
        .route("/api/v1/openapi.json", get(async || ([("content-type", "application/json")], openapi)))
        .route("/api/v1/docs", get(async || axum::response::Html(reference)))
        .route(
            "/api/v1/docs.css",
            get(async || ([("content-type", "text/css; charset=utf-8")], reference::STYLE)),
        )
        .route("/api/{*rest}", get(async || refusal::Refusal::NoSuchPage))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .fallback(page::serve)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.public_host.clone(), origin::check))
        .layer(middleware::from_fn(language::translate))
        .layer(middleware::from_fn_with_state(answers, page::harden))
        .with_state(app)
}
