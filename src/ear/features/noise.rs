//! Levels of frames in -> the level of the background alone out.

/// How much of the way down the floor goes in a frame when the sound is quieter than it.
const FALL: f32 = 0.1;

/// How fast it rises when the sound is louder: 2 dB a second, and 20 dB a second when the sound is steady.
const RISE_DB_PER_FRAME: f32 = 0.02;
const RISE_STEADY_DB_PER_FRAME: f32 = 0.2;

/// The first frames are taken for background as they come.
const FIRST_FRAMES: u32 = 5;

/// Sound after nothing but zeros is speech on a line so quiet that its background is lost in the zeros, or it is the
/// background, as when somebody is no longer mute. The floor is guessed this far under it, and rises for 400 ms as if it
/// were steady: of 7 to 15 dB the most that takes no noise after zeros for speech, tried on made-up calls, and half of the
/// syllables that were lost of read sentences 30 dB down are found.
const UNHEARD_DB: f32 = 12.0;
const UNHEARD_FRAMES: u32 = 40;

/// Follows the background down at once and up slowly.
#[derive(Debug, Clone)]
pub struct NoiseFloor {
    db: f32,
    frames: u32,
    /// There was nothing but zeros before the first frame, and the floor is guessed.
    unheard: bool,
}

impl Default for NoiseFloor {
    fn default() -> Self {
        Self { db: f32::INFINITY, frames: 0, unheard: false }
    }
}

impl NoiseFloor {
    /// Takes the level of a frame, and whether the sound has been steady; answers with the floor's.
    pub fn push(&mut self, level_db: f32, steady: bool) -> f32 {
        self.frames = self.frames.saturating_add(1);
        if self.frames <= FIRST_FRAMES {
            self.db = self.db.min(if self.unheard { level_db - UNHEARD_DB } else { level_db });
        } else if level_db < self.db {
            self.db += FALL * (level_db - self.db);
        } else {
            let guessed = self.unheard && self.frames < UNHEARD_FRAMES;
            let rise_db = if steady || guessed { RISE_STEADY_DB_PER_FRAME } else { RISE_DB_PER_FRAME };
            self.db = (self.db + rise_db).min(level_db);
        }
        self.db
    }

    /// A frame of nothing but zeros has passed.
    pub fn hear_nothing(&mut self) {
        self.unheard |= self.frames == 0;
    }

    /// What it was when it last heard something; `level_db` as long as it has not.
    pub fn held(&self, level_db: f32) -> f32 {
        if self.frames == 0 { level_db } else { self.db }
    }
}

/// Frames of a block; the sound is steady when two whole blocks are.
const BLOCK_FRAMES: u32 = 50;

/// Noise, hum and tones stay within this for a second; speech does not.
const STEADY_DB: f32 = 8.0;

/// Levels in, whether they have kept still for the last second or so out.
#[derive(Debug, Clone)]
pub struct Steadiness {
    /// The lowest and the highest level of the block before, and of this one.
    before: (f32, f32),
    block: (f32, f32),
    frames: u32,
}

const NO_LEVELS: (f32, f32) = (f32::INFINITY, f32::NEG_INFINITY);
const ANY_LEVELS: (f32, f32) = (f32::NEG_INFINITY, f32::INFINITY);

impl Default for Steadiness {
    fn default() -> Self {
        Self { before: ANY_LEVELS, block: NO_LEVELS, frames: 0 }
    }
}

impl Steadiness {
    pub fn push(&mut self, level_db: f32) -> bool {
        self.block = (self.block.0.min(level_db), self.block.1.max(level_db));
        self.frames += 1;
        if self.frames == BLOCK_FRAMES {
            self.before = std::mem::replace(&mut self.block, NO_LEVELS);
            self.frames = 0;
        }
        self.before.1.max(self.block.1) - self.before.0.min(self.block.0) < STEADY_DB
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_the_background_however_long_somebody_speaks() {
        let mut floor = NoiseFloor::default();
        (0..100).for_each(|_| _ = floor.push(-60.0, false));
        for i in 0..300 {
            let db = floor.push(if i % 30 < 20 { -20.0 } else { -60.0 }, false);
            assert!((-61.0..-55.0).contains(&db), "{db}");
        }
    }

    #[test]
    fn a_louder_room_is_learnt_in_ten_seconds_and_a_steady_one_in_two() {
        for (steady, frames) in [(false, 1_000), (true, 100)] {
            let mut floor = NoiseFloor::default();
            (0..100).for_each(|_| _ = floor.push(-60.0, false));
            let db = (0..frames).map(|_| floor.push(-45.0, steady)).last();
            assert!(db.is_some_and(|db| db > -46.0), "{db:?}");
        }
    }

    #[test]
    fn after_zeros_a_voice_is_louder_than_the_floor_and_noise_is_not_for_long() {
        let after_zeros = |frames: usize| {
            let mut floor = NoiseFloor::default();
            (0..50).for_each(|_| floor.hear_nothing());
            (0..frames).map(|i| floor.push(-50.0, i > 100)).last()
        };
        assert_eq!(after_zeros(5), Some(-62.0));
        assert!(after_zeros(150).is_some_and(|db| db > -52.0));
    }

    #[test]
    fn noise_is_steady_and_speech_is_not() {
        let (mut noise, mut speech) = (Steadiness::default(), Steadiness::default());
        let steady =
            |level: &mut Steadiness, db: fn(u32) -> f32| (0..200).filter(|&i| level.push(db(i))).count();
        assert!(steady(&mut noise, |i| -50.0 + (i % 5) as f32) > 90);
        assert_eq!(steady(&mut speech, |i| if i % 30 < 20 { -20.0 } else { -35.0 }), 0);
    }
}
