//! Why a request is refused: a status, a stable code and a sentence for each error, and the problem that clients see.

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::credit::advice::AdviceView;
use super::credit::refused::OrderRefused;
use super::words::WordsView;
use crate::calls::{BadNotice, BadTurn, ReviewError};
use crate::fixes::{BadHours, UnknownApp};
use crate::hints::{Fault, Misfit};
use crate::images::BadPicture;
use crate::live::{EarDown, ListError, OpenError};
use crate::people::{BadLogin, BadPassword, NotAllowed, UnknownDeed, UnknownRole};
use crate::sites::{self, BadSite};
use crate::store;
use crate::units::ids::BadCallId;
use crate::units::{BadRecordId, Words};

/// Why a request got no answer of its own kind.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    EarDown(#[from] EarDown),
    #[error(transparent)]
    Devices(#[from] ListError),
    #[error(transparent)]
    Store(#[from] store::Error),
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    #[error("nobody is signed in: sign in first")]
    NotSignedIn,
    #[error("login or password is wrong")]
    WrongPassword,
    #[error("this token is not known, or has expired: make a new one")]
    BadToken,
    #[error("the header `x-csrf-token` is missing or wrong: take it from GET /api/v1/session")]
    NoCsrf,
    #[error("this link was used before, has expired, or is not complete: ask an admin for a new one")]
    LinkUsedUp,
    #[error(transparent)]
    TooMany(#[from] TooMany),
    #[error(transparent)]
    BadLogin(#[from] BadLogin),
    #[error(transparent)]
    BadPassword(#[from] BadPassword),
    #[error(transparent)]
    UnknownRole(#[from] UnknownRole),
    #[error(transparent)]
    UnknownDeed(#[from] UnknownDeed),
    #[error("`{0}`: {1}")]
    BadField(&'static str, &'static str),
    #[error("`kind`: nothing of the kind `{kind}` can be configured; the kinds are {known}")]
    UnknownKind { kind: String, known: String },
    #[error("{}", .0.first().map_or("", |fault| fault.said.en.as_str()))]
    Faults(Vec<FieldFault>),
    #[error("somebody else changed the same field meanwhile: look at both values and decide")]
    Conflicts(Vec<ConflictView>),
    /// The item of a batch, too.
    #[error("{0}")]
    Order(OrderRefused, Option<usize>),
    #[error("there is no table `{0}`: see GET /api/v1/tables")]
    NoSuchTable(String),
    #[error(transparent)]
    BadNotice(#[from] BadNotice),
    #[error(transparent)]
    BadTurn(#[from] BadTurn),
    #[error("the client `{0}` does not want its conversations to be measured: talk without the appliance")]
    DoNotAnalyse(String),
    #[error("the body must say `Content-Type: {0}`")]
    BadKind(&'static str),
    #[error("`If-Match` is missing: send the `ETag` of the record that you have seen")]
    NoIfMatch,
    #[error("`If-Match` is not an `ETag` of this appliance: `\"v3\"` for example")]
    BadIfMatch,
    #[error("`Idempotency-Key` has 1 to 128 visible characters")]
    BadIdempotencyKey,
    #[error("there is no such call: it was deleted, or is too old to be kept")]
    NoSuchCall,
    #[error("there is no hint {0} in this call")]
    NoSuchHint(u32),
    #[error("consent was withdrawn from this call: nothing is kept of it")]
    Withdrawn,
    #[error(transparent)]
    BadReview(#[from] ReviewError),
    #[error("{}", faults(.0))]
    BadPlaybook(Vec<Fault>),
    #[error("{} would no longer fit over it: {}", .0.layer, faults(&.0.faults))]
    Misfit(Misfit),
    #[error("this device is not known, or was revoked: enrol it again")]
    UnknownDevice,
    #[error("this person has not agreed to being located: agree on the page, under location, first")]
    NoLocationConsent,
    #[error("encrypted messages cannot be read: switch the encryption of OwnTracks off, and use https")]
    Encrypted,
    #[error("the positions cannot be read: {0}")]
    BadPositions(String),
    #[error("bodies packed as `{0}` are not read: send them as they are, or as gzip")]
    BadCoding(String),
    #[error("the position is {0} s old: check in with one that is at most 60 s old")]
    PositionStale(i64),
    #[error(
        "the position may be {0} m off: check in with one that is exact to 200 m, near a window for example"
    )]
    PositionWide(i64),
    #[error(transparent)]
    BadHours(#[from] BadHours),
    #[error(transparent)]
    BadSite(#[from] BadSite),
    #[error(transparent)]
    UnknownApp(#[from] UnknownApp),
    #[error(transparent)]
    BadSites(#[from] sites::table::BadTable),
    #[error(transparent)]
    BadPhoto(#[from] BadPicture),
    #[error("there is no such page")]
    NoSuchPage,
    #[error(transparent)]
    BadCallId(#[from] BadCallId),
    #[error(transparent)]
    BadRecordId(#[from] BadRecordId),
    #[error("the body did not come in time: send it at once")]
    SlowBody,
    #[error("the body is too large: send less at a time")]
    LargeBody,
    #[error("the body ended before it was whole: send it again")]
    CutBody,
    #[error("too much is being sent at a time: try again in a second")]
    Crowded,
    #[error("too many connections or streams of yours are open: close one first")]
    TooManyOpen,
    #[error("this token is not for that: make one with the scope `{0}`, or without scopes")]
    NotInScope(&'static str),
    #[error("a token makes no tokens: sign in with the password")]
    PasswordNeeded,
    #[error("records of others hang on this client: ask an admin to erase it")]
    OthersRecords,
    #[error("the position is {0} km from there: check in where you are")]
    PositionFar(i64),
    #[error("{0}")]
    BadQuery(#[from] QueryRejection),
    #[error("{0}")]
    BadBody(#[from] JsonRejection),
    #[error("{0}")]
    BadPath(#[from] PathRejection),
    #[error("requests from `{0}` are not answered: open the appliance by its own address")]
    ForeignOrigin(String),
    #[error("one range of bytes with both ends and at most 4 MiB is expected: Range: bytes=0-16383")]
    BadRange,
    #[error("the host name `{0}` is not this appliance: use its address, or set `public_url`")]
    ForeignHost(String),
    #[error("a request names one host: send one `Host`, the same as in the address")]
    ManyHosts,
    /// Ours to mend; the log says what.
    #[error("{0}")]
    Broken(String),
}

/// Too many failures: try again in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts to sign in from here: try again in {0} s")]
pub struct TooMany(pub i64);

/// A problem as clients see it. Clients branch on `code`; people read `detail`. Codes never change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says it.
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub title: &'static str,
    pub status: u16,
    pub code: &'static str,
    pub detail: String,
    /// What is wrong field by field; left out when the problem is not about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The fields of a record that somebody else changed too; left out when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<ConflictView>,
    /// Of a step that does not follow from what is there; left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<WordsView>,
    /// Why goods do not leave; left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<AdviceView>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldError {
    /// Which item of a batch, from 0; left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<usize>,
    /// The field's name, as the request writes it.
    pub field: String,
    /// `bad_value` for example. Codes never change.
    pub code: &'static str,
    /// One sentence: the rule, and what to do.
    pub message: String,
}

/// The same in both languages.
#[derive(Debug, Clone)]
pub struct FieldFault {
    pub item: Option<usize>,
    pub field: String,
    pub code: &'static str,
    pub said: Words,
}

/// A field that two people changed, with the value that was seen and both that stand against each other.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConflictView {
    /// Of a batch, from 0; left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<usize>,
    pub field: String,
    #[schema(value_type = Value)]
    pub base: Value,
    #[schema(value_type = Value)]
    pub theirs: Value,
    #[schema(value_type = Value)]
    pub mine: Value,
}

/// A problem in both languages, for who turns it into the caller's.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub code: &'static str,
    pub fields: Vec<FieldFault>,
    pub conflicts: Vec<ConflictView>,
    pub order: Option<OrderRefused>,
}

impl Refusal {
    /// What clients branch on.
    pub fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Open(error) => Self::of_open(error),
            Self::EarDown(EarDown) => (StatusCode::SERVICE_UNAVAILABLE, "ear_down"),
            Self::Devices(error) => Self::of_devices(error),
            Self::Store(error) => Self::of_store(error),
            Self::NotAllowed(_) => (StatusCode::FORBIDDEN, "not_allowed"),
            Self::NotSignedIn => (StatusCode::UNAUTHORIZED, "not_signed_in"),
            Self::WrongPassword => (StatusCode::UNAUTHORIZED, "wrong_password"),
            Self::BadToken => (StatusCode::UNAUTHORIZED, "bad_token"),
            Self::NoCsrf => (StatusCode::FORBIDDEN, "no_csrf_token"),
            Self::LinkUsedUp => (StatusCode::GONE, "link_used_up"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            Self::BadLogin(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_login"),
            Self::BadPassword(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_password"),
            Self::BadKind(_) | Self::BadCoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "bad_body"),
            Self::BadTurn(_) => (StatusCode::CONFLICT, "consent_is_final"),
            Self::DoNotAnalyse(_) => (StatusCode::FORBIDDEN, "do_not_analyse"),
            Self::UnknownRole(_)
            | Self::UnknownKind { .. }
            | Self::UnknownDeed(_)
            | Self::BadField(..)
            | Self::Faults(_)
            | Self::BadHours(_)
            | Self::BadSite(_)
            | Self::UnknownApp(_)
            | Self::BadNotice(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_field"),
            Self::Order(refused, _) => (StatusCode::CONFLICT, refused.code()),
            Self::Conflicts(_) => (StatusCode::CONFLICT, "conflict"),
            Self::NoSuchTable(_) => (StatusCode::NOT_FOUND, "missing"),
            Self::NoIfMatch => (StatusCode::PRECONDITION_REQUIRED, "if_match_required"),
            Self::BadIfMatch => (StatusCode::BAD_REQUEST, "bad_if_match"),
            Self::BadIdempotencyKey => (StatusCode::BAD_REQUEST, "bad_idempotency_key"),
            Self::Broken(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
            Self::BadRecordId(_) => (StatusCode::BAD_REQUEST, "bad_id"),
            Self::SlowBody => (StatusCode::REQUEST_TIMEOUT, "slow_body"),
            Self::LargeBody => (StatusCode::PAYLOAD_TOO_LARGE, "bad_body"),
            Self::CutBody => (StatusCode::BAD_REQUEST, "bad_body"),
            Self::Crowded => (StatusCode::SERVICE_UNAVAILABLE, "crowded"),
            Self::TooManyOpen => (StatusCode::TOO_MANY_REQUESTS, "too_many_open"),
            Self::NotInScope(_) => (StatusCode::FORBIDDEN, "not_in_scope"),
            Self::PasswordNeeded => (StatusCode::UNAUTHORIZED, "password_needed"),
            Self::OthersRecords => (StatusCode::FORBIDDEN, "others_records"),
            Self::PositionFar(_) => (StatusCode::UNPROCESSABLE_ENTITY, "position_far"),
            Self::BadQuery(_) => (StatusCode::BAD_REQUEST, "bad_query"),
            Self::NoSuchCall => (StatusCode::NOT_FOUND, "no_such_call"),
            Self::NoSuchHint(_) => (StatusCode::NOT_FOUND, "no_such_hint"),
            Self::Withdrawn => (StatusCode::CONFLICT, "call_is_withdrawn"),
            Self::BadPlaybook(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_playbook"),
            Self::Misfit(_) => (StatusCode::CONFLICT, "playbook_misfit"),
            Self::BadReview(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_review"),
            Self::UnknownDevice => (StatusCode::UNAUTHORIZED, "unknown_device"),
            Self::NoLocationConsent => (StatusCode::FORBIDDEN, "no_location_consent"),
            Self::Encrypted => (StatusCode::UNPROCESSABLE_ENTITY, "encrypted"),
            Self::BadPositions(_) => (StatusCode::BAD_REQUEST, "bad_positions"),
            Self::PositionStale(_) => (StatusCode::UNPROCESSABLE_ENTITY, "position_stale"),
            Self::PositionWide(_) => (StatusCode::UNPROCESSABLE_ENTITY, "position_wide"),
            Self::BadSites(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_sites"),
            Self::BadPhoto(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_photo"),
            Self::BadRange => (StatusCode::RANGE_NOT_SATISFIABLE, "bad_range"),
            Self::NoSuchPage => (StatusCode::NOT_FOUND, "no_such_page"),
            Self::BadCallId(_) => (StatusCode::BAD_REQUEST, "bad_call_id"),
            Self::BadBody(rejection) => (rejection.status(), "bad_body"),
            Self::BadPath(rejection) => (rejection.status(), "bad_path"),
            Self::ForeignOrigin(_) => (StatusCode::FORBIDDEN, "foreign_origin"),
            Self::ManyHosts => (StatusCode::BAD_REQUEST, "many_hosts"),
            Self::ForeignHost(_) => (StatusCode::MISDIRECTED_REQUEST, "foreign_host"),
        }
    }

    fn of_devices(error: &ListError) -> (StatusCode, &'static str) {
        match error {
            ListError::EarDown(EarDown) => (StatusCode::SERVICE_UNAVAILABLE, "ear_down"),
            ListError::Slow => (StatusCode::SERVICE_UNAVAILABLE, "devices_slow"),
        }
    }

    fn of_open(error: &OpenError) -> (StatusCode, &'static str) {
        match error {
            OpenError::NotAllowed(_) => (StatusCode::FORBIDDEN, "consent_required"),
            OpenError::EarDown(EarDown) => (StatusCode::SERVICE_UNAVAILABLE, "ear_down"),
            OpenError::Full(_) | OpenError::TooManyOfOne(_) => {
                (StatusCode::TOO_MANY_REQUESTS, "too_many_calls")
            }
            OpenError::Over => (StatusCode::CONFLICT, "call_is_over"),
            OpenError::NoTicketNeeded => (StatusCode::CONFLICT, "no_ticket_needed"),
        }
    }

    fn of_store(error: &store::Error) -> (StatusCode, &'static str) {
        match error {
            store::Error::Missing(_) => (StatusCode::NOT_FOUND, "missing"),
            store::Error::Stale(_) => (StatusCode::PRECONDITION_FAILED, "stale"),
            store::Error::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            store::Error::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
            store::Error::Full => (StatusCode::INSUFFICIENT_STORAGE, "disk_full"),
            store::Error::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
            store::Error::Closed => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
            store::Error::Panicked | store::Error::Sqlite(_) | store::Error::Files(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "internal")
            }
        }
    }

    /// What the caller reads; a fault of ours is logged here, once, and not told.
    pub fn detail(&self, code: &str) -> String {
        if code == "internal" {
            tracing::error!(error = ?self, "a request failed");
            return "something went wrong on our side; nothing was changed".into();
        }
        self.to_string()
    }
}

/// The first fault, and how many more there are.
fn faults(faults: &[Fault]) -> String {
    let first = faults.first().map(Fault::to_string).unwrap_or_default();
    match faults.len() {
        0 | 1 => first,
        more => format!("{first} (and {} more)", more - 1),
    }
}
