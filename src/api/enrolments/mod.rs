//! Phones and receivers of one's own that report positions: enrolled with a link or a QR code, and revoked.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::people::number;
use super::positions::{owntracks, traccar};
use super::qr::qr;
use super::refusal::{Problem, Refusal};
use super::secrets::secret;
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::fixes::{Advice, Fix, Manner, ReportingApp};
use crate::people::{Deed, Owner};
use crate::store::enrolments::Enrolment;
use crate::store::{self, fixes};
use crate::units::{BadRecordId, EnrolmentId, PersonId};

const NAME_CHARS_MAX: usize = 60;

/// So many of a device's newest positions tell how it reports: some hours.
const LOOKED_AT: u32 = 300;

type Id = Result<Path<String>, PathRejection>;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, add)).routes(routes!(revoke))
}

/// A phone or receiver.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentView {
    pub id: i64,
    /// `owntracks`, `traccar`, `json`, `gpsd`; `page` and `import` enrol themselves.
    pub app: &'static str,
    pub name: String,
    pub created_ms: i64,
    /// When it reported last.
    pub seen_ms: Option<i64>,
    /// What came from it: `stored`, `duplicate`, and what was not stored by its reason.
    pub counts: BTreeMap<String, i64>,
    /// From one position of a way to the next, lately: medians. Null until it was on a way.
    pub every_ms: Option<i64>,
    pub every_m: Option<i64>,
    /// What it claims of its accuracy: median.
    pub accuracy_m: Option<i64>,
    /// It says at rest that it is alive.
    pub pings: bool,
    /// What to change first: `begin` (it has never reported), `wake` (it fell silent), `exact` (its positions are coarse),
    /// `oftener` (it reports too seldom on its way). Null when it does well.
    pub advice: Option<&'static str>,
}

impl EnrolmentView {
    fn of(one: Enrolment, newest: &[Fix], now_ms: i64) -> Self {
        let manner = Manner::of(newest);
        let metres = |m: f64| m.round() as i64;
        Self {
            every_ms: manner.every_ms,
            every_m: manner.every_m.map(metres),
            accuracy_m: manner.accuracy_m.map(metres),
            pings: manner.pings,
            advice: manner.advice(one.app, one.seen_ms, now_ms).map(Advice::name),
            id: one.id.0,
            app: one.app.name(),
            name: one.name,
            created_ms: one.created_ms,
            seen_ms: one.seen_ms,
            counts: one.counts,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolmentsView {
    pub items: Vec<EnrolmentView>,
}

/// `POST /api/v1/people/{id}/enrolments`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnrolment {
    /// `owntracks`, `traccar`, `json` or `gpsd`.
    pub app: String,
    /// What its owner calls it.
    pub name: String,
}

/// A new enrolment. Its secret is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnrolledView {
    pub enrolment: EnrolmentView,
    /// Null for the appliance's own receiver.
    pub secret: Option<String>,
    /// Where it reports to.
    pub url: Option<String>,
    /// The user name for apps that ask for one.
    pub username: Option<String>,
    /// What the app reads to set itself up: a link to tap on the phone.
    pub link: Option<String>,
    /// The same as a QR code, an SVG image.
    pub qr_svg: Option<String>,
}

/// One's own devices.
#[utoipa::path(get, path = "/api/v1/people/{id}/enrolments", tag = "positions", operation_id = "enrolments",
    params(("id" = i64, Path)), responses(
    (status = 200, body = EnrolmentsView),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn list(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<EnrolmentsView>, Refusal> {
    let person = app.reporter(&caller, id).await?;
    let now_ms = app.now_ms();
    let found = app.store.read(move |tx| {
        let devices = store::enrolments::of(tx, person)?.into_iter();
        let with = |one: Enrolment| Ok((fixes::newest_of(tx, one.id, LOOKED_AT)?, one));
        devices.map(with).collect::<Result<Vec<_>, store::Error>>()
    });
    let found = found.await.map_err(Refusal::from)?;
    let items = found.into_iter().map(|(newest, one)| EnrolmentView::of(one, &newest, now_ms));
    Ok(Json(EnrolmentsView { items: items.collect() }))
}

/// Enrols a device of one's own.
#[utoipa::path(post, path = "/api/v1/people/{id}/enrolments", tag = "positions", operation_id = "enrol",
    params(("id" = i64, Path)), request_body = NewEnrolment, responses(
    (status = 201, body = EnrolledView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 409, body = Problem, description = "conflict: too many devices"),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn add(
    State(app): State<App>,
    id: Id,
    headers: HeaderMap,
    request: WriteRequest<NewEnrolment>,
) -> Result<Response, Refusal> {
    let person = app.reporter(&request.caller, id).await?;
    let reports: ReportingApp = request.body.app.parse()?;
    if !reports.is_enrolled() {
        return Err(Refusal::BadField("app", "owntracks, traccar, json or gpsd is expected"));
    }
    let name = request.body.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Refusal::BadField("name", "a device's name has 1 to 60 characters"));
    }
    let base = app.base_url(&headers);
    let now_ms = request.doing.now_ms;
    app.act(request.doing.unkept(), StatusCode::CREATED, move |tx| {
        let secret = reports.has_secret().then(secret);
        let one = store::enrolments::insert(tx, person, reports, &name, secret.as_deref(), now_ms)?;
        let change = Change::of("enrolment.create", "enrolment", one.id)
            .to(json!({ "person": person.0, "app": reports.name() }));
        Ok(Done { view: enrolled(one, secret, &base, now_ms), change, version: None })
    })
    .await
}

fn enrolled(one: Enrolment, secret: Option<String>, base: &str, now_ms: i64) -> EnrolledView {
    let username = format!("ut{}", one.id);
    let (url, link) = match (one.app, &secret) {
        (ReportingApp::Owntracks, Some(secret)) => {
            let url = format!("{base}/api/v1/positions/owntracks");
            let setup = owntracks::configuration(&url, &username, secret).to_string();
            let setup = STANDARD.encode(setup).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
            (Some(url), Some(format!("owntracks:///config?inline={setup}")))
        }
        (ReportingApp::Traccar, Some(secret)) => {
            let url = format!("{base}/api/v1/positions/traccar");
            let link = format!("{url}?id={secret}&{}", traccar::SETTINGS);
            (Some(url), Some(link))
        }
        (_, Some(_)) => (Some(format!("{base}/api/v1/positions")), None),
        (_, None) => (None, None),
    };
    let qr_svg = link.as_deref().and_then(qr);
    EnrolledView {
        enrolment: EnrolmentView::of(one, &[], now_ms),
        username: secret.is_some().then_some(username),
        secret,
        url,
        link,
        qr_svg,
    }
}

/// Revokes a device: from now on it reports nothing.
#[utoipa::path(delete, path = "/api/v1/people/{id}/enrolments/{enrolment}", tag = "positions", operation_id = "revoke_enrolment",
    params(("id" = i64, Path), ("enrolment" = i64, Path)), responses(
    (status = 204, description = "revoked"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn revoke(
    State(app): State<App>,
    path: Result<Path<(String, String)>, PathRejection>,
    request: WriteRequest<IgnoredAny>,
) -> Result<Response, Refusal> {
    let Path((person, id)) = path?;
    let person = app.reporter(&request.caller, Ok(Path(person))).await?;
    let id: EnrolmentId = id.parse().map_err(|fault: BadRecordId| fault)?;
    let now_ms = request.doing.now_ms;
    app.store.make_room();
    app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        store::enrolments::revoke(tx, person, id, now_ms)?;
        let change = Change::of("enrolment.revoke", "enrolment", id).from(json!({ "person": person.0 }));
        Ok(Done { view: (), change, version: None })
    })
    .await
}

impl App {
    /// The person of a path whose positions the caller may decide on: nobody but themselves.
    ///
    /// # Errors
    /// It is somebody else.
    pub(super) async fn reporter(&self, caller: &Caller, id: Id) -> Result<PersonId, Refusal> {
        let person: PersonId = number(id)?;
        caller.who.may_to(Deed::ReportPositions, Owner { person: Some(person), team: None })?;
        Ok(person)
    }

    /// The address under which the caller reached the appliance.
    fn base_url(&self, headers: &HeaderMap) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        let asked = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        format!("{scheme}://{}", self.public_host.as_deref().unwrap_or(asked))
    }
}
