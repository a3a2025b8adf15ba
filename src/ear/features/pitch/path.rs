//! Candidates of frames in -> the likeliest smooth path through them, a fixed time later, out.

use super::leaps::AHEAD_FRAMES;
use super::likelihood::LogOdds;
use super::{CANDIDATES, Candidates};

/// How long a decision waits for what follows.
pub const PATH_DELAY_FRAMES: usize = 7;

/// Log odds over which a pitch is believed.
const BELIEVED: f32 = -3.5;

/// Weight of a candidate's log probability, and the most that it can cost.
const DOUBT_WEIGHT: f32 = 0.15;
const DOUBT_MAX: f32 = 5.0;

/// Cost of a change of pitch, per octave.
const JUMP_COST: f32 = 0.25;

/// From a quarter of an octave on a change is a leap, which voices do not do in 10 ms.
const LEAP_OCTAVES: f32 = 0.25;
const LEAP_COST: f32 = 0.2;

/// Cost of a pitch so many octaves from the speaker's own mean, and at most.
const RANGE_COST_MAX: f32 = 1.0;
const RANGE_OCTAVES: f32 = 0.9;

/// The mean forgets by this in a voiced frame: it is of about the last second of voice.
const RANGE_MEMORY: f32 = 0.99;

/// Voiced frames after which the mean is trusted.
const RANGE_FRAMES_MIN: f32 = 8.0;

#[derive(Debug, Clone, Copy, Default)]
struct Step {
    f0_hz: [f32; CANDIDATES],
    log_odds: LogOdds,
    from: [u8; CANDIDATES],
}

/// Fixed-lag Viterbi search, drawn towards the range of the voice that it follows.
#[derive(Default)]
pub struct Path {
    costs: [f32; CANDIDATES],
    octaves: [f32; CANDIDATES],
    steps: [Step; PATH_DELAY_FRAMES + 1],
    newest: usize,
    range: Range,
}

/// The mean pitch of a voice, in octaves.
#[derive(Default)]
struct Range {
    sum: f32,
    weight: f32,
}

impl Path {
    /// Takes a frame's candidates; answers with the pitch of the frame [`PATH_DELAY_FRAMES`] before it and, as far as
    /// it can be told now, of those after it; 0 where it is not believed.
    pub fn push(&mut self, candidates: &Candidates, log_odds: &LogOdds) -> [f32; AHEAD_FRAMES + 1] {
        let octaves = candidates.map(|c| c.f0_hz.max(1.0).log2());
        let mut step = Step { f0_hz: candidates.map(|c| c.f0_hz), log_odds: *log_odds, ..Step::default() };
        let mut costs = [0.0; CANDIDATES];
        for to in 0..CANDIDATES {
            let change = |from: usize| self.costs[from] + jump_cost(octaves[to] - self.octaves[from]);
            let (mut best, mut least) = (0, change(0));
            for from in 1..CANDIDATES {
                let cost = change(from);
                if cost < least {
                    (best, least) = (from, cost);
                }
            }
            step.from[to] = best as u8;
            costs[to] = least + self.local_cost(octaves[to], candidates[to].strength, log_odds[to]);
        }
        let least = costs.iter().copied().fold(f32::MAX, f32::min);
        self.costs = costs.map(|cost| cost - least);
        self.octaves = octaves;
        self.newest = (self.newest + 1) % self.steps.len();
        self.steps[self.newest] = step;
        self.oldest()
    }

    /// A frame's candidates belong to the voice: its range is learnt from the likeliest of them.
    pub fn learn_range(&mut self, candidates: &Candidates, log_odds: &LogOdds) {
        let best = (0..CANDIDATES).max_by(|&a, &b| log_odds[a].total_cmp(&log_odds[b])).unwrap_or(0);
        if candidates[best].strength > 0.0 {
            let weight = 1.0 / (1.0 + (-log_odds[best]).exp());
            self.range.sum = self.range.sum * RANGE_MEMORY + weight * candidates[best].f0_hz.log2();
            self.range.weight = self.range.weight * RANGE_MEMORY + weight;
        }
    }

    fn local_cost(&self, octave: f32, strength: f32, log_odds: f32) -> f32 {
        /// What an unused place costs: more than any way around it.
        const UNUSED: f32 = 99.0;
        if strength <= 0.0 {
            return UNUSED;
        }
        let doubt = (1.0 + (-log_odds).exp()).ln().min(DOUBT_MAX);
        let mut cost = DOUBT_WEIGHT * doubt;
        if self.range.weight > RANGE_FRAMES_MIN {
            let away = (octave - self.range.sum / self.range.weight) / RANGE_OCTAVES;
            cost += RANGE_COST_MAX * (away * away).min(1.0);
        }
        cost
    }

    /// Walks the best path back to the oldest step.
    fn oldest(&self) -> [f32; AHEAD_FRAMES + 1] {
        let best = (0..CANDIDATES).min_by(|&a, &b| self.costs[a].total_cmp(&self.costs[b]));
        let mut state = best.unwrap_or(0);
        let mut at = self.newest;
        let mut ahead = [0.0; AHEAD_FRAMES + 1];
        for left in (0..=PATH_DELAY_FRAMES).rev() {
            let step = &self.steps[at];
            if left <= AHEAD_FRAMES && step.log_odds[state] > BELIEVED {
                ahead[left] = step.f0_hz[state];
            }
            state = usize::from(step.from[state]);
            at = (at + self.steps.len() - 1) % self.steps.len();
        }
        ahead
    }
}

fn jump_cost(octaves: f32) -> f32 {
    let jump = octaves.abs();
    let leap = if jump > LEAP_OCTAVES { LEAP_COST } else { 0.0 };
    JUMP_COST * jump + leap
}
