//! New records.

use rusqlite::OptionalExtension;
use serde_json::{Map, Value as Json};

use super::cell::person_of;
use super::desk::Desk;
use super::layout::in_force;
use super::{Actor, RecordError, StoredRecord, Tables, after, checks, files, guards, orders};
use crate::records::Values;
use crate::records::change::after as changed_values;
use crate::store::{Error, Tx};

/// Makes a record. The same uid again gives the record that it made, unchanged.
///
/// # Errors
/// The role may not, faults by field, or the store's.
pub fn create(
    tx: &Tx,
    tables: &Tables,
    actor: &Actor,
    key: &str,
    uid: Option<&str>,
    values: &Map<String, Json>,
) -> Result<StoredRecord, RecordError> {
    let tables = &in_force(tx, tables)?;
    let desk = Desk::at(tx, tables, actor, key)?;
    let made = made(&desk, uid, values)?;
    desk.shown(made.id)
}

/// A record that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub id: i64,
    /// It was not there before.
    pub is_new: bool,
    pub is_deleted: bool,
}

/// As [`create`], for who makes many and looks at none.
///
/// # Errors
/// As [`create`].
pub fn create_unseen(
    tx: &Tx,
    tables: &Tables,
    actor: &Actor,
    key: &str,
    uid: Option<&str>,
    values: &Map<String, Json>,
) -> Result<Made, RecordError> {
    let tables = &in_force(tx, tables)?;
    made(&Desk::at(tx, tables, actor, key)?, uid, values)
}

fn made(desk: &Desk, uid: Option<&str>, values: &Map<String, Json>) -> Result<Made, RecordError> {
    let actor = desk.actor;
    if desk.access.is_some_and(|access| !access.create) {
        return Err(actor.who.may_not("create records here").into());
    }
    let uid = match uid {
        Some(uid) => {
            let uid = checks::uid(uid)?;
            if let Some(id) = known(desk, &uid)? {
                let record = desk.record(id, |access| access.read, "see this record")?;
                return Ok(Made { id, is_new: false, is_deleted: record.deleted_ms.is_some() });
            }
            uid
        }
        None => checks::new_uid(actor.now_ms)?,
    };
    let values = guards::filled(desk, values)?;
    let mut change = desk.wish().create(&values).map_err(RecordError::Faults)?;
    guards::settle(desk, &mut change, &Values::new())?;
    let owner = match change.fields.get("owner") {
        Some(owner) => owner.as_ref().and_then(person_of),
        None => actor.who.person,
    };
    checks::change(desk, &change, None, owner)?;
    orders::guard(desk, &mut change, None)?;
    let id = desk.insert(&uid, owner, &change)?;
    desk.put_lists(id, &change)?;
    files::keep(desk, id, &change)?;
    let all = changed_values(&Values::new(), &change);
    after::created(desk, id, &uid, owner, &change, &all)?;
    Ok(Made { id, is_new: true, is_deleted: false })
}

fn known(desk: &Desk, uid: &str) -> Result<Option<i64>, Error> {
    let known = format!("SELECT id FROM {} WHERE uid = ?", desk.place.name);
    Ok(desk.tx.prepare_cached(&known)?.query_row([uid], |row| row.get(0)).optional()?)
}
