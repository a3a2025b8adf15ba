//! Which imports go on, whether each is to stop, and what the last ones found.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use super::taking::Found;
use crate::store::Error;
use crate::units::PersonId;

/// Imports that go on at a time; another is refused. Each may hold a file.
const GOING_ON_MAX: usize = 2;

/// Imports that are over and of which each rejected row is known still. The oldest are forgotten, their counts are kept.
const FOUND_MAX: usize = 3;

/// Imports that go on, and what the last ones found.
#[derive(Default)]
pub struct Imports {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Whether each is to stop.
    going_on: HashMap<i64, Arc<AtomicBool>>,
    /// Turns that are taken, by imports that have no number yet too.
    turns: usize,
    found: VecDeque<(i64, Option<PersonId>, Arc<Found>)>,
}

/// The right to go on; given back when it is dropped.
pub struct Turn {
    imports: Arc<Imports>,
    number: Option<i64>,
    pub stop: Arc<AtomicBool>,
}

impl Imports {
    fn with<T>(&self, work: impl FnOnce(&mut Kept) -> T) -> T {
        work(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// # Errors
    /// As many go on as may.
    pub fn turn(self: &Arc<Self>) -> Result<Turn, Error> {
        let is_free = self.with(|kept| {
            let is_free = kept.turns < GOING_ON_MAX;
            kept.turns += usize::from(is_free);
            is_free
        });
        if is_free {
            return Ok(Turn { imports: self.clone(), number: None, stop: Arc::default() });
        }
        Err(Error::Conflict(format!(
            "{GOING_ON_MAX} imports are going on already: wait until one of them has ended"
        )))
    }

    /// Whether this program is at an import still.
    pub fn is_at(&self, number: i64) -> bool {
        self.with(|kept| kept.going_on.contains_key(&number))
    }

    /// Has an import stop; whether it goes on.
    pub fn stop(&self, number: i64) -> bool {
        self.with(|kept| kept.going_on.get(&number).map(|stop| stop.store(true, Relaxed))).is_some()
    }

    /// What was found in a file, for who sent it.
    pub fn found(&self, number: i64, person: Option<PersonId>) -> Option<Arc<Found>> {
        self.with(|kept| {
            let found = kept.found.iter().find(|(known, whose, _)| *known == number && *whose == person);
            found.map(|(_, _, found)| found.clone())
        })
    }

    /// Keeps what was found in a file that is over.
    pub fn keep(&self, number: i64, person: Option<PersonId>, found: Found) {
        self.with(|kept| {
            kept.found.push_back((number, person, Arc::new(found)));
            if kept.found.len() > FOUND_MAX {
                kept.found.pop_front();
            }
        });
    }
}

impl Turn {
    /// From now on it is known by its number.
    pub fn of(mut self, number: i64) -> Self {
        self.number = Some(number);
        self.imports.with(|kept| kept.going_on.insert(number, self.stop.clone()));
        self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.imports.with(|kept| {
            kept.turns -= 1;
            self.number.map(|number| kept.going_on.remove(&number));
        });
    }
}
