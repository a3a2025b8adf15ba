//! Edges of both sides' utterances in -> stretches in which both spoke out.

use super::utterances::Edge;

/// Shorter ones are the edges of a smooth exchange.
pub const OVERLAP_MS_MIN: u64 = 100;

/// Both sides spoke at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    pub start_ms: u64,
    pub length_ms: u32,
}

/// Since when each side has been speaking.
#[derive(Debug, Default)]
pub struct Overlaps {
    since_ms: [Option<u64>; 2],
}

impl Overlaps {
    /// Takes an edge of one side's utterances. Returns the overlap that an end ends.
    pub fn push(&mut self, side: usize, edge: Edge) -> Option<Overlap> {
        match edge {
            Edge::Start { at_ms } => {
                self.since_ms[side] = Some(at_ms);
                None
            }
            Edge::End { at_ms } => {
                let own_ms = self.since_ms[side].take()?;
                let start_ms = own_ms.max(self.since_ms[1 - side]?);
                let length_ms = at_ms.saturating_sub(start_ms);
                let overlap = Overlap { start_ms, length_ms: length_ms as u32 };
                (length_ms >= OVERLAP_MS_MIN).then_some(overlap)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::utterances::Utterances;
    use super::*;

    /// `#` is 50 ms of speech and `.` is 50 ms of silence; the sides run at the same time.
    #[track_caller]
    fn check(talk: [&str; 2], want: &[(u64, u32)]) {
        let (mut overlaps, mut utterances) =
            (Overlaps::default(), [Utterances::default(), Utterances::default()]);
        let mut got = Vec::new();
        for frame in 0..talk[0].len() * 5 {
            for side in [0, 1] {
                let speech = talk[side].as_bytes()[frame / 5] == b'#';
                let edge = utterances[side].push(frame as u64 * 10, speech, speech);
                got.extend(edge.and_then(|edge| overlaps.push(side, edge)));
            }
        }
        let got: Vec<_> = got.iter().map(|o| (o.start_ms, o.length_ms)).collect();
        assert_eq!(got, want, "{talk:?}");
    }

    #[test]
    fn an_interruption_overlaps_until_the_first_of_them_stops() {
        check(["######..........", "....########...."], &[(200, 100)]);
    }

    #[test]
    fn every_word_inside_the_others_speech_is_an_overlap() {
        check(["###################....", "...###........###......"], &[(150, 150), (700, 150)]);
    }

    #[test]
    fn a_smooth_exchange_is_none() {
        check(["#####..........", "....######....."], &[]);
        check(["####...........", "....######....."], &[]);
    }
}
