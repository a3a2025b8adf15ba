//! Who changes records of a table, with what, and how far.

use super::layout::Place;
use super::read::table;
use super::{Actor, Cause, Now, RecordError, Tables};
use crate::people::{Reach, Who};
use crate::records::definition::{Access, Table};
use crate::records::fault::Code;
use crate::records::{Fault, Wish};
use crate::store::Tx;
use crate::units::{Day, PersonId, TeamId, Words};

/// Who changes records of a table, and with what.
pub struct Desk<'a> {
    pub tx: &'a Tx,
    pub tables: &'a Tables,
    pub actor: &'a Actor<'a>,
    pub table: &'a Table,
    pub place: &'a Place,
    /// `None`: the program itself.
    pub access: Option<&'a Access>,
}

impl<'a> Desk<'a> {
    pub fn at(tx: &'a Tx, tables: &'a Tables, actor: &'a Actor<'a>, key: &str) -> Result<Self, RecordError> {
        let table = table(tables, key)?;
        let place = tables.layout.places.get(key).ok_or_else(|| RecordError::NoSuchTable(key.into()))?;
        let access = (actor.cause != Cause::Migration).then(|| table.access(actor.who.role));
        Ok(Self { tx, tables, actor, table, place, access })
    }

    pub fn now(&self) -> Now {
        Now { ms: self.actor.now_ms, zone: self.actor.zone }
    }

    /// On whose behalf it looks.
    pub fn who(&self) -> Option<&'a Who> {
        self.access.map(|_| self.actor.who)
    }

    pub fn wish(&self) -> Wish<'a> {
        let today = self.actor.zone.day(self.actor.now_ms).unwrap_or(Day::MIN);
        Wish { table: self.table, access: self.access, today }
    }

    /// Whether a role that reaches so far reaches what is of that owner.
    pub fn reaches(&self, reach: Reach, owner: Option<PersonId>, team: Option<TeamId>) -> bool {
        reaches(self.actor.who, reach, owner, team)
    }
}

/// Whether somebody whose role reaches so far reaches what is of that owner.
pub fn reaches(who: &Who, reach: Reach, owner: Option<PersonId>, team: Option<TeamId>) -> bool {
    let own = owner.is_some() && owner == who.person;
    match reach {
        Reach::All => true,
        Reach::Team => own || (team.is_some() && team == who.team),
        Reach::Own => own,
        Reach::Nothing => false,
    }
}

/// One fault about one field.
pub fn one_fault(desk: &Desk, key: &str, code: Code, value: &str) -> Fault {
    let label = desk.table.field(key).map(|field| field.label.clone()).unwrap_or_default();
    Fault::of(key, &label, code, value, &Words::default())
}
