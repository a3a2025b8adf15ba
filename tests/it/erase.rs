//! Everything about one person or one client: handed out, and then nowhere.

use std::path::Path;

use serde_json::{Value, json};

use crate::accounts::settled;
use crate::appliance::wait_until;
use crate::clients::colleague;

/// Whether any file of a folder holds these bytes.
pub fn holds(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap().flatten();
    files
        .map(|entry| std::fs::read(entry.path()).unwrap_or_default())
        .any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

#[test]
fn who_is_erased_is_handed_out_before_and_nowhere_after() {
    let (appliance, admin) = settled();
    let ask = |who: &crate::accounts::Signed, method: &str, path: &str, body: Option<Value>| {
        who.ask(&appliance, method, path, body.as_ref())
    };
    let rep = colleague(&appliance, &admin, "zhuge.liang", "rep", None);
    let id = rep.person(&appliance);
    let contact = json!({ "name": "独一无二", "phone": "0571 8888" });
    let card = json!({ "name": "举世无双药业", "contacts": [contact] });
    let client = ask(&rep, "POST", "/api/v1/clients", Some(card)).1["id"].clone();
    let call =
        json!({ "layout": "mono", "source": { "kind": "socket" }, "consent": "notified", "client": client });
    assert_eq!(ask(&rep, "POST", "/api/v1/calls", Some(call)).0, 201);
    let action = json!({ "client": client, "whom": "独一无二", "status": "方案已递", "next": "绝无仅有的下一步",
        "due": "2099-02-18" });
    let all = "/api/v1/tables/actions/records";
    assert_eq!(ask(&rep, "POST", all, Some(json!({ "values": action }))).0, 201);

    let path = format!("/api/v1/people/{id}/data");
    let (status, data) = ask(&rep, "GET", &path, None);
    assert_eq!((status, &data["person"]["login"]), (200, &json!("zhuge.liang")), "{data}");
    assert_eq!(data["calls"][0]["consents"][0]["consent"], "notified", "{data}");
    assert_eq!(data["clients"][0]["name"], "举世无双药业");
    assert_eq!(data["actions"][0]["next"], "绝无仅有的下一步", "{data}");
    let client = format!("/api/v1/clients/{client}/data");
    let data = ask(&admin, "GET", &client, None).1;
    assert_eq!(data["client"]["contacts"][0]["phone"], "05718888", "in its normal form");
    assert_eq!(data["records"]["contacts"][0]["values"]["name"], "独一无二", "{data}");
    assert_eq!(data["records"]["actions"][0]["values"]["next"], "绝无仅有的下一步", "{data}");

    assert_eq!(ask(&admin, "DELETE", &client, None).0, 204);
    assert_eq!(ask(&admin, "DELETE", &path, None).0, 204);
    assert_eq!(ask(&rep, "GET", "/api/v1/session", None).1["role"], "nobody", "signed out everywhere");
    let (_, person) = ask(&admin, "GET", &format!("/api/v1/people/{id}"), None);
    assert_eq!((&person["login"], &person["active"]), (&json!(format!("erased-{id}")), &json!(false)));
    let data = appliance.folder.path().join("data");
    let traces =
        ["zhuge.liang", "ZHUGE.LIANG", "举世无双", "独一无二", "0571 8888", "05718888", "绝无仅有", "jsws"];
    wait_until("the files forget", || traces.iter().all(|trace| !holds(&data, trace)));
    let (_, log) = ask(&admin, "GET", "/api/v1/audit?limit=4", None);
    let deeds: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| &entry["deed"]).collect();
    assert_eq!(deeds, ["person.erase", "client.erase", "client.export", "person.export"], "{log}");
}
