//! A table of clients -> new clients, and every row that cannot be one: line, column, value, rule.

use std::borrow::Cow;

use super::card::{Anchor, BadCard, Card, Contact};
use crate::sheets::{self, BadSheet, Limits};

/// A longer table hides its mistakes; two go as well.
const ROWS_MAX: usize = 10_000;

const LIMITS: Limits = Limits { rows: ROWS_MAX + 1, ..Limits::SENT };

/// Columns by their name, and as a Chinese spreadsheet calls them.
const COLUMNS: [(&str, &str); 13] = [
    ("name", "名称"),
    ("aliases", "别名"),
    ("industry", "行业"),
    ("stage", "阶段"),
    ("grade", "等级"),
    ("owner", "负责人"),
    ("contact", "联系人"),
    ("title", "职务"),
    ("phone", "电话"),
    ("analyse", "分析"),
    ("lat", "纬度"),
    ("lon", "经度"),
    ("datum", "坐标系"),
];

/// A row that can be a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub line: u64,
    pub card: Card,
    /// Login or name of who looks after it; `None` when the row does not say.
    pub owner: Option<String>,
}

/// A row that cannot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub line: u64,
    pub column: &'static str,
    pub value: String,
    pub rule: Cow<'static, str>,
}

/// What a table holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    pub entries: Vec<Entry>,
    pub rejected: Vec<Rejected>,
}

/// The whole table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTable {
    #[error(transparent)]
    Sheet(#[from] BadSheet),
    #[error("the first line has no column `name` (名称): it names the columns, one client a line below it")]
    NoName,
    #[error(
        "the column `{0}` is not known: name, aliases, industry, stage, grade, owner, contact, title, phone, analyse, lat, lon and datum are"
    )]
    UnknownColumn(String),
    #[error("the column `{0}` is there twice: keep one")]
    Twice(&'static str),
    #[error("the table has more than {ROWS_MAX} rows: send it in parts")]
    Long,
}

impl Rejected {
    pub fn new(line: u64, bad: BadCard) -> Self {
        Self { line, column: bad.field, value: bad.value, rule: bad.rule.into() }
    }
}

/// Reads a table with a first line of column names. Every row is read, however many are rejected.
///
/// # Errors
/// The encoding or the first line cannot be meant.
pub fn read(bytes: &[u8]) -> Result<Table, BadTable> {
    let mut rows = sheets::read(bytes, &LIMITS).map_err(|bad| match bad {
        BadSheet::Rows(_) => BadTable::Long,
        bad => bad.into(),
    })?;
    let names = if rows.is_empty() { Vec::new() } else { rows.remove(0).cells };
    let columns = columns(&names)?;
    let mut table = Table::default();
    let mut seen = std::collections::HashMap::new();
    for sheets::Row { line, cells } in rows {
        match (Row { columns: &columns, cells: &cells }).entry(line) {
            Ok(entry) => match seen.insert(entry.card.name.clone(), line) {
                Some(before) => table.rejected.push(Rejected {
                    line,
                    column: "name",
                    value: entry.card.name,
                    rule: format!("line {before} has this name already").into(),
                }),
                None => table.entries.push(entry),
            },
            Err(bad) => table.rejected.push(Rejected::new(line, bad)),
        }
    }
    Ok(table)
}

fn columns(names: &[String]) -> Result<Vec<&'static str>, BadTable> {
    let mut columns = Vec::new();
    for name in names {
        let name = name.trim();
        if name.is_empty() {
            columns.push("");
            continue;
        }
        let known = COLUMNS.iter().find(|(en, zh)| en.eq_ignore_ascii_case(name) || *zh == name);
        let Some((column, _)) = known else {
            return Err(BadTable::UnknownColumn(name.chars().take(40).collect()));
        };
        if columns.contains(column) {
            return Err(BadTable::Twice(column));
        }
        columns.push(*column);
    }
    if columns.contains(&"name") { Ok(columns) } else { Err(BadTable::NoName) }
}

struct Row<'a> {
    columns: &'a [&'static str],
    cells: &'a [String],
}

impl Row<'_> {
    /// What stands in a column; empty when nothing does.
    fn text(&self, column: &str) -> &str {
        let place = self.columns.iter().position(|name| *name == column);
        place.and_then(|place| self.cells.get(place)).map_or("", |text| text.trim())
    }

    fn some(&self, column: &str) -> Option<String> {
        let text = self.text(column);
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn entry(&self, line: u64) -> Result<Entry, BadCard> {
        if let Some(more) = self.cells.get(self.columns.len()) {
            return Err(BadCard::new(
                "name",
                more,
                "the row has more fields than the first line: quote commas",
            ));
        }
        let aliases = self.text("aliases").split([';', '；', '、']).map(str::to_owned).collect();
        let card = Card {
            name: self.text("name").into(),
            aliases,
            industry: self.some("industry"),
            stage: self.some("stage"),
            grade: self.some("grade").map(|grade| grade.parse()).transpose()?,
            contacts: self.contact().into_iter().collect(),
            analyse: self.analyse()?,
            anchor: self.anchor()?,
        };
        Ok(Entry { line, card: card.checked()?, owner: self.some("owner") })
    }

    fn contact(&self) -> Option<Contact> {
        let contact = Contact {
            name: self.text("contact").into(),
            title: self.some("title"),
            phone: self.some("phone"),
        };
        (!contact.name.is_empty() || contact.title.is_some() || contact.phone.is_some()).then_some(contact)
    }

    fn analyse(&self) -> Result<bool, BadCard> {
        match self.text("analyse").to_lowercase().as_str() {
            "" | "yes" | "true" | "1" | "是" => Ok(true),
            "no" | "false" | "0" | "否" => Ok(false),
            other => Err(BadCard::new("analyse", other, "yes or no (是 or 否) is expected")),
        }
    }

    fn anchor(&self) -> Result<Option<Anchor>, BadCard> {
        let (lat, lon) = (self.text("lat"), self.text("lon"));
        if lat.is_empty() && lon.is_empty() {
            return Ok(None);
        }
        let degrees = |field, text: &str| {
            text.parse().map_err(|_| BadCard::new(field, text, "degrees are expected, such as 31.2304"))
        };
        let (lat, lon) = (degrees("lat", lat)?, degrees("lon", lon)?);
        Anchor::of(lat, lon, self.text("datum")).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_spreadsheet_in_either_encoding_reads_alike() {
        let text = "名称,别名,等级,负责人,联系人,电话,分析\n华东医药,华东；东药,a,li.na,王强,+86 571 1,否\n";
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let (older, _, _) = encoding_rs::GB18030.encode(text);
        let table = read(text.as_bytes()).unwrap();
        assert_eq!((read(&marked).unwrap(), read(&older).unwrap()), (table.clone(), table.clone()));
        let entry = &table.entries[0];
        assert_eq!((entry.line, entry.owner.as_deref(), entry.card.analyse), (2, Some("li.na"), false));
        assert_eq!(entry.card.aliases, ["华东", "东药"]);
        assert_eq!(entry.card.contacts[0].phone.as_deref(), Some("+86 571 1"));
    }

    /// One row under all columns, and what is said of it.
    #[track_caller]
    fn check(row: &str, column: &str, value: &str, rule: &str) {
        let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
        let table = read(format!("{}\nFirst,,,,,,,,,,,,\n{row}\n", names.join(",")).as_bytes()).unwrap();
        let [rejected] = &table.rejected[..] else { panic!("{row}: {table:?}") };
        assert_eq!((rejected.line, rejected.column, rejected.value.as_str()), (3, column, value), "{row}");
        assert!(rejected.rule.contains(rule), "{row}: {}", rejected.rule);
        assert_eq!(table.entries.len(), 1, "the row before it stays");
    }

    #[test]
    fn a_rejected_row_says_where_what_and_why() {
        check(",x,,,,,,,,,,,", "name", "", "needs a name");
        check("First,,,,,,,,,,,,", "name", "First", "line 2 has this name already");
        check("N,,,,D,,,,,,,,", "grade", "D", "A, B or C");
        check("N,,,,,,,CEO,,,,,", "contact", "", "needs a name");
        check("N,,,,,,Li,,call,,,,", "phone", "call", "digits");
        check("N,,,,,,,,,maybe,,,", "analyse", "maybe", "yes or no");
        check("N,,,,,,,,,,x,1,wgs84", "lat", "x", "degrees");
        check("N,,,,,,,,,,31,,wgs84", "lon", "", "degrees");
        check("N,,,,,,,,,,31,121,", "datum", "", "wgs84, gcj02 or bd09");
        check("N,,,,,,,,,,131,121,wgs84", "lat", "131", "-90 to 90");
        check("N,,,,,,,,,,,,,extra", "name", "extra", "more fields");
    }

    #[test]
    fn a_row_is_named_by_the_line_on_which_it_begins() {
        for end in ["\n", "\r\n"] {
            let table = ["name,grade", "\"A", "B\",X", "", "", "C,X", "D,A"].join(end);
            let table = read(table.as_bytes()).unwrap();
            let lines: Vec<_> = table.rejected.iter().map(|rejected| rejected.line).collect();
            assert_eq!((lines, table.entries[0].line), (vec![2, 6], 7), "{end:?}");
        }
    }

    #[test]
    fn a_table_that_cannot_be_meant_is_refused_whole() {
        let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(said(b"").contains("no column `name`"));
        assert!(said(b"grade\nA\n").contains("no column `name`"));
        assert!(said(b"name,colour\n").contains("`colour` is not known"));
        assert!(said(b"name,Name\n").contains("twice"));
        assert!(said(b"\xff\xfen\0a\0m\0e\0").contains("save it as CSV UTF-8"));
        assert!(said(("name\n".to_owned() + &"a\n".repeat(10_001)).as_bytes()).contains("10000 rows"));
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&bytes);
            let _ = read(&[b"name,aliases,lat\n".as_slice(), &bytes].concat());
        }

        #[test]
        fn what_was_written_is_read_back(names in proptest::collection::hash_set("[a-z\u{4e00}-\u{4e30} ,\"]{0,6}x", 1..20)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(["name"]).unwrap();
            names.iter().for_each(|name| writer.write_record([name.as_str()]).unwrap());
            let table = read(&writer.into_inner().unwrap()).unwrap();
            let trimmed: std::collections::HashSet<_> = names.iter().map(|name| name.trim()).collect();
            prop_assert_eq!(table.entries.len(), trimmed.len());
            prop_assert!(table.entries.iter().all(|entry| trimmed.contains(entry.card.name.as_str())));
        }
    }
}
