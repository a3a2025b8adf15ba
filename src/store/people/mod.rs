//! Accounts and teams.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::effects::{self, Effect};
use super::{Error, Tx};
use crate::people::{Login, Person, Role, Team};
use crate::units::{PersonId, TeamId};

const COLUMNS: &str = "id, login, name, role, team, active, password IS NOT NULL, version";

/// What a new account begins with.
#[derive(Debug, Clone)]
pub struct NewPerson {
    pub login: Login,
    pub name: String,
    pub role: Role,
    pub team: Option<TeamId>,
}

fn person(row: &Row) -> rusqlite::Result<Person> {
    let read = |at: usize, text: String, error: Box<dyn std::error::Error + Send + Sync>| {
        tracing::error!(text, "an account cannot be read");
        rusqlite::Error::FromSqlConversionFailure(at, rusqlite::types::Type::Text, error)
    };
    let (login, role): (String, String) = (row.get(1)?, row.get(3)?);
    Ok(Person {
        id: PersonId(row.get(0)?),
        login: login.parse().map_err(|error| read(1, login, Box::new(error)))?,
        name: row.get(2)?,
        role: role.parse().map_err(|error| read(3, role, Box::new(error)))?,
        team: row.get::<_, Option<i64>>(4)?.map(TeamId),
        active: row.get(5)?,
        ready: row.get(6)?,
        version: row.get(7)?,
    })
}

/// An account as the audit log knows it: without login and name, so that erasing a person leaves neither there.
pub fn facts(person: &Person) -> Value {
    json!({
        "role": person.role.name(),
        "team": person.team.map(|team| team.0), "active": person.active,
    })
}

/// # Errors
/// There is no such person.
pub fn one(connection: &Connection, id: PersonId) -> Result<Person, Error> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM people WHERE id = ?"))?;
    found.query_row([id.0], person).optional()?.ok_or(Error::Missing("person"))
}

/// Everybody, or one team, by name.
pub fn list(connection: &Connection, team: Option<TeamId>) -> Result<Vec<Person>, Error> {
    let mut found = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM people WHERE ?1 IS NULL OR team = ?1 ORDER BY name, id"
    ))?;
    let found = found.query_map([team.map(|team| team.0)], person)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Whether anybody has an account yet.
pub fn any(connection: &Connection) -> Result<bool, Error> {
    Ok(connection.query_row("SELECT EXISTS(SELECT 1 FROM people)", [], |row| row.get(0))?)
}

/// # Errors
/// The login is taken, or there is no such team.
pub fn insert(tx: &Tx, new: &NewPerson, now_ms: i64) -> Result<Person, Error> {
    if let Some(team) = new.team {
        self::team(tx, team)?;
    }
    let taken = tx
        .prepare_cached("INSERT INTO people(login, name, role, team, created_ms) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![new.login.as_str(), new.name, new.role.name(), new.team.map(|team| team.0), now_ms]);
    taken.map_err(|error| named(error, || format!("the login `{}` is taken: choose another", new.login)))?;
    one(tx, PersonId(tx.last_insert_rowid()))
}

/// Writes name, role, team and whether the person is here. Who has left, or has another role, is signed out everywhere.
///
/// # Errors
/// There is no such team, or nobody would be left who can keep accounts.
pub fn update(tx: &Tx, person: &Person) -> Result<Person, Error> {
    let before = one(tx, person.id)?;
    if let Some(team) = person.team {
        self::team(tx, team)?;
    }
    tx.prepare_cached(
        "UPDATE people SET name = ?, role = ?, team = ?, active = ?, version = version + 1 WHERE id = ?",
    )?
    .execute(params![
        person.name,
        person.role.name(),
        person.team.map(|team| team.0),
        person.active,
        person.id.0
    ])?;
    let admins = "SELECT EXISTS(SELECT 1 FROM people WHERE role = 'admin' AND active)";
    if !tx.query_row(admins, [], |row| row.get::<_, bool>(0))? {
        let why = "somebody must keep the accounts: make another person an admin first";
        return Err(Error::Conflict(why.into()));
    }
    if !person.active || before.role != person.role {
        sign_out_everywhere(tx, person.id)?;
        effects::add(tx, Effect::SessionsEnded(person.id))?;
        tx.execute(
            "DELETE FROM invitations WHERE person = ? AND NOT ?",
            params![person.id.0, person.active],
        )?;
    } else if before.team != person.team {
        effects::add(tx, Effect::SessionsEnded(person.id))?;
    }
    one(tx, person.id)
}

/// The stored hash of somebody's password by login; for who is not there or has left, none.
pub fn password(connection: &Connection, login: &Login) -> Result<Option<(PersonId, String)>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT id, password FROM people WHERE login = ? AND active AND password IS NOT NULL",
    )?;
    let found = found.query_row([login.as_str()], |row| Ok((PersonId(row.get(0)?), row.get(1)?)));
    Ok(found.optional()?)
}

/// Sets a password by its hash; every session ends.
pub fn set_password(tx: &Tx, id: PersonId, hash: &str) -> Result<(), Error> {
    tx.execute("UPDATE people SET password = ?, version = version + 1 WHERE id = ?", params![hash, id.0])?;
    sign_out_everywhere(tx, id)
}

/// Signs a person out everywhere.
pub fn sign_out_everywhere(tx: &Tx, person: PersonId) -> Result<(), Error> {
    tx.execute("DELETE FROM sessions WHERE person = ?", [person.0])?;
    tx.execute("DELETE FROM tokens WHERE person = ?", [person.0])?;
    Ok(())
}

fn read_team(row: &Row) -> rusqlite::Result<Team> {
    Ok(Team { id: TeamId(row.get(0)?), name: row.get(1)?, version: row.get(2)? })
}

/// # Errors
/// There is no such team.
pub fn team(connection: &Connection, id: TeamId) -> Result<Team, Error> {
    let found = connection.query_row("SELECT id, name, version FROM teams WHERE id = ?", [id.0], read_team);
    found.optional()?.ok_or(Error::Missing("team"))
}

/// All teams by name.
pub fn teams(connection: &Connection) -> Result<Vec<Team>, Error> {
    let mut found = connection.prepare_cached("SELECT id, name, version FROM teams ORDER BY name")?;
    let found = found.query_map([], read_team)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// # Errors
/// The name is taken.
pub fn insert_team(tx: &Tx, name: &str) -> Result<Team, Error> {
    let taken = tx.execute("INSERT INTO teams(name) VALUES (?)", [name]);
    taken
        .map_err(|error| named(error, || format!("there is a team `{name}` already: choose another name")))?;
    team(tx, TeamId(tx.last_insert_rowid()))
}

/// # Errors
/// The name is taken.
pub fn rename_team(tx: &Tx, id: TeamId, name: &str) -> Result<Team, Error> {
    let taken =
        tx.execute("UPDATE teams SET name = ?, version = version + 1 WHERE id = ?", params![name, id.0]);
    taken
        .map_err(|error| named(error, || format!("there is a team `{name}` already: choose another name")))?;
    team(tx, id)
}

/// A broken uniqueness as a sentence.
pub(super) fn named(error: rusqlite::Error, why: impl FnOnce() -> String) -> Error {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::ConstraintViolation) => Error::Conflict(why()),
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    fn new(login: &str, role: Role) -> NewPerson {
        NewPerson { login: login.parse().unwrap(), name: login.to_uppercase(), role, team: None }
    }

    #[test]
    fn a_login_is_taken_once() {
        let tx = scratch();
        insert(&tx, &new("li", Role::Admin), 0).unwrap();
        let taken = insert(&tx, &new("Li", Role::Rep), 0).unwrap_err().to_string();
        assert!(taken.contains("`li` is taken"), "{taken}");
    }

    #[test]
    fn somebody_always_keeps_the_accounts() {
        let tx = scratch();
        let admin = insert(&tx, &new("li", Role::Admin), 0).unwrap();
        let gone = update(&tx, &Person { active: false, ..admin.clone() }).unwrap_err().to_string();
        assert!(gone.contains("make another person an admin"), "{gone}");
        insert(&tx, &new("wu", Role::Admin), 0).unwrap();
        let gone = update(&tx, &Person { active: false, ..admin }).unwrap();
        assert_eq!((gone.active, gone.version), (false, 3));
    }

    #[test]
    fn a_team_that_is_not_there_takes_nobody() {
        let tx = scratch();
        let stray = NewPerson { team: Some(TeamId(9)), ..new("li", Role::Rep) };
        assert!(matches!(insert(&tx, &stray, 0), Err(Error::Missing("team"))));
        let team = insert_team(&tx, "North").unwrap();
        assert!(matches!(insert_team(&tx, "North"), Err(Error::Conflict(_))));
        assert_eq!(rename_team(&tx, team.id, "South").unwrap().version, 2);
        insert(&tx, &NewPerson { team: Some(team.id), ..stray }, 0).unwrap();
        assert_eq!(list(&tx, Some(team.id)).unwrap().len(), 1);
    }
}
