//! The audit log, as far as the role reaches.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use crate::audit::Entry;
use crate::people::{Deed, Reach};
use crate::store::{audit, people};

const LIMIT_MAX: u32 = 200;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// `GET /api/v1/audit`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditQuery {
    /// Only this kind of record, `client` for example.
    entity: Option<String>,
    /// Only the record of this number.
    entity_id: Option<String>,
    /// `next` of the page before.
    before: Option<i64>,
    /// 50 when left out, 200 at most.
    limit: Option<u32>,
}

/// One thing that was done or seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryView {
    pub seq: i64,
    pub at_ms: i64,
    /// A person's number, `local`, `nobody` or `appliance`.
    pub actor: String,
    pub deed: String,
    pub entity: String,
    pub entity_id: String,
    /// The record before; null when it was made.
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// The record after; null when it is gone.
    #[schema(value_type = Option<Object>)]
    pub after: Option<serde_json::Value>,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditView {
    pub items: Vec<EntryView>,
    /// To be sent as `before` for the next page; null at the end.
    pub next: Option<i64>,
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        let read = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            seq: entry.seq,
            at_ms: entry.at_ms,
            actor: entry.actor,
            deed: entry.deed,
            entity: entry.entity,
            entity_id: entry.entity_id,
            before: read(entry.before),
            after: read(entry.after),
        }
    }
}

/// Who did and saw what: the own deeds, those of the team, or all.
#[utoipa::path(get, path = "/api/v1/audit", tag = "trust", operation_id = "audit", params(AuditQuery), responses(
    (status = 200, body = AuditView),
    (status = 400, body = Problem, description = "bad_query")))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<AuditQuery>, QueryRejection>,
) -> Result<Json<AuditView>, Refusal> {
    let Query(query) = query?;
    let limit = query.limit.unwrap_or(50).clamp(1, LIMIT_MAX);
    let who = caller.who;
    let entries = app.store.read(move |db| {
        let actors = match (who.may(Deed::ReadAudit)?, who.team) {
            (Reach::All, _) => None,
            (Reach::Team, Some(team)) => {
                Some(people::list(db, Some(team))?.into_iter().map(|person| person.id.to_string()).collect())
            }
            _ => Some(who.person.iter().map(ToString::to_string).collect()),
        };
        let AuditQuery { entity, entity_id, before, .. } = query;
        let search = audit::Search { entity, entity_id, actors, before };
        Ok::<_, Refusal>(audit::search(db, &search, limit)?)
    });
    let items: Vec<_> = entries.await?.into_iter().map(EntryView::from).collect();
    let next = (items.len() == limit as usize).then(|| items.last().map(|last| last.seq)).flatten();
    Ok(Json(AuditView { items, next }))
}
