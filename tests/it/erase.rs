//! Everything about one person or one client: handed out, and then nowhere.

use std::path::Path;

use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, wait_until};
use crate::clients::colleague;

/// Whether any file of a folder holds these bytes.
pub fn holds(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap().flatten();
    files
        .map(|entry| std::fs::read(entry.path()).unwrap_or_default())
        .any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

/// Requests that name the client and are kept in part: an export, records sent together, rows that are not taken.
fn told_of_in_passing(appliance: &Appliance, admin: &Signed) {
    let filter = "name%20%3D%3D%20%22%E4%B8%BE%E4%B8%96%E6%97%A0%E5%8F%8C%E8%8D%AF%E4%B8%9A%22";
    let path = format!("/api/v1/tables/clients/export?format=csv&filter={filter}");
    let headers = [("cookie", admin.cookie.as_str())];
    let mut export = appliance.ask("GET", &path, &headers, None);
    assert!(export.body_mut().read_to_string().unwrap().contains("举世无双"));
    let item = json!({ "create": { "values": { "name": "千里之外", "client": 1 } } });
    let key = [("idempotency-key", "batch")];
    let batch = admin.ask_with(
        appliance,
        "POST",
        "/api/v1/tables/contacts/batch",
        &key,
        Some(&json!({ "items": [item] })),
    );
    assert_eq!(batch.0, 200, "{}", batch.1);
    let request = ureq::post(format!("{}/api/v1/tables/contacts/import", appliance.url))
        .header("cookie", &admin.cookie)
        .header("x-csrf-token", &admin.csrf)
        .header("idempotency-key", "import")
        .header("content-type", "text/csv");
    let mut import = request.send("name,client,phone\n无人知晓,举世无双药业,不是电话\n").unwrap();
    let import: Value = import.body_mut().read_json().unwrap();
    assert!(import["bad_rows"].as_str().is_some_and(|rows| rows.contains("无人知晓")), "{import}");
}

#[test]
fn who_is_erased_is_handed_out_before_and_nowhere_after() {
    let (appliance, admin) = settled();
    let ask = |who: &crate::accounts::Signed, method: &str, path: &str, body: Option<Value>| {
        who.ask(&appliance, method, path, body.as_ref())
    };
    let rep = colleague(&appliance, &admin, "zhuge.liang", "rep", None);
    let id = rep.person(&appliance);
    let add = |table: &str, values: Value| {
        let path = format!("/api/v1/tables/{table}/records");
        ask(&rep, "POST", &path, Some(json!({ "values": values }))).1["id"].clone()
    };
    let client = add("clients", json!({ "name": "举世无双药业" }));
    add("contacts", json!({ "name": "独一无二", "phone": "0571 8888", "client": client }));
    told_of_in_passing(&appliance, &admin);
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
    let traces = [
        "zhuge.liang",
        "ZHUGE.LIANG",
        "举世无双",
        "独一无二",
        "0571 8888",
        "05718888",
        "绝无仅有",
        "jsws",
        "千里之外",
        "无人知晓",
    ];
    wait_until("the files forget", || traces.iter().all(|trace| !holds(&data, trace)));
    let (_, log) = ask(&admin, "GET", "/api/v1/audit?limit=4", None);
    let deeds: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| &entry["deed"]).collect();
    assert_eq!(deeds, ["person.erase", "client.erase", "client.export", "person.export"], "{log}");
}

#[test]
fn who_is_erased_has_no_name_in_what_they_made_changed_or_look_after() {
    let (appliance, admin) = settled();
    let clerk = colleague(&appliance, &admin, "sima.xiangru", "assistant", None);
    let id = clerk.person(&appliance);
    let ask = |who: &Signed, method: &str, path: &str, body: Option<Value>| {
        let (status, answer) = who.ask(&appliance, method, &format!("/api/v1/{path}"), body.as_ref());
        assert!(status < 300, "{path}: {answer}");
        answer
    };
    let values = json!({ "values": { "title": "名单", "owner": id } });
    let record = ask(&clerk, "POST", "tables/leads/records", Some(values));
    let path = format!("tables/leads/records/{}", record["id"]);
    let change = json!({ "values": { "title": "新名单" }, "base": { "title": "名单" } });
    ask(&clerk, "PATCH", &path, Some(change));
    let body = json!({ "table": "leads", "label": "我的", "for": "me", "filter": format!("owner == {id}") });
    let view = json!({ "kind": "view", "key": "mine", "body": body, "note": "x" });
    let saved = ask(&clerk, "POST", "revisions", Some(view));
    ask(&clerk, "POST", &format!("revisions/{}/publish", saved["id"]), None);
    let shown = |who: &Signed| {
        let list = ask(who, "GET", "tables/leads/records?names=true&view=mine", None);
        let headers = [("cookie", who.cookie.as_str())];
        let export = "/api/v1/tables/leads/export?format=csv&fields=title,created_by,owner";
        let mut export = appliance.ask("GET", export, &headers, None);
        let history = ask(who, "GET", &format!("{path}/history"), None);
        let settings = ask(who, "GET", "settings", None);
        format!("{list}{}{history}{settings}", export.body_mut().read_to_string().unwrap())
    };
    assert!(shown(&admin).contains("SIMA.XIANGRU"));
    ask(&admin, "DELETE", &format!("people/{id}/data"), None);
    let after = shown(&admin);
    assert!(after.contains(&format!("erased {id}")) && !after.contains("SIMA"), "{after}");
    let data = appliance.folder.path().join("data");
    wait_until("the files forget", || !holds(&data, "sima.xiangru") && !holds(&data, "SIMA.XIANGRU"));
}
