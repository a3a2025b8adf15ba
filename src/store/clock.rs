//! Whether the clock fits to what is kept. A clock that leaps would make everything too old at once, so nothing is swept
//! until a person has said that it is right.

use rusqlite::{Connection, OptionalExtension};

use super::{Error, Tx};

const HOUR_MS: i64 = 3_600_000;

/// An appliance may be off for so long before a person is asked: a weekend and a holiday.
const OFF_MS: i64 = 4 * 24 * HOUR_MS;

/// While it runs, the clock may be set by so much.
const SET_MS: i64 = HOUR_MS;

/// What the clock says beside what is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Clock {
    #[default]
    Fits,
    /// Later than the newest that is kept by so much, and nobody knows why.
    Ahead { ms: i64 },
    /// Earlier than the newest that is kept by so much.
    Behind { ms: i64 },
}

/// Looks at the clock, and remembers it while it fits. `running_ms` is how long the program has run since the clock fitted
/// last, by a clock that cannot be set; `None` at the first look.
///
/// # Errors
/// SQLite refuses.
pub fn look(tx: &Tx, now_ms: i64, running_ms: Option<i64>) -> Result<Clock, Error> {
    let Some(newest_ms) = trusted(tx)? else {
        accept(tx, now_ms)?;
        return Ok(Clock::Fits);
    };
    let may_ms = running_ms.map_or(OFF_MS, |running_ms| running_ms.saturating_add(SET_MS));
    let ms = now_ms.saturating_sub(newest_ms);
    if ms > may_ms {
        return Ok(Clock::Ahead { ms });
    }
    if ms < -SET_MS {
        return Ok(Clock::Behind { ms: -ms });
    }
    accept(tx, now_ms)?;
    Ok(Clock::Fits)
}

/// A person says that the clock is right, or it fits.
///
/// # Errors
/// SQLite refuses.
pub fn accept(tx: &Tx, now_ms: i64) -> Result<(), Error> {
    tx.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('clock_ms', ?)", [now_ms.to_string()])?;
    Ok(())
}

/// As [`accept`], by SQLite's own clock: for commands that a person gives.
///
/// # Errors
/// SQLite refuses.
pub fn accept_now(tx: &Tx) -> Result<(), Error> {
    let now =
        "INSERT OR REPLACE INTO meta(key, value) VALUES ('clock_ms', CAST(unixepoch('now') * 1000 AS TEXT))";
    tx.execute(now, [])?;
    Ok(())
}

/// The clock when it fitted last; before the first time, the newest that anything kept says.
fn trusted(connection: &Connection) -> Result<Option<i64>, Error> {
    let told: Option<String> = connection
        .query_row("SELECT value FROM meta WHERE key = 'clock_ms'", [], |row| row.get(0))
        .optional()?;
    if let Some(told) = told.and_then(|told| told.parse().ok()) {
        return Ok(Some(told));
    }
    let newest = "SELECT max(at_ms) FROM (SELECT max(at_ms) AS at_ms FROM audit UNION ALL SELECT max(at_ms) FROM events \
                  UNION ALL SELECT max(created_ms) FROM calls UNION ALL SELECT max(seen_ms) FROM sessions)";
    Ok(connection.query_row(newest, [], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Change;
    use crate::store::{audit, scratch};

    const DAY_MS: i64 = 24 * HOUR_MS;

    #[test]
    fn a_clock_that_leaps_waits_for_a_person_and_a_weekend_does_not() {
        let tx = scratch();
        assert_eq!(look(&tx, 100 * DAY_MS, None).unwrap(), Clock::Fits, "nothing is kept yet");
        assert_eq!(look(&tx, 103 * DAY_MS, None).unwrap(), Clock::Fits, "a weekend");
        let leapt = Clock::Ahead { ms: 200 * DAY_MS };
        assert_eq!(look(&tx, 303 * DAY_MS, None).unwrap(), leapt);
        assert_eq!(look(&tx, 303 * DAY_MS, None).unwrap(), leapt, "asking again changes nothing");
        audit::append(&tx, "1", 303 * DAY_MS, Change::of("x", "call", 1)).unwrap();
        assert_eq!(look(&tx, 303 * DAY_MS, None).unwrap(), leapt, "nor does what is written meanwhile");
        accept(&tx, 303 * DAY_MS).unwrap();
        assert_eq!(look(&tx, 303 * DAY_MS + 1, None).unwrap(), Clock::Fits);
    }

    #[test]
    fn while_the_program_runs_the_clock_may_not_outrun_it() {
        let tx = scratch();
        look(&tx, 0, None).unwrap();
        assert_eq!(look(&tx, 2 * HOUR_MS, Some(HOUR_MS)).unwrap(), Clock::Fits);
        let leapt = Clock::Ahead { ms: DAY_MS };
        assert_eq!(look(&tx, 2 * HOUR_MS + DAY_MS, Some(HOUR_MS)).unwrap(), leapt);
    }

    #[test]
    fn a_clock_that_went_back_is_waited_for() {
        let tx = scratch();
        look(&tx, 100 * DAY_MS, None).unwrap();
        assert_eq!(look(&tx, 10 * DAY_MS, None).unwrap(), Clock::Behind { ms: 90 * DAY_MS });
        assert_eq!(look(&tx, 101 * DAY_MS, None).unwrap(), Clock::Fits, "it was set right");
    }

    #[test]
    fn what_an_older_program_kept_counts_too() {
        let tx = scratch();
        audit::append(&tx, "1", 5 * DAY_MS, Change::of("x", "call", 1)).unwrap();
        assert_eq!(look(&tx, 205 * DAY_MS, None).unwrap(), Clock::Ahead { ms: 200 * DAY_MS });
    }
}
