//! A client that is deleted leaves its name to others: its row holds another one meanwhile, and its own stands in its
//! history. Only a client on which nothing hangs is deleted; all others are erased.

use rusqlite::types::Value as Cell;
use serde_json::json;

use super::cell::cell;
use super::desk::Desk;
use super::layout::CLIENTS;
use super::{Done, RecordError, StoredRecord, belonging, checks, history};
use crate::store::Error;

const NAME: &str = "name";

/// What the row of a deleted client holds in place of its name; nothing for other tables.
///
/// # Errors
/// Something hangs on it.
pub fn leave(desk: &Desk, record: &StoredRecord) -> Result<Vec<(String, Cell)>, RecordError> {
    if !desk.place.is_clients() {
        return Ok(Vec::new());
    }
    if hangs(desk, record.id)? {
        let rule =
            "calls, visits, sites or records hang on this client: erase it with all of them, or keep it";
        return Err(Error::Conflict(rule.into()).into());
    }
    history::put(desk, record.id, Done::Changed, Some((NAME, record.values.get(NAME), None)))?;
    Ok(vec![(NAME.into(), Cell::Text(format!("deleted {}", record.uid)))])
}

/// The name under which a deleted client comes back, which its record has again; nothing for other tables.
///
/// # Errors
/// The database cannot be read.
pub fn come_back(desk: &Desk, record: &mut StoredRecord) -> Result<Vec<(String, Cell)>, RecordError> {
    if !desk.place.is_clients() {
        return Ok(Vec::new());
    }
    let kept = history::before(desk.tx, desk.place.number, record.id, NAME, None)?;
    let name = kept.and_then(|kept| checks::holds(desk.table, NAME)?.json(&kept, desk.actor.zone));
    let Some(name) = name else { return Ok(Vec::new()) };
    history::put(desk, record.id, Done::Changed, Some((NAME, None, Some(&name))))?;
    let columns = vec![(NAME.to_owned(), cell(&name, desk.actor.zone))];
    record.values.insert(NAME.into(), name);
    Ok(columns)
}

/// Whether something hangs on a client that is not deleted itself.
fn hangs(desk: &Desk, id: i64) -> Result<bool, Error> {
    let beside = "SELECT EXISTS(SELECT 1 FROM calls WHERE client = ?1) OR EXISTS(SELECT 1 FROM visits WHERE client = ?1) \
                  OR EXISTS(SELECT 1 FROM sites WHERE client = ?1)";
    if desk.tx.prepare_cached(beside)?.query_row([id], |row| row.get(0))? {
        return Ok(true);
    }
    let found = belonging::of_client(desk.tx, desk.tables, id)?;
    for (key, ids) in found.own.iter().chain(&found.shared).filter(|(key, _)| **key != CLIENTS) {
        let Some(place) = desk.tables.layout.places.get(*key) else { continue };
        let there = format!(
            "SELECT 1 FROM {} WHERE deleted_ms IS NULL AND id IN (SELECT value FROM json_each(?))",
            place.name
        );
        if desk.tx.prepare_cached(&there)?.exists([json!(ids).to_string()])? {
            return Ok(true);
        }
    }
    Ok(false)
}
