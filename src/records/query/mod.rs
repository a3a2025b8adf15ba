//! What is asked of records: conditions (filters, roll-ups, automations) and formulas, over a table and along its links.
//!
//! A text names fields by key, links with a dot (`client.grade`), what an option stands for (`kind.region`), what changed
//! (`changed(status)`) and who asks when (`me()`, `today()`, `now()`). [`Names`] is what a text names: for each place
//! of its row a [`Source`]. The store makes a column or a parameter of each and writes SQL from the open tree; here
//! `Names::row` fills a row, and both give the same answer (`conditions::tree` says what SQL has to keep).

mod names;
mod types;

pub use names::{LINKS_MAX, Names, Source};
pub use types::Types;

use crate::conditions::{Condition, Expression, Fault, Row, Schema, Tools, Tree, Value, Verdict};
use crate::records::definition::Set;
use crate::units::Zone;

/// A checked condition on the records of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    condition: Condition,
    names: Names,
}

/// A checked formula over the records of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    expression: Expression,
    names: Names,
}

impl Question {
    /// Reads a condition on records of that table. `zone`: where the organisation's days begin.
    ///
    /// # Errors
    /// One sentence with the place and the mend.
    pub fn new(text: &str, set: &Set, table: &str, zone: Zone) -> Result<Self, Fault> {
        Self::within(text, &mut Types::of(set, zone), table)
    }

    fn within(text: &str, types: &mut Types, table: &str) -> Result<Self, Fault> {
        let (condition, names) = read(text, types, table, Condition::with)?;
        Ok(Self { condition, names })
    }

    pub fn tree(&self) -> &Tree {
        self.condition.tree()
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        self.condition.text()
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The condition as a sentence.
    pub fn said(&self) -> crate::units::Words {
        self.condition.said(self.names.schema())
    }

    /// Whether it holds where `answer` gives the value of each source.
    pub fn verdict(&self, answer: impl FnMut(&Source) -> Value) -> Verdict {
        self.condition.verdict(&self.row(answer))
    }

    fn row(&self, answer: impl FnMut(&Source) -> Value) -> Row {
        self.names.row(&self.condition.fields(), answer)
    }
}

impl Formula {
    /// Reads a formula over records of that table.
    ///
    /// # Errors
    /// As [`Question::new`].
    pub fn new(text: &str, set: &Set, table: &str, zone: Zone) -> Result<Self, Fault> {
        Self::within(text, &mut Types::of(set, zone), table)
    }

    fn within(text: &str, types: &mut Types, table: &str) -> Result<Self, Fault> {
        let (expression, names) = read(text, types, table, Expression::new)?;
        Ok(Self { expression, names })
    }

    pub fn tree(&self) -> &Tree {
        self.expression.tree()
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        self.expression.text()
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What it gives.
    pub fn gives(&self) -> crate::conditions::Type {
        self.expression.gives()
    }

    /// It asks for nothing but fields of the same record, so that its value may be kept.
    pub fn may_be_kept(&self) -> bool {
        self.names.looked_at(&self.expression.fields()).all(|source| match source {
            Source::Field { links, .. } | Source::Dim { links, .. } => links.is_empty(),
            _ => false,
        })
    }

    /// Its value where `answer` gives the value of each source.
    pub fn value(&self, answer: impl FnMut(&Source) -> Value) -> Value {
        self.expression.value(&self.names.row(&self.expression.fields(), answer))
    }
}

/// A text about records of a table, and what its names mean.
fn read<T>(
    text: &str,
    types: &mut Types,
    table: &str,
    of: impl FnOnce(&str, &Schema, &Tools) -> Result<T, Fault>,
) -> Result<(T, Names), Fault> {
    let names = Names::of(text, types, table);
    let under = |place: usize, option: &str| names.under(types.set, place, option);
    let tools = Tools { under: &under, zone: types.zone };
    let read = of(text, names.schema(), &tools)?;
    Ok((read, names))
}

#[cfg(test)]
mod tests;
