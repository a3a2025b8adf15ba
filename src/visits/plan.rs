//! One rep's appointments, and what is due with clients -> how likely a visit for one of them begins now.

use crate::sites::SiteId;

/// How far from the appointed time people arrive: standard deviation.
const PUNCTUAL_S: f64 = 750.0;

/// How far from when something is due people come for it, when they come: standard deviation. Assumed.
const DUE_S: f64 = 3_600.0;

/// An appointment further away than this explains nothing.
const NEAR_MS: i64 = 3 * 3_600_000;

/// Appointments this near make a day a planned one.
const DAY_MS: i64 = 12 * 3_600_000;

/// The appointments of one rep, and the sites of clients for whom something is due; both by time.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    appointments: Vec<(i64, SiteId)>,
    due: Vec<(i64, SiteId)>,
}

impl Plan {
    pub fn new(appointments: Vec<(i64, SiteId)>) -> Self {
        Self { appointments: in_order(appointments), due: Vec::new() }
    }

    /// No appointments are known, but what is due, with a site of whom.
    pub fn of_due(due: Vec<(i64, SiteId)>) -> Self {
        Self { appointments: Vec::new(), due: in_order(due) }
    }

    pub fn has_any_near(&self, at_ms: i64) -> bool {
        !within(&self.appointments, at_ms, DAY_MS).is_empty()
    }

    /// How many appointments at the site a second begin at this instant.
    pub fn density_hz(&self, site: &str, at_ms: i64) -> f64 {
        density_hz(&self.appointments, site, at_ms, PUNCTUAL_S)
    }

    /// How many things a second come due for the site at this instant.
    pub fn due_hz(&self, site: &str, at_ms: i64) -> f64 {
        density_hz(&self.due, site, at_ms, DUE_S)
    }
}

fn in_order(mut of: Vec<(i64, SiteId)>) -> Vec<(i64, SiteId)> {
    of.sort_unstable();
    of.dedup();
    of
}

fn within(of: &[(i64, SiteId)], at_ms: i64, ms: i64) -> &[(i64, SiteId)] {
    let from = of.partition_point(|one| one.0 < at_ms.saturating_sub(ms));
    let to = of.partition_point(|one| one.0 <= at_ms.saturating_add(ms));
    &of[from..to]
}

fn density_hz(of: &[(i64, SiteId)], site: &str, at_ms: i64, sigma_s: f64) -> f64 {
    let density = |one: &(i64, SiteId)| {
        let off_s = (one.0 - at_ms) as f64 / 1000.0;
        (-0.5 * (off_s / sigma_s).powi(2)).exp() / (sigma_s * std::f64::consts::TAU.sqrt())
    };
    within(of, at_ms, NEAR_MS).iter().filter(|one| *one.1 == *site).map(density).sum()
}
