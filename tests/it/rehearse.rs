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

const SHORT: &str = r#"
version = 1
name = "short"
[[rule]]
id = "long-silence-of-the-client"
side = "rep"
kind = "monologue"
level = "quiet"
budget = "client"
priority = 1
cool_down_s = 0
when = "rep.held_s >= 40"
say.zh = "问一个问题"
say.en = "Ask a question"
why.zh = "已讲 {rep.held_s} 秒"
why.en = "{rep.held_s} s"
source = "a test"
"#;

/// A second of speech.
fn spoken(channel: &str, start_ms: u64) -> String {
    let tick = TICK.replace("20000", &start_ms.to_string()).replace("21103", &(start_ms + 1000).to_string());
    tick.replace("\"rep\"", &format!("\"{channel}\"")).replace("\"speech_ms\":0", "\"speech_ms\":1000")
}

/// Six answers and a minute of the client's speech; then the rep goes on and on.
fn talkative() -> String {
    let event = |rx_ms: u64, kind: &str, channel: &str, at_ms: u64| {
        format!(r#"{{"rx_ms":{rx_ms},"type":"{kind}","channel":"{channel}","at_ms":{at_ms}}}"#)
    };
    let mut lines = Vec::new();
    for turn in 0..8 {
        let from_ms = turn * 14_000;
        lines.push(event(from_ms + 100, "speech_start", "rep", from_ms));
        lines.push(event(from_ms + 3200, "speech_end", "rep", from_ms + 3000));
        lines.push(event(from_ms + 3400, "speech_start", "client", from_ms + 3300));
        lines.extend((4..13).map(|second| spoken("client", from_ms + second * 1000)));
        lines.push(event(from_ms + 13_100, "speech_end", "client", from_ms + 13_000));
    }
    lines.push(event(112_100, "speech_start", "rep", 112_000));
    lines.extend((113..160).map(|second| spoken("rep", second * 1000)));
    lines.join("\n")
}

#[test]
fn another_playbook_takes_the_place_of_the_built_in_one() {
    let desk = Desk::new();
    desk.put("call.jsonl", talkative().as_bytes());
    desk.put("short.toml", SHORT.as_bytes());
    let ran = desk.rehearse(&["--json", "--lang", "en", "--playbook", "short.toml", "call.jsonl"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let hints = r#""hints":[{"at_ms":152000,"rule":"long-silence-of-the-client","side":"rep","kind":"monologue","text":"Ask a question","drivers":["40 s"]}]"#;
    assert!(ran.out.contains(hints), "{}", ran.out);
    assert!(desk.rehearse(&["--json", "call.jsonl"]).out.contains(r#""hints":[]"#), "90 s are not over");
}

#[test]
fn a_playbook_with_faults_is_refused_with_a_sentence_for_each() {
    let desk = Desk::new();
    desk.put("call.jsonl", talkative().as_bytes());
    desk.put(
        "bad.toml",
        SHORT.replace("rep.held_s >=", "rep.held >=").replace("priority = 1", "").as_bytes(),
    );
    let ran = desk.rehearse(&["--json", "--playbook", "bad.toml", "call.jsonl"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    let want = [
        "bad.toml, line 4: rule `long-silence-of-the-client` needs `priority`",
        "bad.toml, line 12: rule `long-silence-of-the-client`, when, line 1, column 1: there is no `rep.held`; did you mean `rep.held_s`?",
    ];
    assert!(want.iter().all(|sentence| ran.err.contains(sentence)), "{}", ran.err);
    let ran = desk.rehearse(&["--json", "--playbook", "none.toml", "call.jsonl"]);
    assert!(ran.sentence(1).contains("the playbook none.toml cannot be read"), "{}", ran.err);
}
