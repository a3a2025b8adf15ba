//! Tables of sites: CSV, Excel or GeoJSON. All of it is taken, or nothing.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::api::refusal::{Problem, Refusal};
use crate::api::write_request::{Done, RawWriteRequest};
use crate::audit::Change;
use crate::people::{Deed, Who};
use crate::sheets::XLSX;
use crate::sites::table::BadTable;
use crate::sites::{Entered, Listed, Shape, read_list};
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
    /// Sites of the same code that are now as the table says.
    pub changed: usize,
}

/// Makes sites from a table, or changes those of the same code. CSV: `site_id,name,lat,lon,datum,radius_m` and `client_id`
/// (a client's number or name; the site's own name when left out), `building`, `floor`, `suite`, `outline`. The first sheet
/// of an Excel table (.xlsx) has the same columns. GeoJSON: features with the same properties, a Point with `radius_m`, or
/// a Polygon; WGS-84 unless `datum` says otherwise. At the first row that cannot be meant nothing is taken.
#[utoipa::path(post, path = "/api/v1/sites/import", tag = "sites", operation_id = "import_sites", params(ImportQuery),
    request_body(content = String, content_type = "text/csv"), responses(
    (status = 200, body = SitesImportView),
    (status = 413, body = Problem, description = "bad_body: over 10 MiB"),
    (status = 415, body = Problem, description = "bad_body: no table of these kinds"),
    (status = 422, body = Problem, description = "bad_sites")))]
pub async fn import(
    State(app): State<App>,
    query: Result<Query<ImportQuery>, QueryRejection>,
    sent: RawWriteRequest,
) -> Result<Response, Refusal> {
    let Query(ImportQuery { dry_run }) = query?;
    let read = if sent.is("text/csv") || sent.is(XLSX) {
        read_list
    } else if sent.is("application/geo+json") {
        read_geojson
    } else {
        return Err(Refusal::BadKind("text/csv, application/geo+json or an Excel table's (.xlsx)"));
    };
    let RawWriteRequest { caller, bytes, doing, .. } = sent;
    let who = caller.who;
    let listed = tokio::task::spawn_blocking(move || read(&bytes)).await;
    let listed = listed.map_err(|error| Refusal::Broken(error.to_string()))??;
    let now_ms = doing.now_ms;
    if dry_run {
        let looked = app.store.read(move |tx| {
            let known = listed.iter().map(|row| meant(tx, &who, row)).collect::<Result<Vec<_>, _>>()?;
            let changed = known.iter().filter(|(_, before)| before.is_some()).count();
            Ok::<_, Refusal>(SitesImportView { dry_run, imported: known.len() - changed, changed })
        });
        return Ok(Json(looked.await?).into_response());
    }
    let taken = app.act(doing, StatusCode::OK, move |tx| {
        let (mut imported, mut changed) = (0, 0);
        for row in &listed {
            let (client, before) = meant(tx, &who, row)?;
            match before {
                None => {
                    sites::insert(tx, client, Some(&row.code), &row.entered, now_ms)?;
                    imported += 1;
                }
                Some(before) => {
                    sites::update(tx, &sites::StoredSite { client, entered: row.entered.clone(), ..before })?;
                    changed += 1;
                }
            }
        }
        effects::add(tx, Effect::Sites)?;
        let change =
            Change::of("site.import", "site", 0).to(json!({ "imported": imported, "changed": changed }));
        Ok(Done { view: SitesImportView { dry_run, imported, changed }, change, version: None })
    });
    taken.await
}

/// Whose site a row is, and the site that it changes.
fn meant(tx: &Tx, who: &Who, row: &Listed) -> Result<(ClientId, Option<sites::StoredSite>), Refusal> {
    let fault = |what: String| Refusal::BadSites(BadTable::Line { line: row.line, what });
    let named = row.client.as_deref().unwrap_or(&row.entered.name);
    let client = match named.parse() {
        Ok(number) => clients::one(tx, ClientId(number)).map(Some).or_else(|error| match error {
            crate::store::Error::Missing(_) => Ok(None),
            error => Err(error),
        })?,
        Err(_) => clients::with_name(tx, named)?,
    };
    let client = client.ok_or_else(|| {
        fault(format!(
            "client_id {named} is no client: make the client first, or write its number or exact name"
        ))
    })?;
    who.may_to(Deed::ImportClients, client.owner()).map_err(|_| {
        fault(format!("client_id {named} is beyond your reach: leave it to whoever leads that team"))
    })?;
    let before = sites::with_code(tx, &row.code)?;
    if let Some(before) = &before {
        who.may_to(Deed::ImportClients, before.owner).map_err(|_| {
            fault(format!("site_id {} belongs to a client beyond your reach: use another", row.code))
        })?;
    }
    Ok((client.id, before))
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
        listed.push(Listed { line: n as u64, code, client: text("client_id"), entered });
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
        assert_eq!((listed[0].code.as_str(), listed[0].client.as_deref()), ("A", Some("7")));
        assert_eq!((listed[0].entered.lat, listed[1].entered.datum), (31.2, Datum::Gcj02));
        let fault = |text: &str| read_geojson(text.as_bytes()).unwrap_err().to_string();
        assert!(fault("[").contains("no GeoJSON") && fault("{}").contains("no features"));
        assert!(
            fault(r#"{"features":[{"id":1,"geometry":{"type":"Point","coordinates":[1,2]}}]}"#)
                .contains("radius_m")
        );
    }
}
