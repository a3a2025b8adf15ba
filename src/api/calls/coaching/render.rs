//! Hints, facts and the rep's account -> views, and back.

use serde_json::{Value, json};

use super::views::*;
use crate::api::words::WordsView;
use crate::calls::row::{Row, Stretch, stretches};
use crate::calls::{Outcome, Rating, Review};
use crate::hints::{Context, Level};
use crate::live::{self, Event, Fact, ReserveFigures, ShownHint};
use crate::signals::confidence::Withheld;
use crate::signals::model::MODEL_ID;
use crate::store::calls::StoredCall;
use crate::store::calls::stored::*;
use crate::units::rounded;

impl MomentsView {
    pub fn of(call: &live::Call) -> Self {
        let length_ms = call.elapsed_ms();
        let facts = &call.coaching.facts;
        Self {
            length_ms,
            stretches: call.coaching.stretches(length_ms).into_iter().map(Into::into).collect(),
            moments: facts.all.iter().map(|fact| json(fact.into())).collect(),
            agenda: call.coaching.agenda().to_vec(),
            review: (&facts.review).into(),
        }
    }

    /// A call that is no longer in memory.
    pub fn of_kept(kept: StoredCall, rows: &[Row], moments: Vec<StoredMoment>) -> Self {
        let review = kept.review.and_then(|review| serde_json::from_value(review).ok());
        Self {
            length_ms: kept.elapsed_ms.cast_unsigned(),
            stretches: stretches(rows).into_iter().map(Into::into).collect(),
            moments: moments.into_iter().map(|moment| json(moment.into())).collect(),
            agenda: kept.agenda,
            review: review.unwrap_or_default(),
        }
    }
}

/// Its members by name.
fn json(moment: MomentView) -> Value {
    json!(moment)
}

impl From<Stretch> for StretchView {
    fn from(stretch: Stretch) -> Self {
        Self { channel: stretch.channel, start_ms: stretch.start_ms, end_ms: stretch.end_ms }
    }
}

impl From<&Fact> for MomentView {
    fn from(fact: &Fact) -> Self {
        let (unix_ms, at_ms) = (fact.unix_ms, fact.at_ms);
        match &fact.event {
            Event::HintShown(shown) => Self::HintShown { unix_ms, hint: shown.into() },
            Event::HintRated { hint, rating } => {
                Self::HintRated { unix_ms, at_ms, hint_id: *hint, rating: (*rating).into() }
            }
            Event::ObjectionSignalled(signalled) => {
                Self::ObjectionSignalled { unix_ms, objection: signalled.into() }
            }
            Event::CallEnded { seconds, hints, objections, outcome, playbook } => Self::CallEnded {
                unix_ms,
                at_ms,
                seconds: *seconds,
                hints: *hints,
                objections: *objections,
                outcome: outcome.map(Into::into),
                model_id: Some(MODEL_ID.to_owned()),
                playbook: Some(playbook.clone()),
                interrupted: false,
            },
        }
    }
}

impl From<StoredMoment> for MomentView {
    fn from(moment: StoredMoment) -> Self {
        let unix_ms = moment.unix_ms;
        match moment.event {
            StoredEvent::HintShown { hint } => Self::HintShown { unix_ms, hint: hint.into() },
            StoredEvent::HintRated { at_ms, hint_id, rating } => {
                Self::HintRated { unix_ms, at_ms, hint_id, rating: Rating::from(rating).into() }
            }
            StoredEvent::ObjectionSignalled { objection } => {
                Self::ObjectionSignalled { unix_ms, objection: objection.into() }
            }
            StoredEvent::CallEnded {
                at_ms,
                seconds,
                hints,
                objections,
                outcome,
                model_id,
                playbook,
                interrupted,
            } => {
                let outcome = outcome.map(|outcome| Outcome::from(outcome).into());
                Self::CallEnded {
                    unix_ms,
                    at_ms,
                    seconds,
                    hints,
                    objections,
                    outcome,
                    model_id,
                    playbook,
                    interrupted,
                }
            }
        }
    }
}

impl From<StoredHint> for HintView {
    fn from(hint: StoredHint) -> Self {
        Self {
            id: hint.id,
            at_ms: hint.at_ms,
            rule: hint.rule,
            side: hint.side.name(),
            kind: hint.kind,
            text: hint.text.into(),
            drivers: hint.drivers.into_iter().map(Into::into).collect(),
            because: hint.because.into(),
            model_id: hint.model_id,
            playbook: hint.playbook,
        }
    }
}

impl From<StoredObjection> for ObjectionView {
    fn from(objection: StoredObjection) -> Self {
        Self {
            at_ms: objection.at_ms,
            onset_ms: objection.onset_ms,
            score: objection.score,
            drivers: objection.drivers.into_iter().map(Into::into).collect(),
            model_id: objection.model_id,
        }
    }
}

impl From<StoredWords> for WordsView {
    fn from(words: StoredWords) -> Self {
        Self { zh: words.zh, en: words.en }
    }
}

impl From<&ShownHint> for HintView {
    fn from(shown: &ShownHint) -> Self {
        let hint = &shown.hint;
        Self {
            id: shown.id,
            at_ms: hint.at_ms,
            rule: hint.rule.clone(),
            side: hint.side.name(),
            kind: hint.kind.clone(),
            text: (&hint.say).into(),
            drivers: hint.drivers.iter().map(Into::into).collect(),
            because: (&hint.because).into(),
            model_id: shown.model_id.to_owned(),
            playbook: shown.playbook.clone(),
        }
    }
}

impl From<&live::SignalledObjection> for ObjectionView {
    fn from(signalled: &live::SignalledObjection) -> Self {
        let objection = &signalled.objection;
        Self {
            at_ms: objection.at_ms,
            onset_ms: objection.onset_ms,
            score: rounded(objection.score),
            drivers: signalled.drivers.iter().map(Into::into).collect(),
            model_id: signalled.model_id.to_owned(),
        }
    }
}

impl From<Option<&ReserveFigures>> for ReserveView {
    fn from(figures: Option<&ReserveFigures>) -> Self {
        let share = figures.map(|figures| figures.share);
        let unknown = match share {
            None => Some("one_microphone"),
            Some(Ok(_)) => None,
            Some(Err(Withheld::WarmingUp)) => Some("warming_up"),
            Some(Err(Withheld::TooLittleFloor)) => Some("too_little_floor"),
            Some(Err(Withheld::Noisy)) => Some("noisy"),
            Some(Err(Withheld::Clipped)) => Some("clipped"),
            Some(Err(Withheld::Lost)) => Some("lost"),
        };
        let drivers =
            figures.map_or_else(Vec::new, |figures| figures.drivers.iter().map(Into::into).collect());
        Self { value: share.and_then(Result::ok).map(rounded), unknown, drivers }
    }
}

impl From<ContextView> for Context {
    fn from(view: ContextView) -> Self {
        let ContextView { industry, stage, open_items, last_objections, visiting, agenda } = view;
        Self { industry, stage, open_items, last_objections, visiting, agenda, hesitations_before: None }
    }
}

impl From<HintLevel> for Level {
    fn from(view: HintLevel) -> Self {
        if view == HintLevel::Quiet { Self::Quiet } else { Self::Novice }
    }
}

impl From<Level> for HintLevel {
    fn from(level: Level) -> Self {
        if level == Level::Quiet { Self::Quiet } else { Self::Novice }
    }
}

impl From<RatingView> for Rating {
    fn from(view: RatingView) -> Self {
        match view {
            RatingView::Useful => Self::Useful,
            RatingView::NotNow => Self::NotNow,
            RatingView::Wrong => Self::Wrong,
        }
    }
}

impl From<Rating> for RatingView {
    fn from(rating: Rating) -> Self {
        match rating {
            Rating::Useful => Self::Useful,
            Rating::NotNow => Self::NotNow,
            Rating::Wrong => Self::Wrong,
        }
    }
}

impl From<OutcomeView> for Outcome {
    fn from(view: OutcomeView) -> Self {
        match view {
            OutcomeView::Advanced => Self::Advanced,
            OutcomeView::Unchanged => Self::Unchanged,
            OutcomeView::Won => Self::Won,
            OutcomeView::Lost => Self::Lost,
        }
    }
}

impl From<Outcome> for OutcomeView {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Advanced => Self::Advanced,
            Outcome::Unchanged => Self::Unchanged,
            Outcome::Won => Self::Won,
            Outcome::Lost => Self::Lost,
        }
    }
}

impl From<ReviewView> for Review {
    fn from(view: ReviewView) -> Self {
        let ReviewView { objection, topics, notes, outcome } = view;
        Self { objection, topics, notes, outcome: outcome.map(Into::into) }
    }
}

impl From<&Review> for ReviewView {
    fn from(review: &Review) -> Self {
        let Review { objection, topics, notes, outcome } = review.clone();
        Self { objection, topics, notes, outcome: outcome.map(Into::into) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hints::{Hint, Side};
    use crate::live::SignalledObjection;
    use crate::signals::objection::Objection;
    use crate::store::calls::stored::example::OLD_MOMENTS;
    use crate::units::Words;

    fn words() -> Words {
        Words::new("请他多说", "let them say more")
    }

    fn events() -> [Event; 4] {
        let hint = Hint {
            at_ms: 9_000,
            rule: "hesitation".into(),
            side: Side::Rep,
            kind: "objection".into(),
            say: words(),
            drivers: vec![words()],
            because: words(),
        };
        let objection = Objection { at_ms: 9_000, onset_ms: 8_000, score: 3.217_049, drivers: Vec::new() };
        let drivers = vec![words()];
        [
            Event::HintShown(ShownHint { id: 3, hint, model_id: MODEL_ID, playbook: "built-in".into() }),
            Event::HintRated { hint: 3, rating: Rating::NotNow },
            Event::ObjectionSignalled(SignalledObjection { id: 1, objection, drivers, model_id: MODEL_ID }),
            Event::CallEnded {
                seconds: 63.5,
                hints: 1,
                objections: 1,
                outcome: Some(Outcome::Won),
                playbook: "built-in".into(),
            },
        ]
    }

    #[test]
    fn moments_without_a_version_are_answered_to_the_byte_as_they_were() {
        for old in OLD_MOMENTS {
            let as_it_was: Value = serde_json::from_str(old).unwrap();
            let moment: StoredMoment = serde_json::from_str(old).unwrap();
            assert_eq!(json(moment.into()).to_string(), as_it_was.to_string());
        }
    }

    #[test]
    fn a_moment_is_answered_alike_from_memory_and_from_the_store() {
        for event in events() {
            let name = event.name();
            let fact = Fact { unix_ms: 7, at_ms: 9_500, event };
            let live = serde_json::to_string(&MomentView::from(&fact)).unwrap();
            let stored: StoredMoment = serde_json::from_value(json!(StoredMoment::from(&fact))).unwrap();
            let told = stored.told();
            assert_eq!(serde_json::to_string(&MomentView::from(stored)).unwrap(), live);
            let mut heard: Value = serde_json::from_str(&live).unwrap();
            assert_eq!(heard.as_object_mut().unwrap().remove("event"), Some(json!(name)));
            assert_eq!(told.to_string(), heard.to_string(), "and others hear the same");
        }
    }
}
