//! Whether the appliance lives, whether it is ready, what it has counted and how firmly the ear is held.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::calls::render;
use super::calls::views::{ReadyView, SandboxView};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sandbox))
}

/// 200 when calls can be heard and kept; 503 while the ear restarts, the database is damaged or the disk full.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<ReadyView>) {
    let (ear, condition) = (app.live.ear.is_up(), app.condition());
    let well = ear && condition.is_usable();
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let troubles = condition.troubles().into_iter().map(|trouble| trouble.code).collect();
    (status, Json(ReadyView { ear, troubles }))
}

/// OpenMetrics text.
pub async fn metrics(State(app): State<App>) -> ([(&'static str, &'static str); 1], String) {
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([("content-type", kind)], app.live.figures.text())
}

/// The walls around the ear and what happened when it tried each of them.
#[utoipa::path(get, path = "/api/v1/sandbox", tag = "trust", responses((status = 200, body = SandboxView)))]
pub async fn sandbox(State(app): State<App>) -> Json<SandboxView> {
    Json(render::sandbox(app.live.ear.sandbox()))
}
