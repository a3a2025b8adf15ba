//! Whom one meets at a client's: records of their own table, whose owner is whoever looks after the client.

use std::sync::LazyLock;

use rusqlite::{Connection, params};
use serde_json::json;

use super::records::CONTACTS;
use super::records::adopted::{self, Written};
use super::{Error, Tx};
use crate::customers::Contact;
use crate::records::value::read_json;
use crate::records::{Field, Value, pack};
use crate::units::{ClientId, Language, PersonId, Zone};

static PHONE: LazyLock<&Field> = LazyLock::new(|| {
    pack::distributor().tables[CONTACTS].field("phone").expect("the pack is checked by a test")
});

/// A number to call as it is kept: in its normal form, or as it was typed where it has none.
pub fn kept_phone(text: &str) -> String {
    match read_json(&PHONE, &json!(text)) {
        Ok(Some(Value::Text(normal))) => normal,
        _ => text.to_owned(),
    }
}

/// As people read it.
fn shown_phone(kept: String) -> String {
    Value::Text(kept).show(&PHONE, Language::Zh, Zone::UTC)
}

/// Those of a client, in the order in which they came to be known.
///
/// # Errors
/// The database cannot be read.
pub fn of(db: &Connection, client: ClientId) -> Result<Vec<Contact>, Error> {
    let mut found = db.prepare_cached(
        "SELECT name, title, phone FROM contacts WHERE client = ? AND deleted_ms IS NULL ORDER BY id",
    )?;
    let found = found.query_map([client.0], |row| {
        let phone = row.get::<_, Option<String>>(2)?.map(shown_phone);
        let name = row.get::<_, Option<String>>(0)?.unwrap_or_default();
        Ok(Contact { name, title: row.get(1)?, phone })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

fn at(id: i64, now_ms: i64, by: &str) -> Written<'_> {
    Written { table: CONTACTS, id, now_ms, by }
}

/// A client has another owner: its contacts have, too, deleted ones as well.
///
/// # Errors
/// SQLite refuses.
pub fn follow(tx: &Tx, client: ClientId, owner: PersonId, now_ms: i64, by: &str) -> Result<(), Error> {
    let mut other = tx.prepare_cached("SELECT id FROM contacts WHERE client = ? AND owner IS NOT ?")?;
    let other = other.query_map([client.0, owner.0], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    for id in other {
        let before = adopted::before(tx, CONTACTS, id)?;
        tx.execute(
            "UPDATE contacts SET owner = ?, version = version + 1 WHERE id = ?",
            params![owner.0, id],
        )?;
        adopted::written(tx, at(id, now_ms, by), before, false)?;
    }
    Ok(())
}
