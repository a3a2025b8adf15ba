//! Two records of one stay -> one: where the person said, as one visit.

use rusqlite::{OptionalExtension, params};

use super::{Error, StoredVisit, Tx, effects, one};
use crate::store::actions;
use crate::units::{PersonId, VisitNumber};
use crate::visits::Visit;

/// Somebody who checks in at the door, or long after having sat down, means the stay around it.
pub const BESIDE_MS: i64 = 5 * 60_000;

/// The record of what the tracker tells: the visit that it told before, or one that somebody checked in to by hand
/// meanwhile. When there are both, they are made one.
pub fn find(tx: &Tx, person: PersonId, visit: &Visit, now_ms: i64) -> Result<Option<VisitNumber>, Error> {
    let told = "SELECT id FROM visits WHERE person = ? AND number = ?";
    let by_hand = "SELECT id FROM visits WHERE person = ? AND number IS NULL AND origin = 'manual' \
                   AND checked_in_ms BETWEEN ? AND ? ORDER BY checked_in_ms";
    let id = |row: &rusqlite::Row| row.get(0).map(VisitNumber);
    let told =
        tx.prepare_cached(told)?.query_row(params![person.0, visit.id.cast_signed()], id).optional()?;
    if visit.flag.is_some() {
        return Ok(told);
    }
    let span = params![person.0, visit.arrive_ms - BESIDE_MS, visit.leave_ms + BESIDE_MS];
    let by_hand = tx.prepare_cached(by_hand)?.query_map(span, id)?.collect::<Result<Vec<_>, _>>()?;
    let by_hand = by_hand.into_iter().map(|id| one(tx, id)).collect::<Result<Vec<_>, _>>()?;
    let by_hand = by_hand.into_iter().find(|kept| is_of(kept, visit)).map(|kept| kept.id);
    match (told, by_hand) {
        (Some(told), Some(by_hand)) => {
            let joined = join(tx, &one(tx, told)?, &one(tx, by_hand)?, now_ms)?;
            Ok(Some(joined.unwrap_or(told)))
        }
        (told, by_hand) => Ok(told.or(by_hand)),
    }
}

/// Somebody who is at a site and checks in at its gate, or across its yard.
pub const YARD_M: f64 = 150.0;

/// Whether a check-in by hand may be of a stay: at the same site, or as near as makes no difference.
fn is_of(by_hand: &StoredVisit, stay: &Visit) -> bool {
    by_hand.visit.site == stay.site || by_hand.visit.measured().may_be(stay.measured(), YARD_M)
}

/// A visit about which a person said something, and that positions tell to be part of another one now: the two are made
/// one. Answers it as it is kept and as it was before; `None` when they are two by the person's own word.
pub fn swallowed(
    tx: &Tx,
    gone: &StoredVisit,
    now_ms: i64,
) -> Result<Option<(StoredVisit, StoredVisit)>, Error> {
    let around = "SELECT id FROM visits WHERE person = ?1 AND id != ?2 AND number IS NOT NULL AND arrive_ms <= ?4 \
                  AND (stage != 'left' OR leave_ms >= ?3) ORDER BY arrive_ms DESC LIMIT 1";
    let span = params![
        gone.owner.person.map(|person| person.0),
        gone.id.0,
        gone.visit.arrive_ms - BESIDE_MS,
        gone.visit.leave_ms + BESIDE_MS
    ];
    let around = tx.prepare_cached(around)?.query_row(span, |row| row.get(0).map(VisitNumber)).optional()?;
    let Some(around) = around.map(|id| one(tx, id)).transpose()? else { return Ok(None) };
    let Some(id) = join(tx, &around, gone, now_ms)? else { return Ok(None) };
    let before = if id == gone.id { gone.clone() } else { around.clone() };
    tx.prepare_cached(
        "UPDATE visits SET number = ?2, stage = ?3, arrive_ms = min(arrive_ms, ?4), leave_ms = max(leave_ms, ?5) \
         WHERE id = ?1",
    )?
    .execute(params![
        id.0,
        around.visit.id.cast_signed(),
        around.visit.stage.name(),
        around.visit.arrive_ms.min(gone.visit.arrive_ms),
        around.visit.leave_ms.max(gone.visit.leave_ms),
    ])?;
    Ok(Some((before, one(tx, id)?)))
}

/// Makes two visits one, unless somebody said different things of them or one is doubted. The one that was checked in to
/// last stays, as its person has it in hand; the other goes, and whoever was told of it is told so. Answers which stays.
fn join(tx: &Tx, told: &StoredVisit, said: &StoredVisit, now_ms: i64) -> Result<Option<VisitNumber>, Error> {
    let at_odds = told.visit.answered && told.visit.site != said.visit.site;
    let doubted = |kept: &StoredVisit| kept.rejected || kept.visit.flag.is_some();
    if at_odds || doubted(told) || doubted(said) {
        return Ok(None);
    }
    let word = |kept: &StoredVisit| (kept.checked_in_ms, kept.visit.answered);
    let (stays, goes) = if word(said) > word(told) { (said, told) } else { (told, said) };
    tx.execute("UPDATE calls SET visit = ?1 WHERE visit = ?2", [stays.id.0, goes.id.0])?;
    tx.execute("UPDATE OR IGNORE photos SET visit = ?1 WHERE visit = ?2", [stays.id.0, goes.id.0])?;
    effects::tell_gone(tx, goes, now_ms)?;
    actions::not_visited(tx, goes.id, now_ms)?;
    tx.execute("DELETE FROM visits WHERE id = ?", [goes.id.0])?;
    Ok(Some(stays.id))
}
