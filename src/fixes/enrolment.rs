//! A phone, receiver or page that reports positions for somebody.

use std::fmt;
use std::str::FromStr;

/// What an enrolment reports with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportingApp {
    Owntracks,
    Traccar,
    /// Programs of one's own, through the JSON batch.
    Json,
    /// The page, while somebody is signed in.
    Page,
    /// The appliance's own receiver.
    Gpsd,
    /// Files of recorded tracks.
    Import,
}

/// There is no such app.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no app that reports positions: owntracks, traccar, json or gpsd is expected")]
pub struct UnknownApp(String);

impl ReportingApp {
    const ALL: [Self; 6] = [Self::Owntracks, Self::Traccar, Self::Json, Self::Page, Self::Gpsd, Self::Import];

    pub fn name(self) -> &'static str {
        match self {
            Self::Owntracks => "owntracks",
            Self::Traccar => "traccar",
            Self::Json => "json",
            Self::Page => "page",
            Self::Gpsd => "gpsd",
            Self::Import => "import",
        }
    }

    /// Whether it shows a secret; the others are known by their session, or are the appliance itself.
    pub fn has_secret(self) -> bool {
        matches!(self, Self::Owntracks | Self::Traccar | Self::Json)
    }

    /// Whether somebody enrols it; the page and files of tracks enrol themselves.
    pub fn is_enrolled(self) -> bool {
        self.has_secret() || self == Self::Gpsd
    }
}

impl fmt::Display for ReportingApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ReportingApp {
    type Err = UnknownApp;

    fn from_str(text: &str) -> Result<Self, UnknownApp> {
        let known = Self::ALL.into_iter().find(|app| app.name() == text);
        known.ok_or_else(|| UnknownApp(text.chars().take(40).collect()))
    }
}
