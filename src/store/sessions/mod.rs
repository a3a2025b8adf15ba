//! Sessions, API tokens and invitations. Only hashes are kept: who reads the file cannot sign in with it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::effects::{self, Effect};
use super::{Error, Tx, people};
use crate::people::Person;
use crate::units::PersonId;

/// A session ends so long after it was used last (OWASP session management: 12 h).
const IDLE_MS: i64 = 12 * HOUR_MS;

/// And so long after it began, however busy.
pub const SESSION_MS: i64 = 7 * 24 * HOUR_MS;

/// A link to set a password lasts so long.
pub const INVITATION_MS: i64 = 3 * 24 * HOUR_MS;

/// The last use is written down at most so often.
const SEEN_EVERY_MS: i64 = 5 * 60_000;

const HOUR_MS: i64 = 3_600_000;

/// A secret as it is kept. The secrets have 256 random bits, so one round is enough.
pub fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// What a browser shows beside the cookie of this session to change something. It is drawn from the session's secret, of
/// which only a hash is kept, so that who reads the file does not find it there.
pub fn csrf(secret: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::new().chain_update("csrf ").chain_update(secret).finalize())
}

/// Who a secret belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub person: Person,
    /// What a browser shows beside its cookie to change something.
    pub csrf: String,
    /// Its use should be written down.
    pub stale: bool,
    /// When it ends, however busy.
    pub until_ms: i64,
}

/// Whose token it is, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownToken {
    pub person: Person,
    /// Deeds; `None`: whatever its owner may do.
    pub scopes: Option<Vec<String>>,
    pub until_ms: i64,
}

pub fn begin(tx: &Tx, person: PersonId, secret: &str, now_ms: i64) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO sessions(hash, person, created_ms, seen_ms) VALUES (?, ?, ?, ?)",
        params![hash(secret), person.0, now_ms, now_ms],
    )?;
    Ok(())
}

/// Whose session it is, while it lasts.
pub fn known(connection: &Connection, secret: &str, now_ms: i64) -> Result<Option<Known>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT person, seen_ms, created_ms FROM sessions WHERE hash = ? AND seen_ms > ? AND created_ms > ?",
    )?;
    let limits = params![hash(secret), now_ms - IDLE_MS, now_ms - SESSION_MS];
    let read =
        |row: &rusqlite::Row| Ok((PersonId(row.get(0)?), row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let Some((person, seen_ms, created_ms)) = found.query_row(limits, read).optional()? else {
        return Ok(None);
    };
    let person = people::one(connection, person)?;
    let stale = now_ms - seen_ms > SEEN_EVERY_MS;
    let until_ms = created_ms + SESSION_MS;
    Ok(person.active.then_some(Known { person, csrf: csrf(secret), stale, until_ms }))
}

pub fn seen(tx: &Tx, secret: &str, now_ms: i64) -> Result<(), Error> {
    tx.execute("UPDATE sessions SET seen_ms = ? WHERE hash = ?", params![now_ms, hash(secret)])?;
    Ok(())
}

pub fn end(tx: &Tx, secret: &str) -> Result<(), Error> {
    let ended = "DELETE FROM sessions WHERE hash = ? RETURNING person";
    let whose = tx.query_row(ended, [hash(secret)], |row| row.get(0).map(PersonId)).optional()?;
    whose.map_or(Ok(()), |person| effects::add(tx, Effect::SessionsEnded(person)))
}

/// A token for a program, as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub id: i64,
    pub name: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    /// Deeds; `None`: whatever its owner may do.
    pub scopes: Option<Vec<String>>,
}

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    pub name: &'a str,
    pub scopes: Option<Vec<String>>,
    pub expires_ms: i64,
}

pub fn add_token(
    tx: &Tx,
    person: PersonId,
    secret: &str,
    new: &NewToken,
    now_ms: i64,
) -> Result<Token, Error> {
    let NewToken { name, scopes, expires_ms } = new.clone();
    let kept = scopes.as_ref().map(|scopes| serde_json::json!(scopes).to_string());
    tx.execute(
        "INSERT INTO tokens(hash, person, name, created_ms, expires_ms, scopes_json) VALUES (?, ?, ?, ?, ?, ?)",
        params![hash(secret), person.0, name, now_ms, expires_ms, kept],
    )?;
    let id = tx.last_insert_rowid();
    Ok(Token { id, name: name.to_owned(), created_ms: now_ms, expires_ms, scopes })
}

/// What a token is for. One that cannot be read is for nothing.
fn scopes(row: &rusqlite::Row, at: usize) -> rusqlite::Result<Option<Vec<String>>> {
    let json: Option<String> = row.get(at)?;
    Ok(json.map(|json| serde_json::from_str(&json).unwrap_or_default()))
}

/// Whose token it is, while it lasts.
pub fn token(connection: &Connection, secret: &str, now_ms: i64) -> Result<Option<KnownToken>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT person, expires_ms, scopes_json FROM tokens WHERE hash = ? AND expires_ms > ?",
    )?;
    let read = |row: &rusqlite::Row| Ok((PersonId(row.get(0)?), row.get(1)?, scopes(row, 2)?));
    let Some((person, until_ms, scopes)) = found.query_row(params![hash(secret), now_ms], read).optional()?
    else {
        return Ok(None);
    };
    let person = people::one(connection, person)?;
    Ok(person.active.then_some(KnownToken { person, scopes, until_ms }))
}

pub fn tokens(connection: &Connection, person: PersonId) -> Result<Vec<Token>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT id, name, created_ms, expires_ms, scopes_json FROM tokens WHERE person = ? ORDER BY id",
    )?;
    let read = |row: &rusqlite::Row| {
        let (created_ms, expires_ms) = (row.get(2)?, row.get(3)?);
        Ok(Token { id: row.get(0)?, name: row.get(1)?, created_ms, expires_ms, scopes: scopes(row, 4)? })
    };
    let found = found.query_map([person.0], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// # Errors
/// The person has no such token.
pub fn revoke_token(tx: &Tx, person: PersonId, id: i64) -> Result<(), Error> {
    let gone = tx.execute("DELETE FROM tokens WHERE id = ? AND person = ?", params![id, person.0])?;
    if gone == 0 { Err(Error::Missing("token")) } else { effects::add(tx, Effect::SessionsEnded(person)) }
}

/// Makes a link with which a person, or the very first one, sets a password. An older link of the person is void.
pub fn invite(tx: &Tx, person: Option<PersonId>, secret: &str, expires_ms: i64) -> Result<(), Error> {
    let person = person.map(|person| person.0);
    tx.execute("DELETE FROM invitations WHERE person IS ?", [person])?;
    tx.execute(
        "INSERT INTO invitations(hash, person, expires_ms) VALUES (?, ?, ?)",
        params![hash(secret), person, expires_ms],
    )?;
    Ok(())
}

/// Whether a link can still be used.
pub fn is_link(connection: &Connection, secret: &str, now_ms: i64) -> Result<bool, Error> {
    let mut found = connection
        .prepare_cached("SELECT EXISTS(SELECT 1 FROM invitations WHERE hash = ? AND expires_ms > ?)")?;
    Ok(found.query_row(params![hash(secret), now_ms], |row| row.get(0))?)
}

/// Uses a link up: whom it was for, `Some(None)` for the first account; `None` when it is not known or too old.
pub fn accept(tx: &Tx, secret: &str, now_ms: i64) -> Result<Option<Option<PersonId>>, Error> {
    let found = tx.query_row(
        "DELETE FROM invitations WHERE hash = ? AND expires_ms > ? RETURNING person",
        params![hash(secret), now_ms],
        |row| Ok(row.get::<_, Option<i64>>(0)?.map(PersonId)),
    );
    Ok(found.optional()?)
}

/// Forgets what has expired.
pub fn sweep(tx: &Tx, now_ms: i64) -> Result<(), Error> {
    let limits = [now_ms - IDLE_MS, now_ms - SESSION_MS];
    tx.execute("DELETE FROM sessions WHERE seen_ms <= ? OR created_ms <= ?", limits)?;
    tx.execute("DELETE FROM tokens WHERE expires_ms <= ?", [now_ms])?;
    tx.execute("DELETE FROM invitations WHERE expires_ms <= ?", [now_ms])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Role;
    use crate::store::people::NewPerson;
    use crate::store::scratch;

    fn somebody(tx: &Tx) -> Person {
        let new = |login: &str| NewPerson {
            login: login.parse().unwrap(),
            name: login.into(),
            role: Role::Admin,
            team: None,
        };
        people::insert(tx, &new("first"), 0).unwrap();
        people::insert(tx, &new("second"), 0).unwrap()
    }

    #[test]
    fn a_session_lasts_while_it_is_used_and_a_week_at_most() {
        let tx = scratch();
        let person = somebody(&tx);
        begin(&tx, person.id, "s", 0).unwrap();
        assert!(known(&tx, "s", IDLE_MS - 1).unwrap().is_some());
        assert!(known(&tx, "s", IDLE_MS).unwrap().is_none());
        assert!(known(&tx, "other", 1).unwrap().is_none());
        seen(&tx, "s", SESSION_MS - 1).unwrap();
        assert!(known(&tx, "s", SESSION_MS - 1).unwrap().is_some());
        assert!(known(&tx, "s", SESSION_MS).unwrap().is_none());
    }

    #[test]
    fn who_leaves_is_signed_out_everywhere() {
        let tx = scratch();
        let person = somebody(&tx);
        begin(&tx, person.id, "s", 0).unwrap();
        let new = NewToken { name: "CRM", scopes: None, expires_ms: 1000 };
        add_token(&tx, person.id, "t", &new, 0).unwrap();
        people::update(&tx, &Person { active: false, ..person.clone() }).unwrap();
        assert!(known(&tx, "s", 1).unwrap().is_none() && token(&tx, "t", 1).unwrap().is_none());
        people::update(&tx, &person).unwrap();
        assert!(known(&tx, "s", 1).unwrap().is_none(), "and stays so after coming back");
    }

    #[test]
    fn a_link_works_once_and_a_newer_one_voids_it() {
        let tx = scratch();
        let person = somebody(&tx);
        invite(&tx, Some(person.id), "a", 1000).unwrap();
        invite(&tx, Some(person.id), "b", 1000).unwrap();
        assert_eq!(accept(&tx, "a", 1).unwrap(), None);
        assert_eq!(accept(&tx, "b", 1000).unwrap(), None, "too late");
        assert_eq!(accept(&tx, "b", 1).unwrap(), Some(Some(person.id)));
        assert_eq!(accept(&tx, "b", 1).unwrap(), None);
        invite(&tx, None, "first", 1000).unwrap();
        assert_eq!(accept(&tx, "first", 1).unwrap(), Some(None));
    }
}
