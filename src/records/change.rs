//! A definition, what a record holds, what somebody wants to change and may -> the new values, or all faults by field.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::definition::{Access, Field, Kind, Opt, Table, system_field};
use super::fault::{Code, Fault};
use super::value::{Value, read_json};
use crate::units::{Day, Words};

/// The values of a record by field; a field without a value has no entry.
pub type Values = BTreeMap<String, Value>;

/// A checked change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// What changes: the new value, or `None` where it is taken away. What stays as it is has no entry.
    pub fields: BTreeMap<String, Option<Value>>,
}

/// A field that two people changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    pub field: String,
    /// What was seen before the change.
    pub base: Option<Value>,
    pub theirs: Option<Value>,
    pub mine: Option<Value>,
}

/// Why a change is not made.
#[derive(Debug, Clone, PartialEq)]
pub enum Refused {
    Faults(Vec<Fault>),
    /// Only these fields conflict; nothing of the change was made.
    Conflicts(Vec<Conflict>),
}

/// Who wants a change, and when.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub table: &'a Table,
    /// What the role of who asks may do with the table. `None`: the program itself, which may do everything.
    pub access: Option<&'a Access>,
    pub today: Day,
}

/// The key of the field that hands a record over.
const OWNER: &str = "owner";

impl Wish<'_> {
    /// Checks a new record: its values, defaults for what is not given, and that nothing required is missing.
    ///
    /// # Errors
    /// All faults, by field.
    pub fn create(&self, wanted: &Map<String, Json>) -> Result<Change, Vec<Fault>> {
        let none = Values::new();
        let mut faults = Vec::new();
        let mut fields = self.read(wanted, &none, &mut faults);
        for field in &self.table.fields {
            let default = field.default.as_ref().filter(|_| !wanted.contains_key(&field.key));
            if let Some(Ok(Some(value))) = default.map(|default| read_json(field, default)) {
                fields.insert(field.key.clone(), Some(value));
            }
        }
        for field in self.table.fields.iter().filter(|field| field.required && !field.hidden) {
            let is_faulty = faults.iter().any(|fault| fault.at == field.key);
            if !is_faulty && fields.get(&field.key).is_none_or(Option::is_none) {
                faults.push(required(field));
            }
        }
        fields.retain(|_, value| value.is_some());
        if faults.is_empty() { Ok(Change { fields }) } else { Err(faults) }
    }

    /// Checks a change of a record that holds `old`. With `base`, the values that were seen, only a field that both changed
    /// conflicts; what both changed to the same is no conflict.
    ///
    /// # Errors
    /// All faults by field, or the conflicts.
    pub fn change(
        &self,
        old: &Values,
        wanted: &Map<String, Json>,
        base: Option<&Map<String, Json>>,
    ) -> Result<Change, Refused> {
        let mut faults = Vec::new();
        let mut fields = self.read(wanted, old, &mut faults);
        for (key, value) in &fields {
            if let Some(field) = self.table.own(key).filter(|field| field.required && value.is_none()) {
                faults.push(required(field));
            }
        }
        if !faults.is_empty() {
            return Err(Refused::Faults(faults));
        }
        fields.retain(|key, value| old.get(key) != value.as_ref());
        let conflicts = base.map_or_else(Vec::new, |base| self.conflicts(old, &fields, base));
        if conflicts.is_empty() { Ok(Change { fields }) } else { Err(Refused::Conflicts(conflicts)) }
    }

    fn conflicts(
        &self,
        old: &Values,
        fields: &BTreeMap<String, Option<Value>>,
        base: &Map<String, Json>,
    ) -> Vec<Conflict> {
        let mut conflicts = Vec::new();
        for (key, mine) in fields {
            let (Some(field), Some(seen)) = (self.table.field(key), base.get(key)) else { continue };
            // What was seen may be of an older definition: then it is not what stands there.
            let seen = read_json(field, seen).unwrap_or_default();
            let theirs = old.get(key).cloned();
            if seen != theirs && theirs != *mine {
                conflicts.push(Conflict { field: key.clone(), base: seen, theirs, mine: mine.clone() });
            }
        }
        conflicts
    }

    fn read(
        &self,
        wanted: &Map<String, Json>,
        old: &Values,
        faults: &mut Vec<Fault>,
    ) -> BTreeMap<String, Option<Value>> {
        let mut fields = BTreeMap::new();
        for (key, json) in wanted {
            match self.one(key, json, old) {
                Ok(value) => {
                    fields.insert(key.clone(), value);
                }
                Err(fault) => faults.push(fault),
            }
        }
        fields
    }

    fn one(&self, key: &str, json: &Json, old: &Values) -> Result<Option<Value>, Fault> {
        let field = self.field(key)?;
        let value = read_json(field, json)?;
        let is_new = |text: &str| match old.get(key) {
            Some(Value::Text(before)) => before != text,
            Some(Value::Texts(before)) => !before.iter().any(|before| before == text),
            _ => true,
        };
        let chosen: &[String] = match &value {
            Some(Value::Text(text)) if field.kind.has_options() => std::slice::from_ref(text),
            Some(Value::Texts(texts)) if field.kind.has_options() => texts,
            _ => &[],
        };
        for option in chosen.iter().filter(|text| is_new(text)).filter_map(|text| field.option(text)) {
            if !self.is_valid(option) {
                return Err(Fault::of(
                    key,
                    &field.label,
                    Code::RetiredOption,
                    &option.key,
                    &Words::default(),
                ));
            }
        }
        Ok(value)
    }

    /// A field that may be written.
    fn field(&self, key: &str) -> Result<&Field, Fault> {
        let unknown = || Fault::unknown_field(key, self.table.nearest(key));
        let field = match self.table.own(key) {
            Some(field) if !field.hidden => field,
            Some(_) => return Err(Fault { code: Code::Hidden, ..unknown() }),
            None => system_field(key).ok_or_else(unknown)?,
        };
        let fault = |code| Err(Fault::of(key, &field.label, code, key, &Words::default()));
        if self.access.is_some_and(|access| access.hides(key)) {
            // As if it were not there: who may not see it may not learn of it.
            return Err(Fault { code: Code::Hidden, ..unknown() });
        }
        if field.kind.is_computed() {
            return fault(Code::Computed);
        }
        let is_system = self.table.own(key).is_none() && key != OWNER;
        let is_read_only = |access: &Access| access.read_only.iter().any(|known| known == key);
        if is_system || self.access.is_some_and(is_read_only) {
            return fault(Code::ReadOnly);
        }
        Ok(field)
    }

    fn is_valid(&self, option: &Opt) -> bool {
        !option.retired && option.valid_from.is_none_or(|from| from <= self.today)
    }
}

fn required(field: &Field) -> Fault {
    let code = Code::Required;
    Fault::of(&field.key, &field.label, code, "", &Words::default())
}

/// The fields of a table that a role sees, in their order; the store asks for no others.
pub fn seen<'a>(table: &'a Table, access: &'a Access) -> impl Iterator<Item = &'a Field> {
    table.fields.iter().filter(|field| !field.hidden && !access.hides(&field.key))
}

/// What a change leaves of the old values.
pub fn after(old: &Values, change: &Change) -> Values {
    let mut values = old.clone();
    for (key, value) in &change.fields {
        match value {
            Some(value) => values.insert(key.clone(), value.clone()),
            None => values.remove(key),
        };
    }
    values
}

/// The numbers of records that a value links to, for the store to check that they are there and in reach.
pub fn links<'a>(field: &Field, value: &'a Value) -> &'a [i64] {
    match (field.kind, value) {
        (Kind::Link | Kind::Person | Kind::Photo | Kind::Attachment, Value::Ref(number)) => {
            std::slice::from_ref(number)
        }
        (Kind::Link | Kind::Person | Kind::Photos, Value::Refs(numbers)) => numbers,
        _ => &[],
    }
}

#[cfg(test)]
mod tests;
