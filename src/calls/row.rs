//! Five seconds of one side of a call as they are kept: six values of eight bits, relative to what is usual in the call,
//! so that neither words nor a voice can be drawn from them.

use crate::units::Channel;

/// Audio time of a row.
pub const ROW_MS: u64 = 5_000;

/// A row says of each of so many parts whether somebody spoke.
const PARTS: u64 = 8;
const PART_MS: u64 = ROW_MS / PARTS;

/// Less speech than this in a part is the edge of a neighbour's.
const SPOKE_MS_MIN: u64 = 150;

/// A kept ratio is its natural logarithm in so many steps: 3 % each, from 1/53 to 53.
const RATIO_STEPS: f64 = 32.0;

/// One side spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    pub channel: Channel,
    /// On the audio clock.
    pub start_ms: u64,
    pub end_ms: u64,
}

/// One side over [`ROW_MS`]. What is not known is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// It begins so many times [`ROW_MS`] into the call.
    pub slot: u32,
    pub channel: Channel,
    /// In which eighths this side spoke, the first in the lowest bit.
    pub spoke: u8,
    /// Speech rate, pauses and pitch movement of the last minute against the usual, as [`ratio`] keeps them.
    pub rate: Option<i8>,
    pub pauses: Option<i8>,
    pub pitch: Option<i8>,
    /// The client: the chance of being guarded, and the reserve, as [`share`] keeps them.
    pub guarded: Option<u8>,
    pub reserve: Option<u8>,
    /// The rep: the part of all speech in three minutes, as [`share`] keeps it, and early starts in them.
    pub talk_share: Option<u8>,
    pub early_starts: Option<u8>,
}

impl Row {
    pub fn silent(slot: u32, channel: Channel) -> Self {
        Self {
            slot,
            channel,
            spoke: 0,
            rate: None,
            pauses: None,
            pitch: None,
            guarded: None,
            reserve: None,
            talk_share: None,
            early_starts: None,
        }
    }

    /// Notes that this side spoke from `start_ms` to `end_ms`, as far as the row reaches.
    pub fn speak(&mut self, start_ms: u64, end_ms: u64) {
        let begins_ms = u64::from(self.slot) * ROW_MS;
        for part in 0..PARTS {
            let part_ms = begins_ms + part * PART_MS;
            let spoken_ms = end_ms.min(part_ms + PART_MS).saturating_sub(start_ms.max(part_ms));
            if spoken_ms >= SPOKE_MS_MIN {
                self.spoke |= 1 << part;
            }
        }
    }
}

/// A value against its usual range, in steps of 3 %.
pub fn ratio(value: f64, usual: [f64; 2]) -> Option<i8> {
    let middle = (usual[0] + usual[1]) / 2.0;
    let steps = RATIO_STEPS * (value / middle).ln();
    // A cast of a float stops at the ends of the type.
    steps.is_finite().then_some((steps.round() as i8).max(-i8::MAX))
}

/// A share of 0 to 1 in steps of 0.4 %.
pub fn share(value: f64) -> u8 {
    (value * 255.0).round() as u8
}

/// The stretches in which each side spoke, by their beginning, to five eighths of a second.
pub fn stretches(rows: &[Row]) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    for channel in [Channel::Rep, Channel::Client, Channel::Mono] {
        let first = all.len();
        for row in rows.iter().filter(|row| row.channel == channel) {
            for part in (0..PARTS).filter(|part| row.spoke & 1 << part != 0) {
                let start_ms = u64::from(row.slot) * ROW_MS + part * PART_MS;
                let end_ms = start_ms + PART_MS;
                match all[first..].last_mut() {
                    Some(last) if last.end_ms == start_ms => last.end_ms = end_ms,
                    _ => all.push(Stretch { channel, start_ms, end_ms }),
                }
            }
        }
    }
    all.sort_by_key(|stretch| stretch.start_ms);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(spoken: &[(u64, u64)]) -> Vec<Row> {
        let last = spoken.iter().map(|(_, end_ms)| end_ms / ROW_MS).max().unwrap_or(0);
        let row = |slot| {
            let mut row = Row::silent(slot as u32, Channel::Rep);
            spoken.iter().for_each(|&(start_ms, end_ms)| row.speak(start_ms, end_ms));
            row
        };
        (0..=last).map(row).collect()
    }

    #[test]
    fn values_are_relative_and_coarse() {
        assert_eq!(ratio(4.0, [3.0, 5.0]), Some(0));
        assert_eq!((ratio(8.0, [3.0, 5.0]), ratio(2.0, [3.0, 5.0])), (Some(22), Some(-22)));
        assert_eq!((ratio(1e9, [3.0, 5.0]), ratio(1e-9, [3.0, 5.0])), (Some(127), Some(-127)));
        assert_eq!(
            (ratio(0.0, [3.0, 5.0]), ratio(1.0, [0.0, 0.0]), ratio(-1.0, [3.0, 5.0])),
            (None, None, None)
        );
        assert_eq!((share(0.0), share(0.5), share(1.0), share(7.0)), (0, 128, 255, 255));
    }

    proptest! {
        /// What was spoken with a second between comes back as it was, to an eighth of a row.
        #[test]
        fn stretches_come_back(turns in prop::collection::vec((1_300u64..9_000, 400u64..30_000), 1..20)) {
            let mut at_ms = 0;
            let spoken: Vec<_> = turns.iter().map(|&(gap_ms, length_ms)| {
                let start_ms = at_ms + gap_ms;
                at_ms = start_ms + length_ms;
                (start_ms, at_ms)
            }).collect();
            let back = stretches(&rows(&spoken));
            prop_assert_eq!(back.len(), spoken.len());
            for (stretch, (start_ms, end_ms)) in back.iter().zip(spoken) {
                prop_assert!(stretch.start_ms.abs_diff(start_ms) < PART_MS, "{:?}", stretch);
                prop_assert!(stretch.end_ms.abs_diff(end_ms) < PART_MS, "{:?}", stretch);
            }
        }
    }
}
