//! The course of a call: what outlives a restart, who may read it, and what other systems hear of it.

use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, wait_until};
use crate::calls_kept::{CALLS, new_call, rep, talked, team};

/// The next events that somebody hears after one, as topic and body.
fn heard(appliance: &Appliance, who: &Signed, after: u64, count: usize) -> Vec<(String, Value)> {
    let after = after.to_string();
    let headers = [("cookie", who.cookie.as_str()), ("last-event-id", after.as_str())];
    let events = appliance.events_with("/api/v1/events", &headers);
    (0..count).map(|_| events.recv_timeout(std::time::Duration::from_secs(10)).unwrap()).collect()
}

#[test]
fn whoever_is_alone_reads_the_own_calls() {
    let (appliance, admin) = settled();
    let id = talked(&appliance, &admin, json!({}));
    let (_, calls) = admin.ask(&appliance, "GET", CALLS, None);
    assert_eq!(calls["calls"][0]["id"], json!(id), "{calls}");
    for what in ["", "/summary", "/receipt", "/moments"] {
        assert_eq!(admin.ask(&appliance, "GET", &format!("{CALLS}/{id}{what}"), None).0, 200, "{what}");
    }
}

#[test]
fn the_course_of_a_call_outlives_a_restart() {
    let (mut appliance, admin) = settled();
    let li = rep(&appliance, &admin, "li", "rep", team(&appliance, &admin, "North"));
    let context = json!({ "agenda": ["价格", "交期"] });
    let id = talked(&appliance, &li, json!({ "layout": "mono", "context": context }));
    let path = format!("{CALLS}/{id}");
    let said = json!({ "objection": true, "topics": ["价格"], "notes": "下周再谈", "outcome": "advanced" });
    assert_eq!(li.ask(&appliance, "PUT", &format!("{path}/review"), Some(&said)).0, 200);
    wait_until("the call is kept", || !li.ask(&appliance, "GET", &path, None).1["summary"].is_null());
    let (_, before) = li.ask(&appliance, "GET", &format!("{path}/moments"), None);
    let (_, open) = li.ask(&appliance, "POST", CALLS, Some(&new_call(json!({}))));
    appliance.restart();
    let (status, after) = li.ask(&appliance, "GET", &format!("{path}/moments"), None);
    assert_eq!(status, 200, "{after}");
    for what in ["length_ms", "moments", "agenda", "review"] {
        assert_eq!(after[what], before[what], "{what}");
    }
    assert_eq!(after["moments"][0]["event"], "call.ended", "{after}");
    let again = json!({ "objection": false, "topics": [], "notes": "", "outcome": "won" });
    assert_eq!(li.ask(&appliance, "PUT", &format!("{path}/review"), Some(&again)), (200, again.clone()));
    let (_, after) = li.ask(&appliance, "GET", &format!("{path}/moments"), None);
    assert_eq!(after["review"], again);
    // The appliance ended it when it was told to stop.
    let open = format!("{CALLS}/{}/summary", open["id"].as_str().unwrap());
    assert_eq!(li.ask(&appliance, "GET", &open, None).1["state"], "ended");
    let (_, data) =
        li.ask(&appliance, "GET", &format!("/api/v1/people/{}/data", li.person(&appliance)), None);
    let kept = data["calls"].as_array().unwrap().iter().find(|call| call["id"] == json!(id)).unwrap();
    assert_eq!((&kept["review"], &kept["rows"][0]["channel"]), (&again, &json!("mono")), "{kept}");
    assert_eq!(
        (&kept["summary"]["seconds"], &kept["receipt"]["heard_s"]),
        (&json!(1.0), &json!(1.0)),
        "{kept}"
    );
}

#[test]
fn a_hint_is_rated_after_a_restart_and_others_hear_of_it_with_its_reasons() {
    let (appliance, admin) = settled();
    let li = rep(&appliance, &admin, "li", "rep", team(&appliance, &admin, "North"));
    let id = talked(&appliance, &li, json!({ "layout": "mono" }));
    let rating = format!("{CALLS}/{id}/hints/1/rating");
    let useful = json!({ "rating": "useful" });
    assert_eq!(li.ask(&appliance, "POST", &rating, Some(&useful)).1["code"], "no_such_hint");
    let mut appliance = appliance;
    appliance.restart();
    // As the appliance itself keeps a hint; to be given one takes minutes of talk.
    let words = json!({ "zh": "…", "en": "late" });
    let hint = json!({
        "id": 1, "at_ms": 9000, "rule": "hesitation", "side": "client", "kind": "objection", "text": words,
        "drivers": [words], "because": words, "model_id": "llr-1", "playbook": "built-in",
    });
    let file = appliance.folder.path().join("data/undertone.db");
    let shown = json!({ "event": "hint.shown", "unix_ms": 1, "hint": hint }).to_string();
    let number = u64::from_str_radix(&id, 16).unwrap() as i64;
    rusqlite::Connection::open(file)
        .unwrap()
        .execute("INSERT INTO call_facts VALUES (?, 'hint.shown', 1, 1, ?)", rusqlite::params![number, shown])
        .unwrap();
    assert_eq!(li.ask(&appliance, "POST", &rating, Some(&useful)).0, 204);
    assert_eq!(li.ask(&appliance, "POST", &rating, Some(&useful)).0, 204, "a phone says everything twice");
    let events = heard(&appliance, &li, 0, 3);
    let topics: Vec<_> = events.iter().map(|(topic, _)| topic.as_str()).collect();
    assert_eq!(topics, ["call.opened", "call.ended", "hint.rated"]);
    let (_, rated) = &events[2];
    assert_eq!((&rated["rating"], &rated["call"]), (&json!("useful"), &json!(id)));
    assert_eq!(rated["hint"], hint, "with drivers and model");
    let (_, moments) = li.ask(&appliance, "GET", &format!("{CALLS}/{id}/moments"), None);
    let named: Vec<_> = moments["moments"].as_array().unwrap().iter().map(|one| &one["event"]).collect();
    assert_eq!(named, ["hint.shown", "call.ended", "hint.rated"], "{moments}");
}

#[test]
fn others_hear_of_a_call_as_far_as_they_may_read_it_and_of_its_withdrawal() {
    let (appliance, admin) = settled();
    let north = team(&appliance, &admin, "North");
    let li = rep(&appliance, &admin, "li", "rep", north);
    let wang = rep(&appliance, &admin, "wang", "rep", north);
    let boss = rep(&appliance, &admin, "boss", "manager", north);
    let (_, call) = li.ask(&appliance, "POST", CALLS, Some(&new_call(json!({}))));
    let path = format!("{CALLS}/{}", call["id"].as_str().unwrap());
    li.ask(&appliance, "POST", &format!("{path}/stop"), None);
    let review = json!({ "outcome": "won", "notes": "只给自己看" });
    li.ask(&appliance, "PUT", &format!("{path}/review"), Some(&review));
    for who in [&li, &boss] {
        let events = heard(&appliance, who, 0, 3);
        let mut topics: Vec<_> = events.iter().map(|(topic, _)| topic.as_str()).collect();
        topics.sort();
        assert_eq!(topics, ["call.ended", "call.opened", "call.reviewed"]);
        assert!(
            events
                .iter()
                .all(|(_, body)| body["call"] == call["id"] && !body.to_string().contains("只给自己看"))
        );
    }
    assert_eq!(li.ask(&appliance, "POST", &format!("{path}/withdraw"), None).0, 204);
    // What wang and the admin hear first is their own.
    for who in [&wang, &admin] {
        let own = who.ask(&appliance, "POST", CALLS, Some(&new_call(json!({})))).1;
        assert_eq!(heard(&appliance, who, 0, 1)[0].1["call"], own["id"]);
    }
    let events = heard(&appliance, &li, 0, 1);
    assert_eq!(events[0], ("call.withdrawn".to_owned(), json!({ "call": call["id"] })), "the rest is gone");
}
