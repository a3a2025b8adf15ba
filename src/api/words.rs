//! A text in both languages, as it is answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::units::Words;

/// The same in both languages.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WordsView {
    pub zh: String,
    pub en: String,
}

impl From<&Words> for WordsView {
    fn from(words: &Words) -> Self {
        Self { zh: words.zh.clone(), en: words.en.clone() }
    }
}
