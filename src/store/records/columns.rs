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
use crate::units::{FieldNumber, Words};

/// Indexes of one table, unique ones and that of owners apart.
const INDEXES_MAX: i64 = 12;

/// SQLite's own limit.
const COLUMNS_MAX: usize = 2_000;

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
    // No index is only of what is not deleted: SQLite takes such a one for half a table and walks along it, row by row.
    Ok(tx.execute_batch(&format!("CREATE INDEX IF NOT EXISTS {name}_by_owner ON {name}(owner)"))?)
}

/// Adds the columns that are not there, and answers which.
///
/// # Errors
/// There would be more than a table can have: fields that were taken away keep theirs.
fn add_columns(tx: &Tx, place: &Place, wanted: &[(String, &str)]) -> Result<BTreeSet<String>, Error> {
    let mut known = tx.prepare_cached("SELECT name FROM pragma_table_info(?)")?;
    let known = known.query_map([&place.name], |row| row.get(0))?.collect::<Result<BTreeSet<String>, _>>()?;
    let new: Vec<_> = wanted.iter().filter(|(name, _)| !known.contains(name)).collect();
    if known.len() + new.len() > COLUMNS_MAX {
        return Err(Error::Conflict(format!(
            "the table keeps {} columns, hidden ones too, and can have {COLUMNS_MAX}: show a hidden field instead of adding \
             another, or begin another table",
            known.len()
        )));
    }
    let others = new.split_last().map_or(&[][..], |(_, others)| others);
    let written = if write_columns(tx, place, others)? { others.len() } else { 0 };
    for (name, of) in &new[written..] {
        tx.execute_batch(&format!("ALTER TABLE {} ADD COLUMN {name} {of}", place.name))?;
    }
    Ok(new.into_iter().map(|(name, _)| name.clone()).collect())
}

/// Writes columns into the text of a table of ours at once, if they are many: each `ALTER TABLE` looks through every row of
/// a STRICT table, which takes 50 ms for 100,000. An `ALTER TABLE` has to follow: it looks for all of them, and has every
/// connection read the schema anew.
fn write_columns(tx: &Tx, place: &Place, columns: &[&(String, &str)]) -> Result<bool, Error> {
    if place.is_adopted() || columns.is_empty() {
        return Ok(false);
    }
    let text: String = columns.iter().map(|(name, of)| format!(", {name} {of}")).collect();
    tx.execute_batch("PRAGMA writable_schema = ON")?;
    let written = tx.execute(
        "UPDATE sqlite_schema SET sql = substr(sql, 1, length(sql) - length(?2)) || ?3 || ?2 \
         WHERE type = 'table' AND name = ?1 AND substr(sql, -length(?2)) = ?2",
        params![place.name, ") STRICT", text],
    );
    tx.execute_batch("PRAGMA writable_schema = RESET")?;
    Ok(written? == 1)
}

/// Makes the places of the values of fields of one table.
pub fn add(tx: &Tx, place: &Place, fields: &[&Field]) -> Result<(), Error> {
    let mut wanted = Vec::new();
    for field in fields {
        let Some(column) = place.columns.get(&field.key) else { continue };
        let of = column_type(field.kind);
        match column.shape {
            Shape::Json => {}
            Shape::Rows => tx.execute_batch(&format!(
                "CREATE TABLE IF NOT EXISTS {0}(rec INTEGER NOT NULL, pos INTEGER NOT NULL, val {of} NOT NULL, \
                 PRIMARY KEY(rec, pos)) STRICT, WITHOUT ROWID; \
                 CREATE INDEX IF NOT EXISTS {0}_val ON {0}(val, rec)",
                column.name
            ))?,
            Shape::One => wanted.push((column.name.clone(), of)),
        }
        wanted.extend(column.sort.iter().map(|sort| (sort.clone(), "TEXT")));
        wanted.extend(column.unique.iter().map(|unique| (unique.clone(), "TEXT")));
    }
    let new = add_columns(tx, place, &wanted)?;
    for field in fields {
        let Some(column) = place.columns.get(&field.key) else { continue };
        // What stood there while the column had no order is put in order; a new column holds nothing.
        if let Some(sort) = column.sort.as_ref().filter(|_| !new.contains(&column.name)) {
            refill(tx, place, field, sort, sort_text)?;
        }
        // Roll-ups and lists of what belongs to a record go along links.
        if field.kind == Kind::Link && column.shape == Shape::One {
            let (table, column) = (&place.name, &column.name);
            tx.execute_batch(&format!(
                "CREATE INDEX IF NOT EXISTS {table}_of_{column} ON {table}({column}) WHERE {column} IS NOT NULL"
            ))?;
        }
    }
    Ok(())
}

/// Fills the column that stands beside a field's.
fn refill(
    tx: &Tx,
    place: &Place,
    field: &Field,
    beside: &str,
    of: impl Fn(&crate::records::Value) -> Option<String>,
) -> Result<(), Error> {
    let Some(column) = place.columns.get(&field.key) else { return Ok(()) };
    let (table, name) = (&place.name, &column.name);
    tx.execute(
        &format!("UPDATE {table} SET {beside} = NULL WHERE {name} IS NULL AND {beside} IS NOT NULL"),
        [],
    )?;
    let mut update =
        tx.prepare(&format!("UPDATE {table} SET {beside} = ?1 WHERE id = ?2 AND {beside} IS NOT ?1"))?;
    for (id, value) in values(tx, place, field)? {
        update.execute(params![of(&value), id])?;
    }
    Ok(())
}

/// So many records are put into an index at once; more, when nobody waits for the definition.
const AT_ONCE_MAX: i64 = 10_000;

/// Whether a table has so many records that its indexes are built later.
pub fn is_large(tx: &Tx, place: &Place) -> Result<bool, Error> {
    let newest = format!("SELECT coalesce(max(id), 0) FROM {}", place.name);
    Ok(tx.query_row(&newest, [], |row| row.get::<_, i64>(0))? > AT_ONCE_MAX)
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
            "CREATE INDEX IF NOT EXISTS {} ON {table}({column})",
            index_of(place, column)
        ))?;
    }
    Ok(())
}

/// What the index is called in whose order a column stands.
pub fn index_of(place: &Place, column: &str) -> String {
    format!("{}_by_{column}", place.name)
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
    add_columns(tx, place, &[(column.clone(), "TEXT")])?;
    refill(tx, place, field, column, |value| Some(value.key()))?;
    let mut known: BTreeMap<String, i64> = BTreeMap::new();
    let mut twice = Vec::new();
    let deleted = format!("SELECT deleted_ms IS NOT NULL FROM {table} WHERE id = ?");
    for (id, value) in values(tx, place, field)? {
        let key = value.key();
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
        "CREATE UNIQUE INDEX IF NOT EXISTS {table}_{column} ON {table}({column}) \
         WHERE {column} IS NOT NULL AND deleted_ms IS NULL"
    ))?;
    Ok(None)
}

/// The number of a field of a table.
pub fn number(tx: &Tx, place: &Place, key: &str) -> Result<Option<FieldNumber>, Error> {
    let number = "SELECT number FROM record_fields WHERE tbl = ? AND key = ?";
    Ok(tx.query_row(number, params![place.number, key], |row| row.get(0).map(FieldNumber)).optional()?)
}

/// The key of a field, if it is one of that table.
pub fn key(tx: &Tx, place: &Place, number: FieldNumber) -> Result<Option<String>, Error> {
    let key = "SELECT key FROM record_fields WHERE tbl = ? AND number = ?";
    Ok(tx.query_row(key, params![place.number, number.0], |row| row.get(0)).optional()?)
}

/// Values may stand twice again.
pub fn drop_unique(tx: &Tx, place: &Place, key: &str) -> Result<(), Error> {
    if let Some(FieldNumber(number)) = number(tx, place, key)? {
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
