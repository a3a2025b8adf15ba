//! Amounts of goods, exact to a thousandth of their unit, so that sums are what people count.

use std::fmt;

/// Thousandths of a unit: a kilogram sold by the gram, a roll by the millimetre.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity(i64);

/// Units of one line; more is a mistake, and a price times it stays within 128 bits.
const UNITS_MAX: f64 = 1e9;

/// How far a double may lie from a thousandth to be that thousandth: its own error, beyond it a fourth decimal.
const OFF_MAX: f64 = 1e-3;

impl Quantity {
    pub const NONE: Self = Self(0);

    /// From its count of thousandths.
    pub fn thousandths(count: i64) -> Self {
        Self(count)
    }

    pub fn count(self) -> i64 {
        self.0
    }

    /// What a line may be of: more than nothing, no more than three decimals, a thousand million units at most.
    pub fn of(number: f64) -> Option<Self> {
        let scaled = number * 1_000.0;
        let fits = number > 0.0 && number <= UNITS_MAX && (scaled - scaled.round()).abs() < OFF_MAX;
        let count = scaled.round() as i64;
        (fits && count > 0).then_some(Self(count))
    }

    /// Sums of what fits each line stay far below 2^63.
    pub fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    /// What is left when so much is taken; nothing where that is more.
    pub fn less(self, taken: Self) -> Self {
        Self(self.0.saturating_sub(taken.0).max(0))
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000, (self.0 % 1_000).abs());
        match rest {
            0 => write!(f, "{whole}"),
            rest => f.write_str(format!("{whole}.{rest:03}").trim_end_matches('0')),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_of_something_that_can_be_counted() {
        for (number, shown) in [(1.0, "1"), (0.001, "0.001"), (2.5, "2.5"), (0.3, "0.3"), (1e9, "1000000000")]
        {
            assert_eq!(
                Quantity::of(number).map(|found| found.to_string()).as_deref(),
                Some(shown),
                "{number}"
            );
        }
        for number in [0.0, -1.0, -0.0, 0.0001, 1.2345, 0.9999, 1e9 + 1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Quantity::of(number), None, "{number}");
        }
    }

    #[test]
    fn tenths_add_up() {
        let tenth = Quantity::of(0.1).unwrap();
        assert_eq!(tenth.plus(tenth).plus(tenth), Quantity::of(0.3).unwrap());
    }
}
