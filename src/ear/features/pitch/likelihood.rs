//! Candidates of a frame in -> the log odds of each to be the pitch out.

use super::{CANDIDATES, Candidates};
use crate::ear::features::coefficients::{PITCH, PITCH_CUES};

/// Two candidates this close to an octave apart support or contradict each other.
const OCTAVE_REACH: f32 = 0.06;

/// Pitches are measured in octaves from here, the middle of adult voices.
const MIDDLE_HZ: f32 = 150.0;

/// Log odds that no candidate has.
pub const IMPOSSIBLE: f32 = -20.0;

/// Log odds of each candidate; [`IMPOSSIBLE`] for unused places.
pub type LogOdds = [f32; CANDIDATES];

pub fn log_odds(candidates: &Candidates) -> LogOdds {
    let asked = asked(candidates);
    std::array::from_fn(|i| if candidates[i].strength > 0.0 { PITCH.log_odds(&asked[i]) } else { IMPOSSIBLE })
}

/// What the model is to be asked about each candidate.
pub fn asked(candidates: &Candidates) -> [[f32; PITCH_CUES]; CANDIDATES] {
    let octaves = candidates.map(|c| (c.f0_hz.max(1.0) / MIDDLE_HZ).log2());
    let strongest = candidates.iter().map(|c| c.strength).fold(0.0, f32::max);
    let fittest = candidates.iter().filter(|c| c.strength > 0.0).map(|c| c.fit.all).fold(-9.0, f32::max);
    // The strength of a candidate so many octaves from another.
    let support = |from: usize, apart: f32| {
        let near = |(octave, _): &(&f32, _)| (octaves[from] - *octave - apart).abs() < OCTAVE_REACH;
        octaves.iter().zip(candidates).filter(near).map(|(_, c)| c.strength).fold(0.0, f32::max)
    };
    std::array::from_fn(|i| {
        let candidate = &candidates[i];
        let [half, one, one_half, two, three] = candidate.fit.at;
        [
            candidate.strength,
            candidate.strength_fine,
            candidate.fit.all,
            candidate.fit.low,
            octaves[i],
            candidate.strength - strongest,
            candidate.fit.all - fittest,
            support(i, 1.0),
            support(i, -1.0),
            half,
            one,
            one_half,
            two,
            three,
        ]
    })
}
