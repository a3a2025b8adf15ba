use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::records::definition::Field;
use crate::records::pack::distributor;
use crate::records::value::Value;
use crate::sheets::{self, Limits};
use crate::units::Zone;

const NOW: Now = Now { at_ms: 1_767_225_600_000, zone: Zone::SHANGHAI };

fn read(text: &str) -> Vec<Row> {
    sheets::read(text.as_bytes(), &Limits::SENT).unwrap()
}

fn guessed(table: &str, text: &str) -> Vec<(String, Option<String>)> {
    let rows = read(text);
    let every = |field: &Field| field.key != "id";
    let columns = columns(&rows, &distributor().tables[table], &every, &BTreeMap::new()).unwrap();
    columns.columns.into_iter().map(|column| (column.name, column.field)).collect()
}

#[track_caller]
fn check(table: &str, names: &str, want: &[Option<&str>]) {
    let found = guessed(table, &format!("{names}\n"));
    let found: Vec<_> = found.iter().map(|(_, field)| field.as_deref()).collect();
    assert_eq!(found, want, "{table}: {names}");
}

#[test]
fn columns_are_known_by_what_people_call_them() {
    check("clients", "客户名称,客户等级,所属行业", &[Some("name"), Some("grade"), Some("industry")]);
    check("clients", "公司名称*,业务员,信用额度(元)", &[Some("name"), Some("owner"), Some("credit_limit")]);
    check("clients", "Client name,GRADE,Colour", &[Some("name"), Some("grade"), None]);
    check("clients", "name,stage,别名", &[Some("name"), Some("stage"), Some("aliases")]);
    check(
        "contacts",
        "客户名称,联系人,手机号码,职位",
        &[Some("client"), Some("name"), Some("phone"), Some("title")],
    );
    check("clients", "名称,客户名称", &[Some("name"), None]);
}

#[test]
fn titles_above_totals_below_and_names_that_come_again_are_no_records() {
    let text = "2026年客户清单,,\n制表：小王,,\n客户名称,等级,备注一\n甲,A级,x\n客户名称,等级,备注一\n乙,,\n合 计：,2,\n";
    let (rows, table) = (read(text), &distributor().tables["clients"]);
    let columns = columns(&rows, table, &|_| true, &BTreeMap::new()).unwrap();
    assert_eq!(columns.line, 3);
    let entries: Vec<_> = entries(&rows, &columns, table, NOW).collect();
    let lines: Vec<_> = entries.iter().map(|entry| entry.line).collect();
    assert_eq!(lines, [4, 6]);
    let grade = ("grade".to_owned(), Typed::Value(Value::Text("A".into())));
    assert!(entries[0].values.contains(&grade), "{entries:?}");
}

#[test]
fn a_fault_names_its_field_and_the_other_cells_are_read() {
    let text = "姓名,客户,电话\n王强,华东医药,1.38E+10\n李娜,#7,138 0013 8000\n";
    let (rows, table) = (read(text), &distributor().tables["contacts"]);
    let columns = columns(&rows, table, &|_| true, &BTreeMap::new()).unwrap();
    let entries: Vec<_> = entries(&rows, &columns, table, NOW).collect();
    assert_eq!(entries[0].faults.iter().map(|fault| fault.at.as_str()).collect::<Vec<_>>(), ["phone"]);
    assert_eq!(entries[0].values[1], ("client".into(), Typed::Names(vec!["华东医药".into()])));
    assert_eq!(entries[1].values[1], ("client".into(), Typed::Value(Value::Ref(7))));
    assert_eq!(entries[1].values[2].1, Typed::Value(Value::Text("+8613800138000".into())));
}

#[test]
fn what_is_said_of_a_column_counts_before_what_is_guessed() {
    let (rows, table) = (read("甲列,名称\nA,x\n"), &distributor().tables["clients"]);
    let given =
        |map: serde_json::Value| serde_json::from_value::<BTreeMap<String, Option<String>>>(map).unwrap();
    let found = columns(&rows, table, &|_| true, &given(json!({ "甲列": "name", "名称": null }))).unwrap();
    assert_eq!(
        found.columns.iter().map(|column| column.field.as_deref()).collect::<Vec<_>>(),
        [Some("name"), None]
    );
    let refused = |map| columns(&rows, table, &|_| true, &given(map)).unwrap_err();
    assert!(refused(json!({ "名字": "name" })).said.en.contains("no column `名字`"));
    assert!(refused(json!({ "名称": "nmae" })).said.en.contains("did you mean `name`"));
    assert!(refused(json!({ "甲列": "name", "名称": "name" })).said.en.contains("keep one"));
}

#[test]
fn a_file_without_names_is_refused_with_what_they_may_be() {
    let refused = columns(&read("1,2\n3,4\n"), &distributor().tables["clients"], &|_| true, &BTreeMap::new());
    assert!(refused.unwrap_err().said.zh.contains("名称"));
    assert!(columns(&[], &distributor().tables["clients"], &|_| true, &BTreeMap::new()).is_err());
}
