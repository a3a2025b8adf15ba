//! Ways around what a table's definition keeps from a role.

use serde_json::{Map, Value, json};

use crate::accounts::Signed;
use crate::records::House;

/// A table of which reps read everything but a margin and whose record it is.
fn house() -> House {
    let house = House::new();
    let all = json!({ "read": "all", "create": true, "change": "all", "delete": "all" });
    let rep = json!({ "read": "all", "create": true, "change": "own", "hidden": ["margin", "owner", "created_by"] });
    let own = json!({ "read": "team", "create": true, "change": "team", "delete": "team" });
    let body = json!({
        "label": "x",
        "fields": [
            { "key": "name", "kind": "text" },
            { "key": "margin", "kind": "whole" },
            { "key": "twice", "kind": "formula", "expr": "margin * 2" },
        ],
        "access": { "rep": rep, "admin": all.clone(), "assistant": all, "manager": own },
    });
    let (status, answer) = house.publish(&house.admin, "table", "deals", &body);
    assert_eq!(status, 200, "{answer}");
    house
}

fn view(house: &House, key: &str, filter: &str) {
    let body = json!({ "table": "deals", "label": "x", "filter": filter });
    let (status, answer) = house.publish(&house.admin, "view", key, &body);
    assert_eq!(status, 200, "{answer}");
}

#[test]
fn what_every_record_has_is_hidden_too_where_the_table_says_so() {
    let house = house();
    let made = house.add(&house.admin, "deals", json!({ "name": "a", "margin": 7 }));
    let path = format!("/deals/records/{}", made["id"]);
    let is_clean = |what: &str, values: &Value| {
        let values: &Map<String, Value> = values.as_object().unwrap();
        let told: Vec<_> = values.keys().map(String::as_str).collect();
        for hidden in ["owner", "created_by", "margin", "twice"] {
            assert!(!told.contains(&hidden), "{what}: {told:?}");
        }
    };
    is_clean("one", &house.get(&house.li, &path).1["values"]);
    let (_, list) = house.get(&house.li, "/deals/records?names=true");
    is_clean("list", &list["items"][0]["values"]);
    assert_eq!(list["names"], json!({}), "nor what they are called");
    is_clean("made", &house.add(&house.li, "deals", json!({ "name": "b" }))["values"]);
    let item = json!({ "items": [{ "create": { "values": { "name": "c" } } }] });
    let (status, batch) = house.ask(&house.li, "POST", "/deals/batch", Some(&item));
    assert_eq!(status, 200, "{batch}");
    is_clean("batch", &batch["items"][0]["values"]);
    let export = house.appliance.ask(
        "GET",
        "/api/v1/tables/deals/export?format=csv",
        &[("cookie", &house.li.cookie), ("accept-language", "en")],
        None,
    );
    let export = export.into_body().read_to_string().unwrap();
    let head = export.lines().next().unwrap();
    assert!(!head.contains("owner") && !export.contains("Wu"), "{export}");
    for ask in
        ["fields=owner", "sort=owner", "filter=owner%20%3D%3D%201", "sort=twice", "filter=twice%20%3E%201"]
    {
        assert_eq!(house.get(&house.li, &format!("/deals/records?{ask}")).0, 422, "{ask}");
    }
    for ask in ["by=owner", "of=sum:margin", "of=max:twice", "by=twice", "filter=margin%20%3E%201"] {
        assert_eq!(house.get(&house.li, &format!("/deals/sum?{ask}")).0, 422, "{ask}");
    }
    let (_, history) = house.get(&house.li, &format!("{path}/history"));
    assert!(!history.to_string().contains("owner") && !history.to_string().contains("margin"), "{history}");
}

#[test]
fn a_view_that_asks_about_what_is_hidden_is_not_there() {
    let house = house();
    view(&house, "open", "name == \"a\"");
    view(&house, "rich", "margin > 1000");
    view(&house, "computed", "name == \"a\" && twice > 1000");
    let views = |who: &Signed| {
        let (_, tables) = who.ask(&house.appliance, "GET", "/api/v1/tables", None);
        let table = tables["items"].as_array().unwrap().iter().find(|table| table["key"] == "deals").unwrap();
        let keys =
            table["views"].as_array().unwrap().iter().map(|view| view["key"].as_str().unwrap().to_owned());
        keys.collect::<Vec<_>>()
    };
    assert_eq!(views(&house.admin), ["computed", "open", "rich"]);
    assert_eq!(views(&house.li), ["open"]);
    assert_eq!(house.get(&house.li, "/deals/records?view=rich").0, 422);
}

#[test]
fn a_look_at_the_past_of_somebody_elses_record_is_written_down() {
    let house = House::new();
    let lead = house.add(&house.li, "leads", json!({ "title": "x" }));
    let path = format!("/leads/records/{}/history", lead["id"]);
    let looks = || {
        let (_, log) = house.admin.ask(&house.appliance, "GET", "/api/v1/audit?limit=100", None);
        let items = log["items"].as_array().unwrap().clone();
        items.iter().filter(|entry| entry["deed"] == "record.read").count()
    };
    assert_eq!((house.get(&house.li, &path).0, looks()), (200, 0));
    assert_eq!((house.get(&house.ma, &path).0, looks()), (200, 1));
    assert_eq!((house.get(&house.ma, &path.replace("history", "trail")).0, looks()), (200, 2));
}

#[test]
fn taking_back_an_import_of_others_touches_and_names_only_what_is_in_reach() {
    let house = house();
    let import = |who: &Signed, table: &str| {
        let request = ureq::post(format!("{}/api/v1/tables/deals/import", house.appliance.url))
            .header("cookie", &who.cookie)
            .header("x-csrf-token", &who.csrf)
            .header("content-type", "text/csv");
        let mut answer = request.send(table).unwrap();
        answer.body_mut().read_json::<Value>().unwrap()["import"].clone()
    };
    let number = import(&house.admin, "name,margin\na,1\nb,2\n");
    let undo = format!("/deals/imports/{number}/undo");
    let (status, answer) = house.ask(&house.ma, "POST", &undo, None);
    assert_eq!((status, &answer["code"]), (404, &json!("missing")), "{answer}");
    assert_eq!(house.column(&house.admin, "/deals/records", "name").len(), 2);
    let (status, answer) = house.ask(&house.assistant, "POST", &undo, None);
    assert_eq!((status, &answer["deleted"]), (200, &json!(2)), "{answer}");
}

#[test]
fn the_log_does_not_say_what_an_export_asked_for() {
    let house = house();
    house.add(&house.admin, "deals", json!({ "name": "a" }));
    let path = "/api/v1/tables/deals/export?format=csv&filter=name%20%3D%3D%20%22Verdi%22";
    house.appliance.ask("GET", path, &[("cookie", &house.admin.cookie)], None);
    let (_, log) = house.admin.ask(&house.appliance, "GET", "/api/v1/audit?limit=5", None);
    let entry =
        log["items"].as_array().unwrap().iter().find(|entry| entry["deed"] == "record.export").unwrap();
    assert_eq!(entry["after"], json!({ "table": "deals", "filtered": true, "view": null }), "{entry}");
}

#[test]
fn what_the_table_of_clients_hides_is_in_no_brief_and_in_nothing_handed_out() {
    let house = House::new();
    let ask = |who: &Signed, path: &str| who.ask(&house.appliance, "GET", &format!("/api/v1/{path}"), None).1;
    let card = json!({ "name": "老店", "aliases": ["LD"], "industry": "医疗", "stage": "报价", "grade": "A",
        "owner": house.li.person(&house.appliance) });
    let client = house.add(&house.admin, "clients", card)["id"].clone();
    let revisions = ask(&house.admin, "revisions?kind=table&key=clients");
    let mut body = revisions["items"][0]["body"].clone();
    body["access"]["rep"]["hidden"] = json!(["aliases", "industry", "grade"]);
    let (status, answer) = house.publish(&house.admin, "table", "clients", &body);
    assert_eq!(status, 200, "{answer}");
    let seen = [
        house.get(&house.li, &format!("/clients/records/{client}")).1["values"].clone(),
        ask(&house.li, &format!("clients/{client}/brief"))["client"].clone(),
        ask(&house.li, &format!("clients/{client}/data"))["client"].clone(),
    ];
    for seen in seen {
        let text = seen.to_string();
        assert!(text.contains("老店") && text.contains("报价"), "{text}");
        assert!(!text.contains("LD") && !text.contains("医疗") && seen["grade"].is_null(), "{text}");
    }
    for field in ["grade", "industry", "aliases"] {
        let fault = house.fault(&house.li, "clients", json!({ "name": "x", field: "A" }));
        assert_eq!((fault.0, fault.1), (422, json!(field)));
    }
}
