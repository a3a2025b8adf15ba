//! A copy of everything that is kept, while the appliance runs.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};

use super::files::{self, beside};
use super::{FILE, OpenError, audit, foreign, key};

/// Why a copy could not be made or taken back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{} is there already: name a new file, nothing is written over", .0.display())]
    Exists(PathBuf),
    #[error("{} is not whole: {why}; take another backup", path.display())]
    Damaged { path: PathBuf, why: String },
    #[error("{} is not restored: {why}; give a file that `undertone backup` made", path.display())]
    Foreign { path: PathBuf, why: String },
    #[error("{} holds no database: give the appliance's data folder with --data", .0.display())]
    NoDatabase(PathBuf),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("{0}")]
    Store(#[from] super::Error),
    #[error("the database refused: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl BackupError {
    /// What was found in a copy of a file is told of the file itself.
    pub(super) fn about(self, path: &Path) -> Self {
        match self {
            Self::Damaged { why, .. } => Self::Damaged { path: path.to_path_buf(), why },
            Self::Foreign { why, .. } => Self::Foreign { path: path.to_path_buf(), why },
            other => other,
        }
    }
}

/// What a copy holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal digits; also in `FILE.sha256`, as `sha256sum` reads it.
    pub hash: String,
    pub audit_entries: i64,
}

pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    |error| BackupError::File { path: path.to_path_buf(), error }
}

/// Copies the database of a data folder into a new file: one moment of it, whole, checked. The appliance may run. The key
/// goes into a file of its own beside it, so that the two can be kept apart.
///
/// # Errors
/// The file is there already or cannot be written, or the database is damaged.
pub fn backup(data: &Path, to: &Path) -> Result<Made, BackupError> {
    let file = data.join(FILE);
    if !file.exists() {
        return Err(BackupError::NoDatabase(data.to_path_buf()));
    }
    for name in [to.to_path_buf(), key::of_backup(to)] {
        if name.exists() {
            return Err(BackupError::Exists(name));
        }
    }
    let part = beside(to, ".part");
    let made = files::create(&part).map_err(at(&part)).and_then(|_| copy(&file, &part)).and_then(|entries| {
        let hash = hash(&part)?;
        let sum = beside(to, ".sha256");
        files::write_whole(&sum, sum_line(&hash, to).as_bytes()).map_err(at(&sum))?;
        if let Ok(key) = fs::read(data.join(key::FILE)) {
            files::write_whole(&key::of_backup(to), &key).map_err(at(to))?;
        }
        let bytes = fs::metadata(&part).map_err(at(&part))?.len();
        fs::rename(&part, to).map_err(at(to))?;
        files::sync_folder(to).map_err(at(to))?;
        Ok(Made { bytes, hash, audit_entries: entries })
    });
    if made.is_err() {
        let _ = fs::remove_file(&part);
    }
    made
}

fn copy(from: &Path, to: &Path) -> Result<i64, BackupError> {
    let connection = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute("VACUUM INTO ?", [to.to_string_lossy()])?;
    File::open(to).and_then(|file| file.sync_all()).map_err(at(to))?;
    check(to)
}

/// Whether a database is whole and its audit log holds. Answers how many entries that has.
pub(super) fn check(path: &Path) -> Result<i64, BackupError> {
    let damaged = |why: String| BackupError::Damaged { path: path.to_path_buf(), why };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let whole: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|error| damaged(error.to_string()))?;
    if whole != "ok" {
        return Err(damaged(whole));
    }
    if let Some(why) = foreign::fault(&connection).map_err(|error| damaged(error.to_string()))? {
        return Err(BackupError::Foreign { path: path.to_path_buf(), why });
    }
    let verified = audit::verify(&connection).map_err(|error| damaged(error.to_string()))?;
    match verified.broken {
        None => Ok(verified.entries),
        Some(broken) => Err(damaged(broken.to_string())),
    }
}

pub(super) fn hash(path: &Path) -> Result<String, BackupError> {
    let mut file = File::open(path).map_err(at(path))?;
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut piece).map_err(at(path))? {
            0 => break,
            count => hash.update(&piece[..count]),
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn sum_line(hash: &str, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{hash}  {name}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Change;
    use crate::store::restore::restore;
    use crate::store::{Error, Store};

    fn filled() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        fill(&store, 3);
        (folder, store)
    }

    fn fill(store: &Store, entries: i64) {
        let filled = store.write_blocking(move |tx| {
            (0..entries).try_for_each(|n| audit::append(tx, "7", n, Change::of("x", "client", n)))
        });
        filled.unwrap();
    }

    fn entries(store: &Store) -> i64 {
        store.write_blocking(|tx| Ok::<_, Error>(audit::verify(tx)?.entries)).unwrap()
    }

    #[test]
    fn a_copy_is_made_while_the_appliance_runs_and_brings_back_what_was() {
        let (folder, store) = filled();
        let copy = folder.path().join("copy.db");
        let made = backup(folder.path(), &copy).unwrap();
        assert_eq!((made.audit_entries, hash(&copy).unwrap()), (3, made.hash.clone()));
        fill(&store, 2);
        assert!(matches!(restore(&copy, folder.path(), "e"), Err(BackupError::Open(OpenError::InUse(_)))));
        drop(store);
        assert_eq!(restore(&copy, folder.path(), "e").unwrap().made.hash, made.hash);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(entries(&store), 3);
        let epoch = "SELECT value FROM meta WHERE key = 'epoch'";
        let epoch =
            store.write_blocking(move |tx| Ok::<String, Error>(tx.query_row(epoch, [], |row| row.get(0))?));
        assert_eq!(epoch.unwrap(), "e");
        assert!(folder.path().join("before-restore-1/undertone.db").exists());
    }

    #[test]
    fn nothing_is_written_over() {
        let (folder, _store) = filled();
        let copy = folder.path().join("copy.db");
        fs::write(&copy, "mine").unwrap();
        assert!(matches!(backup(folder.path(), &copy), Err(BackupError::Exists(_))));
        assert_eq!(fs::read_to_string(&copy).unwrap(), "mine");
    }

    #[test]
    fn a_damaged_copy_is_refused_and_what_is_there_stays() {
        let (folder, store) = filled();
        let copy = folder.path().join("copy.db");
        backup(folder.path(), &copy).unwrap();
        drop(store);
        let mut bytes = fs::read(&copy).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 64].fill(0xff);
        fs::write(&copy, &bytes).unwrap();
        for told in [true, false] {
            if !told {
                fs::remove_file(beside(&copy, ".sha256")).unwrap();
                fs::write(&copy, &bytes[..middle]).unwrap();
            }
            let refused = restore(&copy, folder.path(), "e").unwrap_err().to_string();
            assert!(refused.contains("is not whole"), "{refused}");
            assert!(!folder.path().join("undertone.db.restoring").exists());
        }
        assert_eq!(entries(&Store::open(folder.path()).unwrap()), 3);
    }

    #[test]
    fn a_folder_without_a_database_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let refused = backup(folder.path(), &folder.path().join("copy.db")).unwrap_err().to_string();
        assert!(refused.contains("holds no database"), "{refused}");
    }
}
