//! Separated text -> rows. Which separator it is, is what the first line has most of.

use std::borrow::Cow;

use super::{BadSheet, Limits, Row, Rows};

const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<Row>, BadSheet> {
    // A line ends one way, so that lines can be counted.
    let text = decoded(bytes)?.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(&text))
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let mut rows = Rows::new(limits);
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|_| BadSheet::Encoding)? {
        let line = record.position().map_or(0, |at| line_of(&text, at));
        let mut cells = Vec::with_capacity(record.len().min(super::COLUMNS_MAX));
        for (column, cell) in record.iter().enumerate() {
            rows.admit(column, cell.len())?;
            cells.push(String::from_utf8_lossy(cell).into_owned());
        }
        rows.push(Row { line, cells })?;
    }
    Ok(rows.rows)
}

/// UTF-8, with or without a mark, or what older Chinese spreadsheets write.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, BadSheet> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => Some(Cow::Borrowed(text)),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes),
    };
    text.filter(|text| !text.contains('\0')).ok_or(BadSheet::Encoding)
}

/// The separator that the first line has most of, outside quotes; a comma when it has none.
fn separator(text: &str) -> u8 {
    let first = text.trim_start_matches('\n').bytes();
    let (mut counts, mut quoted) = ([0usize; 3], false);
    for byte in first {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            _ => {
                if let Some(place) = SEPARATORS.iter().position(|separator| *separator == byte) {
                    counts[place] += 1;
                }
            }
        }
    }
    let most = (0..3).rev().max_by_key(|place| counts[*place]).unwrap_or(0);
    SEPARATORS[most]
}

/// Where a row begins, from 1: the reader's place is before the empty lines above it.
fn line_of(text: &str, at: &csv::Position) -> u64 {
    let rest = text.as_bytes().get(at.byte() as usize..).unwrap_or_default();
    at.line() + rest.iter().take_while(|byte| **byte == b'\n').count() as u64
}
