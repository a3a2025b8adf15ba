//! A playbook: rules that say when a hint is due and what it says, as a file that people read and write.

mod keys;
mod layer;
mod read;
mod write;

use std::sync::LazyLock;

use super::budget::Limits;
use super::condition_row::{HESITATES, Places, SCHEMA, places};
use super::template::Template;
use crate::conditions::{Condition, Row};
use crate::units::{Language, Words};

pub use keys::Fault;

/// So many rules fit into one set.
pub const RULES_MAX: usize = Places::BITS as usize;

static BUILT_IN: LazyLock<Playbook> = LazyLock::new(|| {
    Playbook::read(include_str!("../builtin.toml")).expect("the built-in playbook is checked by a test")
});

/// Whose part of the conversation a hint is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    /// Dynamics only.
    Rep,
}

impl Side {
    pub const ALL: [Self; 2] = [Self::Client, Self::Rep];

    pub fn name(self) -> &'static str {
        if self == Self::Rep { "rep" } else { "client" }
    }
}

/// How many hints somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Only what matters most.
    Quiet,
    /// All of them.
    Novice,
}

impl Level {
    pub const ALL: [Self; 2] = [Self::Quiet, Self::Novice];

    pub fn name(self) -> &'static str {
        if self == Self::Quiet { "quiet" } else { "novice" }
    }
}

/// When a hint is due and what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Stable: ratings and statistics refer to it.
    pub id: String,
    pub side: Side,
    /// What the hint is about.
    pub kind: String,
    /// `Quiet` is shown to everybody.
    pub level: Level,
    /// Its place in the classes of the playbook's limits.
    pub class: usize,
    /// The highest of those that ask at a time speaks.
    pub priority: u8,
    pub cool_down_ms: u64,
    pub when: Condition,
    /// One line to do.
    pub say: Sentence,
    /// One line of reason, besides what the client's signals say.
    pub why: Option<Sentence>,
    /// Where its numbers come from.
    pub source: String,
    /// The fields that `when` looks at.
    pub looks_at: Places,
}

/// A template in both languages.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    pub zh: Template,
    pub en: Template,
}

/// Rules and limits that were checked. It never changes: another one takes its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Playbook {
    pub name: String,
    pub limits: Limits,
    /// By priority, the highest first; equals as they stand in the file.
    pub rules: Vec<Rule>,
}

impl Sentence {
    /// With the values of that row.
    pub fn fill(&self, row: &Row) -> Words {
        Words { zh: self.zh.fill(row, Language::Zh), en: self.en.fill(row, Language::En) }
    }
}

impl Playbook {
    /// The one that the program comes with.
    pub fn built_in() -> Self {
        BUILT_IN.clone()
    }

    /// Reads a playbook file; one that extends another one extends the built-in one.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of its lines.
    pub fn read(text: &str) -> Result<Self, Vec<Fault>> {
        read::read(text, Self::built_in)
    }

    /// Reads a playbook file that may extend this one.
    ///
    /// # Errors
    /// As [`Playbook::read`].
    pub fn read_over(&self, text: &str) -> Result<Self, Vec<Fault>> {
        read::read(text, || self.clone())
    }

    /// A rule by its id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// One rule as it stands in the canonical text.
    pub fn canonical_rule(&self, rule: &Rule) -> String {
        write::rule(self, rule)
    }

    /// The one text that all files with the same meaning have.
    pub fn canonical(&self) -> String {
        write::write(self)
    }
}

impl Rule {
    /// Its condition as a sentence.
    pub fn said(&self) -> Words {
        self.when.said(&SCHEMA)
    }

    /// It speaks of the client's last answer rather than of the last minutes.
    pub fn is_of_one_answer(&self) -> bool {
        self.looks_at & places(&[HESITATES]) != 0
    }
}

#[cfg(test)]
mod tests;
