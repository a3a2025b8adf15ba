//! The bytes of a table, CSV or Excel -> rows of cells with their lines; and cells -> the bytes of a table.

mod delimited;
mod workbook;
mod write;

pub use write::{Cell, csv_lines, csv_of, unguarded, xlsx_of};

/// The media type of an Excel table.
pub const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What a zip archive, and so an Excel file, begins with.
const ZIP: &[u8] = b"PK\x03\x04";

/// One cell far to the right would make every row as wide; the widest real table has a few dozen.
const COLUMNS_MAX: usize = 100;

/// How large a table may be. Reading stops at the first cell that is beyond.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub rows: usize,
    /// Empty ones among them.
    pub cells: usize,
    /// Of all cells together, each counted where it stands: many cells of a workbook may share one text.
    pub text_bytes: usize,
}

impl Limits {
    /// A table that somebody sends: a hundred thousand rows of twenty columns, or twice as many narrower ones.
    pub const SENT: Self = Self { rows: 200_000, cells: 2_000_000, text_bytes: 32 << 20 };

    /// A file that whoever started the program chose.
    pub const CHOSEN: Self = Self { rows: usize::MAX, cells: usize::MAX, text_bytes: usize::MAX };
}

/// A row that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Where it begins, from 1: the line of a CSV file, the row of a sheet.
    pub line: u64,
    /// By column. In a workbook no row is narrower than the first.
    pub cells: Vec<String>,
}

/// Why a table cannot be read: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSheet {
    #[error("the table is neither UTF-8 nor GB18030: save it as CSV UTF-8, then send it again")]
    Encoding,
    #[error("it is no Excel table (.xlsx): {0}")]
    Workbook(String),
    #[error("the table has more than {0} rows: send it in parts")]
    Rows(usize),
    #[error("the table holds more than {0}: send it in parts")]
    Large(String),
}

/// Reads a table: the first sheet of a workbook, or text in UTF-8 or GB18030 whose cells end in `,`, `;` or a tab.
///
/// # Errors
/// It is neither, or larger than the limits.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, BadSheet> {
    if bytes.starts_with(ZIP) { workbook::read(bytes, limits) } else { delimited::read(bytes, limits) }
}

/// Rows so far, and what may still come.
struct Rows {
    rows: Vec<Row>,
    limits: Limits,
    left: Limits,
}

impl Rows {
    fn new(limits: &Limits) -> Self {
        Self { rows: Vec::new(), limits: *limits, left: *limits }
    }

    /// Makes room for one more cell before it is copied.
    fn admit(&mut self, column: usize, text_bytes: usize) -> Result<(), BadSheet> {
        let large = |what: String| BadSheet::Large(what);
        if column >= COLUMNS_MAX {
            return Err(large(format!("{COLUMNS_MAX} columns")));
        }
        let cells = self.left.cells.checked_sub(1);
        self.left.cells = cells.ok_or_else(|| large(format!("{} cells", self.limits.cells)))?;
        let text = self.left.text_bytes.checked_sub(text_bytes);
        self.left.text_bytes =
            text.ok_or_else(|| large(format!("{} MiB of text", self.limits.text_bytes >> 20)))?;
        Ok(())
    }

    /// Keeps a row, unless all its cells are empty.
    fn push(&mut self, row: Row) -> Result<(), BadSheet> {
        if row.cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        self.left.rows = self.left.rows.checked_sub(1).ok_or(BadSheet::Rows(self.limits.rows))?;
        self.rows.push(row);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
