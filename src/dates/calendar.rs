//! A day -> whether people work on it, and why not. The days stand in a file, so that a new year needs no code.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::units::{Day, Words};

static CHINA: LazyLock<Calendar> =
    LazyLock::new(|| Calendar::read(include_str!("china.txt")).expect("the calendar is checked by a test"));

/// Further than any stretch of days off, and than any deadline in working days.
const LOOK_DAYS_MAX: i64 = 800;

/// What a day is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Worked {
    Working,
    Weekend,
    /// Off, with the holiday's name.
    Holiday(Words),
    /// A weekend day that is worked for that holiday.
    MadeUp(Words),
}

/// How well a year is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    Official,
    /// The holidays by law; made-up days are not announced.
    Provisional,
    /// Weekends only.
    Unknown,
}

/// Days off and made-up working days.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Calendar {
    years: BTreeMap<i64, Known>,
    days: BTreeMap<Day, Worked>,
    /// First and last day of each holiday.
    holidays: Vec<(Day, Day, Words)>,
}

impl Calendar {
    /// Mainland China's, as far as it is announced.
    pub fn china() -> &'static Self {
        &CHINA
    }

    /// Reads the form of `china.txt`.
    ///
    /// # Errors
    /// The number of the first line that is none.
    pub fn read(text: &str) -> Result<Self, usize> {
        let mut calendar = Self::default();
        for (number, line) in (1usize..).zip(text.lines()) {
            let line = line.split('#').next().unwrap_or_default().trim();
            if !line.is_empty() {
                calendar.line(line).ok_or(number)?;
            }
        }
        Ok(calendar)
    }

    fn line(&mut self, line: &str) -> Option<()> {
        let (verb, rest) = line.split_once(' ')?;
        let words = |text: &str| text.split_once(" / ").map(|(zh, en)| Words::new(zh.trim(), en.trim()));
        match verb {
            "year" => {
                let (year, known) = rest.split_once(' ')?;
                let known = match known {
                    "official" => Known::Official,
                    "provisional" => Known::Provisional,
                    _ => return None,
                };
                self.years.insert(year.parse().ok()?, known);
            }
            "off" => {
                let (first, rest) = rest.split_once(' ')?;
                let (last, name) = rest.split_once(' ')?;
                let (first, last): (Day, Day) = (first.parse().ok()?, last.parse().ok()?);
                let name = words(name)?;
                for number in first.number()..=last.number() {
                    self.days.insert(Day::from_number(number)?, Worked::Holiday(name.clone()));
                }
                self.holidays.push((first, last, name));
            }
            "work" => {
                let (day, name) = rest.split_once(' ')?;
                self.days.insert(day.parse().ok()?, Worked::MadeUp(words(name)?));
            }
            _ => return None,
        }
        Some(())
    }

    pub fn known(&self, year: i64) -> Known {
        self.years.get(&year).copied().unwrap_or(Known::Unknown)
    }

    pub fn of(&self, day: Day) -> Worked {
        let usual = if day.weekday() > 5 { Worked::Weekend } else { Worked::Working };
        self.days.get(&day).cloned().unwrap_or(usual)
    }

    pub fn works(&self, day: Day) -> bool {
        matches!(self.of(day), Worked::Working | Worked::MadeUp(_))
    }

    /// So many working days later; `days` from 1.
    pub fn plus_working(&self, from: Day, days: i64) -> Option<Day> {
        let mut left = days;
        (1..=LOOK_DAYS_MAX).filter_map(|step| from.plus(step)).find(|day| {
            left -= i64::from(self.works(*day));
            left <= 0 && self.works(*day)
        })
    }

    /// The last working day up to that one.
    pub fn last_working(&self, until: Day) -> Option<Day> {
        (0..=31).filter_map(|step| until.plus(-step)).find(|day| self.works(*day))
    }

    /// The first holiday that is not over on that day: its first and last day. `name`: only that one.
    pub fn holiday_from(&self, from: Day, name: Option<&str>) -> Option<(Day, Day)> {
        let fits = |(_, last, known): &&(Day, Day, Words)| {
            *last >= from && name.is_none_or(|name| known.zh.starts_with(name))
        };
        self.holidays
            .iter()
            .filter(fits)
            .min_by_key(|(first, ..)| *first)
            .map(|(first, last, _)| (*first, *last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_file_reads_and_every_made_up_day_is_a_weekend_day() {
        let china = Calendar::china();
        for (day, worked) in &china.days {
            let made_up = matches!(worked, Worked::MadeUp(_));
            assert!(!made_up || day.weekday() > 5, "{day}");
        }
        assert_eq!(china.known(2026), Known::Official);
        assert_eq!((china.known(2027), china.known(2031)), (Known::Provisional, Known::Unknown));
        assert_eq!(Calendar::read("year 2026 official\noff x"), Err(2));
    }

    #[test]
    fn spring_festival_is_off_and_its_saturdays_are_worked() {
        let china = Calendar::china();
        assert!(china.works(day("2026-02-14")) && china.works(day("2026-02-28")));
        assert!(!china.works(day("2026-02-15")) && !china.works(day("2026-02-23")));
        assert_eq!(china.plus_working(day("2026-02-14"), 1), Some(day("2026-02-24")));
        assert_eq!(china.plus_working(day("2026-02-12"), 3), Some(day("2026-02-24")));
        assert_eq!(china.last_working(day("2026-02-28")), Some(day("2026-02-28")));
        assert_eq!(
            china.holiday_from(day("2026-02-12"), Some("国庆")),
            Some((day("2026-10-01"), day("2026-10-07")))
        );
    }
}
