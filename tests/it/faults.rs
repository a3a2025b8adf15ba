//! Bad input and faults: each gives one clear answer, and the rest keeps running.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::appliance::{Appliance, Socket, connect, hear_close, hear_text, say, send, wait_until};

fn healthy(appliance: &Appliance) {
    assert_eq!(appliance.get("/readyz"), (200, json!({ "ear": true })));
}

/// Connects to a fresh call and lets `talk` misbehave; the ear must end it with that code and such a reason.
#[track_caller]
fn check(appliance: &Appliance, layout: &str, talk: impl FnOnce(&mut Socket), code: u16, reason: &str) {
    let (_, url) = appliance.open(layout);
    let (mut socket, _) = tungstenite::connect(url).unwrap();
    talk(&mut socket);
    let (got, why) = hear_close(&mut socket);
    assert_eq!(got, code, "{why}");
    assert!(why.contains(reason), "{why}");
}

#[test]
fn a_start_that_cannot_be_meant_is_refused_in_one_sentence() {
    let appliance = Appliance::start();
    let start = |rate: i64, channels: i64, format: &str| {
        let message = json!({ "type": "start", "rate": rate, "channels": channels, "format": format });
        move |socket: &mut Socket| say(socket, &message)
    };
    check(&appliance, "mono", start(0, 1, "s16le"), 1003, "0 Hz");
    check(&appliance, "mono", start(1, 1, "s16le"), 1003, "send 8000 to 48000 Hz");
    check(&appliance, "mono", start(-1, 1, "s16le"), 1007, "not readable");
    check(&appliance, "mono", start(96_000, 1, "s16le"), 1003, "96000 Hz");
    check(&appliance, "mono", start(16_000, 0, "s16le"), 1003, "0 channels");
    check(&appliance, "mono", start(16_000, 64, "s16le"), 1003, "send 1 or 2");
    check(&appliance, "rep-left", start(16_000, 1, "s16le"), 1003, "needs 2 channels");
    check(&appliance, "mono", start(16_000, 1, "opus"), 1003, "`opus`");
    check(&appliance, "mono", |s| say(s, &json!({ "type": "stop" })), 1007, "before `start`");
    check(&appliance, "mono", |s| s.send(Message::text("{")).unwrap(), 1007, "not readable");
    check(
        &appliance,
        "mono",
        |s| s.send(Message::binary(vec![0; 640])).unwrap(),
        1007,
        "must be the text `start`",
    );
    healthy(&appliance);
}

#[test]
fn a_running_stream_that_misbehaves_ends_alone() {
    let appliance = Appliance::start();
    let (_, url) = appliance.open("mono");
    let mut neighbour = connect(&url, 16_000, 1);
    for (message, code) in [
        (Message::text("nonsense"), 1007),
        (Message::text(r#"{"type":"start","rate":8000,"channels":1,"format":"s16le"}"#), 1007),
        (Message::binary(vec![0; 65_537]), 0),
    ] {
        let (_, url) = appliance.open("mono");
        let mut socket = connect(&url, 16_000, 1);
        let _ = socket.send(message);
        assert_eq!(hear_close(&mut socket).0, code);
    }
    send(&mut neighbour, &[0; 16_000], 640);
    say(&mut neighbour, &json!({ "type": "stop" }));
    assert_eq!(hear_text(&mut neighbour)["type"], "stopped");
    healthy(&appliance);
}

#[test]
fn silence_noise_and_odd_bytes_are_heard_without_harm() {
    let appliance = Appliance::start();
    let loud: Vec<i16> = (0..32_000_i32).map(|n| if n * n % 7 < 3 { i16::MAX } else { i16::MIN }).collect();
    for (sound, piece) in [(vec![0; 32_000], 1), (loud, 333), (vec![], 640)] {
        let (id, url) = appliance.open("mono");
        let mut socket = connect(&url, 16_000, 1);
        send(&mut socket, &sound, piece.max(64));
        socket.send(Message::binary(vec![7])).unwrap();
        say(&mut socket, &json!({ "type": "stop" }));
        assert_eq!(hear_close(&mut socket).0, 1000);
        let summary = || appliance.get(&format!("/api/v1/calls/{id}/summary")).1;
        wait_until("the call has ended", || summary()["state"] == "ended");
        let summary = summary();
        assert_eq!(summary["seconds"], json!(sound.len() as f64 / 16_000.0), "{summary}");
    }
    healthy(&appliance);
}

#[test]
fn tickets_work_once_and_only_unchanged() {
    let appliance = Appliance::start();
    let (_, url) = appliance.open("mono");
    let refused = |url: &str, status: &str| {
        let error = tungstenite::connect(url).unwrap_err().to_string();
        assert!(error.contains(status), "{url}: {error}");
    };
    let base = url.split('?').next().unwrap();
    refused(base, "401");
    wait_until("the ear has its key", || {
        let error = tungstenite::connect(format!("{base}?ticket=abc.def")).unwrap_err().to_string();
        !error.contains("503")
    });
    refused(&format!("{base}?ticket=abc.def"), "403");
    let mut forged = url.clone();
    forged.pop();
    refused(&forged, "403");
    let socket = connect(&url, 16_000, 1);
    refused(&url, "409");
    drop(socket);
    wait_until("the stream is over, and the ticket used", || {
        tungstenite::connect(&url).unwrap_err().to_string().contains("403")
    });
    wait_until("it is counted", || appliance.metric("undertone_ear_refused") >= 4.0);
    healthy(&appliance);
}

#[test]
fn a_client_that_sends_too_fast_is_held_back_and_told() {
    let appliance = Appliance::start();
    let (_, url) = appliance.open("mono");
    let mut socket = connect(&url, 8_000, 1);
    let began = Instant::now();
    send(&mut socket, &vec![0; 7 * 8_000], 16_000);
    say(&mut socket, &json!({ "type": "stop" }));
    let told = hear_text(&mut socket);
    assert_eq!(told["type"], "too_fast", "{told}");
    assert_eq!(hear_text(&mut socket)["type"], "stopped");
    assert!(began.elapsed() > Duration::from_millis(900), "seven seconds came in {:?}", began.elapsed());
    wait_until("it is counted", || appliance.metric("undertone_ear_held_back_seconds") > 0.5);
    assert_eq!(appliance.metric("undertone_ear_dropped_seconds"), 0.0);
}

#[test]
fn a_client_that_vanishes_can_come_back() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("mono");
    let events = appliance.watch(&id, None);
    let mut socket = connect(&url, 16_000, 1);
    send(&mut socket, &[0; 16_000], 640);
    wait_until("a second was heard", || {
        appliance.get(&format!("/api/v1/calls/{id}")).1["elapsed_ms"].as_u64() > Some(700)
    });
    drop(socket);
    wait_until("it is lost", || appliance.get(&format!("/api/v1/calls/{id}")).1["state"] == "lost");
    std::thread::sleep(Duration::from_millis(400));
    resume(&appliance, &id);
    let gap = gap_ms(events);
    assert!((300..3_000).contains(&gap), "a gap of {gap} ms");
}

/// Comes back with a new ticket, says a second and stops.
fn resume(appliance: &Appliance, id: &str) {
    let (status, ticket) = appliance.post(&format!("/api/v1/calls/{id}/ticket"), &json!({}));
    assert_eq!(status, 200, "{ticket}");
    let mut socket = connect(ticket["url"].as_str().unwrap(), 16_000, 1);
    send(&mut socket, &[0; 16_000], 640);
    say(&mut socket, &json!({ "type": "stop" }));
    assert_eq!(hear_text(&mut socket)["type"], "stopped");
}

/// From the moment the sound was lost until it was back, on the audio clock; ticks must agree.
fn gap_ms(events: std::sync::mpsc::Receiver<(String, serde_json::Value)>) -> u64 {
    let all: Vec<_> = events.iter().collect();
    let at = |kind: &str| {
        let event = all.iter().find(|(_, data)| data["kind"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        event.1["at_ms"].as_u64().unwrap()
    };
    let (lost, back) = (at("source_lost"), at("source_back"));
    let starts: Vec<u64> =
        all.iter().filter(|(name, _)| name == "tick").map(|(_, t)| t["start_ms"].as_u64().unwrap()).collect();
    assert!(starts.iter().all(|&start| start < lost || start >= back), "a tick lies in the gap");
    assert!(starts.contains(&back), "the clock goes on at {back}");
    back - lost
}

#[test]
fn a_killed_ear_is_back_within_a_second_and_the_gap_is_marked() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("mono");
    let events = appliance.watch(&id, None);
    let mut socket = connect(&url, 16_000, 1);
    send(&mut socket, &[0; 16_000], 640);
    wait_until("a second was heard", || {
        appliance.get(&format!("/api/v1/calls/{id}")).1["elapsed_ms"].as_u64() > Some(700)
    });

    let (desk, ear) = appliance.processes();
    let killed = Instant::now();
    assert!(std::process::Command::new("kill").args(["-9", &ear.to_string()]).status().unwrap().success());
    wait_until("a new ear is there", || {
        let (now_desk, now_ear) = appliance.processes();
        assert_eq!(now_desk, desk, "the desk lives on");
        now_ear != 0 && now_ear != ear && appliance.get("/readyz").0 == 200
    });
    assert!(killed.elapsed() < Duration::from_secs(1), "it took {:?}", killed.elapsed());
    assert_eq!(hear_close(&mut socket).0, 0);
    resume(&appliance, &id);
    assert!(gap_ms(events) > 0);
    assert_eq!(appliance.metric("undertone_ear_restarts_total"), 1.0);
}

#[test]
fn hostile_requests_are_answered() {
    let appliance = Appliance::start();
    for (path, status, code) in [
        ("/api/v1/calls/xyz", 400, "bad_call_id"),
        ("/api/v1/calls/0000000000000000", 404, "no_such_call"),
        ("/api/v1/calls/%2e%2e%2f%2e%2e/etc", 404, "no_such_page"),
        ("/api/v1/nothing", 404, "no_such_page"),
        ("/../../etc/passwd", 404, "no_such_page"),
    ] {
        let (got, problem) = appliance.get(path);
        assert_eq!((got, &problem["code"]), (status, &json!(code)), "{path}");
    }
    let big = json!({ "layout": "x".repeat(100_000) });
    assert_eq!(appliance.post("/api/v1/calls", &big).0, 413);
    healthy(&appliance);
}

#[test]
fn a_start_that_cannot_work_says_why_in_one_sentence() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_undertone"))
            .arg("serve")
            .args(args)
            .current_dir(&folder)
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).trim().to_owned())
    };
    let (code, said) = run(&["--listen", &at, "--data", "d"]);
    assert!(code == 1 && said.lines().count() == 1 && said.contains("--listen"), "{said}");
    let (code, said) = run(&["--listen", "127.0.0.1:0", "--ear-listen", &at, "--data", "d"]);
    assert!(code == 1 && said.contains("--ear-listen"), "{said}");
    let (code, said) = run(&["--listen", "7070"]);
    assert!(code == 2 && said.contains("127.0.0.1:7070"), "{said}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let (code, said) = run(&["--listen", "127.0.0.1:0", "--ear-listen", "127.0.0.1:0", "--data", "file/in"]);
    assert!(code == 1 && said.contains("file/in") && said.contains("--data"), "{said}");
    let (code, said) =
        run(&["--listen", "127.0.0.1:0", "--ear-listen", "127.0.0.1:0", "--data", "/proc/none"]);
    assert!(code == 1 && said.contains("cannot be written"), "{said}");
}
