//! A spreadsheet as people keep it -> which column is which field, and rows of typed values with every fault by its cell.
//!
//! Lines above the column names, totals below the rows and names that are written otherwise are what people's files have;
//! nothing of them has to be taken out first.

mod columns;

pub use columns::{Column, Columns, columns};

use super::definition::{Field, Table, system_field};
use super::fault::Fault;
use super::value::{Typed, plain, read_text};
use crate::dates::Now;
use crate::sheets::{Row, unguarded};

/// What stands in the first cell of a line that adds up others.
const TOTALS: [&str; 11] =
    ["合计", "总计", "小计", "共计", "总和", "累计", "本页合计", "total", "subtotal", "grandtotal", "sum"];

/// A line of the file that is to become a record, or to change one.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Of the file, from 1.
    pub line: u64,
    /// What the cells hold that are not empty, by field.
    pub values: Vec<(String, Typed)>,
    pub faults: Vec<Fault>,
    /// As they stand in the file, in its columns' order.
    pub cells: Vec<String>,
}

/// A field that a column can be: one of the table, or one that every table has.
pub fn field<'a>(table: &'a Table, key: &str) -> Option<&'a Field> {
    table.own(key).filter(|field| !field.hidden).or_else(|| system_field(key))
}

/// The lines below the column names, without totals and names that come again on each page.
pub fn entries<'a>(
    rows: &'a [Row],
    columns: &'a Columns,
    table: &'a Table,
    now: Now,
) -> impl Iterator<Item = Entry> + 'a {
    lines(rows, columns).map(move |row| entry(row, columns, table, now))
}

/// How many [`entries`] there are.
pub fn count(rows: &[Row], columns: &Columns) -> usize {
    lines(rows, columns).count()
}

fn lines<'a>(rows: &'a [Row], columns: &'a Columns) -> impl Iterator<Item = &'a Row> + 'a {
    let below = rows.iter().filter(|row| row.line > columns.line);
    below.filter(|row| !is_total(row) && !columns.are(row))
}

fn is_total(row: &Row) -> bool {
    let first = row.cells.iter().map(|cell| plain(cell)).find(|cell| !cell.is_empty()).unwrap_or_default();
    let first: String = first.chars().filter(|c| !c.is_whitespace() && *c != ':').collect();
    TOTALS.contains(&first.as_str())
}

fn entry(row: &Row, columns: &Columns, table: &Table, now: Now) -> Entry {
    let (mut values, mut faults) = (Vec::new(), Vec::new());
    for (column, cell) in columns.columns.iter().zip(&row.cells) {
        let Some(field) = column.field.as_deref().and_then(|key| field(table, key)) else { continue };
        match read_text(field, unguarded(cell), now) {
            Ok(Typed::Empty) => {}
            Ok(typed) => values.push((field.key.clone(), typed)),
            Err(fault) => faults.push(fault),
        }
    }
    Entry { line: row.line, values, faults, cells: row.cells.clone() }
}

#[cfg(test)]
mod tests;
