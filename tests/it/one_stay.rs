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

/// Says that one is so many metres north of the first site, at a client.
fn at(house: &House, north_m: f64, client: i64) -> Value {
    let lat = LAT + north_m / 111_320.0;
    let position = json!({ "lat": lat, "lon": LON, "accuracy_m": 10, "tst_ms": now_ms() });
    let body = json!({ "position": position, "client": client });
    let (status, visit) = house.li.ask(&house.appliance, "POST", "/api/v1/visits", Some(&body));
    assert_eq!(status, 201, "{visit}");
    visit
}

/// Another client, with a site so many metres north of the first.
fn neighbour(house: &House, name: &str, north_m: f64) -> i64 {
    let ask = |path: &str, body: Value| house.li.ask(&house.appliance, "POST", path, Some(&body)).1;
    let client =
        ask("/api/v1/tables/clients/records", json!({ "values": { "name": name } }))["id"].as_i64().unwrap();
    let lat = LAT + north_m / 111_320.0;
    let site =
        json!({ "client": client, "name": name, "lat": lat, "lon": LON, "datum": "wgs84", "radius_m": 60 });
    assert!(ask("/api/v1/sites", site)["id"].is_i64());
    client
}

/// Which clients were visited, in the order of the visits.
fn visited(house: &House) -> Vec<i64> {
    house.at_clients().iter().map(|visit| visit["client"].as_i64().unwrap()).collect()
}

#[test]
fn a_check_in_somewhere_else_is_another_visit_and_one_on_the_spot_corrects() {
    let house = House::new();
    let (next, far) = (neighbour(&house, "隔壁", 20.0), neighbour(&house, "街角", 420.0));
    let first = at(&house, 0.0, house.client);
    let corrected = at(&house, 15.0, next);
    assert_eq!(corrected["id"], first["id"], "the positions may be one place");
    assert_eq!(visited(&house), [next]);
    let second = at(&house, 420.0, far);
    assert_ne!(second["id"], first["id"], "420 m are no error of a position");
    assert_eq!(visited(&house), [next, far]);
    assert_eq!(at(&house, 420.0, far)["id"], second["id"], "a phone says everything twice");
}

#[test]
fn a_check_in_can_be_taken_back_at_once_and_leaves_what_was_there() {
    let house = House::new();
    let next = neighbour(&house, "隔壁", 20.0);
    let undo = |visit: &Value| {
        let path = format!("/api/v1/visits/{}/undo", visit["id"]);
        house.li.ask(&house.appliance, "POST", &path, None)
    };
    let first = at(&house, 0.0, house.client);
    let _corrected = at(&house, 15.0, next);
    let (status, undone) = undo(&first);
    assert_eq!((status, &undone["visit"]["client"]), (200, &json!(house.client)), "{undone}");
    assert_eq!(visited(&house), [house.client]);
    let follow_ups = |client: i64| {
        let brief = house.get(&house.li, &format!("/api/v1/clients/{client}/brief"));
        brief["follow_ups"].as_array().unwrap().len()
    };
    assert_eq!((follow_ups(house.client), follow_ups(next)), (1, 0));
    assert_eq!(undo(&first).1["code"], "conflict", "once");

    house.sql(
        "UPDATE visits SET arrive_ms = arrive_ms - 7200000, leave_ms = leave_ms - 7200000, stage = 'left'",
    );
    let other = at(&house, 15.0, next);
    let (status, undone) = undo(&other);
    assert_eq!((status, &undone["visit"]), (200, &Value::Null), "{undone}");
    assert_eq!(visited(&house), [house.client]);
    assert_eq!((follow_ups(house.client), follow_ups(next)), (1, 0));
    assert_eq!(undo(&other).1["code"], "missing");

    house.sql(
        "UPDATE visits SET arrive_ms = arrive_ms - 7200000, leave_ms = leave_ms - 7200000, stage = 'left'",
    );
    let late = at(&house, 15.0, next);
    house.sql("UPDATE visits SET undo_until_ms = 0");
    assert_eq!((undo(&late).0, &undo(&late).1["code"]), (409, &json!("conflict")), "too late");
    let (status, refused) =
        house.xu.ask(&house.appliance, "POST", &format!("/api/v1/visits/{}/undo", late["id"]), None);
    assert_eq!((status, &refused["code"]), (403, &json!("not_allowed")));
}

#[test]
fn a_check_in_that_is_taken_back_takes_its_new_site_along_unless_somebody_else_knows_it() {
    let house = House::new();
    let add = |name: &str| {
        let wanted = json!({ "values": { "name": name } });
        let path = "/api/v1/tables/clients/records";
        house.li.ask(&house.appliance, "POST", path, Some(&wanted)).1["id"].as_i64().unwrap()
    };
    let client = add("新客户");
    let sites = || {
        let found = house.get(&house.li, &format!("/api/v1/sites?client={client}"));
        found["items"].as_array().unwrap().len()
    };
    let undo = |visit: &Value| {
        let path = format!("/api/v1/visits/{}/undo", visit["id"]);
        house.li.ask(&house.appliance, "POST", &path, None).0
    };
    let made = at(&house, 3000.0, client);
    assert_eq!(sites(), 1, "somebody is there: a place of the client");
    assert_eq!(undo(&made), 200);
    assert_eq!((sites(), visited(&house)), (0, vec![]), "it was a mistake: neither");

    let known = at(&house, 3000.0, client);
    house.sql("UPDATE sites SET version = version + 1");
    assert_eq!((undo(&known), sites()), (200, 1), "somebody has worked on it");
    let again = at(&house, 3000.0, client);
    assert_eq!((undo(&again), sites()), (200, 1), "that check-in has not made it");

    // A correction within the same visit: the site of the mistake goes, the visit is as it was.
    let other = neighbour(&house, "旧客户", 6000.0);
    let first = at(&house, 6000.0, other);
    let moved = add("更新的客户");
    assert_eq!(at(&house, 6010.0, moved)["id"], first["id"]);
    assert_eq!((undo(&first), visited(&house)), (200, vec![other]));
    let left = house.get(&house.li, &format!("/api/v1/sites?client={moved}"));
    assert_eq!(left["items"], json!([]), "{left}");
}

#[test]
fn who_goes_says_so_once_and_the_visit_is_over() {
    let house = House::new();
    let visit = at(&house, 0.0, house.client);
    let leave = || {
        let path = format!("/api/v1/visits/{}/leave", visit["id"]);
        house.li.ask(&house.appliance, "POST", &path, None)
    };
    let (status, left) = leave();
    assert_eq!((status, &left["state"], &left["going_on"]), (200, &json!("left"), &json!(false)), "{left}");
    assert_eq!((leave().0, &leave().1["code"]), (409, &json!("conflict")));
    assert_eq!(visited(&house), [house.client]);
}
