//! The way back from a copy: checked before anything moves, finished or undone by the next start when it is cut short, and
//! what was there before is kept whole.
//!
//! 1. The copy becomes `undertone.db.restoring`: checked, brought up to date, on disk.
//! 2. The database that is there, with its log, its key and its heads, gets second names in `before-restore-N`.
//! 3. `undertone.restore` says that the rest is to be done.
//! 4. The copy takes the name of the database; its heads begin anew; the word is taken back.
//!
//! Cut short before 3 it never was; after 3 the next start does the rest.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::backup::{BackupError, Made, at, check, hash};
use super::key::{self, Key};
use super::{FILE, aside, clock, files, lock, migrate, witness};

/// The copy on its way.
const NEW: &str = "undertone.db.restoring";

/// The key that came with it.
const NEW_KEY: &str = "undertone.key.restoring";

/// Says that everything is ready and the copy is to take its place.
const WORD: &str = "undertone.restore";

/// What SQLite keeps beside a database.
const LOGS: [&str; 2] = ["-wal", "-shm"];

/// What came of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    pub made: Made,
    /// Where what was there before is; `None` when there was nothing.
    pub before: Option<PathBuf>,
    /// Erasures and withdrawals since the copy was made, which were done again in it.
    pub forgotten: usize,
}

/// Puts a copy into a data folder. The database that was there is kept in a folder `before-restore-N` beside it, and what
/// was erased or withdrawn there since goes from the copy too. A new epoch begins: numbers of events that were told after
/// the copy are not mistaken for those to come.
///
/// # Errors
/// The copy is damaged, is not of this program or of a newer one, or an appliance runs on the folder.
pub fn restore(from: &Path, data: &Path, epoch: &str) -> Result<Restored, BackupError> {
    let sum = files::beside(from, ".sha256");
    let (told, found) = (fs::read_to_string(&sum).ok(), hash(from)?);
    if told.as_deref().and_then(|line| line.split_whitespace().next()).is_some_and(|told| told != found) {
        let why = format!("its hash is not the one in {}", sum.display());
        return Err(BackupError::Damaged { path: from.to_path_buf(), why });
    }
    files::folder(data).map_err(at(data))?;
    let _lock = lock(data)?;
    settle(data).map_err(at(data))?;
    let (new, file) = (data.join(NEW), data.join(FILE));
    let staged = stage(from, data, epoch).inspect_err(|_| tidy(data));
    let (audit_entries, forgotten) = staged?;
    let bytes = fs::metadata(&new).map_err(at(&new))?.len();
    let before = if file.exists() { Some(keep(data).map_err(at(data))?) } else { None };
    files::write_whole(&data.join(WORD), b"the copy takes its place\n").map_err(at(data))?;
    settle(data).map_err(at(data))?;
    Ok(Restored { made: Made { bytes, hash: found, audit_entries }, before, forgotten })
}

/// Makes the copy ready under its passing name. Answers its audit entries, and how much was erased in it anew.
fn stage(from: &Path, data: &Path, epoch: &str) -> Result<(i64, usize), BackupError> {
    let new = data.join(NEW);
    for ending in ["", "-wal"] {
        let (from, to) = (files::beside(from, ending), files::beside(&new, ending));
        if ending.is_empty() || from.exists() {
            files::create(&to).map_err(at(&to))?;
            fs::copy(&from, &to).map_err(at(&from))?;
        }
    }
    let entries = check(&new).map_err(|error| error.about(from))?;
    let key = match fs::read(key::of_backup(from)) {
        Ok(bytes) => {
            files::write_whole(&data.join(NEW_KEY), &bytes).map_err(at(data))?;
            Key::of(&bytes).ok_or_else(|| BackupError::Damaged {
                path: key::of_backup(from),
                why: "it is no key".into(),
            })?
        }
        Err(_) => Key::open(data).map_err(at(data))?,
    };
    let mut connection = Connection::open(&new)?;
    key.lend(&connection)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "secure_delete", true)?;
    migrate::migrate(&mut connection)?;
    connection.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('epoch', ?)", [epoch])?;
    // Whoever puts an old copy back knows that it is old.
    clock::accept_now(&connection)?;
    let forgotten = aside::carry_over(&data.join(FILE), &connection)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    connection.close().map_err(|(_, error)| error)?;
    File::open(&new).and_then(|file| file.sync_all()).map_err(at(&new))?;
    Ok((entries, forgotten))
}

/// Gives everything that is there a second name in a new folder. What was committed and waits in the log is put into the
/// file before; a file too damaged for that keeps its log beside it.
fn keep(data: &Path) -> io::Result<PathBuf> {
    let file = data.join(FILE);
    if let Ok(connection) = Connection::open(&file) {
        let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let closed = connection.close().map_err(|(_, error)| error);
        if let Err(error) = emptied.and(closed) {
            tracing::warn!(%error, "the log of the database is kept beside it, as it is");
        }
    }
    let folder = aside::next(data);
    files::folder(&folder)?;
    let log = format!("{FILE}-wal");
    for name in [FILE, &log, key::FILE, witness::HEAD, witness::HEADS] {
        let (from, to) = (data.join(name), folder.join(name));
        // The key and the heads are written in place later on, the database and its log no more.
        let is_database = name.starts_with(FILE);
        if from.exists() && !(is_database && fs::hard_link(&from, &to).is_ok()) {
            files::create(&to)?;
            fs::copy(&from, &to)?;
        }
        if to.exists() {
            files::private(&to)?;
            File::open(&to)?.sync_all()?;
        }
    }
    files::sync_folder(&folder.join(FILE))?;
    files::sync_folder(&folder)?;
    Ok(folder)
}

/// Does the rest of a restore that was cut short, or takes away what it left. To be called before a database is opened.
///
/// # Errors
/// The files cannot be moved.
pub fn settle(data: &Path) -> io::Result<()> {
    let (word, new, file) = (data.join(WORD), data.join(NEW), data.join(FILE));
    if !word.exists() {
        tidy(data);
        return settle_older(data);
    }
    if data.join(NEW_KEY).exists() {
        fs::rename(data.join(NEW_KEY), data.join(key::FILE))?;
    }
    if new.exists() {
        for ending in LOGS {
            gone(&files::beside(&file, ending))?;
        }
        // A log of the one must never be taken for a log of the other.
        files::sync_folder(&file)?;
        fs::rename(&new, &file)?;
        files::sync_folder(&file)?;
    }
    let key = Key::open(data)?;
    let anew = Connection::open(&file).map_err(super::Error::from);
    let anew = anew.and_then(|connection| witness::begin_anew(data, &key, &connection));
    anew.map_err(|error| io::Error::other(error.to_string()))?;
    gone(&word)?;
    files::sync_folder(&file)
}

/// What an older program left: one file under a name that the next restore would have written over.
fn settle_older(data: &Path) -> io::Result<()> {
    let (old, file) = (data.join("undertone.db.before-restore"), data.join(FILE));
    if !old.exists() {
        return Ok(());
    }
    if !file.exists() {
        tracing::warn!("a restore was cut short: what was there before is in place again");
        fs::rename(&old, &file)?;
        return files::sync_folder(&file);
    }
    let folder = aside::next(data);
    files::folder(&folder)?;
    fs::rename(&old, folder.join(FILE))?;
    files::private(&folder.join(FILE))?;
    files::sync_folder(&folder.join(FILE))?;
    files::sync_folder(&file)
}

/// Takes away a copy that did not get as far as the word.
fn tidy(data: &Path) {
    for name in [NEW, NEW_KEY] {
        let _ = fs::remove_file(data.join(name));
        for ending in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(files::beside(&data.join(name), ending));
        }
    }
}

fn gone(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "restore/tests.rs"]
mod tests;
