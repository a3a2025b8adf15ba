//! Erasure: what was kept about somebody leaves values, history, events and search words.

use rusqlite::types::Value as Cell;
use rusqlite::{params, params_from_iter};

use super::layout::{Place, Shape, load};
use super::search;
use crate::records::Kind;
use crate::store::{Error, Tx};

/// The table of clients, whose own row is emptied by whoever erases the client.
const CLIENTS: &str = "clients";

/// Erases what is kept of a client: its record's history, and every record that belongs to it by a link.
///
/// # Errors
/// The database refuses.
pub fn client(tx: &Tx, id: i64, now_ms: i64) -> Result<(), Error> {
    let tables = load(tx)?;
    for table in tables.laid.tables.values() {
        let Some(place) = tables.layout.places.get(&table.key) else { continue };
        if table.key == CLIENTS {
            wipe(tx, place, id, now_ms)?;
            forget_events(tx, &table.key, id)?;
        }
        let links = table
            .fields
            .iter()
            .filter(|field| field.kind == Kind::Link && !field.many && field.to.as_deref() == Some(CLIENTS));
        for link in links {
            let Some(column) = place.columns.get(&link.key) else { continue };
            let mut found =
                tx.prepare(&format!("SELECT id FROM {} WHERE {} = ?", place.name, column.name))?;
            let found = found.query_map([id], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
            for record in found {
                wipe(tx, place, record, now_ms)?;
                forget_events(tx, &table.key, record)?;
            }
        }
    }
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
            Shape::One if !place.is_adopted() || column.name.starts_with("c_") => {
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
    if !place.is_adopted() {
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

/// Events of a record, and their deliveries.
fn forget_events(tx: &Tx, table: &str, id: i64) -> Result<(), Error> {
    let which = "topic LIKE 'record.%' AND json_extract(body_json, '$.table') = ?1 AND json_extract(body_json, '$.id') = ?2";
    let deliveries = format!("DELETE FROM deliveries WHERE event IN (SELECT seq FROM events WHERE {which})");
    tx.execute(&deliveries, params![table, id])?;
    tx.execute(&format!("DELETE FROM events WHERE {which}"), params![table, id])?;
    Ok(())
}
