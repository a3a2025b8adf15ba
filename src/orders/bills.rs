//! Signed for -> invoiced -> paid: how much of each may go on, and to which lines an invoice goes.

use super::goods::Line;
use super::money::share_fen;
use super::refused::Refused;

/// An issued invoice, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Invoice {
    pub amount_fen: i64,
    /// Less what was taken back.
    pub allocated_fen: i64,
    /// By red invoices.
    pub reversed_fen: i64,
}

/// A received payment, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Payment {
    pub amount_fen: i64,
    /// Less what was taken back.
    pub allocated_fen: i64,
    pub refunded_fen: i64,
}

/// An amount that a row may be of.
///
/// # Errors
/// It is nothing, or less.
pub fn amount(fen: i64) -> Result<i64, Refused> {
    if fen > 0 { Ok(fen) } else { Err(Refused::BadAmount) }
}

/// A new invoice over a contract with these lines: how much of it goes to which line, by what each may be invoiced still.
///
/// # Errors
/// It is more than was signed for and not invoiced.
pub fn invoice(lines: &[Line], amount_fen: i64) -> Result<Vec<(i64, i64)>, Refused> {
    let weights: Vec<_> = lines.iter().map(Line::to_invoice_fen).collect();
    let left_fen = super::money::sum_fen(weights.iter().copied()).ok_or(Refused::Overflow)?;
    if amount_fen > left_fen {
        return Err(Refused::TooMuchInvoiced { left_fen });
    }
    let shares = share_fen(amount_fen, &weights).ok_or(Refused::TooMuchInvoiced { left_fen })?;
    Ok(lines.iter().map(|line| line.id).zip(shares).filter(|(_, fen)| *fen > 0).collect())
}

/// A red invoice over one that went to these lines, less earlier red ones: how much each line gets back.
///
/// # Errors
/// It is more than is open.
pub fn reverse(of: &Invoice, lines: &[(i64, i64)], amount_fen: i64) -> Result<Vec<(i64, i64)>, Refused> {
    let left_fen = of.open_fen();
    if amount_fen > left_fen {
        return Err(Refused::TooMuchReversed { left_fen });
    }
    let weights: Vec<_> = lines.iter().map(|(_, fen)| *fen).collect();
    let shares = share_fen(amount_fen, &weights).ok_or(Refused::TooMuchReversed { left_fen })?;
    let lines = lines.iter().map(|(line, _)| *line).zip(shares);
    Ok(lines.filter(|(_, fen)| *fen > 0).map(|(line, fen)| (line, -fen)).collect())
}

impl Invoice {
    /// What is not paid.
    pub fn open_fen(&self) -> i64 {
        (self.amount_fen - self.allocated_fen - self.reversed_fen).max(0)
    }
}

impl Payment {
    /// What is not allocated.
    pub fn rest_fen(&self) -> i64 {
        (self.amount_fen - self.allocated_fen - self.refunded_fen).max(0)
    }

    /// Whether so much of it may go to an invoice.
    ///
    /// # Errors
    /// One of them has less left.
    pub fn allocate(&self, invoice: &Invoice, amount_fen: i64) -> Result<(), Refused> {
        let (open_fen, rest_fen) = (invoice.open_fen(), self.rest_fen());
        match amount_fen {
            fen if fen > open_fen => Err(Refused::TooMuchAllocated { open_fen }),
            fen if fen > rest_fen => Err(Refused::PaymentUsedUp { rest_fen }),
            _ => Ok(()),
        }
    }

    /// Whether so much of it may be given back.
    ///
    /// # Errors
    /// Less is left.
    pub fn refund(&self, amount_fen: i64) -> Result<(), Refused> {
        let rest_fen = self.rest_fen();
        if amount_fen > rest_fen { Err(Refused::PaymentUsedUp { rest_fen }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::Quantity;

    fn line(id: i64, signed: i64) -> Line {
        let signed = Quantity::thousandths(signed * 1_000);
        Line { id, price_fen: 3_334, contracted: signed, shipped: signed, signed, invoiced_fen: 0 }
    }

    #[test]
    fn an_invoice_goes_to_its_lines_to_the_fen() {
        let lines = [line(1, 1), line(2, 1), line(3, 1), line(4, 0)];
        assert_eq!(invoice(&lines, 10_000), Ok(vec![(1, 3_334), (2, 3_333), (3, 3_333)]));
        assert_eq!(invoice(&lines, 10_003), Err(Refused::TooMuchInvoiced { left_fen: 10_002 }));
        assert_eq!(invoice(&[line(4, 0)], 1), Err(Refused::TooMuchInvoiced { left_fen: 0 }));
    }

    #[test]
    fn a_red_invoice_takes_back_what_is_open_from_the_same_lines() {
        let blue = Invoice { amount_fen: 10_000, allocated_fen: 4_000, reversed_fen: 1_000 };
        let lines = [(1, 6_000), (2, 3_000)];
        assert_eq!(reverse(&blue, &lines, 5_000), Ok(vec![(1, -3_333), (2, -1_667)]));
        assert_eq!(reverse(&blue, &lines, 5_001), Err(Refused::TooMuchReversed { left_fen: 5_000 }));
    }

    #[test]
    fn a_payment_goes_no_further_than_it_reaches() {
        let open = Invoice { amount_fen: 100, ..Invoice::default() };
        let paid = Payment { amount_fen: 80, allocated_fen: 20, refunded_fen: 10 };
        assert_eq!(paid.allocate(&open, 50), Ok(()));
        assert_eq!(paid.allocate(&open, 51), Err(Refused::PaymentUsedUp { rest_fen: 50 }));
        assert_eq!(paid.allocate(&open, 101), Err(Refused::TooMuchAllocated { open_fen: 100 }));
        assert_eq!(paid.refund(51), Err(Refused::PaymentUsedUp { rest_fen: 50 }));
        assert_eq!(amount(0), Err(Refused::BadAmount));
    }
}
