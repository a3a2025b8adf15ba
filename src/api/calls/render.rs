//! Domain values -> views.

use super::views::*;
use crate::calls;
use crate::live;
use crate::observations::{Device, DeviceList, Level, Observation, SandboxLevel, SandboxState};
use crate::signals::measures::{Measure, Unknown};

impl From<ConsentView> for calls::Consent {
    fn from(view: ConsentView) -> Self {
        match view {
            ConsentView::Unknown => Self::Unknown,
            ConsentView::Notified => Self::Notified,
            ConsentView::Consented => Self::Consented,
            ConsentView::Declined => Self::Declined,
            ConsentView::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<calls::Consent> for ConsentView {
    fn from(consent: calls::Consent) -> Self {
        match consent {
            calls::Consent::Unknown => Self::Unknown,
            calls::Consent::Notified => Self::Notified,
            calls::Consent::Consented => Self::Consented,
            calls::Consent::Declined => Self::Declined,
            calls::Consent::Withdrawn => Self::Withdrawn,
        }
    }
}

impl From<HowView> for calls::How {
    fn from(view: HowView) -> Self {
        match view {
            HowView::Spoken => Self::Spoken,
            HowView::Written => Self::Written,
            HowView::Electronic => Self::Electronic,
        }
    }
}

impl From<SourceView> for calls::CallSource {
    fn from(view: SourceView) -> Self {
        match view {
            SourceView::Socket => Self::Socket,
            SourceView::Device { device } => Self::Device(device),
            SourceView::Demo => Self::Demo,
        }
    }
}

impl From<&calls::CallSource> for SourceView {
    fn from(source: &calls::CallSource) -> Self {
        match source {
            calls::CallSource::Socket => Self::Socket,
            calls::CallSource::Device(device) => Self::Device { device: device.clone() },
            calls::CallSource::Demo => Self::Demo,
        }
    }
}

impl From<calls::CallState> for CallState {
    fn from(state: calls::CallState) -> Self {
        match state {
            calls::CallState::Waiting => Self::Waiting,
            calls::CallState::Live => Self::Live,
            calls::CallState::Lost => Self::Lost,
            calls::CallState::Ended => Self::Ended,
            calls::CallState::Withdrawn => Self::Withdrawn,
        }
    }
}

pub fn call(call: &live::Call) -> CallView {
    CallView {
        id: call.facts.id.to_string(),
        layout: call.facts.layout,
        source: (&call.facts.source).into(),
        consent: call.consent.into(),
        state: call.state.into(),
        created_ms: call.facts.created_ms,
        elapsed_ms: call.elapsed_ms(),
        problem: call.problem.clone(),
        hints: call.coaching.level().map(Into::into),
        owner: call.facts.owner.map(|owner| owner.0),
        client: call.facts.client.map(|client| client.0),
        client_name: None,
        outcome: None,
        summary: None,
        ticket: None,
    }
}

pub fn devices(list: DeviceList) -> DevicesView {
    let one = |device: Device| DeviceView {
        id: device.id,
        name: device.name,
        channels: device.channels,
        default: device.default,
    };
    DevicesView {
        host: list.host.name(),
        devices: list.devices.into_iter().map(one).collect(),
        why: list.why,
    }
}

pub fn level(level: Level) -> LevelView {
    LevelView { rms_db: level.rms_db, peak_db: level.peak_db }
}

pub fn summary(call: &live::Call) -> SummaryView {
    let figures = call.summary();
    summary_of(&call.facts, call.state, &figures)
}

pub fn summary_of(
    facts: &live::CallFacts,
    state: calls::CallState,
    figures: &live::SummaryFigures,
) -> SummaryView {
    SummaryView {
        id: facts.id.to_string(),
        layout: facts.layout,
        state: state.into(),
        seconds: figures.seconds,
        sides: figures.sides.iter().map(side).collect(),
        overlaps: figures.overlaps,
        responses: figures.responses,
    }
}

pub fn receipt(call: &live::Call, sandbox: SandboxView) -> ReceiptView {
    let receipt = &call.receipt;
    ReceiptView {
        id: call.facts.id.to_string(),
        streams: receipt.streams,
        heard_s: receipt.heard_ms as f64 / 1000.0,
        audio_bytes_in: receipt.audio_bytes_in,
        audio_bytes_written: receipt.storage_bytes_written,
        observation_bytes_out: receipt.observation_bytes_out,
        dropped_ms: receipt.dropped_ms,
        memory_locked: receipt.memory_locked,
        sandbox,
        running: call.streaming,
    }
}

pub fn sandbox(state: Option<SandboxState>) -> SandboxView {
    let Some(state) = state else {
        return SandboxView {
            level: "down",
            why: vec!["the ear is restarting".into()],
            landlock: String::new(),
            syscalls_filtered: false,
            probes: vec![],
        };
    };
    let answer = |errno: i32| match errno {
        0 => "allowed".to_owned(),
        errno => std::io::Error::from_raw_os_error(errno).to_string(),
    };
    let probes = state.probes.into_iter();
    SandboxView {
        level: match state.level {
            SandboxLevel::Enforced => "enforced",
            SandboxLevel::Degraded => "degraded",
        },
        why: state.why,
        landlock: state.landlock,
        syscalls_filtered: state.syscalls_filtered,
        probes: probes
            .map(|probe| ProbeView {
                refused: probe.errno != 0,
                answer: answer(probe.errno),
                what: probe.what,
            })
            .collect(),
    }
}

pub fn tick(tick: &live::TickFigures) -> TickView {
    TickView {
        channel: tick.channel,
        start_ms: tick.start_ms,
        span_ms: tick.span_ms,
        speech_ms: tick.speech_ms,
        voiced_ms: tick.voiced_ms,
        nuclei: tick.nuclei,
        level_db: tick.level_db.map(|db| (db * 10.0).round() / 10.0),
        clipped_ms: tick.clipped_ms,
        dropped_ms: tick.dropped_ms,
    }
}

/// `None` for ticks, which have an event of their own.
pub fn event(observation: &Observation) -> Option<EventView> {
    Some(match *observation {
        Observation::Tick(_) => return None,
        Observation::SpeechStart { channel, at_ms } => EventView::SpeechStart { channel, at_ms },
        Observation::SpeechEnd { channel, at_ms } => EventView::SpeechEnd { channel, at_ms },
        Observation::Pause { channel, start_ms, length_ms } => {
            EventView::Pause { channel, start_ms, length_ms }
        }
        Observation::FilledPause { channel, start_ms, length_ms } => {
            EventView::FilledPause { channel, start_ms, length_ms }
        }
        Observation::Overlap { start_ms, length_ms } => EventView::Overlap { start_ms, length_ms },
        Observation::SourceLost { at_ms } => EventView::SourceLost { at_ms },
        Observation::SourceBack { at_ms } => EventView::SourceBack { at_ms },
    })
}

pub fn side(side: &live::SideFigures) -> SideView {
    let m = &side.measures;
    SideView {
        channel: side.channel,
        speech_rate_hz: shown(&side.speech_rate_hz),
        articulation_rate_hz: shown(&side.articulation_rate_hz),
        pauses_per_min: shown(&side.pauses_per_min),
        mean_pause_s: measure(m.mean_pause_s),
        pitch_sd_st: shown(&side.pitch_sd_st),
        response_latency_s: shown(&side.response_latency_s),
        talk_share: measure(side.talk_share),
        speech_s: rounded(m.speech_s),
        nuclei: m.nuclei,
        pauses: m.pauses,
        filled_pauses: m.filled_pauses,
        snr_db: m.quality.snr_db.ok().map(|db| rounded(db) as f32),
        clipped_share: m.quality.clipped_share.unwrap_or(0.0) as f32,
        dropped_share: m.quality.dropped_share.unwrap_or(0.0) as f32,
    }
}

fn shown(shown: &live::Shown) -> MeasureView {
    MeasureView { usual: shown.usual.map(|range| range.map(rounded)), ..measure(shown.measure) }
}

fn measure(measure: Measure) -> MeasureView {
    let unknown = measure.err().map(|unknown| match unknown {
        Unknown::TooLittleSpeech => "too_little_speech",
        Unknown::TooLittleVoice => "too_little_voice",
        Unknown::NoPause => "no_pause",
        Unknown::NoSound => "no_sound",
        Unknown::OneMicrophone => "one_microphone",
        Unknown::NoAnswer => "no_answer",
    });
    MeasureView { value: measure.ok().map(rounded), unknown, usual: None }
}

/// More digits than a thousandth would pretend.
pub fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
