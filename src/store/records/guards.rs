//! What holds for the tables that the program relies on, beyond what their definitions say: whose a contact is, when an
//! action is done, who may be asked.

use std::borrow::Cow;

use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value as Json};

use super::cell::person_of;
use super::desk::{Desk, one_fault};
use super::layout::{ACTIONS, CLIENTS, CONTACTS, OF_VISIT};
use super::read::{one, whole};
use super::{RecordError, StoredRecord, orders};
use crate::customers;
use crate::people::{Deed, Owner, Reach, Who};
use crate::records::{Change, Code, Value, Values};
use crate::store::Error;
use crate::units::{PersonId, TeamId};

/// The name of the physical table, where it is one of those here.
pub fn known(desk: &Desk) -> &'static str {
    [CLIENTS, CONTACTS, ACTIONS].into_iter().find(|name| *name == desk.place.name).unwrap_or("")
}

/// A new record with what follows from other values: whom an action is about and with which client, from its contact.
///
/// # Errors
/// The database cannot be read.
pub fn filled<'a>(
    desk: &Desk,
    values: &'a Map<String, Json>,
) -> Result<Cow<'a, Map<String, Json>>, RecordError> {
    let contact = values.get("contact").and_then(Json::as_i64);
    let table = desk.tables.set.tables.get(CONTACTS);
    let (ACTIONS, Some(contact), Some(table)) = (known(desk), contact, table) else {
        return Ok(Cow::Borrowed(values));
    };
    let found = match desk.who() {
        Some(who) => one(desk.tx, desk.tables, who, CONTACTS, contact, desk.now()),
        None => whole(desk.tx, desk.tables, table, contact, desk.now()),
    };
    // Whether it is there is checked with all other links.
    let Ok(found) = found else { return Ok(Cow::Borrowed(values)) };
    let mut filled = values.clone();
    for (key, of) in [("whom", "name"), ("client", "client")] {
        let is_missing = filled.get(key).is_none_or(|value| value.is_null() || value == "");
        let writable = desk.table.own(key).is_some() && !desk.access.is_some_and(|access| access.hides(key));
        if let (true, Some(value), Some(field)) =
            (is_missing && writable, found.values.get(of), table.field(of))
        {
            filled.insert(key.to_owned(), value.json(field.kind));
        }
    }
    Ok(Cow::Owned(filled))
}

/// Adds to a checked change what it brings with it.
///
/// # Errors
/// A fault of a field.
pub fn settle(desk: &Desk, change: &mut Change, old: &Values) -> Result<(), RecordError> {
    match known(desk) {
        ACTIONS => {
            let of_visit = Value::Text(OF_VISIT.into());
            let said = change.fields.get("origin").and_then(Option::as_ref);
            let was = old.get("origin").filter(|_| change.fields.contains_key("origin"));
            // Who may read it hangs on it.
            if desk.access.is_some() && [said, was].contains(&Some(&of_visit)) {
                return Err(RecordError::Faults(vec![one_fault(desk, "origin", Code::ReadOnly, "")]));
            }
            customers::actions::settle(desk.table, change, old, desk.actor.now_ms)
                .map_err(|fault| RecordError::Faults(vec![fault]))
        }
        CONTACTS => {
            let client = change.fields.get("client").map_or(old.get("client"), Option::as_ref);
            let owner = client.and_then(person_of).map(|PersonId(client)| client);
            let owner = owner.map_or(Ok(None), |client| owner_of(desk, client))?;
            if let Some(owner) = owner {
                change.fields.insert("owner".into(), Some(owner));
            }
            change.fields.retain(|key, value| old.get(key) != value.as_ref());
            Ok(())
        }
        CLIENTS => orders::terms_fit(desk, change, old),
        _ => Ok(orders::settle(desk, change, old)?),
    }
}

/// Whoever looks after a client.
fn owner_of(desk: &Desk, client: i64) -> Result<Option<Value>, Error> {
    let owner = "SELECT owner FROM clients WHERE id = ?";
    let found = desk.tx.prepare_cached(owner)?.query_row([client], |row| row.get(0)).optional()?;
    Ok(found.map(Value::Ref))
}

/// Whether somebody may be given a record that the role does not reach there: actions are asked of colleagues, and of who
/// has no team and so serves all; what belongs to an order is whoever's its client is.
pub fn may_ask(desk: &Desk, owner: Option<PersonId>, team: Option<TeamId>) -> bool {
    let is_colleague = || desk.actor.who.may_to(Deed::ReadPeople, Owner { person: owner, team }).is_ok();
    orders::is_order(desk) || known(desk) == ACTIONS && owner.is_some() && (team.is_none() || is_colleague())
}

/// Whether a record is in reach of who acts.
pub fn reaches(desk: &Desk, reach: Reach, record: &StoredRecord) -> bool {
    let who = desk.actor.who;
    let of_visit = record.values.get("origin") == Some(&Value::Text(OF_VISIT.into()));
    match known(desk) {
        ACTIONS if of_visit && !desk.reaches(who.reach(Deed::ReadVisits), record.owner, record.team) => false,
        ACTIONS if reach != Reach::Nothing && asked_by(record, who) => true,
        _ => desk.reaches(reach, record.owner, record.team),
    }
}

/// Whether a visit made a record: of those its own events tell, to whom they may.
pub fn is_of_visit(desk: &Desk, id: i64) -> Result<bool, Error> {
    let of_visit = "SELECT 1 FROM actions WHERE id = ? AND origin = ?";
    Ok(known(desk) == ACTIONS && desk.tx.prepare_cached(of_visit)?.exists(params![id, OF_VISIT])?)
}

fn asked_by(record: &StoredRecord, who: &Who) -> bool {
    record.created_by.is_some() && record.created_by == who.person
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::people::Owner as OwnerOf;
    use crate::store::records::tests::{NOW, base, by, ids, make, map, who};
    use crate::store::records::{Query, Tables, change, create, delete, install, load, one, restore};
    use crate::store::{Tx, actions, clients, events};
    use crate::units::ClientId;
    use crate::units::VisitNumber;

    fn house() -> (Tx, Tables, i64) {
        let tx = base();
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let client = make(&tx, &tables, 1, "clients", json!({ "name": "华东" })).id;
        (tx, tables, client)
    }

    fn all() -> Query {
        Query { limit: 9, ..Query::default() }
    }

    #[test]
    fn a_contact_is_whoever_s_its_client_is() {
        let (tx, tables, client) = house();
        let contact =
            make(&tx, &tables, 3, "contacts", json!({ "name": "王强", "client": client, "owner": 3 })).id;
        assert_eq!(ids(&tx, &tables, 1, "contacts", &all()), [contact], "the manager wrote it for the rep");
        let give = map(json!({ "owner": 2 }));
        change(&tx, &tables, &by(&who(3)), "clients", client, &give, None, None).unwrap();
        assert_eq!(ids(&tx, &tables, 2, "contacts", &all()), [contact]);
        assert_eq!(ids(&tx, &tables, 1, "contacts", &all()), [0; 0], "it went with its client");
        let card = clients::one(&tx, ClientId(client)).unwrap().card;
        assert_eq!(card.contacts[0].name, "王强", "the card reads the same record");
    }

    #[test]
    fn a_contact_gives_an_action_its_name_and_its_client() {
        let (tx, tables, client) = house();
        let contact = make(&tx, &tables, 1, "contacts", json!({ "name": "李主任", "client": client })).id;
        let wish = json!({ "contact": contact, "status": "方案已递", "next": "x", "due": "2027-02-18" });
        let action = make(&tx, &tables, 1, "actions", wish.clone());
        assert_eq!(
            (&action.values["whom"], &action.values["client"]),
            (&Value::Text("李主任".into()), &Value::Ref(client))
        );
        let other = create(&tx, &tables, &by(&who(4)), "actions", None, &map(wish));
        assert!(matches!(other, Err(RecordError::Faults(_))), "out of reach it tells nothing: {other:?}");
    }

    #[test]
    fn what_is_asked_of_a_colleague_is_seen_by_both_and_by_nobody_else() {
        let (tx, tables, _) = house();
        let wish = json!({ "whom": "x", "status": "方案已递", "next": "x", "due": "2027-02-18", "owner": 2 });
        let action = make(&tx, &tables, 1, "actions", wish.clone()).id;
        let seen = [1, 2, 3, 4].map(|person| ids(&tx, &tables, person, "actions", &all()).len());
        assert_eq!(seen, [1, 1, 1, 0]);
        let done = map(json!({ "status": "已完成" }));
        change(&tx, &tables, &by(&who(1)), "actions", action, &done, None, None).unwrap();
        let mut wish = map(wish);
        wish.insert("owner".into(), json!(4));
        let far = create(&tx, &tables, &by(&who(1)), "actions", None, &wish).unwrap_err();
        wish.insert("owner".into(), json!(99));
        let nobody = create(&tx, &tables, &by(&who(1)), "actions", None, &wish).unwrap_err();
        assert_eq!(far.to_string(), nobody.to_string(), "who is not there is as who is out of reach");
    }

    #[test]
    fn a_visit_is_an_action_that_only_who_may_read_visits_reads() {
        let (tx, tables, client) = house();
        let visited = |at_ms| {
            actions::visited(&tx, VisitNumber(7), ClientId(client), PersonId(1), at_ms, NOW.ms).unwrap()
        };
        let told = events::after(&tx, 0, 99).unwrap().len();
        visited(5);
        visited(6);
        assert_eq!(events::after(&tx, 0, 99).unwrap().len(), told, "the visit's own events tell of it");
        let seen = [1, 3, 2, 5].map(|person| ids(&tx, &tables, person, "actions", &all()).len());
        assert_eq!(seen, [1, 1, 0, 0], "its rep and who leads the team; not the admin");
        let id = ids(&tx, &tables, 1, "actions", &all())[0];
        let record = one(&tx, &tables, &who(1), "actions", id, NOW).unwrap();
        assert_eq!(
            (&record.values["done_at"], &record.values["kind"]),
            (&Value::Instant(6), &Value::Text("拜访".into()))
        );
        let hide = map(json!({ "origin": "hand" }));
        assert!(
            change(&tx, &tables, &by(&who(1)), "actions", id, &hide, None, None).is_err(),
            "nobody says it was none"
        );
        let admin = who(5);
        assert!(delete(&tx, &tables, &by(&admin), "actions", id, None).is_err());
        actions::not_visited(&tx, VisitNumber(7), NOW.ms).unwrap();
        assert_eq!(ids(&tx, &tables, 1, "actions", &all()), [0; 0]);
        visited(6);
        assert_eq!(
            actions::visits_to(&tx, ClientId(client), 9).unwrap()[0].owner,
            OwnerOf { person: Some(PersonId(1)), team: Some(TeamId(1)) }
        );
        assert_eq!(actions::open_with(&tx, ClientId(client)).unwrap(), 0);
    }

    #[test]
    fn an_action_that_is_deleted_and_comes_back_is_open_again() {
        let (tx, tables, client) = house();
        let wish =
            json!({ "client": client, "whom": "x", "status": "方案已递", "next": "x", "due": "2027-02-18" });
        let action = make(&tx, &tables, 1, "actions", wish).id;
        let open = || actions::open_with(&tx, ClientId(client)).unwrap();
        assert_eq!(open(), 1);
        delete(&tx, &tables, &by(&who(3)), "actions", action, None).unwrap();
        assert_eq!(open(), 0);
        restore(&tx, &tables, &by(&who(3)), "actions", action, None, None).unwrap();
        assert_eq!(open(), 1);
    }
}
