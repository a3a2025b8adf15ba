//! Signals of one call, its context and a playbook -> at most a few hints, each with its reasons in words. Pure: time is
//! an argument.

pub mod budget;
pub mod condition_row;
pub mod context;
mod dry_run;
mod layers;
pub mod playbook;
mod prompter;
mod snapshot;
pub mod template;
mod trace;
pub mod words;

use std::sync::Arc;

use crate::observations::Observation;
use crate::signals::guardedness::Signals;
use crate::signals::objection::Objection;
use crate::units::Words;

use condition_row::SCHEMA;
pub use context::Context;
pub use dry_run::{Fired, Tally, Tried, dry_run, tally};
pub use layers::{Layer, Layers, Misfit};
pub use playbook::{Fault, Level, Playbook, Rule, Side};
use prompter::{Prompter, Spoken};
pub use snapshot::Snapshot;
pub use trace::{Trace, Unreadable};

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
    signals: Signals,
    prompter: Prompter,
    trace: Trace,
    /// The newest hesitation.
    hesitation: Option<Objection>,
    now_ms: u64,
}

impl Coach {
    pub fn new(playbook: Arc<Playbook>, level: Level) -> Self {
        Self {
            signals: Signals::default(),
            prompter: Prompter::new(playbook, level),
            trace: Trace::default(),
            hesitation: None,
            now_ms: 0,
        }
    }

    /// Takes what people know of the call.
    pub fn know(&mut self, context: &Context) {
        self.prompter.know(context);
    }

    pub fn level(&self) -> Level {
        self.prompter.level()
    }

    /// Somebody wants more hints, or fewer.
    pub fn set_level(&mut self, level: Level) {
        self.prompter.set_level(level);
    }

    /// Takes the next observation at `now_ms` of the audio clock; a clock that goes back stands still.
    pub fn push(&mut self, now_ms: u64, observation: &Observation) -> Said {
        self.now_ms = self.now_ms.max(now_ms);
        let objection = self.signals.push(self.now_ms, observation);
        if objection.is_some() {
            self.hesitation.clone_from(&objection);
        }
        let snapshot = Snapshot::of(&self.signals, self.now_ms);
        self.trace.push(self.now_ms, &snapshot, self.prompter.level());
        let spoken = self.prompter.push(self.now_ms, &snapshot, objection.is_some());
        let hint = spoken.map(|spoken| self.hint(spoken));
        Said { objection, hint }
    }

    /// What the hints are drawn from.
    pub fn signals(&self) -> &Signals {
        &self.signals
    }

    /// How the signals stood over the call, for trying other rules on it.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    fn hint(&self, spoken: Spoken) -> Hint {
        let rule = &self.prompter.playbook().rules[spoken.place];
        let row = self.prompter.row();
        let mut drivers = match (&self.hesitation, rule.side) {
            (_, Side::Rep) => Vec::new(),
            (Some(objection), Side::Client) if spoken.of_answer => words::drivers(&objection.drivers),
            (_, Side::Client) => words::drivers(&self.signals.drivers()),
        };
        drivers.extend(rule.why.as_ref().map(|why| why.fill(row)));
        let because = Words::both(|language| rule.when.explain(&SCHEMA, row, language).sentence(language));
        Hint {
            at_ms: self.now_ms,
            rule: rule.id.clone(),
            side: rule.side,
            kind: rule.kind.clone(),
            say: rule.say.fill(row),
            drivers,
            because,
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

    /// Only client-side rules, with other thresholds.
    const OTHER: &str = r#"
version = 1
name = "other"
[[rule]]
id = "reserve"
side = "client"
kind = "reserve"
level = "quiet"
budget = "client"
priority = 70
cool_down_s = 60
when = "client.reserve > 0.1 && client.guarded_5s > 0.15 || client.signs >= 3"
say.zh = "一"
say.en = "one"
source = "test"
[[rule]]
id = "long"
side = "client"
kind = "time"
level = "novice"
budget = "client"
priority = 80
cool_down_s = 200
when = "call.elapsed_s >= 300 && !client.hesitates && rep.held_s >= 4"
say.zh = "一"
say.en = "one"
source = "test"
"#;

    /// What `playbook` says to a stream that is looked at ten times a second, as a live call is.
    fn live_of(told: &[(u64, Observation)], playbook: &Playbook, end_ms: u64) -> (Vec<(u64, String)>, Coach) {
        let mut coach = Coach::new(Arc::new(playbook.clone()), Level::Novice);
        let (mut given, mut waiting) = (Vec::new(), told.iter().peekable());
        for now_ms in (100..=end_ms).step_by(100) {
            let tick = Observation::Tick(Tick { start_ms: now_ms - 100, ..Tick::empty(Channel::Rep) });
            let heard = std::iter::from_fn(|| waiting.next_if(|(at_ms, _)| *at_ms <= now_ms));
            for observation in heard.map(|(_, observation)| observation).chain([&tick]) {
                let hint = coach.push(now_ms, observation).hint;
                given.extend(hint.map(|hint| (hint.at_ms, hint.rule)));
            }
        }
        (given, coach)
    }

    fn end_ms(told: &[(u64, Observation)]) -> u64 {
        told.last().map_or(0, |(at_ms, _)| at_ms.next_multiple_of(100))
    }

    /// What `playbook` says live, and what it would have said by the trace of a call that another one accompanied.
    fn live_and_dry(told: &[(u64, Observation)], playbook: &Playbook) -> [Vec<(u64, String)>; 2] {
        let end_ms = end_ms(told);
        let silent = Playbook::read("version = 1\nname = \"silent\"").unwrap();
        let ((live, _), (_, other)) = (live_of(told, playbook, end_ms), live_of(told, &silent, end_ms));
        let fired =
            dry_run(other.trace().bytes(), end_ms, &Context::default(), Arc::new(playbook.clone())).unwrap();
        let dry = fired.iter().map(|fired| (fired.at_ms, playbook.rules[fired.place].id.clone()));
        [live, dry.collect()]
    }

    #[test]
    fn a_dry_run_says_what_a_live_call_would_have_been_told() {
        for playbook in [Playbook::built_in(), Playbook::read(OTHER).unwrap()] {
            let [live, dry] = live_and_dry(&dialogue(160, 60), &playbook);
            assert!(!live.is_empty());
            assert_eq!(live, dry, "{}", playbook.name);
        }
    }

    #[test]
    fn a_trace_is_small() {
        let told = dialogue(400, 160);
        let end_ms = end_ms(&told);
        let (_, coach) = live_of(&told, &Playbook::built_in(), end_ms);
        let bits_a_second = coach.trace().bytes().len() as f64 * 8.0 / (end_ms as f64 / 1000.0);
        assert!(bits_a_second < 40.0, "{bits_a_second}");
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

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]

        #[test]
        fn dry_runs_over_wild_streams_agree_too(
            seed in prop::collection::vec((any::<bool>(), -60i64..300, 1u64..6, 200u64..7000, 250u64..2000, 0u32..9), 20..60),
        ) {
            let drawn: Vec<_> = std::iter::repeat_n(seed, 3).flatten().collect();
            let [live, dry] = live_and_dry(&stream(&drawn), &Playbook::built_in());
            prop_assert_eq!(live, dry);
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
