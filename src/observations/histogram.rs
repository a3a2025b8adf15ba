//! How often each pitch was heard: enough for a median and a trimmed spread, too little for a melody.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::units::pitch::{PITCH_BINS, bin_of_hz, semitones_of_bin};

/// Voiced frames per half-semitone bin from 55 Hz. Histograms add.
#[derive(Clone, PartialEq, Eq)]
pub struct PitchHistogram {
    counts: [u32; PITCH_BINS],
}

impl Default for PitchHistogram {
    fn default() -> Self {
        Self { counts: [0; PITCH_BINS] }
    }
}

impl PitchHistogram {
    /// Counts one voiced frame; a pitch outside 55..880 Hz is not counted.
    pub fn add_hz(&mut self, hz: f32) {
        if let Some(bin) = bin_of_hz(hz) {
            self.add(bin, 1);
        }
    }

    /// Counts `frames` voiced frames in a bin; bins that do not exist are passed over.
    pub fn add(&mut self, bin: usize, frames: u32) {
        if let Some(count) = self.counts.get_mut(bin) {
            *count = count.saturating_add(frames);
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(*more);
        }
    }

    /// Voiced frames in all bins.
    pub fn frames(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// The bins that are not empty, lowest first, with their counts.
    pub fn bins(&self) -> impl Iterator<Item = (usize, u32)> + '_ {
        self.counts.iter().copied().enumerate().filter(|&(_, count)| count > 0)
    }

    /// Semitones above 55 Hz below which the share `q` (0..1) of the frames lies, interpolated inside its bin.
    /// `None` without frames.
    pub fn quantile_st(&self, q: f64) -> Option<f32> {
        let total = self.frames();
        let wanted = q.clamp(0.0, 1.0) * total as f64;
        let mut below = 0.0;
        for (bin, count) in self.bins() {
            let count = f64::from(count);
            if below + count >= wanted {
                let part = ((wanted - below) / count) as f32;
                return Some(semitones_of_bin(bin) + (part - 0.5) / 2.0);
            }
            below += count;
        }
        None
    }

    /// Standard deviation in semitones of the frames between the 5 % and 95 % quantiles, by counts: a frame belongs
    /// to the trimmed tail in whole or in part. `None` with fewer than `frames_min` frames.
    pub fn trimmed_sd_st(&self, frames_min: u64) -> Option<f32> {
        let total = self.frames();
        if total == 0 || total < frames_min {
            return None;
        }
        let (low, high) = (0.05 * total as f64, 0.95 * total as f64);
        let (mut below, mut n, mut sum, mut squares) = (0.0, 0.0, 0.0, 0.0);
        for (bin, count) in self.bins() {
            let next = below + f64::from(count);
            let kept = (next.min(high) - below.max(low)).max(0.0);
            let st = f64::from(semitones_of_bin(bin));
            n += kept;
            sum += kept * st;
            squares += kept * st * st;
            below = next;
        }
        let mean = sum / n;
        Some((squares / n - mean * mean).max(0.0).sqrt() as f32)
    }
}

impl fmt::Debug for PitchHistogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.bins()).finish()
    }
}

/// Only the bins that are not empty travel: a tick has at most ten.
impl Serialize for PitchHistogram {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut seq = to.serialize_seq(Some(self.bins().count()))?;
        for (bin, count) in self.bins() {
            seq.serialize_element(&(bin as u8, count))?;
        }
        seq.end()
    }
}

impl<'de> Deserialize<'de> for PitchHistogram {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Bins;
        impl<'de> Visitor<'de> for Bins {
            type Value = PitchHistogram;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                write!(f, "pairs of a bin under {PITCH_BINS} and a count")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut histogram = PitchHistogram::default();
                while let Some((bin, count)) = seq.next_element::<(u8, u32)>()? {
                    if usize::from(bin) >= PITCH_BINS {
                        return Err(A::Error::custom(format!("pitch bin {bin} is over {}", PITCH_BINS - 1)));
                    }
                    histogram.add(bin.into(), count);
                }
                Ok(histogram)
            }
        }
        from.deserialize_seq(Bins)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_voice_has_its_pitch_and_no_spread() {
        let mut steady = PitchHistogram::default();
        (0..100).for_each(|_| steady.add_hz(222.0));
        let median = steady.quantile_st(0.5).unwrap();
        assert!((median - 24.25).abs() < 0.26, "{median}");
        assert_eq!(steady.trimmed_sd_st(1), Some(0.0));
    }

    #[test]
    fn one_octave_jump_in_fifty_frames_is_trimmed_away() {
        let mut voice = PitchHistogram::default();
        voice.add(40, 98);
        voice.add(64, 2);
        assert_eq!(voice.trimmed_sd_st(1), Some(0.0));
    }

    #[test]
    fn two_equal_halves_two_semitones_apart_spread_by_one() {
        let mut voice = PitchHistogram::default();
        voice.add(40, 50);
        voice.add(44, 50);
        assert!((voice.trimmed_sd_st(1).unwrap() - 1.0).abs() < 1e-6);
        assert_eq!(voice.trimmed_sd_st(101), None);
    }

    #[test]
    fn nothing_heard_is_unknown() {
        let none = PitchHistogram::default();
        assert_eq!((none.quantile_st(0.5), none.trimmed_sd_st(0)), (None, None));
    }
}
