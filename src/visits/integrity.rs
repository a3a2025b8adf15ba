//! A stay -> whether somebody was really there: what a phone at rest cannot do, weighed in log-odds.
//!
//! Repetition alone is nothing of the kind: a phone at rest hands out one position for minutes or hours. What it cannot do
//! is come and go without a way.

use crate::fixes::{Freeze, SPEED_MPS_MAX, Seen};

use super::point::Point;
use super::silence::steps_left_out;
use super::stays::Stay;
use super::visit::Evidence;

/// About one stay in a hundred is faked: ln(0.01 / 0.99).
const FAKED: f64 = -4.6;

/// A stay whose positions are all within 1.5 m: nearly every one of a simulator's, one in five of honest ones (40 % of
/// neighbouring positions of a real labelled day repeat exactly): ln 5.
const FROZEN: f64 = 1.6;

/// From so many positions on.
const FROZEN_FIXES: u32 = 3;

/// Arriving and leaving: the speed that the way would have needed, and what it says.
const LEAPS: [(f64, f64); 3] = [(SPEED_MPS_MAX, 4.0), (35.0, 2.5), (20.0, 1.0)];
const ON_FOOT_OR_BY_CAR: f64 = -1.5;

/// What each fix of the way says that the device would have sent and did not, and the most that all of them say: one
/// journey in ten is not seen, whatever is usual.
const LEFT_OUT: f64 = 0.6;
const LEFT_OUT_MAX: f64 = 2.3;

/// A wild position beside the stay is no leap: the slowest way from or to one of so many points counts.
const BESIDE: usize = 2;

/// A longer silence leaves time for any way.
const SILENCE_MS: i64 = 40 * 60_000;

/// There and back without a way: so much from either side is beyond doubt.
const BEYOND_DOUBT: f64 = 2.0;

/// A way to a stay or from it.
#[derive(Debug, Clone, Copy)]
struct Way {
    mps: f64,
    says: f64,
}

/// What speaks against a stay that looks faked; `None` when it does not.
pub fn looks_faked(stay: &Stay, points: &[Point]) -> Option<Evidence> {
    let (first, last) = (stay.first(), stay.last());
    let mut freeze = Freeze::default();
    let told = points[first..=last].iter().filter(|point| point.silent_m.is_none());
    let all = told.clone().count();
    let longest = told.map(|point| freeze.push(point.place_alone())).max().unwrap_or(1);
    let frozen = longest >= FROZEN_FIXES && longest as usize * 2 > all;
    let rhythm_ms = (stay.seen_ms.1 - stay.seen_ms.0) as f64 / (all as f64 - 1.0).max(1.0);
    let coming = way(&points[first], points[first.saturating_sub(BESIDE)..first].iter(), rhythm_ms);
    let going = way(&points[last], points[last + 1..].iter().take(BESIDE), rhythm_ms);
    let says = |way: Option<Way>| way.map_or(0.0, |way| way.says);
    let faked = frozen && FAKED + FROZEN + says(coming) + says(going) > 0.0;
    let mps = |way: Option<Way>| way.map(|way| way.mps);
    faked.then(|| Evidence {
        repeated: longest,
        came_mps: mps(coming),
        left_mps: mps(going),
        ..Evidence::default()
    })
}

/// Whether nobody can have come there and gone again: the place of an access point that was moved, or of another phone. It
/// says nothing against who carries the phone, and nothing of where that is.
pub fn is_out_of_reach(stay: &Stay, points: &[Point]) -> bool {
    let (first, last) = (stay.first(), stay.last());
    let leapt = |edge: usize, beside: &[Point]| {
        way(&points[edge], beside.iter(), 1.0).is_some_and(|way| way.mps > SPEED_MPS_MAX)
    };
    leapt(first, &points[first.saturating_sub(BESIDE)..first])
        && leapt(last, &points[last + 1..(last + 1 + BESIDE).min(points.len())])
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
fn way<'a>(edge: &Point, beside: impl Iterator<Item = &'a Point>, rhythm_ms: f64) -> Option<Way> {
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
