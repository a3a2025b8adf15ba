//! What subscribers of a call get: numbered updates, the newest of them kept so that nobody misses any by reconnecting.

use std::collections::VecDeque;
use std::sync::Arc;

use super::coaching::ReserveFigures;
use super::facts::Fact;
use super::side::{SideFigures, SummaryFigures, TickFigures};
use crate::calls::CallState;
use crate::observations::Observation;

/// Updates kept for who reconnects: a minute of a stereo call. When it is full the oldest go.
const KEPT: usize = 1_500;

/// Something that a subscriber wants to know.
#[derive(Debug, Clone)]
pub enum Update {
    /// 100 ms of one voice.
    Tick(TickFigures),
    /// Anything else that the ear observed.
    Event(Box<Observation>),
    /// The measures of all sides, once a second.
    Snapshot { at_ms: u64, sides: Vec<SideFigures>, overlaps: u32, reserve: Option<ReserveFigures> },
    /// A hint was given or an objection signalled.
    Fact(Box<Fact>),
    /// The call's state, or why nothing is heard, changed.
    State { state: CallState, elapsed_ms: u64, problem: Option<String> },
    /// The call is over; nothing follows.
    Ended(Box<SummaryFigures>),
}

/// The newest updates of one call, numbered from 1.
#[derive(Debug, Default)]
pub struct Backlog {
    kept: VecDeque<Arc<Update>>,
    last_id: u64,
}

/// Updates after an id.
#[derive(Debug, Clone)]
pub struct Missed {
    /// The id of the first of `updates`.
    pub first_id: u64,
    pub updates: Vec<Arc<Update>>,
    /// Updates that are no longer kept.
    pub gone: u64,
}

impl Backlog {
    /// Adds an update and returns its id.
    pub fn push(&mut self, update: Update) -> u64 {
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Arc::new(update));
        self.last_id += 1;
        self.last_id
    }

    /// Up to `most` updates after the one with that id. An id from the future counts as the newest.
    pub fn after(&self, id: u64, most: usize) -> Missed {
        let oldest = self.last_id - self.kept.len() as u64 + 1;
        let first_id = id.min(self.last_id).saturating_add(1).max(oldest);
        let skip = (first_id - oldest) as usize;
        let updates = self.kept.iter().skip(skip).take(most).cloned().collect();
        Missed { first_id, updates, gone: first_id.saturating_sub(id.saturating_add(1)) }
    }

    /// Forgets what was kept; ids go on.
    pub fn clear(&mut self) {
        self.kept.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backlog(count: u64) -> Backlog {
        let mut backlog = Backlog::default();
        for at_ms in 1..=count {
            assert_eq!(backlog.push(Update::Event(Box::new(Observation::SourceLost { at_ms }))), at_ms);
        }
        backlog
    }

    #[track_caller]
    fn check(count: u64, after: u64, want_first: u64, want: usize, want_gone: u64) {
        let missed = backlog(count).after(after, 10_000);
        assert_eq!((missed.first_id, missed.updates.len(), missed.gone), (want_first, want, want_gone));
    }

    #[test]
    fn a_reconnecting_subscriber_misses_nothing_that_is_kept() {
        check(10, 0, 1, 10, 0);
        check(10, 7, 8, 3, 0);
        check(10, 10, 11, 0, 0);
        check(0, 0, 1, 0, 0);
        check(10, 99, 11, 0, 0);
    }

    #[test]
    fn a_late_one_is_told_how_many_are_gone() {
        check(2_000, 100, 501, 1_500, 400);
    }

    #[test]
    fn a_slow_one_gets_a_part_at_a_time() {
        assert_eq!(backlog(100).after(3, 20).updates.len(), 20);
    }
}
