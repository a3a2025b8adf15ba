//! Playbooks through the running appliance: checked, layered, published, tried on past calls.

use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, connect, hear_close, say, send, wait_until};
use crate::clients::colleague;

const CHECK: &str = "/api/v1/playbook/check";
const DRY_RUN: &str = "/api/v1/playbook/dry-run";

fn file(name: &str, more: &str) -> String {
    format!("version = 1\nname = \"{name}\"\nextends = true\n{more}")
}

/// A rule that speaks as soon as the call is warm.
fn rule(id: &str, when: &str) -> String {
    format!(
        "[[rule]]\nid = \"{id}\"\nside = \"client\"\nkind = \"x\"\nlevel = \"quiet\"\nbudget = \"client\"\n\
         priority = 99\ncool_down_s = 600\nwhen = \"{when}\"\nsay.zh = \"一\"\nsay.en = \"one\"\nsource = \"test\"\n"
    )
}

struct House {
    appliance: Appliance,
    admin: Signed,
    north: i64,
    manager: Signed,
}

impl House {
    fn new() -> Self {
        let (appliance, admin) = settled();
        let (_, team) = admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": "North" })));
        let north = team["id"].as_i64().unwrap();
        let manager = colleague(&appliance, &admin, "ma", "manager", Some(north));
        Self { appliance, admin, north, manager }
    }

    fn post(&self, who: &Signed, path: &str, body: Value) -> (u16, Value) {
        who.ask(&self.appliance, "POST", path, Some(&body))
    }

    fn save(&self, who: &Signed, key: &str, text: &str) -> (u16, Value) {
        let (_, heads) = self.admin.ask(&self.appliance, "GET", "/api/v1/settings", None);
        let heads = heads["items"].as_array().unwrap();
        let version =
            heads.iter().find(|head| head["key"] == key).map(|head| format!("\"v{}\"", head["version"]));
        let seen: Vec<_> = version.iter().map(|version| ("if-match", version.as_str())).collect();
        let body = json!({ "kind": "playbook", "key": key, "body": { "text": text } });
        who.ask_with(&self.appliance, "POST", "/api/v1/revisions", &seen, Some(&body))
    }

    fn publish(&self, who: &Signed, key: &str, text: &str) -> (u16, Value) {
        let (status, saved) = self.save(who, key, text);
        assert_eq!(status, 201, "{saved}");
        self.post(who, &format!("/api/v1/revisions/{}/publish", saved["id"]), Value::Null)
    }

    /// Ids of the rules that a team's calls follow, and where each is from.
    fn rules(&self, query: &str) -> Vec<(String, String)> {
        let (_, playbook) = self.admin.ask(&self.appliance, "GET", &format!("/api/v1/playbook{query}"), None);
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let rules = playbook["rules"].as_array().unwrap_or_else(|| panic!("{playbook}"));
        rules.iter().map(|rule| (text(&rule["id"]), text(&rule["from"]))).collect()
    }
}

#[test]
fn a_team_follows_its_own_over_the_houses_over_the_built_in_one() {
    let house = House::new();
    let (admin, manager, north) = (&house.admin, &house.manager, house.north);
    let key = format!("team-{north}");
    assert_eq!(house.publish(admin, "default", &file("house", &rule("mine", "true"))).0, 200);
    let (status, problem) = house.publish(manager, &key, &file("north", "off = [\"mine\", \"monologue\"]"));
    assert_eq!(status, 200, "{problem}");
    let has = |rules: &[(String, String)], id: &str| rules.iter().any(|(known, _)| known == id);
    let all = house.rules("");
    assert!(all.contains(&("mine".into(), "house".into())) && has(&all, "monologue"), "{all:?}");
    let team = house.rules(&format!("?team={north}"));
    assert!(!has(&team, "mine") && !has(&team, "monologue") && has(&team, "hesitation"), "{team:?}");

    let (status, problem) = house.publish(admin, "default", &file("house", ""));
    assert_eq!((status, &problem["code"]), (409, &json!("playbook_misfit")), "{problem}");
    assert!(
        problem["detail"].as_str().unwrap().contains("line 4: off: the playbook above has no rule `mine`"),
        "{problem}"
    );
    assert!(has(&house.rules(""), "mine"), "nothing was changed");

    let refused = |answer: (u16, Value)| (answer.0, answer.1["code"].as_str().unwrap_or("").to_owned());
    assert_eq!(refused(house.save(manager, "default", &file("x", ""))), (403, "not_allowed".into()));
    assert_eq!(refused(house.save(admin, "team-99", &file("x", ""))), (404, "missing".into()));
    assert_eq!(refused(house.save(admin, "spare", &file("x", ""))), (422, "bad_field".into()));
    let (status, problem) = house.save(admin, "default", &file("house", "off = [\"talk_share\"]"));
    assert_eq!((status, &problem["code"]), (422, &json!("bad_playbook")));
    assert!(problem["detail"].as_str().unwrap().contains("did you mean `talk-share`?"), "{problem}");
}

#[test]
fn a_draft_is_checked_while_it_is_written() {
    let house = House::new();
    let check = |text: &str| house.post(&house.admin, CHECK, json!({ "text": text, "team": null })).1;
    let wrong = check(&file("house", &rule("mine", "client.hesitate")));
    assert_eq!(
        (&wrong["problems"][0]["line"], &wrong["problems"][0]["rule"]),
        (&json!(12), &json!("mine")),
        "{wrong}"
    );
    let said = &wrong["problems"][0]["what"];
    let zh = "规则 `mine`，when，第 1 行第 1 列：没有 `client.hesitate`；是不是要写 `client.hesitates`？";
    assert_eq!(said["zh"], zh, "{said}");
    let en = "rule `mine`, when, line 1, column 1: there is no `client.hesitate`; did you mean `client.hesitates`?";
    assert_eq!(said["en"], en, "{said}");
    let good = check(&file(
        "house",
        &("off = [\"talk-share\"]\n".to_owned() + &rule("mine", "client.reserve >= 0.3")),
    ));
    assert_eq!(
        (&good["added"], &good["gone"], &good["problems"]),
        (&json!(["mine"]), &json!(["talk-share"]), &json!([]))
    );
    let mine = &good["rules"][0];
    assert_eq!((&mine["when"]["zh"], &mine["from"]), (&json!("保留度 ≥ 30%"), &json!("draft")));
    let condition =
        |text: &str| house.post(&house.manager, "/api/v1/playbook/condition", json!({ "text": text })).1;
    assert_eq!(condition("client.stage == '报价'")["said"]["zh"], "客户阶段 = 报价");
    assert_eq!(condition("client.stage =")["problem"]["line"], 1);
    let (_, fields) = house.manager.ask(&house.appliance, "GET", "/api/v1/playbook/fields", None);
    assert!(
        fields["items"].as_array().unwrap().iter().any(|field| field["name"] == "client.hesitations_before")
    );
}

#[test]
fn a_draft_is_tried_on_past_calls() {
    let house = House::new();
    let (appliance, manager) = (&house.appliance, &house.manager);
    let body = json!({ "layout": "rep-left", "source": { "kind": "socket" }, "consent": "notified" });
    let (_, call) = house.post(manager, "/api/v1/calls", body);
    let mut samples = vec![0.0; 12 * 2 * 16_000];
    undertone::ear::sources::demo::Demo::new().fill(&mut samples);
    let samples: Vec<i16> = samples.iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let mut socket = connect(call["ticket"]["url"].as_str().unwrap(), 16_000, 2);
    send(&mut socket, &samples, 1280);
    say(&mut socket, &json!({ "type": "stop" }));
    hear_close(&mut socket);
    let wish = json!({ "text": file("north", &rule("mine", "true")), "team": house.north });
    let tried = || house.post(manager, DRY_RUN, wish.clone()).1;
    wait_until("the call is kept", || tried()["calls"] == 1);
    let tried = tried();
    assert_eq!((&tried["fired"], &tried["before"]), (&json!(0), &json!(0)), "too short to be warm: {tried}");
    assert_eq!(tried["said"]["zh"], "最近 30 天的 1 次沟通中会提示 0 次；当前规则为 0 次");
    let path = format!("/api/v1/calls/{}/withdraw", call["id"].as_str().unwrap());
    assert_eq!(manager.ask(appliance, "POST", &path, None).0, 204);
    assert_eq!(house.post(manager, DRY_RUN, wish.clone()).1["calls"], 0, "the trace went with its call");
    let all = json!({ "text": file("house", ""), "team": null });
    assert_eq!(house.post(manager, DRY_RUN, all).0, 403);
}
