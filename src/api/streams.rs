//! Who listens live, and that somebody may have to stop.

use std::collections::HashMap;
use std::sync::Mutex;

use tokio::sync::watch;

use super::places::Known;

/// Who listens, and that somebody may have to stop.
#[derive(Debug, Default)]
pub struct Streams {
    pub(super) open: Mutex<HashMap<Known, usize>>,
    pub(super) ended: watch::Sender<u64>,
}

impl Streams {
    /// Sessions or tokens have ended: whoever listens has to show theirs again.
    pub fn look_again(&self) {
        self.ended.send_modify(|times| *times += 1);
    }
}
