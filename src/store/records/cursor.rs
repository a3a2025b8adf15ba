//! Where a page ends: the sort values and the number of its last record, and what was asked, so that a place in one list
//! is never taken for one in another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::types::Value as Cell;
use serde_json::{Value as Json, json};

use super::read::{AT, seen};
use super::sql::Sql;
use super::{Query, RecordError};
use crate::records::Fault;
use crate::records::definition::{Field, Kind, Table};
use crate::records::fault::Code;
use crate::revisions::content_hash;
use crate::units::Words;

/// Options that are put in their order; records of longer lists stand by the options' keys.
const ORDERED_MAX: usize = 100;

/// What records are put in order by.
pub struct Key {
    pub sql: String,
    pub falls: bool,
}

/// The sort of a query.
pub fn keys(sql: &mut Sql, table: &Table, sort: &[(String, bool)]) -> Result<Vec<Key>, RecordError> {
    let mut keys = Vec::new();
    for (key, falls) in sort {
        let field = seen(sql, table, key, "sort")?;
        keys.push(Key { sql: in_order(sql, table, field), falls: *falls });
    }
    Ok(keys)
}

fn in_order(sql: &mut Sql, table: &Table, field: &Field) -> String {
    let place = sql.tables.layout.places.get(&table.key);
    let column = place.and_then(|place| place.columns.get(&field.key));
    if let Some(sort) = column.and_then(|column| column.sort.as_ref()) {
        return format!("{AT}.{sort}");
    }
    let value = sql.field(table, AT, &field.key);
    if !matches!(field.kind, Kind::Choice | Kind::Tree)
        || field.options.is_empty()
        || field.options.len() > ORDERED_MAX
    {
        return value;
    }
    let cases: String = field
        .options
        .iter()
        .enumerate()
        .map(|(at, option)| format!(" WHEN {} THEN {at}", sql.param(option.key.clone())))
        .collect();
    // What is no option any more comes after those that are.
    format!("(CASE WHEN {value} IS NULL THEN NULL ELSE CASE {value}{cases} ELSE {ORDERED_MAX} END END)")
}

/// What stands after ORDER BY; the keys are the columns from the second on.
pub fn order(keys: &[Key]) -> String {
    let mut order: Vec<_> = keys
        .iter()
        .enumerate()
        .map(|(at, key)| format!("{} {} NULLS LAST", at + 2, if key.falls { "DESC" } else { "ASC" }))
        .collect();
    order.push(if ends_falling(keys) { "1 DESC" } else { "1" }.into());
    order.join(", ")
}

/// Among equals the numbers run as the last key does, so that one index serves both.
fn ends_falling(keys: &[Key]) -> bool {
    keys.last().is_some_and(|key| key.falls)
}

/// What was asked, in short.
pub fn hash(table: &str, query: &Query) -> String {
    let filter = query.filter.as_ref().map(|filter| filter.text());
    let asked = json!([table, filter, query.sort, query.search, query.deleted]);
    content_hash(&asked.to_string()).chars().take(16).collect()
}

/// The end of a page as a text.
pub fn text(hash: &str, id: i64, cells: &[Cell]) -> String {
    let cells: Vec<_> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Integer(number) => json!(number),
            // Bit by bit: a decimal text may come back as its neighbour.
            Cell::Real(number) => json!([number.to_bits() as i64]),
            Cell::Text(text) => json!(text),
            _ => Json::Null,
        })
        .collect();
    URL_SAFE_NO_PAD.encode(json!([hash, id, cells]).to_string())
}

fn read(text: &str, hash: &str, keys: usize) -> Option<(i64, Vec<Cell>)> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let json: Json = serde_json::from_slice(&bytes).ok()?;
    let [asked, id, cells] = json.as_array()?.as_slice() else { return None };
    let cells = cells.as_array().filter(|cells| cells.len() == keys && asked.as_str() == Some(hash))?;
    let cell = |json: &Json| match json {
        Json::Number(number) => Cell::Integer(number.as_i64().unwrap_or_default()),
        Json::String(text) => Cell::Text(text.clone()),
        Json::Array(bits) => {
            Cell::Real(f64::from_bits(bits.first().and_then(Json::as_i64).unwrap_or_default() as u64))
        }
        _ => Cell::Null,
    };
    Some((id.as_i64()?, cells.iter().map(cell).collect()))
}

/// What holds for the records that come after; begins with ` AND`.
///
/// # Errors
/// The text is none of this question's.
pub fn after(sql: &mut Sql, keys: &[Key], text: &str, hash: &str) -> Result<String, RecordError> {
    let Some((id, cells)) = read(text, hash, keys.len()) else {
        let said = Words::new(
            "`after` 不是这个查询的下一页：从第一页开始",
            "`after` is no next page of this question: begin with the first page",
        );
        return Err(RecordError::Faults(vec![Fault { at: "after".into(), code: Code::BadValue, said }]));
    };
    let (mut ways, mut equal) = (Vec::new(), String::new());
    for (key, cell) in keys.iter().zip(cells) {
        let (is_missing, value) = (cell == Cell::Null, sql.param(cell));
        let sign = if key.falls { "<" } else { ">" };
        // What is missing comes last: after it nothing does.
        if !is_missing {
            ways.push(format!("({equal}({0} {sign} {value} OR {0} IS NULL))", key.sql));
        }
        equal += &format!("{} IS {value} AND ", key.sql);
    }
    let sign = if ends_falling(keys) { "<" } else { ">" };
    ways.push(format!("({equal}{AT}.id {sign} {})", sql.param(id)));
    Ok(format!(" AND ({})", ways.join(" OR ")))
}
