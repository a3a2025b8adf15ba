//! A change of people's: what it leaves, what follows outside, and its audit entry, in the same transaction.

use super::desk::Desk;
use super::follows::told;
use super::trail::{began, turned, went_or_came};
use super::{Done, RecordError, StoredRecord};
use crate::audit;
use crate::records::{Change, Values};
use crate::store::Error;
use crate::store::audit::append;
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
    began(desk, id, uid, owner, change, all)?;
    told(desk, id, None, change)?;
    Ok(log(desk, id, Done::Created)?)
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
    told(desk, id, Some(old), change)?;
    Ok(log(desk, id, Done::Changed)?)
}

/// A record is deleted, or comes back.
pub fn gone_or_back(desk: &Desk, record: &StoredRecord, done: Done) -> Result<(), RecordError> {
    went_or_came(desk, record, done)?;
    told(desk, record.id, Some(&record.values), &Change { fields: Default::default() })?;
    Ok(log(desk, record.id, done)?)
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
