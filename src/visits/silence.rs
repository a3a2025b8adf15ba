//! A device that reports when it moves, and a silence -> that it did not move.

use super::point::{Moves, Point};
use super::stops::STOP_MS_MIN;

/// A shorter silence is a light or a lost message; neither is one of fewer steps of the way.
const SILENCE_MS_MIN: i64 = 4 * 60_000;
const SILENCE_STEPS: f64 = 4.0;

/// A longer one is a night, or a phone that was off.
const SILENCE_MS_MAX: i64 = 6 * 3_600_000;

/// So many steps of a way must have been seen before the lack of one means anything.
const STEPS_MIN: u32 = 2;

/// The first fix after a rest lies within so many steps, or this far: apps that stop measuring at rest notice only then.
const FIRST_STEPS: f64 = 2.5;
const FIRST_M: std::ops::RangeInclusive<f64> = 300.0..=2000.0;

/// And no nearer than this: else it is the same place once more.
const LEFT_STEPS: f64 = 0.5;
const LEFT_M_MAX: f64 = 150.0;

/// A device may have gone on so far without a report; where it does not show how it moves, so far.
const UNSEEN_M_MAX: f64 = 500.0;
const UNSEEN_M: f64 = 200.0;

/// A car in town, door to door.
const WAY_MPS: f64 = 8.0;

/// Where fixes tell of a rest by themselves, a silence shorter than this only tells of their rhythm.
const KNOWN_MS_MIN: i64 = 20 * 60_000;

/// So many of the newest points are looked at.
const LOOKED_BACK: usize = 32;

/// What is coarser does not tell a place.
const EXACT_SIGMA_M: f64 = 66.0;

/// The points that a silence between the last of `points` and `next` is worth: none, or one in its midst and one at its
/// end, at the place of the last.
pub fn rest(points: &[Point], next: &Point) -> Option<[Point; 2]> {
    let before = points.last().filter(|before| before.sigma_m < EXACT_SIGMA_M)?;
    if before.is_near(next) {
        return None;
    }
    let silence_ms = next.t_ms - before.t_ms;
    let here = points.iter().rev().take(LOOKED_BACK).take_while(|point| point.is_near(before)).count();
    let (earlier, here) = points.split_at(points.len() - here);
    let known = here[here.len() - 1].t_ms - here[0].t_ms >= STOP_MS_MIN;
    let from_rest = |early: &Point, last: &Point| early.is_near(last) && last.is_near(next);
    let wild = matches!(earlier, [.., early, last] if from_rest(early, last));
    if wild || known && before.silent_m.is_none() && silence_ms < KNOWN_MS_MIN {
        return None;
    }
    let moves = before.moves.filter(|moves| moves.steps >= STEPS_MIN)?;
    let long = (silence_ms as f64) >= (SILENCE_STEPS * moves.every_ms).max(SILENCE_MS_MIN as f64);
    let way_m = before.place.distance_m(next.place);
    let first_m = (FIRST_STEPS * moves.every_m).clamp(*FIRST_M.start(), *FIRST_M.end());
    let went = way_m >= (LEFT_STEPS * moves.every_m).min(LEFT_M_MAX);
    let near = went && way_m <= first_m + 2.0 * (before.sigma_m + next.sigma_m);
    if !long || silence_ms > SILENCE_MS_MAX || !near {
        return None;
    }
    let until_ms = next.t_ms - (way_m / WAY_MPS * 1000.0) as i64;
    let from_ms = before.t_ms;
    (until_ms - from_ms >= SILENCE_MS_MIN)
        .then(|| [(from_ms + until_ms) / 2, until_ms].map(|t_ms| still(before, t_ms)))
}

/// The device said at `t_ms` that it knows no newer place.
pub fn still(before: &Point, t_ms: i64) -> Point {
    let silent_m = before.silent_m.unwrap_or_else(|| unseen_m(before.moves));
    Point { t_ms, accuracy_m: None, speed_mps: None, drift_mps: None, silent_m: Some(silent_m), ..*before }
}

fn unseen_m(moves: Option<Moves>) -> f64 {
    moves.map_or(UNSEEN_M, |moves| moves.every_m.min(UNSEEN_M_MAX))
}

/// How many fixes of the way from one point to the other the device has left out, going by how it reports else: on its
/// way, or at rest in this rhythm where no way of it is known.
pub fn steps_left_out(from: &Point, to: &Point, rhythm_ms: f64) -> f64 {
    let way_m = (from.place.distance_m(to.place) - 2.0 * from.sigma_m).max(0.0);
    let way_ms = way_m / WAY_MPS * 1000.0;
    let known = from.moves.or(to.moves).filter(|moves| moves.steps >= STEPS_MIN);
    known.map_or(way_ms / rhythm_ms, |moves| (way_m / moves.every_m).min(way_ms / moves.every_ms)) - 1.0
}
