//! What people say of visits: where one was, or that they are there now.

use rusqlite::params;

use super::join::{BESIDE_MS, YARD_M};
use super::{Error, StoredVisit, Tx, best_json, evidence_json, one, tell};
use crate::sites::Lesson;
use crate::store::actions::{self, Question};
use crate::store::sites;
use crate::units::{PersonId, Place, VisitNumber};
use crate::visits::{Evidence, Flag, Kind, Measured, Stage};

/// A visit that fell silent may still go on: checking in then is about it.
const OPEN_MS: i64 = 20 * 60_000;

/// A fix of one instant is no better than this on each axis, whatever it claims: reflections indoors.
const SIGMA_M_MIN: f64 = 12.0;

/// What a question about a site is about.
const WHERE_TOPIC: &str = "地点";

/// A radius of 68 % is so many standard deviations of one axis.
const RADIUS_68: f64 = 1.515;

/// A check-in can be taken back for so long. The page offers it for ten seconds; a slow network has its time.
pub(super) const UNDO_MS: i64 = 60_000;

/// Somebody says where a visit was; `None`: at no client. The last word counts. A site learns from it.
pub fn answer(
    tx: &Tx,
    visit: &StoredVisit,
    site: Option<&sites::StoredSite>,
    now_ms: i64,
) -> Result<StoredVisit, Error> {
    tx.execute(
        "UPDATE visits SET answered = 1, rejected = ?2, site = ?3, client = ?4, confidence = 1, \
         confirmed_ms = CASE WHEN ?2 THEN NULL ELSE coalesce(confirmed_ms, ?5) END, \
         stage = CASE stage WHEN 'provisional' THEN 'confirmed' ELSE stage END WHERE id = ?1",
        params![
            visit.id.0,
            site.is_none(),
            site.map(|site| site.id.0),
            site.map(|site| site.client.0),
            now_ms
        ],
    )?;
    match site {
        Some(site) => learn(tx, visit.id, site, visit.visit.centre, visit.visit.var, now_ms)?,
        None => sites::unteach(tx, visit.id)?,
    }
    one(tx, visit.id)
}

pub(super) fn learn(
    tx: &Tx,
    visit: VisitNumber,
    site: &sites::StoredSite,
    centre: Place,
    var: f64,
    now_ms: i64,
) -> Result<(), Error> {
    let entered = site.entered.datum.to_wgs84(site.entered.lat, site.entered.lon);
    let lesson = Lesson::of(entered, visit.0.cast_unsigned(), centre, var);
    sites::teach(tx, site.id, &lesson)?;
    let away_m = lesson.east_m.hypot(lesson.north_m);
    if away_m > sites::SURPRISING_M { ask(tx, site, away_m, now_ms) } else { Ok(()) }
}

/// Whoever looks after the client is asked, once at a time, whether the site is where it was entered.
fn ask(tx: &Tx, site: &sites::StoredSite, away_m: f64, now_ms: i64) -> Result<(), Error> {
    let Some(owner) = site.owner.person else { return Ok(()) };
    let next = format!("核对地点：签到在 {away_m:.0} 米外 / Check the site: a visit was {away_m:.0} m away");
    actions::ask(tx, &Question { client: site.client, owner, next, topic: WHERE_TOPIC }, now_ms)
}

/// Somebody is at a site and says so.
#[derive(Debug, Clone, Copy)]
pub struct CheckIn {
    pub person: PersonId,
    pub place: Place,
    pub accuracy_m: f64,
    pub at_ms: i64,
    /// How far from the site the position is when that is further than it can be wrong.
    pub away_m: Option<f64>,
}

impl CheckIn {
    fn measured(&self) -> Measured {
        let var = (self.accuracy_m / RADIUS_68).powi(2) + SIGMA_M_MIN.powi(2);
        Measured { place: self.place, var }
    }
}

/// A check-in without any position after it is over after this.
const ALONE_MS: i64 = 60 * 60_000;

/// Positions from before this are not looked at any more: whatever was open then is over.
const FORGOTTEN_MS: i64 = 72 * 60 * 60_000;

/// Visits that no tracker will end: they are over. Answers them.
pub fn expire(tx: &Tx, now_ms: i64) -> Result<Vec<StoredVisit>, Error> {
    let mut over = tx.prepare_cached(
        "UPDATE visits SET stage = 'left' WHERE stage != 'left' AND ((number IS NULL AND leave_ms < ?) OR leave_ms < ?) \
         RETURNING id",
    )?;
    let limits = [now_ms - ALONE_MS, now_ms - FORGOTTEN_MS];
    let over = over.query_map(limits, |row| row.get(0).map(VisitNumber))?.collect::<Result<Vec<_>, _>>()?;
    over.into_iter().map(|id| one(tx, id)).collect()
}

/// Somebody says that they go. Positions that tell otherwise later have the last word.
///
/// # Errors
/// It is over already, or was none.
pub fn leave(tx: &Tx, visit: &StoredVisit, now_ms: i64) -> Result<StoredVisit, Error> {
    if visit.rejected || visit.visit.stage == Stage::Left {
        return Err(Error::Conflict("the visit is over already: nothing is left to check out of".into()));
    }
    tx.execute(
        "UPDATE visits SET stage = 'left', leave_ms = max(leave_ms, ?2) WHERE id = ?1",
        params![visit.id.0, now_ms],
    )?;
    let after = one(tx, visit.id)?;
    tell(tx, Kind::Left, Some(visit), &after, now_ms)?;
    Ok(after)
}

/// The visit that somebody means who checks in: one that goes on, as far as positions or an earlier check-in at the same
/// site tell. Who said before that they were elsewhere has gone on since, and whose position is elsewhere has so too: only
/// a check-in that may be on the spot corrects what was said of it.
fn open(tx: &Tx, check_in: &CheckIn, site: &sites::StoredSite) -> Result<Option<StoredVisit>, Error> {
    let open = "SELECT id FROM visits WHERE person = ?1 AND NOT rejected AND flag IS NULL AND arrive_ms <= ?2 \
                AND CASE WHEN stage = 'left' THEN leave_ms >= ?2 WHEN leave_ms >= ?2 - ?3 THEN 1 \
                WHEN number IS NULL THEN site = ?4 AND leave_ms >= ?2 - ?6 \
                ELSE EXISTS(SELECT 1 FROM enrolments e JOIN fixes f ON f.enrolment = e.id \
                WHERE e.person = ?1 AND f.tst_ms BETWEEN ?2 - ?3 AND ?2) END \
                AND (site = ?4 OR coalesce(checked_in_ms >= ?2 - ?5, 1)) ORDER BY arrive_ms DESC";
    let asked = params![check_in.person.0, check_in.at_ms, OPEN_MS, site.id.0, BESIDE_MS, ALONE_MS];
    let mut open = tx.prepare_cached(open)?;
    let open = open.query_map(asked, |row| row.get(0).map(VisitNumber))?.collect::<Result<Vec<_>, _>>()?;
    for id in open {
        let kept = one(tx, id)?;
        if kept.site() == Some(site.id) || is_on_the_spot(check_in, &kept) {
            return Ok(Some(kept));
        }
    }
    Ok(None)
}

/// Whether a check-in may be where a visit is: where the last check-in was, or in the yard round where positions tell.
fn is_on_the_spot(check_in: &CheckIn, kept: &StoredVisit) -> bool {
    let reach_m = if kept.checked_in_ms.is_some() { 0.0 } else { YARD_M };
    kept.visit.measured().may_be(check_in.measured(), reach_m)
}

/// Writes a check-in down: onto the visit that goes on, or as a new one. Answers the visit before, if there was one,
/// and after.
pub fn check_in(
    tx: &Tx,
    check_in: &CheckIn,
    site: &sites::StoredSite,
    now_ms: i64,
) -> Result<(Option<StoredVisit>, StoredVisit), Error> {
    let before = open(tx, check_in, site)?;
    let Measured { place, var } = check_in.measured();
    let id = match &before {
        Some(before) => before.id,
        None => {
            tx.execute(
                "INSERT INTO visits(person, origin, stage, arrive_ms, leave_ms, confidence, best_json, \
                 provisional_ms, lat, lon, var) VALUES (?1, 'manual', 'confirmed', ?2, ?2, 1, ?3, ?4, ?5, ?6, ?7)",
                params![
                    check_in.person.0,
                    check_in.at_ms,
                    best_json(&[]),
                    now_ms,
                    place.lat,
                    place.lon,
                    var
                ],
            )?;
            VisitNumber(tx.last_insert_rowid())
        }
    };
    keep(tx, id, before.is_some(), now_ms)?;
    let evidence = check_in.away_m.map(|away_m| Evidence { distance_m: Some(away_m), ..Evidence::default() });
    tx.execute(
        "UPDATE visits SET checked_in_ms = ?2, flag = ?3, evidence_json = ?4, leave_ms = max(leave_ms, ?2) WHERE id = ?1",
        params![id.0, check_in.at_ms, evidence.map(|_| Flag::Suspect.name()), evidence_json(evidence)],
    )?;
    let visit = one(tx, id)?;
    let after = answer(tx, &visit, Some(site), now_ms)?;
    if check_in.away_m.is_some() {
        // What cannot be right teaches nothing.
        sites::unteach(tx, id)?;
    }
    Ok((before, after))
}

/// Keeps what a visit is before a check-in changes it; `was`: it was there before.
fn keep(tx: &Tx, id: VisitNumber, was: bool, now_ms: i64) -> Result<(), Error> {
    tx.execute(
        "UPDATE visits SET undo_until_ms = ?2, undo_json = CASE WHEN ?3 THEN json_object('client', client, 'site', site, \
         'stage', stage, 'answered', answered, 'confidence', confidence, 'confirmed_ms', confirmed_ms, \
         'leave_ms', leave_ms, 'checked_in_ms', checked_in_ms) END WHERE id = ?1",
        params![id.0, now_ms + UNDO_MS, was],
    )?;
    Ok(())
}
