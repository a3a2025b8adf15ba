//! Every kind of value on the wire, and whatever else may be sent.

use serde_json::{Map, Value, json};

use crate::records::{House, table};

fn every_kind() -> Value {
    let options = json!([{ "key": "甲" }, { "key": "乙", "parent": "甲" }, { "key": "旧", "retired": true }]);
    let flat = json!([{ "key": "甲" }, { "key": "旧", "retired": true }]);
    table(json!([
        { "key": "text", "kind": "text" }, { "key": "texts", "kind": "text", "many": true },
        { "key": "long", "kind": "long_text" }, { "key": "rich", "kind": "rich_text" },
        { "key": "whole", "kind": "whole" }, { "key": "number", "kind": "number" },
        { "key": "money", "kind": "money" }, { "key": "yes", "kind": "bool" },
        { "key": "day", "kind": "day" }, { "key": "at", "kind": "instant" }, { "key": "due", "kind": "deadline" },
        { "key": "choice", "kind": "choice", "options": flat }, { "key": "choices", "kind": "choices", "options": flat },
        { "key": "tree", "kind": "tree", "options": options }, { "key": "person", "kind": "person" },
        { "key": "phone", "kind": "phone" }, { "key": "client", "kind": "link", "to": "clients" },
        { "key": "clients", "kind": "link", "to": "clients", "many": true },
        { "key": "place", "kind": "location" }, { "key": "twice", "kind": "formula", "expr": "whole * 2" },
    ]))
}

#[test]
fn every_kind_stands_on_the_wire_as_the_contract_says() {
    let house = House::new();
    assert_eq!(house.publish(&house.admin, "table", "samples", &every_kind()).0, 200);
    let client = house.add(&house.admin, "clients", json!({ "name": "华东" }));
    let me = house.admin.person(&house.appliance);
    let values = json!({
        "text": "一行", "texts": ["a", "b"], "long": "一\n二", "rich": "**粗**", "whole": 12, "number": 1.5,
        "money": 18_640_000, "yes": false, "day": "2026-02-18", "at": 1_771_380_000_000_i64, "due": "2026-02-18",
        "choice": "甲", "choices": ["甲"], "tree": "乙", "person": me, "phone": "+8613800138000",
        "client": client["id"], "clients": [client["id"]],
        "place": { "lat": 31.2, "lon": 121.5, "datum": "gcj02" },
    });
    let made = house.add(&house.admin, "samples", values.clone());
    let (_, read) = house.get(&house.admin, &format!("/samples/records/{}", made["id"]));
    for (key, value) in values.as_object().unwrap() {
        assert_eq!(&read["values"][key], value, "{key}");
    }
    assert_eq!(read["values"]["twice"], 24);
    let none: Map<_, _> = values.as_object().unwrap().keys().map(|key| (key.clone(), Value::Null)).collect();
    let body = json!({ "values": none });
    let path = format!("/samples/records/{}", made["id"]);
    let (status, empty) = house.ask_with(&house.admin, "PATCH", &path, &[("if-match", "\"v1\"")], &body);
    assert_eq!(status, 200, "{empty}");
    assert!(values.as_object().unwrap().keys().all(|key| empty["values"].get(key).is_none()), "{empty}");
}

#[test]
fn garbage_in_any_kind_is_refused_by_its_field_and_breaks_nothing() {
    let house = House::new();
    assert_eq!(house.publish(&house.admin, "table", "samples", &every_kind()).0, 200);
    let garbage = [
        json!("\u{0}\u{1}"),
        json!("2026-02-30"),
        json!("x".repeat(30_000)),
        json!("旧"),
        json!(1e300),
        json!(-1),
        json!(9_007_199_254_740_993_i64),
        json!(u64::MAX),
        json!([[]]),
        json!([null, {}]),
        json!({ "id": -1 }),
        json!({ "lat": 91, "lon": 0, "datum": "wgs84" }),
        json!({ "lat": 1 }),
        json!(true),
        json!(["旧"]),
        json!([0]),
    ];
    let keys: Vec<String> = every_kind()["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["key"].as_str().unwrap().to_owned())
        .collect();
    let mut refused = 0;
    for key in &keys {
        for value in &garbage {
            let body = json!({ "values": { (key.as_str()): value } });
            let (status, answer) = house.ask(&house.admin, "POST", "/samples/records", Some(&body));
            assert!(status == 201 || status == 422, "{key} {value}: {status} {answer}");
            if status == 422 {
                refused += 1;
                assert_eq!(
                    (&answer["code"], &answer["errors"][0]["field"]),
                    (&json!("bad_field"), &json!(key)),
                    "{answer}"
                );
            }
        }
    }
    assert!(refused > keys.len() * 10, "{refused}");
    let (_, page) = house.get(&house.admin, "/samples/records?limit=200");
    for record in page["items"].as_array().unwrap() {
        assert_eq!(record["version"], 1);
    }
}

#[test]
fn faults_say_field_value_rule_and_mend_in_the_callers_language() {
    let house = House::new();
    assert_eq!(house.publish(&house.admin, "table", "samples", &every_kind()).0, 200);
    let fault = |values: Value| house.fault(&house.admin, "samples", values);
    assert_eq!(fault(json!({ "choice": "旧" })), (422, json!("choice"), json!("retired_option")));
    assert_eq!(fault(json!({ "choice": "丙" })), (422, json!("choice"), json!("unknown_option")));
    assert_eq!(fault(json!({ "client": 999_999 })), (422, json!("client"), json!("missing_link")));
    assert_eq!(fault(json!({ "person": 999_999 })), (422, json!("person"), json!("missing_link")));
    assert_eq!(fault(json!({ "twice": 1 })), (422, json!("twice"), json!("computed")));
    assert_eq!(fault(json!({ "txet": "x" })), (422, json!("txet"), json!("unknown_field")));
    assert_eq!(fault(json!({ "id": 5 })), (422, json!("id"), json!("read_only")));
    let foreign = house.add(&house.wang, "clients", json!({ "name": "南方" }));
    let link = json!({ "client": foreign["id"] });
    assert_eq!(
        house.fault(&house.li, "samples", link),
        (422, json!("client"), json!("missing_link")),
        "out of reach"
    );
    let (_, problem) = house.ask(&house.li, "POST", "/clients/records", Some(&json!({ "values": {} })));
    assert_eq!(
        problem["errors"],
        json!([{ "field": "name", "code": "required", "message": "name is required: fill it in" }])
    );
    let zh = [("accept-language", "zh-CN")];
    let (_, problem) = house.ask_with(&house.li, "POST", "/clients/records", &zh, &json!({ "values": {} }));
    assert_eq!(problem["errors"][0]["message"], "名称必填：请填写", "{problem}");
}

#[test]
fn a_name_that_is_taken_is_refused_however_it_is_written_and_a_strange_one_is_kept() {
    let house = House::new();
    house.add(&house.wang, "clients", json!({ "name": "ＡＢＣ 医药" }));
    let mine = house.add(&house.li, "clients", json!({ "name": "👩‍🔬 شركة‎ קפה" }));
    assert_eq!(mine["values"]["name"], "👩‍🔬 شركة‎ קפה");
    let path = format!("/clients/records/{}", mine["id"]);
    let body = json!({ "values": { "name": "abc 医药" } });
    let (status, problem) = house.ask_with(&house.li, "PATCH", &path, &[("if-match", "\"v1\"")], &body);
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("duplicate")), "{problem}");
    assert!(!problem.to_string().contains("wang"), "whose it is stays unsaid: {problem}");
    assert_eq!(house.get(&house.li, &path).1["version"], 1);
}

#[test]
fn a_body_that_is_too_long_or_no_json_is_refused_before_it_is_read() {
    use std::io::{Read, Write};
    let house = House::new();
    let host = house.appliance.url.trim_start_matches("http://");
    for path in ["/clients/records", "/clients/batch", "/clients/import"] {
        let mut line = std::net::TcpStream::connect(host).unwrap();
        let kind = if path.ends_with("import") { "text/csv" } else { "application/json" };
        write!(
            line,
            "POST /api/v1/tables{path} HTTP/1.1\r\nhost: {host}\r\ncookie: {}\r\nx-csrf-token: {}\r\ncontent-type: {kind}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            house.admin.cookie,
            house.admin.csrf,
            64 << 20
        )
        .unwrap();
        let mut more = line.try_clone().unwrap();
        // It is refused before all of it is there: the rest cannot be written any more.
        let sent = std::thread::spawn(move || (0..64).all(|_| more.write_all(&vec![b'1'; 1 << 20]).is_ok()));
        let mut answer = vec![0; 12];
        line.read_exact(&mut answer).unwrap();
        assert_eq!(String::from_utf8_lossy(&answer), "HTTP/1.1 413", "{path}");
        drop(line);
        let _ = sent.join().unwrap();
    }
    let wrong = [
        json!([]),
        json!("x"),
        json!({ "values": [] }),
        json!({ "vlaues": {} }),
        json!({ "values": {}, "uid": 5 }),
    ];
    for body in wrong {
        let (status, problem) = house.ask(&house.admin, "POST", "/clients/records", Some(&body));
        assert!((400..=422).contains(&status), "{body}: {problem}");
    }
    for id in ["0", "-1", "x", "99999999999999999999", "9223372036854775807"] {
        let (status, problem) = house.get(&house.admin, &format!("/clients/records/{id}"));
        assert!(status == 400 || status == 404, "{id}: {problem}");
    }
}
