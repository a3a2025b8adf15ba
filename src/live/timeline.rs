//! Utterances of all sides -> the stretches in which each spoke, for the picture after the call.

use std::collections::VecDeque;

use crate::calls::row::Stretch;
use crate::observations::{Channel, Observation};

/// Closer utterances of one side are one stretch.
const GAP_MS: u64 = 1_000;

/// Stretches kept: about three hours of talk. When it is full the oldest go.
const KEPT: usize = 4_000;

/// The stretches of one call.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    over: VecDeque<Stretch>,
    under_way: Vec<(Channel, u64)>,
}

impl Timeline {
    pub fn push(&mut self, observation: &Observation) {
        match *observation {
            Observation::SpeechStart { channel, at_ms }
                if self.under_way.iter().all(|(speaking, _)| *speaking != channel) =>
            {
                self.under_way.push((channel, at_ms));
            }
            Observation::SpeechEnd { channel, at_ms } => self.end(channel, at_ms),
            Observation::SourceLost { at_ms } => {
                while let Some(&(channel, _)) = self.under_way.first() {
                    self.end(channel, at_ms);
                }
            }
            _ => {}
        }
    }

    /// All stretches, those under way up to `now_ms`.
    pub fn stretches(&self, now_ms: u64) -> Vec<Stretch> {
        let mut whole = self.clone();
        whole.push(&Observation::SourceLost { at_ms: now_ms });
        let mut all: Vec<_> = whole.over.into();
        all.sort_by_key(|stretch| stretch.start_ms);
        all
    }

    /// The stretches that reach beyond `from_ms`, those under way up to `now_ms`.
    pub fn since(&self, from_ms: u64, now_ms: u64) -> impl Iterator<Item = Stretch> {
        let over = self.over.iter().filter(move |stretch| stretch.end_ms > from_ms).copied();
        let under_way = self.under_way.iter();
        over.chain(under_way.map(move |&(channel, start_ms)| Stretch {
            channel,
            start_ms,
            end_ms: now_ms.max(start_ms),
        }))
    }

    fn end(&mut self, channel: Channel, at_ms: u64) {
        let Some(place) = self.under_way.iter().position(|(speaking, _)| *speaking == channel) else {
            return;
        };
        let (_, start_ms) = self.under_way.swap_remove(place);
        let end_ms = at_ms.max(start_ms);
        let last = self.over.iter_mut().rev().take(2).find(|stretch| stretch.channel == channel);
        match last {
            Some(last) if start_ms.saturating_sub(last.end_ms) <= GAP_MS => {
                last.end_ms = last.end_ms.max(end_ms)
            }
            _ => {
                if self.over.len() == KEPT {
                    self.over.pop_front();
                }
                self.over.push_back(Stretch { channel, start_ms, end_ms });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{Client, Rep};

    fn heard(events: &[(Channel, u64, u64)]) -> Timeline {
        let mut timeline = Timeline::default();
        for &(channel, start_ms, end_ms) in events {
            timeline.push(&Observation::SpeechStart { channel, at_ms: start_ms });
            timeline.push(&Observation::SpeechEnd { channel, at_ms: end_ms });
        }
        timeline
    }

    #[test]
    fn utterances_close_together_are_one_stretch() {
        let timeline = heard(&[(Rep, 0, 1000), (Rep, 1500, 3000), (Client, 3200, 4000), (Rep, 5100, 6000)]);
        let want = [(Rep, 0, 3000), (Client, 3200, 4000), (Rep, 5100, 6000)];
        let want = want.map(|(channel, start_ms, end_ms)| Stretch { channel, start_ms, end_ms });
        assert_eq!(timeline.stretches(9000), want);
    }

    #[test]
    fn what_is_under_way_or_lost_ends_there() {
        let mut timeline = heard(&[(Rep, 0, 1000)]);
        timeline.push(&Observation::SpeechStart { channel: Client, at_ms: 2000 });
        assert_eq!(timeline.stretches(2500)[1], Stretch { channel: Client, start_ms: 2000, end_ms: 2500 });
        timeline.push(&Observation::SourceLost { at_ms: 3000 });
        timeline.push(&Observation::SpeechEnd { channel: Client, at_ms: 9000 });
        assert_eq!(timeline.stretches(9000)[1].end_ms, 3000);
    }

    #[test]
    fn memory_is_bounded() {
        let many: Vec<_> = (0..9000).map(|n| (Rep, n * 5000, n * 5000 + 100)).collect();
        assert_eq!(heard(&many).stretches(0).len(), KEPT);
    }
}
