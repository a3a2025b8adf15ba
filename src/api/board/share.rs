//! What a call's rep lets others see of it.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::api::App;
use crate::api::caller::Caller;
use crate::api::calls::access::{Id, call_id};
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::WriteRequest;
use crate::audit::Change;
use crate::people::Deed;
use crate::store::board::{self, Share};

const NOTE_CHARS_MAX: usize = 1000;

/// `PUT /api/v1/calls/{id}/share`
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShareView {
    /// The team's manager may see this call on the board, with its client.
    pub shared: bool,
    /// The signals of this call were none; it counts on no board from then on.
    pub contested: bool,
    /// 1,000 characters at most.
    #[serde(default)]
    pub note: String,
}

impl From<Share> for ShareView {
    fn from(Share { is_shared, is_contested, note }: Share) -> Self {
        Self { shared: is_shared, contested: is_contested, note }
    }
}

/// What the call's rep says to those who may look: share it, contest its signals, add a note. Saying it again takes the
/// place of what was said before.
#[utoipa::path(put, path = "/api/v1/calls/{id}/share", tag = "effects", operation_id = "share_call",
    params(("id" = String, Path)), request_body = ShareView, responses(
    (status = 200, body = ShareView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call or missing"),
    (status = 422, body = Problem, description = "bad_body or bad_field")))]
pub async fn share(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<ShareView>,
) -> Result<Json<ShareView>, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let id = app.call_access(&caller, call_id(id)?, Deed::HoldCalls).await?.id;
    let note = body.note.trim().to_owned();
    if note.chars().count() > NOTE_CHARS_MAX {
        return Err(Refusal::BadField("note", "a note has at most 1,000 characters"));
    }
    let share = Share { is_shared: body.shared, is_contested: body.contested, note };
    let now_ms = doing.now_ms;
    app.note(doing, move |tx| {
        board::share(tx, id, &share, now_ms)?;
        let facts = json!({ "shared": share.is_shared, "contested": share.is_contested });
        Ok((Json(share.into()), Some(Change::of("call.share", "call", id).to(facts))))
    })
    .await
}

/// What the call's rep said so far: for nobody but them.
#[utoipa::path(get, path = "/api/v1/calls/{id}/share", tag = "effects", operation_id = "call_share",
    params(("id" = String, Path)), responses(
    (status = 200, body = ShareView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_call")))]
pub async fn shared(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<ShareView>, Refusal> {
    let id = app.call_access(&caller, call_id(id)?, Deed::HoldCalls).await?.id;
    let said = app.store.read(move |db| board::share_of(db, id)).await.map_err(Refusal::from)?;
    Ok(Json(said.into()))
}
