//! Which records are meant: those in reach that a filter and a text pick out, and how many.

use rusqlite::{Connection, params_from_iter};

use super::read::{AT, asked, readable};
use super::sql::Sql;
use super::{Now, Query, RecordError, Tables, search};
use crate::people::Who;
use crate::records::definition::Table;

/// What holds for the records that are meant, but for their order.
pub fn which(db: &Connection, sql: &mut Sql, table: &Table, query: &Query) -> Result<String, RecordError> {
    let mut which = match query.deleted {
        true => format!("{AT}.deleted_ms IS NOT NULL{}", sql.in_reach(table, AT)),
        false => sql.reach(table, AT),
    };
    if let Some(filter) = &query.filter {
        which += &asked(sql, table, filter)?;
    }
    if let Some(text) = query.search.as_deref().filter(|text| !text.trim().is_empty()) {
        which += &search::found(db, sql, table, text)?;
    }
    Ok(which)
}

/// How many records there are, counted up to `up_to`; of the query, filter, search and deleted count.
///
/// # Errors
/// As [`super::page()`].
pub fn count(
    db: &Connection,
    tables: &Tables,
    who: &Who,
    key: &str,
    query: &Query,
    now: Now,
    up_to: u32,
) -> Result<u32, RecordError> {
    let table = readable(tables, who, key)?;
    let mut sql = Sql::new(tables, Some(who), now);
    let which = which(db, &mut sql, table, query)?;
    let from = sql.from(table, AT);
    let statement = format!("SELECT count(*) FROM (SELECT 1 FROM {from} WHERE {which} LIMIT {up_to})");
    Ok(db.prepare_cached(&statement)?.query_row(params_from_iter(&sql.params), |row| row.get(0))?)
}
