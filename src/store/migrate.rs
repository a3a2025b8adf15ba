//! Brings a database of an older program up to date, one whole step at a time.

use rusqlite::{Connection, TransactionBehavior};

use super::OpenError;

/// Steps are never changed once released; new ones go to the end. Each runs in one transaction together with its number,
/// so that a program killed in one begins it anew.
const STEPS: [&str; 6] = [
    include_str!("schema/0001_ground.sql"),
    include_str!("schema/0002_clients.sql"),
    include_str!("schema/0003_revisions_and_webhooks.sql"),
    include_str!("schema/0005_course.sql"),
    include_str!("schema/0006_playbooks.sql"),
    include_str!("schema/0007_effects.sql"),
];

/// The version that this program writes: the number of its steps.
pub const SCHEMA: u32 = STEPS.len() as u32;

/// # Errors
/// A newer program has written it, or SQLite refuses a step.
pub fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: u32 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if found > SCHEMA {
            return Err(OpenError::Newer { found, known: SCHEMA });
        }
        let Some(sql) = STEPS.get(found as usize) else { return Ok(()) };
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", found + 1)?;
        step.commit()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_database_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let refused = migrate(&mut connection).unwrap_err().to_string();
        assert!(refused.contains("version 99, this program knows"), "{refused}");
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        let version: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!(version as usize, STEPS.len());
    }

    /// Whichever statement is the last that a killed program ran, the next start ends with the whole schema.
    #[test]
    fn a_step_that_stops_at_any_statement_begins_anew() {
        for sql in STEPS {
            for cut in sql.match_indices(";\n").map(|(at, _)| at + 1) {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("x.db");
                let mut killed = Connection::open(&file).unwrap();
                let step = killed.transaction().unwrap();
                // A trigger has statements of its own; half of one is refused, as a cut anywhere else is not.
                let _ = step.execute_batch(&sql[..cut]);
                std::mem::forget(step);
                drop(killed);
                let mut connection = Connection::open(&file).unwrap();
                migrate(&mut connection).unwrap();
            }
        }
    }
}
