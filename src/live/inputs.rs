//! What the desk knows of the appliance's inputs: the newest list, and the levels that somebody watches.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{broadcast, watch};

use super::ear::{Ear, EarDown};
use crate::observations::wire::Asked;
use crate::observations::{DeviceList, Level};

/// How long the ear may take to look at every input.
const LIST_WAIT: Duration = Duration::from_secs(2);

/// Levels kept for a slow watcher: two seconds. When it is full the oldest go; a meter needs only the newest.
const LEVELS_KEPT: usize = 20;

/// A level, or why there is none.
pub type HeardLevel = Result<Level, String>;

/// The list did not come.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    #[error(transparent)]
    EarDown(#[from] EarDown),
    #[error("the inputs were not listed within {} s: try again", LIST_WAIT.as_secs())]
    Slow,
}

/// The appliance's inputs, as far as the desk has asked for them.
pub struct Inputs {
    newest: watch::Sender<Option<DeviceList>>,
    watched: Mutex<HashMap<String, broadcast::Sender<HeardLevel>>>,
}

impl Default for Inputs {
    fn default() -> Self {
        Self { newest: watch::channel(None).0, watched: Mutex::default() }
    }
}

impl Inputs {
    /// Asks the ear which inputs there are.
    ///
    /// # Errors
    /// There is no ear, or it takes too long.
    pub async fn list(&self, ear: &Ear) -> Result<DeviceList, ListError> {
        let mut newest = self.newest.subscribe();
        ear.ask(&Asked::Devices)?;
        let told = tokio::time::timeout(LIST_WAIT, newest.changed()).await;
        let list = newest.borrow_and_update().clone();
        told.ok().and(list).ok_or(ListError::Slow)
    }

    /// Watches the level of an input, from now until [`Inputs::leave`].
    ///
    /// # Errors
    /// There is no ear.
    pub fn watch(&self, device: &str, ear: &Ear) -> Result<broadcast::Receiver<HeardLevel>, EarDown> {
        let mut watched = self.watched();
        let entry = watched.entry(device.to_owned());
        if let Entry::Occupied(watching) = &entry
            && watching.get().receiver_count() > 0
        {
            return Ok(watching.get().subscribe());
        }
        ear.ask(&Asked::Meter { device: device.to_owned(), on: true })?;
        let (tell, heard) = broadcast::channel(LEVELS_KEPT);
        entry.insert_entry(tell);
        Ok(heard)
    }

    /// One watcher of an input is gone; after the last the ear closes it.
    pub fn leave(&self, device: &str, watcher: broadcast::Receiver<HeardLevel>, ear: &Ear) {
        let mut watched = self.watched();
        drop(watcher);
        if watched.get(device).is_some_and(|tell| tell.receiver_count() == 0) {
            watched.remove(device);
            // An ear that is gone has closed everything.
            let _ = ear.ask(&Asked::Meter { device: device.to_owned(), on: false });
        }
    }

    pub(super) fn listed(&self, list: DeviceList) {
        self.newest.send_replace(Some(list));
    }

    /// Passes a level on. A reason why there is none is the last word.
    pub(super) fn heard(&self, device: &str, level: HeardLevel) {
        let mut watched = self.watched();
        let over = level.is_err();
        if let Some(tell) = watched.get(device) {
            let _ = tell.send(level);
        }
        if over {
            watched.remove(device);
        }
    }

    /// The ear died: nobody hears a level any more.
    pub(super) fn ear_fell(&self) {
        self.watched().clear();
    }

    fn watched(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<HeardLevel>>> {
        // Every change is one call, so a panic elsewhere leaves the map whole.
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
