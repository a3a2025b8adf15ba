//! Who agreed to being located, and in which hours.

pub mod access_log;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx, zone};
use crate::fixes::{Hours, Reporting};
use crate::units::{PersonId, Zone};

/// What a person allows, as it is kept. Version 0: nothing was said yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoredReporting {
    pub reporting: Reporting,
    pub version: i64,
}

/// What a person allows; nothing, when nothing was said. Hours are by the organisation's clock, unless the person has a
/// zone of their own.
pub fn of(connection: &Connection, person: PersonId) -> Result<StoredReporting, Error> {
    let organisation = zone::of(connection)?;
    let mut found = connection.prepare_cached(
        "SELECT consent_ms, days, from_min, until_min, own_zone, version FROM location WHERE person = ?",
    )?;
    let read = |row: &Row| {
        let own: Option<String> = row.get(4)?;
        let own = own.and_then(|name| name.parse::<Zone>().ok());
        let hours = Hours {
            days: row.get(1)?,
            from_min: row.get(2)?,
            until_min: row.get(3)?,
            zone: own.map_or(organisation, |own| own.within(organisation)),
        };
        Ok(StoredReporting { reporting: Reporting { consent_ms: row.get(0)?, hours }, version: row.get(5)? })
    };
    let unsaid = || {
        let hours = Hours { zone: organisation, ..Hours::default() };
        StoredReporting { reporting: Reporting { consent_ms: None, hours }, version: 0 }
    };
    Ok(found.query_row([person.0], read).optional()?.unwrap_or_else(unsaid))
}

/// A person allows this from now on. Who withdraws is located nowhere any more: the positions go, and a visit that goes
/// on ends.
pub fn set(tx: &Tx, person: PersonId, reporting: &Reporting) -> Result<StoredReporting, Error> {
    let hours = reporting.hours;
    let own_zone = (hours.zone != zone::of(tx)?).then(|| hours.zone.to_string());
    tx.execute(
        "INSERT INTO location(person, consent_ms, days, from_min, until_min, own_zone) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET consent_ms = ?2, days = ?3, from_min = ?4, \
         until_min = ?5, own_zone = ?6, version = version + 1",
        params![
            person.0,
            reporting.consent_ms,
            hours.days,
            hours.from_min,
            hours.until_min,
            own_zone
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
