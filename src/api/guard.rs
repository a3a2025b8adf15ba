//! Which deed each route is. A route that is not here is refused, so that none is forgotten.

use axum::extract::{MatchedPath, Request};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::caller::Caller;
use super::refusal::Refusal;
use crate::people::{Deed, Role};

/// What a route asks of who uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Anybody may, signed in or not.
    Nothing,
    Deed(Deed),
}

use Needs::{Deed as May, Nothing};

/// Method, path, and what it needs. How far a role reaches is for `people::permissions` to say; whose record it is, for
/// the handler to ask.
#[rustfmt::skip]
pub const ROUTES: &[(&str, &str, Needs)] = &[
    ("GET",    "/api/v1/session",                Nothing),
    ("POST",   "/api/v1/session",                Nothing),
    ("DELETE", "/api/v1/session",                May(Deed::BeHere)),
    ("PUT",    "/api/v1/session/password",       May(Deed::BeHere)),
    ("POST",   "/api/v1/invitations/accept",     Nothing),
    ("GET",    "/api/v1/tokens",                 May(Deed::BeHere)),
    ("POST",   "/api/v1/tokens",                 May(Deed::BeHere)),
    ("DELETE", "/api/v1/tokens/{id}",            May(Deed::BeHere)),
    ("GET",    "/api/v1/people",                 May(Deed::ReadPeople)),
    ("POST",   "/api/v1/people",                 May(Deed::ManagePeople)),
    ("GET",    "/api/v1/people/{id}",            May(Deed::ReadPeople)),
    ("PATCH",  "/api/v1/people/{id}",            May(Deed::ManagePeople)),
    ("POST",   "/api/v1/people/{id}/invitation", May(Deed::ManagePeople)),
    ("GET",    "/api/v1/teams",                  May(Deed::ReadPeople)),
    ("POST",   "/api/v1/teams",                  May(Deed::ManagePeople)),
    ("PATCH",  "/api/v1/teams/{id}",             May(Deed::ManagePeople)),
    ("GET",    "/api/v1/audit",                  May(Deed::ReadAudit)),
    ("GET",    "/api/v1/events",                 May(Deed::ReadEvents)),
    ("GET",    "/api/v1/webhooks",               May(Deed::ManageWebhooks)),
    ("POST",   "/api/v1/webhooks",               May(Deed::ManageWebhooks)),
    ("PATCH",  "/api/v1/webhooks/{id}",          May(Deed::ManageWebhooks)),
    ("DELETE", "/api/v1/webhooks/{id}",          May(Deed::ManageWebhooks)),
    ("GET",    "/api/v1/webhooks/{id}/waiting",  May(Deed::ManageWebhooks)),
    ("POST",   "/api/v1/webhooks/{id}/test",     May(Deed::ManageWebhooks)),
    ("POST",   "/api/v1/webhooks/{id}/retry",    May(Deed::ManageWebhooks)),
    ("GET",    "/api/v1/settings",               May(Deed::ReadRevisions)),
    ("GET",    "/api/v1/settings/export",        May(Deed::ReadRevisions)),
    ("POST",   "/api/v1/settings/import",        May(Deed::EditRevisions)),
    ("GET",    "/api/v1/revisions",              May(Deed::ReadRevisions)),
    ("POST",   "/api/v1/revisions",              May(Deed::EditRevisions)),
    ("GET",    "/api/v1/revisions/{id}",         May(Deed::ReadRevisions)),
    ("GET",    "/api/v1/revisions/{id}/diff",    May(Deed::ReadRevisions)),
    ("POST",   "/api/v1/revisions/{id}/publish", May(Deed::EditRevisions)),
    ("POST",   "/api/v1/revisions/{id}/restore", May(Deed::EditRevisions)),
    ("GET",    "/api/v1/clients/{id}/data",      May(Deed::ErasePeople)),
    ("DELETE", "/api/v1/clients/{id}/data",      May(Deed::ErasePeople)),
    ("GET",    "/api/v1/people/{id}/data",       May(Deed::ErasePeople)),
    ("DELETE", "/api/v1/people/{id}/data",       May(Deed::ErasePeople)),
    ("GET",    "/api/v1/credit/{client}",        May(Deed::ReadClients)),
    ("GET",    "/api/v1/consent-texts",          May(Deed::ReadTexts)),
    ("POST",   "/api/v1/consent-texts",          May(Deed::EditTexts)),
    ("GET",    "/api/v1/calls",                  May(Deed::ReadCalls)),
    ("POST",   "/api/v1/calls",                  May(Deed::HoldCalls)),
    ("GET",    "/api/v1/calls/{id}",             May(Deed::ReadCalls)),
    ("POST",   "/api/v1/calls/{id}/ticket",      May(Deed::HoldCalls)),
    ("POST",   "/api/v1/calls/{id}/stop",        May(Deed::HoldCalls)),
    ("POST",   "/api/v1/calls/{id}/consent",     May(Deed::HoldCalls)),
    ("POST",   "/api/v1/calls/{id}/withdraw",    May(Deed::WithdrawCalls)),
    ("GET",    "/api/v1/calls/{id}/summary",     May(Deed::ReadCalls)),
    ("GET",    "/api/v1/calls/{id}/receipt",     May(Deed::ReadCalls)),
    ("GET",    "/api/v1/calls/{id}/stream",      May(Deed::ReadCalls)),
    ("GET",    "/api/v1/calls/{id}/moments",     May(Deed::ReadCalls)),
    ("PUT",    "/api/v1/calls/{id}/hints",       May(Deed::HoldCalls)),
    ("POST",   "/api/v1/calls/{id}/hints/{hint}/rating", May(Deed::HoldCalls)),
    ("PUT",    "/api/v1/calls/{id}/review",      May(Deed::HoldCalls)),
    ("GET",    "/api/v1/playbook",               May(Deed::ReadTrust)),
    ("GET",    "/api/v1/playbook/fields",        May(Deed::ReadRevisions)),
    ("POST",   "/api/v1/playbook/condition",     May(Deed::ReadRevisions)),
    ("POST",   "/api/v1/playbook/check",         May(Deed::ReadRevisions)),
    ("POST",   "/api/v1/playbook/dry-run",       May(Deed::EditRevisions)),
    ("GET",    "/api/v1/studies",                May(Deed::ReadStudies)),
    ("POST",   "/api/v1/studies",                May(Deed::RunStudies)),
    ("POST",   "/api/v1/studies/{id}/end",       May(Deed::RunStudies)),
    ("GET",    "/api/v1/rules",                  May(Deed::ReadRevisions)),
    ("PUT",    "/api/v1/rules/{id}/switch",      May(Deed::SwitchRules)),
    ("GET",    "/api/v1/board",                  May(Deed::ReadBoard)),
    ("GET",    "/api/v1/board/export",           May(Deed::ReadBoard)),
    ("GET",    "/api/v1/board/calls",            May(Deed::ReadBoard)),
    ("GET",    "/api/v1/board/day",              May(Deed::ReadBoard)),
    ("GET",    "/api/v1/calls/{id}/share",       May(Deed::HoldCalls)),
    ("PUT",    "/api/v1/calls/{id}/share",       May(Deed::HoldCalls)),
    ("GET",    "/api/v1/coaching",               May(Deed::HoldCalls)),
    ("GET",    "/api/v1/devices",                May(Deed::UseInputs)),
    ("GET",    "/api/v1/devices/{id}/level",     May(Deed::UseInputs)),
    ("POST",   "/api/v1/positions",              Nothing),
    ("POST",   "/api/v1/positions/owntracks",    Nothing),
    ("GET",    "/api/v1/positions/traccar",      Nothing),
    ("POST",   "/api/v1/positions/traccar",      Nothing),
    ("POST",   "/api/v1/positions/import",       May(Deed::ReportPositions)),
    ("GET",    "/api/v1/people/{id}/location",   May(Deed::ReportPositions)),
    ("PUT",    "/api/v1/people/{id}/location",   May(Deed::ReportPositions)),
    ("GET",    "/api/v1/people/{id}/looks",      May(Deed::ReportPositions)),
    ("GET",    "/api/v1/people/{id}/track",      May(Deed::ReportPositions)),
    ("GET",    "/api/v1/people/{id}/enrolments", May(Deed::ReportPositions)),
    ("POST",   "/api/v1/people/{id}/enrolments", May(Deed::ReportPositions)),
    ("DELETE", "/api/v1/people/{id}/enrolments/{enrolment}", May(Deed::ReportPositions)),
    ("GET",    "/api/v1/people/{id}/visits",     May(Deed::ReadVisits)),
    ("GET",    "/api/v1/visits",                 May(Deed::ReadVisits)),
    ("POST",   "/api/v1/visits",                 May(Deed::ReportPositions)),
    ("GET",    "/api/v1/visits/near",            May(Deed::ReportPositions)),
    ("GET",    "/api/v1/visits/{id}",            May(Deed::ReadVisits)),
    ("POST",   "/api/v1/visits/{id}/answer",     May(Deed::ReportPositions)),
    ("POST",   "/api/v1/visits/{id}/undo",       May(Deed::ReportPositions)),
    ("POST",   "/api/v1/visits/{id}/leave",      May(Deed::ReportPositions)),
    ("PUT",    "/api/v1/visits/{id}/photo",      May(Deed::ReportPositions)),
    ("GET",    "/api/v1/visits/{id}/photo",      May(Deed::ReadVisits)),
    ("GET",    "/api/v1/coverage",               May(Deed::ReadVisits)),
    ("GET",    "/api/v1/clients/{id}/brief",     May(Deed::ReadClients)),
    ("GET",    "/api/v1/sites",                  May(Deed::ReadClients)),
    ("POST",   "/api/v1/sites",                  May(Deed::EditClients)),
    ("GET",    "/api/v1/sites/{id}",             May(Deed::ReadClients)),
    ("PATCH",  "/api/v1/sites/{id}",             May(Deed::EditClients)),
    ("DELETE", "/api/v1/sites/{id}",             May(Deed::EditClients)),
    ("POST",   "/api/v1/sites/{id}/revert",      May(Deed::EditClients)),
    ("POST",   "/api/v1/sites/import",           May(Deed::ImportClients)),
    ("GET",    "/api/v1/map",                    May(Deed::BeHere)),
    ("GET",    "/api/v1/map/tiles",              May(Deed::BeHere)),
    ("POST",   "/api/v1/dates/read",             May(Deed::ReadRecords)),
    ("GET",    "/api/v1/tables",                 May(Deed::ReadRecords)),
    ("GET",    "/api/v1/tables/openapi.json",    May(Deed::ReadRecords)),
    ("GET",    "/api/v1/tables/{t}/records",     May(Deed::ReadRecords)),
    ("POST",   "/api/v1/tables/{t}/records",     May(Deed::EditRecords)),
    ("GET",    "/api/v1/tables/{t}/records/{id}", May(Deed::ReadRecords)),
    ("PATCH",  "/api/v1/tables/{t}/records/{id}", May(Deed::EditRecords)),
    ("DELETE", "/api/v1/tables/{t}/records/{id}", May(Deed::EditRecords)),
    ("POST",   "/api/v1/tables/{t}/records/{id}/restore", May(Deed::EditRecords)),
    ("GET",    "/api/v1/tables/{t}/records/{id}/history", May(Deed::ReadRecords)),
    ("GET",    "/api/v1/tables/{t}/records/{id}/trail", May(Deed::ReadRecords)),
    ("POST",   "/api/v1/tables/{t}/batch",       May(Deed::EditRecords)),
    ("GET",    "/api/v1/tables/{t}/sum",         May(Deed::ReadRecords)),
    ("POST",   "/api/v1/tables/{t}/import",      May(Deed::ImportRecords)),
    ("GET",    "/api/v1/tables/{t}/imports",     May(Deed::ImportRecords)),
    ("GET",    "/api/v1/tables/{t}/imports/{n}", May(Deed::ImportRecords)),
    ("DELETE", "/api/v1/tables/{t}/imports/{n}", May(Deed::ImportRecords)),
    ("POST",   "/api/v1/tables/{t}/imports/{n}/undo", May(Deed::ImportRecords)),
    ("PUT",    "/api/v1/tables/{t}/views/{key}", May(Deed::ReadRecords)),
    ("DELETE", "/api/v1/tables/{t}/views/{key}", May(Deed::ReadRecords)),
    ("POST",   "/api/v1/tables/{t}/files",       May(Deed::EditRecords)),
    ("GET",    "/api/v1/tables/{t}/records/{id}/files/{file}", May(Deed::ReadRecords)),
    ("GET",    "/api/v1/tables/{t}/export",      May(Deed::ReadRecords)),
    ("GET",    "/api/v1/sandbox",                May(Deed::ReadTrust)),
    ("GET",    "/api/v1/trust",                  May(Deed::ReadTrust)),
    ("POST",   "/api/v1/trust/clock",            May(Deed::ManagePeople)),
];

/// What a route needs; `None` when it is not in the table.
pub fn needs(method: &Method, path: &str) -> Option<Needs> {
    let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
    let known = ROUTES.iter().find(|(name, route, _)| *name == method && *route == path);
    known.map(|(_, _, needs)| *needs)
}

/// Refuses who may not use the route at all.
pub async fn check(path: MatchedPath, request: Request, next: Next) -> Response {
    match refuse(request.method(), path.as_str().trim_end_matches('/'), request.extensions().get()) {
        Some(refusal) => refusal.into_response(),
        None => next.run(request).await,
    }
}

fn refuse(method: &Method, path: &str, caller: Option<&Caller>) -> Option<Refusal> {
    let caller = caller.unwrap_or(&Caller::NOBODY);
    match needs(method, path) {
        Some(Nothing) => None,
        Some(May(deed)) if !caller.who.scope.holds(deed) => Some(Refusal::NotInScope(deed.name())),
        Some(May(deed)) if caller.who.role != Role::Nobody => caller.who.may(deed).err().map(Refusal::from),
        Some(May(_)) => Some(Refusal::NotSignedIn),
        None => Some(Refusal::NoSuchPage),
    }
}
