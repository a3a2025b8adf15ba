//! Records of every table: one engine for what definitions say (`crate::records`), and the only place that writes them.
//!
//! - `layout`: tables and fields -> physical tables and columns, by numbers that never change.
//! - `publish`: what was published -> columns and indexes, in the same transaction.
//! - `create`, `write`, at a `desk`: a change -> values, history, event, audit entry, search words, in one transaction.
//! - `read`, `which`, `page`, `sum`: one record, counts, pages, sums; never more than the role of who asks may see.
//! - `sql`, `tree`, `computed`: conditions and formulas -> SQL that gives the same answers as the evaluator.
//! - `files`: photos and files that records name.
//! - `history`: what changed, and why.
//! - `erase`: what hangs on a client or a person, handed out or wiped.
//! - `guards`: what holds for clients, contacts and actions beyond their definitions, because the program relies on it;
//!   `follows`: what they bring about outside.
//! - `orders`: what holds for contracts, shipments, receipts, invoices and payments, counted from their rows.
//!
//! Computed values are computed when they are asked for, of what is in reach of who asks: none is ever stale, and none
//! shows what would not be shown by itself.

pub mod adopted;
mod after;
mod belonging;
pub mod carried;
mod cell;
mod checks;
mod columns;
mod computed;
mod create;
mod cursor;
mod desk;
pub mod erase;
mod files;
mod follows;
mod guards;
mod history;
pub mod imports;
mod layout;
pub mod orders;
mod page;
mod publish;
mod put;
mod read;
mod redact;
mod search;
mod sql;
mod sum;
mod trail;
mod tree;
mod vacated;
mod which;
mod write;

pub use checks::new_uid;
pub use create::{Made, create, create_unseen};
pub use files::{File, file, name as file_name, put as put_file, sweep as sweep_files};
pub use history::{history, of_cause};
pub use layout::{ACTIONS, CLIENTS, CONTACTS, OF_VISIT, access_to, load};
pub use page::page;
pub use publish::{build_index, install, publish};
pub use read::{find, one};
pub use search::{settle_all_words, settle_words};
pub use sum::sum;
pub use which::count;
pub use write::{change, delete, restore};

use layout::Layout;

use crate::orders::{Advice, Refused};
use crate::people::{NotAllowed, Who};
use crate::records::definition::Set;
use crate::records::query::Question;
use crate::records::{Conflict, Fault, Value, Values};
use crate::store::Error;
use crate::units::{PersonId, TeamId, Zone};

/// The definitions, and where their records are.
#[derive(Debug, Clone)]
pub struct Tables {
    /// What is in force, as it was published.
    pub set: Set,
    /// All tables and fields that ever were, hidden where they were taken away.
    pub laid: Set,
    layout: Layout,
    /// The newest revision of a table that it knows.
    published: i64,
}

/// When something is asked, and where days begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    pub ms: i64,
    pub zone: Zone,
}

/// Why a record changes; kept in its history and told in its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    Person,
    /// The number of the import.
    Import(i64),
    /// The key of the automation.
    Automation(String),
    Restore,
    /// The program itself brings what it had into tables: it may do everything.
    Migration,
}

/// Who changes something, when and why.
#[derive(Debug, Clone)]
pub struct Actor<'a> {
    pub who: &'a Who,
    /// As in the audit log.
    pub name: &'a str,
    pub now_ms: i64,
    pub zone: Zone,
    pub cause: Cause,
}

/// A record, as far as who asked may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRecord {
    pub id: i64,
    pub uid: String,
    pub version: i64,
    pub owner: Option<PersonId>,
    /// The owner's.
    pub team: Option<TeamId>,
    pub created_ms: i64,
    pub created_by: Option<PersonId>,
    pub changed_ms: i64,
    pub deleted_ms: Option<i64>,
    /// The table's own fields, computed ones too.
    pub values: Values,
}

/// Which records, in which order, and what of them.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub filter: Option<Question>,
    /// Keys of fields, and whether they fall. What is missing comes last either way.
    pub sort: Vec<(String, bool)>,
    /// All that may be seen, where it is `None`.
    pub fields: Option<Vec<String>>,
    pub search: Option<String>,
    /// [`Page::next`] of the page before.
    pub after: Option<String>,
    /// [`LIMIT_MAX`] at most.
    pub limit: u32,
    /// The deleted ones instead of the others.
    pub deleted: bool,
}

/// Records of a page.
pub const LIMIT_MAX: u32 = 200;

#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub items: Vec<StoredRecord>,
    pub next: Option<String>,
}

/// Records with the same values in the fields that they are grouped by, and what was measured of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    pub keys: Vec<Option<Value>>,
    pub value: Option<Value>,
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    Created,
    Changed,
    Deleted,
    Restored,
}

/// One change of a record: of one field, or of the record itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub id: i64,
    pub at_ms: i64,
    /// As in the audit log.
    pub actor: String,
    /// [`Cause::text`].
    pub cause: String,
    pub deed: Done,
    /// `None`: the record itself was created, deleted or restored.
    pub field: Option<String>,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Why records are not read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("{}", .0.first().map_or("", |fault| fault.said.en.as_str()))]
    Faults(Vec<Fault>),
    #[error("somebody else changed the same field meanwhile: look at both values and decide")]
    Conflicts(Vec<Conflict>),
    #[error("there is no table `{0}`: see the list of tables")]
    NoSuchTable(String),
    /// A step of an order that does not follow from what is there.
    #[error("{}", .0.said().en)]
    Step(Refused),
    /// Goods do not leave for a client that is overdue.
    #[error("{}", .0.said().en)]
    Blocked(Advice),
    #[error(transparent)]
    Refused(#[from] NotAllowed),
    #[error(transparent)]
    Store(#[from] Error),
}

impl From<rusqlite::Error> for RecordError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<Refused> for RecordError {
    fn from(refused: Refused) -> Self {
        Self::Step(refused)
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => error,
            other => Self::Conflict(other.to_string()),
        }
    }
}

impl Done {
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
            Self::Restored => "restored",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Created, Self::Changed, Self::Deleted, Self::Restored]
            .into_iter()
            .find(|done| done.name() == name)
    }
}

impl Cause {
    /// As it is kept: `person`, `import:5`, `automation:KEY`, `restore`, `migration`.
    pub fn text(&self) -> String {
        match self {
            Self::Person => "person".into(),
            Self::Import(number) => format!("import:{number}"),
            Self::Automation(key) => format!("automation:{key}"),
            Self::Restore => "restore".into(),
            Self::Migration => "migration".into(),
        }
    }
}

#[cfg(test)]
mod tests;
