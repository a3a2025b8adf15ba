//! One position, now -> the sites that somebody may mean who checks in by hand.

use std::f64::consts::TAU;

use super::evidence::NEAR_M;
use super::habits::Habits;
use crate::sites::{ENTERED_SIGMA_M, MISPLACED_SHARE, MISPLACED_SIGMA_M, SiteId, Sites};
use crate::units::Place;

/// A radius of 68 % is so many standard deviations of one axis (Rayleigh distribution).
const RADIUS_68: f64 = 1.515;

/// No fix is better than this on each axis: reflections indoors.
const SIGMA_M_MIN: f64 = 12.0;

/// What is offered.
const OFFERED: usize = 3;

/// The likeliest sites round a place, of those that may be named, each with its share: by distance, by how exact the position and the site's point
/// are, and by whom the person usually visits at this hour.
pub fn candidates(
    sites: &Sites,
    habits: &Habits,
    within: impl Fn(&SiteId) -> bool,
    place: Place,
    accuracy_m: f64,
    now_ms: i64,
) -> Vec<(SiteId, f64)> {
    let fix_var = (accuracy_m / RADIUS_68).powi(2).max(SIGMA_M_MIN.powi(2));
    let density = |distance_m: f64, sigma_m: f64| {
        let var = fix_var + sigma_m * sigma_m;
        (-0.5 * distance_m * distance_m / var).exp() / (TAU * var)
    };
    let mut found = Vec::new();
    sites.near(place, NEAR_M + accuracy_m, |near| {
        if !within(&near.site.id) {
            return;
        }
        let placed = (1.0 - MISPLACED_SHARE) * density(near.distance_m, ENTERED_SIGMA_M);
        let misplaced = MISPLACED_SHARE * density(near.distance_m, MISPLACED_SIGMA_M);
        found.push((near.site.id.clone(), (placed + misplaced) * habits.share(&near.site.id, now_ms)));
    });
    let all: f64 = found.iter().map(|(_, weight)| weight).sum();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(OFFERED);
    found.into_iter().filter(|_| all > 0.0).map(|(site, weight)| (site, weight / all)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visits::scene::sites;

    const NOON_MS: i64 = 1_770_868_800_000;

    fn here() -> Place {
        sites(&[("X", 0.0, 0.0)]).at(0).entered
    }

    #[test]
    fn the_nearest_is_meant_unless_somebody_else_is_usual() {
        let sites = sites(&[("A", 10.0, 0.0), ("B", 45.0, 0.0), ("C", 3000.0, 0.0)]);
        let names = |habits: &Habits| -> Vec<String> {
            candidates(&sites, habits, |_| true, here(), 20.0, NOON_MS)
                .into_iter()
                .map(|(site, _)| site.to_string())
                .collect()
        };
        assert_eq!(names(&Habits::default()), ["A", "B"]);
        let mut habits = Habits::default();
        for day in 1..20 {
            let at_ms = NOON_MS - day * 24 * 3_600_000;
            habits.learn(&"B".into(), at_ms, at_ms + 1_800_000);
        }
        assert_eq!(names(&habits)[0], "B");
        let only = |site: &SiteId| &**site == "A";
        assert_eq!(candidates(&sites, &habits, only, here(), 20.0, NOON_MS), [("A".into(), 1.0)]);
        let shares: f64 =
            candidates(&sites, &habits, |_| true, here(), 20.0, NOON_MS).iter().map(|one| one.1).sum();
        assert!((shares - 1.0).abs() < 1e-9);
        assert!(candidates(&sites, &habits, |_| true, Place::new(0.0, 0.0), 20.0, NOON_MS).is_empty());
    }
}
