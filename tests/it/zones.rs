//! The organisation's time zone, through the running appliance.

use serde_json::{Value, json};

use crate::located::House;

#[test]
fn hours_are_by_the_organisations_clock_unless_somebody_has_another() {
    let house = House::with(|command| {
        command.env("UNDERTONE_TIME_ZONE", "Europe/Berlin");
    });
    assert_eq!(house.get(&house.li, "/api/v1/session")["time_zone"], "Europe/Berlin");
    let path = format!("/api/v1/people/{}/location", house.person);
    let zone = || house.get(&house.li, &path)["time_zone"].clone();
    assert_eq!(zone(), "Europe/Berlin", "before anything was said");
    let allowed = |body: Value| {
        let mut whole = json!({ "consent": true, "days": [1], "from_min": 1320, "until_min": 360 });
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        house.allow(&whole)["time_zone"].clone()
    };
    for (body, want) in [
        (json!({}), "Europe/Berlin"),
        // As pages of older programs say it, in winter and in summer.
        (json!({ "utc_offset_min": 60 }), "Europe/Berlin"),
        (json!({ "utc_offset_min": 120 }), "Europe/Berlin"),
        (json!({ "utc_offset_min": 480 }), "+08:00"),
        (json!({}), "+08:00"),
        (json!({ "time_zone": "America/New_York" }), "America/New_York"),
        (json!({ "time_zone": "Europe/Berlin" }), "Europe/Berlin"),
    ] {
        assert_eq!(allowed(body.clone()), want, "{body}");
    }
    // As an older program kept it.
    house.sql("UPDATE location SET own_zone = '+02:00'");
    assert_eq!(zone(), "Europe/Berlin");

    let refused = |body: Value| {
        let version = house.get(&house.li, &path)["version"].clone();
        let seen = format!("\"v{version}\"");
        let (status, told) =
            house.li.ask_with(&house.appliance, "PUT", &path, &[("if-match", &seen)], Some(&body));
        assert_eq!((status, &told["code"]), (422, &json!("bad_field")), "{told}");
        told["detail"].as_str().unwrap().to_owned()
    };
    for (body, parts) in [
        (json!({ "consent": true, "time_zone": "Berlin" }), ["`Berlin`", "Europe/Berlin"]),
        (json!({ "consent": true, "utc_offset_min": 900 }), ["`utc_offset_min` 900", "-720 to 840"]),
        (
            json!({ "consent": true, "from_min": 360, "until_min": 360 }),
            ["360 and `until_min` 360", "22:00 to 06:00"],
        ),
        (json!({ "consent": true, "days": [0] }), ["`days` [0]", "1 (Monday) to 7 (Sunday)"]),
    ] {
        let said = refused(body);
        assert!(parts.iter().all(|part| said.contains(part)), "{said}");
    }
}
