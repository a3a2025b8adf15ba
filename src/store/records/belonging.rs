//! Which records hang on a client: those that lead to it by links, directly or by way of others.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::Connection;
use serde_json::json;

use super::layout::{CLIENTS, Column, Place, Shape};
use super::{Tables, orders};
use crate::records::definition::{Kind, Table};
use crate::store::Error;

/// Links that are followed from a record to its clients.
const DEEP_MAX: usize = 6;

/// Records by table; deleted ones and those of hidden tables too.
type Records<'a> = BTreeMap<&'a str, BTreeSet<i64>>;

/// What hangs on a client.
#[derive(Debug, Default)]
pub struct Belonging<'a> {
    /// The client's own record, those with a link of their own to it, and those that lead to no other client.
    pub own: Records<'a>,
    /// Those that lead to others as well, such as a meeting of several.
    pub shared: Records<'a>,
    /// Contracts, invoices, payments and what belongs to them: books are kept by law, without the names.
    pub books: Records<'a>,
}

/// A field that leads from one table to another.
struct Link<'a> {
    from: &'a Table,
    to: &'a str,
    place: &'a Place,
    column: &'a Column,
}

/// What hangs on a client.
///
/// # Errors
/// The database cannot be read.
pub fn of_client<'a>(db: &Connection, tables: &'a Tables, id: i64) -> Result<Belonging<'a>, Error> {
    let links = links(tables);
    let mut found = Belonging::default();
    if tables.layout.places.contains_key(CLIENTS) {
        found.own.entry(CLIENTS).or_default().insert(id);
    }
    let mut fresh: Vec<(&str, Vec<i64>)> = vec![(CLIENTS, vec![id])];
    while let Some((table, ids)) = fresh.pop() {
        for link in links.iter().filter(|link| link.to == table && link.from.key != CLIENTS) {
            let from = link.from.key.as_str();
            let is_straight = table == CLIENTS && link.column.shape == Shape::One;
            let mut new = Vec::new();
            for record in link.leading_to(db, &ids)? {
                let is_known = |of: &Records| of.get(from).is_some_and(|known| known.contains(&record));
                if is_known(&found.own) || is_known(&found.books) {
                    continue;
                }
                if orders::keeps(from) {
                    found.books.entry(from).or_default().insert(record);
                    new.push(record);
                    continue;
                }
                let mut seen = HashSet::new();
                if is_straight || !leads_elsewhere(db, &links, (from, record), id, &mut seen, 0)? {
                    found.own.entry(from).or_default().insert(record);
                    new.push(record);
                } else {
                    found.shared.entry(from).or_default().insert(record);
                }
            }
            if !new.is_empty() {
                fresh.push((from, new));
            }
        }
    }
    // Whichever of its links was looked at first.
    for (table, own) in &found.own {
        if let Some(shared) = found.shared.get_mut(table) {
            shared.retain(|record| !own.contains(record));
        }
    }
    Ok(found)
}

fn links(tables: &Tables) -> Vec<Link<'_>> {
    let mut links = Vec::new();
    for from in tables.laid.tables.values() {
        let Some(place) = tables.layout.places.get(&from.key) else { continue };
        for field in from.fields.iter().filter(|field| field.kind == Kind::Link) {
            if let (Some(to), Some(column)) = (field.to.as_deref(), place.columns.get(&field.key)) {
                links.push(Link { from, to, place, column });
            }
        }
    }
    links
}

impl Link<'_> {
    /// The records that lead to any of these.
    fn leading_to(&self, db: &Connection, ids: &[i64]) -> Result<Vec<i64>, Error> {
        let (table, record, value) = self.names();
        let sql = format!("SELECT {record} FROM {table} WHERE {value} IN (SELECT value FROM json_each(?))");
        let mut found = db.prepare_cached(&sql)?;
        let found = found.query_map([json!(ids).to_string()], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Where a record leads.
    fn targets(&self, db: &Connection, id: i64) -> Result<Vec<i64>, Error> {
        let (table, record, value) = self.names();
        let sql = format!("SELECT {value} FROM {table} WHERE {record} = ? AND {value} IS NOT NULL");
        let mut found = db.prepare_cached(&sql)?;
        let found = found.query_map([id], |row| row.get(0))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    /// Table, and the columns of the record and of what it leads to.
    fn names(&self) -> (&str, &str, &str) {
        match self.column.shape {
            Shape::Rows => (&self.column.name, "rec", "val"),
            _ => (&self.place.name, "id", &self.column.name),
        }
    }
}

/// Whether a record leads to a client that is not this one.
fn leads_elsewhere<'a>(
    db: &Connection,
    links: &[Link<'a>],
    (table, record): (&'a str, i64),
    client: i64,
    seen: &mut HashSet<(&'a str, i64)>,
    deep: usize,
) -> Result<bool, Error> {
    if deep > DEEP_MAX || !seen.insert((table, record)) {
        return Ok(false);
    }
    for link in links.iter().filter(|link| link.from.key == table) {
        for target in link.targets(db, record)? {
            let is_elsewhere = match link.to {
                CLIENTS => target != client,
                to => leads_elsewhere(db, links, (to, target), client, seen, deep + 1)?,
            };
            if is_elsewhere {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
