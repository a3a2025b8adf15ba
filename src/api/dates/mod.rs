//! Deadlines as people type them: what was understood is shown before it is kept.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::language::prefers_chinese;
use super::refusal::{Problem, Refusal};
use super::write_request::WriteRequest;
use crate::dates::{self, Calendar, Found, Now, When, Worked};
use crate::store;
use crate::units::{Day, Words};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read))
}

/// `POST /api/v1/dates/read`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DateText {
    /// `2月18日10:00前`, `下周二`, `in 3 days`: 40 characters at most.
    pub text: String,
}

/// A day or an instant that a text may mean.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadDate {
    /// `2026-02-18`, where a whole day is meant.
    pub date: Option<String>,
    /// Milliseconds since 1970 UTC, where an hour is meant.
    pub instant: Option<i64>,
    /// The day's, in the caller's language.
    pub weekday: String,
    pub days_from_today: i64,
    /// Of which holiday the day is a part; null where it is none.
    pub holiday: Option<String>,
    /// Whether people work on that day.
    pub works: bool,
    /// The words leave room: ask once more.
    pub vague: bool,
    /// All of this in one sentence.
    pub said: String,
}

/// What a text was read as.
#[derive(Debug, Serialize, ToSchema)]
pub struct DateReading {
    /// Null where it cannot be said, or not which one.
    pub read: Option<ReadDate>,
    /// The working day that would fit instead of a day off; or all that the text may mean.
    pub alternatives: Vec<ReadDate>,
    /// Why nothing was read: one sentence.
    pub why: Option<String>,
}

/// Who reads it, and when.
struct Scene {
    now: Now,
    today: Day,
    zh: bool,
}

impl Scene {
    fn words(&self, words: Words) -> String {
        if self.zh { words.zh } else { words.en }
    }

    fn view(&self, found: Found) -> ReadDate {
        let worked = Calendar::china().of(found.day);
        let (date, instant) = match found.when {
            When::Day(day) => (Some(day.to_string()), None),
            When::At(at_ms) => (None, Some(at_ms)),
        };
        ReadDate {
            date,
            instant,
            weekday: self.words(dates::weekday(found.day)),
            days_from_today: found.day.number() - self.today.number(),
            works: matches!(worked, Worked::Working | Worked::MadeUp(_)),
            holiday: match worked {
                Worked::Holiday(name) => Some(self.words(name)),
                _ => None,
            },
            vague: found.vague,
            said: self.words(found.said),
        }
    }

    fn reading(&self, text: &str) -> DateReading {
        match dates::read(text, self.now, Calendar::china()) {
            Ok(found) => {
                let instead = dates::instead(&found, self.now, Calendar::china());
                let alternatives = instead.into_iter().map(|found| self.view(found)).collect();
                DateReading { read: Some(self.view(found)), alternatives, why: None }
            }
            Err(refusal) => DateReading {
                read: None,
                alternatives: refusal.candidates.into_iter().map(|found| self.view(found)).collect(),
                why: Some(self.words(refusal.said)),
            },
        }
    }
}

/// Reads a deadline as people say it, in Chinese or English; for who is typing one. Nothing is kept.
#[utoipa::path(post, path = "/api/v1/dates/read", tag = "records", operation_id = "read_date",
    request_body = DateText, responses(
    (status = 200, body = DateReading),
    (status = 422, body = Problem, description = "bad_body")))]
pub async fn read(
    State(app): State<App>,
    headers: HeaderMap,
    request: WriteRequest<DateText>,
) -> Result<Json<DateReading>, Refusal> {
    let zone = app.store.read(store::zone::of).await?;
    let now = Now { at_ms: app.now_ms(), zone };
    let today = zone.day(now.at_ms);
    let today = today.ok_or_else(|| Refusal::Broken("the clock is out of range".into()))?;
    let scene = Scene { now, today, zh: prefers_chinese(&headers) };
    Ok(Json(scene.reading(&request.body.text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Zone;

    /// Thursday, 12 February 2026, 9:30 in Shanghai.
    fn scene(zh: bool) -> Scene {
        let today: Day = "2026-02-12".parse().unwrap();
        let at_ms = Zone::SHANGHAI.start_ms(today) + 9 * 3_600_000 + 30 * 60_000;
        Scene { now: Now { at_ms, zone: Zone::SHANGHAI }, today, zh }
    }

    #[test]
    fn both_deadlines_of_the_article_are_read_with_their_holiday() {
        let reading = scene(true).reading("2月18日10:00前");
        let read = reading.read.unwrap();
        assert_eq!((read.date, read.instant), (None, Some(1_771_380_000_000)));
        assert_eq!((read.weekday.as_str(), read.days_from_today, read.works), ("周三", 6, false));
        assert_eq!(read.holiday.as_deref(), Some("春节"));
        assert_eq!(reading.alternatives[0].instant, Some(1_771_898_400_000), "24 February, 10:00");

        let reading = scene(true).reading("下周二");
        let read = reading.read.unwrap();
        assert_eq!((read.date.as_deref(), read.instant), (Some("2026-02-17"), None));
        assert_eq!((read.holiday.as_deref(), read.days_from_today), (Some("春节"), 5));
        assert_eq!(reading.alternatives[0].date.as_deref(), Some("2026-02-24"));
        assert!(reading.alternatives[0].works && reading.why.is_none());
    }

    #[test]
    fn what_cannot_be_read_or_means_two_things_says_so() {
        let reading = scene(false).reading("someday");
        assert!(reading.read.is_none() && reading.alternatives.is_empty());
        assert!(reading.why.unwrap().contains("is no deadline that is understood"));
        let reading = scene(false).reading("昨天");
        assert!(reading.read.is_none() && reading.why.is_some());
        let reading = scene(true).reading("明天3点");
        assert_eq!((reading.read.is_none(), reading.alternatives.len()), (true, 2), "{:?}", reading.why);
    }
}
