//! Files with many rows come in while others work: followed, stopped, interrupted and taken back.

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::appliance::wait_until;
use crate::records::House;
use crate::records_files::{counts, csv, send_with};

fn leads(rows: usize) -> String {
    let rows: String = (0..rows).map(|n| format!("线索{n},{n}\n")).collect();
    format!("标题,金额\n{rows}")
}

/// Sends a large file and answers its number.
#[track_caller]
fn begin(house: &House, who: &Signed, rows: usize) -> Value {
    let (status, begun) = csv(house, who, "/leads/import", &leads(rows));
    assert_eq!((status, &begun["rows"], &begun["state"]), (202, &json!(rows), &json!("going_on")), "{begun}");
    begun["import"].clone()
}

fn now(house: &House, import: &Value) -> Value {
    let (status, now) = house.get(&house.admin, &format!("/leads/imports/{import}"));
    assert_eq!(status, 200, "{now}");
    now
}

fn wait_for(house: &House, import: &Value, state: &str) -> Value {
    wait_until(state, || now(house, import)["state"] == state);
    now(house, import)
}

fn count(house: &House) -> u64 {
    house.get(&house.admin, "/leads/sum").1["items"][0]["value"].as_u64().unwrap_or(0)
}

/// Entries of the log about an import, oldest first.
fn deeds(house: &House, import: &Value) -> Vec<Value> {
    let path = format!("/api/v1/audit?entity=import&entity_id={import}&limit=9");
    let (_, log) = house.admin.ask(&house.appliance, "GET", &path, None);
    let items = log["items"].as_array().unwrap_or_else(|| panic!("{log}"));
    items.iter().rev().map(|entry| entry["deed"].clone()).collect()
}

#[test]
fn five_thousand_rows_come_in_while_a_field_is_published_and_others_write() {
    let house = House::new();
    let (_, was) = house.admin.ask(&house.appliance, "GET", "/api/v1/revisions?kind=table&key=leads", None);
    let mut body = was["items"][0]["body"].clone();
    body["fields"].as_array_mut().unwrap().push(json!({ "key": "extra", "kind": "text", "label": "备用" }));
    let import = begin(&house, &house.admin, 5_000);
    assert_eq!(house.publish(&house.admin, "table", "leads", &body).0, 200);
    house.add(&house.li, "leads", json!({ "title": "同时", "extra": "x" }));
    assert_eq!(now(&house, &import)["result"], Value::Null, "not before it has ended");
    let done = wait_for(&house, &import, "done");
    assert_eq!((counts(&done), counts(&done["result"])), ([5_000, 0, 0, 0], [5_000, 0, 0, 0]), "{done}");
    assert!(done["ended_at"].as_i64() >= done["begun_at"].as_i64(), "{done}");
    assert_eq!(count(&house), 5_001);
    let (_, of_others) = house.get(&house.assistant, &format!("/leads/imports/{import}"));
    assert_eq!((&of_others["state"], &of_others["result"]), (&json!("done"), &Value::Null), "{of_others}");
    let (_, list) = house.get(&house.admin, "/leads/imports");
    assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]["import"]), (1, &import));
    assert_eq!(house.get(&house.li, "/leads/imports").1["code"], "not_allowed");
    assert_eq!(house.get(&house.admin, &format!("/clients/imports/{import}")).0, 404, "of another table");
    let (status, problem) = house.ask(&house.admin, "DELETE", &format!("/leads/imports/{import}"), None);
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")), "{problem}");
    assert_eq!(deeds(&house, &import), ["record.import"]);
}

#[test]
fn a_stopped_import_leaves_nothing_and_only_two_go_on_at_a_time() {
    let house = House::new();
    let headers = [("content-type", "text/csv"), ("idempotency-key", "first")];
    let keyed = |rows| send_with(&house, &house.admin, "/leads/import", &headers, leads(rows).as_bytes());
    let (status, begun) = keyed(10_000);
    assert_eq!((status, &begun["state"]), (202, &json!("going_on")), "{begun}");
    let [first, second] = [begun["import"].clone(), begin(&house, &house.admin, 10_001)];
    assert_eq!(keyed(10_000), (202, begun), "sent twice while two go on it is the same import");
    let (status, problem) = csv(&house, &house.assistant, "/leads/import", &leads(2_000));
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")), "{problem}");
    assert_eq!(house.ask(&house.admin, "POST", &format!("/leads/imports/{first}/undo"), None).0, 409);
    for import in [&first, &second] {
        let path = format!("/leads/imports/{import}");
        assert_eq!(house.ask(&house.li, "DELETE", &path, None).1["code"], "not_allowed");
        assert_eq!(house.ask(&house.admin, "DELETE", &path, None).0, 202);
        assert_eq!(house.ask(&house.admin, "DELETE", &path, None).0, 202, "sent twice");
    }
    for import in [&first, &second] {
        let ended = wait_for(&house, import, "cancelled");
        assert_eq!((&ended["deleted"], &ended["kept"]), (&ended["created"], &json!(0)), "{ended}");
        assert!(ended["created"].as_u64().unwrap() < 10_000, "{ended}");
        assert_eq!(deeds(&house, import), ["record.import", "record.import_cancel", "record.import_cancel"]);
    }
    assert_eq!(count(&house), 0);
    assert_eq!(csv(&house, &house.admin, "/leads/import", &leads(5)).0, 200, "others may again");
}

#[test]
fn an_import_that_was_killed_is_called_interrupted_and_doubles_nothing_when_it_is_sent_again() {
    let mut house = House::new();
    let import = begin(&house, &house.admin, 3_000);
    wait_until("some of it is there", || now(&house, &import)["created"] != 0);
    house.appliance.child.kill().unwrap();
    house.appliance.child.wait().unwrap();
    house.appliance.start_again();
    let left = now(&house, &import);
    assert_eq!(left["state"], "interrupted", "{left}");
    assert_eq!(left["created"].as_u64(), Some(count(&house)), "what is told is what is there");
    let again = begin(&house, &house.admin, 3_000);
    let done = wait_for(&house, &again, "done");
    assert_eq!(done["created"].as_u64().unwrap() + left["created"].as_u64().unwrap(), 3_000, "{done}");
    assert_eq!(done["unchanged"], left["created"]);
    assert_eq!(count(&house), 3_000);
}

#[test]
fn many_rows_are_taken_back_but_for_those_that_somebody_touched_since() {
    let house = House::new();
    let import = begin(&house, &house.admin, 1_100);
    wait_for(&house, &import, "done");
    let (_, page) = house.get(&house.admin, "/leads/records?limit=1");
    let path = format!("/leads/records/{}", page["items"][0]["id"]);
    let change = json!({ "values": { "title": "改过" } });
    assert_eq!(house.ask_with(&house.admin, "PATCH", &path, &[("if-match", "\"v1\"")], &change).0, 200);
    let undo = format!("/leads/imports/{import}/undo");
    assert_eq!(house.ask(&house.li, "POST", &undo, None).1["code"], "not_allowed");
    let back = || {
        let key = [("idempotency-key", "back")];
        house.ask_with(&house.admin, "POST", &undo, &key, &Value::Null)
    };
    let (status, begun) = back();
    assert_eq!((status, &begun["state"]), (202, &json!("taking_back")), "{begun}");
    assert_eq!(back(), (202, begun), "sent twice it is taken back once");
    let ended = wait_for(&house, &import, "undone");
    assert_eq!((&ended["deleted"], &ended["kept"]), (&json!(1_099), &json!(1)), "{ended}");
    assert_eq!(count(&house), 1);
    assert_eq!(deeds(&house, &import), ["record.import", "record.import_undo"]);
}

#[test]
fn a_dry_run_of_many_rows_finds_what_the_import_will_find() {
    let house = House::new();
    let rows: String = (0..700).map(|n| format!("客户{n}\n")).collect();
    let file = format!("名称\n{rows}客户3\n客户 699\n另一个\n");
    let tried = csv(&house, &house.admin, "/clients/import?dry_run=true", &file).1;
    assert_eq!(count_of(&house, "clients"), 0, "nothing was kept");
    let taken = csv(&house, &house.admin, "/clients/import", &file).1;
    assert_eq!(counts(&tried), counts(&taken));
    assert_eq!(tried["faults"], taken["faults"]);
    assert_eq!(counts(&taken)[3], 1, "{taken}");
    let tried = csv(&house, &house.admin, "/clients/import?dry_run=true&key=name", &file).1;
    assert_eq!(counts(&tried), [0, 0, 702, 1], "{tried}");
}

fn count_of(house: &House, table: &str) -> u64 {
    house.get(&house.admin, &format!("/{table}/sum")).1["items"][0]["value"].as_u64().unwrap_or(0)
}
