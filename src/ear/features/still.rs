//! Band levels of frames in -> for how many frames nothing of the sound has moved, out.
//!
//! Dial, ring-back and busy tones, hum with harmonics and the buzz of a mobile phone stand still as long as they last.
//! No voice does, not even a drawn-out "um".

use super::spectrum::BANDS;

/// So many frames without movement are a machine's: 100 ms.
pub const STILL_FRAMES: u32 = 10;

/// Bands this far under the loudest one hold little but noise.
const LOUD_WITHIN_DB: f32 = 15.0;

/// How far the loud bands may be from where they were when the sound began to stand still.
const MOVED_DB_MAX: f32 = 0.5;

/// Remembers where the sound stood.
#[derive(Debug, Clone, Default)]
pub struct Still {
    began_db: [f32; BANDS],
    frames: u32,
}

impl Still {
    /// Takes a frame's band levels. Answers with the length in frames of the stretch without movement that ends in it.
    pub fn push(&mut self, bands_db: &[f32; BANDS]) -> u32 {
        let loud_db = bands_db.iter().copied().fold(f32::NEG_INFINITY, f32::max) - LOUD_WITHIN_DB;
        let bands = self.began_db.iter().zip(bands_db).filter(|(_, db)| **db >= loud_db);
        let moved_db = bands.map(|(began_db, db)| (db - began_db).abs()).fold(0.0, f32::max);
        if moved_db > MOVED_DB_MAX {
            (self.began_db, self.frames) = (*bands_db, 0);
        }
        self.frames = self.frames.saturating_add(1);
        self.frames
    }
}
