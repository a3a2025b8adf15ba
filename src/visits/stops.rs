//! Points in the order of true time -> stretches in which the device stood still.
//!
//! A log-odds CUSUM round a moving centre: each point adds the evidence for "still here" over "on its way". One wild
//! point, even one that claims to be exact, cannot end a stop.

use crate::units::{Place, Plane};

use super::point::Point;

/// Even at rest so many points in a hundred land anywhere within [`WILD_M`]: reflections, a network position.
const WILD_SHARE: f64 = 0.05;
const WILD_M: f64 = 1500.0;

/// A device on its way may be anywhere within what a car in town covers between two points, within these bounds.
const CAR_MPS: f64 = 8.0;
const AWAY_M: std::ops::RangeInclusive<f64> = 60.0..=300.0;

/// The centre is known no better than this from a first point alone.
const CENTRE_SIGMA_M_MAX: f64 = 25.0;

/// Faster than a walk; faster than a run. What each costs in log-odds.
const WALK_MPS: f64 = 6.0 / 3.6;
const WALK_COST: f64 = 0.7;
const DRIVE_MPS: f64 = 12.0 / 3.6;
const DRIVE_COST: f64 = 2.0;

/// The drift of a device at rest on one axis: an error of 14 m that is another one a minute later, 20 m a minute.
const STILL_MPS: f64 = 0.35;

/// How fast people walk: mean and standard deviation (Weidmann 1993), widened for strolling.
const WALKING_MPS: (f64, f64) = (1.34, 0.4);

/// No single point says more than this, against or for.
const SAYS: (f64, f64) = (-3.5, 2.0);

/// Certain enough: more evidence would only delay the end.
const SCORE_MAX: f64 = 6.0;

/// At this score the stop is over: a wild spell is up to three points, and this takes four.
const SCORE_END: f64 = -5.0;

/// Points that follow faster share one error, and together say what one says.
const NEWS_MS: f64 = 5000.0;

/// Cells of a flat map to a degree: one is at most 2.2 km wide.
const CELLS: f64 = 50.0;

/// Shorter stops are lights and doors.
pub const STOP_MS_MIN: i64 = 120_000;

/// A coarser point says nothing about stops.
pub const SIGMA_M_MAX: f64 = 400.0 / 1.515;

/// A stop that is still being looked at: begun by one point, kept while the score lasts.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The point that began it.
    pub from: usize,
    /// Flat maps are shared by all stops that begin in one cell, whatever was looked at before.
    cell: Place,
    plane: Plane,
    centre: (f64, f64),
    /// One over the variance of the centre.
    weight: f64,
    score: f64,
    before_ms: i64,
    /// The points that support it.
    pub support: Vec<u32>,
}

impl Stop {
    fn begin(from: usize, point: &Point) -> Self {
        let cell = cell(point.place);
        let mut stop = Self {
            from,
            cell,
            plane: Plane::at(cell),
            centre: (0.0, 0.0),
            weight: 0.0,
            score: 0.0,
            before_ms: 0,
            support: Vec::new(),
        };
        stop.begin_again(from, point);
        stop
    }

    fn begin_again(&mut self, from: usize, point: &Point) {
        let cell = cell(point.place);
        if self.cell != cell {
            self.cell = cell;
            self.plane = Plane::at(cell);
        }
        self.centre = self.plane.metres(point.place);
        self.from = from;
        self.weight = point.sigma_m.powi(-2);
        self.score = 0.0;
        self.before_ms = point.t_ms;
        self.support.clear();
        self.support.push(from as u32);
    }

    /// Takes the next point; false when it ended the stop.
    fn push(&mut self, index: usize, point: &Point) -> bool {
        let interval_s = ((point.t_ms - self.before_ms) as f64 / 1000.0).max(0.0);
        self.before_ms = point.t_ms;
        let (x, y) = self.plane.metres(point.place);
        let (dx, dy) = (x - self.centre.0, y - self.centre.1);
        let square = dx * dx + dy * dy;
        let centre_var = (1.0 / self.weight).min(CENTRE_SIGMA_M_MAX * CENTRE_SIGMA_M_MAX);
        let var = point.sigma_m * point.sigma_m + centre_var;
        let here = (1.0 - WILD_SHARE) * (-0.5 * square / var).exp() / (2.0 * std::f64::consts::PI * var)
            + WILD_SHARE / (std::f64::consts::PI * (WILD_M * WILD_M).max(square));
        let reach_m = (CAR_MPS * interval_s).clamp(*AWAY_M.start(), *AWAY_M.end());
        let away = 1.0 / (std::f64::consts::PI * (reach_m * reach_m).max(square));
        let mut says = (here / away).ln();
        if let Some(mps) = point.speed_mps {
            says -= if mps > DRIVE_MPS {
                DRIVE_COST
            } else if mps > WALK_MPS {
                WALK_COST
            } else {
                0.0
            };
        }
        if let Some(mps) = point.drift_mps {
            says += still_over_walking(mps).min(0.0);
        }
        let says = says.clamp(SAYS.0, SAYS.1) * (interval_s * 1000.0 / NEWS_MS).min(1.0);
        self.score = (self.score + says).min(SCORE_MAX);
        if says > 0.0 {
            let news = 1.0 / var;
            self.weight += news;
            self.centre.0 += dx * news / self.weight;
            self.centre.1 += dy * news / self.weight;
            self.support.push(index as u32);
        }
        self.score >= SCORE_END
    }

    /// Whether the device is still believed to be there.
    pub fn holds(&self) -> bool {
        self.score > 0.0
    }

    /// Whether it is worth keeping: two points over two minutes.
    pub fn lasts(&self, points: &[Point]) -> bool {
        let Some(&last) = self.support.last() else { return false };
        points[last as usize].t_ms - points[self.from].t_ms >= STOP_MS_MIN
    }

    pub fn last(&self) -> usize {
        self.support.last().map_or(self.from, |&last| last as usize)
    }
}

/// Finds the stops of one device. It holds the stop it is looking at and nothing else.
#[derive(Debug, Clone, Default)]
pub struct Finder {
    pub open: Option<Stop>,
    /// The next point to look at.
    next: usize,
}

impl Finder {
    /// Starts again at `next`, as if nothing had been seen before.
    pub fn restart(&mut self, next: usize) {
        self.open = None;
        self.next = next;
    }

    /// The first `count` points are gone.
    pub fn forget(&mut self, count: usize) {
        self.next -= count;
        if let Some(open) = &mut self.open {
            open.from -= count;
            open.support.iter_mut().for_each(|index| *index -= count as u32);
        }
    }

    /// Looks at the points that came since the last time; gives each stop that ended to `ended`, with the point that
    /// ended it and the one to go on from.
    pub fn run(&mut self, points: &[Point], mut ended: impl FnMut(&Stop, usize, usize)) {
        while let Some(point) = points.get(self.next) {
            let index = self.next;
            self.next += 1;
            if point.sigma_m > SIGMA_M_MAX {
                continue;
            }
            let Some(stop) = &mut self.open else {
                self.open = Some(Stop::begin(index, point));
                continue;
            };
            if stop.push(index, point) {
                continue;
            }
            let from = if stop.lasts(points) {
                let from = stop.last() + 1;
                ended(stop, index, from);
                from
            } else {
                // One later; a bound for receivers that measure every second.
                stop.from + 1 + (index - stop.from) / 16
            };
            match (from..=index).find(|&at| points[at].sigma_m <= SIGMA_M_MAX) {
                Some(from) => {
                    stop.begin_again(from, &points[from]);
                    self.next = from + 1;
                }
                None => {
                    self.open = None;
                    self.next = index + 1;
                }
            }
        }
    }
}

/// The middle of the cell that a place lies in.
fn cell(place: Place) -> Place {
    Place::new((place.lat * CELLS).round() / CELLS, (place.lon * CELLS).round() / CELLS)
}

/// The log-odds that a drift is the wander of a device at rest rather than a walk.
fn still_over_walking(mps: f64) -> f64 {
    let still = mps / STILL_MPS.powi(2) * (-0.5 * (mps / STILL_MPS).powi(2)).exp();
    let walking = (-0.5 * ((mps - WALKING_MPS.0) / WALKING_MPS.1).powi(2)).exp()
        / (WALKING_MPS.1 * std::f64::consts::TAU.sqrt());
    (still.max(1e-9) / walking.max(1e-9)).ln()
}
