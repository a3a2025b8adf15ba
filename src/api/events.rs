//! What happens on this appliance, live, as far as the role reaches: numbered, so that who reconnects misses nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream};
use tokio::sync::watch;

use super::App;
use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use crate::people::Who;
use crate::store::{Store, events};

/// Events fetched at a time.
const FETCH: u32 = 100;

/// Silent lines are kept alive with a comment this often.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Events as they are committed, named by their topic, with the record as JSON. With `Last-Event-ID` it goes on after
/// that one, as far back as events are kept; without, it begins now.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", operation_id = "events", responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 401, body = Problem, description = "not_signed_in")))]
pub async fn listen(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let newest = app.store.newest_event();
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = last.and_then(|text| text.parse().ok()).unwrap_or(*newest.borrow());
    let listener = Listener { store: app.store, who: caller.who, newest, after, ready: VecDeque::new() };
    let headers = [("x-accel-buffering", "no"), ("cache-control", "no-store")];
    Ok((headers, Sse::new(heard(listener)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

struct Listener {
    store: Arc<Store>,
    who: Who,
    newest: watch::Receiver<i64>,
    after: i64,
    ready: VecDeque<events::Event>,
}

fn heard(listener: Listener) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(listener, async |mut listener| {
        loop {
            if let Some(event) = listener.ready.pop_front() {
                let told =
                    Event::default().id(event.seq.to_string()).event(&event.topic).data(event.body_json);
                return Some((Ok(told), listener));
            }
            listener.fetch().await?;
        }
    })
}

impl Listener {
    /// Waits for what is new. `None` when the appliance stops.
    async fn fetch(&mut self) -> Option<()> {
        if *self.newest.borrow_and_update() <= self.after {
            self.newest.changed().await.ok()?;
        }
        let after = self.after;
        let found = self.store.read(move |kept| events::after(kept, after, FETCH)).await.ok()?;
        self.after = found.last().map_or(after, |last| last.seq);
        self.ready.extend(found.into_iter().filter(|event| event.is_for(&self.who)));
        Some(())
    }
}
