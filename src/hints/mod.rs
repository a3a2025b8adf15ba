//! Signals of one call, its context and a playbook -> at most a few hints, each with its reasons in words. Pure: time is
//! an argument.

pub mod budget;
pub mod context;
pub mod playbook;
pub mod sheet;
pub mod template;
pub mod words;

use std::sync::Arc;

use crate::observations::Observation;
use crate::signals::guardedness::Signals;
use crate::signals::objection::Objection;
use crate::units::Words;

use budget::Budget;
pub use context::Context;
pub use playbook::{Level, Playbook, Rule, Side};
use sheet::{Places, SCHEMA, Sheet};

/// A hint that could not be given at once is still worth giving for so long (a card hides itself after 8 s).
const FRESH_MS: u64 = 8_000;

/// What the rep is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// On the audio clock.
    pub at_ms: u64,
    /// The rule of the playbook that gave it.
    pub rule: String,
    pub side: Side,
    pub kind: String,
    /// One line to do.
    pub say: Words,
    /// The reasons, strongest first.
    pub drivers: Vec<Words>,
    /// What the rule asked for and what was found.
    pub because: Words,
}

/// What one observation led to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Said {
    pub objection: Option<Objection>,
    pub hint: Option<Hint>,
}

/// Follows one call and says when a hint is due, live and in rehearsal alike.
#[derive(Debug, Clone)]
pub struct Coach {
    playbook: Arc<Playbook>,
    level: Level,
    signals: Signals,
    sheet: Sheet,
    /// The newest hesitation, until a hint was given for it or it is old.
    hesitation: Option<(u64, Objection)>,
    /// The rules whose conditions hold, by their place in the playbook.
    asking: u64,
    /// When each rule spoke last.
    given_ms: Vec<Option<u64>>,
    budget: Budget,
    now_ms: u64,
}

impl Coach {
    pub fn new(playbook: Arc<Playbook>, level: Level) -> Self {
        Self {
            given_ms: vec![None; playbook.rules.len()],
            playbook,
            level,
            signals: Signals::default(),
            sheet: Sheet::default(),
            hesitation: None,
            asking: 0,
            budget: Budget::default(),
            now_ms: 0,
        }
    }

    /// Takes what people know of the call.
    pub fn know(&mut self, context: &Context) {
        self.sheet.know(context);
    }

    pub fn level(&self) -> Level {
        self.level
    }

    /// Somebody wants more hints, or fewer.
    pub fn set_level(&mut self, level: Level) {
        self.level = level;
    }

    /// Takes the next observation at `now_ms` of the audio clock; a clock that goes back stands still.
    pub fn push(&mut self, now_ms: u64, observation: &Observation) -> Said {
        self.now_ms = self.now_ms.max(now_ms);
        let objection = self.signals.push(self.now_ms, observation);
        if let Some(objection) = &objection {
            self.hesitation = Some((self.now_ms, objection.clone()));
        }
        let fresh = |(at_ms, _): &(u64, Objection)| self.now_ms.saturating_sub(*at_ms) <= FRESH_MS;
        self.hesitation = self.hesitation.take().filter(fresh);
        self.sheet.see(self.now_ms, &self.signals, self.hesitation.is_some());
        self.weigh();
        let hint = self.due().map(|place| self.give(place));
        Said { objection, hint }
    }

    /// What the hints are drawn from.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// Holds the conditions that look at something that changed against the row.
    fn weigh(&mut self) {
        let changed: Places = self.sheet.take_changed();
        if changed == 0 {
            return;
        }
        for (place, rule) in self.playbook.rules.iter().enumerate() {
            if rule.looks_at & changed != 0 || changed == Places::MAX {
                let asks = u64::from(rule.when.holds(self.sheet.row()));
                self.asking = self.asking & !(1 << place) | asks << place;
            }
        }
    }

    /// The most pressing rule that asks and may speak.
    fn due(&self) -> Option<usize> {
        if self.asking == 0 || !self.signals.is_warm() {
            return None;
        }
        let since_ms = self.signals.rep_speaking_since_ms();
        let may_speak = |place: &usize| {
            let rule = &self.playbook.rules[*place];
            let cool = |at_ms: u64| self.now_ms.saturating_sub(at_ms) >= rule.cool_down_ms;
            let wanted = self.level == Level::Novice || rule.level == Level::Quiet;
            wanted
                && self.given_ms[*place].is_none_or(cool)
                && self.budget.allows(&self.playbook.limits, self.now_ms, rule.class, since_ms)
        };
        (0..self.playbook.rules.len()).filter(|place| self.asking >> place & 1 == 1).find(may_speak)
    }

    fn give(&mut self, place: usize) -> Hint {
        let rule = &self.playbook.rules[place];
        self.budget.spend(self.now_ms, rule.class);
        self.given_ms[place] = Some(self.now_ms);
        let row = self.sheet.row();
        let mut drivers = match (&self.hesitation, rule.side) {
            (_, Side::Rep) => Vec::new(),
            (Some((_, objection)), Side::Client) if rule.is_of_one_answer() => {
                words::drivers(&objection.drivers)
            }
            (_, Side::Client) => words::drivers(&self.signals.drivers()),
        };
        drivers.extend(rule.why.as_ref().map(|why| why.fill(row)));
        let because = Words::both(|language| rule.when.explain(&SCHEMA, row, language).sentence(language));
        let hint = Hint {
            at_ms: self.now_ms,
            rule: rule.id.clone(),
            side: rule.side,
            kind: rule.kind.clone(),
            say: rule.say.fill(row),
            drivers,
            because,
        };
        if rule.is_of_one_answer() {
            self.hesitation = None;
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observations::{Channel, Tick};
    use crate::units::level::energy_of_mean_square;

    /// A turn: who, how long the gap before it, how many utterances, how long each, the silence between, syllables/s.
    type Drawn = (bool, i64, u64, u64, u64, u32);

    fn stream(drawn: &[Drawn]) -> Vec<(u64, Observation)> {
        let (mut told, mut end_ms) = (Vec::new(), 1000u64);
        for &(client, gap, utterances, length, silence, rate) in drawn {
            let channel = if client { Channel::Client } else { Channel::Rep };
            let mut at_ms = end_ms.saturating_add_signed(gap * 10);
            for n in 0..utterances {
                if n > 0 {
                    let pause =
                        Observation::Pause { channel, start_ms: at_ms - silence, length_ms: silence as u32 };
                    told.push((at_ms + 130, pause));
                }
                told.push((at_ms + 120, Observation::SpeechStart { channel, at_ms }));
                told.push((at_ms + length + 250, Observation::SpeechEnd { channel, at_ms: at_ms + length }));
                for start_ms in (at_ms..at_ms + length).step_by(1000) {
                    let frames = (length.min(1000) / 10) as u32;
                    let mut tick = Tick {
                        start_ms,
                        span_ms: 1000,
                        speech_ms: frames * 10,
                        nuclei: rate,
                        speech_energy: u64::from(frames) * energy_of_mean_square(1e-2),
                        noise_energy: 100 * energy_of_mean_square(1e-6),
                        ..Tick::empty(channel)
                    };
                    tick.pitch.add(30 + (start_ms % 9) as usize, frames / 2);
                    told.push((start_ms + 1100, Observation::Tick(tick)));
                }
                at_ms += length + silence;
            }
            end_ms = (at_ms - silence).max(end_ms);
        }
        told.sort_by_key(|&(at_ms, _)| at_ms);
        told
    }

    fn hints(told: &[(u64, Observation)]) -> Vec<(Hint, Option<u64>)> {
        let mut coach = Coach::new(Arc::new(Playbook::built_in()), Level::Novice);
        let mut given = Vec::new();
        for (now_ms, observation) in told {
            if let Some(hint) = coach.push(*now_ms, observation).hint {
                assert!(coach.signals().is_warm(), "a hint in warm-up");
                given.push((hint, coach.signals().rep_speaking_since_ms()));
            }
        }
        given
    }

    #[track_caller]
    fn keeps_the_budget(given: &[(Hint, Option<u64>)]) {
        let times: Vec<_> = given.iter().map(|(hint, _)| hint.at_ms).collect();
        let rep: Vec<_> =
            given.iter().filter(|(hint, _)| hint.side == Side::Rep).map(|(hint, _)| hint.at_ms).collect();
        let most = |times: &[u64]| {
            times
                .iter()
                .map(|&at| times.iter().filter(|&&t| t <= at && t + 600_000 > at).count())
                .max()
                .unwrap_or(0)
        };
        assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 45_000), "{times:?}");
        assert!(times.len() <= 6 && most(&times) <= 3, "{times:?}");
        assert!(rep.len() <= 2 && most(&rep) <= 1, "{rep:?}");
        for (hint, since_ms) in given {
            assert!(since_ms.is_none_or(|since_ms| hint.at_ms - since_ms >= 1500), "mid-utterance: {hint:?}");
        }
    }

    /// A calm client, then one who answers late, pauses, slows down and says little, over and over.
    fn dialogue(turns: usize, guarded_from: usize) -> Vec<(u64, Observation)> {
        let turn = |n: usize| match (n % 2 == 1, n >= guarded_from) {
            (false, _) => (false, 20, 1, 5000, 400, 4),
            (true, false) => (true, 15 + (n % 7) as i64 * 5, 2, 2500 + (n % 5) as u64 * 400, 400, 5),
            (true, true) => (true, 160, 4, 900, 800, 3),
        };
        stream(&(0..turns).map(turn).collect::<Vec<_>>())
    }

    #[test]
    fn a_client_who_becomes_guarded_is_hinted_with_reasons() {
        let given = hints(&dialogue(160, 60));
        let (first, _) = given.iter().find(|(hint, _)| hint.side == Side::Client).expect("a hint");
        assert!(!first.drivers.is_empty() && first.drivers[0].en.contains("reply +1."), "{first:?}");
        keeps_the_budget(&given);
    }

    #[test]
    fn a_client_who_stays_as_before_is_not() {
        let given = hints(&dialogue(160, 1000));
        assert!(given.iter().all(|(hint, _)| hint.side == Side::Rep), "{given:?}");
    }

    #[test]
    fn the_third_hesitation_points_to_an_objection() {
        let mut turns: Vec<Drawn> = Vec::new();
        for n in 0..130 {
            let hesitant = [51, 81, 111].contains(&n);
            turns.push(match (n % 2 == 1, hesitant) {
                (false, _) => (false, 20, 1, 4000, 400, 4),
                (true, true) => (true, 150, 5, 1000, 700, 5),
                (true, false) => (true, 15 + (n % 7) * 5, 1, 4000, 400, 5),
            });
        }
        let rules: Vec<_> = hints(&stream(&turns)).into_iter().map(|(hint, _)| hint.rule).collect();
        assert!(rules.iter().any(|rule| rule == "third-hesitation"), "{rules:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        /// Streams far wilder than calls: whatever is heard, the budget holds.
        #[test]
        fn caps_and_gaps_are_never_broken(
            seed in prop::collection::vec((any::<bool>(), -60i64..300, 1u64..6, 200u64..7000, 250u64..2000, 0u32..9), 20..60),
            rounds in 1usize..6,
        ) {
            let drawn: Vec<_> = std::iter::repeat_n(seed, rounds).flatten().collect();
            keeps_the_budget(&hints(&stream(&drawn)));
        }
    }

    #[test]
    fn absurd_times_are_harmless() {
        let mut coach = Coach::new(Arc::new(Playbook::built_in()), Level::Novice);
        for (now_ms, observation) in [
            (5, Observation::SpeechStart { channel: Channel::Client, at_ms: u64::MAX }),
            (u64::MAX, Observation::SpeechEnd { channel: Channel::Client, at_ms: 0 }),
            (0, Observation::Pause { channel: Channel::Client, start_ms: u64::MAX, length_ms: u32::MAX }),
            (u64::MAX, Observation::Tick(Tick { nuclei: u32::MAX, ..Tick::empty(Channel::Client) })),
            (9, Observation::SourceLost { at_ms: 9 }),
            (u64::MAX, Observation::SpeechStart { channel: Channel::Rep, at_ms: 3 }),
        ] {
            assert_eq!(coach.push(now_ms, &observation).hint, None);
        }
    }
}
