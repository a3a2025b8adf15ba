//! A checked change -> the cells of its record, and what is kept beside them for order and uniqueness.

use rusqlite::types::Value as Cell;
use rusqlite::{params, params_from_iter};

use super::cell::{cell, cells};
use super::checks;
use super::desk::Desk;
use super::layout::{Column, Shape, sort_text};
use crate::records::change::after as changed_values;
use crate::records::{Change, Value, Values};
use crate::store::Error;
use crate::units::PersonId;

impl Desk<'_> {
    /// A record's cells for what changes, by column.
    pub fn columns(&self, change: &Change, all: &Values) -> Vec<(String, Cell)> {
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

    pub fn update(&self, id: i64, columns: Vec<(String, Cell)>) -> Result<(), Error> {
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

/// What is kept beside a value for its order and its uniqueness.
pub fn beside(column: &Column, value: Option<&Value>) -> Vec<(String, Cell)> {
    let text = |text: Option<String>| text.map_or(Cell::Null, Cell::Text);
    let sort = column.sort.iter().map(|name| (name.clone(), text(value.and_then(sort_text))));
    let unique = column.unique.iter().map(|name| (name.clone(), text(value.map(Value::key))));
    sort.chain(unique).collect()
}
