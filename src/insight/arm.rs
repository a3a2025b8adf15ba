//! A study and a call -> whether its rep is shown hints: by a hash, so that anybody who knows the seed can check it.

use sha2::{Digest, Sha256};

use crate::units::CallId;

const DAY_MS: i64 = 24 * 3_600_000;

/// How a call takes part in a study.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arm {
    /// The first weeks: no call shows hints, and false alarms are counted.
    Shadow,
    Treated,
    /// Hints are computed and shown to nobody.
    Control,
}

impl Arm {
    pub const ALL: [Self; 3] = [Self::Shadow, Self::Treated, Self::Control];

    pub fn name(self) -> &'static str {
        match self {
            Self::Shadow => "shadow",
            Self::Treated => "treated",
            Self::Control => "control",
        }
    }

    /// # Errors
    /// There is no such arm.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|arm| arm.name() == name)
    }

    pub fn shows_hints(self) -> bool {
        self == Self::Treated
    }
}

/// A study that is going on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Study {
    pub id: i64,
    pub started_ms: i64,
    /// So long nothing is shown to anybody.
    pub shadow_days: u32,
    /// Of 100 calls; 20 by default, 50 for a quick answer.
    pub control_percent: u32,
    pub seed: String,
}

impl Study {
    /// Whether nothing is shown yet.
    pub fn is_shadow(&self, now_ms: i64) -> bool {
        now_ms < self.started_ms + i64::from(self.shadow_days) * DAY_MS
    }

    /// The arm of a call that begins now.
    pub fn arm(&self, call: CallId, now_ms: i64) -> Arm {
        if self.is_shadow(now_ms) {
            return Arm::Shadow;
        }
        let hash = Sha256::new().chain_update(&self.seed).chain_update(call.to_string()).finalize();
        let drawn = hash.iter().take(8).fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        if drawn % 100 < u64::from(self.control_percent) { Arm::Control } else { Arm::Treated }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn study(control_percent: u32) -> Study {
        Study { id: 1, started_ms: 0, shadow_days: 14, control_percent, seed: "seed".into() }
    }

    #[test]
    fn calls_are_divided_as_asked_and_always_alike() {
        for percent in [20, 50] {
            let study = study(percent);
            let arms: Vec<_> =
                (0..10_000).map(|n| study.arm(CallId::from_bits(n << 1), 14 * DAY_MS)).collect();
            let control = arms.iter().filter(|arm| **arm == Arm::Control).count();
            assert!(control.abs_diff(percent as usize * 100) < 150, "{control}");
            let again: Vec<_> =
                (0..10_000).map(|n| study.arm(CallId::from_bits(n << 1), 99 * DAY_MS)).collect();
            assert_eq!(arms, again);
        }
    }

    #[test]
    fn first_nothing_is_shown() {
        let study = study(20);
        assert_eq!(study.arm(CallId::from_bits(7), 14 * DAY_MS - 1), Arm::Shadow);
        assert!(Arm::ALL.iter().all(|arm| Arm::named(arm.name()) == Some(*arm)));
    }
}
