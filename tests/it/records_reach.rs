//! Every table of the pack × every role × every deed × whose record it is: done exactly where the table's access says, and
//! the same in lists, sums, search, exports, history and events.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use undertone::people::{Reach, Role};
use undertone::records::Table;
use undertone::records::pack::distributor;

use crate::accounts::{Signed, settled};
use crate::appliance::Appliance;
use crate::clients::colleague;

const TEAMS: [&str; 2] = ["North", "South"];

/// The roles that people have.
const ROLES: [Role; 7] =
    [Role::Rep, Role::Manager, Role::Admin, Role::Assistant, Role::Stock, Role::Logistics, Role::Finance];

/// A word that every record has in its title.
const WORD: &str = "样品";

struct House {
    appliance: Appliance,
    admin: Signed,
    teams: Vec<i64>,
    /// To link to.
    document: i64,
}

impl House {
    fn new() -> Self {
        let (appliance, admin) = settled();
        let ask = |path: &str, body: Value| {
            admin.ask(&appliance, "POST", path, Some(&body)).1["id"].as_i64().unwrap()
        };
        let teams = TEAMS.map(|name| ask("/api/v1/teams", json!({ "name": name }))).to_vec();
        let document = ask("/api/v1/tables/documents/records", json!({ "values": { "title": "linked" } }));
        Self { appliance, admin, teams, document }
    }

    fn values(&self, table: &str, name: &str, person: i64, client: i64) -> Value {
        let mut values = match table {
            "clients" | "products" => json!({ "name": name, "code": name }),
            "contacts" => json!({ "name": name, "client": client }),
            "leads" | "documents" => json!({ "title": name }),
            "actions" => json!({ "whom": name, "status": "方案已递", "next": "回访", "due": "2027-02-18" }),
            "sends" => json!({ "document": self.document, "client": client, "note": name }),
            "service_items" | "praise" => json!({ "text": name }),
            "order_errors" => json!({ "contract": name }),
            _ => json!({ "to": person, "words": name, "for": name }),
        };
        if table == "clients" {
            values.as_object_mut().unwrap().remove("code");
        }
        values
    }

    /// Status and body.
    fn ask(&self, who: &Signed, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        who.ask(&self.appliance, method, &format!("/api/v1/tables/{path}"), body)
    }
}

/// Rows of an order follow on one another and are frozen: `it/orders.rs` goes their way.
const ORDERS: [&str; 10] = [
    "contracts",
    "contract_lines",
    "shipments",
    "shipment_lines",
    "receipts",
    "receipt_lines",
    "invoices",
    "invoice_lines",
    "payments",
    "allocations",
];

/// A field that may be changed, and what to write.
fn change(table: &str) -> Value {
    match table {
        "clients" => json!({ "term_days": 30 }),
        "contacts" => json!({ "title": "x" }),
        "leads" => json!({ "amount": 5 }),
        "actions" => json!({ "next": "x" }),
        "products" => json!({ "unit": "x" }),
        "documents" => json!({ "url": "x" }),
        "sends" => json!({ "note": WORD.to_owned() + "x" }),
        "order_errors" => json!({ "found_on": "2027-02-18" }),
        "service_items" | "praise" => json!({ "text": WORD.to_owned() + "x" }),
        _ => json!({ "words": WORD.to_owned() + "x" }),
    }
}

/// Whose record it is: the own, one of the own team, one of another; and from which reach on it is reached.
const WHOSE: [Reach; 3] = [Reach::Own, Reach::Team, Reach::All];

struct Asking<'a> {
    house: &'a House,
    who: &'a Signed,
    role: Role,
    table: &'a Table,
    /// Of the own, the mate's and the other's record.
    ids: [i64; 3],
    /// One of the own.
    client: i64,
}

impl Asking<'_> {
    fn within(&self, reach: Reach) -> BTreeSet<i64> {
        self.ids.iter().zip(WHOSE).filter(|(_, whose)| reach >= *whose).map(|(id, _)| *id).collect()
    }

    fn about(&self) -> String {
        format!("{} {}", self.role.name(), self.table.key)
    }

    fn ids(&self, query: &str) -> BTreeSet<i64> {
        let (status, page) =
            self.house.ask(self.who, "GET", &format!("{}/records?limit=200{query}", self.table.key), None);
        assert_eq!(status, 200, "{}: {page}", self.about());
        let ids = page["items"].as_array().unwrap().iter().map(|record| record["id"].as_i64().unwrap());
        ids.filter(|id| self.ids.contains(id)).collect()
    }

    fn reads(&self, everything: usize) {
        let key = &self.table.key;
        let access = self.table.access(self.role);
        let within = self.within(access.read);
        assert_eq!(self.ids("&sort=-created_at"), within, "{}: list", self.about());
        if self.table.title().is_some() {
            assert_eq!(
                self.ids("&sort=-created_at&q=%E6%A0%B7%E5%93%81"),
                within,
                "{}: search",
                self.about()
            );
        }
        let newest = self.ids[0];
        let (_, sum) =
            self.house.ask(self.who, "GET", &format!("{key}/sum?filter=id%20%3E%3D%20{newest}"), None);
        let counted = sum["items"][0]["value"].as_u64().unwrap_or(0);
        assert_eq!(counted, within.len() as u64, "{}: sum {sum}", self.about());
        let path = format!("/api/v1/tables/{key}/export?format=csv&fields=id&filter=id%20%3E%3D%20{newest}");
        let mut file = self.house.appliance.ask("GET", &path, &[("cookie", self.who.cookie.as_str())], None);
        let text = file.body_mut().read_to_string().unwrap();
        assert_eq!(text.lines().count(), 1 + within.len(), "{}: export {text}", self.about());
        for id in self.ids {
            for part in ["", "/history", "/trail"] {
                let (status, answer) =
                    self.house.ask(self.who, "GET", &format!("{key}/records/{id}{part}"), None);
                let want = if within.contains(&id) { [200, 200] } else { [403, 404] };
                assert!(want.contains(&status), "{}: {id}{part} {status} {answer}", self.about());
                for hidden in &access.hidden {
                    assert!(
                        !answer.to_string().contains(&format!("\"{hidden}\"")),
                        "{}: {hidden}",
                        self.about()
                    );
                }
            }
        }
        assert!(everything >= within.len());
    }

    fn writes(&self, person: i64) {
        let key = &self.table.key;
        let access = self.table.access(self.role);
        let body = json!({ "values": self.house.values(key, &format!("{WORD}{}", self.about()), person, self.client) });
        let hidden_or_fixed =
            |field: &str| access.hides(field) || access.read_only.iter().any(|known| known == field);
        if !body["values"].as_object().unwrap().keys().any(|field| hidden_or_fixed(field)) {
            let (status, made) = self.house.ask(self.who, "POST", &format!("{key}/records"), Some(&body));
            assert_eq!(status, if access.create { 201 } else { 403 }, "{}: create {made}", self.about());
        }
        let values = change(key);
        let base: Map<_, _> =
            values.as_object().unwrap().keys().map(|key| (key.clone(), Value::Null)).collect();
        for (id, whose) in self.ids.iter().zip(WHOSE) {
            let path = format!("{key}/records/{id}");
            let (_, now) = self.house.ask(&self.house.admin, "GET", &path, None);
            let mut base = base.clone();
            for (field, value) in &mut base {
                *value = now["values"][field].clone();
            }
            let body = json!({ "values": values, "base": base });
            let (status, answer) = self.house.ask(self.who, "PATCH", &path, Some(&body));
            let may = access.change >= whose
                && !values.as_object().unwrap().keys().any(|field| hidden_or_fixed(field));
            let fits = if may { status == 200 } else { [403, 404, 422].contains(&status) };
            assert!(fits, "{}: change {whose:?} {status} {answer}", self.about());
            let (status, answer) = self.house.ask(self.who, "DELETE", &path, None);
            let fits = if access.delete >= whose { status == 204 } else { [403, 404].contains(&status) };
            assert!(fits, "{}: delete {whose:?} {status} {answer}", self.about());
            if key == "clients" && status == 204 {
                // The records of the other tables lead to them.
                let back =
                    self.house.ask(&self.house.admin, "POST", &format!("{path}/restore"), Some(&json!({})));
                assert_eq!(back.0, 200, "{}", back.1);
            }
        }
    }
}

#[test]
fn each_role_reaches_of_each_table_exactly_what_its_access_says() {
    let house = House::new();
    for role in ROLES {
        let name = role.name();
        let who = |login: &str, role: Role, team: usize| {
            colleague(&house.appliance, &house.admin, login, role.name(), Some(house.teams[team]))
        };
        let me = who(&format!("{name}.me"), role, 0);
        let mate = who(&format!("{name}.mate"), Role::Rep, 0).person(&house.appliance);
        let other = who(&format!("{name}.other"), Role::Rep, 1).person(&house.appliance);
        let person = me.person(&house.appliance);
        let mut clients = [0; 3];
        // Clients come first: the others link to them.
        for table in distributor().tables.values().filter(|table| !ORDERS.contains(&table.key.as_str())) {
            let whose = [(0, person, "me"), (1, mate, "mate"), (2, other, "other")];
            let ids = whose.map(|(at, owner, whose)| {
                let client = clients[at];
                let mut values = house.values(&table.key, &format!("{WORD}{name}{whose}"), person, client);
                values["owner"] = owner.into();
                let path = format!("{}/records", table.key);
                let (status, made) =
                    house.ask(&house.admin, "POST", &path, Some(&json!({ "values": values })));
                assert_eq!(status, 201, "{}: {made}", table.key);
                made["id"].as_i64().unwrap()
            });
            clients = if table.key == "clients" { ids } else { clients };
            let asking = Asking { house: &house, who: &me, role, table, ids, client: clients[0] };
            asking.reads(3);
            asking.writes(person);
        }
        hears(&house, &me, role);
    }
}

/// What is told of records is what may be read.
fn hears(house: &House, who: &Signed, role: Role) {
    let headers = [("cookie", who.cookie.as_str()), ("last-event-id", "0")];
    let events = house.appliance.events_with("/api/v1/events", &headers);
    let mut heard = 0;
    while let Ok((topic, event)) = events.recv_timeout(std::time::Duration::from_millis(300)) {
        if !topic.starts_with("record.") || topic == "record.deleted" {
            continue;
        }
        heard += 1;
        let (table, id) = (event["table"].as_str().unwrap(), event["id"].as_i64().unwrap());
        assert_ne!(distributor().tables[table].access(role).read, Reach::Nothing, "{}: {event}", role.name());
        let (status, answer) = house.ask(who, "GET", &format!("{table}/records/{id}?deleted=true"), None);
        assert_eq!(status, 200, "{} heard of {table} {id}, and may not read it: {answer}", role.name());
    }
    assert!(heard > 0, "{}", role.name());
}

#[test]
fn what_a_role_does_not_see_is_in_no_answer_and_cannot_be_asked_about() {
    let house = House::new();
    let hidden =
        json!({ "read": "all", "create": true, "change": "all", "delete": "all", "hidden": ["secret"] });
    let mut access = crate::records::open_access();
    access["rep"] = hidden;
    let body = json!({ "label": "samples", "access": access, "fields": [
        { "key": "name", "kind": "text" }, { "key": "secret", "kind": "whole" },
        { "key": "twice", "kind": "formula", "expr": "secret * 2" },
    ] });
    let draft = json!({ "kind": "table", "key": "samples", "body": body, "note": "" });
    let (status, saved) = house.admin.ask(&house.appliance, "POST", "/api/v1/revisions", Some(&draft));
    assert_eq!(status, 201, "{saved}");
    let publish = format!("/api/v1/revisions/{}/publish", saved["id"]);
    assert_eq!(house.admin.ask(&house.appliance, "POST", &publish, None).0, 200);
    let values = json!({ "values": { "name": "x", "secret": 987_654_321 } });
    let (_, made) = house.ask(&house.admin, "POST", "samples/records", Some(&values));
    let li = colleague(&house.appliance, &house.admin, "li", "rep", Some(house.teams[0]));
    let id = &made["id"];
    let change = json!({ "values": { "secret": 987_654_322 }, "base": { "secret": 987_654_321 } });
    house.ask(&house.admin, "PATCH", &format!("samples/records/{id}"), Some(&change));
    for path in [
        "samples/records",
        &format!("samples/records/{id}"),
        &format!("samples/records/{id}/history"),
        "samples/records?names=true",
        "samples/records?q=987654321",
    ] {
        let (_, answer) = house.ask(&li, "GET", path, None);
        let text = answer.to_string();
        assert!(
            !text.contains("98765432")
                && !text.contains("19753086")
                && !text.contains("secret")
                && !text.contains("twice"),
            "{path}: {text}"
        );
    }
    let file = house.appliance.ask(
        "GET",
        "/api/v1/tables/samples/export?format=csv",
        &[("cookie", li.cookie.as_str())],
        None,
    );
    let text = file.into_body().read_to_string().unwrap();
    assert!(text.contains('x') && !text.contains("98765432") && !text.contains("19753086"), "{text}");
    for query in [
        "records?filter=secret%20%3E%201",
        "records?sort=secret",
        "records?fields=secret",
        "sum?by=secret",
        "sum?of=sum:secret",
        "sum?of=max:twice",
        "records?filter=twice%20%3E%201",
    ] {
        let (status, answer) = house.ask(&li, "GET", &format!("samples/{query}"), None);
        assert_eq!(status, 422, "{query}: {answer}");
    }
    for method in ["POST", "PATCH"] {
        let path =
            if method == "POST" { "samples/records".to_owned() } else { format!("samples/records/{id}") };
        let body = json!({ "values": { "secret": 1 } });
        let body = if method == "PATCH" { json!({ "values": { "secret": 1 }, "base": {} }) } else { body };
        assert_eq!(house.ask(&li, method, &path, Some(&body)).0, 422, "{method}");
    }
    let restore = json!({ "field": "secret" });
    let (status, answer) = house.ask(&li, "POST", &format!("samples/records/{id}/restore"), Some(&restore));
    assert!([403, 404, 422].contains(&status), "{answer}");
}

#[test]
fn who_may_write_into_a_box_and_not_read_it_does_just_that() {
    let house = House::new();
    let mut access = crate::records::open_access();
    access["rep"] = json!({ "read": "nothing", "create": true, "change": "nothing", "delete": "nothing" });
    let body = json!({ "label": "box", "access": access, "fields": [{ "key": "words", "kind": "text" }] });
    let draft = json!({ "kind": "table", "key": "box", "body": body, "note": "" });
    let (_, saved) = house.admin.ask(&house.appliance, "POST", "/api/v1/revisions", Some(&draft));
    let publish = format!("/api/v1/revisions/{}/publish", saved["id"]);
    assert_eq!(house.admin.ask(&house.appliance, "POST", &publish, None).0, 200);
    let li = colleague(&house.appliance, &house.admin, "li", "rep", Some(house.teams[0]));
    let values = json!({ "values": { "words": "more tea" } });
    let (status, made) = house.ask(&li, "POST", "box/records", Some(&values));
    assert_eq!(status, 201, "{made}");
    let one = format!("box/records/{}", made["id"]);
    for path in ["box/records", "box/sum", "box/export?format=csv", &one] {
        assert_eq!(house.ask(&li, "GET", path, None).1["code"], "not_allowed", "{path}");
    }
    let (_, tables) = li.ask(&house.appliance, "GET", "/api/v1/tables", None);
    let items = tables["items"].as_array().unwrap();
    let table = items.iter().find(|table| table["key"] == "box").unwrap();
    assert_eq!((&table["access"]["create"], &table["fields"][0]["key"]), (&json!(true), &json!("words")));
    assert_eq!(house.ask(&house.admin, "GET", &one, None).1["values"]["words"], "more tea");
}
