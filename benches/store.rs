//! Acknowledged single-row writes a second, with 32 writers and with one: the store, the same store without signed heads
//! beside it, and plain SQLite that commits each, in turn in the same run: `cargo bench --bench store`.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use undertone::store::{Error, Store};

const MANY: usize = 32;
const LASTS: Duration = Duration::from_secs(3);

/// Each is measured so often, in turn, and the median is told: the disk and the machine have moods.
const ROUNDS: usize = 3;

/// Writes a second, with every writer waiting for its answer before the next.
fn rate(writers: usize, next: &AtomicU64, write: &(dyn Fn(u64) + Sync)) -> f64 {
    let (first, began) = (next.load(Relaxed), Instant::now());
    std::thread::scope(|scope| {
        for _ in 0..writers {
            scope.spawn(|| {
                while began.elapsed() < LASTS {
                    write(next.fetch_add(1, Relaxed));
                }
            });
        }
    });
    (next.load(Relaxed) - first) as f64 / began.elapsed().as_secs_f64()
}

fn put(store: &Store, n: u64) {
    let insert = "INSERT INTO meta(key, value) VALUES (?, 'x')";
    let kept = store.write_blocking(move |tx| {
        tx.prepare_cached(insert)?.execute([n.to_string()])?;
        Ok::<_, Error>(())
    });
    kept.unwrap();
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("witnessed")).unwrap();
    let off = Store::open_unwitnessed(&folder.path().join("off")).unwrap();
    let plain = rusqlite::Connection::open(folder.path().join("plain.db")).unwrap();
    plain.pragma_update(None, "journal_mode", "WAL").unwrap();
    plain.pragma_update(None, "synchronous", "FULL").unwrap();
    plain.execute_batch("CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT").unwrap();
    let plain = Mutex::new(plain);
    let each = |n: u64| {
        let plain = plain.lock().unwrap();
        plain.prepare_cached("INSERT INTO meta VALUES (?, 'x')").unwrap().execute([n.to_string()]).unwrap();
    };
    let ways: [(&str, &(dyn Fn(u64) + Sync)); 3] = [
        ("the store", &|n| put(&store, n)),
        ("without heads", &|n| put(&off, n)),
        ("one commit each", &each),
    ];
    let next = AtomicU64::new(0);
    println!("acknowledged single-row writes a second, synchronous=FULL, median of {ROUNDS}");
    for writers in [MANY, 1] {
        let mut rates = ways.map(|_| Vec::new());
        for _ in 0..ROUNDS {
            for (rates, (_, write)) in rates.iter_mut().zip(ways) {
                rates.push(rate(writers, &next, write));
            }
        }
        print!("{writers:>2} writers:");
        for (mut rates, (name, _)) in rates.into_iter().zip(ways) {
            rates.sort_by(f64::total_cmp);
            let median = rates[ROUNDS / 2];
            print!("   {name} {median:.0} ({:.0} us each)", 1e6 / median);
        }
        println!();
    }
}
