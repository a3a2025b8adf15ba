//! What clients of the API see of hints. Views grow; their fields never change meaning.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::words::WordsView;
use crate::units::Channel;

/// How many hints somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HintLevel {
    /// Only what matters most.
    Quiet,
    /// All of them.
    #[default]
    Novice,
}

/// `PUT /api/v1/calls/{id}/hints`
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HintsWish {
    pub level: HintLevel,
}

/// What a hint was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RatingView {
    Useful,
    NotNow,
    Wrong,
}

/// `POST /api/v1/calls/{id}/hints/{hint}/rating`
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RatingWish {
    pub rating: RatingView,
}

/// What is known of a call besides its sound; playbooks may ask for it. Everything may be left out.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContextView {
    pub industry: Option<String>,
    /// Where the business with the client stands.
    pub stage: Option<String>,
    pub open_items: Option<u32>,
    /// What the client's last objections were about, as a rep tagged them; newest first.
    pub last_objections: Option<Vec<String>>,
    pub visiting: Option<bool>,
    pub agenda: Option<Vec<String>>,
}

/// How reserved the client is: the share of the client's floor in the last 90 s, 0 to 1.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReserveView {
    pub value: Option<f64>,
    /// Stable code of the reason when `value` is null: `warming_up`, `too_little_floor`, `noisy`, `clipped`, `lost`,
    /// `one_microphone`.
    pub unknown: Option<&'static str>,
    /// What it is drawn from, strongest first.
    pub drivers: Vec<WordsView>,
}

/// `hint` events, and `hint.shown` among the moments.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HintView {
    /// Within the call; ratings refer to it.
    pub id: u32,
    /// On the call's audio clock.
    pub at_ms: u64,
    /// The rule of the playbook.
    pub rule: String,
    /// `client` or `rep`.
    pub side: &'static str,
    /// What it is about: `objection`, `reserve`, `monologue`, …
    pub kind: String,
    /// One line to do.
    pub text: WordsView,
    /// Why, strongest first.
    pub drivers: Vec<WordsView>,
    /// What the rule asked for and what was found.
    pub because: WordsView,
    /// The constants behind the signals.
    pub model_id: String,
    pub playbook: String,
}

/// `objection` events, and `objection.signalled` among the moments: an answer that hesitated. Not what it was about.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ObjectionView {
    pub at_ms: u64,
    /// When the answer began.
    pub onset_ms: u64,
    /// Evidence in nats.
    pub score: f64,
    pub drivers: Vec<WordsView>,
    pub model_id: String,
}

/// Something that happened in a call. Further events may come.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(tag = "event")]
pub enum MomentView {
    #[serde(rename = "hint.shown")]
    HintShown { unix_ms: u64, hint: HintView },
    #[serde(rename = "hint.rated")]
    HintRated { unix_ms: u64, at_ms: u64, hint_id: u32, rating: RatingView },
    #[serde(rename = "objection.signalled")]
    ObjectionSignalled { unix_ms: u64, objection: ObjectionView },
    #[serde(rename = "call.ended")]
    CallEnded {
        unix_ms: u64,
        at_ms: u64,
        seconds: f64,
        hints: u32,
        objections: u32,
        outcome: Option<OutcomeView>,
        /// The constants behind the signals, and the playbook; null when it was interrupted.
        model_id: Option<String>,
        playbook: Option<String>,
        /// The appliance was stopped before the call was.
        interrupted: bool,
    },
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeView {
    Advanced,
    Unchanged,
    Won,
    Lost,
}

/// The rep's own account of a call. The topic of an objection stands here, and comes from nowhere else.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReviewView {
    /// Null while nobody has said.
    pub objection: Option<bool>,
    /// 10 at most, of 40 characters at most; only with an objection.
    pub topics: Vec<String>,
    /// 2,000 characters at most.
    pub notes: String,
    pub outcome: Option<OutcomeView>,
}

/// One side spoke.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StretchView {
    pub channel: Channel,
    pub start_ms: u64,
    pub end_ms: u64,
}

/// `GET /api/v1/calls/{id}/moments`
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MomentsView {
    pub length_ms: u64,
    /// By their beginning; to five eighths of a second when the appliance was started anew since.
    pub stretches: Vec<StretchView>,
    /// As they happened.
    #[schema(value_type = Vec<MomentView>)]
    pub moments: Vec<serde_json::Value>,
    /// Topics to choose from, as given with the call.
    pub agenda: Vec<String>,
    pub review: ReviewView,
}
