//! All kinds that can be configured, by name.

use super::kind::Kind;
use crate::api::credit::CREDIT_POLICY;
use crate::api::playbooks;
use crate::api::refusal::Refusal;
use crate::api::tables::kinds::{FORMS, TABLES, VIEWS};

/// All kinds, in the order in which a file of settings puts them into force.
static KINDS: [&dyn Kind; 5] = [&playbooks::Playbooks, &TABLES, &VIEWS, &FORMS, &CREDIT_POLICY];

/// The kind of that name.
///
/// # Errors
/// There is none.
pub fn of(name: &str) -> Result<&'static dyn Kind, Refusal> {
    KINDS.into_iter().find(|kind| kind.name() == name).ok_or_else(|| {
        let known: Vec<_> = KINDS.iter().map(|kind| kind.name()).collect();
        Refusal::UnknownKind { kind: name.chars().take(40).collect(), known: known.join(", ") }
    })
}

/// The kinds that were touched, once each, in their order.
pub fn touched<'a>(names: impl Iterator<Item = &'a str>) -> impl Iterator<Item = &'static dyn Kind> {
    let names: Vec<_> = names.collect();
    KINDS.into_iter().filter(move |kind| names.contains(&kind.name()))
}
