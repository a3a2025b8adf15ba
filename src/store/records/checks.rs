//! What only the store can tell of a change: that links lead somewhere, that a value is not taken, that an owner may be.

use std::fmt::Write;

use rusqlite::types::Value as Cell;
use rusqlite::{OptionalExtension, params_from_iter};

use super::RecordError;
use super::cell::Holds;
use super::desk::{Desk, one_fault};
use super::read::AT;
use super::sql::Sql;
use super::{files, guards};
use crate::customers;
use crate::people::{Deed, Owner, Reach};
use crate::records::change::links;
use crate::records::definition::{Field, Table};
use crate::records::fault::Code;
use crate::records::{Change, Fault, Kind, Value, Values};
use crate::store::Error;
use crate::units::{PersonId, TeamId, Words};

/// To hand a record over, or ask somebody.
const GIVE: &str = "give records to others";

/// Checks a change of a record, or of a new one, that will be of that owner.
pub fn change(
    desk: &Desk,
    change: &Change,
    old: Option<(i64, &Values)>,
    owner: Option<PersonId>,
) -> Result<(), RecordError> {
    let mut faults = Vec::new();
    for (key, value) in &change.fields {
        let (Some(field), Some(value)) = (desk.table.field(key), value) else { continue };
        let before = old.and_then(|(_, old)| old.get(key)).map(|old| links(field, old)).unwrap_or_default();
        for number in links(field, value).iter().filter(|number| !before.contains(number)) {
            if !is_there(desk, old.map(|(id, _)| id), field, *number)? || !is_known(desk, field, *number)? {
                let reads_all = desk.actor.who.reach(Deed::ReadPeople) == Reach::All;
                if key == "owner" && desk.access.is_some() && !reads_all {
                    // Who is not there is as who is out of reach.
                    return Err(desk.actor.who.may_not(GIVE).into());
                }
                faults.push(one_fault(desk, key, Code::MissingLink, &number.to_string()));
            }
        }
    }
    faults.extend(unique(desk, change, old.map(|(id, _)| id))?);
    if desk.place.is_clients() && owner.is_none() {
        faults.push(one_fault(desk, "owner", Code::Required, ""));
    }
    if !faults.is_empty() {
        return Err(RecordError::Faults(faults));
    }
    let is_given = change.fields.contains_key("owner") || old.is_none();
    match desk.access.filter(|_| is_given) {
        Some(access) if old.is_some() || owner != desk.actor.who.person => {
            let team = owner.map_or(Ok(None), |owner| team(desk, owner))?;
            let reach = if old.is_none() { access.change.max(Reach::Own) } else { access.change };
            match desk.reaches(reach, owner, team) || guards::may_ask(desk, owner, team) {
                true => Ok(()),
                false => Err(desk.actor.who.may_not(GIVE).into()),
            }
        }
        _ => Ok(()),
    }
}

/// Whether who acts may know somebody whom a field names: what a person is called is shown to who names them. Whose the
/// record is has rules of its own.
fn is_known(desk: &Desk, field: &Field, number: i64) -> Result<bool, Error> {
    let Some(access) = desk.access.filter(|_| field.kind == Kind::Person && field.key != "owner") else {
        return Ok(true);
    };
    let owner = Owner { person: Some(PersonId(number)), team: team(desk, PersonId(number))? };
    let is_colleague = desk.actor.who.may_to(Deed::ReadPeople, owner).is_ok();
    Ok(is_colleague || desk.reaches(access.read, owner.person, owner.team))
}

/// Whether a link, person or file that a value of a record names is there, and in reach.
fn is_there(desk: &Desk, record: Option<i64>, field: &Field, number: i64) -> Result<bool, Error> {
    match field.kind {
        Kind::Person => {
            let active = "SELECT 1 FROM people WHERE id = ? AND active";
            Ok(desk.tx.prepare_cached(active)?.exists([number])?)
        }
        Kind::Link => {
            let target = field.to.as_deref().and_then(|to| desk.tables.set.tables.get(to));
            let Some(target) = target else { return Ok(false) };
            let mut sql = Sql::new(desk.tables, desk.who(), desk.now());
            let (number, reach, from) = (sql.param(number), sql.reach(target, AT), sql.from(target, AT));
            let statement = format!("SELECT 1 FROM {from} WHERE {AT}.id = {number} AND {reach}");
            Ok(desk.tx.prepare_cached(&statement)?.exists(params_from_iter(&sql.params))?)
        }
        _ => files::may_name(desk, record, field, number),
    }
}

/// Values that another record has already.
pub fn unique(desk: &Desk, change: &Change, but: Option<i64>) -> Result<Vec<Fault>, Error> {
    let mut faults = Vec::new();
    for (key, value) in &change.fields {
        let column = desk.place.columns.get(key).and_then(|column| column.unique.as_ref());
        let (Some(column), Some(value), Some(field)) = (column, value, desk.table.own(key)) else { continue };
        let taken = format!(
            "SELECT 1 FROM {} WHERE {column} = ? AND deleted_ms IS NULL AND id IS NOT ?",
            desk.place.name
        );
        if desk.tx.prepare_cached(&taken)?.exists(rusqlite::params![value.key(), but])? {
            faults.push(Fault::of(key, &field.label, Code::Duplicate, &text(value), &Words::default()));
        }
    }
    Ok(faults)
}

fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => other.key(),
    }
}

pub fn team(desk: &Desk, person: PersonId) -> Result<Option<TeamId>, Error> {
    let team = "SELECT team FROM people WHERE id = ?";
    let found = desk.tx.prepare_cached(team)?.query_row([person.0], |row| row.get::<_, Option<i64>>(0));
    Ok(found.optional()?.flatten().map(TeamId))
}

/// What a field that is written holds.
pub fn holds(table: &Table, key: &str) -> Option<Holds> {
    table.field(key).filter(|field| !field.kind.is_computed()).map(Holds::field)
}

/// A uid as a phone makes it: a UUID.
pub fn uid(text: &str) -> Result<String, RecordError> {
    let is_uuid = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if is_uuid {
        return Ok(text.to_ascii_lowercase());
    }
    let (label, rule) = (
        Words::new("唯一标识", "uid"),
        Words::new(
            "UUID，如 01890a5d-ac96-774b-bcce-b302099a8057",
            "a UUID such as 01890a5d-ac96-774b-bcce-b302099a8057",
        ),
    );
    Err(RecordError::Faults(vec![Fault::of("uid", &label, Code::BadValue, text, &rule)]))
}

/// A UUID of version 7: made later, larger.
pub fn new_uid(now_ms: i64) -> Result<String, Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Error::Panicked)?;
    bytes[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
    bytes[6] = 0x70 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
        let _ = write!(text, "{dash}{byte:02x}");
    }
    Ok(text)
}

/// What a row of clients cannot be without, where the change has none of it.
pub fn needed(change: &Change) -> Vec<(String, Cell)> {
    let mut needed = Vec::new();
    if !change.fields.contains_key("aliases") {
        needed.push(("aliases_json".into(), Cell::Text("[]".into())));
    }
    if !change.fields.contains_key("analyse") {
        needed.push(("analyse".into(), Cell::Integer(0)));
    }
    needed
}

/// All that a client is found by in its own lists, where its names change.
pub fn letters(change: &Change, all: &Values) -> Option<(String, Cell)> {
    if !change.fields.contains_key("name") && !change.fields.contains_key("aliases") {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    if let Some(Value::Text(name)) = all.get("name") {
        names.push(name);
    }
    if let Some(Value::Texts(aliases)) = all.get("aliases") {
        names.extend(aliases.iter().map(String::as_str));
    }
    Some(("letters".into(), Cell::Text(customers::letters(names.into_iter()))))
}
