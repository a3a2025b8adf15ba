//! Tables and fields -> where their values stand. Numbers are given once and names are made of them, so that a label or
//! an order of fields can change without the database.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::{Value as Json, json};

use super::Tables;
use crate::people::Role;
use crate::records::definition::{Access, FIELDS_MAX, Field, Form, Set, Table, View};
use crate::records::grow::is_list;
use crate::records::{Kind, Value};
use crate::store::{Error, revisions};

/// Where all tables are.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    pub places: BTreeMap<String, Place>,
}

/// Where a table is.
#[derive(Debug, Clone)]
pub struct Place {
    pub number: i64,
    /// The physical table.
    pub name: String,
    /// Fields that are written, by key.
    pub columns: BTreeMap<String, Column>,
}

/// Where the values of a field are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// A column, or for [`Shape::Rows`] a table of its own.
    pub name: String,
    pub shape: Shape,
    /// In which lines of text stand in order: by pinyin.
    pub sort: Option<String>,
    /// In which values are equal that people take for the same; there where the field is unique.
    pub unique: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    One,
    /// A list as rows: record, place, value.
    Rows,
    /// A list as JSON in a column that was there before.
    Json,
}

/// The table of clients, whose rows hold more than their fields.
pub const CLIENTS: &str = "clients";
pub const CONTACTS: &str = "contacts";
pub const ACTIONS: &str = "actions";

/// What a visit made of itself is read by who may read visits.
pub const OF_VISIT: &str = "visit";

/// A field that the program itself relies on, in a column whose name it knows.
struct Own {
    field: &'static str,
    column: &'static str,
    /// Of the column, or of the entries of a list.
    of: &'static str,
    shape: Shape,
    sort: Option<&'static str>,
}

const fn own(field: &'static str, of: &'static str) -> Own {
    Own { field, column: field, of, shape: Shape::One, sort: None }
}

/// The tables that the program has without any definition, and their columns.
const ADOPTED: [(&str, &[Own]); 3] = [
    (
        CLIENTS,
        &[
            Own { sort: Some("sort"), ..own("name", "TEXT") },
            Own { column: "aliases_json", shape: Shape::Json, ..own("aliases", "TEXT") },
            own("industry", "TEXT"),
            own("stage", "TEXT"),
            own("grade", "TEXT"),
            own("analyse", "INTEGER"),
        ],
    ),
    (
        CONTACTS,
        &[
            own("client", "INTEGER"),
            own("name", "TEXT"),
            own("title", "TEXT"),
            own("phone", "TEXT"),
            own("role", "TEXT"),
            own("note", "TEXT"),
        ],
    ),
    (
        ACTIONS,
        &[
            own("client", "INTEGER"),
            own("whom", "TEXT"),
            own("status", "TEXT"),
            own("next", "TEXT"),
            own("due", "INTEGER"),
            own("kind", "TEXT"),
            own("note", "TEXT"),
            own("visit", "INTEGER"),
            own("call", "TEXT"),
            own("topic", "TEXT"),
            own("done_at", "INTEGER"),
            own("origin", "TEXT"),
        ],
    ),
];

/// The columns of an adopted table.
fn adopted(table: &str) -> Option<&'static [Own]> {
    ADOPTED.iter().find(|(key, _)| *key == table).map(|(_, columns)| *columns)
}

impl Place {
    pub fn of(number: i64, key: &str) -> Self {
        let name = if adopted(key).is_some() { key.to_owned() } else { made(number) };
        Self { number, name, columns: BTreeMap::new() }
    }

    /// It was there before any definition.
    pub fn is_adopted(&self) -> bool {
        adopted(&self.name).is_some()
    }

    /// Its rows hold more than their fields.
    pub fn is_clients(&self) -> bool {
        self.name == CLIENTS
    }

    /// Where a field of it is that has that number.
    pub fn column(&self, number: i64, field: &Field) -> Column {
        let unique = field.unique.then(|| format!("u_{number}"));
        let sort = (field.kind == Kind::Text).then(|| format!("s_{number}"));
        if let Some(own) = adopted(&self.name).and_then(|own| own.iter().find(|own| own.holds(field))) {
            let sort = if self.is_clients() { own.sort.map(Into::into) } else { sort };
            return Column { name: own.column.into(), shape: own.shape, sort, unique };
        }
        if is_list(field) {
            return Column { name: format!("j_{number}"), shape: Shape::Rows, sort: None, unique: None };
        }
        Column { name: format!("c_{number}"), shape: Shape::One, sort, unique }
    }
}

impl Own {
    /// A field of another kind, which somebody defined under the same key, has a column of its own.
    fn holds(&self, field: &Field) -> bool {
        self.field == field.key
            && column_type(field.kind) == self.of
            && is_list(field) == (self.shape == Shape::Json)
    }
}

/// The physical table of a table that people define.
pub fn made(number: i64) -> String {
    format!("t_{number}")
}

/// The type of a column or of the entries of a list.
pub fn column_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "REAL",
        Kind::Whole
        | Kind::Money
        | Kind::Bool
        | Kind::Day
        | Kind::Instant
        | Kind::Deadline
        | Kind::Person
        | Kind::Link
        | Kind::Photo
        | Kind::Photos
        | Kind::Attachment => "INTEGER",
        _ => "TEXT",
    }
}

/// The text in whose order a line of text stands.
pub fn sort_text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(crate::customers::order(text)),
        _ => None,
    }
}

/// What is in force, what is laid, and where.
///
/// # Errors
/// The database cannot be read.
pub fn load(db: &Connection) -> Result<Tables, Error> {
    let (laid, layout) = laid(db)?;
    let mut set = Set::default();
    for revision in revisions::published(db)? {
        let Ok(body) = serde_json::from_str::<Json>(&revision.body) else { continue };
        let key = revision.key;
        match revision.kind.as_str() {
            "table" => drop(Table::read(&key, &body).map(|table| set.tables.insert(key, table))),
            "view" => drop(View::read(&key, &body).map(|view| set.views.insert(key, view))),
            "form" => drop(Form::read(&key, &body).map(|form| set.forms.insert(key, form))),
            _ => {}
        }
    }
    // What was published behind the engine's back has no place yet.
    set.tables.retain(|key, _| layout.places.contains_key(key));
    Ok(Tables { set, laid, layout, published: newest(db)? })
}

fn newest(db: &Connection) -> Result<i64, Error> {
    let newest = "SELECT coalesce(max(published), 0) FROM heads WHERE kind = 'table'";
    Ok(db.prepare_cached(newest)?.query_row([], |row| row.get(0))?)
}

/// The same tables, or those that were published since: what a new definition asks of a record holds from its commit on.
///
/// # Errors
/// The database cannot be read.
pub fn in_force<'a>(db: &Connection, tables: &'a Tables) -> Result<Cow<'a, Tables>, Error> {
    let is_newest = newest(db)? == tables.published;
    if is_newest { Ok(Cow::Borrowed(tables)) } else { load(db).map(Cow::Owned) }
}

/// All that was ever laid out.
pub fn laid(db: &Connection) -> Result<(Set, Layout), Error> {
    laid_of(db, None)
}

/// What a role may do with a table; `None` while there is no such table.
///
/// # Errors
/// The database cannot be read.
pub fn access_to(db: &Connection, key: &str, role: Role) -> Result<Option<Access>, Error> {
    let (laid, _) = laid_of(db, Some(key))?;
    Ok(laid.tables.get(key).map(|table| table.access(role).clone()))
}

/// Only that table, where one is named.
pub fn laid_of(db: &Connection, only: Option<&str>) -> Result<(Set, Layout), Error> {
    let mut tables = db.prepare_cached(
        "SELECT number, key, label_json, access_json FROM record_tables WHERE ?1 IS NULL OR key = ?1",
    )?;
    let tables = tables.query_map([only], |row| {
        let read = |text: String| serde_json::from_str::<Json>(&text).unwrap_or_default();
        Ok((row.get(0)?, row.get::<_, String>(1)?, read(row.get(2)?), read(row.get(3)?)))
    })?;
    let (mut set, mut layout) = (Set::default(), Layout::default());
    for (number, key, label, access) in tables.collect::<Result<Vec<(i64, _, _, _)>, _>>()? {
        let mut place = Place::of(number, &key);
        let mut fields = Vec::new();
        let kept = kept_fields(db, number)?;
        // A definition holds so many fields; what is laid may be more.
        for some in kept.chunks(FIELDS_MAX) {
            let bodies: Vec<_> = some.iter().map(|(_, body, _)| body).collect();
            let body = json!({ "label": label, "fields": bodies, "access": {} });
            let read = Table::read(&key, &body).map(|table| table.fields).unwrap_or_default();
            for field in read {
                let Some((number, _, shown)) =
                    some.iter().find(|(_, body, _)| body["key"].as_str() == Some(&field.key))
                else {
                    continue;
                };
                if !field.kind.is_computed() {
                    place.columns.insert(field.key.clone(), place.column(*number, &field));
                }
                fields.push(Field { hidden: field.hidden || !shown, ..field });
            }
        }
        let body = json!({ "label": label, "fields": [], "access": {} });
        let label = Table::read(&key, &body).map(|table| table.label).unwrap_or_default();
        let access = Access::all(&access, &fields);
        set.tables.insert(key.clone(), Table { key: key.clone(), label, fields, access });
        layout.places.insert(key, place);
    }
    Ok((set, layout))
}

fn kept_fields(db: &Connection, table: i64) -> Result<Vec<(i64, Json, bool)>, Error> {
    let mut fields = db
        .prepare_cached("SELECT number, body_json, shown FROM record_fields WHERE tbl = ? ORDER BY number")?;
    let fields = fields.query_map([table], |row| {
        let body: String = row.get(1)?;
        Ok((row.get(0)?, serde_json::from_str(&body).unwrap_or_default(), row.get(2)?))
    })?;
    Ok(fields.collect::<Result<_, _>>()?)
}
