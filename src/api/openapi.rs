//! What the description says of every route alike: how to sign in, the headers of changes, and the refusals that any
//! route of its kind may give.

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    Content, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, ResponseBuilder, SecurityRequirement, Type,
};

use super::caller::{COOKIE, CSRF_HEADER};
use super::guard::{Needs, ROUTES};

const PROBLEM: &str = "application/problem+json";

/// Adds what holds for all routes; what a route says of itself stays.
pub fn complete(mut api: OpenApi) -> OpenApi {
    for (method, path, needs) in ROUTES {
        let Some(item) = api.paths.paths.get_mut(*path) else { continue };
        let Some(operation) = operation(item, method) else { continue };
        for (status, name, _) in refusals(method, path, *needs) {
            let response = RefOr::Ref(Ref::from_response_name(name));
            operation.responses.responses.entry(status.into()).or_insert(response);
        }
        say_kind(operation);
        let headers = headers(method)
            .iter()
            .map(|name| RefOr::Ref(Ref::new(format!("#/components/parameters/{name}"))));
        operation.parameters.get_or_insert_default().extend(headers);
        if *needs == Needs::Nothing {
            operation.security = Some(Vec::new());
        }
    }
    let components = api.components.get_or_insert_default();
    for (_, name, codes) in [ANY, CHANGES, OWN, OF_RECORDS, EDITS].concat() {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new().description(codes).content(PROBLEM, problem).build();
        components.responses.insert(name.into(), response.into());
    }
    for (name, pattern, what) in HEADERS {
        let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
        let header = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Header);
        let header = header.description(Some(what)).schema(Some(text)).build();
        components.parameters.insert(name.into(), header.into());
    }
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(token));
    let cookie = format!("with `{CSRF_HEADER}` from GET /api/v1/session on every change");
    let session = ApiKey::Cookie(ApiKeyValue::with_description(COOKIE, &*cookie));
    components.add_security_scheme("session", SecurityScheme::ApiKey(session));
    api.security = Some(["token", "session"].map(|name| SecurityRequirement::new(name, [""; 0])).into());
    api
}

/// Status, name and codes of a refusal.
type Told = (&'static str, &'static str, &'static str);

const ANY: &[Told] = &[
    ("403", "Foreign", "foreign_origin"),
    ("421", "OtherHost", "foreign_host"),
    ("400", "OtherHosts", "many_hosts"),
    ("429", "TooManyOpen", "too_many_open"),
    ("503", "Busy", "overloaded, crowded or stopping"),
];

/// Of routes for who has signed in.
const OWN: &[Told] = &[
    ("401", "NotSignedIn", "not_signed_in, bad_token or password_needed"),
    ("403", "NotAllowed", "not_allowed, not_in_scope, no_csrf_token or foreign_origin"),
];

/// Of routes that name a record.
const OF_RECORDS: &[Told] = &[("400", "BadId", "bad_id or bad_path"), ("404", "Missing", "missing")];

const CHANGES: &[Told] = &[
    ("400", "BadRequest", "bad_body, bad_id, bad_path, bad_if_match or bad_idempotency_key"),
    ("408", "Slow", "slow_body"),
    ("413", "TooLong", "bad_body: too long"),
    ("415", "OfAnotherKind", "bad_body: of another kind"),
    ("422", "Unreadable", "bad_body, bad_field or idempotency_key_reused"),
    ("507", "DiskFull", "disk_full: nothing was changed"),
];

/// Of routes that change a record that was seen.
const EDITS: &[Told] = &[("412", "Stale", "stale"), ("428", "NoIfMatch", "if_match_required")];

/// Headers of changes: their form and meaning.
const HEADERS: [(&str, &str, &str); 2] = [
    (
        "Idempotency-Key",
        "^[!-~]{1,128}$",
        "1 to 128 visible characters: the same request under the same key is done once.",
    ),
    ("If-Match", "^\"v[0-9]{1,18}\"$", "The `ETag` of the record that was seen."),
];

/// The refusals that a route of its kind may give; the first of a status counts.
fn refusals(method: &str, path: &str, needs: Needs) -> Vec<Told> {
    let when = |holds: bool, of: &[Told]| if holds { of.to_vec() } else { Vec::new() };
    let changes = method != "GET";
    let kinds = [
        when(needs != Needs::Nothing, OWN),
        when(changes, CHANGES),
        when(path.contains('{'), OF_RECORDS),
        when(method == "PATCH", EDITS),
        ANY.to_vec(),
    ];
    kinds.concat()
}

fn headers(method: &str) -> &'static [&'static str] {
    match method {
        "GET" => &[],
        "PATCH" => &["Idempotency-Key", "If-Match"],
        _ => &["Idempotency-Key"],
    }
}

fn operation<'a>(item: &'a mut PathItem, method: &str) -> Option<&'a mut Operation> {
    match method {
        "GET" => item.get.as_mut(),
        "POST" => item.post.as_mut(),
        "PUT" => item.put.as_mut(),
        "PATCH" => item.patch.as_mut(),
        _ => item.delete.as_mut(),
    }
}

/// Problems have a kind of their own.
fn say_kind(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.as_str() >= "400"
            && let Some(content) = response.content.swap_remove("application/json")
        {
            response.content.insert(PROBLEM.into(), content);
        }
    }
}
