//! Sound at 4 kHz in -> how well the spectrum's teeth fit a comb of each pitch out.
//!
//! Correlation cannot tell a pitch from its half; the spectrum can, because between the teeth of the right comb there
//! is nothing.

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::correlation::{SLOW_FRAME, SLOW_RATE_HZ, SLOW_VOICE_DELAY, parabola};
use super::path::PATH_DELAY_FRAMES;
use super::{PITCH_HZ_MAX, PITCH_HZ_MIN};

/// 56 ms: the harmonics of a low voice stand apart, and a glide does not smear them.
const WINDOW: usize = 224;
const FFT: usize = 512;
const BINS_PER_HZ: f32 = FFT as f32 / SLOW_RATE_HZ;

/// The window reaches half its length beyond the middle of its frame, as that frame's voice arrives.
pub const COMB_DELAY_FRAMES: usize = 3;

/// From the end of the window to the newest sound that has been heard by then.
const NEWER: usize = SLOW_FRAME * COMB_DELAY_FRAMES + SLOW_FRAME / 2 - 3 - SLOW_VOICE_DELAY - WINDOW / 2;

/// Teeth are looked for below this: the filter's edge is at 1.8 kHz.
const TEETH_HZ_MAX: f32 = 1_900.0;
const BINS: usize = (TEETH_HZ_MAX * BINS_PER_HZ) as usize + 2;

const TEETH: usize = 12;
const LOW_TEETH: usize = 4;

/// A pitch is settled among so many neighbours to each side, 40 cents apart: noise moves the peak of a correlation by more
/// than it moves strong harmonics.
const NEIGHBOURS: usize = 3;
const STEP_OCTAVES: f32 = 40.0 / 1_200.0;
const PLACES: usize = 2 * NEIGHBOURS + 1;

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
    /// The fourth root of the magnitude of each bin: weak harmonics count nearly as much as strong ones. A ring of as many
    /// frames as the path waits for.
    spectra: [[f32; BINS]; PATH_DELAY_FRAMES + 1],
    newest: usize,
    mean: f32,
    /// One over the root of the tooth's number.
    weights: [f32; TEETH],
    /// The neighbours of a pitch, as shares of it.
    places: [f32; PLACES],
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
            spectra: [[0.0; BINS]; PATH_DELAY_FRAMES + 1],
            newest: 0,
            mean: 1.0,
            weights: std::array::from_fn(|i| ((i + 1) as f32).sqrt().recip()),
            places: std::array::from_fn(|i| ((i as f32 - NEIGHBOURS as f32) * STEP_OCTAVES).exp2()),
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
        self.newest = (self.newest + 1) % self.spectra.len();
        let spectrum = &mut self.spectra[self.newest];
        for (root, x) in spectrum.iter_mut().zip(&self.output) {
            *root = x.norm_sqr().sqrt().sqrt().sqrt();
        }
        self.mean = spectrum.iter().sum::<f32>() / BINS as f32 + 1e-6;
    }

    pub fn fit(&self, f0_hz: f32) -> Fit {
        let spectrum = &self.spectra[self.newest];
        let mut fit = Fit::default();
        let (mut teeth, mut both) = (0.0, 1e-6);
        let mut gap_below = at(spectrum, 0.5 * f0_hz);
        for (i, weight) in self.weights.iter().enumerate() {
            let harmonic = (i + 1) as f32;
            if (harmonic + 0.5) * f0_hz >= TEETH_HZ_MAX {
                break;
            }
            let gap_above = at(spectrum, (harmonic + 0.5) * f0_hz);
            let (tooth, gap) = (at(spectrum, harmonic * f0_hz), 0.5 * (gap_below + gap_above));
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
        fit.at = [0.5, 1.0, 1.5, 2.0, 3.0].map(|times| at(spectrum, times * f0_hz) / self.mean);
        fit
    }

    /// A pitch of the frame [`PATH_DELAY_FRAMES`] before that of [`Comb::fit`], moved to where its teeth are highest.
    pub fn settle(&self, f0_hz: f32) -> f32 {
        let spectrum = &self.spectra[(self.newest + 1) % self.spectra.len()];
        let teeth = (TEETH_HZ_MAX / (f0_hz * self.places[PLACES - 1])) as usize;
        let heights = self.places.map(|place| {
            let magnitude = |root: f32| root.powi(4);
            let tooth = |(i, weight)| weight * between(spectrum, (i + 1) as f32 * f0_hz * place, magnitude);
            self.weights.iter().enumerate().take(teeth).map(tooth).sum::<f32>()
        });
        let best = (0..PLACES).max_by(|&a, &b| heights[a].total_cmp(&heights[b])).unwrap_or(NEIGHBOURS);
        let between = match heights[best.saturating_sub(1)..].first_chunk() {
            Some(&[before, here, after]) if best > 0 => parabola(before, here, after).0,
            _ => 0.0,
        };
        let settled = f0_hz * ((best as f32 - NEIGHBOURS as f32 + between) * STEP_OCTAVES).exp2();
        settled.clamp(PITCH_HZ_MIN, PITCH_HZ_MAX)
    }
}

fn at(spectrum: &[f32; BINS], hz: f32) -> f32 {
    between(spectrum, hz, |root| root)
}

/// Something of the spectrum, between two bins.
fn between(spectrum: &[f32; BINS], hz: f32, of: impl Fn(f32) -> f32) -> f32 {
    let bin = (hz * BINS_PER_HZ).min((BINS - 2) as f32);
    let (low, part) = (bin as usize, bin.fract());
    let [below, above] = [of(spectrum[low]), of(spectrum[low + 1])];
    below + part * (above - below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A comb that has heard a steady voice for long enough.
    fn heard(f0_hz: f32) -> Comb {
        let mut comb = Comb::default();
        let voice = |i: usize| {
            let angle = std::f32::consts::TAU * f0_hz * i as f32 / SLOW_RATE_HZ;
            (2..8).map(|h| (angle * h as f32).sin()).sum::<f32>()
        };
        for frame in 0..20 {
            let slow: Vec<f32> = (0..SLOW_FRAME).map(|i| voice(frame * SLOW_FRAME + i)).collect();
            comb.push(&slow);
        }
        comb
    }

    #[test]
    fn the_right_comb_fits_better_than_its_octaves() {
        for f0_hz in [80.0, 120.0, 180.0, 250.0, 350.0] {
            let comb = heard(f0_hz);
            let [half, right, double] = [0.5, 1.0, 2.0].map(|times| comb.fit(times * f0_hz).all);
            assert!(right > half + 0.1 && right > double + 0.1, "{f0_hz} Hz: {half} {right} {double}");
        }
    }

    #[test]
    fn a_pitch_that_is_a_little_off_settles_where_the_harmonics_are() {
        for f0_hz in [80.0, 120.0, 180.0, 250.0] {
            let comb = heard(f0_hz);
            for off in [0.95, 0.98, 1.0, 1.01, 1.05] {
                let settled = comb.settle(off * f0_hz);
                assert!((settled / f0_hz).log2().abs() < 15.0 / 1_200.0, "{f0_hz} Hz: {settled}");
            }
        }
    }
}
