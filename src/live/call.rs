//! One call: its state, its measures so far and the updates for who watches it.

use tokio::sync::watch;

use super::backlog::{Backlog, Missed, Update};
use super::coaching::{Coaching, Wish};
use super::course::Course;
use super::side::{SideFigures, SummaryFigures, TickFigures, Usuals};
use crate::calls::{CallSource, CallState, Consent, Turn};
use crate::insight::arm::Arm;
use crate::observations::{Observation, Receipt};
use crate::signals::conversation::Conversation;
use crate::signals::window::Window;
use crate::store::calls::traces::Coached;
use crate::units::time::TICK_MS;
use crate::units::{CallId, Channel, ClientId, Layout, PersonId};

/// Measures are shown this often, on the audio clock.
const SNAPSHOT_MS: u64 = 1_000;

/// What does not change by listening.
#[derive(Debug, Clone)]
pub struct CallFacts {
    pub id: CallId,
    pub layout: Layout,
    pub source: CallSource,
    pub created_ms: u64,
    /// Who holds it; `None` for the machine's own user.
    pub owner: Option<PersonId>,
    pub client: Option<ClientId>,
    /// The study that it takes part in, and how.
    pub assigned: Option<(i64, Arm)>,
}

/// A call while it lives and after.
pub struct Call {
    pub facts: CallFacts,
    pub consent: Consent,
    pub state: CallState,
    pub receipt: Receipt,
    /// A stream of it is open at the ear.
    pub streaming: bool,
    /// Why the appliance cannot open the call's source now; it is tried again.
    pub problem: Option<String>,
    /// Unix time of the last change of state or, while nothing is heard, of the last sound.
    pub changed_ms: u64,
    /// It is over, and its numbers are not yet on their way to the store.
    pub(super) unkept: bool,
    /// So many facts are on their way to the store.
    pub(super) facts_kept: usize,
    pub(super) course: Course,
    /// Unix time of the newest measured sound; `None` before the first.
    heard_ms: Option<u64>,
    conversation: Conversation,
    pub coaching: Coaching,
    usuals: Vec<(Channel, Usuals)>,
    snapshot_due_ms: u64,
    backlog: Backlog,
    newest: watch::Sender<u64>,
}

impl Call {
    pub fn new(facts: CallFacts, consent: Consent, wish: Wish) -> Self {
        let channels = facts.layout.channels().iter();
        Self {
            consent,
            state: CallState::Waiting,
            receipt: Receipt::default(),
            streaming: false,
            problem: None,
            changed_ms: facts.created_ms,
            unkept: false,
            facts_kept: 0,
            course: Course::default(),
            heard_ms: None,
            conversation: Conversation::new(facts.layout),
            coaching: Coaching::new(facts.layout, wish),
            usuals: channels.map(|&channel| (channel, Usuals::default())).collect(),
            snapshot_due_ms: SNAPSHOT_MS,
            backlog: Backlog::default(),
            newest: watch::channel(0).0,
            facts,
        }
    }

    /// How far the audio clock has come.
    pub fn elapsed_ms(&self) -> u64 {
        self.conversation.now_ms()
    }

    /// Where the audio clock of the next stream begins: 0 for the first, else where it would be had nothing been lost.
    pub fn resume_ms(&self, now_ms: u64) -> u64 {
        let Some(heard_ms) = self.heard_ms else { return 0 };
        let tick_ms = u64::from(TICK_MS);
        (self.elapsed_ms() + now_ms.saturating_sub(heard_ms)).next_multiple_of(tick_ms).max(tick_ms)
    }

    /// A stream of it was let in.
    pub fn opened(&mut self, now_ms: u64) {
        self.streaming = true;
        self.problem = None;
        self.turn(Turn::Heard, now_ms);
    }

    /// The ear cannot open the call's source, or has lost it; it goes on trying.
    pub fn failed(&mut self, why: String) {
        if !self.state.is_over() {
            self.problem = Some(why);
            self.tell_state();
        }
    }

    /// Takes what the ear observed.
    pub fn observe(&mut self, observation: Observation, now_ms: u64) {
        if self.state == CallState::Withdrawn {
            return;
        }
        self.conversation.push(&observation);
        let facts = self.coaching.push(self.elapsed_ms(), now_ms, &observation);
        if let Observation::Tick(_) = observation {
            self.heard_ms = Some(now_ms);
        }
        match observation {
            Observation::SourceLost { .. } => self.turn(Turn::Vanished, now_ms),
            Observation::SourceBack { .. } => self.turn(Turn::Heard, now_ms),
            _ => {}
        }
        self.publish(match observation {
            Observation::Tick(tick) => Update::Tick(TickFigures::of(&tick)),
            event => Update::Event(Box::new(event)),
        });
        facts.into_iter().for_each(|fact| self.publish(Update::Fact(Box::new(fact))));
        if self.elapsed_ms() >= self.snapshot_due_ms {
            self.snapshot_due_ms = self.elapsed_ms() + SNAPSHOT_MS;
            self.snapshot();
        }
    }

    /// The ear died: what it was hearing is lost until a new stream comes.
    pub fn orphan(&mut self, now_ms: u64) {
        if std::mem::take(&mut self.streaming) && !self.state.is_over() {
            self.observe(Observation::SourceLost { at_ms: self.elapsed_ms() }, now_ms);
        }
    }

    /// A stream of it ended. Unless the sound vanished, that ends the call.
    pub fn closed(&mut self, receipt: &Receipt, now_ms: u64) {
        self.streaming = false;
        self.receipt.merge(receipt);
        self.unkept = self.state == CallState::Ended;
        if self.state != CallState::Lost {
            self.turn(Turn::Stopped, now_ms);
        }
        // Somebody may be waiting for the receipt of a call that is over already.
        self.newest.send_modify(|_| {});
    }

    /// Moves the call on and tells who watches it.
    pub fn turn(&mut self, turn: Turn, now_ms: u64) {
        let next = self.state.after(turn);
        if next == self.state {
            return;
        }
        self.state = next;
        self.changed_ms = now_ms;
        if next == CallState::Withdrawn {
            self.consent = Consent::Withdrawn;
            self.unkept = false;
            self.forget();
        }
        if next.is_over() {
            self.problem = None;
        }
        self.tell_state();
        if next == CallState::Ended {
            let at_ms = self.elapsed_ms();
            self.coaching.ended(at_ms, now_ms);
            let sides = self.sides();
            self.course.end(at_ms, &sides, &self.coaching);
            self.unkept = true;
        }
        if next.is_over() {
            self.publish(Update::Ended(Box::new(self.summary())));
        }
    }

    /// What coaching leaves of the call; `None` with one microphone.
    pub fn coached(&self) -> Option<Coached> {
        let responses = self.conversation.responses();
        let coached = self.coaching.coached(self.elapsed_ms())?;
        Some(Coached {
            answers: responses.count(Channel::Client),
            talk_share: self.conversation.talk_share_rep(Window::Call).ok(),
            latency_ms: responses.median_ms(Channel::Client).map(|ms| ms.round() as i64),
            ..coached
        })
    }

    pub fn summary(&self) -> SummaryFigures {
        SummaryFigures::of(&self.conversation)
    }

    /// Updates after an id, as far as they are kept.
    pub fn missed(&self, after: u64, most: usize) -> Missed {
        self.backlog.after(after, most)
    }

    /// Changes with every update; holds the newest id.
    pub fn newest(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Deletes everything that was measured.
    fn forget(&mut self) {
        self.conversation = Conversation::new(self.facts.layout);
        self.usuals.iter_mut().for_each(|(_, usuals)| *usuals = Usuals::default());
        self.coaching.forget(self.facts.layout);
        (self.facts_kept, self.course) = (0, Course::default());
        self.backlog.clear();
    }

    fn tell_state(&mut self) {
        let problem = self.problem.clone();
        self.publish(Update::State { state: self.state, elapsed_ms: self.elapsed_ms(), problem });
    }

    /// The sides now; their usual ranges learn from it.
    fn sides(&mut self) -> Vec<SideFigures> {
        let conversation = &self.conversation;
        let now =
            |(channel, usuals): &mut (Channel, Usuals)| SideFigures::now(conversation, *channel, usuals);
        self.usuals.iter_mut().map(now).collect()
    }

    fn snapshot(&mut self) {
        let sides = self.sides();
        let (at_ms, overlaps) = (self.elapsed_ms(), self.conversation.overlaps());
        self.course.pass(at_ms, &sides, &self.coaching);
        let reserve = self.coaching.reserve(at_ms);
        self.publish(Update::Snapshot { at_ms, sides, overlaps, reserve });
    }

    fn publish(&mut self, update: Update) {
        let id = self.backlog.push(update);
        self.newest.send_replace(id);
    }
}
