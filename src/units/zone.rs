//! A time zone: instants <-> what the clock on the wall shows there. The only place that knows the rules of zones.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;

use super::Day;
use super::day::DAY_MS;
use super::time::INSTANTS_MS;

/// Clocks of the world are so far ahead of UTC: from Baker Island to the Line Islands.
pub const OFFSETS_MIN: std::ops::RangeInclusive<i16> = -720..=840;

/// When offsets were said instead of zones: what a clock did before does not count. The years 2020 to 2035.
const SAID_MS: std::ops::Range<i64> = 1_577_836_800_000..2_082_758_400_000;

/// No clock is changed for a shorter time: Morocco's, for Ramadan.
const MONTH_MS: usize = 28 * 24 * 3_600_000;

const MINUTE_MS: i64 = 60_000;
const SECOND_MS: i64 = 1_000;

/// Where a clock is: by its name in the IANA time zone database, with daylight saving; or so many minutes ahead of UTC all
/// the year, as some clients of the API still say it. Before 2000 and after 2099 the clock stands as at that border.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Zone {
    Named(Tz),
    Fixed { utc_offset_min: i16 },
}

/// The text is no name of a zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no time zone: a name of the IANA database is expected, such as Asia/Shanghai or Europe/Berlin"
)]
pub struct BadZone(pub String);

impl Default for Zone {
    fn default() -> Self {
        Self::SHANGHAI
    }
}

impl Zone {
    /// China's, which keeps one time the whole year: an organisation's that says nothing else.
    pub const SHANGHAI: Self = Self::Named(Tz::Asia__Shanghai);
    pub const UTC: Self = Self::Fixed { utc_offset_min: 0 };

    /// How far its clock is ahead of UTC at an instant, in milliseconds.
    pub fn ahead_ms(self, at_ms: i64) -> i64 {
        match self {
            Self::Fixed { utc_offset_min } => i64::from(utc_offset_min) * MINUTE_MS,
            Self::Named(zone) => {
                let at_ms = at_ms.clamp(INSTANTS_MS.start, INSTANTS_MS.end - 1);
                let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default().naive_utc();
                i64::from(zone.offset_from_utc_datetime(&at).fix().local_minus_utc()) * SECOND_MS
            }
        }
    }

    /// The same in whole minutes, as some clients of the API want it.
    pub fn utc_offset_min(self, at_ms: i64) -> i16 {
        i16::try_from(self.ahead_ms(at_ms) / MINUTE_MS).unwrap_or_default()
    }

    /// What its clock shows at an instant: milliseconds since its own 1970.
    pub fn local_ms(self, at_ms: i64) -> i64 {
        at_ms.saturating_add(self.ahead_ms(at_ms))
    }

    /// When its clock shows this. What it shows twice is the first time; what it leaves out is as much later as it leaves
    /// out, as clocks that were not put forward would show it.
    pub fn instant_ms(self, local_ms: i64) -> i64 {
        // A clock is at most 14 h ahead and 12 h behind, and changes once in that time.
        let before = self.ahead_ms(local_ms.saturating_sub(DAY_MS));
        let after = self.ahead_ms(local_ms.saturating_add(DAY_MS));
        let first = local_ms.saturating_sub(before);
        let second = local_ms.saturating_sub(after);
        match (self.local_ms(first) == local_ms, self.local_ms(second) == local_ms) {
            (false, true) => second,
            _ => first,
        }
    }

    /// The day on which an instant lies there.
    pub fn day(self, at_ms: i64) -> Option<Day> {
        Day::from_number(self.local_ms(at_ms).div_euclid(DAY_MS))
    }

    /// The instant of so many minutes after midnight of a day, by the clock on the wall.
    pub fn at(self, day: Day, minute: i64) -> i64 {
        self.instant_ms((day.number() * DAY_MS).saturating_add(minute.saturating_mul(MINUTE_MS)))
    }

    /// The first instant of a day there.
    pub fn start_ms(self, day: Day) -> i64 {
        self.at(day, 0)
    }

    /// The last millisecond of a day there.
    pub fn last_ms(self, day: Day) -> i64 {
        self.at(day, 24 * 60).saturating_sub(1)
    }

    /// Minutes after midnight that its clock shows at an instant.
    pub fn minute_of_day(self, at_ms: i64) -> i64 {
        self.local_ms(at_ms).rem_euclid(DAY_MS) / MINUTE_MS
    }

    /// How far its clock is ahead of UTC in milliseconds, where it is always the same.
    pub fn constant_ms(self) -> Option<i64> {
        let first = self.ahead_ms(INSTANTS_MS.start);
        let mut months = INSTANTS_MS.step_by(MONTH_MS);
        let keeps = matches!(self, Self::Fixed { .. }) || months.all(|at_ms| self.ahead_ms(at_ms) == first);
        keeps.then_some(first)
    }

    /// This zone; but the organisation's own where this is an offset that it has in winter or in summer: whoever said it
    /// meant that.
    pub fn within(self, organisation: Self) -> Self {
        let Self::Fixed { utc_offset_min } = self else { return self };
        let mut months = SAID_MS.step_by(MONTH_MS);
        let is_its = months.any(|at_ms| organisation.utc_offset_min(at_ms) == utc_offset_min);
        if is_its { organisation } else { self }
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(zone) => f.write_str(zone.name()),
            Self::Fixed { utc_offset_min: 0 } => f.write_str("UTC"),
            Self::Fixed { utc_offset_min } => {
                let sign = if *utc_offset_min < 0 { '-' } else { '+' };
                let minutes = utc_offset_min.unsigned_abs();
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl FromStr for Zone {
    type Err = BadZone;

    /// A name of the IANA database, or an offset as [`Zone`] shows it: `+08:00`.
    fn from_str(text: &str) -> Result<Self, BadZone> {
        let bad = || BadZone(text.chars().take(60).collect());
        let text = text.trim();
        let Some((sign, clock)) = text.split_at_checked(1).filter(|(sign, _)| matches!(*sign, "+" | "-"))
        else {
            return text.parse().map(Self::Named).map_err(|_| bad());
        };
        let (hours, minutes) = clock.split_once(':').ok_or_else(bad)?;
        let number = |text: &str| {
            let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| text.parse::<i16>().ok()).flatten()
        };
        let (hours, minutes) = number(hours).zip(number(minutes)).ok_or_else(bad)?;
        let ahead_min = if sign == "-" { -(hours * 60 + minutes) } else { hours * 60 + minutes };
        let fits = minutes < 60 && OFFSETS_MIN.contains(&ahead_min);
        fits.then_some(Self::Fixed { utc_offset_min: ahead_min }).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn utc(text: &str) -> i64 {
        crate::units::time::instant_ms(text).unwrap()
    }

    /// How long that day is there, and when it begins.
    #[track_caller]
    fn check(name: &str, of: &str, begins: &str, hours: f64) {
        let (zone, of) = (zone(name), day(of));
        let start_ms = zone.start_ms(of);
        assert_eq!(start_ms, utc(begins), "{name} {of}");
        assert_eq!(zone.last_ms(of) + 1 - start_ms, (hours * HOUR_MS as f64) as i64, "{name} {of}");
        if hours > 0.0 {
            assert_eq!([zone.day(start_ms), zone.day(zone.last_ms(of))], [Some(of); 2], "{name}");
            assert!(zone.day(start_ms - 1) < Some(of) && zone.day(zone.last_ms(of) + 1) > Some(of));
        }
    }

    #[test]
    fn a_day_is_as_long_as_the_clock_makes_it() {
        check("Asia/Shanghai", "2026-03-29", "2026-03-28T16:00Z", 24.0);
        check("Europe/Berlin", "2026-03-28", "2026-03-27T23:00Z", 24.0);
        check("Europe/Berlin", "2026-03-29", "2026-03-28T23:00Z", 23.0);
        check("Europe/Berlin", "2026-10-25", "2026-10-24T22:00Z", 25.0);
        check("America/New_York", "2026-03-08", "2026-03-08T05:00Z", 23.0);
        check("America/New_York", "2026-11-01", "2026-11-01T04:00Z", 25.0);
        // Clocks that are put forward at midnight: the day begins at one.
        check("America/Santiago", "2026-09-06", "2026-09-06T04:00Z", 23.0);
        // Half an hour only.
        check("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z", 23.5);
        // Both sides of the date line, and the day that Samoa left out.
        check("Pacific/Kiritimati", "2026-02-18", "2026-02-17T10:00Z", 24.0);
        check("Pacific/Pago_Pago", "2026-02-18", "2026-02-18T11:00Z", 24.0);
        check("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", 0.0);
        check("Pacific/Apia", "2011-12-31", "2011-12-30T10:00Z", 24.0);
        check("+05:30", "2026-02-18", "2026-02-17T18:30Z", 24.0);
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first_and_one_that_never_comes_is_later() {
        let berlin = zone("Europe/Berlin");
        let at = |of: &str, minute| berlin.at(day(of), minute);
        assert_eq!(at("2026-10-25", 150), utc("2026-10-25T00:30Z"));
        assert_eq!(at("2026-10-25", 180), utc("2026-10-25T02:00Z"));
        assert_eq!(at("2026-03-29", 150), utc("2026-03-29T01:30Z"));
        assert_eq!(at("2026-03-29", 15 * 60), utc("2026-03-29T13:00Z"), "three o'clock is three o'clock");
        assert_eq!(at("2026-03-28", 15 * 60), utc("2026-03-28T14:00Z"));
        assert_eq!(at("2026-03-28", 26 * 60), utc("2026-03-29T01:00Z"), "two in the night is three");
        assert_eq!([149, 180].map(|minute| berlin.minute_of_day(at("2026-10-25", minute))), [149, 180]);
    }

    #[test]
    fn a_name_reads_back_and_what_is_none_is_refused() {
        for name in ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "UTC", "+08:00", "-03:30"] {
            assert_eq!(zone(name).to_string(), name);
        }
        for text in ["", "Berlin", "Europe/Bremen", "8", "+8", "+15:00", "-13:00", "+08:60", "+é:00", "GMT+8"]
        {
            let refused = text.parse::<Zone>().unwrap_err().to_string();
            assert!(refused.contains("Asia/Shanghai") && refused.contains(text), "{refused}");
        }
    }

    #[test]
    fn only_some_zones_keep_one_time() {
        for (name, ahead_h) in [("Asia/Shanghai", Some(8)), ("-05:00", Some(-5)), ("Europe/Berlin", None)] {
            assert_eq!(zone(name).constant_ms(), ahead_h.map(|hours| hours * HOUR_MS), "{name}");
        }
        // A clock that is changed for a month only.
        assert_eq!(zone("Africa/Casablanca").constant_ms(), None);
    }

    #[test]
    fn an_offset_that_the_organisation_has_in_winter_or_in_summer_is_its_zone() {
        let (berlin, tokyo) = (zone("Europe/Berlin"), zone("Asia/Tokyo"));
        let of = |text| zone(text).within(berlin);
        assert_eq!([of("+01:00"), of("+02:00")], [berlin; 2]);
        assert_eq!([of("+08:00"), of("Asia/Tokyo")], [zone("+08:00"), tokyo]);
        assert_eq!(zone("+08:00").within(Zone::default()), Zone::default());
    }

    proptest::proptest! {
        #[test]
        fn what_the_clock_shows_was_shown_then(
            name in proptest::sample::select(&["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Pacific/Apia", "Africa/Casablanca", "America/St_Johns"][..]),
            at_ms in INSTANTS_MS,
        ) {
            let zone = zone(name);
            let local_ms = zone.local_ms(at_ms);
            let found = zone.instant_ms(local_ms);
            // The same instant, or the first time that the clock showed this.
            proptest::prop_assert_eq!(zone.local_ms(found), local_ms);
            proptest::prop_assert!(found <= at_ms);
        }

        #[test]
        fn no_instant_and_no_text_is_too_odd(at_ms: i64, minute: i64, text: String) {
            let berlin = zone("Europe/Berlin");
            let _ = (berlin.day(at_ms), berlin.instant_ms(at_ms), berlin.minute_of_day(at_ms), text.parse::<Zone>());
            let _ = (berlin.at(Day::MIN, minute), berlin.last_ms(Day::MAX));
        }
    }
}
