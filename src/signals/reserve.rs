//! Units of client floor, each with how guarded it was -> the reserve share of the last 90 s.

use std::collections::VecDeque;

use super::confidence::Withheld;
use super::model::*;

/// The last 90 s of client floor.
#[derive(Debug, Clone, Default)]
pub struct Reserve {
    /// End, floor time, probability of guarded.
    units: VecDeque<(u64, u64, f64)>,
    /// Share and probability of guarded, once a second, for the last 5 s.
    seconds: VecDeque<(u64, Option<f64>, f64)>,
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

    /// Once a second: forgets what is old and remembers how it stands.
    pub fn settle(&mut self, now_ms: u64, share: Result<f64, Withheld>, guarded: f64) {
        while self.units.front().is_some_and(|(at_ms, ..)| at_ms.saturating_add(RESERVE_MS) <= now_ms) {
            self.units.pop_front();
        }
        while self.seconds.front().is_some_and(|(at_ms, ..)| at_ms.saturating_add(RESERVE_HOLD_MS) < now_ms) {
            self.seconds.pop_front();
        }
        self.seconds.push_back((now_ms, share.ok(), guarded));
    }

    /// The lowest share and the lowest probability of guarded of the last 5 s; `None` unless all of it is known.
    pub fn held(&self) -> Option<Held> {
        let ((first_ms, ..), (last_ms, ..)) = (self.seconds.front()?, self.seconds.back()?);
        if last_ms - first_ms < RESERVE_HOLD_MS {
            return None;
        }
        let least = Held { share: f64::INFINITY, guarded: f64::INFINITY };
        self.seconds.iter().try_fold(least, |least, &(_, share, guarded)| {
            Some(Held { share: least.share.min(share?), guarded: least.guarded.min(guarded) })
        })
    }
}

/// What lasted: the lowest values of the last 5 s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    pub share: f64,
    pub guarded: f64,
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
    fn what_lasts_is_the_lowest_of_five_seconds() {
        let mut reserve = Reserve::default();
        for (second, share) in [(1, 0.5), (2, 0.3), (3, 0.6), (4, 0.4), (5, 0.4)] {
            reserve.settle(second * 1000, Ok(share), 0.9);
            assert_eq!(reserve.held(), None);
        }
        reserve.settle(6000, Ok(0.7), 0.8);
        assert_eq!(reserve.held(), Some(Held { share: 0.3, guarded: 0.8 }));
        reserve.settle(7000, Ok(0.7), 0.9);
        reserve.settle(8000, Ok(0.7), 0.9);
        assert_eq!(reserve.held(), Some(Held { share: 0.4, guarded: 0.8 }));
        reserve.settle(9000, Err(Withheld::Noisy), 0.9);
        assert_eq!(reserve.held(), None);
    }
}
