//! Checking in by hand, through the running appliance: what it needs, and what it makes.

use serde_json::{Value, json};

use crate::appliance::wait_until;
use crate::located::{House, LAT, LON, now_ms};

#[test]
fn a_call_during_a_visit_is_with_the_client_and_a_check_in_needs_a_fresh_and_exact_position() {
    let house = House::new();
    let at = |accuracy_m: f64, age_s: i64| json!({ "lat": LAT, "lon": LON, "accuracy_m": accuracy_m, "tst_ms": now_ms() - age_s * 1000 });
    let check_in = |body: Value| house.li.ask(&house.appliance, "POST", "/api/v1/visits", Some(&body));
    let refused =
        |position: Value| check_in(json!({ "position": position, "site": house.site })).1["code"].clone();
    assert_eq!(refused(at(10.0, 90)), "position_stale");
    assert_eq!(refused(at(250.0, 5)), "position_wide");
    let near = || {
        let path = format!("/api/v1/visits/near?lat={LAT}&lon={LON}&accuracy_m=15&tst_ms={}", now_ms());
        house.get(&house.li, &path)
    };
    wait_until("the new site", || near()["items"][0]["client"] == json!(house.client));
    assert_eq!(near()["sure"], true);

    let call = json!({ "layout": "rep-left", "source": { "kind": "socket" }, "consent": "notified" });
    let open = || house.li.ask(&house.appliance, "POST", "/api/v1/calls", Some(&call)).1;
    let before = open();
    assert!(before["client"].is_null(), "{before}");
    let (status, visit) = check_in(json!({ "position": at(10.0, 1), "site": house.site }));
    assert_eq!(
        (status, &visit["state"], &visit["origin"]),
        (201, &json!("confirmed"), &json!("manual")),
        "{visit}"
    );
    assert_eq!(open()["client"], json!(house.client));
    let kept = house.get(&house.li, &format!("/api/v1/calls/{}", before["id"].as_str().unwrap()));
    assert_eq!(kept["client"], json!(house.client), "a call that went on is with the client too");

    let photo = format!("{}/api/v1/visits/{}/photo", house.appliance.url, visit["id"]);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let put = |kind: &str, image: &[u8]| {
        let request =
            agent.put(&photo).header("cookie", &house.li.cookie).header("x-csrf-token", &house.li.csrf);
        request.header("content-type", kind).send(image).unwrap().status().as_u16()
    };
    let mut picture = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let picture = [&picture.into_inner()[..], b"31.2304 N 121.4737 E"].concat();
    assert_eq!(put("image/jpeg", &picture), 204);
    assert_eq!(put("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on"), 422);
    assert_eq!(put("image/png", b"GIF89a"), 422);
    assert_eq!(put("text/plain", b"x"), 415);
    let seen = house.appliance.ask(
        "GET",
        &format!("/api/v1/visits/{}/photo", visit["id"]),
        &[("cookie", &house.ma.cookie)],
        None,
    );
    assert_eq!(
        (seen.status().as_u16(), seen.headers()["content-type"].to_str().unwrap()),
        (200, "image/png")
    );
    let seen = seen.into_body().read_to_vec().unwrap();
    assert!(image::load_from_memory(&seen).is_ok(), "it is the picture");
    assert!(!seen.windows(7).any(|bytes| bytes == b"31.2304"), "and nothing beside it");

    let far = json!({ "lat": LAT + 0.05, "lon": LON, "accuracy_m": 10, "tst_ms": now_ms() });
    house.sql(
        "UPDATE visits SET stage = 'left', arrive_ms = arrive_ms - 7200000, leave_ms = leave_ms - 7200000",
    );
    let (_, away) = check_in(json!({ "position": far, "site": house.site }));
    assert_eq!(away["flag"], "suspect", "{away}");
    assert!(away["evidence"]["distance_m"].as_f64().unwrap() > 5000.0, "{away}");

    assert_eq!(
        house.get(&house.ma, "/api/v1/visits?flagged=true&from_ms=0")["items"].as_array().unwrap().len(),
        1
    );
    assert_eq!(house.get(&house.xu, "/api/v1/visits?from_ms=0")["items"], json!([]), "another team");
    let looks = house.get(&house.li, &format!("/api/v1/people/{}/looks", house.person));
    let what: Vec<_> = looks["items"].as_array().unwrap().iter().map(|look| &look["what"]).collect();
    assert_eq!(what, ["visits.read", "photo.read"], "{looks}");
    assert_eq!(looks["items"][0]["actor_name"], "MA");
}

#[test]
fn one_who_names_a_client_without_a_site_makes_it_one() {
    let house = House::new();
    let card = json!({ "values": { "name": "新客户" } });
    let made = house.li.ask(&house.appliance, "POST", "/api/v1/tables/clients/records", Some(&card)).1;
    let client = made["id"].clone();
    let position = json!({ "lat": LAT + 0.1, "lon": LON, "accuracy_m": 10, "tst_ms": now_ms() });
    let body = json!({ "position": position, "client": client });
    let (status, visit) = house.li.ask(&house.appliance, "POST", "/api/v1/visits", Some(&body));
    assert_eq!((status, &visit["client"]), (201, &client), "{visit}");
    let sites = house.get(&house.li, &format!("/api/v1/sites?client={client}"));
    assert_eq!(sites["items"][0]["name"], "新客户", "{sites}");
    let (_, again) = house.li.ask(&house.appliance, "POST", "/api/v1/visits", Some(&body));
    assert_eq!(again["id"], visit["id"], "a phone says everything twice");
}

#[test]
fn a_check_in_that_a_phone_kept_is_of_when_it_was_made_by_the_appliances_clock() {
    let house = House::new();
    const HOUR_MS: i64 = 3_600_000;
    let send = |made_ms: i64, fix_age_ms: i64, phone_ms: Option<i64>| {
        let position = json!({ "lat": LAT, "lon": LON, "accuracy_m": 10, "tst_ms": made_ms - fix_age_ms });
        let body = json!({ "position": position, "site": house.site, "made_ms": made_ms });
        let phone_ms = phone_ms.map(|ms| ms.to_string());
        let mut headers =
            vec![("cookie", house.li.cookie.as_str()), ("x-csrf-token", house.li.csrf.as_str())];
        headers.extend(phone_ms.iter().map(|ms| ("x-phone-ms", ms.as_str())));
        let mut answer = house.appliance.ask("POST", "/api/v1/visits", &headers, Some(&body));
        let said: Value = answer.body_mut().read_json().unwrap();
        (answer.status().as_u16(), said)
    };
    // Its clock is a day fast; three hours ago it had no network.
    let phone_ms = now_ms() + 24 * HOUR_MS;
    let (status, visit) = send(phone_ms - 3 * HOUR_MS, 2000, Some(phone_ms));
    assert_eq!(status, 201, "{visit}");
    let off_ms = visit["arrive_ms"].as_i64().unwrap() - (now_ms() - 3 * HOUR_MS);
    assert!(off_ms.abs() < 10_000, "{off_ms}");
    let code = |said: (u16, Value)| said.1["code"].clone();
    assert_eq!(code(send(phone_ms - HOUR_MS, 90_000, Some(phone_ms))), "position_stale", "it was old then");
    for (made_ms, clock) in [
        (phone_ms - 73 * HOUR_MS, Some(phone_ms)),
        (phone_ms + HOUR_MS, Some(phone_ms)),
        (phone_ms - HOUR_MS, None),
        (i64::MIN, Some(i64::MAX)),
    ] {
        assert_eq!(code(send(made_ms, 0, clock)), "bad_field", "{made_ms}");
    }
}
