//! Whose calls are, and with whom, as far as that is found out after they began.

use rusqlite::params;
use serde_json::json;

use super::delete;
use crate::audit::Change;
use crate::calls::Consent;
use crate::store::audit::{APPLIANCE, append};
use crate::store::effects::{self, Effect};
use crate::store::{Error, Tx};
use crate::units::{CallId, ClientId, PersonId, VisitNumber};

/// Calls without a client that a person held during a visit are with the client of the visit; those that the visit was
/// given before go along when it turns out to have been at another client.
pub fn link(
    tx: &Tx,
    visit: VisitNumber,
    person: PersonId,
    client: ClientId,
    (from_ms, until_ms): (i64, i64),
) -> Result<(), Error> {
    tx.prepare_cached(
        "UPDATE calls SET client = ?3, visit = ?1 WHERE visit = ?1 \
         OR (owner = ?2 AND client IS NULL AND created_ms BETWEEN ?4 AND ?5)",
    )?
    .execute(params![visit.0, person.0, client.0, from_ms, until_ms])?;
    Ok(())
}

/// The visit was at no client: its calls are with nobody known.
pub fn unlink(tx: &Tx, visit: VisitNumber) -> Result<(), Error> {
    tx.execute("UPDATE calls SET client = NULL, visit = NULL WHERE visit = ?", [visit.0])?;
    Ok(())
}

/// Calls that a person held during a visit, as [`link`] finds them; of those that go on, also such as were taken to
/// be with the client `was`.
pub fn of_visit(
    tx: &Tx,
    visit: VisitNumber,
    person: PersonId,
    was: Option<ClientId>,
    (from_ms, until_ms): (i64, i64),
) -> Result<Vec<CallId>, Error> {
    let mut found = tx.prepare_cached(
        "SELECT id FROM calls WHERE visit = ?1 OR (owner = ?2 AND created_ms BETWEEN ?4 AND ?5 \
         AND (client IS NULL OR (client = ?3 AND ended_ms IS NULL)))",
    )?;
    let asked = params![visit.0, person.0, was.map(|was| was.0), from_ms, until_ms];
    let found = found.query_map(asked, |row| row.get(0).map(CallId::from_number))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Calls with a client that go on.
pub fn going_on_with(tx: &Tx, client: ClientId) -> Result<Vec<CallId>, Error> {
    let mut found = tx.prepare_cached("SELECT id FROM calls WHERE client = ? AND ended_ms IS NULL")?;
    let found = found.query_map([client.0], |row| row.get(0).map(CallId::from_number))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Calls turn out to be with a client that does not want to be measured: nothing of them is kept.
pub fn refuse(tx: &Tx, calls: &[CallId], client: ClientId, now_ms: i64) -> Result<(), Error> {
    for &id in calls {
        delete(tx, id, now_ms)?;
        let why = json!({ "consent": Consent::Declined.name(), "client": client.0 });
        append(tx, APPLIANCE, now_ms, Change::of("call.withdraw", "call", id).to(why))?;
        effects::add(tx, Effect::CallWithdrawn(id))?;
    }
    if calls.is_empty() { Ok(()) } else { effects::add(tx, Effect::Scrub) }
}

/// Calls from before there were accounts, and what was told of them, are of who makes the first one. Answers how many.
pub fn adopt(tx: &Tx, first: PersonId) -> Result<usize, Error> {
    let events = "UPDATE events SET owner = ? WHERE owner IS NULL AND call IN (SELECT id FROM calls WHERE owner IS NULL)";
    tx.execute(events, [first.0])?;
    Ok(tx.execute("UPDATE calls SET owner = ? WHERE owner IS NULL", [first.0])?)
}
