//! The cepstra of a frame in -> its place among the sounds that all voices make, out.
//!
//! A mixture of Gaussians says which sound a frame is; how the frame differs from that sound is what a voice has of its own.

pub const CEPSTRA: usize = 15;
pub const GAUSSIANS: usize = 32;

/// The sounds that a frame is shared among.
pub const NEAREST: usize = 4;

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

impl Background {
    pub fn place(&self, cepstra: &[f32; CEPSTRA]) -> Placed {
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
