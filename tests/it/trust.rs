//! What the appliance says of itself: how long it keeps what, and that its log holds.

use serde_json::{Value, json};

use crate::accounts::settled;
use crate::appliance::Appliance;

#[test]
fn the_log_is_checked_and_what_is_kept_is_said() {
    let (appliance, admin) = settled();
    let (status, trust) = admin.ask(&appliance, "GET", "/api/v1/trust", None);
    assert_eq!(status, 200, "{trust}");
    assert_eq!(trust["log"]["broken_at"], Value::Null, "{trust}");
    assert!(trust["log"]["checked_ms"].as_i64() > Some(0), "{trust}");
    assert!(trust["walls_tried_ms"].as_i64() > Some(0), "{trust}");
    let kept = trust["kept"].as_array().unwrap();
    let days = |what: &str| kept.iter().find(|kept| kept["what"] == what).unwrap()["days"].clone();
    assert_eq!((days("audit"), days("accounts")), (json!(1095), Value::Null));
}

#[test]
fn whoever_has_not_signed_in_is_told_nothing_of_it() {
    let (appliance, _) = settled();
    assert_eq!(appliance.get("/api/v1/trust").0, 401);
    drop(appliance);
    assert_eq!(Appliance::start().get("/api/v1/trust").0, 200, "the machine's own user, before any account");
}
