//! Whom one meets at a client's: records of their own table, whose owner is whoever looks after the client.

use std::sync::LazyLock;

use rusqlite::{Connection, params};
use serde_json::json;

use super::records::adopted::{self, Written};
use super::records::{CONTACTS, Done, new_uid};
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
    Ok(rows(db, client)?.into_iter().map(|(_, contact)| contact).collect())
}

fn rows(db: &Connection, client: ClientId) -> Result<Vec<(i64, Contact)>, Error> {
    let mut found = db.prepare_cached(
        "SELECT id, name, title, phone FROM contacts WHERE client = ? AND deleted_ms IS NULL ORDER BY id",
    )?;
    let found = found.query_map([client.0], |row| {
        let phone = row.get::<_, Option<String>>(3)?.map(shown_phone);
        let name = row.get::<_, Option<String>>(1)?.unwrap_or_default();
        Ok((row.get(0)?, Contact { name, title: row.get(2)?, phone }))
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Writes down one more.
///
/// # Errors
/// SQLite refuses.
pub fn insert(
    tx: &Tx,
    client: ClientId,
    owner: PersonId,
    contact: &Contact,
    now_ms: i64,
    by: &str,
) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO contacts(uid, version, owner, created_ms, created_by, changed_ms, client, name, title, phone) \
         VALUES (?1, 1, ?2, ?3, ?4, ?3, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        new_uid(now_ms)?,
        owner.0,
        now_ms,
        by.parse::<i64>().ok(),
        client.0,
        contact.name,
        contact.title,
        contact.phone.as_deref().map(kept_phone),
    ])?;
    adopted::written(tx, at(tx.last_insert_rowid(), now_ms, by), None, true)
}

fn at(id: i64, now_ms: i64, by: &str) -> Written<'_> {
    Written { table: CONTACTS, id, now_ms, by }
}

/// Brings a client's contacts in line with a list: who is in it stays the same record, by all that is known or by name;
/// who is not is deleted.
///
/// # Errors
/// SQLite refuses.
pub fn set(
    tx: &Tx,
    client: ClientId,
    owner: PersonId,
    wanted: &[Contact],
    now_ms: i64,
    by: &str,
) -> Result<(), Error> {
    let mut there = rows(tx, client)?;
    let mut wanted: Vec<&Contact> = wanted.iter().collect();
    let mut take = |is_same: &dyn Fn(&Contact, &Contact) -> bool, wanted: &mut Vec<&Contact>| {
        let mut pairs = Vec::new();
        wanted.retain(|contact| match there.iter().position(|(_, known)| is_same(known, contact)) {
            Some(place) => {
                pairs.push((there.remove(place).0, (*contact).clone()));
                false
            }
            None => true,
        });
        pairs
    };
    take(&|known, contact| as_kept(known) == as_kept(contact), &mut wanted);
    let changed = take(&|known, contact| known.name == contact.name, &mut wanted);
    for (id, contact) in changed {
        let before = adopted::before(tx, CONTACTS, id)?;
        let update = "UPDATE contacts SET title = ?, phone = ?, version = version + 1 WHERE id = ?";
        tx.execute(update, params![contact.title, contact.phone.as_deref().map(kept_phone), id])?;
        adopted::written(tx, at(id, now_ms, by), before, false)?;
    }
    for (id, _) in there {
        adopted::gone_or_back(tx, at(id, now_ms, by), Done::Deleted)?;
    }
    wanted.into_iter().try_for_each(|contact| insert(tx, client, owner, contact, now_ms, by))
}

fn as_kept(contact: &Contact) -> (&str, Option<&str>, Option<String>) {
    (&contact.name, contact.title.as_deref(), contact.phone.as_deref().map(kept_phone))
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
