//! Answers to requests that a client may send twice: the second gets the first's answer, and nothing happens again.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use super::{Error, Tx};
use crate::units::CallId;

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    /// The version of the record in it, for its `ETag`.
    pub version: Option<i64>,
    pub body_json: String,
}

/// Whose request it was, under which key, and a hash of what was asked.
#[derive(Debug, Clone)]
pub struct Request {
    pub actor: String,
    pub key: String,
    pub hash: [u8; 32],
}

/// The answer that this request got before.
///
/// # Errors
/// The key was used for another request.
pub fn find(connection: &Connection, request: &Request) -> Result<Option<Answer>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT request, status, version, body_json FROM answers WHERE actor = ? AND key = ?",
    )?;
    let read = |row: &rusqlite::Row| {
        let answer = Answer { status: row.get(1)?, version: row.get(2)?, body_json: row.get(3)? };
        Ok((row.get::<_, [u8; 32]>(0)?, answer))
    };
    let found = found.query_row(params![request.actor, request.key], read).optional()?;
    match found {
        Some((hash, _)) if hash != request.hash => Err(Error::KeyReused),
        found => Ok(found.map(|(_, answer)| answer)),
    }
}

/// Keeps an answer, with the record that it is about.
///
/// # Errors
/// SQLite refuses.
pub fn keep(
    tx: &Tx,
    request: &Request,
    answer: &Answer,
    (entity, id): (&str, &str),
    now_ms: i64,
) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO answers(actor, key, request, status, version, body_json, entity, entity_id, at_ms) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        request.actor,
        request.key,
        request.hash,
        answer.status,
        answer.version,
        answer.body_json,
        entity,
        id,
        now_ms
    ])?;
    Ok(())
}

/// Forgets what was answered about a record; a request that got it would be done anew.
///
/// # Errors
/// SQLite refuses.
pub fn forget(tx: &Tx, entity: &str, id: &str) -> Result<(), Error> {
    tx.prepare_cached("DELETE FROM answers WHERE entity = ? AND entity_id = ?")?.execute([entity, id])?;
    Ok(())
}

/// Forgets what was answered about a call, and wherever its number stands: no other text reads like one.
///
/// # Errors
/// SQLite refuses.
pub fn forget_call(tx: &Tx, call: CallId) -> Result<(), Error> {
    let forget = "DELETE FROM answers WHERE (entity = 'call' AND entity_id = ?1) OR instr(body_json, ?1)";
    tx.prepare_cached(forget)?.execute([call.to_string()])?;
    Ok(())
}

/// Forgets what was answered about records of a table: one by one, several together, or rows that were not taken.
///
/// # Errors
/// SQLite refuses.
pub fn forget_records(tx: &Tx, table: &str, ids: &BTreeSet<i64>) -> Result<(), Error> {
    let mut of_one = tx.prepare_cached("DELETE FROM answers WHERE entity = 'record' AND entity_id = ?")?;
    for id in ids {
        of_one.execute([format!("{table}/{id}")])?;
    }
    if !ids.is_empty() {
        let of_many = "DELETE FROM answers WHERE entity = 'table' AND entity_id = ?1 AND EXISTS \
            (SELECT 1 FROM json_each(body_json, '$.items') WHERE json_extract(value, '$.id') IN (SELECT value FROM json_each(?2))) \
            OR entity = 'import' AND json_extract(body_json, '$.bad_rows') IS NOT NULL";
        tx.prepare_cached(of_many)?.execute(params![table, json!(ids).to_string()])?;
    }
    Ok(())
}

/// Forgets answers from before `before_ms`.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM answers WHERE at_ms < ?", [before_ms])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    #[test]
    fn the_same_request_gets_the_same_answer_and_another_is_refused() {
        let tx = scratch();
        let request = Request { actor: "7".into(), key: "k".into(), hash: [1; 32] };
        let answer = Answer { status: 201, version: Some(1), body_json: "{}".into() };
        assert_eq!(find(&tx, &request).unwrap(), None);
        keep(&tx, &request, &answer, ("client", "3"), 5).unwrap();
        assert_eq!(find(&tx, &request).unwrap(), Some(answer));
        let other = Request { hash: [2; 32], ..request.clone() };
        assert!(matches!(find(&tx, &other), Err(Error::KeyReused)));
        let elsewhere = Request { actor: "8".into(), ..other };
        assert_eq!(find(&tx, &elsewhere).unwrap(), None, "keys of others do not matter");
        sweep(&tx, 6).unwrap();
        assert_eq!(find(&tx, &request).unwrap(), None);
    }
}
