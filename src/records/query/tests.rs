use serde_json::json;

use super::*;
use crate::records::definition::Table;
use crate::records::pack::distributor;
use crate::units::{Day, Zone};

/// 2026-02-12 in China.
const TODAY: i64 = 20_496;

fn answer(source: &Source) -> Value {
    match source {
        Source::Field { links, field, .. } => match (links.len(), field.as_str()) {
            (0, "status") => Value::text("已报价"),
            (0, "owner") => Value::Int(7),
            (0, "client") => Value::Int(3),
            (0, "amount") => Value::Int(18_640_000),
            (1, "grade") => Value::text("A"),
            (1, "industry") => Value::text("新能源电池"),
            (2, "name") => Value::text("张总"),
            _ => Value::Missing,
        },
        Source::Dim { .. } => Value::text("县域"),
        Source::Changed(field) => Value::Bool(field == "status"),
        Source::Today => Value::Int(TODAY),
        Source::Now => Value::Int(Zone::SHANGHAI.start_ms(Day::from_number(TODAY).unwrap())),
        Source::Me => Value::Int(7),
    }
}

#[test]
fn conditions_follow_links_trees_and_changes() {
    for (text, want) in [
        ("became(status, '已报价') && client.grade == 'A'", Verdict::Yes),
        ("under(client.industry, '制造业')", Verdict::Yes),
        ("under(client.industry, '教育')", Verdict::No),
        ("client.decision_maker.name == '张总'", Verdict::Yes),
        ("client.kind.region == '县域'", Verdict::Yes),
        ("owner == me() && client == 3", Verdict::Yes),
        ("won_at < now()", Verdict::Unknown),
        ("amount >= 10000000 && title == null", Verdict::Yes),
        ("title == 'client.nothing' || changed(status)", Verdict::Yes),
    ] {
        let asked = Question::new(text, distributor(), "leads", Zone::SHANGHAI)
            .unwrap_or_else(|fault| panic!("{text}: {fault}"));
        assert_eq!(asked.verdict(answer), want, "{text}");
    }
}

#[test]
fn what_is_not_there_is_told_with_the_nearest_name() {
    for (text, want) in [
        ("statsu == '新建'", "did you mean `status`?"),
        ("client.grad == 'A'", "did you mean `client.grade`?"),
        ("changed(client.grade)", "whether it changed is not known"),
        ("under(status, '制造业')", "no option"),
        ("amount > '5'", "does not go with"),
    ] {
        let fault = Question::new(text, distributor(), "leads", Zone::SHANGHAI).unwrap_err().to_string();
        assert!(fault.contains(want), "{text}: {fault}");
    }
}

/// A set of two tables with those fields besides.
fn set(one: serde_json::Value, other: serde_json::Value) -> Set {
    let mut set = Set::default();
    for (key, more, to) in [("a", one, "b"), ("b", other, "a")] {
        let mut fields = vec![
            json!({ "key": "n", "kind": "whole" }),
            json!({ "key": "amount", "kind": "money" }),
            json!({ "key": "link", "kind": "link", "to": to }),
        ];
        fields.extend(more.as_array().cloned().unwrap_or_default());
        let table = Table::read(key, &json!({ "label": key, "fields": fields })).unwrap();
        set.tables.insert(key.to_owned(), table);
    }
    set
}

#[test]
fn computed_fields_are_typed_and_what_goes_in_a_circle_is_refused() {
    let sound = set(
        json!([
            { "key": "total", "kind": "roll_up", "via": "b.link", "of": "sum:amount", "filter": "n > 3" },
            { "key": "twice", "kind": "formula", "expr": "total * 2" },
            { "key": "theirs", "kind": "lookup", "via": "link", "of": "amount" },
            { "key": "rich", "kind": "formula", "expr": "twice > theirs ? 'yes' : 'no'" },
        ]),
        json!([]),
    );
    assert_eq!(sound.faults(), []);
    for (one, other, code, want) in [
        (
            json!([{ "key": "x", "kind": "formula", "expr": "y + 1" }, { "key": "y", "kind": "formula", "expr": "x + 1" }]),
            json!([]),
            "cycle",
            "a.x → a.y → a.x",
        ),
        (
            json!([{ "key": "x", "kind": "lookup", "via": "link", "of": "y" }]),
            json!([{ "key": "y", "kind": "roll_up", "via": "a.link", "of": "sum:x" }]),
            "cycle",
            "in a circle",
        ),
        (
            json!([{ "key": "x", "kind": "formula", "expr": "nn + 1" }]),
            json!([]),
            "bad_condition",
            "did you mean `n`?",
        ),
        (
            json!([{ "key": "x", "kind": "roll_up", "via": "b.n", "of": "count" }]),
            json!([]),
            "unknown_name",
            "there is no link `b.n`",
        ),
        (
            json!([{ "key": "x", "kind": "roll_up", "via": "b.link", "of": "sum:amont" }]),
            json!([]),
            "unknown_name",
            "did you mean `amount`?",
        ),
        (
            json!([{ "key": "x", "kind": "link", "to": "c" }]),
            json!([]),
            "unknown_name",
            "there is no table `c`",
        ),
        (
            json!([{ "key": "x", "kind": "whole", "default": "five" }]),
            json!([]),
            "bad_value",
            "a whole number",
        ),
    ] {
        let faults = set(one, other).faults();
        let found = faults.iter().any(|fault| fault.code.name() == code && fault.said.en.contains(want));
        assert!(found, "{want}: {faults:?}");
    }
}

#[test]
fn a_formula_of_its_own_record_may_be_kept() {
    let kept = |text: &str| Formula::new(text, distributor(), "leads", Zone::SHANGHAI).unwrap().may_be_kept();
    assert!(kept("amount * 2") && !kept("today() - days(3)") && !kept("client.grade"));
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_odd(text: String, odd in "[a-z_.()'\"\\\\ ><=&|!0-9+,-]{0,30}") {
        for text in [text, odd] {
            let _ = Question::new(&text, distributor(), "leads", Zone::SHANGHAI).map(|asked| asked.verdict(answer));
            let _ = Formula::new(&text, distributor(), "leads", Zone::SHANGHAI).map(|asked| asked.value(answer));
        }
    }
}
