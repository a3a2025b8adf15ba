//! The house rules as a test: who may use whom, who may name what, and how long things are.
//!
//! It reads the sources as text. A re-export could smuggle a name past it; a review must not.
#![allow(clippy::unwrap_used)] // a test that cannot go on should stop

mod circles;

use std::fs;
use std::path::{Path, PathBuf};

use circles::circles;

/// Data flows down this list. A module may use the rows above its own, never its neighbours.
const ROWS: &[&[&str]] = &[
    &["units"],
    &["observations", "tickets", "conditions", "images", "sheets"],
    &["signals", "fixes", "sites", "people", "calls", "audit", "revisions", "dates"],
    &["records", "hints", "visits"],
    &["customers"],
    &["orders", "memos"],
    &["automations", "insight"],
    &["store", "notify", "fleet"],
    &["live"],
    &["api"],
    &["ear"],
    &["app"],
    &["lib", "main"],
];

/// The first row that may touch the world; what lies above is pure.
const WORLD: usize = 7;
const WORLDLY: [&str; 9] =
    ["axum", "cpal", "rusqlite", "tokio", "std::fs", "std::net", "SystemTime", "Instant::now", "std::thread"];

/// The ear stands beside the rows and uses only these.
const EAR_USES: [&str; 3] = ["units", "observations", "tickets"];

/// Sound stops here: nobody else may even name the ear or what it holds.
const HEARS: [&str; 4] = ["ear", "app", "lib", "main"];
const SOUND: [&str; 5] = ["Frame::", "FRAME_SAMPLES", "[f32;", "&[i16]", "Vec<i16>"];

/// The rows whose types the web never sees as they are.
const NOT_SERIALISED: std::ops::RangeInclusive<usize> = 2..=6;

/// Where `unsafe` may stand: locking, wiping and the walls.
const UNSAFE: [&str; 2] = ["src/ear/frames/", "src/ear/sandbox/"];

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn the_house_is_tidy() {
    let faults: Vec<_> = rust_files(Path::new("src"))
        .iter()
        .flat_map(|path| faults(path.to_str().unwrap(), &fs::read_to_string(path).unwrap()))
        .collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_files_need_one_another() {
    let files = rust_files(Path::new("src")).into_iter().map(|path| path.to_str().unwrap().to_owned());
    let files = files.filter(|path| !is_test(path) && path != "src/main.rs");
    let found = circles(
        files.map(|path| (fs::read_to_string(&path).unwrap(), path)).map(|(text, path)| (path, text)),
    );
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn circles_are_found_through_what_is_handed_on_and_through_modules() {
    let found = |files: &[(&str, &str)]| {
        circles(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())))
    };
    let one = found(&[
        ("src/a/mod.rs", "pub mod b;\nmod c;\npub use b::{B as Other, d};\npub fn shared() {}"),
        ("src/a/b.rs", "use crate::e::{self, E};\nuse super::shared;\npub struct B;\nfn f() { e::g() }"),
        ("src/a/c.rs", "use super::shared;\n// crate::e::E\nfn f() { let _ = \"crate::e::E\"; }"),
        ("src/e.rs", "use crate::a::Other;\npub struct E;\npub fn g() {}"),
    ]);
    assert_eq!(
        one,
        [
            "src/a/b.rs, src/e.rs need one another in a circle:\n    src/a/b.rs takes E, e, g from src/e.rs\n    \
          src/e.rs takes Other from src/a/b.rs"
        ]
    );
    let none = found(&[
        ("src/a.rs", "use crate::b::x;"),
        ("src/b.rs", "pub fn x() {}\n#[cfg(test)]\nuse crate::a;"),
    ]);
    assert_eq!(none, [""; 0], "tests may use what uses them");
}

/// A planted violation must give exactly the fault that names it.
#[track_caller]
fn check(path: &str, text: &str, want: &str) {
    let found = faults(path, text);
    assert!(found.len() == 1 && found[0].contains(want), "{path}: wanted `{want}`, found {found:?}");
}

#[test]
fn nobody_else_may_hear() {
    check("src/signals/x.rs", "use crate::ear::listener::Listener;", "`signals` may not use `ear`");
    check("src/api/x.rs", "use crate::ear::clock::unix_ms;", "`api` may not use `ear`");
    check("src/live/x.rs", "fn f(sound: [f32; 160]) {}", "`live` may not name sound");
    check("src/ear/x.rs", "use crate::signals::window::Window;", "the ear may not use `signals`");
    check("src/ear/frames/mod.rs", "#[derive(Debug)]\npub struct Frame {", "a frame may not derive");
    check("src/ear/frames/mod.rs", "impl Serialize for Frame {", "a frame may not implement `Serialize`");
    assert_eq!(faults("src/app/x.rs", "use crate::ear::clock::unix_ms;"), [""; 0]);
}

#[test]
fn rows_use_only_the_rows_above() {
    check("src/observations/x.rs", "use crate::tickets::Key;", "`observations` may not use `tickets`");
    check("src/units/x.rs", "use crate::signals::x;", "`units` may not use `signals`");
    check("src/live/x.rs", "use crate::api::views::CallView;", "`live` may not use `api`");
    check("src/live/x.rs", "use crate::{calls, units};", "name one module");
    check("src/calls/x.rs", "use super::super::units::CallId;", "climbs out of its module");
    check("src/novelty/x.rs", "", "has no row");
}

#[test]
fn the_rows_above_the_world_are_pure() {
    check("src/signals/x.rs", "use tokio::sync::watch;", "`signals` is pure and may not use `tokio`");
    check("src/calls/x.rs", "let now = SystemTime::now();", "may not use `SystemTime`");
    check("src/ear/features/x.rs", "std::fs::read(path);", "`ear/features` is pure");
    assert_eq!(faults("src/live/x.rs", "use tokio::sync::watch;"), [""; 0]);
}

#[test]
fn borders_keep_their_words() {
    check("src/calls/x.rs", "#[derive(Serialize)]", "do not serialise");
    check("src/live/x.rs", "use axum::Router;", "HTTP only in");
    check("src/live/x.rs", "rusqlite::Connection::open", "SQL only in");
}

#[test]
fn code_is_safe_and_short() {
    check("src/live/x.rs", "unsafe { go() }", "`unsafe`");
    check("src/live/x.rs", "let x = y.unwrap();", "`unwrap`");
    check("src/live/x.rs", "todo!()", "unfinished");
    check("src/live/x.rs", &"\n".repeat(401), "401 lines");
    let long = format!("fn long() {{\n{}}}\n", "    go();\n".repeat(69));
    check("src/live/x.rs", &long, "function of 71 lines");
    let tested = format!("fn ok() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}", "x.unwrap();\n".repeat(500));
    assert_eq!(faults("src/live/x.rs", &tested), [""; 0], "tests may be long and stop");
    assert_eq!(faults("src/live/x/tests.rs", "x.unwrap();"), [""; 0], "in a file of their own too");
    assert_eq!(faults("src/live/x/tests/y.rs", "x.unwrap();"), [""; 0], "and in several");
}

fn faults(path: &str, text: &str) -> Vec<String> {
    // Tests that fill a file of their own are declared under `#[cfg(test)]`.
    let body = if is_test(path) { "" } else { text.split("#[cfg(test)]").next().unwrap() };
    let mut faults = Vec::new();
    let home = path.split('/').nth(1).unwrap().trim_end_matches(".rs");
    match row(home) {
        Some(row) => check_lines(path, home, row, body, &mut faults),
        None => faults.push(format!("{path}: `{home}` has no row; add it to ROWS")),
    }
    check_lengths(path, body, &mut faults);
    if path.starts_with("src/ear/frames/") {
        check_frame(path, body, &mut faults);
    }
    faults
}

fn check_lines(path: &str, home: &str, home_row: usize, body: &str, faults: &mut Vec<String>) {
    for (number, line) in (1..).zip(body.lines()) {
        let code = line.split("//").next().unwrap();
        let mut fault = |what: String| faults.push(format!("{path}:{number}: {what}"));
        check_uses(home, home_row, code, &mut fault);
        check_words(path, home, home_row, code, &mut fault);
    }
}

fn check_uses(home: &str, home_row: usize, code: &str, fault: &mut impl FnMut(String)) {
    if code.contains("crate::{") {
        fault("name one module per `use crate::`".into());
    }
    if code.contains("super::super") {
        fault("`super::super` climbs out of its module; write `crate::`".into());
    }
    for used in code.split("crate::").skip(1) {
        let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
        let Some(used_row) = row(used) else { continue };
        if home == "ear" && used != "ear" && !EAR_USES.contains(&used) {
            fault(format!("the ear may not use `{used}`"));
        } else if used != home && used_row >= home_row || used == "ear" && !HEARS.contains(&home) {
            fault(format!("`{home}` may not use `{used}`"));
        }
    }
}

fn check_words(path: &str, home: &str, home_row: usize, code: &str, fault: &mut impl FnMut(String)) {
    if !HEARS.contains(&home) && SOUND.iter().any(|word| code.contains(word)) {
        fault(format!("`{home}` may not name sound"));
    }
    let features = path.starts_with("src/ear/features/");
    if home_row < WORLD || features {
        let home = if features { "ear/features" } else { home };
        if let Some(word) = WORLDLY.iter().find(|word| code.contains(**word)) {
            fault(format!("`{home}` is pure and may not use `{word}`"));
        }
    } else if code.contains("axum::") && !["api", "app"].contains(&home) && !path.starts_with("src/ear/") {
        fault("HTTP only in `api` and `ear/sources`".into());
    } else if code.contains("rusqlite") && home != "store" {
        fault("SQL only in `store`".into());
    }
    if NOT_SERIALISED.contains(&home_row) && (code.contains("Serialize") || code.contains("serde::")) {
        fault("domain types do not serialise: views live in `api`, rows in `store`".into());
    }
    let is_unsafe = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
    if is_unsafe && !UNSAFE.iter().any(|folder| path.starts_with(folder)) {
        fault("`unsafe` stands only where sound is locked or walled in".into());
    }
    if code.contains(".unwrap()") {
        fault("`unwrap` only in tests: say with `expect` why it cannot fail, or return the error".into());
    }
    if ["todo!(", "unimplemented!("].iter().any(|word| code.contains(word)) {
        fault("unfinished work".into());
    }
}

fn check_frame(path: &str, body: &str, faults: &mut Vec<String>) {
    let lines: Vec<_> = body.lines().collect();
    for pair in lines.windows(2) {
        if pair[0].contains("#[derive") && pair[1].contains("struct Frame ") {
            faults.push(format!("{path}: a frame may not derive anything"));
        }
    }
    for line in lines.iter().filter(|line| line.starts_with("impl") && line.contains(" for Frame ")) {
        for word in ["Serialize", "Debug", "Display", "Clone"] {
            if line.contains(word) {
                faults.push(format!("{path}: a frame may not implement `{word}`"));
            }
        }
    }
}

fn check_lengths(path: &str, body: &str, faults: &mut Vec<String>) {
    let lines: Vec<_> = body.lines().collect();
    if lines.len() > FILE_LINES_MAX {
        faults.push(format!("{path}: {} lines", lines.len()));
    }
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let opens = line.contains("fn ") && !line.trim_start().starts_with("//") && line.ends_with('{');
        let close = format!("{}}}", " ".repeat(indent));
        let length = lines[start..].iter().position(|line| *line == close).unwrap_or(0) + 1;
        if opens && length > FUNCTION_LINES_MAX {
            faults.push(format!("{path}:{}: function of {length} lines", start + 1));
        }
    }
}

/// Tests that fill files of their own.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

fn row(module: &str) -> Option<usize> {
    ROWS.iter().position(|row| row.contains(&module))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] }).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "rs"));
    files.sort();
    files
}
