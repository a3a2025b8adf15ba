//! Points -> the ways between them: how fast one would have to be, what the device would have sent, and whether anybody
//! went there at all.

use crate::fixes::{Freeze, SPEED_MPS_MAX, Seen};

use super::point::Point;
use super::silence::steps_left_out;

/// So many positions that are the same tell that a device repeats itself.
pub const FROZEN_FIXES: u32 = 3;

/// Arriving and leaving: the speed that the way would have needed, and what it says.
const LEAPS: [(f64, f64); 3] = [(SPEED_MPS_MAX, 4.0), (35.0, 2.5), (20.0, 1.0)];
const ON_FOOT_OR_BY_CAR: f64 = -1.5;

/// What each fix of the way says that the device would have sent and did not, and the most that all of them say: one
/// journey in ten is not seen, whatever is usual.
const LEFT_OUT: f64 = 0.6;
const LEFT_OUT_MAX: f64 = 2.3;

/// A wild position beside the stay is no leap: the slowest way from or to one of so many points counts.
pub const BESIDE: usize = 2;

/// A longer silence leaves time for any way.
const SILENCE_MS: i64 = 40 * 60_000;

/// There and back without a way: so much from either side is beyond doubt.
const BEYOND_DOUBT: f64 = 2.0;

/// A way to a stay or from it.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub mps: f64,
    /// Log-odds that nobody went it.
    pub says: f64,
}

/// Whether the points between two others are nowhere that somebody went to: they lie at one place, and there was no way
/// there and none back.
pub fn is_no_absence(points: &[Point], before: usize, after: usize) -> bool {
    let between = &points[before + 1..after];
    let Some(middle) = between.get(between.len() / 2) else { return false };
    let at_one_place = between.iter().filter(|point| point.is_near(middle)).count() * 4 >= between.len() * 3;
    let rhythm_ms = (points[after].t_ms - points[before].t_ms) as f64 / (after - before) as f64;
    let beyond = |way: Option<Way>| way.is_some_and(|way| way.says >= BEYOND_DOUBT);
    at_one_place
        && beyond(way(&points[before + 1], points[..=before].iter().rev().take(BESIDE), rhythm_ms))
        && beyond(way(&points[after - 1], points[after..].iter().take(BESIDE), rhythm_ms))
}

/// How many of the points that support a stay tell that somebody was there. Positions that only repeat while the device
/// has none (underground) show it by where it comes up again: nobody is as fast as from the last of them to there.
pub fn believed(points: &[Point], support: &[u32]) -> usize {
    let of = |index: u32| &points[index as usize];
    let Some(&last) = support.last() else { return 0 };
    let Some(next) = points.get(last as usize + 1) else { return support.len() };
    let mut freeze = Freeze::default();
    let repeats = support
        .iter()
        .rev()
        .take_while(|index| freeze.push(of(**index).place_alone()) > 1 || **index == last);
    let repeats = repeats.count();
    let from = support.len() - repeats;
    let comes_up = |index: u32| of(index).seen().speed_mps_to(&next.seen());
    let stale = repeats > FROZEN_FIXES as usize
        && comes_up(last) > SPEED_MPS_MAX
        && comes_up(support[from]) < SPEED_MPS_MAX;
    if stale { from + 1 } else { support.len() }
}

/// The way between the point at `edge` and the one of those beside it that is reached most easily. A device reports on
/// its way at least in the rhythm in which it does at rest.
pub fn way<'a>(edge: &Point, beside: impl Iterator<Item = &'a Point>, rhythm_ms: f64) -> Option<Way> {
    let soon = beside.filter(|point| (point.t_ms - edge.t_ms).abs() < SILENCE_MS);
    let easiest = soon.min_by(|a, b| slow(a, edge).total_cmp(&slow(b, edge)))?;
    let mps = slow(easiest, edge);
    let (from, to) = if easiest.t_ms <= edge.t_ms { (easiest, edge) } else { (edge, easiest) };
    let left_out = (LEFT_OUT * steps_left_out(from, to, rhythm_ms)).clamp(0.0, LEFT_OUT_MAX);
    let leapt = LEAPS.iter().find(|(over_mps, _)| mps > *over_mps).map(|(_, says)| *says);
    let says = match leapt {
        Some(says) => says + left_out,
        None if left_out >= LEFT_OUT => left_out,
        None => ON_FOOT_OR_BY_CAR,
    };
    Some(Way { mps, says })
}

fn slow(one: &Point, edge: &Point) -> f64 {
    let (one, edge): (Seen, Seen) = (one.seen(), edge.seen());
    one.speed_mps_to(&edge)
}
