//! The bands of a frame in -> its cepstra, placed among the sounds that all voices make, out.

use super::background::{CEPSTRA, Placed};
use crate::ear::features::BANDS;
use crate::ear::features::coefficients::BACKGROUND;

/// Bands further under the loudest one are noise.
const DEPTH_DB: f32 = 40.0;

/// Turns bands into cepstra.
pub struct Cepstrum {
    waves: [[f32; BANDS]; CEPSTRA],
}

impl Default for Cepstrum {
    fn default() -> Self {
        let scale = (2.0 / BANDS as f32).sqrt();
        let wave = |order: usize, band: usize| {
            scale * (std::f32::consts::PI * (order + 1) as f32 * (band as f32 + 0.5) / BANDS as f32).cos()
        };
        Self { waves: std::array::from_fn(|order| std::array::from_fn(|band| wave(order, band))) }
    }
}

impl Cepstrum {
    pub fn place(&self, bands_db: &[f32; BANDS]) -> Placed {
        let least_db = bands_db.iter().fold(f32::MIN, |loudest, &db| loudest.max(db)) - DEPTH_DB;
        let bands_db = bands_db.map(|db| db.max(least_db));
        let cepstra = self.waves.map(|wave| wave.iter().zip(&bands_db).map(|(w, db)| w * db).sum::<f32>());
        BACKGROUND.place(&cepstra)
    }
}
