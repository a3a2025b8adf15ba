//! Levels of frames in -> the level of the background alone out.

/// How much of the way down the floor goes in a frame when the sound is quieter than it.
const FALL: f32 = 0.1;

/// How fast it rises when the sound is louder: 2 dB a second.
const RISE_DB_PER_FRAME: f32 = 0.02;

/// The first frames are taken for background as they come.
const FIRST_FRAMES: u32 = 5;

/// Follows the background down at once and up slowly.
#[derive(Debug, Clone)]
pub struct NoiseFloor {
    db: f32,
    frames: u32,
}

impl Default for NoiseFloor {
    fn default() -> Self {
        Self { db: f32::INFINITY, frames: 0 }
    }
}

impl NoiseFloor {
    /// Takes the level of a frame; answers with the floor's.
    pub fn push(&mut self, level_db: f32) -> f32 {
        self.frames = self.frames.saturating_add(1);
        if self.frames <= FIRST_FRAMES {
            self.db = self.db.min(level_db);
        } else if level_db < self.db {
            self.db += FALL * (level_db - self.db);
        } else {
            self.db = (self.db + RISE_DB_PER_FRAME).min(level_db);
        }
        self.db
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_floor_is_the_background_however_long_somebody_speaks() {
        let mut floor = NoiseFloor::default();
        (0..100).for_each(|_| _ = floor.push(-60.0));
        for i in 0..300 {
            let db = floor.push(if i % 30 < 20 { -20.0 } else { -60.0 });
            assert!((-61.0..-55.0).contains(&db), "{db}");
        }
    }

    #[test]
    fn a_louder_room_is_learnt_in_ten_seconds() {
        let mut floor = NoiseFloor::default();
        (0..100).for_each(|_| _ = floor.push(-60.0));
        let db = (0..1_000).map(|_| floor.push(-45.0)).last();
        assert!(db.is_some_and(|db| db > -46.0), "{db:?}");
    }
}
