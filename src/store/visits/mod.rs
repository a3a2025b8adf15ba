//! Visits as they are kept: what trackers found, what people said of it, and what follows from it.

mod check_ins;
mod coverage;
mod effects;
mod join;
mod past;
mod photos;
mod record;
mod undo;

pub use check_ins::{CheckIn, answer, check_in, expire, leave};
pub use coverage::{Unseen, coverage, covered};
pub use effects::tell;
pub use past::{habits, last_number, past, plan};
pub use photos::{Photo, photo, put_photo};
pub use record::record;
pub use undo::{TakenBack, take_back};

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::reach::{Asker, within};
use super::{Error, Tx};
use crate::people::{Owner, Reach, Who};
use crate::sites::SiteId;
use crate::units::{ClientId, PersonId, Place, SiteNumber, TeamId, VisitNumber};
use crate::visits::{Evidence, Flag, Stage, Visit};

/// A visit, whose it is, and what a person had to do with it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredVisit {
    pub id: VisitNumber,
    pub owner: Owner,
    pub person_name: String,
    pub client: Option<ClientId>,
    pub client_name: Option<String>,
    /// As the tracker tells it; its `id` is the tracker's, 0 before one has seen it.
    pub visit: Visit,
    /// It was none.
    pub rejected: bool,
    /// Somebody checked in by hand.
    pub checked_in_ms: Option<i64>,
    pub photo: bool,
}

impl StoredVisit {
    pub fn site(&self) -> Option<SiteNumber> {
        self.visit.site.as_deref().and_then(|site| site.parse().ok())
    }

    /// Where it is in its life, in one word.
    pub fn state(&self) -> &'static str {
        match self.visit.stage {
            _ if self.rejected => "rejected",
            _ if self.visit.is_asking() => "asked",
            stage => stage.name(),
        }
    }
}

/// Evidence as JSON.
#[derive(Serialize, Deserialize)]
struct StoredEvidence {
    simulated: u32,
    repeated: u32,
    came_mps: Option<f64>,
    left_mps: Option<f64>,
    distance_m: Option<f64>,
}

fn evidence_json(evidence: Option<Evidence>) -> Option<String> {
    let Evidence { simulated, repeated, came_mps, left_mps, distance_m } = evidence?;
    let kept = StoredEvidence { simulated, repeated, came_mps, left_mps, distance_m };
    serde_json::to_string(&kept).ok()
}

fn evidence(json: Option<String>) -> Option<Evidence> {
    let kept: StoredEvidence = serde_json::from_str(&json?).ok()?;
    let StoredEvidence { simulated, repeated, came_mps, left_mps, distance_m } = kept;
    Some(Evidence { simulated, repeated, came_mps, left_mps, distance_m })
}

fn best_json(best: &[(SiteId, f64)]) -> String {
    let best: Vec<(&str, f64)> = best.iter().map(|(site, share)| (&**site, *share)).collect();
    serde_json::json!(best).to_string()
}

fn best(json: &str) -> Vec<(SiteId, f64)> {
    let best: Vec<(String, f64)> = serde_json::from_str(json).unwrap_or_default();
    best.into_iter().map(|(site, share)| (site.into(), share)).collect()
}

const FROM: &str = "SELECT v.id, v.person, p.team, p.name, v.number, v.client, c.name, v.site, v.stage, v.rejected, \
                    v.answered, v.arrive_ms, v.leave_ms, v.confidence, v.best_json, v.flag, v.evidence_json, \
                    v.provisional_ms, v.confirmed_ms, v.asked_ms, v.lat, v.lon, v.var, v.checked_in_ms, \
                    EXISTS(SELECT 1 FROM photos f WHERE f.visit = v.id) \
                    FROM visits v JOIN people p ON p.id = v.person LEFT JOIN clients c ON c.id = v.client";

fn kept(row: &Row) -> rusqlite::Result<StoredVisit> {
    let stage: String = row.get(8)?;
    let stage = Stage::named(&stage).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(8, Type::Text, format!("`{stage}` is no stage").into())
    });
    let (flag, json): (Option<String>, Option<String>) = (row.get(15)?, row.get(16)?);
    Ok(StoredVisit {
        id: VisitNumber(row.get(0)?),
        owner: Owner { person: Some(PersonId(row.get(1)?)), team: row.get::<_, Option<i64>>(2)?.map(TeamId) },
        person_name: row.get(3)?,
        client: row.get::<_, Option<i64>>(5)?.map(ClientId),
        client_name: row.get(6)?,
        visit: Visit {
            id: row.get::<_, Option<i64>>(4)?.unwrap_or(0).cast_unsigned(),
            stage: stage?,
            arrive_ms: row.get(11)?,
            leave_ms: row.get(12)?,
            site: row.get::<_, Option<i64>>(7)?.map(|site| site.to_string().into()),
            confidence: row.get(13)?,
            best: best(&row.get::<_, String>(14)?),
            flag: flag.and_then(|flag| Flag::named(&flag)),
            evidence: evidence(json),
            provisional_ms: row.get(17)?,
            confirmed_ms: row.get(18)?,
            asked_ms: row.get(19)?,
            answered: row.get(10)?,
            centre: Place::new(row.get(20)?, row.get(21)?),
            var: row.get(22)?,
        },
        rejected: row.get(9)?,
        checked_in_ms: row.get(23)?,
        photo: row.get(24)?,
    })
}

/// # Errors
/// There is no such visit.
pub fn one(connection: &Connection, id: VisitNumber) -> Result<StoredVisit, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE v.id = ?"))?;
    found.query_row([id.0], kept).optional()?.ok_or(Error::Missing("visit"))
}

/// Which visits are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Search {
    /// Visits that touch this stretch of time.
    pub from_ms: i64,
    pub until_ms: i64,
    pub person: Option<PersonId>,
    /// Only what somebody should look into.
    pub flagged: bool,
    pub limit: u32,
}

/// Visits within somebody's reach, oldest first. Stays at no client are for the person alone.
pub fn list(
    connection: &Connection,
    who: &Who,
    reach: Reach,
    search: &Search,
) -> Result<Vec<StoredVisit>, Error> {
    let within = within("v.person", "p.team");
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE v.arrive_ms < :until_ms AND v.leave_ms >= :from_ms AND (:person IS NULL OR v.person = :person) \
         AND (:flagged = 0 OR v.flag IS NOT NULL) AND {within} \
         AND (v.person = :me OR v.client IS NOT NULL) ORDER BY v.arrive_ms, v.id LIMIT :limit"
    ))?;
    let (asker, person) = (Asker::new(who, reach), search.person.map(|person| person.0));
    let asked = asker.with(&[
        (":until_ms", &search.until_ms),
        (":from_ms", &search.from_ms),
        (":person", &person),
        (":flagged", &search.flagged),
        (":limit", &search.limit),
    ]);
    Ok(found.query_map(&asked[..], kept)?.collect::<Result<_, _>>()?)
}

/// A person's visit that goes on, if it is known where.
pub fn going_on(connection: &Connection, person: PersonId) -> Result<Option<StoredVisit>, Error> {
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE v.person = ? AND v.stage = 'confirmed' AND v.client IS NOT NULL AND NOT v.rejected \
         AND v.confirmed_ms IS NOT NULL ORDER BY v.arrive_ms DESC LIMIT 1"
    ))?;
    Ok(found.query_row([person.0], kept).optional()?)
}

/// The last visits to a client, newest first.
pub fn of_client(connection: &Connection, client: ClientId, limit: u32) -> Result<Vec<StoredVisit>, Error> {
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE v.client = ? AND NOT v.rejected AND v.confirmed_ms IS NOT NULL \
         ORDER BY v.arrive_ms DESC LIMIT ?"
    ))?;
    Ok(found.query_map(params![client.0, limit], kept)?.collect::<Result<_, _>>()?)
}

/// All visits of a person, oldest first.
pub fn of(connection: &Connection, person: PersonId) -> Result<Vec<StoredVisit>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE v.person = ? ORDER BY v.arrive_ms"))?;
    Ok(found.query_map([person.0], kept)?.collect::<Result<_, _>>()?)
}

/// Stays at no client go with the positions that told of them.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM visits WHERE client IS NULL AND leave_ms < ?", [before_ms])?;
    Ok(())
}
