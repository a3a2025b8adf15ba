//! The one place that changes records: what the definition and the role allow, then values, history, event, audit entry and
//! search words, all in the caller's transaction.

use rusqlite::types::Value as Cell;
use rusqlite::{params, params_from_iter};
use serde_json::{Map, Value as Json};

use super::cell::{cell, cells};
use super::layout::{Column, Place, Shape, in_force, sort_text};
use super::read::{table, whole};
use super::{
    Actor, Cause, Done, Now, RecordError, StoredRecord, Tables, after, checks, files, guards, history,
    orders, read, vacated,
};
use crate::people::{Reach, Who};
use crate::records::change::after as changed_values;
use crate::records::definition::{Access, Table};
use crate::records::fault::Code;
use crate::records::{Change, Fault, Refused, Value, Values, Wish};
use crate::store::{Error, Tx};
use crate::units::{Day, PersonId, TeamId, Words};

/// Who changes records of a table, and with what.
pub struct Desk<'a> {
    pub tx: &'a Tx,
    pub tables: &'a Tables,
    pub actor: &'a Actor<'a>,
    pub table: &'a Table,
    pub place: &'a Place,
    /// `None`: the program itself.
    pub access: Option<&'a Access>,
}

impl<'a> Desk<'a> {
    pub fn at(tx: &'a Tx, tables: &'a Tables, actor: &'a Actor<'a>, key: &str) -> Result<Self, RecordError> {
        let table = table(tables, key)?;
        let place = tables.layout.places.get(key).ok_or_else(|| RecordError::NoSuchTable(key.into()))?;
        let access = (actor.cause != Cause::Migration).then(|| table.access(actor.who.role));
        Ok(Self { tx, tables, actor, table, place, access })
    }

    pub fn now(&self) -> Now {
        Now { ms: self.actor.now_ms, zone: self.actor.zone }
    }

    /// On whose behalf it looks.
    pub fn who(&self) -> Option<&'a Who> {
        self.access.map(|_| self.actor.who)
    }

    pub fn wish(&self) -> Wish<'a> {
        let today = self.actor.zone.day(self.actor.now_ms).unwrap_or(Day::MIN);
        Wish { table: self.table, access: self.access, today }
    }

    /// Whether a role that reaches so far reaches what is of that owner.
    pub fn reaches(&self, reach: Reach, owner: Option<PersonId>, team: Option<TeamId>) -> bool {
        reaches(self.actor.who, reach, owner, team)
    }

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

    /// A record's cells for what changes, by column.
    fn columns(&self, change: &Change, all: &Values) -> Vec<(String, Cell)> {
        let zone = self.actor.zone;
        let mut found = Vec::new();
        for (key, value) in &change.fields {
            let Some(column) = self.place.columns.get(key) else { continue };
            match column.shape {
                Shape::Rows => continue,
                Shape::Json => found.push((
                    column.name.clone(),
                    value.as_ref().map_or(Cell::Text("[]".into()), |value| cell(value, zone)),
                )),
                Shape::One => found.push((column.name.clone(), self.one(key, value.as_ref()))),
            }
            found.extend(beside(column, value.as_ref()));
        }
        if self.place.is_clients() {
            found.extend(checks::letters(change, all));
        }
        found
    }

    fn one(&self, key: &str, value: Option<&Value>) -> Cell {
        match value {
            Some(value) => cell(value, self.actor.zone),
            // A client who was not asked is not measured.
            None if self.place.is_clients() && key == "analyse" => Cell::Integer(0),
            None => Cell::Null,
        }
    }

    pub fn put_lists(&self, id: i64, change: &Change) -> Result<(), Error> {
        for (key, value) in &change.fields {
            let Some(column) = self.place.columns.get(key).filter(|column| column.shape == Shape::Rows)
            else {
                continue;
            };
            let rows = &column.name;
            self.tx.prepare_cached(&format!("DELETE FROM {rows} WHERE rec = ?"))?.execute([id])?;
            let insert = format!("INSERT INTO {rows}(rec, pos, val) VALUES (?, ?, ?)");
            let mut insert = self.tx.prepare_cached(&insert)?;
            for (pos, cell) in value.as_ref().map(cells).unwrap_or_default().into_iter().enumerate() {
                insert.execute(params![id, pos as i64, cell])?;
            }
        }
        Ok(())
    }

    /// What stands beside values that another way has written.
    pub fn put_beside(&self, id: i64, change: &Change) -> Result<(), Error> {
        for (key, value) in &change.fields {
            let Some(column) = self.place.columns.get(key) else { continue };
            for (name, cell) in beside(column, value.as_ref()) {
                let update = format!("UPDATE {} SET {name} = ? WHERE id = ?", self.place.name);
                self.tx.prepare_cached(&update)?.execute(params![cell, id])?;
            }
        }
        Ok(())
    }

    pub fn insert(&self, uid: &str, owner: Option<PersonId>, change: &Change) -> Result<i64, Error> {
        let all = changed_values(&Values::new(), change);
        let person = |person: Option<PersonId>| person.map_or(Cell::Null, |person| Cell::Integer(person.0));
        let (now, by) = (Cell::Integer(self.actor.now_ms), person(self.actor.who.person));
        let mut columns: Vec<(String, Cell)> = vec![
            ("uid".into(), Cell::Text(uid.to_owned())),
            ("version".into(), Cell::Integer(1)),
            ("owner".into(), person(owner)),
            ("created_ms".into(), now.clone()),
            ("created_by".into(), by.clone()),
            ("changed_ms".into(), now),
            ("changed_by".into(), by),
        ];
        if self.place.is_clients() {
            columns.extend(checks::needed(change));
        }
        columns.extend(self.columns(change, &all));
        let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let marks = vec!["?"; columns.len()].join(", ");
        let insert = format!("INSERT INTO {}({}) VALUES ({marks})", self.place.name, names.join(", "));
        self.tx.prepare_cached(&insert)?.execute(params_from_iter(columns.iter().map(|(_, cell)| cell)))?;
        Ok(self.tx.last_insert_rowid())
    }

    fn update(&self, id: i64, columns: Vec<(String, Cell)>) -> Result<(), Error> {
        let by = self.actor.who.person.map(|person| person.0);
        let sets: String = columns.iter().map(|(name, _)| format!(", {name} = ?")).collect();
        let update = format!(
            "UPDATE {} SET version = version + 1, changed_ms = ?, changed_by = ?{sets} WHERE id = ?",
            self.place.name
        );
        let mut cells = vec![Cell::Integer(self.actor.now_ms), by.map_or(Cell::Null, Cell::Integer)];
        cells.extend(columns.into_iter().map(|(_, cell)| cell));
        cells.push(Cell::Integer(id));
        self.tx.prepare_cached(&update)?.execute(params_from_iter(&cells))?;
        Ok(())
    }
}

/// Whether somebody whose role reaches so far reaches what is of that owner.
pub fn reaches(who: &Who, reach: Reach, owner: Option<PersonId>, team: Option<TeamId>) -> bool {
    let own = owner.is_some() && owner == who.person;
    match reach {
        Reach::All => true,
        Reach::Team => own || (team.is_some() && team == who.team),
        Reach::Own => own,
        Reach::Nothing => false,
    }
}

/// What is kept beside a value for its order and its uniqueness.
pub fn beside(column: &Column, value: Option<&Value>) -> Vec<(String, Cell)> {
    let text = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    let sort = column.sort.iter().map(|name| (name.clone(), text(value.and_then(sort_text))));
    let unique = column.unique.iter().map(|name| (name.clone(), text(value.map(Value::key))));
    sort.chain(unique).collect()
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
        Some(owner) => owner.as_ref().and_then(checks::person_of),
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

/// One fault about one field.
pub fn one_fault(desk: &Desk, key: &str, code: Code, value: &str) -> Fault {
    let label = desk.table.field(key).map(|field| field.label.clone()).unwrap_or_default();
    Fault::of(key, &label, code, value, &Words::default())
}

#[cfg(test)]
mod tests;
