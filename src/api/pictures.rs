//! Pictures as people send them -> drawn anew, one at a time.

use axum::body::Bytes;
use tokio::sync::Semaphore;

use super::refusal::Refusal;
use crate::images::{self, BadPicture, Picture};
use crate::store;

/// A phone's camera, scaled down to a long edge of 1,600 points, has about 500 KB.
pub const PHOTO_BYTES_MAX: usize = 2 << 20;

/// A photo takes up to 160 MB while it is drawn anew: one at a time.
static TURN: Semaphore = Semaphore::const_new(1);

/// Draws a photo anew, so that nothing of what its camera wrote about place, time and device is left.
///
/// # Errors
/// It is none, or larger than [`PHOTO_BYTES_MAX`].
pub async fn drawn_anew(bytes: Bytes) -> Result<Picture, Refusal> {
    if bytes.len() > PHOTO_BYTES_MAX {
        return Err(BadPicture::NotOne.into());
    }
    let _turn = TURN.acquire().await.map_err(|_| store::Error::Closed)?;
    let drawn = tokio::task::spawn_blocking(move || images::drawn_anew(&bytes)).await;
    Ok(drawn.map_err(|error| Refusal::Broken(error.to_string()))??)
}
