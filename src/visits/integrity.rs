//! A stay -> whether somebody was really there: what a faked position cannot imitate, weighed in log-odds.

use crate::fixes::{Freeze, SPEED_MPS_MAX, Seen};

use super::point::Point;
use super::stays::Stay;
use super::visit::Evidence;

/// About one stay in a hundred is faked: ln(0.01 / 0.99).
const FAKED: f64 = -4.6;

/// Two fixes within 1.5 m and with one accuracy: one pair in twenty when a phone hands out an old position, nearly
/// every pair of a simulator: ln 20.
const REPEATS: f64 = 3.0;
const REPEATS_MAX: u32 = 4;

/// Arriving and leaving: the speed that the way would have needed, and what it says.
const LEAPS: [(f64, f64); 4] = [(SPEED_MPS_MAX, 4.0), (35.0, 2.5), (20.0, 1.0), (15.0, 0.0)];
const ON_FOOT_OR_BY_CAR: f64 = -1.5;

/// A wild position beside the stay is no leap: the slowest way from or to one of so many points counts.
const BESIDE: usize = 2;

/// A longer silence leaves time for any way.
const SILENCE_MS: i64 = 40 * 60_000;

/// What moves and then stands for so many fixes is no wild spell.
const SPELL_FIXES: usize = 4;

/// What speaks against a stay that looks faked; `None` when it does not.
pub fn looks_faked(stay: &Stay, points: &[Point]) -> Option<Evidence> {
    let (first, last) = (stay.first(), stay.last());
    let mut freeze = Freeze::default();
    let longest = points[first..=last].iter().map(|point| freeze.push(point.seen())).max().unwrap_or(1);
    let whole = longest as usize * 2 > last - first + 1;
    let repeats = if whole { (longest - 1).min(REPEATS_MAX) } else { 0 };
    let before = points[first.saturating_sub(BESIDE)..first].iter();
    let after = points[last + 1..].iter().take(BESIDE);
    let coming = slowest_mps(&points[first].seen(), before);
    let going = slowest_mps(&points[last].seen(), after);
    let faked = if repeats == 0 {
        let leapt = |way: Option<f64>| way.is_some_and(|mps| mps > SPEED_MPS_MAX);
        leapt(coming) && leapt(going) && stay.support.len() >= SPELL_FIXES
    } else {
        FAKED + REPEATS * f64::from(repeats) + says(coming) + says(going) > 0.0
    };
    let repeated = if whole { longest } else { 0 };
    faked.then_some(Evidence { repeated, came_mps: coming, left_mps: going, ..Evidence::default() })
}

fn slowest_mps<'a>(edge: &Seen, beside: impl Iterator<Item = &'a Point>) -> Option<f64> {
    beside
        .map(Point::seen)
        .filter(|seen| (seen.t_ms - edge.t_ms).abs() < SILENCE_MS)
        .map(|seen| seen.speed_mps_to(edge))
        .min_by(f64::total_cmp)
}

fn says(way_mps: Option<f64>) -> f64 {
    let Some(mps) = way_mps else { return 0.0 };
    LEAPS.iter().find(|(over_mps, _)| mps > *over_mps).map_or(ON_FOOT_OR_BY_CAR, |(_, says)| *says)
}
