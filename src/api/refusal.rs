//! The one place where an error becomes a status, a stable code and a sentence (RFC 9457).

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::live::{EarDown, ListError, OpenError};
use crate::units::ids::BadCallId;

/// Why a request got no answer of its own kind.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    EarDown(#[from] EarDown),
    #[error(transparent)]
    Devices(#[from] ListError),
    #[error("there is no such call; calls live in memory and are gone after a restart")]
    NoSuchCall,
    #[error("there is no such page")]
    NoSuchPage,
    #[error(transparent)]
    BadCallId(#[from] BadCallId),
    #[error("{0}")]
    BadBody(#[from] JsonRejection),
    #[error("{0}")]
    BadPath(#[from] PathRejection),
    #[error("requests from `{0}` are not answered: open the appliance by its own address")]
    ForeignOrigin(String),
    #[error("the host name `{0}` is not this appliance: use 127.0.0.1 or localhost")]
    ForeignHost(String),
}

/// A problem as clients see it. Clients branch on `code`; people read `detail`. Codes never change.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says it.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: String,
}

impl Refusal {
    fn parts(&self) -> (StatusCode, &'static str) {
        match self {
            Self::Open(OpenError::NotAllowed(_)) => (StatusCode::FORBIDDEN, "consent_required"),
            Self::Open(OpenError::EarDown(EarDown))
            | Self::EarDown(EarDown)
            | Self::Devices(ListError::EarDown(EarDown)) => (StatusCode::SERVICE_UNAVAILABLE, "ear_down"),
            Self::Devices(ListError::Slow) => (StatusCode::SERVICE_UNAVAILABLE, "devices_slow"),
            Self::Open(OpenError::Full(_)) => (StatusCode::TOO_MANY_REQUESTS, "too_many_calls"),
            Self::Open(OpenError::Over) => (StatusCode::CONFLICT, "call_is_over"),
            Self::Open(OpenError::NoTicketNeeded) => (StatusCode::CONFLICT, "no_ticket_needed"),
            Self::NoSuchCall => (StatusCode::NOT_FOUND, "no_such_call"),
            Self::NoSuchPage => (StatusCode::NOT_FOUND, "no_such_page"),
            Self::BadCallId(_) => (StatusCode::BAD_REQUEST, "bad_call_id"),
            Self::BadBody(rejection) => (rejection.status(), "bad_body"),
            Self::BadPath(rejection) => (rejection.status(), "bad_path"),
            Self::ForeignOrigin(_) => (StatusCode::FORBIDDEN, "foreign_origin"),
            Self::ForeignHost(_) => (StatusCode::MISDIRECTED_REQUEST, "foreign_host"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        let title = status.canonical_reason().unwrap_or("Refused");
        let problem =
            Problem { kind: "about:blank", title, status: status.as_u16(), code, detail: self.to_string() };
        let mut response = (status, Json(problem)).into_response();
        let kind = header::HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
        }
        response
    }
}
