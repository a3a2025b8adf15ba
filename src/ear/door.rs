//! Who may come in: checks tickets, keeps one stream a call, and closes streams when the desk says so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::clock::unix_ms;
use super::stream::{End, Format};
use super::totals::Totals;
use super::workers::{Feed, SeatError, Workers};
use crate::tickets::{Key, Spent, Ticket, TicketError};
use crate::units::time::TICK_MS;
use crate::units::{CallId, Layout};

/// Why a stream was not let in.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("a ticket is needed: connect with ?ticket=… as the desk gave it")]
    NoTicket,
    #[error(transparent)]
    Ticket(#[from] TicketError),
    #[error("another stream of this call is being heard: stop it first")]
    Duplicate,
    #[error("{0} streams are being heard, as many as this appliance takes: try again later")]
    Full(usize),
    #[error("the ear has no key yet: try again in a second")]
    NotReady,
}

/// The door of the room; shared by every source.
pub struct Door {
    state: Mutex<State>,
    workers: Workers,
    pub totals: Arc<Totals>,
    streams_max: usize,
}

#[derive(Default)]
struct State {
    key: Option<Key>,
    spent: Spent,
    open: HashMap<CallId, watch::Sender<Option<End>>>,
}

/// One admitted stream. Its call is free for the next stream when this is dropped.
pub struct Admitted {
    door: Arc<Door>,
    pub call: CallId,
    pub layout: Layout,
    /// The audio clock of the stream's first sample.
    pub start_ms: u64,
    ending: watch::Receiver<Option<End>>,
}

impl Door {
    pub fn new(workers: Workers, totals: Arc<Totals>, streams_max: usize) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), workers, totals, streams_max })
    }

    pub fn set_key(&self, key: [u8; 32]) {
        self.state().key = Some(Key::new(key));
    }

    /// Lets a stream with a ticket in.
    ///
    /// # Errors
    /// See [`Refusal`]; the ticket is used up only when the stream comes in.
    pub fn admit_ticket(self: &Arc<Self>, text: Option<&str>) -> Result<Admitted, Refusal> {
        let admitted = self.check_ticket(text);
        if admitted.is_err() {
            self.totals.refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
        admitted
    }

    fn check_ticket(self: &Arc<Self>, text: Option<&str>) -> Result<Admitted, Refusal> {
        let text = text.ok_or(Refusal::NoTicket)?;
        let now_ms = unix_ms();
        let mut state = self.state();
        let ticket = Ticket::open(text, state.key.as_ref().ok_or(Refusal::NotReady)?, now_ms)?;
        state.spent.check(&ticket)?;
        self.check_room(&state, ticket.call)?;
        state.spent.spend(&ticket, now_ms)?;
        Ok(self.let_in(&mut state, ticket.call, ticket.layout, start_ms(&ticket, now_ms)))
    }

    /// Lets a stream in that the desk asked for; the link is its ticket.
    ///
    /// # Errors
    /// `Duplicate` or `Full`.
    pub fn admit_own(
        self: &Arc<Self>,
        call: CallId,
        layout: Layout,
        start_ms: u64,
    ) -> Result<Admitted, Refusal> {
        let mut state = self.state();
        self.check_room(&state, call)?;
        Ok(self.let_in(&mut state, call, layout, start_ms))
    }

    fn check_room(&self, state: &State, call: CallId) -> Result<(), Refusal> {
        if state.open.contains_key(&call) {
            return Err(Refusal::Duplicate);
        }
        if state.open.len() >= self.streams_max {
            return Err(Refusal::Full(self.streams_max));
        }
        Ok(())
    }

    fn let_in(self: &Arc<Self>, state: &mut State, call: CallId, layout: Layout, start_ms: u64) -> Admitted {
        let (close, ending) = watch::channel(None);
        state.open.insert(call, close);
        self.totals.streams.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Admitted { door: self.clone(), call, layout, start_ms, ending }
    }

    /// Ends the call's stream, if there is one, and lets nobody in with a ticket issued before now.
    pub fn close(&self, call: CallId, end: End) {
        let mut state = self.state();
        state.spent.close(call, unix_ms());
        if let Some(stream) = state.open.get(&call) {
            stream.send_replace(Some(end));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change to the state is complete before the lock is let go, so a panic elsewhere leaves it whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Admitted {
    /// Takes a place at a worker, once the source has said what it sends.
    ///
    /// # Errors
    /// See [`SeatError`].
    pub fn seat(&self, channels: usize, rate_hz: u32) -> Result<Feed, SeatError> {
        let format = Format { layout: self.layout, channels, rate_hz };
        self.door.workers.seat(self.call, format, self.start_ms)
    }

    /// Resolves when the desk ends the stream.
    pub async fn asked_to_end(&self) -> End {
        let mut ending = self.ending.clone();
        let end = ending.wait_for(Option::is_some).await;
        end.ok().and_then(|end| *end).unwrap_or(End::Lost)
    }

    pub fn totals(&self) -> &Totals {
        &self.door.totals
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.door.state().open.remove(&self.call);
        self.door.totals.streams.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
    }
}

/// The first stream of a call begins its audio clock; a later one begins where that clock would be by now.
fn start_ms(ticket: &Ticket, now_ms: u64) -> u64 {
    match ticket.resume_ms {
        0 => 0,
        resume_ms => {
            (resume_ms + now_ms.saturating_sub(ticket.issued_ms)).next_multiple_of(u64::from(TICK_MS))
        }
    }
}
