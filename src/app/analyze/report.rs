//! A summary -> one line of JSON. Keys and their order are promised; what is not known is null.

use std::path::Path;

use serde::Serialize;

use crate::app::coached::{Coached, HintLine, ObjectionLine};
use crate::observations::Channel;
use crate::signals::conversation::Summary;
use crate::signals::measures::{Measure, Measures};
use crate::units::rounded;

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
}

#[derive(Debug, Serialize)]
struct ChannelReport {
    channel: &'static str,
    speech_s: f64,
    phonation_s: f64,
    floor_s: f64,
    nuclei: u32,
    speech_rate_hz: Option<f64>,
    articulation_rate_hz: Option<f64>,
    pauses: u32,
    pauses_per_min: Option<f64>,
    mean_pause_s: Option<f64>,
    filled_pauses: u32,
    f0_median_hz: Option<f64>,
    f0_sd_st: Option<f64>,
}

impl Report {
    pub fn of(file: &Path, summary: &Summary, coached: Coached) -> Self {
        Self {
            file: file.to_string_lossy().into_owned(),
            seconds: rounded(summary.seconds),
            talk_share_rep: known(summary.talk_share_rep),
            overlaps: summary.overlaps.ok(),
            responses: summary.responses.ok(),
            response_latency_median_s: known(summary.response_latency_median_s),
            signals: coached.objections,
            hints: coached.hints,
            channels: summary.channels.iter().map(ChannelReport::of).collect(),
        }
    }
}

impl ChannelReport {
    fn of((channel, measures): &(Channel, Measures)) -> Self {
        Self {
            channel: channel.name(),
            speech_s: rounded(measures.speech_s),
            phonation_s: rounded(measures.phonation_s),
            floor_s: rounded(measures.floor_s),
            nuclei: measures.nuclei,
            speech_rate_hz: known(measures.speech_rate_hz),
            articulation_rate_hz: known(measures.articulation_rate_hz),
            pauses: measures.pauses,
            pauses_per_min: known(measures.pauses_per_min),
            mean_pause_s: known(measures.mean_pause_s),
            filled_pauses: measures.filled_pauses,
            f0_median_hz: known(measures.f0_median_hz),
            f0_sd_st: known(measures.f0_sd_st),
        }
    }
}

fn known(measure: Measure) -> Option<f64> {
    measure.ok().map(rounded)
}
