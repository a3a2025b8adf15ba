//! Several check-ins, and positions that come late: one stay is one visit.

use serde_json::{Value, json};

use crate::appliance::wait_until;
use crate::located::{House, LAT, LON, day, now_ms};

const MINUTE_MS: i64 = 60_000;

fn check_in(house: &House) -> Value {
    let position = json!({ "lat": LAT, "lon": LON, "accuracy_m": 10, "tst_ms": now_ms() });
    let body = json!({ "position": position, "site": house.site });
    let (status, visit) = house.li.ask(&house.appliance, "POST", "/api/v1/visits", Some(&body));
    assert_eq!(status, 201, "{visit}");
    visit
}

#[test]
fn a_second_check_in_after_the_phone_slept_is_the_same_visit() {
    let mut house = House::new();
    house.agree();
    // A drive and a stay that ended half an hour ago, as far as the phone tells: the drive on never came.
    let fixes = day(30, 18);
    let slept_ms = now_ms() - 25 * MINUTE_MS;
    let fixes: Vec<Value> =
        fixes.into_iter().filter(|fix| fix["tst_ms"].as_i64().unwrap() < slept_ms).collect();
    assert_eq!(house.report(&fixes).0, 200);
    wait_until("its end", || house.at_clients().first().is_some_and(|visit| visit["going_on"] == false));
    let arrive_ms = house.at_clients()[0]["arrive_ms"].clone();

    let visit = check_in(&house);
    let one = || {
        let visits = house.at_clients();
        visits.len() == 1 && (&visits[0]["id"], &visits[0]["arrive_ms"]) == (&visit["id"], &arrive_ms)
    };
    wait_until("one visit, from the first arrival", one);
    assert_eq!(check_in(&house)["id"], visit["id"]);
    let more = |ago_ms: i64| json!({ "tst_ms": now_ms() - ago_ms, "lat": LAT, "lon": LON + 0.00005, "accuracy_m": 9 });
    assert_eq!(house.report(&[more(9 * MINUTE_MS), more(0)]).1["stored"], 2);
    let brief = house.get(&house.li, &format!("/api/v1/clients/{}/brief", house.client));
    assert_eq!(brief["follow_ups"].as_array().unwrap().len(), 1, "{brief}");
    house.appliance.restart();
    // There is nothing to wait for: the claim is that nothing comes.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let visits = house.at_clients();
    assert_eq!((visits.len(), &visits[0]["id"]), (1, &visit["id"]), "{visits:?}");
    assert_eq!((&visits[0]["answered"], &visits[0]["confidence"]), (&json!(true), &json!(1.0)));
}
