//! Sound at 4 kHz in -> how well the spectrum's teeth fit a comb of each pitch out.
//!
//! Correlation cannot tell a pitch from its half; the spectrum can, because between the teeth of the right comb there
//! is nothing.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::correlation::{SLOW_FRAME, SLOW_RATE_HZ};

/// 64 ms: the harmonics of the lowest voice stand apart.
const WINDOW: usize = 256;
const FFT: usize = 512;
const BINS_PER_HZ: f32 = FFT as f32 / SLOW_RATE_HZ;

/// The window reaches half its length beyond the middle of its frame.
pub const COMB_DELAY_FRAMES: usize = 3;

/// From the end of the window to the newest sound that has been heard by then.
const NEWER: usize = SLOW_FRAME * COMB_DELAY_FRAMES + SLOW_FRAME / 2 - 3 - WINDOW / 2;

/// Teeth are looked for below this: the filter's edge is at 1.8 kHz.
const TEETH_HZ_MAX: f32 = 1_900.0;
const BINS: usize = (TEETH_HZ_MAX * BINS_PER_HZ) as usize + 2;

const TEETH: usize = 12;
const LOW_TEETH: usize = 4;

/// How well a comb fits.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fit {
    /// Teeth against the gaps between them, -1..1: over all teeth, and over the lowest ones.
    pub all: f32,
    pub low: f32,
    /// The spectrum at 0.5, 1, 1.5, 2 and 3 times the pitch, against its mean.
    pub at: [f32; 5],
}

pub struct Comb {
    history: [f32; WINDOW + NEWER],
    window: [f32; WINDOW],
    fft: Arc<dyn RealToComplex<f32>>,
    input: Vec<f32>,
    output: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    /// The fourth root of the magnitude of each bin: weak harmonics count nearly as much as strong ones.
    spectrum: [f32; BINS],
    mean: f32,
    /// One over the root of the tooth's number.
    weights: [f32; TEETH],
}

impl Default for Comb {
    fn default() -> Self {
        let fft = RealFftPlanner::new().plan_fft_forward(FFT);
        let hann = |i: usize| 0.5 - 0.5 * (std::f32::consts::TAU * (i as f32 + 0.5) / WINDOW as f32).cos();
        Self {
            history: [0.0; WINDOW + NEWER],
            window: std::array::from_fn(hann),
            input: fft.make_input_vec(),
            output: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            fft,
            spectrum: [0.0; BINS],
            mean: 1.0,
            weights: std::array::from_fn(|i| ((i + 1) as f32).sqrt().recip()),
        }
    }
}

impl Comb {
    /// Takes the newest frame; [`Comb::fit`] then speaks of the frame [`COMB_DELAY_FRAMES`] before it.
    pub fn push(&mut self, slow_frame: &[f32]) {
        self.history.copy_within(SLOW_FRAME.., 0);
        let kept = self.history.len() - SLOW_FRAME;
        self.history[kept..].copy_from_slice(slow_frame);
        self.input[WINDOW..].fill(0.0);
        for ((x, sample), w) in self.input.iter_mut().zip(&self.history).zip(&self.window) {
            *x = sample * w;
        }
        let done = self.fft.process_with_scratch(&mut self.input, &mut self.output, &mut self.scratch);
        done.expect("buffers are made by the transform itself");
        for (root, x) in self.spectrum.iter_mut().zip(&self.output) {
            *root = x.norm_sqr().sqrt().sqrt().sqrt();
        }
        self.mean = self.spectrum.iter().sum::<f32>() / BINS as f32 + 1e-6;
    }

    pub fn fit(&self, f0_hz: f32) -> Fit {
        let mut fit = Fit::default();
        let (mut teeth, mut both) = (0.0, 1e-6);
        let mut gap_below = self.at(0.5 * f0_hz);
        for (i, weight) in self.weights.iter().enumerate() {
            let harmonic = (i + 1) as f32;
            if (harmonic + 0.5) * f0_hz >= TEETH_HZ_MAX {
                break;
            }
            let gap_above = self.at((harmonic + 0.5) * f0_hz);
            let (tooth, gap) = (self.at(harmonic * f0_hz), 0.5 * (gap_below + gap_above));
            teeth += weight * (tooth - gap);
            both += weight * (tooth + gap);
            gap_below = gap_above;
            if i + 1 == LOW_TEETH {
                fit.low = teeth / both;
            }
        }
        fit.all = teeth / both;
        if LOW_TEETH as f32 * f0_hz + 0.5 * f0_hz >= TEETH_HZ_MAX {
            fit.low = fit.all;
        }
        fit.at = [0.5, 1.0, 1.5, 2.0, 3.0].map(|times| self.at(times * f0_hz) / self.mean);
        fit
    }

    /// The spectrum between two bins.
    fn at(&self, hz: f32) -> f32 {
        let bin = (hz * BINS_PER_HZ).min((BINS - 2) as f32);
        let (low, part) = (bin as usize, bin.fract());
        self.spectrum[low] + part * (self.spectrum[low + 1] - self.spectrum[low])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_comb_fits_better_than_its_octaves() {
        for f0_hz in [80.0, 120.0, 180.0, 250.0, 350.0] {
            let mut comb = Comb::default();
            let voice = |i: usize| {
                let angle = std::f32::consts::TAU * f0_hz * i as f32 / SLOW_RATE_HZ;
                (2..8).map(|h| (angle * h as f32).sin()).sum::<f32>()
            };
            for frame in 0..12 {
                let slow: Vec<f32> = (0..SLOW_FRAME).map(|i| voice(frame * SLOW_FRAME + i)).collect();
                comb.push(&slow);
            }
            let [half, right, double] = [0.5, 1.0, 2.0].map(|times| comb.fit(times * f0_hz).all);
            assert!(right > half + 0.1 && right > double + 0.1, "{f0_hz} Hz: {half} {right} {double}");
        }
    }
}
