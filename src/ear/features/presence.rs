//! Voice and levels of frames in -> whether this side's own voice is near, out.
//!
//! Keys, coughs, breath on the microphone and noise that comes up in gaps have no voice in them, and people at the next
//! desk are far quieter than whoever holds the telephone.

/// What follows a voice for longer than this is not its last consonant: 250 ms.
const AFTER_FRAMES: u32 = 25;

/// A voice is this side's own when it comes within this of the side's loud vowels.
const OTHERS_DB: f32 = 15.0;

/// How much of the way the level of loud vowels goes up and down in a frame of voice; fast enough for who moves in the
/// chair, and the balance lies near the loudest tenth.
const RISE: f32 = 0.05;
const FALL: f32 = 0.005;

/// Without its own voice the measure forgets, 1 dB a second: who was handed the telephone may be quieter.
const FORGET_DB_PER_FRAME: f32 = 0.01;

/// The level is known after so many frames of voice: 1 s.
const KNOWN_FRAMES: u32 = 100;

/// A loud vowel answers for its neighbours so long: 200 ms.
const LOUD_FRAMES: u32 = 20;

/// Remembers the last voice and how loud this side's is.
#[derive(Debug, Clone)]
pub struct Presence {
    since_voice: u32,
    since_loud: u32,
    own_db: f32,
    voice_frames: u32,
}

impl Default for Presence {
    fn default() -> Self {
        Self {
            since_voice: AFTER_FRAMES,
            since_loud: LOUD_FRAMES,
            own_db: f32::NEG_INFINITY,
            voice_frames: 0,
        }
    }
}

/// What is known of a frame and of those after it.
pub struct Near {
    pub voice: bool,
    pub voice_ahead: bool,
    pub level_db: f32,
    pub loudest_ahead_db: f32,
}

impl Presence {
    pub fn push(&mut self, frame: &Near) -> bool {
        self.since_voice = if frame.voice { 0 } else { self.since_voice.saturating_add(1) };
        let own = |db: f32| self.voice_frames < KNOWN_FRAMES || db >= self.own_db - OTHERS_DB;
        let (own_now, own_ahead) = (own(frame.level_db), own(frame.loudest_ahead_db));
        if frame.voice && own_now {
            self.voice_frames = self.voice_frames.saturating_add(1);
            let off_db = frame.level_db - self.own_db;
            self.own_db = if off_db.is_finite() {
                self.own_db + if off_db > 0.0 { RISE } else { FALL } * off_db
            } else {
                frame.level_db
            };
        }
        self.since_loud = if own_now { 0 } else { self.since_loud.saturating_add(1) };
        let loud = self.since_loud < LOUD_FRAMES || own_ahead;
        if !loud {
            self.own_db -= FORGET_DB_PER_FRAME;
        }
        loud && (frame.voice_ahead || self.since_voice < AFTER_FRAMES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of frames that are near, by the level of each and whether it is voiced.
    fn near(frames: usize, sound: impl Fn(usize) -> (f32, bool)) -> f32 {
        let mut presence = Presence::default();
        let near = (0..frames).filter(|&i| {
            let (level_db, voice) = sound(i);
            presence.push(&Near { voice, voice_ahead: voice, level_db, loudest_ahead_db: level_db })
        });
        near.count() as f32 / frames as f32
    }

    #[test]
    fn without_a_voice_nobody_is_there() {
        assert_eq!(near(300, |i| (if i % 17 < 3 { -25.0 } else { -60.0 }, false)), 0.0);
        assert!(near(300, |i| (-30.0, i % 30 < 12)) > 0.9);
    }

    #[test]
    fn a_far_quieter_voice_is_somebody_else_s_until_this_side_has_been_silent_for_long() {
        let own_then =
            |db: f32, frames: usize| move |i: usize| (if i % frames < 300 { -30.0 } else { db }, true);
        assert!(near(600, own_then(-52.0, 600)) < 0.6);
        assert_eq!(near(600, own_then(-40.0, 600)), 1.0);
        assert!(near(3_000, own_then(-52.0, 3_000)) > 0.6);
    }
}
