//! When a hint may be given -> never too many, too close together or into the rep's first words.

use super::rules::Side;

/// From one hint to the next.
const GAP_MS: u64 = 45_000;
/// Hints in any 10 min.
const WINDOW_MS: u64 = 600_000;
const IN_WINDOW: usize = 3;
/// Hints in a call.
const IN_CALL: usize = 6;
/// Of which about the rep's own side, so that they do not use up what the client's need.
const REP_IN_WINDOW: usize = 1;
const REP_IN_CALL: usize = 2;
/// A rep who has just begun to speak is left alone for so long.
const MID_UTTERANCE_MS: u64 = 1500;

/// What was given so far; at most `IN_CALL` entries.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    given: Vec<(u64, Side)>,
}

impl Budget {
    /// Whether a hint may be given now. `rep_since_ms` is since when the rep speaks.
    pub fn allows(&self, now_ms: u64, side: Side, rep_since_ms: Option<u64>) -> bool {
        let free = self.given.last().is_none_or(|(last_ms, _)| now_ms.saturating_sub(*last_ms) >= GAP_MS);
        let spoken = rep_since_ms.is_none_or(|since_ms| now_ms.saturating_sub(since_ms) >= MID_UTTERANCE_MS);
        let rep = side != Side::Rep || self.count(now_ms, |of| of == Side::Rep, REP_IN_WINDOW, REP_IN_CALL);
        free && spoken && rep && self.count(now_ms, |_| true, IN_WINDOW, IN_CALL)
    }

    pub fn spend(&mut self, now_ms: u64, side: Side) {
        self.given.push((now_ms, side));
    }

    fn count(&self, now_ms: u64, of: impl Fn(Side) -> bool, in_window: usize, in_call: usize) -> bool {
        let given = || self.given.iter().filter(|(_, side)| of(*side));
        given().count() < in_call
            && given().filter(|(at_ms, _)| at_ms.saturating_add(WINDOW_MS) > now_ms).count() < in_window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Side::{Client, Rep};

    fn spent(given: &[(u64, Side)]) -> Budget {
        Budget { given: given.to_vec() }
    }

    #[test]
    fn hints_keep_their_distance() {
        let budget = spent(&[(100_000, Client)]);
        assert!(!budget.allows(144_999, Client, None) && budget.allows(145_000, Client, None));
    }

    #[test]
    fn three_in_ten_minutes_and_six_a_call_are_enough() {
        let three = spent(&[(0, Client), (100_000, Client), (200_000, Client)]);
        assert!(!three.allows(599_999, Client, None) && three.allows(600_000, Client, None));
        let six: Vec<_> = (0..6).map(|n| (n * 300_000, Client)).collect();
        assert!(!spent(&six).allows(9_000_000, Client, None));
    }

    #[test]
    fn hints_about_the_rep_leave_room_for_the_client() {
        let one = spent(&[(0, Rep)]);
        assert!(!one.allows(300_000, Rep, None) && one.allows(300_000, Client, None));
        assert!(!spent(&[(0, Rep), (700_000, Rep)]).allows(2_000_000, Rep, None));
    }

    #[test]
    fn the_reps_first_words_are_not_disturbed() {
        let budget = Budget::default();
        assert!(!budget.allows(10_000, Client, Some(9000)) && budget.allows(10_500, Client, Some(9000)));
    }
}
