//! Who is not known costs the appliance a refusal: no body before its credentials, no socket for nothing, and what one
//! person may hold has an end too.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, wait_until};
use crate::calls_kept::new_call;
use crate::located::{House, LAT, LON};

/// Nobody waits longer than this for a refusal that needs no body.
const AT_ONCE: Duration = Duration::from_secs(4);

fn socket(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(40))).unwrap();
    stream
}

fn address(appliance: &Appliance) -> &str {
    appliance.url.trim_start_matches("http://")
}

/// Says a head, and a body if there is one, and hears the answer or as much as came in time.
#[track_caller]
fn answer_to(appliance: &Appliance, said: &[u8], within: Duration) -> String {
    let mut stream = socket(address(appliance));
    stream.set_read_timeout(Some(within)).unwrap();
    let _ = stream.write_all(said);
    let (mut heard, mut piece) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        heard.extend_from_slice(&piece[..count]);
        if heard.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&heard).into_owned()
}

fn raise_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
}

#[test]
fn a_stranger_is_refused_before_the_body() {
    let (appliance, _admin) = settled();
    let much = "Content-Length: 10000000\r\n";
    for (line, more, status) in [
        ("POST /api/v1/positions", "", "401"),
        ("POST /api/v1/positions", "Authorization: Basic dXQ6d3Jvbmc=\r\n", "401"),
        ("POST /api/v1/positions/owntracks", "", "401"),
        ("POST /api/v1/positions/owntracks", "Authorization: Basic dXQ6d3Jvbmc=\r\n", "401"),
        ("POST /api/v1/positions/traccar?id=nobody", "", "400"),
        ("POST /api/v1/positions/import", "", "401"),
        ("PUT /api/v1/visits/1/photo", "", "401"),
        ("POST /api/v1/tables/leads/files", "", "401"),
        ("POST /api/v1/calls", "", "401"),
    ] {
        let head = format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{more}{much}\r\n"
        );
        let heard = answer_to(&appliance, head.as_bytes(), AT_ONCE);
        assert!(heard.starts_with(&format!("HTTP/1.1 {status}")), "{line} {more}: {heard:?}");
    }
}

#[test]
fn what_says_who_it_is_in_its_body_is_small_and_quick_until_it_is_known() {
    let (appliance, _admin) = settled();
    for path in ["/api/v1/positions/traccar", "/api/v1/session", "/api/v1/invitations/accept"] {
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n");
        let much = format!("{head}Content-Length: 30000\r\n\r\n{{{}", " ".repeat(29_000));
        let heard = answer_to(&appliance, much.as_bytes(), AT_ONCE);
        assert!(heard.starts_with("HTTP/1.1 413"), "{path}: {heard:?}");
        let slow = format!("{head}Content-Length: 300\r\n\r\n{{");
        let heard = answer_to(&appliance, slow.as_bytes(), Duration::from_secs(10));
        assert!(heard.starts_with("HTTP/1.1 408"), "{path}: {heard:?}");
    }
}

#[test]
fn an_honest_slow_upload_gets_through() {
    let house = House::new();
    house.agree();
    let line = format!("{LAT},{LON},1770000000000\n");
    let table = format!("lat,lon,tst_ms\n{}", line.repeat(1_500_000 / line.len()));
    let mut stream = socket(address(&house.appliance));
    let head = format!(
        "POST /api/v1/positions/import HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: {}\r\nX-Csrf-Token: {}\r\n\
         Content-Type: text/csv\r\nContent-Length: {}\r\n\r\n",
        house.li.cookie,
        house.li.csrf,
        table.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // 80 kB/s
    for piece in table.as_bytes().chunks(8_000) {
        if stream.write_all(piece).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let mut heard = String::new();
    let _ = stream.read_to_string(&mut heard);
    assert!(heard.starts_with("HTTP/1.1 200"), "{heard}");
}

#[test]
fn two_thousand_dawdlers_keep_nobody_out() {
    raise_limit();
    let (appliance, _admin) = settled();
    let dawdlers: Vec<_> = (0..2_100)
        .map(|n| {
            let mut stream = socket(address(&appliance));
            let _ = stream.write_all(if n % 2 == 0 {
                b"P"
            } else {
                b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"
            });
            stream
        })
        .collect();
    let head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for _ in 0..10 {
        let heard = answer_to(&appliance, head, AT_ONCE);
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard:?}");
    }
    let began = Instant::now();
    let again =
        Signed::by(&appliance, "/api/v1/session", &json!({ "login": "wu", "password": "a long enough one" }));
    assert!(began.elapsed() < AT_ONCE && !again.csrf.is_empty());
    drop(dawdlers);
}

#[test]
fn who_never_reads_is_let_go() {
    let (appliance, admin) = settled();
    let mut stream = socket(address(&appliance));
    let ask =
        format!("GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", admin.cookie);
    let size = answer_to(&appliance, ask.as_bytes(), AT_ONCE);
    let size: usize = size
        .to_lowercase()
        .split("content-length: ")
        .nth(1)
        .unwrap()
        .split("\r\n")
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let times = 40_000_000 / size;
    for _ in 0..times {
        if stream.write_all(ask.as_bytes()).is_err() {
            break;
        }
    }
    std::thread::sleep(Duration::from_secs(16));
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    assert!(heard.len() < times * size, "all {} bytes were kept for who did not read", heard.len());
}

#[test]
fn calls_of_one_person_have_an_end_and_silent_ones_go_by_themselves() {
    let house = House::new();
    let open = |who: &Signed| who.ask(&house.appliance, "POST", "/api/v1/calls", Some(&new_call(json!({}))));
    let opened: Vec<_> = (0..40).map(|_| open(&house.li)).collect();
    let refused: Vec<_> = opened.iter().filter(|(status, _)| *status == 429).collect();
    assert!(refused.len() >= 30, "{} of 40 were refused", refused.len());
    assert_eq!(refused[0].1["code"], "too_many_calls");
    assert_eq!(open(&house.xu).0, 201, "a colleague");
    let id = opened[0].1["id"].as_str().unwrap();
    let began = Instant::now();
    let state = || house.get(&house.li, &format!("/api/v1/calls/{id}"))["state"].clone();
    while state() != "ended" {
        assert!(began.elapsed() < Duration::from_secs(65), "a silent call is {}", state());
        std::thread::sleep(Duration::from_millis(500));
    }
    assert_eq!(open(&house.li).0, 201, "there is room again");
}

#[test]
fn streams_of_one_person_have_an_end() {
    let house = House::new();
    let watch = |who: &Signed, path: &str| {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {}\r\n\r\n", who.cookie);
        let mut stream = socket(address(&house.appliance));
        stream.write_all(head.as_bytes()).unwrap();
        let mut line = [0; 12];
        stream.read_exact(&mut line).unwrap();
        (String::from_utf8_lossy(&line).into_owned(), stream)
    };
    let held: Vec<_> = (0..60).map(|_| watch(&house.li, "/api/v1/events")).collect();
    let refused = held.iter().filter(|(line, _)| line == "HTTP/1.1 429").count();
    assert!(refused >= 20, "{refused} of 60 were refused");
    assert_eq!(watch(&house.xu, "/api/v1/events").0, "HTTP/1.1 200", "a colleague");
    drop(held);
    wait_until("room again", || watch(&house.li, "/api/v1/events").0 == "HTTP/1.1 200");
}

#[test]
fn idle_sockets_at_the_ear_do_not_delay_it() {
    raise_limit();
    let appliance = Appliance::start();
    let (_, url) = appliance.open("rep-left");
    let ear = url.trim_start_matches("ws://").split('/').next().unwrap();
    let idle: Vec<_> = (0..600).map(|_| socket(ear)).collect();
    let mut stream = socket(ear);
    stream.set_read_timeout(Some(AT_ONCE)).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut line = [0; 12];
    let heard = stream.read_exact(&mut line);
    assert!(heard.is_ok() && &line == b"HTTP/1.1 200", "{heard:?}");
    drop(idle);
}
