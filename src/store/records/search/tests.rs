use rusqlite::Connection;
use serde_json::{Value as Json, json};

use super::*;
use crate::store::Store;
use crate::store::records::tests::*;
use crate::store::records::*;

fn firms() -> Json {
    json!({ "label": "firms", "fields": [{ "key": "name", "kind": "text", "label": "name" }], "access": access(own()) })
}

fn named(name: &str) -> Json {
    json!({ "name": name })
}

/// Records in whose words the index has this one, whoever asks.
fn indexed(db: &Connection, word: &str) -> i64 {
    let count = "SELECT count(*) FROM record_words WHERE record_words MATCH ?";
    db.query_row(count, [format!("\"{word}\"")], |row| row.get(0)).unwrap()
}

#[test]
fn words_that_wait_are_found_change_and_go_with_their_records() {
    let db = base();
    let tables = publish_table(&db, "firms", &firms()).unwrap();
    let found = |text: &str| {
        ids(&db, &tables, 1, "firms", &Query { search: Some(text.into()), limit: 9, ..Query::default() })
    };
    db.execute_batch("SAVEPOINT undone").unwrap();
    make(&db, &tables, 1, "firms", named("华东医药"));
    db.execute_batch("ROLLBACK TO undone; RELEASE undone").unwrap();
    let firm = make(&db, &tables, 1, "firms", named("重庆银行"));
    let again = |name: &str| {
        change(&db, &tables, &by(&who(1)), "firms", firm.id, &map(named(name)), None, None).unwrap();
    };
    again("上海地铁");
    assert_eq!([found("华东"), found("重庆")], [[0; 0], [0; 0]]);
    assert_eq!(found("上海"), [firm.id]);
    again("双高计划");
    again("新能源");
    assert_eq!([found("上海"), found("双高")], [[0; 0], [0; 0]]);
    assert_eq!(found("能源"), [firm.id]);
    let gone = make(&db, &tables, 1, "firms", named("兼容"));
    forget(&db, tables.layout.places["firms"].number, gone.id).unwrap();
    write_waiting(&db).unwrap();
    assert_eq!((indexed(&db, "兼容"), indexed(&db, "能源")), (0, 1), "what is erased does not come back");
}

#[test]
fn words_are_on_disk_with_their_commit_and_those_of_work_that_failed_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let tables = store.write_blocking(|tx| {
        people(tx);
        publish_table(tx, "firms", &firms())
    });
    let tables = tables.unwrap();
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (store, tables) = (&store, tables.clone());
            scope.spawn(move || {
                store.write_blocking(move |tx| {
                    make(tx, &tables, 1, "firms", named("华东医药"));
                    if n % 2 == 0 { Ok(()) } else { Err(Error::Missing("nothing")) }
                })
            });
        }
    });
    let reader = Connection::open(store.file()).unwrap();
    assert_eq!(indexed(&reader, "华东"), 4);
}
