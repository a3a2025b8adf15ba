//! What records hold about somebody: handed out; or erased, so that it leaves values, history, events and search words.

use std::collections::BTreeSet;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};
use serde_json::{Map, Value as Json, json};

use super::belonging;
use super::cell::kept;
use super::desk::reaches;
use super::layout::{ACTIONS, CLIENTS, CONTACTS, Place, Shape, load};
use super::read::whole;
use super::sql::Sql;
use super::{Now, StoredRecord, Tables, files, redact, search};
use crate::people::{Owner, Who};
use crate::records::{Table, Value};
use crate::store::{Error, Tx, idempotency, zone};
use crate::units::PersonId;

/// When nothing is asked of the clock; the days of deadlines end where the organisation is.
fn timeless(db: &Connection) -> Result<Now, Error> {
    Ok(Now { ms: 0, zone: zone::of(db)? })
}

/// Everything that records hold about a client: its own and those that hang on it, by table; of each as far as the role
/// reaches, and only when `may` says so of its owner.
///
/// # Errors
/// The database cannot be read.
pub fn of_client(db: &Connection, id: i64, who: &Who, may: impl Fn(Owner) -> bool) -> Result<Json, Error> {
    let tables = load(db)?;
    let now = timeless(db)?;
    let mut all = Map::new();
    let found = belonging::of_client(db, &tables, id)?;
    for (key, ids) in found.own.into_iter().chain(found.books) {
        let Some(table) = tables.laid.tables.get(key) else { continue };
        let reach = table.access(who.role).read;
        let sql = Sql::new(&tables, Some(who), now);
        let mut records = Vec::new();
        for id in ids {
            let record = whole(db, &tables, table, id, now).map_err(Error::from)?;
            if !may(owner_of(&record)) || !reaches(who, reach, record.owner, record.team) {
                continue;
            }
            let seen = record.values.iter().filter(|(key, _)| sql.sees(table, key));
            let values: Map<_, _> = seen.map(|(key, value)| (key.clone(), kept(value))).collect();
            let owner = record.owner.filter(|_| sql.sees(table, "owner")).map(|owner| owner.0);
            records.push(json!({ "id": id, "owner": owner, "values": values }));
        }
        all.insert(key.to_owned(), records.into());
    }
    Ok(all.into())
}

fn owner_of(record: &StoredRecord) -> Owner {
    Owner { person: record.owner, team: record.team }
}

/// Whether somebody may delete everything that would go with a client: the table says so, or `may` does of its owner.
///
/// # Errors
/// The database cannot be read.
pub fn may_go(db: &Connection, id: i64, who: &Who, may: impl Fn(Owner) -> bool) -> Result<bool, Error> {
    let tables = load(db)?;
    let now = timeless(db)?;
    let hanging = belonging::of_client(db, &tables, id)?.own.into_iter();
    for (key, ids) in hanging.filter(|(key, _)| *key != CLIENTS) {
        let Some(table) = tables.laid.tables.get(key) else { continue };
        let reach = table.access(who.role).delete;
        for id in ids {
            let record = whole(db, &tables, table, id, now).map_err(Error::from)?;
            if !reaches(who, reach, record.owner, record.team) && !may(owner_of(&record)) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The numbers of the records that a person looks after, by table.
///
/// # Errors
/// The database cannot be read.
pub fn of_person(db: &Connection, id: i64) -> Result<Json, Error> {
    let mut all = Map::new();
    for (key, place) in load(db)?.layout.places {
        let mut found = db.prepare(&format!("SELECT id FROM {} WHERE owner = ? ORDER BY id", place.name))?;
        let ids = found.query_map([id], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        all.insert(key, ids.into());
    }
    Ok(all.into())
}

/// Erases a client: its record's history, and every record that hangs on it; what others share keeps all but the names.
/// `names` are what the client was called.
///
/// # Errors
/// The database refuses.
pub fn client(tx: &Tx, id: i64, names: &[&str], now_ms: i64) -> Result<(), Error> {
    let tables = load(tx)?;
    let found = belonging::of_client(tx, &tables, id)?;
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    for (key, ids) in &found.own {
        let (Some(table), Some(place)) = (tables.laid.tables.get(*key), tables.layout.places.get(*key))
        else {
            continue;
        };
        for id in ids {
            if *key == CONTACTS {
                names.extend(called(tx, &tables, table, *id)?);
            }
            wipe(tx, place, *id, now_ms)?;
        }
        forget_events(tx, key, ids)?;
        idempotency::forget_records(tx, key, ids)?;
    }
    for kept in [&found.shared, &found.books] {
        redact::names(tx, &tables, kept, &names, &format!("erased {id}"))?;
    }
    for (key, ids) in found.shared.iter().chain(&found.books) {
        idempotency::forget_records(tx, key, ids)?;
    }
    Ok(())
}

/// What a record is called.
fn called(tx: &Tx, tables: &Tables, table: &Table, id: i64) -> Result<Option<String>, Error> {
    let mut record = whole(tx, tables, table, id, timeless(tx)?).map_err(Error::from)?;
    Ok(match table.title().and_then(|title| record.values.remove(&title.key)) {
        Some(Value::Text(name)) => Some(name),
        _ => None,
    })
}

/// Erases what a person was to do, and that they asked others.
///
/// # Errors
/// The database refuses.
pub fn actions_of(tx: &Tx, person: PersonId) -> Result<(), Error> {
    let places = load(tx)?.layout.places;
    let mut ids = tx.prepare("SELECT id FROM actions WHERE owner = ?")?;
    let ids = ids.query_map([person.0], |row| row.get(0))?.collect::<Result<BTreeSet<i64>, _>>()?;
    if let Some(place) = places.get(ACTIONS) {
        ids.iter().try_for_each(|id| wipe(tx, place, *id, 0))?;
    }
    forget_events(tx, ACTIONS, &ids)?;
    idempotency::forget_records(tx, ACTIONS, &ids)?;
    tx.execute("DELETE FROM actions WHERE owner = ?", [person.0])?;
    tx.execute("UPDATE actions SET created_by = NULL WHERE created_by = ?", [person.0])?;
    Ok(())
}

/// Empties a record: only its number, uid and owner stay.
fn wipe(tx: &Tx, place: &Place, id: i64, now_ms: i64) -> Result<(), Error> {
    let mut sets = Vec::new();
    for column in place.columns.values() {
        match column.shape {
            Shape::Rows => {
                tx.execute(&format!("DELETE FROM {} WHERE rec = ?", column.name), [id])?;
            }
            Shape::One if !place.is_clients() || column.name.starts_with("c_") => {
                let beside = [column.sort.as_ref(), column.unique.as_ref()];
                sets.extend(
                    std::iter::once(&column.name)
                        .chain(beside.into_iter().flatten())
                        .map(|name| format!("{name} = NULL")),
                );
            }
            _ => {}
        }
    }
    let mut cells = Vec::new();
    if !place.is_clients() {
        sets.push("deleted_ms = coalesce(deleted_ms, ?)".into());
        cells.push(Cell::Integer(now_ms));
    }
    cells.push(Cell::Integer(id));
    if !sets.is_empty() {
        let update = format!("UPDATE {} SET {} WHERE id = ?", place.name, sets.join(", "));
        tx.execute(&update, params_from_iter(&cells))?;
    }
    tx.execute("DELETE FROM record_history WHERE tbl = ? AND rec = ?", params![place.number, id])?;
    files::forget(tx, place.number, id)?;
    search::forget(tx, place.number, id)
}

/// Events of records, and their deliveries.
fn forget_events(tx: &Tx, table: &str, ids: &BTreeSet<i64>) -> Result<(), Error> {
    let which = "topic LIKE 'record.%' AND json_extract(body_json, '$.table') = ?1 \
                 AND json_extract(body_json, '$.id') IN (SELECT value FROM json_each(?2))";
    let ids = json!(ids).to_string();
    let deliveries = format!("DELETE FROM deliveries WHERE event IN (SELECT seq FROM events WHERE {which})");
    tx.execute(&deliveries, params![table, ids])?;
    tx.execute(&format!("DELETE FROM events WHERE {which}"), params![table, ids])?;
    Ok(())
}

#[cfg(test)]
mod tests;
