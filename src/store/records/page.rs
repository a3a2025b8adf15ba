//! A page of a query: the first records that are meant, in order.

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params_from_iter};

use super::cursor::{self, Key};
use super::read::{AT, fetch, readable, shown};
use super::sql::Sql;
use super::which::which;
use super::{LIMIT_MAX, Now, Page, Query, RecordError, Tables, columns};
use crate::people::Who;
use crate::records::definition::Table;

/// Records that are looked at along an index before all are.
const LOOKED_AT: usize = 1_000;

/// The records of a query, a page at a time.
///
/// # Errors
/// There is no such table, the role may not read it, or the query names what is not there.
pub fn page(
    db: &Connection,
    tables: &Tables,
    who: &Who,
    key: &str,
    query: &Query,
    now: Now,
) -> Result<Page, RecordError> {
    let table = readable(tables, who, key)?;
    let mut sql = Sql::new(tables, Some(who), now);
    let fields = shown(&sql, table, query.fields.as_deref())?;
    let which = which(db, &mut sql, table, query)?;
    let keys = cursor::keys(&mut sql, table, &query.sort)?;
    let hash = cursor::hash(key, query);
    let after = match &query.after {
        Some(after) => cursor::after(&mut sql, &keys, after, &hash)?,
        None => String::new(),
    };
    let limit = query.limit.clamp(1, LIMIT_MAX) as usize;
    let asked = Asked {
        from: sql.from(table, AT),
        which,
        after,
        few: query.filter.is_some() || query.search.is_some(),
    };
    let mut found = first(db, &sql, table, &asked, &keys, limit + 1)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(id, cells)| cursor::text(&hash, *id, cells));
    let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
    Ok(Page { items: fetch(db, Sql::new(tables, Some(who), now), table, &fields, &ids)?, next })
}

/// Where records stand and which of them are meant.
struct Asked {
    from: String,
    which: String,
    /// What holds for those behind the page before; begins with ` AND` where there is one.
    after: String,
    /// They may be few among many.
    few: bool,
}

/// The number of a record, and the values by which it stands in order.
type InOrder = (i64, Vec<Cell>);

/// The first of those that are meant, in order.
///
/// Where there is an index in that order, those that come first are looked at along it. When too few of them are meant, it
/// is quicker to look at all as they lie: along the index each costs a way through the table.
fn first(
    db: &Connection,
    sql: &Sql,
    table: &Table,
    asked: &Asked,
    keys: &[Key],
    limit: usize,
) -> Result<Vec<InOrder>, RecordError> {
    let Asked { from, which, after, .. } = asked;
    let order = cursor::order(keys);
    let plain: String = keys.iter().map(|key| format!(", {}", key.sql)).collect();
    if !asked.few {
        let all =
            format!("SELECT {AT}.id{plain} FROM {from} WHERE {which}{after} ORDER BY {order} LIMIT {limit}");
        return places(db, sql, keys.len(), &all);
    }
    if let Some(along) = along_index(db, sql, table, keys)? {
        let some = format!(
            "SELECT {AT}.id{plain} FROM (SELECT * FROM {from} WHERE {AT}.deleted_ms IS NULL{after} ORDER BY {along} \
             LIMIT {LOOKED_AT}) AS {AT} WHERE {which}{after} ORDER BY {order} LIMIT {limit}"
        );
        let found = places(db, sql, keys.len(), &some)?;
        if found.len() == limit {
            return Ok(found);
        }
    }
    // A sign before a column keeps SQLite from walking along its index.
    let keys_sql: String = keys.iter().map(|key| format!(", +{}", key.sql)).collect();
    let all =
        format!("SELECT {AT}.id{keys_sql} FROM {from} WHERE {which}{after} ORDER BY {order} LIMIT {limit}");
    places(db, sql, keys.len(), &all)
}

fn places(db: &Connection, sql: &Sql, keys: usize, statement: &str) -> Result<Vec<InOrder>, RecordError> {
    let mut found = db.prepare_cached(statement)?;
    let found = found.query_map(params_from_iter(&sql.params), |row| {
        let cells = (1..=keys).map(|at| row.get(at)).collect::<Result<_, _>>()?;
        Ok((row.get(0)?, cells))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The order of a single key for which there is an index.
fn along_index(
    db: &Connection,
    sql: &Sql,
    table: &Table,
    keys: &[Key],
) -> Result<Option<String>, RecordError> {
    let place = sql.tables.layout.places.get(&table.key);
    let ([key], Some(place)) = (keys, place) else { return Ok(None) };
    let Some(column) = key.sql.strip_prefix(AT).and_then(|column| column.strip_prefix('.')) else {
        return Ok(None);
    };
    let index = columns::index_of(place, column);
    let known = "SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?";
    if !db.prepare_cached(known)?.exists([index])? {
        return Ok(None);
    }
    let way = if key.falls { "DESC" } else { "ASC" };
    Ok(Some(format!("{AT}.{column} {way} NULLS LAST, {AT}.id {way}")))
}
