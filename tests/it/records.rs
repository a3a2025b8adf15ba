//! Records of every table through the running appliance: they are made, read, changed, deleted and brought back.

use serde_json::{Map, Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::Appliance;
use crate::clients::colleague;

/// An admin, an assistant, a manager with a rep in one team and a rep in another.
pub struct House {
    pub appliance: Appliance,
    pub admin: Signed,
    pub assistant: Signed,
    pub ma: Signed,
    pub li: Signed,
    pub wang: Signed,
}

impl House {
    pub fn new() -> Self {
        let (appliance, admin) = settled();
        let teams = ["North", "South"].map(|name| {
            let (_, team) = admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": name })));
            team["id"].as_i64().unwrap()
        });
        let who = |login: &str, role: &str, team| colleague(&appliance, &admin, login, role, team);
        let assistant = who("zhou", "assistant", None);
        let ma = who("ma", "manager", Some(teams[0]));
        let (li, wang) = (who("li", "rep", Some(teams[0])), who("wang", "rep", Some(teams[1])));
        Self { appliance, admin, assistant, ma, li, wang }
    }

    pub fn ask(&self, who: &Signed, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        who.ask(&self.appliance, method, &format!("/api/v1/tables{path}"), body)
    }

    pub fn ask_with(
        &self,
        who: &Signed,
        method: &str,
        path: &str,
        more: &[(&str, &str)],
        body: &Value,
    ) -> (u16, Value) {
        who.ask_with(&self.appliance, method, &format!("/api/v1/tables{path}"), more, Some(body))
    }

    pub fn get(&self, who: &Signed, path: &str) -> (u16, Value) {
        self.ask(who, "GET", path, None)
    }

    #[track_caller]
    pub fn add(&self, who: &Signed, table: &str, values: Value) -> Value {
        let (status, record) =
            self.ask(who, "POST", &format!("/{table}/records"), Some(&json!({ "values": values })));
        assert_eq!(status, 201, "{record}");
        record
    }

    /// What one field of the records of a query holds.
    #[track_caller]
    pub fn column(&self, who: &Signed, path: &str, field: &str) -> Vec<Value> {
        let (status, page) = self.get(who, path);
        assert_eq!(status, 200, "{page}");
        page["items"].as_array().unwrap().iter().map(|record| record["values"][field].clone()).collect()
    }

    /// Saves a revision on top of what is there, and publishes it.
    pub fn publish(&self, who: &Signed, kind: &str, key: &str, body: &Value) -> (u16, Value) {
        let (status, saved) = self.draft(who, kind, key, body);
        if status != 201 {
            return (status, saved);
        }
        let path = format!("/api/v1/revisions/{}/publish", saved["id"]);
        let (status, answer) = who.ask(&self.appliance, "POST", &path, None);
        if status == 200 { (200, saved) } else { (status, answer) }
    }

    pub fn draft(&self, who: &Signed, kind: &str, key: &str, body: &Value) -> (u16, Value) {
        let (_, heads) = who.ask(&self.appliance, "GET", "/api/v1/settings", None);
        let head =
            heads["items"].as_array().unwrap().iter().find(|head| head["kind"] == kind && head["key"] == key);
        let seen = head.map(|head| format!("\"v{}\"", head["version"]));
        let seen: Vec<_> = seen.iter().map(|seen| ("if-match", seen.as_str())).collect();
        let draft = json!({ "kind": kind, "key": key, "body": body, "note": "test" });
        who.ask_with(&self.appliance, "POST", "/api/v1/revisions", &seen, Some(&draft))
    }

    pub fn fault(&self, who: &Signed, table: &str, values: Value) -> (u16, Value, Value) {
        let (status, problem) =
            self.ask(who, "POST", &format!("/{table}/records"), Some(&json!({ "values": values })));
        (status, problem["errors"][0]["field"].clone(), problem["errors"][0]["code"].clone())
    }
}

/// Everybody may do everything.
pub fn open_access() -> Value {
    let all = json!({ "read": "all", "create": true, "change": "all", "delete": "all" });
    ["rep", "manager", "admin", "assistant"]
        .iter()
        .map(|role| ((*role).to_owned(), all.clone()))
        .collect::<Map<_, _>>()
        .into()
}

pub fn table(fields: Value) -> Value {
    json!({ "label": { "zh": "样品", "en": "samples" }, "fields": fields, "access": open_access() })
}

/// A table with a field of every kind that can be written.

#[test]
fn the_tables_in_reach_say_what_the_role_may_do_with_them() {
    let house = House::new();
    let of = |who: &Signed, key: &str| -> Value {
        let (_, tables) = house.get(who, "");
        let items = tables["items"].as_array().unwrap();
        items.iter().find(|table| table["key"] == key).cloned().unwrap_or_else(|| panic!("{tables}"))
    };
    let clients = of(&house.li, "clients");
    assert_eq!(clients["label"], json!({ "zh": "客户档案", "en": "clients" }));
    assert_eq!(
        clients["access"],
        json!({ "read": "own", "create": true, "change": "own", "delete": "nothing" })
    );
    assert_eq!(clients["title"], "name");
    let field = |table: &Value, key: &str| -> Value {
        table["fields"].as_array().unwrap().iter().find(|field| field["key"] == key).cloned().unwrap()
    };
    let name = field(&clients, "name");
    assert_eq!(
        (&name["kind"], &name["required"], &name["computed"]),
        (&json!("text"), &json!(true), &json!(false))
    );
    assert_eq!(name["label"], json!({ "zh": "名称", "en": "name" }));
    assert_eq!(field(&clients, "grade")["access"], "read");
    assert_eq!(field(&of(&house.admin, "clients"), "grade")["access"], "write");
    assert_eq!(field(&clients, "grade")["options"][0]["key"], "A");
    assert_eq!(field(&clients, "contacts")["computed"], true);
    assert_eq!(clients["views"][0]["key"], "clients_all");
    assert_eq!(clients["forms"][0]["key"], "clients_new");
    assert_eq!(of(&house.li, "products")["access"]["create"], false);
}

#[test]
fn a_record_is_made_read_changed_deleted_and_brought_back() {
    let house = House::new();
    let uid = "0190e2a4-7b1c-7d3e-8f00-0123456789ab";
    let new = json!({ "uid": uid, "values": { "title": "询价", "status": "新建" } });
    let make = || house.ask(&house.li, "POST", "/leads/records", Some(&new));
    let (status, made) = make();
    assert_eq!((status, &made["uid"], &made["version"]), (201, &json!(uid), &json!(1)), "{made}");
    assert_eq!(made["values"]["owner"], house.li.person(&house.appliance));
    let (status, again) = make();
    assert_eq!((status, &again["id"]), (201, &made["id"]), "the same uid is the same record: {again}");

    let path = format!("/leads/records/{}", made["id"]);
    assert_eq!(house.get(&house.li, &path).1["values"]["status"], "新建");
    let change = json!({ "values": { "status": "已联系" } });
    let patch = |seen: &[(&str, &str)]| house.ask_with(&house.li, "PATCH", &path, seen, &change);
    assert_eq!(patch(&[]).1["code"], "if_match_required");
    let (status, changed) = patch(&[("if-match", "\"v1\"")]);
    assert_eq!(
        (status, &changed["version"], &changed["values"]["status"]),
        (200, &json!(2), &json!("已联系"))
    );
    let (status, problem) = patch(&[("if-match", "\"v1\"")]);
    assert_eq!((status, &problem["code"]), (412, &json!("stale")));

    let delete = |who: &Signed, seen: &[(&str, &str)]| {
        who.ask_with(&house.appliance, "DELETE", &format!("/api/v1/tables{path}"), seen, None)
    };
    assert_eq!(delete(&house.li, &[]).1["code"], "not_allowed", "reps delete no leads");
    assert_eq!(delete(&house.ma, &[("if-match", "\"v1\"")]).0, 412);
    assert_eq!(delete(&house.ma, &[]), (204, Value::Null));
    assert_eq!(house.get(&house.li, &path).0, 404);
    assert_eq!(house.get(&house.li, &format!("{path}?deleted=true")).0, 200);
    assert!(house.column(&house.li, "/leads/records", "title").is_empty());
    assert_eq!(house.column(&house.ma, "/leads/records?deleted=true", "title"), ["询价"]);
    let (status, back) = house.ask(&house.ma, "POST", &format!("{path}/restore"), None);
    assert_eq!(
        (status, &back["values"]["title"], back.get("deleted_at")),
        (200, &json!("询价"), None),
        "{back}"
    );
    assert_eq!(house.get(&house.li, &path).0, 200);
}

#[test]
fn an_entity_tag_is_the_version() {
    let house = House::new();
    let made = house.add(&house.li, "clients", json!({ "name": "甲" }));
    let path = format!("/api/v1/tables/clients/records/{}", made["id"]);
    let headers = [("cookie", house.li.cookie.as_str())];
    let answer = house.appliance.ask("GET", &path, &headers, None);
    assert_eq!(answer.headers()["etag"], "\"v1\"");
}

#[test]
fn only_what_both_changed_conflicts() {
    let house = House::new();
    let made = house.add(&house.ma, "leads", json!({ "title": "询价", "amount": 100, "status": "新建" }));
    let path = format!("/leads/records/{}", made["id"]);
    let patch = |who: &Signed, values: Value, base: Value| {
        house.ask_with(who, "PATCH", &path, &[], &json!({ "values": values, "base": base }))
    };
    assert_eq!(patch(&house.ma, json!({ "amount": 200 }), json!({ "amount": 100 })).0, 200);
    let (status, other) = patch(&house.admin, json!({ "status": "已联系" }), json!({ "status": "新建" }));
    assert_eq!((status, &other["values"]["amount"]), (200, &json!(200)), "other fields merge: {other}");
    let (status, problem) = patch(&house.admin, json!({ "amount": 300 }), json!({ "amount": 100 }));
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")), "{problem}");
    assert_eq!(problem["conflicts"], json!([{ "field": "amount", "base": 100, "theirs": 200, "mine": 300 }]));
    assert_eq!(
        patch(&house.admin, json!({ "amount": 200 }), json!({ "amount": 100 })).0,
        200,
        "both mean the same"
    );
    let zh = [("accept-language", "zh-CN")];
    let body = json!({ "values": { "amount": 300 }, "base": { "amount": 100 } });
    let (_, problem) = house.ask_with(&house.admin, "PATCH", &path, &zh, &body);
    assert_eq!(problem["conflicts"][0]["theirs"], 200, "{problem}");
}

#[test]
fn history_says_who_changed_what_and_one_field_comes_back() {
    let house = House::new();
    let made = house.add(&house.li, "leads", json!({ "title": "询价", "amount": 100 }));
    let path = format!("/leads/records/{}", made["id"]);
    let body = json!({ "values": { "amount": 200 } });
    assert_eq!(house.ask_with(&house.ma, "PATCH", &path, &[("if-match", "\"v1\"")], &body).0, 200);
    let (_, history) = house.get(&house.li, &format!("{path}/history"));
    let newest = &history["items"][0];
    assert_eq!(
        (&newest["field"], &newest["before"], &newest["after"]),
        (&json!("amount"), &json!(100), &json!(200)),
        "{history}"
    );
    assert_eq!(
        (&newest["who"], &newest["why"]),
        (&json!(house.ma.person(&house.appliance).to_string()), &json!("person"))
    );
    let body = json!({ "field": "amount", "from": newest["id"] });
    let (status, back) = house.ask(&house.li, "POST", &format!("{path}/restore"), Some(&body));
    assert_eq!((status, &back["values"]["amount"]), (200, &json!(100)), "{back}");
    let (_, history) = house.get(&house.li, &format!("{path}/history"));
    assert_eq!(history["items"][0]["why"], "restore", "{history}");
    let body = json!({ "field": "nothing" });
    assert_eq!(house.ask(&house.li, "POST", &format!("{path}/restore"), Some(&body)).0, 404);
}

#[test]
fn a_batch_is_done_whole_or_not_at_all_and_faults_name_their_item() {
    let house = House::new();
    let first = house.add(&house.admin, "leads", json!({ "title": "a" }));
    let second = house.add(&house.admin, "leads", json!({ "title": "b" }));
    let batch =
        |items: Value| house.ask(&house.admin, "POST", "/leads/batch", Some(&json!({ "items": items })));
    let good = json!([
        { "create": { "values": { "title": "c" } } }, { "change": { "id": first["id"], "values": { "title": "A" } } },
        { "delete": { "id": second["id"] } },
    ]);
    let (status, done) = batch(good);
    assert_eq!(status, 200, "{done}");
    assert_eq!(done["items"][0]["values"]["title"], "c");
    assert_eq!(done["items"][1]["version"], 2);
    assert!(done["items"][2]["deleted_at"].is_i64(), "{done}");
    let (status, problem) = batch(json!([
        { "create": { "values": { "title": "d" } } }, { "create": { "values": {} } },
        { "change": { "id": first["id"], "values": { "amount": "x" } } },
    ]));
    let faults: Vec<_> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["item"].clone(), fault["field"].clone()))
        .collect();
    assert_eq!(
        (status, faults),
        (422, vec![(json!(1), json!("title")), (json!(2), json!("amount"))]),
        "{problem}"
    );
    let mut titles = house.column(&house.admin, "/leads/records", "title");
    titles.sort_by_key(Value::to_string);
    assert_eq!(titles, ["A", "c"], "nothing of it was kept");
    let many: Vec<_> =
        (0..1_001).map(|n| json!({ "create": { "values": { "title": n.to_string() } } })).collect();
    assert_eq!(batch(json!(many)).1["errors"][0]["field"], "items");
    assert_eq!(batch(json!(many[..1_000])).0, 200);
    assert_eq!(batch(json!([{ "create": {}, "delete": { "id": 1 } }])).1["code"], "bad_body");
    assert_eq!(batch(json!([{ "craete": {} }])).1["code"], "bad_body");
    assert_eq!(batch(json!([{ "delete": { "id": 999_999 } }])).0, 404);
}

#[test]
fn a_request_that_comes_twice_under_its_key_is_done_once() {
    let house = House::new();
    let key = [("idempotency-key", "once")];
    let body = json!({ "values": { "title": "询价" } });
    let post = |body: &Value| house.ask_with(&house.li, "POST", "/leads/records", &key, body);
    let first = post(&body);
    assert_eq!((first.0, post(&body)), (201, first.clone()));
    assert_eq!(post(&json!({ "values": { "title": "其他" } })).1["code"], "idempotency_key_reused");
    assert_eq!(house.column(&house.li, "/leads/records", "title"), ["询价"]);
}

#[test]
fn an_appliance_may_begin_without_tables() {
    let (appliance, admin) = crate::accounts::settled_with(|command| {
        command.args(["--pack", "none"]);
    });
    let (_, tables) = admin.ask(&appliance, "GET", "/api/v1/tables", None);
    assert_eq!(tables["items"], json!([]));
}

#[test]
fn a_view_is_seen_by_those_for_whom_it_was_saved() {
    let house = House::new();
    let save = |who: &Signed, key: &str, whom: &str| {
        let body = json!({ "label": key, "for": whom, "group": "status", "fields": ["title"], "widths": { "title": 240 } });
        house.ask(who, "PUT", &format!("/leads/views/{key}"), Some(&body)).0
    };
    assert_eq!(save(&house.li, "mine", "me"), 200);
    assert_eq!(save(&house.ma, "ours", "team"), 200);
    assert_eq!(save(&house.admin, "everybody", "all"), 200);
    for (who, key, whom) in [
        (&house.li, "x", "team"),
        (&house.li, "x", "all"),
        (&house.ma, "x", "all"),
        (&house.wang, "mine", "me"),
        (&house.li, "ours", "me"),
        (&house.li, "leads_mine", "me"),
    ] {
        assert_eq!(save(who, key, whom), 403, "{key} for {whom}");
    }
    let seen = |who: &Signed| {
        let (_, tables) = house.get(who, "");
        let leads = tables["items"].as_array().unwrap().iter().find(|table| table["key"] == "leads").unwrap();
        let keys =
            leads["views"].as_array().unwrap().iter().map(|view| view["key"].as_str().unwrap().to_owned());
        keys.filter(|key| ["mine", "ours", "everybody"].contains(&key.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(seen(&house.li), ["everybody", "mine", "ours"]);
    assert_eq!(seen(&house.ma), ["everybody", "ours"]);
    assert_eq!(seen(&house.wang), ["everybody"]);
    let drop = |who: &Signed, key: &str| house.ask(who, "DELETE", &format!("/leads/views/{key}"), None).0;
    assert_eq!(
        (drop(&house.wang, "mine"), drop(&house.li, "ours"), drop(&house.li, "mine")),
        (403, 403, 204)
    );
    assert_eq!((seen(&house.li).len(), drop(&house.li, "mine")), (2, 404));
    assert_eq!(save(&house.li, "mine", "me"), 200);
    assert_eq!(seen(&house.li).len(), 3, "saved again");
    let wide = json!({ "label": "wide", "for": "me", "widths": { "title": 4_000 } });
    let (status, problem) = house.ask(&house.li, "PUT", "/leads/views/wide", Some(&wide));
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("/widths/title")), "{problem}");
}
