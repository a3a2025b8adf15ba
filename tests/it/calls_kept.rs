//! Calls and the store: who was told what, whose call it is, what is left after a restart, and what withdrawal leaves.

use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, connect, hear_close, say, send, wait_until};
use crate::clients::colleague;
use crate::located::{House, LAT, LON, now_ms};

pub const CALLS: &str = "/api/v1/calls";

pub fn rep(appliance: &Appliance, admin: &Signed, login: &str, role: &str, team: i64) -> Signed {
    colleague(appliance, admin, login, role, Some(team))
}

pub fn team(appliance: &Appliance, admin: &Signed, name: &str) -> i64 {
    let (_, team) = admin.ask(appliance, "POST", "/api/v1/teams", Some(&json!({ "name": name })));
    team["id"].as_i64().unwrap()
}

pub fn new_call(more: Value) -> Value {
    let mut call = json!({ "layout": "mono", "source": { "kind": "socket" }, "consent": "notified" });
    call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    call
}

/// A call of a second that its client stopped: its id.
#[track_caller]
pub fn talked(appliance: &Appliance, who: &Signed, more: Value) -> String {
    let (status, call) = who.ask(appliance, "POST", CALLS, Some(&new_call(more)));
    assert_eq!(status, 201, "{call}");
    let mut socket = connect(call["ticket"]["url"].as_str().unwrap(), 16_000, 1);
    send(&mut socket, &vec![500; 16_000], 640);
    say(&mut socket, &json!({ "type": "stop" }));
    hear_close(&mut socket);
    call["id"].as_str().unwrap().to_owned()
}

/// Deeds in the log about one call, oldest first.
pub fn log(appliance: &Appliance, admin: &Signed, id: &str) -> Vec<String> {
    let path = format!("/api/v1/audit?entity=call&entity_id={id}");
    let (_, log) = admin.ask(appliance, "GET", &path, None);
    let items = log["items"].as_array().unwrap_or_else(|| panic!("{log}"));
    items.iter().rev().map(|entry| entry["deed"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_call_that_is_over_is_there_after_a_restart_with_its_numbers() {
    let (mut appliance, admin) = settled();
    let north = team(&appliance, &admin, "North");
    let li = rep(&appliance, &admin, "li", "rep", north);
    let id = talked(&appliance, &li, json!({}));
    let path = format!("{CALLS}/{id}");
    let summary = li.ask(&appliance, "GET", &format!("{path}/summary"), None).1;
    wait_until("the call is kept", || li.ask(&appliance, "GET", &path, None).1["summary"] == summary);
    let (_, open) = li.ask(&appliance, "POST", CALLS, Some(&new_call(json!({}))));
    appliance.restart();
    let (_, calls) = li.ask(&appliance, "GET", CALLS, None);
    let ids: Vec<_> = calls["calls"].as_array().unwrap().iter().map(|call| &call["id"]).collect();
    assert_eq!(ids, [&open["id"], &json!(id)], "newest first: {calls}");
    assert_eq!((&calls["calls"][1]["summary"], &calls["calls"][1]["state"]), (&summary, &json!("ended")));
    assert_eq!(li.ask(&appliance, "GET", &format!("{path}/summary"), None).1, summary);
    let (_, receipt) = li.ask(&appliance, "GET", &format!("{path}/receipt"), None);
    assert_eq!(receipt["audio_bytes_in"], 32_000, "{receipt}");
    assert_eq!(log(&appliance, &admin, &id), ["call.start", "call.end"]);
    assert_eq!(log(&appliance, &admin, open["id"].as_str().unwrap()), ["call.start", "call.end"]);
    let (_, first) = li.ask(&appliance, "GET", &format!("{CALLS}?limit=1"), None);
    let (_, second) = li.ask(
        &appliance,
        "GET",
        &format!("{CALLS}?limit=1&after={}", first["next"].as_str().unwrap()),
        None,
    );
    assert_eq!(second["calls"][0]["id"], id);
}

#[test]
fn each_deed_on_a_call_leaves_one_entry() {
    let (appliance, admin) = settled();
    let north = team(&appliance, &admin, "North");
    let li = rep(&appliance, &admin, "li", "rep", north);
    let (_, call) = li.ask(&appliance, "POST", CALLS, Some(&new_call(json!({}))));
    let id = call["id"].as_str().unwrap();
    let path = format!("{CALLS}/{id}");
    let post = |what: &str, body: Value| li.ask(&appliance, "POST", &format!("{path}/{what}"), Some(&body));
    assert_eq!(post("ticket", json!({})).0, 200);
    let agreed = post("consent", json!({ "consent": "consented", "how": "written" }));
    assert_eq!((agreed.0, &agreed.1["consent"]), (200, &json!("consented")), "{}", agreed.1);
    assert_eq!(post("consent", json!({ "consent": "consented" })).0, 200, "saying it twice is fine");
    assert_eq!(post("consent", json!({ "consent": "notified" })).1["code"], "consent_is_final");
    assert_eq!(post("stop", json!({})).0, 200);
    assert_eq!(post("stop", json!({})).0, 200);
    assert_eq!(post("withdraw", json!({})).0, 204);
    assert_eq!(post("withdraw", json!({})).0, 204);
    let want = ["call.start", "call.ticket", "call.consent", "call.stop", "call.withdraw"];
    assert_eq!(log(&appliance, &admin, id), want);
}

#[test]
fn withdrawal_leaves_a_tombstone_and_nothing_else() {
    let (mut appliance, admin) = settled();
    let north = team(&appliance, &admin, "North");
    let li = rep(&appliance, &admin, "li", "rep", north);
    for (what, body) in [("withdraw", json!({})), ("consent", json!({ "consent": "declined" }))] {
        let id = talked(&appliance, &li, json!({}));
        let path = format!("{CALLS}/{id}");
        wait_until("the call is kept", || !li.ask(&appliance, "GET", &path, None).1["summary"].is_null());
        appliance.restart();
        assert!(matches!(li.ask(&appliance, "POST", &format!("{path}/{what}"), Some(&body)).0, 200 | 204));
        assert_eq!(li.ask(&appliance, "GET", &path, None).1["code"], "no_such_call");
        assert_eq!(log(&appliance, &admin, &id), ["call.start", "call.end", "call.withdraw"]);
    }
}

#[test]
fn who_declines_is_not_heard_any_more() {
    let (appliance, admin) = settled();
    let north = team(&appliance, &admin, "North");
    let li = rep(&appliance, &admin, "li", "rep", north);
    let (_, call) = li.ask(&appliance, "POST", CALLS, Some(&new_call(json!({}))));
    let mut socket = connect(call["ticket"]["url"].as_str().unwrap(), 16_000, 1);
    let path = format!("{CALLS}/{}/consent", call["id"].as_str().unwrap());
    let (status, declined) = li.ask(&appliance, "POST", &path, Some(&json!({ "consent": "declined" })));
    assert_eq!((status, &declined["state"]), (200, &json!("withdrawn")), "{declined}");
    assert_eq!(hear_close(&mut socket).0, 1008);
}

#[test]
fn a_client_that_does_not_want_it_gets_no_ticket_and_no_call() {
    let (appliance, admin) = settled();
    let north = team(&appliance, &admin, "North");
    let li = rep(&appliance, &admin, "li", "rep", north);
    let card = json!({ "values": { "name": "华东", "analyse": false } });
    let (_, client) = li.ask(&appliance, "POST", "/api/v1/tables/clients/records", Some(&card));
    let asked = new_call(json!({ "client": client["id"] }));
    let (status, problem) = li.ask(&appliance, "POST", CALLS, Some(&asked));
    assert_eq!((status, &problem["code"]), (403, &json!("do_not_analyse")));
    assert_eq!(li.ask(&appliance, "POST", CALLS, Some(&new_call(json!({ "client": 99 })))).0, 404);
    assert_eq!(li.ask(&appliance, "GET", CALLS, None).1["calls"], json!([]));
}

#[test]
fn calls_that_turn_out_to_be_with_such_a_client_are_stopped_and_nothing_of_them_is_kept() {
    let house = House::new();
    let li =
        |method: &str, path: &str, body: Value| house.li.ask(&house.appliance, method, path, Some(&body));
    let card = json!({ "values": { "name": "华东", "analyse": false } });
    let client = li("POST", "/api/v1/tables/clients/records", card).1["id"].clone();
    let over = talked(&house.appliance, &house.li, json!({}));
    let stream = |more: Value| {
        let (status, call) = li("POST", CALLS, new_call(more));
        assert_eq!(status, 201, "{call}");
        let mut socket = connect(call["ticket"]["url"].as_str().unwrap(), 16_000, 1);
        send(&mut socket, &vec![500; 16_000], 640);
        (call["id"].as_str().unwrap().to_owned(), socket)
    };
    // With another client by the rep's own word: that is none of the visit's business.
    let (other, mut with_other) = stream(json!({ "client": house.client }));
    let (running, mut socket) = stream(json!({}));
    let position = json!({ "lat": LAT + 0.05, "lon": LON, "accuracy_m": 10, "tst_ms": now_ms() });
    let (status, visit) = li("POST", "/api/v1/visits", json!({ "position": position, "client": client }));
    assert_eq!(status, 201, "{visit}");
    assert_eq!(hear_close(&mut socket).0, 1008);
    for id in [&over, &running] {
        let (_, call) = li("GET", &format!("{CALLS}/{id}"), json!(null));
        assert_eq!((&call["state"], &call["summary"]), (&json!("withdrawn"), &json!(null)), "{call}");
    }
    assert_eq!(house.count("SELECT count(*) FROM calls"), 1);
    let logged = "SELECT count(*) FROM audit WHERE deed = 'call.withdraw'";
    assert_eq!(house.count(logged), 2);
    assert_eq!(li("POST", CALLS, new_call(json!({}))).1["code"], "do_not_analyse");

    // And the other client does not want it any more.
    let path = format!("/api/v1/tables/clients/records/{}", house.client);
    let change = json!({ "values": { "analyse": false } });
    let seen = [("if-match", "\"v1\"")];
    let (status, changed) = house.li.ask_with(&house.appliance, "PATCH", &path, &seen, Some(&change));
    assert_eq!((status, &changed["values"]["analyse"]), (200, &json!(false)), "{changed}");
    assert_eq!(hear_close(&mut with_other).0, 1008);
    assert_eq!(li("GET", &format!("{CALLS}/{other}"), json!(null)).1["state"], "withdrawn");
    assert_eq!((house.count("SELECT count(*) FROM calls"), house.count(logged)), (0, 3));
    assert_eq!(house.count("SELECT count(*) FROM events WHERE topic = 'call.withdrawn'"), 3);
    assert_eq!(house.count("SELECT count(*) FROM events WHERE topic LIKE 'call.%'"), 3);
}

#[test]
fn the_policy_of_the_deployment_decides_what_is_enough() {
    let refused = |policy: &str, more: Value| {
        let appliance = Appliance::start_with(|command| {
            command.env("UNDERTONE_PRIVACY__CONSENT", policy);
        });
        let (status, answer) = appliance.post(CALLS, &new_call(more));
        (status, answer["code"].as_str().unwrap_or("").to_owned())
    };
    let no = (403, "consent_required".to_owned());
    let yes = (201, String::new());
    assert_eq!(refused("all_party", json!({})), no);
    assert_eq!(refused("all_party", json!({ "consent": "consented" })), yes);
    assert_eq!(refused("separate_consent", json!({ "consent": "consented" })), no);
    assert_eq!(refused("separate_consent", json!({ "consent": "consented", "consent_text": 1 })), yes);
}

#[test]
fn a_colleague_sees_nothing_and_a_manager_is_written_down() {
    let (appliance, admin) = settled();
    let (north, south) = (team(&appliance, &admin, "North"), team(&appliance, &admin, "South"));
    let li = rep(&appliance, &admin, "li", "rep", north);
    let wu = rep(&appliance, &admin, "wang", "rep", north);
    let boss = rep(&appliance, &admin, "boss", "manager", north);
    let other = rep(&appliance, &admin, "other", "manager", south);
    let id = talked(&appliance, &li, json!({}));
    let path = format!("{CALLS}/{id}");
    for who in [&wu, &other, &admin] {
        for what in ["", "/summary", "/receipt", "/stream", "/moments"] {
            let (status, problem) = who.ask(&appliance, "GET", &format!("{path}{what}"), None);
            assert_eq!((status, &problem["code"]), (403, &json!("not_allowed")), "{what}");
        }
    }
    assert_eq!(wu.ask(&appliance, "GET", CALLS, None).1["calls"], json!([]));
    let (_, seen) = boss.ask(&appliance, "GET", CALLS, None);
    assert_eq!((&seen["calls"][0]["id"], &seen["calls"][0]["summary"]), (&json!(id), &Value::Null));
    assert_eq!(boss.ask(&appliance, "GET", &format!("{path}/summary"), None).0, 200);
    assert_eq!(boss.ask(&appliance, "POST", &format!("{path}/stop"), None).0, 403);
    assert_eq!(log(&appliance, &admin, &id).iter().filter(|deed| *deed == "call.read").count(), 1);
}

#[test]
fn a_call_that_is_asked_for_twice_begins_once() {
    let (appliance, admin) = settled();
    let north = team(&appliance, &admin, "North");
    let li = rep(&appliance, &admin, "li", "rep", north);
    let key = [("idempotency-key", "k1")];
    let open = || li.ask_with(&appliance, "POST", CALLS, &key, Some(&new_call(json!({})))).1;
    let (first, again) = (open(), open());
    assert_eq!(first["id"], again["id"]);
    assert_ne!(first["ticket"], again["ticket"], "each ticket works once");
    assert_eq!(li.ask(&appliance, "GET", CALLS, None).1["calls"].as_array().unwrap().len(), 1);
}
