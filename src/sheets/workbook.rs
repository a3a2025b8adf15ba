//! The first sheet of an Excel workbook (XLSX) -> rows. A small file may be made to unfold to gigabytes, so everything
//! is counted before it is kept.

use std::io::{Cursor, Write, copy};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx};
use zip::ZipArchive;

use super::{BadSheet, Limits, Row, Rows};

/// What the parts of a file may unfold to: a hundred thousand rows have about 40 MB.
const UNFOLDED_BYTES_MAX: u64 = 64 << 20;

/// Tags in all parts: a cell has four, and each entry of the shared texts costs memory even when it is empty.
const TAGS_MAX: u64 = 6_000_000;

pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, BadSheet> {
    check_unfolded(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let first = book.sheet_names().into_iter().next();
    let first = first.ok_or_else(|| BadSheet::Workbook("it has no sheet".into()))?;
    let mut sheet = book.worksheet_cells_reader(&first).map_err(broken)?;
    let mut rows = Rows::new(limits);
    let mut row = Row { line: 0, cells: Vec::new() };
    let mut width = 0;
    while let Some(cell) = sheet.next_cell().map_err(broken)? {
        let (at, column) = cell.get_position();
        let (line, column) = (u64::from(at) + 1, column as usize);
        let text = cell.get_value();
        rows.admit(column, shared_bytes(text))?;
        if line > row.line {
            width = finish(&mut rows, row, width)?;
            row = Row { line, cells: Vec::new() };
        }
        if line < row.line || column < row.cells.len() {
            return Err(BadSheet::Workbook("its cells are not in order: save it again".into()));
        }
        row.cells.resize(column, String::new());
        row.cells.push(text_of(text));
    }
    finish(&mut rows, row, width)?;
    Ok(rows.rows)
}

/// Keeps a row, as wide as the first that is not empty. Answers how wide that is.
fn finish(rows: &mut Rows, mut row: Row, width: usize) -> Result<usize, BadSheet> {
    while row.cells.last().is_some_and(|cell| cell.trim().is_empty()) {
        row.cells.pop();
    }
    let width = if width == 0 { row.cells.len() } else { width };
    if row.cells.len() < width {
        row.cells.resize(width, String::new());
    }
    rows.push(row)?;
    Ok(width)
}

/// Unfolds everything into nothing; what a file says of its own size is not believed.
fn check_unfolded(bytes: &[u8]) -> Result<(), BadSheet> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut unfolded = Unfolded { bytes: 0, tags: 0 };
    for part in 0..archive.len() {
        let mut part = archive.by_index(part).map_err(broken)?;
        if let Err(error) = copy(&mut part, &mut unfolded) {
            return Err(unfolded.beyond().unwrap_or_else(|| broken(error)));
        }
    }
    Ok(())
}

/// Counts what is written to it and refuses more than may be.
struct Unfolded {
    bytes: u64,
    tags: u64,
}

impl Unfolded {
    fn beyond(&self) -> Option<BadSheet> {
        if self.bytes > UNFOLDED_BYTES_MAX {
            return Some(BadSheet::Large("64 MiB once it is unfolded".into()));
        }
        (self.tags > TAGS_MAX).then(|| BadSheet::Large(format!("{TAGS_MAX} tags")))
    }
}

impl Write for Unfolded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.bytes += bytes.len() as u64;
        self.tags += bytes.iter().filter(|byte| **byte == b'<').count() as u64;
        match self.beyond() {
            Some(bad) => Err(std::io::Error::other(bad.to_string())),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn broken(error: impl std::fmt::Display) -> BadSheet {
    BadSheet::Workbook(error.to_string())
}

/// Bytes of a text that is not copied yet.
fn shared_bytes(value: &DataRef) -> usize {
    match value {
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.len(),
        DataRef::SharedString(text) => text.len(),
        _ => 0,
    }
}

/// A cell as a person reads it, on one line.
fn text_of(value: &DataRef) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => one_line(text),
        DataRef::SharedString(text) => one_line(text),
        DataRef::DateTime(at) if at.is_datetime() => moment(at),
        DataRef::DateTime(at) => at.to_string(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// `2026-02-18`, or `2026-02-18 10:00` where there is a time of day.
fn moment(at: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second, milli) {
        (0, 0, 0, 0) => date,
        (_, _, 0, _) => format!("{date} {hour:02}:{minute:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ").trim().to_owned()
}
