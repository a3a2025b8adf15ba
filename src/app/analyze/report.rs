//! A summary -> one line of JSON. Keys and their order are promised; what is not known is null.

use std::path::Path;

use serde::Serialize;

use crate::app::coached::{HintLine, ObjectionLine};
use crate::observations::{Channel, Doubt};
use crate::signals::measures::{Measure, Measures};
use crate::units::rounded;

use super::Analysed;

#[derive(Debug, Serialize)]
pub struct Report {
    file: String,
    seconds: f64,
    talk_share_rep: Option<f64>,
    overlaps: Option<u32>,
    responses: Option<u32>,
    response_latency_median_s: Option<f64>,
    /// Objection signals; empty with one microphone.
    signals: Vec<ObjectionLine>,
    /// What a rep would have been shown; empty with one microphone.
    hints: Vec<HintLine>,
    channels: Vec<ChannelReport>,
    /// What was missing or doubtful about the input, a sentence each.
    warnings: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ChannelReport {
    channel: &'static str,
    speech_s: Option<f64>,
    phonation_s: Option<f64>,
    floor_s: Option<f64>,
    nuclei: Option<u32>,
    speech_rate_hz: Option<f64>,
    articulation_rate_hz: Option<f64>,
    pauses: Option<u32>,
    pauses_per_min: Option<f64>,
    mean_pause_s: Option<f64>,
    filled_pauses: Option<u32>,
    f0_median_hz: Option<f64>,
    f0_sd_st: Option<f64>,
}

impl Report {
    pub fn of(file: &Path, analysed: Analysed) -> Self {
        let Analysed { summary, coached, doubt, warnings, .. } = analysed;
        let missing = match doubt {
            Some(Doubt::NoRep) => Some(Channel::Rep),
            Some(Doubt::NoClient | Doubt::OneVoice) => Some(Channel::Client),
            _ => None,
        };
        let channels = summary.channels.iter().map(|side| ChannelReport::of(side, missing != Some(side.0)));
        Self {
            file: file.to_string_lossy().into_owned(),
            seconds: rounded(summary.seconds),
            talk_share_rep: known(summary.talk_share_rep),
            overlaps: summary.overlaps.ok(),
            responses: summary.responses.ok(),
            response_latency_median_s: known(summary.response_latency_median_s),
            signals: coached.objections,
            hints: coached.hints,
            channels: channels.collect(),
            warnings,
        }
    }
}

impl ChannelReport {
    /// Of a side that was not recorded nothing is known, not even that it was silent.
    fn of((channel, measures): &(Channel, Measures), recorded: bool) -> Self {
        let sum = |value: f64| recorded.then(|| rounded(value));
        let count = |value: u32| recorded.then_some(value);
        Self {
            channel: channel.name(),
            speech_s: sum(measures.speech_s),
            phonation_s: sum(measures.phonation_s),
            floor_s: sum(measures.floor_s),
            nuclei: count(measures.nuclei),
            speech_rate_hz: known(measures.speech_rate_hz),
            articulation_rate_hz: known(measures.articulation_rate_hz),
            pauses: count(measures.pauses),
            pauses_per_min: known(measures.pauses_per_min),
            mean_pause_s: known(measures.mean_pause_s),
            filled_pauses: count(measures.filled_pauses),
            f0_median_hz: known(measures.f0_median_hz),
            f0_sd_st: known(measures.f0_sd_st),
        }
    }
}

fn known(measure: Measure) -> Option<f64> {
    measure.ok().map(rounded)
}
