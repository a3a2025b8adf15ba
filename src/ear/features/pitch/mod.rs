//! Filtered frames in -> pitch of the same frames, a fixed time later, out.

mod comb;
mod correlation;
mod leaps;
mod likelihood;
mod path;

use comb::{COMB_DELAY_FRAMES, Comb, Fit};
use correlation::{CORRELATION_DELAY_FRAMES, Correlation};
use leaps::Leaps;
use path::Path;

pub use comb::COMB_DELAY_FRAMES as CANDIDATES_DELAY_FRAMES;
pub use likelihood::{IMPOSSIBLE, LogOdds, asked, log_odds};
pub use path::PATH_DELAY_FRAMES;

/// The lowest and the highest voice that is looked for.
pub const PITCH_HZ_MIN: f32 = 60.0;
pub const PITCH_HZ_MAX: f32 = 500.0;

/// Pitches that a frame may have, at most.
pub const CANDIDATES: usize = 6;

/// A pitch that a frame may have.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Candidate {
    pub f0_hz: f32,
    /// Normalised correlation of the sound with itself one period later, up to 1: over 30 ms, and over 20 ms.
    pub strength: f32,
    pub strength_fine: f32,
    /// How well a comb of this pitch fits the spectrum.
    pub fit: Fit,
}

const _: () = assert!(COMB_DELAY_FRAMES == CORRELATION_DELAY_FRAMES + 1, "candidates wait for one frame");

/// What speaks for each pitch of a frame, the strongest first; unused places have strength 0.
pub type Candidates = [Candidate; CANDIDATES];

/// Correlates, then finds the likeliest smooth path through what the frames offer.
#[derive(Default)]
pub struct Pitch {
    correlation: Correlation,
    comb: Comb,
    /// Candidates that wait for their spectrum.
    waiting: Candidates,
    path: Path,
    leaps: Leaps,
}

impl Pitch {
    /// Takes a filtered frame; answers with the candidates of the frame [`CANDIDATES_DELAY_FRAMES`] before it.
    pub fn candidates(&mut self, samples: &[f32]) -> Candidates {
        let newest = self.correlation.push(samples);
        self.comb.push(self.correlation.slow_frame());
        let mut candidates = std::mem::replace(&mut self.waiting, newest);
        for candidate in candidates.iter_mut().filter(|candidate| candidate.strength > 0.0) {
            candidate.fit = self.comb.fit(candidate.f0_hz);
        }
        candidates
    }

    /// Takes a frame's candidates, and which frames are voiced: the one [`PATH_DELAY_FRAMES`] before it, and three
    /// after that. Answers with the pitch of the first of them, 0 if it has none.
    pub fn follow(&mut self, candidates: &Candidates, log_odds: &LogOdds, voiced: &[bool]) -> f32 {
        let mut ahead = self.path.push(candidates, log_odds);
        for (f0_hz, _) in ahead.iter_mut().zip(voiced).filter(|(_, voiced)| !**voiced) {
            *f0_hz = 0.0;
        }
        let f0_hz = self.leaps.push(&ahead);
        if f0_hz > 0.0 { self.comb.settle(f0_hz) } else { 0.0 }
    }

    /// These candidates turned out to be a voice's.
    pub fn learn_range(&mut self, candidates: &Candidates, log_odds: &LogOdds) {
        self.path.learn_range(candidates, log_odds);
    }
}
