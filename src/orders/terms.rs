//! How long a client has to pay -> the day on which an invoice is due.

use crate::units::Day;

/// Days that terms may have; more is a mistake.
pub const DAYS_MAX: i64 = 3_650;

/// As agreed with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// So many days after the invoice.
    Net(i64),
    /// So many days after the last day of the invoice's month.
    MonthEnd(i64),
    /// The first such day of a month after the invoice; the month's last where it has none.
    FixedDay(i64),
}

impl Terms {
    /// From what stands in a client's record; without days an invoice is due on its day, or its month's last one. `None`:
    /// there are no such terms.
    pub fn of(kind: &str, days: Option<i64>) -> Option<Self> {
        let days = days.unwrap_or(0);
        let fits = (0..=DAYS_MAX).contains(&days);
        match kind {
            "net" if fits => Some(Self::Net(days)),
            "month_end" if fits => Some(Self::MonthEnd(days)),
            "fixed_day" if (1..=31).contains(&days) => Some(Self::FixedDay(days)),
            _ => None,
        }
    }

    /// As a client's record names it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Net(_) => "net",
            Self::MonthEnd(_) => "month_end",
            Self::FixedDay(_) => "fixed_day",
        }
    }

    pub fn days(self) -> i64 {
        match self {
            Self::Net(days) | Self::MonthEnd(days) | Self::FixedDay(days) => days,
        }
    }

    /// When an invoice of that day is due; the last day of the calendar where it would lie beyond.
    pub fn due(self, issued: Day) -> Day {
        let due = match self {
            Self::Net(days) => issued.plus(days),
            Self::MonthEnd(days) => month_end(issued).and_then(|last| last.plus(days)),
            Self::FixedDay(day) => fixed_day(issued, day),
        };
        due.unwrap_or(Day::MAX)
    }
}

/// The last day of a day's month.
fn month_end(day: Day) -> Option<Day> {
    let (year, month, _) = day.date();
    let (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    match Day::of(year, month, 1) {
        Some(next) => next.plus(-1),
        None => Some(Day::MAX),
    }
}

fn fixed_day(issued: Day, day: i64) -> Option<Day> {
    let within = |last: Day| {
        let (year, month, length) = last.date();
        Day::of(year, month, day.min(length))
    };
    let last = month_end(issued)?;
    match within(last).filter(|due| *due > issued) {
        Some(due) => Some(due),
        None => within(month_end(last.plus(1)?)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: &str, days: i64, issued: &str, due: &str) {
        let terms = Terms::of(kind, Some(days)).unwrap();
        assert_eq!(terms.due(issued.parse().unwrap()).to_string(), due, "{kind} {days} after {issued}");
    }

    #[test]
    fn days_are_counted_over_the_ends_of_months_and_leap_days() {
        check("net", 30, "2026-01-31", "2026-03-02");
        check("net", 30, "2028-01-31", "2028-03-01");
        check("net", 0, "2026-02-28", "2026-02-28");
        check("net", 120, "2026-11-15", "2027-03-15");
        check("net", 3_650, "2199-12-01", "2199-12-31");
    }

    #[test]
    fn a_month_is_closed_before_days_are_counted() {
        check("month_end", 30, "2026-01-31", "2026-03-02");
        check("month_end", 30, "2026-01-01", "2026-03-02");
        check("month_end", 0, "2028-02-10", "2028-02-29");
        check("month_end", 60, "2026-12-05", "2027-03-01");
        check("month_end", 5, "2199-12-05", "2199-12-31");
    }

    #[test]
    fn a_fixed_day_is_the_next_one_that_comes_and_the_last_of_a_short_month() {
        check("fixed_day", 25, "2026-01-10", "2026-01-25");
        check("fixed_day", 25, "2026-01-25", "2026-02-25");
        check("fixed_day", 31, "2026-01-31", "2026-02-28");
        check("fixed_day", 31, "2026-02-28", "2026-03-31");
        check("fixed_day", 30, "2028-02-01", "2028-02-29");
        check("fixed_day", 1, "2026-12-31", "2027-01-01");
    }

    #[test]
    fn there_are_no_terms_of_other_kinds_or_impossible_days() {
        for (kind, days) in [("net", -1), ("net", 3_651), ("fixed_day", 0), ("fixed_day", 32), ("cash", 1)] {
            assert_eq!(Terms::of(kind, Some(days)), None, "{kind} {days}");
        }
        assert_eq!(Terms::of("net", None), Some(Terms::Net(0)));
        assert_eq!(Terms::of("fixed_day", None), None);
    }
}
