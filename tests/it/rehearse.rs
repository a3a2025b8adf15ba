//! `undertone rehearse` through the front door: its JSON, and what it refuses.

use super::run::Desk;

const START: &str = r#"{"rx_ms":1020,"type":"speech_start","channel":"client","at_ms":880}"#;
const TICK: &str = r#"{"rx_ms":21103,"type":"tick","channel":"rep","start_ms":20000,"span_ms":1000,"speech_ms":0,"voiced_ms":0,"nuclei":0,"filled_ms":0,"pitch":[],"speech_energy":0,"noise_energy":1.98e-06,"clipped_ms":0,"dropped_ms":0}"#;

#[test]
fn a_stream_gives_one_line_of_the_promised_json() {
    let desk = Desk::new();
    desk.put("call-1.jsonl", format!("{START}\n{TICK}\n").as_bytes());
    let ran = desk.rehearse(&["--json", "call-1.jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let want = r#"{"file":"call-1","seconds":21.0,"hints":[],"objections":[],"reserve":[{"at_ms":5000,"share":null},{"at_ms":10000,"share":null},{"at_ms":15000,"share":null},{"at_ms":20000,"share":null}]}"#;
    assert_eq!(ran.out.trim_end(), want);
}

#[test]
fn a_bad_line_is_named_and_nothing_is_half_printed() {
    let desk = Desk::new();
    desk.put("good.jsonl", format!("{START}\n{TICK}\n").as_bytes());
    desk.put("bad.jsonl", format!("{TICK}\n\n{START}\n").as_bytes());
    let ran = desk.rehearse(&["--json", "good.jsonl", "bad.jsonl"]);
    let sentence = ran.sentence(1);
    assert!(sentence.contains("bad.jsonl, line 3: rx_ms 1020 comes after 21103"), "{sentence}");
    assert_eq!(ran.out, "");
    assert!(desk.rehearse(&["--json", "missing.jsonl"]).sentence(1).contains("missing.jsonl cannot be read"));
}

#[test]
fn only_the_built_in_playbook_exists_yet() {
    let ran = Desk::new().rehearse(&["--playbook", "mine.toml", "--json", "x.jsonl"]);
    assert!(ran.sentence(2).contains("only the built-in playbook exists yet"), "{}", ran.err);
}
