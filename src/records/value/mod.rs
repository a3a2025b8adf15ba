//! A value of each kind: from the wire, from people's text, as text again, in order, and as conditions see it.
//!
//! A field without a value has no [`Value`]; it is `None` wherever it may be missing.

mod amounts;
mod json;
mod key;
mod order;
mod phone;
mod show;
mod text;

pub use json::read_json;
pub use key::{fold, plain};
pub use order::order;
pub use text::{Typed, read_text};

use crate::conditions;
use crate::dates::When;
use crate::records::definition::{Field, Kind};
use crate::records::fault::{Code, Fault};
use crate::units::{Datum, Day, Words, Zone};

pub const TEXT_CHARS_MAX: usize = 500;
pub const LONG_TEXT_CHARS_MAX: usize = 20_000;
/// Entries of a list: as far as conditions look.
pub const LIST_MAX: usize = conditions::LIST_MAX;
/// Whole numbers and fen that JavaScript keeps exactly: 2^53 − 1.
pub const WHOLE_MAX: i64 = 9_007_199_254_740_991;
/// Larger numbers are mistakes.
pub const NUMBER_MAX: f64 = 1e15;

/// A value of a field. What a number or a text means is the field's kind to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text of any kind; a phone in its normal form; an option's key of a choice or a tree.
    Text(String),
    /// Several texts or options.
    Texts(Vec<String>),
    /// A whole number, or money in fen.
    Whole(i64),
    /// Always finite.
    Number(f64),
    Bool(bool),
    Day(Day),
    /// Milliseconds since 1970 UTC.
    Instant(i64),
    Deadline(When),
    /// The number of a person, a record, a photo or a file.
    Ref(i64),
    Refs(Vec<i64>),
    /// As it was entered.
    Place {
        lat: f64,
        lon: f64,
        datum: Datum,
    },
}

impl Value {
    /// As conditions see it; a place is not seen. A deadline that is a day lies at that day's last millisecond.
    pub fn in_conditions(&self, zone: Zone) -> conditions::Value {
        match self {
            Self::Text(text) => conditions::Value::text(text),
            Self::Texts(texts) => conditions::Value::texts(texts.iter().map(String::as_str)),
            Self::Whole(number) | Self::Ref(number) => conditions::Value::Int(*number),
            Self::Number(number) => (*number).into(),
            Self::Bool(yes) => conditions::Value::Bool(*yes),
            Self::Day(day) => conditions::Value::Int(day.number()),
            Self::Instant(at_ms) => conditions::Value::Int(*at_ms),
            Self::Deadline(when) => conditions::Value::Int(deadline_ms(*when, zone)),
            Self::Refs(numbers) => conditions::Value::ints(numbers.iter().copied()),
            Self::Place { .. } => conditions::Value::Missing,
        }
    }
}

/// A deadline as one number, so that it sorts and is indexed: an instant in whole seconds, or the last millisecond of a
/// day. [`deadline_from_ms`] tells them apart again.
pub fn deadline_ms(when: When, zone: Zone) -> i64 {
    match when {
        When::Day(day) => zone.last_ms(day),
        When::At(at_ms) => at_ms - at_ms.rem_euclid(1_000),
    }
}

/// The deadline that [`deadline_ms`] gave this number for.
pub fn deadline_from_ms(ms: i64, zone: Zone) -> When {
    // Half a day before its end: it is the same day where the organisation has moved to a zone that is not further away.
    match zone.day(ms.saturating_sub(crate::units::day::DAY_MS / 2)) {
        Some(day) if ms.rem_euclid(1_000) == 999 => When::Day(day),
        _ => When::At(ms),
    }
}

/// The fault that a value of this field is not what its kind expects.
fn bad(field: &Field, value: &str) -> Fault {
    Fault::of(&field.key, &field.label, Code::BadValue, value, &field.kind.rule())
}

fn overflow(field: &Field, value: &str) -> Fault {
    let rule = match field.kind {
        Kind::Money => Words::new("±90 万亿元", "an amount of up to 90 trillion yuan"),
        Kind::Number => Words::new("±10^15", "a number of up to 10^15"),
        _ => Words::new("±9,007,199,254,740,991", "a number of up to 9,007,199,254,740,991"),
    };
    Fault::of(&field.key, &field.label, Code::Overflow, value, &rule)
}

fn too_many(field: &Field, count: usize) -> Fault {
    let rule = Words::new(format!("{LIST_MAX} 项"), format!("{LIST_MAX}"));
    Fault::of(&field.key, &field.label, Code::TooMany, &count.to_string(), &rule)
}

fn whole(field: &Field, number: i128, shown: &str) -> Result<Value, Fault> {
    match i64::try_from(number) {
        Ok(number) if (-WHOLE_MAX..=WHOLE_MAX).contains(&number) => Ok(Value::Whole(number)),
        _ => Err(overflow(field, shown)),
    }
}

fn number(field: &Field, number: f64, shown: &str) -> Result<Value, Fault> {
    if number.abs() <= NUMBER_MAX {
        // There is one zero.
        Ok(Value::Number(if number == 0.0 { 0.0 } else { number }))
    } else {
        Err(overflow(field, shown))
    }
}

fn instant(field: &Field, at_ms: i64) -> Result<i64, Fault> {
    let known = crate::units::time::INSTANTS_MS;
    if known.contains(&at_ms) { Ok(at_ms) } else { Err(bad(field, &at_ms.to_string())) }
}

/// Text as it is kept: composed (NFC), without spaces at its ends, without letters that cannot be seen.
fn checked_text(field: &Field, text: &str) -> Result<Option<Value>, Fault> {
    let (most, lines) = match field.kind {
        Kind::LongText | Kind::RichText => (LONG_TEXT_CHARS_MAX, true),
        _ => (TEXT_CHARS_MAX, false),
    };
    let text = key::composed(&text.replace("\r\n", "\n"));
    let text = text.trim();
    let chars = text.chars().count();
    if chars > most {
        let rule = Words::new(format!(" {most} 个字"), format!("{most} characters"));
        let value = Words::new(format!("{chars} 个字"), format!("{chars} characters"));
        return Err(Fault::of(&field.key, &field.label, Code::TooLong, &value.en, &rule));
    }
    if text.chars().any(|c| c.is_control() && !(lines && (c == '\n' || c == '\t'))) {
        return Err(bad(field, text));
    }
    Ok((!text.is_empty()).then(|| Value::Text(text.to_owned())))
}

/// The option's key, if the field has it.
fn option(field: &Field, key: &str) -> Result<String, Fault> {
    match field.option(key) {
        Some(option) => Ok(option.key.clone()),
        None => Err(unknown_option(field, key)),
    }
}

fn unknown_option(field: &Field, key: &str) -> Fault {
    let near = conditions::nearest(key, field.options.iter().map(|option| option.key.as_str()));
    let rule = match near {
        Some(near) => Words::new(format!("是不是“{near}”？"), format!("did you mean `{near}`?")),
        None => Words::new("请从选项中选", "choose one of its options"),
    };
    Fault::of(&field.key, &field.label, Code::UnknownOption, key, &rule)
}

#[cfg(test)]
mod tests;
