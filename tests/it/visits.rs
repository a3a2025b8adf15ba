//! Positions in, visits out, through the running appliance.

use std::time::Duration;

use serde_json::{Value, json};

use crate::appliance::wait_until;
use crate::located::{House, LAT, LON, day, now_ms};

fn basic(secret: &str) -> String {
    use base64::Engine;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("ut:{secret}")))
}

/// A position as OwnTracks writes it: seconds, km/h, and nothing for zero.
fn owntracks(fix: &Value) -> Value {
    let mut message = json!({
        "_type": "location", "tid": "li", "tst": fix["tst_ms"].as_i64().unwrap() / 1000, "lat": fix["lat"],
        "lon": fix["lon"], "acc": fix["accuracy_m"], "batt": 80, "bs": 1, "conn": "m", "t": "u", "m": 1,
        "topic": "owntracks/li/phone", "created_at": fix["tst_ms"].as_i64().unwrap() / 1000,
    });
    if let Some(mps) = fix["speed_mps"].as_f64() {
        message["vel"] = json!((mps * 3.6) as i64);
    }
    message
}

#[test]
fn a_day_of_owntracks_becomes_a_visit_that_everybody_concerned_hears_of() {
    let house = House::new();
    house.agree();
    let (_, secret) = house.enrol("owntracks");
    let headers = [("cookie", house.ku.cookie.as_str())];
    let stock = house.appliance.events_with("/api/v1/events", &headers);
    let headers = [("cookie", house.xu.cookie.as_str())];
    let stranger = house.appliance.events_with("/api/v1/events", &headers);
    let auth = basic(&secret);
    for fix in day(25, 2) {
        let headers = [("authorization", auth.as_str()), ("x-limit-u", "li"), ("x-limit-d", "phone")];
        let mut answer =
            house.appliance.ask("POST", "/api/v1/positions/owntracks", &headers, Some(&owntracks(&fix)));
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.body_mut().read_to_string().unwrap(), "[]");
    }
    wait_until("a visit", || !house.at_clients().is_empty());
    wait_until("its end", || house.at_clients()[0]["going_on"] == false);
    let visit = house.at_clients()[0].clone();
    assert_eq!((&visit["client_name"], &visit["site"]), (&json!("滨江汽配"), &json!(house.site)), "{visit}");
    let minutes = (visit["leave_ms"].as_i64().unwrap() - visit["arrive_ms"].as_i64().unwrap()) / 60_000;
    assert!((23..=28).contains(&minutes), "{visit}");

    let answer = format!("/api/v1/visits/{}/answer", visit["id"]);
    let (status, told) =
        house.li.ask(&house.appliance, "POST", &answer, Some(&json!({ "site": house.site })));
    assert_eq!((status, &told["confidence"], &told["answered"]), (200, &json!(1.0), &json!(true)), "{told}");
    let heard = stock.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!(
        (heard.0.as_str(), &heard.1["client"]),
        ("visit.confirmed", &json!(house.client)),
        "{heard:?}"
    );
    let not_for_strangers = stranger.recv_timeout(Duration::from_millis(300));
    assert!(not_for_strangers.is_err(), "{not_for_strangers:?}");

    let brief = house.get(&house.li, &format!("/api/v1/clients/{}/brief", house.client));
    assert_eq!((&brief["follow_ups"][0]["visit"], &brief["visits"][0]["id"]), (&visit["id"], &visit["id"]));
    let site = house.get(&house.li, &format!("/api/v1/sites/{}", house.site));
    assert_eq!(site["correction"]["lessons"], 1, "{site}");
    let (_, reverted) =
        house.li.ask(&house.appliance, "POST", &format!("/api/v1/sites/{}/revert", house.site), None);
    assert!(reverted["correction"].is_null(), "{reverted}");
    let coverage = house.get(&house.ma, "/api/v1/coverage?days=1");
    assert_eq!((&coverage["items"], &coverage["of"]), (&json!([]), &json!(1)), "it was seen today");
}

#[test]
fn the_same_positions_again_late_or_in_pieces_double_nothing() {
    let mut house = House::new();
    house.agree();
    let fixes = day(30, 2);
    let (early, late) = fixes.split_at(fixes.len() / 2);
    let (status, taken) = house.report(late);
    assert_eq!((status, &taken["stored"]), (200, &json!(late.len())), "{taken}");
    wait_until("half a visit", || !house.at_clients().is_empty());
    let first = house.at_clients()[0]["id"].clone();
    let (_, taken) = house.report(&fixes);
    assert_eq!((&taken["stored"], &taken["duplicate"]), (&json!(early.len()), &json!(late.len())), "{taken}");
    let minutes =
        |visit: &Value| (visit["leave_ms"].as_i64().unwrap() - visit["arrive_ms"].as_i64().unwrap()) / 60_000;
    wait_until("the whole visit", || minutes(&house.at_clients()[0]) >= 28);
    assert_eq!((house.at_clients().len(), &house.at_clients()[0]["id"]), (1, &first), "revised, not doubled");
    let before = house.at_clients();
    house.appliance.restart();
    let more = json!({ "tst_ms": now_ms(), "lat": LAT + 0.05, "lon": LON, "accuracy_m": 9 });
    assert_eq!(house.report(&[more]).1["stored"], 1);
    // There is nothing to wait for: the claim is that nothing comes.
    std::thread::sleep(Duration::from_secs(2));
    let ids = |visits: &[Value]| visits.iter().map(|visit| visit["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&house.at_clients()), ids(&before), "a restart doubles nothing");
}

#[test]
fn without_consent_or_outside_the_hours_nothing_is_stored_and_it_is_counted() {
    let house = House::new();
    let fixes = day(10, 1);
    let (status, refused) = house.report(&fixes);
    assert_eq!((status, &refused["code"]), (403, &json!("no_location_consent")));
    let (_, secret) = house.enrol("owntracks");
    let message = |fix: &Value| {
        let auth = basic(&secret);
        let headers = [("authorization", auth.as_str())];
        let answer =
            house.appliance.ask("POST", "/api/v1/positions/owntracks", &headers, Some(&owntracks(fix)));
        answer.status().as_u16()
    };
    assert_eq!(message(&fixes[0]), 403);
    // Now, and an hour that it is not.
    let minute = (now_ms() / 60_000).rem_euclid(1440);
    let from = if minute < 720 { 1000 } else { 100 };
    let hours = json!({ "days": [1, 2, 3, 4, 5, 6, 7], "from_min": from, "until_min": from + 60, "utc_offset_min": 0 });
    let mut agreed = hours.clone();
    agreed["consent"] = true.into();
    house.allow(&agreed);
    house.sql("UPDATE location SET consent_ms = 0");
    let (status, taken) = house.report(&fixes);
    assert_eq!((status, &taken["stored"]), (200, &json!(0)), "{taken}");
    assert_eq!(taken["refused"]["outside_hours"], json!(fixes.len()));
    assert_eq!(message(&fixes[1]), 200, "the phone lets go of it");
    assert_eq!(house.count("SELECT count(*) FROM fixes"), 0);

    house.agree();
    let odd = [
        json!({ "tst_ms": now_ms(), "lat": 0, "lon": 0 }),
        json!({ "tst_ms": now_ms(), "lat": 95, "lon": 7 }),
        json!({ "tst_ms": now_ms() + 90_000_000, "lat": LAT, "lon": LON }),
        json!({ "tst_ms": now_ms() - 9 * 86_400_000, "lat": LAT, "lon": LON }),
        json!({ "tst_ms": "now", "lat": LAT, "lon": LON }),
        fixes[0].clone(),
    ];
    let (_, taken) = house.report(&odd);
    let refused = json!({ "null_island": 1, "absurd": 1, "future": 1, "too_old": 1, "malformed": 1 });
    assert_eq!((&taken["stored"], &taken["refused"]), (&json!(1), &refused), "{taken}");
    let path = format!("/api/v1/people/{}/enrolments", house.person);
    let devices = house.get(&house.li, &path);
    let counts =
        &devices["items"].as_array().unwrap().iter().find(|one| one["app"] == "page").unwrap()["counts"];
    assert_eq!((&counts["stored"], &counts["null_island"]), (&json!(1), &json!(1)), "{devices}");
    assert_eq!(
        house.get(&house.li, &format!("/api/v1/people/{}/track", house.person))["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    house.allow(&json!({ "consent": false }));
    assert_eq!(house.count("SELECT count(*) FROM fixes"), 0, "who withdraws is located nowhere");
    assert_eq!(house.report(&fixes).0, 403);
}

#[test]
fn traccar_is_answered_in_its_own_manner() {
    let house = House::new();
    house.agree();
    let (id, secret) = house.enrol("traccar");
    let post = |body: &Value| house.appliance.ask("POST", "/api/v1/positions/traccar", &[], Some(body));
    let report = json!({
        "location": {
            "timestamp": "2026-02-12T01:30:00.000Z", "is_moving": false, "odometer": 12, "event": "motionchange",
            "coords": { "latitude": LAT, "longitude": LON, "accuracy": 9.5, "speed": -1, "heading": -1, "altitude": 4 },
            "battery": { "level": 0.9, "is_charging": false }, "activity": { "type": "still" }, "extras": {},
        },
        "device_id": secret,
    });
    let mut fresh = report.clone();
    fresh["location"]["timestamp"] = iso(now_ms() - 1000).into();
    let mut answer = post(&fresh);
    assert_eq!((answer.status().as_u16(), answer.body_mut().read_to_string().unwrap().as_str()), (200, ""));
    let mut placeless = fresh.clone();
    placeless["location"]["coords"] = Value::Null;
    assert_eq!(post(&placeless).status().as_u16(), 200);
    assert_eq!(post(&report).status().as_u16(), 200, "too old to be kept: the app lets go of it");
    fresh["device_id"] = "somebody else".into();
    assert_eq!(post(&fresh).status().as_u16(), 404);
    assert_eq!(post(&json!({ "location": 7 })).status().as_u16(), 404, "nobody says whose it is");

    let query = |secret: &str| {
        let seconds = now_ms() / 1000 - 5;
        let pairs = format!(
            "id={secret}&timestamp={seconds}&lat={LAT}&lon={LON}&speed=0.0&bearing=0.0&altitude=3&accuracy=7&batt=88"
        );
        house.appliance.ask("GET", &format!("/api/v1/positions/traccar?{pairs}"), &[], None).status().as_u16()
    };
    assert_eq!((query(&secret), query("nobody")), (200, 400));
    assert_eq!(house.count("SELECT count(*) FROM fixes"), 2);
    let path = format!("/api/v1/people/{}/enrolments/{id}", house.person);
    assert_eq!(house.li.ask(&house.appliance, "DELETE", &path, None).0, 204);
    assert_eq!(query(&secret), 400, "revoked");
}

/// Unix milliseconds as ISO 8601, by SQLite.
fn iso(ms: i64) -> String {
    let connection = rusqlite::Connection::open_in_memory().unwrap();
    let sql = "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ? / 1000, 'unixepoch')";
    connection.query_row(sql, [ms], |row| row.get(0)).unwrap()
}

#[test]
fn wrong_secrets_close_the_gate_and_the_right_one_passes() {
    let house = House::new();
    house.agree();
    let (_, secret) = house.enrol("json");
    let post = |secret: &str| {
        let auth = basic(secret);
        let body = json!({ "fixes": [{ "tst_ms": now_ms(), "lat": LAT, "lon": LON }] });
        house.appliance.ask("POST", "/api/v1/positions", &[("authorization", &auth)], Some(&body))
    };
    let first = post("wrong");
    assert_eq!(first.status().as_u16(), 401);
    assert_eq!(first.headers()["www-authenticate"], "Basic realm=\"positions\"");
    let tried: Vec<_> = (0..40).map(|n| post(&format!("wrong {n}")).status().as_u16()).collect();
    assert_eq!(tried.last(), Some(&429), "{tried:?}");
    assert_eq!(post(&secret).status().as_u16(), 200, "a colleague behind the same address");
}

#[test]
fn encrypted_and_unreadable_messages_get_a_clear_status() {
    let house = House::new();
    house.agree();
    let (_, secret) = house.enrol("owntracks");
    let auth = basic(&secret);
    let post = |body: &Value| {
        let headers = [("authorization", auth.as_str())];
        let mut answer = house.appliance.ask("POST", "/api/v1/positions/owntracks", &headers, Some(body));
        let code: Value = answer.body_mut().read_json().unwrap_or_default();
        (answer.status().as_u16(), code["code"].as_str().unwrap_or("").to_owned())
    };
    assert_eq!(post(&json!({ "_type": "encrypted", "data": "x" })), (422, "encrypted".into()));
    assert_eq!(post(&json!({ "_type": "waypoints", "waypoints": [] })).0, 200);
    let unreadable = json!({ "_type": "location", "tst": "soon" });
    assert_eq!(post(&unreadable), (200, String::new()), "the app lets go of it, and of what waits behind it");
    assert_eq!(post(&json!(7)), (200, String::new()), "whatever it is, no queue stands still for it");
    let (path, own) = (format!("/api/v1/people/{}/enrolments", house.person), &house.li);
    let (_, enrolments) = own.ask(&house.appliance, "GET", &path, None);
    assert_eq!(enrolments["items"][0]["counts"]["malformed"], 1, "it is counted: {enrolments}");
    let answer = house.appliance.ask("POST", "/api/v1/positions/owntracks", &[], Some(&json!({})));
    assert_eq!(answer.status().as_u16(), 401);
}

#[test]
fn tables_of_sites_and_recorded_tracks_come_in() {
    let house = House::new();
    house.agree();
    // A connection on which a body was refused is not used again.
    let agent =
        || -> ureq::Agent { ureq::Agent::config_builder().http_status_as_error(false).build().into() };
    let post = |who: &crate::accounts::Signed, path: &str, kind: &str, body: &[u8]| -> (u16, Value) {
        let request = agent().post(format!("{}{path}", house.appliance.url));
        let request = request.header("cookie", &who.cookie).header("x-csrf-token", &who.csrf);
        let mut answer = request.header("content-type", kind).send(body).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_json().unwrap_or_default())
    };
    let table = "site_id,name,lat,lon,datum,radius_m,client_id\nS1,仓库,31.3,121.5,gcj02,50,滨江汽配\n";
    let import = "/api/v1/sites/import";
    let dry = post(&house.ma, &format!("{import}?dry_run=true"), "text/csv", table.as_bytes());
    assert_eq!(dry, (200, json!({ "dry_run": true, "imported": 1, "changed": 0, "rejected": [] })));
    assert_eq!(post(&house.ma, import, "text/csv", table.as_bytes()).1["imported"], 1);
    assert_eq!(post(&house.ma, import, "text/csv", table.as_bytes()).1["changed"], 1, "by its code");
    let (status, told) = post(&house.ma, import, "text/csv", table.replace("滨江汽配", "nobody").as_bytes());
    assert_eq!((status, &told["imported"], &told["changed"]), (200, &json!(0), &json!(0)), "{told}");
    let rejected = &told["rejected"][0];
    assert_eq!(
        (&rejected["line"], &rejected["column"], &rejected["value"]),
        (&json!(2), &json!("client_id"), &json!("nobody"))
    );
    assert_eq!(post(&house.ma, import, "text/csv", b"site_id,lat\n").1["code"], "bad_sites");
    // As a Chinese spreadsheet has it: no numbers, by the client's name, the good rows taken and the others told.
    let chinese = "客户,名称,纬度,经度,坐标系\n滨江汽配,门店,31.31,121.51,高德\n滨江汽配,北店,北,121.5,高德\n没有的,店,31,121,高德\n";
    let told = post(&house.ma, import, "text/csv", chinese.as_bytes()).1;
    assert_eq!((&told["imported"], &told["changed"]), (&json!(1), &json!(0)), "{told}");
    let lines: Vec<_> =
        told["rejected"].as_array().unwrap().iter().map(|row| (&row["line"], &row["column"])).collect();
    assert_eq!(lines, [(&json!(3), &json!("lat")), (&json!(4), &json!("client_id"))]);
    let again = post(&house.ma, import, "text/csv", chinese.as_bytes()).1;
    assert_eq!((&again["imported"], &again["changed"]), (&json!(0), &json!(1)), "by client and name");
    assert_eq!(post(&house.li, import, "text/csv", table.as_bytes()).0, 403);

    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (line, row) in (0..).zip(table.lines()) {
        sheet.write_row(line, 0, row.split(',')).unwrap();
    }
    let excel = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    assert_eq!(
        post(&house.ma, import, excel, &book.save_to_buffer().unwrap()).1["changed"],
        1,
        "the same site"
    );
    let named_wrongly = post(&house.ma, import, excel, table.as_bytes());
    assert_eq!(
        named_wrongly.0, 200,
        "a CSV that calls itself Excel is read as what it is: {}",
        named_wrongly.1
    );
    let (status, fault) = post(&house.ma, import, excel, b"PK\x03\x04 is no table");
    assert_eq!((status, &fault["code"]), (422, &json!("bad_sites")), "{fault}");

    let gpx = format!(
        "<gpx><trk><trkseg><trkpt lat=\"{LAT}\" lon=\"{LON}\"><time>{}</time></trkpt><trkpt lat=\"1\"/></trkseg></trk></gpx>",
        iso(now_ms() - 60_000)
    );
    let (status, taken) = post(&house.li, "/api/v1/positions/import", "application/gpx+xml", gpx.as_bytes());
    assert_eq!(
        (status, &taken["stored"], &taken["refused"]["malformed"]),
        (200, &json!(1), &json!(1)),
        "{taken}"
    );
    assert_eq!(post(&house.li, "/api/v1/positions/import", "text/html", gpx.as_bytes()).0, 415);
}

#[test]
fn a_hundred_thousand_positions_are_taken_at_once() {
    let house = House::new();
    house.agree();
    let start_ms = now_ms() - 100_000_000;
    let fixes: Vec<Value> = (0..100_000)
        .map(|n| json!({ "tst_ms": start_ms + n * 1000, "lat": LAT, "lon": LON + n as f64 * 1e-6 }))
        .collect();
    let (status, taken) = house.report(&fixes);
    assert_eq!((status, &taken["stored"]), (200, &json!(100_000)), "{taken}");
    let (status, refused) = house.report(&[&fixes[..], &fixes[..1]].concat());
    assert_eq!((status, &refused["code"]), (400, &json!("bad_positions")), "{refused}");
}

#[test]
fn a_map_is_read_in_pieces_by_whoever_is_signed_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("streets.pmtiles");
    let bytes: Vec<u8> = b"PMTiles\x03".iter().copied().chain((0..40).map(|n| n as u8)).collect();
    std::fs::write(&file, &bytes).unwrap();
    let house = House::with(|command| {
        command.env("UNDERTONE_MAP__TILES", &file);
    });
    assert_eq!(house.get(&house.li, "/api/v1/map"), json!({ "tiles": true }));
    let piece = |range: &str, cookie: &str| {
        let headers = [("range", range), ("cookie", cookie)];
        let mut answer = house.appliance.ask("GET", "/api/v1/map/tiles", &headers, None);
        let told = answer.headers().get("content-range").map(|told| told.to_str().unwrap().to_owned());
        (answer.status().as_u16(), told, answer.body_mut().read_to_vec().unwrap())
    };
    let cookie = house.li.cookie.as_str();
    assert_eq!(piece("bytes=0-6", cookie), (206, Some("bytes 0-6/48".into()), b"PMTiles".to_vec()));
    assert_eq!(piece("bytes=40-99", cookie), (206, Some("bytes 40-47/48".into()), bytes[40..].to_vec()));
    assert_eq!(piece("bytes=48-99", cookie).0, 416, "behind its end");
    assert_eq!(piece("bytes=-8", cookie).0, 416);
    assert_eq!(piece("bytes=0-6", "").0, 401);

    let plain = House::new();
    assert_eq!(plain.get(&plain.li, "/api/v1/map"), json!({ "tiles": false }));
    let (status, missing) = plain.li.ask(&plain.appliance, "GET", "/api/v1/map/tiles", None);
    assert_eq!((status, &missing["code"]), (404, &json!("missing")));
}
