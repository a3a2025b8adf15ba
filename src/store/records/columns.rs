//! Physical tables, columns and indexes. Each step may be taken again without harm.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{OptionalExtension, params};
use serde_json::Value as Json;

use super::cell::Holds;
use super::layout::{Layout, Place, Shape, column_type, sort_text};
use super::read::whole;
use super::{Now, RecordError, Tables, search};
use crate::records::definition::{Field, Kind, Set, Table};
use crate::records::value::{fold, read_json};
use crate::store::{Error, Tx, zone};
use crate::units::Words;

/// Indexes of one table, unique ones and that of owners apart.
const INDEXES_MAX: i64 = 12;

/// Records that a refusal names.
const NAMED_MAX: usize = 5;

pub fn add_table(tx: &Tx, place: &Place) -> Result<(), Error> {
    let name = &place.name;
    if !place.is_adopted() {
        tx.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {name}(
               id INTEGER PRIMARY KEY,
               uid TEXT NOT NULL UNIQUE,
               version INTEGER NOT NULL,
               owner INTEGER REFERENCES people,
               created_ms INTEGER NOT NULL,
               created_by INTEGER,
               changed_ms INTEGER NOT NULL,
               changed_by INTEGER,
               deleted_ms INTEGER
             ) STRICT"
        ))?;
    }
    let owner =
        format!("CREATE INDEX IF NOT EXISTS {name}_by_owner ON {name}(owner, id) WHERE deleted_ms IS NULL");
    Ok(tx.execute_batch(&owner)?)
}

fn add_column(tx: &Tx, place: &Place, column: &str, of: &str) -> Result<bool, Error> {
    let known = tx
        .prepare_cached("SELECT 1 FROM pragma_table_info(?) WHERE name = ?")?
        .exists([place.name.as_str(), column])?;
    if !known {
        tx.execute_batch(&format!("ALTER TABLE {} ADD COLUMN {column} {of}", place.name))?;
    }
    Ok(!known)
}

/// Makes the place of a field's values.
pub fn add(tx: &Tx, place: &Place, field: &Field) -> Result<(), Error> {
    let Some(column) = place.columns.get(&field.key) else { return Ok(()) };
    let of = column_type(field.kind);
    match column.shape {
        Shape::Json => {}
        Shape::Rows => tx.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS {0}(rec INTEGER NOT NULL, pos INTEGER NOT NULL, val {of} NOT NULL, \
             PRIMARY KEY(rec, pos)) STRICT, WITHOUT ROWID; \
             CREATE INDEX IF NOT EXISTS {0}_val ON {0}(val, rec)",
            column.name
        ))?,
        Shape::One => drop(add_column(tx, place, &column.name, of)?),
    }
    if let Some(sort) = &column.sort
        && add_column(tx, place, sort, "TEXT")?
    {
        for (id, value) in values(tx, place, field)? {
            let update = format!("UPDATE {} SET {sort} = ? WHERE id = ?", place.name);
            tx.prepare_cached(&update)?.execute(params![sort_text(&value), id])?;
        }
    }
    // Roll-ups and lists of what belongs to a record go along links.
    if field.kind == Kind::Link && column.shape == Shape::One {
        add_index(tx, place, &field.key)?;
    }
    Ok(())
}

/// For views that sort or group by a field; beyond so many, a table is faster without.
pub fn add_index(tx: &Tx, place: &Place, key: &str) -> Result<(), Error> {
    let Some(column) = place.columns.get(key).filter(|column| column.shape == Shape::One) else {
        return Ok(());
    };
    let (table, column) = (&place.name, column.sort.as_ref().unwrap_or(&column.name));
    let count: i64 = tx.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND name GLOB '*_by_*'",
        [table],
        |row| row.get(0),
    )?;
    if count <= INDEXES_MAX {
        tx.execute_batch(&format!(
            "CREATE INDEX IF NOT EXISTS {table}_by_{column} ON {table}({column}, id) WHERE deleted_ms IS NULL"
        ))?;
    }
    Ok(())
}

/// The values of a field, of deleted records too.
fn values(tx: &Tx, place: &Place, field: &Field) -> Result<Vec<(i64, crate::records::Value)>, Error> {
    let Some(column) = place.columns.get(&field.key) else { return Ok(Vec::new()) };
    let (name, holds) = (&column.name, Holds::field(field));
    let mut found = tx.prepare(&format!("SELECT id, {name} FROM {} WHERE {name} IS NOT NULL", place.name))?;
    let zone = zone::of(tx)?;
    let found = found.query_map([], |row| Ok((row.get(0)?, holds.read(row.get_ref(1)?, zone))))?;
    let found = found.collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().filter_map(|(id, value)| value.map(|value| (id, value))).collect())
}

/// Has the database keep the values of a field apart; or says which records have the same.
pub fn add_unique(tx: &Tx, place: &Place, field: &Field) -> Result<Option<Words>, Error> {
    let column = place.columns.get(&field.key).and_then(|column| column.unique.as_ref());
    let Some(column) = column else { return Ok(None) };
    let table = &place.name;
    add_column(tx, place, column, "TEXT")?;
    let mut known: BTreeMap<String, i64> = BTreeMap::new();
    let mut twice = Vec::new();
    let deleted = format!("SELECT deleted_ms IS NOT NULL FROM {table} WHERE id = ?");
    for (id, value) in values(tx, place, field)? {
        let key = value.key();
        let update = format!("UPDATE {table} SET {column} = ? WHERE id = ?");
        tx.prepare_cached(&update)?.execute(params![key, id])?;
        if tx.prepare_cached(&deleted)?.query_row([id], |row| row.get(0))? {
            continue;
        }
        if let Some(first) = known.insert(key, id) {
            twice.push(format!("{first}={id}"));
        }
    }
    if !twice.is_empty() {
        let named = twice.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
        return Ok(Some(Words::new(
            format!("“{}”有 {} 条重复（编号 {named}）：先改掉再设为唯一", field.label.zh, twice.len()),
            format!(
                "{} records repeat the {} of another (numbers {named}): change them first",
                twice.len(),
                field.label.en
            ),
        )));
    }
    tx.execute_batch(&format!(
        "CREATE UNIQUE INDEX IF NOT EXISTS {table}_{column} ON {table}({column}) WHERE deleted_ms IS NULL"
    ))?;
    Ok(None)
}

/// Values may stand twice again.
pub fn drop_unique(tx: &Tx, place: &Place, key: &str) -> Result<(), Error> {
    let number = "SELECT number FROM record_fields WHERE tbl = ? AND key = ?";
    let number: Option<i64> =
        tx.query_row(number, params![place.number, key], |row| row.get(0)).optional()?;
    if let Some(number) = number {
        tx.execute_batch(&format!("DROP INDEX IF EXISTS {}_u_{number}", place.name))?;
    }
    Ok(())
}

/// Values that a narrower kind does not take, if there are any.
pub fn misfits(tx: &Tx, place: &Place, field: &Field) -> Result<Option<Words>, Error> {
    let misfits: Vec<_> = values(tx, place, field)?
        .into_iter()
        .filter(|(_, value)| read_json(field, &value.json(field.kind)).ok().flatten().as_ref() != Some(value))
        .map(|(id, _)| id.to_string())
        .collect();
    if misfits.is_empty() {
        return Ok(None);
    }
    let named = misfits.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
    Ok(Some(Words::new(
        format!("“{}”有 {} 条不合新类型（编号 {named}）：先改掉", field.label.zh, misfits.len()),
        format!(
            "{} records have a {} that does not fit the new kind (numbers {named}): change them first",
            misfits.len(),
            field.label.en
        ),
    )))
}

/// The body of the table of clients, who may have names that people take for the same: then they are not unique.
pub fn as_it_is(tx: &Tx, key: &str, mut body: Json) -> Result<Json, Error> {
    if !Place::of(0, key).is_clients() {
        return Ok(body);
    }
    let mut names = tx.prepare("SELECT name FROM clients")?;
    let names = names.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let kinds: BTreeSet<_> = names.iter().map(|name| fold(name)).collect();
    let fields = body["fields"].as_array_mut().filter(|_| kinds.len() < names.len());
    for field in fields.into_iter().flatten().filter_map(Json::as_object_mut) {
        if field.get("key").and_then(Json::as_str) == Some("name") {
            field.remove("unique");
        }
    }
    Ok(body)
}

/// What stood in a table before it was adopted gets its search words.
pub fn adopt(
    tx: &Tx,
    set: &Set,
    layout: &Layout,
    table: &Table,
    place: &Place,
    now_ms: i64,
) -> Result<(), RecordError> {
    if !place.is_adopted() {
        return Ok(());
    }
    let tables = Tables { set: set.clone(), laid: Set::default(), layout: layout.clone(), published: 0 };
    let ids = tx
        .prepare(&format!("SELECT id FROM {}", place.name))?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<i64>, _>>()?;
    let now = Now { ms: now_ms, zone: zone::of(tx)? };
    for id in ids {
        let record = whole(tx, &tables, table, id, now)?;
        search::put(tx, place, table, id, &record.values)?;
    }
    Ok(())
}
