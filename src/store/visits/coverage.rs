//! Which clients have not been seen for long.

use rusqlite::Connection;

use super::Error;
use crate::people::{Reach, Who};
use crate::store::reach::{Asker, within};
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
    let within = within("c.owner", "p.team");
    let mut found = connection.prepare_cached(&format!(
        "SELECT c.id, c.name, c.owner, p.name, \
         (SELECT max(v.leave_ms) FROM visits v WHERE v.client = c.id AND NOT v.rejected \
          AND v.confirmed_ms IS NOT NULL) AS seen, \
         (SELECT count(*) FROM sites s WHERE s.client = c.id) \
         FROM clients c JOIN people p ON p.id = c.owner \
         WHERE {within} AND c.deleted_ms IS NULL AND (seen IS NULL OR seen < :since_ms) \
         ORDER BY seen IS NOT NULL, seen, c.sort, c.id LIMIT :limit"
    ))?;
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
    let asker = Asker::new(who, reach);
    let found = found.query_map(&asker.with(&[(":since_ms", &since_ms), (":limit", &limit)])[..], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// How many clients are within somebody's reach.
pub fn covered(connection: &Connection, who: &Who, reach: Reach) -> Result<i64, Error> {
    let within = within("c.owner", "p.team");
    let mut counted = connection.prepare_cached(&format!(
        "SELECT count(*) FROM clients c JOIN people p ON p.id = c.owner WHERE {within} AND c.deleted_ms IS NULL"
    ))?;
    Ok(counted.query_row(&Asker::new(who, reach).with(&[])[..], |row| row.get(0))?)
}
