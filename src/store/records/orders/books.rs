//! What the guards of orders count: names of tables and fields -> the columns that hold them, and rows as `crate::orders`
//! knows them.

use rusqlite::{OptionalExtension, Params, Row};

use crate::orders::bills::{Invoice, Payment};
use crate::orders::goods::{Line, Sent};
use crate::orders::{Quantity, Terms};
use crate::store::records::Tables;
use crate::store::{Error, Tx};
use crate::units::Day;

/// The tables of orders with the fields that the guards rely on; each may be relabelled or hidden, and others may stand
/// beside them.
pub const NEEDED: [(&str, &[&str]); 10] = [
    ("contracts", &["client", "signed_on"]),
    ("contract_lines", &["contract", "quantity", "price", "amount"]),
    (
        "shipments",
        &["contract", "requested_on", "shipped_on", "reason", "approved", "policy", "overdue", "advice"],
    ),
    ("shipment_lines", &["shipment", "line", "quantity"]),
    ("receipts", &["shipment", "kind", "signed_on"]),
    ("receipt_lines", &["receipt", "line", "quantity"]),
    ("invoices", &["contract", "kind", "reverses", "issued_on", "due_on", "amount"]),
    ("invoice_lines", &["invoice", "line", "amount"]),
    ("payments", &["client", "kind", "refunds", "received_on", "amount"]),
    ("allocations", &["payment", "invoice", "amount", "takes_back"]),
];

/// Where the tables of orders are.
pub struct Books<'a> {
    tables: &'a Tables,
}

impl<'a> Books<'a> {
    /// `None` where one of them is not laid out as the pack has it.
    pub fn of(tables: &'a Tables) -> Option<Self> {
        let places = &tables.layout.places;
        let has = |(table, fields): &(&str, &[&str])| {
            let place = places.get(*table);
            place.is_some_and(|place| fields.iter().all(|field| place.columns.contains_key(*field)))
        };
        NEEDED.iter().all(has).then_some(Self { tables })
    }

    /// A statement in which `{table}` and `{table.field}` stand for where they are; NULL for a field of clients that is
    /// not there.
    pub fn sql(&self, text: &str) -> String {
        let mut sql = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            sql += before;
            sql += &self.name(name).unwrap_or_else(|| "NULL".into());
            rest = after;
        }
        sql + rest
    }

    fn name(&self, name: &str) -> Option<String> {
        let (table, field) = name.split_once('.').unwrap_or((name, ""));
        let place = self.tables.layout.places.get(table)?;
        match field {
            "" => Some(place.name.clone()),
            field => place.columns.get(field).map(|column| column.name.clone()),
        }
    }

    pub fn one<T>(
        &self,
        tx: &Tx,
        text: &str,
        params: impl Params,
        read: impl FnOnce(&Row) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, Error> {
        Ok(tx.prepare_cached(&self.sql(text))?.query_row(params, read).optional()?)
    }

    pub fn all<T>(
        &self,
        tx: &Tx,
        text: &str,
        params: impl Params,
        read: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        let mut found = tx.prepare_cached(&self.sql(text))?;
        Ok(found.query_map(params, read)?.collect::<Result<_, _>>()?)
    }

    pub fn any(&self, tx: &Tx, text: &str, params: impl Params) -> Result<bool, Error> {
        Ok(tx.prepare_cached(&self.sql(text))?.exists(params)?)
    }

    /// The lines of a contract, or one of them.
    pub fn lines(&self, tx: &Tx, contract: i64, line: Option<i64>) -> Result<Vec<Line>, Error> {
        let back = "total(CASE WHEN h.{receipts.kind} = 'returned' THEN round(r.{receipt_lines.quantity} * 1000) END)";
        let signed = "total(CASE WHEN h.{receipts.kind} = 'returned' THEN -1 ELSE 1 END \
                      * round(r.{receipt_lines.quantity} * 1000))";
        let received = "FROM {shipment_lines} AS s \
             JOIN {receipt_lines} AS r ON r.{receipt_lines.line} = s.id AND r.deleted_ms IS NULL \
             JOIN {receipts} AS h ON h.id = r.{receipt_lines.receipt} \
             WHERE s.{shipment_lines.line} = l.id AND s.deleted_ms IS NULL";
        let text = format!(
            "SELECT l.id, coalesce(l.{{contract_lines.price}}, 0), round(l.{{contract_lines.quantity}} * 1000), \
               (SELECT total(round(s.{{shipment_lines.quantity}} * 1000)) FROM {{shipment_lines}} AS s \
                 WHERE s.{{shipment_lines.line}} = l.id AND s.deleted_ms IS NULL) - (SELECT {back} {received}), \
               (SELECT {signed} {received}), \
               (SELECT coalesce(sum(i.{{invoice_lines.amount}}), 0) FROM {{invoice_lines}} AS i \
                 WHERE i.{{invoice_lines.line}} = l.id AND i.deleted_ms IS NULL) \
             FROM {{contract_lines}} AS l WHERE l.{{contract_lines.contract}} = ?1 AND l.deleted_ms IS NULL \
               AND (?2 IS NULL OR l.id = ?2) ORDER BY l.id"
        );
        self.all(tx, &text, (contract, line), |row| {
            Ok(Line {
                id: row.get(0)?,
                price_fen: row.get(1)?,
                contracted: quantity(row, 2)?,
                shipped: quantity(row, 3)?,
                signed: quantity(row, 4)?,
                invoiced_fen: row.get(5)?,
            })
        })
    }

    /// A line of a shipment: of which shipment and line of a contract it is, and what became of it.
    pub fn sent(&self, tx: &Tx, id: i64) -> Result<Option<(i64, i64, Sent)>, Error> {
        let of = |which: &str| {
            format!(
                "(SELECT total(round(r.{{receipt_lines.quantity}} * 1000)) FROM {{receipt_lines}} AS r \
                 JOIN {{receipts}} AS h ON h.id = r.{{receipt_lines.receipt}} \
                 WHERE r.{{receipt_lines.line}} = s.id AND r.deleted_ms IS NULL AND h.{{receipts.kind}} {which} 'returned')"
            )
        };
        let text = format!(
            "SELECT s.{{shipment_lines.shipment}}, s.{{shipment_lines.line}}, \
               round(s.{{shipment_lines.quantity}} * 1000), {}, {} \
             FROM {{shipment_lines}} AS s WHERE s.id = ? AND s.deleted_ms IS NULL",
            of("IS NOT"),
            of("IS")
        );
        self.one(tx, &text, [id], |row| {
            let sent = Sent {
                quantity: quantity(row, 2)?,
                accepted: quantity(row, 3)?,
                returned: quantity(row, 4)?,
            };
            Ok((row.get(0)?, row.get(1)?, sent))
        })
    }

    /// An issued blue invoice; `but`: a red one that does not count.
    pub fn invoice(&self, tx: &Tx, id: i64, but: Option<i64>) -> Result<Option<Bill>, Error> {
        let text = "SELECT i.{invoices.contract}, c.{contracts.client}, i.{invoices.issued_on} IS NOT NULL, \
               i.{invoices.kind} IS 'red', i.{invoices.amount}, \
               (SELECT coalesce(sum(CASE WHEN a.{allocations.takes_back} IS NULL THEN 1 ELSE -1 END \
                 * a.{allocations.amount}), 0) FROM {allocations} AS a \
                 WHERE a.{allocations.invoice} = i.id AND a.deleted_ms IS NULL), \
               (SELECT coalesce(sum(r.{invoices.amount}), 0) FROM {invoices} AS r \
                 WHERE r.{invoices.reverses} = i.id AND r.deleted_ms IS NULL AND r.id IS NOT ?2) \
             FROM {invoices} AS i JOIN {contracts} AS c ON c.id = i.{invoices.contract} \
             WHERE i.id = ?1 AND i.deleted_ms IS NULL";
        self.one(tx, text, (id, but), |row| {
            Ok(Bill {
                contract: row.get(0)?,
                client: row.get(1)?,
                is_issued: row.get(2)?,
                is_red: row.get(3)?,
                sums: Invoice {
                    amount_fen: row.get(4)?,
                    allocated_fen: row.get(5)?,
                    reversed_fen: row.get(6)?,
                },
            })
        })
    }

    /// Which lines an invoice went to, less what red ones took back of each.
    pub fn shares(&self, tx: &Tx, invoice: i64) -> Result<Vec<(i64, i64)>, Error> {
        let text = "SELECT l.{invoice_lines.line}, sum(l.{invoice_lines.amount}) FROM {invoices} AS i \
             JOIN {invoice_lines} AS l ON l.{invoice_lines.invoice} = i.id AND l.deleted_ms IS NULL \
             WHERE (i.id = ?1 OR i.{invoices.reverses} = ?1) AND i.deleted_ms IS NULL \
             GROUP BY l.{invoice_lines.line} ORDER BY l.{invoice_lines.line}";
        self.all(tx, text, [invoice], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// A payment: whose it is, whether it is a refund, and what became of it.
    pub fn payment(&self, tx: &Tx, id: i64) -> Result<Option<(i64, bool, Payment)>, Error> {
        let text = "SELECT p.{payments.client}, p.{payments.kind} IS 'refund', p.{payments.amount}, \
               (SELECT coalesce(sum(CASE WHEN a.{allocations.takes_back} IS NULL THEN 1 ELSE -1 END \
                 * a.{allocations.amount}), 0) FROM {allocations} AS a \
                 WHERE a.{allocations.payment} = p.id AND a.deleted_ms IS NULL), \
               (SELECT coalesce(sum(r.{payments.amount}), 0) FROM {payments} AS r \
                 WHERE r.{payments.refunds} = p.id AND r.deleted_ms IS NULL) \
             FROM {payments} AS p WHERE p.id = ? AND p.deleted_ms IS NULL";
        self.one(tx, text, [id], |row| {
            let sums =
                Payment { amount_fen: row.get(2)?, allocated_fen: row.get(3)?, refunded_fen: row.get(4)? };
            Ok((row.get(0)?, row.get(1)?, sums))
        })
    }

    /// A client's terms, and its limit in fen.
    pub fn terms(&self, tx: &Tx, client: i64) -> Result<(Option<Terms>, Option<i64>), Error> {
        let text = "SELECT {clients.term_kind}, {clients.term_days}, {clients.credit_limit} FROM clients WHERE id = ?";
        let found = self.one(tx, text, [client], |row| {
            let kind: Option<String> = row.get(0)?;
            let days: Option<i64> = row.get(1)?;
            Ok((kind.and_then(|kind| Terms::of(&kind, days)), row.get(2)?))
        })?;
        Ok(found.unwrap_or_default())
    }
}

/// An invoice.
pub struct Bill {
    pub contract: i64,
    pub client: i64,
    pub is_issued: bool,
    pub is_red: bool,
    pub sums: Invoice,
}

fn quantity(row: &Row, at: usize) -> rusqlite::Result<Quantity> {
    // Sums of thousandths are whole, and far below 2^53.
    Ok(Quantity::thousandths(row.get::<_, Option<f64>>(at)?.unwrap_or(0.0) as i64))
}

/// A day as its column holds it.
pub fn day(row: &Row, at: usize) -> rusqlite::Result<Option<Day>> {
    Ok(row.get::<_, Option<i64>>(at)?.and_then(Day::from_number))
}
