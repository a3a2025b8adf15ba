//! The appliance's own inputs as the ear finds them, and how loud one is before a call.

use serde::{Deserialize, Serialize};

/// Inputs listed at most; a machine with more shows its first.
pub const DEVICES_MAX: usize = 32;

/// Longer ids cannot be kept stable by anybody; such an input is not listed and not opened.
pub const ID_BYTES_MAX: usize = 160;

/// Longer names and sentences are cut, so that a full list fits into one message.
pub const TEXT_BYTES_MAX: usize = 240;

/// Which of the machine's sound systems the ear uses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AudioHost {
    /// The kernel's own: the walls of the ear stay closed.
    #[default]
    Alsa,
    /// A sound server (PulseAudio, or PipeWire in its place): needs a door for local sockets.
    Pulseaudio,
}

impl AudioHost {
    pub fn name(self) -> &'static str {
        match self {
            Self::Alsa => "alsa",
            Self::Pulseaudio => "pulseaudio",
        }
    }
}

impl std::str::FromStr for AudioHost {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Alsa, Self::Pulseaudio].into_iter().find(|host| host.name() == text).ok_or(())
    }
}

/// A microphone or line input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Stays the same over restarts and replugging.
    pub id: String,
    /// For people.
    pub name: String,
    /// How many voices a call can keep apart: 1 is always there, 2 for a stereo input.
    pub channels: Vec<u16>,
    /// What the machine uses when nobody chooses.
    pub default: bool,
}

/// All inputs, or why there are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceList {
    pub host: AudioHost,
    pub devices: Vec<Device>,
    /// One sentence, with what to do, when there are none.
    pub why: Option<String>,
}

impl DeviceList {
    pub fn none(host: AudioHost, why: impl Into<String>) -> Self {
        Self { host, devices: Vec::new(), why: Some(why.into()) }
    }
}

/// How loud an input was for a tenth of a second, dB below full scale; `None` for digital silence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Level {
    pub rms_db: Option<f32>,
    pub peak_db: Option<f32>,
}

/// Cuts a text to [`TEXT_BYTES_MAX`].
pub fn short(text: &str) -> String {
    text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned()
}
