use std::io::{Cursor, Read, Write, copy};

use proptest::prelude::*;

use super::*;

fn lines(bytes: &[u8]) -> Vec<(u64, Vec<String>)> {
    read(bytes, &Limits::SENT).unwrap().into_iter().map(|row| (row.line, row.cells)).collect()
}

fn said(bytes: &[u8], limits: Limits) -> String {
    read(bytes, &limits).unwrap_err().to_string()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.into())
}

/// A workbook of these parts of `xl/`, as small as one can be.
fn workbook(shared: &str, sheet: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let packages = "http://schemas.openxmlformats.org/package/2006/relationships";
    for (name, body) in [
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{packages}\"><Relationship Id=\"r1\" Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{packages}\"><Relationship Id=\"r1\" Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
        ("xl/sharedStrings.xml", format!("<sst xmlns=\"{main}\">{shared}</sst>")),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{sheet}</sheetData></worksheet>"),
        ),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(body.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn each_encoding_and_separator_reads_alike() {
    let want = vec![
        (1, vec!["名称".to_owned(), "城市".into()]),
        (3, vec!["华东, 医药".into(), "杭州\n西湖".into()]),
    ];
    for separator in [",", ";", "\t"] {
        for end in ["\n", "\r\n", "\r"] {
            let table =
                format!("名称{separator}城市{end}{end}\"华东, 医药\"{separator}\"杭州{end}西湖\"{end}");
            let (older, _, _) = encoding_rs::GB18030.encode(&table);
            assert_eq!(lines(table.as_bytes()), want, "{table:?}");
            assert_eq!(lines(&[b"\xef\xbb\xbf", table.as_bytes()].concat()), want, "{table:?}");
            assert_eq!(lines(&older), want, "{table:?}");
        }
    }
    assert_eq!(lines(b"\"a;b;c\",d\n1,2\n")[0].1, ["a;b;c", "d"], "quoted separators do not count");
}

#[test]
fn a_workbook_reads_by_its_rows_and_as_wide_as_the_first() {
    let row = |texts: &[&str]| texts.iter().map(|cell| text(cell)).collect::<Vec<_>>();
    let file = xlsx_of(&["a", "b", "c"], [row(&["1", "two\nlines"]), row(&[]), row(&["", "", "x"])]).unwrap();
    let want = [(1, vec!["a", "b", "c"]), (2, vec!["1", "two lines", ""]), (4, vec!["", "", "x"])];
    assert_eq!(
        lines(&file),
        want.map(|(line, cells)| (line, cells.into_iter().map(str::to_owned).collect()))
    );
}

#[test]
fn one_text_in_many_cells_stops_at_the_first_that_is_too_much() {
    let cell = "<c t=\"s\"><v>0</v></c>";
    let rows = format!("<row>{}</row>", cell.repeat(50)).repeat(1_000);
    let shared = format!("<si><t>{}</t></si>", "x".repeat(10_000));
    let file = workbook(&shared, &rows);
    assert!(file.len() < 20_000, "{}", file.len());
    assert_eq!(said(&file, Limits::SENT), "the table holds more than 32 MiB of text: send it in parts");
    let cells = Limits { cells: 49_999, ..Limits::CHOSEN };
    assert!(said(&file, cells).contains("49999 cells"));
    assert_eq!(read(&file, &Limits::CHOSEN).unwrap().len(), 1_000);
}

#[test]
fn a_file_that_unfolds_to_too_much_is_refused_before_it_is_read() {
    let mut small = zip::ZipWriter::new(Cursor::new(Vec::new()));
    small.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
    copy(&mut std::io::repeat(b' ').take((64 << 20) + 1), &mut small).unwrap();
    let small = small.finish().unwrap().into_inner();
    assert!(small.len() < 1 << 20, "{}", small.len());
    assert!(said(&small, Limits::CHOSEN).contains("64 MiB"));
    let shared = workbook(&"<si/>".repeat(6_000_001), "");
    assert!(said(&shared, Limits::CHOSEN).contains("6000000 tags"));
}

#[test]
fn what_is_too_large_or_no_table_says_so() {
    let few = Limits { rows: 2, cells: 5, text_bytes: 1 << 20 };
    assert!(said(b"a\nb\n\nc\n", few).contains("more than 2 rows"));
    assert!(said(b"a,b,c\nd,e,f\n", few).contains("more than 5 cells"));
    assert!(said(&b"x".repeat((1 << 20) + 1), few).contains("1 MiB of text"));
    assert!(said(&b",".repeat(100), Limits::SENT).contains("100 columns"));
    assert!(said(b"\xff\xfen\0a\0m\0e\0", Limits::SENT).contains("save it as CSV UTF-8"));
    assert!(said(b"PK\x03\x04nothing", Limits::SENT).contains("no Excel table (.xlsx)"));
    assert_eq!(lines(b""), []);
}

#[test]
fn what_a_spreadsheet_would_calculate_is_written_as_text() {
    for start in ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"] {
        let cell = format!("{start}1+1");
        let csv = csv_of(&["a"], [vec![text(&cell)]]).unwrap();
        assert!(String::from_utf8(csv).unwrap().contains(&format!("'{cell}")), "{start:?}");
        let head = String::from_utf8(csv_of(&[&cell], []).unwrap()).unwrap();
        assert!(head.contains(&format!("'{cell}")), "a name of a column too: {head:?}");
        let mut parts =
            zip::ZipArchive::new(Cursor::new(xlsx_of(&["a"], [vec![text(&cell)]]).unwrap())).unwrap();
        let mut sheet = String::new();
        parts.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
        assert!(sheet.contains("t=\"s\"") && !sheet.contains("<f>"), "{sheet}");
    }
    let csv = csv_of(&["a", "b"], [vec![text("1-1"), Cell::Number(-2.5)]]).unwrap();
    assert_eq!(String::from_utf8(csv).unwrap(), "\u{feff}a,b\n1-1,-2.5\n", "a number is a number");
}

proptest! {
    #[test]
    fn a_damaged_workbook_is_read_or_refused(at in 0_usize..8000, byte: u8, end in 0_usize..8000) {
        let mut file = xlsx_of(&["a", "b"], [vec![text("x"), Cell::Number(1.0)]]).unwrap();
        let length = file.len();
        file[at % length] = byte;
        file.truncate(end.max(1));
        let _ = read(&file, &Limits::SENT);
    }

    #[test]
    fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes, &Limits::SENT);
    }
}
