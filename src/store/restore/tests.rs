//! Restores over what a killed program left, cut short anywhere, and of files that are not ours.

use std::os::unix::fs::MetadataExt;

use super::*;
use crate::audit::Change;
use crate::store::backup::backup;
use crate::store::forgotten::Forgotten;
use crate::store::people::NewPerson;
use crate::store::{Error, OpenError, Store, audit, people};

fn add(store: &Store, from: i64, to: i64) {
    let added = store.write_blocking(move |tx| {
        (from..to).try_for_each(|n| audit::append(tx, "7", n, Change::of("x", "client", n)))
    });
    added.unwrap();
}

fn count(file: &Path) -> i64 {
    let connection = Connection::open(file).unwrap();
    connection.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).unwrap()
}

fn entries(store: &Store) -> i64 {
    let log = store.write_blocking(audit::verify).unwrap();
    assert_eq!(log.broken, None);
    log.entries
}

/// What a program that is killed leaves: the database with its log, of which nothing is in the file yet.
fn killed(folder: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    assert!(fs::metadata(to.join("undertone.db-wal")).unwrap().len() > 0, "the log holds something");
}

/// A folder whose program was killed after ten entries, and a copy with three of them.
fn house() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let (live, data, copy) =
        (root.path().join("live"), root.path().join("data"), root.path().join("copy.db"));
    let store = Store::open(&live).unwrap();
    add(&store, 0, 3);
    backup(&live, &copy).unwrap();
    add(&store, 3, 10);
    killed(&live, &data);
    (root, data, copy)
}

#[test]
fn what_was_acknowledged_before_a_kill_is_put_aside_whole_and_comes_back() {
    let (_root, data, copy) = house();
    let restored = restore(&copy, &data, "e").unwrap();
    let before = restored.before.unwrap();
    assert_eq!(before, data.join("before-restore-1"));
    assert_eq!((count(&before.join(FILE)), entries(&Store::open(&data).unwrap())), (10, 3));
    let again = restore(&before.join(FILE), &data, "f").unwrap();
    assert_eq!(again.before, Some(data.join("before-restore-2")), "nothing is written over");
    assert_eq!(count(&before.join(FILE)), 10);
    let store = Store::open(&data).unwrap();
    assert_eq!((entries(&store), store.condition().troubles()), (10, Vec::new()));
}

#[test]
fn a_copy_with_a_log_of_its_own_is_taken_with_it() {
    let (root, data, _) = house();
    let other = root.path().join("other");
    restore(&data.join(FILE), &other, "e").unwrap();
    assert_eq!(entries(&Store::open(&other).unwrap()), 10);
    assert_eq!(count(&data.join(FILE)), 10, "and stays as it was");
}

/// Everything that a restore may leave when it is cut short, as it would be found by the next start.
#[test]
fn a_restore_that_is_cut_short_is_finished_or_undone() {
    let (root, data, copy) = house();
    let at = |name: &str| {
        let folder = root.path().join(name);
        killed(&data, &folder);
        folder
    };
    let check = |name: &str, folder: &Path, want: i64| {
        let store = Store::open(folder).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(entries(&store), want, "{name}");
        assert_eq!(store.condition().troubles(), Vec::new(), "{name}");
        let left = [NEW, NEW_KEY, WORD].iter().any(|left| folder.join(left).exists());
        assert!(!left, "{name}: something is left");
    };
    let folder = at("half a copy");
    fs::write(folder.join(NEW), &fs::read(&copy).unwrap()[..5000]).unwrap();
    check("half a copy", &folder, 10);

    let folder = at("a copy without the word");
    stage(&copy, &folder, "e").unwrap();
    keep(&folder).unwrap();
    check("a copy without the word", &folder, 10);

    let folder = at("the word");
    stage(&copy, &folder, "e").unwrap();
    keep(&folder).unwrap();
    fs::write(folder.join(WORD), "").unwrap();
    check("the word", &folder, 3);

    let folder = at("the log is gone");
    stage(&copy, &folder, "e").unwrap();
    keep(&folder).unwrap();
    fs::write(folder.join(WORD), "").unwrap();
    let _ = fs::remove_file(folder.join("undertone.db-wal"));
    check("the log is gone", &folder, 3);

    let folder = at("the copy is in place");
    stage(&copy, &folder, "e").unwrap();
    keep(&folder).unwrap();
    fs::write(folder.join(WORD), "").unwrap();
    for ending in LOGS {
        let _ = fs::remove_file(folder.join(format!("undertone.db{ending}")));
    }
    fs::rename(folder.join(NEW), folder.join(FILE)).unwrap();
    check("the copy is in place", &folder, 3);
    assert_eq!(count(&folder.join("before-restore-1").join(FILE)), 10);

    let folder = root.path().join("an older program, before its last step");
    fs::create_dir(&folder).unwrap();
    fs::copy(
        folder.join("../the word/before-restore-1").join(FILE),
        folder.join("undertone.db.before-restore"),
    )
    .unwrap();
    let older = Connection::open(folder.join("undertone.db.before-restore")).unwrap();
    older.execute("DELETE FROM meta WHERE key = 'commits'", []).unwrap();
    drop(older);
    fs::copy(&copy, folder.join(NEW)).unwrap();
    check("an older program, before its last step", &folder, 10);
}

#[test]
fn a_database_that_is_gone_is_never_begun_anew() {
    let (_root, data, copy) = house();
    for name in ["undertone.db", "undertone.db-wal", "undertone.db-shm"] {
        let _ = fs::remove_file(data.join(name));
    }
    let Err(OpenError::Gone(file)) = Store::open(&data) else { panic!("it began anew") };
    assert!(!file.exists(), "nothing was made");
    assert!(crate::store::examine(&data).unwrap_err().to_string().contains("restore a backup"));
    restore(&copy, &data, "e").unwrap();
    assert_eq!(entries(&Store::open(&data).unwrap()), 3);
}

#[test]
fn a_file_that_is_not_ours_moves_nothing() {
    let (root, data, copy) = house();
    let planted = root.path().join("planted.db");
    let faults = [
        "CREATE TRIGGER evil AFTER INSERT ON sessions BEGIN DELETE FROM events; END",
        "CREATE VIEW evil AS SELECT 1",
        "DROP TABLE deliveries",
        "PRAGMA application_id = 1",
        "PRAGMA user_version = 99",
    ];
    for sql in faults {
        fs::copy(&copy, &planted).unwrap();
        Connection::open(&planted).unwrap().execute_batch(sql).unwrap();
        assert!(restore(&planted, &data, "e").is_err(), "{sql}");
    }
    fs::write(&planted, "this is no database, though it is long enough to be looked at").unwrap();
    let refused = restore(&planted, &data, "e").unwrap_err().to_string();
    assert!(refused.contains(planted.to_str().unwrap()), "{refused}");
    assert!(!data.join("before-restore-1").exists() && !data.join(NEW).exists());
    assert_eq!(entries(&Store::open(&data).unwrap()), 10);
}

#[test]
fn what_was_erased_since_goes_from_the_copy_and_from_what_is_put_aside() {
    let root = tempfile::tempdir().unwrap();
    let (data, copy) = (root.path().join("data"), root.path().join("copy.db"));
    let store = Store::open(&data).unwrap();
    let new = |login: &str| NewPerson {
        login: login.parse().unwrap(),
        name: format!("Name of {login}"),
        role: crate::people::Role::Admin,
        team: None,
    };
    let id = store.write_blocking(move |tx| {
        people::insert(tx, &new("first"), 1)?;
        people::insert(tx, &new("second"), 2)
    });
    let id = id.unwrap().id;
    backup(&data, &copy).unwrap();
    let known = store.write_blocking(move |tx| {
        let known = Forgotten::person(tx, id)?;
        crate::store::erase::person(tx, id)?;
        audit::append(tx, "1", 5, Change::of("person.erase", "person", id))?;
        Ok::<_, Error>(known)
    });
    drop(store);
    assert_eq!(restore(&copy, &data, "e").unwrap().forgotten, 1);
    let store = Store::open(&data).unwrap();
    let name = store.write_blocking(move |tx| people::one(tx, id)).unwrap().name;
    assert_eq!(name, format!("erased {id}"));
    drop(store);

    let aside_file = aside::next(&data).join(FILE);
    files::folder(aside_file.parent().unwrap()).unwrap();
    fs::copy(&copy, &aside_file).unwrap();
    let holds = || fs::read(&aside_file).unwrap().windows(14).any(|bytes| bytes == b"Name of second");
    assert!(holds());
    aside::forget(&data, &known.unwrap()).unwrap();
    assert!(!holds());
    fs::write(&aside_file, "damaged beyond reading, and it may still hold a name in clear").unwrap();
    aside::forget(&data, &Forgotten::Person { id, made_ms: 2 }).unwrap();
    assert!(!aside_file.exists(), "what cannot be cleaned goes");
}

#[test]
fn what_was_put_aside_goes_after_a_while() {
    let (_root, data, copy) = house();
    restore(&copy, &data, "e").unwrap();
    let day = std::time::Duration::from_secs(24 * 3600);
    let now = std::time::SystemTime::now();
    aside::sweep(&data, 30 * day, now + 29 * day);
    assert_eq!(aside::all(&data).len(), 1);
    aside::sweep(&data, 30 * day, now + 31 * day);
    assert_eq!(aside::all(&data).len(), 0);
}

#[test]
fn nobody_else_on_the_machine_reads_any_of_it() {
    let (_root, data, copy) = house();
    restore(&copy, &data, "e").unwrap();
    let store = Store::open(&data).unwrap();
    add(&store, 20, 21);
    let open: Vec<_> = [data.clone(), data.join("before-restore-1")]
        .iter()
        .flat_map(|folder| fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()))
        .chain([copy.clone(), files::beside(&copy, ".sha256"), files::beside(&copy, ".key"), data.clone()])
        .filter(|path| fs::metadata(path).unwrap().mode() & 0o077 != 0)
        .collect();
    assert!(open.is_empty(), "{open:?}");
}
