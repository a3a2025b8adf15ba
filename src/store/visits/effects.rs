//! What follows from a visit, in the transaction that writes it: events, the action that was done, the calls held during it.

use serde_json::json;

use super::{Error, StoredVisit, Tx};
use crate::customers::Client;
use crate::people::{Deed, Person, Scope, Who};
use crate::store::calls::attribution;
use crate::store::effects::{self, Effect};
use crate::store::{actions, clients, events, people};
use crate::units::PersonId;
use crate::visits::{Kind, Stage};

/// A call that begins at the door, a little before the visit does.
const BEFORE_MS: i64 = 5 * 60_000;

/// Tells what became of a visit and writes down what follows from it.
///
/// # Errors
/// SQLite refuses.
pub fn tell(
    tx: &Tx,
    kind: Kind,
    before: Option<&StoredVisit>,
    after: &StoredVisit,
    now_ms: i64,
) -> Result<(), Error> {
    let was = before.and_then(|before| before.client).filter(|_| before.is_some_and(|kept| !kept.rejected));
    // Where somebody was besides is nobody's business.
    if after.client.is_some() || was.is_some() {
        events::tell(tx, topic(kind, after), after.owner, &body(after), now_ms)?;
    }
    let certain = after.visit.confirmed_ms.is_some() && after.visit.flag.is_none() && !after.rejected;
    let (Some(client), Some(person), true) = (after.client, after.owner.person, certain) else {
        if was.is_some() {
            actions::not_visited(tx, after.id, now_ms)?;
            attribution::unlink(tx, after.id)?;
        }
        return Ok(());
    };
    actions::visited(tx, after.id, client, person, after.visit.arrive_ms, now_ms)?;
    let until_ms = if after.visit.stage == Stage::Left { after.visit.leave_ms } else { now_ms };
    let during = (after.visit.arrive_ms - BEFORE_MS, until_ms);
    let visited = clients::one(tx, client)?;
    if !visited.card.analyse {
        let held = attribution::of_visit(tx, after.id, person, was, during)?;
        return attribution::refuse(tx, &held, client, now_ms);
    }
    if !reaches(tx, person, &visited)? {
        return attribution::unlink(tx, after.id);
    }
    attribution::link(tx, after.id, person, client, during)?;
    if after.visit.stage != Stage::Left {
        effects::add(tx, Effect::AtClient { person, client, was })?;
    }
    Ok(())
}

/// Whether a person may know of a client: a call says with whom it was, and being somewhere is no reason to.
fn reaches(tx: &Tx, person: PersonId, client: &Client) -> Result<bool, Error> {
    let Person { id, role, team, .. } = people::one(tx, person)?;
    let who = Who { person: Some(id), role, team, scope: Scope::ALL };
    Ok(who.may_to(Deed::ReadClients, client.owner()).is_ok())
}

/// A visit is part of another one: whoever was told of it is told that it is none.
pub fn tell_gone(tx: &Tx, gone: &StoredVisit, now_ms: i64) -> Result<(), Error> {
    if gone.client.is_some() {
        let gone = StoredVisit { rejected: true, ..gone.clone() };
        events::tell(tx, "visit.rejected", gone.owner, &body(&gone), now_ms)?;
    }
    Ok(())
}

fn topic(kind: Kind, visit: &StoredVisit) -> &'static str {
    match kind {
        _ if visit.visit.flag.is_some() => "visit.suspect",
        _ if visit.rejected => "visit.rejected",
        Kind::Began => "visit.provisional",
        Kind::Confirmed => "visit.confirmed",
        Kind::Asked => "visit.asked",
        Kind::Left if visit.visit.confirmed_ms.is_some() => "visit.left",
        Kind::Left => "visit.ended",
        Kind::Revised if visit.client.is_none() => "visit.rejected",
        Kind::Revised | Kind::Withdrawn => "visit.revised",
    }
}

/// Numbers only: names are looked up by who may read them.
fn body(kept: &StoredVisit) -> serde_json::Value {
    json!({
        "visit": kept.id.0,
        "person": kept.owner.person.map(|person| person.0),
        "client": kept.client.map(|client| client.0),
        "site": kept.site().map(|site| site.0),
        "arrive_ms": kept.visit.arrive_ms,
        "leave_ms": kept.visit.leave_ms,
        "confidence": kept.visit.confidence,
        "state": kept.state(),
    })
}
