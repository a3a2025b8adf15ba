//! What a change leaves, in the same transaction, whoever makes it: history, event, search words. The audit entry is its
//! writer's.

use serde_json::json;

use super::desk::Desk;
use super::{Done, RecordError, StoredRecord, checks, guards, history, search};
use crate::people::Owner;
use crate::records::change::after as changed_values;
use crate::records::{Change, Values};
use crate::store::{Error, events};
use crate::units::PersonId;

/// A new record: what it began with is what its first changes found, so only that it began is kept.
pub fn began(
    desk: &Desk,
    id: i64,
    uid: &str,
    owner: Option<PersonId>,
    change: &Change,
    all: &Values,
) -> Result<(), RecordError> {
    history::put(desk, id, Done::Created, None)?;
    search::put_soon(desk.tx, desk.place, desk.table, id, all, true)?;
    Ok(tell(desk, id, uid, owner, change, Done::Created)?)
}

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
