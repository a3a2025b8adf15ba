//! How often somebody may try to sign in. Failures count for an account from a network, so that nobody can lock a
//! colleague out from elsewhere, and for a browser that the account has signed in with before, so that nobody can from
//! next door either. When many fail from one network, or at one account from everywhere, attempts go slowly, one after
//! the other, and none is refused for the failures of others while it can wait.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::device::Device;
use crate::api::network::Network;
use crate::api::refusal::TooMany;

/// Failures in a minute of an account from one network, or from one of its browsers.
const OWN_FAILURES_MAX: u32 = 5;

/// Failures of a minute, of a network or at an account from everywhere, after which attempts go slowly.
const SHARED_FAILURES_MAX: u32 = 30;

/// Slowly: an attempt a second, as far as somebody can be expected to wait.
const TURN_MS: i64 = 1_000;
const WAIT_MS_MAX: i64 = 15_000;

const MINUTE_MS: i64 = 60_000;

/// Counters kept; when there are more, those that are over go first, then those with the fewest failures.
const COUNTERS_MAX: usize = 10_000;

/// What else than a password is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The secret of a phone or receiver.
    Device,
    /// The end of a link to set a password.
    Link,
}

/// Who tries, at which account. The account is written in one way, whatever was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub account: String,
    pub network: Network,
    /// The browser, when this account has signed in with it before.
    pub device: Option<Device>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Own(String, Network),
    OwnDevice(String, Device),
    Account(String),
    Network(Network),
    Guess(Kind, Network),
    /// Whose turn is when: of an account from a network.
    Turn(String, Network),
    NetworkTurn(Network),
}

#[derive(Debug, Clone, Copy)]
struct Counter {
    since_ms: i64,
    failures: u32,
    /// When the next turn is, for those that give turns.
    next_ms: i64,
}

/// Counts failures of the last minute.
#[derive(Debug, Default)]
pub struct Gate {
    counters: Mutex<Counters>,
}

#[derive(Debug, Default)]
struct Counters(HashMap<Key, Counter>);

impl Attempt {
    fn own(&self) -> Key {
        match self.device {
            Some(device) => Key::OwnDevice(self.account.clone(), device),
            None => Key::Own(self.account.clone(), self.network),
        }
    }

    fn shared(&self) -> [Key; 2] {
        [Key::Account(self.account.clone()), Key::Network(self.network)]
    }
}

impl Gate {
    /// How long an attempt has to wait. It counts as a failure until [`Gate::passed`] takes it back, so that many at
    /// once cannot slip through.
    ///
    /// # Errors
    /// Too many have failed lately.
    pub fn enter(&self, attempt: &Attempt, now_ms: i64) -> Result<Duration, TooMany> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counters.fresh(attempt.own(), now_ms);
        if own.failures >= OWN_FAILURES_MAX {
            return Err(TooMany((MINUTE_MS - (now_ms - own.since_ms)).div_euclid(1000) + 1));
        }
        let mut wait_ms = 0;
        if attempt.device.is_none() {
            let turns =
                [Key::Turn(attempt.account.clone(), attempt.network), Key::NetworkTurn(attempt.network)];
            for (shared, turn) in attempt.shared().into_iter().zip(turns) {
                if counters.fresh(shared, now_ms).failures >= SHARED_FAILURES_MAX {
                    wait_ms = wait_ms.max(counters.turn(turn, now_ms)?);
                }
            }
        }
        counters.fresh(attempt.own(), now_ms).failures += 1;
        if attempt.device.is_none() {
            attempt.shared().into_iter().for_each(|key| counters.fresh(key, now_ms).failures += 1);
        }
        Ok(Duration::from_millis(wait_ms.unsigned_abs()))
    }

    /// The attempt was a success.
    pub fn passed(&self, attempt: &Attempt) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.0.remove(&attempt.own());
        for key in attempt.shared().iter().filter(|_| attempt.device.is_none()) {
            if let Some(counter) = counters.0.get_mut(key) {
                counter.failures = counter.failures.saturating_sub(1);
            }
        }
    }

    /// A secret was shown that is none. Those that are one are never counted: nobody guesses 256 bits.
    ///
    /// # Errors
    /// Too many were shown lately.
    pub fn missed(&self, kind: Kind, network: Network, now_ms: i64) -> Result<(), TooMany> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = counters.fresh(Key::Guess(kind, network), now_ms);
        if counter.failures >= SHARED_FAILURES_MAX {
            return Err(TooMany((MINUTE_MS - (now_ms - counter.since_ms)).div_euclid(1000) + 1));
        }
        counter.failures += 1;
        Ok(())
    }
}

impl Counters {
    /// The counter of this minute.
    fn fresh(&mut self, key: Key, now_ms: i64) -> &mut Counter {
        if self.0.len() >= COUNTERS_MAX && !self.0.contains_key(&key) {
            self.0.retain(|_, counter| is_current(counter, now_ms));
            let mut least = 1;
            while self.0.len() >= COUNTERS_MAX {
                self.0.retain(|_, counter| counter.failures > least);
                least *= 2;
            }
        }
        let new = Counter { since_ms: now_ms, failures: 0, next_ms: now_ms };
        let counter = self.0.entry(key).or_insert(new);
        if !is_current(counter, now_ms) {
            *counter = new;
        }
        counter
    }

    /// How long until the next turn.
    fn turn(&mut self, key: Key, now_ms: i64) -> Result<i64, TooMany> {
        let counter = self.fresh(key, now_ms);
        let next_ms = counter.next_ms.max(now_ms);
        if next_ms - now_ms > WAIT_MS_MAX {
            return Err(TooMany(TURN_MS / 1000));
        }
        counter.next_ms = next_ms + TURN_MS;
        Ok(next_ms - now_ms)
    }
}

/// A clock that was set back ends a minute too.
fn is_current(counter: &Counter, now_ms: i64) -> bool {
    (0..MINUTE_MS).contains(&(now_ms - counter.since_ms))
        || counter.next_ms > now_ms && counter.next_ms - now_ms < MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(last: u8, account: &str) -> Attempt {
        let network = Network::of(std::net::IpAddr::from([10, 0, last, 1]));
        Attempt { account: account.into(), network, device: None }
    }

    #[test]
    fn five_failures_close_the_gate_for_a_minute_and_only_from_there() {
        let gate = Gate::default();
        for _ in 0..5 {
            assert_eq!(gate.enter(&from(2, "li"), 1000), Ok(Duration::ZERO));
        }
        assert_eq!(gate.enter(&from(2, "li"), 2000), Err(TooMany(60)));
        gate.enter(&from(1, "li"), 2000).unwrap();
        gate.enter(&from(2, "wu"), 2000).unwrap();
        gate.enter(&from(2, "li"), 61_000).unwrap();
        let early = gate.enter(&from(2, "li"), -90_000);
        assert!(early.is_ok(), "a clock that is set back does not close the gate for a day");
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out_for_longer() {
        let gate = Gate::default();
        let tomorrow_ms = 24 * 60 * MINUTE_MS;
        for _ in 0..5 {
            gate.enter(&from(2, "li"), tomorrow_ms).unwrap();
        }
        assert_eq!(gate.enter(&from(2, "li"), tomorrow_ms), Err(TooMany(61)));
        gate.enter(&from(2, "li"), 1000).unwrap();
    }

    #[test]
    fn a_success_takes_the_attempt_back() {
        let gate = Gate::default();
        for n in 0..100 {
            assert_eq!(gate.enter(&from(1, "li"), n), Ok(Duration::ZERO));
            gate.passed(&from(1, "li"));
        }
    }

    #[test]
    fn one_network_cannot_try_many_logins_quickly_and_others_wait_for_nothing() {
        let gate = Gate::default();
        let waits: Vec<_> = (0..100).map(|n| gate.enter(&from(2, &format!("login{n}")), 5)).collect();
        assert_eq!(
            waits.iter().filter(|wait| **wait == Ok(Duration::ZERO)).count(),
            31,
            "one is the first turn"
        );
        assert_eq!(waits.iter().filter(|wait| wait.is_ok()).count(), 30 + 16, "{waits:?}");
        assert_eq!(gate.enter(&from(1, "li"), 5), Ok(Duration::ZERO));
        assert!(
            gate.enter(&from(2, "li"), 6_000).unwrap() <= Duration::from_secs(16),
            "it waits for its turn"
        );
    }

    #[test]
    fn an_account_that_is_tried_from_everywhere_is_slow_and_not_closed() {
        let gate = Gate::default();
        for n in 0..200 {
            gate.enter(&from(n, "li"), 5).unwrap();
        }
        assert_eq!(gate.enter(&from(250, "li"), 5), Ok(Duration::ZERO), "the first turn of its own network");
        assert_eq!(gate.enter(&from(250, "li"), 5), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn a_known_browser_is_counted_for_itself() {
        let gate = Gate::default();
        let known = Attempt { device: Some(Device::made(7)), ..from(2, "li") };
        while gate.enter(&from(2, "li"), 5).is_ok() {}
        for _ in 0..5 {
            gate.enter(&known, 5).unwrap();
        }
        assert!(gate.enter(&known, 5).is_err());
    }

    #[test]
    fn counters_do_not_grow_without_end_and_those_that_count_most_stay() {
        let gate = Gate::default();
        for _ in 0..5 {
            gate.enter(&from(1, "li"), 5).unwrap();
        }
        for n in 0..30_000u32 {
            let network = Network::of(std::net::IpAddr::V4((n << 8).into()));
            let _ = gate.enter(&Attempt { network, ..from(1, "x") }, 5);
        }
        assert!(gate.counters.lock().unwrap().0.len() <= COUNTERS_MAX + 4);
        assert!(gate.enter(&from(1, "li"), 5).is_err());
    }
}
