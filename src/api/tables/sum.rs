//! Counts and sums over the records that the role reaches.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::desk::{Desk, fault};
use super::query::{field, filter, listed};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::records::definition::{Kind, Measure};
use crate::records::fault::{Code, Fault};
use crate::store::records;
use crate::units::Words;

const BY_MAX: usize = 2;

/// What is measured of which records.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SumQuery {
    /// One field or two: `grade,owner`. One sum over all when left out.
    by: Option<String>,
    /// `count` (when left out), or `sum`, `mean`, `min` or `max` of a field: `sum:amount`.
    of: Option<String>,
    /// A condition.
    filter: Option<String>,
}

/// Sums by what stands in one or two fields.
#[derive(Debug, Serialize, ToSchema)]
pub struct SumsView {
    pub items: Vec<SumView>,
}

/// Records with the same values in the fields that they are grouped by.
#[derive(Debug, Serialize, ToSchema)]
pub struct SumView {
    /// One for each field of `by`; null where nothing stands.
    #[schema(value_type = Vec<Value>)]
    pub keys: Vec<Option<Value>>,
    /// Null where there is nothing to measure.
    #[schema(value_type = Value)]
    pub value: Option<Value>,
}

/// Counts and sums.
#[utoipa::path(get, path = "/api/v1/tables/{t}/sum", tag = "records", operation_id = "sum_records",
    params(("t" = String, Path), SumQuery), responses(
    (status = 200, body = SumsView),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 422, body = Problem, description = "bad_field: a condition, field or measure that is not there")))]
pub async fn sum(
    State(app): State<App>,
    caller: Caller,
    table: Result<Path<String>, PathRejection>,
    query: Result<Query<SumQuery>, QueryRejection>,
) -> Result<Json<SumsView>, Refusal> {
    let (Path(table), Query(query)) = (table?, query?);
    let (definitions, who, now_ms) = (app.definitions.clone(), caller.who, app.now_ms());
    let _turn = app.turn(&caller).await;
    let read = app.store.read(move |db| {
        let desk = Desk::reading(&definitions, db, who, &table, now_ms)?;
        let filter = filter(&desk, [("filter", query.filter.as_deref()), ("filter", None)])?;
        let by = by(&desk, query.by.as_deref().unwrap_or_default())?;
        let (measure, of) = measure(&desk, query.of.as_deref().unwrap_or("count"))?;
        let kind = |key: &str| desk.table().field(key).map(|field| field.kind);
        let measured = of.as_deref().filter(|_| measure != Measure::Mean).and_then(kind);
        let keys: Vec<_> = by.iter().map(|key| kind(key)).collect();
        let sums =
            records::sum(db, desk.tables(), &who, &table, &by, (measure, of), filter.as_ref(), desk.now);
        let sums = sums.map_err(|error| desk.refusal(error))?.into_iter();
        let view = |group: records::Group| SumView {
            keys: group.keys.into_iter().zip(&keys).map(|(key, kind)| Some(key?.json((*kind)?))).collect(),
            value: group.value.map(|value| value.json(measured.unwrap_or(Kind::Number))),
        };
        Ok::<_, Refusal>(sums.map(view).collect())
    });
    Ok(Json(SumsView { items: read.await? }))
}

fn by(desk: &Desk, text: &str) -> Result<Vec<String>, Refusal> {
    let by: Result<Vec<_>, _> =
        listed(text).map(|key| field(desk, "by", key).map(|field| field.key.clone())).collect();
    let by = by?;
    if by.len() > BY_MAX {
        let said = Words::new("最多按两个字段分组", "sums are grouped by two fields at most");
        return Err(fault(Fault { at: "by".into(), code: Code::TooMany, said }));
    }
    Ok(by)
}

fn measure(desk: &Desk, text: &str) -> Result<(Measure, Option<String>), Refusal> {
    let bad = |zh: String, en: String| {
        fault(Fault { at: "of".into(), code: Code::BadValue, said: Words::new(zh, en) })
    };
    let shown: String = text.chars().take(40).collect();
    let (measure, of) = Measure::parse(text).ok_or_else(|| {
        bad(
            format!("`{shown}` 不是统计方式：写 count，或 sum、mean、min、max 加字段，如 sum:amount"),
            format!("`{shown}` is no measure: write count, or sum, mean, min or max of a field, such as sum:amount"),
        )
    })?;
    let Some(key) = of else { return Ok((measure, None)) };
    let of = field(desk, "of", key)?;
    let adds = matches!(of.kind, Kind::Whole | Kind::Number | Kind::Money) || of.kind.is_computed();
    let orders = adds || matches!(of.kind, Kind::Day | Kind::Instant | Kind::Deadline);
    let fits = if matches!(measure, Measure::Sum | Measure::Mean) { adds } else { orders };
    if !fits {
        return Err(bad(
            format!("“{}”不能这样统计：选一个数、金额或日期字段", of.label.zh),
            format!("{} cannot be measured so: choose a number, an amount or a day", of.label.en),
        ));
    }
    Ok((measure, Some(of.key.clone())))
}
