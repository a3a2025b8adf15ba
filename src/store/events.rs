//! What others may hear of, numbered in the order of commits: the source of the live stream and of webhooks.

use rusqlite::{Connection, params};
use serde_json::Value;

use super::{Error, Tx};
use crate::people::{Deed, Owner, Reach, Who};
use crate::units::{PersonId, TeamId};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub seq: i64,
    pub at_ms: i64,
    /// `client.created` for example.
    pub topic: String,
    /// Whose it is; decides who hears of it.
    pub owner: Owner,
    pub body_json: String,
}

/// Writes down that something happened, in the transaction in which it does.
///
/// # Errors
/// SQLite refuses.
pub fn tell(tx: &Tx, topic: &str, owner: Owner, body: &Value, now_ms: i64) -> Result<(), Error> {
    tx.prepare_cached("INSERT INTO events(at_ms, topic, owner, team, body_json) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![
            now_ms,
            topic,
            owner.person.map(|person| person.0),
            owner.team.map(|team| team.0),
            body.to_string()
        ])?;
    Ok(())
}

/// Events after a number, oldest first.
///
/// # Errors
/// SQLite refuses.
pub fn after(connection: &Connection, seq: i64, limit: u32) -> Result<Vec<Event>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT seq, at_ms, topic, owner, team, body_json FROM events WHERE seq > ? ORDER BY seq LIMIT ?",
    )?;
    let read = |row: &rusqlite::Row| {
        let (person, team): (Option<i64>, Option<i64>) = (row.get(3)?, row.get(4)?);
        Ok(Event {
            seq: row.get(0)?,
            at_ms: row.get(1)?,
            topic: row.get(2)?,
            owner: Owner { person: person.map(PersonId), team: team.map(TeamId) },
            body_json: row.get(5)?,
        })
    };
    let found = found.query_map(params![seq, limit], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What is not yet certain of a visit, or speaks against it: for the person and who leads the team, for nobody else.
const UNCERTAIN: [&str; 5] =
    ["visit.provisional", "visit.asked", "visit.ended", "visit.revised", "visit.suspect"];

impl Event {
    /// Whether somebody may hear of it.
    pub fn is_for(&self, who: &Who) -> bool {
        if UNCERTAIN.contains(&self.topic.as_str()) {
            return who.may_to(Deed::ReadVisits, self.owner).is_ok();
        }
        who.reach(Deed::ReadEvents) == Reach::All || who.may_to(Deed::ReadEvents, self.owner).is_ok()
    }
}

/// Forgets events from before `before_ms` that no webhook waits for; what was given up goes with its event.
///
/// # Errors
/// SQLite refuses.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<(), Error> {
    let given_up =
        "DELETE FROM deliveries WHERE due_ms IS NULL AND event IN (SELECT seq FROM events WHERE at_ms < ?)";
    tx.execute(given_up, [before_ms])?;
    let old = "DELETE FROM events WHERE at_ms < ? AND seq NOT IN (SELECT event FROM deliveries)";
    tx.execute(old, [before_ms])?;
    Ok(())
}
