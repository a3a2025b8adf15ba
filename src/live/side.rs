//! The measures of each side, as they are shown: now with their usual range, or for the whole call.

use crate::observations::{Channel, Tick};
use crate::signals::conversation::Conversation;
use crate::signals::measures::{Measure, Measures, Unknown};
use crate::signals::usual::Usual;
use crate::signals::window::Window;
use crate::units::Layout;
use crate::units::level::db_of_energy;
use crate::units::time::{FRAME_MS, seconds};

/// What a lane shows of a tick; without its histogram, since a minute of these is kept for every call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TickFigures {
    pub channel: Channel,
    pub start_ms: u64,
    pub span_ms: u32,
    pub speech_ms: u32,
    pub voiced_ms: u32,
    pub nuclei: u32,
    /// Mean level of the speech, dB relative to full scale; `None` without speech.
    pub level_db: Option<f32>,
    pub clipped_ms: u32,
    pub dropped_ms: u32,
}

impl TickFigures {
    pub fn of(tick: &Tick) -> Self {
        Self {
            channel: tick.channel,
            start_ms: tick.start_ms,
            span_ms: tick.span_ms,
            speech_ms: tick.speech_ms,
            voiced_ms: tick.voiced_ms,
            nuclei: tick.nuclei,
            level_db: db_of_energy(tick.speech_energy, u64::from(tick.speech_ms / FRAME_MS)),
            clipped_ms: tick.clipped_ms,
            dropped_ms: tick.dropped_ms,
        }
    }
}

/// A measure and its usual range in this call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown {
    pub measure: Measure,
    pub usual: Option<[f64; 2]>,
}

/// One side.
#[derive(Debug, Clone)]
pub struct SideFigures {
    pub channel: Channel,
    pub measures: Measures,
    pub speech_rate_hz: Shown,
    pub articulation_rate_hz: Shown,
    pub pauses_per_min: Shown,
    pub pitch_sd_st: Shown,
    pub response_latency_s: Shown,
    pub talk_share: Measure,
}

/// The whole call.
#[derive(Debug, Clone)]
pub struct SummaryFigures {
    pub seconds: f64,
    pub sides: Vec<SideFigures>,
    pub overlaps: u32,
    /// Answers of either side to the other.
    pub responses: u32,
}

/// What was usual for one side so far.
#[derive(Debug, Clone, Default)]
pub struct Usuals {
    speech_rate: Usual,
    articulation_rate: Usual,
    pauses: Usual,
    pitch: Usual,
    latency: Usual,
}

/// The window behind the live figures: long enough to hold speech of both sides, short enough to move.
const LIVE: Window = Window::Seconds60;

impl SideFigures {
    /// The side now; its usual ranges learn from it.
    pub fn now(conversation: &Conversation, channel: Channel, usuals: &mut Usuals) -> Self {
        let at_ms = conversation.now_ms();
        let mut figures = Self::over(conversation, channel, LIVE);
        let with = |usual: &mut Usual, shown: &mut Shown| {
            if let Ok(value) = shown.measure {
                usual.push(at_ms, value);
            }
            shown.usual = usual.range();
        };
        with(&mut usuals.speech_rate, &mut figures.speech_rate_hz);
        with(&mut usuals.articulation_rate, &mut figures.articulation_rate_hz);
        with(&mut usuals.pauses, &mut figures.pauses_per_min);
        with(&mut usuals.pitch, &mut figures.pitch_sd_st);
        with(&mut usuals.latency, &mut figures.response_latency_s);
        figures
    }

    fn over(conversation: &Conversation, channel: Channel, window: Window) -> Self {
        let measures = conversation.measures(channel, window);
        let shown = |measure| Shown { measure, usual: None };
        Self {
            channel,
            speech_rate_hz: shown(measures.speech_rate_hz),
            articulation_rate_hz: shown(measures.articulation_rate_hz),
            pauses_per_min: shown(measures.pauses_per_min),
            pitch_sd_st: shown(measures.f0_sd_st),
            response_latency_s: shown(latency_s(conversation, channel)),
            talk_share: talk_share(conversation, channel),
            measures,
        }
    }
}

fn latency_s(conversation: &Conversation, channel: Channel) -> Measure {
    if conversation.layout() == Layout::Mono {
        return Err(Unknown::OneMicrophone);
    }
    let median_ms = conversation.responses().median_ms(channel).ok_or(Unknown::NoAnswer)?;
    Ok(f64::from(median_ms) / 1000.0)
}

fn talk_share(conversation: &Conversation, channel: Channel) -> Measure {
    let rep = conversation.talk_share_rep(Window::Call)?;
    Ok(if channel == Channel::Rep { rep } else { 1.0 - rep })
}

impl SummaryFigures {
    pub fn of(conversation: &Conversation) -> Self {
        let channels = conversation.layout().channels();
        let sides = channels.iter().map(|&channel| SideFigures::over(conversation, channel, Window::Call));
        let responses = channels.iter().map(|&channel| conversation.responses().count(channel)).sum();
        Self {
            seconds: seconds(conversation.now_ms()),
            sides: sides.collect(),
            overlaps: conversation.overlaps(),
            responses,
        }
    }
}
