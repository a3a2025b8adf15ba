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

    /// With the name that was probably meant, if one is near.
    pub fn meant(self, near: Option<&str>) -> Self {
        match near {
            Some(near) => Self {
                zh: format!("{}；是不是要写 `{near}`？", self.zh),
                en: format!("{}; did you mean `{near}`?", self.en),
            },
            None => self,
        }
    }

    pub fn of(&self, language: Language) -> &str {
        if language == Language::Zh { &self.zh } else { &self.en }
    }
}
