//! Filtered samples in -> the lags at which the sound repeats itself, per frame, out.
//!
//! Normalised cross-correlation in two steps: every lag at 4 kHz, then the best ones again at 16 kHz.

use super::{CANDIDATES, Candidate, Candidates, PITCH_HZ_MAX, PITCH_HZ_MIN};
use crate::ear::frames::{FRAME_SAMPLES, RATE_HZ};

/// A frame is correlated when two more have been heard: half a window and half the longest lag lie after its centre.
pub const CORRELATION_DELAY_FRAMES: usize = 2;

/// 16 kHz over 4: telephone sound keeps its harmonics, and a lag costs a sixteenth.
const SLOWER: usize = 4;

/// Windowed sinc, cut at nine tenths of the slower half rate.
const FILTER_TAPS: usize = 31;
const FILTER_CUT: f32 = 0.9;

/// 30 ms: two to three periods of a low voice.
const WINDOW: usize = 120;

/// 20 ms: follows a glide, and does not reach far over a voicing edge.
const WINDOW_FINE: usize = 320;

const LAG_MIN: usize = (RATE_HZ as f32 / SLOWER as f32 / PITCH_HZ_MAX) as usize;
const LAG_MAX: usize = (RATE_HZ as f32 / SLOWER as f32 / PITCH_HZ_MIN) as usize + 1;

/// A peak is looked for so many fine lags from a coarse one.
const FINE_REACH: usize = 4;

/// Peaks below this share of the best one are not followed.
const WORTH: f32 = 0.3;

/// Long lags count less: a sound that repeats itself after one period does so after two.
const LONG_LAG_COST: f32 = 0.1;

/// Added to each window's energy, so that silence does not repeat itself: -100 dB of full scale.
const SILENCE: f32 = 1e-10;

const HISTORY: usize = FRAME_SAMPLES * (2 * CORRELATION_DELAY_FRAMES + 1);
const SLOW_HISTORY: usize = HISTORY / SLOWER;

/// Samples of a frame at 4 kHz.
pub const SLOW_FRAME: usize = FRAME_SAMPLES / SLOWER;
pub const SLOW_RATE_HZ: f32 = (RATE_HZ as usize / SLOWER) as f32;

/// The middle of the frame that is correlated.
const CENTRE: usize = HISTORY / 2;

/// The way from the larynx and the high pass delay voices by this: 5 ms, by a laryngograph.
const VOICE_DELAY: usize = 80;
pub const SLOW_VOICE_DELAY: usize = VOICE_DELAY / SLOWER;

/// What the slow history is behind the fast one, in fast samples: half the filter, less the step to its first sample.
const SLOW_BEHIND: usize = FILTER_TAPS / 2 + 1 - SLOWER;

pub struct Correlation {
    filter: [f32; FILTER_TAPS],
    fast: [f32; HISTORY],
    slow: [f32; SLOW_HISTORY],
    /// Sums of squares up to each sample.
    energy: [f64; SLOW_HISTORY + 1],
    energy_fine: [f64; HISTORY + 1],
    by_lag: [f32; LAG_MAX + 2],
}

impl Default for Correlation {
    fn default() -> Self {
        Self {
            filter: low_pass(),
            fast: [0.0; HISTORY],
            slow: [0.0; SLOW_HISTORY],
            energy: [0.0; SLOW_HISTORY + 1],
            energy_fine: [0.0; HISTORY + 1],
            by_lag: [0.0; LAG_MAX + 2],
        }
    }
}

impl Correlation {
    pub fn push(&mut self, samples: &[f32]) -> Candidates {
        self.fast.copy_within(FRAME_SAMPLES.., 0);
        self.fast[HISTORY - FRAME_SAMPLES..].copy_from_slice(samples);
        self.slow_down();
        self.correlate();
        let mut candidates = self.peaks();
        for candidate in candidates.iter_mut().filter(|c| c.strength > 0.0) {
            self.refine(candidate);
        }
        candidates
    }

    /// The newest frame at 4 kHz.
    pub fn slow_frame(&self) -> &[f32] {
        &self.slow[SLOW_HISTORY - SLOW_FRAME..]
    }

    /// A slow sample lies at every fourth fast one; the newest wait for the filter's second half.
    fn slow_down(&mut self) {
        self.slow.copy_within(SLOW_FRAME.., 0);
        for (i, slow) in self.slow[SLOW_HISTORY - SLOW_FRAME..].iter_mut().enumerate() {
            let end = HISTORY - FRAME_SAMPLES + SLOWER * i + SLOWER;
            *slow = dot(&self.fast[end - FILTER_TAPS..end], &self.filter);
        }
        add_squares(&mut self.energy, &self.slow[SLOW_HISTORY - SLOW_FRAME..]);
        add_squares(&mut self.energy_fine, &self.fast[HISTORY - FRAME_SAMPLES..]);
    }

    /// Both windows lie evenly about the frame's centre.
    fn correlate(&mut self) {
        const MIDDLE: usize = (CENTRE + SLOW_BEHIND) / SLOWER;
        for lag in LAG_MIN - 1..=LAG_MAX + 1 {
            let a = MIDDLE - (WINDOW + lag) / 2;
            let b = a + lag;
            let product = dot(&self.slow[a..a + WINDOW], &self.slow[b..b + WINDOW]);
            let energy = |from: usize| (self.energy[from + WINDOW] - self.energy[from]) as f32;
            let energies = (energy(a) * energy(b)).max(0.0).sqrt();
            self.by_lag[lag] = product / (energies + SILENCE * WINDOW as f32);
        }
    }

    /// The highest peaks, long lags counting less.
    fn peaks(&self) -> Candidates {
        let mut best = Candidates::default();
        let mut ranks = [0.0_f32; CANDIDATES];
        for lag in LAG_MIN..=LAG_MAX {
            let [before, here, after] = [lag - 1, lag, lag + 1].map(|lag| self.by_lag[lag]);
            if here <= before || here < after || here < WORTH * WORTH {
                continue;
            }
            let (shift, strength) = parabola(before, here, after);
            let lag = lag as f32 + shift;
            let rank = strength * (1.0 - LONG_LAG_COST * lag / LAG_MAX as f32);
            let Some(place) = ranks.iter().position(|&r| r < rank) else { continue };
            ranks[place..].rotate_right(1);
            best[place..].rotate_right(1);
            ranks[place] = rank;
            let f0_hz = SLOW_RATE_HZ / lag;
            best[place] = Candidate { f0_hz, strength: strength.min(1.0), ..Candidate::default() };
        }
        let least = WORTH * ranks[0].max(WORTH);
        for (candidate, rank) in best.iter_mut().zip(ranks) {
            if rank < least {
                *candidate = Candidate::default();
            }
        }
        best
    }

    /// The same correlation at the full rate: uphill from a coarse lag to the peak.
    fn refine(&self, candidate: &mut Candidate) {
        let mut lag = (RATE_HZ as f32 / candidate.f0_hz).round() as usize;
        let [mut before, mut here, mut after] = [lag - 1, lag, lag + 1].map(|lag| self.at_fine(lag));
        for _ in 1..FINE_REACH {
            if before > here && before >= after {
                (lag, before, here, after) = (lag - 1, self.at_fine(lag - 2), before, here);
            } else if after > here {
                (lag, before, here, after) = (lag + 1, here, after, self.at_fine(lag + 2));
            } else {
                break;
            }
        }
        let (shift, strength) = parabola(before, here, after);
        candidate.f0_hz = RATE_HZ as f32 / (lag as f32 + shift);
        candidate.strength_fine = strength.clamp(0.0, 1.0);
    }

    fn at_fine(&self, lag: usize) -> f32 {
        let a = CENTRE + VOICE_DELAY - (WINDOW_FINE + lag) / 2;
        let b = a + lag;
        let product = dot(&self.fast[a..a + WINDOW_FINE], &self.fast[b..b + WINDOW_FINE]);
        let energy = |from: usize| (self.energy_fine[from + WINDOW_FINE] - self.energy_fine[from]) as f32;
        product / ((energy(a) * energy(b)).max(0.0).sqrt() + SILENCE * WINDOW_FINE as f32)
    }
}

/// Moves sums of squares on by the newest samples. Over all of them every sum would wait for the one before it.
fn add_squares(sums: &mut [f64], newest: &[f32]) {
    let gone = sums[newest.len()];
    sums.copy_within(newest.len().., 0);
    let kept = sums.len() - newest.len();
    sums[..kept].iter_mut().for_each(|sum| *sum -= gone);
    let mut sum = sums[kept - 1];
    for (to, sample) in sums[kept..].iter_mut().zip(newest) {
        sum += f64::from(sample * sample);
        *to = sum;
    }
}

/// Where a parabola through three values is highest, from the middle one, and how high.
pub fn parabola(before: f32, here: f32, after: f32) -> (f32, f32) {
    let bend = before - 2.0 * here + after;
    if bend >= 0.0 {
        return (0.0, here);
    }
    let shift = (0.5 * (before - after) / bend).clamp(-0.5, 0.5);
    (shift, here - 0.25 * (before - after) * shift)
}

/// Eight sums side by side, which the compiler turns into vector instructions.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a8.remainder().iter().zip(b8.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0_f32; 8];
    for (x, y) in a8.zip(b8) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Hann-windowed sinc with a gain of 1.
fn low_pass() -> [f32; FILTER_TAPS] {
    let cut = FILTER_CUT / SLOWER as f32;
    let mut taps = [0.0; FILTER_TAPS];
    for (i, tap) in taps.iter_mut().enumerate() {
        let t = i as f32 - (FILTER_TAPS / 2) as f32;
        let angle = std::f32::consts::PI * cut * t;
        let sinc = if t == 0.0 { 1.0 } else { angle.sin() / angle };
        *tap = sinc * (0.5 + 0.5 * (std::f32::consts::TAU * t / (FILTER_TAPS + 1) as f32).cos());
    }
    let gain: f32 = taps.iter().sum();
    taps.map(|tap| tap / gain)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The strongest candidate of a steady sound.
    fn best(sound: impl Fn(f32) -> f32) -> Candidate {
        let mut correlation = Correlation::default();
        let mut best = Candidate::default();
        for frame in 0..8 {
            let samples: Vec<f32> = (0..FRAME_SAMPLES)
                .map(|i| sound((frame * FRAME_SAMPLES + i) as f32 / RATE_HZ as f32))
                .collect();
            best = correlation.push(&samples)[0];
        }
        best
    }

    #[track_caller]
    fn check(f0_hz: f32) {
        let found =
            best(|t| (1..6).map(|h| (std::f32::consts::TAU * f0_hz * h as f32 * t).sin() * 0.05).sum());
        assert!((found.f0_hz / f0_hz - 1.0).abs() < 0.003, "{f0_hz} Hz was heard as {found:?}");
        assert!(found.strength > 0.98, "{f0_hz} Hz was heard as {found:?}");
    }

    #[test]
    fn a_voice_is_found_at_its_own_pitch() {
        [65.0, 82.3, 110.0, 149.0, 207.7, 251.0, 333.0, 440.0].into_iter().for_each(check);
    }

    #[test]
    fn silence_offers_nothing() {
        assert_eq!(best(|_| 0.0), Candidate::default());
    }
}
