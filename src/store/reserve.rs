//! Room on the disk that is kept for what deletes: a full disk must not keep what somebody wants gone.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::files;

/// The room, as a file that is there to be taken away.
const FILE: &str = "undertone.reserve";

/// What a deletion writes at most before the file can be made smaller: the pages of a long call with its rows, its trace
/// and the indexes over them, in the write-ahead log.
const BYTES: u64 = 2 << 20;

/// The reserve is laid up again when so much is free beside it.
const FREE_MIN: u64 = 2 * BYTES;

/// Less than this free, and changes are about to be refused.
const NEARLY_FULL: u64 = 1 << 20;

#[derive(Debug)]
pub struct Reserve {
    folder: PathBuf,
}

impl Reserve {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    fn free(&self) -> u64 {
        rustix::fs::statvfs(&self.folder).map_or(u64::MAX, |disk| disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// Changes are refused, or soon will be.
    pub fn is_needed(&self) -> bool {
        self.free() < NEARLY_FULL
    }

    /// Gives the room back when the disk is full: something is about to be deleted.
    pub fn give(&self) {
        if self.is_needed()
            && let Err(error) = File::create(self.path())
        {
            tracing::error!(%error, "the room for deletions could not be given back");
        }
    }

    /// Lays the room up again, if there is some to spare.
    pub fn lay_up(&self) {
        let there = fs::metadata(self.path()).map_or(0, |found| found.len());
        if there >= BYTES || self.free() < FREE_MIN {
            return;
        }
        if let Err(error) = self.fill() {
            tracing::warn!(%error, "no room could be kept for deletions");
        }
    }

    /// A file without holes: what was only promised would not be there when it is needed.
    fn fill(&self) -> io::Result<()> {
        let mut file = files::create(&self.path())?;
        let piece = [b'.'; 1 << 16];
        for _ in 0..BYTES / piece.len() as u64 {
            file.write_all(&piece)?;
        }
        file.sync_all()
    }

    fn path(&self) -> PathBuf {
        self.folder.join(FILE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_is_laid_up_and_stays_while_there_is_enough() {
        let folder = tempfile::tempdir().unwrap();
        let reserve = Reserve::new(folder.path());
        reserve.lay_up();
        let there = || fs::metadata(folder.path().join(FILE)).unwrap().len();
        assert_eq!(there(), BYTES);
        reserve.give();
        assert_eq!(there(), BYTES, "the disk is not full");
    }
}
