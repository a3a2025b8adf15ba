//! Tables that the program has columns of its own in: what it writes there by itself is the same record as what people
//! write, with its history, events and search words.

use rusqlite::params;

use super::cell::person_of;
use super::desk::Desk;
use super::layout::laid_of;
use super::read::whole;
use super::{Actor, Cause, Done, RecordError, Tables, checks, trail};
use crate::customers::taken;
use crate::people::Who;
use crate::records::definition::Set;
use crate::records::{Change, Value, Values};
use crate::store::{Error, Tx, zone};

/// A record that the program itself writes.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    /// [`super::CLIENTS`], [`super::CONTACTS`] or [`super::ACTIONS`].
    pub table: &'static str,
    pub id: i64,
    pub now_ms: i64,
    /// Who does it, as in the audit log.
    pub by: &'a str,
}

/// Before a record is written: what it holds. `None` while its table is not defined.
///
/// # Errors
/// There is no such record.
pub fn before(tx: &Tx, table: &str, id: i64) -> Result<Option<Values>, Error> {
    at_desk(tx, table, "", 0, |desk| values(desk, id))
}

/// After it was written: when and by whom, and all that follows from a change of a record. `old`: what it held, `None`
/// where it is new. The audit entry is its writer's.
///
/// # Errors
/// Another client has that name, but for the case or width of its letters.
pub fn written(tx: &Tx, at: Written, old: Option<Values>, is_new: bool) -> Result<(), Error> {
    let Written { table, id, now_ms, by } = at;
    let update = format!("UPDATE {table} SET changed_ms = ?, changed_by = ? WHERE id = ?");
    tx.prepare_cached(&update)?.execute(params![now_ms, by.parse::<i64>().ok(), id])?;
    at_desk(tx, table, by, now_ms, |desk| {
        let (old, new) = (old.unwrap_or_default(), values(desk, id)?);
        let keys = old.keys().chain(new.keys());
        let changed = keys.filter(|key| old.get(*key) != new.get(*key));
        let change = Change { fields: changed.map(|key| (key.clone(), new.get(key).cloned())).collect() };
        follow(desk, at, is_new, &old, &new, &change)
    })?;
    Ok(())
}

/// It is deleted, or comes back.
///
/// # Errors
/// There is no such record.
pub fn gone_or_back(tx: &Tx, at: Written, done: Done) -> Result<(), Error> {
    let Written { table, id, now_ms, by } = at;
    let gone_ms = (done == Done::Deleted).then_some(now_ms);
    let update = format!(
        "UPDATE {table} SET deleted_ms = ?, version = version + 1, changed_ms = ?, changed_by = ? WHERE id = ?"
    );
    tx.prepare_cached(&update)?.execute(params![gone_ms, now_ms, by.parse::<i64>().ok(), id])?;
    at_desk(tx, table, by, now_ms, |desk| {
        let record = whole(desk.tx, desk.tables, desk.table, id, desk.now())?;
        trail::went_or_came(desk, &record, done)
    })?;
    Ok(())
}

fn follow(
    desk: &Desk,
    at: Written,
    is_new: bool,
    old: &Values,
    new: &Values,
    change: &Change,
) -> Result<(), RecordError> {
    let id = at.id;
    if !checks::unique(desk, change, Some(id))?.is_empty() {
        let name = match new.get("name") {
            Some(Value::Text(name)) => name.as_str(),
            _ => "",
        };
        return Err(Error::Conflict(taken(name)).into());
    }
    desk.put_beside(id, change)?;
    let uid = format!("SELECT coalesce(uid, '') FROM {} WHERE id = ?", desk.place.name);
    let uid: String = desk.tx.query_row(&uid, [id], |row| row.get(0))?;
    let owner = new.get("owner").and_then(person_of);
    match is_new {
        true => trail::began(desk, id, &uid, owner, change, new),
        false if change.fields.is_empty() => Ok(()),
        false => trail::turned(desk, id, &uid, owner, old, change),
    }
}

/// All that is written in a record, and whose it is.
fn values(desk: &Desk, id: i64) -> Result<Values, RecordError> {
    let record = whole(desk.tx, desk.tables, desk.table, id, desk.now())?;
    let mut values = record.values;
    values.extend(record.owner.map(|owner| ("owner".to_owned(), Value::Ref(owner.0))));
    Ok(values)
}

/// At that table alone: nothing else is needed here.
fn at_desk<T>(
    tx: &Tx,
    table: &str,
    by: &str,
    now_ms: i64,
    work: impl FnOnce(&Desk) -> Result<T, RecordError>,
) -> Result<Option<T>, Error> {
    let (set, layout) = laid_of(tx, Some(table))?;
    let tables = Tables { set, laid: Set::default(), layout, published: 0 };
    let found = tables.set.tables.get(table).zip(tables.layout.places.get(table));
    let Some((table, place)) = found else { return Ok(None) };
    let zone = zone::of(tx)?;
    let actor = Actor { who: &Who::LOCAL, name: by, now_ms, zone, cause: Cause::Person };
    // Its own way has checked the role.
    let desk = Desk { tx, tables: &tables, actor: &actor, table, place, access: None };
    Ok(Some(work(&desk)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::records::tests::{NOW, base, by, codes, ids, make, map, who};
    use crate::store::records::{Query, change, create, install, load, one};
    use crate::store::{clients, effects, effects::Effect, erase, events};
    use crate::units::{ClientId, PersonId};

    #[test]
    fn a_client_of_before_the_tables_is_a_record_and_records_are_clients() {
        let tx = base();
        let first = clients::named_only(&tx, "老店", PersonId(1));
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let found = Query { search: Some("ld".into()), limit: 9, ..Query::default() };
        assert_eq!(ids(&tx, &tables, 1, "clients", &found), [first.0], "by its first letters");
        let made = make(&tx, &tables, 1, "clients", serde_json::json!({ "name": "华东", "stage": "报价" }));
        let values = map(serde_json::json!({ "name": "华南", "analyse": false, "term_days": 30 }));
        change(&tx, &tables, &by(&who(1)), "clients", made.id, &values, None, Some(1)).unwrap();
        let client = clients::one(&tx, ClientId(made.id)).unwrap();
        assert_eq!(
            (client.card.name.as_str(), client.card.stage.as_deref(), client.card.analyse, client.version),
            ("华南", Some("报价"), false, 2)
        );
        let taken =
            create(&tx, &tables, &by(&who(1)), "clients", None, &map(serde_json::json!({ "name": "老店" })));
        assert_eq!(codes(taken.unwrap_err()), [("name".into(), "duplicate")]);
        assert!(clients::with_name(&tx, "老店").unwrap().is_some_and(|client| client.id == first));
    }

    #[test]
    fn a_client_tells_both_who_listen_for_clients_and_who_listen_for_records() {
        let tx = base();
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let topics = || -> Vec<String> {
            let told = events::after(&tx, 0, 99).unwrap();
            let topics = told.into_iter().map(|event| event.topic).collect();
            tx.execute_batch("DELETE FROM events").unwrap();
            topics
        };
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
