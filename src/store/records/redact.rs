//! Names that are taken out of records which stay: their texts, their history and the words that they are found by.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{params, params_from_iter};
use serde_json::json;

use super::layout::{Column, Place, Shape};
use super::put::beside;
use super::read::whole;
use super::{Now, Tables, search};
use crate::records::definition::{Field, Table};
use crate::records::{Kind, Value, Values};
use crate::store::{Error, Tx, zone};

/// A single character stands in too many other words.
const NAME_CHARS_MIN: usize = 2;

/// Puts other words in place of names in these records, by table.
///
/// # Errors
/// The database refuses.
pub fn names(
    tx: &Tx,
    tables: &Tables,
    records: &BTreeMap<&str, BTreeSet<i64>>,
    names: &[String],
    instead: &str,
) -> Result<(), Error> {
    let mut names: Vec<_> = names.iter().filter(|name| name.chars().count() >= NAME_CHARS_MIN).collect();
    // What holds another goes first.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let now = Now { ms: 0, zone: zone::of(tx)? };
    for (key, ids) in records {
        let (Some(table), Some(place)) = (tables.laid.tables.get(*key), tables.layout.places.get(*key))
        else {
            continue;
        };
        for id in ids {
            let without =
                |text: &str| names.iter().fold(text.to_owned(), |text, name| text.replace(*name, instead));
            let mut values = whole(tx, tables, table, *id, now).map_err(Error::from)?.values;
            if redact(tx, table, place, *id, &mut values, &without)? {
                search::put(tx, place, table, *id, &values)?;
            }
            for name in &names {
                let json = json!(name).to_string();
                tx.prepare_cached(
                    "UPDATE record_history SET before_json = replace(before_json, ?1, ?2), \
                     after_json = replace(after_json, ?1, ?2) WHERE tbl = ?3 AND rec = ?4",
                )?
                .execute(params![json.trim_matches('"'), instead, place.number, id])?;
            }
        }
    }
    Ok(())
}

/// Whether anything of it was changed.
fn redact(
    tx: &Tx,
    table: &Table,
    place: &Place,
    id: i64,
    values: &mut Values,
    without: &impl Fn(&str) -> String,
) -> Result<bool, Error> {
    let mut is_changed = false;
    for (key, value) in values {
        let field = table.own(key).filter(is_free);
        let Some((_, column)) = field.zip(place.columns.get(key)) else { continue };
        let new = match &*value {
            Value::Text(text) => Value::Text(without(text)),
            Value::Texts(texts) => Value::Texts(texts.iter().map(|text| without(text)).collect()),
            _ => continue,
        };
        if new != *value {
            put(tx, place, column, id, &new)?;
            *value = new;
            is_changed = true;
        }
    }
    Ok(is_changed)
}

/// Written by people, not chosen.
fn is_free(field: &&Field) -> bool {
    matches!(field.kind, Kind::Text | Kind::LongText | Kind::RichText)
}

fn put(tx: &Tx, place: &Place, column: &Column, id: i64, value: &Value) -> Result<(), Error> {
    let mut cells = beside(column, Some(value));
    match (column.shape, value) {
        (Shape::Rows, Value::Texts(texts)) => {
            let update = format!("UPDATE {} SET val = ? WHERE rec = ? AND pos = ?", column.name);
            let mut update = tx.prepare_cached(&update)?;
            for (pos, text) in texts.iter().enumerate() {
                update.execute(params![text, id, pos as i64])?;
            }
        }
        (Shape::One, Value::Text(text)) => cells.push((column.name.clone(), text.clone().into())),
        _ => {}
    }
    let sets: String = cells.iter().map(|(name, _)| format!(", {name} = ?")).collect();
    let update = format!("UPDATE {} SET version = version + 1{sets} WHERE id = ?", place.name);
    let cells = cells.into_iter().map(|(_, cell)| cell).chain([id.into()]);
    tx.prepare_cached(&update)?.execute(params_from_iter(cells))?;
    Ok(())
}
