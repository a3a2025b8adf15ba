//! What follows from a change in the same transaction: history, event, audit entry, search words.

use serde_json::json;

use super::write::Desk;
use super::{Done, RecordError, StoredRecord, checks, history, search};
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
) -> Result<(), RecordError> {
    history::put(desk, id, Done::Created, None)?;
    search::put(desk.tx, desk.place, desk.table, id, all)?;
    tell(desk, id, uid, owner, change, Done::Created)?;
    Ok(())
}

pub fn changed(
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
    search::put(desk.tx, desk.place, desk.table, id, &changed_values(old, change))?;
    tell(desk, id, uid, owner, change, Done::Changed)?;
    Ok(())
}

/// A record is deleted, or comes back.
pub fn gone_or_back(desk: &Desk, record: &StoredRecord, done: Done) -> Result<(), RecordError> {
    history::put(desk, record.id, done, None)?;
    let none = Change { fields: Default::default() };
    tell(desk, record.id, &record.uid, record.owner, &none, done)?;
    Ok(())
}

fn tell(
    desk: &Desk,
    id: i64,
    uid: &str,
    owner: Option<PersonId>,
    change: &Change,
    done: Done,
) -> Result<(), Error> {
    let actor = desk.actor;
    let (topic, deed) = match done {
        Done::Created => ("record.created", "record.create"),
        Done::Changed => ("record.changed", "record.change"),
        Done::Deleted => ("record.deleted", "record.delete"),
        Done::Restored => ("record.restored", "record.restore"),
    };
    let table = &desk.table.key;
    let changed: Vec<_> = change.fields.keys().collect();
    let body =
        json!({ "table": table, "id": id, "uid": uid, "changed": changed, "cause": actor.cause.text() });
    let team = owner.map_or(Ok(None), |owner| checks::team(desk, owner))?;
    events::tell(desk.tx, topic, Owner { person: owner, team }, &body, actor.now_ms)?;
    append(desk.tx, actor.name, actor.now_ms, audit::Change::of(deed, "record", format!("{table}/{id}")))
}
