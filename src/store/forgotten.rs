//! What is erased or withdrawn, as it is known in any copy of the database.

use rusqlite::{Connection, OptionalExtension, params};

use super::Error;
use crate::units::{CallId, ClientId, PersonId};

/// What is to be nowhere any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgotten {
    Call(CallId),
    /// With the instant at which it was made: the same number may be another client in another database.
    Client {
        id: ClientId,
        made_ms: i64,
    },
    Person {
        id: PersonId,
        made_ms: i64,
    },
}

impl Forgotten {
    /// A client as it is known where it is erased.
    ///
    /// # Errors
    /// There is no such client.
    pub fn client(connection: &Connection, id: ClientId) -> Result<Self, Error> {
        let made_ms = made_ms(connection, "clients", id.0)?.ok_or(Error::Missing("client"))?;
        Ok(Self::Client { id, made_ms })
    }

    /// A person as they are known where they are erased.
    ///
    /// # Errors
    /// There is no such person.
    pub fn person(connection: &Connection, id: PersonId) -> Result<Self, Error> {
        let made_ms = made_ms(connection, "people", id.0)?.ok_or(Error::Missing("person"))?;
        Ok(Self::Person { id, made_ms })
    }
}

/// When it was made; `None` when it is not there.
pub fn made_ms(connection: &Connection, table: &str, id: i64) -> Result<Option<i64>, Error> {
    let made = format!("SELECT created_ms FROM {table} WHERE id = ?");
    Ok(connection.query_row(&made, params![id], |row| row.get(0)).optional()?)
}
