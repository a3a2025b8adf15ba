//! A value <-> what stands in a column, and in the history.

use rusqlite::types::{Value as Cell, ValueRef};
use serde_json::{Value as Json, json};

use crate::conditions::Type;
use crate::dates::When;
use crate::records::definition::{Field, Kind};
use crate::records::grow::is_list;
use crate::records::value::{Value, deadline_from_ms, deadline_ms};
use crate::units::{Day, PersonId, Zone};

/// What a column or a computed value holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Text,
    Texts,
    Whole,
    Number,
    Bool,
    Day,
    Instant,
    Deadline,
    Ref,
    Refs,
    Place,
}

impl Holds {
    /// What a field that is written holds.
    pub fn field(field: &Field) -> Self {
        let many = is_list(field);
        match field.kind {
            Kind::Choices => Self::Texts,
            Kind::Photos => Self::Refs,
            Kind::Person | Kind::Link if many => Self::Refs,
            Kind::Text | Kind::Tree if many => Self::Texts,
            Kind::Whole | Kind::Money => Self::Whole,
            Kind::Number => Self::Number,
            Kind::Bool => Self::Bool,
            Kind::Day => Self::Day,
            Kind::Instant => Self::Instant,
            Kind::Deadline => Self::Deadline,
            Kind::Person | Kind::Link | Kind::Photo | Kind::Attachment => Self::Ref,
            Kind::Location => Self::Place,
            _ => Self::Text,
        }
    }

    /// What is computed.
    pub fn of(kind: Type) -> Self {
        match kind {
            Type::Bool => Self::Bool,
            Type::Int => Self::Whole,
            Type::Double => Self::Number,
            Type::Text => Self::Text,
            Type::Texts => Self::Texts,
            Type::Ints => Self::Refs,
            Type::Day => Self::Day,
            Type::Instant => Self::Instant,
        }
    }

    pub fn is_list(self) -> bool {
        matches!(self, Self::Texts | Self::Refs)
    }

    /// Reads a column. What does not fit is as if it were not there.
    pub fn read(self, cell: ValueRef, zone: Zone) -> Option<Value> {
        match cell {
            ValueRef::Integer(number) => self.whole(number, zone),
            ValueRef::Real(number) => (self == Self::Number).then_some(Value::Number(number)),
            ValueRef::Text(bytes) => {
                let text = std::str::from_utf8(bytes).ok()?;
                match self {
                    Self::Text => Some(Value::Text(text.to_owned())),
                    Self::Texts | Self::Refs | Self::Place => {
                        self.json(&serde_json::from_str(text).ok()?, zone)
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn whole(self, number: i64, zone: Zone) -> Option<Value> {
        Some(match self {
            Self::Whole => Value::Whole(number),
            Self::Number => Value::Number(number as f64),
            Self::Bool => Value::Bool(number != 0),
            Self::Day => Value::Day(Day::from_number(number)?),
            Self::Instant => Value::Instant(number),
            Self::Deadline => Value::Deadline(deadline_from_ms(number, zone)),
            Self::Ref => Value::Ref(number),
            _ => return None,
        })
    }

    /// Reads what [`kept`] wrote.
    pub fn json(self, json: &Json, zone: Zone) -> Option<Value> {
        match (self, json) {
            (Self::Text, Json::String(text)) => Some(Value::Text(text.clone())),
            (Self::Day, Json::String(text)) => text.parse().ok().map(Value::Day),
            (Self::Deadline, Json::String(text)) => {
                text.parse().ok().map(|day| Value::Deadline(When::Day(day)))
            }
            (Self::Deadline, Json::Number(number)) => number.as_i64().map(|at| Value::Deadline(When::At(at))),
            (Self::Bool, Json::Bool(yes)) => Some(Value::Bool(*yes)),
            (Self::Number, Json::Number(number)) => number.as_f64().map(Value::Number),
            (_, Json::Number(number)) => self.whole(number.as_i64()?, zone),
            (Self::Texts, Json::Array(list)) => {
                let texts: Vec<_> = list.iter().filter_map(Json::as_str).map(str::to_owned).collect();
                (!texts.is_empty()).then_some(Value::Texts(texts))
            }
            (Self::Refs, Json::Array(list)) => {
                let numbers: Vec<_> = list.iter().filter_map(Json::as_i64).collect();
                (!numbers.is_empty()).then_some(Value::Refs(numbers))
            }
            (Self::Place, Json::Object(map)) => {
                let datum = map.get("datum")?.as_str()?.parse().ok()?;
                Some(Value::Place { lat: map.get("lat")?.as_f64()?, lon: map.get("lon")?.as_f64()?, datum })
            }
            _ => None,
        }
    }
}

/// As it stands in a column; a list as JSON.
pub fn cell(value: &Value, zone: Zone) -> Cell {
    match value {
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Whole(number) | Value::Instant(number) | Value::Ref(number) => Cell::Integer(*number),
        Value::Number(number) => Cell::Real(*number),
        Value::Bool(yes) => Cell::Integer((*yes).into()),
        Value::Day(day) => Cell::Integer(day.number()),
        Value::Deadline(when) => Cell::Integer(deadline_ms(*when, zone)),
        Value::Texts(_) | Value::Refs(_) | Value::Place { .. } => Cell::Text(kept(value).to_string()),
    }
}

/// The entries of a list.
pub fn cells(value: &Value) -> Vec<Cell> {
    match value {
        Value::Texts(texts) => texts.iter().map(|text| Cell::Text(text.clone())).collect(),
        Value::Refs(numbers) => numbers.iter().map(|number| Cell::Integer(*number)).collect(),
        _ => Vec::new(),
    }
}

/// As it stands in the history: numbers of photos as numbers, all else as on the wire.
pub fn kept(value: &Value) -> Json {
    match value {
        Value::Refs(numbers) => json!(numbers),
        value => value.json(Kind::Text),
    }
}

/// Whom a value names.
pub fn person_of(value: &Value) -> Option<PersonId> {
    match value {
        Value::Ref(number) => Some(PersonId(*number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Datum;

    #[test]
    fn every_value_comes_back_from_its_column_and_from_the_history() {
        let day = Day::of(2026, 2, 18).unwrap();
        for (holds, value) in [
            (Holds::Text, Value::Text("“é”".into())),
            (Holds::Texts, Value::Texts(vec!["a".into(), "b\"".into()])),
            (Holds::Whole, Value::Whole(-5)),
            (Holds::Number, Value::Number(0.25)),
            (Holds::Bool, Value::Bool(false)),
            (Holds::Day, Value::Day(day)),
            (Holds::Instant, Value::Instant(12)),
            (Holds::Deadline, Value::Deadline(When::Day(day))),
            (Holds::Deadline, Value::Deadline(When::At(1_771_000_000_000))),
            (Holds::Ref, Value::Ref(7)),
            (Holds::Refs, Value::Refs(vec![9, 3])),
            (Holds::Place, Value::Place { lat: 30.5, lon: 114.25, datum: Datum::Gcj02 }),
        ] {
            let in_column = cell(&value, Zone::SHANGHAI);
            assert_eq!(holds.read((&in_column).into(), Zone::SHANGHAI), Some(value.clone()), "{holds:?}");
            assert_eq!(holds.json(&kept(&value), Zone::SHANGHAI), Some(value), "{holds:?}");
        }
    }
}
