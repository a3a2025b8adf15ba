//! What somebody is asked to do for a client.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::reach::{Asker, within};
use super::{Error, Tx, events};
use crate::people::{Owner, Reach, Who};
use crate::units::{ClientId, PersonId, TeamId};

/// An action as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub id: i64,
    pub client: ClientId,
    pub client_name: String,
    /// Whoever looks after the client.
    pub client_owner: Owner,
    pub title: String,
    pub topic: String,
    pub link: Option<String>,
    /// Whose it is to do, and their team.
    pub assignee: Owner,
    pub assignee_name: String,
    pub author: Owner,
    pub author_name: Option<String>,
    pub created_ms: i64,
    pub due_ms: Option<i64>,
    pub done_ms: Option<i64>,
    pub version: i64,
}

const FROM: &str = "SELECT a.id, a.client, a.title, a.topic, a.link, a.assignee, p.team, a.author, a.created_ms, \
                    a.due_ms, a.done_ms, a.version, k.name, p.name, w.name, k.owner, o.team, w.team FROM actions a JOIN people p ON p.id = a.assignee \
                    JOIN clients k ON k.id = a.client JOIN people o ON o.id = k.owner LEFT JOIN people w ON w.id = a.author";

fn action(row: &Row) -> rusqlite::Result<Action> {
    let owner = |person, team| -> rusqlite::Result<Owner> {
        let (person, team): (Option<i64>, Option<i64>) = (row.get(person)?, row.get(team)?);
        Ok(Owner { person: person.map(PersonId), team: team.map(TeamId) })
    };
    Ok(Action {
        id: row.get(0)?,
        client: ClientId(row.get(1)?),
        client_name: row.get(12)?,
        title: row.get(2)?,
        topic: row.get(3)?,
        link: row.get(4)?,
        assignee: owner(5, 6)?,
        assignee_name: row.get(13)?,
        author: owner(7, 17)?,
        client_owner: owner(15, 16)?,
        author_name: row.get(14)?,
        created_ms: row.get(8)?,
        due_ms: row.get(9)?,
        done_ms: row.get(10)?,
        version: row.get(11)?,
    })
}

/// # Errors
/// There is no such action.
pub fn one(connection: &Connection, id: i64) -> Result<Action, Error> {
    let found = connection.query_row(&format!("{FROM} WHERE a.id = ?"), [id], action).optional()?;
    found.ok_or(Error::Missing("action"))
}

/// Actions that somebody may see: to do, asked for, or within reach; open ones first, then by when they are due.
pub fn list(
    connection: &Connection,
    who: &Who,
    reach: Reach,
    client: Option<ClientId>,
    limit: u32,
) -> Result<Vec<Action>, Error> {
    let within = within("a.assignee", "p.team");
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE ({within} OR (:reach <> 'nothing' AND a.author = :me)) AND (:client IS NULL OR a.client = :client) \
         ORDER BY a.done_ms IS NOT NULL, coalesce(a.due_ms, a.created_ms), a.id LIMIT :limit"
    ))?;
    let (asker, client) = (Asker::new(who, reach), client.map(|client| client.0));
    let found = found.query_map(&asker.with(&[(":client", &client), (":limit", &limit)])[..], action)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Open matters with a client.
pub fn open_with(connection: &Connection, client: ClientId) -> Result<u32, Error> {
    let sql = "SELECT count(*) FROM actions WHERE client = ? AND done_ms IS NULL";
    Ok(connection.query_row(sql, [client.0], |row| row.get(0))?)
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct NewAction {
    pub client: ClientId,
    pub title: String,
    pub topic: String,
    pub link: Option<String>,
    pub assignee: PersonId,
    pub author: Option<PersonId>,
    pub due_ms: Option<i64>,
}

/// Asks somebody; an event tells them.
///
/// # Errors
/// There is no such person or client.
pub fn add(tx: &Tx, new: &NewAction, now_ms: i64) -> Result<Action, Error> {
    tx.execute(
        "INSERT INTO actions(client, title, topic, link, assignee, author, created_ms, due_ms) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        params![
            new.client.0,
            new.title,
            new.topic,
            new.link,
            new.assignee.0,
            new.author.map(|author| author.0),
            now_ms,
            new.due_ms
        ],
    )?;
    let action = one(tx, tx.last_insert_rowid())?;
    events::tell(tx, "action.created", action.assignee, &facts(&action), now_ms)?;
    Ok(action)
}

/// It is done, or not after all; an event tells of it.
///
/// # Errors
/// There is no such action.
pub fn set_done(tx: &Tx, id: i64, done_ms: Option<i64>, now_ms: i64) -> Result<Action, Error> {
    tx.execute("UPDATE actions SET done_ms = ?, version = version + 1 WHERE id = ?", params![done_ms, id])?;
    let action = one(tx, id)?;
    events::tell(tx, "action.changed", action.assignee, &facts(&action), now_ms)?;
    Ok(action)
}

/// An action as the log and events know it: numbers only.
pub fn facts(action: &Action) -> Value {
    json!({
        "id": action.id, "client": action.client.0, "assignee": action.assignee.person.map(|person| person.0),
        "due_ms": action.due_ms, "done_ms": action.done_ms,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    #[test]
    fn whoever_is_to_do_it_hears_of_it_and_of_its_end() {
        let tx = scratch();
        tx.execute_batch(
            "INSERT INTO people(id, login, name, role, created_ms) VALUES (1, 'li', 'Li', 'rep', 0);
             INSERT INTO clients(id, name, aliases_json, contacts_json, analyse, owner, letters, sort, created_ms) \
             VALUES (1, 'x', '[]', '[]', 1, 1, '', '', 0);",
        )
        .unwrap();
        let new = NewAction {
            client: ClientId(1),
            title: "call again".into(),
            topic: String::new(),
            link: None,
            assignee: PersonId(1),
            author: None,
            due_ms: None,
        };
        let action = add(&tx, &new, 5).unwrap();
        set_done(&tx, action.id, Some(9), 9).unwrap();
        let told = events::after(&tx, 0, 9).unwrap();
        let topics: Vec<_> =
            told.iter().map(|event| (event.topic.as_str(), event.owner.person, event.at_ms)).collect();
        let li = Some(PersonId(1));
        assert_eq!(topics, [("action.created", li, 5), ("action.changed", li, 9)]);
        assert!(!told[1].body_json.contains("call again"), "numbers only: {}", told[1].body_json);
    }
}
