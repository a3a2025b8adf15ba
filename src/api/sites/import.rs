//! Tables of sites: CSV, Excel or GeoJSON. Good rows are taken, the others answered.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::api::language::prefers_chinese;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::customers::Client;
use crate::people::{Deed, Who};
use crate::sheets::XLSX;
use crate::sites::table::BadTable;
use crate::sites::{BadRow, Entered, List, Listed, Shape, read_list};
use crate::store::effects::{self, Effect};
use crate::store::{Tx, clients, sites};
use crate::units::{BadDatum, ClientId, Datum};

/// A hundred thousand circles have about 8 MB.
pub const TABLE_BYTES_MAX: usize = 10 << 20;

/// `POST /api/v1/sites/import`
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ImportQuery {
    /// True: nothing is written; the answer says what would be.
    #[serde(default)]
    dry_run: bool,
}

/// What came of a table, or would.
#[derive(Debug, Serialize, ToSchema)]
pub struct SitesImportView {
    pub dry_run: bool,
    /// Sites that were made.
    pub imported: usize,
    /// Sites that were there, by their code or by client and name, and are now as the table says.
    pub changed: usize,
    pub rejected: Vec<BadSiteView>,
}

/// A row that was not taken: mend it, then send it again.
#[derive(Debug, Serialize, ToSchema)]
pub struct BadSiteView {
    /// Of the table, from 1.
    pub line: u64,
    /// Empty when it is about the row as a whole.
    pub column: &'static str,
    pub value: String,
    pub rule: String,
}

/// Makes sites from a table, or changes those of the same code, or of the same client and name. CSV or the first sheet of an
/// Excel table (.xlsx), column names in either language: `client_id` 客户 (its name or number), `lat` 纬度, `lon` 经度, and, if
/// there, `site_id` 编号, `name` 名称, `datum` 坐标系, `radius_m` 半径, `building` 楼宇, `floor` 楼层, `suite` 房间, `outline` 轮廓.
/// GeoJSON: features with the same properties, a Point with `radius_m`, or a Polygon; WGS-84 unless `datum` says otherwise.
/// Good rows are taken and the others answered.
#[utoipa::path(post, path = "/api/v1/sites/import", tag = "sites", operation_id = "import_sites", params(ImportQuery),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, body = SitesImportView),
    (status = 413, body = Problem, description = "bad_body: over 10 MiB"),
    (status = 415, body = Problem, description = "bad_body: no table of these kinds"),
    (status = 422, body = Problem, description = "bad_sites: it is no table")))]
pub async fn import(
    State(app): State<App>,
    query: Result<Query<ImportQuery>, QueryRejection>,
    headers: HeaderMap,
    sent: RawWriteRequest,
) -> Result<Response, Refusal> {
    let Query(ImportQuery { dry_run }) = query?;
    let zh = prefers_chinese(&headers);
    let read = if sent.is("text/csv") || sent.is(XLSX) {
        read_list
    } else if sent.is("application/geo+json") {
        |bytes: &[u8]| read_geojson(bytes).map(|entries| List { entries, rejected: Vec::new() })
    } else {
        return Err(Refusal::BadKind("text/csv, application/geo+json or an Excel table's (.xlsx)"));
    };
    let RawWriteRequest { caller, bytes, doing, .. } = sent;
    let who = caller.who;
    caller.who.may(Deed::ImportClients)?;
    let list = tokio::task::spawn_blocking(move || read(&bytes)).await;
    let list = list.map_err(|error| Refusal::Broken(error.to_string()))??;
    let now_ms = doing.now_ms;
    if dry_run {
        let looked = app.store.read(move |tx| sort(tx, &who, list)).await?;
        return Ok(Json(looked.view(true, zh)).into_response());
    }
    let taken = app.act(doing, StatusCode::OK, move |tx| {
        let sorted = sort(tx, &who, list)?;
        for (row, client, before) in &sorted.good {
            match before.clone() {
                None => drop(sites::insert(tx, *client, row.code.as_deref(), &row.entered, now_ms)?),
                Some(before) => {
                    let entered = row.entered.clone();
                    sites::update(tx, &sites::StoredSite { client: *client, entered, ..before })?;
                }
            }
        }
        effects::add(tx, Effect::Sites)?;
        let view = sorted.view(false, zh);
        let change = Change::of("site.import", "site", 0).to(json!({
            "imported": view.imported, "changed": view.changed, "rejected": view.rejected.len(),
        }));
        Ok(Done { view, change, version: None })
    });
    taken.await
}

/// Rows that can be taken, each with its client and the site that it changes, and those that cannot.
struct Sorted {
    good: Vec<(Listed, ClientId, Option<sites::StoredSite>)>,
    rejected: Vec<BadRow>,
}

impl Sorted {
    fn view(&self, dry_run: bool, zh: bool) -> SitesImportView {
        let changed = self.good.iter().filter(|(_, _, before)| before.is_some()).count();
        let rejected = self.rejected.iter().map(|bad| BadSiteView {
            line: bad.line,
            column: bad.column,
            value: bad.value.clone(),
            rule: if zh { in_chinese(bad).to_owned() } else { bad.what.clone() },
        });
        let rejected = rejected.collect();
        SitesImportView { dry_run, imported: self.good.len() - changed, changed, rejected }
    }
}

/// What is asked of a column, in Chinese.
fn in_chinese(bad: &BadRow) -> &'static str {
    match (bad.column, bad.value.is_empty()) {
        ("client_id", true) => "请填写客户名称。",
        ("client_id", false) => "没有这家客户，或不归您管：请先添加客户，或填写完整的客户名称。",
        ("site_id", _) => "编号重复，或属于他人的客户：请更换编号。",
        ("lat", _) => "纬度应在 -90 到 90 之间。",
        ("lon", _) => "经度应在 -180 到 180 之间。",
        ("datum", _) => "请填写坐标系：高德或腾讯地图填 gcj02，百度地图填 bd09，GPS 填 wgs84。",
        ("radius_m", _) => "半径应为大于 0 的米数。",
        ("outline", _) => "轮廓应为 GeoJSON 的 Polygon。",
        ("", _) => "这一行的列数与第一行不同：请每列都填，含逗号的内容请加引号。",
        _ => "内容太长，或含有换行。",
    }
}

fn sort(tx: &Tx, who: &Who, list: List) -> Result<Sorted, Refusal> {
    let mut sorted = Sorted { good: Vec::new(), rejected: list.rejected };
    for row in list.entries {
        match meant(tx, who, &row)? {
            Ok((client, before)) => sorted.good.push((row, client, before)),
            Err(bad) => sorted.rejected.push(bad),
        }
    }
    sorted.rejected.sort_by_key(|bad| bad.line);
    Ok(sorted)
}

type Meant = Result<(ClientId, Option<sites::StoredSite>), BadRow>;

/// Whose site a row is, and the site that it changes.
fn meant(tx: &Tx, who: &Who, row: &Listed) -> Result<Meant, Refusal> {
    let named = row.client.as_deref().unwrap_or(&row.entered.name);
    let bad = |column, value: &str, what: String| {
        Ok(Err(BadRow { line: row.line, column, value: value.to_owned(), what }))
    };
    let Some(client) = client(tx, named)? else {
        let mend = "make the client first, or write its number or exact name";
        return bad("client_id", named, format!("client_id {named} is no client: {mend}"));
    };
    if who.may_to(Deed::ImportClients, client.owner()).is_err() {
        let mend = "leave it to whoever leads that team";
        return bad("client_id", named, format!("client_id {named} is beyond your reach: {mend}"));
    }
    let before = match &row.code {
        Some(code) => sites::with_code(tx, code)?,
        None => {
            sites::of_client(tx, client.id)?.into_iter().find(|site| site.entered.name == row.entered.name)
        }
    };
    match &before {
        Some(before) if who.may_to(Deed::ImportClients, before.owner).is_err() => {
            let code = row.code.as_deref().unwrap_or_default();
            bad("site_id", code, format!("site_id {code} belongs to a client beyond your reach: use another"))
        }
        _ => Ok(Ok((client.id, before))),
    }
}

/// A client by number or name.
fn client(tx: &Tx, named: &str) -> Result<Option<Client>, Refusal> {
    if let Ok(number) = named.parse() {
        match clients::one(tx, ClientId(number)) {
            Ok(client) => return Ok(Some(client)),
            Err(crate::store::Error::Missing(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(clients::with_name(tx, named)?)
}

/// Reads features; `line` counts them from 1.
fn read_geojson(text: &[u8]) -> Result<Vec<Listed>, BadTable> {
    let fault = |line: usize, what: String| BadTable::Line { line: line as u64, what };
    let root: Value =
        serde_json::from_slice(text).map_err(|error| fault(1, format!("it is no GeoJSON: {error}")))?;
    let features = root["features"]
        .as_array()
        .ok_or_else(|| fault(1, "it has no features: export a FeatureCollection".into()))?;
    let mut listed = Vec::new();
    for (n, feature) in (1..).zip(features) {
        let known = &feature["properties"];
        let text = |name: &str| match &known[name] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let geometry = &feature["geometry"];
        let datum = text("datum").map_or(Ok(Datum::Wgs84), |text| text.parse());
        let datum = datum.map_err(|error: BadDatum| fault(n, format!("datum {error}")))?;
        let id =
            feature["id"].as_str().map(str::to_owned).or(feature["id"].as_i64().map(|id| id.to_string()));
        let code = text("site_id").or(id);
        let code = code.ok_or_else(|| fault(n, "site_id is missing: every feature needs its own".into()))?;
        let (lat, lon, shape) = if geometry["type"] == "Point" {
            let radius_m = known["radius_m"].as_f64();
            let radius_m =
                radius_m.ok_or_else(|| fault(n, "radius_m is missing: a Point needs it in metres".into()))?;
            let place = geometry["coordinates"][1].as_f64().zip(geometry["coordinates"][0].as_f64());
            let (lat, lon) = place.ok_or_else(|| fault(n, "the Point has no coordinates".into()))?;
            (lat, lon, Shape::Circle { radius_m })
        } else {
            (0.0, 0.0, Shape::Outline { json: geometry.to_string() })
        };
        let entered = Entered {
            name: text("name").unwrap_or_else(|| code.clone()),
            building: text("building"),
            floor: text("floor"),
            suite: text("suite"),
            lat,
            lon,
            datum,
            shape,
        };
        let entered = entered.checked().map_err(|error| fault(n, error.to_string()))?;
        listed.push(Listed { line: n as u64, code: Some(code), client: text("client_id"), entered });
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_sites() {
        let text = br#"{"type":"FeatureCollection","features":[
            {"type":"Feature","id":"A","properties":{"name":"HQ","client_id":7,"radius_m":50},"geometry":{"type":"Point","coordinates":[121.4,31.2]}},
            {"type":"Feature","properties":{"site_id":"B","datum":"gcj02"},"geometry":{"type":"Polygon","coordinates":[[[121,31],[121.002,31],[121.002,31.002],[121,31]]]}}]}"#;
        let listed = read_geojson(text).unwrap();
        assert_eq!((listed[0].code.as_deref(), listed[0].client.as_deref()), (Some("A"), Some("7")));
        assert_eq!((listed[0].entered.lat, listed[1].entered.datum), (31.2, Datum::Gcj02));
        let fault = |text: &str| read_geojson(text.as_bytes()).unwrap_err().to_string();
        assert!(fault("[").contains("no GeoJSON") && fault("{}").contains("no features"));
        assert!(
            fault(r#"{"features":[{"id":1,"geometry":{"type":"Point","coordinates":[1,2]}}]}"#)
                .contains("radius_m")
        );
    }
}
