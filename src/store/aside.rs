//! Databases that were put aside by a restore. What is erased or withdrawn goes from them too, and they go after a while.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode};

use super::forgotten::{Forgotten, made_ms};
use super::{Error, FILE, OpenError, calls, clients, erase, files, people, records};
use crate::units::{ClientId, PersonId};

/// Folders with what was there before a restore are named so, with a number.
const FOLDER: &str = "before-restore-";

/// The folders of a data folder with what was there before a restore, oldest first.
pub fn all(data: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(data).into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.strip_prefix(FOLDER)?.parse::<u64>().ok();
    let mut found: Vec<_> =
        entries.filter_map(|entry| Some((number(&entry.path())?, entry.path()))).collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// The next such folder.
pub fn next(data: &Path) -> PathBuf {
    (1u64..).map(|n| data.join(format!("{FOLDER}{n}"))).find(|path| !path.exists()).unwrap_or_default()
}

/// Forgets it here; whether there was something to forget.
fn apply(what: &Forgotten, to: &Connection) -> Result<bool, Error> {
    match *what {
        Forgotten::Call(id) => {
            let there = calls::one(to, id)?.is_some();
            if there {
                calls::delete(to, id, 0)?;
            }
            Ok(there)
        }
        Forgotten::Client { id, made_ms: told_ms } => {
            let there = made_ms(to, "clients", id.0)? == Some(told_ms)
                && clients::even_deleted(to, id)?.card.name != format!("erased {id}");
            if there {
                erase::client(to, id, 0)?;
            }
            Ok(there)
        }
        Forgotten::Person { id, made_ms: told_ms } => {
            let there = made_ms(to, "people", id.0)? == Some(told_ms)
                && people::one(to, id)?.name != format!("erased {id}");
            if there {
                erase::person(to, id)?;
            }
            Ok(there)
        }
    }
}

/// What the audit log of a database says was erased or withdrawn.
fn told(connection: &Connection) -> Result<Vec<Forgotten>, Error> {
    let mut told = connection.prepare(
        "SELECT deed, entity_id FROM audit WHERE deed IN ('call.withdraw', 'client.erase', 'person.erase') ORDER BY seq",
    )?;
    let told = told.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<_>, _>>()?;
    let mut forgotten = Vec::new();
    for (deed, id) in told {
        let (deed, id): (String, String) = (deed, id);
        let number = id.parse().unwrap_or_default();
        forgotten.extend(match deed.as_str() {
            "call.withdraw" => id.parse().ok().map(Forgotten::Call),
            "client.erase" => Forgotten::client(connection, ClientId(number)).ok(),
            _ => Forgotten::person(connection, PersonId(number)).ok(),
        });
    }
    Ok(forgotten)
}

/// Forgets in a copy what was erased or withdrawn in the database that it replaces. One that cannot be read says nothing.
/// Answers how much there was.
///
/// # Errors
/// SQLite refuses a change of the copy.
pub fn carry_over(replaced: &Path, to: &Connection) -> Result<usize, Error> {
    if !replaced.exists() {
        return Ok(0);
    }
    let told = match Connection::open(replaced).map_err(Error::from).and_then(|from| told(&from)) {
        Ok(told) => told,
        Err(error) => {
            tracing::warn!(%error, "what was erased since the copy was made is not known");
            return Ok(0);
        }
    };
    let all = to.unchecked_transaction()?;
    let mut count = 0;
    for one in told {
        all.execute_batch("SAVEPOINT one")?;
        match apply(&one, &all) {
            // The copy has nobody else who keeps its accounts: it could not be used any more.
            Err(Error::Conflict(why)) => {
                tracing::warn!(%why, ?one, "an erasure is to be done again by hand");
                all.execute_batch("ROLLBACK TO one")?;
            }
            done => count += usize::from(done?),
        }
        all.execute_batch("RELEASE one")?;
    }
    all.commit()?;
    if count > 0 {
        settle(to);
    }
    Ok(count)
}

/// Words of what is gone stand in the index until it is written anew; for that a disk may have too little room.
fn settle(connection: &Connection) {
    if let Err(error) = records::settle_all_words(connection) {
        tracing::warn!(%error, "words of what was erased stay in the index of a database that was put aside");
    }
}

/// Forgets it in everything that was put aside. A file from which it cannot be taken goes as a whole.
///
/// # Errors
/// SQLite refuses, for want of room for example.
pub fn forget(data: &Path, what: &Forgotten) -> Result<(), Error> {
    for folder in all(data) {
        match forget_in(&folder.join(FILE), what) {
            Err(error) if is_beyond_that(&error) => {
                tracing::warn!(folder = %folder.display(), %error, "what was erased cannot be taken out of it: it goes");
                fs::remove_dir_all(&folder).map_err(Error::files)?;
            }
            done => done?,
        }
    }
    Ok(())
}

/// It is damaged, or would be left without anybody who keeps its accounts.
fn is_beyond_that(error: &Error) -> bool {
    let Error::Sqlite(error) = error else { return matches!(error, Error::Conflict(_)) };
    let code = error.sqlite_error_code();
    matches!(
        code,
        Some(
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::CannotOpen | ErrorCode::Unknown
        )
    )
}

fn forget_in(file: &Path, what: &Forgotten) -> Result<(), Error> {
    if !file.exists() {
        return Ok(());
    }
    let mut connection = Connection::open(file)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    super::migrate::migrate(&mut connection).map_err(|error| match error {
        OpenError::Sqlite(error) => Error::Sqlite(error),
        error => Error::Conflict(error.to_string()),
    })?;
    let all = connection.transaction()?;
    apply(what, &all)?;
    all.commit()?;
    settle(&connection);
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.close().map_err(|(_, error)| error)?;
    files::private(file).map_err(Error::files)
}

/// Takes away what was put aside longer ago than `keep`, by the file system's own clock.
pub fn sweep(data: &Path, keep: Duration, now: SystemTime) {
    for folder in all(data) {
        let since = fs::metadata(&folder).and_then(|found| found.modified());
        let old = since.is_ok_and(|since| now.duration_since(since).is_ok_and(|age| age > keep));
        if old && let Err(error) = fs::remove_dir_all(&folder) {
            tracing::error!(folder = %folder.display(), %error, "what was there before a restore could not be taken away");
        }
    }
}
