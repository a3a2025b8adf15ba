//! The first lines of a file -> where its columns are named, and which field each of them is.

use std::collections::BTreeMap;

use super::field;
use crate::records::definition::{Field, Kind, Table};
use crate::records::fault::{Code, Fault};
use crate::records::value::fold;
use crate::sheets::{Row, unguarded};
use crate::units::Words;

/// Titles, dates and notes may stand so many lines above the column names.
const ABOVE_MAX: usize = 20;

/// What people call the same thing.
const SAME: [&[&str]; 10] = [
    &[
        "名称",
        "名字",
        "全称",
        "客户",
        "公司",
        "单位",
        "企业",
        "公司名称",
        "单位名称",
        "企业名称",
        "name",
        "company",
    ],
    &["姓名", "名字", "联系人", "联系人姓名", "name", "contact", "contactname"],
    &[
        "电话",
        "手机",
        "手机号",
        "手机号码",
        "电话号码",
        "联系电话",
        "联系方式",
        "phone",
        "mobile",
        "tel",
        "telephone",
    ],
    &[
        "负责人",
        "业务员",
        "销售",
        "销售员",
        "销售代表",
        "跟进人",
        "归属人",
        "客户经理",
        "owner",
        "salesperson",
    ],
    &["备注", "说明", "附注", "note", "notes", "remark", "remarks", "memo"],
    &["等级", "级别", "分级", "grade", "level"],
    &["阶段", "状态", "进展", "stage", "status"],
    &["截止", "截止时间", "截止日期", "期限", "due", "duedate", "deadline"],
    &["职务", "职位", "岗位", "title", "position"],
    &["金额", "总价", "总金额", "amount", "total"],
];

/// What people write behind the name of a linked table.
const BEHIND_LINKS: [&str; 8] = ["名称", "姓名", "名", "全称", "编号", "代码", "name", "code"];

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As the file names it.
    pub name: String,
    /// The field that it is; none of it is read where there is no field.
    pub field: Option<String>,
}

/// The columns of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Where they are named, from 1.
    pub line: u64,
    pub columns: Vec<Column>,
}

impl Columns {
    /// The names come again.
    pub(super) fn are(&self, row: &Row) -> bool {
        let names = self.columns.iter().map(|column| column.name.as_str());
        let cells = row.cells.iter().map(|cell| named(cell));
        let mut pairs = names.zip(cells).peekable();
        pairs.peek().is_some() && pairs.all(|(name, cell)| name == cell)
    }

    /// The place of the column that is this field.
    pub fn place(&self, key: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.field.as_deref() == Some(key))
    }
}

/// Finds the line of column names and what each of them is. `may` says which fields may be filled; `given` is what somebody
/// has said of columns by their name, and counts before what is guessed.
///
/// # Errors
/// No line names a field, or what was said names a column or a field that is not there, or one twice.
pub fn columns(
    rows: &[Row],
    table: &Table,
    may: &dyn Fn(&Field) -> bool,
    given: &BTreeMap<String, Option<String>>,
) -> Result<Columns, Fault> {
    for key in given.values().flatten() {
        if field(table, key).is_none() {
            return Err(Fault { at: "mapping".into(), ..Fault::unknown_field(key, table.nearest(key)) });
        }
    }
    let fields: Vec<_> = fillable(table).filter(|field| may(field)).collect();
    let hits = |row: &Row| {
        let columns = assigned(row, table, &fields, given);
        columns.iter().filter(|column| column.field.is_some() || given.contains_key(&column.name)).count()
    };
    let named = rows.iter().take(ABOVE_MAX).map(|row| (hits(row), row));
    // The first of those that name most.
    let best = named.rev().max_by_key(|(hits, _)| *hits).filter(|(hits, _)| *hits > 0);
    let Some((_, row)) = best else { return Err(nothing_named(table, &fields)) };
    let columns = Columns { line: row.line, columns: assigned(row, table, &fields, given) };
    check(&columns, given)?;
    Ok(columns)
}

fn check(columns: &Columns, given: &BTreeMap<String, Option<String>>) -> Result<(), Fault> {
    let at = || "mapping".to_owned();
    let names: Vec<_> = columns.columns.iter().map(|column| column.name.as_str()).collect();
    if let Some(missing) = given.keys().find(|name| !names.contains(&name.as_str())) {
        let said =
            Words::new(format!("文件里没有“{missing}”这一列"), format!("the file has no column `{missing}`"));
        let said = said.meant(crate::conditions::nearest(missing, names.iter().copied()));
        return Err(Fault { at: at(), code: Code::UnknownName, said });
    }
    let keys: Vec<_> = columns.columns.iter().filter_map(|column| column.field.as_deref()).collect();
    if let Some(twice) = keys.iter().enumerate().find(|(place, key)| keys[..*place].contains(key)) {
        let said = Words::new(
            format!("两列都对应到 `{}`：只留一列", twice.1),
            format!("two columns are `{}`: keep one", twice.1),
        );
        return Err(Fault { at: at(), code: Code::Duplicate, said });
    }
    Ok(())
}

fn nothing_named(table: &Table, fields: &[&Field]) -> Fault {
    let names = |name: fn(&Words) -> &str, between: &str| {
        let shown = fields.iter().take(5).map(|field| name(&field.label));
        shown.collect::<Vec<_>>().join(between)
    };
    let said = Words::new(
        format!(
            "前 {ABOVE_MAX} 行里没有一行写着“{}”的列名：写上列名，如 {}",
            table.label.zh,
            names(|label| &label.zh, "、")
        ),
        format!(
            "none of the first {ABOVE_MAX} lines names a column of {}: name them, such as {}",
            table.label.en,
            names(|label| &label.en, ", ")
        ),
    );
    Fault { at: "file".into(), code: Code::BadValue, said }
}

/// What a column can be, in the table's order.
fn fillable(table: &Table) -> impl Iterator<Item = &Field> {
    let own = table.fields.iter().filter(|field| !field.hidden && !field.kind.is_computed());
    own.chain(["owner", "id"].iter().filter_map(|key| field(table, key)))
}

/// Each column with its field: the surest first, each field once.
/// A column's name as it was before an export guarded it.
fn named(cell: &str) -> &str {
    unguarded(cell.trim())
}

fn assigned(
    row: &Row,
    table: &Table,
    fields: &[&Field],
    given: &BTreeMap<String, Option<String>>,
) -> Vec<Column> {
    let name = |cell: &String| Column { name: named(cell).to_owned(), field: None };
    let mut columns: Vec<_> = row.cells.iter().map(name).collect();
    let mut taken: Vec<&str> = Vec::new();
    for column in &mut columns {
        if let Some(Some(key)) = given.get(&column.name) {
            column.field = Some(key.clone());
            taken.push(key);
        }
    }
    let mut guesses = Vec::new();
    for (place, column) in columns.iter().enumerate().filter(|(_, column)| !given.contains_key(&column.name))
    {
        let name = bare(&column.name);
        for field in fields {
            guesses
                .extend(likeness(&name, table, field).map(|likeness| (likeness, place, field.key.as_str())));
        }
    }
    guesses.sort_by_key(|(likeness, place, _)| (std::cmp::Reverse(*likeness), *place));
    for (_, place, key) in guesses {
        if columns[place].field.is_none() && !taken.contains(&key) {
            columns[place].field = Some(key.to_owned());
            taken.push(key);
        }
    }
    columns
}

/// A name without what people put around it: `*`, `:`, `（必填）`, spaces.
fn bare(name: &str) -> String {
    let (mut depth, mut found) = (0usize, String::new());
    for c in fold(name).chars() {
        match c {
            '(' | '[' | '【' | '<' => depth += 1,
            ')' | ']' | '】' | '>' => depth = depth.saturating_sub(1),
            c if depth > 0 || c.is_whitespace() || "*:_-#/.".contains(c) => {}
            c => found.push(c),
        }
    }
    found
}

/// How surely a column of that name is the field; `None` when nothing says so.
fn likeness(name: &str, table: &Table, field: &Field) -> Option<u8> {
    if name.is_empty() {
        return None;
    }
    let called = [&field.key, &field.label.zh, &field.label.en].map(|known| bare(known));
    let is = |name: &str| called.iter().any(|known| known == name);
    if is(name) {
        return Some(5);
    }
    // 客户名称 in the table 客户档案 is its 名称.
    let of_table = [&table.label.zh, &table.label.en].map(|label| bare(label));
    let rest = of_table.iter().filter_map(|label| without_start(name, label)).next();
    if rest.is_some_and(is) {
        return Some(4);
    }
    let same = |name: &str| SAME.iter().any(|group| group.contains(&name) && group.iter().any(|one| is(one)));
    if same(name) || rest.is_some_and(same) {
        return Some(3);
    }
    let is_link = matches!(field.kind, Kind::Link | Kind::Person);
    let behind = called.iter().find_map(|known| name.strip_prefix(known.as_str()));
    if is_link && behind.is_some_and(|behind| BEHIND_LINKS.contains(&behind)) {
        return Some(4);
    }
    let ends = |known: &String| known.chars().count() >= 2 && name.ends_with(known.as_str());
    ends(&called[1]).then_some(1)
}

/// What is left behind the part of the table's label that it begins with: two letters in Chinese, four elsewhere.
fn without_start<'a>(name: &'a str, label: &str) -> Option<&'a str> {
    let same = name.chars().zip(label.chars()).take_while(|(one, other)| one == other).count();
    let least = if name.is_ascii() { 4 } else { 2 };
    let rest = name.char_indices().nth(same).map(|(at, _)| &name[at..])?;
    (same >= least).then_some(rest)
}
