//! The doors: how often somebody may try, what ends when somebody leaves, and what a page or a program is given.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use base64::Engine;
use serde_json::{Value, json};

use crate::accounts::{Signed, settled, settled_with};
use crate::appliance::{Appliance, connect, hear_close};
use crate::calls_kept::new_call;
use crate::clients::colleague;
use crate::located::House;

const PASSWORD: &str = "a long enough one";

/// Status and code of an attempt to sign in.
fn attempt(appliance: &Appliance, headers: &[(&str, &str)], login: &str, password: &str) -> (u16, Value) {
    let body = json!({ "login": login, "password": password });
    let mut answer = appliance.ask("POST", "/api/v1/session", headers, Some(&body));
    let status = answer.status().as_u16();
    (status, answer.body_mut().read_json::<Value>().unwrap()["code"].clone())
}

#[test]
fn letters_of_either_case_are_one_account() {
    let (appliance, _) = settled();
    for login in ["wu", "WU", "Wu", "wU", "wu"] {
        assert_eq!(attempt(&appliance, &[], login, "not the password").0, 401, "{login}");
    }
    for login in ["WU", "wU", "wu"] {
        assert_eq!(attempt(&appliance, &[], login, "not the password"), (429, json!("too_many_attempts")));
    }
}

#[test]
fn who_comes_through_a_trusted_proxy_is_told_from_others() {
    let (appliance, _) = settled_with(|command| {
        command.env("UNDERTONE_TRUSTED_PROXIES", "127.0.0.1, 10.1.0.0/16");
    });
    let from = |address: &str, login: &str, password: &str| {
        attempt(&appliance, &[("x-forwarded-for", address)], login, password).0
    };
    for n in 0..40 {
        from("203.0.113.9", &format!("somebody{n}"), "not the password");
        from("203.0.113.9", "wu", "not the password");
    }
    assert_eq!(from("203.0.113.9", "wu", PASSWORD), 429);
    assert_eq!(from("198.51.100.7", "wu", PASSWORD), 200, "from elsewhere");
    assert_eq!(from("203.0.113.9, 198.51.100.7, 10.1.2.3", "wu", PASSWORD), 200, "through two proxies");
}

#[test]
fn a_stranger_cannot_say_where_it_comes_from() {
    let (appliance, _) = settled();
    let from = |n: u8, password: &str| {
        let address = format!("203.0.{n}.1");
        attempt(&appliance, &[("x-forwarded-for", &address)], "wu", password).0
    };
    let tried: Vec<_> = (0..8).map(|n| from(n, "not the password")).collect();
    assert_eq!(tried[5..], [429, 429, 429], "{tried:?}");
}

#[test]
fn many_failures_of_others_do_not_lock_the_house() {
    let (appliance, _) = settled();
    for n in 0..40 {
        let tried = attempt(&appliance, &[], &format!("somebody{}", n / 5), "not the password").0;
        if tried == 429 {
            break;
        }
    }
    assert_eq!(attempt(&appliance, &[], "wu", PASSWORD).0, 200);
}

#[test]
fn a_browser_that_is_known_is_not_locked_out_by_who_guesses() {
    let (appliance, _) = settled();
    let body = json!({ "login": "wu", "password": PASSWORD });
    let answer = appliance.ask("POST", "/api/v1/session", &[], Some(&body));
    let cookies = answer.headers().get_all("set-cookie").iter();
    let mut cookies = cookies.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    // The session is over by the time that somebody has to sign in.
    let cookies = cookies.find(|cookie| cookie.starts_with("undertone_device=")).unwrap().to_owned();
    while attempt(&appliance, &[], "wu", "not the password").0 != 429 {}
    assert_eq!(attempt(&appliance, &[], "wu", PASSWORD).0, 429, "a browser that nobody knows");
    assert_eq!(attempt(&appliance, &[("cookie", &cookies)], "wu", PASSWORD).0, 200);
    assert_eq!(attempt(&appliance, &[("cookie", &cookies)], "li", PASSWORD).0, 401, "for this account only");
    let tried: Vec<_> =
        (0..8).map(|_| attempt(&appliance, &[("cookie", &cookies)], "wu", "wrong one").0).collect();
    assert_eq!(tried[5..], [429, 429, 429], "a stolen browser guesses no better: {tried:?}");
}

#[test]
fn failures_of_others_do_not_close_a_valid_invitation() {
    let (appliance, admin) = settled();
    let rep = json!({ "login": "li", "name": "Li", "role": "rep" });
    let rep = admin.ask(&appliance, "POST", "/api/v1/people", Some(&rep)).1;
    let link = admin.ask(&appliance, "POST", &format!("/api/v1/people/{}/invitation", rep["id"]), None).1;
    let secret = link["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let accept = |secret: &str| {
        appliance.post("/api/v1/invitations/accept", &json!({ "secret": secret, "password": PASSWORD })).0
    };
    let tried: Vec<_> = (0..60).map(|n| accept(&format!("guess {n}"))).collect();
    assert_eq!((tried[0], tried[59]), (410, 429), "{tried:?}");
    assert_eq!(accept(secret), 200);
}

/// Waits for the end of a stream of events.
#[track_caller]
fn ends(what: &str, events: &Receiver<(String, Value)>) {
    let until = Instant::now() + Duration::from_secs(2);
    loop {
        match events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(_) => {}
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => panic!("{what} goes on"),
        }
    }
}

/// Everything that somebody has open.
struct Open {
    who: Signed,
    bearer: String,
    events: Receiver<(String, Value)>,
    by_token: Receiver<(String, Value)>,
    ticks: Receiver<(String, Value)>,
    heard: crate::appliance::Socket,
    ticket: String,
    /// The secret of a phone.
    phone: String,
}

impl Open {
    fn of(house: &House, who: Signed) -> Self {
        let appliance = &house.appliance;
        let token = who.ask(appliance, "POST", "/api/v1/tokens", Some(&json!({ "name": "CRM" }))).1;
        let bearer = format!("Bearer {}", token["secret"].as_str().unwrap());
        let call = who.ask(appliance, "POST", "/api/v1/calls", Some(&new_call(json!({})))).1;
        let heard = connect(call["ticket"]["url"].as_str().unwrap(), 16_000, 1);
        let other = who.ask(appliance, "POST", "/api/v1/calls", Some(&new_call(json!({})))).1;
        let phones = format!("/api/v1/people/{}/enrolments", who.person(appliance));
        let phone = json!({ "app": "json", "name": "phone" });
        let phone =
            who.ask(appliance, "POST", &phones, Some(&phone)).1["secret"].as_str().unwrap().to_owned();
        let cookie = [("cookie", who.cookie.as_str())];
        let stream = format!("/api/v1/calls/{}/stream", call["id"].as_str().unwrap());
        Self {
            events: appliance.events_with("/api/v1/events", &cookie),
            by_token: appliance.events_with("/api/v1/events", &[("authorization", &bearer)]),
            ticks: appliance.events_with(&stream, &cookie),
            ticket: other["ticket"]["url"].as_str().unwrap().to_owned(),
            who,
            bearer,
            phone,
            heard,
        }
    }

    #[track_caller]
    fn ends(mut self, house: &House) {
        ends("the stream of events", &self.events);
        ends("the stream of a token", &self.by_token);
        ends("the stream of the call", &self.ticks);
        let appliance = &house.appliance;
        assert_eq!(self.who.ask(appliance, "GET", "/api/v1/session", None).1["role"], "nobody");
        let answer = appliance.ask("GET", "/api/v1/tables", &[("authorization", &self.bearer)], None);
        assert_eq!(answer.status().as_u16(), 401);
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("ut:{}", self.phone));
        let headers = [("authorization", &*format!("Basic {basic}"))];
        let answer = appliance.ask("POST", "/api/v1/positions", &headers, Some(&json!({ "fixes": [] })));
        assert_eq!(answer.status().as_u16(), 401, "the phone reports on");
        assert!(tokio_tungstenite::tungstenite::connect(&self.ticket).is_err(), "a ticket still works");
        let began = Instant::now();
        hear_close(&mut self.heard);
        assert!(began.elapsed() < Duration::from_secs(2), "the call is still heard");
    }
}

fn change(house: &House, admin: &Signed, person: i64, what: Value) {
    let path = format!("/api/v1/people/{person}");
    let version = admin.ask(&house.appliance, "GET", &path, None).1["version"].clone();
    let seen = format!("\"v{version}\"");
    let (status, answer) =
        admin.ask_with(&house.appliance, "PATCH", &path, &[("if-match", &seen)], Some(&what));
    assert_eq!(status, 200, "{answer}");
}

fn admin(house: &House) -> Signed {
    Signed::by(&house.appliance, "/api/v1/session", &json!({ "login": "wu", "password": PASSWORD }))
}

#[test]
fn who_leaves_is_out_of_everything_within_a_second() {
    let house = House::new();
    let admin = admin(&house);
    for (login, what) in [("leaver", json!({ "active": false })), ("mover", json!({ "role": "stock" }))] {
        let who = colleague(&house.appliance, &admin, login, "rep", None);
        let person = who.person(&house.appliance);
        let open = Open::of(&house, who);
        change(&house, &admin, person, what);
        open.ends(&house);
    }
    let who = colleague(&house.appliance, &admin, "erased", "rep", None);
    let person = who.person(&house.appliance);
    let open = Open::of(&house, who);
    assert_eq!(admin.ask(&house.appliance, "DELETE", &format!("/api/v1/people/{person}/data"), None).0, 204);
    open.ends(&house);
}

#[test]
fn a_stream_ends_with_the_session_or_token_that_opened_it() {
    let house = House::new();
    let token = house.li.ask(&house.appliance, "POST", "/api/v1/tokens", Some(&json!({ "name": "CRM" }))).1;
    let bearer = format!("Bearer {}", token["secret"].as_str().unwrap());
    let by_token = house.appliance.events_with("/api/v1/events", &[("authorization", &bearer)]);
    let by_page = house.appliance.events_with("/api/v1/events", &[("cookie", &house.li.cookie)]);
    assert_eq!(
        house.li.ask(&house.appliance, "DELETE", &format!("/api/v1/tokens/{}", token["id"]), None).0,
        204
    );
    ends("the stream of a revoked token", &by_token);
    assert_eq!(house.li.ask(&house.appliance, "DELETE", "/api/v1/session", None).0, 204);
    ends("the stream of a session that signed out", &by_page);
}

#[test]
fn behind_https_everything_says_so_and_nothing_personal_is_kept_by_caches() {
    let (appliance, admin) = settled_with(|command| {
        command.env("UNDERTONE_PUBLIC_URL", "https://hints.example");
    });
    let host = ("host", "hints.example");
    let headers = [host, ("cookie", admin.cookie.as_str()), ("x-csrf-token", admin.csrf.as_str())];
    let mut answer = appliance.ask("POST", "/api/v1/calls", &headers, Some(&new_call(json!({}))));
    assert!(answer.headers()["strict-transport-security"].to_str().unwrap().contains("max-age="));
    let call: Value = answer.body_mut().read_json().unwrap();
    let url = call["ticket"]["url"].as_str().unwrap();
    assert!(url.starts_with("wss://hints.example:"), "{url}");
    for path in [
        "/api/v1/session",
        "/api/v1/tables/clients/records",
        "/api/v1/people",
        "/api/v1/calls",
        "/api/v1/nowhere",
    ] {
        let answer = appliance.ask("GET", path, &headers, None);
        let kept = answer.headers().get("cache-control").map_or("", |value| value.to_str().unwrap());
        assert!(kept.contains("no-store"), "{path}: {kept:?}");
    }
    let plain = Appliance::start();
    let answer = plain.ask("GET", "/api/v1/session", &[], None);
    assert!(
        answer.headers().get("strict-transport-security").is_none(),
        "without https there is none to keep to"
    );
}

#[test]
fn a_request_has_one_host() {
    let (appliance, _) = settled();
    let say = |head: &str| {
        let mut stream = TcpStream::connect(appliance.url.trim_start_matches("http://")).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut heard = String::new();
        let _ = stream.read_to_string(&mut heard);
        heard.chars().take(12).collect::<String>()
    };
    let close = "Connection: close\r\n\r\n";
    assert_eq!(say(&format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\n{close}")), "HTTP/1.1 200");
    for head in [
        format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n{close}"),
        format!("GET /healthz HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n{close}"),
        format!("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n{close}"),
        format!("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n{close}"),
        format!("GET /healthz HTTP/1.1\r\n{close}"),
    ] {
        let heard = say(&head);
        assert!(heard.starts_with("HTTP/1.1 4"), "{head}: {heard}");
    }
}

#[test]
fn a_token_does_what_it_is_for_and_no_longer_than_a_year() {
    let house = House::new();
    let make = |body: Value| house.li.ask(&house.appliance, "POST", "/api/v1/tokens", Some(&body));
    let (status, problem) = make(json!({ "name": "CRM", "days": 366 }));
    assert_eq!((status, &problem["code"]), (422, &json!("bad_field")));
    assert_eq!(make(json!({ "name": "CRM", "scopes": ["fly"] })).0, 422);
    assert_eq!(make(json!({ "name": "CRM", "scopes": [] })).0, 422, "a token for nothing");
    let (status, token) = make(json!({ "name": "CRM", "days": 365, "scopes": ["read clients"] }));
    assert_eq!((status, &token["scopes"]), (201, &json!(["read clients"])), "{token}");
    let bearer = format!("Bearer {}", token["secret"].as_str().unwrap());
    let with = |bearer: &str, method: &str, path: &str, body: Option<&Value>| {
        let mut answer = house.appliance.ask(method, path, &[("authorization", bearer)], body);
        let code = answer.body_mut().read_json::<Value>().unwrap_or_default()["code"].clone();
        (answer.status().as_u16(), code)
    };
    assert_eq!(with(&bearer, "GET", "/api/v1/sites", None).0, 200);
    assert_eq!(with(&bearer, "GET", "/api/v1/calls", None), (403, json!("not_in_scope")));
    let site = json!({ "name": "X" });
    assert_eq!(with(&bearer, "POST", "/api/v1/sites", Some(&site)), (403, json!("not_in_scope")));
    let more = json!({ "name": "more" });
    let whole = make(json!({ "name": "all" })).1;
    for bearer in [&bearer, &format!("Bearer {}", whole["secret"].as_str().unwrap())] {
        let (status, _) = with(bearer, "POST", "/api/v1/tokens", Some(&more));
        assert!([401, 403].contains(&status), "a token makes another: {status}");
    }
}

#[test]
fn actions_name_nobody_of_another_team() {
    let house = House::new();
    let add = |more: Value| {
        let mut values = json!({ "client": house.client, "whom": "李主任", "status": "方案已递", "next": "call again",
            "due": "2099-02-18" });
        values.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let body = json!({ "values": values });
        house.li.ask(&house.appliance, "POST", "/api/v1/tables/actions/records", Some(&body))
    };
    let xu = house.xu.person(&house.appliance);
    let (status, answer) = add(json!({ "owner": xu }));
    assert_eq!(status, 403, "{answer}");
    let (nobody, none) = add(json!({ "owner": 9_999 }));
    assert_eq!((nobody, &none["code"]), (status, &answer["code"]), "nobody learns who is there");
    let ma = house.ma.person(&house.appliance);
    assert_eq!(add(json!({ "owner": ma })).0, 201, "a colleague of the own team");
}
