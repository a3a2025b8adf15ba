//! Damage and tampering, with the program stopped and running.

use super::*;
use crate::audit::Change;
use crate::store::{FILE, Store, connect};

fn add(store: &Store, entries: i64) {
    for n in 0..entries {
        store
            .write_blocking(move |tx| audit::append(tx, "7", 1000 + n, Change::of("x", "client", n)))
            .unwrap();
    }
}

fn filled(entries: i64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    add(&Store::open(folder.path()).unwrap(), entries);
    folder
}

/// What the next start, and what `doctor`, says.
fn doubts(folder: &Path) -> (Option<Doubt>, Option<Doubt>) {
    let doctor = crate::store::examine(folder).unwrap().unwrap();
    assert_eq!(doctor.log.broken, None, "the chain itself holds");
    (Store::open(folder).unwrap().condition().doubt, doctor.doubt)
}

fn tamper(folder: &Path, sql: &str) {
    let connection = Connection::open(folder.join(FILE)).unwrap();
    connection.execute_batch("DROP TRIGGER IF EXISTS audit_is_append_only_update; DROP TRIGGER IF EXISTS audit_is_append_only_delete").unwrap();
    connection.execute_batch(sql).unwrap();
}

/// Changes an entry and chains all behind it anew, as somebody who has read this program could.
fn rechain(folder: &Path, seq: i64) {
    tamper(folder, &format!("UPDATE audit SET actor = '8' WHERE seq = {seq}"));
    let connection = Connection::open(folder.join(FILE)).unwrap();
    let mut link = audit::link_of(&connection, seq - 1).unwrap().unwrap_or(crate::audit::ROOT);
    let found = audit::search(&connection, &audit::Search::default(), 10_000).unwrap();
    for entry in found.iter().rev().filter(|entry| entry.seq >= seq) {
        link = link.next(entry);
        connection
            .execute("UPDATE audit SET link = ? WHERE seq = ?", rusqlite::params![link.0, entry.seq])
            .unwrap();
    }
    assert_eq!(audit::verify(&connection).unwrap().broken, None);
}

#[test]
fn an_untouched_database_is_beyond_doubt_however_often_it_is_opened() {
    let folder = filled(200);
    for _ in 0..3 {
        assert_eq!(doubts(folder.path()), (None, None));
        add(&Store::open(folder.path()).unwrap(), 3);
    }
}

#[test]
fn entries_that_are_cut_off_the_end_are_missed() {
    let folder = filled(100);
    tamper(folder.path(), "DELETE FROM audit WHERE seq > 90");
    let (start, doctor) = doubts(folder.path());
    assert_eq!((start, doctor), (Some(Doubt::NotSigned(100)), Some(Doubt::NotSigned(100))));
    add(&Store::open(folder.path()).unwrap(), 20);
    assert!(
        matches!(doubts(folder.path()).1, Some(Doubt::NotSigned(100))),
        "others in their place are not they"
    );
}

#[test]
fn a_chain_that_is_made_anew_is_not_the_one_that_was_signed() {
    for seq in [1, 50, 100] {
        let folder = filled(100);
        rechain(folder.path(), seq);
        let (start, doctor) = doubts(folder.path());
        assert!(
            matches!((&start, &doctor), (Some(Doubt::NotSigned(_)), Some(Doubt::NotSigned(_)))),
            "{seq}: {start:?}"
        );
    }
}

#[test]
fn a_chain_that_is_made_anew_while_the_program_runs_is_found_too() {
    let folder = filled(10);
    let store = Store::open(folder.path()).unwrap();
    add(&store, 5);
    rechain(folder.path(), 12);
    add(&store, 5);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(store.compare()).unwrap(), Some(Doubt::NotSigned(15)));
    drop(store);
    assert_eq!(doubts(folder.path()).1, Some(Doubt::NotSigned(15)), "and for good");
}

#[test]
fn an_anchor_that_is_moved_is_found_and_one_that_the_sweep_moved_is_not() {
    let folder = filled(100);
    let store = Store::open(folder.path()).unwrap();
    let swept = store.write_blocking(|tx| audit::sweep(tx, 1040)).unwrap();
    assert_eq!(swept, 40);
    drop(store);
    assert_eq!(doubts(folder.path()), (None, None));
    tamper(
        folder.path(),
        "DELETE FROM audit_anchor; INSERT INTO audit_anchor SELECT seq, link FROM audit WHERE seq = 70; \
         DELETE FROM audit WHERE seq <= 70",
    );
    assert_eq!(doubts(folder.path()).1, Some(Doubt::Shortened(70)));
}

#[test]
fn what_another_program_appends_is_found() {
    let folder = filled(10);
    let connection = Connection::open(folder.path().join(FILE)).unwrap();
    audit::append(&connection, "1", 5, Change::of("client.erase", "client", 1)).unwrap();
    drop(connection);
    assert_eq!(doubts(folder.path()).0, Some(Doubt::Foreign(1)));
    assert_eq!(doubts(folder.path()).0, Some(Doubt::Noted(11)), "and stays so");
}

#[test]
fn heads_that_are_taken_away_or_forged_are_missed() {
    for name in [HEAD, HEADS] {
        let folder = filled(10);
        fs::remove_file(folder.path().join(name)).unwrap();
        assert_eq!(doubts(folder.path()).1, Some(Doubt::Unreadable(name)));
        assert!(doubts(folder.path()).1.is_some(), "starting again does not heal it");
        let folder = filled(10);
        let path = folder.path().join(name);
        let forged =
            fs::read_to_string(&path).unwrap().replacen("10 ", "11 ", 1).replacen("begin 0", "begin 9", 1);
        fs::write(&path, forged).unwrap();
        assert_eq!(doubts(folder.path()).1, Some(Doubt::Unreadable(name)));
    }
}

/// A program that is killed leaves a log; one flipped bit in it, and SQLite passes over all that follows.
#[test]
fn changes_that_a_damaged_log_loses_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let (live, data) = (folder.path().join("live"), folder.path().join("data"));
    let store = Store::open(&live).unwrap();
    add(&store, 40);
    fs::create_dir(&data).unwrap();
    for entry in
        fs::read_dir(&live).unwrap().flatten().filter(|entry| !entry.path().ends_with("undertone.db-shm"))
    {
        fs::copy(entry.path(), data.join(entry.file_name())).unwrap();
    }
    let log = data.join("undertone.db-wal");
    let mut bytes = fs::read(&log).unwrap();
    let near_the_end = bytes.len() - 60_000;
    bytes[near_the_end] ^= 1;
    fs::write(&log, bytes).unwrap();
    let Some(Doubt::Lost { commits, entries }) = Store::open(&data).unwrap().condition().doubt else {
        panic!("nothing was missed")
    };
    assert!(commits > 0 && commits == entries && entries < 40, "{commits} {entries}");
    let key = Key::open(&data).unwrap();
    let connection = connect(&data.join(FILE), &key).unwrap();
    assert_eq!(audit::last(&connection).unwrap().0, 40 - entries, "as many as there are too few");
    drop(connection);
    assert!(matches!(
        compare(&data, &key, &connect(&data.join(FILE), &key).unwrap()).unwrap(),
        Some(Doubt::NotSigned(40))
    ));
}
