//! Acknowledged single-row writes a second, with 32 writers: the store's group commit beside plain SQLite that commits
//! each, in the same run: `cargo bench --bench store`.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use undertone::store::{Error, Store};

const WRITERS: usize = 32;
const LASTS: Duration = Duration::from_secs(5);

/// Writes a second, with every writer waiting for its answer before the next.
fn rate(write: impl Fn(u64) + Sync) -> f64 {
    let (next, began) = (AtomicU64::new(0), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                while began.elapsed() < LASTS {
                    write(next.fetch_add(1, Relaxed));
                }
            });
        }
    });
    next.load(Relaxed) as f64 / began.elapsed().as_secs_f64()
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let grouped = rate(|n| {
        let insert = "INSERT INTO meta(key, value) VALUES (?, 'x')";
        let kept = store.write_blocking(move |tx| {
            tx.prepare_cached(insert)?.execute([n.to_string()])?;
            Ok::<_, Error>(())
        });
        kept.unwrap();
    });

    let plain = rusqlite::Connection::open(folder.path().join("plain.db")).unwrap();
    plain.pragma_update(None, "journal_mode", "WAL").unwrap();
    plain.pragma_update(None, "synchronous", "FULL").unwrap();
    plain.execute_batch("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT").unwrap();
    let plain = Mutex::new(plain);
    let each = rate(|n| {
        let plain = plain.lock().unwrap();
        plain.prepare_cached("INSERT INTO meta VALUES (?, 'x')").unwrap().execute([n.to_string()]).unwrap();
    });
    println!("acknowledged single-row writes a second, {WRITERS} writers, synchronous=FULL");
    println!("group commit {grouped:.0}   one commit each {each:.0}   {:.1} times", grouped / each);
}
