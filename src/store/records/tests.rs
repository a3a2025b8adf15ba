//! An empty base with people, and what tests of records ask of it.

use rusqlite::Connection;
use serde_json::{Map, Value as Json, json};

use super::*;
use crate::people::{Role, Scope};
use crate::records::query::Question;
use crate::revisions::canonical;
use crate::store::revisions::{self, Draft};
use crate::store::scratch;

pub const NOW: Now = Now { ms: 1_771_400_000_000, zone: Zone::SHANGHAI };

/// An empty base with people: 1 a rep and 2 another of team 1, 3 their manager, 4 of team 2, 5 an admin.
pub fn base() -> Connection {
    let db = scratch();
    people(&db);
    db
}

pub fn people(db: &Connection) {
    db.execute_batch(
        "INSERT INTO teams(id, name) VALUES (1, 'one'), (2, 'two');
         INSERT INTO people(id, login, name, role, team, created_ms) VALUES
           (1, 'a', 'A', 'rep', 1, 0), (2, 'b', 'B', 'rep', 1, 0), (3, 'c', 'C', 'manager', 1, 0),
           (4, 'd', 'D', 'rep', 2, 0), (5, 'e', 'E', 'admin', NULL, 0)",
    )
    .unwrap();
}

pub fn who(number: i64) -> Who {
    let (role, team) = match number {
        3 => (Role::Manager, Some(1)),
        4 => (Role::Rep, Some(2)),
        5 => (Role::Admin, None),
        _ => (Role::Rep, Some(1)),
    };
    Who { person: Some(PersonId(number)), role, team: team.map(TeamId), scope: Scope::ALL }
}

/// Publishes a table as somebody would.
pub fn publish_table(db: &Connection, key: &str, body: &Json) -> Result<Tables, RecordError> {
    db.execute_batch("SAVEPOINT test")?;
    let published = publish_table_in(db, key, body);
    if published.is_err() {
        db.execute_batch("ROLLBACK TO test")?;
    }
    db.execute_batch("RELEASE test")?;
    published?;
    Ok(load(db)?)
}

/// As [`publish_table`], in a transaction whose end is the caller's.
pub fn publish_table_in(db: &Connection, key: &str, body: &Json) -> Result<(), RecordError> {
    let draft = Draft {
        kind: "table".into(),
        key: key.into(),
        body: canonical(body),
        author: "5".into(),
        note: String::new(),
    };
    let (revision, _) = revisions::save(db, &draft, 0)?;
    revisions::publish(db, &revision)?;
    publish(db, NOW.ms)
}

/// What all may do, but for what is said of reps.
pub fn access(rep: Json) -> Json {
    let all = json!({ "read": "all", "create": true, "change": "all", "delete": "all" });
    let team = json!({ "read": "team", "create": true, "change": "team", "delete": "team" });
    json!({ "rep": rep, "manager": team, "admin": all })
}

pub fn own() -> Json {
    json!({ "read": "own", "create": true, "change": "own", "delete": "own" })
}

pub fn map(json: Json) -> Map<String, Json> {
    json.as_object().cloned().unwrap()
}

pub fn by(who: &Who) -> Actor<'_> {
    let name = ["", "1", "2", "3", "4", "5"][who.person.unwrap().0 as usize];
    Actor { who, name, now_ms: NOW.ms, zone: NOW.zone, cause: Cause::Person }
}

pub fn make(db: &Connection, tables: &Tables, person: i64, table: &str, values: Json) -> StoredRecord {
    let who = who(person);
    create(db, tables, &by(&who), table, None, &map(values)).unwrap()
}

pub fn question(tables: &Tables, table: &str, text: &str) -> Option<Question> {
    Some(Question::new(text, &tables.set, table, NOW.zone).unwrap())
}

pub fn ids(db: &Connection, tables: &Tables, person: i64, table: &str, query: &Query) -> Vec<i64> {
    let page = page(db, tables, &who(person), table, query, NOW).unwrap();
    page.items.iter().map(|record| record.id).collect()
}

pub fn codes(error: RecordError) -> Vec<(String, &'static str)> {
    let RecordError::Faults(faults) = error else { panic!("{error:?}") };
    faults.into_iter().map(|fault| (fault.at, fault.code.name())).collect()
}
