//! The only words the two rooms exchange about a conversation. Nothing here can carry sound.

pub mod devices;
pub mod doubt;
pub mod histogram;
pub mod receipt;
pub mod sandbox;
pub mod tick;
pub mod wire;

use serde::{Deserialize, Serialize};

pub use devices::{AudioHost, Device, DeviceList, Level};
pub use doubt::Doubt;
pub use histogram::PitchHistogram;
pub use receipt::Receipt;
pub use sandbox::{Probe, SandboxLevel, SandboxState};
pub use tick::Tick;

/// Voices and layouts are plain words; they are named here too because every observation uses them.
pub use crate::units::{Channel, Layout};

/// Something measured in a call. Times are on the audio clock: milliseconds since the call's first sample.
///
/// An event is emitted as soon as it is certain: its time may lie up to [`EVENT_LAG_MS`] before the newest sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(clippy::large_enum_variant)] // a box would allocate on the frame path
pub enum Observation {
    /// The sums of 100 ms of one channel.
    Tick(Tick),
    /// A speaker's utterance begins.
    SpeechStart { channel: Channel, at_ms: u64 },
    /// A speaker's utterance ends; silences under 200 ms do not end one.
    SpeechEnd { channel: Channel, at_ms: u64 },
    /// A silence of 250 ms to 2 s inside one speaker's turn while the other side is silent. Said when it is over.
    Pause { channel: Channel, start_ms: u64, length_ms: u32 },
    /// A drawn-out hesitation sound ("um", 嗯). Said when it is over.
    FilledPause { channel: Channel, start_ms: u64, length_ms: u32 },
    /// Both sides spoke at once. Said when it is over.
    Overlap { start_ms: u64, length_ms: u32 },
    /// No more sound arrives: the client left, the device was unplugged or the ear was restarted.
    SourceLost { at_ms: u64 },
    /// Sound arrives again; what lies between was not heard.
    SourceBack { at_ms: u64 },
    /// What about the sound as a whole makes figures impossible from now on; `None` when nothing does any more.
    Doubt { at_ms: u64, doubt: Option<Doubt> },
}

/// The longest time between what an event tells of becoming audible and the event's emission, in audio time.
pub const EVENT_LAG_MS: u64 = 350;
