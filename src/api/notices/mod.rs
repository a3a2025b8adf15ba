//! What the other side is told before anything is heard: texts in versions, and the policy of this deployment.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::calls::{Notice, checked_notice};
use crate::store;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, publish))
}

/// One version of the text. It never changes.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentTextView {
    pub version: i64,
    pub zh: String,
    pub en: String,
    /// Who published it; null for the one that came with the program.
    pub author: Option<i64>,
    pub published_ms: Option<i64>,
}

/// `GET /api/v1/consent-texts`
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentTextsView {
    /// `notice`: the other side was told. `all_party`: it agreed. `separate_consent`: it agreed to a text that the call
    /// names.
    pub policy: &'static str,
    /// Newest first: the first is the one to show.
    pub items: Vec<ConsentTextView>,
}

/// `POST /api/v1/consent-texts`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsentText {
    pub zh: String,
    pub en: String,
}

impl From<Notice> for ConsentTextView {
    fn from(notice: Notice) -> Self {
        let Notice { version, zh, en, author, published_ms } = notice;
        Self { version, zh, en, author: author.map(|author| author.0), published_ms }
    }
}

/// The policy and all versions of the text.
#[utoipa::path(get, path = "/api/v1/consent-texts", tag = "consent", operation_id = "consent_texts", responses(
    (status = 200, body = ConsentTextsView)))]
pub async fn list(State(app): State<App>) -> Result<Json<ConsentTextsView>, Refusal> {
    let notices = app.store.read(|tx| Ok::<_, Refusal>(store::notices::list(tx)?)).await?;
    let items = notices.into_iter().map(ConsentTextView::from).collect();
    Ok(Json(ConsentTextsView { policy: app.policy.name(), items }))
}

/// Publishes a new version. Calls that begin from now on name it.
#[utoipa::path(post, path = "/api/v1/consent-texts", tag = "consent", operation_id = "publish_consent_text",
    request_body = NewConsentText, responses(
    (status = 201, body = ConsentTextView),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn publish(
    State(app): State<App>,
    request: WriteRequest<NewConsentText>,
) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let (zh, en) = (checked_notice("zh", &body.zh)?, checked_notice("en", &body.en)?);
    let now_ms = doing.now_ms;
    app.act(doing, StatusCode::CREATED, move |tx| {
        let notice = store::notices::publish(tx, &zh, &en, caller.who.person, now_ms)?;
        let change = Change::of("consent_text.publish", "consent_text", notice.version);
        let change = change.to(serde_json::json!({ "zh": notice.zh, "en": notice.en }));
        Ok(Done { view: ConsentTextView::from(notice), change, version: None })
    })
    .await
}
