//! CSV with a header -> rows whose cells are asked for by name; a fault names line, column, value, rule and mend.

use std::str::FromStr;

/// A cell is quoted in a fault up to this many characters.
const QUOTED_CHARS: usize = 40;

/// Why a table cannot be read: one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    #[error("line {line}: {what}")]
    Line { line: u64, what: String },
    #[error("the header lacks the column `{column}`: it needs {needed}")]
    Column { column: &'static str, needed: String },
    #[error("it is empty: begin it with a header of {0}")]
    Empty(String),
    #[error("it is no Excel table (.xlsx): {0}")]
    NoSheet(String),
    #[error("the Excel table holds more than {0}: send it in parts, or as CSV")]
    Large(&'static str),
}

/// A table in memory.
pub struct Table {
    header: csv::StringRecord,
    rows: Vec<(u64, csv::StringRecord)>,
}

/// One row of it.
pub struct Row<'a> {
    header: &'a csv::StringRecord,
    record: &'a csv::StringRecord,
    pub line: u64,
}

impl Table {
    /// Reads a whole table that has at least these columns.
    pub fn read(text: &[u8], needed: &[&'static str]) -> Result<Self, BadTable> {
        let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
        // A line ends one way, so that lines can be counted.
        let text: Vec<u8> =
            (0..text.len()).filter(|at| !text[*at..].starts_with(b"\r\n")).map(|at| text[at]).collect();
        let text = text.as_slice();
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let header = reader.headers().map_err(bad)?.clone();
        if header.is_empty() {
            return Err(BadTable::Empty(needed.join(",")));
        }
        if let Some(column) = needed.iter().find(|column| !header.iter().any(|name| name == **column)) {
            return Err(BadTable::Column { column, needed: needed.join(",") });
        }
        let row = |record: Result<csv::StringRecord, csv::Error>| {
            let record = record.map_err(bad)?;
            Ok((record.position().map_or(0, |at| line_of(text, at)), record))
        };
        let rows = reader.into_records().map(row).collect::<Result<_, _>>()?;
        Ok(Self { header, rows })
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, record)| Row { header: &self.header, record, line: *line })
    }
}

impl Row<'_> {
    /// The text of a cell; `None` when the column is missing or the cell empty.
    pub fn text(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| name == column)?;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    /// The text of a cell that must not be empty.
    pub fn needed(&self, column: &str) -> Result<&str, BadTable> {
        self.text(column).ok_or_else(|| self.fault(format!("{column} is empty: every row needs it")))
    }

    /// A cell as a number or the like; `rule` says what it has to be.
    pub fn value<T: FromStr>(
        &self,
        column: &str,
        rule: &str,
        fits: impl Fn(&T) -> bool,
    ) -> Result<T, BadTable> {
        let text = self.needed(column)?;
        text.parse()
            .ok()
            .filter(fits)
            .ok_or_else(|| self.fault(format!("{column} `{}` is not {rule}", quoted(text))))
    }

    /// An instant in ms since 1970.
    pub fn instant_ms(&self, column: &str) -> Result<i64, BadTable> {
        self.value(column, "an instant: whole milliseconds since 1970 UTC, from 2000 to 2100", |ms: &i64| {
            crate::units::time::INSTANTS_MS.contains(ms)
        })
    }

    pub fn fault(&self, what: String) -> BadTable {
        BadTable::Line { line: self.line, what }
    }
}

/// Where a row begins, from 1: the reader's place is before the empty lines above it. The text's lines end in `\n` alone.
pub fn line_of(text: &[u8], at: &csv::Position) -> u64 {
    let rest = text.get(at.byte() as usize..).unwrap_or_default();
    at.line() + rest.iter().take_while(|byte| **byte == b'\n').count() as u64
}

/// A value as a fault quotes it.
pub fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}

fn bad(fault: csv::Error) -> BadTable {
    let line = fault.position().map_or(1, csv::Position::line);
    let what = match fault.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}: give every column a cell")
        }
        csv::ErrorKind::Utf8 { .. } => "it is not UTF-8: save the table as UTF-8".to_owned(),
        _ => format!("it is no CSV: {fault}"),
    };
    BadTable::Line { line, what }
}
