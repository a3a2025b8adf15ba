//! A table with a header -> rows whose cells are asked for by name; a fault names line, column, value, rule and mend.

use std::str::FromStr;

use crate::sheets::{self, BadSheet, Limits};

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
    #[error(transparent)]
    Sheet(#[from] BadSheet),
}

/// A table in memory.
pub struct Table {
    header: Vec<String>,
    rows: Vec<sheets::Row>,
}

/// One row of it.
pub struct Row<'a> {
    header: &'a [String],
    cells: &'a [String],
    pub line: u64,
}

impl Table {
    /// Reads a whole table that has at least these columns, and a cell for every column in every row.
    ///
    /// # Errors
    /// It is no table, lacks a column or a cell, or is larger than the limits.
    pub fn read(bytes: &[u8], needed: &[&'static str], limits: &Limits) -> Result<Self, BadTable> {
        let table = Self::read_named(bytes, &[], needed, limits)?;
        table.rows().try_for_each(|row| row.whole())?;
        Ok(table)
    }

    /// The same with columns that go by other names too, and with rows that may lack a cell.
    ///
    /// # Errors
    /// It is no table, lacks a column, or is larger than the limits.
    pub fn read_named(
        bytes: &[u8],
        names: &[(&str, &[&str])],
        needed: &[&'static str],
        limits: &Limits,
    ) -> Result<Self, BadTable> {
        let mut rows = sheets::read(bytes, limits)?.into_iter();
        let header = rows.next().ok_or_else(|| BadTable::Empty(needed.join(",")))?.cells;
        let known =
            |name: &str| names.iter().find(|(_, others)| others.contains(&name)).map(|(name, _)| *name);
        let called = |name: &String| known(name.trim()).unwrap_or(name.trim()).to_owned();
        let header: Vec<String> = header.iter().map(called).collect();
        if let Some(column) = needed.iter().find(|column| !header.iter().any(|name| name == **column)) {
            return Err(BadTable::Column { column, needed: needed.join(",") });
        }
        Ok(Self { header, rows: rows.collect() })
    }

    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|row| Row { header: &self.header, cells: &row.cells, line: row.line })
    }
}

impl Row<'_> {
    /// # Errors
    /// It has not a cell for every column.
    pub fn whole(&self) -> Result<(), BadTable> {
        let (len, expected) = (self.cells.len(), self.header.len());
        if len == expected {
            return Ok(());
        }
        Err(self.fault(format!("{len} cells where the header has {expected}: give every column a cell")))
    }

    /// The text of a cell; `None` when the column is missing or the cell empty.
    pub fn text(&self, column: &str) -> Option<&str> {
        let place = self.header.iter().position(|name| name == column)?;
        self.cells.get(place).map(|text| text.trim()).filter(|text| !text.is_empty())
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

/// A value as a fault quotes it.
pub fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS).collect()
}
