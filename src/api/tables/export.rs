//! Records as a table for a spreadsheet, as far as the role reaches: written page by page, calculating nothing.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::definitions::{Definitions, InForce};
use super::desk::{Desk, fault};
use super::names::Names;
use super::query::RecordsQuery;
use crate::api::App;
use crate::api::caller::Caller;
use crate::api::language::prefers_chinese;
use crate::api::places::Known;
use crate::api::refusal::{Problem, Refusal};
use crate::api::turns::Turns;
use crate::audit::Change;
use crate::people::Who;
use crate::records::Value;
use crate::records::definition::{Field, Kind};
use crate::records::fault::{Code, Fault};
use crate::records::import::field;
use crate::sheets::{Cell, XLSX, csv_lines, csv_of, xlsx_of};
use crate::store::records::{self, LIMIT_MAX, StoredRecord};
use crate::store::{Store, Tx};
use crate::units::{Language, Words};

/// A sheet has 1,048,576 lines; a workbook is held in memory until it is whole.
const XLSX_ROWS_MAX: usize = 200_000;

/// What the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    Csv,
    Xlsx,
}

/// Which records, in which order, and which of their fields.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RecordsExportQuery {
    /// `csv` or `xlsx`.
    #[param(inline)]
    format: FileFormat,
    /// A condition.
    filter: Option<String>,
    /// Fields, a `-` before those that fall.
    sort: Option<String>,
    /// Only these fields.
    fields: Option<String>,
    /// Words.
    q: Option<String>,
    /// A saved view.
    view: Option<String>,
}

/// Records as CSV (UTF-8 with a mark) or XLSX: the number, then the fields. Every export is written down.
#[utoipa::path(get, path = "/api/v1/tables/{t}/export", tag = "records", operation_id = "export_records",
    params(("t" = String, Path), RecordsExportQuery), responses(
    (status = 200, content((String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
    (status = 400, body = Problem, description = "bad_query"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 422, body = Problem, description = "bad_field")))]
pub async fn export(
    State(app): State<App>,
    caller: Caller,
    table: Result<Path<String>, PathRejection>,
    query: Result<Query<RecordsExportQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (Path(table), Query(query)) = (table?, query?);
    let RecordsExportQuery { format, filter, sort, fields, q, view } = query;
    // What is asked for may name somebody, and nothing goes from the log.
    let facts = json!({ "table": table, "filtered": filter.is_some() || q.is_some(), "view": view });
    let asked = RecordsQuery { filter, sort, fields, q, view, limit: Some(LIMIT_MAX), ..Default::default() };
    let mut export = Export {
        store: app.store.clone(),
        definitions: app.definitions.clone(),
        who: caller.who,
        whose: caller.known(),
        turns: app.turns.clone(),
        now_ms: app.now_ms(),
        language: if prefers_chinese(&headers) { Language::Zh } else { Language::En },
        table: table.clone(),
        asked: Some(asked),
        in_force: None,
    };
    // Whatever is wrong is said before the first byte.
    let (head, first) = export.head_and_page().await?;
    app.saw(&caller, Change::of("record.export", "table", &table).to(facts)).await?;
    let head: Vec<_> = head.iter().map(String::as_str).collect();
    let (body, kind, ending) = match format {
        FileFormat::Csv => {
            let first = csv_of(&head, first).map_err(broken)?;
            (export.streamed(first), "text/csv; charset=utf-8", "csv")
        }
        FileFormat::Xlsx => {
            let rows = export.rest(first).await?;
            let head: Vec<_> = head.into_iter().map(str::to_owned).collect();
            let made = tokio::task::spawn_blocking(move || {
                let head: Vec<_> = head.iter().map(String::as_str).collect();
                xlsx_of(&head, rows)
            });
            let bytes = made.await.map_err(broken)?.map_err(broken)?;
            (Body::from(bytes), XLSX, "xlsx")
        }
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{table}.{ending}\"")),
    ];
    Ok((headers, body).into_response())
}

fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}

/// An export that goes on.
struct Export {
    store: Arc<Store>,
    definitions: Arc<Definitions>,
    who: Who,
    whose: Option<Known>,
    turns: Arc<Turns>,
    now_ms: i64,
    language: Language,
    table: String,
    /// What is asked for next; `None` at the end.
    asked: Option<RecordsQuery>,
    /// As they were when it began, so that all rows have the same columns.
    in_force: Option<Arc<InForce>>,
}

type Rows = Vec<Vec<Cell>>;

impl Export {
    /// The names of the columns, and the next rows.
    async fn head_and_page(&mut self) -> Result<(Vec<String>, Rows), Refusal> {
        let Some(asked) = self.asked.take() else { return Ok((Vec::new(), Vec::new())) };
        let (definitions, table) = (self.definitions.clone(), self.table.clone());
        let (who, now_ms, language) = (self.who, self.now_ms, self.language);
        let in_force = self.in_force.clone();
        let _turn = self.turns.of(self.whose).await;
        let read = self.store.read(move |db| {
            let in_force = in_force.map_or_else(|| definitions.read(db), Ok)?;
            let desk = Desk::reading_of(in_force, who, &table, now_ms)?;
            let query = asked.checked(&desk)?;
            let page = records::page(db, desk.tables(), &who, &table, &query, desk.now);
            let page = page.map_err(|error| desk.refusal(error))?;
            let columns = columns(&desk, query.fields.as_deref());
            let mut names = Names::default();
            let mut row = |record: &StoredRecord| row(db, &desk, &columns, record, language, &mut names);
            let rows = page.items.iter().map(&mut row).collect::<Result<Rows, _>>()?;
            // The number is called as an import knows it.
            let called =
                |field: &&Field| if field.key == "id" { "id" } else { field.label.of(language) }.to_owned();
            let head = columns.iter().map(called).collect();
            let next = page.next.map(|after| RecordsQuery { after: Some(after), ..asked });
            Ok::<_, Refusal>((head, rows, next, desk.in_force().clone()))
        });
        let (head, rows, next, in_force) = read.await?;
        (self.asked, self.in_force) = (next, Some(in_force));
        Ok((head, rows))
    }

    /// What is behind the first rows, page by page: nobody holds up who reads slowly.
    fn streamed(self, first: Vec<u8>) -> Body {
        let pages = stream::unfold((Some(first), self), async |(first, mut export)| {
            if let Some(first) = first {
                return Some((Ok(Bytes::from(first)), (None, export)));
            }
            export.asked.as_ref()?;
            let page = export.head_and_page().await;
            let lines = page.and_then(|(_, rows)| csv_lines(rows).map_err(broken));
            if let Err(error) = &lines {
                tracing::error!(%error, "an export broke off");
                export.asked = None;
            }
            Some((lines.map(Bytes::from), (None, export)))
        });
        Body::from_stream(pages)
    }

    async fn rest(&mut self, mut rows: Rows) -> Result<Rows, Refusal> {
        while self.asked.is_some() {
            rows.extend(self.head_and_page().await?.1);
            if rows.len() > XLSX_ROWS_MAX {
                let said = Words::new(
                    format!("超过 {XLSX_ROWS_MAX} 行：导出为 csv，或加一个条件"),
                    format!("there are more than {XLSX_ROWS_MAX} rows: export csv, or add a condition"),
                );
                return Err(fault(Fault { at: "format".into(), code: Code::TooMany, said }));
            }
        }
        Ok(rows)
    }
}

/// The number, the fields that are asked for or all, and whose record it is.
fn columns<'a>(desk: &'a Desk, fields: Option<&[String]>) -> Vec<&'a Field> {
    let table = desk.table();
    let id = field(table, "id").into_iter();
    match fields {
        Some(keys) => {
            id.chain(keys.iter().filter(|key| *key != "id").filter_map(|key| field(table, key))).collect()
        }
        None => {
            let owner = field(table, "owner").filter(|owner| !desk.access().hides(&owner.key));
            id.chain(&table.fields).chain(owner).collect()
        }
    }
}

fn row(
    db: &Tx,
    desk: &Desk,
    columns: &[&Field],
    record: &StoredRecord,
    language: Language,
    names: &mut Names,
) -> Result<Vec<Cell>, Refusal> {
    let mut cells = Vec::with_capacity(columns.len());
    for field in columns {
        let value = record.values.get(&field.key).cloned().or_else(|| of_all(record, &field.key));
        let cell = match value {
            None => Cell::Text(String::new()),
            Some(Value::Whole(fen)) if field.kind == Kind::Money => Cell::Number(fen as f64 / 100.0),
            Some(Value::Whole(number)) => Cell::Number(number as f64),
            Some(Value::Number(number)) => Cell::Number(number),
            Some(Value::Ref(id)) => Cell::Text(called(db, desk, field, &[id], names)?),
            Some(Value::Refs(ids)) => Cell::Text(called(db, desk, field, &ids, names)?),
            Some(value) => Cell::Text(value.show(field, language, desk.now.zone)),
        };
        cells.push(cell);
    }
    Ok(cells)
}

/// A field that every table has.
fn of_all(record: &StoredRecord, key: &str) -> Option<Value> {
    match key {
        "id" => Some(Value::Whole(record.id)),
        "uid" => Some(Value::Text(record.uid.clone())),
        "version" => Some(Value::Whole(record.version)),
        "owner" => record.owner.map(|person| Value::Ref(person.0)),
        "team" => record.team.map(|team| Value::Whole(team.0)),
        "created_at" => Some(Value::Instant(record.created_ms)),
        "created_by" => record.created_by.map(|person| Value::Ref(person.0)),
        "changed_at" => Some(Value::Instant(record.changed_ms)),
        _ => None,
    }
}

/// What the others are called, or their numbers as an import reads them.
fn called(db: &Tx, desk: &Desk, field: &Field, ids: &[i64], names: &mut Names) -> Result<String, Refusal> {
    let mut shown = Vec::new();
    for id in ids {
        shown.push(names.of(db, desk, field, *id)?.unwrap_or_else(|| format!("#{id}")));
    }
    Ok(shown.join("; "))
}
