//! The credit policy as a kind of configuration.

use serde_json::Value;

use crate::api::refusal::Refusal;
use crate::api::revisions::kind::Kind;
use crate::orders::policy::{KEY, KIND, Policy};
use crate::people::{Deed, Owner, Who};
use crate::records::fault::{Code, Fault};
use crate::store::Tx;
use crate::units::Words;

/// What the advice does to a shipment: of the whole house.
pub struct CreditPolicy;

pub static CREDIT_POLICY: CreditPolicy = CreditPolicy;

impl Kind for CreditPolicy {
    fn name(&self) -> &'static str {
        KIND
    }

    fn check_shape(&self, key: &str, body: &Value) -> Result<(), Refusal> {
        if key != KEY {
            let said = Words::new("信用政策的键是 default", "the credit policy has the key `default`");
            return Err(Refusal::of_faults(
                vec![Fault { at: "key".into(), code: Code::BadValue, said }],
                None,
            ));
        }
        Policy::read(body).map(drop).map_err(|fault| Refusal::of_faults(vec![fault], None))
    }

    fn may_edit(&self, who: &Who, _: &str) -> Result<(), Refusal> {
        Ok(who.may_to(Deed::EditRevisions, Owner { person: None, team: None })?)
    }

    fn check_draft(&self, _: &Tx, key: &str, body: &Value) -> Result<(), Refusal> {
        self.check_shape(key, body)
    }

    /// The next shipment reads it.
    fn published(&self, _: &Tx, _: i64) -> Result<(), Refusal> {
        Ok(())
    }
}
