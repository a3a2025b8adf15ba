//! Clients are a table of records and have pages of their own besides: what one of the two ways writes is the same record
//! for the other, with its history, events and search words.

use rusqlite::params;

use super::layout::laid_of;
use super::read::whole;
use super::write::Desk;
use super::{Actor, Cause, RecordError, Tables, after, checks};
use crate::people::Who;
use crate::records::definition::Set;
use crate::records::{Change, Value, Values};
use crate::store::calls::attribution;
use crate::store::effects::{self, Effect};
use crate::store::{Error, Tx, clients, zone};
use crate::units::{ClientId, PersonId};

const TABLE: &str = "clients";

/// Before a client is written by its own way: what its record holds. `None` while clients are no table yet.
///
/// # Errors
/// There is no such client.
pub fn before(tx: &Tx, id: ClientId) -> Result<Option<Values>, Error> {
    let Some(tables) = tables(tx)? else { return Ok(None) };
    at_desk(tx, &tables, "", 0, |desk| values(desk, id))?.map_or(Ok(None), |found| Ok(Some(found)))
}

/// After it was written: its uid if it is new, and all that follows from a change of a record. The audit entry is its
/// writer's.
///
/// # Errors
/// Another client has that name, but for the case or width of its letters.
pub fn written(
    tx: &Tx,
    id: ClientId,
    old: Option<Values>,
    is_new: bool,
    now_ms: i64,
    by: &str,
) -> Result<(), Error> {
    let person = by.parse::<i64>().ok();
    if is_new {
        tx.prepare_cached("UPDATE clients SET uid = ?, created_by = ? WHERE id = ?")?.execute(params![
            checks::new_uid(now_ms)?,
            person,
            id.0
        ])?;
    }
    tx.prepare_cached("UPDATE clients SET changed_ms = ?, changed_by = ? WHERE id = ?")?
        .execute(params![now_ms, person, id.0])?;
    let Some(tables) = tables(tx)? else { return Ok(()) };
    at_desk(tx, &tables, by, now_ms, |desk| {
        let (old, new) = (old.unwrap_or_default(), values(desk, id)?);
        let keys = old.keys().chain(new.keys());
        let changed = keys.filter(|key| old.get(*key) != new.get(*key));
        let change = Change { fields: changed.map(|key| (key.clone(), new.get(key).cloned())).collect() };
        follow(desk, id, is_new, &old, &new, &change)
    })?;
    Ok(())
}

fn follow(
    desk: &Desk,
    id: ClientId,
    is_new: bool,
    old: &Values,
    new: &Values,
    change: &Change,
) -> Result<(), RecordError> {
    if !checks::unique(desk, change, Some(id.0))?.is_empty() {
        let name = match new.get("name") {
            Some(Value::Text(name)) => name.as_str(),
            _ => "",
        };
        return Err(Error::Conflict(clients::taken(name)).into());
    }
    desk.put_beside(id.0, change)?;
    let uid: String =
        desk.tx.query_row("SELECT coalesce(uid, '') FROM clients WHERE id = ?", [id.0], |row| row.get(0))?;
    let owner = new.get("owner").and_then(checks::person_of);
    if is_new {
        after::began(desk, id.0, &uid, owner, change, new)
    } else if change.fields.is_empty() {
        Ok(())
    } else {
        after::turned(desk, id.0, &uid, owner, old, change)
    }
}

/// What follows outside the record when it is written as one of a table: who listens for clients hears of it, calls that
/// go on are measured no longer if it does not want that, and visits are matched anew for who looks after it.
pub fn told(desk: &Desk, id: i64, old: Option<&Values>, change: &Change) -> Result<(), Error> {
    if !desk.place.is_adopted() {
        return Ok(());
    }
    let now_ms = desk.actor.now_ms;
    let topic = if old.is_none() { "client.created" } else { "client.changed" };
    let client = clients::one(desk.tx, ClientId(id))?;
    clients::tell(desk.tx, topic, &client, now_ms)?;
    let refuses = change.fields.get("analyse").is_some_and(|value| *value != Some(Value::Bool(true)));
    if refuses && old.is_some() {
        let going_on = attribution::going_on_with(desk.tx, client.id)?;
        attribution::refuse(desk.tx, &going_on, client.id, now_ms)?;
    }
    let Some(after) = change.fields.get("owner").filter(|_| old.is_some()) else { return Ok(()) };
    let before = old.and_then(|old| old.get("owner"));
    let owners = [before, after.as_ref()].into_iter().flatten().filter_map(checks::person_of);
    owners.map(Effect::Person).try_for_each(|effect: Effect| effects::add(desk.tx, effect))
}

/// All that is written in a client's record, and whose it is.
fn values(desk: &Desk, id: ClientId) -> Result<Values, RecordError> {
    let record = whole(desk.tx, desk.tables, desk.table, id.0, desk.now())?;
    let mut values = record.values;
    values.extend(record.owner.map(|PersonId(owner)| ("owner".to_owned(), Value::Ref(owner))));
    Ok(values)
}

/// Only the table of clients: nothing else is needed here.
fn tables(tx: &Tx) -> Result<Option<Tables>, Error> {
    let (set, layout) = laid_of(tx, Some(TABLE))?;
    Ok(set.tables.contains_key(TABLE).then(|| Tables { set, laid: Set::default(), layout, published: 0 }))
}

fn at_desk<T>(
    tx: &Tx,
    tables: &Tables,
    by: &str,
    now_ms: i64,
    work: impl FnOnce(&Desk) -> Result<T, RecordError>,
) -> Result<Option<T>, Error> {
    let found = tables.set.tables.get(TABLE).zip(tables.layout.places.get(TABLE));
    let Some((table, place)) = found else { return Ok(None) };
    let zone = zone::of(tx)?;
    let actor = Actor { who: &Who::LOCAL, name: by, now_ms, zone, cause: Cause::Person };
    // Its own way has checked the role.
    let desk = Desk { tx, tables, actor: &actor, table, place, access: None };
    Ok(Some(work(&desk)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::{Card, Client};
    use crate::store::records::tests::{NOW, base, by, codes, ids, make, map, who};
    use crate::store::records::{Query, change, create, find, history, install, load, one};
    use crate::store::{erase, events};

    #[test]
    fn a_client_is_one_record_whichever_way_it_is_written() {
        let tx = base();
        let first = clients::insert(&tx, &Card::named("老店"), PersonId(1), 5, "1").unwrap();
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let card = Card { aliases: vec!["HD".into()], stage: Some("报价".into()), ..Card::named("华东") };
        let client = clients::insert(&tx, &card, PersonId(1), NOW.ms, "1").unwrap();
        let read = || one(&tx, &tables, &who(1), "clients", client.id.0, NOW).unwrap();
        assert_eq!((read().version, read().created_by, read().uid.len()), (1, Some(PersonId(1)), 36));
        assert_eq!(read().values["stage"], Value::Text("报价".into()));
        let name = |text: &str| Value::Text(text.into());
        assert_eq!(
            find(&tx, &tables, &who(1), "clients", "name", &name("华东"), NOW).unwrap(),
            [client.id.0]
        );
        let renamed =
            Client { card: Card { aliases: Vec::new(), ..Card::named("华西") }, ..client.clone() };
        let renamed = clients::update(&tx, &renamed, NOW.ms, "1").unwrap();
        let told = history(&tx, &tables, &who(1), "clients", client.id.0, NOW).unwrap();
        let fields: Vec<_> = told.iter().filter_map(|entry| entry.field.as_deref()).collect();
        assert_eq!(fields, ["aliases", "name", "stage"]);
        let found = Query { search: Some("华西".into()), limit: 9, ..Query::default() };
        assert_eq!(ids(&tx, &tables, 1, "clients", &found), [client.id.0]);
        let values = map(serde_json::json!({ "name": "华南", "analyse": false, "term_days": 30 }));
        change(&tx, &tables, &by(&who(1)), "clients", client.id.0, &values, None, Some(renamed.version))
            .unwrap();
        let card = clients::one(&tx, client.id).unwrap();
        assert_eq!((card.card.name.as_str(), card.card.analyse, card.version), ("华南", false, 3));
        let taken =
            create(&tx, &tables, &by(&who(1)), "clients", None, &map(serde_json::json!({ "name": "老店" })));
        assert_eq!(codes(taken.unwrap_err()), [("name".into(), "duplicate")]);
        assert!(clients::with_name(&tx, "老店").unwrap().is_some_and(|client| client.id == first.id));
    }

    #[test]
    fn both_ways_tell_both_who_listen_for_clients_and_who_listen_for_records() {
        let tx = base();
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let topics = || -> Vec<String> {
            let told = events::after(&tx, 0, 99).unwrap();
            let topics = told.into_iter().map(|event| event.topic).collect();
            tx.execute_batch("DELETE FROM events").unwrap();
            topics
        };
        clients::insert(&tx, &Card::named("a"), PersonId(1), NOW.ms, "1").unwrap();
        assert_eq!(topics(), ["record.created", "client.created"]);
        let made = make(&tx, &tables, 1, "clients", serde_json::json!({ "name": "b" }));
        assert_eq!(topics(), ["record.created", "client.created"]);
        let values = map(serde_json::json!({ "owner": 2 }));
        change(&tx, &tables, &by(&who(3)), "clients", made.id, &values, None, None).unwrap();
        assert_eq!(topics(), ["record.changed", "client.changed"]);
        let waiting = effects::waiting(&tx, 9).unwrap();
        let waiting: Vec<_> = waiting.into_iter().filter_map(|(_, effect)| effect).collect();
        assert_eq!(waiting[1..], [Effect::Person(PersonId(1)), Effect::Person(PersonId(2))]);
    }

    #[test]
    fn a_call_that_goes_on_is_measured_no_longer_when_the_record_says_so() {
        let tx = base();
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let made = make(&tx, &tables, 1, "clients", serde_json::json!({ "name": "b" }));
        tx.execute(
            "INSERT INTO calls(id, owner, client, layout, source, consent, created_ms) \
             VALUES (1, 1, ?, 'mono', 'socket', 'notified', 0)",
            [made.id],
        )
        .unwrap();
        let values = map(serde_json::json!({ "analyse": false }));
        change(&tx, &tables, &by(&who(1)), "clients", made.id, &values, None, None).unwrap();
        let waiting = effects::waiting(&tx, 9).unwrap();
        assert!(
            waiting.iter().any(|(_, effect)| matches!(effect, Some(Effect::CallWithdrawn(_)))),
            "{waiting:?}"
        );
    }

    #[test]
    fn an_erased_client_leaves_nothing_in_its_record_or_in_those_that_lead_to_it() {
        let tx = base();
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let client =
            make(&tx, &tables, 1, "clients", serde_json::json!({ "name": "西门", "aliases": ["XM"] }));
        make(&tx, &tables, 1, "contacts", serde_json::json!({ "name": "王小明", "client": client.id }));
        let values = map(serde_json::json!({ "name": "东门" }));
        change(&tx, &tables, &by(&who(1)), "clients", client.id, &values, None, None).unwrap();
        let (held, _) = erase::of_client(&tx, ClientId(client.id), &who(5)).unwrap();
        assert_eq!(held["records"]["contacts"][0]["values"]["name"], "王小明");
        assert_eq!(held["records"]["clients"][0]["values"]["aliases"][0], "XM");
        erase::client(&tx, ClientId(client.id), NOW.ms).unwrap();
        let left = |text: &str| {
            let kept = "SELECT (SELECT count(*) FROM record_history WHERE instr(before_json || after_json, ?1)) \
                        + (SELECT count(*) FROM clients WHERE instr(name || aliases_json || letters || sort, ?1))";
            tx.query_row(kept, [text], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!(["西门", "东门", "XM", "王小明"].map(left), [0; 4]);
        assert_eq!(
            one(&tx, &tables, &who(5), "clients", client.id, NOW).unwrap().values["name"],
            Value::Text(format!("erased {}", client.id))
        );
        let found = Query { search: Some("东门".into()), limit: 9, ..Query::default() };
        assert_eq!(ids(&tx, &tables, 5, "clients", &found), [0_i64; 0]);
    }
}
