//! The appliance's own inputs, and how loud one of them is before a call.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout_at};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::calls::render;
use super::calls::views::{DevicesView, LevelProblemView};
use super::refusal::{Problem, Refusal};
use crate::live::{HeardLevel, Live};

/// An input is watched this long at most; a page that still needs it asks again.
const WATCH_MAX: Duration = Duration::from_secs(60);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(level))
}

/// Microphones and line inputs of the appliance itself.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices", operation_id = "devices", responses(
    (status = 200, body = DevicesView),
    (status = 503, body = Problem, description = "ear_down or devices_slow")))]
pub async fn list(State(app): State<App>) -> Result<Json<DevicesView>, Refusal> {
    Ok(Json(render::devices(app.live.inputs.list(&app.live.ear).await?)))
}

/// `level` events, ten a second for a minute at most, while this is read; or one `problem` event when the input cannot
/// be opened. Nothing else is heard of it.
#[utoipa::path(get, path = "/api/v1/devices/{id}/level", tag = "devices", params(("id" = String, Path)), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 503, body = Problem, description = "ear_down")))]
pub async fn level(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let Path(device) = id?;
    let pass = app.pass(&caller)?;
    let heard = app.live.inputs.watch(&device, &app.live.ear)?;
    let until = Instant::now() + WATCH_MAX;
    let watcher = Watcher { live: app.live, device, heard: Some(heard), until };
    let headers = [("x-accel-buffering", "no"), ("cache-control", "no-store")];
    Ok((headers, Sse::new(events(watcher).take_until(pass.over()))))
}

struct Watcher {
    live: Arc<Live>,
    device: String,
    heard: Option<broadcast::Receiver<HeardLevel>>,
    until: Instant,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        if let Some(heard) = self.heard.take() {
            self.live.inputs.leave(&self.device, heard, &self.live.ear);
        }
    }
}

fn events(watcher: Watcher) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(watcher, async |mut watcher| {
        let event = watcher.next().await?;
        Some((Ok(event), watcher))
    })
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        let heard = self.heard.as_mut()?;
        loop {
            match timeout_at(self.until, heard.recv()).await.ok()? {
                Ok(Ok(level)) => return Event::default().event("level").json_data(render::level(level)).ok(),
                Ok(Err(detail)) => {
                    return Event::default().event("problem").json_data(LevelProblemView { detail }).ok();
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    }
}
