//! An interval for a difference of shares that may be looked at every day: it holds at all looks together.
//!
//! The normal-mixture confidence sequence (Robbins 1970) in its asymptotic form (Waudby-Smith, Arbour, Sinha, Kennedy,
//! Ramdas 2021): `±s √(2(nρ²+1)/(n²ρ²) · ln(√(nρ²+1)/α))`, with the spread of the difference for calls that come in as
//! they do. Shares near 0 and 1 are drawn in by two calls each, so that an early spread is never 0.

use super::proportion::{Count, Estimate};

const ALPHA: f64 = 0.05;

/// The interval is tightest around so many calls: what a study of usual size has.
const TIGHTEST_AT: f64 = 2_000.0;

/// With fewer calls on a side the normal approximation is not trusted, and nothing is said.
pub const SIDE_MIN: u64 = 40;

/// How much larger the first share is, valid at every look; `None` while one side has too few calls.
pub fn always_valid(one: Count, other: Count) -> Option<Estimate> {
    if one.of < SIDE_MIN || other.of < SIDE_MIN {
        return None;
    }
    let value = one.share() - other.share();
    let n = (one.of + other.of) as f64;
    let spread = (variance(one) * n / one.of as f64 + variance(other) * n / other.of as f64).sqrt();
    let least = -2.0 * ALPHA.ln();
    let rho2 = (least + (least + 1.0).ln()) / TIGHTEST_AT;
    let grown = n * rho2 + 1.0;
    let half = spread * (2.0 * grown / (n * n * rho2) * (grown.sqrt() / ALPHA).ln()).sqrt();
    Some(Estimate { value, low: (value - half).max(-1.0), high: (value + half).min(1.0) })
}

fn variance(count: Count) -> f64 {
    let share = (count.hits as f64 + 2.0) / (count.of as f64 + 4.0);
    share * (1.0 - share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insight::proportion::difference;

    #[test]
    fn it_is_wider_than_one_look_and_narrows() {
        let of = |n: u64| (Count::new(n / 4, n), Count::new(n / 5, n));
        let width = |estimate: Estimate| estimate.high - estimate.low;
        let mut before = f64::INFINITY;
        for n in [100, 400, 1000, 4000] {
            let (one, other) = of(n);
            let always = width(always_valid(one, other).unwrap());
            assert!(always > width(difference(one, other).unwrap()) && always < before, "{n}: {always}");
            before = always;
        }
    }

    #[test]
    fn too_few_calls_say_nothing() {
        assert_eq!(always_valid(Count::new(3, 39), Count::new(30, 400)), None);
        assert!(
            always_valid(Count::new(0, 40), Count::new(0, 40)).unwrap().high > 0.05,
            "no false certainty"
        );
    }
}
