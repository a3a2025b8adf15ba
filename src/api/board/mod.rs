//! The objection board: sums in which nobody is to be seen, what reps share, the day in a sentence; and the own coaching.

mod export;
mod share;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::caller::Caller;
use super::refusal::{Problem, Refusal};
use super::studies::EstimateView;
use super::words::WordsView;
use crate::audit::Change;
use crate::insight::board::{CALLS_MIN, CLIENTS_MIN, Dimension};
use crate::insight::day::{self, Followed};
use crate::insight::proportion::Count;
use crate::people::{Deed, Reach};
use crate::store::board::{self, OwnWeek, Seen, SeenCall, Sum};
use crate::store::{self, zone};
use crate::units::{TeamId, Zone, rounded};

const WEEKS: u32 = 13;
const SEEN_MAX: u32 = 200;
const DAY_MS: i64 = 24 * 3_600_000;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(export::export))
        .routes(routes!(calls))
        .routes(routes!(day))
        .routes(routes!(share::shared, share::share))
        .routes(routes!(coaching))
}

/// What the board is asked by.
#[derive(Debug, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Industry,
    Stage,
    Topic,
    Week,
}

impl From<By> for Dimension {
    fn from(by: By) -> Self {
        match by {
            By::Industry => Self::Industry,
            By::Stage => Self::Stage,
            By::Topic => Self::Topic,
            By::Week => Self::Week,
        }
    }
}

/// What is asked of the board.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct BoardQuery {
    #[param(inline)]
    pub by: By,
    /// How many weeks back from the newest that is over: 13 when left out, 104 at most.
    weeks: Option<u32>,
    /// The team; the own one when left out.
    team: Option<i64>,
    /// What the export is: `csv` or `xlsx`; `csv` when left out.
    #[serde(default)]
    #[param(inline)]
    pub format: Format,
}

/// What a table is written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    #[default]
    Csv,
    Xlsx,
}

/// One value.
#[derive(Debug, Serialize, ToSchema)]
pub struct SumView {
    /// Industry, stage or topic; empty when nothing is known, `*` for several that are too few alone. By week: when it
    /// began, Unix time in milliseconds.
    pub value: String,
    pub calls: u64,
    /// Calls with an objection signal.
    pub hesitated: u64,
    /// Their share, with its 95 % interval.
    pub share: Option<EstimateView>,
}

/// `GET /api/v1/board`
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardView {
    pub items: Vec<SumView>,
    pub calls: u64,
    pub hesitated: u64,
    /// Nothing is shown that is about fewer calls, or clients.
    pub calls_min: usize,
    pub clients_min: usize,
}

/// A call that may be seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenCallView {
    pub call: String,
    pub owner: Option<i64>,
    pub client: i64,
    pub client_name: String,
    pub industry: String,
    pub created_ms: i64,
    pub hesitations: u32,
    pub topics: Vec<String>,
    pub shared: bool,
    /// The rep says that the signals of this call were none.
    pub contested: bool,
    pub note: String,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SeenView {
    pub items: Vec<SeenCallView>,
}

/// Which day.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// When the day begins, Unix time in milliseconds; the organisation's yesterday when left out.
    from_ms: Option<i64>,
}

/// One industry of a day.
#[derive(Debug, Serialize, ToSchema)]
pub struct FollowedView {
    /// "3 clients of 医院 were followed, 2 hesitated at 集采".
    pub said: WordsView,
    pub industry: String,
    pub clients: usize,
    pub hesitated: usize,
    /// What most of them hesitated at; empty when no rep said.
    pub topic: String,
    /// The clients that hesitated.
    pub of: Vec<i64>,
}

/// `GET /api/v1/board/day`
#[derive(Debug, Serialize, ToSchema)]
pub struct DayView {
    pub items: Vec<FollowedView>,
}

/// One week of the own calls.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnWeekView {
    pub week_ms: i64,
    pub calls: u64,
    pub hesitations: u64,
    pub answers: u64,
    /// The own part of all speech, and how long clients took to answer: means over calls.
    pub talk_share: Option<f64>,
    pub latency_s: Option<f64>,
    pub hints: u64,
    pub rated: u64,
    pub useful: u64,
    /// Calls that advanced or won.
    pub advanced: u64,
}

/// `GET /api/v1/coaching`: for nobody but oneself.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoachingView {
    /// Oldest first.
    pub weeks: Vec<OwnWeekView>,
}

impl From<Sum> for SumView {
    fn from(Sum { value, calls, hesitated }: Sum) -> Self {
        Self { value, calls, hesitated, share: Count::new(hesitated, calls).wilson().map(Into::into) }
    }
}

impl From<SeenCall> for SeenCallView {
    fn from(seen: SeenCall) -> Self {
        Self {
            call: seen.call.to_string(),
            owner: seen.owner.map(|owner| owner.0),
            client: seen.client.0,
            client_name: seen.client_name,
            industry: seen.industry,
            created_ms: seen.created_ms,
            hesitations: seen.hesitations,
            topics: seen.topics,
            shared: seen.share.is_shared,
            contested: seen.share.is_contested,
            note: seen.share.note,
        }
    }
}

impl From<OwnWeek> for OwnWeekView {
    fn from(week: OwnWeek) -> Self {
        Self {
            week_ms: week.week_ms,
            calls: week.calls,
            hesitations: week.hesitations,
            answers: week.answers,
            talk_share: week.talk_share.map(rounded),
            latency_s: week.latency_s.map(rounded),
            hints: week.hints,
            rated: week.rated,
            useful: week.useful,
            advanced: week.advanced,
        }
    }
}

/// The team whose board somebody may look at.
fn team(caller: &Caller, asked: Option<i64>) -> Result<TeamId, Refusal> {
    let team = asked.map(TeamId).or(caller.who.team);
    let team =
        team.ok_or(Refusal::BadField("team", "you have no team: name one, or ask an admin for one"))?;
    let owner = crate::people::Owner { person: None, team: Some(team) };
    caller.who.may_to(Deed::ReadBoard, owner)?;
    Ok(team)
}

impl App {
    /// The sums that were asked for, and the entry that somebody looked.
    pub async fn sums(&self, caller: &Caller, query: &BoardQuery) -> Result<Vec<Sum>, Refusal> {
        let team = team(caller, query.team)?;
        let (now_ms, weeks, by) = (self.now_ms(), query.weeks.unwrap_or(WEEKS), query.by.into());
        if self.store.read(move |db| board::is_behind(db, team, now_ms)).await? {
            self.store.write(move |tx| board::settle(tx, team, now_ms)).await?;
        }
        let sums = self.store.read(move |db| board::sums(db, team, by, weeks, now_ms)).await?;
        let change = Change::of("board.read", "team", team).to(json!({ "by": query.by, "weeks": weeks }));
        self.saw(caller, change).await?;
        Ok(sums)
    }
}

/// Where a team's clients hesitate, by one dimension, over weeks that are over. Every look is written down.
#[utoipa::path(get, path = "/api/v1/board", tag = "effects", operation_id = "board", params(BoardQuery), responses(
    (status = 200, body = BoardView),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 422, body = Problem, description = "bad_field: no team")))]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<BoardQuery>, QueryRejection>,
) -> Result<Json<BoardView>, Refusal> {
    let Query(query) = query?;
    let items: Vec<SumView> = app.sums(&caller, &query).await?.into_iter().map(Into::into).collect();
    Ok(Json(BoardView {
        calls: items.iter().map(|sum| sum.calls).sum(),
        hesitated: items.iter().map(|sum| sum.hesitated).sum(),
        items,
        calls_min: CALLS_MIN,
        clients_min: CLIENTS_MIN,
    }))
}

/// Whose calls may be seen one by one: a manager's team's as far as reps share them, one's own otherwise.
fn seen(caller: &Caller) -> Result<Seen, Refusal> {
    let reach = caller.who.may(Deed::ReadBoard)?;
    Ok(match caller.who.team {
        Some(team) if reach >= Reach::Team => Seen::Shared(team),
        _ => Seen::Own(caller.who.person),
    })
}

/// Calls that may be seen one by one: for a manager those that reps share, for a rep the own ones. The look is written
/// down.
#[utoipa::path(get, path = "/api/v1/board/calls", tag = "effects", operation_id = "board_calls", responses(
    (status = 200, body = SeenView),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn calls(State(app): State<App>, caller: Caller) -> Result<Json<SeenView>, Refusal> {
    let seen = seen(&caller)?;
    let found = app.store.read(move |db| board::seen(db, seen, 0, i64::MAX, SEEN_MAX)).await?;
    app.saw(&caller, Change::of("board.read", "calls", found.len())).await?;
    Ok(Json(SeenView { items: found.into_iter().map(Into::into).collect() }))
}

/// A day in sentences: of the clients that were followed, how many hesitated, and at what. For a manager over calls
/// that reps share, for a rep over the own ones.
#[utoipa::path(get, path = "/api/v1/board/day", tag = "effects", operation_id = "board_day", params(Day), responses(
    (status = 200, body = DayView),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 403, body = Problem, description = "not_allowed")))]
pub async fn day(
    State(app): State<App>,
    caller: Caller,
    day: Result<Query<Day>, QueryRejection>,
) -> Result<Json<DayView>, Refusal> {
    let Query(Day { from_ms }) = day?;
    let now_ms = app.now_ms();
    let seen = seen(&caller)?;
    let found = app.store.read(move |db| {
        let (from_ms, until_ms) = day_from(from_ms, now_ms, zone::of(db)?);
        Ok::<_, store::Error>((from_ms, board::seen(db, seen, from_ms, until_ms, SEEN_MAX)?))
    });
    let (from_ms, found) = found.await?;
    let calls = found.iter().map(|seen| day::Call {
        client: seen.client.0,
        industry: &seen.industry,
        hesitated: seen.hesitations > 0 && !seen.share.is_contested,
        topics: &seen.topics,
    });
    let items = day::followed(calls).into_iter().map(|followed| {
        let said = (&followed.said()).into();
        let Followed { industry, clients, hesitated, topic } = followed;
        FollowedView { said, industry, clients, hesitated: hesitated.len(), topic, of: hesitated }
    });
    let items = items.collect();
    app.saw(&caller, Change::of("board.read", "day", from_ms)).await?;
    Ok(Json(DayView { items }))
}

/// From when to when: the day that begins there, or else yesterday by the organisation's clock.
fn day_from(from_ms: Option<i64>, now_ms: i64, zone: Zone) -> (i64, i64) {
    let yesterday = zone.local_ms(now_ms).div_euclid(DAY_MS) - 1;
    let from_ms = from_ms.unwrap_or_else(|| zone.instant_ms(yesterday * DAY_MS));
    // The same hour of the next day, which may come an hour earlier or later.
    let next_ms = zone.instant_ms(zone.local_ms(from_ms).saturating_add(DAY_MS));
    (from_ms, next_ms)
}

/// The own dynamics over time, and what helped: for nobody but oneself.
#[utoipa::path(get, path = "/api/v1/coaching", tag = "effects", operation_id = "coaching",
    responses((status = 200, body = CoachingView)))]
pub async fn coaching(State(app): State<App>, caller: Caller) -> Result<Json<CoachingView>, Refusal> {
    let (person, now_ms) = (caller.who.person, app.now_ms());
    let since_ms = now_ms - 26 * 7 * DAY_MS;
    let weeks = app.store.read(move |db| board::own_weeks(db, person, since_ms, now_ms));
    let weeks = weeks.await.map_err(Refusal::from)?;
    Ok(Json(CoachingView { weeks: weeks.into_iter().map(Into::into).collect() }))
}
