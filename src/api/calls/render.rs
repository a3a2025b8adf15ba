//! Domain values -> views.

use serde::Serialize;
use serde_json::Value;

use super::views::*;
use crate::calls;
use crate::live;
use crate::observations::{Device, DeviceList, Level, Observation, Probe, SandboxLevel, SandboxState};
use crate::signals::measures::{Measure, Unknown};
use crate::store::calls::stored::*;
use crate::units::{CallId, Layout, rounded};

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

/// A summary of a call that is no longer in memory: it is over.
pub fn stored_summary(id: CallId, layout: Layout, summary: &StoredSummary) -> SummaryView {
    SummaryView {
        id: id.to_string(),
        layout,
        state: CallState::Ended,
        seconds: summary.seconds,
        sides: summary.sides.iter().map(Into::into).collect(),
        overlaps: summary.overlaps,
        responses: summary.responses,
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

pub fn stored_receipt(id: CallId, receipt: StoredReceipt) -> ReceiptView {
    ReceiptView {
        id: id.to_string(),
        streams: receipt.streams,
        heard_s: receipt.heard_s,
        audio_bytes_in: receipt.audio_bytes_in,
        audio_bytes_written: receipt.audio_bytes_written,
        observation_bytes_out: receipt.observation_bytes_out,
        dropped_ms: receipt.dropped_ms,
        memory_locked: receipt.memory_locked,
        sandbox: stored_sandbox(receipt.sandbox),
        running: receipt.running,
    }
}

fn stored_sandbox(stored: StoredSandbox) -> SandboxView {
    let level = match stored.level {
        StoredSandboxLevel::Enforced => "enforced",
        StoredSandboxLevel::Degraded => "degraded",
        StoredSandboxLevel::Down => return sandbox(None),
    };
    let probe = |StoredProbe { what, refused, answer }| ProbeView { what, refused, answer };
    SandboxView {
        level,
        why: stored.why,
        landlock: stored.landlock,
        syscalls_filtered: stored.syscalls_filtered,
        probes: stored.probes.into_iter().map(probe).collect(),
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
    let probe =
        |probe: Probe| ProbeView { refused: probe.refused(), answer: probe.answer(), what: probe.what };
    SandboxView {
        level: match state.level {
            SandboxLevel::Enforced => "enforced",
            SandboxLevel::Degraded => "degraded",
        },
        why: state.why,
        landlock: state.landlock,
        syscalls_filtered: state.syscalls_filtered,
        probes: state.probes.into_iter().map(probe).collect(),
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

/// `None` for ticks, which have an event of their own, and for doubts, which are the reasons of missing figures.
pub fn event(observation: &Observation) -> Option<EventView> {
    Some(match *observation {
        Observation::Tick(_) | Observation::Doubt { .. } => return None,
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
    MeasureView { value: measure.ok().map(rounded), unknown: measure.err().map(code), usual: None }
}

/// Stable.
fn code(unknown: Unknown) -> &'static str {
    match unknown {
        Unknown::TooLittleSpeech => "too_little_speech",
        Unknown::TooLittleVoice => "too_little_voice",
        Unknown::NoPause => "no_pause",
        Unknown::NoSound => "no_sound",
        Unknown::OneMicrophone => "one_microphone",
        Unknown::SameSound => "same_sound",
        Unknown::TellingApart => "telling_apart",
        Unknown::OneVoice => "one_voice",
        Unknown::SideMissing => "side_missing",
        Unknown::NoAnswer => "no_answer",
    }
}

impl From<&StoredSide> for SideView {
    fn from(side: &StoredSide) -> Self {
        Self {
            channel: side.channel,
            speech_rate_hz: side.speech_rate_hz.into(),
            articulation_rate_hz: side.articulation_rate_hz.into(),
            pauses_per_min: side.pauses_per_min.into(),
            mean_pause_s: side.mean_pause_s.into(),
            pitch_sd_st: side.pitch_sd_st.into(),
            response_latency_s: side.response_latency_s.into(),
            talk_share: side.talk_share.into(),
            speech_s: side.speech_s,
            nuclei: side.nuclei,
            pauses: side.pauses,
            filled_pauses: side.filled_pauses,
            snr_db: side.snr_db.map(|db| db as f32),
            clipped_share: side.clipped_share as f32,
            dropped_share: side.dropped_share as f32,
        }
    }
}

impl From<StoredMeasure> for MeasureView {
    fn from(measure: StoredMeasure) -> Self {
        Self { value: measure.value, unknown: measure.unknown.map(Unknown::from).map(code), usual: None }
    }
}

/// A view of what is kept: its members by name, as they have always come from the store, and each number with the digits
/// that it has in a view, where `to_value` would widen it.
pub fn value(view: &impl Serialize) -> Value {
    let text = serde_json::to_string(view).expect("texts and numbers are always JSON");
    serde_json::from_str(&text).expect("it was just written")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hints::{Context, Playbook};
    use crate::live::{Call, CallFacts, Wish};
    use crate::observations::{Channel, Receipt, Tick};
    use crate::store::calls::stored::example::{OLD_RECEIPT, OLD_SUMMARY};

    fn call() -> Call {
        let facts = CallFacts {
            id: CallId::from_bits(255),
            layout: Layout::RepLeft,
            source: calls::CallSource::Socket,
            created_ms: 7,
            owner: None,
            client: None,
            assigned: None,
        };
        let playbook = std::sync::Arc::new(Playbook::built_in());
        let level = crate::hints::Level::Novice;
        let wish = Wish { playbook, level, context: Context::default(), silent: false };
        let mut call = Call::new(facts, calls::Consent::Notified, wish);
        for start_ms in (0..35_100).step_by(100) {
            let rep = Tick {
                start_ms,
                span_ms: 100,
                speech_ms: 70,
                nuclei: 1,
                speech_energy: 3 << 33,
                clipped_ms: u32::from(start_ms % 700 == 0),
                ..Tick::empty(Channel::Rep)
            };
            let client = Tick { start_ms, span_ms: 100, ..Tick::empty(Channel::Client) };
            for tick in [rep, client] {
                call.observe(Observation::Tick(tick), 7);
            }
        }
        let receipt = Receipt { streams: 1, heard_ms: 35_100, memory_locked: true, ..Receipt::default() };
        call.closed(&receipt, 9);
        call
    }

    fn text(view: &impl Serialize) -> String {
        serde_json::to_string(view).unwrap()
    }

    /// As it comes back from a column.
    fn stored<T: Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
        serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
    }

    fn walls() -> SandboxState {
        let probe = |what: &str, errno| Probe { what: what.into(), errno };
        SandboxState {
            level: SandboxLevel::Degraded,
            why: vec!["the kernel has no Landlock".into()],
            landlock: "none".into(),
            syscalls_filtered: true,
            probes: vec![probe("write a file", 13), probe("connect", 0)],
        }
    }

    #[test]
    fn the_sides_of_a_summary_are_answered_alike_from_memory_and_from_the_store() {
        let call = call();
        let live = summary(&call);
        let figures = stored(&StoredSummary::from(&call.summary()));
        let sides: Vec<SideView> = figures.sides.iter().map(Into::into).collect();
        assert_eq!(text(&sides), text(&live.sides));
        let clipped = live.sides[0].clipped_share;
        assert!(clipped > 0.001, "{clipped}");
        assert_eq!(value(&live)["sides"][0]["clipped_share"].to_string(), clipped.to_string());
        assert_eq!((figures.seconds, figures.overlaps), (live.seconds, live.overlaps));
    }

    #[test]
    fn rows_without_a_version_are_answered_to_the_byte_as_they_were() {
        let as_it_was = |old: &str| serde_json::from_str::<Value>(old).unwrap().to_string();
        let id: CallId = "00000000000000ff".parse().unwrap();
        let summary = serde_json::from_str(OLD_SUMMARY).unwrap();
        let answered = value(&stored_summary(id, Layout::RepLeft, &summary)).to_string();
        assert_eq!(answered, as_it_was(OLD_SUMMARY));
        let receipt = serde_json::from_str(OLD_RECEIPT).unwrap();
        assert_eq!(value(&stored_receipt(id, receipt)).to_string(), as_it_was(OLD_RECEIPT));
    }

    #[test]
    fn a_receipt_is_answered_alike_from_memory_and_from_the_store() {
        let call = call();
        for walls in [Some(walls()), None] {
            let kept = stored(&call.stored_receipt(walls.clone()));
            let live = receipt(&call, sandbox(walls));
            assert_eq!(text(&stored_receipt(call.facts.id, kept)), text(&live));
        }
    }
}
