//! Tokens: with one a program acts as its owner, for what the token is for.

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::myself;
use crate::api::caller::{Caller, Shown};
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, WriteRequest};
use crate::api::{App, secrets};
use crate::audit::Change;
use crate::people::Deed;
use crate::store::sessions;

/// A program's token lasts so long unless it says otherwise, and no longer.
const TOKEN_DAYS_MAX: u32 = 365;

const DAY_MS: i64 = 24 * 3_600_000;

/// `POST /api/v1/tokens`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// How long it lasts; a year when left out, and at most.
    pub days: Option<u32>,
    /// What it is for: deeds as the session's `may` lists them. Whatever its owner may do when left out.
    pub scopes: Option<Vec<String>>,
}

/// A token for a program. `secret` is shown once, when it is made.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenView {
    pub id: i64,
    pub name: String,
    pub created_ms: i64,
    pub expires_ms: i64,
    /// What it is for; null: whatever its owner may do.
    pub scopes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// `GET /api/v1/tokens`
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensView {
    pub items: Vec<TokenView>,
}

/// The own tokens.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "session", operation_id = "tokens", responses(
    (status = 200, body = TokensView)))]
pub async fn tokens(State(app): State<App>, caller: Caller) -> Result<Json<TokensView>, Refusal> {
    let person = myself(&caller)?;
    let tokens = app.store.read(move |db| sessions::tokens(db, person)).await.map_err(Refusal::from)?;
    Ok(Json(TokensView { items: tokens.into_iter().map(|token| token_view(token, None)).collect() }))
}

/// Makes a token for a program that acts as its owner. Its secret is in the answer, and nowhere after.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "session", request_body = NewToken, responses(
    (status = 201, body = TokenView),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn add_token(State(app): State<App>, request: WriteRequest<NewToken>) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let person = myself(&caller)?;
    // What a token makes would outlive it, and be for more.
    if matches!(caller.shown, Shown::Token(_)) {
        return Err(Refusal::PasswordNeeded);
    }
    let name = crate::api::people::named(&body.name)?;
    let days = body.days.unwrap_or(TOKEN_DAYS_MAX);
    if !(1..=TOKEN_DAYS_MAX).contains(&days) {
        return Err(Refusal::BadField("days", "a token lasts 1 to 365 days"));
    }
    let scopes = body.scopes;
    if scopes.as_ref().is_some_and(|scopes| scopes.is_empty()) {
        return Err(Refusal::BadField("scopes", "name what the token is for, or leave `scopes` out"));
    }
    scopes.iter().flatten().try_for_each(|deed| deed.parse::<Deed>().map(drop))?;
    let now_ms = doing.now_ms;
    let secret = format!("ut_{}", secrets::secret());
    app.act(doing.unkept(), StatusCode::CREATED, move |tx| {
        let expires_ms = now_ms + i64::from(days) * DAY_MS;
        let new = sessions::NewToken { name: &name, scopes, expires_ms };
        let token = sessions::add_token(tx, person, &secret, &new, now_ms)?;
        let change = Change::of("token.create", "token", token.id);
        Ok(Done { view: token_view(token, Some(secret)), change, version: None })
    })
    .await
}

/// Makes a token worthless at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "session", params(("id" = i64, Path)), responses(
    (status = 204, description = "gone"), (status = 404, body = Problem, description = "missing")))]
pub async fn revoke_token(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let person = myself(&request.caller)?;
    app.store.make_room();
    app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        sessions::revoke_token(tx, person, id)?;
        Ok(Done { view: (), change: Change::of("token.revoke", "token", id), version: None })
    })
    .await
}

fn token_view(token: sessions::Token, secret: Option<String>) -> TokenView {
    let sessions::Token { id, name, created_ms, expires_ms, scopes } = token;
    TokenView { id, name, created_ms, expires_ms, scopes, secret }
}
