//! What can be configured: a name, who may change it, what a draft must hold, and what follows once it is in force.

use serde_json::Value;

use crate::api::credit::CREDIT_POLICY;
use crate::api::playbooks;
use crate::api::refusal::Refusal;
use crate::api::tables::kinds::{FORMS, TABLES, VIEWS};
use crate::people::Who;
use crate::store::Tx;

/// One kind of configuration. A new one is an implementation and its line in [`KINDS`].
pub trait Kind: Sync {
    /// As requests and the database call it.
    fn name(&self) -> &'static str;

    /// Whether there may be such a key, and whether the body has the shape of its kind.
    ///
    /// # Errors
    /// What of it may not be.
    fn check_shape(&self, key: &str, body: &Value) -> Result<(), Refusal>;

    /// Whether somebody may change it.
    ///
    /// # Errors
    /// It lies beyond the role's reach.
    fn may_edit(&self, who: &Who, key: &str) -> Result<(), Refusal>;

    /// Whether a draft could be used over what is in force now.
    ///
    /// # Errors
    /// What does not fit.
    fn check_draft(&self, tx: &Tx, key: &str, body: &Value) -> Result<(), Refusal>;

    /// Something of this kind was put into force in this transaction: whether all that is in force holds together, and
    /// what follows from it.
    ///
    /// # Errors
    /// It does not hold together; then nothing is in force that was not before.
    fn published(&self, tx: &Tx, now_ms: i64) -> Result<(), Refusal>;

    /// A body so that two of them can be compared part by part.
    fn outline(&self, body: &Value) -> Value {
        body.clone()
    }
}

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
