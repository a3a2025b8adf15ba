//! The text of a condition, in a checked subset of CEL, and a row of values -> whether it holds, and why in words.
//!
//! The subset: `&& || !`, `== != < <= > >=`, `in`, `has`, `exists` and `all` over one list, `startsWith`, `endsWith`,
//! `contains`, `size`, `+ - * /`, and literals. What a condition means is what CEL means by it, with missing values
//! as nulls: `==` and `!=` compare with them, everything else that needs one has no answer (CEL's error), `&&` and
//! `||` pass over that where the other side decides, and a condition without an answer does not hold. One thing is
//! stricter: a calculation without a finite result has no answer either.

mod check;
mod explain;
mod expression;
mod fault;
mod functions;
mod kind;
mod operators;
mod row;
mod schema;
mod tools;
mod tree;

pub use check::{COST_MAX, DEPTH_MAX, LENGTH_MAX};
pub use explain::Explained;
pub use expression::Expression;
pub use fault::Fault;
pub use row::{LIST_MAX, Row, Value};
pub use schema::{Field, Schema, Type, Unit, nearest};
pub use tools::Tools;
pub use tree::{Calculation, Comparison, Seen, TextTest, Tree, Verdict};

use crate::units::{Language, Words};
use explain::Teller;

/// A condition that was checked: it names only what is there, and holding it against a row costs little and always ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    text: String,
    tree: Tree,
}

impl Condition {
    /// Reads a condition on rows of that schema.
    ///
    /// # Errors
    /// One sentence with the place and the mend.
    pub fn new(text: &str, schema: &Schema) -> Result<Self, Fault> {
        Self::with(text, schema, &Tools::NONE)
    }

    /// Reads a condition that may also use what the tools know: days, trees of options.
    ///
    /// # Errors
    /// As [`Condition::new`].
    pub fn with(text: &str, schema: &Schema, tools: &Tools) -> Result<Self, Fault> {
        let tree = check::check(text, schema, tools)?;
        Ok(Self { text: text.to_owned(), tree })
    }

    /// What was read, for asking a database the same.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn verdict(&self, row: &Row) -> Verdict {
        self.tree.verdict(row, None)
    }

    pub fn holds(&self, row: &Row) -> bool {
        self.verdict(row) == Verdict::Yes
    }

    /// The places of the fields that it looks at.
    pub fn fields(&self) -> Vec<usize> {
        let mut found = Vec::new();
        self.tree.fields(&mut found);
        found
    }

    /// The condition as a sentence.
    pub fn said(&self, schema: &Schema) -> Words {
        Words::both(|language| Teller { schema, language }.say(&self.tree))
    }

    /// What each part came to in that row.
    pub fn explain(&self, schema: &Schema, row: &Row, language: Language) -> Explained {
        Teller { schema, language }.explain(&self.tree, row)
    }
}

#[cfg(test)]
mod tests;
