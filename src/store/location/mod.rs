//! Who agreed to being located, and in which hours.

pub mod access_log;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx};
use crate::fixes::{Hours, Reporting};
use crate::units::PersonId;

/// What a person allows, as it is kept. Version 0: nothing was said yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredReporting {
    pub reporting: Reporting,
    pub version: i64,
}

/// What a person allows; nothing, when nothing was said.
pub fn of(connection: &Connection, person: PersonId) -> Result<StoredReporting, Error> {
    let mut found = connection.prepare_cached(
        "SELECT consent_ms, days, from_min, until_min, utc_offset_min, version FROM location WHERE person = ?",
    )?;
    let read = |row: &Row| {
        let hours = Hours {
            days: row.get(1)?,
            from_min: row.get(2)?,
            until_min: row.get(3)?,
            utc_offset_min: row.get(4)?,
        };
        Ok(StoredReporting { reporting: Reporting { consent_ms: row.get(0)?, hours }, version: row.get(5)? })
    };
    Ok(found.query_row([person.0], read).optional()?.unwrap_or_default())
}

/// A person allows this from now on. Who withdraws is located nowhere any more: the positions go, and a visit that goes
/// on ends.
pub fn set(tx: &Tx, person: PersonId, reporting: &Reporting) -> Result<StoredReporting, Error> {
    let hours = reporting.hours;
    tx.execute(
        "INSERT INTO location(person, consent_ms, days, from_min, until_min, utc_offset_min) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET consent_ms = ?2, days = ?3, from_min = ?4, \
         until_min = ?5, utc_offset_min = ?6, version = version + 1",
        params![
            person.0,
            reporting.consent_ms,
            hours.days,
            hours.from_min,
            hours.until_min,
            hours.utc_offset_min
        ],
    )?;
    if reporting.consent_ms.is_none() {
        forget_positions(tx, person)?;
        tx.execute("UPDATE visits SET stage = 'left' WHERE person = ?", [person.0])?;
    }
    of(tx, person)
}

/// Forgets where somebody was.
pub fn forget_positions(tx: &Tx, person: PersonId) -> Result<(), Error> {
    tx.execute(
        "DELETE FROM fixes WHERE enrolment IN (SELECT id FROM enrolments WHERE person = ?)",
        [person.0],
    )?;
    Ok(())
}
