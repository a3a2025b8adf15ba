use rusqlite::Connection;
use serde_json::{Value as Json, json};

use crate::records::Value;
use crate::store::effects::{self, Effect};
use crate::store::records::tests::*;
use crate::store::records::*;
use crate::store::revisions::{self, Draft};

mod edits;

fn table(fields: &[Json]) -> Json {
    json!({ "label": "things", "fields": fields, "access": access(own()) })
}

fn text(key: &str, unique: bool) -> Json {
    json!({ "key": key, "kind": "text", "label": key, "unique": unique })
}

#[test]
fn the_pack_is_laid_out_once_and_every_table_takes_a_record() {
    let db = base();
    install(&db, NOW.ms).unwrap();
    let tables = load(&db).unwrap();
    assert_eq!(tables.set.tables.len(), 21);
    let schema = |db: &Connection| -> Vec<String> {
        let mut schema = db.prepare("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name").unwrap();
        schema.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let before = schema(&db);
    install(&db, NOW.ms).unwrap();
    publish(&db, NOW.ms).unwrap();
    assert_eq!(schema(&db), before, "the same again changes nothing");
    let client = make(&db, &tables, 1, "clients", json!({ "name": "华东", "aliases": ["HD"] }));
    let contact = json!({ "name": "李", "client": client.id });
    make(&db, &tables, 1, "contacts", contact);
    let lead = make(&db, &tables, 1, "leads", json!({ "title": "t", "client": client.id, "amount": 5 }));
    assert_eq!(lead.values["status"], Value::Text("新建".into()), "by default");
    let client = one(&db, &tables, &who(1), "clients", client.id, NOW).unwrap();
    assert_eq!(client.values["contacts"], Value::Whole(1));
    assert_eq!(client.values["aliases"], Value::Texts(vec!["HD".into()]));
    for view in tables.set.views.values() {
        let filter = view.filter.as_ref().and_then(|filter| question(&tables, &view.table, filter));
        let sort = view.sort.iter().map(|key| match key.strip_prefix('-') {
            Some(key) => (key.to_owned(), true),
            None => (key.clone(), false),
        });
        let query = Query { filter, sort: sort.collect(), limit: 50, ..Query::default() };
        page(&db, &tables, &who(5), &view.table, &query, NOW)
            .unwrap_or_else(|error| panic!("{}: {error}", view.key));
    }
    let indexes: Vec<_> =
        before.iter().filter(|sql| sql.contains("CREATE INDEX") && sql.contains("_by_")).collect();
    assert!(indexes.len() > 10, "{indexes:?}");
}

#[test]
fn clients_that_were_there_are_records() {
    let db = base();
    db.execute_batch(
        "INSERT INTO clients(id, name, aliases_json, industry, stage, grade, analyse, owner, letters, sort,
           created_ms, uid) VALUES (7, '上海铁路', '[\"上铁\"]', '制造业', '报价', 'A', 1, 1, 'x', 'shang hai', 5, 'u')",
    )
    .unwrap();
    install(&db, NOW.ms).unwrap();
    let tables = load(&db).unwrap();
    let client = one(&db, &tables, &who(1), "clients", 7, NOW).unwrap();
    assert_eq!((client.created_ms, client.changed_ms, client.version), (5, 5, 1));
    assert_eq!(client.values["stage"], Value::Text("报价".into()));
    assert_eq!(client.values["analyse"], Value::Bool(true));
    let found = Query { search: Some("上铁".into()), limit: 9, ..Query::default() };
    assert_eq!(ids(&db, &tables, 1, "clients", &found), [7]);
    let changed = map(json!({ "name": "上海地铁", "term_days": 30 }));
    change(&db, &tables, &by(&who(1)), "clients", 7, &changed, None, None).unwrap();
    let (name, letters, version): (String, String, i64) = db
        .query_row("SELECT name, letters, version FROM clients", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!((name.as_str(), version), ("上海地铁", 2));
    assert!(letters.contains("shdt"), "{letters}");
}

#[test]
fn a_field_that_is_taken_away_comes_back_with_its_values() {
    let db = base();
    let both =
        table(&[text("a", false), text("b", false), json!({ "key": "n", "kind": "whole", "label": "n" })]);
    let tables = publish_table(&db, "things", &both).unwrap();
    let made = make(&db, &tables, 1, "things", json!({ "a": "1", "b": "2", "n": 3 }));
    let tables = publish_table(&db, "things", &table(&[text("a", false)])).unwrap();
    let seen = one(&db, &tables, &who(1), "things", made.id, NOW).unwrap();
    assert_eq!(seen.values.keys().collect::<Vec<_>>(), ["a"]);
    assert!(tables.laid.tables["things"].own("n").unwrap().hidden);
    let refused =
        change(&db, &tables, &by(&who(1)), "things", made.id, &map(json!({ "b": "x" })), None, None);
    assert_eq!(codes(refused.unwrap_err()), [("b".into(), "unknown_field")]);
    let tables = publish_table(&db, "things", &both).unwrap();
    assert_eq!(one(&db, &tables, &who(1), "things", made.id, NOW).unwrap().values, made.values);
}

#[test]
fn what_records_do_not_fit_is_refused_and_names_them() {
    let db = base();
    let tables = publish_table(&db, "things", &table(&[text("a", false)])).unwrap();
    for name in ["x", "y", "Ｘ"] {
        make(&db, &tables, 1, "things", json!({ "a": name }));
    }
    let refused = publish_table(&db, "things", &table(&[text("a", true)])).unwrap_err();
    assert!(refused.to_string().contains("(numbers 1=3)"), "{refused}");
    assert_eq!(codes(refused), [("/tables/things/fields/0/unique".into(), "duplicate")]);
    let choice =
        json!({ "key": "a", "kind": "choice", "label": "a", "options": [{ "key": "x" }, { "key": "Ｘ" }] });
    let refused = publish_table(&db, "things", &table(std::slice::from_ref(&choice))).unwrap_err();
    assert!(refused.to_string().contains("(numbers 2)"), "{refused}");
    let who = who(1);
    change(&db, &tables, &by(&who), "things", 2, &map(json!({ "a": "x" })), None, None).unwrap();
    publish_table(&db, "things", &table(&[choice])).unwrap();
    let number = json!({ "key": "a", "kind": "whole", "label": "a" });
    let refused = publish_table(&db, "things", &table(&[number])).unwrap_err();
    assert_eq!(codes(refused), [("/tables/things/fields/0/kind".into(), "bad_definition")]);
    // A deleted record does not stand in the way.
    for id in [2, 3] {
        delete(&db, &load(&db).unwrap(), &by(&who), "things", id, None).unwrap();
    }
    let tables = publish_table(&db, "things", &table(&[text("a", true)])).unwrap();
    let taken = create(&db, &tables, &by(&who), "things", None, &map(json!({ "a": "X" }))).unwrap_err();
    assert_eq!(codes(taken), [("a".into(), "duplicate")]);
    let tables = publish_table(&db, "things", &table(&[text("a", false)])).unwrap();
    make(&db, &tables, 1, "things", json!({ "a": "X" }));
}

#[test]
fn what_was_published_meanwhile_holds_for_who_read_the_tables_before() {
    let db = base();
    let before = publish_table(&db, "things", &table(&[text("a", false)])).unwrap();
    publish_table(&db, "things", &table(&[text("a", true), text("b", false)])).unwrap();
    make(&db, &before, 1, "things", json!({ "a": "x", "b": "y" }));
    let twice = create(&db, &before, &by(&who(1)), "things", None, &map(json!({ "a": "X" })));
    assert_eq!(codes(twice.unwrap_err()), [("a".into(), "duplicate")]);
}

#[test]
fn what_is_erased_is_nowhere() {
    let db = base();
    install(&db, NOW.ms).unwrap();
    let tables = load(&db).unwrap();
    let client = make(&db, &tables, 1, "clients", json!({ "name": "西门" }));
    let contact = make(&db, &tables, 1, "contacts", json!({ "name": "王小明", "client": client.id }));
    let who = who(1);
    change(&db, &tables, &by(&who), "contacts", contact.id, &map(json!({ "name": "王大明" })), None, None)
        .unwrap();
    change(&db, &tables, &by(&who), "clients", client.id, &map(json!({ "name": "东门" })), None, None)
        .unwrap();
    erase::client(&db, client.id, &[], NOW.ms).unwrap();
    let left = "SELECT (SELECT count(*) FROM record_history) + (SELECT count(*) FROM events WHERE topic LIKE 'record.%')";
    assert_eq!(db.query_row(left, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    for (table, text) in [("contacts", "王"), ("clients", "东门")] {
        let query = Query { search: Some(text.into()), limit: 9, ..Query::default() };
        assert_eq!(ids(&db, &tables, 5, table, &query), [0_i64; 0], "{text}");
    }
    let gone = one(&db, &tables, &crate::store::records::tests::who(5), "contacts", contact.id, NOW).unwrap();
    assert_eq!((gone.values.len(), gone.deleted_ms.is_some()), (0, true), "{gone:?}");
}

#[test]
fn fifty_fields_of_all_shapes_are_laid_at_once_and_every_connection_sees_them() {
    let folder = tempfile::tempdir().unwrap();
    let key = crate::store::key::Key::open(folder.path()).unwrap();
    let open = || crate::store::connect(&folder.path().join("file.db"), &key).unwrap();
    let mut db = open();
    crate::store::migrate::migrate(&mut db).unwrap();
    people(&db);
    let before = publish_table(&db, "things", &table(&[text("a", true)])).unwrap();
    let old = make(&db, &before, 1, "things", json!({ "a": "x" }));
    let other = open();
    let count = "SELECT count(*) FROM pragma_table_info('t_1')";
    let columns = |db: &Connection| db.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap();
    let few = columns(&other);
    let kinds =
        ["text", "whole", "number", "day", "bool", "phone", "long_text", "money", "instant", "deadline"];
    let mut fields = vec![text("a", true)];
    fields.extend((0..50).map(|n| json!({ "key": format!("f{n}"), "kind": kinds[n % 10], "label": "f" })));
    fields.push(json!({ "key": "of", "kind": "link", "to": "things", "label": "of" }));
    fields.push(json!({ "key": "many", "kind": "link", "to": "things", "many": true, "label": "many" }));
    // Refused at its very end, or rolled back by whoever published: nothing of it is there, for nobody.
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    publish_table(&db, "things", &table(&fields)).unwrap();
    assert!(columns(&db) > few + 50);
    db.execute_batch("ROLLBACK").unwrap();
    assert_eq!((columns(&db), columns(&other)), (few, few));
    make(&db, &load(&db).unwrap(), 1, "things", json!({ "a": "y" }));
    let tables = publish_table(&db, "things", &table(&fields)).unwrap();
    let values = json!({ "a": "z", "f0": "text", "f1": 5, "f2": 0.5, "f3": "2026-02-18", "of": old.id, "many": [old.id] });
    let made = make(&db, &tables, 1, "things", values);
    assert_eq!(one(&other, &load(&other).unwrap(), &who(1), "things", made.id, NOW).unwrap(), made);
    assert_eq!(one(&other, &tables, &who(1), "things", old.id, NOW).unwrap().values, old.values);
    let wrong = db.execute("UPDATE t_1 SET c_3 = 'no number' WHERE id = 1", []);
    assert!(wrong.is_err(), "the new columns are strict, too");
    let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
}

#[test]
fn a_publish_that_ends_anywhere_leaves_what_was_there() {
    let db = base();
    let before = publish_table(&db, "things", &table(&[text("a", true)])).unwrap();
    let old = make(&db, &before, 1, "things", json!({ "a": "x" }));
    let mut fields = vec![text("a", true), text("b", true)];
    fields.extend(
        (0..12).map(|n| json!({ "key": format!("l{n}"), "kind": "text", "many": true, "label": "l" })),
    );
    fields.extend(
        (0..12).map(|n| json!({ "key": format!("w{n}"), "kind": "link", "to": "things", "label": "w" })),
    );
    let state = |db: &Connection| -> Vec<String> {
        let sql = "SELECT coalesce(sql, name) FROM sqlite_schema UNION ALL SELECT key || body_json || shown FROM record_fields \
                   UNION ALL SELECT kind || key || published FROM heads";
        let mut found = db.prepare(sql).unwrap();
        found.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let whole = state(&db);
    let mut ended = 0;
    // It is short of disk one page later each time.
    for room in 0.. {
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        let pages: i64 = db.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        db.query_row(&format!("PRAGMA max_page_count = {}", pages + room), [], |_| Ok(())).unwrap();
        let published = publish_table_in(&db, "things", &table(&fields));
        db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
        if published.is_ok() {
            db.execute_batch("COMMIT").unwrap();
            break;
        }
        ended += 1;
        if !db.is_autocommit() {
            db.execute_batch("ROLLBACK").unwrap();
        }
        assert!(state(&db) == whole, "{room}");
        assert_eq!(one(&db, &load(&db).unwrap(), &who(1), "things", old.id, NOW).unwrap(), old, "{room}");
    }
    assert!(ended > 20, "{ended}");
    let tables = load(&db).unwrap();
    let made = make(&db, &tables, 1, "things", json!({ "a": "y", "l3": ["p", "q"], "w4": old.id }));
    assert_eq!(made.values["l3"], Value::Texts(vec!["p".into(), "q".into()]));
}

#[test]
fn five_hundred_fields_are_a_table_and_more_than_sqlite_keeps_are_refused_in_words() {
    let db = base();
    let fields = |name: &str, count: usize| -> Vec<Json> {
        (0..count).map(|n| json!({ "key": format!("{name}{n}"), "kind": "text", "label": "f" })).collect()
    };
    let tables = publish_table(&db, "things", &table(&fields("a", 500))).unwrap();
    let values: serde_json::Map<_, _> =
        (0..500).map(|n| (format!("a{n}"), json!(format!("值{n}")))).collect();
    let made = make(&db, &tables, 1, "things", values.into());
    assert_eq!((made.values.len(), &made.values["a499"]), (500, &Value::Text("值499".into())));
    let query = Query {
        filter: question(&tables, "things", "a7 == '值7'"),
        sort: vec![("a499".into(), true)],
        ..Query::default()
    };
    assert_eq!(ids(&db, &tables, 1, "things", &query), [made.id]);
    let refused = publish_table(&db, "things", &table(&fields("a", 501))).unwrap_err();
    assert!(matches!(refused, RecordError::Faults(_)), "{refused}");
    // Those that were taken away keep their columns.
    let refused = publish_table(&db, "things", &table(&fields("b", 500))).unwrap_err();
    assert!(refused.to_string().contains("can have 2000"), "{refused}");
    let tables = load(&db).unwrap();
    assert_eq!(one(&db, &tables, &who(1), "things", made.id, NOW).unwrap(), made, "what is in force stays");
}

#[test]
fn a_field_that_was_something_else_meanwhile_is_in_order_and_unique_again() {
    let db = base();
    let of = |kind: &str, unique: bool| {
        table(&[json!({ "key": "a", "kind": kind, "label": "a", "unique": unique })])
    };
    let tables = publish_table(&db, "things", &of("text", true)).unwrap();
    let first = make(&db, &tables, 1, "things", json!({ "a": "b" }));
    let tables = publish_table(&db, "things", &of("long_text", false)).unwrap();
    let who = who(1);
    change(&db, &tables, &by(&who), "things", first.id, &map(json!({ "a": null })), None, None).unwrap();
    let second = make(&db, &tables, 1, "things", json!({ "a": "c" }));
    let third = make(&db, &tables, 1, "things", json!({ "a": "a" }));
    let tables = publish_table(&db, "things", &of("text", true)).unwrap();
    let sorted = Query { sort: vec![("a".into(), false)], limit: 9, ..Query::default() };
    assert_eq!(ids(&db, &tables, 1, "things", &sorted), [third.id, second.id, first.id]);
    make(&db, &tables, 1, "things", json!({ "a": "b" }));
    let taken = create(&db, &tables, &by(&who), "things", None, &map(json!({ "a": "C" }))).unwrap_err();
    assert_eq!(codes(taken), [("a".into(), "duplicate")]);
}

#[test]
fn the_index_of_a_large_table_is_built_behind_its_definition() {
    let db = base();
    let tables = publish_table(&db, "things", &table(&[text("a", false)])).unwrap();
    make(&db, &tables, 1, "things", json!({ "a": "x" }));
    db.execute_batch("UPDATE t_1 SET id = 10001").unwrap();
    let view = Draft {
        kind: "view".into(),
        key: "v".into(),
        body: crate::revisions::canonical(&json!({ "table": "things", "label": "v", "sort": ["a"] })),
        author: "5".into(),
        note: String::new(),
    };
    let (revision, _) = revisions::save(&db, &view, 0).unwrap();
    revisions::publish(&db, &revision).unwrap();
    publish(&db, NOW.ms).unwrap();
    let index = "SELECT count(*) FROM sqlite_schema WHERE name = 't_1_by_s_1'";
    let built = || db.query_row(index, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(built(), 0);
    let waiting = effects::waiting(&db, 9).unwrap().into_iter().filter_map(|(_, effect)| effect);
    for effect in waiting {
        if let Effect::Index(field) = effect {
            build_index(&db, field).unwrap();
            build_index(&db, field).unwrap();
        }
    }
    assert_eq!(built(), 1);
}
