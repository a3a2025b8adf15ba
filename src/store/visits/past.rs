//! What a tracker needs to go on after a restart: what was told and said lately, and the habits before.

use rusqlite::{Connection, params};

use super::{Error, FROM, StoredVisit, kept};
use crate::sites::SiteId;
use crate::store::location;
use crate::units::PersonId;
use crate::visits::{Answer, Habits, Past, Plan};

/// Habits are those of a year.
const HABITS_MS: i64 = 365 * 24 * 3_600_000;

/// What is due later than these many is not looked at yet.
const DUE_MAX: u32 = 1_000;

/// A check-in by hand is said of the instant; a stay that holds it is meant.
const AROUND_MS: i64 = 30_000;

/// What was told, and said, of the time from `since_ms` on.
pub fn past(connection: &Connection, person: PersonId, since_ms: i64) -> Result<Past, Error> {
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE v.person = ? AND v.leave_ms >= ? ORDER BY v.arrive_ms, v.id"
    ))?;
    let found = found.query_map(params![person.0, since_ms], kept)?.collect::<Result<Vec<_>, _>>()?;
    let said = found.iter().filter(|kept| kept.visit.answered).filter_map(said).collect();
    let told = found.into_iter().filter(|kept| kept.visit.id > 0);
    let visits = told.map(|kept| kept.visit).collect();
    Ok(Past { visits, last_id: last_number(connection, person)?.cast_unsigned(), said })
}

fn said(kept: &StoredVisit) -> Option<(i64, i64, Answer)> {
    let answer = match &kept.visit.site {
        Some(site) => Answer::At(site.clone()),
        None if kept.rejected => Answer::Nowhere,
        None => return None,
    };
    let (from_ms, to_ms) = (kept.visit.arrive_ms, kept.visit.leave_ms);
    Some(match kept.checked_in_ms {
        Some(at_ms) if kept.visit.id == 0 => (at_ms - AROUND_MS, at_ms + AROUND_MS, answer),
        _ => (from_ms, to_ms, answer),
    })
}

/// The newest number that a person's tracker has given.
pub fn last_number(connection: &Connection, person: PersonId) -> Result<i64, Error> {
    let newest = "SELECT coalesce(max(number), 0) FROM visits WHERE person = ?";
    Ok(connection.prepare_cached(newest)?.query_row([person.0], |row| row.get(0))?)
}

/// Whom a person visits: visits of the last year that ended before `before_ms` and are beyond doubt, and the clients that
/// the person looks after.
pub fn habits(connection: &Connection, person: PersonId, before_ms: i64) -> Result<Habits, Error> {
    let mut habits = Habits::new(location::of(connection, person)?.reporting.hours.zone);
    let mut own = connection
        .prepare_cached("SELECT s.id FROM sites s JOIN clients c ON c.id = s.client WHERE c.owner = ?")?;
    for site in own.query_map([person.0], |row| row.get(0))? {
        habits.looks_after(site_id(site?));
    }
    let mut found = connection.prepare_cached(
        "SELECT site, arrive_ms, leave_ms FROM visits WHERE person = ? AND leave_ms < ? AND arrive_ms >= ? \
         AND site IS NOT NULL AND confirmed_ms IS NOT NULL AND NOT rejected AND flag IS NULL ORDER BY arrive_ms",
    )?;
    let read = |row: &rusqlite::Row| Ok((site_id(row.get(0)?), row.get(1)?, row.get(2)?));
    for visit in found.query_map(params![person.0, before_ms, before_ms - HABITS_MS], read)? {
        let (site, arrive_ms, leave_ms) = visit?;
        habits.learn(&site, arrive_ms, leave_ms);
    }
    Ok(habits)
}

/// What a person is asked to do for clients, from `since_ms` on, done or not.
pub fn plan(connection: &Connection, person: PersonId, since_ms: i64) -> Result<Plan, Error> {
    let mut found = connection.prepare_cached(
        "SELECT a.due, s.id FROM actions a JOIN sites s ON s.client = a.client \
         WHERE a.owner = ? AND a.due >= ? AND a.deleted_ms IS NULL ORDER BY a.due LIMIT ?",
    )?;
    let read = |row: &rusqlite::Row| Ok((row.get(0)?, site_id(row.get(1)?)));
    let due = found.query_map(params![person.0, since_ms, DUE_MAX], read)?;
    Ok(Plan::of_due(due.collect::<Result<_, _>>()?))
}

fn site_id(number: i64) -> SiteId {
    number.to_string().into()
}
