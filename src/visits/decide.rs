//! The stays of a working day -> which client each was at, all of them together.
//!
//! A client is rarely visited twice a day: what one stay takes, the others hardly get. The probabilities are made
//! consistent with that by iterating them (mean field).

use crate::sites::{MISPLACED_SIGMA_M, Near, Sites};

use super::evidence::{Dwell, NEAR_M, none_density, visit_density};
use super::habits::Habits;
use super::plan::Plan;
use super::stays::Stay;

/// A visit lasts at least this long; what is shorter is a delivery at the gate or a mistake.
pub const VISIT_MS_MIN: i64 = 240_000;

/// Visits to one client within this time are one day's.
const DAY_MS: i64 = 12 * 3_600_000;

/// How much rarer a second visit of the day is.
const AGAIN: f64 = 0.01;

/// A radius or an outline is the operator's word for where the client is: of the stays on the ground of one client alone,
/// so many are no visit for each that is one. A radius that is typed without measuring says less than ground that is drawn,
/// and less the better it is known whom the rep visits.
const OTHERS_IN_RADIUS: f64 = 0.7;
const OTHERS_ON_GROUND: f64 = 0.2;

/// Pins that are wrong are mostly wrong by less than this.
const NEARBY_M: f64 = 2.0 * MISPLACED_SIGMA_M;

/// The probabilities change by less than a thousandth after so many rounds.
const ROUNDS: usize = 8;

/// Sites less likely than this, next to the likeliest, are left out.
const NEGLIGIBLE: f64 = 1e-5;

/// One site that a stay may have been at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    pub site: u32,
    /// Visits a second and square metre that look like this stay.
    density: f64,
    /// The probability that it was this one.
    pub share: f64,
}

/// The intensity of visits to all clients that somebody who stays there may be at.
#[derive(Debug, Default)]
struct Clients {
    /// On whose ground, as it was drawn, on whose radius, or who may be entered on the wrong spot.
    on_ground: f64,
    in_radius: f64,
    nearby: f64,
    /// Of the others, to whom this does not speak.
    elsewhere: f64,
}

impl Clients {
    fn see(&mut self, near: &Near, stay: &Stay, density: f64) {
        if near.inside && near.site.ground.is_wide() {
            self.on_ground += density;
        } else if near.inside || near.distance_m < stay.reach_m {
            self.in_radius += density;
        } else if near.distance_m < NEARBY_M {
            self.nearby += density;
        } else {
            self.elsewhere += density;
        }
    }

    /// The most that stays without a visit can come to here.
    fn others(&self, habits: &Habits) -> f64 {
        let doubtful = OTHERS_IN_RADIUS * habits.known();
        let (clients, others, elsewhere) = if self.on_ground > 0.0 {
            (self.on_ground + self.in_radius, OTHERS_ON_GROUND, 0.0)
        } else if self.in_radius > 0.0 {
            (self.in_radius, doubtful, self.nearby + self.elsewhere)
        } else {
            (self.nearby, doubtful, self.elsewhere)
        };
        if clients > elsewhere { clients * others } else { f64::INFINITY }
    }
}

/// Where a stay may have been.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    arrive_ms: i64,
    pub candidates: Vec<Candidate>,
    none_density: f64,
    /// The probability that it was at no known client.
    pub none: f64,
}

impl Choice {
    /// What speaks for each site near a stay, before the other stays of the day are heard.
    pub fn of(stay: &Stay, dwell: Dwell, sites: &Sites, habits: &Habits, plan: &Plan) -> Self {
        let mut candidates = Vec::new();
        let mut clients = Clients::default();
        sites.near(stay.centre, NEAR_M.max(stay.reach_m), |near| {
            let density = visit_density(stay, dwell, &near, habits, plan);
            clients.see(&near, stay, density);
            candidates.push(Candidate { site: near.index, density, share: 0.0 });
        });
        candidates.sort_unstable_by(|a, b| b.density.total_cmp(&a.density).then(a.site.cmp(&b.site)));
        if let Some(best) = candidates.first().map(|best| best.density) {
            candidates.retain(|one| one.density > best * NEGLIGIBLE);
        }
        let none_density = none_density(stay, dwell).min(clients.others(habits));
        let mut choice = Self { arrive_ms: stay.arrive_ms, candidates, none_density, none: 1.0 };
        choice.weigh(|_| 1.0);
        choice
    }

    /// What a stay is that can be no visit.
    pub fn none(arrive_ms: i64) -> Self {
        Self { arrive_ms, candidates: Vec::new(), none_density: 1.0, none: 1.0 }
    }

    /// What a stay is when somebody said it.
    pub fn said(arrive_ms: i64, site: Option<u32>) -> Self {
        let candidates: Vec<_> =
            site.into_iter().map(|site| Candidate { site, density: 1.0, share: 1.0 }).collect();
        let none = if candidates.is_empty() { 1.0 } else { 0.0 };
        Self { arrive_ms, candidates, none_density: none, none }
    }

    fn weigh(&mut self, left: impl Fn(u32) -> f64) {
        let mut sum = self.none_density;
        for one in &mut self.candidates {
            one.share = one.density * left(one.site);
            sum += one.share;
        }
        if sum > 0.0 {
            self.candidates.iter_mut().for_each(|one| one.share /= sum);
            self.none = self.none_density / sum;
        }
    }

    fn share_of(&self, site: u32) -> f64 {
        self.candidates.iter().find(|one| one.site == site).map_or(0.0, |one| one.share)
    }

    /// The likeliest site, if the stay is likelier a visit than none.
    pub fn best(&self) -> Option<Candidate> {
        let best =
            self.candidates.iter().max_by(|a, b| a.share.total_cmp(&b.share).then(b.site.cmp(&a.site)))?;
        (self.none <= 0.5).then_some(*best)
    }

    /// The likeliest three.
    pub fn best_three(&self) -> Vec<Candidate> {
        let mut all = self.candidates.clone();
        all.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.site.cmp(&b.site)));
        all.truncate(3);
        all
    }
}

/// Makes the choices of one rep consistent; they come in the order of time.
pub fn settle(choices: &mut [Choice]) {
    let rivals = rivals(choices);
    choices.iter_mut().for_each(|choice| choice.weigh(|_| 1.0));
    for _ in 0..ROUNDS {
        for &(this, ref others) in &rivals {
            let (mut choice, at_ms) = (choices[this].clone(), choices[this].arrive_ms);
            choice.weigh(|site| {
                let others = others.iter().map(|&other| &choices[other]);
                others
                    .filter(|other| (other.arrive_ms - at_ms).abs() < DAY_MS)
                    .map(|other| 1.0 - (1.0 - AGAIN) * other.share_of(site))
                    .product()
            });
            choices[this] = choice;
        }
    }
}

/// Every stay that shares a candidate with others, and which others.
fn rivals(choices: &[Choice]) -> Vec<(usize, Vec<usize>)> {
    let mut claims: Vec<(u32, usize)> = (0..)
        .zip(choices)
        .flat_map(|(stay, choice)| choice.candidates.iter().map(move |one| (one.site, stay)))
        .collect();
    claims.sort_unstable();
    let mut pairs = Vec::new();
    for group in claims.chunk_by(|a, b| a.0 == b.0) {
        for &(_, this) in group {
            pairs.extend(group.iter().filter(|other| other.1 != this).map(|other| (this, other.1)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs
        .chunk_by(|a, b| a.0 == b.0)
        .map(|group| (group[0].0, group.iter().map(|pair| pair.1).collect()))
        .collect()
}
