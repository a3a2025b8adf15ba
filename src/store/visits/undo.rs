//! A check-in, taken back at once: what it made goes, what it changed is as it was.

use rusqlite::{OptionalExtension, params};

use super::check_ins::{self, UNDO_MS};
use super::{Error, StoredVisit, Tx, effects, one};
use crate::store::sites;
use crate::units::{SiteNumber, VisitNumber};
use crate::visits::Kind;

/// What is left of a check-in that was taken back.
#[derive(Debug)]
pub struct TakenBack {
    /// The visit as it was before; `None`: the check-in made it.
    pub visit: Option<StoredVisit>,
    /// The site that the check-in made; it is gone.
    pub site: Option<SiteNumber>,
}

/// Takes the last check-in of a visit back, and tells so: with the site that it made, if nothing else knows of it.
///
/// # Errors
/// There is none, it was taken back already, or it is too late.
pub fn take_back(tx: &Tx, visit: &StoredVisit, now_ms: i64) -> Result<TakenBack, Error> {
    let asked = "SELECT coalesce(undo_until_ms, 0), undo_json IS NULL FROM visits WHERE id = ?";
    let (until_ms, made): (i64, bool) =
        tx.query_row(asked, [visit.id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if now_ms > until_ms {
        let late = "a check-in can be taken back for a minute, once: correct where the visit was instead";
        return Err(Error::Conflict(late.into()));
    }
    let site = site_made(tx, visit.id)?;
    sites::unteach(tx, visit.id)?;
    if made && visit.visit.id == 0 {
        let gone = StoredVisit { rejected: true, ..visit.clone() };
        effects::tell(tx, Kind::Withdrawn, Some(visit), &gone, now_ms)?;
        tx.execute("DELETE FROM visits WHERE id = ?", [visit.id.0])?;
        site.map_or(Ok(()), |site| sites::delete(tx, site))?;
        return Ok(TakenBack { visit: None, site });
    }
    restore(tx, visit.id)?;
    site.map_or(Ok(()), |site| sites::delete(tx, site))?;
    let after = one(tx, visit.id)?;
    if let (true, Some(site)) = (after.visit.answered, after.site()) {
        check_ins::learn(tx, after.id, &sites::one(tx, site)?, after.visit.centre, after.visit.var, now_ms)?;
    }
    effects::tell(tx, Kind::Revised, Some(visit), &after, now_ms)?;
    Ok(TakenBack { visit: Some(after), site })
}

/// The site that the last check-in to a visit made: as old as that, untouched since, and no other visit's.
fn site_made(tx: &Tx, id: VisitNumber) -> Result<Option<SiteNumber>, Error> {
    let found = tx.query_row(
        "SELECT s.id FROM visits v JOIN sites s ON s.id = v.site WHERE v.id = ?1 AND s.version = 1 AND s.code IS NULL \
         AND s.created_ms = v.undo_until_ms - ?2 \
         AND NOT EXISTS (SELECT 1 FROM visits o WHERE o.site = s.id AND o.id <> v.id)",
        params![id.0, UNDO_MS],
        |row| Ok(SiteNumber(row.get(0)?)),
    );
    Ok(found.optional()?)
}

/// Positions that came meanwhile stay: they say how long it lasted and whether it is over. A stay that they found round a
/// check-in that made the visit is nobody's word.
fn restore(tx: &Tx, id: VisitNumber) -> Result<(), Error> {
    tx.execute(
        "UPDATE visits SET undo_json = NULL, undo_until_ms = NULL, flag = NULL, evidence_json = NULL, \
         client = undo_json ->> 'client', site = undo_json ->> 'site', \
         stage = CASE WHEN stage = 'left' OR undo_json IS NULL THEN stage ELSE undo_json ->> 'stage' END, \
         answered = coalesce(undo_json ->> 'answered', 0), confidence = coalesce(undo_json ->> 'confidence', 0), \
         confirmed_ms = undo_json ->> 'confirmed_ms', checked_in_ms = undo_json ->> 'checked_in_ms', \
         leave_ms = CASE WHEN number IS NULL THEN coalesce(undo_json ->> 'leave_ms', leave_ms) ELSE leave_ms END \
         WHERE id = ?",
        [id.0],
    )?;
    Ok(())
}
