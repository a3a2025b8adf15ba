//! Revisions of what people configure: saved, published, gone back to.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx};
use crate::revisions::Revision;

const COLUMNS: &str = "id, kind, key, parent, body_json, author, note, at_ms";

/// What is in force and what is being worked on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub kind: String,
    pub key: String,
    pub newest: i64,
    pub published: Option<i64>,
    /// Grows whenever something is saved or published.
    pub version: i64,
}

fn revision(row: &Row) -> rusqlite::Result<Revision> {
    Ok(Revision {
        id: row.get(0)?,
        kind: row.get(1)?,
        key: row.get(2)?,
        parent: row.get(3)?,
        body: row.get(4)?,
        author: row.get(5)?,
        note: row.get(6)?,
        at_ms: row.get(7)?,
    })
}

/// # Errors
/// There is no such revision.
pub fn one(connection: &Connection, id: i64) -> Result<Revision, Error> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM revisions WHERE id = ?"))?;
    found.query_row([id], revision).optional()?.ok_or(Error::Missing("revision"))
}

/// The newest revisions of one thing, newest first, all before `before`.
pub fn history(
    connection: &Connection,
    kind: &str,
    key: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<Revision>, Error> {
    let mut found = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM revisions WHERE kind = ? AND key = ? AND id < ? ORDER BY id DESC LIMIT ?"
    ))?;
    let found = found.query_map(params![kind, key, before.unwrap_or(i64::MAX), limit], revision)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Everything that is configured.
pub fn heads(connection: &Connection) -> Result<Vec<Head>, Error> {
    let mut found = connection
        .prepare_cached("SELECT kind, key, newest, published, version FROM heads ORDER BY kind, key")?;
    let found = found.query_map([], head_of)?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn head_of(row: &Row) -> rusqlite::Result<Head> {
    Ok(Head {
        kind: row.get(0)?,
        key: row.get(1)?,
        newest: row.get(2)?,
        published: row.get(3)?,
        version: row.get(4)?,
    })
}

pub fn head(connection: &Connection, kind: &str, key: &str) -> Result<Option<Head>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT kind, key, newest, published, version FROM heads WHERE kind = ? AND key = ?",
    )?;
    Ok(found.query_row([kind, key], head_of).optional()?)
}

/// A revision that is not in force yet.
#[derive(Debug, Clone)]
pub struct Draft {
    pub kind: String,
    pub key: String,
    /// Canonical JSON.
    pub body: String,
    pub author: String,
    pub note: String,
}

/// Saves a draft on top of the newest revision.
pub fn save(tx: &Tx, draft: &Draft, now_ms: i64) -> Result<(Revision, Head), Error> {
    let parent = head(tx, &draft.kind, &draft.key)?.map(|head| head.newest);
    tx.execute(
        "INSERT INTO revisions(kind, key, parent, body_json, author, note, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![draft.kind, draft.key, parent, draft.body, draft.author, draft.note, now_ms],
    )?;
    let id = tx.last_insert_rowid();
    tx.execute(
        "INSERT INTO heads(kind, key, newest, version) VALUES (?1, ?2, ?3, 1) \
         ON CONFLICT DO UPDATE SET newest = ?3, version = version + 1",
        params![draft.kind, draft.key, id],
    )?;
    Ok((one(tx, id)?, moved(tx, &draft.kind, &draft.key)?))
}

/// Puts the newest revision of a thing into force.
///
/// # Errors
/// It is not the newest: somebody saved another meanwhile.
pub fn publish(tx: &Tx, revision: &Revision) -> Result<Head, Error> {
    let changed = tx.execute(
        "UPDATE heads SET published = newest, version = version + 1 WHERE kind = ? AND key = ? AND newest = ?",
        params![revision.kind, revision.key, revision.id],
    )?;
    if changed == 0 {
        return Err(Error::Stale("revision"));
    }
    moved(tx, &revision.kind, &revision.key)
}

/// Takes a thing out of force. Its revisions stay.
///
/// # Errors
/// There is no such thing in force.
pub fn withdraw(tx: &Tx, kind: &str, key: &str) -> Result<Head, Error> {
    let changed = tx.execute(
        "UPDATE heads SET published = NULL, version = version + 1 WHERE kind = ? AND key = ? AND published IS NOT NULL",
        params![kind, key],
    )?;
    if changed == 0 {
        return Err(Error::Missing("revision"));
    }
    moved(tx, kind, key)
}

fn moved(tx: &Tx, kind: &str, key: &str) -> Result<Head, Error> {
    head(tx, kind, key)?.ok_or(Error::Missing("revision"))
}

/// Goes back to an older revision: a new one with its body, in force at once.
pub fn restore(tx: &Tx, old: &Revision, author: &str, now_ms: i64) -> Result<(Revision, Head), Error> {
    let draft = Draft {
        kind: old.kind.clone(),
        key: old.key.clone(),
        body: old.body.clone(),
        author: author.to_owned(),
        note: format!("back to {}", old.id),
    };
    let (revision, _) = save(tx, &draft, now_ms)?;
    let head = publish(tx, &revision)?;
    Ok((revision, head))
}

/// The body in force of every thing.
pub fn published(connection: &Connection) -> Result<Vec<Revision>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT r.id, r.kind, r.key, r.parent, r.body_json, r.author, r.note, r.at_ms \
         FROM heads h JOIN revisions r ON r.id = h.published ORDER BY r.kind, r.key",
    )?;
    let found = found.query_map([], revision)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Another number whenever something of these kinds is saved, published or withdrawn: versions only grow.
pub fn stamp(connection: &Connection, kinds: [&str; 3]) -> Result<i64, Error> {
    let mut sum =
        connection.prepare_cached("SELECT coalesce(sum(version), 0) FROM heads WHERE kind IN (?, ?, ?)")?;
    Ok(sum.query_row(kinds, |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;
    use proptest::prelude::*;

    fn draft(key: &str, body: &str) -> Draft {
        Draft {
            kind: "playbook".into(),
            key: key.into(),
            body: body.into(),
            author: "7".into(),
            note: "why".into(),
        }
    }

    #[test]
    fn a_draft_is_not_in_force_until_it_is_published() {
        let tx = scratch();
        let (first, head) = save(&tx, &draft("default", "1"), 0).unwrap();
        assert_eq!((head.published, head.version, first.parent), (None, 1, None));
        assert_eq!(publish(&tx, &first).unwrap().published, Some(first.id));
        let (second, head) = save(&tx, &draft("default", "2"), 1).unwrap();
        assert_eq!((second.parent, head.published), (Some(first.id), Some(first.id)));
        assert!(matches!(publish(&tx, &first), Err(Error::Stale(_))), "a newer draft is there");
        assert_eq!(published(&tx).unwrap()[0].body, "1");
    }

    #[test]
    fn revisions_cannot_be_changed() {
        let tx = scratch();
        save(&tx, &draft("default", "1"), 0).unwrap();
        assert!(tx.execute_batch("UPDATE revisions SET body_json = '2'").is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        /// Whatever was saved and restored in between, going back gives the very bytes.
        #[test]
        fn going_back_gives_the_same_bytes(edits in prop::collection::vec((0..3u8, 0..1000u16, any::<bool>()), 1..60), to in any::<prop::sample::Index>()) {
            let tx = scratch();
            let mut made = Vec::new();
            for (key, body, back) in edits {
                let key = key.to_string();
                let revision = match made.last() {
                    Some(old) if back => restore(&tx, old, "7", 0).unwrap().0,
                    _ => save(&tx, &draft(&key, &body.to_string()), 0).unwrap().0,
                };
                made.push(revision);
            }
            let old = &made[to.index(made.len())];
            let (new, head) = restore(&tx, old, "8", 1).unwrap();
            prop_assert_eq!(&new.body, &old.body);
            prop_assert_eq!(head.published, Some(new.id));
            prop_assert_eq!(&one(&tx, old.id).unwrap(), old);
            let kept = history(&tx, &old.kind, &old.key, None, 1000).unwrap();
            prop_assert!(kept.contains(old) && kept[0] == new);
        }
    }
}
