//! Units of client floor, each with how guarded it was -> the reserve share of the last 90 s.

use std::collections::VecDeque;

use super::confidence::Withheld;
use super::model::*;

/// The last 90 s of client floor.
#[derive(Debug, Clone, Default)]
pub struct Reserve {
    /// End, floor time, probability of guarded.
    units: VecDeque<(u64, u64, f64)>,
    over_since_ms: Option<u64>,
}

impl Reserve {
    /// Takes a unit of floor that ended by `now_ms`.
    pub fn push(&mut self, now_ms: u64, floor_ms: u64, guarded: f64) {
        self.units.push_back((now_ms, floor_ms, guarded));
    }

    /// The share of the floor time that was guarded, each unit by its probability, 0..1.
    pub fn share(&self, now_ms: u64) -> Result<f64, Withheld> {
        let recent = self.units.iter().filter(|(at_ms, ..)| at_ms.saturating_add(RESERVE_MS) > now_ms);
        let (floor, guarded) = recent.fold((0.0, 0.0), |(floor, sum), &(_, floor_ms, guarded)| {
            (floor + floor_ms as f64, sum + floor_ms as f64 * guarded)
        });
        if floor < RESERVE_FLOOR_MS_MIN as f64 { Err(Withheld::TooLittleFloor) } else { Ok(guarded / floor) }
    }

    /// Once a second: forgets what is old. Tells whether the share has been over the threshold for long enough.
    pub fn settle(&mut self, now_ms: u64, share: Result<f64, Withheld>, guarded: f64) -> bool {
        while self.units.front().is_some_and(|(at_ms, ..)| at_ms.saturating_add(RESERVE_MS) <= now_ms) {
            self.units.pop_front();
        }
        let over = share.is_ok_and(|share| share >= RESERVE_HINT) && guarded >= RESERVE_HINT;
        if !over {
            self.over_since_ms = None;
            return false;
        }
        let since_ms = *self.over_since_ms.get_or_insert(now_ms);
        now_ms.saturating_sub(since_ms) >= RESERVE_HOLD_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_of_the_last_90_s_of_floor() {
        let mut reserve = Reserve::default();
        assert_eq!(reserve.share(0), Err(Withheld::TooLittleFloor));
        reserve.push(10_000, 15_000, 1.0);
        reserve.push(40_000, 15_000, 0.2);
        assert_eq!(reserve.share(50_000), Ok(0.6));
        reserve.push(100_000, 15_000, 0.0);
        assert_eq!(reserve.share(101_000), Ok(0.1));
        assert_eq!(reserve.share(300_000), Err(Withheld::TooLittleFloor));
    }

    #[test]
    fn a_share_over_the_threshold_must_hold() {
        let mut reserve = Reserve::default();
        let mut over = |at_ms, share| reserve.settle(at_ms, Ok(share), 0.9);
        assert!(!over(1000, 0.5) && !over(5000, 0.5) && over(6000, 0.5));
        assert!(!over(7000, 0.1) && !over(8000, 0.5));
        assert!(!reserve.settle(60_000, Ok(0.9), 0.1), "the client is as before now");
    }
}
