//! Why records are not read or written -> a refusal with its faults by field, or the conflicts.

use serde_json::Value;

use crate::api::credit::refused::OrderRefused;
use crate::api::refusal::{ConflictView, FieldFault, Refusal};
use crate::records::{self, definition::Table};
use crate::store::records::RecordError;

impl Refusal {
    /// Why records are not read or written; `item` is the place in a batch.
    pub fn of_records(error: RecordError, table: &Table, item: Option<usize>) -> Self {
        match error {
            RecordError::Faults(faults) => Self::of_faults(faults, item),
            RecordError::Conflicts(conflicts) => {
                let view = |conflict: records::Conflict| {
                    let kind = table.field(&conflict.field).map(|field| field.kind);
                    let json = |value: Option<records::Value>| match (value, kind) {
                        (Some(value), Some(kind)) => value.json(kind),
                        _ => Value::Null,
                    };
                    let [base, theirs, mine] = [conflict.base, conflict.theirs, conflict.mine].map(json);
                    ConflictView { item, field: conflict.field, base, theirs, mine }
                };
                Self::Conflicts(conflicts.into_iter().map(view).collect())
            }
            RecordError::NoSuchTable(key) => Self::NoSuchTable(key.chars().take(60).collect()),
            RecordError::Step(refused) => Self::Order(OrderRefused::Step(refused), item),
            RecordError::Blocked(advice) => Self::Order(OrderRefused::Blocked(advice), item),
            RecordError::Refused(refused) => refused.into(),
            RecordError::Store(error) => error.into(),
        }
    }

    /// What is wrong with values or definitions.
    pub fn of_faults(faults: Vec<records::Fault>, item: Option<usize>) -> Self {
        let fault = |fault: records::Fault| FieldFault {
            item,
            field: fault.at,
            code: fault.code.name(),
            said: fault.said,
        };
        Self::Faults(faults.into_iter().map(fault).collect())
    }
}
