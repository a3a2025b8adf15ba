//! The calls of one week of one team -> counts of which none, and no sum or difference of any, is about too few.
//!
//! Calls are put into leaves: each call into one, each leaf with five calls of three clients at least. What is too few for
//! its industry, stage and topic goes together with others, coarser and coarser; what is left at the end is counted
//! nowhere. Everything that is ever shown is a sum of whole leaves. So whatever is added to or taken from another, what
//! remains is a sum of leaves again, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::Zone;

/// Calls and clients in everything that is shown (signals study: 5 and 3).
pub const CALLS_MIN: usize = 5;
pub const CLIENTS_MIN: usize = 3;

/// A value that is several.
pub const MIXED: &str = "*";

const WEEK_MS: i64 = 7 * 24 * 3_600_000;
/// The first Monday before 1970.
const MONDAY_MS: i64 = -3 * 24 * 3_600_000;
/// What reps say of a week is waited for so long after its end.
const SETTLE_MS: i64 = 3 * 24 * 3_600_000;

/// One call of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub client: i64,
    /// What stands on the client's card; empty when nothing does.
    pub industry: String,
    pub stage: String,
    /// What the rep says that the objection was about; empty when nothing was said.
    pub topic: String,
    /// There was an objection signal.
    pub hesitated: bool,
}

/// What a board is asked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimension {
    Industry,
    Stage,
    Topic,
    Week,
}

impl Dimension {
    pub const ALL: [Self; 4] = [Self::Industry, Self::Stage, Self::Topic, Self::Week];
}

/// Some calls that are shown together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    pub week: i64,
    /// Industry, stage and topic; [`MIXED`] for several.
    pub of: [String; 3],
    pub calls: u64,
    pub hesitated: u64,
}

/// The week of an instant, counted from the one of 1970-01-01; weeks begin on Monday, 0:00 there.
pub fn week_of(at_ms: i64, zone: Zone) -> i64 {
    (zone.local_ms(at_ms) - MONDAY_MS).div_euclid(WEEK_MS)
}

/// When a week begins.
pub fn week_start_ms(week: i64, zone: Zone) -> i64 {
    zone.instant_ms(week * WEEK_MS + MONDAY_MS)
}

/// The newest week that is over and settled.
pub fn newest_week(now_ms: i64, zone: Zone) -> i64 {
    week_of(now_ms - SETTLE_MS, zone) - 1
}

/// What stays of industry, stage and topic, finest first.
const KEEPS: [[bool; 3]; 6] = [
    [true, true, true],
    [true, false, true],
    [true, true, false],
    [false, false, true],
    [true, false, false],
    [false, false, false],
];

/// Puts the calls of one week into leaves; those that are too few even together are left out.
pub fn leaves(week: i64, calls: &[Call]) -> Vec<Leaf> {
    let mut rest: Vec<&Call> = calls.iter().collect();
    let mut leaves = Vec::new();
    for keeps in KEEPS {
        let mut groups: BTreeMap<[&str; 3], Vec<&Call>> = BTreeMap::new();
        for call in std::mem::take(&mut rest) {
            let of = [&call.industry, &call.stage, &call.topic];
            let mut label = [MIXED; 3];
            for (at, keep) in keeps.into_iter().enumerate() {
                if keep {
                    label[at] = of[at];
                }
            }
            groups.entry(label).or_default().push(call);
        }
        for (label, calls) in groups {
            let clients: BTreeSet<_> = calls.iter().map(|call| call.client).collect();
            if calls.len() >= CALLS_MIN && clients.len() >= CLIENTS_MIN {
                let hesitated = calls.iter().filter(|call| call.hesitated).count() as u64;
                leaves.push(Leaf {
                    week,
                    of: label.map(str::to_owned),
                    calls: calls.len() as u64,
                    hesitated,
                });
            } else {
                rest.extend(calls);
            }
        }
    }
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn weeks_begin_on_monday_and_settle() {
        const HOUR_MS: i64 = 3_600_000;
        let utc_ms = 1_764_547_200_000; // Monday, 2025-12-01
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        for (zone, ahead_h) in [(Zone::UTC, 0), (Zone::SHANGHAI, 8), (berlin, 1)] {
            let monday_ms = utc_ms - ahead_h * HOUR_MS;
            let week = week_of(monday_ms, zone);
            assert_eq!(week_start_ms(week, zone), monday_ms);
            assert_eq!(week_of(monday_ms - 1, zone) + 1, week);
            assert_eq!(newest_week(monday_ms + SETTLE_MS - 1, zone), week - 2);
            assert_eq!(newest_week(monday_ms + SETTLE_MS, zone), week - 1);
        }
        // Clocks are put forward on Sunday, 2026-03-29: that week is an hour shorter.
        let week = week_of(utc_ms, berlin) + 16;
        let hours = |week| (week_start_ms(week + 1, berlin) - week_start_ms(week, berlin)) / HOUR_MS;
        assert_eq!([week - 1, week, week + 1].map(hours), [168, 167, 168]);
    }

    fn call(client: i64, of: [&str; 3]) -> Call {
        let [industry, stage, topic] = of.map(str::to_owned);
        Call { client, industry, stage, topic, hesitated: client % 2 == 0 }
    }

    #[test]
    fn what_is_too_few_goes_together() {
        let mut calls: Vec<_> = (0..6).map(|n| call(n, ["医院", "报价", "集采"])).collect();
        calls.extend((0..3).map(|n| call(n, ["学校", "报价", ""])));
        calls.extend((3..6).map(|n| call(n, ["学校", "谈判", ""])));
        let found = leaves(1, &calls);
        let of = |leaf: &Leaf| (leaf.of.clone(), leaf.calls);
        assert_eq!(of(&found[0]), (["医院", "报价", "集采"].map(str::to_owned), 6));
        assert_eq!(of(&found[1]), (["学校", MIXED, ""].map(str::to_owned), 6));
        assert_eq!(leaves(1, &calls[..4]), [], "four calls are shown nowhere");
        let one_client: Vec<_> = (0..9).map(|_| call(7, ["医院", "报价", "集采"])).collect();
        assert_eq!(leaves(1, &one_client), []);
    }

    /// Everything that a page may ask: one dimension at a time, one value of it, any run of weeks that ends with any of
    /// them. The calls behind each answer, as a set.
    fn answers(shown: &[(Leaf, BTreeSet<usize>)], weeks: i64) -> Vec<BTreeSet<usize>> {
        let mut sets = Vec::new();
        for from in 0..weeks {
            for to in from..weeks {
                let inside = || shown.iter().filter(|(leaf, _)| (from..=to).contains(&leaf.week));
                let union = |fits: &dyn Fn(&Leaf) -> bool| {
                    inside().filter(|(leaf, _)| fits(leaf)).flat_map(|(_, calls)| calls.clone()).collect()
                };
                sets.push(union(&|_| true));
                for at in 0..3 {
                    let values: BTreeSet<_> = inside().map(|(leaf, _)| leaf.of[at].clone()).collect();
                    sets.extend(values.iter().map(|value| union(&|leaf| leaf.of[at] == *value)));
                }
            }
        }
        sets.retain(|set: &BTreeSet<usize>| !set.is_empty());
        sets
    }

    /// The calls of each leaf, found again as they were put there.
    fn with_calls(week: i64, calls: &[(usize, Call)]) -> Vec<(Leaf, BTreeSet<usize>)> {
        let found = leaves(week, &calls.iter().map(|(_, call)| call.clone()).collect::<Vec<_>>());
        let mut free: Vec<_> = calls.iter().collect();
        let of_leaf = |leaf: &Leaf, free: &mut Vec<&(usize, Call)>| {
            let fits = |call: &Call| {
                let of = [&call.industry, &call.stage, &call.topic];
                leaf.of.iter().zip(of).all(|(label, value)| label == MIXED || label == value)
            };
            let (inside, rest): (Vec<_>, Vec<_>) =
                std::mem::take(free).into_iter().partition(|(_, call)| fits(call));
            *free = rest;
            inside.into_iter().map(|(id, _)| *id).collect::<BTreeSet<_>>()
        };
        found
            .into_iter()
            .map(|leaf| {
                let set = of_leaf(&leaf, &mut free);
                (leaf, set)
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// An adversary takes every answer, every difference of two and every part that two have in common, and what
        /// remains of those by a third: never fewer than five calls of three clients.
        #[test]
        fn no_combination_of_answers_isolates_anybody(
            drawn in prop::collection::vec((0..3i64, 0..9i64, 0..3usize, 0..2usize, 0..3usize), 0..150),
        ) {
            let names = ["a", "b", ""];
            let calls: Vec<(i64, (usize, Call))> = drawn.iter().enumerate().map(|(id, &(week, client, i, s, t))| {
                (week, (id, call(client, [names[i], names[s], names[t]])))
            }).collect();
            let shown: Vec<_> = (0..3).flat_map(|week| {
                let of_week: Vec<_> = calls.iter().filter(|(of, _)| *of == week).map(|(_, call)| call.clone()).collect();
                with_calls(week, &of_week)
            }).collect();
            for (leaf, set) in &shown {
                prop_assert_eq!(leaf.calls, set.len() as u64);
            }
            let answers = answers(&shown, 3);
            let client = |id: &usize| drawn[*id].1;
            let safe = |set: &BTreeSet<usize>| {
                set.is_empty() || (set.len() >= CALLS_MIN && set.iter().map(client).collect::<BTreeSet<_>>().len() >= CLIENTS_MIN)
            };
            for (n, one) in answers.iter().enumerate() {
                prop_assert!(safe(one));
                for other in &answers[..n] {
                    let common: BTreeSet<_> = one & other;
                    for found in [one - other, other - one, common] {
                        prop_assert!(safe(&found), "{:?}", found);
                        if let Some(third) = answers.get(n / 2) {
                            prop_assert!(safe(&(&found - third)));
                        }
                    }
                }
            }
        }
    }
}
