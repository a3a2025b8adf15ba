//! Does it help, through the running appliance: studies, rules that are switched, the board, actions.

use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, connect, hear_close, say, send, wait_until};
use crate::clients::colleague;

struct House {
    appliance: Appliance,
    admin: Signed,
    manager: Signed,
    li: Signed,
}

impl House {
    fn new() -> Self {
        let (appliance, admin) = settled();
        let (_, team) = admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": "North" })));
        let north = team["id"].as_i64();
        let manager = colleague(&appliance, &admin, "ma", "manager", north);
        let li = colleague(&appliance, &admin, "li", "rep", north);
        Self { appliance, admin, manager, li }
    }

    fn ask(&self, who: &Signed, method: &str, path: &str, body: Value) -> (u16, Value) {
        let body = (!body.is_null()).then_some(body);
        who.ask(&self.appliance, method, &format!("/api/v1{path}"), body.as_ref())
    }

    fn get(&self, who: &Signed, path: &str) -> Value {
        self.ask(who, "GET", path, Value::Null).1
    }

    /// A call of two seconds with that client.
    fn talk(&self, client: Option<i64>) -> String {
        let body = json!({
            "layout": "rep-left", "source": { "kind": "socket" }, "consent": "notified", "client": client,
        });
        let (status, call) = self.ask(&self.li, "POST", "/calls", body);
        assert_eq!(status, 201, "{call}");
        let mut socket = connect(call["ticket"]["url"].as_str().unwrap(), 16_000, 2);
        send(&mut socket, &vec![500; 2 * 2 * 16_000], 1280);
        say(&mut socket, &json!({ "type": "stop" }));
        hear_close(&mut socket);
        call["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_study_divides_calls_and_a_rep_is_not_told() {
    let house = House::new();
    assert_eq!(
        house.get(&house.manager, "/studies")["items"],
        json!([]),
        "without one every call shows hints"
    );
    let (status, study) =
        house.ask(&house.manager, "POST", "/studies", json!({ "control_percent": 50, "shadow_days": 0 }));
    assert_eq!((status, &study["phase"]), (201, &json!("trial")), "{study}");
    assert_eq!(study["finding"]["said"]["zh"], "样本不足：对照 0 / 1094");
    assert_eq!(house.ask(&house.manager, "POST", "/studies", json!({})).0, 409);
    let id = house.talk(None);
    let arms = || house.get(&house.manager, "/studies")["items"][0]["arms"].clone();
    assert_eq!(arms()[0]["calls"], 1, "{}", arms());
    let demo = json!({ "layout": "rep-left", "source": { "kind": "demo" }, "consent": "notified" });
    assert_eq!(house.ask(&house.li, "POST", "/calls", demo).0, 201);
    let calls = arms().as_array().unwrap().iter().filter_map(|arm| arm["calls"].as_u64()).sum::<u64>();
    assert_eq!(calls, 1, "nobody's experience counts: {}", arms());
    let (of_rep, of_admin) = (
        house.get(&house.li, &format!("/audit?entity=call&entity_id={id}")),
        house.get(&house.admin, &format!("/audit?entity=call&entity_id={id}")),
    );
    assert!(
        !of_rep.to_string().contains("assign")
            && !house.get(&house.li, &format!("/calls/{id}")).to_string().contains("arm")
    );
    let entry =
        of_admin["items"].as_array().unwrap().iter().find(|entry| entry["deed"] == "call.assign").unwrap();
    assert_eq!(entry["after"]["arm"], arms()[0]["arm"], "{entry}");
    assert_eq!(house.ask(&house.li, "GET", "/studies", Value::Null).0, 403);
    let (_, ended) = house.ask(&house.admin, "POST", &format!("/studies/{}/end", study["id"]), Value::Null);
    assert_eq!(ended["phase"], "ended");
    house.talk(None);
    assert_eq!(arms()[0]["calls"], 1, "after the end no call is divided");
}

#[test]
fn a_rule_is_switched_off_and_on_with_a_reason() {
    let house = House::new();
    let switch = |who: &Signed, off: bool, reason: &str| {
        house.ask(who, "PUT", "/rules/talk-share/switch", json!({ "off": off, "reason": reason }))
    };
    let speaks = || {
        let playbook = house.get(&house.li, "/playbook");
        playbook["rules"].as_array().unwrap().iter().any(|rule| rule["id"] == "talk-share")
    };
    assert!(speaks());
    assert_eq!(switch(&house.admin, true, " ").0, 422);
    assert_eq!(switch(&house.manager, true, "no").0, 403);
    assert_eq!(switch(&house.admin, true, "the team is trained in it").0, 200);
    assert!(!speaks());
    let health = &house.get(&house.manager, "/rules")["items"][0];
    assert_eq!((&health["off"], &health["reason"]), (&json!(true), &json!("the team is trained in it")));
    assert_eq!(health["say"]["zh"], "您讲得比较多：请对方多说说", "its words are still known");
    assert_eq!(switch(&house.admin, false, "a new colleague").0, 200);
    assert!(speaks());
}

#[test]
fn what_a_rep_shares_is_seen_and_acted_on() {
    let house = House::new();
    let client = json!({ "values": { "name": "市一院", "industry": "医院", "stage": "报价" } });
    let client = house.ask(&house.li, "POST", "/tables/clients/records", client).1["id"].as_i64().unwrap();
    let id = house.talk(Some(client));
    let share = format!("/calls/{id}/share");
    let said = json!({ "shared": true, "contested": false, "note": "集采之后再谈" });
    wait_until("the call is kept", || house.get(&house.li, "/board/calls")["items"][0]["call"] == json!(id));
    assert_eq!(house.get(&house.manager, "/board/calls")["items"], json!([]), "not before it is shared");
    assert_eq!(house.ask(&house.manager, "PUT", &share, said.clone()).0, 403, "only who held it");
    assert_eq!(house.get(&house.li, &share), json!({ "shared": false, "contested": false, "note": "" }));
    assert_eq!(house.ask(&house.li, "PUT", &share, said.clone()), (200, said.clone()));
    assert_eq!(house.get(&house.li, &share), said);
    assert_eq!(
        house.ask(&house.manager, "GET", &share, Value::Null).0,
        403,
        "it says no more than the board"
    );
    let seen = &house.get(&house.manager, "/board/calls")["items"][0];
    assert_eq!((&seen["client_name"], &seen["note"]), (&json!("市一院"), &json!("集采之后再谈")));
    let from_ms = seen["created_ms"].as_i64().unwrap() - 1000;
    let day = house.get(&house.manager, &format!("/board/day?from_ms={from_ms}"));
    assert_eq!(day["items"][0]["said"]["zh"], "跟进的 1 家医院客户里，0 家有迟疑", "{day}");
    for at_the_ends_of_time in [i64::MAX, i64::MIN] {
        let path = format!("/board/day?from_ms={at_the_ends_of_time}");
        assert_eq!(house.ask(&house.manager, "GET", &path, Value::Null), (200, json!({ "items": [] })));
    }
    let board = house.get(&house.manager, "/board?by=topic");
    assert_eq!(
        (&board["calls"], &board["calls_min"]),
        (&json!(0), &json!(5)),
        "a week that goes on is not shown"
    );
    let looks = house.get(&house.admin, "/audit?entity=team");
    assert_eq!(looks["items"][0]["deed"], "board.read", "{looks}");
    assert_eq!(house.ask(&house.admin, "GET", "/board?by=topic&team=1", Value::Null).0, 403);
    assert_eq!(house.get(&house.admin, "/board/calls")["items"], json!([]), "the own ones only");

    is_asked_and_done(&house, client);
    let week = &house.get(&house.li, "/coaching")["weeks"][0];
    assert_eq!((&week["calls"], &week["hints"]), (&json!(1), &json!(0)), "{week}");
}

/// A rep asks the manager for something; both see it, and whoever asked sees that it was done.
fn is_asked_and_done(house: &House, client: i64) {
    let all = "/tables/actions/records";
    let mate = house.manager.person(&house.appliance);
    let mut values = json!({ "client": client, "whom": "李主任", "next": "带集采资料再访", "topic": "集采", "owner": mate,
        "due": "2099-02-18", "note": "https://files.example/vbp.pdf" });
    assert_eq!(house.ask(&house.li, "POST", all, json!({ "values": values })).0, 422, "a status is required");
    values["status"] = "方案已递".into();
    let (status, action) = house.ask(&house.li, "POST", all, json!({ "values": values }));
    assert_eq!((status, &action["values"]["owner"]), (201, &json!(mate)), "{action}");
    let page = house.get(&house.manager, &format!("{all}?names=true"));
    let (asked, names) = (&page["items"][0], &page["names"]);
    assert_eq!(names["people"][asked["values"]["created_by"].to_string()], "LI", "{page}");
    let path = format!("{all}/{}", action["id"]);
    let done = json!({ "values": { "status": "已完成" }, "base": { "status": "方案已递" } });
    let (status, done) = house.ask(&house.manager, "PATCH", &path, done);
    assert!(status == 200 && done["values"]["done_at"].is_i64(), "{done}");
    let seen = house.get(&house.li, &path);
    assert_eq!(seen["values"]["done_at"], done["values"]["done_at"], "who asked sees what came of it");
    let again = json!({ "values": { "status": "报价待批" }, "base": { "status": "已完成" } });
    let (_, again) = house.ask(&house.li, "PATCH", &path, again);
    assert_eq!(again["values"].get("done_at"), None, "{again}");
    let heard = house
        .appliance
        .events_with("/api/v1/events", &[("cookie", house.manager.cookie.as_str()), ("last-event-id", "0")]);
    let mut topics = Vec::new();
    while let Ok((topic, body)) = heard.recv_timeout(std::time::Duration::from_millis(300)) {
        let is_action = topic.starts_with("action.") || body["table"] == "actions";
        topics.extend(is_action.then_some(topic));
    }
    let both = [
        "record.created",
        "action.created",
        "record.changed",
        "action.changed",
        "record.changed",
        "action.changed",
    ];
    assert_eq!(topics, both, "under both names");
}
