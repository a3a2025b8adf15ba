//! The description of the API as one page without scripts: what each route asks, answers and needs.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use super::guard::{Needs, needs};
use crate::people::{Reach, Role, reach};

pub const STYLE: &str = include_str!("reference.css");

/// Text as it may stand in HTML; `code` between back-ticks.
fn text(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut pieces = escaped.split('`');
    let mut html = pieces.next().unwrap_or_default().to_owned();
    for (n, piece) in pieces.enumerate() {
        let _ = write!(html, "{}{piece}", if n % 2 == 0 { "<code>" } else { "</code>" });
    }
    // A back-tick without its fellow opened one.
    if escaped.matches('`').count() % 2 == 1 { html + "</code>" } else { html }
}

fn string<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// The page for a description.
pub fn page(description: &Value) -> String {
    let mut by_tag: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, methods) in description["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            by_tag.entry(tag).or_default().push(route(description, &method.to_uppercase(), path, operation));
        }
    }
    let (mut links, mut sections) = (String::new(), String::new());
    for (tag, routes) in by_tag {
        let _ = write!(links, "<a href=\"#{tag}\">{tag}</a>");
        let _ = write!(sections, "<section id=\"{tag}\"><h2>{tag}</h2>{}</section>", routes.concat());
    }
    let schemas = description["components"]["schemas"].as_object().into_iter().flatten();
    let schemas: String = schemas.map(|(name, schema)| shape(name, schema)).collect();
    let title = text(string(&description["info"], "title"));
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}: the API</title>\
         <link rel=\"stylesheet\" href=\"docs.css\"><header><h1>{title}: the API</h1><p>{}</p>\
         <p>For machines: <a href=\"openapi.json\">openapi.json</a>.</p></header>\
         <nav aria-label=\"Contents\">{links}<a href=\"#shapes\">shapes</a></nav>\
         <main>{sections}<section id=\"shapes\"><h2>shapes</h2>{schemas}</section></main></html>",
        text(string(&description["info"], "description"))
    )
}

/// What a reference stands for.
fn meant<'a>(description: &'a Value, value: &'a Value) -> &'a Value {
    let path = value["$ref"].as_str().and_then(|path| path.strip_prefix('#'));
    path.and_then(|path| description.pointer(path)).unwrap_or(value)
}

fn route(description: &Value, method: &str, path: &str, operation: &Value) -> String {
    let summary = string(operation, "summary");
    let mut html = format!(
        "<details id=\"{}\"><summary><b class=\"{}\">{method}</b> <code>{}</code> <span>{}</span></summary>",
        text(string(operation, "operationId")),
        method.to_lowercase(),
        text(path),
        text(summary.split_inclusive(". ").next().unwrap_or(summary))
    );
    let _ = write!(html, "<p>{}</p>", text(summary));
    let _ = write!(
        html,
        "<p>{}</p><p class=\"quiet\">{}</p>",
        text(string(operation, "description")),
        who(method, path)
    );
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
        let parameter = meant(description, parameter);
        let must = if parameter["required"] == true { " <em>needed</em>" } else { "" };
        let name =
            format!("<code>{}</code> {}{must}", text(string(parameter, "name")), string(parameter, "in"));
        [name, kind(&parameter["schema"]), text(string(parameter, "description"))]
    });
    html += &table("WriteRequest for", parameters.chain(bodies(&operation["requestBody"], "the body")));
    let answers = operation["responses"].as_object().into_iter().flatten().map(|(status, response)| {
        let response = meant(description, response);
        let body = bodies(response, "").map(|[_, kind, _]| kind).collect::<Vec<_>>().join(", ");
        [format!("<code>{status}</code>"), body, text(string(response, "description"))]
    });
    html + &table("Answers", answers) + "</details>"
}

/// The kinds of a body and their shapes.
fn bodies<'a>(holder: &'a Value, name: &'a str) -> impl Iterator<Item = [String; 3]> + 'a {
    let content = holder["content"].as_object().into_iter().flatten();
    content
        .map(move |(media, body)| [name.to_owned(), kind(&body["schema"]), format!("<code>{media}</code>")])
}

/// Which roles may, and how far.
fn who(method: &str, path: &str) -> String {
    let method = method.parse().unwrap_or_default();
    let Some(Needs::Deed(deed)) = needs(&method, path) else {
        return "For everybody, signed in or not.".into();
    };
    let may = Role::ALL.iter().chain([&Role::Local]).filter_map(|&role| {
        let far = match reach(role, deed) {
            Reach::Nothing => return None,
            Reach::Own => "own",
            Reach::Team => "team",
            Reach::All => "all",
        };
        Some(format!("{} ({far})", role.name()))
    });
    format!("Needs “{}”: {}.", deed.name(), may.collect::<Vec<_>>().join(", "))
}

fn table(title: &str, rows: impl Iterator<Item = [String; 3]>) -> String {
    let rows: String =
        rows.map(|[name, kind, what]| format!("<tr><th scope=\"row\">{name}<td>{kind}<td>{what}")).collect();
    if rows.is_empty() {
        rows
    } else {
        format!("<h3>{title}</h3><div class=\"wide\"><table>{rows}</table></div>")
    }
}

fn shape(name: &str, schema: &Value) -> String {
    let mut html = format!("<details id=\"shape-{name}\"><summary><code>{name}</code></summary>");
    let _ = write!(html, "<p>{}</p>", text(string(schema, "description")));
    let one_of = schema["oneOf"].as_array();
    for variant in one_of.map_or(std::slice::from_ref(schema), Vec::as_slice) {
        html += &match variant["properties"].as_object() {
            Some(fields) => {
                let needed = variant["required"].as_array();
                let rows = fields.iter().map(|(field, schema)| {
                    let must = needed.is_some_and(|needed| needed.iter().any(|name| name == field));
                    let must = if must { "" } else { " <em>may be left out</em>" };
                    [format!("<code>{field}</code>{must}"), kind(schema), text(string(schema, "description"))]
                });
                table(if one_of.is_some() { "One of" } else { "Fields" }, rows)
            }
            None => format!("<p>{}</p>", kind(variant)),
        };
    }
    html + "</details>"
}

/// A type in words, with links to shapes.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#shape-{name}\">{name}</a>");
    }
    if let Some(values) = schema["enum"].as_array() {
        let values =
            values.iter().filter_map(Value::as_str).map(|value| format!("<code>{}</code>", text(value)));
        return values.collect::<Vec<_>>().join(" or ");
    }
    for one_of in ["oneOf", "anyOf", "allOf"] {
        if let Some(variants) = schema[one_of].as_array() {
            return variants.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let names =
        schema["type"].as_array().map_or_else(|| vec![&schema["type"]], |names| names.iter().collect());
    let names = names.into_iter().filter_map(Value::as_str).map(|name| match name {
        "array" => format!("list of {}", kind(&schema["items"])),
        name => name.to_owned(),
    });
    names.collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_cannot_become_markup() {
        assert_eq!(text("a <b> & `c` \"d\""), "a &lt;b&gt; &amp; <code>c</code> &quot;d&quot;");
        assert_eq!(text("`open"), "<code>open</code>");
    }

    #[test]
    fn every_route_and_every_link_is_on_the_page() {
        let description = serde_json::from_str(&crate::api::openapi_json()).unwrap();
        let page = page(&description);
        for (_, path, _) in crate::api::guard::ROUTES {
            assert!(page.contains(&format!("<code>{path}</code>")), "{path}");
        }
        for link in page.split("href=\"#").skip(1) {
            let id = link.split('"').next().unwrap();
            assert!(page.contains(&format!("id=\"{id}\"")), "#{id} leads nowhere");
        }
        assert!(
            ["<script", "style=", "src=", "href=\"http"].iter().all(|word| !page.contains(word)),
            "all from here"
        );
    }
}
