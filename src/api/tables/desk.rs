//! Who asks for records of which table: the definitions in force as that role sees them.

use std::sync::Arc;

use super::definitions::{Definitions, InForce};
use crate::api::refusal::Refusal;
use crate::dates;
use crate::people::{Reach, Role, Who};
use crate::records::definition::{Access, Table};
use crate::records::{Fault, Set};
use crate::store::Tx;
use crate::store::records::{Actor, Cause, Now, RecordError, StoredRecord, Tables};

/// A table, and who asks for its records.
pub struct Desk {
    in_force: Arc<InForce>,
    pub who: Who,
    pub key: String,
    pub now: Now,
}

impl Desk {
    /// For who reads.
    ///
    /// # Errors
    /// There is no such table, or the role reaches nothing of it.
    pub fn reading(
        definitions: &Definitions,
        db: &Tx,
        who: Who,
        key: &str,
        now_ms: i64,
    ) -> Result<Self, Refusal> {
        Self::reading_of(definitions.read(db)?, who, key, now_ms)
    }

    /// For who goes on reading by definitions that were in force when it began.
    ///
    /// # Errors
    /// As [`Desk::reading`].
    pub fn reading_of(in_force: Arc<InForce>, who: Who, key: &str, now_ms: i64) -> Result<Self, Refusal> {
        let desk = Self::at(in_force, who, key, now_ms)?;
        match desk.access().read {
            Reach::Nothing => Err(who.may_not("read these records").into()),
            _ => Ok(desk),
        }
    }

    /// For who writes; some may make records that they cannot read.
    ///
    /// # Errors
    /// There is no such table.
    pub fn writing(
        definitions: &Definitions,
        tx: &Tx,
        who: Who,
        key: &str,
        now_ms: i64,
    ) -> Result<Self, Refusal> {
        Self::at(definitions.within(tx)?, who, key, now_ms)
    }

    fn at(in_force: Arc<InForce>, who: Who, key: &str, now_ms: i64) -> Result<Self, Refusal> {
        let now = Now { ms: now_ms, zone: in_force.zone };
        let desk = Self { in_force, who, key: key.to_owned(), now };
        let table = desk.tables().set.tables.get(key);
        match table {
            Some(_) => Ok(desk),
            None => Err(Refusal::NoSuchTable(key.chars().take(60).collect())),
        }
    }

    /// Everything that is in force.
    pub fn tables(&self) -> &Tables {
        &self.in_force.tables
    }

    /// The definitions as this role sees them.
    pub fn seen(&self) -> &Set {
        self.in_force.seen_by(self.who.role)
    }

    pub fn in_force(&self) -> &Arc<InForce> {
        &self.in_force
    }

    /// The table as this role sees it.
    pub fn table(&self) -> &Table {
        self.seen().tables.get(&self.key).expect("a table in force is seen, if without fields")
    }

    pub fn access(&self) -> &Access {
        self.table().access(self.who.role)
    }

    /// Whether it is to be written down who saw this record: somebody else's, in a table of which reps reach only some.
    pub fn is_look(&self, record: &StoredRecord) -> bool {
        self.table().access(Role::Rep).read != Reach::All && record.owner != self.who.person
    }

    /// Who acts, as the store writes it down.
    pub fn actor<'a>(&'a self, name: &'a str, cause: Cause) -> Actor<'a> {
        Actor { who: &self.who, name, now_ms: self.now.ms, zone: self.now.zone, cause }
    }

    /// Now, as texts are read.
    pub fn said_at(&self) -> dates::Now {
        dates::Now { at_ms: self.now.ms, zone: self.now.zone }
    }

    pub fn refusal(&self, error: RecordError) -> Refusal {
        self.refusal_of(error, None)
    }

    /// Of an item of a batch.
    pub fn refusal_of(&self, error: RecordError, item: Option<usize>) -> Refusal {
        Refusal::of_records(error, self.table(), item)
    }
}

/// One fault of a part of the request.
pub fn fault(fault: Fault) -> Refusal {
    Refusal::of_faults(vec![fault], None)
}
