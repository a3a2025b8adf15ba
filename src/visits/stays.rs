//! Stops -> stays: where exactly, how exactly, from when to when; pieces of one stay are joined.

use crate::units::{Place, Plane};

use super::point::Point;
use super::ways::{believed, is_no_absence};

/// How a person and a building bias one stay's positions on each axis, whatever is averaged.
const BIAS_M: f64 = 14.0;

/// Errors of neighbouring points are the same error for about this long.
const ERROR_MEMORY_MS: f64 = 240_000.0;

/// The unseen way to a place takes at least this: a car in town, door to door.
const WAY_MPS: f64 = 6.0;

/// Between points that are this close in time there is no doubt worth dividing.
const GAP_MS_MIN: i64 = 60_000;

/// A longer silence says nothing of when somebody came or went.
const GAP_MS_MAX: i64 = 40 * 60_000;

/// Pieces further apart in time are two stays.
const JOIN_MS_MAX: i64 = 20 * 60_000;

/// A spell at a place without a way there and back, that of an access point that was moved, ends sooner.
const SPELL_MS_MAX: i64 = 2 * 3_600_000;

/// Pieces nearer than this, or than so many of their own standard deviations, are one place.
const JOIN_M_MIN: f64 = 45.0;
const JOIN_SIGMAS: f64 = 1.6;

/// Points at either end that lie so many of their standard deviations off are the way to the door and back, if that
/// is at most so long.
const DOOR_SIGMAS: f64 = 2.0;
const DOOR_MS: i64 = 120_000;

/// So many exact points so far away in between were a real absence: a wild spell is up to three.
const ABSENCE_POINTS: usize = 4;
const ABSENCE_M: f64 = 250.0;
const EXACT_SIGMA_M: f64 = 54.0;

/// A stretch of time in which the device stood at one place.
#[derive(Debug, Clone)]
pub struct Stay {
    pub centre: Place,
    /// Variance of the centre on one axis.
    pub var: f64,
    pub arrive_ms: i64,
    pub leave_ms: i64,
    /// Instants of the first and last supporting point.
    pub seen_ms: (i64, i64),
    /// The points that support it, never none.
    pub support: Vec<u32>,
    /// The median of what the points claimed of their accuracy.
    pub accuracy_m: Option<f64>,
    /// Mostly silence tells of it: the device may have stood so far from where it reported last. 0 when it reported.
    pub reach_m: f64,
}

impl Stay {
    /// Sums up the points that support a stop, without the way to the door and back.
    pub fn of(points: &[Point], support: &[u32]) -> Self {
        let support = &support[..believed(points, support)];
        let stay = Self::of_all(points, support);
        let off = |index: &&u32| {
            let point = &points[**index as usize];
            point.place.distance_m(stay.centre) > DOOR_SIGMAS * point.sigma_m
        };
        let mut coming = support.iter().take_while(off).count();
        let mut going = support.iter().rev().take_while(off).count();
        if coming + going == 0 || support.len() < coming + going + 2 {
            return stay;
        }
        let end = support.len() - 1;
        let at_ms = |place: usize| points[support[place] as usize].t_ms;
        if at_ms(coming) - at_ms(0) > DOOR_MS {
            coming = 0;
        }
        if at_ms(end) - at_ms(end - going) > DOOR_MS {
            going = 0;
        }
        Self::of_all(points, &support[coming..=end - going])
    }

    /// A time spent on wide ground.
    pub fn over(points: &[Point], support: &[u32]) -> Self {
        Self::of_all(points, support)
    }

    fn of_all(points: &[Point], support: &[u32]) -> Self {
        let (first, last) = (support[0] as usize, support[support.len() - 1] as usize);
        let plane = Plane::at(points[first].place);
        let mut xs = Vec::with_capacity(support.len());
        let mut ys = Vec::with_capacity(support.len());
        let mut sigmas = Vec::with_capacity(support.len());
        let mut claims = Vec::with_capacity(support.len());
        let told = |index: &&u32| points[**index as usize].silent_m.is_none();
        let silent = support.len() - support.iter().filter(told).count();
        for point in support.iter().map(|index| &points[*index as usize]) {
            if point.silent_m.is_some() && silent < support.len() {
                continue;
            }
            let (x, y) = plane.metres(point.place);
            let weight = point.sigma_m.powi(-2);
            xs.push((x, weight));
            ys.push((y, weight));
            sigmas.push((point.sigma_m, 1.0));
            claims.extend(point.accuracy_m.map(|metres| (metres, 1.0)));
        }
        let seen_ms = (points[first].t_ms, points[last].t_ms);
        let spread = (seen_ms.1 - seen_ms.0) as f64 / ERROR_MEMORY_MS;
        let independent = 1.0 + spread.min(xs.len() as f64 - 1.0);
        let reach_m = reach_m(points, support);
        let sigma_m = median(&mut sigmas).unwrap_or(0.0);
        let centre = plane.place((median(&mut xs).unwrap_or(0.0), median(&mut ys).unwrap_or(0.0)));
        let mut stay = Self {
            centre,
            var: BIAS_M * BIAS_M + sigma_m * sigma_m / independent,
            arrive_ms: seen_ms.0,
            leave_ms: seen_ms.1,
            seen_ms,
            support: support.to_vec(),
            // What was claimed on the way in says nothing of where the silence was spent.
            accuracy_m: median(&mut claims).filter(|_| reach_m == 0.0),
            reach_m,
        };
        if first > 0 {
            stay.arrive_ms -= unseen_ms(&points[first - 1], &points[first], centre);
        }
        if let Some(after) = points.get(last + 1) {
            stay.leave_ms += unseen_ms(after, &points[last], centre);
        }
        stay
    }

    pub fn first(&self) -> usize {
        self.support[0] as usize
    }

    pub fn last(&self) -> usize {
        self.support[self.support.len() - 1] as usize
    }

    pub fn dwell_ms(&self) -> i64 {
        self.leave_ms - self.arrive_ms
    }

    /// Whether `next` is the same stay, interrupted only by bad positions or none.
    pub fn goes_on_as(&self, next: &Self, points: &[Point]) -> bool {
        let off_m = self.centre.distance_m(next.centre);
        let near_m = JOIN_M_MIN.max(JOIN_SIGMAS * (self.var + next.var).sqrt());
        let gap_ms = next.seen_ms.0 - self.seen_ms.1;
        let goes_on = gap_ms < JOIN_MS_MAX && !self.left_before(next, points);
        off_m < near_m
            && (goes_on || gap_ms < SPELL_MS_MAX && is_no_absence(points, self.last(), next.first()))
    }

    fn left_before(&self, next: &Self, points: &[Point]) -> bool {
        let between = &points[self.last() + 1..next.first()];
        let away =
            |point: &&Point| point.sigma_m < EXACT_SIGMA_M && point.place.distance_m(self.centre) > ABSENCE_M;
        between.iter().filter(away).count() >= ABSENCE_POINTS
    }

    /// Both as one.
    pub fn joined(&self, next: &Self, points: &[Point]) -> Self {
        let mut support = self.support.clone();
        support.extend(&next.support);
        Self::of(points, &support)
    }
}

/// How far from its points a stay may have been that was mostly silence.
fn reach_m(points: &[Point], support: &[u32]) -> f64 {
    let of = |index: &u32| &points[*index as usize];
    let silent = support.windows(2).filter(|pair| of(&pair[1]).silent_m.is_some());
    let silent_ms: i64 = silent.map(|pair| of(&pair[1]).t_ms - of(&pair[0]).t_ms).sum();
    let whole_ms =
        support.last().map_or(0, |last| of(last).t_ms) - support.first().map_or(0, |first| of(first).t_ms);
    if 2 * silent_ms <= whole_ms {
        return 0.0;
    }
    support.iter().filter_map(|index| of(index).silent_m).fold(0.0, f64::max)
}

/// How much of the gap between a point on the way and one at the place belongs to the stay.
fn unseen_ms(way: &Point, there: &Point, centre: Place) -> i64 {
    let gap_ms = (way.t_ms - there.t_ms).abs();
    if gap_ms > GAP_MS_MAX {
        return 0;
    }
    if gap_ms <= GAP_MS_MIN {
        return gap_ms / 2;
    }
    let way_ms = (way.place.distance_m(centre) / WAY_MPS * 1000.0) as i64;
    (gap_ms / 2).min(gap_ms - way_ms).max(0)
}

/// The weighted median; `None` of nothing.
fn median(values: &mut [(f64, f64)]) -> Option<f64> {
    values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    values.iter().find_map(|&(value, weight)| {
        below += weight;
        (below >= half).then_some(value)
    })
}

/// Points that all belong to stays, cut where they fall silent or leap away.
pub fn runs(points: &[Point]) -> Vec<Stay> {
    let mut stays = Vec::new();
    let mut from = 0;
    for at in 1..=points.len() {
        let goes_on = points.get(at).is_some_and(|point| {
            let before = &points[at - 1];
            point.t_ms - before.t_ms < JOIN_MS_MAX && point.place.distance_m(before.place) < ABSENCE_M
        });
        if goes_on {
            continue;
        }
        let support: Vec<u32> = (from as u32..at as u32).collect();
        if points[at - 1].t_ms - points[from].t_ms >= super::stops::STOP_MS_MIN {
            stays.push(Stay::of(&points[from..at], &(0..support.len() as u32).collect::<Vec<_>>()));
        }
        from = at;
    }
    stays
}
