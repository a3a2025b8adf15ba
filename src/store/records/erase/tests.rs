//! What of a client stays in records when it is erased, and who may erase what.

use super::*;
use crate::store::idempotency::{Answer, Request, keep};
use crate::store::records::tests::{NOW, access, base, by, ids, make, map, own, publish_table, who};
use crate::store::records::{Query, StoredRecord, change, install, load, one, settle_all_words};
use crate::store::{clients, erase};
use crate::units::{ClientId, PersonId};

fn text(key: &str) -> Json {
    json!({ "key": key, "kind": "long_text", "label": key })
}

fn link(key: &str, to: &str, many: bool) -> Json {
    json!({ "key": key, "kind": "link", "label": key, "to": to, "many": many })
}

/// The pack, and meetings with several clients and contacts, and minutes of meetings.
fn house() -> (Connection, Tables) {
    let db = base();
    install(&db, NOW.ms).unwrap();
    let fields = [text("note"), link("clients", "clients", true), link("guests", "contacts", true)];
    let table = |fields: &[Json]| json!({ "label": "x", "fields": fields, "access": access(own()) });
    publish_table(&db, "meetings", &table(&fields)).unwrap();
    let tables = publish_table(&db, "minutes", &table(&[text("note"), link("meeting", "meetings", false)]));
    (db, tables.unwrap())
}

fn note(record: &StoredRecord) -> Option<String> {
    match record.values.get("note") {
        Some(Value::Text(note)) => Some(note.clone()),
        _ => None,
    }
}

/// Whether a word stands in the index, gone or not: in no row that a search finds, but in the file.
fn is_indexed(db: &Connection, word: &str) -> bool {
    let mut blocks = db.prepare("SELECT block FROM record_words_data").unwrap();
    let blocks = blocks.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    blocks.flatten().any(|block| block.windows(word.len()).any(|piece| piece == word.as_bytes()))
}

#[test]
fn what_leads_to_a_client_through_lists_or_by_way_of_others_goes_with_it_and_what_others_share_stays() {
    let (db, tables) = house();
    let client = |name: &str| make(&db, &tables, 1, "clients", json!({ "name": name, "aliases": [] })).id;
    let (gone, stays) = (client("甲方公司"), client("乙方公司"));
    let contact =
        |name: &str, of: i64| make(&db, &tables, 1, "contacts", json!({ "name": name, "client": of })).id;
    let (wang, chen) = (contact("王小明", gone), contact("陈大文", stays));
    let meeting = |note: &str, clients: &[i64], guests: &[i64]| {
        make(&db, &tables, 1, "meetings", json!({ "note": note, "clients": clients, "guests": guests })).id
    };
    let minutes =
        |meeting: i64| make(&db, &tables, 1, "minutes", json!({ "note": "记录", "meeting": meeting })).id;
    let alone = meeting("xylophone", &[gone], &[]);
    let by_guest = meeting("secret", &[], &[wang]);
    let both = meeting("甲方公司的王小明和乙方公司谈价格", &[gone, stays], &[]);
    let mixed = meeting("secret", &[gone], &[chen]);
    let other = meeting("甲方公司", &[stays], &[]);
    let (led, kept) = (minutes(alone), minutes(both));
    change(
        &db,
        &tables,
        &by(&who(1)),
        "meetings",
        both,
        &map(json!({ "note": "王小明、乙方公司" })),
        None,
        None,
    )
    .unwrap();
    assert!(is_indexed(&db, "xylophone"));

    erase::client(&db, ClientId(gone), NOW.ms).unwrap();
    let read = |table: &str, id: i64| one(&db, &tables, &who(5), table, id, NOW).unwrap();
    for (table, id) in [("meetings", alone), ("meetings", by_guest), ("minutes", led), ("contacts", wang)] {
        let left = read(table, id);
        assert_eq!((left.values.len(), left.deleted_ms.is_some()), (0, true), "{table} {id}: {left:?}");
    }
    let shared = read("meetings", both);
    assert_eq!(note(&shared), Some(format!("erased {gone}、乙方公司")));
    assert_eq!(shared.values["clients"], Value::Refs(vec![gone, stays]), "the number stays");
    for (table, id, text) in
        [("meetings", mixed, "secret"), ("meetings", other, "甲方公司"), ("minutes", kept, "记录")]
    {
        assert_eq!(note(&read(table, id)).as_deref(), Some(text), "{table} {id}");
    }
    let history = "SELECT count(*) FROM record_history WHERE instr(coalesce(before_json, '') || coalesce(after_json, ''), ?)";
    for name in ["王小明", "xylophone"] {
        assert_eq!(db.query_row(history, [name], |row| row.get::<_, i64>(0)).unwrap(), 0, "{name}");
    }
    let search = |text: &str| {
        let query = Query { search: Some(text.into()), limit: 9, ..Query::default() };
        ids(&db, &tables, 5, "meetings", &query)
    };
    assert_eq!((search("王小明"), search("xylophone"), search("乙方公司")), (vec![], vec![], vec![both]));
    assert!(is_indexed(&db, "xylophone"), "it is passed over and stands there still");
    settle_all_words(&db).unwrap();
    assert!(!is_indexed(&db, "xylophone"));
    assert_eq!(search("乙方公司"), [both]);
}

#[test]
fn another_client_never_hangs_on_one() {
    let (db, tables) = house();
    let first = make(&db, &tables, 1, "clients", json!({ "name": "甲方" }));
    let contact = make(&db, &tables, 1, "contacts", json!({ "name": "王", "client": first.id }));
    let values = json!({ "name": "乙方", "decision_maker": contact.id, "term_days": 30 });
    let second = make(&db, &tables, 1, "clients", values);
    erase::client(&db, ClientId(first.id), NOW.ms).unwrap();
    let left = one(&db, &tables, &who(1), "clients", second.id, NOW).unwrap();
    assert_eq!(
        (&left.values["name"], &left.values["term_days"]),
        (&Value::Text("乙方".into()), &Value::Whole(30))
    );
}

#[test]
fn kept_answers_about_what_hangs_on_a_client_go_with_it_and_no_others() {
    let (db, tables) = house();
    let client = make(&db, &tables, 1, "clients", json!({ "name": "甲方" }));
    let record = make(&db, &tables, 1, "meetings", json!({ "note": "x", "clients": [client.id] })).id;
    let answer = |key: &str, about: (&str, &str), body: Json| {
        let request = Request { actor: "1".into(), key: key.into(), hash: [0; 32] };
        let answer = Answer { status: 200, version: None, body_json: body.to_string() };
        keep(&db, &request, &answer, about, 0).unwrap();
    };
    answer("one", ("record", &format!("meetings/{record}")), json!({}));
    answer("many", ("table", "meetings"), json!({ "items": [{ "id": record + 7 }, { "id": record }] }));
    answer("rows", ("import", "5"), json!({ "bad_rows": "x" }));
    answer("a", ("record", &format!("minutes/{record}")), json!({}));
    answer("b", ("table", "meetings"), json!({ "items": [{ "id": record + 7 }] }));
    answer("c", ("table", "minutes"), json!({ "items": [{ "id": record }] }));
    answer("d", ("import", "6"), json!({ "bad_rows": null }));
    erase::client(&db, ClientId(client.id), NOW.ms).unwrap();
    let left = "SELECT group_concat(key, ' ') FROM (SELECT key FROM answers ORDER BY key)";
    assert_eq!(db.query_row(left, [], |row| row.get::<_, String>(0)).unwrap(), "a b c d");
}

#[test]
fn what_is_handed_out_of_a_client_ends_where_the_role_does() {
    let db = base();
    install(&db, NOW.ms).unwrap();
    let hides = json!({ "read": "own", "create": true, "change": "own", "hidden": ["margin", "owner"] });
    let margin = json!({ "key": "margin", "kind": "whole", "label": "x" });
    let table = |rep: Json| {
        let fields = [text("note"), margin.clone(), link("client", "clients", false)];
        json!({ "label": "x", "fields": fields, "access": access(rep) })
    };
    publish_table(&db, "deals", &table(hides)).unwrap();
    let tables = publish_table(&db, "reviews", &table(json!({ "create": true }))).unwrap();
    let client = make(&db, &tables, 1, "clients", json!({ "name": "甲方" })).id;
    for table in ["deals", "reviews"] {
        let values = json!({ "note": "x", "margin": 77, "client": client, "owner": 1 });
        make(&db, &tables, 5, table, values);
    }
    let data =
        |person: i64| erase::of_client(&db, ClientId(client), &who(person)).unwrap().0["records"].clone();
    let seen = data(1);
    assert_eq!(seen["deals"][0]["values"], json!({ "note": "x", "client": client }), "{seen}");
    assert_eq!((&seen["deals"][0]["owner"], &seen["reviews"]), (&Json::Null, &json!([])), "{seen}");
    let all = data(5);
    assert_eq!(all["reviews"][0]["values"]["margin"], 77, "{all}");
}

#[test]
fn a_client_goes_only_with_what_its_eraser_may_delete() {
    let (db, tables) = house();
    let all = json!({ "read": "all", "create": true, "change": "all", "delete": "own" });
    let fields = [text("note"), link("client", "clients", false)];
    let body = json!({ "label": "x", "fields": fields, "access": access(all) });
    let tables = publish_table(&db, "deals", &body).map(|_| load(&db).unwrap()).unwrap_or(tables);
    let client = clients::named_only(&db, "甲方", PersonId(1));
    let may = |person: i64| erase::reaches_all(&db, client, &who(person)).unwrap();
    make(&db, &tables, 5, "deals", json!({ "note": "x", "client": client.0, "owner": 1 }));
    assert!(may(1));
    make(&db, &tables, 5, "deals", json!({ "note": "of another team", "client": client.0, "owner": 4 }));
    assert_eq!((may(1), may(5)), (false, true));
}
