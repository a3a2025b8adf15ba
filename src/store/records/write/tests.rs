use rusqlite::Connection;
use serde_json::{Value as Json, json};

use crate::records::Value;
use crate::store::records::tests::*;
use crate::store::records::*;

mod reading;

fn shop() -> (Connection, Tables) {
    let db = base();
    let firms = json!({
        "label": "firms",
        "fields": [
            { "key": "name", "kind": "text", "label": "name", "required": true, "unique": true },
            { "key": "phone", "kind": "phone", "label": "phone" },
            { "key": "tags", "kind": "choices", "label": "tags", "options": [{ "key": "a" }, { "key": "b" }] },
            { "key": "limit", "kind": "money", "label": "limit" },
            { "key": "orders", "kind": "roll_up", "label": "orders", "via": "orders.firm", "of": "count" },
            { "key": "worth", "kind": "roll_up", "label": "worth", "via": "orders.firm", "of": "sum:amount",
              "filter": "amount > 100" }
        ],
        "access": access(json!({ "read": "all", "create": true, "change": "own", "delete": "own", "hidden": ["limit"] })),
    });
    let orders = json!({
        "label": "orders",
        "fields": [
            { "key": "firm", "kind": "link", "to": "firms", "label": "firm" },
            { "key": "also", "kind": "link", "to": "firms", "many": true, "label": "also" },
            { "key": "amount", "kind": "money", "label": "amount" },
            { "key": "due", "kind": "deadline", "label": "due" },
            { "key": "half", "kind": "formula", "label": "half", "expr": "amount / 2" },
            { "key": "firm_name", "kind": "lookup", "label": "firm", "via": "firm", "of": "name" },
            { "key": "firm_limit", "kind": "lookup", "label": "limit", "via": "firm", "of": "limit" },
            { "key": "others", "kind": "lookup", "label": "others", "via": "also", "of": "name" }
        ],
        "access": access(own()),
    });
    // Each names the other, so the first comes without what leads to the second.
    let mut first = firms.clone();
    first["fields"].as_array_mut().unwrap().truncate(4);
    publish_table(&db, "firms", &first).unwrap();
    publish_table(&db, "orders", &orders).unwrap();
    let tables = publish_table(&db, "firms", &firms).unwrap();
    (db, tables)
}

#[test]
fn a_record_is_as_it_was_written_and_the_same_uid_makes_no_second() {
    let (db, tables) = shop();
    let uid = Some("01890a5d-ac96-774b-bcce-b302099a8057");
    let who = who(1);
    let values = map(json!({ "name": " 华东医药 ", "tags": ["b", "a"], "phone": "138 0013 8000" }));
    let made = create(&db, &tables, &by(&who), "firms", uid, &values).unwrap();
    assert_eq!((made.version, made.owner, made.team), (1, Some(PersonId(1)), Some(TeamId(1))));
    assert_eq!(made.values["name"], Value::Text("华东医药".into()));
    assert_eq!(made.values["tags"], Value::Texts(vec!["b".into(), "a".into()]));
    assert_eq!(create(&db, &tables, &by(&who), "firms", uid, &values).unwrap(), made);
    let bad = create(&db, &tables, &by(&who), "firms", Some("7"), &values).unwrap_err();
    assert_eq!(codes(bad), [("uid".into(), "bad_value")]);
    let again =
        create(&db, &tables, &by(&who), "firms", None, &map(json!({ "name": "华东医药" }))).unwrap_err();
    assert_eq!(codes(again), [("name".into(), "duplicate")]);
    let full = create(&db, &tables, &by(&who), "firms", None, &map(json!({ "name": "ＡＢ" }))).unwrap();
    let half = create(&db, &tables, &by(&who), "firms", None, &map(json!({ "name": "ab" }))).unwrap_err();
    assert_eq!((full.id, codes(half)), (2, vec![("name".into(), "duplicate")]));
    assert_eq!(find(&db, &tables, &who, "firms", "name", &Value::Text("Ab".into()), NOW).unwrap(), [2]);
}

#[test]
fn history_tells_who_changed_what_and_a_field_comes_back() {
    let (db, tables) = shop();
    let made = make(&db, &tables, 5, "firms", json!({ "name": "a", "limit": 5 }));
    let who = who(5);
    let to =
        |values: Json| change(&db, &tables, &by(&who), "firms", made.id, &map(values), None, None).unwrap();
    assert_eq!(to(json!({ "name": "a" })).version, 1, "nothing changed");
    to(json!({ "limit": 7, "tags": ["a"] }));
    to(json!({ "limit": null }));
    let entries = history(&db, &tables, &who, "firms", made.id, NOW).unwrap();
    let told: Vec<_> =
        entries.iter().map(|e| (e.deed, e.field.as_deref(), e.before.clone(), e.after.clone())).collect();
    assert_eq!(
        told,
        [
            (Done::Created, None, None, None),
            (Done::Changed, Some("limit"), Some(Value::Whole(5)), Some(Value::Whole(7))),
            (Done::Changed, Some("tags"), None, Some(Value::Texts(vec!["a".into()]))),
            (Done::Changed, Some("limit"), Some(Value::Whole(7)), None),
        ]
    );
    let seen_by_rep =
        history(&db, &tables, &crate::store::records::tests::who(1), "firms", made.id, NOW).unwrap();
    assert!(
        seen_by_rep.iter().all(|entry| entry.field.as_deref() != Some("limit")),
        "it is hidden from reps"
    );
    let back =
        restore(&db, &tables, &by(&who), "firms", made.id, Some("limit"), Some(entries[1].id)).unwrap();
    assert_eq!(back.values["limit"], Value::Whole(5));
    let newest = history(&db, &tables, &who, "firms", made.id, NOW).unwrap().pop().unwrap();
    assert_eq!((newest.cause.as_str(), newest.actor.as_str()), ("restore", "5"));
}

#[test]
fn only_what_both_changed_conflicts() {
    let (db, tables) = shop();
    let made = make(&db, &tables, 5, "firms", json!({ "name": "a", "limit": 5 }));
    let who = who(5);
    let to = |values: Json, base: Option<Json>, seen| {
        let base = base.map(map);
        change(&db, &tables, &by(&who), "firms", made.id, &map(values), base.as_ref(), seen)
    };
    to(json!({ "limit": 6 }), None, Some(1)).unwrap();
    assert!(matches!(to(json!({ "limit": 8 }), None, Some(1)), Err(RecordError::Store(Error::Stale(_)))));
    to(json!({ "name": "b" }), Some(json!({ "name": "a" })), None).unwrap();
    let refused = to(json!({ "limit": 8, "name": "c" }), Some(json!({ "limit": 5, "name": "b" })), None);
    let Err(RecordError::Conflicts(conflicts)) = refused else { panic!("{refused:?}") };
    assert_eq!((conflicts.len(), conflicts[0].field.as_str()), (1, "limit"));
    assert_eq!(
        one(&db, &tables, &who, "firms", made.id, NOW).unwrap().values["name"],
        Value::Text("b".into())
    );
}

#[test]
fn computed_values_follow_what_they_are_computed_from() {
    let (db, tables) = shop();
    let firm = make(&db, &tables, 5, "firms", json!({ "name": "a", "limit": 9 }));
    let other = make(&db, &tables, 5, "firms", json!({ "name": "b" }));
    let order = make(
        &db,
        &tables,
        5,
        "orders",
        json!({ "firm": firm.id, "amount": 301, "also": [other.id, firm.id] }),
    );
    make(&db, &tables, 5, "orders", json!({ "firm": firm.id, "amount": 50 }));
    assert_eq!(order.values["half"], Value::Whole(150));
    assert_eq!(order.values["firm_name"], Value::Text("a".into()));
    assert_eq!(order.values["others"], Value::Texts(vec!["b".into(), "a".into()]));
    let seen = |person| one(&db, &tables, &who(person), "firms", firm.id, NOW).unwrap().values;
    assert_eq!((&seen(5)["orders"], &seen(5)["worth"]), (&Value::Whole(2), &Value::Whole(301)));
    assert_eq!(seen(1)["orders"], Value::Whole(0), "orders of others are out of a rep's reach");
    delete(&db, &tables, &by(&who(5)), "orders", order.id, None).unwrap();
    assert_eq!((&seen(5)["orders"], &seen(5)["worth"]), (&Value::Whole(1), &Value::Whole(0)));
    restore(&db, &tables, &by(&who(5)), "orders", order.id, None, None).unwrap();
    delete(&db, &tables, &by(&who(5)), "firms", firm.id, None).unwrap();
    let order = one(&db, &tables, &who(5), "orders", order.id, NOW).unwrap();
    assert_eq!(order.values.get("firm_name"), None);
    assert_eq!(order.values["firm"], Value::Ref(firm.id), "the link comes back with the record");
    let worth = Query { sort: vec![("worth".into(), true)], limit: 9, ..Query::default() };
    assert_eq!(ids(&db, &tables, 5, "firms", &worth), [other.id]);
}

#[test]
fn nothing_out_of_reach_is_shown_asked_about_or_written() {
    let (db, tables) = shop();
    let mine = make(&db, &tables, 1, "orders", json!({ "amount": 1 }));
    let theirs = make(&db, &tables, 4, "orders", json!({ "amount": 2 }));
    let firm = make(&db, &tables, 5, "firms", json!({ "name": "a", "limit": 9 }));
    let all = Query { limit: 9, ..Query::default() };
    assert_eq!(ids(&db, &tables, 1, "orders", &all), [mine.id]);
    assert_eq!(ids(&db, &tables, 2, "orders", &all), [0_i64; 0]);
    assert_eq!(ids(&db, &tables, 3, "orders", &all), [mine.id], "the team's");
    assert_eq!(ids(&db, &tables, 5, "orders", &all), [mine.id, theirs.id]);
    let rep = who(1);
    let missing = one(&db, &tables, &rep, "orders", theirs.id, NOW);
    assert!(matches!(missing, Err(RecordError::Store(Error::Missing(_)))), "{missing:?}");
    let values = map(json!({ "amount": 3 }));
    let missing = change(&db, &tables, &by(&rep), "orders", theirs.id, &values, None, None);
    assert!(matches!(missing, Err(RecordError::Store(Error::Missing(_)))), "{missing:?}");
    let refused = change(&db, &tables, &by(&rep), "firms", firm.id, &map(json!({ "name": "x" })), None, None);
    assert!(matches!(refused, Err(RecordError::Refused(_))), "{refused:?}");
    let given = create(&db, &tables, &by(&rep), "orders", None, &map(json!({ "owner": 4 })));
    assert!(matches!(given, Err(RecordError::Refused(_))), "{given:?}");
    assert_eq!(one(&db, &tables, &rep, "firms", firm.id, NOW).unwrap().values.get("limit"), None);
    let asked = |query: Query, table: &str| codes(page(&db, &tables, &rep, table, &query, NOW).unwrap_err());
    for (table, text) in [("firms", "limit > 1"), ("orders", "firm.limit > 1"), ("orders", "firm_limit == 9")]
    {
        let filter = question(&tables, table, text);
        assert_eq!(
            asked(Query { filter, ..all.clone() }, table)[0],
            ("filter".into(), "unknown_field"),
            "{text}"
        );
    }
    assert_eq!(asked(Query { sort: vec![("limit".into(), false)], ..all.clone() }, "firms")[0].0, "sort");
    assert_eq!(asked(Query { fields: Some(vec!["firm_limit".into()]), ..all }, "orders")[0].0, "fields");
    let by_limit = sum(
        &db,
        &tables,
        &rep,
        "firms",
        &["limit".into()],
        (crate::records::definition::Measure::Count, None),
        None,
        NOW,
    );
    assert_eq!(codes(by_limit.unwrap_err())[0].0, "by");
}

#[test]
fn links_and_people_have_to_be_there() {
    let (db, tables) = shop();
    let firm = make(&db, &tables, 5, "firms", json!({ "name": "a" }));
    let tried =
        |values: Json| create(&db, &tables, &by(&who(5)), "orders", None, &map(values)).map(|made| made.id);
    tried(json!({ "firm": firm.id })).unwrap();
    assert_eq!(codes(tried(json!({ "firm": 99 })).unwrap_err()), [("firm".into(), "missing_link")]);
    assert_eq!(
        codes(tried(json!({ "also": [firm.id, 98] })).unwrap_err()),
        [("also".into(), "missing_link")]
    );
    assert_eq!(codes(tried(json!({ "owner": 77 })).unwrap_err()), [("owner".into(), "missing_link")]);
    delete(&db, &tables, &by(&who(5)), "firms", firm.id, None).unwrap();
    assert_eq!(codes(tried(json!({ "firm": firm.id })).unwrap_err()), [("firm".into(), "missing_link")]);
    let taken = make(&db, &tables, 5, "firms", json!({ "name": "a" }));
    let back = restore(&db, &tables, &by(&who(5)), "firms", firm.id, None, None);
    assert_eq!(codes(back.unwrap_err()), [("name".into(), "duplicate")]);
    assert!(taken.id > firm.id);
}

#[test]
fn every_change_is_told_and_logged() {
    let (db, tables) = shop();
    let made = make(&db, &tables, 1, "firms", json!({ "name": "a" }));
    let rep = who(1);
    change(&db, &tables, &by(&rep), "firms", made.id, &map(json!({ "tags": ["a"] })), None, None).unwrap();
    delete(&db, &tables, &by(&rep), "firms", made.id, Some(2)).unwrap();
    restore(&db, &tables, &by(&rep), "firms", made.id, None, None).unwrap();
    let told = crate::store::events::after(&db, 0, 99).unwrap();
    let topics: Vec<_> = told.iter().map(|event| event.topic.as_str()).collect();
    assert_eq!(topics, ["record.created", "record.changed", "record.deleted", "record.restored"]);
    let body: Json = serde_json::from_str(&told[1].body_json).unwrap();
    assert_eq!(
        body,
        json!({ "table": "firms", "id": made.id, "uid": made.uid, "changed": ["tags"], "cause": "person" })
    );
    assert_eq!(told[1].owner.person, Some(PersonId(1)));
    let verified = crate::store::audit::verify(&db).unwrap();
    assert_eq!((verified.entries, verified.broken), (4, None));
}

#[test]
fn a_clock_that_goes_back_loses_no_order() {
    let (db, tables) = shop();
    let who = who(1);
    let at = |now_ms| Actor { now_ms, ..by(&who) };
    let made = make(&db, &tables, 1, "firms", json!({ "name": "a" }));
    for (name, now_ms) in [("b", NOW.ms - 86_400_000), ("c", NOW.ms - 2 * 86_400_000), ("d", 0)] {
        change(&db, &tables, &at(now_ms), "firms", made.id, &map(json!({ "name": name })), None, None)
            .unwrap();
    }
    let told = history(&db, &tables, &who, "firms", made.id, NOW).unwrap();
    let after: Vec<_> = told.iter().filter_map(|entry| entry.after.clone()).collect();
    assert_eq!(after, ["b", "c", "d"].map(|name| Value::Text(name.into())));
    let back = restore(&db, &tables, &at(-1), "firms", made.id, Some("name"), None).unwrap();
    assert_eq!((back.values["name"].clone(), back.version), (Value::Text("c".into()), 5));
    let again = create(&db, &tables, &at(0), "firms", None, &map(json!({ "name": "e" }))).unwrap();
    assert_ne!(again.uid, made.uid);
    let stale = change(&db, &tables, &at(0), "firms", made.id, &map(json!({ "name": "f" })), None, Some(4));
    assert!(matches!(stale, Err(RecordError::Store(Error::Stale(_)))), "{stale:?}");
}
