//! One rep's confirmed visits -> how often, at what hour and for how long the rep is at each site.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::units::Zone;

const DAY_MS: i64 = 24 * 3_600_000;
const TAU: f64 = std::f64::consts::TAU;
const HOUR_MS: f64 = 3_600_000.0;

/// What a site that was never visited counts as, in visits.
const NEVER_VISITS: f64 = 0.2;

/// The same while nothing is known of the rep, on top: who has just begun, or whose past was not brought along, visits
/// any client. It fades as the rep's visits come to be known.
const UNKNOWN_VISITS: f64 = 0.4;

/// The same of a client whom the rep looks after: first visits are hardly ever to those of colleagues. Assumed.
const OWN_VISITS: f64 = 1.0;

/// What all visits to sites that were never visited before count as together.
const NEW_VISITS: f64 = 18.0;

/// How finely the hours of past visits are believed one by one: a client may have two usual hours.
const HOUR_SIGMA: f64 = 1.6;

/// How widely the hours of one client's visits spread round their mean.
const HOURS_SIGMA: f64 = 1.9;

/// A mean of few hours is known badly; this keeps the spread of one finite.
const HOURS_WORTH: f64 = 1.0;

/// The length of a working day: what an hour that is known is compared with.
const DAY_HOURS: f64 = 9.0;

/// A visit lasts 34 minutes: the median before anything is known of the client.
pub const DWELL_LOG_MS: f64 = 14.529;

/// How much a client's own dwell is held to that at first, in visits.
const DWELL_WORTH: f64 = 2.0;

/// Standard deviation of the logarithm of a dwell: of one client, and of all.
const DWELL_SIGMA: f64 = 0.4;
const DWELL_SIGMA_ANY: f64 = 0.7;

/// What is known of one rep at one site.
#[derive(Debug, Clone, Default)]
struct Habit {
    /// Hours of the day, by the clock on the wall.
    hours: Vec<f64>,
    log_dwell: f64,
}

/// One rep's past visits.
#[derive(Debug, Clone, Default)]
pub struct Habits {
    sites: HashMap<Arc<str>, Habit>,
    own: HashSet<Arc<str>>,
    visits: f64,
    zone: Zone,
}

impl Habits {
    /// Nothing is known yet of who lives by the clock of `zone`.
    pub fn new(zone: Zone) -> Self {
        Self { zone, ..Self::default() }
    }

    /// Learns from a visit that is beyond doubt.
    pub fn learn(&mut self, site: &Arc<str>, arrive_ms: i64, leave_ms: i64) {
        let habit = self.sites.entry(site.clone()).or_default();
        habit.hours.push(hour_of(arrive_ms, self.zone));
        habit.log_dwell += ((leave_ms - arrive_ms).max(60_000) as f64).ln();
        self.visits += 1.0;
    }

    /// The rep looks after the client at this site.
    pub fn looks_after(&mut self, site: Arc<str>) {
        self.own.insert(site);
    }

    /// The probability that the next visit is one to `site`, given that it begins at this hour.
    pub fn share(&self, site: &str, arrive_ms: i64) -> f64 {
        let unseen = if self.own.contains(site) { OWN_VISITS } else { NEVER_VISITS };
        let unseen = unseen + UNKNOWN_VISITS / self.known().powi(2);
        let Some(habit) = self.sites.get(site) else {
            return unseen / (self.visits + NEW_VISITS);
        };
        let hour = hour_of(arrive_ms, self.zone);
        let count = habit.hours.len() as f64;
        let one_by_one: f64 =
            habit.hours.iter().map(|&past| normal(hours_apart(hour, past), HOUR_SIGMA)).sum();
        let mean = habit.mean_hour();
        let spread = HOURS_SIGMA * (1.0 + 1.0 / (count + HOURS_WORTH)).sqrt();
        let together = count * normal(hours_apart(hour, mean), spread);
        let visits = DAY_HOURS * (one_by_one + together) / 2.0;
        (visits + unseen) / (self.visits + NEW_VISITS)
    }

    /// How far the rep is known, in visits for each that a new client is worth: 1 of who is not known at all.
    pub fn known(&self) -> f64 {
        (self.visits + NEW_VISITS) / NEW_VISITS
    }

    /// The logarithm of the usual dwell in ms, and its standard deviation.
    pub fn log_dwell(&self, site: &str) -> (f64, f64) {
        let Some(habit) = self.sites.get(site) else {
            return (DWELL_LOG_MS, DWELL_SIGMA_ANY);
        };
        let count = habit.hours.len() as f64;
        let mean = (habit.log_dwell + DWELL_WORTH * DWELL_LOG_MS) / (count + DWELL_WORTH);
        let doubt = DWELL_SIGMA_ANY.powi(2) / (count + DWELL_WORTH);
        (mean, (DWELL_SIGMA.powi(2) + doubt).sqrt())
    }
}

impl Habit {
    /// The mean hour on the face of a clock.
    fn mean_hour(&self) -> f64 {
        let angle = |hour: f64| hour / 24.0 * TAU;
        let (sin, cos) = self
            .hours
            .iter()
            .fold((0.0, 0.0), |(sin, cos), &hour| (sin + angle(hour).sin(), cos + angle(hour).cos()));
        (f64::atan2(sin, cos) / TAU * 24.0).rem_euclid(24.0)
    }
}

fn normal(off: f64, sigma: f64) -> f64 {
    (-0.5 * (off / sigma).powi(2)).exp() / (sigma * TAU.sqrt())
}

/// The short way round the clock.
fn hours_apart(one: f64, other: f64) -> f64 {
    let off = (one - other).abs();
    off.min(24.0 - off)
}

fn hour_of(ms: i64, zone: Zone) -> f64 {
    zone.local_ms(ms).rem_euclid(DAY_MS) as f64 / HOUR_MS
}
