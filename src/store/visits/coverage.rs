//! Which clients have not been seen for long.

use rusqlite::{Connection, params};

use super::Error;
use crate::people::{Reach, Who};
use crate::units::{ClientId, PersonId};

/// A client and when somebody was there last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unseen {
    pub client: ClientId,
    pub client_name: String,
    pub owner: PersonId,
    pub owner_name: String,
    /// `None`: never, as far as is known.
    pub last_visit_ms: Option<i64>,
    pub sites: i64,
}

/// Clients within somebody's reach that nobody has visited since `since_ms`, the longest unseen first.
pub fn coverage(
    connection: &Connection,
    who: &Who,
    reach: Reach,
    since_ms: i64,
    limit: u32,
) -> Result<Vec<Unseen>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT c.id, c.name, c.owner, p.name, \
         (SELECT max(v.leave_ms) FROM visits v WHERE v.client = c.id AND NOT v.rejected \
          AND v.confirmed_ms IS NOT NULL) AS seen, \
         (SELECT count(*) FROM sites s WHERE s.client = c.id) \
         FROM clients c JOIN people p ON p.id = c.owner \
         WHERE (?1 = 'all' OR c.owner = ?2 OR (?1 = 'team' AND p.team = ?3)) AND (seen IS NULL OR seen < ?4) \
         ORDER BY seen IS NOT NULL, seen, c.sort, c.id LIMIT ?5",
    )?;
    if reach == Reach::Nothing {
        return Ok(Vec::new());
    }
    let read = |row: &rusqlite::Row| {
        Ok(Unseen {
            client: ClientId(row.get(0)?),
            client_name: row.get(1)?,
            owner: PersonId(row.get(2)?),
            owner_name: row.get(3)?,
            last_visit_ms: row.get(4)?,
            sites: row.get(5)?,
        })
    };
    let (person, team) = (who.person.map(|person| person.0), who.team.map(|team| team.0));
    let found = found.query_map(params![reach.name(), person, team, since_ms, limit], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}
