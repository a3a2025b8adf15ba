//! Cells -> the bytes of a table. What a spreadsheet would calculate is written as text.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

/// What begins a formula in one spreadsheet or another, full-width forms among them (OWASP, CSV injection).
const STARTS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Wide enough for a name.
const COLUMN_CHARS: f64 = 24.0;

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
}

impl Cell {
    /// As CSV has it: a text that would be calculated stands behind an apostrophe.
    fn csv(&self) -> String {
        match self {
            Self::Text(text) => guarded(text),
            Self::Number(number) => number.to_string(),
        }
    }
}

fn guarded(text: &str) -> String {
    if text.starts_with(STARTS) { format!("'{text}") } else { text.to_owned() }
}

/// A cell as it was before it was written behind an apostrophe.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| text.starts_with(STARTS)).unwrap_or(cell)
}

/// Rows of CSV without a head or a mark, for tables that are written piece by piece.
///
/// # Errors
/// Rows have different numbers of cells.
pub fn csv_lines(rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut lines = csv::Writer::from_writer(Vec::new());
    for row in rows {
        lines.write_record(row.iter().map(Cell::csv))?;
    }
    lines.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// CSV: UTF-8 with a mark, so that a spreadsheet reads Chinese.
///
/// # Errors
/// A row has more or fewer cells than the head.
pub fn csv_of(head: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, csv::Error> {
    let mut table = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    table.write_record(head.iter().map(|name| guarded(name)))?;
    for row in rows {
        table.write_record(row.iter().map(Cell::csv))?;
    }
    table.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// A workbook of one sheet. Texts are typed as texts, so nothing is calculated.
///
/// # Errors
/// There are more rows or longer texts than a sheet holds.
pub fn xlsx_of(head: &[&str], rows: impl IntoIterator<Item = Vec<Cell>>) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let bold = Format::new().set_bold();
    for (column, head) in (0..).zip(head) {
        sheet.write_string_with_format(0, column, *head, &bold)?;
    }
    for (line, row) in (1..).zip(rows) {
        for (column, cell) in (0..).zip(row) {
            match cell {
                Cell::Text(text) => sheet.write_string(line, column, text)?,
                Cell::Number(number) => sheet.write_number(line, column, number)?,
            };
        }
    }
    sheet.set_column_width(0, COLUMN_CHARS)?;
    workbook.save_to_buffer()
}
