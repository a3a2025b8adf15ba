//! What comes with a row of an order in the same transaction: the lines of an invoice, what goes with a deleted row, days
//! that change with terms, and whose it is after its client was handed over.

use std::collections::BTreeMap;

use super::bills;
use super::books::{Books, day};
use super::{Row, is_order, parent};
use crate::orders::Advice;
use crate::orders::Effect;
use crate::people::{Owner, Who};
use crate::records::{Change, Value, Values};
use crate::store::records::cell::person_of;
use crate::store::records::desk::Desk;
use crate::store::records::{Actor, Cause, Done, RecordError, Tables, checks, layout, read, trail};
use crate::store::{Error, Tx, events, zone};
use crate::units::{ClientId, Day, PersonId};

/// Tables in the order in which an owner is handed on.
const DOWN: [&str; 10] = [
    "contracts",
    "payments",
    "contract_lines",
    "shipments",
    "invoices",
    "shipment_lines",
    "receipts",
    "receipt_lines",
    "invoice_lines",
    "allocations",
];

/// At another table, for what the program itself writes there.
fn at<'a>(desk: &Desk<'a>, key: &str) -> Option<Desk<'a>> {
    let (table, place) = desk.tables.set.tables.get(key).zip(desk.tables.layout.places.get(key))?;
    Some(Desk { tx: desk.tx, tables: desk.tables, actor: desk.actor, table, place, access: None })
}

/// After a row was added, changed or deleted. `old`: what it held; `None` where it is new.
///
/// # Errors
/// The database refuses.
pub fn told(desk: &Desk, id: i64, old: Option<&Values>, change: &Change) -> Result<(), RecordError> {
    let (true, Some(books)) = (is_order(desk), Books::of(desk.tables)) else { return Ok(()) };
    let is_gone = || {
        let gone = format!("SELECT 1 FROM {} WHERE id = ? AND deleted_ms IS NOT NULL", desk.place.name);
        Ok::<_, Error>(desk.tx.prepare_cached(&gone)?.exists([id])?)
    };
    match (desk.table.key.as_str(), old) {
        ("invoices", None) => put_lines(desk, &books, id, change),
        ("shipments", None) => Ok(tell(desk, id, change)?),
        ("contracts", Some(_)) if is_gone()? => take_along(desk, &books, "contract_lines", id),
        ("shipments", Some(_)) if is_gone()? => take_along(desk, &books, "shipment_lines", id),
        ("invoices", Some(_)) if is_gone()? => take_along(desk, &books, "invoice_lines", id),
        _ => Ok(()),
    }
}

/// The lines of a new invoice.
fn put_lines(desk: &Desk, books: &Books, id: i64, change: &Change) -> Result<(), RecordError> {
    let Some(lines) = at(desk, "invoice_lines") else { return Ok(()) };
    let mut change = change.clone();
    let of = bills::of(&Row { old: None, change: &mut change, id: Some(id) });
    let owner = change.fields.get("owner").and_then(Option::as_ref).and_then(person_of);
    let owner = owner.or(desk.actor.who.person);
    for (line, fen) in bills::shares(desk, books, &of, Some(id))? {
        let fields = BTreeMap::from([
            ("invoice".to_owned(), Some(Value::Ref(id))),
            ("line".to_owned(), Some(Value::Ref(line))),
            ("amount".to_owned(), Some(Value::Whole(fen))),
        ]);
        let change = Change { fields };
        let uid = checks::new_uid(desk.actor.now_ms)?;
        let number = lines.insert(&uid, owner, &change)?;
        let all = crate::records::change::after(&Values::new(), &change);
        trail::began(&lines, number, &uid, owner, &change, &all)?;
    }
    Ok(())
}

/// A shipment that was asked for although its client is overdue.
fn tell(desk: &Desk, id: i64, change: &Change) -> Result<(), Error> {
    let field = |key: &str| change.fields.get(key).and_then(Option::as_ref);
    let (Some(Value::Text(policy)), Some(Value::Whole(overdue_fen))) = (field("policy"), field("overdue"))
    else {
        return Ok(());
    };
    let person = field("owner").and_then(person_of).or(desk.actor.who.person);
    let team = person.map_or(Ok(None), |person| checks::team(desk, person))?;
    let body = serde_json::json!({
        "shipment": id,
        "contract": field("contract").and_then(person_of).map(|PersonId(number)| number),
        "policy": policy,
        "overdue": overdue_fen,
        "overruled": policy == Effect::Block.name(),
    });
    events::tell(desk.tx, "shipment.advised", Owner { person, team }, &body, desk.actor.now_ms)
}

/// The lines of a deleted row go with it.
fn take_along(desk: &Desk, books: &Books, key: &str, id: i64) -> Result<(), RecordError> {
    let Some(lines) = at(desk, key) else { return Ok(()) };
    let (link, _) = parent(key);
    let text = format!("SELECT id FROM {{{key}}} WHERE {{{key}.{link}}} = ? AND deleted_ms IS NULL");
    for line in books.all(desk.tx, &text, [id], |row| row.get::<_, i64>(0))? {
        let update =
            format!("UPDATE {} SET deleted_ms = ?, version = version + 1 WHERE id = ?", lines.place.name);
        desk.tx.prepare_cached(&update)?.execute([desk.actor.now_ms, line])?;
        let record = read::whole(desk.tx, desk.tables, lines.table, line, desk.now())?;
        trail::went_or_came(&lines, &record, Done::Deleted)?;
    }
    Ok(())
}

/// A client's terms changed: what is issued keeps its day, what will be issued gets another.
///
/// # Errors
/// The database refuses.
pub fn told_of_terms(desk: &Desk, client: i64, change: &Change) -> Result<(), RecordError> {
    let changes = ["term_kind", "term_days"].iter().any(|key| change.fields.contains_key(*key));
    let (true, Some(books), Some(invoices)) = (changes, Books::of(desk.tables), at(desk, "invoices")) else {
        return Ok(());
    };
    let (terms, _) = books.terms(desk.tx, client)?;
    let text = "SELECT i.id, i.{invoices.issued_on} FROM {contracts} AS c \
                JOIN {invoices} AS i ON i.{invoices.contract} = c.id AND i.deleted_ms IS NULL \
                WHERE c.{contracts.client} = ?1 AND i.{invoices.issued_on} > ?2";
    let today = super::goods::today(desk).number();
    let later = books.all(desk.tx, text, (client, today), |row| Ok((row.get::<_, i64>(0)?, day(row, 1)?)))?;
    for (id, issued) in later {
        let Some(issued) = issued else { continue };
        put(&invoices, &books, id, "due_on", bills::due(terms, issued))?;
    }
    Ok(())
}

fn put(desk: &Desk, books: &Books, id: i64, key: &str, to: Day) -> Result<(), RecordError> {
    let record = read::whole(desk.tx, desk.tables, desk.table, id, desk.now())?;
    let value = Value::Day(to);
    if record.values.get(key) == Some(&value) {
        return Ok(());
    }
    let table = &desk.table.key;
    let update = format!("UPDATE {{{table}}} SET {{{table}.{key}}} = ?, version = version + 1 WHERE id = ?");
    desk.tx.prepare_cached(&books.sql(&update))?.execute([to.number(), id])?;
    let change = Change { fields: BTreeMap::from([(key.to_owned(), Some(value))]) };
    trail::turned(desk, id, &record.uid, record.owner, &record.values, &change)
}

/// The orders of a client go with it to whoever looks after it now.
///
/// # Errors
/// The database refuses.
pub fn hand_over(tx: &Tx, client: ClientId, owner: PersonId, now_ms: i64, by: &str) -> Result<(), Error> {
    let (set, layout) = layout::laid(tx)?;
    let tables = Tables { set, laid: Default::default(), layout, published: 0 };
    let Some(books) = Books::of(&tables) else { return Ok(()) };
    let actor = Actor { who: &Who::LOCAL, name: by, now_ms, zone: zone::of(tx)?, cause: Cause::Person };
    let mut moved: BTreeMap<&str, Vec<i64>> = BTreeMap::from([("clients", vec![client.0])]);
    for key in DOWN {
        let (link, above) = parent(key);
        let text = format!(
            "SELECT id, owner IS NOT ?2 FROM {{{key}}} \
             WHERE {{{key}.{link}}} IN (SELECT value FROM json_each(?1)) AND deleted_ms IS NULL"
        );
        let parents = serde_json::json!(moved.get(above).map(Vec::as_slice).unwrap_or_default()).to_string();
        let found = books.all(tx, &text, (parents, owner.0), |row| Ok((row.get(0)?, row.get(1)?)))?;
        let desk = Desk::at(tx, &tables, &actor, key)?;
        for (id, _) in found.iter().filter(|(_, is_other)| *is_other) {
            give(&desk, *id, owner)?;
        }
        moved.insert(key, found.into_iter().map(|(id, _): (i64, bool)| id).collect());
    }
    Ok(())
}

fn give(desk: &Desk, id: i64, owner: PersonId) -> Result<(), RecordError> {
    let record = read::whole(desk.tx, desk.tables, desk.table, id, desk.now())?;
    let update = format!("UPDATE {} SET owner = ?, version = version + 1 WHERE id = ?", desk.place.name);
    desk.tx.prepare_cached(&update)?.execute([owner.0, id])?;
    let mut old = record.values;
    old.extend(record.owner.map(|owner| ("owner".to_owned(), Value::Ref(owner.0))));
    let change = Change { fields: BTreeMap::from([("owner".to_owned(), Some(Value::Ref(owner.0)))]) };
    trail::turned(desk, id, &record.uid, Some(owner), &old, &change)
}

/// The advice that a shipment was given, as it stands in its record.
pub fn advice(values: &Values) -> Option<Advice> {
    match (values.get("policy"), values.get("overdue")) {
        (Some(Value::Text(policy)), Some(Value::Whole(overdue_fen))) => {
            Some(Advice { effect: Effect::from_name(policy)?, overdue_fen: *overdue_fen })
        }
        _ => None,
    }
}
