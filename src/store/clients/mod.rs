//! Clients as the parts beside the tables read them; people write them as records.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use serde_json::json;

use super::audit::APPLIANCE;
use super::people::named;
use super::records::CLIENTS;
use super::records::adopted::{self, Written};
use super::{Error, Tx, contacts, events};
use crate::customers::{Anchor, Card, Client, letters, order, taken};
use crate::units::{ClientId, PersonId, TeamId};

const FROM: &str = "SELECT c.id, c.name, c.aliases_json, c.industry, c.stage, c.grade, c.analyse, \
                    c.lat, c.lon, c.datum, c.owner, p.team, c.version FROM clients c JOIN people p ON p.id = c.owner";

fn client(row: &Row) -> rusqlite::Result<Client> {
    let known = |at: usize| row.get::<_, Option<String>>(at);
    let lat_lon = row.get::<_, Option<f64>>(7)?.zip(row.get(8)?);
    let place = lat_lon
        .zip(known(9)?)
        .map(|((lat, lon), datum)| datum.parse().map(|datum| Anchor { lat, lon, datum }));
    let anchor = place.transpose().map_err(|error| unread(9, error))?;
    let card = Card {
        name: row.get(1)?,
        aliases: serde_json::from_str(&row.get::<_, String>(2)?).map_err(|error| unread(2, error))?,
        industry: known(3)?,
        stage: known(4)?,
        grade: known(5)?,
        contacts: Vec::new(),
        analyse: row.get(6)?,
        anchor,
    };
    Ok(Client {
        id: ClientId(row.get(0)?),
        card,
        owner: PersonId(row.get(10)?),
        team: row.get::<_, Option<i64>>(11)?.map(TeamId),
        version: row.get(12)?,
    })
}

fn unread(at: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}

/// With those who are met there.
fn whole(connection: &Connection, mut client: Client) -> Result<Client, Error> {
    client.card.contacts = contacts::of(connection, client.id)?;
    Ok(client)
}

fn all_whole(
    connection: &Connection,
    found: impl Iterator<Item = rusqlite::Result<Client>>,
) -> Result<Vec<Client>, Error> {
    found.map(|client| whole(connection, client?)).collect()
}

/// A client that is not deleted.
///
/// # Errors
/// There is no such client.
pub fn one(connection: &Connection, id: ClientId) -> Result<Client, Error> {
    found(connection, "c.id = ? AND c.deleted_ms IS NULL", id.0)?.ok_or(Error::Missing("client"))
}

/// A client, deleted or not.
///
/// # Errors
/// There is no such client.
pub fn even_deleted(connection: &Connection, id: ClientId) -> Result<Client, Error> {
    found(connection, "c.id = ?", id.0)?.ok_or(Error::Missing("client"))
}

pub fn with_name(connection: &Connection, name: &str) -> Result<Option<Client>, Error> {
    found(connection, "c.name = ? AND c.deleted_ms IS NULL", name)
}

fn found(connection: &Connection, which: &str, value: impl ToSql) -> Result<Option<Client>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE {which}"))?;
    found.query_row([value], client).optional()?.map(|client| whole(connection, client)).transpose()
}

/// Clients whose owner is one person.
pub fn of(connection: &Connection, owner: PersonId) -> Result<Vec<Client>, Error> {
    let mut found = connection
        .prepare_cached(&format!("{FROM} WHERE c.owner = ? AND c.deleted_ms IS NULL ORDER BY c.id"))?;
    all_whole(connection, found.query_map([owner.0], client)?)
}

/// Others hear of a client by its number: who wants more asks for the card.
pub fn tell(tx: &Tx, topic: &str, client: &Client, now_ms: i64) -> Result<(), Error> {
    let body = json!({ "client": client.id.0, "owner": client.owner.0 });
    events::tell(tx, topic, client.owner(), &body, now_ms)
}

/// Nothing is known of a client any more.
///
/// # Errors
/// There is no such client, or another one bears the name that takes the place of its own.
pub fn empty(tx: &Tx, id: ClientId, now_ms: i64) -> Result<(), Error> {
    let before = adopted::before(tx, CLIENTS, id.0)?;
    let name = format!("erased {id}");
    tx.prepare_cached(
        "UPDATE clients SET name = ?1, aliases_json = '[]', industry = NULL, stage = NULL, grade = NULL, analyse = 0, \
         lat = NULL, lon = NULL, datum = NULL, letters = ?2, sort = ?3, version = version + 1 WHERE id = ?4",
    )?
    .execute(params![name, letters(std::iter::once(name.as_str())), order(&name), id.0])
    .map_err(|error| named(error, || taken(&name)))?;
    let at = Written { table: CLIENTS, id: id.0, now_ms, by: APPLIANCE };
    adopted::written(tx, at, before, false)?;
    tell(tx, "client.erased", &even_deleted(tx, id)?, now_ms)
}

/// A client of whom only the name is known, as one that was there before any table.
#[cfg(test)]
pub fn named_only(tx: &Tx, name: &str, owner: PersonId) -> ClientId {
    let insert = "INSERT INTO clients(name, aliases_json, analyse, owner, letters, sort, created_ms) \
                  VALUES (?1, '[]', 1, ?2, ?3, ?4, 0)";
    let found_by = letters(std::iter::once(name));
    tx.execute(insert, params![name, owner.0, found_by, order(name)]).expect("a client of a new name");
    ClientId(tx.last_insert_rowid())
}
