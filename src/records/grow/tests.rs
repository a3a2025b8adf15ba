use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::records::pack::{bodies, distributor};
use crate::revisions::canonical;

fn set(fields: Json) -> Set {
    let table = Table::read("t", &json!({ "label": "T", "fields": fields })).unwrap();
    Set { tables: BTreeMap::from([("t".to_owned(), table)]), ..Set::default() }
}

#[track_caller]
fn steps(old: Json, new: Json) -> Vec<Step> {
    grow(&set(old), &set(new)).unwrap()
}

fn at(field: &str) -> (String, String) {
    ("t".to_owned(), field.to_owned())
}

#[test]
fn what_is_taken_away_is_hidden_and_what_comes_back_is_shown() {
    let one = json!([{ "key": "a", "kind": "text" }]);
    let two = json!([{ "key": "a", "kind": "text" }, { "key": "b", "kind": "choices", "options": [] }]);
    let (table, field) = at("b");
    assert_eq!(
        steps(one.clone(), two.clone()),
        [Step::AddJoin { table: table.clone(), field: field.clone(), kind: Kind::Choices }]
    );
    assert_eq!(steps(two, one), [Step::HideField { table, field }]);
    let hidden = json!([{ "key": "a", "kind": "text", "hidden": true }]);
    let (table, field) = at("a");
    assert_eq!(steps(hidden, json!([{ "key": "a", "kind": "text" }])), [Step::ShowField { table, field }]);
}

#[test]
fn unique_over_values_that_stand_there_is_asked_of_the_store_first() {
    let (table, field) = at("a");
    let found = steps(
        json!([{ "key": "a", "kind": "text" }]),
        json!([{ "key": "a", "kind": "text", "unique": true }]),
    );
    let want =
        [Step::CheckUnique { table: table.clone(), field: field.clone() }, Step::AddUnique { table, field }];
    assert_eq!(found, want);
}

#[test]
fn what_would_lose_values_is_refused() {
    for (old, new, want) in [
        (
            json!([{ "key": "a", "kind": "money" }]),
            json!([{ "key": "a", "kind": "text" }]),
            "cannot turn from money into text",
        ),
        (
            json!([{ "key": "a", "kind": "text", "many": true }]),
            json!([{ "key": "a", "kind": "text" }]),
            "text (many)",
        ),
        (
            json!([{ "key": "a", "kind": "link", "to": "t" }]),
            json!([{ "key": "a", "kind": "link", "to": "u" }]),
            "another table",
        ),
    ] {
        let refusal = grow(&set(old), &set(new)).unwrap_err();
        assert!(refusal.faults[0].said.en.contains(want), "{refusal}");
    }
    let (table, field) = at("a");
    let (text, rich) =
        (json!([{ "key": "a", "kind": "text" }]), json!([{ "key": "a", "kind": "rich_text" }]));
    let wider =
        Step::Retype { table: table.clone(), field: field.clone(), from: Kind::Text, to: Kind::RichText };
    assert_eq!(steps(text.clone(), rich.clone()), [wider]);
    let check = Step::CheckFits { table: table.clone(), field: field.clone(), kind: Kind::Text };
    let back = Step::Retype { table, field, from: Kind::RichText, to: Kind::Text };
    assert_eq!(steps(rich, text), [check, back]);
}

#[test]
fn the_pack_grows_out_of_nothing_and_then_needs_nothing() {
    let steps = grow(&Set::default(), distributor()).unwrap();
    let tables = steps.iter().filter(|step| matches!(step, Step::AddTable { .. })).count();
    assert_eq!(tables, 21);
    assert!(steps.contains(&Step::AddIndex { table: "actions".into(), field: "due".into() }));
    assert_eq!(grow(distributor(), distributor()), Ok(Vec::new()));
}

/// One edit as a designer makes it: a field added, taken away, relabelled, hidden, another option.
fn edit(body: &mut Json, (what, at): (u8, usize)) {
    let fields = body["fields"].as_array_mut().unwrap();
    let place = at % fields.len().max(1);
    match what {
        0 => fields.push(json!({ "key": format!("f{at}"), "kind": "text", "label": "F" })),
        1 if fields.len() > 1 => drop(fields.remove(place)),
        2 => fields[place]["label"] = json!({ "zh": format!("字段{at}"), "en": format!("field {at}") }),
        3 => fields[place]["hidden"] = json!(at % 2 == 0),
        4 if fields[place]["options"].is_array() => {
            fields[place]["options"].as_array_mut().unwrap().push(json!({ "key": format!("o{at}") }));
        }
        _ => fields.reverse(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3))]

    /// Going back to any of 200 states gives its very bytes, and no step on the way or back drops anything.
    #[test]
    fn two_hundred_edits_and_back_lose_nothing(edits in prop::collection::vec((0u8..6, 0usize..400), 200), back in 0usize..200) {
        let (_, key, mut body) = bodies().find(|(_, key, _)| key == "leads").unwrap();
        let mut kept: Vec<String> = Vec::new();
        for one in edits {
            let before = body.clone();
            edit(&mut body, one);
            let table = match Table::read(&key, &body) {
                Ok(table) => table,
                Err(_) => {
                    body = before;
                    Table::read(&key, &body).unwrap()
                }
            };
            kept.push(canonical(&table.body()));
        }
        let bytes = &kept[back];
        let again = Table::read(&key, &serde_json::from_str(bytes).unwrap()).unwrap();
        prop_assert_eq!(&canonical(&again.body()), bytes);
        let last = Table::read(&key, &serde_json::from_str(&kept[199]).unwrap()).unwrap();
        let alone = |table: Table| Set { tables: BTreeMap::from([(key.clone(), table)]), ..Set::default() };
        let steps = grow(&alone(last.clone()), &alone(again.clone())).expect("no edit here is one that loses values");
        for field in last.fields.iter().filter(|field| again.own(&field.key).is_none() && !field.hidden) {
            let hides = Step::HideField { table: key.clone(), field: field.key.clone() };
            prop_assert!(steps.contains(&hides), "{:?}", field.key);
        }
    }
}
