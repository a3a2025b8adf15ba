//! One reply latency -> how likely it is as before, guarded or hesitant, under this call's own baseline.

use std::f64::consts::{PI, SQRT_2};

use super::baseline::Recent;
use super::model::*;

/// A reply against this call's usual one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reply {
    pub latency_s: f64,
    /// Later than usual, in seconds.
    pub excess_s: f64,
    /// ln P(reply | guarded) / P(reply | as before).
    pub guarded_nats: f64,
    /// ln P(reply | hesitant) / P(reply | as before).
    pub hesitant_nats: f64,
}

/// The replies of this call so far.
#[derive(Debug, Clone)]
pub struct Latencies {
    recent: Recent,
}

impl Default for Latencies {
    fn default() -> Self {
        Self { recent: Recent::new(LATENCIES_KEPT) }
    }
}

impl Latencies {
    /// Takes a reply into the baseline; a guarded one weighs less.
    pub fn learn(&mut self, latency_s: f64, weight: f64) {
        self.recent.push(latency_s, weight);
    }

    /// Weighs a reply to a turn of `held_ms`; `None` while too few are known.
    pub fn weigh(&self, latency_s: f64, held_ms: u64) -> Option<Reply> {
        let known = self.recent.weight();
        if known < 2.0 {
            return None;
        }
        let (median, spread) = self.recent.centre_and_scale()?;
        let centre =
            (known * median + LATENCY_CENTRE_ANSWERS * LATENCY_CENTRE_S) / (known + LATENCY_CENTRE_ANSWERS);
        let (spread2, prior2) = (spread.max(LATENCY_SCALE_S_MIN).powi(2), LATENCY_SCALE_S.powi(2));
        let scale_s =
            ((known * spread2 + LATENCY_SCALE_ANSWERS * prior2) / (known + LATENCY_SCALE_ANSWERS)).sqrt();
        let scale = scale_s / LATENCY_SCALE_S;
        // The centre itself is uncertain: a median of so many replies.
        let sigma = (LATENCY_SIGMA_S * scale).hypot(scale_s * (1.5 / known).sqrt());
        let tail = LATENCY_TAIL_S * scale;
        let excess_s = latency_s - centre;
        let x = excess_s - LATENCY_OFFSET_S - LATENCY_OFFSET_TAILS * tail;
        let share = if held_ms >= LONG_QUESTION_MS { STRAY_SHARE_LONG } else { STRAY_SHARE };
        let stray = if excess_s > 0.0 { share / STRAY_LATE_S } else { STRAY_SHARE / STRAY_EARLY_S };
        let with_strays = |density: f64| (1.0 - share) * density.max(1e-9) + stray;
        // A guarded reply waits an exponential time more: two tails, one after the other.
        let longer = if (GUARDED_LATENCY_S - tail).abs() < 0.03 { tail + 0.03 } else { GUARDED_LATENCY_S };
        let two_tails = (longer * late(x, sigma, longer) - tail * late(x, sigma, tail)) / (longer - tail);
        let hesitant = (excess_s - HESITANT_LATENCY_S) / HESITANT_LATENCY_SD_S;
        let before = with_strays(late(x, sigma, tail)).ln();
        Some(Reply {
            latency_s,
            excess_s,
            guarded_nats: with_strays(two_tails).ln() - before,
            hesitant_nats: with_strays(normal(hesitant) / HESITANT_LATENCY_SD_S).ln() - before,
        })
    }
}

fn normal(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Density of a normal time (mean 0) plus an exponential one.
fn late(x: f64, sigma: f64, tail: f64) -> f64 {
    let a = (sigma * sigma / tail - x) / (SQRT_2 * sigma);
    // Far to the left the product of a huge and a tiny number: there it is the normal part that counts.
    if a > 25.0 {
        return normal(x / sigma) / sigma;
    }
    0.5 / tail * (0.5 * (sigma / tail).powi(2) - x / tail).exp() * erfc(a)
}

/// The complementary error function to 1.2e-7 of its value (rational Chebyshev fit, Numerical Recipes 6.2).
fn erfc(x: f64) -> f64 {
    const TERMS: [f64; 10] = [
        -1.26551223,
        1.00002368,
        0.37409196,
        0.09678418,
        -0.18628806,
        0.27886807,
        -1.13520398,
        1.48851587,
        -0.82215223,
        0.17087277,
    ];
    let t = 1.0 / (1.0 + 0.5 * x.abs());
    let sum = TERMS.iter().rev().fold(0.0, |sum, term| sum * t + term);
    let tail = t * (-x * x + sum).exp();
    if x >= 0.0 { tail } else { 2.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Latencies {
        let mut latencies = Latencies::default();
        (0..30).for_each(|n| latencies.learn(0.1 + f64::from(n % 10) * 0.05, 1.0));
        latencies
    }

    #[test]
    fn erfc_is_what_the_tables_say() {
        for (x, want) in [(0.0, 1.0), (0.5, 0.479_500_1), (2.0, 0.004_677_735), (-1.0, 1.842_700_8)] {
            assert!((erfc(x) - want).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn densities_sum_to_one() {
        let sum: f64 = (-400..2000).map(|n| late(f64::from(n) * 0.01, 0.25, 0.3) * 0.01).sum();
        assert!((sum - 1.0).abs() < 1e-3, "{sum}");
    }

    #[test]
    fn a_late_reply_speaks_for_guarded_and_a_usual_one_against() {
        let at = |latency_s| usual().weigh(latency_s, 5000).unwrap();
        assert!(at(1.5).guarded_nats > 0.8, "{:?}", at(1.5));
        assert!(at(0.2).guarded_nats < -0.3, "{:?}", at(0.2));
        assert!(at(1.5).hesitant_nats > at(0.9).hesitant_nats);
    }

    #[test]
    fn a_late_reply_to_a_long_question_says_less() {
        let after = |held_ms| usual().weigh(1.5, held_ms).unwrap().hesitant_nats;
        assert!(after(20_000) < after(5000) - 0.5);
    }

    #[test]
    fn no_latency_says_more_than_a_number_can() {
        for latency_s in [-1.0, -0.999, 5.0] {
            let reply = usual().weigh(latency_s, 5000).unwrap();
            assert!(reply.guarded_nats.is_finite() && reply.hesitant_nats.is_finite(), "{reply:?}");
        }
        assert_eq!(Latencies::default().weigh(1.0, 0), None);
    }
}
