//! What follows outside a record when people write a client or an action: who listens, what is measured, whose its contacts
//! are, whose visits are matched anew.

use super::cell::person_of;
use super::desk::Desk;
use super::guards::known;
use super::layout::{ACTIONS, CLIENTS};
use super::{RecordError, orders};
use crate::records::{Change, Value, Values};
use crate::store::calls::attribution;
use crate::store::effects::{self, Effect};
use crate::store::{Error, actions, clients, contacts};
use crate::units::ClientId;

/// What follows outside the record when people write it: who listens under the older names hears of it, calls that go on
/// are measured no longer if their client does not want that, contacts go with their client, and visits are matched anew
/// for who has something to do there.
///
/// # Errors
/// SQLite refuses.
pub fn told(desk: &Desk, id: i64, old: Option<&Values>, change: &Change) -> Result<(), RecordError> {
    match known(desk) {
        CLIENTS => {
            told_of_client(desk, id, old, change)?;
            if old.is_some() { orders::told_of_terms(desk, id, change) } else { Ok(()) }
        }
        ACTIONS => {
            let action = actions::one(desk.tx, id)?;
            let before = old.and_then(|old| old.get("owner")).and_then(person_of);
            let owners = [before.filter(|before| Some(*before) != action.owner), action.owner];
            owners
                .into_iter()
                .flatten()
                .try_for_each(|owner| effects::add(desk.tx, Effect::Person(owner)))?;
            Ok(actions::tell(desk.tx, &action, old.is_none(), desk.actor.now_ms)?)
        }
        _ => orders::told(desk, id, old, change),
    }
}

fn told_of_client(desk: &Desk, id: i64, old: Option<&Values>, change: &Change) -> Result<(), Error> {
    let now_ms = desk.actor.now_ms;
    let topic = if old.is_none() { "client.created" } else { "client.changed" };
    let client = clients::even_deleted(desk.tx, ClientId(id))?;
    clients::tell(desk.tx, topic, &client, now_ms)?;
    let refuses = change.fields.get("analyse").is_some_and(|value| *value != Some(Value::Bool(true)));
    if refuses && old.is_some() {
        let going_on = attribution::going_on_with(desk.tx, client.id)?;
        attribution::refuse(desk.tx, &going_on, client.id, now_ms)?;
    }
    let Some(after) = change.fields.get("owner").filter(|_| old.is_some()) else { return Ok(()) };
    contacts::follow(desk.tx, client.id, client.owner, now_ms, desk.actor.name)?;
    orders::hand_over(desk.tx, client.id, client.owner, now_ms, desk.actor.name)?;
    let before = old.and_then(|old| old.get("owner"));
    let owners = [before, after.as_ref()].into_iter().flatten().filter_map(person_of);
    owners.map(Effect::Person).try_for_each(|effect: Effect| effects::add(desk.tx, effect))
}
