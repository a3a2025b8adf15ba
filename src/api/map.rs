//! The operator's map: pieces of one PMTiles file, as the page asks for them. Without one the map is a plain grid.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::App;
use super::refusal::{Problem, Refusal};
use crate::store;

/// A tile has some hundred kilobytes at most, a directory of them less.
const PIECE_BYTES_MAX: u64 = 4 << 20;

/// Streets do not change while one looks at them.
const KEPT: &str = "private, max-age=3600";

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(about)).routes(routes!(tiles))
}

/// `GET /api/v1/map`
#[derive(Debug, Serialize, ToSchema)]
pub struct MapView {
    /// There is a map with streets: `map.tiles` names one.
    pub tiles: bool,
}

/// What the map is drawn on.
#[utoipa::path(get, path = "/api/v1/map", tag = "sites", operation_id = "map", responses((status = 200, body = MapView)))]
pub async fn about(State(app): State<App>) -> Json<MapView> {
    Json(MapView { tiles: app.tiles.is_some() })
}

/// A piece of the PMTiles file that `map.tiles` names: `Range: bytes=0-16383`.
#[utoipa::path(get, path = "/api/v1/map/tiles", tag = "sites", operation_id = "map_tiles", responses(
    (status = 206, body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, body = Problem, description = "missing: no map is set"),
    (status = 416, body = Problem, description = "bad_range")))]
pub async fn tiles(State(app): State<App>, headers: HeaderMap) -> Result<Response, Refusal> {
    let file = app.tiles.clone().ok_or(store::Error::Missing("map"))?;
    let asked = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let (from, to) = asked.and_then(range).ok_or(Refusal::BadRange)?;
    let read = tokio::task::spawn_blocking(move || piece(&file, from, to)).await;
    let read = read.map_err(|error| Refusal::Broken(error.to_string()))?;
    let Piece { bytes, size, changed_s } = read.map_err(|error| Refusal::Broken(error.to_string()))?;
    if bytes.is_empty() {
        return Err(Refusal::BadRange);
    }
    let last = from + bytes.len() as u64 - 1;
    let about = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_RANGE, format!("bytes {from}-{last}/{size}")),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, KEPT.to_owned()),
        // Another file under the same name is another map.
        (header::ETAG, format!("\"{size:x}-{changed_s:x}\"")),
    ];
    Ok((StatusCode::PARTIAL_CONTENT, about, bytes).into_response())
}

/// First and last byte of `bytes=0-16383`; one range with both ends.
fn range(text: &str) -> Option<(u64, u64)> {
    let (from, to) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to): (u64, u64) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to && to - from < PIECE_BYTES_MAX).then_some((from, to))
}

struct Piece {
    bytes: Vec<u8>,
    size: u64,
    changed_s: u64,
}

fn piece(path: &Path, from: u64, to: u64) -> std::io::Result<Piece> {
    let mut file = std::fs::File::open(path)?;
    let about = file.metadata()?;
    let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    file.take(to - from + 1).read_to_end(&mut bytes)?;
    Ok(Piece { bytes, size: about.len(), changed_s: changed.map_or(0, |at| at.as_secs()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_two_ends_and_is_no_larger_than_a_tile() {
        assert_eq!(range("bytes=0-16383"), Some((0, 16_383)));
        assert_eq!(range("bytes=7-7"), Some((7, 7)));
        for odd in [
            "",
            "bytes=",
            "bytes=-5",
            "bytes=5-",
            "bytes=9-8",
            "bytes=0-1,4-5",
            "bytes=0-4194304",
            "lines=0-1",
        ] {
            assert_eq!(range(odd), None, "{odd}");
        }
        assert_eq!(range("bytes=0-18446744073709551616"), None);
    }
}
