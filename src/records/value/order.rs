//! The order in which values of a field stand: options as they are listed, texts by their folded form, nothing last.

use std::cmp::Ordering;

use super::{Value, deadline_ms, fold};
use crate::records::definition::Field;
use crate::units::Zone;

/// Compares two values of that field; a total order, and what is missing comes last. `zone`: where days end.
pub fn order(field: &Field, one: Option<&Value>, other: Option<&Value>, zone: Zone) -> Ordering {
    match (one, other) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => of_two(field, one, other, zone),
    }
}

fn of_two(field: &Field, one: &Value, other: &Value, zone: Zone) -> Ordering {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => text(field, one, other),
        (Value::Texts(one), Value::Texts(other)) => {
            let pairs = one.iter().zip(other).map(|(one, other)| text(field, one, other));
            pairs.fold(Ordering::Equal, Ordering::then).then(one.len().cmp(&other.len()))
        }
        (Value::Whole(one), Value::Whole(other)) | (Value::Ref(one), Value::Ref(other)) => one.cmp(other),
        (Value::Instant(one), Value::Instant(other)) => one.cmp(other),
        (Value::Number(one), Value::Number(other)) => one.total_cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Day(one), Value::Day(other)) => one.cmp(other),
        (Value::Deadline(one), Value::Deadline(other)) => {
            deadline_ms(*one, zone).cmp(&deadline_ms(*other, zone)).then(one.cmp(other))
        }
        (Value::Refs(one), Value::Refs(other)) => one.cmp(other),
        (Value::Place { lat, lon, .. }, Value::Place { lat: lat2, lon: lon2, .. }) => {
            lat.total_cmp(lat2).then(lon.total_cmp(lon2))
        }
        (one, other) => rank(one).cmp(&rank(other)),
    }
}

/// Options that are gone come after those that are there.
fn text(field: &Field, one: &str, other: &str) -> Ordering {
    let place = |key: &str| field.options.iter().position(|option| option.key == key).unwrap_or(usize::MAX);
    let by_option = if field.kind.has_options() { place(one).cmp(&place(other)) } else { Ordering::Equal };
    by_option.then_with(|| fold(one).cmp(&fold(other))).then_with(|| one.cmp(other))
}

/// Values of one field have one shape; others are kept apart all the same.
fn rank(value: &Value) -> u8 {
    match value {
        Value::Text(_) => 0,
        Value::Texts(_) => 1,
        Value::Whole(_) => 2,
        Value::Number(_) => 3,
        Value::Bool(_) => 4,
        Value::Day(_) => 5,
        Value::Instant(_) => 6,
        Value::Deadline(_) => 7,
        Value::Ref(_) => 8,
        Value::Refs(_) => 9,
        Value::Place { .. } => 10,
    }
}
