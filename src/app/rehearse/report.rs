//! What a rehearsal said -> one line of JSON. Keys and their order are promised; what is not known is null.

use std::path::Path;

use serde::Serialize;

use crate::hints::{Hint, Said};
use crate::observations::Observation;
use crate::units::time::seconds;

/// One value of the reserve each 5 s.
pub const RESERVE_EVERY_MS: u64 = 5000;

#[derive(Debug, Serialize)]
pub struct Report {
    file: String,
    seconds: f64,
    hints: Vec<HintLine>,
    objections: Vec<ObjectionLine>,
    reserve: Vec<ReserveLine>,
}

#[derive(Debug, Serialize)]
struct HintLine {
    at_ms: u64,
    rule: &'static str,
    side: &'static str,
    kind: &'static str,
    text: &'static str,
    drivers: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ObjectionLine {
    at_ms: u64,
    score: f64,
}

#[derive(Debug, Serialize)]
struct ReserveLine {
    at_ms: u64,
    share: Option<f64>,
}

impl Report {
    pub fn of(file: &Path) -> Self {
        let file = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { file, seconds: 0.0, hints: Vec::new(), objections: Vec::new(), reserve: Vec::new() }
    }

    /// The call lasts until the end of its newest tick.
    pub fn heard(&mut self, observation: &Observation) {
        if let Observation::Tick(tick) = observation {
            self.seconds = self.seconds.max(seconds(tick.start_ms + u64::from(tick.span_ms)));
        }
    }

    pub fn said(&mut self, said: &Said) {
        if let Some(objection) = &said.objection {
            self.objections.push(ObjectionLine { at_ms: objection.at_ms, score: rounded(objection.score) });
        }
        if let Some(Hint { at_ms, rule, side, kind, text, drivers }) = said.hint.clone() {
            self.hints.push(HintLine { at_ms, rule, side: side.name(), kind: kind.name(), text, drivers });
        }
    }

    pub fn reserve(&mut self, at_ms: u64, share: Option<f64>) {
        self.reserve.push(ReserveLine { at_ms, share: share.map(rounded) });
    }
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
