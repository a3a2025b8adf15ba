//! Edges of both sides' utterances in -> pauses inside one speaker's turn out.

use super::utterances::Edge;

/// Shorter gaps are stop consonants and breaths.
pub const PAUSE_MS_MIN: u64 = 250;

/// Longer gaps are lapses: the speaker had given up the floor.
pub const PAUSE_MS_MAX: u64 = 2_000;

/// The other side may touch the silence by this much: what two edges may err together.
const TOUCH_MS: u64 = 20;

/// A silence between two stretches of one speaker's speech in which nobody else spoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pause {
    pub start_ms: u64,
    pub length_ms: u32,
}

/// The newest utterance of one side.
#[derive(Debug, Clone, Copy, Default)]
struct Side {
    speaking: bool,
    start_ms: u64,
    /// `None` until the first utterance ends, so that waiting is not a pause.
    end_ms: Option<u64>,
}

/// Up to two sides; a single microphone has one.
#[derive(Debug, Default)]
pub struct Pauses {
    sides: [Side; 2],
}

impl Pauses {
    /// Takes an edge of one side's utterances. Returns the pause that a start ends.
    pub fn push(&mut self, side: usize, edge: Edge) -> Option<Pause> {
        let other = self.sides[1 - side];
        let own = &mut self.sides[side];
        match edge {
            Edge::End { at_ms } => {
                own.speaking = false;
                own.end_ms = Some(at_ms);
                None
            }
            Edge::Start { at_ms } => {
                own.speaking = true;
                own.start_ms = at_ms;
                let start_ms = own.end_ms?;
                let length_ms = at_ms.saturating_sub(start_ms);
                let heard = if other.speaking {
                    other.start_ms + TOUCH_MS < at_ms
                } else {
                    other.end_ms.is_some_and(|end_ms| end_ms > start_ms + TOUCH_MS)
                };
                let pause = Pause { start_ms, length_ms: length_ms as u32 };
                ((PAUSE_MS_MIN..=PAUSE_MS_MAX).contains(&length_ms) && !heard).then_some(pause)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::utterances::Utterances;
    use super::*;

    /// `#` is 100 ms of speech and `.` is 100 ms of silence; the sides run at the same time.
    #[track_caller]
    fn check(talk: [&str; 2], want: &[(u64, u32)]) {
        let (mut pauses, mut utterances) =
            (Pauses::default(), [Utterances::default(), Utterances::default()]);
        let mut got = Vec::new();
        for frame in 0..talk[0].len() * 10 {
            for side in [0, 1] {
                let speech = talk[side].as_bytes()[frame / 10] == b'#';
                let edge = utterances[side].push(frame as u64 * 10, speech, speech);
                got.extend(edge.and_then(|edge| pauses.push(side, edge)));
            }
        }
        let got: Vec<_> = got.iter().map(|p| (p.start_ms, p.length_ms)).collect();
        assert_eq!(got, want, "{talk:?}");
    }

    #[test]
    fn silence_between_words_is_a_pause() {
        check(["##......##...#", ".............."], &[(200, 600), (1000, 300)]);
    }

    #[test]
    fn a_breath_is_not_a_pause() {
        check(["###.##..###", "..........."], &[]);
    }

    #[test]
    fn waiting_to_speak_and_hanging_up_are_not_pauses() {
        check(["........##........", ".................."], &[]);
    }

    #[test]
    fn a_lapse_is_not_a_pause() {
        check(["##.....................##", "........................."], &[]);
    }

    #[test]
    fn when_the_other_side_speaks_the_turn_is_over() {
        check(["##......##", "....##...."], &[]);
        check(["##......##", "######...."], &[]);
        check(["##......##", "......####"], &[]);
    }

    #[test]
    fn speaking_before_and_after_does_not_matter() {
        check(["##......####....", "##..........####"], &[(200, 600)]);
    }
}
