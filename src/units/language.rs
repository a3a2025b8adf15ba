//! The languages that people are spoken to in.

/// A language of the page, of hints and of explanations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Zh,
    En,
}

/// The same said in both languages; Chinese is written first, not translated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

impl Words {
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// Says it once in each language.
    pub fn both(say: impl Fn(Language) -> String) -> Self {
        Self { zh: say(Language::Zh), en: say(Language::En) }
    }

    pub fn of(&self, language: Language) -> &str {
        if language == Language::Zh { &self.zh } else { &self.en }
    }
}
