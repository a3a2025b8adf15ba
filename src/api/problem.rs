//! The one place where a refusal becomes an answer (RFC 9457).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::credit::refused::OrderRefused;
use super::field_rules::sentence;
use super::refusal::{FieldError, FieldFault, Problem, Refusal, Told};
use crate::sites::BadSite;
use crate::units::Words;

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code) = self.parts();
        let detail = self.detail(code);
        let fields = match field(&self) {
            Some((field, said)) => vec![FieldFault { item: None, field, code: "bad_value", said }],
            None => Vec::new(),
        };
        let told = match self {
            Self::Faults(fields) => Told { code, fields, ..Told::default() },
            Self::Conflicts(conflicts) => Told { code, fields, conflicts, order: None },
            Self::Order(refused, item) => {
                Told { code, fields: vec![fault(&refused, item)], order: Some(refused), ..Told::default() }
            }
            _ => Told { code, fields, ..Told::default() },
        };
        problem(status, detail, told, |said| &said.en)
    }
}

/// A problem as its answer, in one language.
pub fn problem(
    status: StatusCode,
    detail: String,
    told: Told,
    language: impl Fn(&Words) -> &String,
) -> Response {
    let title = status.canonical_reason().unwrap_or("Refused");
    let error = |fault: &FieldFault| FieldError {
        item: fault.item,
        field: fault.field.clone(),
        code: fault.code,
        message: language(&fault.said).clone(),
    };
    let errors = told.fields.iter().map(error).collect();
    let (kind, code, conflicts) = ("about:blank", told.code, told.conflicts.clone());
    let reason = told.order.as_ref().map(OrderRefused::reason);
    let advice = told.order.as_ref().and_then(OrderRefused::advice);
    let number = status.as_u16();
    let problem = Problem { kind, title, status: number, code, detail, errors, conflicts, reason, advice };
    let mut response = (status, Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response.extensions_mut().insert(told);
    response
}

/// As one of the faults of a request; `item` is the place in a batch.
fn fault(refused: &OrderRefused, item: Option<usize>) -> FieldFault {
    let field = refused.field().to_owned();
    FieldFault { item, field, code: refused.fault_code(), said: refused.said() }
}

/// A field and what is wrong with it, in both languages; `None` for a refusal that is not about a field.
fn field(refusal: &Refusal) -> Option<(String, Words)> {
    let said = |field: &str, rule: String| {
        let zh = sentence(&rule).unwrap_or("取值不对：检查内容和长度。");
        Some((field.to_owned(), Words::new(zh.to_owned(), rule)))
    };
    match refusal {
        Refusal::BadField(field, rule) => said(field, (*rule).to_owned()),
        Refusal::UnknownKind { .. } => said("kind", refusal.to_string()),
        Refusal::UnknownRole(_) => said("role", refusal.to_string()),
        Refusal::UnknownApp(_) => said("app", refusal.to_string()),
        Refusal::BadNotice(bad) => said(bad.0, refusal.to_string()),
        Refusal::BadHours(_) => said("hours", refusal.to_string()),
        Refusal::BadSite(BadSite::Text(field, ..)) => said(field, refusal.to_string()),
        Refusal::BadSite(BadSite::Place(..)) => said("lat", refusal.to_string()),
        Refusal::BadSite(_) => said("outline", refusal.to_string()),
        Refusal::BadLogin(_) => said("login", refusal.to_string()),
        Refusal::BadPassword(_) => said("password", refusal.to_string()),
        _ => None,
    }
}
