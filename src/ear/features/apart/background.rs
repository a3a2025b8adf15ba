//! The bands of a frame in -> its cepstra, placed among the sounds that all voices make, out.
//!
//! A mixture of Gaussians says which sound a frame is; how the frame differs from that sound is what a voice has of its own.

use crate::ear::features::BANDS;
use crate::ear::features::coefficients::BACKGROUND;

pub const CEPSTRA: usize = 15;
pub const GAUSSIANS: usize = 32;

/// The sounds that a frame is shared among.
pub const NEAREST: usize = 4;

/// Bands further under the loudest one are noise.
const DEPTH_DB: f32 = 40.0;

/// A mixture of Gaussians with a spread for each cepstrum.
pub struct Background {
    /// Of each weight, less the logarithm of the product of the spreads.
    pub log_weights: [f32; GAUSSIANS],
    pub means: [[f32; CEPSTRA]; GAUSSIANS],
    pub spreads: [[f32; CEPSTRA]; GAUSSIANS],
}

/// A frame's share in the nearest sounds, and how far from each it lies, in spreads.
#[derive(Clone, Copy, Default)]
pub struct Placed {
    pub shares: [(usize, f32); NEAREST],
    pub apart: [[f32; CEPSTRA]; NEAREST],
}

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

impl Background {
    fn place(&self, cepstra: &[f32; CEPSTRA]) -> Placed {
        let mut nearest = [(0, f32::MIN); NEAREST];
        for sound in 0..GAUSSIANS {
            let far: f32 = self.apart(sound, cepstra).iter().map(|z| z * z).sum();
            let mut held = (sound, self.log_weights[sound] - 0.5 * far);
            for place in &mut nearest {
                if held.1 > place.1 {
                    std::mem::swap(place, &mut held);
                }
            }
        }
        let best = nearest[0].1;
        let weights = nearest.map(|(_, log_weight)| (log_weight - best).exp());
        let sum: f32 = weights.iter().sum();
        Placed {
            shares: std::array::from_fn(|place| (nearest[place].0, weights[place] / sum)),
            apart: nearest.map(|(sound, _)| self.apart(sound, cepstra)),
        }
    }

    fn apart(&self, sound: usize, cepstra: &[f32; CEPSTRA]) -> [f32; CEPSTRA] {
        std::array::from_fn(|c| (cepstra[c] - self.means[sound][c]) / self.spreads[sound][c])
    }
}
