use super::*;

#[test]
fn records_are_found_by_words_initials_and_the_end_of_a_phone() {
    let (db, tables) = shop();
    let one = make(&db, &tables, 1, "firms", json!({ "name": "华东医药", "phone": "13800138000" }));
    let two = make(&db, &tables, 1, "firms", json!({ "name": "Nordic Tools" }));
    let found = |text: &str| {
        ids(&db, &tables, 1, "firms", &Query { search: Some(text.into()), limit: 9, ..Query::default() })
    };
    for text in ["医药", "hdyy", "8000", "华", "华东 医药"] {
        assert_eq!(found(text), [one.id], "{text}");
    }
    for text in ["nord", "TOOLS nordic"] {
        assert_eq!(found(text), [two.id], "{text}");
    }
    for text in ["医华", "hdx", "\"", "nord* OR", "医药 tools"] {
        assert_eq!(found(text), [0_i64; 0], "{text}");
    }
    change(&db, &tables, &by(&who(1)), "firms", one.id, &map(json!({ "name": "华西" })), None, None).unwrap();
    assert_eq!((found("医药"), found("华西")), (vec![], vec![one.id]));
}

#[test]
fn sums_are_grouped_exact_and_in_reach() {
    use crate::records::definition::Measure::{Count, Max, Mean, Sum};
    let (db, tables) = shop();
    let firm = make(&db, &tables, 5, "firms", json!({ "name": "a" }));
    let most = 9_007_199_254_740_991_i64;
    make(&db, &tables, 1, "orders", json!({ "firm": firm.id, "amount": most, "due": "2026-02-18" }));
    make(&db, &tables, 1, "orders", json!({ "firm": firm.id, "amount": -3 }));
    make(&db, &tables, 4, "orders", json!({ "amount": most }));
    let sum_of = |person, by: &[&str], measure, of: Option<&str>| {
        let by: Vec<String> = by.iter().map(|key| (*key).into()).collect();
        let groups = sum(&db, &tables, &who(person), "orders", &by, (measure, of.map(Into::into)), None, NOW);
        groups.unwrap().into_iter().map(|group| (group.keys, group.value)).collect::<Vec<_>>()
    };
    let amount = |whole| Some(Value::Whole(whole));
    assert_eq!(sum_of(5, &[], Sum, Some("amount")), [(vec![], amount(2 * most - 3))]);
    assert_eq!(sum_of(1, &[], Sum, Some("amount")), [(vec![], amount(most - 3))]);
    assert_eq!(
        sum_of(5, &["firm", "owner"], Count, None),
        [
            (vec![Some(Value::Ref(firm.id)), Some(Value::Ref(1))], amount(2)),
            (vec![None, Some(Value::Ref(4))], amount(1)),
        ]
    );
    assert_eq!(sum_of(2, &[], Sum, Some("amount")), [(vec![], amount(0))], "of nothing it is nothing");
    assert_eq!(sum_of(2, &[], Mean, Some("amount")), [(vec![], None)]);
    let due = crate::dates::When::Day(crate::units::Day::of(2026, 2, 18).unwrap());
    assert_eq!(sum_of(5, &[], Max, Some("due")), [(vec![], Some(Value::Deadline(due)))]);
}

#[test]
fn a_formula_that_overflows_has_no_value_and_breaks_nothing() {
    let db = base();
    let fields = json!([
        { "key": "a", "kind": "whole", "label": "a" }, { "key": "b", "kind": "whole", "label": "b" },
        { "key": "product", "kind": "formula", "label": "p", "expr": "a * b" },
        { "key": "more", "kind": "formula", "label": "m", "expr": "product + 1" }
    ]);
    let body = json!({ "label": "things", "fields": fields, "access": access(own()) });
    let tables = publish_table(&db, "things", &body).unwrap();
    let large = make(
        &db,
        &tables,
        1,
        "things",
        json!({ "a": 9_007_199_254_740_991_i64, "b": 9_007_199_254_740_991_i64 }),
    );
    let small = make(&db, &tables, 1, "things", json!({ "a": 6, "b": 7 }));
    assert_eq!((large.values.get("product"), large.values.get("more")), (None, None));
    assert_eq!(small.values["more"], Value::Whole(43));
    let query = |filter: &str, falls| Query {
        filter: question(&tables, "things", filter),
        sort: vec![("product".into(), falls)],
        limit: 9,
        ..Query::default()
    };
    for falls in [false, true] {
        assert_eq!(
            ids(&db, &tables, 1, "things", &query("a > 0", falls)),
            [small.id, large.id],
            "missing comes last"
        );
    }
    assert_eq!(ids(&db, &tables, 1, "things", &query("product > 0", false)), [small.id]);
    let of = (crate::records::definition::Measure::Sum, Some("product".to_owned()));
    let sums = sum(&db, &tables, &who(1), "things", &[], of, None, NOW).unwrap();
    assert_eq!(sums[0].value, Some(Value::Whole(42)));
}

#[test]
fn more_groups_than_anybody_reads_are_refused_in_words() {
    let (db, tables) = shop();
    db.execute_batch(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10001)
         INSERT INTO t_1(uid, version, owner, created_ms, changed_ms, c_1, u_1) SELECT n, 1, 1, 0, 0, n, n FROM n",
    )
    .unwrap();
    let count = |by: &str| {
        let of = (crate::records::definition::Measure::Count, None);
        sum(&db, &tables, &who(1), "firms", &[by.to_owned()], of, None, NOW)
    };
    assert_eq!(codes(count("name").unwrap_err()), [("by".into(), "too_many")]);
    assert_eq!(count("owner").unwrap().len(), 1);
}

#[test]
fn a_page_along_an_index_and_one_over_all_rows_are_the_same() {
    let (db, tables) = shop();
    db.execute_batch(
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 3000)
         INSERT INTO t_2(uid, version, owner, created_ms, changed_ms, c_7)
         SELECT n, 1, 1, 0, 0, CASE WHEN n % 10 THEN n * 7919 % 1000 END FROM n",
    )
    .unwrap();
    let pages = |filter: &str, falls: bool| {
        let mut all = Vec::new();
        let mut query = Query {
            filter: question(&tables, "orders", filter),
            sort: vec![("amount".into(), falls)],
            limit: 40,
            ..Query::default()
        };
        for _ in 0..12 {
            let page = page(&db, &tables, &who(1), "orders", &query, NOW).unwrap();
            all.extend(page.items.iter().map(|record| record.id));
            query.after = page.next;
            if query.after.is_none() {
                break;
            }
        }
        all
    };
    let asked = ["amount >= 0", "amount < 0", "amount > 990", "id > 2995", "amount > 10 || id < 5"];
    let without: Vec<_> =
        asked.iter().map(|filter| [false, true].map(|falls| pages(filter, falls))).collect();
    db.execute_batch("CREATE INDEX t_2_by_c_7 ON t_2(c_7)").unwrap();
    let with: Vec<_> = asked.iter().map(|filter| [false, true].map(|falls| pages(filter, falls))).collect();
    assert_eq!(with, without);
    assert!(with[0][0].len() == 480 && with[3][0].len() == 5 && with[1][0].is_empty(), "{with:?}");
}
