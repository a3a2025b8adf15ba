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

/// Records that are looked at one by one where some fields are hidden from who looks.
const LOOKED_AT_MAX: usize = 2_000;

/// Puts the words of a record in place of those that were there.
pub fn put(tx: &Tx, place: &Place, table: &Table, id: i64, values: &Values) -> Result<(), Error> {
    forget(tx, place.number, id)?;
    let words = words(table, values).join(" ");
    if !words.is_empty() {
        tx.prepare_cached("INSERT INTO record_words(rowid, words) VALUES (?, ?)")?
            .execute(params![place.number * RECORDS + id, words])?;
    }
    Ok(())
}

pub fn forget(tx: &Tx, table: i64, id: i64) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM record_words WHERE rowid = ?")?.execute([table * RECORDS + id])?;
    Ok(())
}

/// Takes the words of what was forgotten out of the index: until its parts are put together they stand there still.
pub fn scrub(tx: &Tx) -> Result<(), Error> {
    tx.execute("INSERT INTO record_words(record_words) VALUES ('optimize')", [])?;
    Ok(())
}

/// What holds for the records in which a text is found; begins with ` AND`.
pub fn found(db: &Connection, sql: &mut Sql, table: &Table, text: &str) -> Result<String, RecordError> {
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
