//! Whose record it is is asked of each record, not of the client that it hangs on; and who looks is written down.

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::appliance::wait_until;
use crate::calls_kept::new_call;
use crate::located::{House, LAT, LON, now_ms};

const METRE: f64 = 1.0 / 111_320.0;

fn admin(house: &House) -> Signed {
    Signed::by(
        &house.appliance,
        "/api/v1/session",
        &json!({ "login": "wu", "password": "a long enough one" }),
    )
}

fn at(north_m: f64) -> Value {
    json!({ "lat": LAT + north_m * METRE, "lon": LON, "accuracy_m": 10, "tst_ms": now_ms() })
}

fn check_in(house: &House, who: &Signed, north_m: f64, more: Value) -> (u16, Value) {
    let mut body = json!({ "position": at(north_m) });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.ask(&house.appliance, "POST", "/api/v1/visits", Some(&body))
}

/// A call of `li` with the client, with a private note, and a visit; then the client goes to `xu` of another team.
fn handed_over(house: &House) -> String {
    let (status, visit) = check_in(house, &house.li, 5.0, json!({ "site": house.site }));
    assert_eq!(status, 201, "{visit}");
    let call = house
        .li
        .ask(&house.appliance, "POST", "/api/v1/calls", Some(&new_call(json!({ "client": house.client }))))
        .1;
    let id = call["id"].as_str().unwrap().to_owned();
    let review = json!({ "objection": true, "topics": ["价格"], "notes": "私下的话", "outcome": null });
    let (status, said) =
        house.li.ask(&house.appliance, "PUT", &format!("/api/v1/calls/{id}/review"), Some(&review));
    assert_eq!(status, 200, "{said}");
    let path = format!("/api/v1/tables/clients/records/{}", house.client);
    let admin = admin(house);
    let from = json!({ "owner": house.li.person(&house.appliance) });
    let to = json!({ "owner": house.xu.person(&house.appliance) });
    let change = json!({ "values": to, "base": from });
    let (status, answer) = admin.ask(&house.appliance, "PATCH", &path, Some(&change));
    assert_eq!(status, 200, "{answer}");
    id
}

#[test]
fn after_a_hand_over_the_old_reps_records_stay_the_old_reps() {
    let house = House::new();
    let call = handed_over(&house);
    let path = format!("/api/v1/clients/{}/data", house.client);
    let data = house.get(&house.xu, &path);
    let text = data.to_string();
    assert!(!text.contains("私下的话"), "{text}");
    assert_eq!((&data["calls"], &data["visits"]), (&json!([]), &json!([])), "{data}");
    assert!(!text.contains("31.23044"), "where the old rep stood: {text}");
    let brief = house.get(&house.xu, &format!("/api/v1/clients/{}/brief", house.client));
    assert_eq!(
        (&brief["calls"], &brief["visits"], &brief["follow_ups"]),
        (&json!([]), &json!([]), &json!([])),
        "{brief}"
    );
    let (status, _) = house.xu.ask(&house.appliance, "POST", &format!("/api/v1/calls/{call}/withdraw"), None);
    assert_eq!(status, 403);
    let (status, answer) = house.xu.ask(&house.appliance, "DELETE", &path, None);
    assert_eq!(status, 403, "{answer}");
    assert_eq!(
        house.get(&house.li, &format!("/api/v1/calls/{call}"))["id"],
        json!(call),
        "the call is there"
    );
    assert_eq!(house.count("SELECT count(*) FROM visits"), 1);
    let admin = admin(&house);
    let data = house.get(&admin, &path);
    assert_eq!(
        (data["calls"].as_array().unwrap().len(), data["visits"].as_array().unwrap().len()),
        (1, 1),
        "{data}"
    );
    assert_eq!(admin.ask(&house.appliance, "DELETE", &path, None).0, 204, "who reaches everything may");
    assert_eq!(house.count("SELECT count(*) FROM calls"), 0);
}

#[test]
fn nobody_learns_clients_of_others_by_asking_for_positions() {
    let house = House::new();
    let near = |who: &Signed| {
        let path = format!("/api/v1/visits/near?lat={LAT}&lon={LON}&accuracy_m=15&tst_ms={}", now_ms());
        house.get(who, &path)
    };
    wait_until("the site", || near(&house.li)["items"][0]["client"] == json!(house.client));
    let seen = near(&house.xu);
    assert!(!seen.to_string().contains("滨江汽配") && !seen.to_string().contains("总部"), "{seen}");
    assert!(seen["items"].as_array().unwrap().iter().all(|item| item["client"].is_null()), "{seen}");
    for more in [json!({ "site": house.site }), json!({ "client": house.client })] {
        let (status, answer) = check_in(&house, &house.xu, 0.0, more);
        assert_eq!(status, 403, "{answer}");
        assert!(!answer.to_string().contains("滨江汽配"), "{answer}");
    }
    // Nor by saying that one was there.
    let xu = house.xu.person(&house.appliance);
    house.sql(&format!(
        "INSERT INTO visits(person, origin, stage, arrive_ms, leave_ms, confidence, best_json, provisional_ms, confirmed_ms, \
         lat, lon, var, site, client) VALUES ({xu}, 'automatic', 'confirmed', {0}, {0}, 1, '[[\"{1}\",0.9]]', {0}, {0}, {LAT}, {LON}, 9, {1}, {2})",
        now_ms() - 1000, house.site, house.client
    ));
    let visits = house.get(&house.xu, &format!("/api/v1/people/{xu}/visits?from_ms=0"));
    assert_eq!(visits["items"].as_array().unwrap().len(), 1, "{visits}");
    assert!(!visits.to_string().contains("滨江汽配") && !visits.to_string().contains("总部"), "{visits}");
    let own = house.xu.ask(&house.appliance, "POST", "/api/v1/calls", Some(&new_call(json!({}))));
    assert_eq!(own.0, 201, "being there locks no work of one's own: {}", own.1);
    assert!(own.1["client"].is_null() && !own.1.to_string().contains("滨江汽配"), "{}", own.1);
}

#[test]
fn who_is_on_the_other_side_of_the_world_is_not_there() {
    let house = House::new();
    let (status, answer) = check_in(&house, &house.li, -9_000_000.0, json!({ "site": house.site }));
    assert_eq!((status, &answer["code"]), (422, &json!("position_far")), "{answer}");
    assert_eq!(house.count("SELECT count(*) FROM visits"), 0);
    let (_, near) = check_in(&house, &house.li, 5_500.0, json!({ "site": house.site }));
    assert_eq!(near["flag"], "suspect", "what may be an error of the address is asked: {near}");
}

#[test]
fn one_answer_moves_a_place_by_tens_of_metres_at_most() {
    let house = House::new();
    let (status, visit) = check_in(&house, &house.li, 330.0, json!({ "site": house.site }));
    assert_eq!(status, 201, "{visit}");
    let moved = || {
        let site = house.get(&house.li, &format!("/api/v1/sites/{}", house.site));
        site["correction"].clone()
    };
    let far = |correction: &Value| {
        let (east, north) =
            (correction["east_m"].as_f64().unwrap_or(0.0), correction["north_m"].as_f64().unwrap_or(0.0));
        east.hypot(north)
    };
    let once = moved();
    assert!(far(&once) <= 50.0, "{once}");
    house.sql("UPDATE visits SET stage = 'left', arrive_ms = arrive_ms - 90000000, leave_ms = leave_ms - 90000000, checked_in_ms = checked_in_ms - 90000000");
    let (status, again) = check_in(&house, &house.li, 330.0, json!({ "site": house.site }));
    assert_eq!(status, 201, "{again}");
    assert!(far(&moved()) <= 400.0, "{}", moved());
    // Whoever looks after the client is asked.
    let actions = house.get(&house.li, "/api/v1/tables/actions/records?filter=origin%20!%3D%20%27visit%27");
    assert_eq!(actions["items"].as_array().unwrap().len(), 1, "{actions}");
    assert_eq!(actions["items"][0]["values"]["client"], json!(house.client), "{actions}");
}

#[test]
fn what_is_heard_of_others_is_cut_or_written_down() {
    let house = House::new();
    let (status, visit) = check_in(&house, &house.li, 5.0, json!({ "site": house.site }));
    assert_eq!(status, 201, "{visit}");
    let history = |who: &Signed| {
        let headers = [("cookie", who.cookie.as_str()), ("last-event-id", "0")];
        let events = house.appliance.events_with("/api/v1/events", &headers);
        let mut heard = Vec::new();
        while let Ok(event) = events.recv_timeout(std::time::Duration::from_millis(700)) {
            heard.push(event);
        }
        heard
    };
    let of_visits = |heard: &[(String, Value)]| {
        heard
            .iter()
            .filter(|(topic, _)| topic.starts_with("visit."))
            .map(|(_, body)| body.clone())
            .collect::<Vec<_>>()
    };
    let admin = admin(&house);
    for who in [&house.ku, &admin] {
        for body in of_visits(&history(who)) {
            let keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
            for key in ["person", "site", "arrive_ms", "leave_ms", "lat", "lon"] {
                assert!(!keys.iter().any(|known| known == key), "{body}");
            }
        }
    }
    let looks = || {
        house.get(&house.li, &format!("/api/v1/people/{}/looks", house.person))["items"]
            .as_array()
            .unwrap()
            .clone()
    };
    assert_eq!(looks(), Vec::<Value>::new());
    assert_eq!(of_visits(&history(&house.ma)).len(), 1);
    assert_eq!(looks().len(), 1, "one entry");
    house.get(&house.ma, &format!("/api/v1/clients/{}/brief", house.client));
    assert_eq!(looks().len(), 2);
    house.get(&admin, &format!("/api/v1/people/{}/data", house.person));
    house.get(&admin, &format!("/api/v1/clients/{}/data", house.client));
    let what: Vec<_> = looks().iter().map(|look| look["actor_name"].clone()).collect();
    assert_eq!(what, ["Wu", "Wu", "MA", "MA"]);
}
