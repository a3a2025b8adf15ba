//! Records of every table: one set of routes for all of them. What a table is, and who may do what with it, its
//! definition says.

mod batch;
pub mod definitions;
mod desk;
mod export;
mod files;
mod import;
pub mod kinds;
mod list;
mod names;
mod query;
mod refusals;
mod saved_views;
mod schema;
mod sum;
mod trail;
mod views;
mod write;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::refusal::Refusal;
pub use desk::Desk;
pub use import::Imports;
use saved_views::Viewer;
use views::TablesView;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(tables))
        .routes(routes!(described))
        .routes(routes!(list::list, write::create).layer(DefaultBodyLimit::max(write::RECORD_BYTES_MAX)))
        .routes(
            routes!(list::one, write::change, write::delete)
                .layer(DefaultBodyLimit::max(write::RECORD_BYTES_MAX)),
        )
        .routes(routes!(write::restore))
        .routes(routes!(list::history))
        .routes(routes!(trail::trail))
        .routes(routes!(batch::batch).layer(DefaultBodyLimit::max(batch::BATCH_BYTES_MAX)))
        .routes(routes!(sum::sum))
        .routes(routes!(import::import).layer(DefaultBodyLimit::max(import::FILE_BYTES_MAX)))
        .routes(routes!(import::progress::imports))
        .routes(routes!(import::progress::import_now, import::progress::cancel))
        .routes(routes!(import::undo::undo))
        .routes(routes!(export::export))
        .routes(routes!(files::send).layer(DefaultBodyLimit::max(files::FILE_BYTES_MAX)))
        .routes(routes!(files::read))
        .routes(routes!(saved_views::save, saved_views::withdraw))
}

/// The tables within reach, with the fields, views and forms that the caller's role sees.
#[utoipa::path(get, path = "/api/v1/tables", tag = "records", operation_id = "tables", responses(
    (status = 200, body = TablesView)))]
pub async fn tables(State(app): State<App>, caller: Caller) -> Result<Json<TablesView>, Refusal> {
    let definitions = app.definitions.clone();
    let who = caller.who;
    let read = app.store.read(move |db| {
        let in_force = definitions.read(db)?;
        let viewer = Viewer::new(db, &in_force.authors, &who)?;
        Ok::<_, Refusal>(TablesView::of(in_force.seen_by(who.role), who.role, &viewer, in_force.zone))
    });
    Ok(Json(read.await?))
}

/// The records of each table in reach as an OpenAPI document of their own, from the tables' definitions: typed clients of
/// what is configured here are generated from it.
#[utoipa::path(get, path = "/api/v1/tables/openapi.json", tag = "records", operation_id = "tables_described", responses(
    (status = 200, body = Object)))]
pub async fn described(State(app): State<App>, caller: Caller) -> Result<Json<serde_json::Value>, Refusal> {
    let definitions = app.definitions.clone();
    let in_force = app.store.read(move |db| definitions.read(db)).await?;
    Ok(Json(schema::document(in_force.seen_by(caller.who.role), caller.who.role)))
}
