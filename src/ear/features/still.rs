//! Band levels and candidates of frames in -> whether the sound has stood still for long, out.
//!
//! Dial, ring-back and busy tones, hum with harmonics and the buzz of a mobile phone stand still as long as they last.
//! No voice does, not even a drawn-out "um".

use super::pitch::Candidates;
use super::spectrum::BANDS;

/// So many frames without movement are a machine's, 100 ms, and so many whose pulses only keep their pace, 200 ms.
pub const STILL_FRAMES: u32 = 10;
const PULSED_FRAMES: u32 = 20;

/// Bands this far under the loudest one hold little but noise.
const LOUD_WITHIN_DB: f32 = 15.0;

/// How far the loud bands may be from where they were when the sound began to stand still; further where the pitch does
/// not move by [`PITCH_MOVED_MAX`], as that of pulses that beat with the frames.
const MOVED_DB_MAX: f32 = 0.5;
const PULSED_DB_MAX: f32 = 3.0;

/// A voice's pitch moves by more in a few hundredths of a second: a fifteenth of a semitone.
const PITCH_MOVED_MAX: f32 = 0.004;

/// A correlation that repeats itself wholly.
const STRONG: f32 = 0.8;

/// Remembers where the sound stood.
#[derive(Debug, Clone, Default)]
pub struct Still {
    bands: Stand,
    pulses: Stand,
    /// The pitch that pulses began with; 0 for none.
    began_hz: f32,
}

#[derive(Debug, Clone, Default)]
struct Stand {
    began_db: [f32; BANDS],
    frames: u32,
}

impl Still {
    /// Takes a frame's band levels and candidates. Tells whether nothing has moved for [`STILL_FRAMES`] or more.
    pub fn push(&mut self, bands_db: &[f32; BANDS], candidates: &Candidates) -> bool {
        let mut strong = candidates.iter().filter(|candidate| candidate.strength > STRONG);
        let as_before = |hz: f32| (hz / self.began_hz - 1.0).abs() < PITCH_MOVED_MAX;
        let pitch_stands = strong.clone().any(|candidate| as_before(candidate.f0_hz));
        if !self.pulses.push(bands_db, if pitch_stands { PULSED_DB_MAX } else { 0.0 }) {
            self.began_hz = strong.next().map_or(0.0, |candidate| candidate.f0_hz);
        }
        self.bands.push(bands_db, MOVED_DB_MAX);
        self.bands.frames >= STILL_FRAMES || self.pulses.frames >= PULSED_FRAMES
    }
}

impl Stand {
    /// Whether the frame is where the stretch began; if it is not, a new one begins.
    fn push(&mut self, bands_db: &[f32; BANDS], moved_db_max: f32) -> bool {
        let loud_db = bands_db.iter().copied().fold(f32::NEG_INFINITY, f32::max) - LOUD_WITHIN_DB;
        let bands = self.began_db.iter().zip(bands_db).filter(|(_, db)| **db >= loud_db);
        let moved_db = bands.map(|(began_db, db)| (db - began_db).abs()).fold(0.0, f32::max);
        let stands = moved_db < moved_db_max;
        if !stands {
            (self.began_db, self.frames) = (*bands_db, 0);
        }
        self.frames = self.frames.saturating_add(1);
        stands
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ear::features::pitch::Candidate;

    /// In how many of 50 frames the sound has stood still for long, by a level and a pitch for each frame.
    fn stood(level_db: impl Fn(usize) -> f32, f0_hz: impl Fn(usize) -> f32) -> usize {
        let mut still = Still::default();
        let frames = (0..50).map(|i| {
            let mut candidates = Candidates::default();
            candidates[1] = Candidate { f0_hz: f0_hz(i), strength: 0.95, ..Candidate::default() };
            still.push(&[level_db(i); BANDS], &candidates)
        });
        frames.filter(|&stood| stood).count()
    }

    #[test]
    fn what_does_not_move_stands_still() {
        assert!(stood(|_| -30.0, |_| 450.0) >= 40);
        assert!(stood(|i| -30.0 + 1.5 * (i % 2) as f32, |i| 216.7 + 0.2 * (i % 3) as f32) >= 29);
    }

    #[test]
    fn a_held_vowel_does_not() {
        assert_eq!(stood(|i| -30.0 + 1.5 * (i % 3) as f32, |i| 120.0 + 0.3 * i as f32), 0);
        assert_eq!(stood(|i| -30.0 - 0.4 * i as f32, |_| 120.0), 0);
    }
}
