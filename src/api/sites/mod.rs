//! Sites of clients, as far as the role reaches their clients.

mod import;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::people::number;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest, etag};
use crate::audit::Change;
use crate::people::Deed;
use crate::sites::{Entered, Ground, Shape};
use crate::store::effects::{self, Effect};
use crate::store::sites::{Search, StoredSite};
use crate::store::{self, clients};
use crate::units::{BadDatum, ClientId, Datum, Place, Plane, SiteNumber};

const LIMIT_MAX: u32 = 1_000;
const CODE_CHARS_MAX: usize = 60;

type Id = Result<Path<String>, PathRejection>;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(one, change, remove))
        .routes(routes!(revert))
        .routes(routes!(import::import).layer(DefaultBodyLimit::max(import::TABLE_BYTES_MAX)))
}

/// A place in WGS-84.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlaceView {
    pub lat: f64,
    pub lon: f64,
}

/// What confirmed visits taught about a site's point.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CorrectionView {
    pub east_m: f64,
    pub north_m: f64,
    pub lessons: usize,
}

/// One place of a client.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SiteView {
    pub id: i64,
    /// The name under which a table of another system knows it.
    pub code: Option<String>,
    pub client: i64,
    pub client_name: String,
    pub name: String,
    /// What sites in one building share.
    pub building: Option<String>,
    pub floor: Option<String>,
    pub suite: Option<String>,
    /// As it was entered, in `datum`.
    pub lat: f64,
    pub lon: f64,
    /// `wgs84`, `gcj02` or `bd09`.
    pub datum: &'static str,
    pub radius_m: Option<f64>,
    /// GeoJSON, as it was entered.
    #[schema(value_type = Option<Object>)]
    pub outline: Option<serde_json::Value>,
    /// Where visitors are, with what was learned.
    pub point: PlaceView,
    /// The rings of the outline for drawing, longitude and latitude in WGS-84.
    pub ground: Option<Vec<Vec<[f64; 2]>>>,
    pub correction: Option<CorrectionView>,
    /// To be sent back as `If-Match: "v…"` with a change.
    pub version: i64,
}

/// A page of sites in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
pub struct SitesView {
    pub items: Vec<SiteView>,
    /// To be sent as `after` for the next page; null at the end.
    pub next: Option<i64>,
}

/// `POST /api/v1/sites`: a circle (`lat`, `lon`, `radius_m`) or an `outline`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    pub client: i64,
    pub name: String,
    pub code: Option<String>,
    pub building: Option<String>,
    pub floor: Option<String>,
    pub suite: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub datum: String,
    pub radius_m: Option<f64>,
    /// A GeoJSON Polygon or MultiPolygon in `datum`.
    #[schema(value_type = Option<Object>)]
    pub outline: Option<serde_json::Value>,
}

/// `PATCH /api/v1/sites/{id}`: what is left out stays; an empty text takes away what was there.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteChange {
    pub client: Option<i64>,
    pub name: Option<String>,
    pub code: Option<String>,
    pub building: Option<String>,
    pub floor: Option<String>,
    pub suite: Option<String>,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub datum: Option<String>,
    pub radius_m: Option<f64>,
    #[schema(value_type = Option<Object>)]
    pub outline: Option<serde_json::Value>,
}

impl From<&StoredSite> for SiteView {
    fn from(kept: &StoredSite) -> Self {
        let entered = &kept.entered;
        let site = kept.site();
        let point =
            site.as_ref().map_or(entered.datum.to_wgs84(entered.lat, entered.lon), |site| site.point());
        let (radius_m, outline) = match &entered.shape {
            Shape::Circle { radius_m } => (Some(*radius_m), None),
            Shape::Outline { json } => (None, serde_json::from_str(json).ok()),
        };
        let (east_m, north_m) = kept.correction().offset_m();
        let lessons = kept.lessons.len();
        Self {
            id: kept.id.0,
            code: kept.code.clone(),
            client: kept.client.0,
            client_name: kept.client_name.clone(),
            name: entered.name.clone(),
            building: entered.building.clone(),
            floor: entered.floor.clone(),
            suite: entered.suite.clone(),
            lat: entered.lat,
            lon: entered.lon,
            datum: entered.datum.name(),
            radius_m,
            outline,
            ground: site.and_then(|site| rings(&site.ground, point)),
            point: PlaceView { lat: point.lat, lon: point.lon },
            correction: (lessons > 0).then_some(CorrectionView { east_m, north_m, lessons }),
            version: kept.version,
        }
    }
}

/// The rings of an outline round a point.
fn rings(ground: &Ground, point: Place) -> Option<Vec<Vec<[f64; 2]>>> {
    let Ground::Outline(polygons) = ground else { return None };
    let plane = Plane::at(point);
    let ring = |line: &geo::LineString<f64>| -> Vec<[f64; 2]> {
        let corner = |at: &geo::Coord<f64>| plane.place((at.x, at.y));
        line.coords().map(corner).map(|place| [place.lon, place.lat]).collect()
    };
    let of = |polygon: &geo::Polygon<f64>| -> Vec<Vec<[f64; 2]>> {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
    };
    Some(polygons.iter().flat_map(of).collect())
}

fn datum(text: &str) -> Result<Datum, Refusal> {
    text.parse().map_err(|_: BadDatum| Refusal::BadField("datum", "wgs84, gcj02 or bd09 is expected"))
}

fn code(text: Option<String>) -> Result<Option<String>, Refusal> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.chars().count() > CODE_CHARS_MAX => {
            Err(Refusal::BadField("code", "a code has 60 characters at most"))
        }
        text => Ok(text),
    }
}

impl NewSite {
    fn entered(self) -> Result<Entered, Refusal> {
        let shape = match (self.outline, self.radius_m) {
            (Some(outline), None) => Shape::Outline { json: outline.to_string() },
            (None, Some(radius_m)) => Shape::Circle { radius_m },
            _ => return Err(Refusal::BadField("radius_m", "give a radius in metres, or an outline")),
        };
        let place = self.lat.zip(self.lon);
        let outlined = matches!(shape, Shape::Outline { .. });
        let (lat, lon) = place
            .or(outlined.then_some((0.0, 0.0)))
            .ok_or(Refusal::BadField("lat", "a circle needs lat and lon"))?;
        let (building, floor, suite, name) = (self.building, self.floor, self.suite, self.name);
        let entered = Entered { name, building, floor, suite, lat, lon, datum: datum(&self.datum)?, shape };
        Ok(entered.checked()?)
    }
}

impl SiteChange {
    fn onto(self, entered: Entered) -> Result<Entered, Refusal> {
        let shape = match (self.outline, self.radius_m) {
            (Some(outline), _) => Shape::Outline { json: outline.to_string() },
            (None, Some(radius_m)) => Shape::Circle { radius_m },
            (None, None) => entered.shape,
        };
        let changed = Entered {
            name: self.name.unwrap_or(entered.name),
            building: self.building.or(entered.building),
            floor: self.floor.or(entered.floor),
            suite: self.suite.or(entered.suite),
            lat: self.lat.unwrap_or(entered.lat),
            lon: self.lon.unwrap_or(entered.lon),
            datum: self.datum.as_deref().map_or(Ok(entered.datum), datum)?,
            shape,
        };
        Ok(changed.checked()?)
    }
}

/// `GET /api/v1/sites`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SiteQuery {
    /// Only those of this client.
    client: Option<i64>,
    /// Part of the site's or the client's name.
    q: Option<String>,
    /// `next` of the page before.
    after: Option<i64>,
    /// 200 when left out, 1000 at most.
    limit: Option<u32>,
}

/// Sites of clients within reach.
#[utoipa::path(get, path = "/api/v1/sites", tag = "sites", operation_id = "sites", params(SiteQuery), responses(
    (status = 200, body = SitesView),
    (status = 400, body = Problem, description = "bad_query")))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<SiteQuery>, QueryRejection>,
) -> Result<Json<SitesView>, Refusal> {
    let Query(SiteQuery { client, q, after, limit }) = query?;
    let limit = limit.unwrap_or(200).clamp(1, LIMIT_MAX);
    let (client, after) = (client.map(ClientId), after.map(SiteNumber));
    let search = Search { client, text: q.unwrap_or_default(), after, limit };
    let who = caller.who;
    let found = app.store.read(move |tx| {
        let reach = who.may(Deed::ReadClients)?;
        Ok::<_, Refusal>(store::sites::list(tx, &who, reach, &search)?)
    });
    let items: Vec<SiteView> = found.await?.iter().map(SiteView::from).collect();
    let next = (items.len() == limit as usize).then(|| items.last().map(|last| last.id)).flatten();
    Ok(Json(SitesView { items, next }))
}

/// One site.
#[utoipa::path(get, path = "/api/v1/sites/{id}", tag = "sites", operation_id = "site", params(("id" = i64, Path)), responses(
    (status = 200, body = SiteView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn one(State(app): State<App>, caller: Caller, id: Id) -> Result<Response, Refusal> {
    let id: SiteNumber = number(id)?;
    let found = app.store.read(move |tx| store::sites::one(tx, id)).await.map_err(Refusal::from)?;
    caller.who.may_to(Deed::ReadClients, found.owner)?;
    Ok(([(header::ETAG, etag(found.version))], Json(SiteView::from(&found))).into_response())
}

/// Makes a site of a client.
#[utoipa::path(post, path = "/api/v1/sites", tag = "sites", operation_id = "add_site", request_body = NewSite, responses(
    (status = 201, body = SiteView),
    (status = 403, body = Problem, description = "not_allowed: the client is beyond reach"),
    (status = 404, body = Problem, description = "missing: no such client"),
    (status = 409, body = Problem, description = "conflict: the code is taken"),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn add(State(app): State<App>, request: WriteRequest<NewSite>) -> Result<Response, Refusal> {
    let WriteRequest { mut body, doing, caller } = request;
    let (client, code) = (ClientId(body.client), code(body.code.take())?);
    let entered = body.entered()?;
    let now_ms = doing.now_ms;
    let done = app.act(doing, StatusCode::CREATED, move |tx| {
        caller.who.may_to(Deed::EditClients, clients::one(tx, client)?.owner())?;
        let site = store::sites::insert(tx, client, code.as_deref(), &entered, now_ms)?;
        effects::add(tx, Effect::Sites)?;
        let change = Change::of("site.create", "site", site.id).to(store::sites::facts(&site));
        Ok(done(&site, change))
    });
    done.await
}

fn done(site: &StoredSite, change: Change) -> Done<SiteView> {
    Done { view: SiteView::from(site), change, version: Some(site.version) }
}

/// Changes a site. Needs `If-Match`. One that is moved forgets what visits taught about its point.
#[utoipa::path(patch, path = "/api/v1/sites/{id}", tag = "sites", operation_id = "change_site", params(("id" = i64, Path)),
    request_body = SiteChange, responses(
    (status = 200, body = SiteView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "conflict: the code is taken"),
    (status = 412, body = Problem, description = "stale"),
    (status = 422, body = Problem, description = "bad_field or bad_body"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn change(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<SiteChange>,
) -> Result<Response, Refusal> {
    let id: SiteNumber = number(id)?;
    let WriteRequest { mut body, doing, caller } = request;
    let seen = doing.clone();
    let changed = app.act(doing, StatusCode::OK, move |tx| {
        let before = store::sites::one(tx, id)?;
        caller.who.may_to(Deed::EditClients, before.owner)?;
        seen.saw("site", before.version)?;
        let mut after = before.clone();
        if let Some(client) = body.client {
            after.client = ClientId(client);
            caller.who.may_to(Deed::EditClients, clients::one(tx, after.client)?.owner())?;
        }
        if body.code.is_some() {
            after.code = code(body.code.take())?;
        }
        after.entered = body.onto(after.entered)?;
        let after = store::sites::update(tx, &after)?;
        effects::add(tx, Effect::Sites)?;
        let change = Change::of("site.update", "site", id)
            .from(store::sites::facts(&before))
            .to(store::sites::facts(&after));
        Ok(done(&after, change))
    });
    changed.await
}

/// Takes a site away. Visits to it stay with their client.
#[utoipa::path(delete, path = "/api/v1/sites/{id}", tag = "sites", operation_id = "remove_site", params(("id" = i64, Path)), responses(
    (status = 204, description = "gone"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn remove(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<IgnoredAny>,
) -> Result<Response, Refusal> {
    let id: SiteNumber = number(id)?;
    let who = request.caller.who;
    let removed = app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        let before = store::sites::one(tx, id)?;
        who.may_to(Deed::EditClients, before.owner)?;
        store::sites::delete(tx, id)?;
        effects::add(tx, Effect::Sites)?;
        let change = Change::of("site.delete", "site", id).from(store::sites::facts(&before));
        Ok(Done { view: (), change, version: None })
    });
    removed.await
}

/// Takes back what visits taught about a site's point: it is where it was entered.
#[utoipa::path(post, path = "/api/v1/sites/{id}/revert", tag = "sites", operation_id = "revert_site", params(("id" = i64, Path)), responses(
    (status = 200, body = SiteView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn revert(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<IgnoredAny>,
) -> Result<Response, Refusal> {
    let id: SiteNumber = number(id)?;
    let who = request.caller.who;
    let reverted = app.act(request.doing, StatusCode::OK, move |tx| {
        let before = store::sites::one(tx, id)?;
        who.may_to(Deed::EditClients, before.owner)?;
        let after = store::sites::revert(tx, id)?;
        effects::add(tx, Effect::Sites)?;
        let change = Change::of("site.revert", "site", id)
            .from(store::sites::facts(&before))
            .to(store::sites::facts(&after));
        Ok(done(&after, change))
    });
    reverted.await
}
