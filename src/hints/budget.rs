//! When a hint may be given -> never too many, too close together or into the rep's first words.

/// From one hint to the next, whatever the playbook says (signals study: 45 s).
pub const GAP_MS: u64 = 45_000;
/// Hints in any 10 min and in a call, whatever the playbook says (signals study: 3 and 6).
pub const CAPS: Caps = Caps { in_10_min: 3, in_call: 6 };
const WINDOW_MS: u64 = 600_000;
/// A rep who has just begun to speak is left alone for so long (signals study: 1.5 s).
pub const MID_UTTERANCE_MS: u64 = 1500;

/// How many hints may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub in_10_min: usize,
    pub in_call: usize,
}

impl Caps {
    /// Neither more than these nor more than others.
    pub fn at_most(self, most: Self) -> Self {
        Self { in_10_min: self.in_10_min.min(most.in_10_min), in_call: self.in_call.min(most.in_call) }
    }
}

/// What a playbook allows: at most what the constants above do, and less for some of its hints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    pub gap_ms: u64,
    pub caps: Caps,
    /// Classes of hints with caps of their own, so that they do not use up what others need.
    pub classes: Vec<(String, Caps)>,
}

/// What was given so far; at most as many entries as a call may have hints.
#[derive(Debug, Clone, Default)]
pub struct Budget {
    /// When, and of which class.
    given: Vec<(u64, usize)>,
}

impl Budget {
    /// Whether a hint of that class may be given now. `rep_since_ms` is since when the rep speaks.
    pub fn allows(&self, limits: &Limits, now_ms: u64, class: usize, rep_since_ms: Option<u64>) -> bool {
        let free =
            self.given.last().is_none_or(|(last_ms, _)| now_ms.saturating_sub(*last_ms) >= limits.gap_ms);
        let spoken = rep_since_ms.is_none_or(|since_ms| now_ms.saturating_sub(since_ms) >= MID_UTTERANCE_MS);
        let of_class = |caps: &Caps| self.keeps(now_ms, |of| of == class, caps);
        let room = limits.classes.get(class).is_none_or(|(_, caps)| of_class(caps));
        free && spoken && room && self.keeps(now_ms, |_| true, &limits.caps)
    }

    pub fn spend(&mut self, now_ms: u64, class: usize) {
        self.given.push((now_ms, class));
    }

    fn keeps(&self, now_ms: u64, of: impl Fn(usize) -> bool, caps: &Caps) -> bool {
        let given = || self.given.iter().filter(|(_, class)| of(*class));
        given().count() < caps.in_call
            && given().filter(|(at_ms, _)| at_ms.saturating_add(WINDOW_MS) > now_ms).count() < caps.in_10_min
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: usize = 0;
    const REP: usize = 1;

    fn limits() -> Limits {
        let rep = Caps { in_10_min: 1, in_call: 2 };
        Limits { gap_ms: GAP_MS, caps: CAPS, classes: vec![("client".into(), CAPS), ("rep".into(), rep)] }
    }

    #[track_caller]
    fn check(given: &[(u64, usize)], now_ms: u64, class: usize, rep_since_ms: Option<u64>, want: bool) {
        let budget = Budget { given: given.to_vec() };
        assert_eq!(budget.allows(&limits(), now_ms, class, rep_since_ms), want, "{given:?} {now_ms}");
    }

    #[test]
    fn hints_keep_their_distance() {
        check(&[(100_000, CLIENT)], 144_999, CLIENT, None, false);
        check(&[(100_000, CLIENT)], 145_000, CLIENT, None, true);
    }

    #[test]
    fn three_in_ten_minutes_and_six_a_call_are_enough() {
        let three = [(0, CLIENT), (100_000, CLIENT), (200_000, CLIENT)];
        check(&three, 599_999, CLIENT, None, false);
        check(&three, 600_000, CLIENT, None, true);
        let six: Vec<_> = (0..6).map(|n| (n * 300_000, CLIENT)).collect();
        check(&six, 9_000_000, CLIENT, None, false);
    }

    #[test]
    fn a_class_leaves_room_for_the_others() {
        check(&[(0, REP)], 300_000, REP, None, false);
        check(&[(0, REP)], 300_000, CLIENT, None, true);
        check(&[(0, REP), (700_000, REP)], 2_000_000, REP, None, false);
    }

    #[test]
    fn the_reps_first_words_are_not_disturbed() {
        check(&[], 10_000, CLIENT, Some(9000), false);
        check(&[], 10_500, CLIENT, Some(9000), true);
    }
}
