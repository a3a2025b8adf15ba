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

const HEAD: [&str; 3] = ["value", "calls", "hesitated"];

/// What stands in the first column.
fn value(sum: &Sum, by: By) -> String {
    match (sum.value.as_str(), by) {
        (MIXED, _) => "(several)".into(),
        (text, By::Week) => text.parse().map_or_else(|_| text.to_owned(), date),
        (text, _) => text.to_owned(),
    }
}

/// The day of an instant, `2026-11-23`, by the civil calendar (Howard Hinnant's `civil_from_days`).
fn date(at_ms: i64) -> String {
    let days = at_ms.div_euclid(86_400_000) + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    format!("{:04}-{month:02}-{day:02}", year + era * 400 + i64::from(month <= 2))
}

fn rows(sums: &[Sum], by: By) -> impl Iterator<Item = Vec<Cell>> {
    let row = move |sum: &Sum| {
        vec![Cell::Text(value(sum, by)), Cell::Number(sum.calls as f64), Cell::Number(sum.hesitated as f64)]
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
    let broken = |error: String| Refusal::Broken(error);
    let (bytes, kind, name) = match query.format {
        Format::Csv => {
            let bytes = csv_of(&HEAD, rows(&sums, query.by)).map_err(|error| broken(error.to_string()))?;
            (bytes, "text/csv; charset=utf-8", "board.csv")
        }
        Format::Xlsx => {
            let bytes = xlsx_of(&HEAD, rows(&sums, query.by)).map_err(|error| broken(error.to_string()))?;
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
        let text = String::from_utf8(csv_of(&HEAD, rows(&sums(), By::Industry)).unwrap()).unwrap();
        assert_eq!(text, "\u{feff}value,calls,hesitated\n医院,7,2\n(several),7,2\n'=1+1,7,2\n");
        let bytes = xlsx_of(&HEAD, rows(&sums(), By::Industry)).unwrap();
        assert_eq!(&bytes[..2], b"PK");
    }

    #[test]
    fn weeks_are_days() {
        assert_eq!(
            ["0", "1764547200000", "951782400000"].map(|ms| date(ms.parse().unwrap())),
            ["1970-01-01", "2025-12-01", "2000-02-29"]
        );
    }
}
