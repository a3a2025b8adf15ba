//! What a check-in by hand offers: who is near, likeliest first.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::IntoParams;

use super::views::{CheckInBody, HereBody, Names, NearView};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::fixes::{Fix, NULL_ISLAND_DEG, Source, assumed_sent_ms};
use crate::people::Deed;
use crate::store;
use crate::units::{BadDatum, Datum, EnrolmentId, Place};

/// A position of a check-in is not older than this.
const AGE_MS_MAX: i64 = 60_000;

/// A phone's clock may be this much fast.
const AHEAD_MS_MAX: i64 = 60_000;

/// And not wider.
const ACCURACY_M_MAX: f64 = 200.0;

/// Who checks in further away than this, and than the position can be wrong, is not there.
pub const FAR_M: f64 = 400.0;

/// So likely, and so much likelier than the next, it need not be asked.
const SURE: f64 = 0.85;
const MARGIN: f64 = 3.0;

/// Where somebody is now, as far as that is exact and fresh.
#[derive(Debug, Clone, Copy)]
pub struct Here {
    pub place: Place,
    pub accuracy_m: f64,
    pub tst_ms: i64,
}

impl Here {
    /// As a device would report it.
    pub fn fix(&self, enrolment: EnrolmentId, rx_ms: i64) -> Fix {
        Fix {
            device: enrolment.to_string(),
            tst_ms: self.tst_ms,
            sent_ms: assumed_sent_ms(self.tst_ms, rx_ms),
            rx_ms,
            lat: self.place.lat,
            lon: self.place.lon,
            datum: Datum::Wgs84,
            accuracy_m: Some(self.accuracy_m),
            speed_mps: None,
            source: Source::Other,
            battery: None,
            mock: false,
        }
    }
}

/// # Errors
/// The position is too old or too wide to check in with.
pub fn here(body: &HereBody, now_ms: i64) -> Result<Here, Refusal> {
    let datum: Datum = body
        .datum
        .as_deref()
        .map_or(Ok(Datum::Wgs84), str::parse)
        .map_err(|_: BadDatum| Refusal::BadField("datum", "wgs84, gcj02 or bd09 is expected"))?;
    if !(body.lat.abs() <= 90.0 && body.lon.abs() <= 180.0) {
        return Err(Refusal::BadField(
            "lat",
            "degrees from -90 to 90, and lon from -180 to 180, are expected",
        ));
    }
    if body.lat.abs() < NULL_ISLAND_DEG && body.lon.abs() < NULL_ISLAND_DEG {
        return Err(Refusal::BadField(
            "lat",
            "0, 0 is no position: let the phone measure where it is, then check in",
        ));
    }
    let age_ms = now_ms.saturating_sub(body.tst_ms);
    if age_ms > AGE_MS_MAX {
        return Err(Refusal::PositionStale(age_ms / 1000));
    }
    if age_ms < -AHEAD_MS_MAX {
        return Err(Refusal::BadField("tst_ms", "the phone's clock is fast by more than a minute: set it"));
    }
    if !(0.0..=ACCURACY_M_MAX).contains(&body.accuracy_m) {
        return Err(Refusal::PositionWide(body.accuracy_m.min(1e9) as i64));
    }
    Ok(Here { place: datum.to_wgs84(body.lat, body.lon), accuracy_m: body.accuracy_m, tst_ms: body.tst_ms })
}

/// What the phone's clock shows while it sends, Unix time in milliseconds.
const PHONE_CLOCK: &str = "x-phone-ms";

/// A check-in is kept on a phone for so long at most: what is older is not looked at any more.
const KEPT_MS_MAX: i64 = 72 * 3_600_000;

/// Where somebody was when they checked in: now, or earlier, on a phone that could not send it. Its clock may be off;
/// how far is seen from what it shows while it sends.
///
/// # Errors
/// As [`here`], of when it was made; it was kept for too long; the phone does not say what its clock shows.
pub fn then(body: &CheckInBody, headers: &HeaderMap, now_ms: i64) -> Result<Here, Refusal> {
    let Some(made_ms) = body.made_ms else { return here(&body.position, now_ms) };
    let phone_ms = headers.get(PHONE_CLOCK).and_then(|value| value.to_str().ok()?.parse::<i64>().ok());
    let phone_ms = phone_ms.ok_or(Refusal::BadField(
        "made_ms",
        "the header `x-phone-ms` must say what the phone's clock shows",
    ))?;
    let kept_ms = phone_ms.saturating_sub(made_ms);
    if !(0..=KEPT_MS_MAX).contains(&kept_ms) {
        return Err(Refusal::BadField("made_ms", "a check-in is sent within 72 hours of when it was made"));
    }
    let here = here(&body.position, made_ms)?;
    let age_ms = made_ms - here.tst_ms;
    Ok(Here { tst_ms: now_ms - kept_ms - age_ms, ..here })
}

/// Where one is now.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CandidateQuery {
    lat: f64,
    lon: f64,
    accuracy_m: f64,
    /// When it was measured, Unix time in milliseconds.
    tst_ms: i64,
    /// `wgs84` when left out.
    datum: Option<String>,
}

/// The clients within reach that one may be at, from where one is and whom one usually visits at this hour.
#[utoipa::path(get, path = "/api/v1/visits/near", tag = "visits", operation_id = "near", params(CandidateQuery), responses(
    (status = 200, body = NearView),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 422, body = Problem, description = "position_stale, position_wide or bad_field")))]
pub async fn near(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<CandidateQuery>, QueryRejection>,
) -> Result<Json<NearView>, Refusal> {
    let Query(CandidateQuery { lat, lon, accuracy_m, tst_ms, datum }) = query?;
    let person = caller.who.person.ok_or(Refusal::NotSignedIn)?;
    caller.who.may(Deed::ReportPositions)?;
    let now_ms = app.now_ms();
    let here = here(&HereBody { lat, lon, accuracy_m, tst_ms, datum }, now_ms)?;
    let who = caller.who;
    let (habits, reached) = app
        .store
        .read(move |tx| {
            let reached = store::sites::reached(tx, &who, who.reach(Deed::ReadClients))?;
            Ok::<_, Refusal>((store::visits::habits(tx, person, now_ms)?, reached))
        })
        .await?;
    let best = app.matcher.candidates(here.place, here.accuracy_m, &habits, &reached, now_ms);
    let margin = best.get(1).map_or(f64::INFINITY, |second| best[0].1 / second.1);
    let sure = best.first().is_some_and(|first| first.1 >= SURE) && margin >= MARGIN;
    let items = app.store.read(move |tx| Names::of(&who).best(tx, &best)).await?;
    Ok(Json(NearView { items, sure }))
}
