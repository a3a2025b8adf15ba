//! The texts that the other side is told, in versions that never change.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx};
use crate::calls::Notice;
use crate::units::PersonId;

const FROM: &str = "SELECT version, zh, en, author, published_ms FROM notices";

fn notice(row: &Row) -> rusqlite::Result<Notice> {
    Ok(Notice {
        version: row.get(0)?,
        zh: row.get(1)?,
        en: row.get(2)?,
        author: row.get::<_, Option<i64>>(3)?.map(PersonId),
        published_ms: row.get(4)?,
    })
}

/// All versions, newest first.
pub fn list(connection: &Connection) -> Result<Vec<Notice>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} ORDER BY version DESC"))?;
    Ok(found.query_map([], notice)?.collect::<Result<_, _>>()?)
}

/// # Errors
/// There is no such version.
pub fn one(connection: &Connection, version: i64) -> Result<Notice, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE version = ?"))?;
    found.query_row([version], notice).optional()?.ok_or(Error::Missing("consent text"))
}

/// The number of the newest version.
pub fn newest(connection: &Connection) -> Result<i64, Error> {
    Ok(connection.query_row("SELECT max(version) FROM notices", [], |row| row.get(0))?)
}

pub fn publish(tx: &Tx, zh: &str, en: &str, author: Option<PersonId>, now_ms: i64) -> Result<Notice, Error> {
    tx.execute(
        "INSERT INTO notices(zh, en, author, published_ms) VALUES (?, ?, ?, ?)",
        params![zh, en, author.map(|author| author.0), now_ms],
    )?;
    one(tx, tx.last_insert_rowid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    #[test]
    fn a_new_text_gets_the_next_number_and_the_older_stay() {
        let tx = scratch();
        assert_eq!(newest(&tx).unwrap(), 1, "one comes with the program");
        let second = publish(&tx, "不录音", "not recorded", None, 7).unwrap();
        assert_eq!((second.version, second.published_ms, newest(&tx).unwrap()), (2, Some(7), 2));
        assert_eq!(list(&tx).unwrap().len(), 2);
        assert!(matches!(one(&tx, 3), Err(Error::Missing(_))));
    }
}
