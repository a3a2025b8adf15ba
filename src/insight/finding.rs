//! The calls of a study -> what can be said of it so far, in numbers and as a sentence.

use super::proportion::{Count, Estimate, control_needed, difference};
use super::sequence::always_valid;
use crate::units::Words;

/// What a study is meant to find: five points more.
pub const LIFT: f64 = 0.05;

/// Before a study has its own share of successes this one is assumed (signals study: 20 %).
const BASE: f64 = 0.2;
const BASE_CALLS_MIN: u64 = 50;

/// Nothing is claimed with fewer calls in an arm (signals study).
pub const ARM_MIN: u64 = 200;

/// What can be said of a study.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    pub treated: Count,
    pub control: Count,
    /// Control calls that are needed, by how the calls are divided in fact.
    pub control_needed: u64,
    /// For the one look at the end; `None` before enough calls are there.
    pub fixed: Option<Estimate>,
    /// For looks on any day.
    pub always: Option<Estimate>,
    pub said: Words,
}

impl Finding {
    /// `control_percent` is how calls were to be divided.
    pub fn of(treated: Count, control: Count, control_percent: u32) -> Self {
        let base = if control.of >= BASE_CALLS_MIN { control.share() } else { BASE };
        let planned = f64::from(100 - control_percent.clamp(1, 99)) / f64::from(control_percent.clamp(1, 99));
        let ratio = if control.of > 0 { treated.of as f64 / control.of as f64 } else { planned };
        let needed = control_needed(base, LIFT, ratio).max(ARM_MIN);
        let enough = control.of >= needed && treated.of >= ARM_MIN;
        let fixed = difference(treated, control).filter(|_| enough);
        let always = always_valid(treated, control).filter(|_| treated.of.min(control.of) >= ARM_MIN);
        let said = sentence(control.of, needed, enough, always);
        Self { treated, control, control_needed: needed, fixed, always, said }
    }
}

fn sentence(control: u64, needed: u64, enough: bool, always: Option<Estimate>) -> Words {
    let points = |share: f64| format!("{:+.1}", share * 100.0);
    match always {
        Some(found) if found.low > 0.0 || found.high < 0.0 => {
            let (value, low, high) = (points(found.value), points(found.low), points(found.high));
            let (zh, en) = if found.low > 0.0 { ("有帮助", "helps") } else { ("有妨碍", "harms") };
            Words {
                zh: format!("提示{zh}：推进率 {value} 个百分点（{low} 到 {high}）"),
                en: format!("Showing hints {en}: {value} points of calls that advance ({low} to {high})"),
            }
        }
        Some(found) if enough => Words {
            zh: format!("还看不出差别：{} 到 {} 个百分点", points(found.low), points(found.high)),
            en: format!("No difference to be seen: {} to {} points", points(found.low), points(found.high)),
        },
        _ => Words {
            zh: format!("样本不足：对照 {control} / {needed}"),
            en: format!("Not enough calls: control {control} of {needed}"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_calls_claim_nothing() {
        let finding = Finding::of(Count::new(300, 1200), Count::new(70, 312), 20);
        assert_eq!((finding.fixed, finding.control_needed > 600), (None, true), "{finding:?}");
        assert_eq!(finding.said.zh, format!("样本不足：对照 312 / {}", finding.control_needed));
        let none = Finding::of(Count::default(), Count::default(), 20);
        assert_eq!((none.always, none.control_needed), (None, 696));
    }

    #[test]
    fn what_is_clear_is_said_with_its_interval() {
        let helps = Finding::of(Count::new(1500, 4000), Count::new(200, 1000), 20);
        assert!(helps.said.zh.starts_with("提示有帮助：推进率 +17.5 个百分点"), "{}", helps.said.zh);
        let harms = Finding::of(Count::new(400, 4000), Count::new(200, 1000), 20);
        assert!(harms.said.en.starts_with("Showing hints harms: -10.0 points"), "{}", harms.said.en);
        let same = Finding::of(Count::new(800, 4000), Count::new(200, 1000), 20);
        assert!(same.said.zh.starts_with("还看不出差别"), "{}", same.said.zh);
    }
}
