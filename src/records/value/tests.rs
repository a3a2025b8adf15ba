use std::cmp::Ordering;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::dates::Now;
use crate::records::definition::Table;
use crate::units::{Day, Language, Zone};

/// 2026-02-12 09:30 in China.
const T0: Now = Now { at_ms: 1_770_859_800_000, zone: Zone::SHANGHAI };

/// A field of each kind and, where it may be, one of many.
fn fields() -> Vec<Field> {
    let options = json!([
        { "key": "A" },
        { "key": "制造业", "label": { "zh": "制造业", "en": "manufacturing" } },
        { "key": "汽车", "parent": "制造业" },
        { "key": "旧", "retired": true },
    ]);
    let mut fields = Vec::new();
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_computed()) {
        for many in [false, true] {
            if many && !kind.may_be_many() {
                continue;
            }
            let mut body = json!({ "key": "f", "kind": kind.name(), "label": "F", "many": many });
            if kind.has_options() {
                body["options"] = options.clone();
            }
            if kind == Kind::Link {
                body["to"] = "t".into();
            }
            let table = Table::read("t", &json!({ "label": "T", "fields": [body] })).unwrap();
            fields.extend(table.fields);
        }
    }
    fields
}

fn field(kind: Kind) -> Field {
    fields().into_iter().find(|field| field.kind == kind && !field.many).unwrap()
}

#[track_caller]
fn reads(kind: Kind, text: &str, want: serde_json::Value) {
    match read_text(&field(kind), text, T0) {
        Ok(Typed::Value(value)) => assert_eq!(value.json(kind), want, "{text}"),
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn people_write_values_in_many_ways() {
    for (text, fen) in [
        ("¥186,400.00", 18_640_000),
        ("￥１８６，４００．００", 18_640_000),
        ("18.6万", 18_600_000),
        ("186400元", 18_640_000),
        ("1.2亿", 12_000_000_000i64),
        ("-3.005", -301),
        ("(12.50)", -1_250),
        ("0.125", 13),
        ("CNY 1,000", 100_000),
        ("1.864E+5", 18_640_000),
    ] {
        reads(Kind::Money, text, fen.into());
    }
    for (text, phone) in [
        ("138 0013 8000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"),
        ("13800138000.0", "+8613800138000"),
        ("1.3800138000E+10", "+8613800138000"),
        ("0571-8888 6666 转 801", "+8657188886666x801"),
        ("400-810-1234", "4008101234"),
        ("+44 20 7946 0000", "+442079460000"),
    ] {
        reads(Kind::Phone, text, phone.into());
    }
    for (text, day) in [
        ("2月18日", "2026-02-18"),
        ("2026/2/18", "2026-02-18"),
        ("2026年2月18号", "2026-02-18"),
        ("1月5日", "2026-01-05"),
        ("明天", "2026-02-13"),
        ("2026-02-18 00:00:00", "2026-02-18"),
    ] {
        reads(Kind::Day, text, day.into());
    }
    reads(Kind::Choice, "A级", "A".into());
    reads(Kind::Choice, " ａ ", "A".into());
    reads(Kind::Tree, "Manufacturing", "制造业".into());
    reads(Kind::Tree, "制造业/汽车", "汽车".into());
    reads(Kind::Bool, "是", true.into());
    reads(Kind::Bool, "No", false.into());
    reads(Kind::Whole, "12.0", 12.into());
    reads(Kind::Number, "12.5%", json!(0.125));
    reads(Kind::Deadline, "下周二", "2026-02-17".into());
    reads(Kind::Deadline, "2月18日10:00前", 1_771_380_000_000i64.into());
    reads(Kind::Instant, "2026-02-18 10:00", 1_771_380_000_000i64.into());
    reads(Kind::Link, "#12", 12.into());
    assert_eq!(read_text(&field(Kind::Link), "华东医药", T0), Ok(Typed::Names(vec!["华东医药".into()])));
}

#[test]
fn what_is_none_of_the_kind_is_told_with_its_code() {
    for (kind, text, code) in [
        (Kind::Phone, "1.38E+10", Code::BadValue),
        (Kind::Phone, "call me", Code::BadValue),
        (Kind::Money, "1,86,400", Code::BadValue),
        (Kind::Money, "9e19", Code::Overflow),
        (Kind::Whole, "99999999999999999", Code::Overflow),
        (Kind::Whole, "1.5", Code::BadValue),
        (Kind::Number, "NaN", Code::BadValue),
        (Kind::Number, "1e20", Code::Overflow),
        (Kind::Day, "2月30日", Code::BadValue),
        (Kind::Choice, "D", Code::UnknownOption),
        (Kind::Bool, "maybe", Code::BadValue),
        (Kind::Location, "131, 121 wgs84", Code::BadValue),
        (Kind::Text, "a\nb", Code::BadValue),
    ] {
        let fault = read_text(&field(kind), text, T0).unwrap_err();
        assert_eq!(fault.code, code, "{text}: {fault}");
        assert!(!fault.said.zh.contains('{') && !fault.said.zh.is_empty(), "{}", fault.said.zh);
    }
    let fault = read_json(&field(Kind::Text), &"字".repeat(501).into()).unwrap_err();
    assert_eq!(fault.code, Code::TooLong);
    let fault = read_json(&field(Kind::Whole), &json!(1e300)).unwrap_err();
    assert_eq!(fault.code, Code::Overflow);
    assert!(read_text(&field(Kind::Phone), "1.38E+10", T0).unwrap_err().said.zh.contains("设成文本"));
}

#[test]
fn options_stand_in_their_order_and_nothing_last() {
    let tree = field(Kind::Tree);
    let value = |key: &str| Some(Value::Text(key.to_owned()));
    let mut all = [None, value("汽车"), value("gone"), value("A"), value("制造业")];
    all.sort_by(|one, other| order(&tree, one.as_ref(), other.as_ref(), Zone::SHANGHAI));
    assert_eq!(all, [value("A"), value("制造业"), value("汽车"), value("gone"), None]);
}

#[test]
fn a_deadline_is_one_number_and_comes_back() {
    let day = "2026-02-18".parse().unwrap();
    for when in [When::Day(day), When::At(1_771_380_000_000)] {
        assert_eq!(deadline_from_ms(deadline_ms(when, Zone::SHANGHAI), Zone::SHANGHAI), when);
    }
    assert!(deadline_ms(When::Day(day), Zone::SHANGHAI) > 1_771_380_000_000);
}

#[test]
fn a_day_ends_when_the_clock_on_the_wall_says_so() {
    let zones =
        ["Europe/Berlin", "America/New_York", "Asia/Shanghai"].map(|name| name.parse::<Zone>().unwrap());
    for (day, hours) in
        [("2026-03-08", [24, 23, 24]), ("2026-03-29", [23, 24, 24]), ("2026-10-25", [25, 24, 24])]
    {
        let day: Day = day.parse().unwrap();
        for (zone, hours) in zones.into_iter().zip(hours) {
            let ends_ms = deadline_ms(When::Day(day), zone);
            assert_eq!(ends_ms + 1 - zone.start_ms(day), hours * 3_600_000, "{zone} {day}");
            // It is the same day wherever the organisation moves, unless that is half the world away.
            for other in zones
                .into_iter()
                .filter(|other| (zone.ahead_ms(0) - other.ahead_ms(0)).abs() < 12 * 3_600_000)
            {
                assert_eq!(deadline_from_ms(ends_ms, other), When::Day(day), "{zone} {other}");
            }
        }
    }
}

#[test]
fn a_moment_without_an_offset_is_by_the_clock_on_the_wall() {
    let berlin = Now { zone: "Europe/Berlin".parse().unwrap(), ..T0 };
    let field = field(Kind::Instant);
    for (text, at) in [
        ("2026-03-28 15:00", "2026-03-28T14:00Z"),
        ("2026-03-29 15:00", "2026-03-29T13:00Z"),
        ("2026/10/25 15:00", "2026-10-25T14:00Z"),
        ("2026-03-29T15:00+08:00", "2026-03-29T07:00Z"),
    ] {
        let at_ms = crate::units::time::instant_ms(at).unwrap();
        assert_eq!(read_text(&field, text, berlin), Ok(Typed::Value(Value::Instant(at_ms))), "{text}");
        assert!(
            Value::Instant(at_ms).show(&field, Language::En, berlin.zone).ends_with(&berlin_clock(at_ms))
        );
    }
}

/// What a clock in Berlin shows, by its offset of that day.
fn berlin_clock(at_ms: i64) -> String {
    let summer = (1_774_746_000_000..1_792_890_000_000).contains(&at_ms);
    let minutes = (at_ms / 60_000 + if summer { 120 } else { 60 }).rem_euclid(1440);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn garbage() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(|number| json!(number)),
        any::<String>().prop_map(Into::into),
        "[0-9+.,eE万亿¥ 年月日:/-]{0,14}".prop_map(Into::into),
        prop::sample::select(vec!["A", "制造业", "旧", "2026-02-18", "是", "🦀", "\u{202e}abc"])
            .prop_map(Into::into),
        Just(json!({ "id": 3 })),
        (any::<f64>(), any::<f64>())
            .prop_map(|(lat, lon)| json!({ "lat": lat, "lon": lon, "datum": "gcj02" })),
    ];
    leaf.prop_recursive(2, 8, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Into::into))
}

/// Values that a field may have.
fn values(kind: Kind, many: bool) -> BoxedStrategy<Option<Value>> {
    let field = fields().into_iter().find(|field| field.kind == kind && field.many == many).unwrap();
    let option = prop::sample::select(vec!["A", "制造业", "汽车"]).prop_map(str::to_owned);
    let ids = prop::collection::btree_set(1i64..99, 1..4).prop_map(|ids| ids.into_iter().collect::<Vec<_>>());
    let found = match kind {
        Kind::Text if many => prop::collection::btree_set("[a-z华东]{1,6}", 1..4)
            .prop_map(|all| Value::Texts(all.into_iter().collect()))
            .boxed(),
        Kind::Choices => option.prop_map(|key| Value::Texts(vec![key])).boxed(),
        Kind::Tree if many => option.prop_map(|key| Value::Texts(vec![key])).boxed(),
        Kind::Choice | Kind::Tree => option.prop_map(Value::Text).boxed(),
        Kind::Text | Kind::LongText | Kind::RichText => any::<String>().prop_map(json_text(field)).boxed(),
        Kind::Phone => "1[3-9][0-9]{9}".prop_map(|digits| Value::Text(format!("+86{digits}"))).boxed(),
        Kind::Whole | Kind::Money => (-WHOLE_MAX..=WHOLE_MAX).prop_map(Value::Whole).boxed(),
        Kind::Number => (-1e15..1e15f64).prop_map(Value::Number).boxed(),
        Kind::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Kind::Day => (-25_000i64..84_000).prop_map(|day| Value::Day(Day::from_number(day).unwrap())).boxed(),
        Kind::Instant => (946_684_800_000i64..4_102_444_000_000).prop_map(Value::Instant).boxed(),
        Kind::Deadline => (946_684_801i64..4_102_444_000, 11_000i64..47_000, any::<bool>())
            .prop_map(|(at_s, day, whole)| match whole {
                true => Value::Deadline(When::Day(Day::from_number(day).unwrap())),
                false => Value::Deadline(When::At(at_s * 1_000)),
            })
            .boxed(),
        Kind::Photos => ids.prop_map(Value::Refs).boxed(),
        Kind::Person | Kind::Link if many => ids.prop_map(Value::Refs).boxed(),
        Kind::Location => (-90.0..90.0f64, -180.0..180.0f64)
            .prop_map(|(lat, lon)| Value::Place { lat, lon, datum: Datum::Gcj02 })
            .boxed(),
        _ => (1i64..1_000_000).prop_map(Value::Ref).boxed(),
    };
    prop_oneof![9 => found.prop_map(Some), 1 => Just(None)].boxed()
}

fn json_text(field: Field) -> impl Fn(String) -> Value {
    move |text| read_json(&field, &text.into()).ok().flatten().unwrap_or(Value::Text("x".into()))
}

fn a_field_with_values(count: usize) -> impl Strategy<Value = (Field, Vec<Option<Value>>)> {
    (0..fields().len()).prop_flat_map(move |at| {
        let field = fields().swap_remove(at);
        let values = prop::collection::vec(values(field.kind, field.many), count);
        (Just(field), values)
    })
}

proptest! {
    #[test]
    fn garbage_is_read_or_refused(json in garbage(), text: String, odd in "[0-9+.,eE万亿¥ 年月日:/下周二点#×级-]{0,16}") {
        for field in fields() {
            if let Ok(Some(value)) = read_json(&field, &json) {
                prop_assert_eq!(read_json(&field, &value.json(field.kind)), Ok(Some(value)), "{:?}", field.kind);
            }
            for text in [&text, &odd] {
                if let Ok(Typed::Value(value)) = read_text(&field, text, T0) {
                    prop_assert_eq!(read_json(&field, &value.json(field.kind)), Ok(Some(value)), "{:?} {}", field.kind, text);
                }
            }
        }
    }

    #[test]
    fn what_is_shown_reads_back((field, values) in a_field_with_values(1)) {
        for value in values.into_iter().flatten() {
            for language in [Language::Zh, Language::En] {
                let shown = value.show(&field, language, Zone::SHANGHAI);
                prop_assert_eq!(read_text(&field, &shown, T0), Ok(Typed::Value(value.clone())), "{}", shown);
            }
        }
    }

    #[test]
    fn the_order_of_values_is_total((field, values) in a_field_with_values(3)) {
        let at = |at: usize| values[at].as_ref();
        let [ab, bc, ac] = [(0, 1), (1, 2), (0, 2)].map(|(one, other)| order(&field, at(one), at(other), Zone::SHANGHAI));
        prop_assert_eq!(ab, order(&field, at(1), at(0), Zone::SHANGHAI).reverse());
        prop_assert!(ab == Ordering::Greater || bc == Ordering::Greater || ac != Ordering::Greater);
        prop_assert!(ab == Ordering::Less || bc == Ordering::Less || ac != Ordering::Less);
        prop_assert_eq!(order(&field, at(0), at(0), Zone::SHANGHAI), Ordering::Equal);
        prop_assert_eq!(ab == Ordering::Equal, at(0) == at(1));
    }
}
