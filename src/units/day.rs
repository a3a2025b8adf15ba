//! A day of the Gregorian calendar, without a clock and without a zone.

use std::fmt;
use std::str::FromStr;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// A day, counted from 1970-01-01; the years 1900 to 2199 only, so that counting days never overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Day(i32);

/// The text was not a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a day: a day of the years 1900 to 2199 such as 2026-02-18 is expected")]
pub struct BadDay(pub String);

impl Day {
    /// 1900-01-01.
    pub const MIN: Self = Self(-25_567);
    /// 2199-12-31.
    pub const MAX: Self = Self(84_005);

    /// That day, if the calendar has it.
    pub fn of(year: i64, month: i64, day: i64) -> Option<Self> {
        let fits = (1900..=2199).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        let found = Self::from_number(crate::units::time::days(year, month, fits.then_some(day)?))?;
        (found.date() == (year, month, day)).then_some(found)
    }

    /// From its count of days since 1970-01-01.
    pub fn from_number(number: i64) -> Option<Self> {
        let day = Self(i32::try_from(number).ok()?);
        (Self::MIN..=Self::MAX).contains(&day).then_some(day)
    }

    /// Days since 1970-01-01.
    pub fn number(self) -> i64 {
        self.0.into()
    }

    /// So many days later.
    pub fn plus(self, days: i64) -> Option<Self> {
        Self::from_number(self.number().checked_add(days)?)
    }

    /// Year, month from 1, day from 1.
    pub fn date(self) -> (i64, i64, i64) {
        // Years begin in March here, so that the leap day is their last.
        let shifted = self.number() + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        (era * 400 + year_of_era + i64::from(month <= 2), month, day)
    }

    /// 1 is Monday, 7 is Sunday.
    pub fn weekday(self) -> i64 {
        (self.number() + 3).rem_euclid(7) + 1
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        let bad = || BadDay(text.chars().take(40).collect());
        let shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let number = |part: &str| part.parse().ok();
        let parts =
            if shaped { [number(&text[..4]), number(&text[5..7]), number(&text[8..])] } else { [None; 3] };
        let [Some(year), Some(month), Some(day)] = parts else { return Err(bad()) };
        Self::of(year, month, day).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_as_the_calendar_does() {
        let day = |text: &str| text.parse::<Day>().unwrap();
        assert_eq!((day("1970-01-01").number(), day("1970-01-01").weekday()), (0, 4));
        assert_eq!((day("1900-01-01"), day("2199-12-31")), (Day::MIN, Day::MAX));
        assert_eq!(day("2026-02-18").weekday(), 3);
        assert_eq!(day("2024-02-28").plus(1), Some(day("2024-02-29")));
        for text in
            ["2026-02-29", "2026-13-01", "26-02-01", "2026-2-1", "2026-02-1x", "１026-02-0", "1899-12-31"]
        {
            assert!(text.parse::<Day>().is_err(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_day_reads_back_as_it_is_shown(number in -25_567i64..=84_005) {
            let day = Day::from_number(number).unwrap();
            proptest::prop_assert_eq!(day.to_string().parse(), Ok(day));
        }

        #[test]
        fn no_text_and_no_number_is_too_odd(text: String, number: i64, more: i64) {
            let _ = (text.parse::<Day>(), Day::from_number(number).and_then(|day| day.plus(more)));
        }
    }
}
