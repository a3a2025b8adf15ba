//! Brings a database of an older program up to date, one whole step at a time.

use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection, TransactionBehavior};

use super::{OpenError, records};

/// Steps are never changed once released; new ones go to the end. Each runs in one transaction together with its number,
/// so that a program killed in one begins it anew.
const STEPS: [&str; 17] = [
    include_str!("schema/0001_ground.sql"),
    include_str!("schema/0002_clients.sql"),
    include_str!("schema/0003_revisions_and_webhooks.sql"),
    include_str!("schema/0004_visits.sql"),
    include_str!("schema/0005_course.sql"),
    include_str!("schema/0006_playbooks.sql"),
    include_str!("schema/0007_effects.sql"),
    include_str!("schema/0008_led.sql"),
    include_str!("schema/0009_effects.sql"),
    include_str!("schema/0010_sealed.sql"),
    include_str!("schema/0011_scopes.sql"),
    include_str!("schema/0012_records.sql"),
    include_str!("schema/0013_check_in_undo_and_rule_facts.sql"),
    include_str!("schema/0014_record_files.sql"),
    include_str!("schema/0015_record_imports.sql"),
    include_str!("schema/0016_zones.sql"),
    include_str!("schema/0017_actions.sql"),
];

/// What a step does besides, that SQL cannot say; in the same transaction.
fn besides(connection: &Connection, version: u32) -> Result<(), super::Error> {
    if version == 17 { records::carried::carry(connection) } else { Ok(()) }
}

/// The version that this program writes: the number of its steps.
pub const SCHEMA: u32 = STEPS.len() as u32;

/// # Errors
/// A newer program has written it, or SQLite refuses a step.
pub fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    while step(connection, &mut || ())? {}
    Ok(())
}

/// Runs the next step, if there is one left, and says so; `done` hears of each statement.
fn step(connection: &mut Connection, done: &mut impl FnMut()) -> Result<bool, OpenError> {
    let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > SCHEMA {
        return Err(OpenError::Newer { found, known: SCHEMA });
    }
    let Some(sql) = STEPS.get(found as usize) else { return Ok(false) };
    let mut statements = Batch::new(&step, sql);
    while let Some(mut statement) = statements.next()? {
        statement.execute([])?;
        done();
    }
    besides(&step, found + 1)?;
    done();
    step.pragma_update(None, "user_version", found + 1)?;
    done();
    step.commit()?;
    Ok(true)
}

/// An empty database of this version, in memory.
///
/// # Errors
/// SQLite refuses a step.
pub fn blank(version: u32) -> Result<Connection, super::Error> {
    let connection = Connection::open_in_memory()?;
    for (version, sql) in (1..=version).zip(STEPS) {
        connection.execute_batch(sql)?;
        besides(&connection, version)?;
    }
    connection.pragma_update(None, "user_version", version)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

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

    /// What a child process is told: the database, and after which statement it is killed.
    const KILLED: &str = "UNDERTONE_TEST_KILLED";

    /// So little memory that rows are on disk before they are committed.
    fn open(file: &Path) -> Connection {
        let connection = Connection::open(file).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        connection.pragma_update(None, "cache_size", 1).unwrap();
        // A killed program leaves what it wrote to the system, which need not be on disk.
        connection.pragma_update(None, "synchronous", "OFF").unwrap();
        connection
    }

    /// Migrates in a process of its own that is killed after so many statements; whether it was.
    fn killed_after(file: &Path, statements: usize) -> bool {
        let told = format!("{statements} {}", file.display());
        let mut child = std::process::Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", "store::migrate::tests::a_child_that_is_killed"]).env(KILLED, told);
        let output = child.output().unwrap();
        let killed = std::os::unix::process::ExitStatusExt::signal(&output.status) == Some(9);
        assert!(killed || output.status.success(), "{output:?}");
        killed
    }

    /// Does nothing unless it is the child of the test below.
    #[test]
    fn a_child_that_is_killed() {
        let Ok(told) = std::env::var(KILLED) else { return };
        let (statements, file) = told.split_once(' ').unwrap();
        let mut left: usize = statements.parse().unwrap();
        step(&mut open(Path::new(file)), &mut || {
            left -= 1;
            if left == 0 {
                rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)
                    .unwrap();
            }
        })
        .unwrap();
    }

    /// Rows that later steps find.
    fn fill(connection: &Connection, version: usize) {
        let rows = match version {
            1 => "INSERT INTO people(login, name, role, created_ms) SELECT 'p' || n, 'P', 'rep', 0 FROM n",
            2 => {
                "INSERT INTO clients(id, name, aliases_json, contacts_json, analyse, owner, letters, sort, created_ms) \
                 SELECT n, 'c' || n, '[]', '[]', 1, n, '', '', 0 FROM n; \
                 WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300) \
                 INSERT INTO calls(id, owner, client, layout, source, consent, created_ms) \
                 SELECT n, n, n, 'mono', 'socket', 'notified', 0 FROM n"
            }
            _ => return,
        };
        let numbers = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)";
        connection.execute_batch(&format!("{numbers} {rows}")).unwrap();
    }

    /// The whole schema, and how many rows there are.
    fn state(connection: &Connection) -> (Vec<String>, [i64; 3]) {
        let mut schema =
            connection.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name").unwrap();
        let schema = schema.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
        let count = |table| {
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
        };
        (schema, ["people", "clients", "calls"].map(count))
    }

    /// Whichever statement is the last that a killed program ran, the next start ends with the whole schema and all rows.
    #[test]
    fn a_step_that_is_killed_at_any_statement_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let at = |version: usize| -> PathBuf { folder.path().join(format!("{version}.db")) };
        for version in 0..STEPS.len() {
            let mut connection = open(&at(version));
            for reached in 1..=version {
                assert!(step(&mut connection, &mut || ()).unwrap());
                fill(&connection, reached);
            }
        }
        // Closing put everything into the one file.
        let mut whole = open(&folder.path().join("whole.db"));
        migrate(&mut whole).unwrap();
        let (want, mut kills) = (state(&whole).0, 0);
        for version in 0..STEPS.len() {
            for statements in 1.. {
                let file = folder.path().join(format!("{version}-{statements}.db"));
                std::fs::copy(at(version), &file).unwrap();
                if !killed_after(&file, statements) {
                    break;
                }
                kills += 1;
                let mut connection = open(&file);
                let found: u32 =
                    connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
                assert_eq!(found as usize, version, "nothing of the step is there");
                migrate(&mut connection).unwrap();
                let rows = [version >= 1, version >= 2, version >= 2].map(|filled| 300 * i64::from(filled));
                assert_eq!(state(&connection), (want.clone(), rows), "{version}, {statements}");
                let check = |pragma| -> String {
                    let answer = connection.pragma_query_value(None, pragma, |row| row.get(0));
                    rusqlite::OptionalExtension::optional(answer).unwrap().unwrap_or_default()
                };
                assert_eq!(
                    (check("integrity_check"), check("foreign_key_check")),
                    ("ok".into(), String::new())
                );
            }
        }
        assert!(kills > 80, "{kills} kills");
    }
}
