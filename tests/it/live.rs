//! A call through the running appliance, from the ticket to the receipt.

use std::time::Duration;

use serde_json::{Value, json};
use undertone::ear::sources::demo::Demo;

use crate::appliance::{Appliance, connect, hear_close, hear_text, say, send, wait_until};

/// The first seconds of the demo as a client would send them.
fn demo(seconds: usize) -> Vec<i16> {
    let mut samples = vec![0.0; seconds * 2 * Demo::RATE_HZ as usize];
    let mut demo = Demo::new();
    let mut filled = 0;
    while filled < samples.len() {
        match demo.fill(&mut samples[filled..]) {
            0 => break,
            count => filled += count,
        }
    }
    samples.truncate(filled);
    samples.iter().map(|sample| (sample * 32767.0) as i16).collect()
}

#[test]
fn a_call_is_heard_measured_and_receipted() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("rep-left");
    let events = appliance.watch(&id, None);
    let sound = demo(4);
    let mut socket = connect(&url, 16_000, 2);
    send(&mut socket, &sound, 1280);
    say(&mut socket, &json!({ "type": "stop" }));
    assert_eq!(hear_text(&mut socket)["type"], "stopped");
    assert_eq!(hear_close(&mut socket).0, 1000);

    let all: Vec<(String, Value)> = events.iter().collect();
    let count = |name: &str| all.iter().filter(|(event, _)| event == name).count();
    assert_eq!(count("tick"), 80, "ten a second for each of two channels");
    assert!(
        count("event") > 0 && count("snapshot") >= 3,
        "{:?}",
        all.iter().map(|e| &e.0).collect::<Vec<_>>()
    );
    let (last, summary) = all.last().unwrap();
    assert_eq!((last.as_str(), &summary["seconds"]), ("ended", &json!(4.0)));

    let (status, asked) = appliance.get(&format!("/api/v1/calls/{id}/summary"));
    assert_eq!((status, &asked), (200, summary));
    let (_, receipt) = appliance.get(&format!("/api/v1/calls/{id}/receipt"));
    assert_eq!(receipt["audio_bytes_in"], json!(2 * sound.len()), "{receipt}");
    assert_eq!((&receipt["heard_s"], &receipt["audio_bytes_written"]), (&json!(4.0), &json!(0)));
    assert_eq!((&receipt["sandbox"]["level"], &receipt["memory_locked"]), (&json!("enforced"), &json!(true)));
    let out = receipt["observation_bytes_out"].as_u64().unwrap();
    assert!((80 * 20..80 * 80).contains(&out), "{out} bytes of observations");
    assert!(appliance.metric("undertone_ticks_total") >= 80.0);
}

#[test]
fn nobody_is_heard_without_consent() {
    let appliance = Appliance::start();
    for consent in ["unknown", "declined", "withdrawn"] {
        let body = json!({ "layout": "mono", "source": { "kind": "socket" }, "consent": consent });
        let (status, problem) = appliance.post("/api/v1/calls", &body);
        assert_eq!((status, &problem["code"]), (403, &json!("consent_required")), "{consent}");
    }
    let (status, problem) =
        appliance.post("/api/v1/calls", &json!({ "layout": "mono", "source": { "kind": "socket" } }));
    assert_eq!((status, &problem["code"]), (422, &json!("bad_body")), "{problem}");
    assert_eq!(appliance.get("/api/v1/calls").1, json!({ "calls": [], "next": null }));
}

#[test]
fn a_page_that_reconnects_misses_nothing() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("mono");
    let mut socket = connect(&url, 16_000, 1);
    send(&mut socket, &vec![0; 32_000], 640);
    say(&mut socket, &json!({ "type": "stop" }));
    hear_close(&mut socket);
    let whole: Vec<_> = appliance.watch(&id, None).iter().collect();
    let rest: Vec<_> = appliance.watch(&id, Some(7)).iter().collect();
    assert_eq!(rest, whole[7..]);
    assert!(appliance.watch(&id, Some(10_000)).recv_timeout(Duration::from_millis(300)).is_err());
}

#[test]
fn stopping_measures_what_has_arrived_and_withdrawing_deletes_it() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("rep-left");
    let mut socket = connect(&url, 16_000, 2);
    send(&mut socket, &demo(3), 4000);
    wait_until("the call is live", || appliance.get(&format!("/api/v1/calls/{id}")).1["state"] == "live");
    // What a client has sent before the desk hears the wish may still be on its way.
    std::thread::sleep(Duration::from_millis(200));
    let (status, summary) = appliance.post(&format!("/api/v1/calls/{id}/stop"), &json!({}));
    assert_eq!((status, &summary["state"], &summary["seconds"]), (200, &json!("ended"), &json!(3.0)));
    assert_eq!(hear_close(&mut socket), (1000, "the desk ended the call".into()));
    assert_eq!(
        appliance.post(&format!("/api/v1/calls/{id}/stop"), &json!({})).1,
        summary,
        "stopping twice is fine"
    );
    let (status, problem) = appliance.post(&format!("/api/v1/calls/{id}/ticket"), &json!({}));
    assert_eq!((status, &problem["code"]), (409, &json!("call_is_over")));

    assert_eq!(appliance.post(&format!("/api/v1/calls/{id}/withdraw"), &json!({})).0, 204);
    let (_, summary) = appliance.get(&format!("/api/v1/calls/{id}/summary"));
    assert_eq!((&summary["state"], &summary["seconds"]), (&json!("withdrawn"), &json!(0.0)));
}

#[test]
fn withdrawal_ends_hearing_within_a_second() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("mono");
    let mut socket = connect(&url, 8_000, 1);
    send(&mut socket, &vec![100; 8_000], 320);
    let late_ticket = appliance.post(&format!("/api/v1/calls/{id}/ticket"), &json!({})).1;
    let began = std::time::Instant::now();
    assert_eq!(appliance.post(&format!("/api/v1/calls/{id}/withdraw"), &json!({})).0, 204);
    assert_eq!(hear_close(&mut socket).0, 1008);
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    let refused = tokio_tungstenite::tungstenite::connect(late_ticket["url"].as_str().unwrap()).unwrap_err();
    assert!(refused.to_string().contains("403"), "{refused}");
    let (_, receipt) = appliance.get(&format!("/api/v1/calls/{id}/receipt"));
    assert_eq!(receipt["running"], json!(false));
}

#[test]
fn the_demo_plays_by_itself() {
    let appliance = Appliance::start();
    let body = json!({ "layout": "rep-left", "source": { "kind": "demo" }, "consent": "consented" });
    let (status, call) = appliance.post("/api/v1/calls", &body);
    assert_eq!(status, 201, "{call}");
    let id = call["id"].as_str().unwrap();
    let events = appliance.watch(id, None);
    let spoken = |(event, data): &(String, Value)| event == "tick" && data["speech_ms"].as_u64() > Some(50);
    assert!(events.iter().take(200).any(|event| spoken(&event)), "nobody spoke in ten seconds");
    assert_eq!(appliance.post(&format!("/api/v1/calls/{id}/stop"), &json!({})).1["state"], "ended");
}

#[test]
fn a_page_of_another_site_is_not_answered() {
    let appliance = Appliance::start();
    let refused = |name: &str, value: &str| {
        let request = ureq::get(format!("{}/api/v1/calls", appliance.url)).header(name, value);
        matches!(request.call(), Err(ureq::Error::StatusCode(403 | 421)))
    };
    assert!(refused("origin", "https://evil.example"));
    assert!(refused("host", "evil.example"));
    assert!(!refused("accept", "*/*"));
}
