//! What was replayed -> lines of JSON whose keys are promised, or a table for people.

use std::fmt::Write;

use serde::Serialize;

use crate::fixes::{Doubt, Doubts};
use crate::sites::Sites;
use crate::visits::Visit;

use super::Day;

const DAY_MS: i64 = 24 * 3_600_000;

#[derive(Debug, Serialize)]
struct Line<'a> {
    device: &'a str,
    arrive_ms: i64,
    leave_ms: i64,
    site_id: Option<&'a str>,
    confidence: f64,
    flags: Vec<&'static str>,
    provisional_ms: i64,
    confirmed_ms: Option<i64>,
}

/// One object a visit, by device and time.
pub fn json(days: &[Day]) -> String {
    let mut text = String::new();
    for (day, visit) in days.iter().flat_map(|day| day.visits.iter().map(move |visit| (day, visit))) {
        let line = Line {
            device: &day.device,
            arrive_ms: visit.arrive_ms,
            leave_ms: visit.leave_ms,
            site_id: visit.site.as_deref(),
            confidence: (visit.confidence * 10_000.0).round() / 10_000.0,
            flags: visit.flag.iter().map(|flag| flag.name()).collect(),
            provisional_ms: visit.provisional_ms,
            confirmed_ms: visit.confirmed_ms,
        };
        text.push_str(&serde_json::to_string(&line).expect("texts and numbers are always JSON"));
        text.push('\n');
    }
    text
}

/// A table with one block a device.
pub fn table(days: &[Day], sites: &Sites) -> String {
    let mut text = String::new();
    let mut doubts = Doubts::default();
    for day in days {
        let _ = writeln!(text, "{}", day.device);
        let _ =
            writeln!(text, "  {:<16}  {:<5}  {:>7}  {:>6}  at", "arrived (UTC)", "left", "stayed", "sure");
        for visit in &day.visits {
            let minutes = (visit.leave_ms - visit.arrive_ms + 30_000) / 60_000;
            let _ = writeln!(
                text,
                "  {}  {}  {minutes:>3} min  {:>4.0} %  {}{}",
                minute(visit.arrive_ms),
                &minute(visit.leave_ms)[11..],
                visit.confidence * 100.0,
                place(visit, sites),
                visit.flag.map_or(String::new(), |flag| format!("  [{}]", flag.name())),
            );
        }
        doubts = doubts.plus(&day.doubts);
    }
    let visits: Vec<_> = days.iter().flat_map(|day| &day.visits).collect();
    let checked_in = visits.iter().filter(|visit| visit.flag.is_none() && visit.site.is_some()).count();
    let _ = writeln!(
        text,
        "{checked_in} visits, {} other stays, {} devices",
        visits.len() - checked_in,
        days.len()
    );
    for (doubt, count) in doubts.raised() {
        let _ = writeln!(text, "  — {count} fixes {}", why(doubt));
    }
    text
}

fn place(visit: &Visit, sites: &Sites) -> String {
    let Some(id) = &visit.site else { return "no known client".to_owned() };
    let site = sites.index_of(id).map(|index| sites.at(index));
    let Some(site) = site.filter(|site| !site.name.is_empty()) else { return id.to_string() };
    let within = [("floor", &site.floor), ("suite", &site.suite)];
    let within: String = within
        .iter()
        .filter_map(|(word, value)| value.as_ref().map(|value| format!(", {word} {value}")))
        .collect();
    format!("{} ({id}){within}", site.name)
}

fn why(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::Mock => "are simulated, as the device says itself",
        Doubt::Frozen => "only repeat the one before",
        Doubt::Teleport => "leapt away and back",
        Doubt::Clock => "come from a clock that is more than 5 minutes off; their times are corrected",
        Doubt::Future => "were measured after they arrived",
        Doubt::NullIsland => "lie at 0° N, 0° E",
        Doubt::Absurd => "have numbers that mean nothing",
    }
}

/// An instant as `2026-09-28 01:10`, UTC.
fn minute(ms: i64) -> String {
    let (mut days, minutes) = (ms.div_euclid(DAY_MS), ms.rem_euclid(DAY_MS) / 60_000);
    let mut year = 1970;
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    while days >= 365 + i64::from(leap(year)) {
        days -= 365 + i64::from(leap(year));
        year += 1;
    }
    let february = 28 + i64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02} {:02}:{:02}", days + 1, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_read_as_dates() {
        for (ms, want) in [
            (946_684_800_000, "2000-01-01 00:00"),
            (1_709_164_800_000, "2024-02-29 00:00"),
            (1_790_553_660_000, "2026-09-28 00:01"),
            (1_798_761_540_000, "2026-12-31 23:59"),
        ] {
            assert_eq!(minute(ms), want);
        }
    }
}
