//! What people configure: drafts, what is in force, differences, going back, and all of it as one file.

pub mod kind;
mod registry;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::App;
use super::refusal::{Problem, Refusal};
use super::write_request::{Done, WriteRequest};
use crate::audit::Change;
use crate::revisions::{self, BODY_BYTES_MAX, Revision};
use crate::store;
use crate::store::revisions::{Draft, Head};

/// A request with a body of the greatest length, escaped as JSON.
const DRAFT_BYTES_MAX: usize = 4 * BODY_BYTES_MAX;

/// A file of settings: what is exported can be imported.
const FILE_BYTES_MAX: usize = 16 * 1024 * 1024;

const NOTE_CHARS_MAX: usize = 400;
const LIMIT_MAX: u32 = 200;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(heads))
        .routes(routes!(export))
        .routes(routes!(import).layer(DefaultBodyLimit::max(FILE_BYTES_MAX)))
        .routes(routes!(history, save).layer(DefaultBodyLimit::max(DRAFT_BYTES_MAX)))
        .routes(routes!(one))
        .routes(routes!(publish))
        .routes(routes!(restore))
        .routes(routes!(differences))
}

/// One state of something that is configured.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionView {
    pub id: i64,
    pub kind: String,
    pub key: String,
    /// The revision that it was made from.
    pub parent: Option<i64>,
    #[schema(value_type = Object)]
    pub body: Value,
    /// SHA-256 of the body in canonical form.
    pub hash: String,
    /// A person's number, or `local`.
    pub author: String,
    pub note: String,
    pub at_ms: i64,
}

/// What is in force, and what is being worked on.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeadView {
    pub kind: String,
    pub key: String,
    pub newest: i64,
    pub published: Option<i64>,
    /// To be sent as `If-Match: "v…"` with the next draft.
    pub version: i64,
}

/// `GET /api/v1/settings`
#[derive(Debug, Serialize, ToSchema)]
pub struct HeadsView {
    pub items: Vec<HeadView>,
}

/// Newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryView {
    pub items: Vec<RevisionView>,
    /// To be sent as `before` for the next page; null at the end.
    pub next: Option<i64>,
}

/// `POST /api/v1/revisions`
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRevision {
    /// `playbook`, `table`, `view` or `form`.
    pub kind: String,
    /// `default` for the house's playbook, `team-3` for the one of team 3; the key of a table, view or form.
    pub key: String,
    /// `{"text": "…"}`: the playbook's file; the definition of a table, view or form.
    #[schema(value_type = Object)]
    pub body: Value,
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// Which revisions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RevisionQuery {
    kind: String,
    key: String,
    /// `next` of the page before.
    before: Option<i64>,
    /// 50 when left out, 200 at most.
    limit: Option<u32>,
}

/// Beside which other revision.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// The older one; its parent when left out.
    from: Option<i64>,
}

/// One place where two bodies differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferenceView {
    /// A JSON pointer; in a playbook `/rule/<id>/…`.
    pub path: String,
    /// Null when there was nothing.
    #[schema(value_type = Value)]
    pub before: Option<Value>,
    #[schema(value_type = Value)]
    pub after: Option<Value>,
}

/// All places where two bodies differ.
#[derive(Debug, Serialize, ToSchema)]
pub struct DifferencesView {
    pub items: Vec<DifferenceView>,
}

/// Everything in force, as one file that another appliance takes.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsFile {
    /// 1.
    pub format: u32,
    pub items: Vec<SettingsItem>,
}

/// One thing in force.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsItem {
    pub kind: String,
    pub key: String,
    #[schema(value_type = Object)]
    pub body: Value,
}

impl From<Revision> for RevisionView {
    fn from(revision: Revision) -> Self {
        Self {
            id: revision.id,
            hash: revisions::content_hash(&revision.body),
            body: serde_json::from_str(&revision.body).unwrap_or(Value::Null),
            kind: revision.kind,
            key: revision.key,
            parent: revision.parent,
            author: revision.author,
            note: revision.note,
            at_ms: revision.at_ms,
        }
    }
}

impl From<Head> for HeadView {
    fn from(Head { kind, key, newest, published, version }: Head) -> Self {
        Self { kind, key, newest, published, version }
    }
}

/// A draft that may be saved: its body is what its kind takes.
fn draft(kind: String, key: String, body: &Value, note: String, author: String) -> Result<Draft, Refusal> {
    registry::of(&kind)?.check_shape(&key, body)?;
    if note.chars().count() > NOTE_CHARS_MAX {
        return Err(Refusal::BadField("note", "a note has at most 400 characters"));
    }
    let body = revisions::canonical(body);
    if body.len() > BODY_BYTES_MAX {
        return Err(Refusal::BadField("body", "a body has at most 256 KiB"));
    }
    Ok(Draft { kind, key, body, author, note })
}

/// Everything that is configured.
#[utoipa::path(get, path = "/api/v1/settings", tag = "settings", operation_id = "settings", responses(
    (status = 200, body = HeadsView)))]
pub async fn heads(State(app): State<App>) -> Result<Json<HeadsView>, Refusal> {
    let heads = app.store.read(|tx| Ok::<_, Refusal>(store::revisions::heads(tx)?)).await?;
    Ok(Json(HeadsView { items: heads.into_iter().map(HeadView::from).collect() }))
}

/// The revisions of one thing.
#[utoipa::path(get, path = "/api/v1/revisions", tag = "settings", operation_id = "revisions", params(RevisionQuery), responses(
    (status = 200, body = HistoryView),
    (status = 400, body = Problem, description = "bad_query")))]
pub async fn history(
    State(app): State<App>,
    query: Result<Query<RevisionQuery>, QueryRejection>,
) -> Result<Json<HistoryView>, Refusal> {
    let Query(RevisionQuery { kind, key, before, limit }) = query?;
    let limit = limit.unwrap_or(50).clamp(1, LIMIT_MAX);
    let found = app
        .store
        .read(move |tx| Ok::<_, Refusal>(store::revisions::history(tx, &kind, &key, before, limit)?))
        .await?;
    let next = (found.len() == limit as usize).then(|| found.last().map(|last| last.id)).flatten();
    Ok(Json(HistoryView { items: found.into_iter().map(RevisionView::from).collect(), next }))
}

/// One revision.
#[utoipa::path(get, path = "/api/v1/revisions/{id}", tag = "settings", operation_id = "revision",
    params(("id" = i64, Path)), responses(
    (status = 200, body = RevisionView), (status = 404, body = Problem, description = "missing")))]
pub async fn one(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<RevisionView>, Refusal> {
    let Path(id) = id?;
    let found = app.store.read(move |tx| Ok::<_, Refusal>(store::revisions::one(tx, id)?)).await?;
    Ok(Json(found.into()))
}

/// Saves a draft. Of something that is there already only with `If-Match`: the version of its head that was seen.
#[utoipa::path(post, path = "/api/v1/revisions", tag = "settings", operation_id = "save_revision", request_body = NewRevision, responses(
    (status = 201, body = RevisionView),
    (status = 412, body = Problem, description = "stale"),
    (status = 403, body = Problem, description = "not_allowed: a manager changes the own team's playbook only"),
    (status = 404, body = Problem, description = "missing: no such team"),
    (status = 422, body = Problem, description = "bad_field, bad_body or bad_playbook"),
    (status = 428, body = Problem, description = "if_match_required")))]
pub async fn save(State(app): State<App>, request: WriteRequest<NewRevision>) -> Result<Response, Refusal> {
    let WriteRequest { body: new, doing, caller } = request;
    let draft = draft(new.kind, new.key, &new.body, new.note, doing.actor.clone())?;
    let kind = registry::of(&draft.kind)?;
    kind.may_edit(&caller.who, &draft.key)?;
    let seen = doing.clone();
    app.act(doing, StatusCode::CREATED, move |tx| {
        kind.check_draft(tx, &draft.key, &new.body)?;
        if let Some(head) = store::revisions::head(tx, &draft.kind, &draft.key)? {
            seen.saw("setting", head.version)?;
        }
        let (revision, head) = store::revisions::save(tx, &draft, seen.now_ms)?;
        Ok(done("revision.save", revision, &head))
    })
    .await
}

fn done(deed: &'static str, revision: Revision, head: &Head) -> Done<RevisionView> {
    let facts = serde_json::json!({
        "kind": revision.kind, "key": revision.key, "hash": revisions::content_hash(&revision.body),
        "note": revision.note,
    });
    let change = Change::of(deed, "revision", revision.id).to(facts);
    Done { view: revision.into(), change, version: Some(head.version) }
}

/// Puts the newest draft into force.
#[utoipa::path(post, path = "/api/v1/revisions/{id}/publish", tag = "settings", operation_id = "publish_revision", params(("id" = i64, Path)), responses(
    (status = 200, body = RevisionView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "playbook_misfit: the playbook of a team would no longer fit"),
    (status = 412, body = Problem, description = "stale: a newer draft is there")))]
pub async fn publish(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let (who, now_ms) = (request.caller.who, request.doing.now_ms);
    app.act(request.doing, StatusCode::OK, move |tx| {
        let revision = store::revisions::one(tx, id)?;
        let kind = registry::of(&revision.kind)?;
        kind.may_edit(&who, &revision.key)?;
        let head = store::revisions::publish(tx, &revision)?;
        kind.published(tx, now_ms)?;
        Ok(done("revision.publish", revision, &head))
    })
    .await
}

/// Goes back: a new revision with the body of this one, in force at once.
#[utoipa::path(post, path = "/api/v1/revisions/{id}/restore", tag = "settings", operation_id = "restore_revision", params(("id" = i64, Path)), responses(
    (status = 201, body = RevisionView),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "missing"),
    (status = 409, body = Problem, description = "playbook_misfit: it, or the playbook of a team, would not fit")))]
pub async fn restore(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    request: WriteRequest<()>,
) -> Result<Response, Refusal> {
    let Path(id) = id?;
    let (by, who) = (request.doing.clone(), request.caller.who);
    app.act(request.doing, StatusCode::CREATED, move |tx| {
        let old = store::revisions::one(tx, id)?;
        let kind = registry::of(&old.kind)?;
        kind.may_edit(&who, &old.key)?;
        let (revision, head) = store::revisions::restore(tx, &old, &by.actor, by.now_ms)?;
        kind.published(tx, by.now_ms)?;
        Ok(done("revision.restore", revision, &head))
    })
    .await
}

/// Where it differs, a playbook rule by rule, from another revision of it, or from the one that it was made from.
#[utoipa::path(get, path = "/api/v1/revisions/{id}/diff", tag = "settings", operation_id = "differences",
    params(("id" = i64, Path), Beside), responses(
    (status = 200, body = DifferencesView), (status = 404, body = Problem, description = "missing")))]
pub async fn differences(
    State(app): State<App>,
    id: Result<Path<i64>, PathRejection>,
    beside: Result<Query<Beside>, QueryRejection>,
) -> Result<Json<DifferencesView>, Refusal> {
    let (Path(id), Query(beside)) = (id?, beside?);
    let (before, after) = app
        .store
        .read(move |tx| {
            let after = store::revisions::one(tx, id)?;
            let before = beside.from.or(after.parent).map(|id| store::revisions::one(tx, id)).transpose()?;
            Ok::<_, Refusal>((before, after))
        })
        .await?;
    let kind = registry::of(&after.kind)?;
    let read = |body: &str| kind.outline(&serde_json::from_str(body).unwrap_or(Value::Null));
    let before = before.map_or(Value::Object(Default::default()), |before| read(&before.body));
    let found = revisions::differences(&before, &read(&after.body)).into_iter();
    let items =
        found.map(|found| DifferenceView { path: found.path, before: found.before, after: found.after });
    Ok(Json(DifferencesView { items: items.collect() }))
}

/// Everything in force, as one file.
#[utoipa::path(get, path = "/api/v1/settings/export", tag = "settings", operation_id = "export_settings", responses(
    (status = 200, body = SettingsFile)))]
pub async fn export(State(app): State<App>) -> Result<Json<SettingsFile>, Refusal> {
    let published = app.store.read(|tx| Ok::<_, Refusal>(store::revisions::published(tx)?)).await?;
    let item = |revision: Revision| SettingsItem {
        body: serde_json::from_str(&revision.body).unwrap_or(Value::Null),
        kind: revision.kind,
        key: revision.key,
    };
    Ok(Json(SettingsFile { format: 1, items: published.into_iter().map(item).collect() }))
}

/// Takes such a file: all of it, or nothing. What already is so stays; the rest becomes new revisions, in force at once.
#[utoipa::path(post, path = "/api/v1/settings/import", tag = "settings", operation_id = "import_settings", request_body = SettingsFile, responses(
    (status = 200, body = HeadsView),
    (status = 422, body = Problem, description = "bad_field or bad_body")))]
pub async fn import(
    State(app): State<App>,
    request: WriteRequest<SettingsFile>,
) -> Result<Response, Refusal> {
    let WriteRequest { body: file, doing, caller } = request;
    if file.format != 1 {
        return Err(Refusal::BadField("format", "only format 1 is known"));
    }
    let drafts: Vec<_> = file
        .items
        .into_iter()
        .map(|item| draft(item.kind, item.key, &item.body, "import".into(), doing.actor.clone()))
        .collect::<Result<_, _>>()?;
    for draft in &drafts {
        registry::of(&draft.kind)?.may_edit(&caller.who, &draft.key)?;
    }
    let now_ms = doing.now_ms;
    let done = app.act(doing, StatusCode::OK, move |tx| {
        let mut moved = Vec::new();
        for draft in drafts {
            let head = store::revisions::head(tx, &draft.kind, &draft.key)?;
            let published =
                head.and_then(|head| head.published).map(|id| store::revisions::one(tx, id)).transpose()?;
            if published.is_none_or(|published| published.body != draft.body) {
                let (revision, _) = store::revisions::save(tx, &draft, now_ms)?;
                moved.push(HeadView::from(store::revisions::publish(tx, &revision)?));
            }
        }
        registry::touched(moved.iter().map(|head: &HeadView| head.kind.as_str()))
            .try_for_each(|kind| kind.published(tx, now_ms))?;
        let change = Change::of("settings.import", "settings", moved.len());
        Ok(Done { view: HeadsView { items: moved }, change, version: None })
    });
    done.await
}
