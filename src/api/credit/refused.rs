//! A step of an order that was not taken -> its code, its reason in both languages, and the advice that forbade it.

use super::AdviceView;
use crate::api::field_rules::FieldFault;
use crate::api::refusal::Refusal;
use crate::api::tables::WordsView;
use crate::orders::{Advice, Refused};
use crate::units::Words;

/// Why an order goes no further.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OrderRefused {
    #[error("{}", .0.said().en)]
    Step(Refused),
    #[error("{}", .0.said().en)]
    Blocked(Advice),
}

impl Refusal {
    /// The code of what stands against what is there already.
    pub fn conflict(&self) -> &'static str {
        match self {
            Self::Order(refused, _) => refused.code(),
            _ => "conflict",
        }
    }
}

impl OrderRefused {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Step(_) => "illegal_step",
            Self::Blocked(_) => "credit_blocked",
        }
    }

    fn said(&self) -> Words {
        match self {
            Self::Step(refused) => refused.said(),
            Self::Blocked(advice) => advice.said(),
        }
    }

    pub fn reason(&self) -> WordsView {
        WordsView::from(&self.said())
    }

    pub fn advice(&self) -> Option<AdviceView> {
        match self {
            Self::Step(_) => None,
            Self::Blocked(advice) => Some(advice.into()),
        }
    }

    /// As one of the faults of a request; `item` is the place in a batch.
    pub fn fault(&self, item: Option<usize>) -> FieldFault {
        let (field, code) = match self {
            Self::Step(refused) => (refused.field(), refused.code()),
            Self::Blocked(_) => ("reason", self.code()),
        };
        FieldFault { item, field: field.to_owned(), code, said: self.said() }
    }
}
