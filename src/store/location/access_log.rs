//! Who looked at where somebody was: read from the audit log, in which every such look is an entry.

use rusqlite::{Connection, params};

use crate::store::Error;
use crate::units::PersonId;

/// Deeds that are looks at somebody's positions or visits. The entry names the people in `people`.
pub const DEEDS: [&str; 3] = ["visits.read", "visit.read", "photo.read"];

/// One look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    pub at_ms: i64,
    pub actor: PersonId,
    pub actor_name: String,
    pub what: String,
}

/// Looks at one person by others, newest first.
pub fn at(connection: &Connection, person: PersonId, limit: u32) -> Result<Vec<Look>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT a.at_ms, p.id, p.name, a.deed FROM audit a JOIN people p ON p.id = CAST(a.actor AS INTEGER) \
         WHERE a.entity = 'visits' AND a.deed IN (?, ?, ?) AND p.id != ?4 \
         AND EXISTS (SELECT 1 FROM json_each(a.after, '$.people') WHERE value = ?4) ORDER BY a.seq DESC LIMIT ?5",
    )?;
    let read = |row: &rusqlite::Row| {
        Ok(Look {
            at_ms: row.get(0)?,
            actor: PersonId(row.get(1)?),
            actor_name: row.get(2)?,
            what: row.get(3)?,
        })
    };
    let found = found.query_map(params![DEEDS[0], DEEDS[1], DEEDS[2], person.0, limit], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}
