//! How often somebody may try to sign in. Failures count per login *and* address, so that nobody can lock a colleague
//! out, and per address, so that nobody tries many logins.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Failures of one login from one address in a minute.
const LOGIN_FAILURES_MAX: u32 = 5;

/// Failures of all logins from one address in a minute.
const ADDRESS_FAILURES_MAX: u32 = 30;

const MINUTE_MS: i64 = 60_000;

/// Counters kept; when there are more, those that are over go first, then all.
const COUNTERS_MAX: usize = 10_000;

/// Too many failures: try again in so many seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts to sign in from here: try again in {0} s")]
pub struct TooMany(pub i64);

#[derive(Debug, Clone, Copy)]
struct Counter {
    since_ms: i64,
    failures: u32,
}

impl Counter {
    /// A clock that was set back begins a new minute.
    fn counts_at(&self, now_ms: i64) -> bool {
        (0..MINUTE_MS).contains(&(now_ms - self.since_ms))
    }
}

/// Counts failures of the last minute.
#[derive(Debug, Default)]
pub struct Gate {
    counters: Mutex<HashMap<(IpAddr, String), Counter>>,
}

impl Gate {
    /// Whether an attempt may be made now. It counts as a failure until [`Gate::passed`] takes it back, so that many
    /// at once cannot slip through.
    ///
    /// # Errors
    /// Too many have failed lately.
    pub fn enter(&self, address: IpAddr, login: &str, now_ms: i64) -> Result<(), TooMany> {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        if counters.len() >= COUNTERS_MAX {
            counters.retain(|_, counter| counter.counts_at(now_ms));
        }
        if counters.len() >= COUNTERS_MAX {
            counters.clear();
        }
        let keys = [(login, LOGIN_FAILURES_MAX), ("", ADDRESS_FAILURES_MAX)];
        for (login, most) in keys {
            if let Some(counter) = counters.get(&(address, login.to_owned())) {
                if counter.counts_at(now_ms) && counter.failures >= most {
                    let left_ms = MINUTE_MS - (now_ms - counter.since_ms);
                    return Err(TooMany(left_ms.div_euclid(1000) + 1));
                }
            }
        }
        for (login, _) in keys {
            let fresh = Counter { since_ms: now_ms, failures: 0 };
            let counter = counters.entry((address, login.to_owned())).or_insert(fresh);
            if !counter.counts_at(now_ms) {
                *counter = fresh;
            }
            counter.failures += 1;
        }
        Ok(())
    }

    /// The attempt was a success.
    pub fn passed(&self, address: IpAddr, login: &str) {
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.remove(&(address, login.to_owned()));
        if let Some(counter) = counters.get_mut(&(address, String::new())) {
            counter.failures = counter.failures.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const AWAY: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    #[test]
    fn five_failures_close_the_gate_for_a_minute_and_only_from_there() {
        let gate = Gate::default();
        for _ in 0..5 {
            gate.enter(AWAY, "li", 1000).unwrap();
        }
        assert_eq!(gate.enter(AWAY, "li", 2000), Err(TooMany(60)));
        gate.enter(HOME, "li", 2000).unwrap();
        gate.enter(AWAY, "wu", 2000).unwrap();
        gate.enter(AWAY, "li", 61_000).unwrap();
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_nobody_out_for_longer() {
        let gate = Gate::default();
        let tomorrow_ms = 24 * 60 * MINUTE_MS;
        for _ in 0..5 {
            gate.enter(AWAY, "li", tomorrow_ms).unwrap();
        }
        assert_eq!(gate.enter(AWAY, "li", tomorrow_ms), Err(TooMany(61)));
        gate.enter(AWAY, "li", 1000).unwrap();
    }

    #[test]
    fn a_success_takes_the_attempt_back() {
        let gate = Gate::default();
        for n in 0..100 {
            gate.enter(HOME, "li", n).unwrap();
            gate.passed(HOME, "li");
        }
    }

    #[test]
    fn one_address_cannot_try_many_logins() {
        let gate = Gate::default();
        let tried = (0..100).filter(|n| gate.enter(AWAY, &format!("login{n}"), 5).is_ok()).count();
        assert_eq!(tried, 30);
    }

    #[test]
    fn counters_do_not_grow_without_end() {
        let gate = Gate::default();
        for n in 0..30_000u32 {
            let _ = gate.enter(IpAddr::V4(n.into()), "x", 5);
        }
        assert!(gate.counters.lock().unwrap().len() <= COUNTERS_MAX + 2);
    }
}
