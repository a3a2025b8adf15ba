//! A spreadsheet into a table: first what would come of it, then the doing. Rows fail alone.
//!
//! - `taking`, `rows`, `lookup`: rows -> records.
//! - `job`: many rows, a part at a time, so that nobody waits long; `turns`: how many of them at a time.
//! - `progress`: how far an import has come, and its end.
//! - `undo`: what an import did, taken back.

mod job;
mod lookup;
pub mod progress;
mod rows;
mod taking;
mod turns;
pub mod undo;

pub use turns::Imports;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::desk::fault;
use crate::api::App;
use crate::api::language::prefers_chinese;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::RawWriteRequest;
use crate::records::fault::{Code, Fault};
use crate::sheets::{self, Limits, Row};
use crate::units::{Language, Words};
use job::Asked;
use progress::ImportView;
use taking::Found;

/// A hundred thousand rows of ten columns have about this.
pub const FILE_BYTES_MAX: usize = 16 << 20;

/// A hundred thousand rows, and what people write above and below them.
const LIMITS: Limits = Limits { rows: 100_100, ..Limits::SENT };

/// So many rows are taken while the caller waits; more are an import that goes on.
const AT_ONCE_MAX: usize = 1_000;

/// `POST /api/v1/tables/{t}/import`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RecordsImportQuery {
    /// True: nothing is written; the answer says what would be.
    #[serde(default)]
    dry_run: bool,
    /// A field whose value says which record a row is about: one that is there is changed, another is made. `id` for the
    /// numbers of an export.
    key: Option<String>,
    /// A JSON object, `{"客户名称": "name", "备注2": null}`: which field a column is. What it does not name is guessed.
    mapping: Option<String>,
}

/// A column of the file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnView {
    pub column: String,
    /// Null: none of it is read.
    pub field: Option<String>,
}

/// What is wrong with one cell, or with a row where `column` is null.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellFaultView {
    /// Of the file, from 1.
    pub line: u64,
    pub column: Option<String>,
    pub field: String,
    pub value: String,
    pub code: &'static str,
    pub message: String,
}

/// What came of a file, or would.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecordsImportView {
    pub dry_run: bool,
    /// Its number: history says `import:NUMBER`. Null for a dry run.
    pub import: Option<i64>,
    /// The line that names the columns.
    pub header_line: u64,
    pub columns: Vec<ColumnView>,
    pub created: usize,
    pub changed: usize,
    /// Rows that say what is there already.
    pub unchanged: usize,
    /// Rows that were not taken.
    pub rejected: usize,
    /// The first 2,000; the file of the bad rows has all of them.
    pub faults: Vec<CellFaultView>,
    /// CSV: the rows that were not taken, with why behind them. Mend it and send it again. Null when all were taken.
    pub bad_rows: Option<String>,
}

/// Makes and changes records from a file as people have it: CSV (UTF-8 or GB18030) or the first sheet of an Excel table
/// (.xlsx), with titles above its column names and totals below. Good rows are taken and the others answered. A row's owner
/// is whom it names, by login or name; who imports, when it names nobody. What is left empty stays as it is. The same rows
/// sent again are the same records. More than 1,000 rows are taken while others work: 202 says how to follow them.
#[utoipa::path(post, path = "/api/v1/tables/{t}/import", tag = "records", operation_id = "import_records",
    params(("t" = String, Path), RecordsImportQuery),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, body = RecordsImportView),
    (status = 202, body = ImportView, description = "over 1,000 rows: it goes on; see GET …/imports/{n}"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 409, body = Problem, description = "conflict: two imports are going on"),
    (status = 413, body = Problem, description = "bad_body: over 16 MiB"),
    (status = 415, body = Problem, description = "bad_body: no table of these kinds"),
    (status = 422, body = Problem, description = "bad_field: the file, the mapping or the key cannot be meant")))]
pub async fn import(
    State(app): State<App>,
    table: Result<Path<String>, PathRejection>,
    query: Result<Query<RecordsImportQuery>, QueryRejection>,
    headers: HeaderMap,
    sent: RawWriteRequest,
) -> Result<Response, Refusal> {
    let (Path(table), Query(query)) = (table?, query?);
    sent.must_be_table()?;
    let RawWriteRequest { caller, bytes, doing, .. } = sent;
    let language = language(&headers);
    let given = mapping(query.mapping.as_deref())?;
    let rows = tokio::task::spawn_blocking(move || sheets::read(&bytes, &LIMITS)).await;
    let rows = rows.map_err(|error| Refusal::Broken(error.to_string()))?.map_err(unreadable)?;
    let asked = Asked { who: caller.who, table, rows, given, key: query.key };
    if query.dry_run {
        let found = job::tried(&app, asked, doing.now_ms).await?;
        return Ok(Json(view(&found, None, language)?).into_response());
    }
    if asked.rows.len() <= AT_ONCE_MAX {
        return job::at_once(&app, asked, doing, language).await;
    }
    job::begun(&app, asked, doing).await
}

fn language(headers: &HeaderMap) -> Language {
    if prefers_chinese(headers) { Language::Zh } else { Language::En }
}

fn mapping(text: Option<&str>) -> Result<BTreeMap<String, Option<String>>, Refusal> {
    let read = text.map_or(Ok(BTreeMap::new()), serde_json::from_str);
    read.map_err(|_| {
        let said = Words::new(
            "`mapping` 应为 JSON 对象，列名对应字段或 null，如 {\"客户名称\": \"name\"}",
            "`mapping` is a JSON object from columns to fields or null, such as {\"客户名称\": \"name\"}",
        );
        fault(Fault { at: "mapping".into(), code: Code::BadValue, said })
    })
}

fn unreadable(bad: sheets::BadSheet) -> Refusal {
    let said = Words::new(
        "这个文件读不懂：存为 CSV（UTF-8 或 GB18030）或 .xlsx；超过十万行就分几次导入",
        bad.to_string(),
    );
    fault(Fault { at: "file".into(), code: Code::BadValue, said })
}

fn view(found: &Found, import: Option<i64>, language: Language) -> Result<RecordsImportView, Refusal> {
    let bad_rows = if found.bad.is_empty() { None } else { Some(bad_rows(found, language)?) };
    let faults = found.faults.iter().map(|fault| CellFaultView {
        line: fault.line,
        column: fault.column.clone(),
        value: fault.value.clone(),
        code: fault.fault.code.name(),
        message: fault.fault.said.of(language).to_owned(),
        field: fault.fault.at.clone(),
    });
    let column = |column: &crate::records::import::Column| ColumnView {
        column: column.name.clone(),
        field: column.field.clone(),
    };
    Ok(RecordsImportView {
        dry_run: import.is_none(),
        import,
        header_line: found.columns.line,
        created: found.counts.created,
        changed: found.counts.changed,
        unchanged: found.counts.unchanged,
        rejected: found.counts.rejected,
        faults: faults.collect(),
        bad_rows,
        columns: found.columns.columns.iter().map(column).collect(),
    })
}

/// The file's own columns, and why.
fn bad_rows(found: &Found, language: Language) -> Result<String, Refusal> {
    let why = if language == Language::Zh { "未导入的原因" } else { "why it was not taken" };
    let names = found.columns.columns.iter().map(|column| column.name.as_str());
    let head: Vec<_> = names.chain([why]).collect();
    let line = |(row, why): &(Row, Words)| {
        let mut cells = row.cells.clone();
        cells.resize(head.len() - 1, String::new());
        cells.push(why.of(language).to_owned());
        cells.into_iter().map(sheets::Cell::Text).collect()
    };
    let bytes = sheets::csv_of(&head, found.bad.iter().map(line));
    let bytes = bytes.map_err(|error| Refusal::Broken(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Refusal::Broken(error.to_string()))
}
