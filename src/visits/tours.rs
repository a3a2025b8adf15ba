//! Points on wide ground (a factory, a park) -> visits spent walking over it, which no stop tells of.

use crate::sites::Sites;

use super::decide::VISIT_MS_MIN;
use super::point::Point;
use super::stays::Stay;

/// Somebody walks over the ground for so long at least: who only parks and goes is not on a tour.
const TOUR_MS_MIN: i64 = 2 * VISIT_MS_MIN;

/// Faster than a walk: in a car, through the ground or past it.
const WALK_MPS: f64 = 2.5;

/// So many points beside the ground in a row were a wild spell; more are the way out.
pub const BESIDE_MAX: usize = 3;

/// A longer silence is the end of a tour.
const SILENCE_MS: i64 = 20 * 60_000;

/// A stop that takes this part of the time on the ground tells of the visit by itself.
const STOOD_PART: f64 = 0.7;

/// The wide ground that a point lies on, the smallest of several.
pub fn ground_of(point: &Point, sites: &Sites) -> Option<u32> {
    let mut smallest: Option<(f64, u32)> = None;
    sites.near(point.place, 0.0, |near| {
        let ground = &near.site.ground;
        let area_m2 = ground.drawn_m2();
        if near.inside && ground.is_wide() && smallest.is_none_or(|(m2, _)| area_m2 < m2) {
            smallest = Some((area_m2, near.index));
        }
    });
    smallest.map(|(_, site)| site)
}

/// A stop, and whether it is certain to have been at another client than the one whose ground is walked over.
#[derive(Debug, Clone, Copy)]
pub struct Stood<'a> {
    pub stay: &'a Stay,
    pub site: Option<u32>,
}

/// The tours among points whose grounds are `grounds`. Stops of the time may belong to them; one at another client, whose
/// site lies on the ground, interrupts it.
pub fn tours(points: &[Point], grounds: &[Option<u32>], stood: &[Stood]) -> Vec<Stay> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(first) = (from..points.len()).find(|at| grounds[*at].is_some()) {
        let Some(site) = grounds[first] else { break };
        let elsewhere = |at: usize| {
            stood.iter().any(|one| {
                one.site.is_some_and(|other| other != site)
                    && (one.stay.first()..=one.stay.last()).contains(&at)
            })
        };
        let mut on: Vec<u32> = vec![first as u32];
        let mut beside = 0;
        let mut next = first + 1;
        while next < points.len() && beside <= BESIDE_MAX && !elsewhere(next) {
            let last = on[on.len() - 1] as usize;
            if points[next].t_ms - points[last].t_ms > SILENCE_MS {
                break;
            }
            if grounds[next] == Some(site) {
                on.push(next as u32);
                beside = 0;
            } else {
                beside += 1;
            }
            next += 1;
        }
        if !elsewhere(first) && is_tour(points, &on, stood) {
            found.push(Stay::over(points, &on));
        }
        from = (on[on.len() - 1] as usize + 1).max(first + 1);
    }
    found
}

fn is_tour(points: &[Point], on: &[u32], stood: &[Stood]) -> bool {
    let of = |at: usize| &points[on[at] as usize];
    let (from_ms, until_ms) = (of(0).t_ms, of(on.len() - 1).t_ms);
    let long = until_ms - from_ms >= TOUR_MS_MIN;
    let driven = (1..on.len()).filter(|at| {
        let straight = of(at - 1).seen().speed_mps_to(&of(*at).seen());
        of(*at).speed_mps.unwrap_or(straight) > WALK_MPS
    });
    let stands = stood.iter().any(|one| {
        let both_ms = one.stay.leave_ms.min(until_ms) - one.stay.arrive_ms.max(from_ms);
        both_ms as f64 > STOOD_PART * (until_ms - from_ms) as f64
    });
    long && driven.count() * 2 < on.len() && !stands
}
