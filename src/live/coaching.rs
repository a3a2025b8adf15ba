//! Hints within a live call: what the coach says becomes updates for who watches and facts that are kept.

use std::sync::Arc;

use super::facts::{Event, Fact, Facts, ShownHint, SignalledObjection};
use super::timeline::Timeline;
use crate::calls::row::Stretch;
use crate::calls::{Rating, Review};
use crate::hints::{Coach, Context, Level, Playbook, words};
use crate::observations::{Doubt, Observation};
use crate::signals::confidence::Withheld;
use crate::signals::guardedness::Signals;
use crate::signals::model::MODEL_ID;
use crate::store::calls::traces::Coached;
use crate::units::{Layout, Words};

/// How a call is to be accompanied.
#[derive(Debug, Clone)]
pub struct Wish {
    pub playbook: Arc<Playbook>,
    pub level: Level,
    pub context: Context,
    /// Hints are computed and shown to nobody.
    pub silent: bool,
}

/// How reserved the client is, with the reasons, or why that is not known.
#[derive(Debug, Clone, PartialEq)]
pub struct ReserveFigures {
    pub share: Result<f64, Withheld>,
    pub drivers: Vec<Words>,
}

/// The coach of one call and what it has said. One microphone for everybody has no coach: nobody knows who speaks.
#[derive(Debug)]
pub struct Coaching {
    wish: Wish,
    coach: Option<Box<Coach>>,
    pub facts: Facts,
    timeline: Timeline,
    /// Hints that were shown to nobody.
    silent: u32,
    /// Who speaks is not known now, or one side is missing: nobody is told anything.
    hidden: bool,
}

impl Coaching {
    pub fn new(layout: Layout, wish: Wish) -> Self {
        let coach = (layout != Layout::Mono).then(|| {
            let mut coach = Coach::new(wish.playbook.clone(), wish.level);
            coach.know(&wish.context);
            Box::new(coach)
        });
        Self { wish, coach, facts: Facts::default(), timeline: Timeline::default(), silent: 0, hidden: false }
    }

    /// The level of the hints; `None` when there can be none.
    pub fn level(&self) -> Option<Level> {
        self.coach.as_ref().map(|coach| coach.level())
    }

    /// Somebody wants more hints, or fewer.
    pub fn set_level(&mut self, level: Level) {
        self.wish.level = level;
        if let Some(coach) = &mut self.coach {
            coach.set_level(level);
        }
    }

    pub fn agenda(&self) -> &[String] {
        self.wish.context.agenda.as_deref().unwrap_or_default()
    }

    /// Takes what is known of the client; what was given with the call stands.
    pub fn know(&mut self, known: Context) {
        self.wish.context = std::mem::take(&mut self.wish.context).or(known);
        if let Some(coach) = &mut self.coach {
            coach.know(&self.wish.context);
        }
    }

    /// What is left of it when the call is over; `None` with one microphone.
    pub fn coached(&self, end_ms: u64) -> Option<Coached> {
        let coach = self.coach.as_ref()?;
        Some(Coached {
            trace: coach.trace().bytes().to_vec(),
            end_ms: end_ms.cast_signed(),
            context: self.wish.context.clone(),
            hesitations: coach.signals().objections(),
            hints: self.facts.counts().0,
            silent: self.silent,
            ..Coached::default()
        })
    }

    /// Takes what the ear observed. Returns the facts that follow from it.
    pub fn push(&mut self, at_ms: u64, unix_ms: u64, observation: &Observation) -> Vec<Fact> {
        self.timeline.push(observation);
        if let Observation::Doubt { doubt, .. } = observation {
            self.hidden = doubt.is_some_and(Doubt::hides_a_side);
        }
        let Some(coach) = &mut self.coach else { return Vec::new() };
        let said = coach.push(at_ms, observation);
        if self.hidden {
            return Vec::new();
        }
        let was_due = said.hint.is_some();
        let objection = said.objection.map(|objection| {
            let drivers = words::drivers(&objection.drivers);
            let id = self.facts.counts().1 + 1;
            Event::ObjectionSignalled(SignalledObjection { id, objection, drivers, model_id: MODEL_ID })
        });
        let hint = said.hint.filter(|_| !self.wish.silent);
        self.silent += u32::from(was_due && hint.is_none());
        let id = self.facts.counts().0 + 1;
        let playbook = &self.wish.playbook.name;
        let hint = hint.map(|hint| {
            Event::HintShown(ShownHint { id, hint, model_id: MODEL_ID, playbook: playbook.clone() })
        });
        let fact = |event| Fact { unix_ms, at_ms, event };
        let facts: Vec<_> = objection.into_iter().chain(hint).map(fact).collect();
        facts.iter().for_each(|fact| self.facts.add(fact.clone()));
        facts
    }

    /// `None` with one microphone.
    pub fn reserve(&self, at_ms: u64) -> Option<ReserveFigures> {
        let signals = self.signals()?;
        let share = signals.reserve(at_ms);
        let drivers = if share.is_ok() { words::drivers(&signals.drivers()) } else { Vec::new() };
        Some(ReserveFigures { share, drivers })
    }

    pub fn stretches(&self, now_ms: u64) -> Vec<Stretch> {
        self.timeline.stretches(now_ms)
    }

    /// Stretches that reach beyond `from_ms`.
    pub fn stretches_since(&self, from_ms: u64, now_ms: u64) -> impl Iterator<Item = Stretch> {
        self.timeline.since(from_ms, now_ms)
    }

    /// What hints are drawn from; `None` with one microphone.
    pub fn signals(&self) -> Option<&Signals> {
        self.coach.as_ref().map(|coach| coach.signals())
    }

    /// Rates a hint; saying the same twice changes nothing.
    pub fn rate(&mut self, at_ms: u64, unix_ms: u64, hint: u32, rating: Rating) {
        if self.facts.rating(hint).is_some_and(|known| known != Some(rating)) {
            self.facts.add(Fact { unix_ms, at_ms, event: Event::HintRated { hint, rating } });
        }
    }

    /// Takes the rep's account of the call in place of an earlier one.
    pub fn review(&mut self, review: Review) {
        self.facts.review = review;
    }

    /// The call is over.
    pub fn ended(&mut self, at_ms: u64, unix_ms: u64) {
        let (hints, objections) = self.facts.counts();
        let (seconds, outcome) = (at_ms as f64 / 1000.0, self.facts.review.outcome);
        let playbook = self.wish.playbook.name.clone();
        let event = Event::CallEnded { seconds, hints, objections, outcome, playbook };
        self.facts.add(Fact { unix_ms, at_ms, event });
    }

    /// Deletes everything that was heard and said.
    pub fn forget(&mut self, layout: Layout) {
        let wish = Wish { context: Context::default(), ..self.wish.clone() };
        *self = Self::new(layout, wish);
    }
}
