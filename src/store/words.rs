//! Words of what is gone leave the index that records are found by, a piece at a time: until then a search passes over
//! them, but they stand in the file.

use std::sync::atomic::Ordering::Relaxed;

use super::{Error, Store, records};

impl Store {
    /// Writes the index anew without them. Where the disk has no room for that it is done later.
    ///
    /// # Errors
    /// SQLite refuses.
    pub async fn settle_words(&self) -> Result<(), Error> {
        let mut is_first = true;
        loop {
            let more = self.write(move |tx| records::settle_words(tx, is_first)).await;
            is_first = false;
            if !self.is_more(more)? {
                return Ok(());
            }
        }
    }

    /// What waited for room. For threads that may wait.
    pub(super) fn settle_words_that_wait(&self) {
        let mut is_first = true;
        while (!is_first || self.words_wait.swap(false, Relaxed)) && !self.reserve.is_needed() {
            let more = self.write_blocking(move |tx| records::settle_words(tx, is_first));
            is_first = false;
            if !self.is_more(more).unwrap_or(false) {
                return;
            }
        }
    }

    fn is_more(&self, more: Result<bool, Error>) -> Result<bool, Error> {
        if matches!(more, Err(Error::Full)) {
            tracing::warn!("the words of what was erased stay in the index until there is room on the disk");
            self.words_wait.store(true, Relaxed);
            return Ok(false);
        }
        more
    }
}
