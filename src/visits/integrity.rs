//! A stay -> whether somebody was really there: what a phone at rest cannot do, weighed in log-odds.
//!
//! Repetition alone is nothing of the kind: a phone at rest hands out one position for minutes or hours. What it cannot do
//! is come and go without a way.

use crate::fixes::{Freeze, SPEED_MPS_MAX};

use super::point::Point;
use super::stays::Stay;
use super::visit::Evidence;
use super::ways::{BESIDE, FROZEN_FIXES, Way, way};

/// About one stay in a hundred is faked: ln(0.01 / 0.99).
const FAKED: f64 = -4.6;

/// A stay whose positions are all within 1.5 m: nearly every one of a simulator's, one in five of honest ones (40 % of
/// neighbouring positions of a real labelled day repeat exactly): ln 5.
const FROZEN: f64 = 1.6;

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
