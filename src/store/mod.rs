//! What is kept: one SQLite file. One writer with group commit, readers beside it, one file per kind of record.

pub mod actions;
pub mod aside;
pub mod audit;
pub mod backup;
pub mod board;
pub mod calls;
pub mod clients;
pub mod clock;
pub mod condition;
pub mod contacts;
pub mod effects;
pub mod enrolments;
pub mod erase;
mod error;
pub mod events;
pub mod files;
pub mod fixes;
mod foreign;
pub mod forgotten;
pub mod idempotency;
mod key;
pub mod location;
mod migrate;
pub mod notices;
pub mod people;
pub mod playbooks;
mod reach;
mod readers;
pub mod records;
mod reserve;
pub mod restore;
pub mod revisions;
pub mod sessions;
pub mod sites;
pub mod studies;
pub mod sweep;
pub mod visits;
pub mod webhooks;
pub mod withdrawn;
pub mod witness;
mod words;
mod writer;
pub mod zone;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rusqlite::Connection;
use tokio::sync::watch;

use clock::Clock;
use condition::Condition;
pub use error::{Error, OpenError};
use forgotten::Forgotten;
use key::Key;
pub use migrate::SCHEMA;
use readers::Readers;
use reserve::Reserve;
use sweep::{Retention, Swept};
use withdrawn::{Withdrawal, Withdrawn};
use witness::{Doubt, Witness};
use writer::Writer;

/// The database in the data folder.
const FILE: &str = "undertone.db";

/// Kept locked while a program uses the folder.
const LOCK: &str = "undertone.lock";

/// Pages that the writer keeps in memory: entries of large indexes come in no order.
const WRITER_CACHE_KIB: i64 = 16 << 10;

/// A transaction; what is written through it is kept as a whole or not at all.
pub type Tx = Connection;

/// The open database. Dropping it waits for the last commit.
pub struct Store {
    writer: Writer,
    readers: Readers,
    folder: PathBuf,
    file: PathBuf,
    key: Key,
    noted: Mutex<Condition>,
    reserve: Reserve,
    withdrawn: Arc<Withdrawn>,
    /// Words of what was erased wait for room.
    words_wait: AtomicBool,
    _lock: File,
}

impl Store {
    /// Opens the database of a data folder, or makes it; brings an older one up to date, ends a restore that was cut short
    /// and carries out the withdrawals that a full disk kept back.
    ///
    /// # Errors
    /// Another program uses the folder, the file cannot be used or is gone, or a newer program has written it.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        Self::open_as(folder, true)
    }

    /// Without heads beside the database: what they cost is measured against this.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_unwitnessed(folder: &Path) -> Result<Self, OpenError> {
        Self::open_as(folder, false)
    }

    fn open_as(folder: &Path, is_witnessed: bool) -> Result<Self, OpenError> {
        let at = |error| OpenError::File { path: folder.to_path_buf(), error };
        files::folder(folder).map_err(at)?;
        let lock = lock(folder)?;
        restore::settle(folder).map_err(at)?;
        let file = folder.join(FILE);
        if !file.exists() && (folder.join(witness::HEAD).exists() || !aside::all(folder).is_empty()) {
            return Err(OpenError::Gone(file));
        }
        let key = Key::open(folder).map_err(at)?;
        for ending in ["", "-wal", "-shm"] {
            files::private(&files::beside(&file, ending)).map_err(at)?;
        }
        let mut connection = connect(&file, &key)?;
        migrate::migrate(&mut connection)?;
        webhooks::seal_all(&connection)?;
        let doubt = witness::since_then(folder, &key, &connection)?;
        let damage = condition::quick_look(&connection, condition::BUDGET)?;
        for trouble in doubt.iter().map(Doubt::to_string).chain(damage.clone()) {
            tracing::error!(%trouble, "the database is not as it should be");
        }
        let witness = is_witnessed.then(|| Witness::open(folder, &key, &connection, doubt.as_ref()));
        let witness = witness.transpose()?;
        let noted = Mutex::new(Condition { damage, doubt, ..Condition::default() });
        let (reserve, withdrawn) = (Reserve::new(folder), Arc::new(Withdrawn::open(folder).map_err(at)?));
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB).map_err(OpenError::from)?;
        records::let_words_wait(&connection)?;
        let writer = Writer::start(connection, witness)?;
        let readers = Readers::new(file.clone(), key.clone());
        let folder = folder.to_path_buf();
        let words_wait = AtomicBool::new(false);
        let store =
            Self { writer, readers, folder, file, key, noted, reserve, withdrawn, words_wait, _lock: lock };
        store.carry_out();
        Ok(store)
    }

    fn noted(&self) -> MutexGuard<'_, Condition> {
        // Each field is replaced whole.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Carries out the withdrawals that wait, and lays up room for the next. For threads that may wait; to be called now
    /// and then.
    pub fn tend(&self) {
        self.carry_out();
        self.reserve.lay_up();
        self.settle_words_that_wait();
    }

    fn carry_out(&self) {
        for waiting in self.withdrawn.waiting() {
            self.reserve.give();
            let again = waiting.clone();
            match self.write_blocking(move |tx| calls::withdraw(tx, &again)) {
                Ok(_) => self.withdrawn.done(waiting.call),
                Err(error) => {
                    tracing::error!(%error, call = %waiting.call, "a withdrawal waits for room on the disk")
                }
            }
        }
    }

    /// Something is about to be deleted: on a full disk there is room for that.
    pub fn make_room(&self) {
        self.reserve.give();
    }

    /// A withdrawal is to be carried out, whatever happens: it is known after a restart, too, and there is room for it.
    ///
    /// # Errors
    /// It cannot be noted.
    pub async fn note_withdrawal(&self, withdrawal: Withdrawal) -> Result<(), Error> {
        self.reserve.give();
        let withdrawn = self.withdrawn.clone();
        let noted = tokio::task::spawn_blocking(move || withdrawn.note(withdrawal)).await;
        noted.map_err(|_| Error::Panicked)?.map_err(Error::files)
    }

    /// A withdrawal was carried out.
    pub fn withdrawal_is_done(&self, call: crate::units::CallId) {
        self.withdrawn.done(call);
    }

    /// What was just erased or withdrawn goes from what restores put aside, too.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn forget_aside(&self, what: Forgotten) -> Result<(), Error> {
        let folder = self.folder.clone();
        let forgotten = tokio::task::spawn_blocking(move || aside::forget(&folder, &what)).await;
        forgotten.map_err(|_| Error::Panicked)?
    }

    /// Forgets what is older than it may be, unless the clock does not fit to what is kept: then a person is waited for.
    /// `running_ms` as in [`clock::look`].
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn sweep(
        &self,
        retention: Retention,
        now_ms: i64,
        running_ms: Option<i64>,
    ) -> Result<(Clock, Swept), Error> {
        let swept = self.write(move |tx| match clock::look(tx, now_ms, running_ms)? {
            Clock::Fits => Ok((Clock::Fits, sweep::sweep(tx, &retention, now_ms)?)),
            leapt => Ok::<_, Error>((leapt, Swept::default())),
        });
        let (clock, swept) = swept.await?;
        self.noted().clock = clock;
        if clock == Clock::Fits {
            let (folder, now) = (self.folder.clone(), SystemTime::UNIX_EPOCH);
            let now = now + Duration::from_millis(now_ms.max(0).unsigned_abs());
            let _ = tokio::task::spawn_blocking(move || aside::sweep(&folder, retention.aside(), now)).await;
        }
        Ok((clock, swept))
    }

    /// Tells as an event, signed, how far the audit log has come, unless that is `told` already. Answers how far.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn tell_head(&self, told: i64, now_ms: i64) -> Result<i64, Error> {
        let key = self.key.clone();
        self.write(move |tx| witness::tell(tx, &key, told, now_ms)).await
    }

    /// A person said that the clock is right.
    pub fn clock_is_right(&self) {
        self.noted().clock = Clock::Fits;
    }

    /// Compares the database with the heads of its audit log that are kept beside it.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn compare(&self) -> Result<Option<Doubt>, Error> {
        let (folder, key) = (self.folder.clone(), self.key.clone());
        self.read(move |kept| witness::compare(&folder, &key, kept)).await
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
        let (file, key) = (self.file.clone(), self.key.clone());
        let scrubbed = tokio::task::spawn_blocking(move || {
            let connection = connect(&file, &key)?;
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

/// What a look at a folder finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    pub log: audit::Verified,
    /// What the signed heads say against it.
    pub doubt: Option<Doubt>,
}

/// Looks into the database of a folder without changing it; `None` when there is none. An appliance may run on it.
///
/// # Errors
/// It cannot be read, is damaged, or is gone.
pub fn examine(folder: &Path) -> Result<Option<Examined>, Error> {
    let file = folder.join(FILE);
    if !file.exists() {
        let was_there = folder.join(witness::HEAD).exists() || !aside::all(folder).is_empty();
        return if was_there { Err(Error::Conflict(OpenError::Gone(file).to_string())) } else { Ok(None) };
    }
    if let Some(broken) = condition::look_through(&file)? {
        return Err(Error::Conflict(format!("the database is damaged ({broken}): restore a backup")));
    }
    let connection = Connection::open_with_flags(&file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let view = connection.unchecked_transaction()?;
    let doubt = if folder.join(key::FILE).exists() {
        let key = Key::open(folder).map_err(Error::files)?;
        witness::compare(folder, &key, &view)?
    } else {
        None
    };
    Ok(Some(Examined { log: audit::verify(&view)?, doubt }))
}

/// A connection with the settings that keep every promise: WAL beside readers, each commit on disk, deleted rows
/// overwritten.
fn connect(file: &Path, key: &Key) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(file)?;
    key.lend(&connection)?;
    zone::lend(&connection)?;
    // Nothing in the file may call what it should not.
    connection.pragma_update(None, "trusted_schema", false)?;
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
    let file = files::create(&path).map_err(|error| OpenError::Folder { path, error })?;
    file.try_lock().map_err(|_| OpenError::InUse(folder.to_path_buf()))?;
    Ok(file)
}

/// An empty database in memory, for tests of what is written and read.
#[cfg(test)]
pub fn scratch() -> Connection {
    let mut connection = Connection::open_in_memory().expect("memory is there");
    connection.pragma_update(None, "foreign_keys", true).expect("a known setting");
    Key::of(&[7; 32]).expect("it has the length of a key").lend(&connection).expect("functions can be added");
    zone::lend(&connection).expect("functions can be added");
    migrate::migrate(&mut connection).expect("the steps fit");
    records::let_words_wait(&connection).expect("a table can be made in memory");
    connection
}
