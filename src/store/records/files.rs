//! Photos and files that fields of records name by number: sent first, then kept with the one record that names them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};

use super::Tables;
use super::desk::Desk;
use crate::records::Change;
use crate::records::change::links;
use crate::records::definition::{Field, Kind};
use crate::store::{Error, Tx};
use crate::units::PersonId;

/// Files of one person that no record names yet: a form with many photos has a dozen.
const UNNAMED_MAX: i64 = 100;

/// A photo or another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `image/jpeg` for example.
    pub kind: String,
    /// As it was called where it came from.
    pub name: String,
    pub content: Vec<u8>,
}

/// Whether values of this field are numbers of files.
pub fn are_files(field: &Field) -> bool {
    matches!(field.kind, Kind::Photo | Kind::Photos | Kind::Attachment)
}

/// Keeps a file that no record names yet, and answers its number. The same bytes sent again by the same person are the same
/// file.
///
/// # Errors
/// That person sent very many that no record names.
pub fn put(tx: &Tx, by: Option<PersonId>, file: &File, now_ms: i64) -> Result<i64, Error> {
    let (hash, by) = (Sha256::digest(&file.content), by.map(|person| person.0));
    let same = "SELECT id FROM record_files WHERE rec IS NULL AND sent_by IS ? AND hash = ? AND name = ?";
    let same = tx.prepare_cached(same)?.query_row(params![by, hash.as_slice(), file.name], |row| row.get(0));
    if let Some(id) = same.optional()? {
        return Ok(id);
    }
    let waiting = "SELECT count(*) FROM record_files WHERE rec IS NULL AND sent_by IS ?";
    let waiting: i64 = tx.prepare_cached(waiting)?.query_row([by], |row| row.get(0))?;
    if waiting >= UNNAMED_MAX {
        let said =
            format!("{waiting} files wait for a record to name them: save those first, then send more");
        return Err(Error::Conflict(said));
    }
    tx.execute(
        "INSERT INTO record_files(hash, kind, name, content, sent_by, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
        params![hash.as_slice(), file.kind, file.name, file.content, by, now_ms],
    )?;
    Ok(tx.last_insert_rowid())
}

/// Whether a record may name a file: it has it already, or no record has and who changes the record sent it.
pub fn may_name(desk: &Desk, record: Option<i64>, field: &Field, number: i64) -> Result<bool, Error> {
    let by = desk.actor.who.person.map(|person| person.0);
    let is_picture = field.kind != Kind::Attachment;
    let may = "SELECT 1 FROM record_files WHERE id = ?1 AND (NOT ?2 OR kind LIKE 'image/%') \
               AND (CASE WHEN rec IS NULL THEN sent_by IS ?3 ELSE tbl = ?4 AND rec IS ?5 END)";
    let found =
        desk.tx.prepare_cached(may)?.exists(params![number, is_picture, by, desk.place.number, record])?;
    Ok(found)
}

/// Keeps with a record the files that a change of it names.
pub fn keep(desk: &Desk, record: i64, change: &Change) -> Result<(), Error> {
    for (key, value) in &change.fields {
        let (Some(field), Some(value)) = (desk.table.field(key).filter(|field| are_files(field)), value)
        else {
            continue;
        };
        let keep = "UPDATE record_files SET tbl = ?, rec = ?, field = ? WHERE id = ? AND rec IS NULL";
        let mut keep = desk.tx.prepare_cached(keep)?;
        for number in links(field, value) {
            keep.execute(params![desk.place.number, record, key, number])?;
        }
    }
    Ok(())
}

/// A file of a record, and the key of the field that named it.
///
/// # Errors
/// The record has none of this number.
pub fn file(
    db: &Connection,
    tables: &Tables,
    table: &str,
    record: i64,
    number: i64,
) -> Result<(String, File), Error> {
    let place = tables.layout.places.get(table).ok_or(Error::Missing("table"))?;
    let found = "SELECT field, kind, name, content FROM record_files WHERE id = ? AND tbl = ? AND rec = ?";
    let read =
        |row: &Row| Ok((row.get(0)?, File { kind: row.get(1)?, name: row.get(2)?, content: row.get(3)? }));
    let found = db.prepare_cached(found)?.query_row(params![number, place.number, record], read);
    found.optional()?.ok_or(Error::Missing("file"))
}

/// What a file is called.
///
/// # Errors
/// The database cannot be read.
pub fn name(db: &Connection, number: i64) -> Result<Option<String>, Error> {
    let name = "SELECT name FROM record_files WHERE id = ?";
    Ok(db.prepare_cached(name)?.query_row([number], |row| row.get(0)).optional()?)
}

/// Forgets the files of a record.
pub fn forget(tx: &Tx, table: i64, record: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM record_files WHERE tbl = ? AND rec = ?", params![table, record])?;
    Ok(())
}

/// Forgets what was sent before that and no record names: whoever sent it thought better of it.
///
/// # Errors
/// The database refuses.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM record_files WHERE rec IS NULL AND at_ms < ?", [before_ms])?;
    Ok(())
}
