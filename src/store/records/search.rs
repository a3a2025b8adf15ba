//! The words of records in an index, and records by words.

use rusqlite::{Connection, params, params_from_iter};
use serde_json::json;

use super::RecordError;
use super::layout::Place;
use super::read::{AT, fetch};
use super::sql::Sql;
use crate::records::Values;
use crate::records::definition::{Kind, Table};
use crate::records::search::{Sought, matches, query, words};
use crate::store::{Error, Tx};

/// Records of one table have numbers below.
const RECORDS: i64 = 1 << 40;

/// Pages of the index that are written in one transaction: others wait for a few milliseconds.
const SETTLED_PAGES: i64 = 256;

/// Records that are looked at one by one where some fields are hidden from who looks.
const LOOKED_AT_MAX: usize = 2_000;

/// Puts the words of a record in place of those that were there.
pub fn put(tx: &Tx, place: &Place, table: &Table, id: i64, values: &Values) -> Result<(), Error> {
    forget(tx, place.number, id)?;
    insert(tx, place.number * RECORDS + id, &words(table, values).join(" "))
}

fn insert(tx: &Tx, row: i64, words: &str) -> Result<(), Error> {
    if !words.is_empty() {
        let insert = "INSERT INTO record_words(rowid, words) VALUES (?, ?)";
        tx.prepare_cached(insert)?.execute(params![row, words])?;
    }
    Ok(())
}

fn delete(tx: &Tx, row: i64) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM record_words WHERE rowid = ?")?.execute([row])?;
    Ok(())
}

pub fn forget(tx: &Tx, table: i64, id: i64) -> Result<(), Error> {
    let row = table * RECORDS + id;
    if may_wait(tx)? {
        tx.prepare_cached("DELETE FROM temp.waiting_words WHERE row = ?")?.execute([row])?;
    }
    delete(tx, row)
}

/// Lets words of records wait on this connection for the end of its transaction. FTS5 writes what it has gathered to the
/// database whenever a savepoint begins or ends: a piece for each of many small changes, where one for all is enough.
///
/// # Errors
/// SQLite refuses.
pub fn let_words_wait(tx: &Tx) -> rusqlite::Result<()> {
    tx.execute_batch(
        "CREATE TEMP TABLE waiting_words(row INTEGER PRIMARY KEY, words TEXT NOT NULL, is_new INTEGER NOT NULL) STRICT",
    )
}

fn may_wait(db: &Connection) -> Result<bool, Error> {
    let known = "SELECT 1 FROM temp.sqlite_schema WHERE name = 'waiting_words'";
    Ok(db.prepare_cached(known)?.exists([])?)
}

/// As [`put`], by the end of the transaction; of a new record there are none that were there.
pub fn put_soon(
    tx: &Tx,
    place: &Place,
    table: &Table,
    id: i64,
    values: &Values,
    is_new: bool,
) -> Result<(), Error> {
    if !may_wait(tx)? {
        return put(tx, place, table, id, values);
    }
    let (row, words) = (place.number * RECORDS + id, words(table, values).join(" "));
    let wait = "INSERT INTO temp.waiting_words(row, words, is_new) VALUES (?, ?, ?) \
                ON CONFLICT DO UPDATE SET words = excluded.words";
    tx.prepare_cached(wait)?.execute(params![row, words, is_new])?;
    Ok(())
}

/// Writes the words that wait; to be called before a commit.
///
/// # Errors
/// SQLite refuses.
pub fn write_waiting(tx: &Tx) -> Result<(), Error> {
    if !may_wait(tx)? {
        return Ok(());
    }
    let mut waiting = tx.prepare_cached("SELECT row, words, is_new FROM temp.waiting_words ORDER BY row")?;
    let mut rows = waiting.query([])?;
    let mut is_any = false;
    while let Some(found) = rows.next()? {
        let (row, is_new): (i64, bool) = (found.get(0)?, found.get(2)?);
        if !is_new {
            delete(tx, row)?;
        }
        insert(tx, row, found.get_ref(1)?.as_str().unwrap_or_default())?;
        is_any = true;
    }
    if is_any {
        tx.prepare_cached("DELETE FROM temp.waiting_words")?.execute([])?;
    }
    Ok(())
}

/// Writes a piece of the index anew, so that words of records that are gone stand in it no longer: until then they are
/// only passed over. Answers whether there is more to do.
pub fn settle_words(tx: &Tx, is_first: bool) -> Result<bool, Error> {
    // Negative: of all segments, not only when there are many (FTS5, `merge`).
    let pages = if is_first { -SETTLED_PAGES } else { SETTLED_PAGES };
    let before = tx.total_changes();
    tx.prepare_cached("INSERT INTO record_words(record_words, rank) VALUES ('merge', ?)")?
        .execute([pages])?;
    // Its own row is one change; a piece that was written is more.
    Ok(tx.total_changes() - before >= 2)
}

/// As [`settle_words`], to the end.
pub fn settle_all_words(tx: &Tx) -> Result<(), Error> {
    let mut more = settle_words(tx, true)?;
    while more {
        more = settle_words(tx, false)?;
    }
    Ok(())
}

/// What holds for the records in which a text is found; begins with ` AND`.
pub fn found(db: &Connection, sql: &mut Sql, table: &Table, text: &str) -> Result<String, RecordError> {
    // Who writes finds what was just written.
    write_waiting(db)?;
    let sought = query(text);
    let Some(place) = sql.tables.layout.places.get(&table.key).filter(|_| !sought.is_empty()) else {
        return Ok(" AND 0".into());
    };
    let first = place.number * RECORDS;
    let words = format!(
        "FROM record_words WHERE record_words MATCH {{}} AND rowid BETWEEN {first} AND {}",
        first + RECORDS - 1
    );
    let is_text = |kind| matches!(kind, Kind::Text | Kind::LongText | Kind::RichText | Kind::Phone);
    let hides = |field: &&crate::records::Field| {
        (is_text(field.kind) || field.kind.has_options()) && !sql.sees(table, &field.key)
    };
    if table.fields.iter().find(hides).is_none() {
        let words = words.replace("{}", &sql.param(matching(&sought)));
        return Ok(format!(" AND {AT}.id IN (SELECT rowid - {first} {words})"));
    }
    let ids = visible(db, sql, table, &words, first, &sought)?;
    Ok(format!(" AND {AT}.id IN (SELECT value FROM json_each({}))", sql.param(json!(ids).to_string())))
}

/// The records in which the text is found in fields that may be seen.
fn visible(
    db: &Connection,
    sql: &Sql,
    table: &Table,
    words_in: &str,
    first: i64,
    sought: &[Vec<Sought>],
) -> Result<Vec<i64>, RecordError> {
    let mut some = Sql::new(sql.tables, sql.who, sql.now);
    let words_in = words_in.replace("{}", &some.param(matching(sought)));
    let (reach, from) = (some.in_reach(table, AT), some.from(table, AT));
    let statement = format!(
        "SELECT {AT}.id FROM {from} WHERE {AT}.id IN (SELECT rowid - {first} {words_in}){reach} \
         ORDER BY {AT}.id DESC LIMIT {LOOKED_AT_MAX}"
    );
    let mut found = db.prepare_cached(&statement)?;
    let found = found.query_map(params_from_iter(&some.params), |row| row.get(0))?;
    let ids = found.collect::<Result<Vec<i64>, _>>()?;
    let fields = table
        .fields
        .iter()
        .filter(|field| !field.kind.is_computed() && !field.hidden && sql.sees(table, &field.key));
    let fields: Vec<_> = fields.collect();
    let records = fetch(db, Sql::new(sql.tables, sql.who, sql.now), table, &fields, &ids)?;
    let matching = records.iter().filter(|record| matches(&words(table, &record.values), sought));
    Ok(matching.map(|record| record.id).collect())
}

/// In the index's language: every group, each by any of its words.
fn matching(sought: &[Vec<Sought>]) -> String {
    let one = |sought: &Sought| {
        format!("\"{}\"{}", sought.word.replace('"', "\"\""), if sought.prefix { "*" } else { "" })
    };
    let group = |group: &Vec<Sought>| format!("({})", group.iter().map(one).collect::<Vec<_>>().join(" OR "));
    sought.iter().map(group).collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests;
