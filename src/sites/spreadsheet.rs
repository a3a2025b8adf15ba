//! An Excel table (XLSX) -> the CSV of its first sheet, line by line, so that all tables are read in one way.

use std::io::{Cursor, Read, copy, sink};

use calamine::{DataRef, Reader, Xlsx};
use zip::ZipArchive;

use super::table::BadTable;

/// What the parts of a file may unfold to: a hundred thousand sites have about 40 MB, and a small file may be made to
/// unfold to gigabytes.
const UNFOLDED_BYTES_MAX: u64 = 64 << 20;
/// A table of sites has eleven columns; one cell far to the right would make every row as wide.
const COLUMNS_MAX: u32 = 100;

/// The first sheet as CSV, with a line for every row, empty rows among them, so that lines and rows have the same numbers.
///
/// # Errors
/// It is no such file, or unfolds to too much.
pub fn csv_of(bytes: &[u8]) -> Result<Vec<u8>, BadTable> {
    check_unfolded(bytes)?;
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(broken)?;
    let first = book.sheet_names().into_iter().next();
    let first = first.ok_or_else(|| BadTable::NoSheet("it has no sheet".into()))?;
    let mut cells = book.worksheet_cells_reader(&first).map_err(broken)?;
    let mut csv = Vec::new();
    // Where the next cell would be written, and how many the first row has: the others have no fewer.
    let (mut line, mut column, mut width) = (0, 0, 0);
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (row, place) = cell.get_position();
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        if place >= COLUMNS_MAX {
            return Err(BadTable::Large("100 columns"));
        }
        if row > line {
            width = if width == 0 { column } else { width };
            fill(&mut csv, column, width);
            csv.resize(csv.len() + (row - line) as usize, b'\n');
            (line, column) = (row, 0);
        }
        if row < line || place < column {
            return Err(BadTable::NoSheet("its cells are not in order: save it again".into()));
        }
        // After each cell stands a comma, but for the last of a row.
        let commas = place - column + u32::from(column > 0);
        csv.resize(csv.len() + commas as usize, b',');
        csv.push(b'"');
        csv.extend(text.replace('"', "\"\"").bytes());
        csv.push(b'"');
        column = place + 1;
    }
    fill(&mut csv, column, width);
    Ok(csv)
}

/// Empty cells behind the last one of a row that has any.
fn fill(csv: &mut Vec<u8>, column: u32, width: u32) {
    if column > 0 {
        csv.resize(csv.len() + width.saturating_sub(column) as usize, b',');
    }
}

/// Unfolds everything into nothing; what a file says of its own size is not believed.
fn check_unfolded(bytes: &[u8]) -> Result<(), BadTable> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut left = UNFOLDED_BYTES_MAX;
    for part in 0..archive.len() {
        let part = archive.by_index(part).map_err(broken)?;
        let unfolded = copy(&mut part.take(left + 1), &mut sink()).map_err(broken)?;
        left = left.checked_sub(unfolded).ok_or(BadTable::Large("64 MiB"))?;
    }
    Ok(())
}

fn broken(error: impl std::fmt::Display) -> BadTable {
    BadTable::NoSheet(error.to_string())
}

/// A cell as a person reads it, on one line.
fn text(value: &DataRef) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => one_line(text),
        DataRef::SharedString(text) => one_line(text),
        DataRef::DateTime(at) => at.to_string(),
        DataRef::Error(error) => error.to_string(),
    }
}

fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sites::read_list;
    use proptest::prelude::*;
    use rust_xlsxwriter::Workbook;

    /// Cells at (row, column); what is a number is one.
    fn book(cells: &[(u32, u16, &str)]) -> Vec<u8> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (row, column, text) in cells {
            match text.parse::<f64>() {
                Ok(number) => sheet.write_number(*row, *column, number).unwrap(),
                Err(_) => sheet.write_string(*row, *column, *text).unwrap(),
            };
        }
        book.save_to_buffer().unwrap()
    }

    fn rows(rows: &[&[&str]]) -> Vec<u8> {
        let mut cells = Vec::new();
        for (row, texts) in (0..).zip(rows) {
            cells.extend((0..).zip(*texts).map(|(column, text)| (row, column, *text)));
        }
        book(&cells)
    }

    const HEADER: &[&str] = &["site_id", "name", "lat", "lon", "datum", "radius_m", "client_id"];

    #[test]
    fn a_sheet_reads_as_its_csv_does() {
        let file = rows(&[
            HEADER,
            &["1001", "东湖 \"总部\", 3 楼\n入口", "31.2304", "121.4737", "gcj02", "50", "7"],
            &[],
            &["B", "b", "31", "121.5", "wgs84", "80"],
        ]);
        let sites = read_list(&csv_of(&file).unwrap()).unwrap();
        let [first, second] = &sites[..] else { panic!("{sites:?}") };
        assert_eq!((first.code.as_str(), first.client.as_deref()), ("1001", Some("7")));
        assert_eq!((first.entered.name.as_str(), first.entered.lat), ("东湖 \"总部\", 3 楼 入口", 31.2304));
        assert_eq!((second.line, second.entered.lon), (4, 121.5), "the row of the sheet");
    }

    #[test]
    fn what_is_no_sheet_says_so() {
        let said = |bytes: &[u8]| csv_of(bytes).unwrap_err().to_string();
        assert!(said(b"site_id,name\n").contains("no Excel table (.xlsx)"));
        assert!(said(&book(&[(0, 150, "x")])).contains("100 columns"));
        let fault = |file: &[u8]| read_list(&csv_of(file).unwrap()).unwrap_err().to_string();
        assert!(fault(&rows(&[])).contains("header"));
        let row: &[&str] = &["A", "a", "north", "121", "wgs84", "50", "x"];
        assert!(fault(&rows(&[HEADER, row])).starts_with("line 2: "));
    }

    #[test]
    fn a_file_that_unfolds_to_gigabytes_is_refused_before_it_does() {
        let mut small = zip::ZipWriter::new(Cursor::new(Vec::new()));
        small.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
        copy(&mut std::io::repeat(b' ').take(UNFOLDED_BYTES_MAX + 1), &mut small).unwrap();
        let small = small.finish().unwrap().into_inner();
        assert!(small.len() < 1 << 20, "{}", small.len());
        assert!(csv_of(&small).unwrap_err().to_string().contains("64 MiB"));
    }

    proptest! {
        #[test]
        fn a_damaged_file_is_read_or_refused(at in 0_usize..4000, byte: u8, end in 0_usize..8000) {
            let mut file = rows(&[HEADER, &["A", "a", "31", "121", "wgs84", "50", "7"]]);
            let length = file.len();
            file[at % length] = byte;
            file.truncate(end.max(1));
            let _ = csv_of(&file);
        }
    }
}
