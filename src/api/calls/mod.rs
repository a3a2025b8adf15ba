//! Calls: what opens, changes and ends them, how they are read, and their live stream.

pub mod access;
pub(super) mod change;
pub mod coaching;
mod read;
pub mod render;
mod stream;
pub mod views;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list, change::open))
        .routes(routes!(read::one))
        .routes(routes!(change::consent))
        .routes(routes!(change::ticket))
        .routes(routes!(change::stop))
        .routes(routes!(change::withdraw))
        .routes(routes!(read::summary))
        .routes(routes!(read::receipt))
        .routes(routes!(stream::updates))
        .merge(coaching::routes())
}
