//! The text of a formula -> a checked tree with the type of what it gives, and its value over a row.

use super::check;
use super::fault::{Fault, fault};
use super::kind::Kind;
use super::row::{Row, Value};
use super::schema::{Schema, Type};
use super::tools::Tools;
use super::tree::{Seen, Tree};
use crate::units::Words;

/// A formula that was checked: as a condition, but it may give any value and choose with `? :`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    text: String,
    tree: Tree,
    of: Type,
}

impl Expression {
    /// Reads a formula over rows of that schema.
    ///
    /// # Errors
    /// One sentence with the place and the mend.
    pub fn new(text: &str, schema: &Schema, tools: &Tools) -> Result<Self, Fault> {
        let (tree, kind, at) = check::read(text, schema, tools, true)?;
        let of = match kind {
            Kind::Bool => Type::Bool,
            Kind::Int | Kind::Days => Type::Int,
            Kind::Double => Type::Double,
            Kind::Text => Type::Text,
            Kind::Day => Type::Day,
            Kind::Instant => Type::Instant,
            Kind::Texts | Kind::Ints | Kind::Missing => {
                let kind = kind.name();
                let what = Words::new(
                    format!("公式的结果必须是一个值，这里却是{}", kind.zh),
                    format!("a formula gives one value, but this is {}", kind.en),
                );
                return Err(fault(text, at, what));
            }
        };
        Ok(Self { text: text.to_owned(), tree, of })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What was read, for asking a database the same.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What it gives.
    pub fn gives(&self) -> Type {
        self.of
    }

    /// The places of the fields that it looks at.
    pub fn fields(&self) -> Vec<usize> {
        let mut found = Vec::new();
        self.tree.fields(&mut found);
        found
    }

    /// Its value; missing where something that it needs is missing or a calculation has no result.
    pub fn value(&self, row: &Row) -> Value {
        match self.tree.see(row, None) {
            Seen::Missing | Seen::Unknown => Value::Missing,
            Seen::Bool(value) => Value::Bool(value),
            Seen::Int(value) => Value::Int(value),
            Seen::Double(value) => Value::Double(value),
            Seen::Text(text) => Value::text(text),
            Seen::Texts(texts) => Value::Texts(texts.into()),
            Seen::Ints(numbers) => Value::Ints(numbers.into()),
        }
    }
}
