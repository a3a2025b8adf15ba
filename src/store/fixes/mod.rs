//! Positions as they were reported: taken once each, counted when they are not, read in the order of their commits.

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx, enrolments, location};
use crate::fixes::{Fix, Refused, Source, assumed_sent_ms};
use crate::units::{EnrolmentId, PersonId};

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intake {
    pub stored: u64,
    /// They came before.
    pub duplicate: u64,
    pub refused: BTreeMap<Refused, u64>,
}

impl Intake {
    /// Both batches together.
    pub fn plus(mut self, other: Self) -> Self {
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        for (why, count) in other.refused {
            *self.refused.entry(why).or_default() += count;
        }
        self
    }

    /// Nothing may be stored of this person at all.
    pub fn lacks_consent(&self) -> bool {
        self.stored == 0 && self.duplicate == 0 && self.refused.contains_key(&Refused::NoConsent)
    }
}

/// A stored position and whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub seq: i64,
    pub person: PersonId,
    pub fix: Fix,
}

/// Takes a batch of one device in one transaction. What is stored is stored once, however often it is sent; what is not
/// is counted by its reason. `unread` counts what could not even be read.
///
/// # Errors
/// The device may not report any more.
pub fn take(
    tx: &Tx,
    id: EnrolmentId,
    fixes: &[Fix],
    unread: &BTreeMap<Refused, u64>,
    keep_ms: i64,
    now_ms: i64,
) -> Result<Intake, Error> {
    let enrolment = enrolments::active(tx, id)?;
    let reporting = location::of(tx, enrolment.person)?.reporting;
    let mut intake = Intake { refused: unread.clone(), ..Intake::default() };
    let mut put = tx.prepare_cached(
        "INSERT OR IGNORE INTO fixes(enrolment, tst_ms, lat, lon, datum, sent_ms, rx_ms, accuracy_m, speed_mps, \
         battery, source, mock) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for fix in fixes {
        if let Some(why) = reporting.refuses(fix, keep_ms) {
            *intake.refused.entry(why).or_default() += 1;
            continue;
        }
        let stored = put.execute(params![
            id.0,
            fix.tst_ms,
            fix.lat,
            fix.lon,
            fix.datum.name(),
            fix.sent_ms,
            fix.rx_ms,
            fix.accuracy_m,
            fix.speed_mps,
            fix.battery,
            fix.source.name(),
            fix.mock
        ])?;
        if stored == 1 { intake.stored += 1 } else { intake.duplicate += 1 }
    }
    enrolments::seen(tx, id, now_ms)?;
    enrolments::count(tx, id, "stored", intake.stored)?;
    enrolments::count(tx, id, "duplicate", intake.duplicate)?;
    for (why, count) in &intake.refused {
        enrolments::count(tx, id, why.name(), *count)?;
    }
    Ok(intake)
}

/// A heartbeat tells where a device is for so long after its last position.
const ALIVE_MS_MAX: i64 = 6 * 3_600_000;

/// A device was alive at these instants and knew no position. It is taken to be where it was at its last one before; of an
/// instant without such a one only the count is kept.
///
/// # Errors
/// The device may not report any more.
pub fn alive(tx: &Tx, id: EnrolmentId, at_ms: &[i64], keep_ms: i64, now_ms: i64) -> Result<Intake, Error> {
    let mut newest = tx.prepare_cached(&format!(
        "{FROM} WHERE f.enrolment = ? AND f.tst_ms <= ? AND f.tst_ms > ? AND f.mock = 0 ORDER BY f.tst_ms DESC LIMIT 1"
    ))?;
    let (mut still, mut unread) = (Vec::new(), BTreeMap::new());
    for &at_ms in at_ms {
        let of = params![id.0, at_ms, at_ms.saturating_sub(ALIVE_MS_MAX)];
        match newest.query_row(of, stored).optional()? {
            Some(Stored { fix, .. }) => still.push(Fix {
                tst_ms: at_ms,
                sent_ms: assumed_sent_ms(at_ms, now_ms),
                rx_ms: now_ms,
                speed_mps: None,
                source: Source::Ping,
                ..fix
            }),
            None => *unread.entry(Refused::NoPosition).or_default() += 1,
        }
    }
    take(tx, id, &still, &unread, keep_ms, now_ms)
}

const FROM: &str = "SELECT f.seq, e.person, f.enrolment, f.tst_ms, f.lat, f.lon, f.datum, f.sent_ms, f.rx_ms, \
                    f.accuracy_m, f.speed_mps, f.battery, f.source, f.mock \
                    FROM fixes f JOIN enrolments e ON e.id = f.enrolment";

fn stored(row: &Row) -> rusqlite::Result<Stored> {
    let datum: String = row.get(6)?;
    let datum = datum.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(6, Type::Text, Box::<crate::units::BadDatum>::new(error))
    });
    let Ok(source) = row.get::<_, String>(12)?.parse();
    Ok(Stored {
        seq: row.get(0)?,
        person: PersonId(row.get(1)?),
        fix: Fix {
            device: row.get::<_, i64>(2)?.to_string(),
            tst_ms: row.get(3)?,
            lat: row.get(4)?,
            lon: row.get(5)?,
            datum: datum?,
            sent_ms: row.get(7)?,
            rx_ms: row.get(8)?,
            accuracy_m: row.get(9)?,
            speed_mps: row.get(10)?,
            battery: row.get(11)?,
            source,
            mock: row.get(13)?,
        },
    })
}

/// The newest positions of one device, in the order of time.
///
/// # Errors
/// SQLite refuses.
pub fn newest_of(connection: &Connection, id: EnrolmentId, limit: u32) -> Result<Vec<Fix>, Error> {
    let mut found =
        connection.prepare_cached(&format!("{FROM} WHERE f.enrolment = ? ORDER BY f.tst_ms DESC LIMIT ?"))?;
    let found = found.query_map(params![id.0, limit], stored)?;
    let mut fixes = found.map(|row| row.map(|stored| stored.fix)).collect::<Result<Vec<_>, _>>()?;
    fixes.reverse();
    Ok(fixes)
}

/// Positions behind a number, in the order in which they were committed.
pub fn after(connection: &Connection, seq: i64, limit: u32) -> Result<Vec<Stored>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE f.seq > ? ORDER BY f.seq LIMIT ?"))?;
    Ok(found.query_map(params![seq, limit], stored)?.collect::<Result<_, _>>()?)
}

/// A person's positions of a time by the devices' clocks, up to a number of commit, in the order of commits.
pub fn of(
    connection: &Connection,
    person: PersonId,
    from_ms: i64,
    until_ms: i64,
    seq_max: i64,
) -> Result<Vec<Fix>, Error> {
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE e.person = ? AND f.tst_ms >= ? AND f.tst_ms < ? AND f.seq <= ? ORDER BY f.seq"
    ))?;
    let found = found.query_map(params![person.0, from_ms, until_ms, seq_max], stored)?;
    Ok(found.map(|row| row.map(|stored| stored.fix)).collect::<Result<_, _>>()?)
}

/// The newest number that was committed.
pub fn newest(connection: &Connection) -> Result<i64, Error> {
    Ok(connection.query_row("SELECT coalesce(max(seq), 0) FROM fixes", [], |row| row.get(0))?)
}

/// Who was located since then.
pub fn people_since(connection: &Connection, since_ms: i64) -> Result<Vec<PersonId>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT DISTINCT e.person FROM enrolments e WHERE EXISTS \
         (SELECT 1 FROM fixes f WHERE f.enrolment = e.id AND f.tst_ms >= ?)",
    )?;
    Ok(found.query_map([since_ms], |row| row.get(0).map(PersonId))?.collect::<Result<_, _>>()?)
}

/// Forgets positions from before `before_ms`. Answers how many.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<usize, Error> {
    let old = "DELETE FROM fixes WHERE enrolment IN (SELECT id FROM enrolments) AND tst_ms < ?";
    Ok(tx.execute(old, [before_ms])?)
}
