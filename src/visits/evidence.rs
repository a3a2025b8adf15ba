//! One stay and one site -> how well they fit: by place, by hour and habit, by dwell, by appointment.
//!
//! Everything is an intensity, in visits a second and square metre, so that sites, and "none of them", compare.

use std::f64::consts::{PI, TAU};

use crate::sites::{ENTERED_SIGMA_M, MISPLACED_SHARE, MISPLACED_SIGMA_M, Near};

use super::habits::{DWELL_LOG_MS, Habits};
use super::plan::Plan;
use super::stays::Stay;

/// Sites further away than this are not asked about.
pub const NEAR_M: f64 = 400.0;

/// A rep makes about six visits in nine hours.
const VISITS_HZ: f64 = 6.0 / (9.0 * 3600.0);

/// The share of visits that have an appointment when the rep keeps a plan, and of appointments that are kept.
const PLANNED_SHARE: f64 = 0.6;
const KEPT_SHARE: f64 = 0.8;

/// The share of what is due with a client that somebody goes there for; the rest is done from the desk. Assumed.
const DUE_SHARE: f64 = 0.2;

/// How many stays near a client are no visit (waiting, lunch next door) for each visit, as if they were visits to a
/// client of this share; they lie within this distance.
const OTHER_SHARE: f64 = 0.6;
const OTHER_SITE_SHARE: f64 = 0.02;
const OTHER_M: f64 = 180.0;

/// A radius is where somebody says the client is: of the visits, this share is anywhere in it alike.
const GROUND_SHARE: f64 = 0.02;

/// Of the stays that silence alone tells of, this share was anywhere that the device may have gone without a report.
const UNSEEN_SHARE: f64 = 0.4;

/// Some visits are short whatever is usual: nobody there, a delivery. Logarithm of 7.4 minutes in ms.
const SHORT_SHARE: f64 = 0.08;
const SHORT: Spread = Spread { mean: 13.0, sigma: 0.3 };

/// Stays that are no visit: waiting some 8 minutes, eating some 40, anything.
const OTHER_DWELLS: [(f64, Spread); 3] = [
    (0.6, Spread { mean: 13.1, sigma: 0.4 }),
    (0.3, Spread { mean: 14.68, sigma: 0.3 }),
    (0.1, Spread { mean: DWELL_LOG_MS, sigma: 1.0 }),
];

/// What devices claim of their accuracy: under a roof some 36 m; in the open some 7 m, in a street canyon 18 m.
const UNDER_ROOF: Spread = Spread { mean: 3.58, sigma: 0.35 };
const OPEN: Spread = Spread { mean: 1.95, sigma: 0.35 };
const CANYON: Spread = Spread { mean: 2.89, sigma: 0.35 };

/// A visit may be in the open too, a stay that is no visit under a roof; a claim is weighed that carefully.
const ANYWHERE: Spread = Spread { mean: 2.71, sigma: 1.0 };
const ANYWHERE_SHARE: f64 = 0.2;
const WAITS_OUTSIDE_SHARE: f64 = 0.6;

/// A normal distribution on a logarithmic axis.
#[derive(Debug, Clone, Copy)]
struct Spread {
    mean: f64,
    sigma: f64,
}

impl Spread {
    fn density(self, log: f64) -> f64 {
        (-0.5 * ((log - self.mean) / self.sigma).powi(2)).exp() / (self.sigma * TAU.sqrt())
    }

    /// The probability of more; the logistic curve is within 0.01 of the normal one.
    fn above(self, log: f64) -> f64 {
        1.0 / (1.0 + (1.702 * (log - self.mean) / self.sigma).exp())
    }
}

/// How long a stay has lasted, and whether it is over.
#[derive(Debug, Clone, Copy)]
pub struct Dwell {
    log_ms: f64,
    over: bool,
}

impl Dwell {
    pub fn new(ms: i64, over: bool) -> Self {
        Self { log_ms: (ms.max(1000) as f64).ln(), over }
    }

    fn of(self, spread: Spread) -> f64 {
        if self.over { spread.density(self.log_ms) } else { spread.above(self.log_ms) }
    }
}

/// The intensity of visits to this site that look like this stay.
pub fn visit_density(stay: &Stay, dwell: Dwell, near: &Near, habits: &Habits, plan: &Plan) -> f64 {
    let site = &near.site.id;
    let (mean, sigma) = habits.log_dwell(site);
    let lasting = (1.0 - SHORT_SHARE) * dwell.of(Spread { mean, sigma }) + SHORT_SHARE * dwell.of(SHORT);
    place_density(stay, near) * arrivals_hz(habits, plan, site, stay.arrive_ms) * lasting
}

/// The intensity of stays like this that are no visit to any known client.
pub fn none_density(stay: &Stay, dwell: Dwell) -> f64 {
    let lasting: f64 = OTHER_DWELLS.iter().map(|(share, spread)| share * dwell.of(*spread)).sum();
    let area_m2 = PI * (OTHER_M * OTHER_M + stay.reach_m * stay.reach_m);
    VISITS_HZ * OTHER_SHARE * OTHER_SITE_SHARE / area_m2 * lasting * in_the_open(stay)
}

/// The density of the stay's centre, were the visitor at this site, per square metre.
fn place_density(stay: &Stay, near: &Near) -> f64 {
    let (area_m2, square) = (near.site.ground.area_m2(), near.distance_m * near.distance_m);
    let normal = |var: f64| (-0.5 * square / var).exp() / (TAU * var + area_m2);
    let exact = normal(stay.var + ENTERED_SIGMA_M * ENTERED_SIGMA_M);
    let ground = if near.inside { 1.0 / near.site.ground.drawn_m2() } else { 0.0 };
    let placed = (1.0 - GROUND_SHARE) * exact + GROUND_SHARE * ground;
    let known =
        (1.0 - MISPLACED_SHARE) * placed + MISPLACED_SHARE * normal(MISPLACED_SIGMA_M * MISPLACED_SIGMA_M);
    if near.distance_m > stay.reach_m || stay.reach_m == 0.0 {
        return known;
    }
    (1.0 - UNSEEN_SHARE) * known + UNSEEN_SHARE / (PI * stay.reach_m * stay.reach_m + area_m2)
}

/// How many visits of this rep to the site begin a second, at this instant.
fn arrivals_hz(habits: &Habits, plan: &Plan, site: &str, arrive_ms: i64) -> f64 {
    let unplanned = if plan.has_any_near(arrive_ms) { 1.0 - PLANNED_SHARE } else { 1.0 };
    let appointed = KEPT_SHARE * plan.density_hz(site, arrive_ms) + DUE_SHARE * plan.due_hz(site, arrive_ms);
    VISITS_HZ * unplanned * habits.share(site, arrive_ms) + appointed
}

/// How much likelier the claimed accuracy is for somebody who waits outside than for a visitor.
fn in_the_open(stay: &Stay) -> f64 {
    let Some(accuracy_m) = stay.accuracy_m else { return 1.0 };
    let log = accuracy_m.max(1.0).ln();
    let visitor = (1.0 - ANYWHERE_SHARE) * UNDER_ROOF.density(log) + ANYWHERE_SHARE * ANYWHERE.density(log);
    let outside = (OPEN.density(log) + CANYON.density(log)) / 2.0;
    WAITS_OUTSIDE_SHARE * outside / visitor + 1.0 - WAITS_OUTSIDE_SHARE
}
