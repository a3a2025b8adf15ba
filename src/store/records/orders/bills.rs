//! Whether an invoice, a payment or an allocation may be added or changed.

use super::Row;
use super::books::Books;
use super::goods::today;
use crate::orders::bills;
use crate::orders::refused::Issued;
use crate::orders::{Refused, Terms};
use crate::records::Value;
use crate::store::records::RecordError;
use crate::store::records::desk::Desk;
use crate::units::Day;

type Checked = Result<(), RecordError>;

pub fn invoice(desk: &Desk, books: &Books, row: &mut Row) -> Checked {
    let Some(contract) = row.link("contract") else { return Ok(()) };
    if row.id.is_some() {
        if row.was("issued_on").is_some() {
            row.keeps(&["contract", "number", "kind", "reverses", "issued_on", "amount"], Issued::Invoice)?;
        }
        row.keeps(&["contract", "kind", "reverses", "amount"], Issued::Draft)?;
    } else {
        if row.is("kind", "red") && row.link("reverses").is_none() {
            put_only_one(desk, books, contract, row)?;
        }
        let of = of(row);
        bills::amount(of.amount_fen)?;
        shares(desk, books, &of, None)?;
    }
    if let Some(issued) = row.day("issued_on").filter(|_| row.changes(&["issued_on"])) {
        let client = "SELECT {contracts.client} FROM {contracts} WHERE id = ?";
        let client = books.one(desk.tx, client, [contract], |row| row.get(0))?.unwrap_or_default();
        let (terms, _) = books.terms(desk.tx, client)?;
        row.put("due_on", Value::Day(due(terms, issued)));
    }
    Ok(())
}

/// Without terms an invoice is due on its day.
pub fn due(terms: Option<Terms>, issued: Day) -> Day {
    terms.map_or(issued, |terms| terms.due(issued))
}

/// What a new invoice says.
#[derive(Debug, Clone, Copy)]
pub struct Of {
    pub contract: i64,
    pub is_red: bool,
    pub reverses: Option<i64>,
    pub amount_fen: i64,
}

pub fn of(row: &Row) -> Of {
    Of {
        contract: row.link("contract").unwrap_or_default(),
        is_red: row.is("kind", "red"),
        reverses: row.link("reverses"),
        amount_fen: row.whole("amount"),
    }
}

/// How much of an invoice goes to which line of its contract; `but`: its own number once it has one.
///
/// # Errors
/// It is more than can be invoiced, or taken back.
pub fn shares(desk: &Desk, books: &Books, of: &Of, but: Option<i64>) -> Result<Vec<(i64, i64)>, RecordError> {
    if !of.is_red {
        return match of.reverses {
            Some(_) => Err(Refused::NoInvoiceToReverse.into()),
            None => Ok(bills::invoice(&books.lines(desk.tx, of.contract, None)?, of.amount_fen)?),
        };
    }
    let blue = of.reverses.map_or(Ok(None), |blue| books.invoice(desk.tx, blue, but))?;
    let blue = blue.filter(|blue| blue.contract == of.contract && blue.is_issued && !blue.is_red);
    let (Some(blue), Some(number)) = (blue, of.reverses) else {
        return Err(Refused::NoInvoiceToReverse.into());
    };
    Ok(bills::reverse(&blue.sums, &books.shares(desk.tx, number)?, of.amount_fen)?)
}

/// A red invoice that names none takes back the only one that its contract has.
fn put_only_one(desk: &Desk, books: &Books, contract: i64, row: &mut Row) -> Checked {
    let blue = "SELECT id FROM {invoices} WHERE {invoices.contract} = ? AND deleted_ms IS NULL \
                AND {invoices.issued_on} IS NOT NULL AND {invoices.kind} IS NOT 'red' LIMIT 2";
    if let [only] = books.all(desk.tx, blue, [contract], |row| row.get(0))?[..] {
        row.put("reverses", Value::Ref(only));
    }
    Ok(())
}

pub fn payment(desk: &Desk, books: &Books, row: &mut Row) -> Checked {
    if row.id.is_some() {
        return Ok(row.keeps(&["client", "kind", "refunds", "received_on", "amount"], Issued::Payment)?);
    }
    let Some(client) = row.link("client") else { return Ok(()) };
    if row.get("received_on").is_none() {
        row.put("received_on", Value::Day(today(desk)));
    }
    let amount_fen = bills::amount(row.whole("amount"))?;
    let refunds = row.link("refunds");
    if !row.is("kind", "refund") {
        return if refunds.is_some() { Err(Refused::NoPaymentToRefund.into()) } else { Ok(()) };
    }
    let paid = refunds.map_or(Ok(None), |paid| books.payment(desk.tx, paid))?;
    match paid {
        Some((of, false, paid)) if of == client => Ok(paid.refund(amount_fen)?),
        _ => Err(Refused::NoPaymentToRefund.into()),
    }
}

pub fn allocation(desk: &Desk, books: &Books, row: &Row) -> Checked {
    if row.id.is_some() {
        return Ok(row.keeps(&["payment", "invoice", "amount", "takes_back"], Issued::Allocation)?);
    }
    let (Some(payment), Some(invoice)) = (row.link("payment"), row.link("invoice")) else { return Ok(()) };
    let amount_fen = bills::amount(row.whole("amount"))?;
    let bill = books.invoice(desk.tx, invoice, None)?;
    let (Some(bill), Some((client, is_refund, paid))) = (bill, books.payment(desk.tx, payment)?) else {
        return Ok(());
    };
    if bill.client != client {
        return Err(Refused::OtherClient.into());
    }
    if let Some(back) = row.link("takes_back") {
        return take_back(desk, books, (payment, invoice, back), amount_fen);
    }
    if !bill.is_issued {
        return Err(Refused::NotIssued.into());
    }
    if bill.is_red {
        return Err(Refused::RedIsNotPaid.into());
    }
    if is_refund {
        return Err(Refused::PaymentUsedUp { rest_fen: 0 }.into());
    }
    Ok(paid.allocate(&bill.sums, amount_fen)?)
}

fn take_back(
    desk: &Desk,
    books: &Books,
    (payment, invoice, back): (i64, i64, i64),
    amount_fen: i64,
) -> Checked {
    let text = "SELECT a.{allocations.amount} - (SELECT coalesce(sum(b.{allocations.amount}), 0) \
                 FROM {allocations} AS b WHERE b.{allocations.takes_back} = a.id AND b.deleted_ms IS NULL) \
               FROM {allocations} AS a WHERE a.id = ?1 AND a.deleted_ms IS NULL AND a.{allocations.payment} = ?2 \
                 AND a.{allocations.invoice} = ?3 AND a.{allocations.takes_back} IS NULL";
    let left_fen = books.one(desk.tx, text, (back, payment, invoice), |row| row.get(0))?;
    match left_fen {
        None => Err(Refused::NotThatAllocation.into()),
        Some(left_fen) if amount_fen > left_fen => Err(Refused::TooMuchTakenBack { left_fen }.into()),
        Some(_) => Ok(()),
    }
}
