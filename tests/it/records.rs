//! Records of every table through the running appliance: the contract point by point, and whatever else may be sent.

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

    fn fault(&self, who: &Signed, table: &str, values: Value) -> (u16, Value, Value) {
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
fn records_are_filtered_sorted_searched_and_paged() {
    let house = House::new();
    for (name, grade, days) in
        [("华东医药", "A", 30), ("重庆银行", "B", 60), ("上海学校", "A", 90), ("北京饭店", "C", 0)]
    {
        let days = if days == 0 { Value::Null } else { json!(days) };
        house.add(&house.admin, "clients", json!({ "name": name, "grade": grade, "term_days": days }));
    }
    let names = |query: &str| house.column(&house.admin, &format!("/clients/records?{query}"), "name");
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }
            })
            .collect()
    };
    let filter = encoded("grade == \"A\" && term_days > 50");
    assert_eq!(names(&format!("filter={filter}")), ["上海学校"]);
    assert_eq!(names("sort=-term_days"), ["上海学校", "重庆银行", "华东医药", "北京饭店"]);
    assert_eq!(names("sort=grade,-term_days"), ["上海学校", "华东医药", "重庆银行", "北京饭店"]);
    assert_eq!(names("q=hdyy"), ["华东医药"], "pinyin");
    assert_eq!(names(&format!("q={}", encoded("银行"))), ["重庆银行"], "two characters");
    assert_eq!(names(&format!("view=clients_incomplete&filter={filter}")), ["上海学校"]);
    let (_, page) = house.get(&house.admin, "/clients/records?fields=name&sort=name&limit=3");
    assert_eq!(page["items"][0]["values"].as_object().unwrap().keys().collect::<Vec<_>>(), ["name"]);
    let next = encoded(page["next"].as_str().unwrap());
    let (_, rest) =
        house.get(&house.admin, &format!("/clients/records?fields=name&sort=name&limit=3&after={next}"));
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null), "{rest}");
    for (query, field) in [
        ("filter=grade%20%3D%3D", "filter"),
        ("filter=graed%20%3D%3D%201", "filter"),
        ("sort=graed", "sort"),
        ("fields=graed", "fields"),
        ("view=none", "view"),
        ("filter=true)%20%7C%7C%20(true", "filter"),
    ] {
        let (status, problem) = house.get(&house.admin, &format!("/clients/records?{query}"));
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{query}: {problem}");
    }
    for query in ["after=x", "after=%00", "limit=-1", "nothing=1"] {
        let (status, problem) = house.get(&house.admin, &format!("/clients/records?{query}"));
        assert!(status == 400 || status == 422, "{query}: {status} {problem}");
    }
    assert_eq!(house.get(&house.admin, "/nothing/records").1["code"], "missing");
}

#[test]
fn what_linked_records_are_called_comes_along_when_it_is_asked_for() {
    let house = House::new();
    let client = house.add(&house.li, "clients", json!({ "name": "华东医药" }));
    house.add(&house.li, "contacts", json!({ "client": client["id"], "name": "王强" }));
    let (_, page) = house.get(&house.li, "/contacts/records?names=true");
    let id = client["id"].to_string();
    assert_eq!(page["names"]["clients"], json!({ (id): "华东医药" }), "{page}");
    let me = house.li.person(&house.appliance).to_string();
    assert_eq!(page["names"]["people"][me], "LI");
    assert_eq!(house.get(&house.li, "/contacts/records").1.get("names"), None);
}

#[test]
fn sums_are_of_what_is_in_reach() {
    let house = House::new();
    for (who, status, amount) in [
        (&house.li, "新建", 100),
        (&house.li, "已报价", 250),
        (&house.wang, "已报价", 1_000),
        (&house.li, "新建", 50),
    ] {
        house.add(who, "leads", json!({ "title": "x", "status": status, "amount": amount }));
    }
    let sums = |who: &Signed, query: &str| -> Vec<(Value, Value)> {
        let (status, sums) = house.get(who, &format!("/leads/sum?{query}"));
        assert_eq!(status, 200, "{sums}");
        sums["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sum| (sum["keys"].clone(), sum["value"].clone()))
            .collect()
    };
    assert_eq!(sums(&house.li, ""), [(json!([]), json!(3))]);
    let mut by = sums(&house.li, "by=status&of=sum:amount");
    by.sort_by_key(|(_, value)| value.as_i64());
    assert_eq!(by, [(json!(["新建"]), json!(150)), (json!(["已报价"]), json!(250))]);
    assert_eq!(sums(&house.admin, "of=max:amount"), [(json!([]), json!(1_000))]);
    assert_eq!(sums(&house.admin, "of=mean:amount"), [(json!([]), json!(350.0))]);
    assert_eq!(sums(&house.admin, "by=status,owner").len(), 3);
    for query in ["of=sum", "of=sum:title", "by=none", "of=median:amount", "by=a,b,c"] {
        assert_eq!(house.get(&house.li, &format!("/leads/sum?{query}")).0, 422, "{query}");
    }
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
fn the_trail_leads_both_ways_across_tables() {
    let house = House::new();
    let client = house.add(&house.li, "clients", json!({ "name": "华东医药" }));
    let contact = house.add(&house.li, "contacts", json!({ "client": client["id"], "name": "王强" }));
    let main = json!({ "values": { "decision_maker": contact["id"] } });
    let path = format!("/clients/records/{}", client["id"]);
    assert_eq!(house.ask_with(&house.li, "PATCH", &path, &[("if-match", "\"v1\"")], &main).0, 200);
    let lead = house.add(&house.li, "leads", json!({ "title": "询价", "client": client["id"] }));
    let (_, trail) = house.get(&house.li, &format!("{path}/trail"));
    let step = |step: &Value| json!([step["table"], step["id"], step["how"], step["via"]]);
    let steps: Vec<_> = trail["items"].as_array().unwrap().iter().map(step).collect();
    for want in [
        json!(["contacts", contact["id"], "led", "decision_maker"]),
        json!(["contacts", contact["id"], "came", "client"]),
        json!(["leads", lead["id"], "came", "client"]),
    ] {
        assert!(steps.contains(&want), "{want}: {trail}");
    }
    assert_eq!(steps.len(), 3, "{trail}");
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

#[test]
fn an_appliance_may_begin_without_tables() {
    let (appliance, admin) = crate::accounts::settled_with(|command| {
        command.args(["--pack", "none"]);
    });
    let (_, tables) = admin.ask(&appliance, "GET", "/api/v1/tables", None);
    assert_eq!(tables, json!({ "items": [] }));
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
