//! A believed fix as the matcher sees it: in true time, in WGS-84, with an error in metres.

use crate::fixes::{Fix, Seen};
use crate::units::Place;

/// A radius that holds 68 of 100 is this many standard deviations of one axis (Rayleigh distribution).
pub const ACCURACY_SIGMAS: f64 = 1.515;

/// What no accuracy tells: reflections indoors, the rep's own steps. 8 to 16 m score alike.
const FLOOR_M: f64 = 12.0;

/// A receiver that measures this often is tracking satellites; what it leaves out is its usual open-sky error.
const CONTINUOUS_MS: i64 = 15_000;

/// The open-sky accuracy of a phone, 68 %: 4.9 m (van Diggelen and Enge 2015) times the canyon's two.
const CONTINUOUS_ACCURACY_M: f64 = 10.0;

/// What a phone that measures now and then leaves out: mostly Wi-Fi positions.
const SPARSE_ACCURACY_M: f64 = 40.0;

/// A drift is measured over so many fixes, a minute or so: a walker is far away by then, who looks round a shop is not.
const DRIFT_FIXES: usize = 6;

/// Weight of a new accuracy in what is usual for the device.
const USUAL_WEIGHT: f64 = 0.1;

/// Two fixes this far apart, and further than their own errors, at such a speed and no longer apart than this, are on
/// one way: what is usual between them is how the device reports while it moves.
const WAY_M: f64 = 60.0;
const WAY_MPS: std::ops::RangeInclusive<f64> = 1.5..=45.0;
const WAY_MS_MAX: i64 = 8 * 60_000;

/// Weight of a new step of the way in what is usual.
const STEP_WEIGHT: f64 = 0.2;

/// One believed position.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    pub t_ms: i64,
    pub place: Place,
    /// Standard deviation of one axis.
    pub sigma_m: f64,
    /// What the device claimed.
    pub accuracy_m: Option<f64>,
    pub speed_mps: Option<f64>,
    /// Where the device did not tell its speed but measures all the time: how fast it drifted lately.
    pub drift_mps: Option<f64>,
    /// How the device reports while it moves, as far as it has shown it.
    pub moves: Option<Moves>,
    /// The device said nothing new: it is taken to be where it was, give or take so many metres.
    pub silent_m: Option<f64>,
}

/// How a device reports while it moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moves {
    /// From one fix to the next.
    pub every_ms: f64,
    pub every_m: f64,
    /// Steps that were seen.
    pub steps: u32,
}

impl Point {
    /// Whether both may be one place.
    pub fn is_near(&self, other: &Self) -> bool {
        self.place.distance_m(other.place) <= WAY_M.max(2.0 * (self.sigma_m + other.sigma_m))
    }

    /// The place without what was claimed of it: that drifts although nothing is measured.
    pub fn place_alone(&self) -> Seen {
        Seen { accuracy_m: None, ..self.seen() }
    }

    pub fn seen(&self) -> Seen {
        Seen { t_ms: self.t_ms, place: self.place, accuracy_m: self.accuracy_m }
    }
}

/// What is usual for one device, so that a fix without an accuracy is judged by its neighbours.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usual {
    /// One over it: a coarse fix among good ones counts little.
    per_accuracy: Option<f64>,
    before_ms: Option<i64>,
    interval_ms: Option<i64>,
    /// The newest fix, as far as a way is measured from it.
    step: Option<(i64, Place, f64)>,
    moves: Option<Moves>,
    /// The newest positions, oldest first.
    trail: [Option<(i64, Place)>; DRIFT_FIXES],
}

impl Usual {
    /// Takes the next fix of the device, in true time.
    pub fn point(&mut self, fix: &Fix, place: Place, t_ms: i64) -> Point {
        let interval_ms = self.before_ms.map(|before_ms| t_ms - before_ms);
        self.before_ms = Some(t_ms);
        self.interval_ms = interval_ms.or(self.interval_ms);
        if let Some(accuracy_m) = fix.accuracy_m {
            let per_accuracy = 1.0 / accuracy_m.max(1.0);
            let usual = self.per_accuracy.get_or_insert(per_accuracy);
            *usual += USUAL_WEIGHT * (per_accuracy - *usual);
        }
        let drift_mps = if fix.speed_mps.is_none() { self.drift_mps(place, t_ms) } else { None };
        self.trail.rotate_left(1);
        self.trail[DRIFT_FIXES - 1] = Some((t_ms, place));
        let accuracy_m = fix.accuracy_m.unwrap_or_else(|| self.accuracy_m());
        let told_m = accuracy_m / ACCURACY_SIGMAS;
        let sigma_m = (told_m * told_m + FLOOR_M * FLOOR_M).sqrt();
        let drives = fix.told_speed_mps().is_some_and(|mps| WAY_MPS.contains(&mps));
        self.step(t_ms, place, sigma_m, drives);
        Point {
            t_ms,
            place,
            sigma_m,
            accuracy_m: fix.accuracy_m,
            speed_mps: fix.told_speed_mps(),
            drift_mps,
            moves: self.moves,
            silent_m: None,
        }
    }

    /// `drives`: the device says itself that it is on its way; then a short step is one too.
    fn step(&mut self, t_ms: i64, place: Place, sigma_m: f64, drives: bool) {
        let before = self.step.replace((t_ms, place, sigma_m));
        let Some((before_ms, before, before_sigma_m)) = before else { return };
        let (ms, m) = (t_ms - before_ms, before.distance_m(place));
        let on_the_way = ms > 0
            && ms <= WAY_MS_MAX
            && m > if drives { WAY_M / 3.0 } else { WAY_M.max(2.0 * (sigma_m + before_sigma_m)) }
            && WAY_MPS.contains(&(m / (ms as f64 / 1000.0)));
        if !on_the_way {
            return;
        }
        let moves = self.moves.get_or_insert(Moves { every_ms: ms as f64, every_m: m, steps: 0 });
        moves.every_ms *= (ms as f64 / moves.every_ms).powf(STEP_WEIGHT);
        moves.every_m *= (m / moves.every_m).powf(STEP_WEIGHT);
        moves.steps = moves.steps.saturating_add(1);
    }

    fn accuracy_m(&self) -> f64 {
        let continuous = self.interval_ms.is_some_and(|ms| ms <= CONTINUOUS_MS);
        let untold = if continuous { CONTINUOUS_ACCURACY_M } else { SPARSE_ACCURACY_M };
        self.per_accuracy.map_or(untold, f64::recip)
    }

    fn drift_mps(&self, place: Place, t_ms: i64) -> Option<f64> {
        let (from_ms, from) = self.trail[0]?;
        let span_ms = t_ms - from_ms;
        let continuous = span_ms > 0 && span_ms <= CONTINUOUS_MS * DRIFT_FIXES as i64;
        continuous.then(|| from.distance_m(place) / (span_ms as f64 / 1000.0))
    }
}
