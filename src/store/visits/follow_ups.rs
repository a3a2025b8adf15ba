//! What was done for a client, and by whom.

use rusqlite::{Connection, params};

use crate::people::Owner;
use crate::store::{Error, Tx};
use crate::units::{ClientId, PersonId, TeamId, VisitNumber};

/// Something that was done for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    pub id: i64,
    /// Who did it.
    pub owner: Owner,
    pub person_name: String,
    /// `visit`.
    pub kind: String,
    pub at_ms: i64,
    pub visit: Option<VisitNumber>,
}

/// A visit is a follow-up, once; when it turns out to have been at another client, it moves there.
pub fn of_visit(
    tx: &Tx,
    visit: VisitNumber,
    client: ClientId,
    person: PersonId,
    at_ms: i64,
) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO follow_ups(client, person, kind, at_ms, visit) VALUES (?1, ?2, 'visit', ?3, ?4) \
         ON CONFLICT(visit) DO UPDATE SET client = ?1, at_ms = ?3",
    )?
    .execute(params![client.0, person.0, at_ms, visit.0])?;
    Ok(())
}

/// It was no visit.
pub fn of_no_visit(tx: &Tx, visit: VisitNumber) -> Result<(), Error> {
    tx.execute("DELETE FROM follow_ups WHERE visit = ?", [visit.0])?;
    Ok(())
}

/// What was done for a client, newest first.
pub fn of_client(connection: &Connection, client: ClientId, limit: u32) -> Result<Vec<FollowUp>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT f.id, f.person, p.name, f.kind, f.at_ms, f.visit, p.team FROM follow_ups f JOIN people p ON p.id = f.person \
         WHERE f.client = ? ORDER BY f.at_ms DESC, f.id DESC LIMIT ?",
    )?;
    let read = |row: &rusqlite::Row| {
        Ok(FollowUp {
            id: row.get(0)?,
            owner: Owner {
                person: Some(PersonId(row.get(1)?)),
                team: row.get::<_, Option<i64>>(6)?.map(TeamId),
            },
            person_name: row.get(2)?,
            kind: row.get(3)?,
            at_ms: row.get(4)?,
            visit: row.get::<_, Option<i64>>(5)?.map(VisitNumber),
        })
    };
    Ok(found.query_map(params![client.0, limit], read)?.collect::<Result<_, _>>()?)
}
