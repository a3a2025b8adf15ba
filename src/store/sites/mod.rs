//! Sites of clients: written, found, and what answers taught about them.

mod trust;

pub use trust::SURPRISING_M;

use std::collections::HashSet;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use self::trust::{Taught, believed};
use super::people::named;
use super::reach::{Asker, within};
use super::{Error, Tx};
use crate::people::{Owner, Reach, Who};
use crate::sites::{Correction, Entered, Lesson, Shape, Site};
use crate::units::{ClientId, PersonId, SiteNumber, TeamId, VisitNumber};

/// A site as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSite {
    pub id: SiteNumber,
    pub client: ClientId,
    pub client_name: String,
    /// Whoever looks after the client.
    pub owner: Owner,
    /// The name under which a table of another system knows it.
    pub code: Option<String>,
    pub entered: Entered,
    pub lessons: Vec<Lesson>,
    pub version: i64,
}

impl StoredSite {
    /// The site for the matcher; `None` for a ground that this program cannot read.
    pub fn site(&self) -> Option<Site> {
        let site = self.entered.site(self.id.to_string().into(), self.client.to_string(), &self.lessons);
        site.inspect_err(|error| tracing::error!(site = %self.id, %error, "a site cannot be read")).ok()
    }

    /// What was learned about its point.
    pub fn correction(&self) -> Correction {
        let mut correction = Correction::default();
        self.lessons.iter().for_each(|lesson| correction.learn(*lesson));
        correction
    }
}

const FROM: &str = "SELECT s.id, s.client, c.name, c.owner, p.team, s.code, s.name, s.building, s.floor, s.suite, \
                    s.lat, s.lon, s.datum, s.radius_m, s.outline_json, s.version \
                    FROM sites s JOIN clients c ON c.id = s.client JOIN people p ON p.id = c.owner";

fn kept(row: &Row) -> rusqlite::Result<StoredSite> {
    let unread = |at, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error)
    };
    let datum: String = row.get(12)?;
    let shape = match (row.get::<_, Option<f64>>(13)?, row.get::<_, Option<String>>(14)?) {
        (_, Some(json)) => Shape::Outline { json },
        (Some(radius_m), None) => Shape::Circle { radius_m },
        (None, None) => return Err(unread(13, "a site has no ground".into())),
    };
    Ok(StoredSite {
        id: SiteNumber(row.get(0)?),
        client: ClientId(row.get(1)?),
        client_name: row.get(2)?,
        owner: Owner { person: Some(PersonId(row.get(3)?)), team: row.get::<_, Option<i64>>(4)?.map(TeamId) },
        code: row.get(5)?,
        entered: Entered {
            name: row.get(6)?,
            building: row.get(7)?,
            floor: row.get(8)?,
            suite: row.get(9)?,
            lat: row.get(10)?,
            lon: row.get(11)?,
            datum: datum.parse().map_err(|error| unread(12, Box::new(error)))?,
            shape,
        },
        lessons: Vec::new(),
        version: row.get(15)?,
    })
}

fn taught(connection: &Connection, mut site: StoredSite) -> Result<StoredSite, Error> {
    let mut found = connection.prepare_cached(
        "SELECT l.visit, l.east_m, l.north_m, l.var, v.person FROM lessons l LEFT JOIN visits v ON v.id = l.visit \
         WHERE l.site = ? ORDER BY l.visit",
    )?;
    let lesson = |row: &Row| {
        let visit = row.get::<_, i64>(0)?.cast_unsigned();
        let lesson = Lesson { visit, east_m: row.get(1)?, north_m: row.get(2)?, var: row.get(3)? };
        Ok(Taught { lesson, by: row.get::<_, Option<i64>>(4)?.map(PersonId) })
    };
    site.lessons = believed(&found.query_map([site.id.0], lesson)?.collect::<Result<Vec<_>, _>>()?);
    Ok(site)
}

/// Sites that may be named to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    All,
    These(HashSet<SiteNumber>),
}

impl Reached {
    pub fn holds(&self, site: SiteNumber) -> bool {
        match self {
            Self::All => true,
            Self::These(sites) => sites.contains(&site),
        }
    }
}

/// The sites of clients within somebody's reach.
pub fn reached(connection: &Connection, who: &Who, reach: Reach) -> Result<Reached, Error> {
    let mut found = connection.prepare_cached(
        "SELECT s.id FROM clients c JOIN people p ON p.id = c.owner JOIN sites s ON s.client = c.id \
         WHERE c.owner = ?2 OR (?1 = 'team' AND p.team = ?3)",
    )?;
    match reach {
        Reach::All => return Ok(Reached::All),
        Reach::Nothing => return Ok(Reached::These(HashSet::new())),
        Reach::Own | Reach::Team => {}
    }
    let (person, team) = (who.person.map(|person| person.0), who.team.map(|team| team.0));
    let found = found.query_map(params![reach.name(), person, team], |row| row.get(0).map(SiteNumber))?;
    Ok(Reached::These(found.collect::<Result<_, _>>()?))
}

/// A site as the audit log knows it: without names and places, so that erasing a client leaves none there.
pub fn facts(site: &StoredSite) -> Value {
    let shape = match &site.entered.shape {
        Shape::Circle { radius_m } => json!({ "radius_m": radius_m }),
        Shape::Outline { json } => json!({ "outline_bytes": json.len() }),
    };
    json!({ "client": site.client.0, "datum": site.entered.datum.name(), "shape": shape, "lessons": site.lessons.len() })
}

/// # Errors
/// There is no such site.
pub fn one(connection: &Connection, id: SiteNumber) -> Result<StoredSite, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE s.id = ?"))?;
    let site = found.query_row([id.0], kept).optional()?.ok_or(Error::Missing("site"))?;
    taught(connection, site)
}

/// All of them, for the matcher.
pub fn all(connection: &Connection) -> Result<Vec<StoredSite>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} ORDER BY s.id"))?;
    let found = found.query_map([], kept)?.collect::<Result<Vec<_>, _>>()?;
    found.into_iter().map(|site| taught(connection, site)).collect()
}

/// The sites of one client.
pub fn of_client(connection: &Connection, client: ClientId) -> Result<Vec<StoredSite>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE s.client = ? ORDER BY s.id"))?;
    let found = found.query_map([client.0], kept)?.collect::<Result<Vec<_>, _>>()?;
    found.into_iter().map(|site| taught(connection, site)).collect()
}

/// Which sites are asked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub client: Option<ClientId>,
    /// Part of the site's or the client's name.
    pub text: String,
    pub after: Option<SiteNumber>,
    pub limit: u32,
}

/// Sites of clients within somebody's reach, in the order in which they were made.
pub fn list(
    connection: &Connection,
    who: &Who,
    reach: Reach,
    search: &Search,
) -> Result<Vec<StoredSite>, Error> {
    let within = within("c.owner", "p.team");
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE {within} AND (:client IS NULL OR s.client = :client) \
         AND (:text = '' OR instr(s.name, :text) OR instr(c.name, :text)) AND s.id > :after ORDER BY s.id LIMIT :limit"
    ))?;
    let (asker, client) = (Asker::new(who, reach), search.client.map(|client| client.0));
    let after = search.after.map_or(0, |after| after.0);
    let asked = asker.with(&[
        (":client", &client),
        (":text", &search.text),
        (":after", &after),
        (":limit", &search.limit),
    ]);
    let found = found.query_map(&asked[..], kept)?.collect::<Result<Vec<_>, _>>()?;
    found.into_iter().map(|site| taught(connection, site)).collect()
}

/// # Errors
/// Another site has that code.
pub fn insert(
    tx: &Tx,
    client: ClientId,
    code: Option<&str>,
    site: &Entered,
    now_ms: i64,
) -> Result<StoredSite, Error> {
    let (radius_m, outline) = ground(site);
    tx.prepare_cached(
        "INSERT INTO sites(client, code, name, building, floor, suite, lat, lon, datum, radius_m, outline_json, \
         created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        client.0,
        code,
        site.name,
        site.building,
        site.floor,
        site.suite,
        site.lat,
        site.lon,
        site.datum.name(),
        radius_m,
        outline,
        now_ms
    ])
    .map_err(|error| named(error, || taken(code)))?;
    one(tx, SiteNumber(tx.last_insert_rowid()))
}

/// A site that was moved has nothing to learn from visits to where it was said to be.
///
/// # Errors
/// Another site has that code.
pub fn update(tx: &Tx, site: &StoredSite) -> Result<StoredSite, Error> {
    let before = one(tx, site.id)?;
    let (radius_m, outline) = ground(&site.entered);
    let entered = &site.entered;
    tx.prepare_cached(
        "UPDATE sites SET client = ?, code = ?, name = ?, building = ?, floor = ?, suite = ?, lat = ?, lon = ?, \
         datum = ?, radius_m = ?, outline_json = ?, version = version + 1 WHERE id = ?",
    )?
    .execute(params![
        site.client.0,
        site.code,
        entered.name,
        entered.building,
        entered.floor,
        entered.suite,
        entered.lat,
        entered.lon,
        entered.datum.name(),
        radius_m,
        outline,
        site.id.0
    ])
    .map_err(|error| named(error, || taken(site.code.as_deref())))?;
    let place = |entered: &Entered| (entered.lat, entered.lon, entered.datum);
    if place(&before.entered) != place(entered) {
        tx.execute("DELETE FROM lessons WHERE site = ?", [site.id.0])?;
    }
    one(tx, site.id)
}

fn ground(site: &Entered) -> (Option<f64>, Option<&str>) {
    match &site.shape {
        Shape::Circle { radius_m } => (Some(*radius_m), None),
        Shape::Outline { json } => (None, Some(json)),
    }
}

fn taken(code: Option<&str>) -> String {
    format!("there is a site with the code `{}` already: choose another", code.unwrap_or_default())
}

pub fn with_code(connection: &Connection, code: &str) -> Result<Option<StoredSite>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE s.code = ?"))?;
    let site = found.query_row([code], kept).optional()?;
    site.map(|site| taught(connection, site)).transpose()
}

/// Visits to it stay with their client.
pub fn delete(tx: &Tx, id: SiteNumber) -> Result<(), Error> {
    tx.execute("DELETE FROM sites WHERE id = ?", [id.0])?;
    Ok(())
}

/// What a visit taught about a site; a visit teaches one site at a time.
pub fn teach(tx: &Tx, site: SiteNumber, lesson: &Lesson) -> Result<(), Error> {
    unteach(tx, VisitNumber(lesson.visit.cast_signed()))?;
    tx.prepare_cached("INSERT INTO lessons(site, visit, east_m, north_m, var) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![site.0, lesson.visit.cast_signed(), lesson.east_m, lesson.north_m, lesson.var])?;
    Ok(())
}

/// Takes back what a visit taught.
pub fn unteach(tx: &Tx, visit: VisitNumber) -> Result<(), Error> {
    tx.execute("DELETE FROM lessons WHERE visit = ?", [visit.0])?;
    Ok(())
}

/// Takes back everything that was learned about a site: its point is where it was entered.
///
/// # Errors
/// There is no such site.
pub fn revert(tx: &Tx, id: SiteNumber) -> Result<StoredSite, Error> {
    tx.execute("DELETE FROM lessons WHERE site = ?", [id.0])?;
    tx.execute("UPDATE sites SET version = version + 1 WHERE id = ?", [id.0])?;
    one(tx, id)
}
