//! What a rehearsal said -> one line of JSON. Keys and their order are promised; what is not known is null.

use std::path::Path;

use serde::Serialize;

use crate::app::coached::{Coached, HintLine, ObjectionLine};
use crate::observations::Observation;
use crate::units::rounded;
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
struct ReserveLine {
    at_ms: u64,
    share: Option<f64>,
}

impl Report {
    pub fn of(file: &Path) -> Self {
        let file = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { file, seconds: 0.0, hints: Vec::new(), objections: Vec::new(), reserve: Vec::new() }
    }

    /// With what the coach said.
    pub fn with(self, coached: Coached) -> Self {
        Self { hints: coached.hints, objections: coached.objections, ..self }
    }

    /// The call lasts until the end of its newest tick.
    pub fn heard(&mut self, observation: &Observation) {
        if let Observation::Tick(tick) = observation {
            self.seconds = self.seconds.max(seconds(tick.start_ms + u64::from(tick.span_ms)));
        }
    }

    pub fn reserve(&mut self, at_ms: u64, share: Option<f64>) {
        self.reserve.push(ReserveLine { at_ms, share: share.map(rounded) });
    }
}
