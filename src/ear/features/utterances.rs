//! Speech and sound flags in -> where utterances begin and end out.

use crate::units::time::FRAME_MS;

/// Shorter silences do not end an utterance: stops, breaths, a doubled consonant.
pub const BRIDGE_MS: u64 = 200;

/// A voiceless consonant sounds for so long before the voice that makes speech of it. Less than [`BRIDGE_MS`], so that
/// no utterance begins before an end of the other side's that has been told.
const UNVOICED_MS_MAX: u64 = 120;

/// An edge of an utterance, told when it is certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    Start { at_ms: u64 },
    End { at_ms: u64 },
}

/// Holds three instants, so an utterance may last as long as it likes.
#[derive(Debug, Default)]
pub struct Utterances {
    speaking: bool,
    /// Where the newest speech frame ended.
    speech_end_ms: u64,
    /// Where the sound began that goes on now.
    sound_start_ms: Option<u64>,
}

impl Utterances {
    /// Takes the frame that begins at `start_ms`: whether it is speech, and whether it is clearly louder than the
    /// background.
    pub fn push(&mut self, start_ms: u64, speech: bool, sounds: bool) -> Option<Edge> {
        let end_ms = start_ms + u64::from(FRAME_MS);
        self.sound_start_ms = sounds.then(|| self.sound_start_ms.unwrap_or(start_ms));
        if speech {
            let before_ms = std::mem::replace(&mut self.speech_end_ms, end_ms);
            let sound_ms = self.sound_start_ms.unwrap_or(start_ms);
            let at_ms = sound_ms.max(start_ms.saturating_sub(UNVOICED_MS_MAX)).max(before_ms);
            return (!std::mem::replace(&mut self.speaking, true)).then_some(Edge::Start { at_ms });
        }
        if self.speaking && end_ms - self.speech_end_ms >= BRIDGE_MS { self.finish() } else { None }
    }

    /// Ends an open utterance where its last speech was.
    pub fn finish(&mut self) -> Option<Edge> {
        let at_ms = self.speech_end_ms;
        std::mem::take(&mut self.speaking).then_some(Edge::End { at_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::Edge::{End, Start};
    use super::*;

    /// `#` is 50 ms of speech, `s` of another sound and `.` of silence.
    #[track_caller]
    fn check(talk: &str, want: &[Edge]) {
        let mut utterances = Utterances::default();
        let frames = talk.chars().flat_map(|c| std::iter::repeat_n(c, 5));
        let mut got: Vec<_> =
            (0..).zip(frames).filter_map(|(i, c)| utterances.push(i * 10, c == '#', c != '.')).collect();
        got.extend(utterances.finish());
        assert_eq!(got, want, "{talk}");
    }

    #[test]
    fn a_short_silence_is_bridged_and_a_long_one_is_not() {
        check(
            "..##...##....##",
            &[Start { at_ms: 100 }, End { at_ms: 450 }, Start { at_ms: 650 }, End { at_ms: 750 }],
        );
    }

    #[test]
    fn an_end_is_told_as_soon_as_it_is_certain() {
        let mut utterances = Utterances::default();
        assert_eq!(utterances.push(0, true, true), Some(Start { at_ms: 0 }));
        assert!((1..20).all(|i| utterances.push(i * 10, false, false).is_none()));
        assert_eq!(utterances.push(200, false, false), Some(End { at_ms: 10 }));
    }

    #[test]
    fn a_voiceless_beginning_belongs_to_the_utterance_and_noise_before_it_does_not() {
        check("...ss##....", &[Start { at_ms: 150 }, End { at_ms: 350 }]);
        check(".ssssss##", &[Start { at_ms: 230 }, End { at_ms: 450 }]);
        check("s.s.##", &[Start { at_ms: 200 }, End { at_ms: 300 }]);
        check(
            "##sssss#",
            &[Start { at_ms: 0 }, End { at_ms: 100 }, Start { at_ms: 230 }, End { at_ms: 400 }],
        );
    }

    #[test]
    fn silence_has_no_utterance() {
        check("......", &[]);
    }
}
