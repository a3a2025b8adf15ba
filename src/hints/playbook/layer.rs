//! A playbook that extends another: its rules over those above.

use super::{Playbook, Rule};
use crate::hints::budget::Limits;

/// In `off`: every rule of the playbook above.
pub const ALL: &str = "*";

/// The rules above that are neither switched off nor replaced, then the own ones. `limits` has every class of those
/// above.
pub fn over(above: &Playbook, off: &[String], limits: &Limits, own: Vec<Rule>) -> Vec<Rule> {
    let is_off = |rule: &&Rule| off.iter().any(|id| *id == rule.id || id == ALL);
    let replaced = |rule: &&Rule| own.iter().any(|own| own.id == rule.id);
    let placed = |rule: &Rule| {
        let name = &above.limits.classes[rule.class].0;
        let class = limits.classes.iter().position(|(known, _)| known == name).unwrap_or(0);
        Rule { class, ..rule.clone() }
    };
    let kept = above.rules.iter().filter(|rule| !is_off(rule) && !replaced(rule)).map(placed);
    kept.chain(own.iter().cloned()).collect()
}
