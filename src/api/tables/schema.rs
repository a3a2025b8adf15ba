//! The records of each table as a schema, from its definition: what a client of one table is generated from.

use serde_json::{Map, Value as Json, json};

use crate::people::{Reach, Role};
use crate::records::definition::{Field, Kind, SYSTEM, Set, Table, system_field};

/// An OpenAPI document of the records that a role reaches; `seen` are the definitions as it sees them.
pub fn document(seen: &Set, role: Role) -> Json {
    let (mut paths, mut schemas) = (Map::new(), Map::new());
    for table in seen.tables.values().filter(|table| !table.fields.is_empty()) {
        let key = &table.key;
        schemas.insert(format!("Record.{key}"), record(table));
        schemas.insert(format!("Values.{key}"), values(table, role, false));
        schemas.insert(format!("NewValues.{key}"), values(table, role, true));
        let access = table.access(role);
        let (mut many, mut one) = (Map::new(), Map::new());
        if access.read != Reach::Nothing {
            many.insert("get".into(), list(key));
            one.insert("get".into(), operation("read", key, None, "200", &format!("Record.{key}")));
        }
        if access.create {
            let body = json!({ "uid": { "type": "string", "format": "uuid" }, "values": to(&format!("NewValues.{key}")) });
            let made = operation("create", key, Some((body, "values")), "201", &format!("Record.{key}"));
            many.insert("post".into(), made);
        }
        if access.change != Reach::Nothing {
            let values = to(&format!("Values.{key}"));
            let body = json!({ "values": values, "base": values });
            let changed = operation("change", key, Some((body, "values")), "200", &format!("Record.{key}"));
            one.insert("patch".into(), changed);
        }
        if access.delete != Reach::Nothing {
            one.insert("delete".into(), operation("delete", key, None, "200", &format!("Record.{key}")));
        }
        paths.insert(format!("/api/v1/tables/{key}/records"), many.into());
        one.insert(
            "parameters".into(),
            json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "integer" } }]),
        );
        paths.insert(format!("/api/v1/tables/{key}/records/{{id}}"), one.into());
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Undertone: records", "version": env!("CARGO_PKG_VERSION"),
            "description": "The tables in reach of who asks. What holds for every table is in /api/v1/openapi.json." },
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } } },
        "security": [{ "token": [] }],
    })
}

fn to(schema: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

fn answer(status: &str, schema: Json) -> Json {
    json!({ (status): { "description": "done", "content": { "application/json": { "schema": schema } } } })
}

fn operation(deed: &str, key: &str, body: Option<(Json, &str)>, status: &str, schema: &str) -> Json {
    let mut operation = json!({
        "operationId": format!("{deed}_{key}"), "tags": [key], "responses": answer(status, to(schema)),
    });
    if let Some((properties, required)) = body {
        let schema = json!({ "type": "object", "properties": properties, "required": [required], "additionalProperties": false });
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    operation
}

fn list(key: &str) -> Json {
    let texts = ["filter", "sort", "fields", "q", "view", "after"];
    let text = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    let limit = json!({ "name": "limit", "in": "query", "schema": { "type": "integer", "minimum": 1, "maximum": 200 } });
    let parameters: Vec<_> = texts.into_iter().map(text).chain([limit]).collect();
    let page = json!({
        "type": "object", "required": ["items"],
        "properties": { "items": { "type": "array", "items": to(&format!("Record.{key}")) }, "next": { "type": ["string", "null"] } },
    });
    json!({ "operationId": format!("list_{key}"), "tags": [key], "parameters": parameters, "responses": answer("200", page) })
}

fn record(table: &Table) -> Json {
    json!({
        "title": table.label.en, "description": table.label.zh, "type": "object",
        "required": ["id", "uid", "version", "values"],
        "properties": {
            "id": { "type": "integer" }, "uid": { "type": "string" }, "version": { "type": "integer" },
            "deleted_at": { "type": "integer" }, "values": to(&format!("Values.{}", table.key)),
        },
    })
}

/// The values of a record; of a new one only those that may be written, with what is required.
fn values(table: &Table, role: Role, new: bool) -> Json {
    let read_only = &table.access(role).read_only;
    let writes = |field: &Field| !field.kind.is_computed() && !read_only.contains(&field.key);
    let own = table.fields.iter().filter(|field| !field.hidden && (!new || writes(field)));
    let mut properties: Map<String, Json> = own
        .clone()
        .map(|field| {
            let mut schema = value(field, new);
            schema["title"] = field.label.en.clone().into();
            schema["description"] = field.label.zh.clone().into();
            if !writes(field) {
                schema["readOnly"] = true.into();
            }
            (field.key.clone(), schema)
        })
        .collect();
    let of_all = SYSTEM.iter().filter_map(|(key, ..)| system_field(key));
    let of_all = of_all.filter(|field| !matches!(field.key.as_str(), "id" | "uid" | "version"));
    for field in of_all.filter(|field| !new || field.key == "owner") {
        properties.entry(field.key.clone()).or_insert_with(|| {
            let mut schema = value(field, new);
            schema["readOnly"] = (field.key != "owner").into();
            schema
        });
    }
    let required: Vec<_> = own
        .filter(|field| new && field.required && field.default.is_none())
        .map(|field| &field.key)
        .collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// A value; missing ones are left out of answers, and null takes a value away.
fn value(field: &Field, new: bool) -> Json {
    let options = || {
        let shown = field.options.iter().filter(|option| !new || !option.retired);
        json!({ "type": "string", "enum": shown.map(|option| &option.key).collect::<Vec<_>>() })
    };
    let stored =
        || json!({ "type": "object", "required": ["id"], "properties": { "id": { "type": "integer" } } });
    let one = match field.kind {
        Kind::Text | Kind::LongText | Kind::RichText | Kind::Phone => json!({ "type": "string" }),
        Kind::Whole | Kind::Instant | Kind::Person | Kind::Link => {
            json!({ "type": "integer", "format": "int64" })
        }
        Kind::Money => json!({ "type": "integer", "format": "int64", "x-unit": "fen" }),
        Kind::Number => json!({ "type": "number" }),
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Day => json!({ "type": "string", "format": "date" }),
        Kind::Deadline => json!({ "oneOf": [
            { "type": "string", "format": "date" }, { "type": "integer", "format": "int64" }
        ] }),
        Kind::Choice | Kind::Choices | Kind::Tree => options(),
        Kind::Photo | Kind::Photos | Kind::Attachment => stored(),
        Kind::Location => json!({
            "type": "object", "required": ["lat", "lon", "datum"],
            "properties": {
                "lat": { "type": "number", "minimum": -90, "maximum": 90 },
                "lon": { "type": "number", "minimum": -180, "maximum": 180 },
                "datum": { "type": "string", "enum": ["wgs84", "gcj02", "bd09"] },
            },
        }),
        Kind::Lookup | Kind::Formula | Kind::RollUp => return json!({}),
    };
    let is_list = crate::records::grow::is_list(field);
    if is_list { json!({ "type": "array", "items": one }) } else { one }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::pack;

    fn seen(role: Role) -> Set {
        let mut set = Set::default();
        for (kind, key, body) in pack::bodies() {
            if kind == "table" {
                set.tables.insert(key.clone(), Table::read(&key, &body).unwrap());
            }
        }
        set.seen_by(role)
    }

    #[test]
    fn each_table_is_a_schema_and_every_reference_leads_somewhere() {
        let document = document(&seen(Role::Admin), Role::Admin);
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let leads = &schemas["Values.leads"]["properties"];
        assert_eq!(leads["amount"]["x-unit"], "fen");
        assert_eq!(leads["client"]["type"], "integer");
        assert!(leads["status"]["enum"].as_array().unwrap().contains(&json!("新建")), "{leads}");
        assert_eq!(schemas["NewValues.leads"]["required"], json!(["title"]));
        assert_eq!(schemas["NewValues.clients"]["properties"].get("contacts"), None, "computed");
        let text = document.to_string();
        for part in text.split("#/components/schemas/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schemas.contains_key(name), "{name}");
        }
    }

    #[test]
    fn what_a_role_does_not_see_or_do_is_not_described() {
        let mut set = seen(Role::Admin);
        let table = set.tables.get_mut("leads").unwrap();
        let body = json!({ "label": "x", "fields": [{ "key": "a", "kind": "text" }, { "key": "b", "kind": "text" }],
            "access": { "rep": { "read": "own", "create": false, "change": "nothing", "delete": "nothing", "hidden": ["b"] } } });
        *table = Table::read("leads", &body).unwrap();
        let document = document(&set.seen_by(Role::Rep), Role::Rep);
        let path = document["paths"]["/api/v1/tables/leads/records"].as_object().unwrap();
        assert_eq!(path.keys().collect::<Vec<_>>(), ["get"]);
        let values = document["components"]["schemas"]["Values.leads"]["properties"].as_object().unwrap();
        assert!(values.contains_key("a") && !values.contains_key("b"), "{values:?}");
    }
}
