//! Positions in: each app in its own manner, so that it lets go of what was stored and of nothing else.

pub mod batch;
mod body;
pub mod import;
mod limited;
pub mod owntracks;
pub mod traccar;
mod tracks;

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::network::Visitor;
use super::places::{Known, Standing};
use super::refusal::Refusal;
use super::session::gate::Kind;
use crate::fixes::{Fix, Refused};
use crate::people::Deed;
use crate::store::enrolments::{self, Enrolment};
use crate::store::fixes::{self, Intake};
use crate::store::people;
use crate::units::EnrolmentId;

/// Ten megabytes hold 100,000 positions.
pub const BATCH_BYTES_MAX: usize = 10 << 20;

/// Positions that share a transaction, so that a large batch does not keep everybody else waiting.
const SHARE: usize = 1_000;

const DAY_MS: i64 = 24 * 3_600_000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(batch::take).layer(DefaultBodyLimit::max(BATCH_BYTES_MAX)))
        .routes(routes!(owntracks::take))
        .routes(routes!(traccar::take, traccar::take_query))
        // Users type a stroke behind the address.
        .route("/api/v1/positions/", post(batch::take).layer(DefaultBodyLimit::max(BATCH_BYTES_MAX)))
        .route("/api/v1/positions/owntracks/", post(owntracks::take))
        .route("/api/v1/positions/traccar/", post(traccar::take).get(traccar::take_query))
        .route("/api/v1/positions/import/", post(import::take).layer(DefaultBodyLimit::max(BATCH_BYTES_MAX)))
        .routes(routes!(import::take).layer(DefaultBodyLimit::max(BATCH_BYTES_MAX)))
}

/// What could not be read or is no position, by reason.
pub type Unread = BTreeMap<Refused, u64>;

impl App {
    /// Whose secret a device shows. Wrong ones are counted by network, so that nobody can try many.
    ///
    /// # Errors
    /// It is not known, was revoked, or too many wrong ones came from there.
    pub(super) async fn device(&self, visitor: Visitor, secret: &str) -> Result<Enrolment, Refusal> {
        let shown = secret.to_owned();
        let known = self.store.read(move |db| {
            let Some(known) = enrolments::known(db, &shown)? else { return Ok(None) };
            // A phone does no more than its owner may.
            let owner = Caller::of(people::one(db, known.person)?);
            Ok::<_, Refusal>(owner.who.may(Deed::ReportPositions).is_ok().then_some(known))
        });
        let known = known.await?;
        match known {
            Some(known) => Ok(known),
            None => {
                self.gate.missed(Kind::Device, visitor.network(), self.now_ms())?;
                Err(Refusal::UnknownDevice)
            }
        }
    }

    /// How long positions are kept.
    pub(super) fn keep_ms(&self) -> i64 {
        i64::from(self.retention.positions_days) * DAY_MS
    }

    /// Stores what a device reports. When it answers, what it counts as stored is on disk.
    ///
    /// # Errors
    /// The store refuses: the device keeps everything and sends it again.
    pub(super) async fn take(
        &self,
        enrolment: EnrolmentId,
        fixes: Vec<Fix>,
        unread: Unread,
    ) -> Result<Intake, Refusal> {
        let keep_ms = self.keep_ms();
        let now_ms = self.now_ms();
        let mut shares: Vec<Vec<Fix>> = fixes.chunks(SHARE).map(<[Fix]>::to_vec).collect();
        if shares.is_empty() {
            shares.push(Vec::new());
        }
        let mut intake = Intake::default();
        let mut unread = Some(unread);
        for share in shares {
            let unread = unread.take().unwrap_or_default();
            let taken =
                self.store.write(move |tx| fixes::take(tx, enrolment, &share, &unread, keep_ms, now_ms));
            intake = intake.plus(taken.await.map_err(Refusal::from)?);
        }
        if intake.stored > 0 {
            self.matcher.wake();
        }
        Ok(intake)
    }

    /// A device is alive at these instants and tells no position: it is where it was last.
    ///
    /// # Errors
    /// The store refuses.
    async fn alive(&self, enrolment: EnrolmentId, at_ms: Vec<i64>) -> Result<Intake, Refusal> {
        if at_ms.is_empty() {
            return Ok(Intake::default());
        }
        let (keep_ms, now_ms) = (self.keep_ms(), self.now_ms());
        let heard = self.store.write(move |tx| fixes::alive(tx, enrolment, &at_ms, keep_ms, now_ms));
        let intake = heard.await.map_err(Refusal::from)?;
        if intake.stored > 0 {
            self.matcher.wake();
        }
        Ok(intake)
    }
}

/// The body of a device that has shown whose it is.
///
/// # Errors
/// As [`body::read`], or the person holds too many connections.
async fn body_of(app: &App, request: Request, device: &Enrolment) -> Result<Bytes, Refusal> {
    let known = Known::Person(device.person);
    if request.extensions().get::<Standing>().is_some_and(|standing| !standing.belongs_to(known)) {
        return Err(Refusal::TooManyOpen);
    }
    super::body::read(request, &app.bodies, Some(known)).await
}

/// The password of HTTP Basic authentication: the secret of an enrolment.
fn basic(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, coded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(coded.trim()).ok()?;
    // The name in front is not looked at, in whatever letters it is written.
    let secret = &pair[pair.iter().position(|byte| *byte == b':')? + 1..];
    String::from_utf8(secret.to_vec()).ok()
}

/// A refusal for who signs in as a device does.
fn refused(refusal: Refusal) -> Response {
    let basic = matches!(refusal, Refusal::UnknownDevice);
    let mut response = refusal.into_response();
    if basic {
        let realm = HeaderValue::from_static("Basic realm=\"positions\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    }
    response
}

/// One of a kind that is not stored.
fn one(why: Refused) -> Unread {
    BTreeMap::from([(why, 1)])
}
