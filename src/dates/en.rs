//! English words for deadlines.

use super::scan::Scan;
use super::{Clock, Date, Scene, Told};
use crate::units::Day;

const WEEKDAYS: [(&str, i64); 7] =
    [("mon", 1), ("tue", 2), ("wed", 3), ("thu", 4), ("fri", 5), ("sat", 6), ("sun", 7)];
const WEEKDAYS_LONG: [(&str, i64); 9] = [
    ("monday", 1),
    ("tuesday", 2),
    ("tues", 2),
    ("wednesday", 3),
    ("thursday", 4),
    ("thurs", 4),
    ("friday", 5),
    ("saturday", 6),
    ("sunday", 7),
];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const NUMBERS: [&str; 11] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// What the words say, `None` if they are not these.
pub fn read(text: &str, scene: &Scene) -> Option<Told> {
    let text = text.replace(',', " ");
    let mut words: Vec<&str> =
        text.split_whitespace().filter(|word| !["the", "on", "of"].contains(word)).collect();
    if words.first().is_some_and(|word| ["by", "before", "until", "due"].contains(word)) {
        words.remove(0);
    }
    if let ["in" | "within", rest @ ..] = &words[..] {
        return span(rest, scene);
    }
    let at = words.iter().position(|word| *word == "at" || *word == "by");
    let (date, clock_words) = match at {
        Some(at) => (&words[..at], &words[at + 1..]),
        None => {
            let parts = (0..=words.len()).rev().map(|at| words.split_at(at));
            let mut whole = parts.filter(|(date, rest)| {
                (date.is_empty() || self::date(date, scene).is_some())
                    && (rest.is_empty() || clock(rest).is_some())
            });
            whole.next()?
        }
    };
    let clock = if clock_words.is_empty() { None } else { Some(clock(clock_words)?) };
    match (date.is_empty(), clock) {
        (true, clock) => clock.map(Told::Clock),
        (false, clock) => Some(Told::Date(self::date(date, scene)?, clock)),
    }
}

fn number(word: &str) -> Option<i64> {
    let named = NUMBERS.iter().position(|name| *name == word).map(|at| at as i64);
    let article = (word == "a" || word == "an").then_some(1);
    named.or(article).or_else(|| word.parse().ok().filter(|number| (0..=3650).contains(number)))
}

/// `3 days`, `two weeks`, `48 hours`, `5 working days`.
fn span(words: &[&str], scene: &Scene) -> Option<Told> {
    let (count, unit) = match words {
        [count, "working" | "business" | "work", unit] if unit.starts_with("day") => {
            (number(count)?, "working")
        }
        ["half", "an", "hour"] => return Some(Told::Instant(scene.now.at_ms + 1_800_000)),
        [count, unit] => (number(count)?, unit.trim_end_matches('s')),
        _ => return None,
    };
    let day = match unit {
        "minute" | "min" => return Some(Told::Instant(scene.now.at_ms + count * 60_000)),
        "hour" | "h" => return Some(Told::Instant(scene.now.at_ms + count * 3_600_000)),
        "working" if count > 0 => scene.calendar.plus_working(scene.today, count)?,
        "day" => scene.today.plus(count)?,
        "week" => scene.today.plus(7 * count)?,
        "month" => scene.months_later(count)?,
        _ => return None,
    };
    Some(Told::Date(Date::On(day), None))
}

fn date(words: &[&str], scene: &Scene) -> Option<Date> {
    let later = |days| scene.today.plus(days).map(Date::On);
    let monday = scene.today.plus(1 - scene.today.weekday())?;
    match words {
        ["today" | "tonight"] => later(0),
        ["tomorrow"] => later(1),
        ["yesterday"] => later(-1),
        ["day", "after", "tomorrow"] => later(2),
        ["asap"] => scene.calendar.plus_working(scene.today, 1).map(Date::About),
        ["next", "week"] => Some(Date::Either(monday.plus(7)?, monday.plus(11)?)),
        ["end", "month"] | ["month", "end"] | ["eom"] => {
            let (year, month, _) = scene.today.date();
            let last = Day::of(year + month / 12, month % 12 + 1, 1)?.plus(-1)?;
            scene.calendar.last_working(last).map(Date::On)
        }
        ["end", "week"] | ["eow"] => scene.calendar.last_working(monday.plus(4)?).map(Date::On),
        ["next", day] => {
            let this = monday.plus(weekday(day)? - 1)?;
            let next = this.plus(7)?;
            Some(if this > scene.today { Date::Either(this, next) } else { Date::Weekday(next) })
        }
        ["this", day] => monday.plus(weekday(day)? - 1).map(Date::Weekday),
        [day] if weekday(day).is_some() => {
            let this = monday.plus(weekday(day)? - 1)?;
            Some(Date::Weekday(if this >= scene.today { this } else { this.plus(7)? }))
        }
        _ => named(words, scene).map(Date::On),
    }
}

fn weekday(word: &str) -> Option<i64> {
    WEEKDAYS.iter().chain(&WEEKDAYS_LONG).find(|(name, _)| *name == word).map(|(_, day)| *day)
}

/// `18 feb`, `feb 18 2026`, `18th february`.
fn named(words: &[&str], scene: &Scene) -> Option<Day> {
    let month = |word: &str| {
        let word = word.trim_end_matches('.');
        let named = |name: &str| word.len() >= 3 && name.starts_with(word);
        MONTHS.iter().position(|name| named(name)).map(|at| at as i64 + 1)
    };
    let day = |word: &str| {
        let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
        digits.parse::<i64>().ok().filter(|day| (1..=31).contains(day))
    };
    let (one, other, year) = match words {
        [one, other] => (one, other, None),
        [one, other, year] => (one, other, Some(year.parse::<i64>().ok().filter(|year| *year >= 1900)?)),
        _ => return None,
    };
    let (month, day) = match (month(one), month(other)) {
        (Some(month), _) => (month, day(other)?),
        (None, Some(month)) => (month, day(one)?),
        (None, None) => return None,
    };
    scene.of_month(year, month, day)
}

/// `3pm`, `3:30 pm`, `15:00`, `noon`, `morning`.
fn clock(words: &[&str]) -> Option<Clock> {
    let joined = words.concat();
    let stretch = [
        ("noon", 720),
        ("midday", 720),
        ("morning", 720),
        ("afternoon", 1080),
        ("evening", 1320),
        ("cob", 1080),
        ("eod", 1080),
    ];
    if let Some((name, minute)) = stretch.iter().find(|(name, _)| *name == joined) {
        return Some(if *name == "noon" { Clock::At(*minute) } else { Clock::Until(*minute) });
    }
    let (text, half) = match joined.strip_suffix("pm").or_else(|| joined.strip_suffix("p.m.")) {
        Some(text) => (text, Some(true)),
        None => match joined.strip_suffix("am").or_else(|| joined.strip_suffix("a.m.")) {
            Some(text) => (text, Some(false)),
            None => (joined.as_str(), None),
        },
    };
    let mut scan = Scan(text);
    let hour = scan.number()?;
    let colon = scan.eat(":");
    let minute = if colon { scan.number()? } else { 0 };
    let fits = scan.is_done() && (0..60).contains(&minute) && text.is_ascii();
    match half {
        _ if !fits => None,
        Some(after) if (1..=12).contains(&hour) => {
            Some(Clock::At((hour % 12 + if after { 12 } else { 0 }) * 60 + minute))
        }
        None if colon && hour < 24 => Some(Clock::At(hour * 60 + minute)),
        None if (1..=6).contains(&hour) => Some(Clock::Either((hour + 12) * 60, hour * 60)),
        None if hour < 24 => Some(Clock::At(hour * 60)),
        _ => None,
    }
}
