//! What holds for contracts, shipments, receipts, invoices, payments and allocations, counted in the transaction that
//! writes: of two that want the last unit the second sees what the first took.
//!
//! - `books`: where the rows are, and what they add up to.
//! - `goods`, `bills`: whether a row may be added or changed.
//! - `follow`: what comes with a row: whose it is, the lines of an invoice, what goes with a deleted one.
//! - `credit`: how a client stands.

mod bills;
mod books;
mod credit;
mod follow;
mod goods;

pub use credit::of as credit_of;
pub use follow::{advice, hand_over, told, told_of_terms};

use books::{Books, NEEDED};

use super::desk::{Desk, one_fault};
use super::{RecordError, StoredRecord};
use crate::orders::Refused;
use crate::orders::refused::Issued;
use crate::records::{Change, Code, Fault, Value, Values};
use crate::store::Error;
use crate::units::{Day, Words};

/// The table whose new records come with advice.
pub const SHIPMENTS: &str = "shipments";

/// A row as it will stand.
struct Row<'a> {
    old: Option<&'a Values>,
    change: &'a mut Change,
    /// `None`: it is new.
    id: Option<i64>,
}

impl Row<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        match self.change.fields.get(key) {
            Some(value) => value.as_ref(),
            None => self.was(key),
        }
    }

    fn was(&self, key: &str) -> Option<&Value> {
        self.old.and_then(|old| old.get(key))
    }

    fn link(&self, key: &str) -> Option<i64> {
        match self.get(key) {
            Some(Value::Ref(number)) => Some(*number),
            _ => None,
        }
    }

    fn whole(&self, key: &str) -> i64 {
        match self.get(key) {
            Some(Value::Whole(number)) => *number,
            _ => 0,
        }
    }

    fn number(&self, key: &str) -> f64 {
        match self.get(key) {
            Some(Value::Number(number)) => *number,
            _ => 0.0,
        }
    }

    fn day(&self, key: &str) -> Option<Day> {
        match self.get(key) {
            Some(Value::Day(day)) => Some(*day),
            _ => None,
        }
    }

    fn is(&self, key: &str, option: &str) -> bool {
        matches!(self.get(key), Some(Value::Text(text)) if text == option)
    }

    fn put(&mut self, key: &str, value: Value) {
        self.change.fields.insert(key.to_owned(), Some(value));
    }

    /// Whether one of these fields changes.
    fn changes(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.change.fields.contains_key(*key))
    }

    /// # Errors
    /// One of these fields changes.
    fn keeps(&self, keys: &[&str], what: Issued) -> Result<(), Refused> {
        if self.changes(keys) { Err(Refused::Issued(what)) } else { Ok(()) }
    }
}

/// Whether a table is one of those here.
pub fn is_order(desk: &Desk) -> bool {
    keeps(&desk.table.key)
}

/// Whether the records of a table are books that are kept by law, whoever is erased.
pub fn keeps(table: &str) -> bool {
    NEEDED.iter().any(|(key, _)| *key == table)
}

/// Fields that the program writes by itself.
fn written(table: &str) -> &'static [&'static str] {
    match table {
        "contract_lines" => &["amount"],
        "shipments" => &["policy", "overdue", "advice"],
        "invoices" => &["due_on"],
        _ => &[],
    }
}

/// The link by which a row belongs to another, and that one's table.
fn parent(table: &str) -> (&'static str, &'static str) {
    match table {
        "contracts" => ("client", "clients"),
        "contract_lines" | "shipments" | "invoices" => ("contract", "contracts"),
        "shipment_lines" | "receipts" => ("shipment", "shipments"),
        "receipt_lines" => ("receipt", "receipts"),
        "invoice_lines" => ("invoice", "invoices"),
        "payments" => ("client", "clients"),
        _ => ("payment", "payments"),
    }
}

/// Checks a new row, or a change of one, and adds what is computed with it. Links and reach are checked before.
///
/// # Errors
/// [`RecordError::Step`] or [`RecordError::Blocked`]: it does not follow from what is there.
pub fn guard(desk: &Desk, change: &mut Change, old: Option<(i64, &Values)>) -> Result<(), RecordError> {
    let (true, Some(books)) = (is_order(desk), Books::of(desk.tables)) else { return Ok(()) };
    let key = desk.table.key.as_str();
    if let Some(field) = written(key).iter().find(|field| change.fields.contains_key(**field)) {
        return Err(RecordError::Faults(vec![one_fault(desk, field, Code::ReadOnly, "")]));
    }
    let mut row = Row { old: old.map(|(_, old)| old), change, id: old.map(|(id, _)| id) };
    match key {
        "contracts" => goods::contract(desk, &books, &row),
        "contract_lines" => goods::contract_line(desk, &books, &mut row),
        SHIPMENTS => goods::shipment(desk, &books, &mut row),
        "shipment_lines" => goods::shipment_line(desk, &books, &row),
        "receipts" => goods::receipt(desk, &books, &row),
        "receipt_lines" => goods::receipt_line(desk, &books, &row),
        "invoices" => bills::invoice(desk, &books, &mut row),
        "payments" => bills::payment(desk, &books, &mut row),
        "allocations" => bills::allocation(desk, &books, &row),
        // They come with their invoice, and only so.
        _ => Err(Refused::Issued(Issued::Invoice).into()),
    }
}

/// Whether a row may be deleted: what was issued stays.
///
/// # Errors
/// It was issued.
pub fn may_go(desk: &Desk, record: &StoredRecord) -> Result<(), RecordError> {
    let (true, Some(books)) = (is_order(desk), Books::of(desk.tables)) else { return Ok(()) };
    let has = |key: &str| record.values.contains_key(key);
    let parent = |key: &str| match record.values.get(key) {
        Some(Value::Ref(number)) => *number,
        _ => 0,
    };
    let signed = "SELECT 1 FROM {contracts} WHERE id = ? AND {contracts.signed_on} IS NOT NULL";
    let shipped = "SELECT 1 FROM {shipments} WHERE id = ? AND {shipments.shipped_on} IS NOT NULL";
    let issued = match desk.table.key.as_str() {
        "contracts" => has("signed_on").then_some(Issued::Contract),
        "contract_lines" => books.any(desk.tx, signed, [parent("contract")])?.then_some(Issued::Contract),
        "shipments" => has("shipped_on").then_some(Issued::Shipment),
        "shipment_lines" => books.any(desk.tx, shipped, [parent("shipment")])?.then_some(Issued::Shipment),
        "receipts" | "receipt_lines" => Some(Issued::Receipt),
        "invoices" => has("issued_on").then_some(Issued::Invoice),
        "invoice_lines" => Some(Issued::Invoice),
        "payments" => Some(Issued::Payment),
        _ => Some(Issued::Allocation),
    };
    issued.map_or(Ok(()), |issued| Err(Refused::Issued(issued).into()))
}

/// Whether a deleted row may come back: others may have taken its place.
///
/// # Errors
/// It is a row of an order.
pub fn may_come_back(desk: &Desk) -> Result<(), RecordError> {
    let is_guarded = is_order(desk) && Books::of(desk.tables).is_some();
    if is_guarded { Err(Refused::StaysDeleted.into()) } else { Ok(()) }
}

/// Whose a new or changed row is: its client's.
///
/// # Errors
/// The database cannot be read.
pub fn settle(desk: &Desk, change: &mut Change, old: &Values) -> Result<(), Error> {
    let (true, Some(books)) = (is_order(desk), Books::of(desk.tables)) else { return Ok(()) };
    let (link, parent) = parent(&desk.table.key);
    let number = match change.fields.get(link).map_or(old.get(link), Option::as_ref) {
        Some(Value::Ref(number)) => *number,
        _ => return Ok(()),
    };
    let text = format!(
        "SELECT p.owner FROM {{{parent}}} AS p JOIN people AS o ON o.id = p.owner AND o.active WHERE p.id = ?"
    );
    if let Some(owner) = books.one(desk.tx, &text, [number], |row| row.get(0))? {
        change.fields.insert("owner".into(), Some(Value::Ref(owner)));
        change.fields.retain(|key, value| old.get(key) != value.as_ref());
    }
    Ok(())
}

/// Whether the terms of a client can be.
///
/// # Errors
/// So many days cannot be.
pub fn terms_fit(desk: &Desk, change: &Change, old: &Values) -> Result<(), RecordError> {
    let after = |key: &str| change.fields.get(key).map_or(old.get(key), Option::as_ref);
    let (Some(Value::Text(kind)), Some(Value::Whole(days))) = (after("term_kind"), after("term_days")) else {
        return Ok(());
    };
    let is_known = ["net", "month_end", "fixed_day"].contains(&kind.as_str());
    let changes = ["term_kind", "term_days"].iter().any(|key| change.fields.contains_key(*key));
    if !is_known || !changes || crate::orders::Terms::of(kind, Some(*days)).is_some() {
        return Ok(());
    }
    let rule = match kind.as_str() {
        "fixed_day" => Words::new("1 到 31 之间的日子", "a day of the month from 1 to 31"),
        _ => Words::new("0 到 3650 天", "0 to 3650 days"),
    };
    let label = desk.table.field("term_days").map(|field| field.label.clone()).unwrap_or_default();
    Err(RecordError::Faults(vec![Fault::of("term_days", &label, Code::BadValue, &days.to_string(), &rule)]))
}

#[cfg(test)]
mod tests;
