//! The figures of a call -> what is kept of them.

use super::call::Call;
use super::facts::{Event, Fact, ShownHint, SignalledObjection};
use super::side::{SideFigures, SummaryFigures};
use crate::hints::Side;
use crate::observations::{Probe, SandboxLevel, SandboxState};
use crate::signals::measures::Measure;
use crate::signals::model::MODEL_ID;
use crate::store::calls::stored::*;
use crate::units::time::seconds;
use crate::units::{Channel, Words, rounded};

impl From<&SummaryFigures> for StoredSummary {
    fn from(figures: &SummaryFigures) -> Self {
        Self {
            v: Version::NOW,
            seconds: figures.seconds,
            sides: figures.sides.iter().map(Into::into).collect(),
            overlaps: figures.overlaps,
            responses: figures.responses,
        }
    }
}

impl From<&SideFigures> for StoredSide {
    fn from(side: &SideFigures) -> Self {
        let m = &side.measures;
        Self {
            channel: side.channel,
            speech_rate_hz: measure(side.speech_rate_hz.measure),
            articulation_rate_hz: measure(side.articulation_rate_hz.measure),
            pauses_per_min: measure(side.pauses_per_min.measure),
            mean_pause_s: measure(m.mean_pause_s),
            pitch_sd_st: measure(side.pitch_sd_st.measure),
            response_latency_s: measure(side.response_latency_s.measure),
            talk_share: measure(side.talk_share),
            speech_s: rounded(m.speech_s),
            nuclei: m.nuclei,
            pauses: m.pauses,
            filled_pauses: m.filled_pauses,
            snr_db: m.quality.snr_db.ok().map(rounded),
            clipped_share: m.quality.clipped_share.unwrap_or(0.0),
            dropped_share: m.quality.dropped_share.unwrap_or(0.0),
        }
    }
}

fn measure(measure: Measure) -> StoredMeasure {
    StoredMeasure { value: measure.ok().map(rounded), unknown: measure.err().map(Into::into) }
}

impl Call {
    /// What the ear did with its sound, behind walls that stand now.
    pub fn stored_receipt(&self, walls: Option<SandboxState>) -> StoredReceipt {
        let receipt = &self.receipt;
        StoredReceipt {
            v: Version::NOW,
            streams: receipt.streams,
            heard_s: seconds(receipt.heard_ms),
            audio_bytes_in: receipt.audio_bytes_in,
            audio_bytes_written: receipt.storage_bytes_written,
            observation_bytes_out: receipt.observation_bytes_out,
            dropped_ms: receipt.dropped_ms,
            memory_locked: receipt.memory_locked,
            sandbox: sandbox(walls),
            running: self.streaming,
        }
    }
}

fn sandbox(walls: Option<SandboxState>) -> StoredSandbox {
    let Some(walls) = walls else { return StoredSandbox::down() };
    let probe =
        |probe: Probe| StoredProbe { refused: probe.refused(), answer: probe.answer(), what: probe.what };
    StoredSandbox {
        level: match walls.level {
            SandboxLevel::Enforced => StoredSandboxLevel::Enforced,
            SandboxLevel::Degraded => StoredSandboxLevel::Degraded,
        },
        why: walls.why,
        landlock: walls.landlock,
        syscalls_filtered: walls.syscalls_filtered,
        probes: walls.probes.into_iter().map(probe).collect(),
    }
}

impl From<&Fact> for StoredMoment {
    fn from(fact: &Fact) -> Self {
        let at_ms = fact.at_ms;
        let event = match &fact.event {
            Event::HintShown(shown) => StoredEvent::HintShown { hint: shown.into() },
            Event::HintRated { hint, rating } => {
                StoredEvent::HintRated { at_ms, hint_id: *hint, rating: (*rating).into() }
            }
            Event::ObjectionSignalled(signalled) => {
                StoredEvent::ObjectionSignalled { objection: signalled.into() }
            }
            Event::CallEnded { seconds, hints, objections, outcome, playbook } => StoredEvent::CallEnded {
                at_ms,
                seconds: *seconds,
                hints: *hints,
                objections: *objections,
                outcome: outcome.map(Into::into),
                model_id: Some(MODEL_ID.to_owned()),
                playbook: Some(playbook.clone()),
                interrupted: false,
            },
        };
        Self { v: Version::NOW, unix_ms: fact.unix_ms, event }
    }
}

impl From<&ShownHint> for StoredHint {
    fn from(shown: &ShownHint) -> Self {
        let hint = &shown.hint;
        Self {
            id: shown.id,
            at_ms: hint.at_ms,
            rule: hint.rule.clone(),
            side: match hint.side {
                Side::Client => Channel::Client,
                Side::Rep => Channel::Rep,
            },
            kind: hint.kind.clone(),
            text: (&hint.say).into(),
            drivers: words(&hint.drivers),
            because: (&hint.because).into(),
            model_id: shown.model_id.to_owned(),
            playbook: shown.playbook.clone(),
        }
    }
}

impl From<&SignalledObjection> for StoredObjection {
    fn from(signalled: &SignalledObjection) -> Self {
        let objection = &signalled.objection;
        Self {
            at_ms: objection.at_ms,
            onset_ms: objection.onset_ms,
            score: rounded(objection.score),
            drivers: words(&signalled.drivers),
            model_id: signalled.model_id.to_owned(),
        }
    }
}

fn words(words: &[Words]) -> Vec<StoredWords> {
    words.iter().map(Into::into).collect()
}
