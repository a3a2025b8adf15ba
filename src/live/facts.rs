//! What happened in a call that others may want to know: kept with the call, and shaped to be sent on as it is.

use crate::calls::{Outcome, Rating, Review};
use crate::hints::Hint;
use crate::signals::objection::Objection;
use crate::units::Words;

/// Facts of one call; later ones are not kept. A signal comes once in 45 s, so that a day of talk has room.
const KEPT: usize = 2_000;

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    /// Unix time in milliseconds.
    pub unix_ms: u64,
    /// On the call's audio clock.
    pub at_ms: u64,
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    HintShown(ShownHint),
    HintRated { hint: u32, rating: Rating },
    ObjectionSignalled(SignalledObjection),
    CallEnded { seconds: f64, hints: u32, objections: u32, outcome: Option<Outcome>, playbook: String },
}

impl Event {
    /// Stable: subscribers branch on it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::HintShown(_) => "hint.shown",
            Self::HintRated { .. } => "hint.rated",
            Self::ObjectionSignalled(_) => "objection.signalled",
            Self::CallEnded { .. } => "call.ended",
        }
    }

    /// Its number among those of its name in the call; ratings have none of their own.
    pub fn number(&self) -> u32 {
        match self {
            Self::HintShown(shown) => shown.id,
            Self::HintRated { hint, .. } => *hint,
            Self::ObjectionSignalled(signalled) => signalled.id,
            Self::CallEnded { .. } => 1,
        }
    }
}

/// A hint and what made it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownHint {
    /// Within the call, from 1.
    pub id: u32,
    pub hint: Hint,
    /// The constants behind the signals.
    pub model_id: &'static str,
    pub playbook: String,
}

/// An objection signal and what made it.
#[derive(Debug, Clone, PartialEq)]
pub struct SignalledObjection {
    /// Within the call, from 1.
    pub id: u32,
    pub objection: Objection,
    pub drivers: Vec<Words>,
    pub model_id: &'static str,
}

/// The facts of one call, what its rep said, in the order in which it happened.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub all: Vec<Fact>,
    pub review: Review,
}

impl Facts {
    pub fn add(&mut self, fact: Fact) {
        if self.all.len() < KEPT {
            self.all.push(fact);
        }
    }

    /// Hints shown and objections signalled so far.
    pub fn counts(&self) -> (u32, u32) {
        let count = |of: fn(&Event) -> bool| self.all.iter().filter(|fact| of(&fact.event)).count() as u32;
        (
            count(|event| matches!(event, Event::HintShown(_))),
            count(|event| matches!(event, Event::ObjectionSignalled(_))),
        )
    }

    /// A hint that was shown.
    pub fn hint(&self, id: u32) -> Option<&ShownHint> {
        self.all.iter().find_map(|fact| match &fact.event {
            Event::HintShown(shown) if shown.id == id => Some(shown),
            _ => None,
        })
    }

    /// What a hint was worth, as said last; `None` when there was no such hint.
    pub fn rating(&self, id: u32) -> Option<Option<Rating>> {
        let mut known = None;
        for fact in &self.all {
            match &fact.event {
                Event::HintShown(shown) if shown.id == id => known = Some(None),
                Event::HintRated { hint, rating } if *hint == id => known = Some(Some(*rating)),
                _ => {}
            }
        }
        known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(hint: u32, rating: Rating) -> Fact {
        Fact { unix_ms: 0, at_ms: 0, event: Event::HintRated { hint, rating } }
    }

    #[test]
    fn the_last_rating_counts() {
        let mut facts = Facts::default();
        assert_eq!(facts.rating(1), None);
        facts.add(rated(1, Rating::Wrong));
        facts.add(rated(1, Rating::Useful));
        facts.add(rated(2, Rating::NotNow));
        assert_eq!(facts.rating(1), Some(Some(Rating::Useful)));
    }

    #[test]
    fn facts_are_bounded() {
        let mut facts = Facts::default();
        (0..3000).for_each(|n| facts.add(rated(n, Rating::Useful)));
        assert_eq!(facts.all.len(), KEPT);
    }
}
