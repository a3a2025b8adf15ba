//! What others may hear of, numbered in the order of commits: the source of the live stream and of webhooks.

use std::borrow::Cow;

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::{Error, Tx};
use crate::people::{Deed, Owner, Reach, Who};
use crate::units::{CallId, ClientId, PersonId, TeamId};

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
pub fn tell(tx: &Tx, topic: &str, owner: Owner, body: &Value, now_ms: i64) -> Result<(), Error> {
    insert(tx, topic, owner, None, body, now_ms)
}

/// The call in which something happens.
#[derive(Debug, Clone, Copy)]
pub struct CallSubject {
    pub id: CallId,
    pub client: Option<ClientId>,
    pub owner: Owner,
}

/// Writes down that something happened in a call. The body is `more` with the call, its client and whose it is.
pub fn tell_of(tx: &Tx, call: CallSubject, topic: &str, mut more: Value, now_ms: i64) -> Result<(), Error> {
    more["call"] = json!(call.id.to_string());
    more["client"] = json!(call.client.map(|client| client.0));
    more["owner"] = json!(call.owner.person.map(|person| person.0));
    insert(tx, topic, call.owner, Some(call.id), &more, now_ms)
}

fn insert(
    tx: &Tx,
    topic: &str,
    owner: Owner,
    call: Option<CallId>,
    body: &Value,
    now_ms: i64,
) -> Result<(), Error> {
    let insert = "INSERT INTO events(at_ms, topic, owner, team, call, body_json) VALUES (?, ?, ?, ?, ?, ?)";
    tx.prepare_cached(insert)?.execute(params![
        now_ms,
        topic,
        owner.person.map(|person| person.0),
        owner.team.map(|team| team.0),
        call.map(CallId::number),
        body.to_string()
    ])?;
    Ok(())
}

/// Whose or which events are forgotten.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    Call(CallId),
    Person(PersonId),
    /// Those of the calls with a client.
    Client(ClientId),
}

/// Forgets events, and does not deliver them any more.
pub fn forget(tx: &Tx, of: Of) -> Result<(), Error> {
    let (which, id) = match of {
        Of::Call(call) => ("call = ?", call.number()),
        Of::Person(person) => ("owner = ?", person.0),
        Of::Client(client) => ("call IN (SELECT id FROM calls WHERE client = ?)", client.0),
    };
    tx.execute(
        &format!("DELETE FROM deliveries WHERE event IN (SELECT seq FROM events WHERE {which})"),
        [id],
    )?;
    tx.execute(&format!("DELETE FROM events WHERE {which}"), [id])?;
    Ok(())
}

/// Events after a number, oldest first.
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
    /// Whether somebody may hear of it: of a conversation only who may read it.
    pub fn is_for(&self, who: &Who) -> bool {
        let of_call = ["call.", "hint.", "objection."].iter().any(|kind| self.topic.starts_with(kind));
        let deed = match self.topic.as_str() {
            _ if of_call => Deed::ReadCalls,
            topic if UNCERTAIN.contains(&topic) => Deed::ReadVisits,
            _ => Deed::ReadEvents,
        };
        who.reach(deed) == Reach::All || who.may_to(deed, self.owner).is_ok()
    }
}

impl Event {
    /// Whether it tells where and when somebody was, to this listener.
    pub fn tells_visit(&self, who: &Who) -> bool {
        self.topic.starts_with("visit.") && who.may_to(Deed::ReadVisits, self.owner).is_ok()
    }

    /// What a listener hears. Of a visit who does not read visits hears that a client had one, and nothing of whom and when.
    pub fn body_for(&self, who: &Who) -> Cow<'_, str> {
        if !self.topic.starts_with("visit.") || self.tells_visit(who) {
            return Cow::Borrowed(&self.body_json);
        }
        let body: Value = serde_json::from_str(&self.body_json).unwrap_or_default();
        let cut = json!({ "visit": body["visit"], "client": body["client"], "state": body["state"] });
        Cow::Owned(cut.to_string())
    }
}

/// Forgets events from before `before_ms` that no webhook waits for; what was given up goes with its event.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<(), Error> {
    let given_up =
        "DELETE FROM deliveries WHERE due_ms IS NULL AND event IN (SELECT seq FROM events WHERE at_ms < ?)";
    tx.execute(given_up, [before_ms])?;
    let old = "DELETE FROM events WHERE at_ms < ? AND seq NOT IN (SELECT event FROM deliveries)";
    tx.execute(old, [before_ms])?;
    Ok(())
}
