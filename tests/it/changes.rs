//! Changes that routes are tried with.

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::appliance::Appliance;

/// Who changes what: `METHOD route`, path, headers, body.
pub type TryRoute<'a> = dyn FnMut(&Signed, &str, &str, &[(&str, &str)], Value) -> Value + 'a;

/// What is asked of positions, visits and sites.
pub fn located(appliance: &Appliance, li: &Signed, client: &Value, try_route: &mut TryRoute) {
    let person = format!("/api/v1/people/{}", li.person(appliance));
    let none = [("if-match", "\"v0\"")];
    let seen = [("if-match", "\"v1\"")];
    let path = format!("{person}/location");
    try_route(li, "PUT /api/v1/people/{id}/location", &path, &none, json!({ "consent": true }));
    let path = format!("{person}/enrolments");
    let phone = json!({ "app": "owntracks", "name": "phone" });
    let phone = try_route(li, "POST /api/v1/people/{id}/enrolments", &path, &[], phone);
    let path = format!("{path}/{}", phone["enrolment"]["id"]);
    try_route(li, "DELETE /api/v1/people/{id}/enrolments/{enrolment}", &path, &[], Value::Null);
    let site =
        json!({ "client": client, "name": "x", "lat": 31, "lon": 121, "datum": "wgs84", "radius_m": 50 });
    let site = try_route(li, "POST /api/v1/sites", "/api/v1/sites", &[], site);
    let path = format!("/api/v1/sites/{}", site["id"]);
    try_route(li, "PATCH /api/v1/sites/{id}", &path, &seen, json!({ "name": "y" }));
    let now_ms = crate::located::now_ms();
    let position = json!({ "lat": 31, "lon": 121, "accuracy_m": 9, "tst_ms": now_ms });
    let check_in = json!({ "position": position, "client": client });
    let visit = try_route(li, "POST /api/v1/visits", "/api/v1/visits", &[], check_in);
    let of = |what: &str| format!("/api/v1/visits/{}/{what}", visit["id"]);
    try_route(li, "POST /api/v1/visits/{id}/leave", &of("leave"), &[], Value::Null);
    let answer = of("answer");
    try_route(li, "POST /api/v1/visits/{id}/answer", &answer, &[], json!({ "nowhere": true }));
    try_route(li, "POST /api/v1/visits/{id}/undo", &of("undo"), &[], Value::Null);
    try_route(li, "POST /api/v1/sites/{id}/revert", &format!("{path}/revert"), &[], Value::Null);
    try_route(li, "DELETE /api/v1/sites/{id}", &path, &[], Value::Null);
}

/// What is asked of records.
pub fn records(li: &Signed, admin: &Signed, try_route: &mut TryRoute) {
    let all = "/api/v1/tables/leads/records";
    let body = json!({ "values": { "title": "x" } });
    let made = try_route(li, "POST /api/v1/tables/{t}/records", all, &[], body.clone());
    let path = format!("{all}/{}", made["id"]);
    let one = "/api/v1/tables/{t}/records/{id}";
    let seen = [("if-match", "\"v1\"")];
    try_route(li, &format!("PATCH {one}"), &path, &seen, json!({ "values": { "title": "y" } }));
    try_route(admin, &format!("DELETE {one}"), &path, &[], Value::Null);
    try_route(admin, &format!("POST {one}/restore"), &format!("{path}/restore"), &[], Value::Null);
    let view = json!({ "label": "mine", "for": "me", "filter": "owner == me()", "widths": { "title": 240 } });
    let place = "/api/v1/tables/leads/views/mine";
    try_route(li, "PUT /api/v1/tables/{t}/views/{key}", place, &[], view);
    try_route(li, "DELETE /api/v1/tables/{t}/views/{key}", place, &[], Value::Null);
    let batch = json!({ "items": [{ "create": body }] });
    try_route(li, "POST /api/v1/tables/{t}/batch", "/api/v1/tables/leads/batch", &[], batch);
}
