//! All calls of this appliance, and the way from the ear's words to each of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;

use super::call::{Call, CallFacts};
use super::coaching::Wish;
use super::ear::{Ear, EarDown};
use super::figures::Figures;
use super::inputs::Inputs;
use super::persist::Keeping;
use crate::calls::{CallSource, CallState, Consent, Turn};
use crate::hints::{Context, Layers, Level};
use crate::insight::arm::{Arm, Study};
use crate::observations::Observation;
use crate::observations::wire::{Asked, Said, Source};
use crate::tickets::{TICKET_VALID_MS, Ticket};
use crate::units::{CallId, ClientId, Layout, PersonId, TeamId};

/// Calls that are over and still shown; the oldest make room.
const OVER_MAX: usize = 500;

/// A call that nobody comes back to ends by itself: a lift, a tunnel, a flat battery that is charged again.
const ABANDONED_MS: u64 = 10 * 60 * 1000;

/// A call of which nothing was heard yet ends sooner: a browser asks for the microphone in this time.
const SILENT_MS: u64 = 50 * 1000;

/// Calls of one person that go on: one, and some that were lost. Nobody can take all places.
pub const OF_ONE_MAX: usize = 8;

/// How long the last words and the receipt of a stream may take.
const CLOSE_WAIT: Duration = Duration::from_millis(900);

/// Time and chance, given by whoever builds the appliance.
#[derive(Clone, Copy)]
pub struct Clocks {
    /// Unix time in milliseconds.
    pub now_ms: fn() -> u64,
    /// The monotonic clock that the ear reads too, in microseconds.
    pub monotonic_us: fn() -> u64,
    pub random: fn() -> u64,
}

/// What is asked for when a call begins.
#[derive(Debug, Clone)]
pub struct NewCall {
    pub layout: Layout,
    pub source: CallSource,
    pub consent: Consent,
    pub level: Level,
    pub context: Context,
    pub owner: Option<PersonId>,
    /// The owner's: its playbook is followed.
    pub team: Option<TeamId>,
    pub client: Option<ClientId>,
}

/// Why a call could not be opened or heard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error(transparent)]
    NotAllowed(#[from] crate::calls::NotAllowed),
    #[error(transparent)]
    EarDown(#[from] EarDown),
    #[error("{0} calls are going on, as many as this appliance takes: end one first")]
    Full(usize),
    #[error("{0} of your calls are going on, as many as one person may hold: end one first")]
    TooManyOfOne(usize),
    #[error("the call is over: start a new one")]
    Over,
    #[error("the appliance itself opens this call's source: it needs no ticket")]
    NoTicketNeeded,
}

type SharedCall = Arc<Mutex<Call>>;

/// The desk's live state.
pub struct Live {
    calls: RwLock<HashMap<CallId, SharedCall>>,
    pub ear: Ear,
    /// When the ear that is there, or was last, tried its walls.
    walls_tried_ms: AtomicU64,
    pub inputs: Inputs,
    pub figures: Figures,
    pub clocks: Clocks,
    /// What new calls follow. A call keeps the playbook that it began with: what it said is judged by one set of rules.
    layers: RwLock<Arc<Layers>>,
    /// How new calls of who has an account are divided.
    study: RwLock<Option<Study>>,
    calls_max: usize,
    pub kept: Keeping,
}

fn lock(call: &Mutex<Call>) -> MutexGuard<'_, Call> {
    // A call's fields are independent measures; one that panicked half-way is shown as it is rather than lost.
    call.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    pub fn new(clocks: Clocks, calls_max: usize, layers: Layers) -> Arc<Self> {
        Arc::new(Self {
            calls: RwLock::default(),
            ear: Ear::default(),
            walls_tried_ms: AtomicU64::new(0),
            inputs: Inputs::default(),
            figures: Figures::default(),
            clocks,
            layers: RwLock::new(Arc::new(layers)),
            study: RwLock::default(),
            calls_max,
            kept: Keeping::default(),
        })
    }

    pub fn now_ms(&self) -> u64 {
        (self.clocks.now_ms)()
    }

    /// What new calls follow.
    pub fn layers(&self) -> Arc<Layers> {
        self.layers.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// New calls follow these from now on.
    pub fn set_layers(&self, layers: Layers) {
        *self.layers.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(layers);
    }

    /// New calls of who has an account are divided like this from now on.
    pub fn set_study(&self, study: Option<Study>) {
        *self.study.write().unwrap_or_else(PoisonError::into_inner) = study;
    }

    /// In which study a call that begins now takes part, and how. Whoever has no account is in none, and nor is the demo.
    fn assigned(&self, id: CallId, source: &CallSource, owner: Option<PersonId>) -> Option<(i64, Arm)> {
        owner.filter(|_| *source != CallSource::Demo)?;
        let study = self.study.read().unwrap_or_else(PoisonError::into_inner);
        study.as_ref().map(|study| (study.id, study.arm(id, self.now_ms().cast_signed())))
    }

    /// Runs `with` on a call; `None` when there is no such call.
    pub fn with<T>(&self, id: CallId, with: impl FnOnce(&mut Call) -> T) -> Option<T> {
        let call = self.calls.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()?;
        Some(self.after(&mut lock(&call), with))
    }

    /// Runs `with` on a call and sends what is new of it to the store.
    fn after<T>(&self, call: &mut Call, with: impl FnOnce(&mut Call) -> T) -> T {
        let done = with(call);
        self.kept.offer(call, &self.ear);
        done
    }

    /// Runs `with` on every call, newest first.
    pub fn map<T>(&self, mut with: impl FnMut(&mut Call) -> T) -> Vec<T> {
        let mut calls: Vec<_> =
            self.calls.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        calls.sort_by_key(|call| std::cmp::Reverse(lock(call).facts.created_ms));
        calls.iter().map(|call| self.after(&mut lock(call), &mut with)).collect()
    }

    /// Begins a call: [`Live::reserve`], then [`Live::begin`].
    ///
    /// # Errors
    /// Those of either.
    pub fn open(&self, new: NewCall) -> Result<CallId, OpenError> {
        let id = self.reserve(new)?;
        self.begin(id).map(|()| id)
    }

    /// Makes room for a call. Nothing is heard yet.
    ///
    /// # Errors
    /// Consent does not allow it, the ear is not there, or too many calls are going on.
    pub fn reserve(&self, new: NewCall) -> Result<CallId, OpenError> {
        new.consent.allows_hearing()?;
        if !self.ear.is_up() {
            return Err(EarDown.into());
        }
        let going_on = self.map(|call| !call.state.is_over()).into_iter().filter(|&on| on).count();
        if going_on >= self.calls_max {
            return Err(OpenError::Full(going_on));
        }
        let NewCall { layout, source, consent, level, context, owner, team, client } = new;
        let id = CallId::from_bits((self.clocks.random)());
        let assigned = self.assigned(id, &source, owner);
        let facts = CallFacts { id, layout, source, created_ms: self.now_ms(), owner, client, assigned };
        let silent = assigned.is_some_and(|(_, arm)| !arm.shows_hints());
        let wish = Wish { playbook: self.layers().of(team).clone(), level, context, silent };
        let call = Arc::new(Mutex::new(Call::new(facts, consent, wish)));
        self.calls.write().unwrap_or_else(PoisonError::into_inner).insert(id, call);
        Ok(id)
    }

    /// Lets a call begin. For a source of the appliance's own the ear starts to hear at once.
    ///
    /// # Errors
    /// The ear is gone: the call is over.
    pub fn begin(&self, id: CallId) -> Result<(), OpenError> {
        self.figures.calls.inc();
        let own = self.with(id, |call| own_source(&call.facts, 0)).flatten();
        if let Some(Err(down)) = own.map(|wish| self.ear.ask(&wish)) {
            self.with(id, |call| call.turn(Turn::Stopped, self.now_ms()));
            return Err(down.into());
        }
        Ok(())
    }

    /// Forgets a call that was reserved and did not begin.
    pub fn unreserve(&self, id: CallId) {
        self.calls.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    /// A ticket for the call's next stream, sealed, and when it expires. `None` when there is no such call.
    pub fn ticket(&self, id: CallId) -> Option<Result<(String, u64), OpenError>> {
        let now_ms = self.now_ms();
        let nonce = (self.clocks.random)();
        self.with(id, |call| {
            call.consent.allows_hearing()?;
            if call.state.is_over() {
                return Err(OpenError::Over);
            }
            if call.facts.source != CallSource::Socket {
                return Err(OpenError::NoTicketNeeded);
            }
            let resume_ms = call.resume_ms(now_ms);
            let ticket = Ticket { call: id, layout: call.facts.layout, resume_ms, issued_ms: now_ms, nonce };
            Ok((self.ear.seal(&ticket)?, now_ms + TICKET_VALID_MS))
        })
    }

    /// Ends a call and waits for its last measures and its receipt. `false` when there is no such call.
    pub async fn stop(&self, id: CallId) -> bool {
        let known = self.close_stream(id, false).await;
        known && self.with(id, |call| call.turn(Turn::Stopped, self.now_ms())).is_some()
    }

    /// The appliance stops: ends all calls that go on.
    pub async fn stop_all(&self) {
        let going_on = self.map(|call| (!call.state.is_over()).then_some(call.facts.id));
        join_all(going_on.into_iter().flatten().map(|id| self.stop(id))).await;
    }

    /// Consent is withdrawn: hearing stops, and what was measured is deleted at once. `false` when there is no such call.
    pub async fn withdraw(&self, id: CallId) -> bool {
        let known = self.with(id, |call| call.turn(Turn::Withdrawn, self.now_ms())).is_some();
        known && self.close_stream(id, true).await
    }

    /// The other side says no: from now on nothing is taken of the call; its stream is closed by [`Live::withdraw`].
    pub fn refuse(&self, id: CallId, consent: Consent) {
        self.with(id, |call| {
            call.turn(Turn::Withdrawn, self.now_ms());
            call.consent = consent;
        });
    }

    async fn close_stream(&self, id: CallId, discard: bool) -> bool {
        let Some(mut newest) = self.with(id, |call| call.newest()) else { return false };
        // Without an ear nothing is heard, and its tickets are void.
        let asked = self.ear.ask(&Asked::Close { call: id, discard });
        let closed = async {
            while self.with(id, |call| call.streaming) == Some(true) && newest.changed().await.is_ok() {}
        };
        if asked.is_ok() {
            let _ = tokio::time::timeout(CLOSE_WAIT, closed).await;
        }
        true
    }

    /// Takes what the ear says. Words about calls that are not known are passed over.
    pub fn hear(&self, said: Said) {
        let now_ms = self.now_ms();
        match said {
            Said::Ready(_) => {}
            Said::Opened { call, .. } => {
                self.with(call, |call| call.opened(now_ms));
            }
            Said::Heard { call, arrived_us, observation } => {
                if let Observation::Tick(_) = observation {
                    self.figures.ticks.inc();
                    let lag_us = (self.clocks.monotonic_us)().saturating_sub(arrived_us);
                    self.figures.tick_lag_s.observe(lag_us as f64 / 1e6);
                }
                self.with(call, |call| call.observe(observation, now_ms));
            }
            Said::Closed { call, receipt } => {
                self.with(call, |call| call.closed(&receipt, now_ms));
            }
            Said::Failed { call, why } => {
                self.with(call, |call| call.failed(why));
            }
            Said::Devices(list) => self.inputs.listed(list),
            Said::Level { device, level } => self.inputs.heard(&device, level),
            Said::Counters(counters) => {
                self.figures.set_ear(&counters);
                self.sweep(now_ms);
            }
        }
    }

    /// The ear died: calls that were being heard are lost until it is back.
    pub fn ear_fell(&self) {
        self.ear.fall();
        self.inputs.ear_fell();
        let now_ms = self.now_ms();
        self.map(|call| call.orphan(now_ms));
    }

    /// A new ear is ready: sources of the appliance's own are opened again.
    pub fn ear_rose(&self) {
        let now_ms = self.now_ms();
        let wishes = self.map(|call| {
            let resumes = !call.state.is_over() && !call.streaming;
            resumes.then(|| own_source(&call.facts, call.resume_ms(now_ms))).flatten()
        });
        for wish in wishes.into_iter().flatten() {
            // An ear that is gone again brings another `ear_rose`.
            let _ = self.ear.ask(&wish);
        }
    }

    /// The ear has tried its walls just now.
    pub fn walls_tried(&self) {
        self.walls_tried_ms.store(self.now_ms(), Ordering::Relaxed);
    }

    /// When the ear last tried its walls; `None` before the first one was there.
    pub fn walls_tried_ms(&self) -> Option<u64> {
        Some(self.walls_tried_ms.load(Ordering::Relaxed)).filter(|&ms| ms > 0)
    }

    /// Ends calls that nobody comes back to and forgets the oldest that are over.
    fn sweep(&self, now_ms: u64) {
        let mut abandoned = Vec::new();
        let states = self.map(|call| {
            let idle = matches!(call.state, CallState::Waiting | CallState::Lost) && !call.streaming;
            let most_ms = if call.state == CallState::Waiting { SILENT_MS } else { ABANDONED_MS };
            if idle && now_ms.saturating_sub(call.changed_ms) > most_ms {
                call.turn(Turn::Stopped, now_ms);
                abandoned.push(call.facts.id);
            }
            (call.facts.id, call.state)
        });
        for call in abandoned {
            // The ear would open the call's input as soon as it is plugged in again.
            let _ = self.ear.ask(&Asked::Close { call, discard: true });
        }
        let live = states.iter().filter(|(_, state)| *state == CallState::Live).count();
        self.figures.calls_live.set(live as i64);
        let over = states.iter().filter(|(_, state)| state.is_over()).skip(OVER_MAX);
        let mut calls = self.calls.write().unwrap_or_else(PoisonError::into_inner);
        for (id, _) in over {
            calls.remove(id);
        }
    }
}

/// The wish that makes the ear open the call's source itself.
fn own_source(facts: &CallFacts, start_ms: u64) -> Option<Asked> {
    let source = match &facts.source {
        CallSource::Socket => return None,
        CallSource::Device(id) => Source::Device(id.clone()),
        CallSource::Demo => Source::Demo,
    };
    Some(Asked::Open { call: facts.id, source, layout: facts.layout, start_ms })
}
