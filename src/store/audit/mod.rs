//! The audit log: entries are appended, read and verified; only the oldest may go, when they are too old to keep.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx};
use crate::audit::{Broken, Change, Entry, Link, ROOT, Walk};

/// Who acts when the appliance does something by itself.
pub const APPLIANCE: &str = "appliance";

/// Writes down what was done, in the transaction that does it.
pub fn append(tx: &Tx, actor: &str, at_ms: i64, change: Change) -> Result<(), Error> {
    let (seq, link) = last(tx)?;
    let entry = Entry {
        seq: seq + 1,
        at_ms,
        actor: actor.to_owned(),
        deed: change.deed.to_owned(),
        entity: change.entity.to_owned(),
        entity_id: change.entity_id,
        before: change.before,
        after: change.after,
    };
    tx.prepare_cached(
        "INSERT INTO audit(seq, at_ms, actor, deed, entity, entity_id, before, after, link) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        entry.seq,
        entry.at_ms,
        entry.actor,
        entry.deed,
        entry.entity,
        entry.entity_id,
        entry.before,
        entry.after,
        link.next(&entry).0,
    ])?;
    Ok(())
}

/// The newest entry's number and link, or where the log begins.
pub(super) fn last(connection: &Connection) -> Result<(i64, Link), Error> {
    let mut last = connection.prepare_cached("SELECT seq, link FROM audit ORDER BY seq DESC LIMIT 1")?;
    let last = last.query_row([], |row| Ok((row.get(0)?, Link(row.get(1)?)))).optional()?;
    last.map_or_else(|| anchor(connection), Ok)
}

/// The last entry that was swept away, and its link.
pub(super) fn anchor(connection: &Connection) -> Result<(i64, Link), Error> {
    let mut anchor = connection.prepare_cached("SELECT seq, link FROM audit_anchor")?;
    let anchor = anchor.query_row([], |row| Ok((row.get(0)?, Link(row.get(1)?)))).optional()?;
    Ok(anchor.unwrap_or((0, ROOT)))
}

/// The link of one entry; `None` when it is not there.
pub(super) fn link_of(connection: &Connection, seq: i64) -> Result<Option<Link>, Error> {
    let mut link = connection.prepare_cached("SELECT link FROM audit WHERE seq = ?")?;
    Ok(link.query_row([seq], |row| Ok(Link(row.get(0)?))).optional()?)
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries that were checked.
    pub entries: i64,
    pub broken: Option<Broken>,
}

/// Walks along the whole log.
pub fn verify(connection: &Connection) -> Result<Verified, Error> {
    let (seq, link) = anchor(connection)?;
    let mut walk = Walk::after(seq, link);
    let mut entries = connection.prepare(&format!("SELECT {COLUMNS}, link FROM audit ORDER BY seq"))?;
    let mut rows = entries.query([])?;
    while let Some(row) = rows.next()? {
        if let Err(broken) = walk.step(&entry(row)?, Link(row.get(8)?)) {
            return Ok(Verified { entries: walk.seq() - seq, broken: Some(broken) });
        }
    }
    Ok(Verified { entries: walk.seq() - seq, broken: None })
}

const COLUMNS: &str = "seq, at_ms, actor, deed, entity, entity_id, before, after";

fn entry(row: &Row) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: row.get(0)?,
        at_ms: row.get(1)?,
        actor: row.get(2)?,
        deed: row.get(3)?,
        entity: row.get(4)?,
        entity_id: row.get(5)?,
        before: row.get(6)?,
        after: row.get(7)?,
    })
}

/// What is asked of the log; empty fields ask nothing.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub entity: Option<String>,
    pub entity_id: Option<String>,
    /// Only entries of these actors.
    pub actors: Option<Vec<String>>,
    /// Only entries before this number.
    pub before: Option<i64>,
}

/// The newest entries that fit, newest first.
pub fn search(connection: &Connection, search: &Search, limit: u32) -> Result<Vec<Entry>, Error> {
    let actors = search.actors.as_ref().map(|actors| serde_json::json!(actors).to_string());
    let mut found = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM audit WHERE (?1 IS NULL OR entity = ?1) AND (?2 IS NULL OR entity_id = ?2) \
         AND (?3 IS NULL OR actor IN (SELECT value FROM json_each(?3))) AND (?4 IS NULL OR seq < ?4) \
         ORDER BY seq DESC LIMIT ?5"
    ))?;
    let found =
        found.query_map(params![search.entity, search.entity_id, actors, search.before, limit], entry)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Forgets entries from before `before_ms`; the chain goes on from the last of them. Answers how many went.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<i64, Error> {
    let last_old = "SELECT seq, link FROM audit WHERE at_ms < ? AND seq < (SELECT max(seq) FROM audit) \
                    ORDER BY seq DESC LIMIT 1";
    let found: Option<(i64, [u8; 32])> =
        tx.query_row(last_old, [before_ms], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let Some((seq, link)) = found else { return Ok(0) };
    tx.execute("DELETE FROM audit_anchor", [])?;
    tx.execute("INSERT INTO audit_anchor(seq, link) VALUES (?, ?)", params![seq, link])?;
    Ok(tx.execute("DELETE FROM audit WHERE seq <= ?", [seq])? as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::migrate::migrate;

    fn log(entries: i64) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        for n in 1..=entries {
            let change = Change::of("client.update", "client", n).from("{}").to(format!("{{\"n\":{n}}}"));
            append(&connection, "7", 1000 * n, change).unwrap();
        }
        connection
    }

    fn check(connection: &Connection, entries: i64, broken: Option<Broken>) {
        assert_eq!(verify(connection).unwrap(), Verified { entries, broken });
    }

    #[test]
    fn what_is_appended_can_be_verified_and_found() {
        let connection = log(5);
        check(&connection, 5, None);
        let ask = Search { entity_id: Some("3".into()), ..Search::default() };
        let found = search(&connection, &ask, 10).unwrap();
        assert_eq!((found.len(), found[0].after.as_deref()), (1, Some("{\"n\":3}")));
        let mine = Search { actors: Some(vec!["8".into()]), ..Search::default() };
        assert_eq!(search(&connection, &mine, 10).unwrap(), []);
    }

    #[test]
    fn the_database_itself_refuses_changes() {
        let connection = log(3);
        for sql in ["UPDATE audit SET actor = '8'", "DELETE FROM audit WHERE seq = 2"] {
            let refused = connection.execute_batch(sql).unwrap_err().to_string();
            assert!(refused.contains("append-only"), "{sql}: {refused}");
        }
    }

    #[test]
    fn a_change_behind_its_back_is_found() {
        let connection = log(4);
        connection
            .execute_batch(
                "DROP TRIGGER audit_is_append_only_update; UPDATE audit SET actor = '8' WHERE seq = 2",
            )
            .unwrap();
        check(&connection, 1, Some(Broken::Changed(2)));
        let connection = log(4);
        connection
            .execute_batch("DROP TRIGGER audit_is_append_only_delete; DELETE FROM audit WHERE seq = 2")
            .unwrap();
        check(&connection, 1, Some(Broken::Missing(2)));
    }

    #[test]
    fn what_is_too_old_goes_and_the_rest_still_holds() {
        let connection = log(6);
        assert_eq!(sweep(&connection, 3_500).unwrap(), 3);
        check(&connection, 3, None);
        append(&connection, "7", 9000, Change::of("x", "client", 1)).unwrap();
        check(&connection, 4, None);
        assert_eq!(sweep(&connection, i64::MAX).unwrap(), 3, "the newest stays as the chain's end");
        check(&connection, 1, None);
    }
}
