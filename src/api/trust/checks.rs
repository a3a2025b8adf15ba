//! The last check of the audit log, and that there is one at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::audit::Verified;
use crate::store::witness::Doubt;

/// A check of the log that is no older than this is told as it is.
const FRESH_MS: i64 = 5_000;

/// The last check of the audit log.
#[derive(Default)]
pub struct Checks {
    last: Mutex<Option<Checked>>,
    /// Held while a check runs, so that there is one at a time.
    pub running: tokio::sync::Mutex<()>,
}

/// What a check found, and when.
pub struct Checked {
    pub at_ms: i64,
    pub log: Verified,
    pub doubt: Option<Doubt>,
}

impl Checks {
    pub fn last(&self) -> MutexGuard<'_, Option<Checked>> {
        // Replaced whole, so a panic elsewhere cannot leave it half changed.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the last one can be told as it is.
    pub fn fresh(&self, now_ms: i64) -> bool {
        // A check from a clock that was set back since is not fresh.
        self.last().as_ref().is_some_and(|checked| (0..FRESH_MS).contains(&(now_ms - checked.at_ms)))
    }
}
