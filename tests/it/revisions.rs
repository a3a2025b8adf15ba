//! What is configured, through the running appliance: drafts, publishing, differences, going back, one file.

use serde_json::json;

use crate::accounts::{Signed, settled_with};
use crate::appliance::Appliance;

/// Without the tables of a pack, so that nothing is configured.
fn bare() -> (Appliance, Signed) {
    settled_with(|command| {
        command.args(["--pack", "none"]);
    })
}

#[test]
fn a_draft_is_published_compared_and_gone_back_from() {
    let (appliance, admin) = bare();
    let text = |gap_s: u32| {
        let budget = format!("[budget]\ngap_s = {gap_s}\nin_10_min = 3\nin_call = 6\n");
        json!({ "text": format!("version = 1\nname = \"house\"\nextends = true\n{budget}") })
    };
    let save = |seen: &[(&str, &str)], gap_s: u32| {
        let body = json!({ "kind": "playbook", "key": "default", "note": "try", "body": text(gap_s) });
        admin.ask_with(&appliance, "POST", "/api/v1/revisions", seen, Some(&body))
    };
    let (status, first) = save(&[], 45);
    assert_eq!(status, 201, "{first}");
    assert_eq!(save(&[], 60).0, 428);
    let (status, second) = save(&[("if-match", "\"v1\"")], 60);
    assert_eq!((status, &second["parent"]), (201, &first["id"]));
    assert_eq!(save(&[("if-match", "\"v1\"")], 70).0, 412, "somebody saved meanwhile");

    let act = |id: &serde_json::Value, deed: &str| {
        admin.ask(&appliance, "POST", &format!("/api/v1/revisions/{id}/{deed}"), None)
    };
    assert_eq!(act(&first["id"], "publish").0, 412, "a newer draft is there");
    assert_eq!(act(&second["id"], "publish").0, 200);
    let path = format!("/api/v1/revisions/{}/diff", second["id"]);
    let (_, diff) = admin.ask(&appliance, "GET", &path, None);
    assert_eq!(diff["items"], json!([{ "path": "/budget/gap_s", "before": 45, "after": 60 }]));

    let (status, back) = act(&first["id"], "restore");
    assert_eq!((status, &back["hash"], &back["body"]), (201, &first["hash"], &text(45)));
    let (_, file) = admin.ask(&appliance, "GET", "/api/v1/settings/export", None);
    assert_eq!(file["items"], json!([{ "kind": "playbook", "key": "default", "body": text(45) }]));
    let (_, taken) = admin.ask(&appliance, "POST", "/api/v1/settings/import", Some(&file));
    assert_eq!(taken["items"], json!([]), "what already is so stays");
}

#[test]
fn what_no_kind_takes_is_refused_whole() {
    let (appliance, admin) = bare();
    let body = json!({ "text": "version = 1\nname = \"house\"\n" });
    let good = json!({ "kind": "playbook", "key": "default", "body": body });
    let bad = json!({ "kind": "weather", "key": "default", "body": body });
    let file = json!({ "format": 1, "items": [good, bad] });
    let (status, problem) = admin.ask(&appliance, "POST", "/api/v1/settings/import", Some(&file));
    assert_eq!((status, &problem["code"]), (422, &json!("bad_field")));
    let (_, heads) = admin.ask(&appliance, "GET", "/api/v1/settings", None);
    assert_eq!(heads["items"], json!([]));
}

#[test]
fn what_is_exported_is_imported_however_long_and_faults_carry_their_field() {
    let (appliance, admin) = bare();
    let comment = "# why this rule is as it is\n".repeat(8_000);
    let body = json!({ "text": format!("version = 1\nname = \"house\"\nextends = true\n{comment}") });
    let draft = json!({ "kind": "playbook", "key": "default", "note": "long", "body": body });
    let (status, saved) = admin.ask(&appliance, "POST", "/api/v1/revisions", Some(&draft));
    assert_eq!(status, 201, "{saved}");
    let publish = format!("/api/v1/revisions/{}/publish", saved["id"]);
    assert_eq!(admin.ask(&appliance, "POST", &publish, None).0, 200);
    let (_, file) = admin.ask(&appliance, "GET", "/api/v1/settings/export", None);
    let (status, taken) = admin.ask(&appliance, "POST", "/api/v1/settings/import", Some(&file));
    assert_eq!((status, &taken["items"]), (200, &json!([])), "what is in force stays");

    let bad = json!({ "kind": "playbook", "key": "default", "note": "x".repeat(401), "body": body });
    let (status, problem) = admin.ask(&appliance, "POST", "/api/v1/revisions", Some(&bad));
    let rule = "a note has at most 400 characters";
    assert_eq!(status, 422);
    assert_eq!(problem["errors"], json!([{ "field": "note", "code": "bad_value", "message": rule }]));
    let zh = [("accept-language", "zh-CN")];
    let (_, problem) = admin.ask_with(&appliance, "POST", "/api/v1/revisions", &zh, Some(&bad));
    assert_eq!(problem["errors"][0]["message"], "备注最多 400 个字符。", "{problem}");
}
