//! Withdrawals that are still to be carried out, beside the database: they must be known after a restart even when the disk
//! is full. The file has its whole length from the beginning, and is written in place.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::files;
use crate::calls::Consent;
use crate::units::CallId;

const FILE: &str = "undertone.withdrawn";

/// A withdrawal has a line of its own; no write of one spans two sectors of a disk.
const LINE_BYTES: usize = 128;

/// Withdrawals that can wait at a time. When there are more, the next is refused as the full disk that it is.
const LINES: usize = 512;

/// Consent was withdrawn from a call, or refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    pub call: CallId,
    pub consent: Consent,
    pub at_ms: i64,
    /// Who said so, as the audit log names them.
    pub actor: String,
}

impl Withdrawal {
    fn line(&self) -> String {
        let Self { call, consent, at_ms, actor } = self;
        let text = format!("{call} {} {at_ms} {actor}", consent.name());
        format!("{text:<width$}\n", width = LINE_BYTES - 1)
    }

    fn read(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let mut words = text.split_whitespace();
        Some(Self {
            call: words.next()?.parse().ok()?,
            consent: Consent::named(words.next()?)?,
            at_ms: words.next()?.parse().ok()?,
            actor: words.next()?.to_owned(),
        })
    }
}

/// The lines; an empty one has no withdrawal.
pub struct Withdrawn {
    file: File,
    lines: Mutex<Vec<Option<Withdrawal>>>,
}

impl Withdrawn {
    /// # Errors
    /// The file cannot be made or read.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let file = files::keep(&folder.join(FILE))?;
        let mut bytes = vec![b' '; LINES * LINE_BYTES];
        if file.metadata()?.len() < bytes.len() as u64 {
            file.write_all_at(&bytes, 0)?;
            file.sync_all()?;
        }
        file.read_exact_at(&mut bytes, 0)?;
        let lines = bytes.chunks_exact(LINE_BYTES).map(Withdrawal::read).collect();
        Ok(Self { file, lines: Mutex::new(lines) })
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Option<Withdrawal>>> {
        // A line is replaced whole.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a withdrawal; it is on disk when this returns. Noting it twice is fine.
    ///
    /// # Errors
    /// Too many wait, or the file cannot be written.
    pub fn note(&self, withdrawal: Withdrawal) -> io::Result<()> {
        let mut lines = self.lines();
        let is_it = |line: &Option<Withdrawal>| line.as_ref().is_some_and(|one| one.call == withdrawal.call);
        let free = lines.iter().position(is_it).or_else(|| lines.iter().position(Option::is_none));
        let free = free.ok_or(io::ErrorKind::StorageFull)?;
        self.file.write_all_at(withdrawal.line().as_bytes(), (free * LINE_BYTES) as u64)?;
        self.file.sync_data()?;
        lines[free] = Some(withdrawal);
        Ok(())
    }

    /// It was carried out. Should this be lost, it is carried out again, which changes nothing.
    pub fn done(&self, call: CallId) {
        let mut lines = self.lines();
        for (at, line) in lines.iter_mut().enumerate() {
            if line.as_ref().is_some_and(|one| one.call == call) {
                let _ = self.file.write_all_at(&[b' '; LINE_BYTES], (at * LINE_BYTES) as u64);
                *line = None;
            }
        }
    }

    /// Those that are still to be carried out.
    pub fn waiting(&self) -> Vec<Withdrawal> {
        self.lines().iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(call: u64) -> Withdrawal {
        let call = CallId::from_bits(call);
        Withdrawal { call, consent: Consent::Withdrawn, at_ms: 5, actor: "7".into() }
    }

    #[test]
    fn what_waits_is_known_after_a_new_start_until_it_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let withdrawn = Withdrawn::open(folder.path()).unwrap();
        for call in [2, 4, 4] {
            withdrawn.note(of(call)).unwrap();
        }
        withdrawn.done(CallId::from_bits(2));
        drop(withdrawn);
        let withdrawn = Withdrawn::open(folder.path()).unwrap();
        assert_eq!(withdrawn.waiting(), [of(4)]);
        withdrawn.done(CallId::from_bits(4));
        assert_eq!(Withdrawn::open(folder.path()).unwrap().waiting(), []);
    }

    #[test]
    fn the_file_never_grows_and_too_many_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let withdrawn = Withdrawn::open(folder.path()).unwrap();
        let noted = (1..=LINES as u64 + 1).take_while(|&call| withdrawn.note(of(2 * call)).is_ok()).count();
        assert_eq!(noted, LINES);
        let length = std::fs::metadata(folder.path().join(FILE)).unwrap().len();
        assert_eq!(length as usize, LINES * LINE_BYTES);
    }
}
