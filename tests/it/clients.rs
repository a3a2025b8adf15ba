//! Clients through the running appliance: whose they are, how they are found, how tables come in, what is written down.

use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::Appliance;

/// An admin and two reps of different teams.
struct House {
    appliance: Appliance,
    admin: Signed,
    li: Signed,
    wu: Signed,
}

impl House {
    fn new() -> Self {
        let (appliance, admin) = settled();
        let rep = |login: &str, team: &str| {
            let (_, team) = admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": team })));
            colleague(&appliance, &admin, login, "rep", Some(team["id"].as_i64().unwrap()))
        };
        let (li, wu) = (rep("li", "North"), rep("wang", "South"));
        Self { appliance, admin, li, wu }
    }

    #[track_caller]
    fn add(&self, who: &Signed, body: Value) -> i64 {
        let (status, client) = who.ask(&self.appliance, "POST", "/api/v1/clients", Some(&body));
        assert_eq!(status, 201, "{client}");
        client["id"].as_i64().unwrap()
    }

    fn names(&self, who: &Signed, query: &str) -> Vec<String> {
        let (_, page) = who.ask(&self.appliance, "GET", &format!("/api/v1/clients{query}"), None);
        let items = page["items"].as_array().unwrap_or_else(|| panic!("{page}"));
        items.iter().map(|client| client["name"].as_str().unwrap().to_owned()).collect()
    }

    /// Status and body of a table that is sent in.
    fn import(&self, who: &Signed, query: &str, table: &[u8]) -> (u16, Value) {
        let path = format!("{}/api/v1/clients/import{query}", self.appliance.url);
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = agent.post(path).header("cookie", &who.cookie).header("x-csrf-token", &who.csrf);
        let mut answer = request.header("content-type", "text/csv").send(table).unwrap();
        (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
    }
}

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

#[test]
fn a_rep_finds_the_own_clients_by_pinyin_and_nobody_elses() {
    let house = House::new();
    house.add(&house.li, json!({ "name": "华东医药", "aliases": ["老客户"], "grade": "A" }));
    house.add(&house.wu, json!({ "name": "重庆银行" }));
    assert_eq!(house.names(&house.li, ""), ["华东医药"]);
    assert_eq!(house.names(&house.li, "?q=HDYY"), ["华东医药"]);
    assert_eq!(house.names(&house.li, "?q=lkh"), ["华东医药"]);
    assert_eq!(house.names(&house.li, "?q=cqyh"), [""; 0]);
    assert_eq!(house.names(&house.admin, ""), ["华东医药", "重庆银行"]);
    assert_eq!(house.names(&house.admin, "?grade=A"), ["华东医药"]);
    assert_eq!(house.names(&house.admin, "?stage=none"), [""; 0]);
    let (_, first) = house.admin.ask(&house.appliance, "GET", "/api/v1/clients?limit=1", None);
    assert_eq!(house.names(&house.admin, &format!("?limit=1&after={}", first["next"])), ["重庆银行"]);
}

#[test]
fn a_card_is_changed_with_the_version_that_was_seen_and_by_who_may() {
    let house = House::new();
    let body = json!({
        "name": "华东医药", "contacts": [{ "name": "王强", "title": null, "phone": "571" }],
        "anchor": { "lat": 30.25, "lon": 120.2, "datum": "gcj02" },
    });
    let path = format!("/api/v1/clients/{}", house.add(&house.li, body));
    let change = json!({ "grade": "B", "analyse": false });
    let patch = |who: &Signed, seen: &str, change: &Value| {
        let (status, body) =
            who.ask_with(&house.appliance, "PATCH", &path, &[("if-match", seen)], Some(change));
        (status, body)
    };
    assert_eq!(patch(&house.wu, "\"v1\"", &change).1["code"], "not_allowed");
    let (status, client) = patch(&house.li, "\"v1\"", &change);
    assert_eq!((status, &client["grade"], &client["analyse"]), (200, &json!("B"), &json!(false)), "{client}");
    assert_eq!(client["contacts"][0]["name"], "王强", "what is left out stays");
    assert_eq!(patch(&house.li, "\"v1\"", &change).1["code"], "stale");
    let problem = patch(&house.li, "\"v2\"", &json!({ "grade": "D" })).1;
    assert_eq!(problem["code"], "bad_field");
    assert!(problem["detail"].as_str().unwrap().contains("`grade` is `D`"), "{problem}");
    let away = json!({ "owner": house.wu.person(&house.appliance) });
    assert_eq!(patch(&house.li, "\"v2\"", &away).1["code"], "not_allowed");
    assert_eq!(patch(&house.admin, "\"v2\"", &away).0, 200);
    assert_eq!(house.li.ask(&house.appliance, "GET", &path, None).1["code"], "not_allowed");
}

#[test]
fn reading_somebody_elses_card_is_written_down_and_the_log_names_no_client() {
    let house = House::new();
    let id = house
        .add(&house.li, json!({ "name": "华东医药", "contacts": [{ "name": "王强", "phone": "0571" }] }));
    let path = format!("/api/v1/clients/{id}");
    house.li.ask(&house.appliance, "GET", &path, None);
    house.admin.ask(&house.appliance, "GET", &path, None);
    let (_, log) = house.admin.ask(&house.appliance, "GET", "/api/v1/audit?entity=client", None);
    let deeds: Vec<_> = log["items"].as_array().unwrap().iter().map(|entry| &entry["deed"]).collect();
    assert_eq!(deeds, ["client.read", "client.create"], "{log}");
    assert!(!log.to_string().contains("华东") && !log.to_string().contains("0571"), "{log}");
}

#[test]
fn a_table_is_tried_first_and_its_rows_keep_their_owner() {
    let house = House::new();
    house.add(&house.admin, json!({ "name": "已有" }));
    let table = "名称,负责人,等级\n甲,li,A\n乙,,B\n丙,nobody,\n丁,,Z\n已有,,\n";
    let want = json!([
        { "line": 4, "column": "owner", "value": "nobody", "rule": "nobody has this login or name" },
        { "line": 5, "column": "grade", "value": "Z", "rule": "a grade is A, B or C" },
        { "line": 6, "column": "name", "value": "已有",
          "rule": "there is a client `已有` already: look it up, or choose another name" },
    ]);
    let tried = house.import(&house.admin, "?dry_run=true", table.as_bytes()).1;
    assert_eq!((&tried["imported"], &tried["rejected"]), (&json!(2), &want), "{tried}");
    assert_eq!(house.names(&house.admin, ""), ["已有"], "nothing was written");
    let (status, done) = house.import(&house.admin, "", table.as_bytes());
    assert_eq!((status, &done["imported"], &done["rejected"]), (200, &json!(2), &want), "{done}");
    assert_eq!(house.names(&house.li, ""), ["甲"], "whom the row names");
    let (_, log) = house.admin.ask(&house.appliance, "GET", "/api/v1/audit?entity=client&limit=1", None);
    assert_eq!(
        (&log["items"][0]["deed"], &log["items"][0]["after"]["imported"]),
        (&json!("client.import"), &json!(2))
    );
    assert_eq!(house.import(&house.li, "", table.as_bytes()).1["code"], "not_allowed");
    assert_eq!(house.import(&house.admin, "", b"colour\nred\n").1["code"], "bad_table");
}

#[test]
fn five_thousand_rows_come_in_at_once() {
    let house = House::new();
    let rows: String = (0..5000).map(|n| format!("客户{n},行业\n")).collect();
    let (status, done) = house.import(&house.admin, "", format!("name,industry\n{rows}").as_bytes());
    assert_eq!((status, &done["imported"]), (200, &json!(5000)), "{done}");
    assert_eq!(house.names(&house.admin, "?q=kh4321"), ["客户4321"]);
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
