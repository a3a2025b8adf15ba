//! The photo of a check-in.

use rusqlite::{Connection, OptionalExtension, params};

use super::{Error, Tx};
use crate::units::VisitNumber;

/// An image as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// `image/jpeg` for example.
    pub kind: String,
    pub image: Vec<u8>,
}

/// A later photo takes the place of an earlier one.
pub fn put_photo(tx: &Tx, visit: VisitNumber, photo: &Photo, now_ms: i64) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO photos(visit, kind, image, at_ms) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT DO UPDATE SET kind = ?2, image = ?3, at_ms = ?4",
        params![visit.0, photo.kind, photo.image, now_ms],
    )?;
    Ok(())
}

/// # Errors
/// The visit has none.
pub fn photo(connection: &Connection, visit: VisitNumber) -> Result<Photo, Error> {
    let read = |row: &rusqlite::Row| Ok(Photo { kind: row.get(0)?, image: row.get(1)? });
    let found = connection.query_row("SELECT kind, image FROM photos WHERE visit = ?", [visit.0], read);
    found.optional()?.ok_or(Error::Missing("photo"))
}
