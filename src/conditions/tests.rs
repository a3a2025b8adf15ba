use cel::{Context, Program};
use proptest::prelude::*;

use super::*;

fn field(name: &str, of: Type, unit: Unit, zh: &str, en: &str) -> Field {
    Field { name: name.into(), of, unit, said: Words::new(zh, en) }
}

fn schema() -> Schema {
    Schema {
        fields: vec![
            field("client.stage", Type::Text, Unit::Plain, "客户阶段", "the client's stage"),
            field("client.open_items", Type::Int, Unit::Plain, "未关闭事项", "open items"),
            field("client.reserve", Type::Double, Unit::Share, "保留度", "reserve"),
            field("call.agenda", Type::Texts, Unit::Plain, "议程", "the agenda"),
            field("visit.in_progress", Type::Bool, Unit::Plain, "正在拜访", "a visit is in progress"),
            field("rep.held_s", Type::Int, Unit::Seconds, "已连续讲", "floor held"),
        ],
    }
}

/// Stage, open items, reserve, agenda, visit; the sixth stays missing.
type Drawn = (Option<&'static str>, Option<i64>, Option<f64>, Option<Vec<&'static str>>, Option<bool>);

fn row((stage, items, reserve, agenda, visit): &Drawn) -> Row {
    let (schema, mut row) = (schema(), Row::new(&schema()));
    row.set(&schema, 0, stage.map(Value::text).into());
    row.set(&schema, 1, (*items).into());
    row.set(&schema, 2, (*reserve).into());
    row.set(&schema, 3, agenda.as_ref().map(|texts| Value::texts(texts.iter().copied())).into());
    row.set(&schema, 4, (*visit).into());
    row
}

fn quoted() -> Row {
    row(&(Some("报价"), Some(3), Some(0.31), Some(vec!["价格", "交期"]), Some(true)))
}

#[track_caller]
fn check(text: &str, row: &Row, want: Verdict) {
    let condition = Condition::new(text, &schema()).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    assert_eq!(condition.verdict(row), want, "{text}");
}

#[track_caller]
fn refused(text: &str, want: &str) {
    let fault = Condition::new(text, &schema()).expect_err(text).to_string();
    assert!(fault.contains(want) && !fault.contains('\n'), "{text}\n{fault}\nwanted {want}");
}

#[test]
fn a_condition_is_held_against_a_row() {
    for (text, want) in [
        ("client.reserve >= 0.25 && client.stage == '报价'", Verdict::Yes),
        ("client.reserve > 1 || client.open_items == 3", Verdict::Yes),
        ("!(client.stage in ['报价', '谈判'])", Verdict::No),
        ("'价格' in call.agenda", Verdict::Yes),
        ("call.agenda.exists(topic, topic.startsWith('交'))", Verdict::Yes),
        ("call.agenda.all(topic, topic == '交期')", Verdict::No),
        ("size(call.agenda) * 2 - 1 == client.open_items", Verdict::Yes),
        ("visit.in_progress", Verdict::Yes),
        ("has(client.stage) && client.stage.contains('价')", Verdict::Yes),
        ("client.open_items in [1, 2]", Verdict::No),
        ("-client.reserve * 2.0 < 0.0", Verdict::Yes),
        ("call.agenda == null", Verdict::No),
        ("size(client.stage) == 2 && client.stage.endsWith('价')", Verdict::Yes),
    ] {
        check(text, &quoted(), want);
    }
}

#[test]
fn what_is_missing_has_no_answer_unless_the_rest_decides() {
    for (text, want) in [
        ("client.reserve >= 0.25", Verdict::Unknown),
        ("!(client.reserve >= 0.25)", Verdict::Unknown),
        ("client.reserve >= 0.25 && visit.in_progress == true", Verdict::No),
        ("true || client.reserve >= 0.25", Verdict::Yes),
        ("client.stage == '报价'", Verdict::No),
        ("client.stage != '报价'", Verdict::Yes),
        ("client.stage == null && !has(client.stage)", Verdict::Yes),
        ("client.stage in ['报价']", Verdict::No),
        ("'价格' in call.agenda", Verdict::Unknown),
        ("client.open_items / 0 == 1", Verdict::Unknown),
        ("visit.in_progress", Verdict::Unknown),
        ("call.agenda.exists(topic, topic == '价格')", Verdict::Unknown),
    ] {
        check(text, &Row::new(&schema()), want);
    }
}

#[test]
fn faults_say_where_and_what_instead() {
    for (text, want) in [
        (
            "client.stag == '报价'",
            "line 1, column 1: there is no `client.stag`; did you mean `client.stage`?",
        ),
        ("'报价' == client.stag", "line 1, column 9: there is no `client.stag`"),
        ("true &&\n  wether > 3", "line 2, column 3: there is no `wether`"),
        ("client.stage > 3", "`>` does not go with a text and a whole number"),
        ("client.open_items", "a condition must be true or false, but this is a whole number"),
        ("client.open_items + 0.5 > 1.0", "write it with a point"),
        ("client.stage.startWith('报')", "conditions have no `startWith`; did you mean `startsWith`?"),
        ("client.open_items > 3 ? true : false", "say it with && and ||"),
        ("call.agenda[0] == '价格'", "do not count through lists"),
        ("call.agenda.map(t, t == '价格')", "nothing else goes through a list"),
        ("call.agenda.exists(t, call.agenda.exists(u, u == t))", "do not stand within one another"),
        ("call.agenda.exists(client, client == 'x')", "`client` is a field already"),
        ("client.open_items == 3u", "write `3` without the u"),
        ("client.open_items in [1, 'a']", "not both"),
        ("client.stage in call", "there is no `call`"),
        ("client.reserve >= ", "line 1, column 19: this is not CEL: mismatched input the end"),
        ("client.reserve >= 0.25 &&", "this is not CEL"),
        ("a b", "line 1, column 3: this is not CEL: extraneous input 'b'"),
        ("true &&\n ) 3", "line 2, column 2: this is not CEL"),
        ("", "the condition is empty"),
        ("client.reserve >= null", "`>=` does not go with a number and null"),
        ("{'a': 1} == null", "conditions have no maps"),
        ("call.agenda == ['价格']", "`==` does not go with"),
    ] {
        refused(text, want);
    }
}

#[test]
fn long_deep_and_costly_conditions_are_refused_quickly() {
    refused(&format!("client.stage == '{}'", "价".repeat(2000)), "4096 at most");
    refused(&format!("{}true{}", "(".repeat(40), ")".repeat(40)), "brackets lie deeper than 32");
    refused(&format!("{}true", "!(".repeat(40)), "brackets lie deeper than 32");
    let list = (0..101).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    refused(&format!("client.open_items in [{list}]"), "101 items, 100 at most");
    let each = "call.agenda.exists(t, t == 'a' || t == 'b' || t == 'c' || t == 'd')";
    refused(&[each; 5].join(" && "), "4000 at most");
    for motif in [
        "!",
        "-",
        "(",
        "[",
        "{",
        "a.",
        "a(",
        "a?",
        "'",
        "1+",
        "1*",
        "has(",
        "a.exists(x,",
        "a[",
        ",",
        "\\",
        "&&",
        "a||",
        "a in ",
        "a==",
        "a?a:",
    ] {
        let text = motif.repeat(LENGTH_MAX / motif.len());
        assert!(Condition::new(&text, &schema()).is_err(), "{motif}");
    }
}

#[test]
fn conditions_read_as_sentences() {
    let said = |text: &str| Condition::new(text, &schema()).unwrap().said(&schema());
    let both = said("client.reserve >= 0.25 && (client.stage == '报价' || '价格' in call.agenda)");
    assert_eq!(both.zh, "保留度 ≥ 25%，并且（客户阶段 = 报价，或者议程 包括 价格）");
    assert_eq!(both.en, "reserve ≥ 25% and (the client's stage = 报价 or the agenda includes 价格)");
    assert_eq!(
        said("!has(client.stage) && rep.held_s > 90").zh,
        "不成立：（已知客户阶段），并且已连续讲 > 90 秒"
    );
    assert_eq!(said("client.stage == null").en, "the client's stage is not known");
    assert_eq!(said("call.agenda.exists(t, t == '价格')").zh, "议程 中有一项：（该项 = 价格）");
    assert_eq!(said("client.stage in ['报价', '谈判']").zh, "客户阶段 是 报价、谈判 之一");
}

#[test]
fn an_explanation_says_what_was_found() {
    let told = |text: &str, row: &Row, language| {
        Condition::new(text, &schema()).unwrap().explain(&schema(), row, language).sentence(language)
    };
    let text = "client.reserve >= 0.25 && client.stage == '谈判' && rep.held_s >= 90 && visit.in_progress";
    assert_eq!(
        told(text, &quoted(), Language::Zh),
        "保留度 ≥ 25% ✓（31%）；客户阶段 = 谈判 ✗（报价）；已连续讲 ≥ 90 秒 ?（还不知道）；正在拜访 ✓"
    );
    assert_eq!(told("client.open_items > 5", &quoted(), Language::En), "open items > 5 ✗ (3)");
}

#[test]
fn a_condition_knows_what_it_looks_at() {
    let condition =
        Condition::new("has(client.stage) && client.reserve > 0.1 && client.stage != ''", &schema());
    assert_eq!(condition.unwrap().fields(), [0, 2]);
}

/// What the reference interpreter makes of the same text and the same row.
fn reference(text: &str, (stage, items, reserve, agenda, visit): &Drawn) -> Verdict {
    use std::collections::HashMap;
    let mut context = Context::default();
    let texts = |texts: &Vec<&'static str>| {
        let items: Vec<cel::Value> = texts.iter().map(|text| cel::Value::from(*text)).collect();
        cel::Value::List(std::sync::Arc::new(items))
    };
    let missing = cel::Value::Null;
    let client = HashMap::from([
        ("stage", stage.map_or(missing.clone(), cel::Value::from)),
        ("open_items", items.map_or(missing.clone(), cel::Value::from)),
        ("reserve", reserve.map_or(missing.clone(), cel::Value::from)),
    ]);
    context.add_variable_from_value("client", client);
    context.add_variable_from_value(
        "call",
        HashMap::from([("agenda", agenda.as_ref().map_or(missing.clone(), texts))]),
    );
    context.add_variable_from_value(
        "visit",
        HashMap::from([("in_progress", visit.map_or(missing, cel::Value::from))]),
    );
    match Program::compile(text).unwrap().execute(&context) {
        Ok(cel::Value::Bool(true)) => Verdict::Yes,
        Ok(cel::Value::Bool(false)) => Verdict::No,
        Ok(cel::Value::Null) | Err(_) => Verdict::Unknown,
        Ok(other) => panic!("{text}: {other:?}"),
    }
}

fn conditions() -> impl Strategy<Value = String> {
    let comparison = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let int = prop_oneof![
        Just("client.open_items".to_owned()),
        (-3i64..6).prop_map(|n| n.to_string()),
        Just("size(call.agenda)".to_owned()),
        Just("client.open_items / (client.open_items - 2)".to_owned()),
    ];
    let number = prop_oneof![
        int.clone(),
        Just("client.reserve".to_owned()),
        (0i32..9).prop_map(|n| format!("{:.2}", f64::from(n) / 8.0)),
        Just("(client.reserve * 2.0 - 0.5)".to_owned()),
    ];
    let text = prop::sample::select(vec!["client.stage", "'报价'", "'谈判'", "''", "'价'"]);
    let leaf = prop_oneof![
        (number.clone(), comparison.clone(), number).prop_map(|(a, how, b)| format!("{a} {how} {b}")),
        (text.clone(), comparison, text.clone()).prop_map(|(a, how, b)| format!("{a} {how} {b}")),
        text.clone().prop_map(|a| format!("{a} in call.agenda")),
        text.clone().prop_map(|a| format!("{a} in ['报价', '谈判']")),
        int.prop_map(|a| format!("{a} in [1, 2, 3]")),
        (text.clone(), prop::sample::select(vec!["startsWith", "endsWith", "contains"]))
            .prop_map(|(part, test)| format!("client.stage.{test}({part})")),
        (text, prop::sample::select(vec!["exists", "all"]))
            .prop_map(|(part, test)| format!("call.agenda.{test}(t, t == {part} || t.contains('价'))")),
        Just("visit.in_progress".to_owned()),
        Just("client.stage == null".to_owned()),
        Just("null != client.reserve".to_owned()),
        Just("true".to_owned()),
    ];
    leaf.prop_recursive(4, 24, 2, |part| {
        prop_oneof![
            part.clone().prop_map(|a| format!("!({a})")),
            (part.clone(), part.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (part.clone(), part).prop_map(|(a, b)| format!("({a}) || ({b})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn conditions_mean_what_cel_means(
        text in conditions(),
        stage in prop::option::of(prop::sample::select(vec!["报价", "谈判", "价格", ""])),
        items in prop::option::of(-2i64..5),
        reserve in prop::option::of((0i32..9).prop_map(|n| f64::from(n) / 8.0)),
        agenda in prop::option::of(prop::collection::vec(prop::sample::select(vec!["价格", "交期", "报价"]), 0..4)),
        visit in prop::option::of(any::<bool>()),
    ) {
        let drawn = (stage, items, reserve, agenda, visit);
        let condition = Condition::new(&text, &schema()).unwrap();
        prop_assert_eq!(condition.verdict(&row(&drawn)), reference(&text, &drawn), "{}", text);
    }
}
