//! `undertone replay` through the front door: its JSON, its table, and what it refuses.

use std::fs;

use super::run::{Desk, Ran};

const FILES: [&str; 4] = ["sites.csv", "fixes.jsonl", "plan.csv", "history.csv"];
const ARGUMENTS: [&str; 8] =
    ["--sites", "sites.csv", "--fixes", "fixes.jsonl", "--plan", "plan.csv", "--history", "history.csv"];

fn fixture(name: &str) -> String {
    fs::read_to_string(format!("{}/tests/fixtures/visits/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A folder with the made-up day.
fn desk() -> Desk {
    let desk = Desk::new();
    for name in FILES {
        desk.put(name, fixture(name).as_bytes());
    }
    desk
}

fn replay(desk: &Desk, more: &[&str]) -> Ran {
    desk.replay(&[&ARGUMENTS, more].concat())
}

#[test]
fn a_day_gives_its_visits_in_the_promised_json() {
    let ran = replay(&desk(), &["--json"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let keys = [
        "device",
        "arrive_ms",
        "leave_ms",
        "site_id",
        "confidence",
        "flags",
        "provisional_ms",
        "confirmed_ms",
    ];
    let first = ran.out.lines().next().unwrap();
    let places: Vec<_> = keys.iter().map(|key| first.find(&format!("\"{key}\":"))).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{first}");
    let visits = ran.json();
    let truth = fixture("truth.csv");
    let mut right = 0;
    for row in truth.lines().skip(1) {
        let cells: Vec<_> = row.split(',').collect();
        let ms = |cell: usize| cells[cell].parse::<i64>().unwrap();
        right += usize::from(visits.iter().any(|visit| {
            let both = visit["leave_ms"].as_i64().unwrap().min(ms(2))
                - visit["arrive_ms"].as_i64().unwrap().max(ms(1));
            visit["site_id"] == cells[0] && 2 * both > ms(2) - ms(1)
        }));
    }
    assert_eq!((right, truth.lines().count() - 1), (7, 7), "{}", ran.out);
    assert_eq!(visits.iter().filter(|visit| !visit["site_id"].is_null()).count(), 7, "{}", ran.out);
    let live =
        |visit: &&serde_json::Value| visit["confirmed_ms"].as_i64() >= visit["provisional_ms"].as_i64();
    assert!(visits.iter().filter(|visit| !visit["confirmed_ms"].is_null()).all(|visit| live(&visit)));
}

#[test]
fn the_order_and_the_repetition_of_lines_change_nothing() {
    let desk = desk();
    let want = replay(&desk, &["--json"]).out;
    let fixes = fixture("fixes.jsonl");
    let backwards: Vec<_> = fixes.lines().rev().chain(fixes.lines()).collect();
    desk.put("fixes.jsonl", backwards.join("\n").as_bytes());
    assert_eq!(replay(&desk, &["--json"]).out, want);
}

#[test]
fn people_get_a_table() {
    let ran = replay(&desk(), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.contains("arrived (UTC)") && ran.out.contains("7 visits, "), "{}", ran.out);
}

#[test]
fn without_sites_a_stop_has_none() {
    let desk = desk();
    desk.put("sites.csv", b"site_id,name,lat,lon,datum,radius_m\n");
    let visits = replay(&desk, &["--json"]).json();
    assert!(visits.len() >= 7 && visits.iter().all(|visit| visit["site_id"].is_null()));
}

#[track_caller]
fn check(file: &str, text: &str, want: &str) {
    let desk = desk();
    desk.put(file, text.as_bytes());
    let ran = replay(&desk, &["--json"]);
    let sentence = ran.sentence(1);
    assert!(sentence.contains(want), "{sentence}");
    assert_eq!(ran.out, "", "nothing is half-printed");
}

#[test]
fn a_bad_file_is_named_with_line_value_and_rule() {
    let fixes = fixture("fixes.jsonl");
    check("fixes.jsonl", &format!("{fixes}{{\"device\":1}}\n"), "fixes.jsonl, line 280: ");
    check("fixes.jsonl", "not json\n", "fixes.jsonl, line 1: ");
    let swapped = fixes.lines().next().unwrap().replace("\"lat\":31", "\"lat\":131");
    check("fixes.jsonl", &swapped, "is not from -90 to 90 degrees");
    check("sites.csv", "site_id,name\n", "sites.csv, the header lacks the column `lat`");
    check(
        "sites.csv",
        "site_id,name,lat,lon,datum,radius_m\nA,,31,x,wgs84,50\n",
        "sites.csv, line 2: lon `x`",
    );
    check(
        "plan.csv",
        "device,site_id,appointment_ms\nrep,A,noon\n",
        "plan.csv, line 2: appointment_ms `noon`",
    );
    check(
        "history.csv",
        "device,site_id,arrive_ms,leave_ms\nrep,A,1790553600000,1790553500000\n",
        "history.csv, line 2: leave_ms 1790553500000 is before arrive_ms",
    );
    check("history.csv", "", "history.csv, it is empty");
}

#[test]
fn what_is_missing_is_said() {
    let ran = Desk::new().replay(&["--sites", "sites.csv", "--fixes", "fixes.jsonl"]);
    assert!(ran.sentence(1).contains("sites.csv cannot be read"), "{}", ran.err);
    assert_eq!(Desk::new().replay(&["--sites", "sites.csv"]).code, Some(2));
}
