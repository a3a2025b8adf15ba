//! The one place that changes records: what the definition and the role allow, then values, history, event, audit entry and
//! search words, all in the caller's transaction.

use rusqlite::types::Value as Cell;
use serde_json::{Map, Value as Json};

use super::cell::person_of;
use super::desk::Desk;
use super::layout::in_force;
use super::read::whole;
use super::{
    Actor, Cause, Done, RecordError, StoredRecord, Tables, after, checks, files, guards, history, orders,
    read, vacated,
};
use crate::people::Reach;
use crate::records::change::after as changed_values;
use crate::records::definition::Access;
use crate::records::{Change, Refused, Value, Values};
use crate::store::{Error, Tx};

impl Desk<'_> {
    /// A record that is in reach for a deed, whole.
    pub fn record(
        &self,
        id: i64,
        reach: impl Fn(&Access) -> Reach,
        deed: &'static str,
    ) -> Result<StoredRecord, RecordError> {
        let record = whole(self.tx, self.tables, self.table, id, self.now())?;
        let Some(access) = self.access else { return Ok(record) };
        if !guards::reaches(self, access.read, &record) {
            return Err(Error::Missing("record").into());
        }
        if !guards::reaches(self, reach(access), &record) {
            return Err(self.actor.who.may_not(deed).into());
        }
        Ok(record)
    }

    /// As who wrote it may see it; who may write and not read is shown what was written.
    pub fn shown(&self, id: i64) -> Result<StoredRecord, RecordError> {
        match self.who() {
            Some(who) if self.table.access(who.role).read != Reach::Nothing => {
                match read::one(self.tx, self.tables, who, &self.table.key, id, self.now()) {
                    Err(RecordError::Store(Error::Missing(_))) => {}
                    found => return found,
                }
                // It was given to somebody out of reach: no more than that it is there.
                let record = whole(self.tx, self.tables, self.table, id, self.now())?;
                Ok(StoredRecord { values: Values::new(), ..record })
            }
            _ => whole(self.tx, self.tables, self.table, id, self.now()),
        }
    }
}

/// Changes fields of a record. With `base`, the values that were seen, only what both changed conflicts; without it, the
/// record has to be of the version `seen`, if one is given.
///
/// # Errors
/// As [`super::create()`]; or conflicts; or the record is of another version.
#[expect(clippy::too_many_arguments, reason = "a change has so many parts")]
pub fn change(
    tx: &Tx,
    tables: &Tables,
    actor: &Actor,
    key: &str,
    id: i64,
    values: &Map<String, Json>,
    base: Option<&Map<String, Json>>,
    seen: Option<i64>,
) -> Result<StoredRecord, RecordError> {
    let tables = &in_force(tx, tables)?;
    let desk = Desk::at(tx, tables, actor, key)?;
    let record = desk.record(id, |access| access.change, "change this record")?;
    if record.deleted_ms.is_some() {
        return Err(Error::Missing("record").into());
    }
    if base.is_none() && seen.is_some_and(|seen| seen != record.version) {
        return Err(Error::Stale("record").into());
    }
    let mut old = record.values;
    if let Some(owner) = record.owner {
        old.insert("owner".into(), Value::Ref(owner.0));
    }
    let mut change = desk.wish().change(&old, values, base).map_err(|refused| match refused {
        Refused::Faults(faults) => RecordError::Faults(faults),
        Refused::Conflicts(conflicts) => RecordError::Conflicts(conflicts),
    })?;
    guards::settle(&desk, &mut change, &old)?;
    if change.fields.is_empty() {
        return desk.shown(id);
    }
    let owner = match change.fields.get("owner") {
        Some(owner) => owner.as_ref().and_then(person_of),
        None => record.owner,
    };
    checks::change(&desk, &change, Some((id, &old)), owner)?;
    orders::guard(&desk, &mut change, Some((id, &old)))?;
    let all = changed_values(&old, &change);
    let mut columns = desk.columns(&change, &all);
    if change.fields.contains_key("owner") {
        columns.push(("owner".into(), owner.map_or(Cell::Null, |owner| Cell::Integer(owner.0))));
    }
    desk.update(id, columns)?;
    desk.put_lists(id, &change)?;
    files::keep(&desk, id, &change)?;
    after::changed(&desk, id, &record.uid, owner, &old, &change)?;
    desk.shown(id)
}

/// Deletes a record: it is found no longer, and can be restored with all its links.
///
/// # Errors
/// As [`change`].
pub fn delete(
    tx: &Tx,
    tables: &Tables,
    actor: &Actor,
    key: &str,
    id: i64,
    seen: Option<i64>,
) -> Result<StoredRecord, RecordError> {
    let tables = &in_force(tx, tables)?;
    let desk = Desk::at(tx, tables, actor, key)?;
    let record = desk.record(id, |access| access.delete, "delete this record")?;
    if seen.is_some_and(|seen| seen != record.version) {
        return Err(Error::Stale("record").into());
    }
    if record.deleted_ms.is_none() {
        orders::may_go(&desk, &record)?;
        let mut columns = vec![("deleted_ms".to_owned(), Cell::Integer(actor.now_ms))];
        columns.extend(vacated::leave(&desk, &record)?);
        desk.update(id, columns)?;
        after::gone_or_back(&desk, &record, Done::Deleted)?;
    }
    desk.shown(id)
}

/// Brings a deleted record back; or one of its fields, to what stood there before the entry `from` of its history, or
/// before its newest change.
///
/// # Errors
/// As [`change`]; or there is no such entry, or somebody took a unique value meanwhile.
pub fn restore(
    tx: &Tx,
    tables: &Tables,
    actor: &Actor,
    key: &str,
    id: i64,
    field: Option<&str>,
    from: Option<i64>,
) -> Result<StoredRecord, RecordError> {
    let tables = &in_force(tx, tables)?;
    let desk = Desk::at(tx, tables, actor, key)?;
    if let Some(field) = field {
        let before = history::before(tx, desk.place.number, id, field, from)?;
        let mut values = Map::new();
        let kind = desk.table.field(field).map(|field| field.kind);
        let known = before.and_then(|before| {
            Some(checks::holds(desk.table, field)?.json(&before, actor.zone)?.json(kind?))
        });
        values.insert(field.to_owned(), known.unwrap_or_default());
        let actor = Actor { cause: Cause::Restore, ..actor.clone() };
        return change(tx, tables, &actor, key, id, &values, None, None);
    }
    let mut record = desk.record(id, |access| access.delete, "restore this record")?;
    if record.deleted_ms.is_some() {
        orders::may_come_back(&desk)?;
        let mut columns = vec![("deleted_ms".to_owned(), Cell::Null)];
        columns.extend(vacated::come_back(&desk, &mut record)?);
        let all = Change {
            fields: record.values.iter().map(|(key, value)| (key.clone(), Some(value.clone()))).collect(),
        };
        let taken = checks::unique(&desk, &all, Some(id))?;
        if !taken.is_empty() {
            return Err(RecordError::Faults(taken));
        }
        desk.update(id, columns)?;
        after::gone_or_back(&desk, &record, Done::Restored)?;
    }
    desk.shown(id)
}

#[cfg(test)]
mod tests;
