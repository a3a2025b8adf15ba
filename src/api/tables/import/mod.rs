//! A spreadsheet into a table: first what would come of it, then the doing. Rows fail alone.

mod rows;
pub mod undo;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::desk::{Desk, fault};
use crate::api::App;
use crate::api::language::prefers_chinese;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::records::fault::{Code, Fault};
use crate::sheets::{self, Limits, Row};
use crate::store::{self, records::Cause};
use crate::units::{Language, Words};
use rows::{Found, run};

/// Twenty thousand rows of twenty columns have about this.
pub const FILE_BYTES_MAX: usize = 8 << 20;

/// One transaction holds others up no longer than a few seconds.
const LIMITS: Limits = Limits { rows: 10_100, ..Limits::SENT };

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
/// sent again are the same records.
#[utoipa::path(post, path = "/api/v1/tables/{t}/import", tag = "records", operation_id = "import_records",
    params(("t" = String, Path), RecordsImportQuery),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, body = RecordsImportView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 413, body = Problem, description = "bad_body: over 8 MiB"),
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
    let language = if prefers_chinese(&headers) { Language::Zh } else { Language::En };
    let given = mapping(query.mapping.as_deref())?;
    let rows = tokio::task::spawn_blocking(move || sheets::read(&bytes, &LIMITS)).await;
    let rows = rows.map_err(|error| Refusal::Broken(error.to_string()))?.map_err(unreadable)?;
    let (definitions, who, asked) = (app.definitions.clone(), caller.who, doing.clone());
    let (dry_run, import) = (query.dry_run, doing.now_ms);
    let work = move |tx: &store::Tx| {
        let desk = Desk::writing(&definitions, tx, who, &table, asked.now_ms)?;
        let actor = desk.actor(&asked.actor, Cause::Import(import));
        let found = run(tx, &desk, &actor, &rows, &given, query.key.as_deref())?;
        Ok::<_, Refusal>((view(found, (!dry_run).then_some(import), language)?, table))
    };
    if dry_run {
        // All of it is done as it would be, and undone.
        let tried = app.store.write(move |tx| match work(tx) {
            Ok((view, _)) => Err::<(), _>(Tried::View(Box::new(view))),
            Err(refusal) => Err(Tried::Refused(refusal)),
        });
        return match tried.await {
            Ok(()) => Err(Refusal::Broken("a dry run was kept".into())),
            Err(Tried::View(view)) => Ok(Json(view).into_response()),
            Err(Tried::Refused(refusal)) => Err(refusal),
        };
    }
    app.act(doing, StatusCode::OK, move |tx| {
        let (view, table) = work(tx)?;
        let facts = json!({
            "table": table, "created": view.created, "changed": view.changed, "rejected": view.rejected,
        });
        let change = Change::of("record.import", "import", import).to(facts);
        Ok(Done { view, change, version: None })
    })
    .await
}

/// What a dry run ends with, so that nothing of it is kept.
enum Tried {
    View(Box<RecordsImportView>),
    Refused(Refusal),
}

impl From<store::Error> for Tried {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
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
        "这个文件读不懂：存为 CSV（UTF-8 或 GB18030）或 .xlsx；超过一万行就分几次导入",
        bad.to_string(),
    );
    fault(Fault { at: "file".into(), code: Code::BadValue, said })
}

fn view(found: Found, import: Option<i64>, language: Language) -> Result<RecordsImportView, Refusal> {
    let bad_rows = if found.bad.is_empty() { None } else { Some(bad_rows(&found, language)?) };
    let faults = found.faults.into_iter().map(|fault| CellFaultView {
        line: fault.line,
        column: fault.column,
        value: fault.value,
        code: fault.fault.code.name(),
        message: fault.fault.said.of(language).to_owned(),
        field: fault.fault.at,
    });
    let column =
        |column: crate::records::import::Column| ColumnView { column: column.name, field: column.field };
    Ok(RecordsImportView {
        dry_run: import.is_none(),
        import,
        header_line: found.columns.line,
        created: found.created,
        changed: found.changed,
        unchanged: found.unchanged,
        rejected: found.bad.len(),
        faults: faults.collect(),
        bad_rows,
        columns: found.columns.columns.into_iter().map(column).collect(),
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
