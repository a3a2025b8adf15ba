//! What records of a table cost: 100,000 of seven fields, with rights, checks, history and search words.
//!
//! `cargo bench --bench records` fills a database in a temporary folder and prints what a page, a create, an import, a sum
//! and the publishing of fifty fields take; `-- --rows 1000000` does so with more.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use serde_json::{Map, Value as Json, json};
use undertone::people::{Role, Scope, Who};
use undertone::records::definition::Measure;
use undertone::records::query::Question;
use undertone::revisions::canonical;
use undertone::store::effects::{self, Effect};
use undertone::store::records::{self, Actor, Cause, Now, Query, RecordError, Tables};
use undertone::store::revisions::{self, Draft};
use undertone::store::{Error, Store, Tx};
use undertone::units::{PersonId, TeamId, Zone};

const ROWS: u64 = 100_000;
const NEW_FIELDS: usize = 50;
const BATCH: u64 = 1_000;
const PEOPLE: u64 = 50;
const WRITERS: u64 = 32;
const LOOKS: usize = 200;
const NOW: Now = Now { ms: 1_771_400_000_000, zone: Zone::SHANGHAI };
const STAGES: [&str; 5] = ["新建", "已联系", "已报价", "已成交", "已流失"];
const WORDS: [&str; 6] = ["华东医药", "重庆银行", "兼容性", "上海地铁", "新能源", "双高计划"];

fn body() -> Json {
    let options: Vec<_> = STAGES.iter().map(|stage| json!({ "key": stage })).collect();
    let all = json!({ "read": "all", "create": true, "change": "all", "delete": "all" });
    json!({
        "label": "deals",
        "fields": [
            { "key": "name", "kind": "text", "label": "name", "required": true },
            { "key": "stage", "kind": "choice", "label": "stage", "options": options },
            { "key": "amount", "kind": "money", "label": "amount" },
            { "key": "score", "kind": "number", "label": "score" },
            { "key": "due", "kind": "day", "label": "due" },
            { "key": "phone", "kind": "phone", "label": "phone" },
            { "key": "note", "kind": "long_text", "label": "note" }
        ],
        "access": { "admin": all, "rep": { "read": "own", "create": true, "change": "own", "delete": "nothing" } },
    })
}

/// A number drawn for `n`.
fn mixed(n: u64) -> u64 {
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 8
}

fn values(n: u64) -> Map<String, Json> {
    let (drawn, word) = (mixed(n), |at: u64| WORDS[(mixed(n + at) % WORDS.len() as u64) as usize]);
    let values = json!({
        "name": format!("{}{n}", word(1)), "stage": STAGES[(drawn % 5) as usize], "amount": drawn % 10_000_000,
        "score": (drawn % 1_000) as f64 / 10.0, "due": format!("2026-{:02}-{:02}", drawn % 12 + 1, drawn / 12 % 28 + 1),
        "phone": format!("138{:08}", drawn % 100_000_000), "note": format!("{}，{}", word(2), word(3)),
    });
    values.as_object().unwrap().clone()
}

fn admin() -> Who {
    Who { person: Some(PersonId(1)), role: Role::Admin, team: Some(TeamId(1)), scope: Scope::ALL }
}

fn draft(kind: &str, body: &Json) -> Draft {
    Draft {
        kind: kind.into(),
        key: "deals".into(),
        body: canonical(body),
        author: "1".into(),
        note: String::new(),
    }
}

/// Fields of ten kinds, with a view that sorts by two of them and by one that was there.
fn publish_more(tx: &Tx) -> Result<(), RecordError> {
    let kinds =
        ["text", "whole", "money", "day", "phone", "number", "bool", "long_text", "instant", "deadline"];
    let mut body = body();
    let fields = body["fields"].as_array_mut().unwrap();
    for n in 0..NEW_FIELDS {
        fields.push(
            json!({ "key": format!("f{n}"), "kind": kinds[n % kinds.len()], "label": format!("f{n}") }),
        );
    }
    let view = json!({ "table": "deals", "label": "deals", "sort": ["-due", "f1", "f3", "amount"] });
    for draft in [draft("table", &body), draft("view", &view)] {
        let (revision, _) = revisions::save(tx, &draft, 0)?;
        revisions::publish(tx, &revision)?;
    }
    records::publish(tx, NOW.ms)
}

/// Publishes fifty fields while somebody writes once a millisecond, then builds the indexes that wait; how long each wrote.
fn grow(store: &Store, write: impl Fn(u64) + Sync) {
    let done = AtomicBool::new(false);
    let (longest, published, built) = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut longest = Duration::ZERO;
            for n in 0.. {
                if done.load(Relaxed) {
                    break;
                }
                let began = Instant::now();
                write(10_000_000 + n);
                longest = longest.max(began.elapsed());
                std::thread::sleep(Duration::from_millis(1));
            }
            longest
        });
        let began = Instant::now();
        store.write_blocking(publish_more).unwrap();
        let published = began.elapsed();
        let waiting = store.write_blocking(|tx| effects::waiting(tx, 100)).unwrap();
        let mut built = Vec::new();
        for effect in waiting.into_iter().filter_map(|(_, effect)| effect) {
            if let Effect::Index(field) = effect {
                let began = Instant::now();
                store.write_blocking(move |tx| records::build_index(tx, field)).unwrap();
                built.push(began.elapsed());
            }
        }
        done.store(true, Relaxed);
        (writer.join().unwrap(), published, built)
    });
    println!(
        "publishing {NEW_FIELDS} fields: {:.0} ms; indexes of views afterwards: {:?} ms; who wrote meanwhile waited {:.0} ms at most",
        published.as_secs_f64() * 1e3,
        built.iter().map(Duration::as_millis).collect::<Vec<_>>(),
        longest.as_secs_f64() * 1e3,
    );
}

/// What is in the file, by table, largest first.
fn sizes(store: &Store) {
    let db = rusqlite::Connection::open(store.file()).unwrap();
    let by_table = "SELECT m.tbl_name, sum(s.pgsize) / 1e6 FROM dbstat AS s JOIN sqlite_schema AS m ON m.name = s.name \
                    GROUP BY 1 ORDER BY 2 DESC LIMIT 8";
    let Ok(mut found) = db.prepare(by_table) else { return };
    let found =
        found.query_map([], |row| Ok(format!("{} {:.1}", row.get::<_, String>(0)?, row.get::<_, f64>(1)?)));
    println!("MB: {}", found.unwrap().collect::<Result<Vec<_>, _>>().unwrap().join(", "));
}

fn publish(tx: &Tx) -> Result<(), RecordError> {
    tx.execute("INSERT INTO teams(id, name) VALUES (1, 'team')", []).map_err(Error::from)?;
    for n in 1..=PEOPLE {
        let sql = "INSERT INTO people(id, login, name, role, team, created_ms) VALUES (?1, 'p' || ?1, 'p', 'rep', 1, 0)";
        tx.execute(sql, [n as i64]).map_err(Error::from)?;
    }
    let view = json!({ "table": "deals", "label": "deals", "sort": ["-due"] });
    for draft in [draft("table", &body()), draft("view", &view)] {
        let (revision, _) = revisions::save(tx, &draft, 0)?;
        revisions::publish(tx, &revision)?;
    }
    records::publish(tx, NOW.ms)
}

fn create(tx: &Tx, tables: &Tables, n: u64, cause: Cause) -> Result<(), RecordError> {
    let who = admin();
    let actor = Actor { who: &who, name: "1", now_ms: NOW.ms, zone: NOW.zone, cause: cause.clone() };
    let mut values = values(n);
    values.insert("owner".into(), (mixed(n) % PEOPLE + 1).into());
    // As the import does, which looks at none of them.
    match cause {
        Cause::Import(_) => records::create_unseen(tx, tables, &actor, "deals", None, &values).map(drop),
        _ => records::create(tx, tables, &actor, "deals", None, &values).map(drop),
    }
}

/// The median and the 99th percentile of so many times, in milliseconds.
fn times(many: usize, mut work: impl FnMut(usize)) -> (f64, f64) {
    let mut times: Vec<Duration> = (0..many)
        .map(|at| {
            let began = Instant::now();
            work(at);
            began.elapsed()
        })
        .collect();
    times.sort_unstable();
    let ms = |share: f64| times[((many - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    (ms(0.5), ms(0.99))
}

fn tell(what: &str, (p50, p99): (f64, f64)) {
    println!("{what:<52} p50 {p50:8.2} ms   p99 {p99:8.2} ms");
}

fn look(store: &Store, tables: &Tables) {
    let db = rusqlite::Connection::open(store.file()).unwrap();
    let who = admin();
    for (what, filter, sort) in [
        (
            "page of 50: filter on amount, sort by score",
            "amount > 5000000 && stage == '已报价'",
            ("score", true),
        ),
        ("page of 50: filter on stage, sort by due (index)", "stage == '已报价'", ("due", true)),
        ("page of 50: sort by name (pinyin)", "amount >= 0", ("name", false)),
    ] {
        let filter = Question::new(filter, &tables.set, "deals", NOW.zone).unwrap();
        let query = Query {
            filter: Some(filter),
            sort: vec![(sort.0.into(), sort.1)],
            limit: 50,
            ..Query::default()
        };
        let page = || records::page(&db, tables, &who, "deals", &query, NOW).unwrap();
        tell(what, times(LOOKS, |_| assert_eq!(page().items.len(), 50)));
        tell(
            "  and how many, up to 1,000",
            times(LOOKS, |_| {
                records::count(&db, tables, &who, "deals", &query, NOW, 1_000).unwrap();
            }),
        );
    }
    let search = Query { search: Some("兼容".into()), limit: 50, ..Query::default() };
    tell(
        "page of 50: search 兼容",
        times(LOOKS, |_| {
            records::page(&db, tables, &who, "deals", &search, NOW).unwrap();
        }),
    );
    tell(
        "one record",
        times(LOOKS, |at| {
            records::one(&db, tables, &who, "deals", at as i64 + 1, NOW).unwrap();
        }),
    );
    let by = ["stage".to_owned(), "owner".to_owned()];
    tell(
        "sum of amount by stage and owner",
        times(LOOKS / 4, |_| {
            let of = (Measure::Sum, Some("amount".to_owned()));
            records::sum(&db, tables, &who, "deals", &by, of, None, NOW).unwrap();
        }),
    );
}

fn main() {
    let given = std::env::args().skip_while(|argument| argument != "--rows").nth(1);
    let rows: u64 = given.map_or(ROWS, |rows| rows.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.write_blocking(publish).unwrap();
    let tables = store.write_blocking(records::load).unwrap();
    let began = Instant::now();
    for first in (0..rows).step_by(BATCH as usize) {
        let tables = tables.clone();
        let all =
            move |tx: &Tx| (first..first + BATCH).try_for_each(|n| create(tx, &tables, n, Cause::Import(1)));
        store.write_blocking(all).unwrap();
    }
    println!("import of {rows}: {:.0} rows/s", rows as f64 / began.elapsed().as_secs_f64());
    look(&store, &tables);
    let shared = std::sync::Arc::new(tables);
    let write = |n: u64| {
        let tables = shared.clone();
        store.write_blocking(move |tx| create(tx, &tables, n, Cause::Person)).unwrap();
    };
    tell("create, one after the other", times(1_000, |at| write(rows + at as u64)));
    let (next, began) = (AtomicU64::new(2 * rows), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while began.elapsed() < Duration::from_secs(5) {
                    write(next.fetch_add(1, Relaxed));
                }
            });
        }
    });
    let made = next.load(Relaxed) - 2 * rows;
    println!("creates from {WRITERS} writers: {:.0}/s", made as f64 / began.elapsed().as_secs_f64());
    sizes(&store);
    grow(&store, write);
    let bytes = std::fs::metadata(store.file()).unwrap().len();
    println!("database: {:.1} MB", bytes as f64 / 1e6);
}
