//! Who is on which channel of a source.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One voice path of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// The sales representative.
    Rep,
    /// The client.
    Client,
    /// One microphone for everybody: who speaks is unknown.
    Mono,
}

impl Channel {
    /// The name in tables, JSON and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rep => "rep",
            Self::Client => "client",
            Self::Mono => "mono",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How the channels of a source map to voices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// One channel; several are mixed to one.
    Mono,
    /// Two channels: the rep is the left one.
    RepLeft,
    /// Two channels: the rep is the right one.
    RepRight,
    /// One microphone for both; several channels are mixed to one. Who speaks is told by the voices.
    Shared,
}

impl Layout {
    pub const NAMES: [&str; 4] = ["mono", "rep-left", "rep-right", "shared"];

    /// The voices, in the order of the source's channels; the rep first where one microphone hears both.
    pub fn channels(self) -> &'static [Channel] {
        match self {
            Self::Mono => &[Channel::Mono],
            Self::RepLeft | Self::Shared => &[Channel::Rep, Channel::Client],
            Self::RepRight => &[Channel::Client, Channel::Rep],
        }
    }

    /// One microphone hears everybody, however many channels it sends.
    pub fn is_mixed(self) -> bool {
        matches!(self, Self::Mono | Self::Shared)
    }

    /// What a source of that many channels is taken for when nobody says.
    pub fn default_for(channels: usize) -> Self {
        if channels == 2 { Self::RepLeft } else { Self::Mono }
    }

    pub fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text named no layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a layout: use mono, shared, rep-left or rep-right")]
pub struct BadLayout(String);

impl FromStr for Layout {
    type Err = BadLayout;

    fn from_str(text: &str) -> Result<Self, BadLayout> {
        [Self::Mono, Self::RepLeft, Self::RepRight, Self::Shared]
            .into_iter()
            .find(|layout| layout.name() == text)
            .ok_or_else(|| BadLayout(text.chars().take(40).collect()))
    }
}
