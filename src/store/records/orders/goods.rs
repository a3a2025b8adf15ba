//! Whether a contract, a shipment, a receipt or a line of one may be added or changed.

use super::Row;
use super::books::Books;
use super::credit;
use crate::orders::goods::Line;
use crate::orders::money::sum_fen;
use crate::orders::refused::Issued;
use crate::orders::{Effect, Quantity, Refused};
use crate::records::Value;
use crate::store::records::RecordError;
use crate::store::records::desk::Desk;
use crate::units::Day;

type Checked = Result<(), RecordError>;

pub fn today(desk: &Desk) -> Day {
    desk.actor.zone.day(desk.actor.now_ms).unwrap_or(Day::MIN)
}

fn is_signed(desk: &Desk, books: &Books, contract: i64) -> Result<bool, RecordError> {
    let text =
        "SELECT 1 FROM {contracts} WHERE id = ? AND {contracts.signed_on} IS NOT NULL AND deleted_ms IS NULL";
    Ok(books.any(desk.tx, text, [contract])?)
}

pub fn contract(desk: &Desk, books: &Books, row: &Row) -> Checked {
    let (Some(id), Some(_)) = (row.id, row.was("signed_on")) else { return Ok(()) };
    let is_taken_back = row.changes(&["signed_on"]) && row.get("signed_on").is_none();
    let shipped = "SELECT 1 FROM {shipments} WHERE {shipments.contract} = ? AND deleted_ms IS NULL";
    if is_taken_back && !books.any(desk.tx, shipped, [id])? {
        return Ok(());
    }
    Ok(row.keeps(&["number", "client", "signed_on"], Issued::Contract)?)
}

pub fn contract_line(desk: &Desk, books: &Books, row: &mut Row) -> Checked {
    let Some(contract) = row.link("contract") else { return Ok(()) };
    let kept = ["contract", "product", "quantity", "price"];
    if row.id.is_some() {
        row.keeps(&["contract"], Issued::Contract)?;
        if is_signed(desk, books, contract)? {
            row.keeps(&kept, Issued::Contract)?;
        }
    }
    if !row.changes(&kept) {
        return Ok(());
    }
    let amount_fen = Line::amount_fen(Quantity::of(row.number("quantity")), row.whole("price"))?;
    let others = "SELECT {contract_lines.amount} FROM {contract_lines} \
                  WHERE {contract_lines.contract} = ? AND deleted_ms IS NULL AND id IS NOT ?";
    let others = books.all(desk.tx, others, (contract, row.id), |row| row.get::<_, Option<i64>>(0))?;
    sum_fen(others.into_iter().flatten().chain([amount_fen])).ok_or(Refused::Overflow)?;
    row.put("amount", Value::Whole(amount_fen));
    Ok(())
}

pub fn shipment(desk: &Desk, books: &Books, row: &mut Row) -> Checked {
    let Some(contract) = row.link("contract") else { return Ok(()) };
    if row.id.is_some() {
        return change_shipment(row);
    }
    if !is_signed(desk, books, contract)? {
        return Err(Refused::NotSigned.into());
    }
    if row.get("requested_on").is_none() {
        row.put("requested_on", Value::Day(today(desk)));
    }
    let client = "SELECT {contracts.client} FROM {contracts} WHERE id = ?";
    let Some(client) = books.one(desk.tx, client, [contract], |row| row.get(0))? else { return Ok(()) };
    let policy = credit::policy(desk.tx)?;
    let credit = credit::count(desk.tx, books, client, today(desk))?;
    let Some(advice) = credit.advice(policy.effect) else { return Ok(()) };
    if advice.effect == Effect::Block {
        let is_overruled =
            matches!(row.get("reason"), Some(Value::Text(reason)) if !reason.trim().is_empty());
        match is_overruled {
            false => return Err(RecordError::Blocked(advice)),
            true if desk.access.is_some() && !policy.may_overrule(desk.actor.who.role) => {
                return Err(Refused::MayNotOverrule.into());
            }
            true => {}
        }
    }
    row.put("policy", Value::Text(advice.effect.name().into()));
    row.put("overdue", Value::Whole(advice.overdue_fen));
    row.put("advice", Value::Text(advice.said().zh));
    may_leave(row)
}

fn change_shipment(row: &Row) -> Checked {
    row.keeps(&["contract"], Issued::Shipment)?;
    if row.was("shipped_on").is_some() {
        row.keeps(&["requested_on", "shipped_on", "approved"], Issued::Shipment)?;
    }
    if row.was("policy").is_some() && row.changes(&["reason"]) {
        return Err(Refused::AdviceStands.into());
    }
    may_leave(row)
}

/// Goods that wait for approval do not leave.
fn may_leave(row: &Row) -> Checked {
    let waits = row.is("policy", "approve") && row.get("approved") != Some(&Value::Bool(true));
    match waits && row.get("shipped_on").is_some() {
        true => Err(Refused::NotApproved.into()),
        false => Ok(()),
    }
}

pub fn shipment_line(desk: &Desk, books: &Books, row: &Row) -> Checked {
    let (Some(shipment), Some(line)) = (row.link("shipment"), row.link("line")) else { return Ok(()) };
    let text = "SELECT {shipments.contract}, {shipments.shipped_on} IS NOT NULL, EXISTS (SELECT 1 FROM {receipts} \
                WHERE {receipts.shipment} = s.id AND deleted_ms IS NULL) FROM {shipments} AS s WHERE s.id = ?";
    let found = books.one(desk.tx, text, [shipment], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get::<_, bool>(2)?))
    })?;
    let Some((contract, is_shipped, is_received)) = found else { return Ok(()) };
    if row.id.is_some() {
        row.keeps(&["shipment", "line"], Issued::Shipment)?;
        if is_shipped {
            row.keeps(&["quantity"], Issued::Shipment)?;
        }
        if !row.changes(&["quantity"]) {
            return Ok(());
        }
    }
    if is_received {
        return Err(Refused::Received.into());
    }
    let Some(mut line) = books.lines(desk.tx, contract, Some(line))?.pop() else {
        return Err(Refused::ForeignLine.into());
    };
    if let Some(Value::Number(before)) = row.was("quantity") {
        line.shipped = line.shipped.less(Quantity::of(*before).unwrap_or_default());
    }
    let wanted = Quantity::of(row.number("quantity")).ok_or(Refused::BadQuantity)?;
    Ok(line.ship(wanted)?)
}

pub fn receipt(desk: &Desk, books: &Books, row: &Row) -> Checked {
    let Some(shipment) = row.link("shipment") else { return Ok(()) };
    if row.id.is_some() {
        row.keeps(&["shipment", "kind", "signed_on"], Issued::Receipt)?;
        // A signature or a photo may come later, and then stays.
        let was = ["signed_by", "photo"].into_iter().filter(|key| row.was(key).is_some());
        return Ok(row.keeps(&was.collect::<Vec<_>>(), Issued::Receipt)?);
    }
    let shipped = "SELECT 1 FROM {shipments} WHERE id = ? AND {shipments.shipped_on} IS NOT NULL";
    if books.any(desk.tx, shipped, [shipment])? { Ok(()) } else { Err(Refused::NotShipped.into()) }
}

pub fn receipt_line(desk: &Desk, books: &Books, row: &Row) -> Checked {
    if row.id.is_some() {
        return Ok(row.keeps(&["receipt", "line", "quantity"], Issued::Receipt)?);
    }
    let (Some(receipt), Some(line)) = (row.link("receipt"), row.link("line")) else { return Ok(()) };
    let text = "SELECT h.{receipts.shipment}, h.{receipts.kind} IS 'returned', s.{shipments.contract} \
                FROM {receipts} AS h JOIN {shipments} AS s ON s.id = h.{receipts.shipment} WHERE h.id = ?";
    let found = books.one(desk.tx, text, [receipt], |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)?))
    })?;
    let (Some((shipment, is_return, contract)), Some((of, line, sent))) = (found, books.sent(desk.tx, line)?)
    else {
        return Ok(());
    };
    if of != shipment {
        return Err(Refused::ForeignLine.into());
    }
    let wanted = Quantity::of(row.number("quantity")).ok_or(Refused::BadQuantity)?;
    if !is_return {
        return Ok(sent.sign(wanted)?);
    }
    sent.come_back(wanted)?;
    match books.lines(desk.tx, contract, Some(line))?.pop() {
        Some(line) => Ok(line.come_back(wanted)?),
        None => Err(Refused::ForeignLine.into()),
    }
}
