//! What clients of the API see. Views grow; their fields never change meaning.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::coaching::views::{ContextView, HintLevel, ReserveView};
use crate::units::{Channel, Layout};

/// What the other side knows and wants. Without `notified` or `consented` nothing is heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentView {
    Unknown,
    Notified,
    Consented,
    Declined,
    Withdrawn,
}

/// How the other side was told or agreed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HowView {
    #[default]
    Spoken,
    Written,
    /// On a screen or in a message.
    Electronic,
}

/// `POST /api/v1/calls/{id}/consent`
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentChange {
    pub consent: ConsentView,
    #[serde(default)]
    pub how: HowView,
    /// The version of the text; the newest when left out.
    pub text: Option<i64>,
}

/// Where the sound comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SourceView {
    /// The client opens a WebSocket to the ear with a ticket.
    Socket,
    /// A microphone or line input of the appliance, by its stable id (`GET /api/v1/devices`).
    Device { device: String },
    /// The built-in demo conversation, in real time.
    Demo,
}

/// `POST /api/v1/calls`
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCall {
    pub layout: Layout,
    pub source: SourceView,
    pub consent: ConsentView,
    /// How the other side was told or agreed.
    #[serde(default)]
    pub consent_how: HowView,
    /// The version of the text that was told (`GET /api/v1/consent-texts`); the newest when left out, which the policy
    /// `separate_consent` does not allow.
    pub consent_text: Option<i64>,
    /// The client, when it is known.
    pub client: Option<i64>,
    /// How many hints are wanted.
    #[serde(default)]
    pub hints: HintLevel,
    /// What is known besides the sound; hints may use it.
    #[serde(default)]
    pub context: ContextView,
}

/// A pass for one stream into the ear, valid for 30 s and once.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TicketView {
    /// Where to connect, ticket included: `ws://127.0.0.1:7071/v1/audio?ticket=…`.
    pub url: String,
    /// Unix time in milliseconds.
    pub expires_ms: u64,
}

/// Where a call is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// Nothing was heard yet.
    Waiting,
    /// Sound arrives.
    Live,
    /// Sound stopped arriving; the call goes on when it comes back.
    Lost,
    /// Stopped; the summary is final.
    Ended,
    /// Consent was withdrawn; everything measured was deleted.
    Withdrawn,
}

/// A call. `ticket` is there when it was just created or asked for, for sources of kind `socket`.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CallView {
    /// 16 hexadecimal digits.
    pub id: String,
    pub layout: Layout,
    pub source: SourceView,
    pub consent: ConsentView,
    pub state: CallState,
    /// Unix time in milliseconds.
    pub created_ms: u64,
    /// How far the audio clock has come.
    pub elapsed_ms: u64,
    /// Why the appliance cannot open the call's input now, in one sentence; it goes on trying. Null when all is well.
    pub problem: Option<String>,
    /// How many hints are wanted; null when there can be none, since one microphone does not tell who speaks.
    pub hints: Option<HintLevel>,
    /// Who holds it; null for this machine's own user.
    pub owner: Option<i64>,
    pub client: Option<i64>,
    /// The client's name, as it is now.
    pub client_name: Option<String>,
    /// What came of it, as the rep said last: `advanced`, `unchanged`, `won` or `lost`.
    pub outcome: Option<String>,
    /// The numbers of an own call that is over.
    #[schema(value_type = Option<SummaryView>)]
    pub summary: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<TicketView>,
}

/// One 100 ms step of one voice: the lanes are drawn from these.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TickView {
    pub channel: Channel,
    /// On the call's audio clock.
    pub start_ms: u64,
    pub span_ms: u32,
    pub speech_ms: u32,
    pub voiced_ms: u32,
    pub nuclei: u32,
    /// Mean level of the speech in it, dB below full scale; null without speech.
    pub level_db: Option<f32>,
    pub clipped_ms: u32,
    pub dropped_ms: u32,
}

/// Something that happened in the conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum EventView {
    SpeechStart { channel: Channel, at_ms: u64 },
    SpeechEnd { channel: Channel, at_ms: u64 },
    Pause { channel: Channel, start_ms: u64, length_ms: u32 },
    FilledPause { channel: Channel, start_ms: u64, length_ms: u32 },
    Overlap { start_ms: u64, length_ms: u32 },
    SourceLost { at_ms: u64 },
    SourceBack { at_ms: u64 },
}

/// A number or the reason why there is none.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MeasureView {
    pub value: Option<f64>,
    /// Stable code of the reason when `value` is null: `too_little_speech`, `too_little_voice`, `no_pause`, `no_sound`,
    /// `one_microphone`, `same_sound`, `side_missing`, `no_answer`, `telling_apart`, `one_voice`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<&'static str>,
    /// The usual range in this call so far (10 % to 90 % of its earlier values); null until there are enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usual: Option<[f64; 2]>,
}

/// One side of the conversation over the last minute (live) or the whole call (summary). Response latency and talk share
/// are always over the whole call so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SideView {
    pub channel: Channel,
    /// Syllables per second of floor time.
    pub speech_rate_hz: MeasureView,
    /// Syllables per second of phonation.
    pub articulation_rate_hz: MeasureView,
    /// Pauses of 250 ms to 2 s per minute of floor time.
    pub pauses_per_min: MeasureView,
    pub mean_pause_s: MeasureView,
    /// Standard deviation of the pitch in semitones.
    pub pitch_sd_st: MeasureView,
    /// Median of how long this side lets the other wait for an answer, seconds.
    pub response_latency_s: MeasureView,
    /// This side's share of all speech.
    pub talk_share: MeasureView,
    pub speech_s: f64,
    pub nuclei: u32,
    pub pauses: u32,
    pub filled_pauses: u32,
    /// Speech over background, dB; null while unknown.
    pub snr_db: Option<f32>,
    /// Share of the time at full scale.
    pub clipped_share: f32,
    /// Share of the time that could not be heard.
    pub dropped_share: f32,
}

/// Once a second while sound arrives.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SnapshotView {
    pub at_ms: u64,
    pub sides: Vec<SideView>,
    pub overlaps: u32,
    pub reserve: ReserveView,
}

/// `GET /api/v1/calls/{id}/summary`: the whole call so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SummaryView {
    pub id: String,
    pub layout: Layout,
    pub state: CallState,
    pub seconds: f64,
    pub sides: Vec<SideView>,
    pub overlaps: u32,
    pub responses: u32,
}

/// What the ear did with the sound: the proof behind "not recorded".
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceiptView {
    pub id: String,
    pub streams: u32,
    pub heard_s: f64,
    pub audio_bytes_in: u64,
    /// Bytes the kernel saw the ear write to storage; null where it does not count.
    pub audio_bytes_written: Option<u64>,
    pub observation_bytes_out: u64,
    pub dropped_ms: u64,
    pub memory_locked: bool,
    pub sandbox: SandboxView,
    /// The receipt covers the streams that ended; a stream is running now.
    pub running: bool,
}

/// The walls around the ear.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SandboxView {
    /// `enforced`, `degraded`, or `down` while the ear restarts.
    pub level: &'static str,
    /// One sentence for each weakness.
    pub why: Vec<String>,
    pub landlock: String,
    pub syscalls_filtered: bool,
    pub probes: Vec<ProbeView>,
}

/// One attempt to break out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProbeView {
    pub what: String,
    pub refused: bool,
    /// The kernel's answer, for example "Permission denied (os error 13)".
    pub answer: String,
}

/// `state` events of the live stream.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StateView {
    pub state: CallState,
    pub elapsed_ms: u64,
    /// Why nothing is heard now, in one sentence; null when all is well.
    pub problem: Option<String>,
}

/// `GET /api/v1/devices`
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DevicesView {
    /// `alsa` or `pulseaudio`, as `audio.host` says.
    pub host: &'static str,
    pub devices: Vec<DeviceView>,
    /// One sentence, with what to do, when there are none; else null.
    pub why: Option<String>,
}

/// A microphone or line input of the appliance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeviceView {
    /// Stable: it names the same input after a restart.
    pub id: String,
    pub name: String,
    /// How many voices a call can keep apart: `[1]`, or `[1, 2]` for a stereo input. An input in use shows `[1]`.
    pub channels: Vec<u16>,
    pub default: bool,
}

/// `level` events of an input; null for digital silence.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LevelView {
    /// dB below full scale, over a tenth of a second.
    pub rms_db: Option<f32>,
    pub peak_db: Option<f32>,
}

/// The `problem` event of an input whose level cannot be told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LevelProblemView {
    pub detail: String,
}

/// `GET /api/v1/calls`
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CallsView {
    pub calls: Vec<CallView>,
    /// To be sent as `after` for the next page; null at the end.
    pub next: Option<String>,
}

/// `GET /readyz`
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReadyView {
    /// The ear is there and its walls stand.
    pub ear: bool,
    /// What somebody has to do something about: `database_damaged`, `changes_lost`, `log_not_signed`, `withdrawals_wait`,
    /// `disk_full`, `clock_leapt`; the trust page says what. Left out when there is nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<&'static str>,
}
