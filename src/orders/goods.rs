//! Contracted -> shipped -> signed for, and back again: what of one line may go on.

use super::money::value_fen;
use super::quantity::Quantity;
use super::refused::Refused;

/// A line of a contract, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Line {
    pub id: i64,
    pub price_fen: i64,
    pub contracted: Quantity,
    /// On its way or asked for, without what came back.
    pub shipped: Quantity,
    /// Without what came back.
    pub signed: Quantity,
    /// Blue less red.
    pub invoiced_fen: i64,
}

/// A line of a shipment, and what became of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub quantity: Quantity,
    pub accepted: Quantity,
    pub returned: Quantity,
}

impl Line {
    /// What it comes to.
    ///
    /// # Errors
    /// It is of nothing, costs less than nothing, or more than can be kept.
    pub fn amount_fen(quantity: Option<Quantity>, price_fen: i64) -> Result<i64, Refused> {
        let quantity = quantity.ok_or(Refused::BadQuantity)?;
        if price_fen < 0 {
            return Err(Refused::BadAmount);
        }
        value_fen(price_fen, quantity).ok_or(Refused::Overflow)
    }

    /// What of it is signed for, in fen.
    pub fn signed_fen(&self) -> i64 {
        // No more is signed for than was contracted, and that was kept.
        value_fen(self.price_fen, self.signed).unwrap_or(0)
    }

    /// What can be invoiced still, in fen.
    pub fn to_invoice_fen(&self) -> i64 {
        (self.signed_fen() - self.invoiced_fen).max(0)
    }

    /// Whether so much more of it may be asked for.
    ///
    /// # Errors
    /// It is more than is left.
    pub fn ship(&self, wanted: Quantity) -> Result<(), Refused> {
        let left = self.contracted.less(self.shipped);
        if wanted > left { Err(Refused::TooMuchShipped { left }) } else { Ok(()) }
    }

    /// Whether so much of it may come back: what was invoiced is taken back first.
    ///
    /// # Errors
    /// A red invoice has to come before.
    pub fn come_back(&self, wanted: Quantity) -> Result<(), Refused> {
        let after = Self { signed: self.signed.less(wanted), ..*self };
        if after.signed_fen() < self.invoiced_fen { Err(Refused::InvoicedGoods) } else { Ok(()) }
    }
}

impl Sent {
    /// Whether so much more of it may be signed for.
    ///
    /// # Errors
    /// It is more than is left.
    pub fn sign(&self, wanted: Quantity) -> Result<(), Refused> {
        let left = self.quantity.less(self.accepted);
        if wanted > left { Err(Refused::TooMuchSigned { left }) } else { Ok(()) }
    }

    /// Whether so much of it may come back.
    ///
    /// # Errors
    /// It is more than was signed for.
    pub fn come_back(&self, wanted: Quantity) -> Result<(), Refused> {
        let left = self.accepted.less(self.returned);
        if wanted > left { Err(Refused::TooMuchReturned { left }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(units: i64) -> Quantity {
        Quantity::thousandths(units * 1_000)
    }

    #[test]
    fn no_more_goes_on_than_there_is() {
        let line = Line { price_fen: 100, contracted: of(10), shipped: of(7), ..Line::default() };
        assert_eq!(line.ship(of(3)), Ok(()));
        assert_eq!(line.ship(of(4)), Err(Refused::TooMuchShipped { left: of(3) }));
        let sent = Sent { quantity: of(5), accepted: of(4), returned: of(1) };
        assert_eq!(sent.sign(of(1)), Ok(()));
        assert_eq!(
            sent.sign(of(2)),
            Err(Refused::TooMuchSigned { left: of(1) }),
            "what came back was signed for once"
        );
        assert_eq!(sent.come_back(of(3)), Ok(()));
        assert_eq!(sent.come_back(of(4)), Err(Refused::TooMuchReturned { left: of(3) }));
    }

    #[test]
    fn what_was_invoiced_comes_back_after_its_invoice() {
        let line = Line {
            price_fen: 100,
            contracted: of(10),
            shipped: of(10),
            signed: of(10),
            invoiced_fen: 800,
            id: 1,
        };
        assert_eq!(line.come_back(of(2)), Ok(()));
        assert_eq!(line.come_back(of(3)), Err(Refused::InvoicedGoods));
        assert_eq!(line.to_invoice_fen(), 200);
    }

    #[test]
    fn a_line_is_of_something_and_costs_no_less_than_nothing() {
        assert_eq!(Line::amount_fen(None, 1), Err(Refused::BadQuantity));
        assert_eq!(Line::amount_fen(Some(of(1)), -1), Err(Refused::BadAmount));
        assert_eq!(Line::amount_fen(Some(of(1)), 0), Ok(0), "a gift");
        assert_eq!(Line::amount_fen(Some(of(2)), i64::MAX / 1_000), Err(Refused::Overflow));
    }
}
