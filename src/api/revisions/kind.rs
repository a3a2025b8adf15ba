//! What can be configured: a name, who may change it, what a draft must hold, and what follows once it is in force.

use serde_json::Value;

use crate::api::refusal::Refusal;
use crate::people::Who;
use crate::store::Tx;

/// One kind of configuration. A new one is an implementation and its line in the registry.
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
