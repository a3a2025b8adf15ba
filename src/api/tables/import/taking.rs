//! The rows of a file are taken a part at a time; what is known of those above goes from part to part.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::api::refusal::Refusal;
use crate::api::tables::desk::{Desk, fault as refused};
use crate::people::{Person, Reach};
use crate::records::definition::Field;
use crate::records::fault::{Code, Fault};
use crate::records::import::{Columns, columns, count, field};
use crate::sheets::Row;
use crate::store::records::imports::Counts;
use crate::store::{Tx, people};
use crate::units::Words;

/// What is wrong with a cell.
pub struct CellFault {
    pub line: u64,
    pub column: Option<String>,
    pub value: String,
    pub fault: Fault,
}

/// What came of the rows.
pub struct Found {
    pub columns: Columns,
    pub counts: Counts,
    pub faults: Vec<CellFault>,
    /// Rows that were not taken, and why.
    pub bad: Vec<(Row, Words)>,
}

/// What is known while rows are taken.
pub struct Taking {
    pub found: Found,
    /// The field whose value says which record a row is about.
    pub key: Option<String>,
    pub people: Vec<Person>,
    /// Records by table and name.
    pub named: HashMap<(String, String), Result<i64, Code>>,
    /// Keys that rows above had.
    pub keys: HashSet<String>,
    /// Rows like this one above.
    pub uids: HashMap<[u8; 32], u32>,
    /// Only there when nothing is kept.
    pub tried: Option<Tried>,
}

/// What rows above would have left, were they kept.
#[derive(Default)]
pub struct Tried {
    /// Values of unique fields, by field.
    pub unique: HashSet<(String, String)>,
    /// By what records are called.
    pub titles: HashSet<String>,
}

impl Taking {
    /// Finds out what the columns are. `is_trial`: nothing of it will be kept.
    ///
    /// # Errors
    /// The role may import nothing here, or the columns or the key cannot be meant.
    pub fn begin(
        tx: &Tx,
        desk: &Desk,
        rows: &[Row],
        given: &BTreeMap<String, Option<String>>,
        key: Option<&str>,
        is_trial: bool,
    ) -> Result<Self, Refusal> {
        let table = desk.table();
        let access = desk.access();
        if !access.create && (key.is_none() || access.change == Reach::Nothing) {
            return Err(desk.who.may_not("import records here").into());
        }
        let read_only = &access.read_only;
        let may = |field: &Field| match key {
            Some(key) if key == field.key => true,
            _ => field.key != "id" && !read_only.contains(&field.key),
        };
        let columns = columns(rows, table, &may, given).map_err(refused)?;
        if let Some(key) = key {
            check_key(desk, &columns, key)?;
        }
        Ok(Self {
            found: Found { columns, counts: Counts::default(), faults: Vec::new(), bad: Vec::new() },
            key: key.map(str::to_owned),
            people: people::list(tx, None)?,
            named: HashMap::new(),
            keys: HashSet::new(),
            uids: HashMap::new(),
            tried: is_trial.then(Tried::default),
        })
    }

    /// How many of these rows hold records.
    pub fn count(&self, rows: &[Row]) -> usize {
        count(rows, &self.found.columns)
    }
}

fn check_key(desk: &Desk, columns: &Columns, key: &str) -> Result<(), Refusal> {
    let at = || "key".to_owned();
    let table = desk.table();
    let Some(found) = field(table, key) else {
        return Err(refused(Fault { at: at(), ..Fault::unknown_field(key, table.nearest(key)) }));
    };
    let (zh, en) = if key != "id" && (found.many || !found.kind.may_be_unique()) {
        (
            "不能用来认记录：选一个文字、整数、日期、电话或关联字段",
            "tells no records apart: choose a text, whole number, day, phone or link",
        )
    } else if columns.place(key).is_none() {
        ("在文件里没有对应的列：用 mapping 指定", "is no column of the file: name it with `mapping`")
    } else {
        return Ok(());
    };
    let said = Words::new(format!("“{}”{zh}", found.label.zh), format!("{} {en}", found.label.en));
    Err(refused(Fault { at: at(), code: Code::BadValue, said }))
}
