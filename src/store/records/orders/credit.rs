//! How a client stands, counted from its invoices, payments and allocations; and the policy in force.

use rusqlite::Connection;

use super::books::{Books, day};
use crate::orders::credit::PAYMENTS;
use crate::orders::policy::{KEY, KIND};
use crate::orders::{Credit, Due, Paid, Policy, Refused};
use crate::store::records::{Now, RecordError, Tables};
use crate::store::{Error, Tx, revisions};
use crate::units::{ClientId, Day};

/// How a client stands; `None` where orders are not kept here.
///
/// # Errors
/// The sums are larger than can be kept, or the database cannot be read.
pub fn of(
    db: &Connection,
    tables: &Tables,
    client: ClientId,
    now: Now,
) -> Result<Option<Credit>, RecordError> {
    let today = now.zone.day(now.ms).unwrap_or(Day::MIN);
    Books::of(tables).map(|books| count(db, &books, client.0, today)).transpose()
}

/// Along the indexes of links: as many steps as the client has invoices, payments and allocations.
pub fn count(db: &Tx, books: &Books, client: i64, today: Day) -> Result<Credit, RecordError> {
    let (terms, limit_fen) = books.terms(db, client)?;
    let open = "SELECT coalesce(i.{invoices.due_on}, i.{invoices.issued_on}), i.{invoices.amount} \
           - (SELECT coalesce(sum(CASE WHEN a.{allocations.takes_back} IS NULL THEN 1 ELSE -1 END \
               * a.{allocations.amount}), 0) FROM {allocations} AS a \
               WHERE a.{allocations.invoice} = i.id AND a.deleted_ms IS NULL) \
           - (SELECT coalesce(sum(r.{invoices.amount}), 0) FROM {invoices} AS r \
               WHERE r.{invoices.reverses} = i.id AND r.deleted_ms IS NULL AND r.{invoices.issued_on} IS NOT NULL) \
         FROM {contracts} AS c CROSS JOIN {invoices} AS i ON i.{invoices.contract} = c.id \
         WHERE c.{contracts.client} = ? AND c.deleted_ms IS NULL AND i.deleted_ms IS NULL \
           AND i.{invoices.kind} IS NOT 'red' AND i.{invoices.issued_on} IS NOT NULL";
    let open = books.all(db, open, [client], |row| {
        Ok(Due { on: day(row, 0)?.unwrap_or(Day::MAX), open_fen: row.get(1)? })
    })?;
    let open: Vec<_> = open.into_iter().filter(|due| due.open_fen > 0).collect();
    let payments = books.all(db, &last_payments(), [client], |row| {
        Ok(Paid { paid: day(row, 0)?.unwrap_or(Day::MIN), amount_fen: row.get(1)?, due: day(row, 2)? })
    })?;
    Ok(Credit::of(today, terms, limit_fen, &open, payments).ok_or(Refused::Overflow)?)
}

/// The newest received ones with the first day on which something was due that they pay for.
fn last_payments() -> String {
    format!(
        "SELECT p.{{payments.received_on}}, p.{{payments.amount}}, \
           (SELECT min(i.{{invoices.due_on}}) FROM {{allocations}} AS a \
             JOIN {{invoices}} AS i ON i.id = a.{{allocations.invoice}} \
             WHERE a.{{allocations.payment}} = p.id AND a.deleted_ms IS NULL AND a.{{allocations.takes_back}} IS NULL \
               AND a.{{allocations.amount}} > (SELECT coalesce(sum(b.{{allocations.amount}}), 0) \
                 FROM {{allocations}} AS b WHERE b.{{allocations.takes_back}} = a.id AND b.deleted_ms IS NULL)) \
         FROM {{payments}} AS p WHERE p.{{payments.client}} = ? AND p.deleted_ms IS NULL \
           AND p.{{payments.kind}} IS NOT 'refund' AND p.{{payments.received_on}} IS NOT NULL \
         ORDER BY p.{{payments.received_on}} DESC, p.id DESC LIMIT {PAYMENTS}"
    )
}

/// The policy in force; the advice alone where none was published.
///
/// # Errors
/// The database cannot be read.
pub fn policy(db: &Connection) -> Result<Policy, Error> {
    let published = revisions::head(db, KIND, KEY)?.and_then(|head| head.published);
    let Some(published) = published else { return Ok(Policy::default()) };
    let body = revisions::one(db, published)?.body;
    let body = serde_json::from_str(&body).unwrap_or_default();
    // It was checked before it was saved.
    Ok(Policy::read(&body).unwrap_or_default())
}
