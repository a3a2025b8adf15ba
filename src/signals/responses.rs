//! Speech events of two sides -> who answered whom, and how long after the other had ended.

use crate::observations::Channel;
use crate::observations::EVENT_LAG_MS;
use crate::observations::Observation;

/// The shortest time the other side must have held the floor (its own pauses included) to be answered.
const HELD_MS_MIN: u64 = 1500;

/// Less speech is a backchannel ("mhm"): no answer, and it takes no floor.
const ANSWER_MS_MIN: u64 = 500;

/// A longer silence of the answering side and the answer begins anew.
const SILENCE_MS_MAX: u64 = 2000;

/// Latencies outside this are no answers to what was said last. Negative: the answer began before the other ended.
const LATENCY_MS: std::ops::RangeInclusive<i64> = -1000..=5000;

/// Latencies are counted on the grid of frames, so the median is exact however long the call.
const STEP_MS: i64 = 10;
const STEPS: usize = ((*LATENCY_MS.end() - *LATENCY_MS.start()) / STEP_MS) as usize + 1;

/// One side took the floor from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response {
    /// Who answered.
    pub channel: Channel,
    /// When the answer began.
    pub onset_ms: u64,
    /// The answer's onset less the other's end.
    pub latency_ms: i32,
}

/// The floor passed to this side, however short the other had held it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Who has the floor now.
    pub channel: Channel,
    /// When its turn began.
    pub onset_ms: u64,
    /// The onset less the other's end.
    pub latency_ms: i64,
    /// How long the other side had held the floor, its own pauses included.
    pub held_ms: u64,
}

impl Taken {
    /// The answer that this is, if the other side had said enough to be answered and the latency is one.
    pub fn response(&self) -> Option<Response> {
        let answers = self.held_ms >= HELD_MS_MIN && LATENCY_MS.contains(&self.latency_ms);
        let Self { channel, onset_ms, latency_ms, .. } = *self;
        answers.then_some(Response { channel, onset_ms, latency_ms: latency_ms as i32 })
    }
}

/// How often each latency was met: 2.4 KiB, whatever the length of the call.
#[derive(Debug, Clone)]
struct Latencies {
    counts: Box<[u32; STEPS]>,
    total: u32,
}

impl Latencies {
    fn add(&mut self, latency_ms: i64) {
        let step = (latency_ms - LATENCY_MS.start() + STEP_MS / 2) / STEP_MS;
        self.counts[step as usize] = self.counts[step as usize].saturating_add(1);
        self.total = self.total.saturating_add(1);
    }

    /// The middle one, or the mean of the two in the middle.
    fn median_ms(&self) -> Option<f32> {
        let last = self.total.checked_sub(1)?;
        Some((self.nth_ms(last / 2) + self.nth_ms(self.total / 2)) as f32 / 2.0)
    }

    fn nth_ms(&self, n: u32) -> i64 {
        let mut below = 0;
        let step = self.counts.iter().position(|&count| {
            below += u64::from(count);
            below > u64::from(n)
        });
        LATENCY_MS.start() + step.unwrap_or(STEPS - 1) as i64 * STEP_MS
    }
}

/// An answer that has begun and may yet turn out to be a backchannel.
#[derive(Debug, Clone, Copy)]
struct Answer {
    onset_ms: u64,
    /// In its utterances that are over.
    spoken_ms: u64,
    /// When the other side ended what it was saying at the onset; `None` while it still speaks.
    other_end_ms: Option<u64>,
}

#[derive(Debug, Clone)]
struct Side {
    since_ms: Option<u64>,
    ended_ms: u64,
    answer: Option<Answer>,
    latencies: Latencies,
}

/// Follows who holds the floor. One side holds it until the other has answered.
#[derive(Debug, Clone)]
pub struct Responses {
    /// Rep, client.
    sides: [Side; 2],
    /// Whose floor it is, and since when.
    holder: Option<(usize, u64)>,
}

const CHANNELS: [Channel; 2] = [Channel::Rep, Channel::Client];

impl Default for Responses {
    fn default() -> Self {
        let latencies = Latencies { counts: Box::new([0; STEPS]), total: 0 };
        let side = Side { since_ms: None, ended_ms: 0, answer: None, latencies };
        Self { sides: [side.clone(), side], holder: None }
    }
}

impl Responses {
    /// Takes one observation. Returns an answer as soon as it is certain that it is one.
    pub fn push(&mut self, observation: &Observation) -> Option<Response> {
        self.follow(observation).and_then(|taken| taken.response())
    }

    /// Takes one observation, in place of [`Self::push`]. Returns every change of the floor as soon as it is certain.
    pub fn follow(&mut self, observation: &Observation) -> Option<Taken> {
        let now_ms = match *observation {
            Observation::SpeechStart { channel, at_ms } => {
                self.start(side_of(channel)?, at_ms);
                at_ms
            }
            Observation::SpeechEnd { channel, at_ms } => {
                self.end(side_of(channel)?, at_ms);
                at_ms
            }
            Observation::Tick(ref tick) => tick.start_ms.saturating_add(tick.span_ms.into()),
            Observation::SourceLost { .. } => {
                self.holder = None;
                for side in &mut self.sides {
                    side.since_ms = None;
                    side.answer = None;
                }
                return None;
            }
            _ => return None,
        };
        self.settle(0, now_ms).or_else(|| self.settle(1, now_ms))
    }

    /// Whose floor it is, and since when.
    pub fn holder(&self) -> Option<(Channel, u64)> {
        self.holder.map(|(side, since_ms)| (CHANNELS[side], since_ms))
    }

    /// How often that side answered.
    pub fn count(&self, channel: Channel) -> u32 {
        side_of(channel).map_or(0, |side| self.sides[side].latencies.total)
    }

    /// The median latency of that side's answers; `None` without answers.
    pub fn median_ms(&self, channel: Channel) -> Option<f32> {
        self.sides[side_of(channel)?].latencies.median_ms()
    }

    fn start(&mut self, own: usize, at_ms: u64) {
        let other = 1 - own;
        if self.sides[own].since_ms.is_some() {
            return;
        }
        self.sides[own].since_ms = Some(at_ms);
        if self.sides[other].since_ms.is_none() {
            self.sides[other].answer = None;
        }
        match self.holder {
            None => self.holder = Some((own, at_ms)),
            Some((holder, _)) if holder == other => {
                let silent_ms = at_ms.saturating_sub(self.sides[own].ended_ms);
                let other_end_ms = match self.sides[other].since_ms {
                    Some(_) => None,
                    None => Some(self.sides[other].ended_ms),
                };
                let goes_on = |answer: &Answer| answer.other_end_ms.is_some() && silent_ms <= SILENCE_MS_MAX;
                let fresh = Answer { onset_ms: at_ms, spoken_ms: 0, other_end_ms };
                let answer = self.sides[own].answer.filter(goes_on).unwrap_or(fresh);
                self.sides[own].answer = Some(answer);
            }
            Some(_) => {}
        }
    }

    fn end(&mut self, own: usize, at_ms: u64) {
        let Some(since_ms) = self.sides[own].since_ms.take() else {
            return;
        };
        self.sides[own].ended_ms = at_ms.max(since_ms);
        if let Some(answer) = &mut self.sides[own].answer {
            answer.spoken_ms = answer.spoken_ms.saturating_add(at_ms.saturating_sub(since_ms));
        }
        if let Some(answer) = &mut self.sides[1 - own].answer {
            answer.other_end_ms.get_or_insert(at_ms);
        }
    }

    /// Decides whether an answer under way is one by now: it is long enough, and the other side had ended before it.
    fn settle(&mut self, own: usize, now_ms: u64) -> Option<Taken> {
        let side = &mut self.sides[own];
        let Answer { onset_ms, spoken_ms, other_end_ms } = side.answer?;
        let end_ms = other_end_ms?;
        if side.since_ms.is_none() && side.ended_ms <= end_ms {
            side.answer = None;
            return None;
        }
        let running_ms =
            side.since_ms.map_or(0, |since_ms| now_ms.saturating_sub(EVENT_LAG_MS).saturating_sub(since_ms));
        if spoken_ms.saturating_add(running_ms) < ANSWER_MS_MIN {
            return None;
        }
        side.answer = None;
        let own_end_ms = side.since_ms.is_none().then_some(side.ended_ms);
        let other = &mut self.sides[1 - own];
        // The other side spoke again before this was certain: that may be the next answer.
        if let Some(since_ms) = other.since_ms.filter(|&since_ms| since_ms > onset_ms) {
            other.answer = Some(Answer { onset_ms: since_ms, spoken_ms: 0, other_end_ms: own_end_ms });
        }
        let (_, held_since_ms) = self.holder.replace((own, onset_ms))?;
        let latency_ms = onset_ms.cast_signed().saturating_sub(end_ms.cast_signed());
        let held_ms = end_ms.saturating_sub(held_since_ms);
        let taken = Taken { channel: CHANNELS[own], onset_ms, latency_ms, held_ms };
        if taken.response().is_some() {
            self.sides[own].latencies.add(latency_ms);
        }
        Some(taken)
    }
}

fn side_of(channel: Channel) -> Option<usize> {
    CHANNELS.iter().position(|&known| known == channel)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::observations::Tick;
    use Channel::{Client, Rep};

    /// 100 ms a character, `#` speech.
    #[track_caller]
    fn check(rep: &str, client: &str, want: &[(Channel, u64, i32)]) {
        let mut responses = Responses::default();
        let got: Vec<_> = crate::signals::script::observations(rep, client)
            .iter()
            .filter_map(|observation| responses.push(observation))
            .map(|r| (r.channel, r.onset_ms, r.latency_ms))
            .collect();
        assert_eq!(got, want, "\n{rep}\n{client}");
    }

    #[test]
    fn an_answer_is_timed_from_the_end_of_the_other() {
        check(
            "####################.............",
            ".......................########..",
            &[(Client, 2300, 300)],
        );
    }

    #[test]
    fn an_early_answer_is_negative() {
        check(
            "####################............",
            "................##########......",
            &[(Client, 1600, -400)],
        );
    }

    #[test]
    fn pauses_count_as_holding_the_floor() {
        check("#####.....######.............", "...................########..", &[(Client, 1900, 300)]);
    }

    #[test]
    fn a_word_is_not_a_floor() {
        check("##########...........", ".............#######.", &[]);
    }

    #[test]
    fn a_backchannel_is_no_answer_and_takes_no_floor() {
        check(
            "####################.....#########...............",
            ".....................###..............########...",
            &[(Client, 3800, 400)],
        );
        check("####################...........", ".......######...........#######", &[]);
    }

    #[test]
    fn hesitation_belongs_to_the_answer() {
        check(
            "####################...................",
            "........................##....########.",
            &[(Client, 2400, 400)],
        );
    }

    #[test]
    fn both_sides_answer_in_turn() {
        check(
            "################.....................#################...",
            "...................################......................",
            &[(Client, 1900, 300), (Rep, 3700, 200)],
        );
    }

    #[test]
    fn a_gap_in_the_sound_is_no_latency() {
        let mut responses = Responses::default();
        for observation in [
            Observation::SpeechStart { channel: Rep, at_ms: 0 },
            Observation::SpeechEnd { channel: Rep, at_ms: 3000 },
            Observation::SourceLost { at_ms: 3100 },
            Observation::SourceBack { at_ms: 3500 },
            Observation::SpeechStart { channel: Client, at_ms: 4000 },
            Observation::SpeechEnd { channel: Client, at_ms: 6000 },
        ] {
            assert_eq!(responses.push(&observation), None);
        }
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        let mut responses = Responses::default();
        assert_eq!(responses.median_ms(Client), None);
        for latency_ms in [-1000, 300, 5000, 500] {
            responses.sides[1].latencies.add(latency_ms);
        }
        assert_eq!((responses.count(Client), responses.median_ms(Client)), (4, Some(400.0)));
        assert_eq!(responses.median_ms(Channel::Mono), None);
    }

    proptest! {
        /// Turns of both sides in alternation, told with the delays that the ear may take (each side in its own order),
        /// against the definition applied to the turns themselves.
        #[test]
        fn whatever_the_delays_the_answers_are_those_of_the_definition(
            drawn in prop::collection::vec((60u64..500, -20i64..250, 6u64..20, 10u64..26), 1..30),
        ) {
            let (mut turns, mut told) = (Vec::new(), Vec::new());
            let mut end_ms = 1000u64;
            for (n, (length, gap, start_lag, end_lag)) in drawn.into_iter().enumerate() {
                let start_ms = end_ms.saturating_add_signed(gap * 10);
                end_ms = start_ms + length * 10;
                let channel = CHANNELS[n % 2];
                turns.push((start_ms, end_ms));
                told.push((start_ms + start_lag * 10, Observation::SpeechStart { channel, at_ms: start_ms }));
                told.push((end_ms + end_lag * 10, Observation::SpeechEnd { channel, at_ms: end_ms }));
            }
            for start_ms in (0..end_ms + 1000).step_by(100) {
                let tick = Tick { start_ms, span_ms: 100, ..Tick::empty(Rep) };
                told.push((start_ms + 220, Observation::Tick(tick)));
            }
            told.sort_by_key(|&(at_ms, _)| at_ms);

            let mut responses = Responses::default();
            let got: Vec<_> = told.iter().filter_map(|(_, observation)| responses.push(observation)).collect();
            let mut want = Vec::new();
            for (n, pair) in turns.windows(2).enumerate() {
                let [(start_ms, end_ms), (onset_ms, _)] = [pair[0], pair[1]];
                let latency_ms = onset_ms as i64 - end_ms as i64;
                if end_ms - start_ms >= HELD_MS_MIN && LATENCY_MS.contains(&latency_ms) {
                    let channel = CHANNELS[(n + 1) % 2];
                    want.push(Response { channel, onset_ms, latency_ms: latency_ms as i32 });
                }
            }
            prop_assert_eq!(got, want);
        }
    }
}
