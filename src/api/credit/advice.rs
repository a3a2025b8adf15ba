//! What is said before goods leave for a client that is overdue, as it is answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::words::WordsView;
use crate::orders::Advice;

/// What is said before goods leave for a client that is overdue.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdviceView {
    /// `advise`, `approve` or `block`.
    pub policy: &'static str,
    pub text: WordsView,
    /// In fen, when the shipment was asked for.
    pub overdue: i64,
}

impl From<&Advice> for AdviceView {
    fn from(advice: &Advice) -> Self {
        let text = WordsView::from(&advice.said());
        Self { policy: advice.effect.name(), text, overdue: advice.overdue_fen }
    }
}
