//! The text of a condition -> the fields that it names, each with its type and where its value comes from.

use super::types::Types;
use crate::conditions::{Field as Named, Row, Schema, Type, Unit, Value};
use crate::records::definition::{Field, Kind, Set, Table};
use crate::units::Words;

/// Links one after the other.
pub const LINKS_MAX: usize = 4;

/// Where the value at a place comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A field at the end of some links (keys of link fields, from the record on).
    Field { links: Vec<String>, table: String, field: String },
    /// What the chosen option of a field stands for.
    Dim { links: Vec<String>, table: String, field: String, dim: String },
    /// Whether the change that is looked at changes that field: a bool.
    Changed(String),
    /// The day, as a count since 1970-01-01.
    Today,
    /// Milliseconds since 1970 UTC.
    Now,
    /// The number of who asks.
    Me,
}

/// What a text may name and what it names, place by place.
#[derive(Debug, Clone, PartialEq)]
pub struct Names {
    schema: Schema,
    sources: Vec<Source>,
}

impl Names {
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Where the value at a place of the tree comes from.
    pub fn source(&self, place: usize) -> &Source {
        &self.sources[place]
    }

    /// The type of the value at a place of the tree.
    pub fn gives(&self, place: usize) -> Type {
        self.schema.fields[place].of
    }

    pub(super) fn looked_at(&self, places: &[usize]) -> impl Iterator<Item = &Source> {
        places.iter().map(|place| &self.sources[*place])
    }

    /// A row with a value at each of those places.
    pub(super) fn row(&self, places: &[usize], mut answer: impl FnMut(&Source) -> Value) -> Row {
        let mut row = Row::new(&self.schema);
        for place in places {
            row.set(&self.schema, *place, answer(&self.sources[*place]));
        }
        row
    }

    /// For a place of a tree field and one of its options: that and all below it.
    pub(super) fn under(&self, set: &Set, place: usize, option: &str) -> Option<Vec<String>> {
        let Source::Field { table, field, .. } = &self.sources[place] else { return None };
        set.tables.get(table)?.field(field)?.under(option)
    }

    pub(super) fn of(text: &str, types: &mut Types, table: &str) -> Self {
        let mut names = Self { schema: Schema { fields: Vec::new() }, sources: Vec::new() };
        let fixed = [
            ("today()", Type::Day, Unit::Day, Source::Today, "今天", "today"),
            ("now()", Type::Instant, Unit::Instant, Source::Now, "现在", "now"),
            ("me()", Type::Int, Unit::Plain, Source::Me, "我", "me"),
        ];
        for (name, of, unit, source, zh, en) in fixed {
            names.push(name.into(), (of, unit), Words::new(zh, en), source);
        }
        let Some(start) = types.set.tables.get(table) else { return names };
        let spelled = spelled(text);
        for path in &spelled {
            names.follow(path, types, start);
        }
        // What was not written helps to say what may have been meant.
        for field in start.fields.iter().filter(|field| !field.hidden && !field.kind.is_computed()) {
            names.field(&field.key, types, start, &[], field);
        }
        names
    }

    fn push(&mut self, name: String, (of, unit): (Type, Unit), said: Words, source: Source) {
        if self.schema.place(&name).is_none() {
            self.schema.fields.push(Named { name, of, unit, said });
            self.sources.push(source);
        }
    }

    /// Adds what a dotted name spells, as far as there is something.
    fn follow(&mut self, path: &[&str], types: &mut Types, start: &Table) {
        let set = types.set;
        let (mut table, mut links) = (start, Vec::new());
        for (at, step) in path.iter().enumerate() {
            let Some(field) = table.field(step) else {
                return self.all_of(&path[..at], types, table, &links);
            };
            self.field(&path[..=at].join("."), types, table, &links, field);
            let next = path.get(at + 1);
            if let Some(dim) =
                next.filter(|dim| matches!(field.kind, Kind::Choice | Kind::Tree) && has_dim(field, dim))
            {
                let source = Source::Dim {
                    links: links.clone(),
                    table: table.key.clone(),
                    field: field.key.clone(),
                    dim: (*dim).to_owned(),
                };
                let said =
                    Words::new(format!("{}的 {dim}", field.label.zh), format!("{dim} of {}", field.label.en));
                return self.push(path[..=at + 1].join("."), (Type::Text, Unit::Plain), said, source);
            }
            let leads = field
                .to
                .as_ref()
                .filter(|_| field.kind == Kind::Link && !field.many && links.len() < LINKS_MAX);
            match leads.and_then(|to| set.tables.get(to)) {
                Some(next) => {
                    links.push(field.key.clone());
                    table = next;
                }
                None => return,
            }
        }
    }

    /// The plain fields at the end of a path, so that a misspelt one is told.
    fn all_of(&mut self, before: &[&str], types: &mut Types, table: &Table, links: &[String]) {
        for field in table.fields.iter().filter(|field| !before.is_empty() && !field.kind.is_computed()) {
            self.field(&format!("{}.{}", before.join("."), field.key), types, table, links, field);
        }
    }

    fn field(&mut self, name: &str, types: &mut Types, table: &Table, links: &[String], field: &Field) {
        let Some(of) = types.of_field(table, field) else { return };
        let source =
            Source::Field { links: links.to_vec(), table: table.key.clone(), field: field.key.clone() };
        self.push(name.to_owned(), of, field.label.clone(), source);
        let is_written = links.is_empty() && !field.kind.is_computed();
        if is_written {
            let said = Words::new(format!("{}变了", field.label.zh), format!("{} changed", field.label.en));
            self.push(
                format!("changed({name})"),
                (Type::Bool, Unit::Plain),
                said,
                Source::Changed(field.key.clone()),
            );
        }
    }
}

fn has_dim(field: &Field, dim: &str) -> bool {
    field.options.iter().any(|option| option.dims.contains_key(dim))
}

/// The dotted names in a text, outside its quotes.
fn spelled(text: &str) -> Vec<Vec<&str>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\'' | '"' => quoted(rest, c),
            c if c.is_ascii_alphabetic() || c == '_' => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
                let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
                let path: Vec<_> = rest[..length].split('.').take(LINKS_MAX + 2).collect();
                if !found.contains(&path) {
                    found.push(path);
                }
                length
            }
            c => c.len_utf8(),
        };
        rest = &rest[length..];
    }
    found
}

/// The length of a quoted text with its quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
