//! Hints within a live call: what the coach says becomes updates for who watches and facts that are kept.

use std::sync::Arc;

use super::facts::{Event, Fact, Facts, ShownHint, SignalledObjection};
use super::timeline::{Stretch, Timeline};
use crate::calls::{Rating, Review, ReviewError};
use crate::hints::{Coach, Context, Level, Playbook, words};
use crate::observations::Observation;
use crate::signals::confidence::Withheld;
use crate::signals::model::MODEL_ID;
use crate::units::{Layout, Words};

/// How a call is to be accompanied.
#[derive(Debug, Clone)]
pub struct Wish {
    pub playbook: Arc<Playbook>,
    pub level: Level,
    pub context: Context,
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
}

impl Coaching {
    pub fn new(layout: Layout, wish: Wish) -> Self {
        let coach = (layout != Layout::Mono).then(|| {
            let mut coach = Coach::new(wish.playbook.clone(), wish.level);
            coach.know(&wish.context);
            Box::new(coach)
        });
        Self { wish, coach, facts: Facts::default(), timeline: Timeline::default() }
    }

    /// Takes over what was not known of the call's surroundings.
    pub fn fill(&mut self, known: Context) {
        let context = &mut self.wish.context;
        context.industry = context.industry.take().or(known.industry);
        context.stage = context.stage.take().or(known.stage);
        context.open_items = context.open_items.or(known.open_items);
        context.last_objections = context.last_objections.take().or(known.last_objections);
        context.visiting = context.visiting.or(known.visiting);
        context.agenda = context.agenda.take().or(known.agenda);
        if let Some(coach) = &mut self.coach {
            coach.know(&self.wish.context);
        }
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

    /// Takes what the ear observed. Returns the facts that follow from it.
    pub fn push(&mut self, at_ms: u64, unix_ms: u64, observation: &Observation) -> Vec<Fact> {
        self.timeline.push(observation);
        let Some(coach) = &mut self.coach else { return Vec::new() };
        let said = coach.push(at_ms, observation);
        let objection = said.objection.map(|objection| {
            let drivers = words::drivers(&objection.drivers);
            Event::ObjectionSignalled(SignalledObjection { objection, drivers, model_id: MODEL_ID })
        });
        let id = self.facts.counts().0 + 1;
        let playbook = &self.wish.playbook.name;
        let hint = said.hint.map(|hint| {
            Event::HintShown(ShownHint { id, hint, model_id: MODEL_ID, playbook: playbook.clone() })
        });
        let fact = |event| Fact { unix_ms, at_ms, event };
        let facts: Vec<_> = objection.into_iter().chain(hint).map(fact).collect();
        facts.iter().for_each(|fact| self.facts.add(fact.clone()));
        facts
    }

    /// `None` with one microphone.
    pub fn reserve(&self, at_ms: u64) -> Option<ReserveFigures> {
        let signals = self.coach.as_ref()?.signals();
        let share = signals.reserve(at_ms);
        let drivers = if share.is_ok() { words::drivers(&signals.drivers()) } else { Vec::new() };
        Some(ReserveFigures { share, drivers })
    }

    pub fn stretches(&self, now_ms: u64) -> Vec<Stretch> {
        self.timeline.stretches(now_ms)
    }

    /// Rates a hint; saying the same twice changes nothing. `false` when there was no such hint.
    pub fn rate(&mut self, at_ms: u64, unix_ms: u64, hint: u32, rating: Rating) -> bool {
        let Some(known) = self.facts.rating(hint) else { return false };
        if known != Some(rating) {
            self.facts.add(Fact { unix_ms, at_ms, event: Event::HintRated { hint, rating } });
        }
        true
    }

    /// Takes the rep's account of the call in place of an earlier one.
    ///
    /// # Errors
    /// It cannot be kept as it is.
    pub fn review(&mut self, review: Review) -> Result<(), ReviewError> {
        self.facts.review = review.checked()?;
        Ok(())
    }

    /// The call is over.
    pub fn ended(&mut self, at_ms: u64, unix_ms: u64) {
        let (hints, objections) = self.facts.counts();
        let (seconds, outcome) = (at_ms as f64 / 1000.0, self.facts.review.outcome);
        let event = Event::CallEnded { seconds, hints, objections, outcome };
        self.facts.add(Fact { unix_ms, at_ms, event });
    }

    /// Deletes everything that was heard and said.
    pub fn forget(&mut self, layout: Layout) {
        let wish = Wish { context: Context::default(), ..self.wish.clone() };
        *self = Self::new(layout, wish);
    }
}
