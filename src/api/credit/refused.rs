//! A step of an order that was not taken -> its code, its reason in both languages, and the advice that forbade it.

use super::advice::AdviceView;
use crate::api::words::WordsView;
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

impl OrderRefused {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Step(_) => "illegal_step",
            Self::Blocked(_) => "credit_blocked",
        }
    }

    pub fn said(&self) -> Words {
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

    /// The field of the request that it stands at.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Step(refused) => refused.field(),
            Self::Blocked(_) => "reason",
        }
    }

    /// What is wrong with that field.
    pub fn fault_code(&self) -> &'static str {
        match self {
            Self::Step(refused) => refused.code(),
            Self::Blocked(_) => self.code(),
        }
    }
}
