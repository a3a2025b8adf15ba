//! Opens many stereo calls paced in real time and says how late their ticks are: `scripts/load --calls 100 --seconds 30`.
//!
//! A tick's latency runs from the moment its last sample was handed to the client's socket until the tick was read
//! from the live stream, so it holds both loopback connections, the ear, the desk and the stream.
//!
//! `scripts/load --subscribers 1000` opens as many streams of events instead, lets something happen ten times a second
//! and says how long after it was asked for each of them heard of it, its commit included, and what memory each takes.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Parser;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use undertone::ear::sources::demo::{CHANNELS, Demo};

const CHUNK_MS: u64 = 20;
const TICK_MS: u64 = 100;
const CHUNK_SAMPLES: usize = Demo::RATE_HZ as usize / 1000 * CHUNK_MS as usize * CHANNELS;

#[derive(Parser)]
struct Arguments {
    /// Stereo calls at a time
    #[arg(long, default_value_t = 100)]
    calls: usize,
    /// How long each lasts
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Streams of events instead of calls
    #[arg(long)]
    subscribers: Option<usize>,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(count) = arguments.subscribers {
        return subscribers(count, arguments.seconds);
    }
    let began = Instant::now();
    let (mut desk, address, ..) = start();
    let answered = began.elapsed();
    let ear = child_of(desk.id());
    let idle = [rss_kib(desk.id()), rss_kib(ear)];
    let sound = Arc::new(render());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();

    let cpu = [desk.id(), ear, std::process::id()].map(cpu_s);
    let load_began = Instant::now();
    let late = runtime.block_on(load(&arguments, &address, &sound));
    let spent = load_began.elapsed().as_secs_f64();
    let used = [desk.id(), ear, std::process::id()].map(cpu_s);
    let share = |n: usize| 100.0 * (used[n] - cpu[n]) / spent;
    let full = [rss_kib(desk.id()), rss_kib(ear)];
    let metrics = runtime.block_on(request(&address, "GET", "/metrics", ""));
    let metric = |name: &str| {
        let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.map_or(f64::NAN, |value| value.parse().unwrap())
    };

    println!("{} stereo calls for {} s, {} ticks", arguments.calls, arguments.seconds, late.len());
    println!(
        "tick latency ms   p50 {:.1}   p99 {:.1}   max {:.1}",
        of(&late, 0.5),
        of(&late, 0.99),
        of(&late, 1.0)
    );
    println!("dropped by the ear {} s", metric("undertone_ear_dropped_seconds"));
    println!(
        "cpu of one core   desk {:.1} %   ear {:.1} %   this generator {:.1} %",
        share(0),
        share(1),
        share(2)
    );
    let channels = (arguments.calls * CHANNELS) as f64;
    println!(
        "cpu a channel     desk 1/{:.0}   ear 1/{:.0} of a core",
        100.0 * channels / share(0),
        100.0 * channels / share(1)
    );
    println!(
        "resident MiB      idle {} + {}   loaded {} + {} (desk + ear)",
        mib(idle[0]),
        mib(idle[1]),
        mib(full[0]),
        mib(full[1])
    );
    let bytes = std::fs::metadata(env!("CARGO_BIN_EXE_undertone")).unwrap().len();
    println!(
        "start to first answer {:.0} ms   binary {:.1} MiB",
        answered.as_secs_f64() * 1e3,
        bytes as f64 / f64::from(1 << 20)
    );
    desk.kill().unwrap();
    desk.wait().unwrap();
}

/// The desk, its address, the secret for the first account, and its folder.
fn start() -> (Child, String, String, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(["serve", "--listen", "127.0.0.1:0", "--ear-listen", "127.0.0.1:0", "--data"])
        .arg(folder.path().join("data"))
        .env("UNDERTONE_CALLS_MAX", "1000")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(desk.stdout.take().unwrap()).lines();
    let mut last_part = || said.next().unwrap().unwrap().rsplit('/').next().unwrap().to_owned();
    let (address, secret) = (last_part(), last_part());
    // The first answer, not the first line, is what a page waits for.
    let answer = first_page(&address);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    (desk, address, secret, folder)
}

fn first_page(address: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The whole demo as a client sends it.
fn render() -> Vec<Vec<u8>> {
    let (mut demo, mut chunks, mut samples) = (Demo::new(), Vec::new(), [0.0; CHUNK_SAMPLES]);
    while demo.fill(&mut samples) == CHUNK_SAMPLES {
        chunks.push(samples.iter().flat_map(|s| ((s * 32767.0) as i16).to_le_bytes()).collect());
    }
    chunks
}

async fn load(arguments: &Arguments, address: &str, sound: &Arc<Vec<Vec<u8>>>) -> Vec<f64> {
    let late = Arc::new(Mutex::new(Vec::new()));
    let mut calls = Vec::new();
    for number in 0..arguments.calls {
        let (address, sound, late) = (address.to_owned(), sound.clone(), late.clone());
        let chunks = arguments.seconds * 1000 / CHUNK_MS;
        calls.push(tokio::spawn(async move {
            // Spread over a second, so that the calls' chunks do not come at once.
            tokio::time::sleep(Duration::from_micros(number as u64 * 7_919 % 1_000_000)).await;
            one_call(&address, &sound, number * 37, chunks, &late).await;
        }));
    }
    for call in calls {
        call.await.unwrap();
    }
    let mut late = std::mem::take(&mut *late.lock().unwrap());
    late.sort_by(f64::total_cmp);
    late
}

async fn one_call(address: &str, sound: &[Vec<u8>], offset: usize, chunks: u64, late: &Mutex<Vec<f64>>) {
    let body = json!({ "layout": "rep-left", "source": { "kind": "socket" }, "consent": "notified" });
    let call: Value =
        serde_json::from_str(&request(address, "POST", "/api/v1/calls", &body.to_string()).await).unwrap();
    let (id, url) = (call["id"].as_str().unwrap(), call["ticket"]["url"].as_str().unwrap());
    let sent = Arc::new(Mutex::new(Vec::with_capacity(chunks as usize)));
    let watching = tokio::spawn(watch(address.to_owned(), id.to_owned(), sent.clone()));

    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let start = json!({ "type": "start", "rate": Demo::RATE_HZ, "channels": CHANNELS, "format": "s16le" });
    socket.send(Message::text(start.to_string())).await.unwrap();
    let mut pace = tokio::time::interval(Duration::from_millis(CHUNK_MS));
    for n in 0..chunks as usize {
        pace.tick().await;
        sent.lock().unwrap().push(Instant::now());
        socket.send(Message::binary(sound[(n + offset) % sound.len()].clone())).await.unwrap();
    }
    socket.send(Message::text(r#"{"type":"stop"}"#)).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    let watched = watching.await.unwrap();
    late.lock().unwrap().extend(watched);
}

/// The latency of every tick in milliseconds, but for the last ones, which the end of the stream hurries.
async fn watch(address: String, id: String, sent: Arc<Mutex<Vec<Instant>>>) -> Vec<f64> {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    let head = format!("GET /api/v1/calls/{id}/stream HTTP/1.1\r\nHost: {address}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut lines = tokio::io::BufReader::new(stream).lines();
    let (mut late, mut event) = (Vec::new(), String::new());
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(name) = line.strip_prefix("event: ") {
            event = name.to_owned();
        } else if let Some(data) = line.strip_prefix("data: ") {
            match event.as_str() {
                "tick" => {
                    let tick: Value = serde_json::from_str(data).unwrap();
                    let last = ((tick["start_ms"].as_u64().unwrap() + TICK_MS) / CHUNK_MS) as usize - 1;
                    late.extend(sent.lock().unwrap().get(last).map(|at| at.elapsed().as_secs_f64() * 1e3));
                }
                "ended" => break,
                _ => {}
            }
        }
    }
    late
}

/// Many streams of events: delivery and memory.
fn subscribers(count: usize, seconds: u64) {
    let (mut desk, address, secret, _folder) = start();
    let admin = token(&address, json!({ "secret": secret, "login": "load", "password": PASSWORD }));
    let tokens: Vec<String> = (0..count.div_ceil(OF_ONE)).map(|n| colleague(&address, &admin, n)).collect();
    let hook = json!({ "url": "https://nobody.example/", "topics": ["none"] });
    change(&address, &admin, "/api/v1/webhooks", hook);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let before = rss_kib(desk.id());
    let sent = Arc::new(Mutex::new(Vec::new()));
    let mut listening = Vec::new();
    for n in 0..count {
        let lines = runtime.block_on(subscribe(&address, &tokens[n / OF_ONE]));
        listening.push(runtime.spawn(listen(lines, sent.clone(), seconds as usize * 10)));
    }
    let open = rss_kib(desk.id());
    for _ in 0..seconds * 10 {
        let began = Instant::now();
        sent.lock().unwrap().push(began);
        change(&address, &admin, "/api/v1/webhooks/1/test", Value::Null);
        std::thread::sleep(Duration::from_millis(100).saturating_sub(began.elapsed()));
    }
    let heard = runtime.block_on(futures_util::future::join_all(listening));
    let mut late: Vec<f64> = heard.into_iter().flat_map(Result::unwrap).collect();
    late.sort_by(f64::total_cmp);
    println!("{count} streams, {} events, {} deliveries", seconds * 10, late.len());
    println!(
        "delivery ms   p50 {:.1}   p99 {:.1}   max {:.1}",
        of(&late, 0.5),
        of(&late, 0.99),
        of(&late, 1.0)
    );
    let each = open.saturating_sub(before) as f64 / count as f64;
    println!(
        "memory of the desk   {} MiB before   {} MiB with all   {each:.1} KiB a stream",
        mib(before),
        mib(open)
    );
    desk.kill().unwrap();
    desk.wait().unwrap();
}

const PASSWORD: &str = "load load load";

/// Streams of each person: one may hold 24.
const OF_ONE: usize = 20;

/// One more who hears of everything, and a token for them.
fn colleague(address: &str, admin: &str, n: usize) -> String {
    let person = json!({ "login": format!("load{n}"), "name": "Load", "role": "stock" });
    let person = change(address, admin, "/api/v1/people", person)["id"].clone();
    let link = change(address, admin, &format!("/api/v1/people/{person}/invitation"), Value::Null);
    let secret = link["path"].as_str().unwrap().rsplit('/').next().unwrap();
    token(address, json!({ "secret": secret, "password": PASSWORD }))
}

/// Takes an invitation, and makes a token for its account.
fn token(address: &str, body: Value) -> String {
    let mut answer =
        ureq::post(format!("http://{address}/api/v1/invitations/accept")).send_json(body).unwrap();
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let session: Value = answer.body_mut().read_json().unwrap();
    let made = ureq::post(format!("http://{address}/api/v1/tokens"))
        .header("cookie", cookie)
        .header("x-csrf-token", session["csrf"].as_str().unwrap())
        .send_json(json!({ "name": "load" }));
    let token: Value = made.unwrap().body_mut().read_json().unwrap();
    token["secret"].as_str().unwrap().to_owned()
}

fn change(address: &str, token: &str, path: &str, body: Value) -> Value {
    let authorization = format!("Bearer {token}");
    ureq::post(format!("http://{address}{path}"))
        .header("authorization", authorization)
        .send_json(body)
        .unwrap()
        .body_mut()
        .read_json()
        .unwrap_or_default()
}

/// A stream of events whose head was answered.
async fn subscribe(address: &str, token: &str) -> tokio::io::Lines<tokio::io::BufReader<TcpStream>> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("GET /api/v1/events HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut lines = tokio::io::BufReader::with_capacity(1024, stream).lines();
    assert!(lines.next_line().await.unwrap().unwrap().contains("200"));
    while !lines.next_line().await.unwrap().unwrap().is_empty() {}
    lines
}

/// How late each of so many events was, in milliseconds.
async fn listen(
    mut lines: tokio::io::Lines<tokio::io::BufReader<TcpStream>>,
    sent: Arc<Mutex<Vec<Instant>>>,
    count: usize,
) -> Vec<f64> {
    let mut late = Vec::new();
    while late.len() < count {
        if lines.next_line().await.unwrap().unwrap().starts_with("event: webhook.test") {
            let sent = sent.lock().unwrap()[late.len()];
            late.push(sent.elapsed().as_secs_f64() * 1e3);
        }
    }
    late
}

async fn request(address: &str, method: &str, path: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn of(sorted: &[f64], q: f64) -> f64 {
    sorted.get(((sorted.len().max(1) - 1) as f64 * q) as usize).copied().unwrap_or(f64::NAN)
}

fn child_of(parent: u32) -> u32 {
    let pids = std::fs::read_dir("/proc").unwrap().flatten();
    let mut pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let line = format!("PPid:\t{parent}\n");
    pids.find(|pid| std::fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|s| s.contains(&line)))
        .unwrap()
}

fn rss_kib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn mib(kib: u64) -> String {
    format!("{:.1}", kib as f64 / 1024.0)
}

/// User and system time of a process, in seconds.
fn cpu_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    let ticks: Vec<f64> =
        after_name.split_whitespace().skip(11).take(2).map(|t| t.parse().unwrap()).collect();
    ticks.iter().sum::<f64>() / 100.0
}
