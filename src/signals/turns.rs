//! Speech, pause and overlap events -> how long each side spoke and held the floor, and how it paused.

use crate::observations::Channel;
use crate::observations::Layout;
use crate::observations::Observation;

use super::window::{Sums, Window, Windows};

/// Silences from here on are pauses and come as events; a shorter one inside a turn is part of the speech around it.
const PAUSE_MS_MIN: u64 = 250;

/// What one side did in a stretch of time. Everything adds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TurnSums {
    /// Inside utterances.
    pub speech_ms: u64,
    /// From the onset to the end of its turns, its own pauses included.
    pub floor_ms: u64,
    pub pauses: u32,
    pub pause_ms: u64,
    pub filled_pauses: u32,
}

impl TurnSums {
    /// Floor time without pauses.
    pub fn phonation_ms(&self) -> u64 {
        self.floor_ms.saturating_sub(self.pause_ms)
    }
}

impl Sums for TurnSums {
    fn add(&mut self, more: &Self) {
        self.speech_ms = self.speech_ms.saturating_add(more.speech_ms);
        self.floor_ms = self.floor_ms.saturating_add(more.floor_ms);
        self.pauses = self.pauses.saturating_add(more.pauses);
        self.pause_ms = self.pause_ms.saturating_add(more.pause_ms);
        self.filled_pauses = self.filled_pauses.saturating_add(more.filled_pauses);
    }
}

/// Stretches in which both spoke.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OverlapSums {
    pub count: u32,
    pub length_ms: u64,
}

impl Sums for OverlapSums {
    fn add(&mut self, more: &Self) {
        self.count = self.count.saturating_add(more.count);
        self.length_ms = self.length_ms.saturating_add(more.length_ms);
    }
}

#[derive(Debug, Clone)]
struct Side {
    channel: Channel,
    /// When the utterance began that is under way.
    since_ms: Option<u64>,
    /// When the last utterance ended; `None` at the start and after a gap in the sound.
    ended_ms: Option<u64>,
    sums: Windows<TurnSums>,
}

/// Follows the utterances of every side.
#[derive(Debug, Clone)]
pub struct Turns {
    sides: Vec<Side>,
    overlaps: Windows<OverlapSums>,
}

impl Turns {
    pub fn new(layout: Layout) -> Self {
        let side = |&channel: &Channel| Side {
            channel,
            since_ms: None,
            ended_ms: None,
            sums: Windows::new(TurnSums::default()),
        };
        Self {
            sides: layout.channels().iter().map(side).collect(),
            overlaps: Windows::new(OverlapSums::default()),
        }
    }

    /// Takes one observation; ticks change nothing, and voices that the layout does not have are passed over.
    pub fn push(&mut self, observation: &Observation) {
        match *observation {
            Observation::SpeechStart { channel, at_ms } => self.start(channel, at_ms),
            Observation::SpeechEnd { channel, at_ms } => {
                if let Some(side) = self.side_mut(channel) {
                    side.end(at_ms);
                }
            }
            Observation::Pause { channel, start_ms, length_ms } => {
                if let Some(side) = self.side_mut(channel) {
                    side.pause(start_ms, length_ms.into());
                }
            }
            Observation::FilledPause { channel, start_ms, .. } => {
                if let Some(side) = self.side_mut(channel) {
                    side.sums.add(start_ms, &TurnSums { filled_pauses: 1, ..TurnSums::default() });
                }
            }
            Observation::Overlap { start_ms, length_ms } => {
                self.overlaps.add(start_ms, &OverlapSums { count: 1, length_ms: length_ms.into() });
            }
            Observation::SourceLost { at_ms } => {
                for side in &mut self.sides {
                    side.end(at_ms);
                    side.ended_ms = None;
                }
            }
            Observation::Tick(_) | Observation::SourceBack { .. } | Observation::Doubt { .. } => {}
        }
    }

    /// What a side did in a window that ends at `now_ms`, the utterance under way included.
    pub fn sums(&self, channel: Channel, window: Window, now_ms: u64) -> TurnSums {
        let Some(side) = self.sides.iter().find(|side| side.channel == channel) else {
            return TurnSums::default();
        };
        let mut sums = side.sums.over(window, now_ms);
        if let Some(since_ms) = side.since_ms {
            let from_ms = since_ms.max(Windows::<TurnSums>::start_ms(window, now_ms));
            sums.add(&spoken(now_ms.saturating_sub(from_ms)));
        }
        sums
    }

    /// The stretches in which both spoke, of those that are over.
    pub fn overlaps(&self, window: Window, now_ms: u64) -> OverlapSums {
        self.overlaps.over(window, now_ms)
    }

    /// Since when a side speaks; `None` when it is silent.
    pub fn speaking_since_ms(&self, channel: Channel) -> Option<u64> {
        self.sides.iter().find(|side| side.channel == channel)?.since_ms
    }

    fn side_mut(&mut self, channel: Channel) -> Option<&mut Side> {
        self.sides.iter_mut().find(|side| side.channel == channel)
    }

    fn start(&mut self, channel: Channel, at_ms: u64) {
        let heard_since =
            |side: &Side, ms| side.since_ms.is_some() || side.ended_ms.is_some_and(|end| end > ms);
        let ended_ms = self.side_mut(channel).and_then(|side| side.ended_ms);
        let alone = ended_ms.is_some_and(|ms| {
            !self.sides.iter().any(|side| side.channel != channel && heard_since(side, ms))
        });
        let Some(side) = self.side_mut(channel).filter(|side| side.since_ms.is_none()) else {
            return;
        };
        let at_ms = at_ms.max(ended_ms.unwrap_or(0));
        side.since_ms = Some(at_ms);
        let gap_ms = ended_ms.map_or(u64::MAX, |ms| at_ms - ms);
        if alone && gap_ms < PAUSE_MS_MIN {
            let held = |floor_ms| TurnSums { floor_ms, ..TurnSums::default() };
            side.sums.add_span(at_ms - gap_ms, at_ms, held);
        }
    }
}

impl Side {
    fn end(&mut self, at_ms: u64) {
        if let Some(since_ms) = self.since_ms.take() {
            self.sums.add_span(since_ms, at_ms, spoken);
            self.ended_ms = Some(at_ms.max(since_ms));
        }
    }

    fn pause(&mut self, start_ms: u64, length_ms: u64) {
        let silent = |ms| TurnSums { floor_ms: ms, pause_ms: ms, ..TurnSums::default() };
        self.sums.add_span(start_ms, start_ms.saturating_add(length_ms), silent);
        self.sums.add(start_ms, &TurnSums { pauses: 1, ..TurnSums::default() });
    }
}

fn spoken(ms: u64) -> TurnSums {
    TurnSums { speech_ms: ms, floor_ms: ms, ..TurnSums::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{Client, Rep};

    /// Both sides as text, 100 ms a character: `#` speech, `.` silence. Pauses are told as the ear tells them: when
    /// over, 250 ms to 2 s, and only while the other side is silent.
    fn heard(rep: &str, client: &str) -> Turns {
        let mut turns = Turns::new(Layout::RepLeft);
        for observation in crate::signals::script::observations(rep, client) {
            turns.push(&observation);
        }
        turns
    }

    #[track_caller]
    fn check(rep: &str, client: &str, want: (u64, u64, u32, u64)) {
        let sums = heard(rep, client).sums(Rep, Window::Call, 60_000);
        assert_eq!((sums.speech_ms, sums.floor_ms, sums.pauses, sums.pause_ms), want, "{rep} {client}");
    }

    #[test]
    fn floor_time_holds_the_own_pauses() {
        check("####...####.", "............", (800, 1100, 1, 300));
    }

    #[test]
    fn a_breath_belongs_to_the_speech_around_it() {
        check("####..####.", "...........", (800, 1000, 0, 0));
    }

    #[test]
    fn a_silence_in_which_the_other_speaks_is_no_pause_and_not_the_floor() {
        check("####........####.", ".....####........", (800, 800, 0, 0));
        check("####..####.", "...###.....", (800, 800, 0, 0));
    }

    #[test]
    fn long_silences_end_the_turn() {
        check("####.........................####.", "", (800, 800, 0, 0));
    }

    #[test]
    fn an_utterance_under_way_counts_up_to_now() {
        let turns = heard("..##########", "");
        assert_eq!(turns.sums(Rep, Window::Call, 1200).speech_ms, 1000);
        assert_eq!(turns.speaking_since_ms(Rep), Some(200));
    }

    #[test]
    fn a_long_utterance_fills_each_window_to_the_brim() {
        let mut turns = Turns::new(Layout::RepLeft);
        turns.push(&Observation::SpeechStart { channel: Client, at_ms: 10_000 });
        let lengths = |turns: &Turns| Window::ALL.map(|w| turns.sums(Client, w, 130_000).floor_ms);
        assert_eq!(lengths(&turns), [5000, 20_000, 60_000, 120_000]);
        turns.push(&Observation::SpeechEnd { channel: Client, at_ms: 130_000 });
        assert_eq!(lengths(&turns), [5000, 20_000, 60_000, 120_000]);
    }

    #[test]
    fn a_lost_source_ends_the_utterance_and_what_follows_is_a_new_turn() {
        let mut turns = Turns::new(Layout::RepLeft);
        for observation in [
            Observation::SpeechStart { channel: Rep, at_ms: 0 },
            Observation::SourceLost { at_ms: 1000 },
            Observation::SourceBack { at_ms: 1100 },
            Observation::SpeechEnd { channel: Rep, at_ms: 1100 },
            Observation::SpeechStart { channel: Rep, at_ms: 1200 },
            Observation::SpeechEnd { channel: Rep, at_ms: 2000 },
        ] {
            turns.push(&observation);
        }
        let sums = turns.sums(Rep, Window::Call, 2000);
        assert_eq!((sums.speech_ms, sums.floor_ms, sums.pauses), (1800, 1800, 0));
    }

    #[test]
    fn absurd_times_are_harmless() {
        let mut turns = Turns::new(Layout::Mono);
        let channel = Channel::Mono;
        for observation in [
            Observation::SpeechEnd { channel, at_ms: 5 },
            Observation::SpeechStart { channel, at_ms: u64::MAX - 1 },
            Observation::SpeechStart { channel, at_ms: 3 },
            Observation::SpeechEnd { channel, at_ms: 0 },
            Observation::SpeechStart { channel, at_ms: 0 },
            Observation::SpeechEnd { channel, at_ms: u64::MAX },
            Observation::Pause { channel, start_ms: u64::MAX, length_ms: u32::MAX },
            Observation::SpeechStart { channel: Rep, at_ms: 0 },
        ] {
            turns.push(&observation);
            turns.sums(channel, Window::Seconds60, u64::MAX);
        }
        assert_eq!(turns.speaking_since_ms(Rep), None);
    }
}
