//! The measures of a whole call.

use serde::{Deserialize, Serialize};

use super::Version;
use crate::signals::measures::Unknown;
use crate::units::Channel;

/// The whole call, or the call so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSummary {
    #[serde(default)]
    pub v: Version,
    pub seconds: f64,
    pub sides: Vec<StoredSide>,
    pub overlaps: u32,
    /// Answers of either side to the other.
    pub responses: u32,
}

/// One side of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredSide {
    pub channel: Channel,
    pub speech_rate_hz: StoredMeasure,
    pub articulation_rate_hz: StoredMeasure,
    pub pauses_per_min: StoredMeasure,
    pub mean_pause_s: StoredMeasure,
    /// Standard deviation in semitones.
    pub pitch_sd_st: StoredMeasure,
    /// Median of how long this side lets the other wait.
    pub response_latency_s: StoredMeasure,
    pub talk_share: StoredMeasure,
    pub speech_s: f64,
    pub nuclei: u32,
    pub pauses: u32,
    pub filled_pauses: u32,
    /// Speech over background; `None` while unknown.
    pub snr_db: Option<f64>,
    /// Share of the time at full scale, 0..1.
    pub clipped_share: f64,
    /// Share of the time that could not be heard, 0..1.
    pub dropped_share: f64,
}

/// A number, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StoredMeasure {
    pub value: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unknown: Option<StoredUnknown>,
}

/// Why a number is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredUnknown {
    TooLittleSpeech,
    TooLittleVoice,
    NoPause,
    NoSound,
    OneMicrophone,
    SameSound,
    TellingApart,
    OneVoice,
    SideMissing,
    NoAnswer,
}

impl From<Unknown> for StoredUnknown {
    fn from(unknown: Unknown) -> Self {
        match unknown {
            Unknown::TooLittleSpeech => Self::TooLittleSpeech,
            Unknown::TooLittleVoice => Self::TooLittleVoice,
            Unknown::NoPause => Self::NoPause,
            Unknown::NoSound => Self::NoSound,
            Unknown::OneMicrophone => Self::OneMicrophone,
            Unknown::SameSound => Self::SameSound,
            Unknown::TellingApart => Self::TellingApart,
            Unknown::OneVoice => Self::OneVoice,
            Unknown::SideMissing => Self::SideMissing,
            Unknown::NoAnswer => Self::NoAnswer,
        }
    }
}

impl From<StoredUnknown> for Unknown {
    fn from(unknown: StoredUnknown) -> Self {
        match unknown {
            StoredUnknown::TooLittleSpeech => Self::TooLittleSpeech,
            StoredUnknown::TooLittleVoice => Self::TooLittleVoice,
            StoredUnknown::NoPause => Self::NoPause,
            StoredUnknown::NoSound => Self::NoSound,
            StoredUnknown::OneMicrophone => Self::OneMicrophone,
            StoredUnknown::SameSound => Self::SameSound,
            StoredUnknown::TellingApart => Self::TellingApart,
            StoredUnknown::OneVoice => Self::OneVoice,
            StoredUnknown::SideMissing => Self::SideMissing,
            StoredUnknown::NoAnswer => Self::NoAnswer,
        }
    }
}
