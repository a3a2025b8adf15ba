//! One channel at any rate from 8 to 192 kHz in -> the same sound at 16 kHz out, on the same clock.

use std::fmt;
use std::ops::RangeInclusive;

use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, Fft, FixedAsync, FixedSync, SincInterpolationParameters, SincInterpolationType, WindowFunction,
};
use zeroize::Zeroize;

use super::{FRAME_SAMPLES, RATE_HZ};

/// From the telephone to the fastest sound cards.
pub const SOURCE_RATES_HZ: RangeInclusive<u32> = 8_000..=192_000;

/// Sources of floating-point samples go over full scale, but not by more than 24 dB.
const LOUDEST: f32 = 16.0;

/// Blocks a second of rates that divide into them; a block of 10 ms costs 5 ms of delay.
const BLOCKS_PER_SECOND: u32 = 100;

/// Taps at 16 kHz of the filter for rates without whole 10 ms blocks: 4 ms each way.
const SINC_TAPS_AT_16_KHZ: usize = 128;

/// Finer steps between stored filter phases are interpolated.
const SINC_PHASES: usize = 64;

/// The rate lies outside what a voice can be measured at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a sample rate of {rate_hz} Hz is outside {} to {} Hz: send the sound at 8000, 16000, 44100 or 48000 Hz",
    SOURCE_RATES_HZ.start(),
    SOURCE_RATES_HZ.end()
)]
pub struct BadRate {
    pub rate_hz: u32,
}

/// Keeps time: the first sample out is the instant of the first sample in, and as much comes out as went in.
pub struct Resampler {
    rate_hz: u32,
    /// `None` at 16 kHz, where sound passes untouched.
    engine: Option<Engine>,
    samples_in: u64,
    samples_out: u64,
}

struct Engine {
    rubato: Box<dyn rubato::Resampler<f32>>,
    input: Vec<f32>,
    filled: usize,
    output: [f32; FRAME_SAMPLES],
    /// Samples of the filter's delay still to be thrown away.
    delay: usize,
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resampler").field("rate_hz", &self.rate_hz).finish_non_exhaustive()
    }
}

impl Resampler {
    pub fn new(rate_hz: u32) -> Result<Self, BadRate> {
        if !SOURCE_RATES_HZ.contains(&rate_hz) {
            return Err(BadRate { rate_hz });
        }
        let engine = (rate_hz != RATE_HZ).then(|| Engine::new(rate_hz));
        Ok(Self { rate_hz, engine, samples_in: 0, samples_out: 0 })
    }

    /// Takes a source sample; hands on what is ready. What is not a number counts as silence, and what is far over full
    /// scale as `LOUDEST`, so that no square overflows.
    pub fn push(&mut self, sample: f32, ready: &mut impl FnMut(&[f32])) {
        let sample = if sample.is_finite() { sample.clamp(-LOUDEST, LOUDEST) } else { 0.0 };
        self.samples_in += 1;
        let Some(engine) = &mut self.engine else {
            self.samples_out += 1;
            return ready(&[sample]);
        };
        if let Some(output) = engine.push(sample) {
            self.samples_out += output.len() as u64;
            ready(output);
        }
    }

    /// The sound has ended: hands on a part of what the filter still holds. False when that was all, which is as much
    /// sound as went in.
    pub fn drain(&mut self, ready: &mut impl FnMut(&[f32])) -> bool {
        let due = (self.samples_in * u64::from(RATE_HZ)).div_ceil(self.rate_hz.into());
        let left = due.saturating_sub(self.samples_out) as usize;
        let Some(engine) = self.engine.as_mut().filter(|_| left > 0) else { return false };
        if let Some(output) = engine.push(0.0) {
            let kept = output.len().min(left);
            self.samples_out += kept as u64;
            ready(&output[..kept]);
        }
        true
    }
}

impl Engine {
    fn new(rate_hz: u32) -> Self {
        let rubato: Box<dyn rubato::Resampler<f32>> = if rate_hz.is_multiple_of(BLOCKS_PER_SECOND) {
            in_blocks(rate_hz)
        } else {
            by_interpolation(rate_hz)
        };
        Self {
            input: vec![0.0; rubato.input_frames_max()],
            filled: 0,
            output: [0.0; FRAME_SAMPLES],
            delay: rubato.output_delay(),
            rubato,
        }
    }

    fn push(&mut self, sample: f32) -> Option<&[f32]> {
        self.input[self.filled] = sample;
        self.filled += 1;
        if self.filled < self.rubato.input_frames_next() {
            return None;
        }
        let input = InterleavedSlice::new(&self.input, 1, self.filled).ok()?;
        let mut output = InterleavedSlice::new_mut(&mut self.output, 1, FRAME_SAMPLES).ok()?;
        let written = self.rubato.process_into_buffer(&input, &mut output, None);
        self.filled = 0;
        let (_, written) = written.expect("buffers are sized as the resampler asks");
        let skipped = self.delay.min(written);
        self.delay -= skipped;
        Some(&self.output[skipped..written])
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.rubato.reset();
        self.input.zeroize();
        self.output.zeroize();
    }
}

fn in_blocks(rate_hz: u32) -> Box<dyn rubato::Resampler<f32>> {
    let block = (rate_hz / BLOCKS_PER_SECOND) as usize;
    let window = WindowFunction::BlackmanHarris2;
    let (from, to) = (rate_hz as usize, RATE_HZ as usize);
    let fft = Fft::new_custom(from, to, block, 1, 1, window, FixedSync::Both);
    Box::new(fft.expect("whole blocks of 10 ms on both sides"))
}

fn by_interpolation(rate_hz: u32) -> Box<dyn rubato::Resampler<f32>> {
    let ratio = f64::from(RATE_HZ) / f64::from(rate_hz);
    let parameters = SincInterpolationParameters {
        sinc_len: (SINC_TAPS_AT_16_KHZ as f64 / ratio.min(1.0)).ceil() as usize,
        f_cutoff: None,
        oversampling_factor: SINC_PHASES,
        interpolation: SincInterpolationType::Quadratic,
        window: WindowFunction::BlackmanHarris2,
    };
    let sinc = Async::new_sinc(ratio, 1.0, &parameters, FRAME_SAMPLES, 1, FixedAsync::Output);
    Box::new(sinc.expect("a finite ratio and one channel"))
}

#[cfg(test)]
mod tests {
    use std::f32::consts::TAU;

    use super::*;

    fn resampled(rate_hz: u32, samples: impl IntoIterator<Item = f32>) -> Vec<f32> {
        let mut out = Vec::new();
        let mut resampler = Resampler::new(rate_hz).unwrap();
        for sample in samples {
            resampler.push(sample, &mut |ready| out.extend_from_slice(ready));
        }
        while resampler.drain(&mut |ready| out.extend_from_slice(ready)) {}
        out
    }

    /// A second of a tone at any rate is the same second of the same tone at 16 kHz.
    #[track_caller]
    fn check(rate_hz: u32, tone_hz: f32) {
        let tone = |rate: u32, i: u32| 0.5 * (TAU * tone_hz * i as f32 / rate as f32).sin();
        let out = resampled(rate_hz, (0..rate_hz).map(|i| tone(rate_hz, i)));
        assert_eq!(out.len(), 16_000, "{rate_hz} Hz");
        let worst = (400..15_600).map(|i| (out[i as usize] - tone(16_000, i)).abs()).fold(0.0, f32::max);
        let late_by_one_sample = 0.5 * TAU * tone_hz / 16_000.0;
        assert!(worst < late_by_one_sample + 0.01, "{rate_hz} Hz, tone of {tone_hz} Hz: off by {worst}");
    }

    #[test]
    fn a_tone_keeps_its_instant_and_its_size_at_every_rate() {
        for rate_hz in [8_000, 11_025, 12_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000] {
            for tone_hz in [100.0, 437.0, 1_000.0, 3_000.0] {
                check(rate_hz, tone_hz);
            }
        }
    }

    #[test]
    fn odd_rates_are_as_true() {
        for rate_hz in [8_001, 15_999, 16_001, 47_999, 191_999] {
            check(rate_hz, 437.0);
        }
    }

    #[test]
    fn what_cannot_be_heard_at_16_khz_does_not_fold_back() {
        let tone = (0..48_000).map(|i| (TAU * 11_000.0 * i as f32 / 48_000.0).sin());
        let out = resampled(48_000, tone);
        let loudest = out[400..15_600].iter().fold(0.0_f32, |most, x| most.max(x.abs()));
        assert!(loudest < 0.004, "{loudest}");
    }

    #[test]
    fn sixteen_kilohertz_passes_untouched_but_for_nonsense() {
        let out = resampled(16_000, [0.25, f32::NAN, -0.5, f32::INFINITY]);
        assert_eq!(out, [0.25, 0.0, -0.5, 0.0]);
    }

    #[test]
    fn a_few_samples_come_out_too() {
        assert_eq!(resampled(8_000, [0.1; 3]).len(), 6);
        assert_eq!(resampled(44_100, []).len(), 0);
    }

    #[test]
    fn rates_no_voice_fits_in_are_refused_with_a_mend() {
        for rate_hz in [0, 1, 7_999, 192_001, u32::MAX] {
            let sentence = Resampler::new(rate_hz).unwrap_err().to_string();
            assert!(sentence.contains(&format!("{rate_hz} Hz")), "{sentence}");
        }
    }
}
