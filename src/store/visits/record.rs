//! A change that a tracker tells -> the visit as it is kept.

use rusqlite::{OptionalExtension, params};

use super::{Error, Kept, Tx, best_json, evidence_json, one};
use crate::units::{PersonId, VisitNumber};
use crate::visits::{Change, Kind, Visit};

/// Somebody who checks in at the door, or long after having sat down, means the stay around it.
const BESIDE_MS: i64 = 5 * 60_000;

/// Writes a change down. Answers the visit before and after; `None` when there is nothing to write.
///
/// # Errors
/// SQLite refuses.
pub fn record(tx: &Tx, person: PersonId, change: &Change) -> Result<Option<(Option<Kept>, Kept)>, Error> {
    let visit = &change.visit;
    let known = find(tx, person, visit)?;
    let before = known.map(|id| one(tx, id)).transpose()?;
    let id = match (&before, change.kind) {
        (None, Kind::Withdrawn) => return Ok(None),
        // What a person said is not taken back by positions.
        (Some(before), Kind::Withdrawn) if before.visit.answered => return Ok(None),
        (Some(before), Kind::Withdrawn) => {
            tx.execute(
                "UPDATE visits SET rejected = 1, stage = 'left', number = NULL WHERE id = ?",
                [before.id.0],
            )?;
            before.id
        }
        (Some(before), _) => {
            update(tx, before.id, visit)?;
            before.id
        }
        (None, _) => {
            tx.prepare_cached(
                "INSERT INTO visits(person, origin, stage, arrive_ms, leave_ms, confidence, best_json, \
                 provisional_ms, lat, lon, var) VALUES (?, 'automatic', ?, ?, ?, 0, '[]', ?, 0, 0, 0)",
            )?
            .execute(params![
                person.0,
                visit.stage.name(),
                visit.arrive_ms,
                visit.leave_ms,
                visit.provisional_ms
            ])?;
            let id = VisitNumber(tx.last_insert_rowid());
            update(tx, id, visit)?;
            id
        }
    };
    Ok(Some((before, one(tx, id)?)))
}

/// The visit that the tracker means: the one it told before, or one that somebody checked in to by hand meanwhile.
fn find(tx: &Tx, person: PersonId, visit: &Visit) -> Result<Option<VisitNumber>, Error> {
    let told = "SELECT id FROM visits WHERE person = ? AND number = ?";
    let by_hand = "SELECT id FROM visits WHERE person = ? AND number IS NULL AND origin = 'manual' \
                   AND checked_in_ms BETWEEN ? AND ? ORDER BY checked_in_ms LIMIT 1";
    let id = |row: &rusqlite::Row| row.get(0).map(VisitNumber);
    let told =
        tx.prepare_cached(told)?.query_row(params![person.0, visit.id.cast_signed()], id).optional()?;
    if told.is_some() || visit.flag.is_some() {
        return Ok(told);
    }
    let span = params![person.0, visit.arrive_ms - BESIDE_MS, visit.leave_ms + BESIDE_MS];
    Ok(tx.prepare_cached(by_hand)?.query_row(span, id).optional()?)
}

/// What a person said stays: only the times of such a visit follow the positions.
fn update(tx: &Tx, id: VisitNumber, visit: &Visit) -> Result<(), Error> {
    let site: Option<i64> = visit.site.as_deref().and_then(|site| site.parse().ok());
    tx.prepare_cached(
        "UPDATE visits SET number = ?2, site = CASE WHEN answered THEN site ELSE ?3 END, \
         client = CASE WHEN answered THEN client ELSE (SELECT client FROM sites WHERE id = ?3) END, \
         stage = ?4, rejected = rejected AND answered, arrive_ms = ?5, leave_ms = ?6, \
         confidence = CASE WHEN answered THEN confidence ELSE ?7 END, best_json = ?8, flag = coalesce(?9, CASE WHEN answered THEN flag END), \
         evidence_json = coalesce(?10, CASE WHEN answered THEN evidence_json END), \
         confirmed_ms = CASE WHEN answered THEN confirmed_ms ELSE ?11 END, asked_ms = ?12, lat = ?13, lon = ?14, \
         var = ?15 WHERE id = ?1",
    )?
    .execute(params![
        id.0,
        visit.id.cast_signed(),
        site,
        visit.stage.name(),
        visit.arrive_ms,
        visit.leave_ms,
        visit.confidence,
        best_json(&visit.best),
        visit.flag.map(|flag| flag.name()),
        evidence_json(visit.evidence),
        visit.confirmed_ms,
        visit.asked_ms,
        visit.centre.lat,
        visit.centre.lon,
        visit.var,
    ])?;
    Ok(())
}
