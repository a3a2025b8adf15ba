//! What is tried against the front door and refused: dawdling, too much, paths that climb, and the same thing a thousand
//! times.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::accounts::settled;
use crate::appliance::{Appliance, connect};

/// Says something on a connection of its own and hears until the appliance ends it.
fn say(appliance: &Appliance, said: &str) -> String {
    say_to(appliance.url.trim_start_matches("http://"), said)
}

fn say_to(address: &str, said: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // The appliance may answer and close before everything was sent.
    let _ = stream.write_all(said.as_bytes());
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard);
    String::from_utf8_lossy(&heard).into_owned()
}

const POST: &str = "POST /api/v1/calls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";

#[test]
fn who_dawdles_is_let_go_while_others_are_answered() {
    let appliance = Appliance::start();
    std::thread::scope(|scope| {
        let head = scope.spawn(|| say(&appliance, "GET /healthz HTTP/1.1\r\nHost: localh"));
        let body = scope.spawn(|| say(&appliance, &format!("{POST}Content-Length: 100\r\n\r\n{{")));
        for _ in 0..50 {
            assert_eq!(appliance.get("/healthz").0, 200);
        }
        let (head, body) = (head.join().unwrap(), body.join().unwrap());
        assert!(!head.contains("200"), "{head}");
        assert!(body.starts_with("HTTP/1.1 408") && body.contains("slow_body"), "{body}");
    });
}

#[test]
fn who_dawdles_at_the_ear_is_let_go_while_others_are_heard() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("rep-left");
    let address = url.trim_start_matches("ws://").split('/').next().unwrap();
    std::thread::scope(|scope| {
        // More than may ask at a time: what they hold comes free again.
        let dawdlers: Vec<_> = (0..300)
            .map(|_| scope.spawn(|| say_to(address, "GET /v1/audio?ticket=x HTTP/1.1\r\nHo")))
            .collect();
        let fine = say_to(address, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assert!(fine.starts_with("HTTP/1.1 200"), "{fine}");
        for dawdler in dawdlers {
            let heard = dawdler.join().unwrap();
            assert!(!heard.contains("200"), "{heard}");
        }
    });
    let ticket = appliance.post(&format!("/api/v1/calls/{id}/ticket"), &json!({})).1;
    let socket = connect(ticket["url"].as_str().unwrap(), 16_000, 2);
    assert_eq!(appliance.get(&format!("/api/v1/calls/{id}")).1["state"], "live");
    drop(socket);
}

#[test]
fn too_much_is_refused() {
    let appliance = Appliance::start();
    let much = "x".repeat(70_000);
    let sized = say(&appliance, &format!("{POST}Content-Length: 70000\r\n\r\n{much}"));
    assert!(sized.starts_with("HTTP/1.1 413") && sized.contains("bad_body"), "{sized}");
    let said_only = say(&appliance, &format!("{POST}Content-Length: 99999999999\r\n\r\n{much}"));
    assert!(said_only.starts_with("HTTP/1.1 413"), "{said_only}");
    let pieces = format!("{POST}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{much}\r\n0\r\n\r\n", much.len());
    assert!(say(&appliance, &pieces).starts_with("HTTP/1.1 413"));
    let head = say(
        &appliance,
        &format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Much: {}\r\n\r\n", "x".repeat(1 << 20)),
    );
    assert!(head.starts_with("HTTP/1.1 431"), "{head}");
}

#[test]
fn paths_that_climb_lead_nowhere() {
    let appliance = Appliance::start();
    for path in [
        "/../../etc/passwd",
        "/..%2f..%2f..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/..%5c..%5cCargo.toml",
        "//etc/passwd",
        "/index.html%00",
        "/api/v1/../../../etc/passwd",
        "/api/v1/calls/..%2f..%2fetc%2fpasswd",
        "/api/v1/calls/%2e%2e",
    ] {
        let heard =
            say(&appliance, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        let refused = ["400", "404"].iter().any(|status| heard.starts_with(&format!("HTTP/1.1 {status}")));
        assert!(refused && !heard.contains("root:") && !heard.contains("[package]"), "{path}: {heard}");
    }
}

#[test]
fn a_thousand_times_the_same_is_done_once() {
    let (appliance, admin) = settled();
    let answers = Mutex::new(Vec::new());
    let ask = |path: &str, body: &Value| {
        let (status, answer) =
            admin.ask_with(&appliance, "POST", path, &[("idempotency-key", "k")], Some(body));
        assert_eq!(status, 201, "{answer}");
        answers.lock().unwrap().push(answer["id"].clone());
    };
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| (0..20).for_each(|_| ask("/api/v1/teams", &json!({ "name": "North" }))));
        }
    });
    let made = std::mem::take(&mut *answers.lock().unwrap());
    assert_eq!((made.len(), made.iter().all(|id| *id == made[0])), (1_000, true));
    let (_, teams) = admin.ask(&appliance, "GET", "/api/v1/teams", None);
    assert_eq!(teams["items"].as_array().unwrap().len(), 1);
    let (_, log) = admin.ask(&appliance, "GET", "/api/v1/audit?entity=team", None);
    assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");

    let call = json!({ "layout": "mono", "source": { "kind": "socket" }, "consent": "notified" });
    let key = [("idempotency-key", "call")];
    std::thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                let (_, call) = admin.ask_with(&appliance, "POST", "/api/v1/calls", &key, Some(&call));
                answers.lock().unwrap().push(call["id"].clone());
            });
        }
    });
    let begun = answers.into_inner().unwrap();
    assert!(begun[0].is_string() && begun.iter().all(|id| *id == begun[0]), "{begun:?}");
    assert_eq!(admin.ask(&appliance, "GET", "/api/v1/calls", None).1["calls"].as_array().unwrap().len(), 1);
}
