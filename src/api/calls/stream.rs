//! The live stream of one call as server-sent events: numbered, so that a page that reconnects misses nothing.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use tokio::sync::watch;

use super::access::call_id;
use super::coaching::views::{HintView, ObjectionView};
use super::render;
use super::views::{SnapshotView, StateView};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::live::{self, Fact, Live, Update};
use crate::people::Deed;
use crate::units::CallId;

/// Updates fetched at a time, so that a page far behind does not hold the call's lock for long.
const FETCH: usize = 64;

/// Silent lines are kept alive with a comment this often.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// `tick`, `event`, `snapshot`, `hint`, `objection`, `state` and `ended` events. With `Last-Event-ID` it goes on after that one, as far
/// as a minute back; `gone` says how many updates are missing.
#[utoipa::path(get, path = "/api/v1/calls/{id}/stream", tag = "calls", params(("id" = String, Path)), responses(
    (status = 200, content_type = "text/event-stream", body = String),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn updates(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    let found = app.call_access(&caller, call_id(id)?, Deed::ReadCalls).await?;
    let id = app.note_read(&caller, found).await?.id;
    let pass = app.pass(&caller)?;
    let newest = app.live.with(id, |call| call.newest()).ok_or(Refusal::NoSuchCall)?;
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = last.and_then(|text| text.parse().ok()).unwrap_or(0);
    app.live.figures.subscribers.inc();
    let subscriber = Subscriber { live: app.live, id, newest, after, ready: VecDeque::new(), ended: false };
    // A proxy that buffers would turn live into late.
    let headers = [("x-accel-buffering", "no"), ("cache-control", "no-store")];
    let updates = events(subscriber).take_until(pass.over());
    Ok((headers, Sse::new(updates).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

struct Subscriber {
    live: Arc<Live>,
    id: CallId,
    newest: watch::Receiver<u64>,
    after: u64,
    ready: VecDeque<Event>,
    ended: bool,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.live.figures.subscribers.dec();
    }
}

fn events(subscriber: Subscriber) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(subscriber, async |mut subscriber| {
        loop {
            if let Some(event) = subscriber.ready.pop_front() {
                return Some((Ok(event), subscriber));
            }
            if subscriber.ended {
                return None;
            }
            subscriber.fetch()?;
            if subscriber.ready.is_empty() {
                subscriber.newest.changed().await.ok()?;
            }
        }
    })
}

impl Subscriber {
    /// Fetches what is new. `None` when the call is forgotten.
    fn fetch(&mut self) -> Option<()> {
        self.newest.mark_unchanged();
        let (missed, facts, state) = self
            .live
            .with(self.id, |call| (call.missed(self.after, FETCH), call.facts.clone(), call.state))?;
        if missed.gone > 0 {
            self.ready.extend(Event::default().event("gone").json_data(missed.gone));
        }
        for (id, update) in (missed.first_id..).zip(&missed.updates) {
            let event = Event::default().id(id.to_string());
            self.ready.extend(match update.as_ref() {
                Update::Tick(tick) => event.event("tick").json_data(render::tick(tick)),
                Update::Event(observation) => event.event("event").json_data(render::event(observation)),
                Update::Snapshot { at_ms, sides, overlaps, reserve } => {
                    let sides = sides.iter().map(render::side).collect();
                    let reserve = reserve.as_ref().into();
                    let view = SnapshotView { at_ms: *at_ms, sides, overlaps: *overlaps, reserve };
                    event.event("snapshot").json_data(view)
                }
                Update::Fact(fact) => fact_event(event, fact),
                Update::State { state, elapsed_ms, problem } => {
                    let problem = problem.clone();
                    let view = StateView { state: (*state).into(), elapsed_ms: *elapsed_ms, problem };
                    event.event("state").json_data(view)
                }
                Update::Ended(figures) => {
                    self.ended = true;
                    event.event("ended").json_data(render::summary_of(&facts, state, figures))
                }
            });
            self.after = id;
        }
        Some(())
    }
}

/// Other facts are not part of the live stream: they come from who watches it.
fn fact_event(event: Event, fact: &Fact) -> Result<Event, axum::Error> {
    match &fact.event {
        live::Event::HintShown(shown) => event.event("hint").json_data(HintView::from(shown)),
        live::Event::ObjectionSignalled(signalled) => {
            event.event("objection").json_data(ObjectionView::from(signalled))
        }
        live::Event::HintRated { .. } | live::Event::CallEnded { .. } => Ok(event.comment(fact.event.name())),
    }
}
