//! What can go wrong when something is kept or looked up.

use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why something could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No record has this number.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// The record is not the one that was read before.
    #[error("the {0} was changed meanwhile: read it again and decide anew")]
    Stale(&'static str),
    /// Something of that name is there already, or is still needed.
    #[error("{0}")]
    Conflict(String),
    /// The same key came with another request.
    #[error("this idempotency key was used for another request: make a new key for a new request")]
    KeyReused,
    #[error("the disk is full: nothing was changed; make room, then try again")]
    Full,
    #[error("too much is being written at once: try again in a second")]
    Overloaded,
    #[error("the appliance is stopping")]
    Closed,
    /// The work stopped half-way; nothing of it was kept.
    #[error("the store's work stopped: nothing was changed")]
    Panicked,
    #[error("the database refused: {0}")]
    Sqlite(rusqlite::Error),
    #[error("a file beside the database cannot be used: {0}")]
    Files(std::io::Error),
}

impl Error {
    /// What a file beside the database answered.
    pub fn files(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull { Self::Full } else { Self::Files(error) }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            // A write-ahead log that cannot grow is told as an input/output error.
            Some(ErrorCode::SystemIoFailure) if is_full(&error) => Self::Full,
            _ => Self::Sqlite(error),
        }
    }
}

fn is_full(error: &rusqlite::Error) -> bool {
    const IOERR_WRITE: i32 = 10 | (3 << 8);
    const IOERR_TRUNCATE: i32 = 10 | (6 << 8);
    const IOERR_SHMSIZE: i32 = 10 | (19 << 8);
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(code, Some(IOERR_WRITE | IOERR_TRUNCATE | IOERR_SHMSIZE))
}

/// Why the database of a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{}: it cannot be made ({error}): give another folder with --data", path.display())]
    Folder { path: PathBuf, error: std::io::Error },
    #[error("the data folder {} is used by another undertone: stop it first, or give another with --data", .0.display())]
    InUse(PathBuf),
    #[error("the database has version {found}, this program knows {known}: install the newer program again")]
    Newer { found: u32, known: u32 },
    #[error("the database cannot be used: {0}: restore a backup, or give another folder with --data")]
    Sqlite(#[from] rusqlite::Error),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: std::io::Error },
    #[error(
        "{} is gone, but something was kept in this folder: put it back, or restore a backup with `undertone restore FILE`; to begin anew give another folder with --data",
        .0.display()
    )]
    Gone(PathBuf),
    #[error("{0}")]
    Store(#[from] Error),
    #[error("the writer cannot be started: {0}")]
    Thread(std::io::Error),
}
