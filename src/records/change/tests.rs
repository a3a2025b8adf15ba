use serde_json::json;

use super::*;
use crate::records::definition::Table;

fn table() -> Table {
    let body = json!({
        "label": "T",
        "fields": [
            { "key": "name", "kind": "text", "label": { "zh": "名称", "en": "name" }, "required": true },
            { "key": "grade", "kind": "choice", "options": [{ "key": "A" }, { "key": "B" }, { "key": "old", "retired": true }, { "key": "later", "valid_from": "2027-01-01" }], "default": "B" },
            { "key": "limit", "kind": "money" },
            { "key": "secret", "kind": "text" },
            { "key": "gone", "kind": "text", "hidden": true },
            { "key": "sum", "kind": "formula", "expr": "limit * 2" },
        ],
        "access": { "rep": { "read": "own", "create": true, "change": "own", "hidden": ["secret"], "read_only": ["limit"] } },
    });
    Table::read("t", &body).unwrap()
}

fn map(json: Json) -> Map<String, Json> {
    json.as_object().unwrap().clone()
}

fn values(of: &[(&str, &str)]) -> Values {
    of.iter().map(|(key, text)| ((*key).to_owned(), Value::Text((*text).to_owned()))).collect()
}

fn wish<'a>(table: &'a Table, rep: bool) -> Wish<'a> {
    let access = rep.then(|| table.access(crate::people::Role::Rep));
    Wish { table, access, today: "2026-02-12".parse().unwrap() }
}

#[test]
fn a_new_record_gets_its_defaults_and_tells_all_its_faults() {
    let table = table();
    let made = wish(&table, false).create(&map(json!({ "name": " N ", "owner": 3 }))).unwrap();
    let json: Vec<_> =
        made.fields.iter().map(|(key, value)| (key.as_str(), value.clone().unwrap())).collect();
    assert_eq!(
        json,
        [("grade", Value::Text("B".into())), ("name", Value::Text("N".into())), ("owner", Value::Ref(3))]
    );
    let wanted =
        json!({ "grade": "C", "limit": 5, "secret": "x", "gone": "x", "nam": "x", "sum": 1, "id": 9 });
    let faults = wish(&table, true).create(&map(wanted)).unwrap_err();
    let mut told: Vec<_> = faults.iter().map(|fault| (fault.at.as_str(), fault.code.name())).collect();
    told.sort_unstable();
    let want = [
        ("gone", "hidden"),
        ("grade", "unknown_option"),
        ("id", "read_only"),
        ("limit", "read_only"),
        ("nam", "unknown_field"),
        ("name", "required"),
        ("secret", "hidden"),
        ("sum", "computed"),
    ];
    assert_eq!(told, want);
    assert!(faults.iter().any(|fault| fault.said.zh == "名称必填：请填写"));
}

#[test]
fn a_retired_option_stays_but_is_not_chosen() {
    let table = table();
    let old = values(&[("name", "N"), ("grade", "old")]);
    assert!(wish(&table, false).change(&old, &map(json!({ "grade": "old", "name": "M" })), None).is_ok());
    for option in ["old", "later"] {
        let old = values(&[("name", "N")]);
        let refused = wish(&table, false).change(&old, &map(json!({ "grade": option })), None);
        assert!(
            matches!(refused, Err(Refused::Faults(faults)) if faults[0].code == Code::RetiredOption),
            "{option}"
        );
    }
}

#[test]
fn only_what_both_changed_conflicts() {
    let table = table();
    let theirs = values(&[("name", "theirs"), ("grade", "A")]);
    let change = |wanted, base| wish(&table, false).change(&theirs, &map(wanted), Some(&map(base)));
    let base = || json!({ "name": "base", "grade": "A", "secret": null });
    let merged = change(json!({ "grade": "B", "secret": "s" }), base()).unwrap();
    assert_eq!(merged.fields.keys().collect::<Vec<_>>(), ["grade", "secret"]);
    let Err(Refused::Conflicts(conflicts)) = change(json!({ "name": "mine", "grade": "B" }), base()) else {
        panic!("no conflict")
    };
    let text = |text: &str| Some(Value::Text(text.into()));
    let want =
        Conflict { field: "name".into(), base: text("base"), theirs: text("theirs"), mine: text("mine") };
    assert_eq!(conflicts, [want]);
    assert!(change(json!({ "name": "theirs" }), base()).unwrap().fields.is_empty(), "both wanted the same");
}

#[test]
fn what_is_required_is_not_taken_away() {
    let table = table();
    let old = values(&[("name", "N"), ("secret", "s")]);
    let refused = wish(&table, false).change(&old, &map(json!({ "name": " " })), None);
    assert!(matches!(refused, Err(Refused::Faults(faults)) if faults[0].code == Code::Required));
    let change = wish(&table, false).change(&old, &map(json!({ "secret": null })), None).unwrap();
    assert_eq!(after(&old, &change), values(&[("name", "N")]));
}
