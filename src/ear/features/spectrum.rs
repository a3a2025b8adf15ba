//! Filtered frames in -> levels of bands of the frame before the last two out.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::ear::frames::{FRAME_SAMPLES, RATE_HZ};
use crate::units::level::db_of_mean_square;

/// 32 ms: harmonics of low voices melt into bands, syllables do not.
const WINDOW: usize = 512;

/// The window lies evenly about a frame's middle and reaches into the next two frames.
pub const SPECTRUM_DELAY_FRAMES: usize = 2;

const HISTORY: usize = FRAME_SAMPLES * (2 * SPECTRUM_DELAY_FRAMES + 1);

/// Edges of the bands: about equal steps for the ear; the last ones are empty in telephone sound.
pub const BAND_EDGES_HZ: [f32; BANDS + 1] = [
    94.0, 219.0, 344.0, 469.0, 594.0, 750.0, 906.0, 1094.0, 1312.0, 1562.0, 1844.0, 2156.0, 2531.0, 2969.0,
    3438.0, 4500.0, 7500.0,
];
pub const BANDS: usize = 16;

pub struct Spectrum {
    history: [f32; HISTORY],
    window: [f32; WINDOW],
    fft: Arc<dyn RealToComplex<f32>>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
}

impl Default for Spectrum {
    fn default() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(WINDOW);
        let mut window = [0.0; WINDOW];
        for (i, w) in window.iter_mut().enumerate() {
            *w = 0.5 - 0.5 * (std::f32::consts::TAU * (i as f32 + 0.5) / WINDOW as f32).cos();
        }
        let energy: f32 = window.iter().map(|w| w * w).sum();
        // Scaled so that the bands of a sound sum to its mean square.
        let scale = (2.0 / (energy * WINDOW as f32)).sqrt();
        Self {
            history: [0.0; HISTORY],
            window: window.map(|w| w * scale),
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
        }
    }
}

impl Spectrum {
    /// Levels in dB of the frame [`SPECTRUM_DELAY_FRAMES`] before this one.
    pub fn push(&mut self, samples: &[f32]) -> [f32; BANDS] {
        self.history.copy_within(FRAME_SAMPLES.., 0);
        self.history[HISTORY - FRAME_SAMPLES..].copy_from_slice(samples);
        let middle = &self.history[(HISTORY - WINDOW) / 2..];
        for ((x, sample), w) in self.input.iter_mut().zip(middle).zip(&self.window) {
            *x = sample * w;
        }
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        done.expect("buffers are made by the transform itself");
        std::array::from_fn(|band| {
            let [low, high] = [BAND_EDGES_HZ[band], BAND_EDGES_HZ[band + 1]].map(bin_of_hz);
            db_of_mean_square(self.output[low..high].iter().map(|x| x.norm_sqr()).sum())
        })
    }
}

fn bin_of_hz(hz: f32) -> usize {
    (hz * WINDOW as f32 / RATE_HZ as f32).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_has_its_level_in_its_band() {
        let mut spectrum = Spectrum::default();
        let tone = |i: usize| 0.1 * (std::f32::consts::TAU * 1_200.0 * i as f32 / 16_000.0).sin();
        let mut bands = [0.0; BANDS];
        for frame in 0..6 {
            let samples: Vec<f32> = (0..FRAME_SAMPLES).map(|i| tone(frame * FRAME_SAMPLES + i)).collect();
            bands = spectrum.push(&samples);
        }
        assert!((bands[7] + 23.0).abs() < 0.3, "{bands:?}");
        assert!((0..BANDS).filter(|&band| band != 7).all(|band| bands[band] < -50.0), "{bands:?}");
    }
}
