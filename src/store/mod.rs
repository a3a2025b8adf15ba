//! What is kept: one SQLite file. One writer with group commit, readers beside it, one file per kind of record.

pub mod actions;
pub mod audit;
pub mod backup;
pub mod board;
pub mod calls;
pub mod clients;
pub mod effects;
pub mod enrolments;
pub mod erase;
mod error;
pub mod events;
pub mod fixes;
pub mod idempotency;
pub mod location;
mod migrate;
pub mod notices;
pub mod people;
pub mod playbooks;
mod readers;
pub mod records;
pub mod revisions;
pub mod sessions;
pub mod sites;
pub mod studies;
pub mod sweep;
pub mod visits;
pub mod webhooks;
mod writer;

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tokio::sync::watch;

pub use error::{Error, OpenError};
pub use migrate::SCHEMA;
use readers::Readers;
use writer::Writer;

/// The database in the data folder.
const FILE: &str = "undertone.db";

/// Kept locked while a program uses the folder.
const LOCK: &str = "undertone.lock";

/// A transaction; what is written through it is kept as a whole or not at all.
pub type Tx = Connection;

/// The open database. Dropping it waits for the last commit.
pub struct Store {
    writer: Writer,
    readers: Readers,
    file: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the database of a data folder, or makes it; brings an older one up to date.
    ///
    /// # Errors
    /// Another program uses the folder, the file cannot be used, or a newer program has written it.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let lock = lock(folder)?;
        let file = folder.join(FILE);
        let mut connection = connect(&file)?;
        migrate::migrate(&mut connection)?;
        let writer = Writer::start(connection)?;
        Ok(Self { writer, readers: Readers::new(file.clone()), file, _lock: lock })
    }

    /// Runs `work` in a transaction and answers when it is on disk. An error undoes all that it wrote.
    ///
    /// # Errors
    /// That of `work`, or one of the store's: disk full, too much at once.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Tx) -> Result<T, E> + Send + 'static,
    {
        self.writer.write(work)?.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// As [`Store::write`], for threads that may wait.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Tx) -> Result<T, E> + Send + 'static,
    {
        self.writer.write(work)?.blocking_recv().unwrap_or_else(|_| Err(Error::Closed.into()))
    }

    /// Runs `work` over what was last committed, beside the writer.
    ///
    /// # Errors
    /// That of `work`, or one of the store's.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    {
        self.readers.read(work).await
    }

    /// The number of the newest event; changes when one is committed.
    pub fn newest_event(&self) -> watch::Receiver<i64> {
        self.writer.newest_event()
    }

    /// The number of the newest effect; changes when one is committed.
    pub fn newest_effect(&self) -> watch::Receiver<i64> {
        self.writer.newest_effect()
    }

    /// Empties the write-ahead log into the file, so that what was deleted is nowhere.
    pub async fn scrub(&self) -> Result<(), Error> {
        let file = self.file.clone();
        let scrubbed = tokio::task::spawn_blocking(move || {
            let connection = connect(&file)?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        });
        scrubbed.await.map_err(|_| Error::Panicked)?.map_err(Error::from)
    }

    pub fn file(&self) -> &Path {
        &self.file
    }
}

/// Does something within a transaction that goes on though it fails; then nothing of it is kept.
///
/// # Errors
/// That of `work`, or the database's.
pub fn attempt<T, E: From<Error>>(tx: &Tx, work: impl FnOnce(&Tx) -> Result<T, E>) -> Result<T, E> {
    let run = |sql: &str| tx.execute_batch(sql).map_err(Error::from);
    run("SAVEPOINT attempt")?;
    let done = work(tx);
    if done.is_err() {
        run("ROLLBACK TO attempt")?;
    }
    run("RELEASE attempt")?;
    done
}

/// Looks into the database of a folder without changing it; `None` when there is none. An appliance may run on it.
///
/// # Errors
/// It cannot be read, or is damaged.
pub fn examine(folder: &Path) -> Result<Option<audit::Verified>, Error> {
    let file = folder.join(FILE);
    if !file.exists() {
        return Ok(None);
    }
    let connection = Connection::open_with_flags(&file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let whole: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if whole != "ok" {
        return Err(Error::Conflict(format!("the database is damaged ({whole}): restore a backup")));
    }
    audit::verify(&connection).map(Some)
}

/// A connection with the settings that keep every promise: WAL beside readers, each commit on disk, deleted rows
/// overwritten.
fn connect(file: &Path) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// Keeps a second program out of the folder until the file is closed.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK);
    let file = File::create(&path).map_err(|error| OpenError::Folder { path, error })?;
    file.try_lock().map_err(|_| OpenError::InUse(folder.to_path_buf()))?;
    Ok(file)
}

/// An empty database in memory, for tests of what is written and read.
#[cfg(test)]
pub fn scratch() -> Connection {
    let mut connection = Connection::open_in_memory().expect("memory is there");
    connection.pragma_update(None, "foreign_keys", true).expect("a known setting");
    migrate::migrate(&mut connection).expect("the steps fit");
    connection
}
