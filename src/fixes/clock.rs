//! Fixes in the order of a device's clock -> the same instants in true time.
//!
//! What betrays a wrong clock is when a fix was *sent*: one that waited offline is late, not wrong.

use super::Fix;

/// Devices this near to the server's time are right: what remains is the way through the network.
const ERROR_MS_MIN: i64 = 20_000;

/// What a message needs from the device to the server.
const TRANSPORT_MS: i64 = 2000;

/// The newest messages whose median tells the error: one slow upload does not move it.
const MESSAGES: usize = 15;

/// After a longer silence the clock may have been set; older messages no longer count.
const MEMORY_MS: i64 = 2 * 3600 * 1000;

/// When a message was sent, by its device's clock, whose protocol does not say so: just now, unless that lies before its
/// measurement. A queue that waited offline must not look like a slow clock; one that is fast shows itself.
pub fn assumed_sent_ms(tst_ms: i64, rx_ms: i64) -> Option<i64> {
    (tst_ms <= rx_ms).then_some(rx_ms)
}

/// What a fix says of its device's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timed {
    pub tst_ms: i64,
    /// How late it arrived after its sending, by two clocks.
    pub lag_ms: i64,
    /// Whether the device said when it sent it.
    pub sent: bool,
}

impl Timed {
    pub fn of(fix: &Fix) -> Self {
        let lag_ms = fix.rx_ms.saturating_sub(fix.sent_ms.unwrap_or(fix.tst_ms));
        Self { tst_ms: fix.tst_ms, lag_ms, sent: fix.sent_ms.is_some() }
    }
}

/// The error of one device's clock, from its newest messages. Fixed memory.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    recent: [Option<Timed>; MESSAGES],
    next: usize,
    seen_ms: Option<i64>,
}

impl Clock {
    /// Takes a message, in the order of the device's clock. Returns what to add to its instants.
    pub fn push(&mut self, timed: Timed) -> i64 {
        if self.seen_ms.is_some_and(|seen_ms| timed.tst_ms.saturating_sub(seen_ms) > MEMORY_MS) {
            *self = Self::default();
        }
        self.seen_ms = Some(timed.tst_ms);
        self.recent[self.next] = Some(timed);
        self.next = (self.next + 1) % MESSAGES;
        if self.is_near() {
            return 0;
        }
        let error_ms = self.error_ms();
        if error_ms.abs() > ERROR_MS_MIN { error_ms - TRANSPORT_MS } else { 0 }
    }

    /// Whether no message is late: nearly always so, and cheaper than a median.
    fn is_near(&self) -> bool {
        self.recent.iter().flatten().all(|timed| timed.lag_ms.abs() <= ERROR_MS_MIN)
    }

    /// The median lag; where a sending time is missing, the smallest lag, since waiting only ever adds.
    fn error_ms(&self) -> i64 {
        let mut lags = [0; MESSAGES];
        let mut kept = 0;
        for timed in self.recent.iter().flatten() {
            if !timed.sent {
                return self.recent.iter().flatten().map(|timed| timed.lag_ms).min().unwrap_or(0);
            }
            lags[kept] = timed.lag_ms;
            kept += 1;
        }
        let lags = &mut lags[..kept];
        let middle = kept / 2;
        *lags.select_nth_unstable(middle).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixes a minute apart; each is `(sent after its measurement, lag)` in seconds.
    #[track_caller]
    fn check(name: &str, lags_s: &[i64], want_s: i64) {
        let mut clock = Clock::default();
        let mut got = 0;
        for (n, lag_s) in (0..).zip(lags_s) {
            got = clock.push(Timed { tst_ms: n * 60_000, lag_ms: lag_s * 1000, sent: true });
        }
        assert_eq!(got, want_s * 1000, "{name}");
    }

    #[test]
    fn the_way_through_the_network_is_no_error() {
        check("a good clock", &[1, 2, 3, 1, 2], 0);
        check("slow uploads among quick ones", &[1, 60, 2, 45, 2], 0);
    }

    #[test]
    fn a_wrong_clock_is_taken_back() {
        check("five minutes slow", &[302, 301, 303, 302], 300);
        check("ten minutes fast", &[-598, -599, -597], -600);
    }

    #[test]
    fn without_a_sending_time_waiting_is_not_an_error() {
        let mut clock = Clock::default();
        let mut push =
            |n: i64, lag_s: i64| clock.push(Timed { tst_ms: n * 60_000, lag_ms: lag_s * 1000, sent: false });
        push(0, 2);
        assert_eq!(push(1, 1800), 0, "this one waited offline");
    }

    #[test]
    fn a_long_queue_without_sending_times_is_late_and_not_wrong() {
        let mut clock = Clock::default();
        for n in 0..100 {
            let (tst_ms, rx_ms) = (n * 60_000, 100 * 60_000);
            let lag_ms = rx_ms - assumed_sent_ms(tst_ms, rx_ms).unwrap();
            assert_eq!(clock.push(Timed { tst_ms, lag_ms, sent: true }), 0);
        }
        assert_eq!(assumed_sent_ms(5, 4), None, "a fast clock");
    }

    #[test]
    fn a_clock_set_over_night_is_believed_in_the_morning() {
        let mut clock = Clock::default();
        clock.push(Timed { tst_ms: 0, lag_ms: 300_000, sent: true });
        assert_eq!(clock.push(Timed { tst_ms: 10 * 3_600_000, lag_ms: 1000, sent: true }), 0);
    }
}
