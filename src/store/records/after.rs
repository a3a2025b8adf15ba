//! What follows from a change in the same transaction: history, event, audit entry, search words.

use serde_json::json;

use super::write::Desk;
use super::{Done, RecordError, StoredRecord, checks, guards, history, search};
use crate::audit;
use crate::people::Owner;
use crate::records::change::after as changed_values;
use crate::records::{Change, Values};
use crate::store::audit::append;
use crate::store::{Error, events};
use crate::units::PersonId;

/// A new record: what it began with is what its first changes found, so only that it began is kept.
pub fn created(
    desk: &Desk,
    id: i64,
    uid: &str,
    owner: Option<PersonId>,
    change: &Change,
    all: &Values,
) -> Result<(), Error> {
    began(desk, id, uid, owner, change, all)?;
    guards::told(desk, id, None, change)?;
    log(desk, id, Done::Created)
}

/// As [`created`] for who writes the audit entry.
pub fn began(
    desk: &Desk,
    id: i64,
    uid: &str,
    owner: Option<PersonId>,
    change: &Change,
    all: &Values,
) -> Result<(), Error> {
    history::put(desk, id, Done::Created, None)?;
    search::put_soon(desk.tx, desk.place, desk.table, id, all, true)?;
    tell(desk, id, uid, owner, change, Done::Created)
}

pub fn changed(
    desk: &Desk,
    id: i64,
    uid: &str,
    owner: Option<PersonId>,
    old: &Values,
    change: &Change,
) -> Result<(), RecordError> {
    turned(desk, id, uid, owner, old, change)?;
    guards::told(desk, id, Some(old), change)?;
    Ok(log(desk, id, Done::Changed)?)
}

/// As [`changed`] for who writes the audit entry.
pub fn turned(
    desk: &Desk,
    id: i64,
    uid: &str,
    owner: Option<PersonId>,
    old: &Values,
    change: &Change,
) -> Result<(), RecordError> {
    for (key, after) in &change.fields {
        history::put(desk, id, Done::Changed, Some((key, old.get(key), after.as_ref())))?;
    }
    search::put_soon(desk.tx, desk.place, desk.table, id, &changed_values(old, change), false)?;
    Ok(tell(desk, id, uid, owner, change, Done::Changed)?)
}

/// A record is deleted, or comes back.
pub fn gone_or_back(desk: &Desk, record: &StoredRecord, done: Done) -> Result<(), RecordError> {
    went_or_came(desk, record, done)?;
    guards::told(desk, record.id, Some(&record.values), &Change { fields: Default::default() })?;
    Ok(log(desk, record.id, done)?)
}

/// As [`gone_or_back`] for who writes the audit entry.
pub fn went_or_came(desk: &Desk, record: &StoredRecord, done: Done) -> Result<(), RecordError> {
    history::put(desk, record.id, done, None)?;
    let none = Change { fields: Default::default() };
    Ok(tell(desk, record.id, &record.uid, record.owner, &none, done)?)
}

fn tell(
    desk: &Desk,
    id: i64,
    uid: &str,
    owner: Option<PersonId>,
    change: &Change,
    done: Done,
) -> Result<(), Error> {
    if guards::is_of_visit(desk, id)? {
        return Ok(());
    }
    let actor = desk.actor;
    let topic = match done {
        Done::Created => "record.created",
        Done::Changed => "record.changed",
        Done::Deleted => "record.deleted",
        Done::Restored => "record.restored",
    };
    let table = &desk.table.key;
    let changed: Vec<_> = change.fields.keys().collect();
    let body =
        json!({ "table": table, "id": id, "uid": uid, "changed": changed, "cause": actor.cause.text() });
    let team = owner.map_or(Ok(None), |owner| checks::team(desk, owner))?;
    events::tell(desk.tx, topic, Owner { person: owner, team }, &body, actor.now_ms)
}

/// Which record, and nothing of what is in it: so that nothing has to go from the log when somebody is erased.
fn log(desk: &Desk, id: i64, done: Done) -> Result<(), Error> {
    let deed = match done {
        Done::Created => "record.create",
        Done::Changed => "record.change",
        Done::Deleted => "record.delete",
        Done::Restored => "record.restore",
    };
    let entry = audit::Change::of(deed, "record", format!("{}/{id}", desk.table.key));
    append(desk.tx, desk.actor.name, desk.actor.now_ms, entry)
}
