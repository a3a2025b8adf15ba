//! Tables are published, refused and rolled back through the running appliance.

use serde_json::{Map, Value, json};

use crate::accounts::Signed;
use crate::records::{House, table};

#[test]
fn a_field_that_is_rolled_back_keeps_its_values_for_when_it_comes_again() {
    let house = House::new();
    let (narrow, wide) = (
        table(json!([{ "key": "name", "kind": "text" }])),
        table(json!([{ "key": "name", "kind": "text" }, { "key": "size", "kind": "whole" }])),
    );
    let (status, first) = house.publish(&house.assistant, "table", "samples", &narrow);
    assert_eq!(status, 200, "{first}");
    let (status, second) = house.publish(&house.assistant, "table", "samples", &wide);
    assert_eq!(status, 200, "{second}");
    let made = house.add(&house.li, "samples", json!({ "name": "x", "size": 7 }));
    let path = format!("/samples/records/{}", made["id"]);
    let back = |id: &Value| {
        house.assistant.ask(&house.appliance, "POST", &format!("/api/v1/revisions/{id}/restore"), None)
    };
    let (status, restored) = back(&first["id"]);
    assert_eq!((status, &restored["hash"]), (201, &first["hash"]), "{restored}");
    assert_eq!(house.get(&house.li, &path).1["values"].get("size"), None);
    assert_eq!(house.fault(&house.li, "samples", json!({ "size": 1 })).2, "unknown_field");
    assert_eq!(back(&second["id"]).0, 201);
    assert_eq!(house.get(&house.li, &path).1["values"]["size"], 7);
    let (_, diff) = house.assistant.ask(
        &house.appliance,
        "GET",
        &format!("/api/v1/revisions/{}/diff", second["id"]),
        None,
    );
    assert_eq!(diff["items"][0]["path"], "/fields/1", "{diff}");
}

#[test]
fn definitions_that_do_not_hold_together_are_refused_with_their_place() {
    let house = House::new();
    let refused = |who: &Signed, kind: &str, key: &str, body: Value| {
        let (status, problem) = house.draft(who, kind, key, &body);
        (
            status,
            problem["errors"][0]["field"].as_str().unwrap_or("").to_owned(),
            problem["errors"][0]["code"].clone(),
        )
    };
    let body = table(json!([{ "key": "to", "kind": "link", "to": "nothing" }]));
    assert_eq!(
        refused(&house.admin, "table", "samples", body),
        (422, "/tables/samples/fields/0/to".into(), json!("unknown_name"))
    );
    let body = table(
        json!([{ "key": "a", "kind": "formula", "expr": "b + 1" }, { "key": "b", "kind": "formula", "expr": "a + 1" }]),
    );
    assert_eq!(refused(&house.admin, "table", "samples", body).2, "cycle");
    let body = json!({ "label": "x", "feilds": [] });
    assert_eq!(refused(&house.admin, "table", "samples", body).0, 422);
    assert_eq!(refused(&house.admin, "table", "Bad Key", table(json!([]))).0, 422);
    assert_eq!(
        refused(&house.admin, "view", "v", json!({ "table": "clients", "label": "x", "sort": ["nmae"] })).0,
        422
    );
    assert_eq!(
        refused(
            &house.admin,
            "form",
            "f",
            json!({ "table": "clients", "label": "x", "blocks": [{ "field": "contacts" }] })
        )
        .0,
        422
    );
    let (_, heads) = house.admin.ask(&house.appliance, "GET", "/api/v1/settings", None);
    assert!(!heads.to_string().contains("samples"), "nothing was kept");
    let (status, problem) =
        house.draft(&house.ma, "table", "samples", &table(json!([{ "key": "a", "kind": "text" }])));
    assert_eq!((status, &problem["code"]), (403, &json!("not_allowed")), "definitions are the whole house's");
    assert_eq!(house.draft(&house.li, "table", "samples", &table(json!([]))).0, 403);
}

#[test]
fn a_field_that_would_lose_values_is_refused_and_names_the_rows() {
    let house = House::new();
    let of = |field: Value| table(json!([field]));
    assert_eq!(
        house.publish(&house.admin, "table", "samples", &of(json!({ "key": "a", "kind": "text" }))).0,
        200
    );
    house.add(&house.admin, "samples", json!({ "a": "x" }));
    house.add(&house.admin, "samples", json!({ "a": "X" }));
    let (status, problem) =
        house.publish(&house.admin, "table", "samples", &of(json!({ "key": "a", "kind": "whole" })));
    assert_eq!(status, 422, "{problem}");
    let unique = of(json!({ "key": "a", "kind": "text", "unique": true }));
    let (status, problem) = house.publish(&house.admin, "table", "samples", &unique);
    assert_eq!(status, 422, "{problem}");
    assert!(
        problem["errors"][0]["message"].as_str().unwrap().contains('1'),
        "the rows that stand in the way: {problem}"
    );
    let (_, tables) = house.get(&house.admin, "");
    let samples = tables["items"].as_array().unwrap().iter().find(|table| table["key"] == "samples").unwrap();
    assert_eq!(samples["fields"][0]["unique"], false, "what is in force stays");
}

#[test]
fn two_who_publish_at_once_leave_one_whole_state() {
    let house = House::new();
    let of = |size: usize| {
        let fields: Vec<_> = (0..=size).map(|n| json!({ "key": format!("f{n}"), "kind": "text" })).collect();
        table(json!(fields))
    };
    assert_eq!(house.publish(&house.admin, "table", "samples", &of(0)).0, 200);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let house = &house;
        let run =
            (1..=8).map(|n| scope.spawn(move || house.publish(&house.admin, "table", "samples", &of(n)).0));
        run.collect::<Vec<_>>().into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert!(answers.iter().all(|status| [200, 412].contains(status)), "{answers:?}");
    assert!(answers.contains(&200) || house.publish(&house.admin, "table", "samples", &of(1)).0 == 200);
    let (_, tables) = house.get(&house.admin, "");
    let samples = tables["items"].as_array().unwrap().iter().find(|table| table["key"] == "samples").unwrap();
    let fields: Map<_, _> = samples["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["key"].as_str().unwrap().to_owned(), json!("x")))
        .collect();
    house.add(&house.admin, "samples", fields.into());
}
