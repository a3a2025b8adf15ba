//! What speaks against believing a fix. A doubted fix is kept and counted; it takes no part in matching.

use crate::units::Place;
use crate::units::place::METRES_PER_DEGREE;
use crate::units::time::INSTANTS_MS;

use super::Fix;

/// No surface traffic is faster: high-speed trains run at up to 97 m/s, but nobody visits a client from one.
pub const SPEED_MPS_MAX: f64 = 70.0;

/// A leap counts only between fixes that claim to be better than this.
const LEAP_ACCURACY_M_MAX: f64 = 100.0;

/// A device clock that is further off has been set by hand or has lost its time.
const CLOCK_ERROR_MS_MAX: i64 = 5 * 60_000;

/// A fix may be this much newer than its own arrival: clocks drift between two corrections.
const FUTURE_MS_MAX: i64 = 60_000;

/// Fixes this near to 0° N 0° E are receivers without a position.
pub const NULL_ISLAND_DEG: f64 = 0.01;

/// A radius that says nothing any more: the largest cells of a network are this wide.
const ACCURACY_M_MAX: f64 = 100_000.0;

/// The speed of sound; whatever claims more is not a speed.
const ABSURD_SPEED_MPS: f64 = 340.0;

/// Receivers wander by metres even at rest (measured: 4.5 m outdoors); what stays within this does not measure.
pub const FROZEN_M: f64 = 1.5;

/// Why a fix is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// The device says itself that the position is simulated.
    Mock,
    /// Not a metre of wander and always the same accuracy.
    Frozen,
    /// Came and went faster than anything on the ground.
    Teleport,
    /// The device's clock is more than five minutes off. Its times are corrected, so it still takes part.
    Clock,
    /// Measured after it arrived.
    Future,
    /// 0° N, 0° E.
    NullIsland,
    /// Numbers that are no position, accuracy, speed or instant.
    Absurd,
}

impl Doubt {
    pub const ALL: [Self; 7] =
        [Self::Mock, Self::Frozen, Self::Teleport, Self::Clock, Self::Future, Self::NullIsland, Self::Absurd];

    pub fn name(self) -> &'static str {
        match self {
            Self::Mock => "mock",
            Self::Frozen => "frozen",
            Self::Teleport => "teleport",
            Self::Clock => "clock",
            Self::Future => "future",
            Self::NullIsland => "null_island",
            Self::Absurd => "absurd",
        }
    }
}

/// How often each doubt was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Doubts([u32; Doubt::ALL.len()]);

impl Doubts {
    pub fn add(&mut self, doubt: Doubt) {
        let count = &mut self.0[doubt as usize];
        *count = count.saturating_add(1);
    }

    pub fn of(&self, doubt: Doubt) -> u32 {
        self.0[doubt as usize]
    }

    /// Both counts together.
    pub fn plus(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|doubt| self.0[doubt].saturating_add(other.0[doubt])))
    }

    /// Those that were raised, with their counts.
    pub fn raised(&self) -> impl Iterator<Item = (Doubt, u32)> + '_ {
        Doubt::ALL.into_iter().map(|doubt| (doubt, self.of(doubt))).filter(|(_, count)| *count > 0)
    }
}

impl Fix {
    /// What can be doubted of a fix by itself: whether its numbers mean anything, and what it says of itself.
    pub fn doubt(&self) -> Option<Doubt> {
        let sane = |value: Option<f64>, most: f64| value.is_none_or(|value| (0.0..=most).contains(&value));
        let negative_is_none = self.speed_mps.map(|mps| mps.max(0.0));
        let on_earth = self.lat.abs() <= 90.0 && self.lon.abs() <= 180.0;
        let timely = INSTANTS_MS.contains(&self.tst_ms) && INSTANTS_MS.contains(&self.rx_ms);
        if !on_earth
            || !timely
            || !sane(self.accuracy_m, ACCURACY_M_MAX)
            || self.speed_mps.is_some_and(f64::is_nan)
            || !sane(negative_is_none, ABSURD_SPEED_MPS)
            || self.sent_ms.is_some_and(|ms| !INSTANTS_MS.contains(&ms))
        {
            Some(Doubt::Absurd)
        } else if self.lat.abs() < NULL_ISLAND_DEG && self.lon.abs() < NULL_ISLAND_DEG {
            Some(Doubt::NullIsland)
        } else if self.sent_ms.is_some_and(|sent_ms| self.tst_ms - sent_ms > FUTURE_MS_MAX) {
            Some(Doubt::Future)
        } else if self.mock {
            Some(Doubt::Mock)
        } else {
            None
        }
    }

    /// What can be doubted once its clock's error is known; `None` when the clock is right.
    pub fn doubt_of_clock(&self, error_ms: i64) -> Option<Doubt> {
        if self.tst_ms.saturating_add(error_ms) > self.rx_ms.saturating_add(FUTURE_MS_MAX) {
            Some(Doubt::Future)
        } else {
            (error_ms.abs() > CLOCK_ERROR_MS_MAX).then_some(Doubt::Clock)
        }
    }
}

/// A position in true time, as far as leaps and freezes need it.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    pub t_ms: i64,
    pub place: Place,
    pub accuracy_m: Option<f64>,
}

impl Seen {
    /// The speed that a straight way from here to `next` would need; two fixes of one second count as a second apart.
    pub fn speed_mps_to(&self, next: &Self) -> f64 {
        let seconds = (next.t_ms - self.t_ms).unsigned_abs().max(1000) as f64 / 1000.0;
        self.place.distance_m(next.place) / seconds
    }

    /// Whether this fix leapt away from the one before and back again to the one after.
    pub fn teleports(&self, before: &Self, after: &Self) -> bool {
        let sharp = |seen: &Self| seen.accuracy_m.is_some_and(|metres| metres < LEAP_ACCURACY_M_MAX);
        sharp(self) && before.speed_mps_to(self) > SPEED_MPS_MAX && self.speed_mps_to(after) > SPEED_MPS_MAX
    }
}

impl Seen {
    /// An accuracy that was left out contradicts nothing.
    fn is_repeated_by(&self, next: &Self) -> bool {
        let accuracies_fit = match (self.accuracy_m, next.accuracy_m) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        // The latitude alone rules most out, without a cosine.
        let north_m = (self.place.lat - next.place.lat).abs() * METRES_PER_DEGREE;
        accuracies_fit && north_m <= FROZEN_M && self.place.distance_m(next.place) <= FROZEN_M
    }
}

/// Follows how long a device has repeated itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Freeze {
    first: Option<Seen>,
    fixes: u32,
}

impl Freeze {
    /// Takes the next position. Returns how many in a row, this one included, repeat the first of them.
    pub fn push(&mut self, seen: Seen) -> u32 {
        match &mut self.first {
            Some(first) if first.is_repeated_by(&seen) => {
                first.accuracy_m = first.accuracy_m.or(seen.accuracy_m);
                self.fixes += 1;
            }
            first => {
                *first = Some(seen);
                self.fixes = 1;
            }
        }
        self.fixes
    }

    /// Since when.
    pub fn since_ms(&self) -> Option<i64> {
        self.first.map(|first| first.t_ms)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::fixes::Source;
    use crate::units::Datum;

    /// An ordinary fix in Shanghai.
    pub(crate) fn fix() -> Fix {
        Fix {
            device: "rep".into(),
            tst_ms: 1_790_553_600_000,
            sent_ms: Some(1_790_553_601_000),
            rx_ms: 1_790_553_602_000,
            lat: 31.23,
            lon: 121.47,
            datum: Datum::Wgs84,
            accuracy_m: Some(20.0),
            speed_mps: None,
            source: Source::Owntracks,
            battery: None,
            mock: false,
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Fix), want: Option<Doubt>) {
        let mut fix = fix();
        change(&mut fix);
        assert_eq!(fix.doubt(), want, "{fix:?}");
    }

    #[test]
    fn an_ordinary_fix_is_believed() {
        check(|_| (), None);
        check(|fix| fix.accuracy_m = None, None);
        check(|fix| fix.speed_mps = Some(-1.0), None);
        check(|fix| fix.tst_ms -= 3_600_000, None);
    }

    #[test]
    fn numbers_that_mean_nothing_are_absurd() {
        check(|fix| fix.lat = 91.0, Some(Doubt::Absurd));
        check(|fix| fix.lon = f64::NAN, Some(Doubt::Absurd));
        check(|fix| fix.accuracy_m = Some(-5.0), Some(Doubt::Absurd));
        check(|fix| fix.speed_mps = Some(1e9), Some(Doubt::Absurd));
        check(|fix| fix.speed_mps = Some(f64::NAN), Some(Doubt::Absurd));
        check(|fix| fix.tst_ms = i64::MIN, Some(Doubt::Absurd));
        check(|fix| (fix.lat, fix.lon) = (0.0, 0.0), Some(Doubt::NullIsland));
    }

    #[test]
    fn what_a_fix_says_of_itself_is_heard() {
        check(|fix| fix.mock = true, Some(Doubt::Mock));
        check(|fix| fix.tst_ms += 100_000, Some(Doubt::Future));
        assert_eq!(fix().doubt_of_clock(600_000), Some(Doubt::Future));
        assert_eq!(fix().doubt_of_clock(-600_000), Some(Doubt::Clock));
        assert_eq!(fix().doubt_of_clock(0), None);
    }

    fn seen(seconds: i64, north_m: f64, accuracy_m: Option<f64>) -> Seen {
        let place = Place::new(31.23 + north_m / METRES_PER_DEGREE, 121.47);
        Seen { t_ms: seconds * 1000, place, accuracy_m }
    }

    #[test]
    fn there_and_back_in_no_time_is_a_leap_and_a_journey_is_not() {
        let (before, after) = (seen(0, 0.0, Some(10.0)), seen(60, 5.0, Some(10.0)));
        assert!(seen(30, 3000.0, Some(5.0)).teleports(&before, &after));
        assert!(
            !seen(30, 3000.0, Some(900.0)).teleports(&before, &after),
            "it says itself that it is coarse"
        );
        assert!(!seen(30, 3000.0, Some(5.0)).teleports(&before, &seen(300, 6000.0, Some(5.0))));
    }

    #[test]
    fn repetition_is_counted_until_something_moves() {
        let mut freeze = Freeze::default();
        assert_eq!(freeze.push(seen(0, 0.0, Some(3.0))), 1);
        assert_eq!(freeze.push(seen(60, 0.2, None)), 2);
        assert_eq!(freeze.push(seen(120, 0.1, Some(3.0))), 3);
        assert_eq!(freeze.push(seen(180, 0.1, Some(4.0))), 1, "another accuracy");
        assert_eq!(freeze.push(seen(240, 8.0, Some(4.0))), 1, "it moved");
        assert_eq!(freeze.since_ms(), Some(240_000));
    }
}
