//! What follows from a commit outside the store: written in the same transaction, carried out once it is on disk, and
//! gone when it is done. Whoever asked may have vanished meanwhile, or the program may have been killed.

use rusqlite::{Connection, params};

use super::forgotten::Forgotten;
use super::{Error, Tx};
use crate::units::{CallId, ClientId, FieldNumber, PersonId, SiteNumber};

/// Something that memory is to be brought in line with. Each is the same when it is done twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// New calls follow the playbooks in force.
    Playbooks,
    /// New calls are divided as the study that goes on says.
    Study,
    /// Everybody's visits are matched anew.
    Sites,
    /// An answer taught a site where it is.
    Site(SiteNumber),
    /// A person's visits are matched anew.
    Person(PersonId),
    /// A person's calls that go on are with this client, unless they are known to be with another than `was`.
    AtClient { person: PersonId, client: ClientId, was: Option<ClientId> },
    /// A call is written down: what is known of its client adds to it, and a source of the appliance's own is heard.
    CallBegun(CallId),
    /// It is over: its last measures are kept.
    CallStopped(CallId),
    /// Nothing is kept of it: it is heard no longer.
    CallWithdrawn(CallId),
    /// It is erased: it is heard no longer and leaves memory.
    CallErased(CallId),
    /// Sessions or tokens of a person have ended, or the person may do other things: what they opened ends.
    SessionsEnded(PersonId),
    /// The other side has said more.
    Consent(CallId),
    /// What was erased or withdrawn goes from what restores put aside, too.
    Aside(Forgotten),
    /// Tables, views and forms are read anew.
    Tables,
    /// The words of what was erased leave the index that records are found by.
    Words,
    /// A large table is put in order by a field.
    Index(FieldNumber),
    /// What was deleted is taken out of the write-ahead log and of what is remembered of events.
    Scrub,
}

/// The name and up to three numbers of an effect, as they are stored.
type Row = (&'static str, [Option<i64>; 3]);

impl Effect {
    fn row(self) -> Row {
        match self {
            Self::Playbooks => ("playbooks", [None; 3]),
            Self::Study => ("study", [None; 3]),
            Self::Sites => ("sites", [None; 3]),
            Self::Site(site) => ("site", [Some(site.0), None, None]),
            Self::Person(person) => ("person", [Some(person.0), None, None]),
            Self::AtClient { person, client, was } => {
                ("at_client", [Some(person.0), Some(client.0), was.map(|was| was.0)])
            }
            Self::CallBegun(call) => ("call_begun", [Some(call.number()), None, None]),
            Self::CallStopped(call) => ("call_stopped", [Some(call.number()), None, None]),
            Self::CallWithdrawn(call) => ("call_withdrawn", [Some(call.number()), None, None]),
            Self::CallErased(call) => ("call_erased", [Some(call.number()), None, None]),
            Self::Consent(call) => ("consent", [Some(call.number()), None, None]),
            Self::Aside(Forgotten::Call(call)) => ("aside_call", [Some(call.number()), None, None]),
            Self::Aside(Forgotten::Client { id, made_ms }) => {
                ("aside_client", [Some(id.0), Some(made_ms), None])
            }
            Self::Aside(Forgotten::Person { id, made_ms }) => {
                ("aside_person", [Some(id.0), Some(made_ms), None])
            }
            Self::SessionsEnded(person) => ("sessions_ended", [Some(person.0), None, None]),
            Self::Tables => ("tables", [None; 3]),
            Self::Words => ("words", [None; 3]),
            Self::Index(field) => ("index", [Some(field.0), None, None]),
            Self::Scrub => ("scrub", [None; 3]),
        }
    }

    fn read(kind: &str, numbers: [Option<i64>; 3]) -> Option<Self> {
        Some(match (kind, numbers) {
            ("playbooks", _) => Self::Playbooks,
            ("study", _) => Self::Study,
            ("sites", _) => Self::Sites,
            ("site", [Some(site), ..]) => Self::Site(SiteNumber(site)),
            ("person", [Some(person), ..]) => Self::Person(PersonId(person)),
            ("at_client", [Some(person), Some(client), was]) => {
                Self::AtClient { person: PersonId(person), client: ClientId(client), was: was.map(ClientId) }
            }
            ("call_begun", [Some(call), ..]) => Self::CallBegun(CallId::from_number(call)),
            ("call_stopped", [Some(call), ..]) => Self::CallStopped(CallId::from_number(call)),
            ("call_withdrawn", [Some(call), ..]) => Self::CallWithdrawn(CallId::from_number(call)),
            ("call_erased", [Some(call), ..]) => Self::CallErased(CallId::from_number(call)),
            ("consent", [Some(call), ..]) => Self::Consent(CallId::from_number(call)),
            ("aside_call", [Some(call), ..]) => Self::Aside(Forgotten::Call(CallId::from_number(call))),
            ("aside_client", [Some(id), Some(made_ms), _]) => {
                Self::Aside(Forgotten::Client { id: ClientId(id), made_ms })
            }
            ("aside_person", [Some(id), Some(made_ms), _]) => {
                Self::Aside(Forgotten::Person { id: PersonId(id), made_ms })
            }
            ("sessions_ended", [Some(person), ..]) => Self::SessionsEnded(PersonId(person)),
            ("tables", _) => Self::Tables,
            ("words", _) => Self::Words,
            ("index", [Some(field), ..]) => Self::Index(FieldNumber(field)),
            ("scrub", _) => Self::Scrub,
            _ => return None,
        })
    }
}

/// Writes down what follows, in the transaction that it follows from.
///
/// # Errors
/// The disk is full.
pub fn add(tx: &Tx, effect: Effect) -> Result<(), Error> {
    let (kind, [first, second, third]) = effect.row();
    tx.prepare_cached("INSERT INTO effects(kind, first, second, third) VALUES (?, ?, ?, ?)")?
        .execute(params![kind, first, second, third])?;
    Ok(())
}

/// Effects that wait, oldest first, with their numbers.
///
/// # Errors
/// The database cannot be read.
pub fn waiting(connection: &Connection, limit: u32) -> Result<Vec<(i64, Option<Effect>)>, Error> {
    let mut found = connection
        .prepare_cached("SELECT id, kind, first, second, third FROM effects ORDER BY id LIMIT ?")?;
    let found = found.query_map([limit], |row| {
        let kind: String = row.get(1)?;
        Ok((row.get(0)?, Effect::read(&kind, [row.get(2)?, row.get(3)?, row.get(4)?])))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Effects up to this number are carried out.
///
/// # Errors
/// The disk is full.
pub fn done(tx: &Tx, upto: i64) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM effects WHERE id <= ?")?.execute([upto])?;
    Ok(())
}

/// The number of the newest effect that waits; 0 when none does.
///
/// # Errors
/// The database cannot be read.
pub fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    let mut newest = connection.prepare_cached("SELECT coalesce(max(id), 0) FROM effects")?;
    newest.query_row([], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    #[test]
    fn every_effect_is_read_as_it_was_written_and_in_order() {
        let tx = scratch();
        let (person, client) = (PersonId(3), ClientId(4));
        let all = [
            Effect::Playbooks,
            Effect::Study,
            Effect::Sites,
            Effect::Site(SiteNumber(5)),
            Effect::Aside(Forgotten::Call(CallId::from_number(6))),
            Effect::Aside(Forgotten::Client { id: client, made_ms: 7 }),
            Effect::Aside(Forgotten::Person { id: person, made_ms: 8 }),
            Effect::Person(person),
            Effect::AtClient { person, client, was: None },
            Effect::AtClient { person, client, was: Some(ClientId(9)) },
            Effect::CallBegun(CallId::from_number(1)),
            Effect::CallStopped(CallId::from_number(2)),
            Effect::CallWithdrawn(CallId::from_number(-6)),
            Effect::CallErased(CallId::from_number(6)),
            Effect::Consent(CallId::from_number(7)),
            Effect::SessionsEnded(person),
            Effect::Tables,
            Effect::Words,
            Effect::Index(FieldNumber(9)),
            Effect::Scrub,
        ];
        all.iter().for_each(|effect| add(&tx, *effect).unwrap());
        let read: Vec<_> = waiting(&tx, 100).unwrap().into_iter().filter_map(|(_, effect)| effect).collect();
        assert_eq!(read, all);
    }

    #[test]
    fn a_number_is_never_given_twice_so_that_who_waits_for_one_can_tell() {
        let tx = scratch();
        add(&tx, Effect::Scrub).unwrap();
        let first = newest(&tx).unwrap();
        done(&tx, first).unwrap();
        assert_eq!((newest(&tx).unwrap(), waiting(&tx, 9).unwrap()), (0, Vec::new()));
        add(&tx, Effect::Scrub).unwrap();
        assert_eq!(newest(&tx).unwrap(), first + 1);
    }
}
