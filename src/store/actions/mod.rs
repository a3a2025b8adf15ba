//! What the program itself reads and writes of actions: records of their own table.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::audit::APPLIANCE;
use super::records::adopted::{self, Written};
use super::records::{ACTIONS, Done, OF_VISIT, new_uid};
use super::{Error, Tx, events};
use crate::people::Owner;
use crate::units::{ClientId, PersonId, TeamId, VisitNumber};

/// What others hear of an action, and little more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub id: i64,
    pub client: Option<ClientId>,
    /// Whose it is to do, and their team.
    pub owner: Option<PersonId>,
    pub team: Option<TeamId>,
    pub due_ms: Option<i64>,
    pub done_ms: Option<i64>,
    /// A visit that was made, and nothing that anybody is to do.
    pub is_visit: bool,
}

fn action(row: &Row) -> rusqlite::Result<Action> {
    Ok(Action {
        id: row.get(0)?,
        client: row.get::<_, Option<i64>>(1)?.map(ClientId),
        owner: row.get::<_, Option<i64>>(2)?.map(PersonId),
        team: row.get::<_, Option<i64>>(3)?.map(TeamId),
        due_ms: row.get(4)?,
        done_ms: row.get(5)?,
        is_visit: row.get::<_, Option<String>>(6)?.as_deref() == Some(OF_VISIT),
    })
}

/// One action, also a deleted one.
///
/// # Errors
/// There is no such action.
pub fn one(connection: &Connection, id: i64) -> Result<Action, Error> {
    let mut found = connection.prepare_cached(
        "SELECT a.id, a.client, a.owner, p.team, a.due, a.done_at, a.origin FROM actions a \
         LEFT JOIN people p ON p.id = a.owner WHERE a.id = ?",
    )?;
    found.query_row([id], action).optional()?.ok_or(Error::Missing("action"))
}

/// Open matters with a client.
///
/// # Errors
/// The database cannot be read.
pub fn open_with(connection: &Connection, client: ClientId) -> Result<u32, Error> {
    let open = "SELECT count(*) FROM actions WHERE client = ? AND done_at IS NULL AND deleted_ms IS NULL";
    Ok(connection.prepare_cached(open)?.query_row([client.0], |row| row.get(0))?)
}

/// Who listens under the older names hears of an action, by numbers only. Of a visit its own events tell.
///
/// # Errors
/// SQLite refuses.
pub fn tell(tx: &Tx, action: &Action, is_new: bool, now_ms: i64) -> Result<(), Error> {
    if action.is_visit {
        return Ok(());
    }
    let body = json!({
        "id": action.id, "client": action.client.map(|client| client.0),
        "assignee": action.owner.map(|person| person.0), "due_ms": action.due_ms, "done_ms": action.done_ms,
    });
    let topic = if is_new { "action.created" } else { "action.changed" };
    events::tell(tx, topic, Owner { person: action.owner, team: action.team }, &body, now_ms)
}

/// Something that the program itself asks of whoever looks after a client. How it stands nobody has said yet.
#[derive(Debug, Clone)]
pub struct Question {
    pub client: ClientId,
    pub owner: PersonId,
    pub next: String,
    pub topic: &'static str,
}

/// Asks, unless such a question about the client is open; whoever is asked hears of it.
///
/// # Errors
/// There is no such person or client.
pub fn ask(tx: &Tx, question: &Question, now_ms: i64) -> Result<(), Error> {
    let Question { client, owner, next, topic } = question;
    let asked =
        "SELECT 1 FROM actions WHERE client = ? AND topic = ? AND done_at IS NULL AND deleted_ms IS NULL";
    if tx.prepare_cached(asked)?.exists(params![client.0, topic])? {
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO actions(uid, version, owner, created_ms, changed_ms, client, whom, next, topic, origin) \
         SELECT ?1, 1, ?2, ?3, ?3, id, name, ?5, ?6, 'automation' FROM clients WHERE id = ?4",
    )?
    .execute(params![new_uid(now_ms)?, owner.0, now_ms, client.0, next, topic])?;
    let id = tx.last_insert_rowid();
    adopted::written(tx, at(id, now_ms), None, true)?;
    tell(tx, &one(tx, id)?, true, now_ms)
}

fn at(id: i64, now_ms: i64) -> Written<'static> {
    Written { table: ACTIONS, id, now_ms, by: APPLIANCE }
}

/// What a person was and is to do.
///
/// # Errors
/// The database cannot be read.
pub fn handed_out(connection: &Connection, person: PersonId) -> Result<Vec<Value>, Error> {
    let mut found = connection.prepare(
        "SELECT id, client, whom, status, next, due, kind, note, visit, topic, created_ms, done_at FROM actions \
         WHERE owner = ? ORDER BY id",
    )?;
    let found = found.query_map([person.0], |row| {
        let text = |at: usize| row.get::<_, Option<String>>(at);
        let number = |at: usize| row.get::<_, Option<i64>>(at);
        Ok(json!({
            "id": number(0)?, "client": number(1)?, "whom": text(2)?, "status": text(3)?, "next": text(4)?,
            "due_ms": number(5)?, "kind": text(6)?, "note": text(7)?, "visit": number(8)?, "topic": text(9)?,
            "created_ms": number(10)?, "done_ms": number(11)?,
        }))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// A visit that was made: what was done for a client, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visited {
    pub id: i64,
    /// Who did it.
    pub owner: Owner,
    pub person_name: String,
    pub at_ms: i64,
    pub visit: VisitNumber,
}

/// The record that a visit made, and whether it is deleted.
fn of_visit(tx: &Tx, visit: VisitNumber) -> Result<Option<(i64, bool)>, Error> {
    let made =
        "SELECT id, deleted_ms IS NOT NULL FROM actions WHERE visit = ? AND origin = ? ORDER BY id LIMIT 1";
    let read = |row: &Row| Ok((row.get(0)?, row.get(1)?));
    Ok(tx.prepare_cached(made)?.query_row(params![visit.0, OF_VISIT], read).optional()?)
}

/// A visit is an action that is done, once; when it turns out to have been at another client, it moves there.
///
/// # Errors
/// There is no such person or client.
pub fn visited(
    tx: &Tx,
    visit: VisitNumber,
    client: ClientId,
    person: PersonId,
    at_ms: i64,
    now_ms: i64,
) -> Result<(), Error> {
    let Some((id, is_deleted)) = of_visit(tx, visit)? else {
        tx.prepare_cached(
            "INSERT INTO actions(uid, version, owner, created_ms, changed_ms, client, whom, status, next, kind, visit, \
             done_at, origin) SELECT ?1, 1, ?2, ?3, ?3, id, name, '已完成', '拜访', '拜访', ?5, ?6, ?7 FROM clients WHERE id = ?4",
        )?
        .execute(params![new_uid(now_ms)?, person.0, now_ms, client.0, visit.0, at_ms, OF_VISIT])?;
        return adopted::written(tx, at(tx.last_insert_rowid(), now_ms), None, true);
    };
    if is_deleted {
        adopted::gone_or_back(tx, at(id, now_ms), Done::Restored)?;
    }
    let is_as_it_was = "SELECT 1 FROM actions WHERE id = ? AND client = ? AND done_at = ?";
    if tx.prepare_cached(is_as_it_was)?.exists(params![id, client.0, at_ms])? {
        return Ok(());
    }
    let before = adopted::before(tx, ACTIONS, id)?;
    tx.prepare_cached(
        "UPDATE actions SET whom = CASE client WHEN ?2 THEN whom ELSE (SELECT name FROM clients WHERE id = ?2) END, \
         client = ?2, done_at = ?3, version = version + 1 WHERE id = ?1",
    )?
    .execute(params![id, client.0, at_ms])?;
    adopted::written(tx, at(id, now_ms), before, false)
}

/// It was no visit.
///
/// # Errors
/// SQLite refuses.
pub fn not_visited(tx: &Tx, visit: VisitNumber, now_ms: i64) -> Result<(), Error> {
    match of_visit(tx, visit)? {
        Some((id, false)) => adopted::gone_or_back(tx, at(id, now_ms), Done::Deleted),
        _ => Ok(()),
    }
}

/// Visits that were made to a client, newest first.
///
/// # Errors
/// The database cannot be read.
pub fn visits_to(connection: &Connection, client: ClientId, limit: u32) -> Result<Vec<Visited>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT a.id, a.owner, p.name, p.team, a.done_at, a.visit FROM actions a JOIN people p ON p.id = a.owner \
         WHERE a.client = ? AND a.origin = ? AND a.visit IS NOT NULL AND a.done_at IS NOT NULL \
         AND a.deleted_ms IS NULL ORDER BY a.done_at DESC, a.id DESC LIMIT ?",
    )?;
    let read = |row: &Row| {
        Ok(Visited {
            id: row.get(0)?,
            owner: Owner {
                person: Some(PersonId(row.get(1)?)),
                team: row.get::<_, Option<i64>>(3)?.map(TeamId),
            },
            person_name: row.get(2)?,
            at_ms: row.get(4)?,
            visit: VisitNumber(row.get(5)?),
        })
    };
    Ok(found.query_map(params![client.0, OF_VISIT, limit], read)?.collect::<Result<_, _>>()?)
}
