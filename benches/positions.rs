//! Devices that report positions, as a load and under kills: `scripts/load --devices 10000 --seconds 300` says how late the
//! answers are, `scripts/torture --batches 1000` what is lost when the desk is killed in the middle of batches.
//!
//! An answer's latency runs from the instant at which the position was due, so that a device that has to wait for its
//! turn counts as late.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Parser;
use undertone::store::Store;
use undertone::store::sessions::hash;

const LAT: f64 = 31.2;
const LON: f64 = 121.4;
const METRE: f64 = 1.0 / 111_320.0;

/// A device reports so often.
const EVERY: Duration = Duration::from_secs(10);

/// Connections over which the devices' requests come, as through a proxy.
const CONNECTIONS: usize = 64;

/// Writers of batches, and positions in one.
const WRITERS: usize = 8;
const BATCH: u64 = 50;

/// The desk is killed at most so long after the first acknowledged batch.
const KILL_WITHIN_MS: u64 = 150;

#[derive(Parser)]
struct Arguments {
    /// Devices that report every 10 s
    #[arg(long, default_value_t = 1000)]
    devices: usize,
    /// How long they do
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Kill the desk again and again until so many batches were acknowledged
    #[arg(long)]
    batches: Option<usize>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    match arguments.batches {
        Some(batches) => torture(&data, batches),
        None => load(&data, arguments.devices, arguments.seconds),
    }
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

fn secret(device: usize) -> String {
    format!("device {device}")
}

/// People who agreed to be located, each with a device and a client whose site is the device's place.
fn settle(data: &Path, people: usize) {
    let store = Store::open(data).unwrap();
    let made = store.write_blocking(move |tx| {
        for n in 1..=people {
            tx.execute_batch(&format!(
                "INSERT INTO people(id, login, name, role, created_ms) VALUES ({n}, 'd{n}', 'd{n}', 'rep', 0);
                 INSERT INTO location(person, consent_ms, days, from_min, until_min) VALUES ({n}, 0, 127, 0, 1440);
                 INSERT INTO clients(id, name, aliases_json, analyse, owner, letters, sort, created_ms) \
                 VALUES ({n}, 'c{n}', '[]', 1, {n}, '', '', 0);
                 INSERT INTO sites(client, name, lat, lon, datum, radius_m, created_ms) \
                 VALUES ({n}, 's{n}', {}, {LON}, 'wgs84', 50, 0);",
                LAT + n as f64 * 200.0 * METRE
            ))?;
            tx.execute(
                "INSERT INTO enrolments(id, person, app, name, hash, created_ms) VALUES (?1, ?1, 'owntracks', 'x', ?2, 0)",
                rusqlite::params![n as i64, hash(&secret(n))],
            )?;
        }
        Ok::<_, undertone::store::Error>(())
    });
    made.unwrap();
}

fn start(data: &Path) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["serve", "--listen", "127.0.0.1:0", "--ear-listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit('/').next().unwrap().to_owned();
    while ureq::get(format!("http://{address}/readyz")).call().is_err() {
        std::thread::sleep(Duration::from_millis(5));
    }
    (child, address)
}

/// One request on a connection that stays open: the status.
fn post(
    stream: &mut TcpStream,
    address: &str,
    path: &str,
    device: usize,
    body: &str,
) -> std::io::Result<u16> {
    let auth = STANDARD.encode(format!("ut:{}", secret(device)));
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Basic {auth}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )?;
    let mut answer = Vec::new();
    let (mut byte, mut head) = ([0; 1024], None);
    loop {
        if head.is_none() {
            head = answer.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4);
        }
        if let Some(head) = head {
            let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
            let length = text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
            if answer.len() >= head + length {
                return Ok(text.split(' ').nth(1).unwrap().parse().unwrap());
            }
        }
        match stream.read(&mut byte)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            read => answer.extend_from_slice(&byte[..read]),
        }
    }
}

fn load(data: &Path, devices: usize, seconds: u64) {
    settle(data, devices);
    let (mut desk, address) = start(data);
    let (late, refused) = (Arc::new(Mutex::new(Vec::new())), AtomicU64::new(0));
    let began = Instant::now();
    let rounds = seconds / EVERY.as_secs();
    std::thread::scope(|scope| {
        for connection in 0..CONNECTIONS {
            let (late, refused, address) = (late.clone(), &refused, &address);
            scope.spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut mine = Vec::new();
                for round in 0..rounds {
                    for device in (connection..devices).step_by(CONNECTIONS) {
                        let due = EVERY * round as u32 + EVERY.mul_f64(device as f64 / devices as f64);
                        std::thread::sleep((began + due).saturating_duration_since(Instant::now()));
                        let wander = ((device as u64 * 7 + round * 5) % 17) as f64 - 8.0;
                        let lat = LAT + ((device + 1) as f64 * 200.0 + wander) * METRE;
                        let body = format!(
                            "{{\"_type\":\"location\",\"tst\":{},\"lat\":{lat},\"lon\":{LON},\"acc\":{}}}",
                            now_ms() / 1000,
                            10 + (device as u64 + round) % 9
                        );
                        let path = "/api/v1/positions/owntracks";
                        match post(&mut stream, address, path, device + 1, &body).unwrap() {
                            200 => mine.push((began + due).elapsed().as_secs_f64() * 1e3),
                            _ => drop(refused.fetch_add(1, Relaxed)),
                        }
                    }
                }
                late.lock().unwrap().extend(mine);
            });
        }
    });
    let mut late = std::mem::take(&mut *late.lock().unwrap());
    late.sort_by(f64::total_cmp);
    let of =
        |share: f64| late.get((late.len().max(1) - 1).min((late.len() as f64 * share) as usize)).unwrap();
    let refused = refused.load(Relaxed);
    println!(
        "{devices} devices every {} s for {seconds} s: {} acknowledged, {refused} refused",
        EVERY.as_secs(),
        late.len()
    );
    println!("answer ms   p50 {:.1}   p99 {:.1}   max {:.1}", of(0.5), of(0.99), of(1.0));
    let stored = count(data, "SELECT count(*) FROM fixes");
    println!(
        "stored {stored}   lost {}   visits {}",
        late.len() as i64 - stored,
        count(data, "SELECT count(*) FROM visits")
    );
    println!("cpu {:.0} % of one core", 100.0 * cpu_s(desk.id()) / began.elapsed().as_secs_f64());
    desk.kill().unwrap();
    desk.wait().unwrap();
    assert_eq!((late.len() as i64, refused), (stored, 0));
}

/// User and system time of a process, in seconds.
fn cpu_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks = after_name.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().unwrap());
    ticks.sum::<f64>() / 100.0
}

fn count(data: &Path, sql: &str) -> i64 {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(data.join("undertone.db"), flags).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Positions of one batch: each has an instant of its own.
fn batch(number: u64, base_ms: i64) -> (Vec<i64>, String) {
    let instants: Vec<i64> = (0..BATCH).map(|n| base_ms + (number * BATCH + n) as i64).collect();
    let fixes: Vec<String> = instants
        .iter()
        .map(|ms| format!("{{\"tst_ms\":{ms},\"lat\":{LAT},\"lon\":{LON},\"accuracy_m\":9}}"))
        .collect();
    (instants, format!("{{\"fixes\":[{}]}}", fixes.join(",")))
}

fn torture(data: &Path, batches: usize) {
    settle(data, WRITERS);
    let base_ms = now_ms() - 86_400_000;
    let (next, kept) = (AtomicU64::new(0), Mutex::new(HashSet::new()));
    let (acknowledged, mut kills) = (AtomicU64::new(0), 0);
    while (acknowledged.load(Relaxed) as usize) < batches {
        let (mut desk, address) = start(data);
        let before = acknowledged.load(Relaxed);
        std::thread::scope(|scope| {
            for writer in 1..=WRITERS {
                let (address, next, kept, acknowledged) = (&address, &next, &kept, &acknowledged);
                scope.spawn(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    loop {
                        let (instants, body) = batch(next.fetch_add(1, Relaxed), base_ms);
                        // A phone says everything twice.
                        for _ in 0..2 {
                            match post(&mut stream, address, "/api/v1/positions", writer, &body) {
                                Ok(200) => {}
                                Ok(status) => panic!("{status}"),
                                Err(_) => return,
                            }
                        }
                        acknowledged.fetch_add(1, Relaxed);
                        kept.lock().unwrap().extend(instants);
                    }
                });
            }
            while acknowledged.load(Relaxed) == before {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(getrandom::u64().unwrap() % KILL_WITHIN_MS));
            desk.kill().unwrap();
        });
        desk.wait().unwrap();
        kills += 1;
    }
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(data.join("undertone.db"), flags).unwrap();
    let mut stored = connection.prepare("SELECT tst_ms FROM fixes").unwrap();
    let stored: Vec<i64> = stored.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let distinct: HashSet<i64> = stored.iter().copied().collect();
    let lost = kept.lock().unwrap().difference(&distinct).count();
    let doubled = stored.len() - distinct.len();
    println!("{kills} kills, {} acknowledged batches of {BATCH}", acknowledged.load(Relaxed));
    println!("lost {lost}   doubled {doubled}   stored {}", stored.len());
    assert!(lost == 0 && doubled == 0);
}
