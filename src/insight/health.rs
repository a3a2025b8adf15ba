//! What reps said of a rule's hints -> whether it goes on asking.

use super::proportion::{Count, Estimate};

/// A rule is judged from so many ratings on, and switches itself off when at most so many of its hints can be useful
/// (signals study: 30 and 30 %).
pub const RATINGS_MIN: u64 = 30;
pub const USEFUL_MIN: f64 = 0.3;

/// The ratings of one rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ratings {
    pub useful: u64,
    pub not_now: u64,
    pub wrong: u64,
}

impl Ratings {
    pub fn all(self) -> u64 {
        self.useful + self.not_now + self.wrong
    }

    /// The share of hints that were useful; `None` without ratings.
    pub fn useful_share(self) -> Option<Estimate> {
        Count::new(self.useful, self.all()).wilson()
    }

    /// Enough ratings say that it helps too rarely.
    pub fn is_poor(self) -> bool {
        self.all() >= RATINGS_MIN && self.useful_share().is_some_and(|share| share.high < USEFUL_MIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_poor_when_even_its_upper_bound_is_low() {
        let ratings = |useful, wrong| Ratings { useful, not_now: 0, wrong };
        assert!(!ratings(0, 29).is_poor(), "too few");
        assert!(ratings(0, 30).is_poor() && ratings(3, 27).is_poor());
        assert!(!ratings(5, 25).is_poor(), "the upper bound is still over 30 %");
        assert!(!Ratings::default().is_poor());
    }
}
