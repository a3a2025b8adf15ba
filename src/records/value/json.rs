//! A value on the wire <-> a value.

use serde_json::{Value as Json, json};

use super::{LIST_MAX, Value, bad, checked_text, instant, number, option, overflow, phone, too_many, whole};
use crate::dates::When;
use crate::records::definition::{Field, Kind};
use crate::records::fault::Fault;
use crate::units::Datum;

/// Reads a value of that field from the wire; nothing, an empty text or an empty list is `None`.
///
/// # Errors
/// It is none of that kind, an option that the field does not have, too long or too large.
pub fn read_json(field: &Field, json: &Json) -> Result<Option<Value>, Fault> {
    if json.is_null() {
        return Ok(None);
    }
    let wrong = || bad(field, &json.to_string());
    match field.kind {
        Kind::Choices | Kind::Photos => list(field, json),
        kind if kind.may_be_many() && field.many => list(field, json),
        Kind::Text | Kind::LongText | Kind::RichText => checked_text(field, json.as_str().ok_or_else(wrong)?),
        Kind::Phone => {
            let text = json.as_str().ok_or_else(wrong)?;
            if text.trim().is_empty() {
                Ok(None)
            } else {
                phone::read(field, text).map(|phone| Some(Value::Text(phone)))
            }
        }
        Kind::Choice | Kind::Tree => {
            let text = json.as_str().ok_or_else(wrong)?;
            if text.is_empty() { Ok(None) } else { option(field, text).map(|key| Some(Value::Text(key))) }
        }
        Kind::Whole | Kind::Money => match (json.as_i64(), json.as_f64()) {
            (Some(found), _) => whole(field, found.into(), &json.to_string()).map(Some),
            (None, Some(large)) if large.fract() == 0.0 => Err(overflow(field, &json.to_string())),
            _ => Err(wrong()),
        },
        Kind::Number => number(field, json.as_f64().ok_or_else(wrong)?, &json.to_string()).map(Some),
        Kind::Bool => json.as_bool().map(|yes| Some(Value::Bool(yes))).ok_or_else(wrong),
        Kind::Day => day(json).map(|day| Some(Value::Day(day))).ok_or_else(wrong),
        Kind::Instant => {
            instant(field, json.as_i64().ok_or_else(wrong)?).map(|at_ms| Some(Value::Instant(at_ms)))
        }
        Kind::Deadline => match (day(json), json.as_i64()) {
            (Some(day), _) => Ok(Some(Value::Deadline(When::Day(day)))),
            (None, Some(at_ms)) => {
                let at_ms = instant(field, at_ms)?;
                Ok(Some(Value::Deadline(When::At(at_ms - at_ms.rem_euclid(1_000)))))
            }
            _ => Err(wrong()),
        },
        Kind::Person | Kind::Link => reference(json).map(|number| Some(Value::Ref(number))).ok_or_else(wrong),
        Kind::Photo | Kind::Attachment => {
            json.get("id").and_then(reference).map(|number| Some(Value::Ref(number))).ok_or_else(wrong)
        }
        Kind::Location => place(json).map(Some).ok_or_else(wrong),
        Kind::Lookup | Kind::Formula | Kind::RollUp => Err(wrong()),
    }
}

fn day(json: &Json) -> Option<crate::units::Day> {
    json.as_str()?.parse().ok()
}

fn reference(json: &Json) -> Option<i64> {
    json.as_i64().filter(|number| *number > 0)
}

fn place(json: &Json) -> Option<Value> {
    let map = json.as_object().filter(|map| map.len() == 3)?;
    let (lat, lon) = (map.get("lat")?.as_f64()?, map.get("lon")?.as_f64()?);
    let datum: Datum = map.get("datum")?.as_str()?.parse().ok()?;
    let is_on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    is_on_earth.then_some(Value::Place { lat, lon, datum })
}

/// Each entry once, in their order.
fn list(field: &Field, json: &Json) -> Result<Option<Value>, Fault> {
    let entries = json.as_array().ok_or_else(|| bad(field, &json.to_string()))?;
    if entries.len() > LIST_MAX {
        return Err(too_many(field, entries.len()));
    }
    let one = match field.kind {
        Kind::Choices => Field { kind: Kind::Choice, ..field.clone() },
        Kind::Photos => Field { kind: Kind::Photo, ..field.clone() },
        _ => Field { many: false, ..field.clone() },
    };
    let (mut texts, mut numbers) = (Vec::new(), Vec::new());
    for entry in entries {
        match read_json(&one, entry)? {
            Some(Value::Text(text)) if !texts.contains(&text) => texts.push(text),
            Some(Value::Ref(number)) if !numbers.contains(&number) => numbers.push(number),
            _ => {}
        }
    }
    Ok(match (texts.is_empty(), numbers.is_empty()) {
        (false, _) => Some(Value::Texts(texts)),
        (_, false) => Some(Value::Refs(numbers)),
        _ => None,
    })
}

impl Value {
    /// As it stands on the wire.
    pub fn json(&self, kind: Kind) -> Json {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Texts(texts) => json!(texts),
            Self::Whole(number) | Self::Instant(number) | Self::Deadline(When::At(number)) => {
                (*number).into()
            }
            Self::Number(number) => json!(number),
            Self::Bool(yes) => (*yes).into(),
            Self::Day(day) | Self::Deadline(When::Day(day)) => day.to_string().into(),
            Self::Ref(number) if matches!(kind, Kind::Photo | Kind::Attachment) => json!({ "id": number }),
            Self::Ref(number) => (*number).into(),
            Self::Refs(numbers) if kind == Kind::Photos => {
                numbers.iter().map(|number| json!({ "id": number })).collect()
            }
            Self::Refs(numbers) => json!(numbers),
            Self::Place { lat, lon, datum } => json!({ "lat": lat, "lon": lon, "datum": datum.name() }),
        }
    }
}
