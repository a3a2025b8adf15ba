//! Hints through the front door: how many, what they were worth, the rep's account, and what they are drawn from.

use serde_json::{Value, json};

use super::appliance::{Appliance, connect, hear_close, say, send};

fn put(appliance: &Appliance, path: &str, body: &Value) -> (u16, Value) {
    let mut answer = appliance.ask("PUT", path, &[], Some(body));
    let text = answer.body_mut().read_to_string().unwrap();
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[test]
fn the_playbook_is_told_as_a_file_and_as_sentences() {
    let appliance = Appliance::start();
    let (status, playbook) = appliance.get("/api/v1/playbook");
    assert_eq!((status, &playbook["name"]), (200, &json!("built-in")));
    let text = playbook["text"].as_str().unwrap();
    let read = undertone::hints::Playbook::read(text).unwrap();
    assert_eq!(read, undertone::hints::Playbook::built_in());
    let rules = playbook["rules"].as_array().unwrap();
    let talk = rules.iter().find(|rule| rule["id"] == "talk-share").unwrap();
    assert_eq!(talk["when"]["en"], "your share of speech in 3 min > 65% and chance of reserve now < 30%");
}

#[test]
fn a_call_has_the_hints_that_were_asked_for() {
    let appliance = Appliance::start();
    let call = |more: Value| {
        let mut body = json!({ "layout": "rep-left", "source": { "kind": "socket" }, "consent": "notified" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        appliance.post("/api/v1/calls", &body)
    };
    assert_eq!(call(json!({})).1["hints"], "novice");
    assert_eq!(call(json!({ "layout": "mono" })).1["hints"], Value::Null, "one microphone has none");
    let context = json!({ "stage": "报价", "agenda": ["价格"], "open_items": 2 });
    let (status, quiet) = call(json!({ "hints": "quiet", "context": context }));
    assert_eq!((status, &quiet["hints"]), (201, &json!("quiet")));
    let id = quiet["id"].as_str().unwrap();
    assert_eq!(appliance.get(&format!("/api/v1/calls/{id}/moments")).1["agenda"], json!(["价格"]));
    assert_eq!(put(&appliance, &format!("/api/v1/calls/{id}/hints"), &json!({ "level": "novice" })).0, 204);
    assert_eq!(appliance.get(&format!("/api/v1/calls/{id}")).1["hints"], "novice");
    let (status, problem) = call(json!({ "context": { "weather": "rain" } }));
    assert_eq!((status, &problem["code"]), (422, &json!("bad_body")), "{problem}");
}

#[test]
fn the_reps_account_is_kept_and_checked() {
    let appliance = Appliance::start();
    let (id, _) = appliance.open("rep-left");
    let path = format!("/api/v1/calls/{id}/review");
    let said =
        json!({ "objection": true, "topics": [" 价格", "价格"], "notes": "下周再谈", "outcome": "advanced" });
    let kept = json!({ "objection": true, "topics": ["价格"], "notes": "下周再谈", "outcome": "advanced" });
    assert_eq!(put(&appliance, &path, &said), (200, kept.clone()));
    assert_eq!(put(&appliance, &path, &said), (200, kept.clone()), "a phone says everything twice");
    assert_eq!(appliance.get(&format!("/api/v1/calls/{id}/moments")).1["review"], kept);
    let (status, problem) = put(&appliance, &path, &json!({ "objection": false, "topics": ["价格"] }));
    assert_eq!((status, &problem["code"]), (422, &json!("bad_review")), "{problem}");
    let (status, problem) = put(&appliance, &path, &json!({ "outcome": "great" }));
    assert_eq!((status, &problem["code"]), (422, &json!("bad_body")), "{problem}");

    assert_eq!(appliance.post(&format!("/api/v1/calls/{id}/withdraw"), &json!({})).0, 204);
    let (status, problem) = put(&appliance, &path, &said);
    assert_eq!((status, &problem["code"]), (409, &json!("call_is_withdrawn")), "{problem}");
    let (_, told) = appliance.get(&format!("/api/v1/calls/{id}/moments"));
    assert_eq!((&told["moments"], &told["review"]["topics"]), (&json!([]), &json!([])), "nothing is left");
}

#[test]
fn only_hints_that_were_given_are_rated() {
    let appliance = Appliance::start();
    let (id, _) = appliance.open("rep-left");
    let rate = |hint: &str, rating: &str| {
        let path = format!("/api/v1/calls/{id}/hints/{hint}/rating");
        let (status, problem) = appliance.post(&path, &json!({ "rating": rating }));
        (status, problem["code"].as_str().map(str::to_owned))
    };
    assert_eq!(rate("1", "useful"), (404, Some("no_such_hint".into())));
    assert_eq!(rate("1", "great"), (422, Some("bad_body".into())));
    assert_eq!(rate("first", "useful"), (400, Some("bad_path".into())));
}

#[test]
fn who_spoke_when_is_told_and_reserve_says_why_it_is_unknown() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("rep-left");
    let events = appliance.watch(&id, None);
    let mut samples = vec![0.0; 4 * 2 * 16_000];
    undertone::ear::sources::demo::Demo::new().fill(&mut samples);
    let samples: Vec<i16> = samples.iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let mut socket = connect(&url, 16_000, 2);
    send(&mut socket, &samples, 1280);
    say(&mut socket, &json!({ "type": "stop" }));
    hear_close(&mut socket);
    let snapshot = events.iter().find(|(event, _)| event == "snapshot").unwrap().1;
    assert_eq!(snapshot["reserve"], json!({ "value": null, "unknown": "warming_up", "drivers": [] }));
    let (_, told) = appliance.get(&format!("/api/v1/calls/{id}/moments"));
    assert_eq!(
        (&told["length_ms"], &told["stretches"][0]["channel"]),
        (&json!(4000), &json!("rep")),
        "{told}"
    );
    let ended = &told["moments"][0];
    assert_eq!(
        (&ended["event"], &ended["seconds"], &ended["hints"]),
        (&json!("call.ended"), &json!(4.0), &json!(0))
    );
}
