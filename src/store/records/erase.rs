//! What records hold about somebody: handed out; or erased, so that it leaves values, history, events and search words.

use std::collections::BTreeSet;

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};
use serde_json::{Map, Value as Json, json};

use super::cell::kept;
use super::layout::{ACTIONS, CLIENTS, Place, Shape, load};
use super::read::whole;
use super::{Now, Tables, search};
use crate::people::Owner;
use crate::records::{Kind, Table};
use crate::store::{Error, Tx, idempotency};
use crate::units::PersonId;

/// China's zone: where the days of deadlines end in what is handed out.
const UTC_OFFSET_MIN: i64 = 480;

/// Everything that records hold about a client: its own and those that belong to it by a link, by table; of each only
/// when `may` says so of its owner.
///
/// # Errors
/// The database cannot be read.
pub fn of_client(db: &Connection, id: i64, may: impl Fn(Owner) -> bool) -> Result<Json, Error> {
    let tables = load(db)?;
    let now = Now { ms: 0, utc_offset_min: UTC_OFFSET_MIN };
    let mut all = Map::new();
    for (table, _, ids) in belonging(db, &tables, id)? {
        let mut records = Vec::new();
        for id in ids {
            let record = whole(db, &tables, table, id, now).map_err(Error::from)?;
            if !may(Owner { person: record.owner, team: record.team }) {
                continue;
            }
            let values: Map<_, _> =
                record.values.iter().map(|(key, value)| (key.clone(), kept(value))).collect();
            records.push(json!({ "id": id, "owner": record.owner.map(|owner| owner.0), "values": values }));
        }
        all.insert(table.key.clone(), records.into());
    }
    Ok(all.into())
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

/// Erases what is kept of a client: its record's history, and every record that belongs to it by a link.
///
/// # Errors
/// The database refuses.
pub fn client(tx: &Tx, id: i64, now_ms: i64) -> Result<(), Error> {
    let tables = load(tx)?;
    for (table, place, ids) in belonging(tx, &tables, id)? {
        for id in ids {
            wipe(tx, place, id, now_ms)?;
            forget(tx, &table.key, id)?;
        }
    }
    search::scrub(tx)
}

/// Erases what a person was to do, and that they asked others.
///
/// # Errors
/// The database refuses.
pub fn actions_of(tx: &Tx, person: PersonId) -> Result<(), Error> {
    let places = load(tx)?.layout.places;
    let mut ids = tx.prepare("SELECT id FROM actions WHERE owner = ?")?;
    let ids = ids.query_map([person.0], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for id in ids {
        if let Some(place) = places.get(ACTIONS) {
            wipe(tx, place, id, 0)?;
        }
        forget(tx, ACTIONS, id)?;
    }
    tx.execute("DELETE FROM actions WHERE owner = ?", [person.0])?;
    tx.execute("UPDATE actions SET created_by = NULL WHERE created_by = ?", [person.0])?;
    search::scrub(tx)
}

type Belonging<'a> = (&'a Table, &'a Place, BTreeSet<i64>);

/// A client's own record, and those that lead to it, deleted ones and hidden tables too.
fn belonging<'a>(db: &Connection, tables: &'a Tables, id: i64) -> Result<Vec<Belonging<'a>>, Error> {
    let mut all = Vec::new();
    for table in tables.laid.tables.values() {
        let Some(place) = tables.layout.places.get(&table.key) else { continue };
        let mut ids = BTreeSet::new();
        if table.key == CLIENTS {
            ids.insert(id);
        }
        for link in table
            .fields
            .iter()
            .filter(|field| field.kind == Kind::Link && field.to.as_deref() == Some(CLIENTS))
        {
            let Some(column) = place.columns.get(&link.key).filter(|column| column.shape == Shape::One)
            else {
                continue;
            };
            let mut found =
                db.prepare(&format!("SELECT id FROM {} WHERE {} = ?", place.name, column.name))?;
            let found = found.query_map([id], |row| row.get(0))?;
            ids.extend(found.collect::<Result<Vec<i64>, _>>()?);
        }
        all.push((table, place, ids));
    }
    Ok(all)
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
    search::forget(tx, place.number, id)
}

/// Events of a record, their deliveries, and answers that were kept about it.
fn forget(tx: &Tx, table: &str, id: i64) -> Result<(), Error> {
    let which = "topic LIKE 'record.%' AND json_extract(body_json, '$.table') = ?1 AND json_extract(body_json, '$.id') = ?2";
    let deliveries = format!("DELETE FROM deliveries WHERE event IN (SELECT seq FROM events WHERE {which})");
    tx.execute(&deliveries, params![table, id])?;
    tx.execute(&format!("DELETE FROM events WHERE {which}"), params![table, id])?;
    idempotency::forget(tx, "record", &id.to_string())
}
