//! What changed in a record, when, by whom and why. Only what changed is kept, for as long as the record is.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value as Json;

use super::cell::kept;
use super::desk::Desk;
use super::sql::Sql;
use super::{Cause, Done, Entry, Now, RecordError, Tables, checks, read};
use crate::people::Who;
use crate::records::Value;
use crate::records::definition::Table;
use crate::store::Error;

/// Entries of one record that are shown.
const ENTRIES_MAX: u32 = 10_000;

/// A field, and what stood there before and after.
pub type Field<'a> = (&'a str, Option<&'a Value>, Option<&'a Value>);

pub fn put(desk: &Desk, id: i64, done: Done, field: Option<Field>) -> Result<(), Error> {
    let text = |value: Option<&Value>| value.map(|value| kept(value).to_string());
    let (field, before, after) =
        field.map_or((None, None, None), |(field, before, after)| (Some(field), text(before), text(after)));
    desk.tx
        .prepare_cached(
            "INSERT INTO record_history(tbl, rec, at_ms, actor, cause, deed, field, before_json, after_json) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            desk.place.number,
            id,
            desk.actor.now_ms,
            desk.actor.name,
            desk.actor.cause.text(),
            done.name(),
            field,
            before,
            after
        ])?;
    Ok(())
}

/// What happened to a record, oldest first, of the fields that who asks may see; of a deleted one too.
///
/// # Errors
/// There is no such table or no such record in reach.
pub fn history(
    db: &Connection,
    tables: &Tables,
    who: &Who,
    key: &str,
    id: i64,
    now: Now,
) -> Result<Vec<Entry>, RecordError> {
    read::one(db, tables, who, key, id, now)?;
    let table = read::table(tables, key)?;
    let number = tables.layout.places.get(key).map(|place| place.number);
    let sql = Sql::new(tables, Some(who), now);
    let mut found = db.prepare_cached(
        "SELECT id, at_ms, actor, cause, deed, field, before_json, after_json FROM record_history \
         WHERE tbl = ? AND rec = ? ORDER BY id LIMIT ?",
    )?;
    let mut rows = found.query(params![number, id, ENTRIES_MAX])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let is_seen =
            |key: &String| table.field(key).is_some_and(|field| !field.hidden) && sql.sees(table, key);
        entries.extend(entry(row, table, now)?.filter(|entry| entry.field.as_ref().is_none_or(is_seen)));
    }
    Ok(entries)
}

/// What one cause did to the records of a table, oldest first, with the number of each record; of all fields.
///
/// # Errors
/// There is no such table.
pub fn of_cause(
    db: &Connection,
    tables: &Tables,
    key: &str,
    cause: &Cause,
    now: Now,
) -> Result<Vec<(i64, Entry)>, RecordError> {
    let table = read::table(tables, key)?;
    let number = tables.layout.places.get(key).map(|place| place.number);
    let mut found = db.prepare_cached(
        "SELECT id, at_ms, actor, cause, deed, field, before_json, after_json, rec FROM record_history \
         WHERE tbl = ? AND cause = ? ORDER BY id",
    )?;
    let mut rows = found.query(params![number, cause.text()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let record: i64 = row.get(8)?;
        entries.extend(entry(row, table, now)?.map(|entry| (record, entry)));
    }
    Ok(entries)
}

fn entry(row: &Row, table: &Table, now: Now) -> rusqlite::Result<Option<Entry>> {
    let (deed, field): (String, Option<String>) = (row.get(4)?, row.get(5)?);
    let Some(deed) = Done::from_name(&deed) else { return Ok(None) };
    let holds = field.as_deref().and_then(|key| checks::holds(table, key));
    let value = |text: Option<String>| {
        let json: Json = serde_json::from_str(&text?).ok()?;
        holds?.json(&json, now.zone)
    };
    Ok(Some(Entry {
        id: row.get(0)?,
        at_ms: row.get(1)?,
        actor: row.get(2)?,
        cause: row.get(3)?,
        deed,
        field,
        before: value(row.get(6)?),
        after: value(row.get(7)?),
    }))
}

/// What stood in a field before an entry, or before the newest one.
pub fn before(
    db: &Connection,
    table: i64,
    id: i64,
    field: &str,
    from: Option<i64>,
) -> Result<Option<Json>, Error> {
    let mut found = db.prepare_cached(
        "SELECT before_json FROM record_history WHERE tbl = ?1 AND rec = ?2 AND field = ?3 \
         AND (?4 IS NULL OR id = ?4) ORDER BY id DESC LIMIT 1",
    )?;
    let found = found.query_row(params![table, id, field, from], |row| row.get::<_, Option<String>>(0));
    let text = found.optional()?.ok_or(Error::Missing("change of this field"))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}
