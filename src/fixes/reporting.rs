//! Whether a position may be stored: the person's consent and working hours, and whether it can be one at all.

use super::{Doubt, Fix};
use crate::units::{BadZone, Zone};

const MINUTE_MS: i64 = 60_000;
const DAY_MIN: i64 = 24 * 60;

/// A device clock may be hours fast, which its next messages mend; what claims to be more than a day ahead does not mean
/// an instant.
const AHEAD_MS_MAX: i64 = 24 * 3_600_000;

/// The time of the week in which somebody shares where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// Bit 0 is Monday.
    pub days: u8,
    /// Minutes after midnight; `until` is not in it any more. Where it is not after `from`, it is of the next day: a night
    /// shift belongs to the day on which it begins.
    pub from_min: u16,
    pub until_min: u16,
    /// By whose clock.
    pub zone: Zone,
}

/// Hours that no week has: what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHours {
    #[error(
        "`days` {0:?} are no days of the week: write numbers from 1 (Monday) to 7 (Sunday), at least one"
    )]
    Days(Vec<u8>),
    #[error(
        "`from_min` {0} and `until_min` {1} are no hours: both are minutes after midnight up to 1440 and differ; write 1320 and 360 for a night shift from 22:00 to 06:00"
    )]
    Minutes(i64, i64),
    #[error(
        "`utc_offset_min` {0} is no clock's: minutes from -720 to 840; or leave it out for the organisation's clock"
    )]
    Offset(i64),
    #[error(transparent)]
    Zone(#[from] BadZone),
}

impl Default for Hours {
    /// Monday to Friday, 8 to 19 o'clock in China.
    fn default() -> Self {
        Self { days: 0b1_1111, from_min: 8 * 60, until_min: 19 * 60, zone: Zone::SHANGHAI }
    }
}

impl Hours {
    /// # Errors
    /// No week has such hours.
    pub fn new(days: &[u8], from_min: i64, until_min: i64, zone: Zone) -> Result<Self, BadHours> {
        if days.is_empty() || !days.iter().all(|day| (1..=7).contains(day)) {
            return Err(BadHours::Days(days.to_vec()));
        }
        let days = days.iter().fold(0, |mask, day| mask | 1 << (day - 1));
        if !(0..DAY_MIN).contains(&from_min) || until_min == from_min || !(0..=DAY_MIN).contains(&until_min) {
            return Err(BadHours::Minutes(from_min, until_min));
        }
        let (from_min, until_min) = (from_min as u16, until_min as u16);
        Ok(Self { days, from_min, until_min, zone })
    }

    /// 1 is Monday.
    pub fn days(&self) -> Vec<u8> {
        (1..=7).filter(|day| self.days & 1 << (day - 1) != 0).collect()
    }

    /// Whether an instant lies in them.
    pub fn cover(&self, at_ms: i64) -> bool {
        let local_min = self.zone.local_ms(at_ms).div_euclid(MINUTE_MS);
        let (day, minute) = (local_min.div_euclid(DAY_MIN), local_min.rem_euclid(DAY_MIN));
        // The first of January 1970 was a Thursday.
        let works = |day: i64| self.days & 1 << (day + 3).rem_euclid(7) != 0;
        let (from_min, until_min) = (i64::from(self.from_min), i64::from(self.until_min));
        if from_min < until_min {
            return works(day) && (from_min..until_min).contains(&minute);
        }
        minute >= from_min && works(day) || minute < until_min && works(day - 1)
    }
}

/// What somebody allows to be known of where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reporting {
    /// Since when; `None`: not at all.
    pub consent_ms: Option<i64>,
    pub hours: Hours,
}

/// Why a position is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refused {
    /// Nobody agreed to it, or not yet when it was measured.
    NoConsent,
    OutsideHours,
    /// Older than positions are kept.
    TooOld,
    Future,
    NullIsland,
    /// Numbers that are no position, accuracy, speed or instant.
    Absurd,
    /// It could not be read.
    Malformed,
    /// The receiver says itself that it has no position.
    NoPosition,
    /// Encrypted with a key that the appliance does not have.
    Encrypted,
}

impl Refused {
    pub fn name(self) -> &'static str {
        match self {
            Self::NoConsent => "no_consent",
            Self::OutsideHours => "outside_hours",
            Self::TooOld => "too_old",
            Self::Future => "future",
            Self::NullIsland => "null_island",
            Self::Absurd => "absurd",
            Self::Malformed => "malformed",
            Self::NoPosition => "no_position",
            Self::Encrypted => "encrypted",
        }
    }
}

impl Reporting {
    /// Why a position that just arrived is not stored; `None`: it is. `keep_ms` says how long positions are kept.
    pub fn refuses(&self, fix: &Fix, keep_ms: i64) -> Option<Refused> {
        let doubted = fix.doubt().and_then(|doubt| match doubt {
            Doubt::Future => Some(Refused::Future),
            Doubt::NullIsland => Some(Refused::NullIsland),
            Doubt::Absurd => Some(Refused::Absurd),
            // Kept as evidence.
            Doubt::Mock | Doubt::Frozen | Doubt::Teleport | Doubt::Clock => None,
        });
        if self.consent_ms.is_none_or(|since_ms| fix.tst_ms < since_ms) {
            Some(Refused::NoConsent)
        } else if doubted.is_some() {
            doubted
        } else if fix.tst_ms > fix.rx_ms + AHEAD_MS_MAX {
            Some(Refused::Future)
        } else if fix.tst_ms < fix.rx_ms - keep_ms {
            Some(Refused::TooOld)
        } else if !self.hours.cover(fix.tst_ms) {
            Some(Refused::OutsideHours)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixes::Source;
    use crate::units::Datum;
    use crate::units::time::instant_ms;

    /// 2026-02-12 09:30 in Shanghai, a Thursday.
    const THURSDAY_MS: i64 = 1_770_859_800_000;
    const HOUR_MS: i64 = 3_600_000;

    #[track_caller]
    fn check(hours: Hours, after_h: i64, covered: bool) {
        assert_eq!(hours.cover(THURSDAY_MS + after_h * HOUR_MS), covered, "{after_h} h later, {hours:?}");
    }

    #[test]
    fn working_hours_are_those_of_the_persons_own_clock() {
        let china = Hours::default();
        check(china, 0, true);
        check(china, 9, true);
        check(china, 10, false);
        check(china, -2, false);
        check(china, 24, true);
        check(china, 48, false);
        check(china, 4 * 24, true);
        let london = Hours { zone: "Europe/London".parse().unwrap(), ..china };
        check(london, 0, false);
        check(london, 7, true);
        assert_eq!(china.days(), [1, 2, 3, 4, 5]);
        assert_eq!(Hours::new(&[1, 2, 3, 4, 5], 480, 1140, Zone::SHANGHAI), Ok(china));
        let refused = |days: &[u8], from, until| Hours::new(days, from, until, Zone::UTC).is_err();
        assert!(refused(&[8], 0, 1) && refused(&[], 0, 1) && refused(&[1], 600, 600) && refused(&[1], 0, 0));
    }

    #[test]
    fn a_night_shift_belongs_to_the_day_on_which_it_begins() {
        // Monday to Friday from 22 to 6 o'clock; it is half past nine on a Thursday.
        let nights = Hours::new(&[1, 2, 3, 4, 5], 22 * 60, 6 * 60, Zone::SHANGHAI).unwrap();
        check(nights, 0, false);
        check(nights, 13, true);
        check(nights, 20, true);
        check(nights, 21, false);
        check(nights, 44, true);
        check(nights, 37 + 24, false);
        check(nights, 44 + 24, false);
        check(nights, 44 + 48, false);
    }

    /// Whether hours on every day cover that moment.
    #[track_caller]
    fn check_at(zone: &str, (from_h, until_h): (i64, i64), at: &str, covered: bool) {
        let hours = Hours::new(&[1, 2, 3, 4, 5, 6, 7], from_h * 60, until_h * 60, zone.parse().unwrap());
        assert_eq!(hours.unwrap().cover(instant_ms(at).unwrap()), covered, "{zone} {at}");
    }

    #[test]
    fn hours_follow_the_clock_on_the_wall_when_it_is_changed() {
        // Eight o'clock is an hour earlier from the day on which clocks are put forward.
        for (zone, before, after) in [
            ("Europe/Berlin", "2026-03-27T07:00Z", "2026-03-30T06:00Z"),
            ("America/New_York", "2026-03-06T13:00Z", "2026-03-09T12:00Z"),
        ] {
            for at in [before, after] {
                check_at(zone, (8, 19), at, true);
            }
            check_at(zone, (8, 19), &before.replace(":00Z", ":00:00-00:01"), true);
            check_at(zone, (8, 19), &before.replace(":00Z", ":00:00+00:01"), false);
            check_at(zone, (8, 19), &after.replace(":00Z", ":00:00+00:01"), false);
        }
        // A night shift is seven hours long when clocks are put forward, nine when they are put back.
        for (zone, begins, last, ended) in [
            ("Europe/Berlin", "2026-03-28T21:00Z", "2026-03-29T03:59Z", "2026-03-29T04:00Z"),
            ("Europe/Berlin", "2026-10-24T20:00Z", "2026-10-25T04:59Z", "2026-10-25T05:00Z"),
            ("America/New_York", "2026-03-08T03:00Z", "2026-03-08T09:59Z", "2026-03-08T10:00Z"),
            ("America/New_York", "2026-11-01T02:00Z", "2026-11-01T10:59Z", "2026-11-01T11:00Z"),
        ] {
            check_at(zone, (22, 6), begins, true);
            check_at(zone, (22, 6), last, true);
            check_at(zone, (22, 6), ended, false);
        }
    }

    #[test]
    fn a_day_of_the_week_is_that_of_the_persons_side_of_the_date_line() {
        // 10:30 UTC on a Thursday: Friday on Kiritimati, still Wednesday night on Pago Pago before 11:00.
        for (zone, day, other) in [("Pacific/Kiritimati", 5, 4), ("Pacific/Pago_Pago", 3, 4)] {
            let on = |day| Hours::new(&[day], 0, 1440, zone.parse().unwrap()).unwrap();
            let at_ms = instant_ms("2026-02-12T10:30Z").unwrap();
            assert!(on(day).cover(at_ms) && !on(other).cover(at_ms), "{zone}");
        }
    }

    fn fix(after_h: i64) -> Fix {
        let tst_ms = THURSDAY_MS + after_h * HOUR_MS;
        Fix {
            device: "1".into(),
            tst_ms,
            sent_ms: None,
            rx_ms: THURSDAY_MS,
            lat: 31.2,
            lon: 121.5,
            datum: Datum::Wgs84,
            accuracy_m: None,
            speed_mps: None,
            source: Source::Other,
            battery: None,
            mock: false,
        }
    }

    #[test]
    fn what_must_not_or_cannot_be_stored_is_refused_by_its_reason() {
        let week_ms = 7 * 24 * HOUR_MS;
        let open = Reporting { consent_ms: Some(0), hours: Hours::default() };
        let why = |reporting: Reporting, fix: Fix| reporting.refuses(&fix, week_ms);
        assert_eq!(why(open, fix(0)), None);
        assert_eq!(why(Reporting::default(), fix(0)), Some(Refused::NoConsent));
        assert_eq!(
            why(Reporting { consent_ms: Some(THURSDAY_MS + 1), ..open }, fix(0)),
            Some(Refused::NoConsent)
        );
        assert_eq!(why(open, fix(-12)), Some(Refused::OutsideHours));
        assert_eq!(why(open, fix(-8 * 24)), Some(Refused::TooOld));
        assert_eq!(why(open, fix(25)), Some(Refused::Future));
        assert_eq!(why(open, fix(8)), None, "a clock that is hours fast is mended later");
        assert_eq!(why(open, Fix { lat: 0.0, lon: 0.0, ..fix(0) }), Some(Refused::NullIsland));
        assert_eq!(why(open, Fix { lat: 95.0, ..fix(0) }), Some(Refused::Absurd));
        assert_eq!(why(open, Fix { mock: true, ..fix(0) }), None, "kept as evidence");
    }
}
