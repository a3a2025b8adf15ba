//! What happened in a call.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{StoredOutcome, StoredRating, Version};
use crate::units::{Channel, Words};

/// Something that happened, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredMoment {
    #[serde(default)]
    pub v: Version,
    /// Unix time in milliseconds.
    pub unix_ms: u64,
    #[serde(flatten)]
    pub event: StoredEvent,
}

/// What happened. Its name is the topic under which it is kept and told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum StoredEvent {
    #[serde(rename = "hint.shown")]
    HintShown { hint: StoredHint },
    #[serde(rename = "hint.rated")]
    HintRated {
        /// On the call's audio clock.
        at_ms: u64,
        hint_id: u32,
        rating: StoredRating,
    },
    #[serde(rename = "objection.signalled")]
    ObjectionSignalled { objection: StoredObjection },
    #[serde(rename = "call.ended")]
    CallEnded {
        /// On the call's audio clock.
        at_ms: u64,
        seconds: f64,
        hints: u32,
        objections: u32,
        outcome: Option<StoredOutcome>,
        /// The constants behind the signals, and the playbook; `None` when it was interrupted.
        model_id: Option<String>,
        playbook: Option<String>,
        /// The appliance was stopped before the call was.
        interrupted: bool,
    },
}

/// A hint and what made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredHint {
    /// Within the call, from 1.
    pub id: u32,
    /// On the call's audio clock.
    pub at_ms: u64,
    /// The rule of the playbook.
    pub rule: String,
    /// Whose dynamics it is about: the client's or the rep's.
    pub side: Channel,
    pub kind: String,
    /// One line to do.
    pub text: StoredWords,
    /// The reasons, strongest first.
    pub drivers: Vec<StoredWords>,
    /// What the rule asked for and what was found.
    pub because: StoredWords,
    /// The constants behind the signals.
    pub model_id: String,
    pub playbook: String,
}

/// An objection signal and what made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredObjection {
    /// On the call's audio clock.
    pub at_ms: u64,
    /// When the answer began.
    pub onset_ms: u64,
    /// Evidence in nats.
    pub score: f64,
    /// The reasons, strongest first.
    pub drivers: Vec<StoredWords>,
    /// The constants behind the signals.
    pub model_id: String,
}

/// The same in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredWords {
    pub zh: String,
    pub en: String,
}

impl StoredMoment {
    /// What others hear of it. The event is named by its topic, and events have no version of their own.
    pub fn told(&self) -> Value {
        let mut told = json!(self);
        if let Some(told) = told.as_object_mut() {
            told.remove("event");
            told.remove("v");
        }
        told
    }
}

impl From<&Words> for StoredWords {
    fn from(words: &Words) -> Self {
        Self { zh: words.zh.clone(), en: words.en.clone() }
    }
}
