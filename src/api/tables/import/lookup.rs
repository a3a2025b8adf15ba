//! What goes by a name: people, and records of linked tables.

use super::rows::Rows;
use crate::records::definition::{Field, Kind};
use crate::records::fault::{Code, Fault};
use crate::records::value::Value;
use crate::store::Error;
use crate::store::records::{self, RecordError};
use crate::units::Words;

impl Rows<'_> {
    /// The numbers of what goes by those names; none where they are known to be there once the file is taken.
    pub(super) fn numbers(
        &mut self,
        field: &Field,
        names: &[String],
    ) -> Result<Result<Option<Value>, Fault>, Error> {
        let mut numbers = Vec::new();
        for name in names {
            match self.number(field, name)? {
                Ok(Some(number)) if !numbers.contains(&number) => numbers.push(number),
                Ok(_) => {}
                Err(code) => {
                    return Ok(Err(Fault::of(&field.key, &field.label, code, name, &Words::default())));
                }
            }
        }
        Ok(Ok(match numbers.as_slice() {
            [] => None,
            [number] if !field.many => Some(Value::Ref(*number)),
            _ => Some(Value::Refs(numbers)),
        }))
    }

    /// The number of what goes by that name.
    fn number(&mut self, field: &Field, name: &str) -> Result<Result<Option<i64>, Code>, Error> {
        if let Some(number) = name.strip_prefix('#').and_then(|digits| digits.parse().ok()) {
            return Ok(Ok(Some(number)));
        }
        let to = match (field.kind, &field.to) {
            (Kind::Link, Some(to)) => to.clone(),
            _ => return Ok(self.person(name).map(Some)),
        };
        let is_own = to == self.desk.key;
        let place = (to, name.to_owned());
        if let Some(known) = self.taking.named.get(&place) {
            return Ok(known.map(Some));
        }
        let found = self.linked(&place.0, name)?;
        if is_own {
            // Rows of this file may make it yet.
            let key = Value::Text(name.to_owned()).key();
            let was_above = self.taking.tried.as_ref().is_some_and(|tried| tried.titles.contains(&key));
            return Ok(if was_above && found.is_err() { Ok(None) } else { found.map(Some) });
        }
        self.taking.named.insert(place, found);
        Ok(found.map(Some))
    }

    fn person(&self, name: &str) -> Result<i64, Code> {
        let lower = name.to_lowercase();
        let active = || self.taking.people.iter().filter(|person| person.active);
        if let Some(person) = active().find(|person| person.login.to_string() == lower) {
            return Ok(person.id.0);
        }
        let mut called = active().filter(|person| person.name.to_lowercase() == lower);
        match (called.next(), called.next()) {
            (Some(person), None) => Ok(person.id.0),
            (Some(_), Some(_)) => Err(Code::AmbiguousLink),
            (None, _) => Err(Code::MissingLink),
        }
    }

    /// A record by its title, or by what no other record has.
    fn linked(&self, table: &str, name: &str) -> Result<Result<i64, Code>, Error> {
        let Some(table) = self.desk.seen().tables.get(table) else { return Ok(Err(Code::MissingLink)) };
        let unique = table.fields.iter().filter(|field| field.unique && field.kind == Kind::Text);
        let value = Value::Text(name.to_owned());
        for field in table.title().into_iter().chain(unique) {
            let (tables, who) = (self.desk.tables(), &self.desk.who);
            match records::find(self.tx, tables, who, &table.key, &field.key, &value, self.desk.now) {
                Ok(found) => match found.as_slice() {
                    [] => {}
                    [id] => return Ok(Ok(*id)),
                    _ => return Ok(Err(Code::AmbiguousLink)),
                },
                Err(RecordError::Store(error)) => return Err(error),
                Err(_) => return Ok(Err(Code::MissingLink)),
            }
        }
        Ok(Err(Code::MissingLink))
    }
}
