//! What the coach said over a whole call -> lines of JSON. Keys and their order are promised.

use serde::Serialize;

use crate::hints::{Hint, Said};
use crate::units::{Language, rounded};

#[derive(Debug, Serialize)]
pub struct HintLine {
    at_ms: u64,
    rule: String,
    side: &'static str,
    kind: String,
    text: String,
    drivers: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct ObjectionLine {
    at_ms: u64,
    score: f64,
}

/// Hints and objection signals, in the order in which they came.
#[derive(Debug, Default)]
pub struct Coached {
    pub hints: Vec<HintLine>,
    pub objections: Vec<ObjectionLine>,
}

impl Coached {
    pub fn add(&mut self, said: Said, language: Language) {
        if let Some(objection) = said.objection {
            self.objections.push(ObjectionLine { at_ms: objection.at_ms, score: rounded(objection.score) });
        }
        if let Some(Hint { at_ms, rule, side, kind, say, drivers, .. }) = said.hint {
            let drivers = drivers.iter().map(|words| words.of(language).to_owned()).collect();
            let text = say.of(language).to_owned();
            self.hints.push(HintLine { at_ms, rule, side: side.name(), kind, text, drivers });
        }
    }
}
