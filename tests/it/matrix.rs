//! Every role on every route, with the own record, one of the own team and one of another: refused exactly where the
//! table of permissions says. And every route that changes something leaves one entry in the audit log.

use serde_json::{Value, json};
use undertone::api::guard::{Needs, ROUTES};
use undertone::people::{Deed, Reach, Role, reach};

use crate::accounts::{Signed, settled};
use crate::appliance::Appliance;
use crate::changes::{located, records};
use crate::clients::colleague;

/// Whose record a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    Team,
    Other,
}

/// Somebody with an account, a token, a client and, where the role may hold one, a call.
struct Somebody {
    person: i64,
    bearer: String,
    client: i64,
    call: Option<String>,
}

struct House {
    appliance: Appliance,
    admin: Signed,
    teams: [i64; 2],
}

impl House {
    fn new() -> Self {
        let (appliance, admin) = settled();
        let teams = ["North", "South"].map(|name| {
            let (_, team) = admin.ask(&appliance, "POST", "/api/v1/teams", Some(&json!({ "name": name })));
            team["id"].as_i64().unwrap()
        });
        Self { appliance, admin, teams }
    }

    fn somebody(&self, login: &str, role: Role, team: i64) -> Somebody {
        let signed = colleague(&self.appliance, &self.admin, login, role.name(), Some(team));
        let ask =
            |who: &Signed, path: &str, body: Value| who.ask(&self.appliance, "POST", path, Some(&body)).1;
        let token = ask(&signed, "/api/v1/tokens", json!({ "name": "matrix" }));
        let person = signed.person(&self.appliance);
        let body = json!({ "values": { "name": format!("client of {login}"), "owner": person } });
        let client = ask(&self.admin, "/api/v1/tables/clients/records", body);
        let call = ask(&signed, "/api/v1/calls", sample("POST", "/api/v1/calls"));
        Somebody {
            person,
            bearer: format!("Bearer {}", token["secret"].as_str().unwrap_or_else(|| panic!("{token}"))),
            client: client["id"].as_i64().unwrap_or_else(|| panic!("{client}")),
            call: call["id"].as_str().map(str::to_owned),
        }
    }

    fn ask(&self, bearer: Option<&str>, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
        ask(&self.appliance, bearer, method, path, body)
    }
}

/// Status and code of an answer, without reading a stream to its end.
fn ask(
    appliance: &Appliance,
    bearer: Option<&str>,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> (u16, String) {
    let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", *bearer)).collect();
    let mut answer = appliance.ask(method, path, &headers, body);
    let status = answer.status().as_u16();
    let code = if status < 400 { Value::Null } else { answer.body_mut().read_json().unwrap_or(Value::Null) };
    (status, code["code"].as_str().unwrap_or("").to_owned())
}

/// A body that the route can read.
fn sample(method: &str, path: &str) -> Value {
    match (method, path) {
        ("POST", "/api/v1/calls") => {
            json!({ "layout": "rep-left", "source": { "kind": "socket" }, "consent": "notified" })
        }
        ("POST", "/api/v1/calls/{id}/consent") => json!({ "consent": "consented" }),
        ("PUT", "/api/v1/calls/{id}/hints") => json!({ "level": "novice" }),
        ("POST", "/api/v1/calls/{id}/hints/{hint}/rating") => json!({ "rating": "useful" }),
        ("PUT", "/api/v1/calls/{id}/review") => {
            json!({ "objection": null, "topics": [], "notes": "", "outcome": null })
        }
        ("PUT", "/api/v1/people/{id}/location") => json!({ "consent": false }),
        ("POST", "/api/v1/people/{id}/enrolments") => json!({ "app": "json", "name": "matrix" }),
        ("POST", "/api/v1/people") => json!({ "login": "made", "name": "Made", "role": "rep" }),
        ("PUT", "/api/v1/calls/{id}/share") => json!({ "shared": true, "contested": false }),
        ("PUT", "/api/v1/rules/{id}/switch") => json!({ "off": false, "reason": "tried again" }),
        ("POST", "/api/v1/tables/{t}/records") => json!({ "values": {} }),
        ("PATCH", "/api/v1/tables/{t}/records/{id}") => json!({ "values": {}, "base": {} }),
        ("POST", "/api/v1/tables/{t}/batch") => json!({ "items": [] }),
        ("POST", "/api/v1/teams") => json!({ "name": "made" }),
        ("PATCH", "/api/v1/teams/{id}") => json!({ "name": "renamed" }),
        ("POST", "/api/v1/tokens") => json!({ "name": "made" }),
        ("PUT", "/api/v1/session/password") => json!({ "old": "not this one", "new": "a long enough one" }),
        ("POST", "/api/v1/consent-texts") => {
            json!({ "zh": "不录音，只在本机测量节奏。", "en": "Not recorded; only the rhythm is measured." })
        }
        _ => json!({}),
    }
}

/// The route's path for one record; `None` when there is no such record.
fn path(route: &str, record: &Somebody) -> Option<String> {
    let id = match route.split('/').nth(3).unwrap() {
        "people" => record.person.to_string(),
        "clients" => record.client.to_string(),
        "calls" if route.contains("{id}") => record.call.clone()?,
        "tokens" => "999999".into(),
        _ => "1".into(),
    };
    let parts = route.replace("{id}", &id);
    let parts = parts.split('/').map(|part| if part.starts_with('{') { "1" } else { part });
    Some(parts.collect::<Vec<_>>().join("/"))
}

/// Whether the records of a route belong to somebody.
fn is_owned(route: &str) -> bool {
    let owned = ["/api/v1/people/{id}", "/api/v1/clients/{id}", "/api/v1/calls/{id}"];
    owned.iter().any(|path| route.starts_with(path))
}

fn refuses(role: Role, deed: Deed, route: &str, whose: Whose) -> bool {
    let reach = reach(role, deed);
    match whose {
        _ if !is_owned(route) => reach == Reach::Nothing,
        Whose::Own => reach < Reach::Own,
        Whose::Team => reach < Reach::Team,
        Whose::Other => reach < Reach::All,
    }
}

/// What deletes comes last, and the own account at the very end.
fn lateness(method: &str, route: &str, whose: Whose) -> u8 {
    match (method, route, whose) {
        ("DELETE", "/api/v1/people/{id}/data", Whose::Own) => 4,
        ("DELETE", "/api/v1/people/{id}/data", _) => 3,
        ("DELETE", "/api/v1/clients/{id}/data", _) => 2,
        ("POST", "/api/v1/calls/{id}/withdraw", _) => 1,
        _ => 0,
    }
}

#[test]
fn each_role_is_refused_exactly_where_the_table_says() {
    let house = House::new();
    let [north, south] = house.teams;
    for role in Role::ALL {
        let name = role.name();
        let me = house.somebody(&format!("{name}.me"), role, north);
        let mate = house.somebody(&format!("{name}.mate"), Role::Rep, north);
        let other = house.somebody(&format!("{name}.other"), Role::Rep, south);
        let records = [(Whose::Own, &me), (Whose::Team, &mate), (Whose::Other, &other)];
        let mut requests: Vec<_> =
            ROUTES.iter().flat_map(|route| records.map(|record| (route, record))).collect();
        requests.sort_by_key(|((method, route, _), (whose, _))| lateness(method, route, *whose));
        for ((method, route, needs), (whose, record)) in requests {
            let (Needs::Deed(deed), Some(path)) = (needs, path(route, record)) else { continue };
            let body = (*method != "GET" && *method != "DELETE").then(|| sample(method, route));
            let (status, code) = house.ask(Some(&me.bearer), method, &path, body.as_ref());
            let refused = code == "not_allowed";
            assert_eq!(
                refused,
                refuses(role, *deed, route, whose),
                "{name} {method} {path} {whose:?}: {status} {code}"
            );
            assert_eq!(refused, status == 403, "{name} {method} {path} {whose:?}: {status} {code}");
            assert!(status < 500 && code != "not_signed_in", "{name} {method} {path}: {status} {code}");
        }
    }
}

#[test]
fn the_machines_own_user_is_refused_exactly_where_the_table_says() {
    let appliance = Appliance::start();
    let (call, _) = appliance.open("rep-left");
    let own = Somebody { person: 1, bearer: String::new(), client: 1, call: Some(call) };
    let mut routes: Vec<_> = ROUTES.iter().collect();
    routes.sort_by_key(|(method, route, _)| lateness(method, route, Whose::Own));
    for (method, route, needs) in routes {
        let (Needs::Deed(deed), Some(path)) = (needs, path(route, &own)) else { continue };
        let body = (*method != "GET" && *method != "DELETE").then(|| sample(method, route));
        let (status, code) = ask(&appliance, None, method, &path, body.as_ref());
        let refused = code == "not_allowed";
        assert_eq!(
            refused,
            refuses(Role::Local, *deed, route, Whose::Own),
            "{method} {path}: {status} {code}"
        );
        assert!(status < 500 && code != "not_signed_in", "{method} {path}: {status} {code}");
    }
}

#[test]
fn nobody_gets_in_anywhere() {
    let house = House::new();
    let somebody = house.somebody("li", Role::Rep, house.teams[0]);
    for (method, route, needs) in ROUTES {
        let Needs::Deed(_) = needs else { continue };
        let path = path(route, &somebody).unwrap();
        let body = (*method != "GET" && *method != "DELETE").then(|| sample(method, route));
        let answer = house.ask(None, method, &path, body.as_ref());
        assert_eq!(answer, (401, "not_signed_in".into()), "{method} {path}");
    }
}

/// Every route of the description that can change something, as `METHOD path`.
fn mutating() -> Vec<String> {
    let described: Value = serde_json::from_str(&undertone::api::openapi_json()).unwrap();
    let paths = described["paths"].as_object().unwrap();
    let methods = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys().map(|method| method.to_uppercase());
        methods.filter(|method| method != "GET").map(move |method| format!("{method} {path}"))
    });
    methods.collect()
}

#[test]
fn every_route_that_changes_something_leaves_one_entry() {
    let house = House::new();
    let (appliance, admin) = (&house.appliance, &house.admin);
    let li = colleague(appliance, admin, "li", "rep", Some(house.teams[0]));
    let mut untried = mutating();
    let mut try_route =
        |who: &Signed, route: &str, path: &str, more: &[(&str, &str)], body: Value| -> Value {
            let at = untried
                .iter()
                .position(|known| known == route)
                .unwrap_or_else(|| panic!("{route}: none, or twice"));
            untried.swap_remove(at);
            let newest =
                || admin.ask(appliance, "GET", "/api/v1/audit?limit=1", None).1["items"][0]["seq"].as_i64();
            let before = newest().unwrap();
            let method = route.split(' ').next().unwrap();
            let body = (!body.is_null()).then_some(body);
            let (status, answer) = who.ask_with(appliance, method, path, more, body.as_ref());
            assert!((200..300).contains(&status), "{route}: {status} {answer}");
            assert_eq!(newest().unwrap() - before, 1, "{route}");
            answer
        };
    let of = |route: &str| {
        let (method, path) = route.split_once(' ').unwrap();
        sample(method, path)
    };
    let seen = [("if-match", "\"v1\"")];
    let plain = |route: &str| route.split_once(' ').unwrap().1.to_owned();

    for route in
        ["POST /api/v1/teams", "POST /api/v1/people", "POST /api/v1/consent-texts", "POST /api/v1/tokens"]
    {
        try_route(admin, route, &plain(route), &[], of(route));
    }
    try_route(admin, "PATCH /api/v1/teams/{id}", "/api/v1/teams/1", &seen, json!({ "name": "North-east" }));
    let made = 3;
    try_route(
        admin,
        "PATCH /api/v1/people/{id}",
        &format!("/api/v1/people/{made}"),
        &seen,
        json!({ "name": "M" }),
    );
    let link = try_route(
        admin,
        "POST /api/v1/people/{id}/invitation",
        &format!("/api/v1/people/{made}/invitation"),
        &[],
        Value::Null,
    );
    let secret = link["path"].as_str().unwrap().rsplit('/').next().unwrap();
    let body = json!({ "secret": secret, "password": "another long one" });
    // Whoever signs in leaves the session that was shown.
    let wu = json!({ "login": "wu", "password": "a long enough one" });
    let spare = || Signed::by(appliance, "/api/v1/session", &wu);
    try_route(&spare(), "POST /api/v1/invitations/accept", "/api/v1/invitations/accept", &[], body);

    let card = json!({ "values": { "name": "华东" } });
    let (_, client) = li.ask(appliance, "POST", "/api/v1/tables/clients/records", Some(&card));
    let path = format!("/api/v1/clients/{}", client["id"]);
    located(appliance, &li, &client["id"], &mut try_route);
    let call = try_route(&li, "POST /api/v1/calls", "/api/v1/calls", &[], of("POST /api/v1/calls"));
    let call = format!("/api/v1/calls/{}", call["id"].as_str().unwrap());
    for what in ["ticket", "consent"] {
        let route = format!("POST /api/v1/calls/{{id}}/{what}");
        try_route(&li, &route, &format!("{call}/{what}"), &[], of(&route));
    }
    for what in ["hints", "review", "share"] {
        let route = format!("PUT /api/v1/calls/{{id}}/{what}");
        try_route(&li, &route, &format!("{call}/{what}"), &[], of(&route));
    }
    for what in ["stop", "withdraw"] {
        let route = format!("POST /api/v1/calls/{{id}}/{what}");
        try_route(&li, &route, &format!("{call}/{what}"), &[], Value::Null);
    }
    let text = "version = 1\nname = \"house\"\nextends = true\n";
    let playbook = json!({ "kind": "playbook", "key": "default", "body": { "text": text } });
    let saved = try_route(admin, "POST /api/v1/revisions", "/api/v1/revisions", &[], playbook);
    for what in ["publish", "restore"] {
        let route = format!("POST /api/v1/revisions/{{id}}/{what}");
        try_route(admin, &route, &format!("/api/v1/revisions/{}/{what}", saved["id"]), &[], Value::Null);
    }
    records(&li, admin, &mut try_route);
    let draft = json!({ "text": text, "team": null });
    try_route(admin, "POST /api/v1/playbook/dry-run", "/api/v1/playbook/dry-run", &[], draft);
    try_route(admin, "POST /api/v1/studies", "/api/v1/studies", &[], json!({}));
    try_route(admin, "POST /api/v1/studies/{id}/end", "/api/v1/studies/1/end", &[], Value::Null);
    let switch = "PUT /api/v1/rules/{id}/switch";
    try_route(admin, switch, "/api/v1/rules/hesitation/switch", &[], of(switch));
    let file = json!({ "format": 1, "items": [] });
    try_route(admin, "POST /api/v1/settings/import", "/api/v1/settings/import", &[], file);
    let hook = json!({ "url": "https://crm.example/hook", "topics": ["none"] });
    try_route(admin, "POST /api/v1/webhooks", "/api/v1/webhooks", &[], hook);
    for what in ["test", "retry"] {
        let route = format!("POST /api/v1/webhooks/{{id}}/{what}");
        try_route(admin, &route, &format!("/api/v1/webhooks/1/{what}"), &[], Value::Null);
    }
    let asleep = json!({ "active": false });
    try_route(admin, "PATCH /api/v1/webhooks/{id}", "/api/v1/webhooks/1", &seen, asleep);
    try_route(admin, "DELETE /api/v1/webhooks/{id}", "/api/v1/webhooks/1", &[], Value::Null);
    try_route(admin, "POST /api/v1/trust/clock", "/api/v1/trust/clock", &[], Value::Null);
    try_route(admin, "DELETE /api/v1/clients/{id}/data", &format!("{path}/data"), &[], Value::Null);
    try_route(
        admin,
        "DELETE /api/v1/people/{id}/data",
        &format!("/api/v1/people/{made}/data"),
        &[],
        Value::Null,
    );
    try_route(admin, "DELETE /api/v1/tokens/{id}", "/api/v1/tokens/1", &[], Value::Null);
    let passwords = json!({ "old": "another long one", "new": "a third long one" });
    try_route(&li, "PUT /api/v1/session/password", "/api/v1/session/password", &[], passwords);
    let password = json!({ "login": "li", "password": "a third long one" });
    try_route(&spare(), "POST /api/v1/session", "/api/v1/session", &[], password);
    let li =
        Signed::by(appliance, "/api/v1/session", &json!({ "login": "li", "password": "a third long one" }));
    try_route(&li, "DELETE /api/v1/session", "/api/v1/session", &[], Value::Null);
    untried.sort();
    // A hint must have been given before it can be rated, and tables, tracks, photos and files are not JSON: each has a test of
    // its own. What is only asked with a body changes nothing. What devices report is no deed: it is counted with the
    // device, and the log would keep it for years.
    let elsewhere = [
        "DELETE /api/v1/tables/{t}/imports/{n}",
        "POST /api/v1/calls/{id}/hints/{hint}/rating",
        "POST /api/v1/dates/read",
        "POST /api/v1/playbook/check",
        "POST /api/v1/playbook/condition",
        "POST /api/v1/positions",
        "POST /api/v1/positions/import",
        "POST /api/v1/positions/owntracks",
        "POST /api/v1/positions/traccar",
        "POST /api/v1/sites/import",
        "POST /api/v1/tables/{t}/files",
        "POST /api/v1/tables/{t}/import",
        "POST /api/v1/tables/{t}/imports/{n}/undo",
        "PUT /api/v1/visits/{id}/photo",
    ];
    assert_eq!(untried, elsewhere, "routes without a sample request");
}
