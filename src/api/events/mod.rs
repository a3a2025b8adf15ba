//! What happens on this appliance, live, as far as the role reaches: numbered, so that who reconnects misses nothing.

pub mod recent;

use std::collections::{HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::IntoResponse;
use axum::response::sse::{self, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use serde_json::Value;
use tokio::sync::watch;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use super::tables::definitions::InForce;
use crate::people::{Reach, Who};
use crate::store::events::Event;
use crate::units::PersonId;
use recent::FETCH;

/// A stream ends after this long, so that it does not outlive a session or a role for long; clients come back.
const LIFE: Duration = Duration::from_secs(15 * 60);

/// Silent lines are kept alive with a comment this often.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(listen))
}

/// Events as they are committed, named by their topic, with the record as JSON. With `Last-Event-ID` it goes on after
/// that one, as far back as events are kept; without, it begins now. It ends after 15 minutes: come back.
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
    let now = *newest.borrow();
    let after = last.and_then(|text| text.parse().ok()).unwrap_or(now).clamp(0, now);
    let pass = app.pass(&caller)?;
    let listener = Listener { app, caller, newest, after, ready: VecDeque::new(), looked_at: HashSet::new() };
    let headers = [("x-accel-buffering", "no"), ("cache-control", "no-store")];
    let heard = heard(listener).take_until(tokio::time::sleep(LIFE)).take_until(pass.over());
    Ok((headers, Sse::new(heard).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))))
}

/// What the topics of records begin with.
const OF_RECORDS: &str = "record.";

/// What somebody is told of a record: nothing beyond the reach of the role in its table, and no field that it does not see.
fn of_record(event: &Event, who: &Who, in_force: &InForce) -> Option<Arc<Event>> {
    let mut body: Value = serde_json::from_str(&event.body_json).ok()?;
    let table = in_force.seen_by(who.role).tables.get(body["table"].as_str()?)?;
    let own = event.owner.person.is_some() && event.owner.person == who.person;
    let team = own || (event.owner.team.is_some() && event.owner.team == who.team);
    let is_reached = match table.access(who.role).read {
        Reach::Nothing => false,
        Reach::Own => own,
        Reach::Team => team,
        Reach::All => true,
    };
    if let Some(changed) = body["changed"].as_array_mut() {
        changed.retain(|key| key.as_str().is_some_and(|key| table.field(key).is_some()));
    }
    let owner = event.owner;
    let told = Event { topic: event.topic.clone(), body_json: body.to_string(), owner, ..*event };
    is_reached.then(|| Arc::new(told))
}

struct Listener {
    app: App,
    caller: Caller,
    newest: watch::Receiver<i64>,
    after: i64,
    ready: VecDeque<Arc<Event>>,
    /// Of whose visits this stream has told; that is one look, and written down.
    looked_at: HashSet<PersonId>,
}

fn heard(listener: Listener) -> impl Stream<Item = Result<sse::Event, Infallible>> {
    stream::unfold(listener, async |mut listener| {
        loop {
            if let Some(event) = listener.ready.pop_front() {
                let told = sse::Event::default()
                    .id(event.seq.to_string())
                    .event(&event.topic)
                    .data(event.body_for(&listener.caller.who));
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
        let newest = *self.newest.borrow_and_update();
        let found = self.app.recent.after(&self.app.store, self.after, newest).await.ok()?;
        // What was deleted meanwhile leaves a hole.
        let whole = found.len() < FETCH as usize;
        let last = found.last().map_or(self.after, |last| last.seq);
        self.after = if whole { last.max(newest) } else { last };
        let who = self.caller.who;
        let is_record = |event: &Arc<Event>| event.topic.starts_with(OF_RECORDS);
        let in_force = if found.iter().any(is_record) {
            let definitions = self.app.definitions.clone();
            Some(self.app.store.read(move |db| definitions.read(db)).await.ok()?)
        } else {
            None
        };
        for event in found {
            match in_force.as_deref().filter(|_| is_record(&event)) {
                Some(in_force) => self.ready.extend(of_record(&event, &who, in_force)),
                None if event.is_for(&who) => self.ready.push_back(event),
                None => {}
            }
        }
        let told = self.ready.iter().filter(|event| event.tells_visit(&who));
        let people: Vec<_> = told.filter_map(|event| event.owner.person).collect();
        let new = people.into_iter().filter(|person| self.looked_at.insert(*person)).map(Some).collect();
        self.app.looked(&self.caller, "visits.read", new).await.ok()
    }
}
