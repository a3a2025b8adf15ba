//! Rows as they lie in data folders, without a version and with one, read as what they say.

use serde_json::{Value, json};

use super::example::{OLD_MOMENTS, OLD_RECEIPT, OLD_SUMMARY};
use super::*;
use crate::units::Channel;

/// An old row without what is no figure, and with the version that it is read with.
fn figures(old: &str) -> Value {
    let mut old: Value = serde_json::from_str(old).unwrap();
    let old_row = old.as_object_mut().unwrap();
    for name in ["id", "layout", "state"] {
        old_row.remove(name);
    }
    old_row.insert("v".into(), json!(0));
    old
}

#[test]
fn a_summary_without_a_version_is_read() {
    let summary: StoredSummary = serde_json::from_str(OLD_SUMMARY).unwrap();
    assert_eq!(json!(summary), figures(OLD_SUMMARY), "every figure of it");
    let [rep, client] = &summary.sides[..] else { panic!("{summary:?}") };
    assert_eq!((summary.v, rep.channel, rep.snr_db), (Version(0), Channel::Rep, Some(23.4)));
    let no_sound = StoredMeasure { value: None, unknown: Some(StoredUnknown::NoSound) };
    assert_eq!((client.articulation_rate_hz, client.snr_db), (no_sound, None));
}

#[test]
fn a_receipt_without_a_version_is_read() {
    let receipt: StoredReceipt = serde_json::from_str(OLD_RECEIPT).unwrap();
    assert_eq!(json!(receipt), figures(OLD_RECEIPT), "every figure of it");
    assert_eq!(receipt.sandbox.level, StoredSandboxLevel::Degraded);
    let down = OLD_RECEIPT.replace("degraded", "down");
    let down: StoredReceipt = serde_json::from_str(&down).unwrap();
    assert_eq!(down.sandbox.level, StoredSandboxLevel::Down);
}

#[test]
fn each_kind_of_moment_without_a_version_is_read_and_told_as_ever() {
    for old in OLD_MOMENTS {
        let moment: StoredMoment = serde_json::from_str(old).unwrap();
        assert_eq!(json!(moment), figures(old), "every figure of it");
        let mut told: Value = serde_json::from_str(old).unwrap();
        told.as_object_mut().unwrap().remove("event");
        assert_eq!(moment.told().to_string(), told.to_string());
    }
}

#[test]
fn figures_of_a_later_program_are_refused_by_their_version() {
    let with = |v: u32| {
        let mut row = figures(OLD_SUMMARY);
        row["v"] = json!(v);
        serde_json::from_value::<StoredSummary>(row)
    };
    assert_eq!(with(1).unwrap().v, Version::NOW);
    let refused = with(2).unwrap_err().to_string();
    assert_eq!(refused, "figures have version 2, and this program reads up to 1: start a newer one");
}
