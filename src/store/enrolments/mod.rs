//! Phones and receivers that report positions: whose they are, whether they still may, and what came from them.

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::sessions::hash;
use super::{Error, Tx};
use crate::fixes::ReportingApp;
use crate::units::{EnrolmentId, PersonId};

/// Somebody's phones and receivers; more are a mistake.
const ENROLMENTS_MAX: i64 = 50;

/// A phone or receiver as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    pub id: EnrolmentId,
    pub person: PersonId,
    pub app: ReportingApp,
    pub name: String,
    pub created_ms: i64,
    pub seen_ms: Option<i64>,
    /// Positions stored, and not stored by reason.
    pub counts: BTreeMap<String, i64>,
}

const COLUMNS: &str = "e.id, e.person, e.app, e.name, e.created_ms, e.seen_ms";

/// Revoked ones, and those of people who have left, report nothing any more.
const ACTIVE: &str =
    "FROM enrolments e JOIN people p ON p.id = e.person WHERE e.revoked_ms IS NULL AND p.active";

fn enrolment(row: &Row) -> rusqlite::Result<Enrolment> {
    let app: String = row.get(2)?;
    let app = app.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::<crate::fixes::UnknownApp>::new(error))
    });
    Ok(Enrolment {
        id: EnrolmentId(row.get(0)?),
        person: PersonId(row.get(1)?),
        app: app?,
        name: row.get(3)?,
        created_ms: row.get(4)?,
        seen_ms: row.get(5)?,
        counts: BTreeMap::new(),
    })
}

/// Enrols a phone or receiver; only the hash of its secret is kept.
///
/// # Errors
/// The person has too many.
pub fn insert(
    tx: &Tx,
    person: PersonId,
    app: ReportingApp,
    name: &str,
    secret: Option<&str>,
    now_ms: i64,
) -> Result<Enrolment, Error> {
    let many = "SELECT count(*) FROM enrolments WHERE person = ? AND revoked_ms IS NULL";
    if tx.query_row(many, [person.0], |row| row.get::<_, i64>(0))? >= ENROLMENTS_MAX {
        let why = format!("{ENROLMENTS_MAX} devices are enrolled: revoke one that is not used any more");
        return Err(Error::Conflict(why));
    }
    tx.execute(
        "INSERT INTO enrolments(person, app, name, hash, created_ms) VALUES (?, ?, ?, ?, ?)",
        params![person.0, app.name(), name, secret.map(hash), now_ms],
    )?;
    active(tx, EnrolmentId(tx.last_insert_rowid()))
}

/// One that may report.
///
/// # Errors
/// There is none of that number, or it was revoked.
pub fn active(connection: &Connection, id: EnrolmentId) -> Result<Enrolment, Error> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} {ACTIVE} AND e.id = ?"))?;
    found.query_row([id.0], enrolment).optional()?.ok_or(Error::Missing("enrolment"))
}

/// Whose secret it is; `None` for one that is not known or was revoked.
pub fn known(connection: &Connection, secret: &str) -> Result<Option<Enrolment>, Error> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} {ACTIVE} AND e.hash = ?"))?;
    Ok(found.query_row(params![hash(secret)], enrolment).optional()?)
}

/// The one that the page, or a file of tracks, reports through; made at its first use.
pub fn own(tx: &Tx, person: PersonId, app: ReportingApp, now_ms: i64) -> Result<Enrolment, Error> {
    let sql = format!("SELECT {COLUMNS} {ACTIVE} AND e.person = ? AND e.app = ? ORDER BY e.id LIMIT 1");
    let found = tx.prepare_cached(&sql)?.query_row(params![person.0, app.name()], enrolment).optional()?;
    match found {
        Some(found) => Ok(found),
        None => insert(tx, person, app, app.name(), None, now_ms),
    }
}

/// Whom the appliance's own receiver reports for: who enrolled it last.
pub fn receiver(connection: &Connection) -> Result<Option<Enrolment>, Error> {
    let sql = format!("SELECT {COLUMNS} {ACTIVE} AND e.app = 'gpsd' ORDER BY e.id DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row([], enrolment).optional()?)
}

/// All of a person's that may report, with what came from them.
pub fn of(connection: &Connection, person: PersonId) -> Result<Vec<Enrolment>, Error> {
    let mut found =
        connection.prepare_cached(&format!("SELECT {COLUMNS} {ACTIVE} AND e.person = ? ORDER BY e.id"))?;
    let mut found = found.query_map([person.0], enrolment)?.collect::<Result<Vec<_>, _>>()?;
    let mut counts =
        connection.prepare_cached("SELECT what, count FROM enrolment_counts WHERE enrolment = ?")?;
    for one in &mut found {
        let count = |row: &Row| Ok((row.get(0)?, row.get(1)?));
        one.counts = counts.query_map([one.id.0], count)?.collect::<Result<_, _>>()?;
    }
    Ok(found)
}

/// From now on it reports nothing.
///
/// # Errors
/// The person has no such device.
pub fn revoke(tx: &Tx, person: PersonId, id: EnrolmentId, now_ms: i64) -> Result<(), Error> {
    let revoked = tx.execute(
        "UPDATE enrolments SET revoked_ms = ?, hash = NULL WHERE id = ? AND person = ? AND revoked_ms IS NULL",
        params![now_ms, id.0, person.0],
    )?;
    if revoked == 0 { Err(Error::Missing("enrolment")) } else { Ok(()) }
}

/// It was heard of.
pub fn seen(tx: &Tx, id: EnrolmentId, now_ms: i64) -> Result<(), Error> {
    tx.prepare_cached("UPDATE enrolments SET seen_ms = ? WHERE id = ?")?.execute(params![now_ms, id.0])?;
    Ok(())
}

/// Counts what came from it.
pub fn count(tx: &Tx, id: EnrolmentId, what: &str, more: u64) -> Result<(), Error> {
    if more > 0 {
        tx.prepare_cached(
            "INSERT INTO enrolment_counts(enrolment, what, count) VALUES (?, ?, ?) \
             ON CONFLICT DO UPDATE SET count = count + excluded.count",
        )?
        .execute(params![id.0, what, more.cast_signed()])?;
    }
    Ok(())
}
