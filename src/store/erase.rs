//! Everything that is kept about one person or one client: handed out as it is, or erased. The audit log holds numbers
//! only, so that nothing has to go from it.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::audit::{Search, search};
use super::calls::traces::handed_out;
use super::calls::{Of, StoredCall, all, all_told, course};
use super::{
    Error, Tx, actions, clients, enrolments, events, fixes, idempotency, location, people, records, sessions,
    sites, visits,
};
use crate::people::{Deed, Owner, Person, Who};
use crate::units::{CallId, ClientId, PersonId, TeamId};

/// Entries of the audit log that are handed out; older ones are asked for page by page.
const ENTRIES_MAX: u32 = 10_000;

/// Visits to one client that are handed out.
const VISITS_MAX: u32 = 10_000;

fn call(connection: &Connection, kept: StoredCall) -> Result<Value, Error> {
    Ok(json!({
        "id": kept.id.to_string(), "owner": kept.owner.person.map(|person| person.0),
        "client": kept.client.map(|client| client.0), "layout": kept.layout.name(),
        "consent": kept.consent.name(), "created_ms": kept.created_ms, "ended_ms": kept.ended_ms,
        "elapsed_ms": kept.elapsed_ms, "outcome": kept.outcome, "summary": kept.summary,
        "receipt": kept.receipt, "consents": all_told(connection, kept.id)?,
        "coaching": handed_out(connection, kept.id)?,
        "agenda": kept.agenda, "review": kept.review, "moments": course::facts(connection, kept.id)?,
        "rows": course::rows(connection, kept.id)?.iter().map(course::row_json).collect::<Vec<_>>(),
    }))
}

fn calls(connection: &Connection, of: Of, may: impl Fn(Owner) -> bool) -> Result<Vec<Value>, Error> {
    let within = all(connection, of)?.into_iter().filter(|kept| may(kept.owner));
    within.map(|kept| call(connection, kept)).collect()
}

fn entries(connection: &Connection, search_for: &Search) -> Result<Vec<Value>, Error> {
    let found = search(connection, search_for, ENTRIES_MAX)?.into_iter().map(|entry| {
        json!({
            "seq": entry.seq, "at_ms": entry.at_ms, "actor": entry.actor, "deed": entry.deed,
            "entity": entry.entity, "entity_id": entry.entity_id,
        })
    });
    Ok(found.collect())
}

/// Everything about a person.
///
/// # Errors
/// There is no such person.
pub fn of_person(connection: &Connection, id: PersonId) -> Result<Value, Error> {
    let person = people::one(connection, id)?;
    let mut signed_in = connection
        .prepare("SELECT created_ms, seen_ms FROM sessions WHERE person = ? ORDER BY created_ms")?;
    let signed_in = signed_in.query_map([id.0], |row| {
        Ok(json!({ "created_ms": row.get::<_, i64>(0)?, "seen_ms": row.get::<_, i64>(1)? }))
    })?;
    let tokens = sessions::tokens(connection, id)?.into_iter().map(
        |token| json!({ "name": token.name, "created_ms": token.created_ms, "expires_ms": token.expires_ms }),
    );
    let actor = Search { actors: Some(vec![id.to_string()]), ..Search::default() };
    let about =
        Search { entity: Some("person".into()), entity_id: Some(id.to_string()), ..Search::default() };
    let clients = clients::of(connection, id)?
        .into_iter()
        .map(|client| json!({ "id": client.id.0, "name": client.card.name }));
    Ok(json!({
        "person": {
            "id": id.0, "login": person.login.as_str(), "name": person.name, "role": person.role.name(),
            "team": person.team.map(|team| team.0), "active": person.active,
        },
        "sessions": signed_in.collect::<Result<Vec<_>, _>>()?,
        "tokens": tokens.collect::<Vec<_>>(),
        "clients": clients.collect::<Vec<_>>(),
        "records": records::erase::of_person(connection, id.0)?,
        "actions": actions::handed_out(connection, id)?,
        "calls": calls(connection, Of::Person(id), |_| true)?,
        "location": location_of(connection, id)?,
        "enrolments": enrolments::of(connection, id)?.into_iter().map(|one| json!({
            "id": one.id.0, "app": one.app.name(), "name": one.name, "created_ms": one.created_ms,
            "seen_ms": one.seen_ms, "counts": one.counts,
        })).collect::<Vec<_>>(),
        "positions": positions(connection, id)?,
        "visits": visits::of(connection, id)?.iter().map(visit).collect::<Vec<_>>(),
        "deeds": entries(connection, &actor)?,
        "log": entries(connection, &about)?,
    }))
}

fn location_of(connection: &Connection, id: PersonId) -> Result<Value, Error> {
    let reporting = location::of(connection, id)?.reporting;
    let hours = reporting.hours;
    Ok(json!({
        "consent_ms": reporting.consent_ms, "days": hours.days(), "from_min": hours.from_min,
        "until_min": hours.until_min, "time_zone": hours.zone.to_string(),
    }))
}

/// Time, place and how exact, as it was reported.
fn positions(connection: &Connection, id: PersonId) -> Result<Vec<Value>, Error> {
    let found = fixes::of(connection, id, i64::MIN, i64::MAX, i64::MAX)?.into_iter();
    let position = |fix: crate::fixes::Fix| {
        json!([fix.tst_ms, fix.lat, fix.lon, fix.datum.name(), fix.accuracy_m, fix.source.name()])
    };
    Ok(found.map(position).collect())
}

fn visit(kept: &visits::StoredVisit) -> Value {
    json!({
        "id": kept.id.0, "person": kept.owner.person.map(|person| person.0),
        "client": kept.client.map(|client| client.0), "state": kept.state(),
        "arrive_ms": kept.visit.arrive_ms, "leave_ms": kept.visit.leave_ms,
        "confidence": kept.visit.confidence, "flag": kept.visit.flag.map(|flag| flag.name()),
        "lat": kept.visit.centre.lat, "lon": kept.visit.centre.lon, "photo": kept.photo,
    })
}

/// Everything about a client that somebody reaches, and whose visits are in it. Whose a call or a visit is does not
/// change with who looks after the client.
///
/// # Errors
/// There is no such client.
pub fn of_client(
    connection: &Connection,
    id: ClientId,
    who: &Who,
) -> Result<(Value, Vec<Option<PersonId>>), Error> {
    let client = clients::even_deleted(connection, id)?;
    let may = |owner| who.may_to(Deed::ErasePeople, owner).is_ok();
    let visits = visits::of_client(connection, id, VISITS_MAX)?;
    let visits: Vec<_> = visits.into_iter().filter(|kept| may(kept.owner)).collect();
    let access = records::access_to(connection, "clients", who.role)?;
    let seen = |key: &str| access.as_ref().is_none_or(|access| !access.hides(key));
    let card = &client.card;
    let contacts = card
        .contacts
        .iter()
        .map(|contact| json!({ "name": contact.name, "title": contact.title, "phone": contact.phone }));
    let anchor = card.anchor.map(|anchor| json!([anchor.lat, anchor.lon, anchor.datum.name()]));
    let about =
        Search { entity: Some("client".into()), entity_id: Some(id.to_string()), ..Search::default() };
    let people = visits.iter().map(|kept| kept.owner.person).collect();
    let data = json!({
        "client": {
            "id": id.0, "name": card.name, "aliases": seen("aliases").then_some(&card.aliases),
            "industry": card.industry.as_ref().filter(|_| seen("industry")),
            "stage": card.stage.as_ref().filter(|_| seen("stage")),
            "grade": card.grade.as_ref().filter(|_| seen("grade")), "owner": client.owner.0,
            "contacts": contacts.collect::<Vec<_>>(), "analyse": card.analyse, "anchor": anchor,
        },
        "records": records::erase::of_client(connection, id.0, who, may)?,
        "calls": calls(connection, Of::Client(id), may)?,
        "sites": sites::of_client(connection, id)?.iter().map(|site| json!({
            "id": site.id.0, "name": site.entered.name, "lat": site.entered.lat, "lon": site.entered.lon,
            "datum": site.entered.datum.name(), "lessons": site.lessons.len(),
        })).collect::<Vec<_>>(),
        "visits": visits.iter().map(visit).collect::<Vec<_>>(),
        "log": entries(connection, &about)?,
    });
    Ok((data, people))
}

/// Erases a person: no name, no login, no way in, no calls, no positions, no visits. What they did stays in the log under their number.
/// Answers how many calls went.
///
/// # Errors
/// There is no such person, or nobody would be left who keeps accounts.
pub fn person(tx: &Tx, id: PersonId) -> Result<usize, Error> {
    let before = people::one(tx, id)?;
    people::update(tx, &Person { name: format!("erased {id}"), active: false, ..before.clone() })?;
    tx.execute(
        "UPDATE people SET login = ?, password = NULL WHERE id = ?",
        params![format!("erased-{id}"), id.0],
    )?;
    tx.execute("DELETE FROM invitations WHERE person = ?", [id.0])?;
    tx.execute("UPDATE consents SET person = NULL WHERE person = ?", [id.0])?;
    events::forget(tx, events::Of::Person(id))?;
    forget_names(tx, &[before.login.as_str(), &before.name])?;
    forget_answers(tx, "person", "SELECT ?1", id.0)?;
    for (entity, theirs) in [
        ("visit", "SELECT id FROM visits WHERE person = ?1"),
        ("enrolment", "SELECT id FROM enrolments WHERE person = ?1"),
        ("action", "SELECT id FROM actions WHERE owner = ?1"),
    ] {
        forget_answers(tx, entity, theirs, id.0)?;
    }
    forget_calls(tx, "SELECT id FROM calls WHERE owner = ?", id.0)?;
    tx.execute("DELETE FROM answers WHERE actor = ?", [id.to_string()])?;
    records::erase::actions_of(tx, id)?;
    for table in ["visits", "enrolments", "location"] {
        tx.execute(&format!("DELETE FROM {table} WHERE person = ?"), [id.0])?;
    }
    Ok(tx.execute("DELETE FROM calls WHERE owner = ?", [id.0])?)
}

/// Whether all records that hang on a client are within somebody's reach.
pub fn reaches_all(connection: &Connection, id: ClientId, who: &Who) -> Result<bool, Error> {
    let mut owners = connection.prepare_cached(
        "SELECT h.person, p.team FROM (SELECT owner AS person FROM calls WHERE client = ?1 \
         UNION SELECT person FROM visits WHERE client = ?1 \
         UNION SELECT owner FROM actions WHERE client = ?1 AND owner IS NOT NULL) h LEFT JOIN people p ON p.id = h.person",
    )?;
    let read = |row: &rusqlite::Row| {
        let (person, team): (Option<i64>, Option<i64>) = (row.get(0)?, row.get(1)?);
        Ok(Owner { person: person.map(PersonId), team: team.map(TeamId) })
    };
    let owners = owners.query_map([id.0], read)?.collect::<Result<Vec<_>, _>>()?;
    let may = |owner| who.may_to(Deed::ErasePeople, owner).is_ok();
    Ok(owners.into_iter().all(may) && records::erase::may_go(connection, id.0, who, may)?)
}

/// Erases a client: its number stays, with an owner and nothing else. Answers how many calls went.
///
/// # Errors
/// There is no such client.
pub fn client(tx: &Tx, id: ClientId, now_ms: i64) -> Result<usize, Error> {
    let card = clients::even_deleted(tx, id)?.card;
    clients::empty(tx, id, now_ms)?;
    let contacts = card.contacts.iter().map(|contact| contact.name.as_str());
    let aliases = card.aliases.iter().map(String::as_str);
    let names: Vec<_> = std::iter::once(card.name.as_str()).chain(aliases).chain(contacts).collect();
    forget_names(tx, &names)?;
    forget_answers(tx, "client", "SELECT ?1", id.0)?;
    for (entity, table) in [("visit", "visits"), ("site", "sites"), ("action", "actions")] {
        forget_answers(tx, entity, &format!("SELECT id FROM {table} WHERE client = ?1"), id.0)?;
    }
    forget_calls(tx, "SELECT id FROM calls WHERE client = ?", id.0)?;
    records::erase::client(tx, id.0, &names, now_ms)?;
    // Actions and contacts stay as empty records, where their tables are defined.
    for table in ["visits", "sites", "actions", "contacts"] {
        tx.execute(&format!("DELETE FROM {table} WHERE client = ?"), [id.0])?;
    }
    events::forget(tx, events::Of::Client(id))?;
    Ok(tx.execute("DELETE FROM calls WHERE client = ?", [id.0])?)
}

/// Kept answers about these records go, whatever they were called when they were given.
fn forget_answers(tx: &Tx, entity: &str, ids: &str, of: i64) -> Result<(), Error> {
    let ids: Vec<i64> = tx.prepare(ids)?.query_map([of], |row| row.get(0))?.collect::<Result<_, _>>()?;
    ids.into_iter().try_for_each(|id| idempotency::forget(tx, entity, &id.to_string()))
}

fn forget_calls(tx: &Tx, ids: &str, of: i64) -> Result<(), Error> {
    let ids: Vec<i64> = tx.prepare(ids)?.query_map([of], |row| row.get(0))?.collect::<Result<_, _>>()?;
    ids.into_iter().try_for_each(|id| idempotency::forget_call(tx, CallId::from_number(id)))
}

/// Kept answers about several records, such as an import, go when they hold one of these names.
fn forget_names(tx: &Tx, names: &[&str]) -> Result<(), Error> {
    for name in names {
        let json = json!(name).to_string();
        tx.execute("DELETE FROM answers WHERE instr(body_json, ?)", [json.trim_matches('"')])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Role;
    use crate::store::people::NewPerson;
    use crate::store::scratch;

    #[test]
    fn nobody_erases_the_last_who_keeps_the_accounts() {
        let tx = scratch();
        let new =
            NewPerson { login: "li".parse().unwrap(), name: "Li".into(), role: Role::Admin, team: None };
        let id = people::insert(&tx, &new, 0).unwrap().id;
        assert!(matches!(person(&tx, id), Err(Error::Conflict(_))));
        let second = NewPerson { login: "wu".parse().unwrap(), ..new };
        people::insert(&tx, &second, 0).unwrap();
        assert_eq!(person(&tx, id).unwrap(), 0);
        let gone = people::one(&tx, id).unwrap();
        assert_eq!((gone.name.as_str(), gone.login.as_str(), gone.active), ("erased 1", "erased-1", false));
        person(&tx, id).unwrap();
    }
}
