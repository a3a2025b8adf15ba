//! Accounts through the running appliance: the first link, signing in, what is refused, and what is written down.

use serde_json::{Value, json};

use crate::appliance::Appliance;

const PASSWORD: &str = "a long enough one";

/// An appliance whose first account was just made, and that account's cookie and token.
pub fn settled() -> (Appliance, Signed) {
    settled_with(|_| {})
}

/// The same, started with a change to its command.
pub fn settled_with(change: impl FnOnce(&mut std::process::Command)) -> (Appliance, Signed) {
    let appliance = Appliance::start_with(change);
    let signed = set_up(&appliance, &appliance.setup_secret());
    (appliance, signed)
}

#[track_caller]
fn set_up(appliance: &Appliance, secret: &str) -> Signed {
    let body = json!({ "secret": secret, "login": "wu", "name": "Wu", "password": PASSWORD });
    Signed::by(appliance, "/api/v1/invitations/accept", &body)
}

/// A browser that has signed in.
pub struct Signed {
    pub cookie: String,
    pub csrf: String,
}

impl Signed {
    #[track_caller]
    pub fn by(appliance: &Appliance, path: &str, body: &Value) -> Self {
        let mut answer = appliance.ask("POST", path, &[], Some(body));
        let cookie =
            answer.headers().get("set-cookie").unwrap_or_else(|| panic!("{answer:?}")).to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let session: Value = answer.body_mut().read_json().unwrap();
        Self { cookie, csrf: session["csrf"].as_str().unwrap().to_owned() }
    }

    /// The number of whoever has signed in.
    pub fn person(&self, appliance: &Appliance) -> i64 {
        self.ask(appliance, "GET", "/api/v1/session", None).1["person"]["id"].as_i64().unwrap()
    }

    /// Status and body of a request that a page would send.
    pub fn ask(&self, appliance: &Appliance, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.ask_with(appliance, method, path, &[], body)
    }

    pub fn ask_with(
        &self,
        appliance: &Appliance,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: Option<&Value>,
    ) -> (u16, Value) {
        let mut headers = vec![("cookie", self.cookie.as_str()), ("x-csrf-token", self.csrf.as_str())];
        headers.extend(more);
        let mut answer = appliance.ask(method, path, &headers, body);
        (answer.status().as_u16(), answer.body_mut().read_json().unwrap_or(Value::Null))
    }
}

fn sign_in(appliance: &Appliance, login: &str, password: &str) -> (u16, Value) {
    appliance.post("/api/v1/session", &json!({ "login": login, "password": password }))
}

#[test]
fn the_first_link_makes_the_first_account_once() {
    let appliance = Appliance::start();
    let secret = appliance.setup_secret();
    let admin = set_up(&appliance, &secret);
    let (_, session) = admin.ask(&appliance, "GET", "/api/v1/session", None);
    assert_eq!((&session["role"], &session["person"]["name"]), (&json!("admin"), &json!("Wu")), "{session}");
    let again = json!({ "secret": secret, "login": "li", "name": "Li", "password": PASSWORD });
    let (status, problem) = appliance.post("/api/v1/invitations/accept", &again);
    assert_eq!((status, &problem["code"]), (410, &json!("link_used_up")));
}

#[test]
fn before_the_first_account_this_machine_may_hold_calls_and_afterwards_not() {
    let appliance = Appliance::start();
    assert_eq!(appliance.get("/api/v1/session").1["role"], "local");
    assert_eq!(appliance.get("/api/v1/calls").0, 200);
    assert_eq!(appliance.get("/api/v1/people").0, 403);
    drop(appliance);
    let (appliance, _) = settled();
    let (status, problem) = appliance.get("/api/v1/calls");
    assert_eq!((status, &problem["code"]), (401, &json!("not_signed_in")));
}

#[test]
fn who_makes_the_first_account_has_the_calls_from_before_and_may_hold_more() {
    let mut appliance = Appliance::start();
    let hold = |ask: &dyn Fn(&str, &Value) -> (u16, Value)| {
        let (status, call) = ask("/api/v1/calls", &crate::calls_kept::new_call(json!({})));
        assert_eq!(status, 201, "{call}");
        let mut socket = crate::appliance::connect(call["ticket"]["url"].as_str().unwrap(), 16_000, 1);
        crate::appliance::send(&mut socket, &vec![500; 16_000], 640);
        (call["id"].as_str().unwrap().to_owned(), socket)
    };
    let (id, socket) = hold(&|path, body| appliance.post(path, body));
    let admin = set_up(&appliance, &appliance.setup_secret());
    let path = format!("/api/v1/calls/{id}");
    let (status, call) = admin.ask(&appliance, "GET", &path, None);
    assert_eq!((status, &call["owner"]), (200, &json!(admin.person(&appliance))), "while it goes on: {call}");
    drop(socket);
    let (_, summary) = admin.ask(&appliance, "POST", &format!("{path}/stop"), None);
    assert_eq!(summary["state"], "ended", "{summary}");
    let (own, _socket) = hold(&|path, body| admin.ask(&appliance, "POST", path, Some(body)));
    appliance.restart();
    let (_, calls) = admin.ask(&appliance, "GET", "/api/v1/calls", None);
    let ids: Vec<_> = calls["calls"].as_array().unwrap().iter().map(|call| &call["id"]).collect();
    assert_eq!(ids, [&json!(own), &json!(id)], "{calls}");
    assert_eq!(admin.ask(&appliance, "GET", &format!("{path}/summary"), None).1["seconds"], 1.0);
    assert_eq!(admin.ask(&appliance, "GET", "/api/v1/board/day", None).0, 200, "the own day");
    let (_, log) = admin.ask(&appliance, "GET", "/api/v1/audit?entity=person", None);
    assert_eq!(log["items"].as_array().unwrap().last().unwrap()["after"]["adopted_calls"], 1, "{log}");
}

#[test]
fn a_wrong_password_is_refused_and_five_close_the_gate() {
    let (appliance, _) = settled();
    assert_eq!(sign_in(&appliance, "wu", PASSWORD).0, 200);
    for login in ["wu", "nobody"] {
        for _ in 0..5 {
            let (status, problem) = sign_in(&appliance, login, "not the password");
            assert_eq!((status, &problem["code"]), (401, &json!("wrong_password")), "{login}");
        }
        let (status, problem) = sign_in(&appliance, login, PASSWORD);
        assert_eq!((status, &problem["code"]), (429, &json!("too_many_attempts")), "{login}");
    }
}

#[test]
fn a_page_of_another_site_changes_nothing_with_a_cookie() {
    let (appliance, admin) = settled();
    let body = json!({ "name": "North" });
    let ask = |headers: &[(&str, &str)]| {
        let mut answer = appliance.ask("POST", "/api/v1/teams", headers, Some(&body));
        let problem: Value = answer.body_mut().read_json().unwrap();
        (answer.status().as_u16(), problem["code"].as_str().unwrap_or("").to_owned())
    };
    let cookie = ("cookie", admin.cookie.as_str());
    assert_eq!(ask(&[cookie]), (403, "no_csrf_token".into()));
    assert_eq!(ask(&[cookie, ("x-csrf-token", "guess")]), (403, "no_csrf_token".into()));
    let token = ("x-csrf-token", admin.csrf.as_str());
    assert_eq!(ask(&[cookie, token, ("origin", "https://evil.example")]), (403, "foreign_origin".into()));
    assert_eq!(ask(&[cookie, token]).0, 201);
}

#[test]
fn a_session_that_was_planted_stays_worthless() {
    let (appliance, _) = settled();
    let planted = "undertone=planted-by-somebody-else";
    let body = json!({ "login": "wu", "password": PASSWORD });
    let answer = appliance.ask("POST", "/api/v1/session", &[("cookie", planted)], Some(&body));
    let cookie = answer.headers()["set-cookie"].to_str().unwrap();
    assert!(!cookie.contains("planted"), "{cookie}");
    let answer = appliance.ask("GET", "/api/v1/people", &[("cookie", planted)], None);
    assert_eq!(answer.status().as_u16(), 401);
}

#[test]
fn signing_out_ends_the_session() {
    let (appliance, admin) = settled();
    assert_eq!(admin.ask(&appliance, "DELETE", "/api/v1/session", None).0, 204);
    assert_eq!(admin.ask(&appliance, "GET", "/api/v1/people", None).0, 401);
}

#[test]
fn a_colleague_is_invited_and_a_token_acts_for_its_owner() {
    let (appliance, admin) = settled();
    let (status, team) = admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": "North" })));
    assert_eq!(status, 201, "{team}");
    let rep = json!({ "login": "li.na", "name": "李娜", "role": "rep", "team": team["id"] });
    let (status, rep) = admin.ask(&appliance, "POST", "/api/v1/people", Some(&rep));
    assert_eq!((status, &rep["role"]), (201, &json!("rep")), "{rep}");
    let path = format!("/api/v1/people/{}/invitation", rep["id"]);
    let (_, link) = admin.ask(&appliance, "POST", &path, None);
    let secret = link["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let short = json!({ "secret": secret, "password": "short" });
    assert_eq!(appliance.post("/api/v1/invitations/accept", &short).1["code"], "bad_password");
    let body = json!({ "secret": secret, "password": "another long one" });
    let rep = Signed::by(&appliance, "/api/v1/invitations/accept", &body);
    let (status, problem) = rep.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": "South" })));
    assert_eq!((status, &problem["code"]), (403, &json!("not_allowed")));

    let (status, token) = rep.ask(&appliance, "POST", "/api/v1/tokens", Some(&json!({ "name": "CRM" })));
    assert_eq!(status, 201, "{token}");
    let bearer = format!("Bearer {}", token["secret"].as_str().unwrap());
    let with = |method: &str, path: &str| {
        appliance.ask(method, path, &[("authorization", bearer.as_str())], None).status().as_u16()
    };
    assert_eq!((with("GET", "/api/v1/calls"), with("GET", "/api/v1/audit")), (200, 200));
    let (_, tokens) = rep.ask(&appliance, "GET", "/api/v1/tokens", None);
    assert!(tokens["items"][0].get("secret").is_none(), "{tokens}");
    let path = format!("/api/v1/tokens/{}", token["id"]);
    assert_eq!(rep.ask(&appliance, "DELETE", &path, None).0, 204);
    assert_eq!(with("GET", "/api/v1/calls"), 401);
}

#[test]
fn a_change_needs_the_version_that_was_seen() {
    let (appliance, admin) = settled();
    let (_, team) = admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": "North" })));
    let path = format!("/api/v1/teams/{}", team["id"]);
    let rename = |seen: &[(&str, &str)], name: &str| {
        let (status, body) = admin.ask_with(&appliance, "PATCH", &path, seen, Some(&json!({ "name": name })));
        (status, body["code"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(rename(&[], "A"), (428, "if_match_required".into()));
    assert_eq!(rename(&[("if-match", "3")], "A"), (400, "bad_if_match".into()));
    assert_eq!(rename(&[("if-match", "\"v1\"")], "A").0, 200);
    assert_eq!(rename(&[("if-match", "\"v1\"")], "B"), (412, "stale".into()));
}

#[test]
fn the_same_request_twice_is_done_once() {
    let (appliance, admin) = settled();
    let key = [("idempotency-key", "k1")];
    let make = |name: &str| {
        admin.ask_with(&appliance, "POST", "/api/v1/teams", &key, Some(&json!({ "name": name })))
    };
    let first = make("North");
    assert_eq!((first.0, make("North")), (201, first.clone()));
    assert_eq!(make("South").1["code"], "idempotency_key_reused");
    let (_, teams) = admin.ask(&appliance, "GET", "/api/v1/teams", None);
    assert_eq!(teams["items"].as_array().unwrap().len(), 1);
}

#[test]
fn what_was_done_is_in_the_log_without_secrets() {
    let (appliance, admin) = settled();
    admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": "North" })));
    let (_, log) = admin.ask(&appliance, "GET", "/api/v1/audit", None);
    let deeds: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| entry["deed"].clone()).collect();
    assert_eq!(deeds, ["team.create", "person.accept"], "{log}");
    assert!(!log.to_string().contains(PASSWORD) && !log.to_string().contains("argon2"), "{log}");
}

#[test]
fn problems_speak_the_callers_language() {
    let (appliance, _) = settled();
    let mut answer = appliance.ask("GET", "/api/v1/people", &[("accept-language", "zh-CN,en;q=0.5")], None);
    let problem: Value = answer.body_mut().read_json().unwrap();
    assert_eq!(
        (&problem["code"], &problem["detail"]),
        (&json!("not_signed_in"), &json!("尚未登录：请先登录。"))
    );
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}
