//! The organisation's time zone: whoever keeps or asks for days, weeks and hours of the clock on the wall asks here.

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension};

use super::{Error, Tx};
use crate::units::Zone;

const KEY: &str = "time_zone";

/// What the setting `time_zone` said at the last start; China's before the first.
///
/// # Errors
/// SQLite refuses.
pub fn of(connection: &Connection) -> Result<Zone, Error> {
    let mut found = connection.prepare_cached("SELECT value FROM meta WHERE key = ?")?;
    let name: Option<String> = found.query_row([KEY], |row| row.get(0)).optional()?;
    Ok(name.and_then(|name| name.parse().ok()).unwrap_or_default())
}

/// The organisation's zone from now on.
///
/// # Errors
/// SQLite refuses.
pub fn set(tx: &Tx, zone: Zone) -> Result<(), Error> {
    let sql =
        "INSERT INTO meta(key, value) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2 WHERE value <> ?2";
    tx.execute(sql, [KEY, &zone.to_string()])?;
    Ok(())
}

/// Lets statements of this connection say `day_in(at_ms, zone)`: the day of an instant in a zone, as its count since 1970;
/// null outside the years of [`crate::units::Day`].
///
/// # Errors
/// SQLite refuses.
pub fn lend(to: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    to.create_scalar_function("day_in", 2, flags, |given| {
        let at_ms: Option<i64> = given.get(0)?;
        let zone =
            given.get_or_create_aux(1, |name| name.as_str().map(|name| name.parse().unwrap_or(Zone::UTC)))?;
        Ok(at_ms.and_then(|at_ms| zone.day(at_ms)).map(|day| day.number()))
    })
}
