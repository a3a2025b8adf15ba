//! Visits: read as far as the role reaches, answered, and made by hand. Reading somebody else's is written down, and that
//! person sees it.

mod brief_client;
mod check_in_candidates;
mod coverage;
mod photos;
pub mod views;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::location::Span;
use super::people::number;
use super::pictures::PHOTO_BYTES_MAX;
use super::refusal::{Problem, Refusal};
use super::visits::check_in_candidates::Here;
use super::visits::views::{AnswerBody, CheckInBody, Names, TakenBackView, VisitView, VisitsView};
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::fixes::ReportingApp;
use crate::people::{Deed, Owner, Who};
use crate::store::effects::{self, Effect};
use crate::store::visits::{CheckIn, Search, StoredVisit, TakenBack};
use crate::store::{self, Tx, clients, enrolments, fixes, location, sites};
use crate::units::{ClientId, Datum, PersonId, Place, SiteNumber, VisitNumber};
use crate::visits::Kind;

/// Visits answered at a time.
const LIMIT: u32 = 2_000;

/// A radius that people type in for a place they stand at.
const RADIUS_M: f64 = 80.0;

/// Further from a site than this nobody is there, however wrong its address is: the next town.
const ELSEWHERE_M: f64 = 10_000.0;

/// The nearest site of a client is meant when it is this near; otherwise the client has another one here.
const SAME_SITE_M: f64 = 1_000.0;

type Id = Result<Path<String>, PathRejection>;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, check_in))
        .routes(routes!(of_person))
        .routes(routes!(one))
        .routes(routes!(answer))
        .routes(routes!(take_back))
        .routes(routes!(leave))
        .routes(routes!(check_in_candidates::near))
        .routes(routes!(photos::put, photos::get).layer(DefaultBodyLimit::max(PHOTO_BYTES_MAX)))
        .routes(routes!(coverage::coverage))
        .routes(routes!(coverage::brief))
}

/// Everybody's visits.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct VisitQuery {
    /// Unix time in milliseconds; a day ago when left out.
    from_ms: Option<i64>,
    /// Now when left out.
    until_ms: Option<i64>,
    /// True: only those that somebody should look into.
    #[serde(default)]
    flagged: bool,
}

/// Visits of everybody within reach that touch a stretch of time, oldest first.
#[utoipa::path(get, path = "/api/v1/visits", tag = "visits", operation_id = "visits", params(VisitQuery), responses(
    (status = 200, body = VisitsView),
    (status = 400, body = Problem, description = "bad_query")))]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<VisitQuery>, QueryRejection>,
) -> Result<Json<VisitsView>, Refusal> {
    let Query(VisitQuery { from_ms, until_ms, flagged }) = query?;
    let until_ms = until_ms.unwrap_or(app.now_ms());
    let from_ms = from_ms.unwrap_or(until_ms.saturating_sub(24 * 3_600_000));
    app.read_visits(&caller, Search { from_ms, until_ms, person: None, flagged, limit: LIMIT }).await
}

/// One person's visits that touch a stretch of time, oldest first. The person sees stays at no known client too.
#[utoipa::path(get, path = "/api/v1/people/{id}/visits", tag = "visits", operation_id = "person_visits",
    params(("id" = i64, Path), Span), responses(
    (status = 200, body = VisitsView),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn of_person(
    State(app): State<App>,
    caller: Caller,
    id: Id,
    span: Result<Query<Span>, QueryRejection>,
) -> Result<Json<VisitsView>, Refusal> {
    let person: PersonId = number(id)?;
    caller.who.may_to(Deed::ReadVisits, app.team_of(Some(person)).await?)?;
    let (from_ms, until_ms) = span?.0.of(app.now_ms());
    let search = Search { from_ms, until_ms, person: Some(person), flagged: false, limit: LIMIT };
    app.read_visits(&caller, search).await
}

/// One visit.
#[utoipa::path(get, path = "/api/v1/visits/{id}", tag = "visits", operation_id = "visit", params(("id" = i64, Path)), responses(
    (status = 200, body = VisitView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn one(State(app): State<App>, caller: Caller, id: Id) -> Result<Json<VisitView>, Refusal> {
    let id: VisitNumber = number(id)?;
    let who = caller.who;
    let (owner, view) = app
        .store
        .read(move |tx| {
            let found = store::visits::one(tx, id)?;
            who.may_to(Deed::ReadVisits, found.owner)?;
            Ok::<_, Refusal>((found.owner, Names::of(&who).visit(tx, &found)?))
        })
        .await?;
    app.looked(&caller, "visit.read", vec![owner.person]).await?;
    Ok(Json(view))
}

/// Says where one's visit was: the answer to a question, or a correction. The last word counts; the place learns from it.
#[utoipa::path(post, path = "/api/v1/visits/{id}/answer", tag = "visits", operation_id = "answer_visit",
    params(("id" = i64, Path)), request_body = AnswerBody, responses(
    (status = 200, body = VisitView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 422, body = Problem, description = "position_far, bad_field or bad_body")))]
pub async fn answer(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<AnswerBody>,
) -> Result<Response, Refusal> {
    let id: VisitNumber = number(id)?;
    let WriteRequest { body, doing, caller } = request;
    let (who, now_ms) = (caller.who, doing.now_ms);
    let done = app.act(doing, StatusCode::OK, move |tx| {
        let before = store::visits::one(tx, id)?;
        who.may_to(Deed::ReportPositions, before.owner)?;
        let site = match (body.site, body.client, body.nowhere) {
            (None, None, true) => None,
            (site, client, false) => {
                let site = meant(tx, &who, site, client, before.visit.centre, now_ms)?;
                away_m(&site, before.visit.centre, 0.0)?;
                Some(site)
            }
            _ => return Err(Refusal::BadField("nowhere", "name a site, a client, or nowhere: one of them")),
        };
        let after = store::visits::answer(tx, &before, site.as_ref(), now_ms)?;
        let kind = if site.is_some() { Kind::Confirmed } else { Kind::Revised };
        store::visits::tell(tx, kind, Some(&before), &after, now_ms)?;
        followed(tx, caller.who.person, before.site().into_iter().chain(after.site()))?;
        let change = Change::of("visit.answer", "visit", id).from(facts(&before)).to(facts(&after));
        Ok(Done { view: Names::of(&who).visit(tx, &after)?, change, version: None })
    });
    done.await
}

/// Says that one is at a client, now or, kept by a phone, earlier. Onto the visit of that time, if there is one.
#[utoipa::path(post, path = "/api/v1/visits", tag = "visits", operation_id = "check_in",
    request_body = CheckInBody, responses(
    (status = 201, body = VisitView),
    (status = 403, body = Problem, description = "not_allowed: the client is beyond reach"),
    (status = 404, body = Problem, description = "missing: no such site or client"),
    (status = 422, body = Problem, description = "position_stale, position_wide, position_far, bad_field or bad_body")))]
pub async fn check_in(
    State(app): State<App>,
    headers: HeaderMap,
    request: WriteRequest<CheckInBody>,
) -> Result<Response, Refusal> {
    let WriteRequest { body, doing, caller } = request;
    let person = caller.who.person.ok_or(Refusal::NotSignedIn)?;
    let here = check_in_candidates::then(&body, &headers, doing.now_ms)?;
    let (who, now_ms, keep_ms) = (caller.who, doing.now_ms, app.keep_ms());
    let done = app.act(doing, StatusCode::CREATED, move |tx| {
        let site = meant(tx, &who, body.site, body.client, here.place, now_ms)?;
        let away_m = away_m(&site, here.place, here.accuracy_m)?;
        let check_in = CheckIn {
            person,
            place: here.place,
            accuracy_m: here.accuracy_m,
            at_ms: here.tst_ms,
            away_m: Some(away_m).filter(|away_m| {
                *away_m > crate::api::visits::check_in_candidates::FAR_M + 2.0 * here.accuracy_m
            }),
        };
        let (before, after) = store::visits::check_in(tx, &check_in, &site, now_ms)?;
        report(tx, person, here, (keep_ms, now_ms))?;
        store::visits::tell(tx, Kind::Confirmed, before.as_ref(), &after, now_ms)?;
        followed(tx, Some(person), before.iter().filter_map(StoredVisit::site).chain(after.site()))?;
        let change = Change::of("visit.check_in", "visit", after.id).to(facts(&after));
        Ok(Done { view: Names::of(&who).visit(tx, &after)?, change, version: None })
    });
    done.await
}

/// Takes one's last check-in to a visit back, within a minute of it.
#[utoipa::path(post, path = "/api/v1/visits/{id}/undo", tag = "visits", operation_id = "undo_check_in",
    params(("id" = i64, Path)), responses(
    (status = 200, body = TakenBackView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such visit, or the check-in that made it was taken back"),
    (status = 409, body = Problem, description = "conflict: too late, or nothing to take back")))]
pub async fn take_back(
    State(app): State<App>,
    id: Id,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let id: VisitNumber = number(id)?;
    let WriteRequest { doing, caller, .. } = request;
    let (who, now_ms) = (caller.who, doing.now_ms);
    let done = app.act(doing, StatusCode::OK, move |tx| {
        let before = store::visits::one(tx, id)?;
        who.may_to(Deed::ReportPositions, before.owner)?;
        let TakenBack { visit: after, site: gone } = store::visits::take_back(tx, &before, now_ms)?;
        let taught = before.site().into_iter().chain(after.as_ref().and_then(StoredVisit::site));
        followed(tx, who.person, taught.filter(|site| Some(*site) != gone))?;
        if gone.is_some() {
            effects::add(tx, Effect::Sites)?;
        }
        let change = Change::of("visit.undo", "visit", id).from(facts(&before));
        let change = match &after {
            Some(after) => change.to(facts(after)),
            None => change,
        };
        let visit = after.map(|after| Names::of(&who).visit(tx, &after)).transpose()?;
        Ok(Done { view: TakenBackView { visit }, change, version: None })
    });
    done.await
}

/// Says that one goes: the visit is over.
#[utoipa::path(post, path = "/api/v1/visits/{id}/leave", tag = "visits", operation_id = "leave_visit",
    params(("id" = i64, Path)), responses(
    (status = 200, body = VisitView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "conflict: it is over already")))]
pub async fn leave(State(app): State<App>, id: Id, request: WriteRequest<()>) -> Result<Response, Refusal> {
    let id: VisitNumber = number(id)?;
    let WriteRequest { doing, caller, .. } = request;
    let (who, now_ms) = (caller.who, doing.now_ms);
    let done = app.act(doing, StatusCode::OK, move |tx| {
        let before = store::visits::one(tx, id)?;
        who.may_to(Deed::ReportPositions, before.owner)?;
        let after = store::visits::leave(tx, &before, now_ms)?;
        followed(tx, who.person, std::iter::empty())?;
        let change = Change::of("visit.leave", "visit", id).from(facts(&before)).to(facts(&after));
        Ok(Done { view: Names::of(&who).visit(tx, &after)?, change, version: None })
    });
    done.await
}

/// How far a place is from a site.
///
/// # Errors
/// So far that no error of an address explains it.
fn away_m(site: &sites::StoredSite, place: Place, accuracy_m: f64) -> Result<f64, Refusal> {
    let away_m = site.site().map_or(0.0, |site| site.distance_m(place));
    if away_m > ELSEWHERE_M + 2.0 * accuracy_m {
        return Err(Refusal::PositionFar((away_m / 1000.0) as i64));
    }
    Ok(away_m)
}

/// The position of a check-in is one of the day's, as far as the person allows that.
fn report(tx: &Tx, person: PersonId, here: Here, (keep_ms, now_ms): (i64, i64)) -> Result<(), Refusal> {
    if location::of(tx, person)?.reporting.consent_ms.is_none() {
        return Ok(());
    }
    let enrolment = enrolments::own(tx, person, ReportingApp::Page, now_ms)?.id;
    fixes::take(tx, enrolment, &[here.fix(enrolment, now_ms)], &Default::default(), keep_ms, now_ms)?;
    Ok(())
}

/// The site that somebody means: the one named, the nearest of the client named, or a new one of that client here.
fn meant(
    tx: &Tx,
    who: &Who,
    site: Option<i64>,
    client: Option<i64>,
    here: Place,
    now_ms: i64,
) -> Result<sites::StoredSite, Refusal> {
    if let Some(site) = site {
        let site = sites::one(tx, SiteNumber(site))?;
        who.may_to(Deed::ReadClients, site.owner)?;
        return Ok(site);
    }
    let client = ClientId(client.ok_or(Refusal::BadField("site", "name a site, or a client"))?);
    let card = clients::one(tx, client)?;
    who.may_to(Deed::ReadClients, card.owner())?;
    let known = sites::of_client(tx, client)?;
    let away = |kept: sites::StoredSite| kept.site().map(|site| (site.distance_m(here), kept));
    let nearest = known.into_iter().filter_map(away).min_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((away_m, site)) if away_m < SAME_SITE_M => Ok(site),
        _ => {
            who.may_to(Deed::EditClients, card.owner())?;
            let (lat, lon) = Datum::Wgs84.of_wgs84(here);
            let shape = crate::sites::Shape::Circle { radius_m: RADIUS_M };
            let (name, datum) = (card.card.name, Datum::Wgs84);
            let entered = crate::sites::Entered {
                name,
                building: None,
                floor: None,
                suite: None,
                lat,
                lon,
                datum,
                shape,
            };
            Ok(sites::insert(tx, client, None, &entered.checked()?, now_ms)?)
        }
    }
}

/// A visit as the audit log knows it: whose, which client, in which state; not where.
pub(super) fn facts(kept: &StoredVisit) -> serde_json::Value {
    json!({
        "person": kept.owner.person.map(|person| person.0), "client": kept.client.map(|client| client.0),
        "state": kept.state(), "answered": kept.visit.answered,
    })
}

impl App {
    async fn read_visits(&self, caller: &Caller, search: Search) -> Result<Json<VisitsView>, Refusal> {
        let who = caller.who;
        let (people, items) = self
            .store
            .read(move |tx| {
                let found = store::visits::list(tx, &who, who.may(Deed::ReadVisits)?, &search)?;
                let mut names = Names::of(&who);
                let people: Vec<_> = found.iter().map(|db| db.owner.person).collect();
                let items = found.iter().map(|db| names.visit(tx, db)).collect::<Result<Vec<_>, _>>()?;
                Ok::<_, Refusal>((people, items))
            })
            .await?;
        self.looked(caller, "visits.read", people).await?;
        Ok(Json(VisitsView { items }))
    }

    /// Writes down at whom somebody looked; one's own are nobody else's business.
    pub(super) async fn looked(
        &self,
        caller: &Caller,
        deed: &'static str,
        people: Vec<Option<PersonId>>,
    ) -> Result<(), Refusal> {
        let own = caller.who.person;
        let mut people: Vec<i64> =
            people.into_iter().filter(|person| *person != own).flatten().map(|person| person.0).collect();
        people.sort_unstable();
        people.dedup();
        if people.is_empty() {
            return Ok(());
        }
        let id = people[0];
        self.saw(caller, Change::of(deed, "visits", id).to(json!({ "people": people }))).await
    }
}

/// The matcher is to know what somebody said, and where it teaches sites to be.
fn followed(
    tx: &Tx,
    person: Option<PersonId>,
    taught: impl Iterator<Item = SiteNumber>,
) -> Result<(), crate::store::Error> {
    let taught = taught.map(Effect::Site);
    taught.chain(person.map(Effect::Person)).try_for_each(|effect| effects::add(tx, effect))
}

/// A visit that the caller may do something to.
pub(super) fn reach(tx: &Tx, who: &Who, deed: Deed, id: VisitNumber) -> Result<Owner, Refusal> {
    let owner = store::visits::one(tx, id)?.owner;
    who.may_to(deed, owner)?;
    Ok(owner)
}
