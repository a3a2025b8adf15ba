//! A table of clients: first what would come of it, then the doing.

use std::collections::HashMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::api::field_rules::in_chinese;
use crate::api::language::prefers_chinese;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::customers::{Entry, Rejected, Table, read, taken};
use crate::people::{Deed, Owner, Person, Who};
use crate::store::{Tx, clients, people};
use crate::units::PersonId;

/// Ten thousand rows with every column filled have about 2 MB.
pub const TABLE_BYTES_MAX: usize = 4 << 20;

/// `POST /api/v1/clients/import`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// True: nothing is written; the answer says what would be.
    #[serde(default)]
    dry_run: bool,
}

/// A row that was not taken: mend it, then send it again.
#[derive(Debug, Serialize, ToSchema)]
pub struct RejectedView {
    /// Of the table, from 1.
    pub line: u64,
    pub column: &'static str,
    pub value: String,
    pub rule: String,
}

/// What came of a table, or would.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportView {
    pub dry_run: bool,
    /// Rows that became clients, or would.
    pub imported: usize,
    pub rejected: Vec<RejectedView>,
}

/// Makes clients from a table, CSV (UTF-8 or GB18030) or the first sheet of an Excel table (.xlsx): column names in the first line (`name` 名称, `aliases` 别名, `industry`
/// 行业, `stage` 阶段, `grade` 等级, `owner` 负责人, `contact` 联系人, `title` 职务, `phone` 电话, `analyse` 分析, `lat` 纬度,
/// `lon` 经度, `datum` 坐标系). Good rows are taken and the others answered. A row's owner is whom it names, by login or
/// name; whoever imports, when it names nobody.
#[utoipa::path(post, path = "/api/v1/clients/import", tag = "clients", operation_id = "import_clients", params(ImportQuery),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, body = ImportView),
    (status = 413, body = Problem, description = "bad_body: over 4 MiB"),
    (status = 415, body = Problem, description = "bad_body: no table of these kinds"),
    (status = 422, body = Problem, description = "bad_table")))]
pub async fn import(
    State(app): State<App>,
    query: Result<Query<ImportQuery>, QueryRejection>,
    headers: HeaderMap,
    sent: RawWriteRequest,
) -> Result<Response, Refusal> {
    let zh = prefers_chinese(&headers);
    let Query(ImportQuery { dry_run }) = query?;
    sent.must_be_table()?;
    let RawWriteRequest { caller, bytes, doing, .. } = sent;
    let who = caller.who;
    let table = tokio::task::spawn_blocking(move || read(&bytes)).await;
    let table = table.map_err(|error| Refusal::Broken(error.to_string()))??;
    if dry_run {
        let looked = app.store.read(move |tx| sort(tx, &who, table)).await?;
        return Ok(Json(view(true, looked.good.len(), looked.rejected, zh)).into_response());
    }
    let (now_ms, actor) = (doing.now_ms, doing.actor.clone());
    app.act(doing, StatusCode::OK, move |tx| {
        let sorted = sort(tx, &who, table)?;
        let mut ids = Vec::new();
        for (entry, owner) in &sorted.good {
            ids.push(clients::insert(tx, &entry.card, *owner, now_ms, &actor)?.id.0);
        }
        let change = Change::of("client.import", "client", ids.first().unwrap_or(&0)).to(json!({
            "imported": ids.len(), "rejected": sorted.rejected.len(), "last": ids.last(),
        }));
        Ok(Done { view: view(false, ids.len(), sorted.rejected, zh), change, version: None })
    })
    .await
}

fn view(dry_run: bool, imported: usize, rejected: Vec<Rejected>, zh: bool) -> ImportView {
    let one = |Rejected { line, column, value, rule }| {
        let rule = if zh { in_chinese(&rule) } else { rule.into() };
        RejectedView { line, column, value, rule }
    };
    ImportView { dry_run, imported, rejected: rejected.into_iter().map(one).collect() }
}

/// Rows that can be taken, each with its owner, and those that cannot.
struct Sorted {
    good: Vec<(Entry, PersonId)>,
    rejected: Vec<Rejected>,
}

fn sort(tx: &Tx, who: &Who, table: Table) -> Result<Sorted, Refusal> {
    let me = who.person.ok_or(Refusal::NotSignedIn)?;
    let colleagues = Colleagues::of(people::list(tx, None)?);
    let Table { entries, mut rejected } = table;
    let mut good = Vec::new();
    for entry in entries {
        let owner = match &entry.owner {
            None => Ok(me),
            Some(name) => colleagues.find(name, who),
        };
        let rejects = |column, value: String, rule: String| {
            let value = value.chars().take(60).collect();
            Rejected { line: entry.line, column, value, rule: rule.into() }
        };
        match owner {
            Err(rule) => {
                rejected.push(rejects("owner", entry.owner.clone().unwrap_or_default(), rule.into()))
            }
            Ok(_) if clients::is_taken(tx, &entry.card.name)? => {
                rejected.push(rejects("name", entry.card.name.clone(), taken(&entry.card.name)));
            }
            Ok(owner) => good.push((entry, owner)),
        }
    }
    rejected.sort_by_key(|rejected| rejected.line);
    Ok(Sorted { good, rejected })
}

/// People by login and by name.
struct Colleagues(HashMap<String, Vec<Person>>);

impl Colleagues {
    fn of(people: Vec<Person>) -> Self {
        let mut known: HashMap<String, Vec<Person>> = HashMap::new();
        for person in people.into_iter().filter(|person| person.active) {
            let login = person.login.to_string();
            if login != person.name.to_lowercase() {
                known.entry(person.name.to_lowercase()).or_default().push(person.clone());
            }
            known.entry(login).or_default().push(person);
        }
        Self(known)
    }

    fn find(&self, name: &str, who: &Who) -> Result<PersonId, &'static str> {
        match self.0.get(&name.to_lowercase()).map(Vec::as_slice) {
            None | Some([]) => Err("nobody has this login or name"),
            Some([person]) => {
                let owner = Owner { person: Some(person.id), team: person.team };
                let within = who.may_to(Deed::ImportClients, owner);
                within.map(|()| person.id).map_err(|_| "this colleague is beyond your reach")
            }
            Some(_) => Err("several colleagues have this name: give the login"),
        }
    }
}
