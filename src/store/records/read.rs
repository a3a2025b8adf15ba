//! Records as they are asked for: a page, one, how many, sums. Whatever the role of who asks may not see is neither shown
//! nor asked about.

use rusqlite::{Connection, Row, params_from_iter};
use serde_json::json;

use super::cell::{Holds, cell};
use super::sql::Sql;
use super::{Now, RecordError, StoredRecord, Tables, tree};
use crate::people::{Reach, Who};
use crate::records::definition::{Field, Table};
use crate::records::query::Question;
use crate::records::{Fault, Value};
use crate::store::Error;
use crate::units::{PersonId, TeamId, Zone};

/// The record that is asked about.
pub const AT: &str = "t";

pub fn table<'a>(tables: &'a Tables, key: &str) -> Result<&'a Table, RecordError> {
    tables.set.tables.get(key).ok_or_else(|| RecordError::NoSuchTable(key.chars().take(40).collect()))
}

/// A table that who asks may read at all.
pub fn readable<'a>(tables: &'a Tables, who: &Who, key: &str) -> Result<&'a Table, RecordError> {
    let table = table(tables, key)?;
    match table.access(who.role).read {
        Reach::Nothing => Err(who.may_not("read these records").into()),
        _ => Ok(table),
    }
}

/// A field that who asks may see; `at` says where it was named.
pub fn seen<'a>(sql: &Sql, table: &'a Table, key: &str, at: &str) -> Result<&'a Field, RecordError> {
    let field = table.field(key).filter(|field| !field.hidden && sql.sees(table, key));
    field.ok_or_else(|| {
        let near = table.nearest(key).filter(|near| sql.sees(table, near));
        RecordError::Faults(vec![Fault { at: at.to_owned(), ..Fault::unknown_field(key, near) }])
    })
}

/// A filter, if who asks may see all that it names.
pub fn asked(sql: &mut Sql, table: &Table, filter: &Question) -> Result<String, RecordError> {
    if let Some(key) = sql.unseen(filter, table) {
        return Err(RecordError::Faults(vec![Fault {
            at: "filter".into(),
            ..Fault::unknown_field(&key, None)
        }]));
    }
    Ok(format!(" AND {}", tree::holds(sql, filter.tree(), filter.names(), AT, &table.key)))
}

/// The fields to show: those that are asked for, else all that may be seen.
pub fn shown<'a>(
    sql: &Sql,
    table: &'a Table,
    wanted: Option<&[String]>,
) -> Result<Vec<&'a Field>, RecordError> {
    let Some(wanted) = wanted else {
        let all = table.fields.iter().filter(|field| !field.hidden && sql.sees(table, &field.key));
        return Ok(all.collect());
    };
    let mut fields = Vec::new();
    for key in wanted {
        let field = seen(sql, table, key, "fields")?;
        // What every table has stands beside the values.
        if table.own(key).is_some() {
            fields.push(field);
        }
    }
    Ok(fields)
}

/// Those records in that order, deleted or not; of each those fields.
pub fn fetch(
    db: &Connection,
    mut sql: Sql,
    table: &Table,
    fields: &[&Field],
    ids: &[i64],
) -> Result<Vec<StoredRecord>, RecordError> {
    let mut columns = String::new();
    let mut holds = Vec::new();
    for field in fields {
        columns += &format!(", {}", sql.field(table, AT, &field.key));
        holds.push((field.key.as_str(), sql.holds(table, field)));
    }
    let ids_json = sql.param(json!(ids).to_string());
    let statement = format!(
        "SELECT {AT}.id, coalesce({AT}.uid, ''), {AT}.version, {AT}.owner, \
         (SELECT team FROM people WHERE id = {AT}.owner), {AT}.created_ms, {AT}.created_by, \
         coalesce({AT}.changed_ms, {AT}.created_ms), {AT}.deleted_ms{columns} \
         FROM {} WHERE {AT}.id IN (SELECT value FROM json_each({ids_json}))",
        sql.from(table, AT)
    );
    let mut found = db.prepare_cached(&statement)?;
    let zone = sql.now.zone;
    let found = found.query_map(params_from_iter(&sql.params), |row| record(row, &holds, zone))?;
    let mut found = found.collect::<Result<Vec<_>, _>>()?;
    found.sort_by_key(|record| ids.iter().position(|id| *id == record.id));
    Ok(found)
}

fn record(row: &Row, holds: &[(&str, Option<Holds>)], zone: Zone) -> rusqlite::Result<StoredRecord> {
    let mut values = crate::records::Values::new();
    for (at, (key, holds)) in holds.iter().enumerate() {
        let Some(holds) = holds else { continue };
        if let Some(value) = holds.read(row.get_ref(9 + at)?, zone) {
            values.insert((*key).to_owned(), value);
        }
    }
    Ok(StoredRecord {
        id: row.get(0)?,
        uid: row.get(1)?,
        version: row.get(2)?,
        owner: row.get::<_, Option<i64>>(3)?.map(PersonId),
        team: row.get::<_, Option<i64>>(4)?.map(TeamId),
        created_ms: row.get(5)?,
        created_by: row.get::<_, Option<i64>>(6)?.map(PersonId),
        changed_ms: row.get(7)?,
        deleted_ms: row.get(8)?,
        values,
    })
}

/// One record, also a deleted one: see its `deleted_ms`.
///
/// # Errors
/// There is no such table or no such record in reach.
pub fn one(
    db: &Connection,
    tables: &Tables,
    who: &Who,
    key: &str,
    id: i64,
    now: Now,
) -> Result<StoredRecord, RecordError> {
    let table = readable(tables, who, key)?;
    let mut sql = Sql::new(tables, Some(who), now);
    let (number, from) = (sql.param(id), sql.from(table, AT));
    let statement = format!("SELECT 1 FROM {from} WHERE {AT}.id = {number}{}", sql.in_reach(table, AT));
    if !db.prepare_cached(&statement)?.exists(params_from_iter(&sql.params))? {
        return Err(Error::Missing("record").into());
    }
    let sql = Sql::new(tables, Some(who), now);
    let fields = shown(&sql, table, None)?;
    fetch(db, sql, table, &fields, &[id])?.pop().ok_or_else(|| Error::Missing("record").into())
}

/// All that is written in a record, whoever asks.
pub fn whole(
    db: &Connection,
    tables: &Tables,
    table: &Table,
    id: i64,
    now: Now,
) -> Result<StoredRecord, RecordError> {
    let fields: Vec<_> = table.fields.iter().filter(|field| !field.kind.is_computed()).collect();
    let found = fetch(db, Sql::new(tables, None, now), table, &fields, &[id])?.pop();
    found.ok_or_else(|| Error::Missing("record").into())
}

/// The numbers of the records in reach that have this value; two of them at most, so that one can tell that there are
/// several.
///
/// # Errors
/// As [`super::page()`].
pub fn find(
    db: &Connection,
    tables: &Tables,
    who: &Who,
    key: &str,
    field: &str,
    value: &Value,
    now: Now,
) -> Result<Vec<i64>, RecordError> {
    let table = readable(tables, who, key)?;
    let mut sql = Sql::new(tables, Some(who), now);
    seen(&sql, table, field, field)?;
    let column = tables.layout.places.get(key).and_then(|place| place.columns.get(field));
    let is = match column.and_then(|column| column.unique.as_ref()) {
        Some(unique) => format!("{AT}.{unique} = {}", sql.param(value.key())),
        None => {
            let value = sql.param(cell(value, now.zone));
            format!("{} = {value}", sql.field(table, AT, field))
        }
    };
    let (reach, from) = (sql.reach(table, AT), sql.from(table, AT));
    let statement = format!("SELECT {AT}.id FROM {from} WHERE {is} AND {reach} ORDER BY {AT}.id LIMIT 2");
    let mut found = db.prepare_cached(&statement)?;
    let found = found.query_map(params_from_iter(&sql.params), |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
