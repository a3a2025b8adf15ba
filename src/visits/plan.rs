//! One rep's appointments -> how likely one of them begins now.

use crate::sites::SiteId;

/// How far from the appointed time people arrive: standard deviation.
const PUNCTUAL_S: f64 = 750.0;

/// An appointment further away than this explains nothing.
const NEAR_MS: i64 = 3 * 3_600_000;

/// Appointments this near make a day a planned one.
const DAY_MS: i64 = 12 * 3_600_000;

/// The appointments of one rep, by time.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    appointments: Vec<(i64, SiteId)>,
}

impl Plan {
    pub fn new(mut appointments: Vec<(i64, SiteId)>) -> Self {
        appointments.sort_unstable();
        appointments.dedup();
        Self { appointments }
    }

    fn within(&self, at_ms: i64, ms: i64) -> &[(i64, SiteId)] {
        let from = self.appointments.partition_point(|one| one.0 < at_ms.saturating_sub(ms));
        let to = self.appointments.partition_point(|one| one.0 <= at_ms.saturating_add(ms));
        &self.appointments[from..to]
    }

    pub fn has_any_near(&self, at_ms: i64) -> bool {
        !self.within(at_ms, DAY_MS).is_empty()
    }

    /// How many appointments at the site a second are due at this instant.
    pub fn density_hz(&self, site: &str, at_ms: i64) -> f64 {
        let due = |one: &(i64, SiteId)| {
            let off_s = (one.0 - at_ms) as f64 / 1000.0;
            (-0.5 * (off_s / PUNCTUAL_S).powi(2)).exp() / (PUNCTUAL_S * std::f64::consts::TAU.sqrt())
        };
        self.within(at_ms, NEAR_MS).iter().filter(|one| *one.1 == *site).map(due).sum()
    }
}
