//! What somebody allows to be known of where they are, and who looked at it.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest, etag};
use crate::audit::Change;
use crate::fixes::{BadHours, Hours, Reporting};
use crate::store::effects::{self, Effect};
use crate::store::location::{StoredReporting, access_log};
use crate::store::{self, fixes};
use crate::units::zone::OFFSETS_MIN;
use crate::units::{Place, Zone};

const LOOKS_MAX: u32 = 200;

/// A day of positions is asked for when no time is named.
const DAY_MS: i64 = 24 * 3_600_000;

type Id = Result<Path<String>, PathRejection>;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show, set)).routes(routes!(list_looks)).routes(routes!(track))
}

/// What somebody allows.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationView {
    pub consent: bool,
    pub consent_ms: Option<i64>,
    /// 1 is Monday.
    pub days: Vec<u8>,
    /// Minutes after midnight in `time_zone`.
    pub from_min: u16,
    pub until_min: u16,
    /// The organisation's, unless the person has another: `Asia/Shanghai`, or `+08:00` for one that was told by its offset.
    pub time_zone: String,
    /// How far the clock there is ahead of UTC now.
    pub utc_offset_min: i16,
    /// How long positions are kept; visits stay.
    pub keeps_days: u32,
    pub version: i64,
}

impl LocationView {
    fn of(kept: StoredReporting, keeps_days: u32, now_ms: i64) -> Self {
        let Reporting { consent_ms, hours } = kept.reporting;
        Self {
            consent: consent_ms.is_some(),
            consent_ms,
            days: hours.days(),
            from_min: hours.from_min,
            until_min: hours.until_min,
            time_zone: hours.zone.to_string(),
            utc_offset_min: hours.zone.utc_offset_min(now_ms),
            keeps_days,
            version: kept.version,
        }
    }
}

/// `PUT /api/v1/people/{id}/location`: what is left out stays. Who never named a zone keeps the organisation's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LocationChange {
    pub consent: bool,
    pub days: Option<Vec<u8>>,
    pub from_min: Option<i64>,
    pub until_min: Option<i64>,
    /// A name of the IANA database, such as `Asia/Shanghai`.
    pub time_zone: Option<String>,
    /// Instead of `time_zone`: minutes ahead of UTC. An offset that the organisation's zone has in winter or in summer means
    /// that zone.
    pub utc_offset_min: Option<i64>,
}

impl LocationChange {
    fn zone(&self, before: Zone, organisation: Zone) -> Result<Zone, BadHours> {
        match (&self.time_zone, self.utc_offset_min) {
            (Some(name), _) => Ok(name.parse::<Zone>()?.within(organisation)),
            (None, Some(minutes)) => {
                let known = i16::try_from(minutes).ok().filter(|minutes| OFFSETS_MIN.contains(minutes));
                let utc_offset_min = known.ok_or(BadHours::Offset(minutes))?;
                Ok(Zone::Fixed { utc_offset_min }.within(organisation))
            }
            (None, None) => Ok(before),
        }
    }

    fn hours(&self, before: Hours, organisation: Zone) -> Result<Hours, Refusal> {
        let days = self.days.clone().unwrap_or_else(|| before.days());
        let from_min = self.from_min.unwrap_or(before.from_min.into());
        let until_min = self.until_min.unwrap_or(before.until_min.into());
        Ok(Hours::new(&days, from_min, until_min, self.zone(before.zone, organisation)?)?)
    }
}

/// One's own consent and hours.
#[utoipa::path(get, path = "/api/v1/people/{id}/location", tag = "positions", operation_id = "location",
    params(("id" = i64, Path)), responses(
    (status = 200, body = LocationView),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn show(State(app): State<App>, caller: Caller, id: Id) -> Result<Response, Refusal> {
    let person = app.reporter(&caller, id).await?;
    let found = app.store.read(move |tx| store::location::of(tx, person)).await.map_err(Refusal::from)?;
    let view = LocationView::of(found, app.retention.positions_days, app.now_ms());
    Ok(([(header::ETAG, etag(view.version))], Json(view)).into_response())
}

/// Agrees to being located in one's working hours, or withdraws it: then positions are refused, and those that are kept
/// go. Needs `If-Match`.
#[utoipa::path(put, path = "/api/v1/people/{id}/location", tag = "positions", operation_id = "set_location",
    params(("id" = i64, Path)), request_body = LocationChange, responses(
    (status = 200, body = LocationView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 412, body = Problem, description = "stale"),
    (status = 422, body = Problem, description = "bad_field or bad_body"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn set(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<LocationChange>,
) -> Result<Response, Refusal> {
    let person = app.reporter(&request.caller, id).await?;
    let WriteRequest { body, doing, .. } = request;
    let (seen, keeps_days) = (doing.clone(), app.retention.positions_days);
    if !body.consent {
        app.store.make_room();
    }
    let done = app.act(doing, StatusCode::OK, move |tx| {
        let before = store::location::of(tx, person)?;
        seen.saw("location", before.version)?;
        let since_ms = before.reporting.consent_ms.unwrap_or(seen.now_ms);
        let hours = body.hours(before.reporting.hours, store::zone::of(tx)?)?;
        let after = store::location::set(
            tx,
            person,
            &Reporting { consent_ms: body.consent.then_some(since_ms), hours },
        )?;
        let facts =
            |kept: &StoredReporting| json!({ "consent": kept.reporting.consent_ms.is_some(), "hours": hours_of(kept) });
        [Effect::Person(person), Effect::Scrub]
            .into_iter()
            .try_for_each(|effect| effects::add(tx, effect))?;
        let change = Change::of("location.set", "person", person).from(facts(&before)).to(facts(&after));
        Ok(Done { version: Some(after.version), view: LocationView::of(after, keeps_days, seen.now_ms), change })
    });
    done.await
}

fn hours_of(kept: &StoredReporting) -> serde_json::Value {
    let hours = kept.reporting.hours;
    json!([hours.days(), hours.from_min, hours.until_min, hours.zone.to_string()])
}

/// A look at one's positions or visits.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookView {
    pub at_ms: i64,
    /// Who looked.
    pub actor: i64,
    pub actor_name: String,
    /// `visits.read`, `visit.read` or `photo.read`.
    pub what: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LooksView {
    pub items: Vec<LookView>,
}

/// Who looked at one's positions and visits, newest first.
#[utoipa::path(get, path = "/api/v1/people/{id}/looks", tag = "positions", operation_id = "looks",
    params(("id" = i64, Path)), responses(
    (status = 200, body = LooksView),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn list_looks(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<LooksView>, Refusal> {
    let person = app.reporter(&caller, id).await?;
    let found =
        app.store.read(move |tx| access_log::at(tx, person, LOOKS_MAX)).await.map_err(Refusal::from)?;
    let look = |look: access_log::Look| LookView {
        at_ms: look.at_ms,
        actor: look.actor.0,
        actor_name: look.actor_name,
        what: look.what,
    };
    Ok(Json(LooksView { items: found.into_iter().map(look).collect() }))
}

/// A stretch of time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// Unix time in milliseconds; a day ago when left out.
    from_ms: Option<i64>,
    /// Now when left out.
    until_ms: Option<i64>,
}

impl Span {
    /// From, and until.
    pub fn of(&self, now_ms: i64) -> (i64, i64) {
        let until_ms = self.until_ms.unwrap_or(now_ms);
        (self.from_ms.unwrap_or(until_ms.saturating_sub(DAY_MS)), until_ms)
    }
}

/// A position, in WGS-84.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointView {
    pub tst_ms: i64,
    pub lat: f64,
    pub lon: f64,
    pub accuracy_m: Option<f64>,
    pub source: &'static str,
    pub mock: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TrackView {
    pub items: Vec<PointView>,
}

/// One's own positions as they are kept, in the order of time. Nobody else reads them.
#[utoipa::path(get, path = "/api/v1/people/{id}/track", tag = "positions", operation_id = "track",
    params(("id" = i64, Path), Span), responses(
    (status = 200, body = TrackView),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn track(
    State(app): State<App>,
    caller: Caller,
    id: Id,
    span: Result<Query<Span>, QueryRejection>,
) -> Result<Json<TrackView>, Refusal> {
    let person = app.reporter(&caller, id).await?;
    let (from_ms, until_ms) = span?.0.of(app.now_ms());
    let found = app.store.read(move |tx| fixes::of(tx, person, from_ms, until_ms, i64::MAX));
    let mut found = found.await.map_err(Refusal::from)?;
    found.sort_by_key(|fix| fix.tst_ms);
    let point = |fix: crate::fixes::Fix| {
        let Place { lat, lon } = fix.place();
        let (tst_ms, accuracy_m, mock) = (fix.tst_ms, fix.accuracy_m, fix.mock);
        PointView { tst_ms, lat, lon, accuracy_m, source: fix.source.name(), mock }
    };
    Ok(Json(TrackView { items: found.into_iter().map(point).collect() }))
}
