//! Deadlines as people say them, in Chinese and English -> a day or an instant, what to show with it, or a refusal.
//!
//! `read` goes through `zh` and `en`, which know the words and give a `Date` and a `Clock`; here both become one
//! [`Found`]. Nothing is guessed in silence: what can mean two things comes back as candidates, what lies in the past is
//! refused, and a day off comes with its name and the working day that would fit. To add a wording, add it to `zh` or
//! `en` and to the table of their tests.

mod calendar;
mod en;
mod scan;
mod show;
mod zh;

pub use calendar::{Calendar, Known, Worked};
pub use show::weekday;

use crate::units::{Day, Words, Zone};

/// Longer texts are no deadlines.
const CHARS_MAX: usize = 40;

/// The moment at which something is said, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub at_ms: i64,
    pub zone: Zone,
}

/// A day, or an instant in milliseconds since 1970 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    Day(Day),
    At(i64),
}

/// What a deadline was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub when: When,
    /// The day that it is or lies on.
    pub day: Day,
    /// The words leave room (`尽快`, `下午`): ask once more.
    pub vague: bool,
    /// It is a day off: the working day that would fit instead.
    pub offer: Option<Day>,
    /// Weekday, distance, holiday: one sentence to show before it is taken.
    pub said: Words,
}

/// Why a text is no deadline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", said.en)]
pub struct Refusal {
    pub said: Words,
    /// What it may have meant; empty where nothing is near.
    pub candidates: Vec<Found>,
}

/// A day as words give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Date {
    On(Day),
    /// A weekday was said: another week would do.
    Weekday(Day),
    /// Vague by itself.
    About(Day),
    /// One or the other.
    Either(Day, Day),
}

/// A time of day as words give it, in minutes of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    At(i64),
    /// The end of a stretch such as the afternoon.
    Until(i64),
    /// An hour that was said without morning or afternoon.
    Either(i64, i64),
}

/// What words give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Date(Date, Option<Clock>),
    /// A time of day alone: today's.
    Clock(Clock),
    Instant(i64),
}

/// Reads a deadline.
///
/// # Errors
/// It is no deadline that is known here, it is over, or it can mean two things: then with both.
pub fn read(text: &str, now: Now, calendar: &Calendar) -> Result<Found, Refusal> {
    let shown: String = text.trim().chars().take(CHARS_MAX).collect();
    let refuse = |zh: &str, en: &str| Refusal {
        said: Words::new(format!("`{shown}` {zh}"), format!("`{shown}` {en}")),
        candidates: Vec::new(),
    };
    let unknown = || {
        refuse(
            "看不出是哪一天：写成“2月18日”“下周二”“3天后”或“明天下午3点”",
            "is no deadline that is understood: write `18 Feb`, `next Tuesday`, `in 3 days` or `tomorrow 3 pm`",
        )
    };
    let Some(today) = now.zone.day(now.at_ms) else { return Err(unknown()) };
    if text.trim().chars().count() > CHARS_MAX {
        return Err(refuse(
            "太长：截止时间最多 40 个字",
            "is too long: a deadline has 40 characters at most",
        ));
    }
    let plain = scan::plain(text);
    let scene = Scene { now, today, calendar };
    let told = zh::read(&plain, &scene).or_else(|| en::read(&plain, &scene)).ok_or_else(unknown)?;
    let found = scene.all(told);
    let ahead: Vec<_> = found.iter().filter(|found| scene.is_ahead(found.when)).cloned().collect();
    match <[Found; 1]>::try_from(ahead) {
        Ok([one]) => Ok(one),
        Err(ahead) if ahead.is_empty() => Err(match found.first() {
            Some(_) => refuse("已经过去了：截止时间要在现在之后", "is over already: a deadline lies ahead"),
            None => unknown(),
        }),
        Err(candidates) => {
            let said = refuse("有两种意思：选一个", "can mean two things: choose one").said;
            Err(Refusal { said, candidates })
        }
    }
}

/// The same deadline on the working day that fits instead of a day off.
pub fn instead(found: &Found, now: Now, calendar: &Calendar) -> Option<Found> {
    let (offer, today) = found.offer.zip(now.zone.day(now.at_ms))?;
    let when = match found.when {
        When::Day(_) => When::Day(offer),
        When::At(at_ms) => When::At(now.zone.at(offer, now.zone.minute_of_day(at_ms))),
    };
    let scene = Scene { now, today, calendar };
    Some(Found { vague: found.vague, ..scene.found(when, offer, false, false) })
}

/// Where and when words are said.
struct Scene<'a> {
    now: Now,
    today: Day,
    calendar: &'a Calendar,
}

impl Scene<'_> {
    /// Everything that was meant perhaps.
    fn all(&self, told: Told) -> Vec<Found> {
        let (date, clock) = match told {
            Told::Instant(at_ms) => {
                let day = self.now.zone.day(at_ms);
                return day.map(|day| self.found(When::At(at_ms), day, false, false)).into_iter().collect();
            }
            Told::Clock(clock) => (Date::On(self.today), Some(clock)),
            Told::Date(date, clock) => (date, clock),
        };
        let (days, weekday, about) = match date {
            Date::On(day) => (vec![day], false, false),
            Date::Weekday(day) => (vec![day], true, false),
            Date::About(day) => (vec![day], false, true),
            Date::Either(one, other) => (vec![one, other], true, false),
        };
        let clocks: Vec<(Option<i64>, bool)> = match clock {
            None => vec![(None, false)],
            Some(Clock::At(minute)) => vec![(Some(minute), false)],
            Some(Clock::Until(minute)) => vec![(Some(minute), true)],
            Some(Clock::Either(one, other)) => vec![(Some(one), false), (Some(other), false)],
        };
        let mut found = Vec::new();
        for day in days {
            for (minute, loose) in &clocks {
                let Some(minute) = minute else {
                    found.push(self.found(When::Day(day), day, about, weekday));
                    continue;
                };
                let at_ms = self.now.zone.at(day, *minute);
                // Midnight and what follows lie on the next day.
                if let Some(day) = self.now.zone.day(at_ms) {
                    found.push(self.found(When::At(at_ms), day, about || *loose, weekday));
                }
            }
        }
        found
    }

    fn is_ahead(&self, when: When) -> bool {
        match when {
            When::Day(day) => day >= self.today,
            When::At(at_ms) => at_ms > self.now.at_ms,
        }
    }

    fn found(&self, when: When, day: Day, vague: bool, weekday: bool) -> Found {
        let offer = self.offer(day, weekday);
        let said = self.said(when, day, offer);
        Found { when, day, vague, offer, said }
    }

    /// The working day that fits instead of a day off: the same weekday where one was said.
    fn offer(&self, day: Day, weekday: bool) -> Option<Day> {
        if self.calendar.works(day) {
            return None;
        }
        let same = (1..=8).filter_map(|weeks| day.plus(7 * weeks)).find(|day| self.calendar.works(*day));
        let next = self.calendar.plus_working(day, 1);
        if weekday && day.weekday() <= 5 { same.or(next) } else { next }
    }
}

#[cfg(test)]
mod tests;
