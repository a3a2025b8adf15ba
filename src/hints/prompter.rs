//! How a call stands and a playbook -> the rule that speaks, if one may. The same for a live call and one that is kept.

use std::sync::Arc;

use super::budget::Budget;
use super::condition_row::{ConditionRow, Places};
use super::context::Context;
use super::playbook::{Level, Playbook};
use super::snapshot::Snapshot;
use crate::conditions::Row;

/// A hint that could not be given at once is still worth giving for so long (a card hides itself after 8 s).
const FRESH_MS: u64 = 8_000;

/// A rule that speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoken {
    /// Its place in the playbook.
    pub place: usize,
    /// It speaks of the client's last answer.
    pub of_answer: bool,
}

/// Follows one call and says which rule speaks.
#[derive(Debug, Clone)]
pub struct Prompter {
    playbook: Arc<Playbook>,
    level: Level,
    condition_row: ConditionRow,
    /// When the newest hesitation was signalled, until a hint was given for it or it is old.
    hesitation_ms: Option<u64>,
    /// The rules whose conditions hold, by their place in the playbook.
    asking: u64,
    /// When each rule spoke last.
    given_ms: Vec<Option<u64>>,
    budget: Budget,
}

impl Prompter {
    pub fn new(playbook: Arc<Playbook>, level: Level) -> Self {
        Self {
            given_ms: vec![None; playbook.rules.len()],
            playbook,
            level,
            condition_row: ConditionRow::default(),
            hesitation_ms: None,
            asking: 0,
            budget: Budget::default(),
        }
    }

    pub fn playbook(&self) -> &Playbook {
        &self.playbook
    }

    /// Takes what people know of the call.
    pub fn know(&mut self, context: &Context) {
        self.condition_row.know(context);
    }

    pub fn level(&self) -> Level {
        self.level
    }

    pub fn set_level(&mut self, level: Level) {
        self.level = level;
    }

    /// The values that conditions were held against last.
    pub fn row(&self) -> &Row {
        self.condition_row.row()
    }

    /// Takes how the call stands at `now_ms`, which never goes back; `objection` is an objection signalled just now.
    /// Returns the rule that speaks.
    pub fn push(&mut self, now_ms: u64, snapshot: &Snapshot, objection: bool) -> Option<Spoken> {
        if objection {
            self.hesitation_ms = Some(now_ms);
        }
        self.hesitation_ms = self.hesitation_ms.filter(|at_ms| now_ms.saturating_sub(*at_ms) <= FRESH_MS);
        self.condition_row.see(now_ms, snapshot, self.hesitation_ms.is_some());
        self.weigh();
        let place = self.due(now_ms, snapshot)?;
        let rule = &self.playbook.rules[place];
        self.budget.spend(now_ms, rule.class);
        self.given_ms[place] = Some(now_ms);
        let of_answer = rule.is_of_one_answer() && self.hesitation_ms.is_some();
        if rule.is_of_one_answer() {
            self.hesitation_ms = None;
        }
        Some(Spoken { place, of_answer })
    }

    /// Holds the conditions that look at something that changed against the row.
    fn weigh(&mut self) {
        let changed: Places = self.condition_row.take_changed();
        if changed == 0 {
            return;
        }
        for (place, rule) in self.playbook.rules.iter().enumerate() {
            if rule.looks_at & changed != 0 || changed == Places::MAX {
                let asks = u64::from(rule.when.holds(self.condition_row.row()));
                self.asking = self.asking & !(1 << place) | asks << place;
            }
        }
    }

    /// The most pressing rule that asks and may speak.
    fn due(&self, now_ms: u64, snapshot: &Snapshot) -> Option<usize> {
        if self.asking == 0 || !snapshot.warm {
            return None;
        }
        let may_speak = |place: &usize| {
            let rule = &self.playbook.rules[*place];
            let cool = |at_ms: u64| now_ms.saturating_sub(at_ms) >= rule.cool_down_ms;
            let wanted = self.level == Level::Novice || rule.level == Level::Quiet;
            wanted
                && self.given_ms[*place].is_none_or(cool)
                && self.budget.allows(&self.playbook.limits, now_ms, rule.class, snapshot.rep_since_ms)
        };
        (0..self.playbook.rules.len()).filter(|place| self.asking >> place & 1 == 1).find(may_speak)
    }
}
