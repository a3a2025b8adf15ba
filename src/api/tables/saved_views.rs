//! Views that people save for themselves, for their team or for all, and who sees which.

use std::collections::HashSet;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use super::definitions::Authors;
use super::desk::Desk;
use super::kinds::VIEWS;
use crate::api::App;
use crate::api::refusal::{Problem, Refusal};
use crate::api::revisions::kind::Kind;
use crate::api::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::people::{Deed, Owner, Who};
use crate::records::definition::{Audience, View};
use crate::revisions::canonical;
use crate::store::revisions::{self, Draft};
use crate::store::{self, Error, Tx, people};

const KIND: &str = "view";
const NOBODY: Owner = Owner { person: None, team: None };

/// Whose saved views somebody sees.
pub struct Viewer<'a> {
    authors: &'a Authors,
    person: Option<i64>,
    team: HashSet<i64>,
}

impl<'a> Viewer<'a> {
    /// # Errors
    /// The database cannot be read.
    pub fn new(db: &Tx, authors: &'a Authors, who: &Who) -> Result<Self, Error> {
        let team = match who.team {
            Some(team) => people::list(db, Some(team))?.into_iter().map(|person| person.id.0).collect(),
            None => HashSet::new(),
        };
        Ok(Self { authors, person: who.person.map(|person| person.0), team })
    }

    pub fn is_author(&self, view: &View) -> bool {
        self.person.is_some() && self.authors.get(&view.key) == self.person.as_ref()
    }

    pub fn sees(&self, view: &View) -> bool {
        match view.audience {
            Audience::All => true,
            _ if self.is_author(view) => true,
            Audience::Team => self.authors.get(&view.key).is_some_and(|author| self.team.contains(author)),
            Audience::Me => false,
        }
    }
}

/// Whether somebody may save a view for those, in the place of one by that author.
fn may_save(who: &Who, audience: Audience, author: Option<&str>) -> Result<(), Refusal> {
    let own = who.person.map(|person| person.0.to_string());
    if author.is_some() && author != own.as_deref() {
        who.may_to(Deed::EditRevisions, NOBODY)?;
    }
    match audience {
        Audience::Me if who.person.is_some() => Ok(()),
        Audience::Team if who.team.is_some() => {
            Ok(who.may_to(Deed::EditRevisions, Owner { person: None, team: who.team })?)
        }
        _ => Ok(who.may_to(Deed::EditRevisions, NOBODY)?),
    }
}

/// The author of the newest revision of a view.
fn author(tx: &Tx, key: &str) -> Result<Option<String>, Error> {
    let Some(head) = revisions::head(tx, KIND, key)? else { return Ok(None) };
    Ok(Some(revisions::one(tx, head.newest)?.author))
}

/// Saves a view and puts it into force: for oneself by anybody; for the own team by its manager; for all by who changes
/// the settings of all. One that somebody else saved, only by the last.
#[utoipa::path(put, path = "/api/v1/tables/{t}/views/{key}", tag = "records", operation_id = "save_view",
    params(("t" = String, Path), ("key" = String, Path)), request_body = Object, responses(
    (status = 200, body = Object, description = "the view as it is in force"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing: no such table"),
    (status = 422, body = Problem, description = "bad_field, with every fault by its place")))]
pub async fn save(
    State(app): State<App>,
    place: Result<Path<(String, String)>, PathRejection>,
    request: WriteRequest<Value>,
) -> Result<Response, Refusal> {
    let Path((table, key)) = place?;
    let WriteRequest { mut body, doing, caller } = request;
    if let Some(map) = body.as_object_mut() {
        map.insert("table".into(), table.as_str().into());
    }
    VIEWS.check_shape(&key, &body)?;
    let view = View::read(&key, &body).map_err(|faults| Refusal::of_faults(faults, None))?;
    let (definitions, asked) = (app.definitions.clone(), doing.clone());
    app.act(doing, StatusCode::OK, move |tx| {
        Desk::reading(&definitions, tx, caller.who, &table, asked.now_ms)?;
        may_save(&caller.who, view.audience, author(tx, &key)?.as_deref())?;
        VIEWS.check_draft(tx, &key, &body)?;
        let body = view.body();
        let draft = Draft {
            kind: KIND.into(),
            key,
            body: canonical(&body),
            author: asked.actor.clone(),
            note: String::new(),
        };
        let (revision, _) = revisions::save(tx, &draft, asked.now_ms)?;
        revisions::publish(tx, &revision)?;
        VIEWS.published(tx, asked.now_ms)?;
        let change = Change::of("view.save", "revision", revision.id).to(json!({ "key": revision.key }));
        Ok(Done { view: body, change, version: None })
    })
    .await
}

/// Takes a view out of force; it is saved again to bring it back.
#[utoipa::path(delete, path = "/api/v1/tables/{t}/views/{key}", tag = "records", operation_id = "drop_view",
    params(("t" = String, Path), ("key" = String, Path)), responses(
    (status = 204),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing")))]
pub async fn withdraw(
    State(app): State<App>,
    place: Result<Path<(String, String)>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path((table, key)) = place?;
    let (definitions, now_ms, who) = (app.definitions.clone(), request.doing.now_ms, request.caller.who);
    app.act(request.doing, StatusCode::NO_CONTENT, move |tx| {
        let desk = Desk::reading(&definitions, tx, who, &table, now_ms)?;
        let view = desk.tables().set.views.get(&key).filter(|view| view.table == table);
        let view = view.ok_or(store::Error::Missing("view"))?;
        may_save(&who, view.audience, author(tx, &key)?.as_deref())?;
        revisions::withdraw(tx, KIND, &key)?;
        let change = Change::of("view.drop", "view", key.as_str());
        Ok(Done { view: (), change, version: None })
    })
    .await
}
