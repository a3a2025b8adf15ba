//! A value as people write it, in a form, a cell or an import -> a value, or the names that have to be looked up.

use super::amounts::decimal;
use super::key::{fold, plain};
use super::{LIST_MAX, Value, bad, checked_text, number, overflow, phone, too_many, unknown_option, whole};
use crate::dates::{self, Calendar, Now, When};
use crate::records::definition::{Field, Kind, Opt};
use crate::records::fault::{Code, Fault};
use crate::units::time::instant_ms;
use crate::units::{Datum, Day, Zone};

/// What a text was read as.
#[derive(Debug, Clone, PartialEq)]
pub enum Typed {
    Empty,
    Value(Value),
    /// Names of people or records: the store knows their numbers. One, unless the field holds many.
    Names(Vec<String>),
}

/// Entries of a list as they are typed.
const BETWEEN: [char; 5] = [';', '；', '、', '\n', '|'];

const YES: [&str; 9] = ["是", "对", "有", "yes", "y", "true", "1", "√", "✓"];
const NO: [&str; 9] = ["否", "不", "无", "no", "n", "false", "0", "×", "✗"];

/// What people write behind an option.
const TAILS: [&str; 5] = ["级", "类", "级客户", "类客户", "型"];

/// Reads a value of that field from a text. `now` says which day `明天` is, and where days begin.
///
/// # Errors
/// It is none of that kind, an option that the field does not have, too long or too large, or it can mean two things.
pub fn read_text(field: &Field, text: &str, now: Now) -> Result<Typed, Fault> {
    if text.trim().is_empty() {
        return Ok(Typed::Empty);
    }
    let kind = field.kind;
    if field.many && kind.may_be_many() || matches!(kind, Kind::Choices | Kind::Photos) {
        return many(field, text, now);
    }
    let simple = plain(text);
    let wrong = || bad(field, text.trim());
    let value = match kind {
        Kind::Text | Kind::LongText | Kind::RichText => {
            return Ok(checked_text(field, text)?.map_or(Typed::Empty, Typed::Value));
        }
        Kind::Whole => match decimal(&simple, false) {
            Some(found) => whole(field, found.whole().ok_or_else(wrong)?, text)?,
            None => return Err(wrong()),
        },
        Kind::Money => match decimal(&simple, true) {
            Some(found) => whole(field, found.rounded(2).ok_or_else(|| overflow(field, text))?, text)?,
            None => return Err(wrong()),
        },
        Kind::Number => match (simple.strip_suffix('%'), decimal(&simple, false)) {
            (Some(percent), _) => {
                number(field, decimal(percent, false).ok_or_else(wrong)?.double() / 100.0, text)?
            }
            (None, Some(found)) => number(field, found.double(), text)?,
            (None, None) => number(field, long_number(&simple).ok_or_else(wrong)?, text)?,
        },
        Kind::Bool if YES.contains(&simple.as_str()) => Value::Bool(true),
        Kind::Bool if NO.contains(&simple.as_str()) => Value::Bool(false),
        Kind::Day => Value::Day(day(field, &simple, now)?),
        Kind::Instant => Value::Instant(super::instant(field, moment(field, &simple, now)?)?),
        Kind::Deadline => Value::Deadline(deadline(field, &simple, now)?),
        Kind::Choice | Kind::Tree => Value::Text(chosen(field, text)?),
        Kind::Phone => Value::Text(phone::read(field, text)?),
        Kind::Person | Kind::Link | Kind::Photo | Kind::Attachment => {
            return Ok(match numbered(text) {
                Some(number) => Typed::Value(Value::Ref(number)),
                None if matches!(kind, Kind::Person | Kind::Link) => Typed::Names(vec![name(field, text)?]),
                None => return Err(wrong()),
            });
        }
        Kind::Location => place(&simple).ok_or_else(wrong)?,
        _ => return Err(wrong()),
    };
    Ok(Typed::Value(value))
}

/// More digits than a decimal keeps; `nan` and `inf` are no numbers.
fn long_number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|_| text.contains(|c: char| c.is_ascii_digit()))
}

fn many(field: &Field, text: &str, now: Now) -> Result<Typed, Fault> {
    let one = match field.kind {
        Kind::Choices => Field { kind: Kind::Choice, ..field.clone() },
        Kind::Photos => Field { kind: Kind::Photo, ..field.clone() },
        _ => Field { many: false, ..field.clone() },
    };
    let (mut texts, mut numbers, mut names) = (Vec::new(), Vec::new(), Vec::new());
    let whole = matches!(one.kind, Kind::Choice | Kind::Tree) && chosen(&one, text).is_ok();
    let parts: Vec<&str> = if whole { vec![text] } else { text.split(BETWEEN).collect() };
    if parts.len() > LIST_MAX {
        return Err(too_many(field, parts.len()));
    }
    for part in parts {
        match read_text(&one, part, now)? {
            Typed::Value(Value::Text(text)) if !texts.contains(&text) => texts.push(text),
            Typed::Value(Value::Ref(number)) if !numbers.contains(&number) => numbers.push(number),
            Typed::Names(more) => names.extend(more),
            _ => {}
        }
    }
    Ok(if !names.is_empty() {
        names.extend(numbers.iter().map(|number| format!("#{number}")));
        Typed::Names(names)
    } else if !numbers.is_empty() {
        Typed::Value(Value::Refs(numbers))
    } else if !texts.is_empty() {
        Typed::Value(Value::Texts(texts))
    } else {
        Typed::Empty
    })
}

/// `#12`.
fn numbered(text: &str) -> Option<i64> {
    let digits = text.trim().strip_prefix('#')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?.filter(|number| *number > 0)
}

fn name(field: &Field, text: &str) -> Result<String, Fault> {
    match checked_text(field, text)? {
        Some(Value::Text(name)) => Ok(name),
        _ => Err(bad(field, text)),
    }
}

/// An option by its key, its label in either language, or with a word behind it: `A级`.
fn chosen(field: &Field, text: &str) -> Result<String, Fault> {
    let wanted = fold(text);
    let called = |option: &&Opt, name: &str| {
        [&option.key, &option.label.zh, &option.label.en].iter().any(|known| fold(known) == name)
    };
    let all = || field.options.iter();
    let exact = field.option(text.trim()).or_else(|| all().find(|option| called(option, &wanted)));
    let found = exact.or_else(|| {
        let bare = TAILS.iter().filter_map(|tail| wanted.strip_suffix(tail));
        bare.filter(|bare| !bare.is_empty()).find_map(|bare| all().find(|option| called(option, bare.trim())))
    });
    // A tree is also written as its path: 制造业/汽车.
    let last = wanted.rsplit(['/', '>']).next().unwrap_or_default().trim();
    let found = found.or_else(|| all().find(|option| field.kind == Kind::Tree && called(option, last)));
    found.map(|option| option.key.clone()).ok_or_else(|| unknown_option(field, text.trim()))
}

/// `2026-02-18`, `2026/2/18`, `2026年2月18日`, `2月18日` (of this year), or as deadlines are said.
fn day(field: &Field, text: &str, now: Now) -> Result<Day, Fault> {
    if let Ok(day) = text.parse() {
        return Ok(day);
    }
    // A spreadsheet writes a day with midnight.
    let text = text.strip_suffix(" 00:00:00").or_else(|| text.strip_suffix("t00:00:00")).unwrap_or(text);
    let split: String = text.chars().map(|c| if "年月/.-".contains(c) { ' ' } else { c }).collect();
    let numbers: Option<Vec<i64>> =
        split.trim_end_matches(['日', '号']).split_whitespace().map(|part| part.parse().ok()).collect();
    let this_year = now.zone.day(now.at_ms).map(|today| today.date().0);
    let found = match numbers.as_deref() {
        Some([year, month, day]) if *year >= 100 => Day::of(*year, *month, *day),
        Some([month, day]) if text.contains('月') => this_year.and_then(|year| Day::of(year, *month, *day)),
        _ => match said(field, text, now)? {
            When::Day(day) => Some(day),
            When::At(_) => None,
        },
    };
    found.ok_or_else(|| bad(field, text))
}

/// As deadlines are said.
fn said(field: &Field, text: &str, now: Now) -> Result<When, Fault> {
    match dates::read(text, now, Calendar::china()) {
        Ok(found) => Ok(found.when),
        Err(refusal) if refusal.candidates.is_empty() => Err(bad(field, text)),
        Err(refusal) => Err(Fault { at: field.key.clone(), code: Code::BadValue, said: refusal.said }),
    }
}

/// `2026-02-18 10:00` in local time; with an offset it is that one's.
fn clock(text: &str, zone: Zone) -> Option<i64> {
    let text = text.replace('/', "-").to_uppercase();
    let (date, time) = text.split_once([' ', 'T'])?;
    // An offset stands behind the clock; without one the time is local.
    let is_local = !time.contains(['+', 'Z', '-']);
    let parts: Option<Vec<i64>> = date.split('-').map(|part| part.parse().ok()).collect();
    let [year, month, day] = parts.as_deref()? else { return None };
    let day = Day::of(*year, *month, *day)?;
    let minutes = time.split(':').take(2).map(|part| part.trim_start_matches('0').len()).max()?;
    if minutes > 8 {
        return None;
    }
    instant_ms(&format!("{day}T{time}")).map(|ms| if is_local { zone.instant_ms(ms) } else { ms })
}

fn moment(field: &Field, text: &str, now: Now) -> Result<i64, Fault> {
    if let Some(at_ms) = clock(text, now.zone) {
        return Ok(at_ms);
    }
    match said(field, text, now)? {
        When::At(at_ms) => Ok(at_ms),
        When::Day(_) => Err(bad(field, text)),
    }
}

fn deadline(field: &Field, text: &str, now: Now) -> Result<When, Fault> {
    if let Ok(day) = text.parse() {
        return Ok(When::Day(day));
    }
    let when = match clock(text, now.zone) {
        Some(at_ms) => When::At(super::instant(field, at_ms)?),
        None => said(field, text, now)?,
    };
    Ok(match when {
        When::At(at_ms) => When::At(at_ms - at_ms.rem_euclid(1_000)),
        When::Day(day) => When::Day(day),
    })
}

/// `31.2304, 121.4737 wgs84`.
fn place(text: &str) -> Option<Value> {
    let mut parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    let (lat, lon) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let datum: Datum = parts.next()?.parse().ok()?;
    let is_on_earth =
        (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon) && parts.next().is_none();
    is_on_earth.then_some(Value::Place { lat, lon, datum })
}
