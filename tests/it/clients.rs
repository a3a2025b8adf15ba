//! Clients as records of their table: whose they are, how they are found, what a role may not write, what is taken back.

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::appliance::Appliance;
use crate::records::House;

/// Somebody new, signed in.
pub fn colleague(
    appliance: &Appliance,
    admin: &Signed,
    login: &str,
    role: &str,
    team: Option<i64>,
) -> Signed {
    let body = json!({ "login": login, "name": login.to_uppercase(), "role": role, "team": team });
    let (status, person) = admin.ask(appliance, "POST", "/api/v1/people", Some(&body));
    assert_eq!(status, 201, "{person}");
    let (_, link) =
        admin.ask(appliance, "POST", &format!("/api/v1/people/{}/invitation", person["id"]), None);
    let secret = link["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let body = json!({ "secret": secret, "password": "another long one" });
    Signed::by(appliance, "/api/v1/invitations/accept", &body)
}

fn names(house: &House, who: &Signed, query: &str) -> Vec<Value> {
    house.column(who, &format!("/clients/records{query}"), "name")
}

#[test]
fn a_rep_finds_the_own_clients_by_first_letters_and_nobody_elses() {
    let house = House::new();
    house.add(&house.li, "clients", json!({ "name": "华东医药", "aliases": ["老客户"], "stage": "报价" }));
    house.add(&house.wang, "clients", json!({ "name": "重庆银行" }));
    for found in ["", "?q=HDYY", "?q=lkh", "?q=%E4%B8%9C%E5%8C%BB"] {
        assert_eq!(names(&house, &house.li, found), ["华东医药"], "{found}");
    }
    assert_eq!(names(&house, &house.li, "?q=cqyh"), [""; 0]);
    assert_eq!(
        names(&house, &house.admin, "?sort=name"),
        ["华东医药", "重庆银行"],
        "by pinyin: c of 重庆 is read zh"
    );
    assert_eq!(
        names(&house, &house.admin, "?filter=stage%20%3D%3D%20%22%E6%8A%A5%E4%BB%B7%22"),
        ["华东医药"]
    );
    let (status, _) = house.li.ask(&house.appliance, "GET", "/api/v1/clients", None);
    assert_eq!(status, 404, "their own list gave way to the tables");
}

#[test]
fn what_a_table_says_a_role_only_reads_it_writes_nowhere() {
    let house = House::new();
    let fault = |who: &Signed, values: Value| house.fault(who, "clients", values);
    let read_only = |field: &str| (422, json!(field), json!("read_only"));
    assert_eq!(fault(&house.li, json!({ "name": "a", "grade": "A" })), read_only("grade"));
    assert_eq!(fault(&house.li, json!({ "name": "a", "credit_limit": 100 })), read_only("credit_limit"));
    let client = house.add(&house.li, "clients", json!({ "name": "a" }))["id"].clone();
    let path = format!("/clients/records/{client}");
    let change = |who: &Signed, grade: &str| {
        let body = json!({ "values": { "grade": grade }, "base": { "grade": null } });
        house.ask(who, "PATCH", &path, Some(&body))
    };
    let (status, problem) = change(&house.li, "A");
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("read_only")), "{problem}");
    let batch = json!({ "items": [{ "change": { "id": client, "values": { "grade": "A" } } }] });
    assert_eq!(house.ask(&house.li, "POST", "/clients/batch", Some(&batch)).0, 422);
    assert_eq!(change(&house.ma, "B").0, 200);
    let (_, history) = house.get(&house.li, &format!("{path}/history"));
    assert_eq!(history["items"][0]["after"], "B", "{history}");
    let restore = json!({ "field": "grade" });
    assert_eq!(house.ask(&house.li, "POST", &format!("{path}/restore"), Some(&restore)).0, 422);
    assert_eq!(house.get(&house.li, &path).1["values"]["grade"], "B");
}

#[test]
fn a_client_goes_only_to_whom_who_gives_it_reaches() {
    let house = House::new();
    let client = house.add(&house.li, "clients", json!({ "name": "a" }))["id"].clone();
    let path = format!("/clients/records/{client}");
    let seen = [("if-match", "\"v1\"")];
    let away = json!({ "values": { "owner": house.wang.person(&house.appliance) } });
    let give = |who: &Signed| house.ask_with(who, "PATCH", &path, &seen, &away);
    assert_eq!(give(&house.li).1["code"], "not_allowed");
    assert_eq!(give(&house.ma).1["code"], "not_allowed");
    assert_eq!(give(&house.admin).0, 200);
    assert_eq!(house.get(&house.li, &path).0, 404);
    assert_eq!(give(&house.admin).1["code"], "stale");
}

#[test]
fn a_field_names_a_person_only_to_whom_that_person_is_known() {
    let house = House::new();
    let wang = house.wang.person(&house.appliance);
    let client = house.add(&house.li, "clients", json!({ "name": "a" }))["id"].clone();
    let wish = |whom: i64| json!({ "client": client, "text": "x", "assignee": whom });
    let far = house.fault(&house.li, "service_items", wish(wang));
    assert_eq!(far, (422, json!("assignee"), json!("missing_link")));
    assert_eq!(far, house.fault(&house.li, "service_items", wish(9_999)), "as nobody");
    let near = house.ma.person(&house.appliance);
    let item = house.add(&house.li, "service_items", wish(near))["id"].clone();
    let path = format!("/service_items/records/{item}");
    let change = |who: &Signed, whom: i64| {
        let values = json!({ "values": { "assignee": whom }, "base": { "assignee": near } });
        house.ask(who, "PATCH", &path, Some(&values)).0
    };
    assert_eq!(change(&house.li, wang), 422);
    assert_eq!(change(&house.assistant, wang), 200, "who reads everybody's");
    let note = json!({ "values": { "text": "y" }, "base": { "text": "x" } });
    assert_eq!(house.ask(&house.li, "PATCH", &path, Some(&note)).0, 200, "what was there stays");
}

#[test]
fn reading_somebody_elses_client_is_written_down_and_the_log_names_no_client() {
    let house = House::new();
    let client = house.add(&house.li, "clients", json!({ "name": "华东医药" }))["id"].clone();
    house.add(&house.li, "contacts", json!({ "client": client, "name": "王强", "phone": "0571 8888" }));
    let path = format!("/clients/records/{client}");
    house.get(&house.li, &path);
    house.get(&house.admin, &path);
    let (_, log) = house.admin.ask(&house.appliance, "GET", "/api/v1/audit?entity=record", None);
    let deeds: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| &entry["deed"]).collect();
    assert_eq!(deeds, ["record.read", "record.create", "record.create"], "{log}");
    assert!(!log.to_string().contains("华东") && !log.to_string().contains("8888"), "{log}");
}

fn import(house: &House, table: &str, file: &str) -> Value {
    let request = ureq::post(format!("{}/api/v1/tables/{table}/import", house.appliance.url))
        .header("cookie", &house.admin.cookie)
        .header("x-csrf-token", &house.admin.csrf)
        .header("content-type", "text/csv");
    request.send(file).unwrap().body_mut().read_json().unwrap()
}

#[test]
fn clients_that_came_with_a_file_go_with_it_unless_something_hangs_on_them() {
    let house = House::new();
    let file = "名称,等级\n甲,A\n乙,B\n丙,\n丁,\n";
    let first = import(&house, "clients", file);
    assert_eq!(first["created"], 4, "{first}");
    let (_, page) = house.get(&house.admin, "/clients/records?sort=id");
    let ids: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    let named = json!({ "values": { "stage": "报价" }, "base": { "stage": null } });
    house.ask(&house.admin, "PATCH", &format!("/clients/records/{}", ids[1]), Some(&named));
    house.add(&house.admin, "contacts", json!({ "client": ids[2], "name": "王强" }));
    let undo = |import: &Value| {
        let path = format!("/clients/imports/{}/undo", import["import"]);
        house.ask(&house.admin, "POST", &path, None).1
    };
    let undone = undo(&first);
    assert_eq!((&undone["deleted"], &undone["kept"]), (&json!(2), &json!([ids[1], ids[2]])), "{undone}");
    assert_eq!(names(&house, &house.admin, "?sort=id"), ["乙", "丙"]);
    let (_, coverage) = house.ma.ask(&house.appliance, "GET", "/api/v1/coverage", None);
    assert_eq!(coverage["of"], 0, "{coverage}");

    // Their names are free, for a mended file as well as for anybody.
    let second = import(&house, "clients", "名称,等级\n甲,C\n丁,\n");
    assert_eq!(second["created"], 2, "{second}");
    let back = format!("/clients/records/{}/restore", ids[0]);
    let (status, problem) = house.ask(&house.admin, "POST", &back, Some(&json!({})));
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("duplicate")), "{problem}");
    assert_eq!(undo(&second)["deleted"], 2);
    let (status, client) = house.ask(&house.admin, "POST", &back, Some(&json!({})));
    assert_eq!((status, &client["values"]["name"]), (200, &json!("甲")), "{client}");
    assert_eq!(names(&house, &house.admin, "?q=%E7%94%B2"), ["甲"]);
}

#[test]
fn a_deleted_client_is_none_for_calls_visits_and_sites_and_can_still_be_erased() {
    let house = House::new();
    let ask = |method: &str, path: &str, body: Option<Value>| {
        house.admin.ask(&house.appliance, method, &format!("/api/v1/{path}"), body.as_ref())
    };
    let client = house.add(&house.admin, "clients", json!({ "name": "无二药业" }))["id"].clone();
    let delete = |id: &Value| {
        let seen = [("if-match", "\"v1\"")];
        let path = format!("/clients/records/{id}");
        house.ask_with(&house.admin, "DELETE", &path, &seen, &Value::Null).0
    };
    assert_eq!(delete(&client), 204);
    let call =
        json!({ "layout": "mono", "source": { "kind": "socket" }, "consent": "notified", "client": client });
    assert_eq!(ask("POST", "calls", Some(call)).0, 404);
    let site =
        json!({ "client": client, "name": "s", "lat": 31.2, "lon": 121.4, "datum": "wgs84", "radius_m": 60 });
    assert_eq!(ask("POST", "sites", Some(site)).0, 404);
    assert_eq!(ask("GET", &format!("clients/{client}/brief"), None).0, 404);
    assert_eq!(ask("DELETE", &format!("clients/{client}/data"), None).0, 204);
    let (_, history) = house.get(&house.admin, &format!("/clients/records/{client}/history"));
    assert!(!history.to_string().contains("无二"), "{history}");

    let busy = house.add(&house.admin, "clients", json!({ "name": "有人" }))["id"].clone();
    house.add(&house.admin, "contacts", json!({ "client": busy, "name": "王强" }));
    assert_eq!(delete(&busy), 409, "something hangs on it");
}

#[test]
fn a_notice_text_gets_versions_and_is_published_by_who_may() {
    let house = House::new();
    let path = "/api/v1/consent-texts";
    let (_, texts) = house.li.ask(&house.appliance, "GET", path, None);
    assert_eq!((&texts["policy"], &texts["items"][0]["version"]), (&json!("notice"), &json!(1)), "{texts}");
    let text =
        json!({ "zh": "不录音，只在本机测量节奏。", "en": "Not recorded; only the rhythm is measured." });
    assert_eq!(house.li.ask(&house.appliance, "POST", path, Some(&text)).1["code"], "not_allowed");
    let (status, second) = house.admin.ask(&house.appliance, "POST", path, Some(&text));
    assert_eq!((status, &second["version"]), (201, &json!(2)), "{second}");
    let short = json!({ "zh": "不录音，只在本机测量节奏。", "en": "ok" });
    assert_eq!(house.admin.ask(&house.appliance, "POST", path, Some(&short)).1["code"], "bad_field");
}
