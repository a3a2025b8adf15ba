//! Signals of one call -> at most a few hints, each with its reasons in words. Pure: time is an argument.

pub mod budget;
pub mod rules;
pub mod words;

use crate::observations::Observation;
use crate::signals::guardedness::Signals;
use crate::signals::objection::Objection;

use budget::Budget;
use rules::{Asked, Desk};
pub use rules::{Kind, Side};
pub use words::Language;

/// What the rep is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Hint {
    /// On the audio clock.
    pub at_ms: u64,
    /// The rule of the playbook that gave it.
    pub rule: &'static str,
    pub side: Side,
    pub kind: Kind,
    pub text: &'static str,
    pub drivers: Vec<String>,
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
    language: Language,
    signals: Signals,
    desk: Desk,
    budget: Budget,
    now_ms: u64,
}

impl Coach {
    pub fn new(language: Language) -> Self {
        let (signals, desk, budget) = (Signals::default(), Desk::default(), Budget::default());
        Self { language, signals, desk, budget, now_ms: 0 }
    }

    /// Takes the next observation at `now_ms` of the audio clock; a clock that goes back stands still.
    pub fn push(&mut self, now_ms: u64, observation: &Observation) -> Said {
        self.now_ms = self.now_ms.max(now_ms);
        let objection = self.signals.push(self.now_ms, observation);
        let hint = self
            .desk
            .asked(self.now_ms, &self.signals, objection.as_ref())
            .into_iter()
            .find(|asked| self.budget.allows(self.now_ms, asked.side(), self.signals.rep_speaking_since_ms()))
            .map(|asked| self.give(&asked));
        Said { objection, hint }
    }

    /// What the hints are drawn from.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    fn give(&mut self, asked: &Asked) -> Hint {
        self.budget.spend(self.now_ms, asked.side());
        self.desk.given(self.now_ms, asked);
        Hint {
            at_ms: self.now_ms,
            rule: asked.rule.id(),
            side: asked.side(),
            kind: asked.rule.kind(),
            text: words::text(asked.rule, self.language),
            drivers: words::drivers(asked, self.language),
        }
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
        let mut coach = Coach::new(Language::En);
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
        assert!(!first.drivers.is_empty() && first.drivers[0].contains("reply +1."), "{first:?}");
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
        let rules: Vec<_> = hints(&stream(&turns)).iter().map(|(hint, _)| hint.rule).collect();
        assert!(rules.contains(&"third-hesitation"), "{rules:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

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
        let mut coach = Coach::new(Language::Zh);
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
