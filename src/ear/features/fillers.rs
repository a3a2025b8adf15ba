//! Pitch, level and speech of frames in -> which of them are a drawn-out hesitation sound, and each when it is over, out.

use crate::units::time::FRAME_MS;

/// A vowel that is held for so long is no word: 250 ms.
const HELD_FRAMES: u32 = 25;

/// A held sound stays within this of where it began: vowels of read sentences seldom do for so long (five times in four
/// minutes), and a semitone and a half would take three times as many of them.
const DRIFT_SEMITONES: f32 = 1.0;
const DRIFT_DB: f32 = 6.0;

/// A hesitation began this long before its first frame that is told to be one.
const LEAD_MS: u64 = (HELD_FRAMES * FRAME_MS) as u64;

/// Counts how long a sound has been held.
#[derive(Debug, Default)]
pub struct Fillers {
    held: u32,
    semitones: f32,
    level_db: f32,
}

impl Fillers {
    /// Takes one frame; tells whether it is part of a hesitation.
    pub fn push(&mut self, speech: bool, f0_hz: f32, level_db: f32) -> bool {
        let semitones = if f0_hz > 0.0 { 12.0 * f0_hz.log2() } else { f32::NEG_INFINITY };
        let steady = speech
            && (semitones - self.semitones).abs() < DRIFT_SEMITONES
            && (level_db - self.level_db).abs() < DRIFT_DB;
        if steady {
            self.held += 1;
        } else {
            *self = Self { held: 0, semitones, level_db };
        }
        self.held >= HELD_FRAMES
    }
}

/// A hesitation that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FilledPause {
    pub start_ms: u64,
    pub length_ms: u32,
}

/// Joins the frames of a hesitation.
#[derive(Debug, Default)]
pub struct FilledPauses {
    since_ms: Option<u64>,
}

impl FilledPauses {
    /// Takes the frame that begins at `start_ms`. Returns the hesitation that ended before it.
    pub fn push(&mut self, start_ms: u64, filled: bool) -> Option<FilledPause> {
        if filled {
            self.since_ms.get_or_insert(start_ms.saturating_sub(LEAD_MS));
            return None;
        }
        let since_ms = self.since_ms.take()?;
        Some(FilledPause { start_ms: since_ms, length_ms: (start_ms - since_ms) as u32 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `m` is 50 ms of a steady sound, `v` 50 ms of a moving one, `.` silence.
    #[track_caller]
    fn check(talk: &str, want: &[(u64, u32)]) {
        let (mut fillers, mut pauses) = (Fillers::default(), FilledPauses::default());
        let frames = talk.chars().flat_map(|c| std::iter::repeat_n(c, 5));
        let got: Vec<_> = (0..)
            .zip(frames)
            .filter_map(|(i, c)| {
                let f0_hz = if c == 'm' { 120.0 } else { 120.0 + 2.0 * i as f32 };
                pauses.push(i * 10, fillers.push(c != '.', f0_hz, -30.0))
            })
            .map(|pause| (pause.start_ms, pause.length_ms))
            .collect();
        assert_eq!(got, want, "{talk}");
    }

    #[test]
    fn a_long_even_sound_is_a_hesitation() {
        check("..mmmmmmmmmm..", &[(100, 500)]);
    }

    #[test]
    fn words_and_short_vowels_are_not() {
        check("..mmm..vvvvvvvvvvvvmmmm..", &[]);
    }
}
