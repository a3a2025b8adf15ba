//! What follows from a visit, in the transaction that writes it: events, the follow-up record, the calls held during it.

use serde_json::json;

use super::{Error, Kept, Tx};
use crate::store::{calls, clients, events, follow_ups};
use crate::units::{ClientId, PersonId};
use crate::visits::{Kind, Stage};

/// A call that begins at the door, a little before the visit does.
const BEFORE_MS: i64 = 5 * 60_000;

/// A visit that says with which client somebody's calls are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Linked {
    pub person: PersonId,
    pub client: ClientId,
    /// The client that the visit was said to be at before.
    pub was: Option<ClientId>,
}

/// Tells what became of a visit and writes down what follows from it. Answers a link that calls in memory should
/// follow too.
///
/// # Errors
/// SQLite refuses.
pub fn tell(
    tx: &Tx,
    kind: Kind,
    before: Option<&Kept>,
    after: &Kept,
    now_ms: i64,
) -> Result<Option<Linked>, Error> {
    let was = before.and_then(|before| before.client).filter(|_| before.is_some_and(|kept| !kept.rejected));
    // Where somebody was besides is nobody's business.
    if after.client.is_some() || was.is_some() {
        events::tell(tx, topic(kind, after), after.owner, &body(after), now_ms)?;
    }
    let certain = after.visit.confirmed_ms.is_some() && after.visit.flag.is_none() && !after.rejected;
    let (Some(client), Some(person), true) = (after.client, after.owner.person, certain) else {
        if was.is_some() {
            follow_ups::of_no_visit(tx, after.id)?;
            calls::unlink(tx, after.id)?;
        }
        return Ok(None);
    };
    follow_ups::of_visit(tx, after.id, client, person, after.visit.arrive_ms)?;
    if !clients::one(tx, client)?.card.analyse {
        calls::unlink(tx, after.id)?;
        return Ok(None);
    }
    let until_ms = if after.visit.stage == Stage::Left { after.visit.leave_ms } else { now_ms };
    calls::link(tx, after.id, person, client, (after.visit.arrive_ms - BEFORE_MS, until_ms))?;
    let going_on = after.visit.stage != Stage::Left;
    Ok(going_on.then_some(Linked { person, client, was }))
}

fn topic(kind: Kind, visit: &Kept) -> &'static str {
    match kind {
        _ if visit.visit.flag.is_some() => "visit.suspect",
        _ if visit.rejected => "visit.rejected",
        Kind::Began => "visit.provisional",
        Kind::Confirmed => "visit.confirmed",
        Kind::Asked => "visit.asked",
        Kind::Left if visit.visit.confirmed_ms.is_some() => "visit.left",
        Kind::Left => "visit.ended",
        Kind::Revised if visit.client.is_none() => "visit.rejected",
        Kind::Revised => "visit.revised",
        Kind::Withdrawn => "visit.rejected",
    }
}

/// Numbers only: names are looked up by who may read them.
fn body(kept: &Kept) -> serde_json::Value {
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
