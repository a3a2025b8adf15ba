//! Levels of frames and of their background in -> the factor that brings every speaker to one loudness out.

/// How fast the memory of the loudest sound fades: 3 dB a second.
const FADE_DB_PER_FRAME: f32 = 0.03;

/// A speaker is louder than the background by this; so long as nobody speaks, noise is not taken for a voice.
const OVER_NOISE_DB: f32 = 20.0;

/// Quieter than any sound that is listened to.
const FIRST_DB: f32 = -90.0;

/// What the loudest frames are brought to: what learnt detectors have heard most.
const WANTED_DB: f32 = -18.0;

/// A whisper into a bad line is not brought up further.
const GAIN_DB_MAX: f32 = 60.0;

/// Follows the loudest sound up at once and down slowly.
#[derive(Debug, Clone)]
pub struct Loudness {
    db: f32,
}

impl Default for Loudness {
    fn default() -> Self {
        Self { db: FIRST_DB }
    }
}

impl Loudness {
    /// Takes a frame's level and the background's.
    pub fn push(&mut self, level_db: f32, floor_db: f32) {
        self.db = (self.db - FADE_DB_PER_FRAME).max(level_db).max(floor_db + OVER_NOISE_DB);
    }

    /// What brings the speaker to the wanted loudness.
    pub fn factor(&self) -> f32 {
        10.0_f32.powf(0.05 * (WANTED_DB - self.db).min(GAIN_DB_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level of the last frame of speech after the gain.
    fn speech_at(db: f32) -> f32 {
        let mut loudness = Loudness::default();
        (0..200).for_each(|i| loudness.push(if i % 30 < 20 { db } else { db - 40.0 }, db - 45.0));
        db + 20.0 * loudness.factor().log10()
    }

    #[test]
    fn every_speaker_is_as_loud() {
        for db in [-70.0, -50.0, -30.0, -10.0] {
            assert!((speech_at(db) + 18.0).abs() < 1.0, "{}", speech_at(db));
        }
    }

    #[test]
    fn a_quiet_room_does_not_become_a_loud_voice() {
        let mut loudness = Loudness::default();
        (0..6_000).for_each(|_| loudness.push(-60.0, -62.0));
        assert!(-60.0 + 20.0 * loudness.factor().log10() < -30.0);
    }
}
