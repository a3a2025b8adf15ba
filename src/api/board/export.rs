//! The board as a table for a spreadsheet: sums only, never a person.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;

use super::{BoardQuery, By, Format};
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::refusal::{Problem, Refusal};
use crate::insight::board::MIXED;
use crate::sheets::{Cell, XLSX, csv_of, xlsx_of};
use crate::store::board::Sum;
use crate::store::zone;
use crate::units::Zone;

const HEAD: [&str; 3] = ["value", "calls", "hesitated"];

/// What stands in the first column.
fn value(sum: &Sum, by: By, zone: Zone) -> String {
    match (sum.value.as_str(), by) {
        (MIXED, _) => "(several)".into(),
        (text, By::Week) => {
            let day = text.parse().ok().and_then(|at_ms| zone.day(at_ms));
            day.map_or_else(|| text.to_owned(), |day| day.to_string())
        }
        (text, _) => text.to_owned(),
    }
}

fn rows(sums: &[Sum], by: By, zone: Zone) -> impl Iterator<Item = Vec<Cell>> {
    let row = move |sum: &Sum| {
        vec![
            Cell::Text(value(sum, by, zone)),
            Cell::Number(sum.calls as f64),
            Cell::Number(sum.hesitated as f64),
        ]
    };
    sums.iter().map(row)
}

/// The board as a table: CSV (UTF-8 with a mark) or XLSX. Every look is written down.
#[utoipa::path(get, path = "/api/v1/board/export", tag = "effects", operation_id = "export_board", params(BoardQuery),
    responses(
    (status = 200, content((String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 422, body = Problem, description = "bad_field: no team to read the board of")))]
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    query: Result<Query<BoardQuery>, QueryRejection>,
) -> Result<impl IntoResponse, Refusal> {
    let Query(query) = query?;
    let sums = app.sums(&caller, &query).await?;
    let zone = app.store.read(zone::of).await?;
    let broken = |error: String| Refusal::Broken(error);
    let (bytes, kind, name) = match query.format {
        Format::Csv => {
            let bytes =
                csv_of(&HEAD, rows(&sums, query.by, zone)).map_err(|error| broken(error.to_string()))?;
            (bytes, "text/csv; charset=utf-8", "board.csv")
        }
        Format::Xlsx => {
            let bytes =
                xlsx_of(&HEAD, rows(&sums, query.by, zone)).map_err(|error| broken(error.to_string()))?;
            (bytes, XLSX, "board.xlsx")
        }
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums() -> Vec<Sum> {
        let sum = |value: &str| Sum { value: value.into(), calls: 7, hesitated: 2 };
        vec![sum("医院"), sum(MIXED), sum("=1+1")]
    }

    #[test]
    fn a_table_is_text_and_calculates_nothing() {
        let text = String::from_utf8(csv_of(&HEAD, rows(&sums(), By::Industry, Zone::UTC)).unwrap()).unwrap();
        assert_eq!(text, "\u{feff}value,calls,hesitated\n医院,7,2\n(several),7,2\n'=1+1,7,2\n");
        let bytes = xlsx_of(&HEAD, rows(&sums(), By::Industry, Zone::UTC)).unwrap();
        assert_eq!(&bytes[..2], b"PK");
    }

    #[test]
    fn a_week_is_the_day_on_which_it_begins_there() {
        for (zone, begins_ms) in [
            ("UTC", 1_764_547_200_000),
            ("Asia/Shanghai", 1_764_518_400_000),
            ("America/New_York", 1_764_565_200_000),
        ] {
            let sum = Sum { value: i64::to_string(&begins_ms), calls: 7, hesitated: 2 };
            assert_eq!(value(&sum, By::Week, zone.parse().unwrap()), "2025-12-01", "{zone}");
        }
    }
}
