//! Kills the desk again and again while it writes, and counts what was lost: `scripts/torture --cycles 1000`; with
//! `--restores 200` each kill is followed by restores, every other of which is killed, too.
//!
//! Eight writers make teams through the API. After a random moment the desk is killed with SIGKILL and started again on
//! the same folder. Every acknowledged team must be there, each with exactly one entry in the audit log, and the log's
//! chain must hold.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Value, json};

const WRITERS: usize = 8;

/// The desk is killed at most so long after the first acknowledged write.
const KILL_WITHIN_MS: u64 = 300;

/// Everything that was written is looked for, and the chain walked along, at every so many kills and at the end.
const LOOK_EVERY: usize = 20;

/// Kills of one appliance; then the next begins with an empty folder.
const ROUND: usize = 100;

#[derive(Parser)]
struct Arguments {
    /// How often the desk is killed
    #[arg(long, default_value_t = 200)]
    cycles: usize,
    /// How often what a kill left is put aside by a restore, and brought back by another
    #[arg(long)]
    restores: Option<usize>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

struct Desk {
    child: Child,
    url: String,
    ready: Duration,
    setup: Option<String>,
}

fn start(data: &Path, first: bool) -> Desk {
    let began = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["serve", "--listen", "127.0.0.1:0", "--ear-listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = said.next().unwrap().unwrap().rsplit(' ').next().unwrap().to_owned();
    let setup = first.then(|| said.next().unwrap().unwrap().rsplit('/').next().unwrap().to_owned());
    while ureq::get(format!("{url}/readyz")).call().is_err() {
        std::thread::sleep(Duration::from_millis(2));
    }
    Desk { child, url, ready: began.elapsed(), setup }
}

/// Makes the first account and a token for it.
fn token(desk: &Desk) -> String {
    let body = json!({ "secret": desk.setup, "login": "torture", "password": "torture torture" });
    let mut answer = ureq::post(format!("{}/api/v1/invitations/accept", desk.url)).send_json(body).unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let session: Value = answer.body_mut().read_json().unwrap();
    let token: Value = ureq::post(format!("{}/api/v1/tokens", desk.url))
        .header("cookie", cookie)
        .header("x-csrf-token", session["csrf"].as_str().unwrap())
        .send_json(json!({ "name": "torture" }))
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap();
    token["secret"].as_str().unwrap().to_owned()
}

/// Makes teams until the desk is gone; notes what was acknowledged.
fn write(
    desk: &Desk,
    token: &str,
    next: &AtomicU64,
    acknowledged: &Mutex<HashSet<String>>,
    killed: &AtomicBool,
) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(5))).build().into();
    while !killed.load(Relaxed) {
        let name = format!("team {}", next.fetch_add(1, Relaxed));
        let made = agent
            .post(format!("{}/api/v1/teams", desk.url))
            .header("authorization", format!("Bearer {token}"))
            .header("idempotency-key", &name)
            .send_json(json!({ "name": name }));
        match made {
            Ok(_) => drop(acknowledged.lock().unwrap().insert(name)),
            Err(_) => return,
        }
    }
}

fn count(data: &Path, sql: &str) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(data.join("undertone.db"), flags).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(restores) = arguments.restores {
        return torture_restores(restores);
    }
    let (mut ready, mut acknowledged) = (Vec::new(), 0);
    while ready.len() < arguments.cycles {
        // A quarter of a million teams say nothing more than some thousands, and slow the writers down.
        acknowledged += round((arguments.cycles - ready.len()).min(ROUND), &mut ready);
    }
    ready.sort_by(f64::total_cmp);
    let of = |share: f64| ready[((ready.len() - 1) as f64 * share) as usize];
    println!("{} kills, {acknowledged} acknowledged writes", ready.len());
    println!("lost 0   half transactions 0   audit chain whole");
    println!("ready again ms   p50 {:.0}   p99 {:.0}   max {:.0}", of(0.5), of(0.99), of(1.0));
}

/// Kills one appliance so many times, with everything looked for at the end. Answers how many writes were acknowledged.
fn round(kills: usize, ready: &mut Vec<f64>) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut desk = start(&data, true);
    let token = token(&desk);
    let (next, acknowledged) = (AtomicU64::new(1), Mutex::new(HashSet::new()));
    for kill in 1..=kills {
        write_until_killed(&mut desk, &token, &next, &acknowledged);
        desk = start(&data, false);
        ready.push(desk.ready.as_secs_f64() * 1e3);
        if kill % LOOK_EVERY == 0 || kill == kills {
            look(&data, &acknowledged.lock().unwrap(), kill);
        }
    }
    let _ = desk.child.kill();
    let _ = desk.child.wait();
    acknowledged.into_inner().unwrap().len()
}

/// Lets everybody write, and kills the desk at a random moment.
fn write_until_killed(desk: &mut Desk, token: &str, next: &AtomicU64, acknowledged: &Mutex<HashSet<String>>) {
    let killed = AtomicBool::new(false);
    let shared: &Desk = desk;
    std::thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| write(shared, token, next, acknowledged, &killed));
        }
        let before = acknowledged.lock().unwrap().len();
        while acknowledged.lock().unwrap().len() == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(getrandom::u64().unwrap() % KILL_WITHIN_MS));
        // `Child::kill` is SIGKILL; a shared reference must do while the writers borrow the desk.
        rustix::process::kill_process(
            rustix::process::Pid::from_child(&shared.child),
            rustix::process::Signal::KILL,
        )
        .unwrap();
        killed.store(true, Relaxed);
    });
    desk.child.wait().unwrap();
}

/// Restores a file, and kills the restore after so long. Whether it came to its end.
fn restore(file: &Path, data: &Path, kill_after: Option<Duration>) -> bool {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.arg("restore").arg(file).arg("--data").arg(data).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    if let Some(after) = kill_after {
        std::thread::sleep(after);
        let _ = child.kill();
    }
    child.wait().unwrap().success()
}

/// The newest folder with what was there before a restore.
fn newest_aside(data: &Path) -> PathBuf {
    undertone::store::aside::all(data).pop().expect("the restore put something aside").join("undertone.db")
}

fn names(file: &Path) -> HashSet<String> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let mut names = connection.prepare("SELECT name FROM teams").unwrap();
    names.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// The desk is killed under writes, then an old copy is put back, then what was put aside: all that was acknowledged must
/// be there each time, wherever the restores themselves were killed.
fn torture_restores(restores: usize) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut desk = start(&data, true);
    let token = token(&desk);
    let copy = folder.path().join("copy.db");
    let made = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .arg("backup")
        .arg(&copy)
        .arg("--data")
        .arg(&data)
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    let (next, acknowledged) = (AtomicU64::new(1), Mutex::new(HashSet::new()));
    let (mut done, mut cut, mut undone) = (0, 0, 0);
    while done < restores {
        write_until_killed(&mut desk, &token, &next, &acknowledged);
        let acknowledged = acknowledged.lock().unwrap();
        let lost = |found: &HashSet<String>| acknowledged.difference(found).count();
        let kills = done % 4 >= 2;
        let after = || Duration::from_millis(getrandom::u64().unwrap() % 500);
        if !restore(&copy, &data, kills.then(after)) {
            assert!(kills, "restore {done} was refused");
            cut += 1;
        }
        // The next start, or restore, finishes or undoes what was cut short.
        let mut second = start(&data, false);
        second.child.kill().unwrap();
        second.child.wait().unwrap();
        done += 1;
        let there = names(&data.join("undertone.db"));
        if there.is_empty() {
            let aside = newest_aside(&data);
            assert_eq!(lost(&names(&aside)), 0, "restore {done}: what was put aside lacks something");
            if !restore(&aside, &data, kills.then(after)) {
                assert!(kills, "restore {done} was refused");
                cut += 1;
                assert!(restore(&aside, &data, None));
            }
            done += 1;
        } else {
            undone += 1;
        }
        let there = names(&data.join("undertone.db"));
        assert_eq!(lost(&there), 0, "restore {done}: {} of {} are lost", lost(&there), acknowledged.len());
        for old in undertone::store::aside::all(&data) {
            std::fs::remove_dir_all(old).unwrap();
        }
        desk = start(&data, false);
        let found = undertone::store::examine(&data).unwrap().unwrap();
        assert_eq!((found.log.broken, found.doubt), (None, None), "after restore {done}");
    }
    let _ = desk.child.kill();
    let _ = desk.child.wait();
    let count = acknowledged.lock().unwrap().len();
    println!(
        "{done} restores after kills, {cut} of them killed, {undone} undone; {count} acknowledged writes"
    );
    println!("lost 0   audit chain whole and signed");
}

/// Everything that was acknowledged is there, whole, and the chain of the audit log too.
fn look(data: &Path, acknowledged: &HashSet<String>, kill: usize) {
    let names: HashSet<String> = {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = rusqlite::Connection::open_with_flags(data.join("undertone.db"), flags).unwrap();
        let mut names = connection.prepare("SELECT name FROM teams").unwrap();
        let names = names.query_map([], |row| row.get(0)).unwrap();
        names.collect::<Result<_, _>>().unwrap()
    };
    let lost = acknowledged.difference(&names).count();
    let entries = "SELECT count(*) FROM audit WHERE deed = 'team.create'";
    let answers = "SELECT count(*) FROM answers WHERE key LIKE 'team %'";
    let half =
        (names.len() as i64 - count(data, entries)).abs() + (names.len() as i64 - count(data, answers)).abs();
    assert!(lost == 0 && half == 0, "after {kill} kills {lost} lost, {half} half transactions");
    let verified = undertone::store::examine(data).unwrap().unwrap();
    assert_eq!(
        (verified.log.broken, verified.doubt),
        (None, None),
        "the audit chain broke after {kill} kills"
    );
}
