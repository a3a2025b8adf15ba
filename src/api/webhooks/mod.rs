//! Webhooks: who hears of what, what waits, and a way to try them.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::notify;
use crate::people::Owner;
use crate::store::webhooks::{Waiting, Webhook};
use crate::store::{self, Tx, events};

const URL_CHARS_MAX: usize = 500;
const TOPICS_MAX: usize = 50;
const WAITING_MAX: u32 = 200;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(change, remove))
        .routes(routes!(waiting))
        .routes(routes!(test))
        .routes(routes!(retry))
}

/// Who hears of what. `secret` is shown once, when the webhook is made.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookView {
    pub id: i64,
    pub url: String,
    /// Topics; `client.*` is all that begin so, `*` is all.
    pub topics: Vec<String>,
    /// A receiver that answers 410 is set inactive.
    pub active: bool,
    pub version: i64,
    /// The key of the signatures (Standard Webhooks).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// `GET /api/v1/webhooks`
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhooksView {
    pub items: Vec<WebhookView>,
}

/// `POST /api/v1/webhooks`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    pub url: String,
    pub topics: Vec<String>,
}

/// `PATCH /api/v1/webhooks/{id}`: what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookChange {
    pub url: Option<String>,
    pub topics: Option<Vec<String>>,
    pub active: Option<bool>,
}

/// A delivery that waits for another attempt or was given up.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingView {
    /// The event's number.
    pub event: i64,
    pub topic: String,
    pub attempts: u32,
    /// When it is tried again; null when it was given up.
    pub due_ms: Option<i64>,
    pub problem: Option<String>,
}

/// What a webhook has not got yet.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitingsView {
    pub items: Vec<WaitingView>,
}

/// How many deliveries are tried again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RetriedView {
    pub retried: usize,
}

impl From<Webhook> for WebhookView {
    fn from(hook: Webhook) -> Self {
        let Webhook { id, url, topics, active, version, .. } = hook;
        Self { id, url, topics, active, version, secret: None }
    }
}

impl From<Waiting> for WaitingView {
    fn from(Waiting { event, topic, attempts, due_ms, problem }: Waiting) -> Self {
        Self { event, topic, attempts, due_ms, problem }
    }
}

fn facts(hook: &Webhook) -> serde_json::Value {
    serde_json::json!({ "url": hook.url, "topics": hook.topics, "active": hook.active })
}

fn check_url(app: &App, url: &str) -> Result<(), Refusal> {
    if url.len() > URL_CHARS_MAX {
        return Err(Refusal::BadField("url", "an address has at most 500 characters"));
    }
    notify::check_url(url, app.private_webhooks).map_err(|why| Refusal::BadField("url", why))
}

fn check_topics(topics: &[String]) -> Result<(), Refusal> {
    let fits = |topic: &String| {
        let body = topic.strip_suffix('*').unwrap_or(topic);
        !topic.is_empty()
            && topic.len() <= 64
            && body.bytes().all(|b| b.is_ascii_lowercase() || b == b'.' || b == b'_')
    };
    if topics.is_empty() || topics.len() > TOPICS_MAX || !topics.iter().all(fits) {
        return Err(Refusal::BadField("topics", "1 to 50 topics such as `call.ended`, `client.*` or `*`"));
    }
    Ok(())
}

/// All webhooks.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "webhooks", responses(
    (status = 200, body = WebhooksView)))]
pub async fn list(State(app): State<App>) -> Result<Json<WebhooksView>, Refusal> {
    let hooks = app.store.read(|tx| Ok::<_, Refusal>(store::webhooks::list(tx)?)).await?;
    Ok(Json(WebhooksView { items: hooks.into_iter().map(WebhookView::from).collect() }))
}

/// Makes a webhook. It hears of what happens from now on.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "add_webhook", request_body = NewWebhook, responses(
    (status = 201, body = WebhookView),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn add(State(app): State<App>, request: WriteRequest<NewWebhook>) -> Result<Response, Refusal> {
    let WriteRequest { body: NewWebhook { url, topics }, doing, .. } = request;
    check_url(&app, &url)?;
    check_topics(&topics)?;
    let secret = format!("{}{}", notify::SECRET_PREFIX, STANDARD.encode(super::secrets::bits()));
    let now_ms = doing.now_ms;
    app.act(doing.unkept(), StatusCode::CREATED, move |tx| {
        let hook = store::webhooks::insert(tx, &url, &secret, &topics, now_ms)?;
        let change = Change::of("webhook.create", "webhook", hook.id).to(facts(&hook));
        let version = Some(hook.version);
        Ok(Done { view: WebhookView { secret: Some(secret), ..hook.into() }, change, version })
    })
    .await
}

/// Changes address, topics, or whether it is active. Needs `If-Match`.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "change_webhook", params(("id" = i64, Path)),
    request_body = WebhookChange, responses(
    (status = 200, body = WebhookView),
    (status = 404, body = Problem, description = "missing"),
    (status = 412, body = Problem, description = "stale"),
    (status = 422, body = Problem, description = "bad_field or bad_body"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn change(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<WebhookChange>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let WriteRequest { body, doing, .. } = request;
    body.url.as_deref().map(|url| check_url(&app, url)).transpose()?;
    body.topics.as_deref().map(check_topics).transpose()?;
    let seen = doing.clone();
    app.act(doing, StatusCode::OK, move |tx| {
        let before = store::webhooks::one(tx, id)?;
        seen.saw("webhook", before.version)?;
        let mut after = before.clone();
        after.url = body.url.unwrap_or(after.url);
        after.topics = body.topics.unwrap_or(after.topics);
        after.active = body.active.unwrap_or(after.active);
        let after = store::webhooks::update(tx, &after)?;
        let change = Change::of("webhook.update", "webhook", id).from(facts(&before)).to(facts(&after));
        Ok(Done { version: Some(after.version), view: WebhookView::from(after), change })
    })
    .await
}

/// Takes a webhook away, with what waits for it.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "remove_webhook", params(("id" = i64, Path)), responses(
    (status = 204, description = "gone"), (status = 404, body = Problem, description = "missing")))]
pub async fn remove(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        let before = store::webhooks::one(tx, id)?;
        store::webhooks::delete(tx, id)?;
        let change = Change::of("webhook.delete", "webhook", id).from(facts(&before));
        Ok(Done { view: (), change, version: None })
    })
    .await
}

/// What it has not got yet: what waits for another attempt, and what was given up.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/waiting", tag = "webhooks", operation_id = "waiting",
    params(("id" = i64, Path)), responses(
    (status = 200, body = WaitingsView), (status = 404, body = Problem, description = "missing")))]
pub async fn waiting(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<WaitingsView>, Refusal> {
    let Path(id) = id?;
    let waiting = app.store.read(move |tx| {
        store::webhooks::one(tx, id)?;
        Ok::<_, Refusal>(store::webhooks::waiting(tx, id, WAITING_MAX)?)
    });
    Ok(Json(WaitingsView { items: waiting.await?.into_iter().map(WaitingView::from).collect() }))
}

/// Sends it a `webhook.test` event.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook", params(("id" = i64, Path)), responses(
    (status = 202, body = WebhookView), (status = 404, body = Problem, description = "missing")))]
pub async fn test(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let now_ms = request.doing.now_ms;
    act_on(&app, request, StatusCode::ACCEPTED, id, "webhook.test", move |tx, hook| {
        let nobody = Owner { person: None, team: None };
        events::tell(tx, "webhook.test", nobody, &serde_json::json!({ "webhook": id }), now_ms)?;
        Ok(WebhookView::from(hook))
    })
    .await
}

/// Tries everything again that it has not got yet.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/retry", tag = "webhooks", operation_id = "retry_webhook", params(("id" = i64, Path)), responses(
    (status = 200, body = RetriedView), (status = 404, body = Problem, description = "missing")))]
pub async fn retry(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let now_ms = request.doing.now_ms;
    act_on(&app, request, StatusCode::OK, id, "webhook.retry", move |tx, _| {
        Ok(RetriedView { retried: store::webhooks::retry(tx, id, now_ms)? })
    })
    .await
}

async fn act_on<V: Serialize>(
    app: &App,
    request: WriteRequest<()>,
    status: StatusCode,
    id: i64,
    deed: &'static str,
    work: impl FnOnce(&Tx, Webhook) -> Result<V, Refusal> + Send + 'static,
) -> Result<Response, Refusal> {
    app.act(request.doing, status, move |tx| {
        let view = work(tx, store::webhooks::one(tx, id)?)?;
        Ok(Done { view, change: Change::of(deed, "webhook", id), version: None })
    })
    .await
}
