//! Clients that have not been seen for long, and what is known of a client when somebody is there.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::brief_client::ClientView;
use super::views::{Names, VisitView};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::people::number;
use crate::api::refusal::{Problem, Refusal};
use crate::audit::Change;
use crate::people::Deed;
use crate::store::actions::{self, Visited};
use crate::store::calls::{Of, all};
use crate::store::visits::Unseen;
use crate::store::{self, clients};
use crate::units::{ClientId, PersonId};

const DAY_MS: i64 = 24 * 3_600_000;
const LIMIT: u32 = 1_000;

/// What a brief shows of each kind.
const SHOWN: u32 = 5;

/// A client that has not been seen for long.
#[derive(Debug, Serialize, ToSchema)]
pub struct UnseenView {
    pub client: i64,
    pub client_name: String,
    pub owner: i64,
    pub owner_name: String,
    /// Null: never, as far as is known.
    pub last_visit_ms: Option<i64>,
    pub days: Option<i64>,
    /// How many sites it has; without one no visit can be found.
    pub sites: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageView {
    pub items: Vec<UnseenView>,
    /// How many clients are within reach, visited or not.
    pub of: i64,
}

/// `GET /api/v1/coverage`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CoverageQuery {
    /// 30 when left out.
    days: Option<u32>,
}

/// Clients within reach that nobody has visited for so many days, the longest unseen first.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "visits", operation_id = "coverage", params(CoverageQuery), responses(
    (status = 200, body = CoverageView),
    (status = 400, body = Problem, description = "bad_query")))]
pub async fn coverage(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<CoverageQuery>, QueryRejection>,
) -> Result<Json<CoverageView>, Refusal> {
    let Query(CoverageQuery { days }) = query?;
    let (who, now_ms) = (caller.who, app.now_ms());
    let since_ms = now_ms - i64::from(days.unwrap_or(30)) * DAY_MS;
    let found = app.store.read(move |tx| {
        let reach = who.may(Deed::ReadVisits)?;
        let unseen = store::visits::coverage(tx, &who, reach, since_ms, LIMIT)?;
        Ok::<_, Refusal>((unseen, store::visits::covered(tx, &who, reach)?))
    });
    let (unseen, of) = found.await?;
    let view = |unseen: Unseen| UnseenView {
        client: unseen.client.0,
        client_name: unseen.client_name,
        owner: unseen.owner.0,
        owner_name: unseen.owner_name,
        last_visit_ms: unseen.last_visit_ms,
        days: unseen.last_visit_ms.map(|seen_ms| (now_ms - seen_ms) / DAY_MS),
        sites: unseen.sites,
    };
    Ok(Json(CoverageView { items: unseen.into_iter().map(view).collect(), of }))
}

/// Something that was done for a client.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowUpView {
    pub id: i64,
    pub person: i64,
    pub person_name: String,
    /// `visit`.
    pub kind: String,
    pub at_ms: i64,
    pub visit: Option<i64>,
}

/// A call with the client, as a brief shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct BriefCallView {
    pub id: String,
    pub owner: Option<i64>,
    pub created_ms: i64,
    pub ended_ms: Option<i64>,
    pub outcome: Option<String>,
}

/// What somebody wants to know who stands at a client's door.
#[derive(Debug, Serialize, ToSchema)]
pub struct BriefView {
    pub client: ClientView,
    /// The caller is there now.
    pub visiting: bool,
    /// The last visits, newest first.
    pub visits: Vec<VisitView>,
    pub follow_ups: Vec<FollowUpView>,
    pub calls: Vec<BriefCallView>,
}

/// What is known of a client, in one answer. Reading somebody else's is written down.
#[utoipa::path(get, path = "/api/v1/clients/{id}/brief", tag = "clients", operation_id = "brief",
    params(("id" = i64, Path)), responses(
    (status = 200, body = BriefView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn brief(
    State(app): State<App>,
    caller: Caller,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<BriefView>, Refusal> {
    let id: ClientId = number(id)?;
    let who = caller.who;
    let read = app.store.read(move |tx| {
        let client = clients::one(tx, id)?;
        who.may_to(Deed::ReadClients, client.owner())?;
        let may_read = |deed, owner| who.may_to(deed, owner).is_ok();
        let mut names = Names::of(&who);
        let visits = store::visits::of_client(tx, id, LIMIT)?.into_iter();
        let visits = visits.filter(|db| may_read(Deed::ReadVisits, db.owner)).take(SHOWN as usize);
        let visits = visits.map(|db| names.visit(tx, &db)).collect::<Result<Vec<_>, _>>()?;
        let follow_ups = actions::visits_to(tx, id, LIMIT)?.into_iter();
        let follow_ups = follow_ups.filter(|one| may_read(Deed::ReadVisits, one.owner)).take(SHOWN as usize);
        let follow_ups = follow_ups.collect::<Vec<_>>();
        let calls = all(tx, Of::Client(id))?.into_iter().rev();
        let calls = calls.filter(|call| may_read(Deed::ReadCalls, call.owner)).take(SHOWN as usize);
        let calls = calls.collect::<Vec<_>>();
        let going_on = who.person.map(|person| store::visits::going_on(tx, person)).transpose()?.flatten();
        let visiting = going_on.is_some_and(|db| db.client == Some(id));
        let (owner, client) = (client.owner, ClientView::of(tx, &who, client)?);
        Ok::<_, Refusal>((owner, client, visiting, visits, follow_ups, calls))
    });
    let (owner, client, visiting, visits, follow_ups, calls) = read.await?;
    if caller.who.person != Some(owner) {
        app.saw(&caller, Change::of("client.read", "client", id)).await?;
    }
    let visited = visits.iter().map(|visit| Some(PersonId(visit.person)));
    let people = visited.chain(follow_ups.iter().map(|one| one.owner.person)).collect();
    app.looked(&caller, "visits.read", people).await?;
    let follow_up = |one: Visited| FollowUpView {
        id: one.id,
        person: one.owner.person.map_or(0, |person| person.0),
        person_name: one.person_name,
        kind: "visit".into(),
        at_ms: one.at_ms,
        visit: Some(one.visit.0),
    };
    let call = |call: crate::store::calls::StoredCall| BriefCallView {
        id: call.id.to_string(),
        owner: call.owner.person.map(|person| person.0),
        created_ms: call.created_ms,
        ended_ms: call.ended_ms,
        outcome: call.outcome,
    };
    Ok(Json(BriefView {
        client,
        visiting,
        visits,
        follow_ups: follow_ups.into_iter().map(follow_up).collect(),
        calls: calls.into_iter().map(call).collect(),
    }))
}
