//! Webhooks through the running appliance: a receiver that drops some gets everything, signed, once by id.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::accounts::{Signed, settled_with};
use crate::appliance::Appliance;

/// What a receiver got: its headers in lower case, and its body.
struct Got {
    headers: String,
    body: Value,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        let line = self.headers.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.headers))
    }
}

/// A receiver that answers what `answer` says to its n-th request.
fn receiver(answer: impl Fn(usize) -> u16 + Send + 'static) -> (String, Receiver<(u16, Got)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (send, got) = channel();
    std::thread::spawn(move || {
        for (n, stream) in listener.incoming().enumerate() {
            let Ok(stream) = stream else { return };
            let mut reader = BufReader::new(&stream);
            let mut headers = String::new();
            while reader.read_line(&mut headers).is_ok_and(|count| count > 2) {}
            let headers = headers.to_lowercase().replace('\r', "");
            let length = headers.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
            reader.read_exact(&mut body).unwrap();
            let status = answer(n);
            let body = serde_json::from_slice(&body).unwrap();
            let _ = send.send((status, Got { headers, body }));
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    (url, got)
}

fn allowing() -> (Appliance, Signed) {
    settled_with(|command| {
        command.env("UNDERTONE_WEBHOOKS__ALLOW_PRIVATE", "true");
    })
}

fn add(appliance: &Appliance, admin: &Signed, url: &str) -> Value {
    let body = json!({ "url": url, "topics": ["webhook.*"] });
    let (status, hook) = admin.ask(appliance, "POST", "/api/v1/webhooks", Some(&body));
    assert_eq!(status, 201, "{hook}");
    hook
}

#[test]
fn a_receiver_that_drops_a_third_gets_everything_once_by_id() {
    let (appliance, admin) = allowing();
    let (url, got) = receiver(|n| if n % 3 == 0 { 503 } else { 200 });
    let hook = add(&appliance, &admin, &url);
    let test = format!("/api/v1/webhooks/{}/test", hook["id"]);
    for _ in 0..12 {
        assert_eq!(admin.ask(&appliance, "POST", &test, None).0, 202);
    }
    let (mut taken, mut dropped) = (Vec::new(), 0);
    while taken.len() < 12 {
        let (status, got) = got.recv_timeout(Duration::from_secs(30)).expect("everything arrives");
        assert_eq!(got.header("webhook-id"), format!("evt_{}", got.body["seq"]));
        assert_eq!(got.body["type"], "webhook.test");
        match status {
            200 => taken.push(got.header("webhook-id").to_owned()),
            _ => dropped += 1,
        }
    }
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 12, "{dropped} were dropped");
    assert!(dropped >= 4, "{dropped}");
    let waiting = format!("/api/v1/webhooks/{}/waiting", hook["id"]);
    crate::appliance::wait_until("nothing waits", || {
        admin.ask(&appliance, "GET", &waiting, None).1["items"] == json!([])
    });
}

/// A receiver that takes connections and never answers.
fn dead() -> (String, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (format!("http://{}/hook", listener.local_addr().unwrap()), listener)
}

#[test]
fn a_receiver_that_never_answers_delays_no_other() {
    let (appliance, admin) = allowing();
    let (dead_url, _held) = dead();
    let (url, got) = receiver(|_| 200);
    let silent: Vec<_> = (0..3).map(|_| add(&appliance, &admin, &dead_url)).collect();
    let healthy = add(&appliance, &admin, &url);
    let test = |hook: &Value| {
        let path = format!("/api/v1/webhooks/{}/test", hook["id"]);
        assert_eq!(admin.ask(&appliance, "POST", &path, None).0, 202);
    };
    // Every webhook hears of every test: the silent ones have more waiting than they may have on their way.
    (0..5).for_each(|_| silent.iter().for_each(test));
    test(&healthy);
    let began = std::time::Instant::now();
    for _ in 0..16 {
        got.recv_timeout(Duration::from_secs(5)).expect("the healthy one is not kept waiting");
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn deliveries_are_signed_with_the_secret_that_was_shown_once() {
    let (appliance, admin) = allowing();
    let (url, got) = receiver(|_| 204);
    let hook = add(&appliance, &admin, &url);
    let secret = hook["secret"].as_str().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"));
    let (_, listed) = admin.ask(&appliance, "GET", "/api/v1/webhooks", None);
    assert!(listed["items"][0].get("secret").is_none(), "{listed}");
    admin.ask(&appliance, "POST", &format!("/api/v1/webhooks/{}/test", hook["id"]), None);
    let (_, got) = got.recv_timeout(Duration::from_secs(10)).unwrap();
    let message = undertone::notify::Message {
        id: got.header("webhook-id").into(),
        at_s: got.header("webhook-timestamp").parse().unwrap(),
        body: got.body.to_string(),
    };
    // The order of the keys is that of the body as it was sent: they are sorted in both.
    let sent = format!(
        "{{\"type\":{},\"timestamp_ms\":{},\"seq\":{},\"data\":{}}}",
        got.body["type"], got.body["timestamp_ms"], got.body["seq"], got.body["data"]
    );
    let message = undertone::notify::Message { body: sent, ..message };
    assert!(undertone::notify::sign(&secret, &message).eq_ignore_ascii_case(got.header("webhook-signature")));
}

#[test]
fn the_receiver_that_comes_with_it_takes_what_is_signed() {
    let (appliance, admin) = allowing();
    // A webhook's secret is shown when it is made; its address is told afterwards.
    let hook = add(&appliance, &admin, "http://127.0.0.1:9/");
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/receiver");
    let receiver = std::process::Command::new(program)
        .args([hook["secret"].as_str().unwrap(), "0"])
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut receiver) = receiver else {
        eprintln!("passed over: there is no python3 here");
        return;
    };
    let mut said = BufReader::new(receiver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let url = said.next().unwrap().rsplit(' ').next().unwrap().to_owned();
    let path = format!("/api/v1/webhooks/{}", hook["id"]);
    let to = json!({ "url": url });
    assert_eq!(admin.ask_with(&appliance, "PATCH", &path, &[("if-match", "\"v1\"")], Some(&to)).0, 200);
    admin.ask(&appliance, "POST", &format!("{path}/test"), None);
    let line = said.next().unwrap();
    receiver.kill().unwrap();
    receiver.wait().unwrap();
    assert!(line.starts_with("evt_") && line.contains("webhook.test"), "{line}");
}

#[test]
fn a_receiver_that_is_gone_is_left_alone_and_what_was_given_up_can_be_tried_again() {
    let (appliance, admin) = allowing();
    let (url, got) = receiver(|n| if n == 0 { 410 } else { 200 });
    let hook = add(&appliance, &admin, &url);
    let path = format!("/api/v1/webhooks/{}", hook["id"]);
    admin.ask(&appliance, "POST", &format!("{path}/test"), None);
    assert_eq!(got.recv_timeout(Duration::from_secs(10)).unwrap().0, 410);
    let hook = || admin.ask(&appliance, "GET", "/api/v1/webhooks", None).1["items"][0].clone();
    crate::appliance::wait_until("it is set inactive", || hook()["active"] == false);
    let (_, waiting) = admin.ask(&appliance, "GET", &format!("{path}/waiting"), None);
    assert_eq!(waiting["items"][0]["due_ms"], Value::Null, "{waiting}");

    let seen = format!("\"v{}\"", hook()["version"]);
    let wake = json!({ "active": true });
    assert_eq!(admin.ask_with(&appliance, "PATCH", &path, &[("if-match", &seen)], Some(&wake)).0, 200);
    let (_, retried) = admin.ask(&appliance, "POST", &format!("{path}/retry"), None);
    assert_eq!(retried["retried"], 1);
    assert_eq!(got.recv_timeout(Duration::from_secs(40)).unwrap().0, 200);
}

#[test]
fn addresses_inside_the_network_are_refused_unless_allowed() {
    let (appliance, admin) = settled_with(|_| {});
    for url in ["http://127.0.0.1:9/", "http://169.254.169.254/latest", "file:///etc/passwd"] {
        let body = json!({ "url": url, "topics": ["*"] });
        let (status, problem) = admin.ask(&appliance, "POST", "/api/v1/webhooks", Some(&body));
        assert_eq!((status, &problem["code"]), (422, &json!("bad_field")), "{url}");
    }
}

#[test]
fn events_are_heard_live_and_from_where_one_was() {
    let (appliance, admin) = allowing();
    let (url, _got) = receiver(|_| 200);
    let hook = add(&appliance, &admin, &url);
    let test = format!("/api/v1/webhooks/{}/test", hook["id"]);
    let headers = [("cookie", admin.cookie.as_str())];
    let live = appliance.events_with("/api/v1/events", &headers);
    for _ in 0..3 {
        admin.ask(&appliance, "POST", &test, None);
    }
    let heard: Vec<_> = (0..3).map(|_| live.recv_timeout(Duration::from_secs(5)).unwrap()).collect();
    assert!(heard.iter().all(|(topic, data)| topic == "webhook.test" && data["webhook"] == hook["id"]));
    let again = appliance.events_with("/api/v1/events", &[headers[0], ("last-event-id", "1")]);
    assert_eq!(again.recv_timeout(Duration::from_secs(5)).unwrap(), heard[1]);
    assert_eq!(again.recv_timeout(Duration::from_secs(5)).unwrap(), heard[2]);
}
