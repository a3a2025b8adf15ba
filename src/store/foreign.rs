//! Whether a file is a database of this program, and nothing in it acts by itself: before it is taken in.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{Error, migrate};

/// "Undt": what SQLite calls the application of a file.
pub const APPLICATION: i32 = 0x556e_6474;

/// The first version whose files say of which application they are.
const SAID_FROM: u32 = 10;

/// Why a file is refused; `None` when it is one of ours.
///
/// # Errors
/// SQLite refuses.
pub fn fault(connection: &Connection) -> Result<Option<String>, Error> {
    let application: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 || (application != APPLICATION && (application != 0 || version >= SAID_FROM)) {
        return Ok(Some("it is no database of Undertone".into()));
    }
    if version > migrate::SCHEMA {
        let known = migrate::SCHEMA;
        return Ok(Some(format!(
            "a newer program has written it (version {version}, this one knows {known}): install that first"
        )));
    }
    let ours = migrate::blank(version)?;
    let (known, found) = (acting(&ours)?, acting(connection)?);
    if let Some((kind, name, _)) = found.difference(&known).next() {
        return Ok(Some(format!("the {kind} `{name}` in it is not of Undertone")));
    }
    if let Some((kind, name, _)) = known.difference(&found).next() {
        return Ok(Some(format!("the {kind} `{name}` is missing, or is another")));
    }
    Ok(columns(&ours)?
        .difference(&columns(connection)?)
        .next()
        .map(|name| format!("the column `{name}` is missing")))
}

/// Everything in a schema that acts by itself, and how.
fn acting(connection: &Connection) -> Result<BTreeSet<(String, String, String)>, rusqlite::Error> {
    let mut found = connection.prepare(
        "SELECT CASE type WHEN 'table' THEN 'virtual table' ELSE type END, name, coalesce(sql, '') FROM sqlite_schema \
         WHERE type IN ('trigger', 'view') OR (type = 'table' AND ltrim(sql) LIKE 'create virtual%')",
    )?;
    found.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

/// Tables of people's own have more.
fn columns(connection: &Connection) -> Result<BTreeSet<String>, rusqlite::Error> {
    let mut found = connection.prepare(
        "SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'",
    )?;
    found.query_map([], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    #[test]
    fn a_database_of_ours_is_taken_at_every_version() {
        for version in 1..=migrate::SCHEMA {
            let connection = migrate::blank(version).unwrap();
            let said = if version >= SAID_FROM { APPLICATION } else { 0 };
            connection.pragma_update(None, "application_id", said).unwrap();
            assert_eq!(fault(&connection).unwrap(), None, "version {version}");
        }
        let connection = scratch();
        connection.execute_batch("ALTER TABLE clients ADD COLUMN colour TEXT").unwrap();
        assert_eq!(fault(&connection).unwrap(), None, "people add columns");
    }

    #[test]
    fn what_acts_by_itself_and_is_not_ours_is_named() {
        let planted = [
            (
                "CREATE TRIGGER evil AFTER INSERT ON sessions BEGIN DELETE FROM audit_anchor; END",
                "trigger `evil`",
            ),
            ("CREATE VIEW evil AS SELECT * FROM sessions", "view `evil`"),
            ("DROP TRIGGER audit_is_append_only_update", "`audit_is_append_only_update` is missing"),
            (
                "DROP TRIGGER audit_is_append_only_update; \
                 CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit BEGIN SELECT 1; END",
                "`audit_is_append_only_update`",
            ),
            ("DROP TABLE deliveries", "`deliveries.attempts` is missing"),
            ("PRAGMA application_id = 7", "no database of Undertone"),
            ("PRAGMA application_id = 0", "no database of Undertone"),
            ("PRAGMA user_version = 0", "no database of Undertone"),
        ];
        for (sql, want) in planted {
            let connection = scratch();
            connection.execute_batch(sql).unwrap();
            let why = fault(&connection).unwrap().unwrap_or_default();
            assert!(why.contains(want), "{sql}: {why}");
        }
    }
}
