//! What `undertone analyze` says of good files, and in which form.

use super::run::{Desk, demo_wav};
use super::wav::{self, Header, MONO_16};

const KEYS: &str = "file seconds talk_share_rep overlaps responses response_latency_median_s signals hints channels warnings";
const CHANNEL_KEYS: &str = "channel speech_s phonation_s floor_s nuclei speech_rate_hz articulation_rate_hz pauses \
    pauses_per_min mean_pause_s filled_pauses f0_median_hz f0_sd_st";

/// The keys of an object of JSON in the order of its text; nested objects are passed over.
fn keys(text: &str) -> String {
    let (mut keys, mut depth, mut parts) = (Vec::new(), 0, text.split('"'));
    while let Some(plain) = parts.next() {
        depth += plain.matches(['{', '[']).count();
        depth -= plain.matches(['}', ']']).count();
        let Some(quoted) = parts.next() else { break };
        let rest = text[quoted.as_ptr() as usize - text.as_ptr() as usize + quoted.len()..].get(1..2);
        if depth == 1 && rest == Some(":") {
            keys.push(quoted);
        }
    }
    keys.join(" ")
}

#[test]
fn json_has_the_promised_keys_in_the_promised_order() {
    let desk = Desk::new();
    desk.put("call.wav", &demo_wav(20));
    let ran = desk.analyze(&["--json", "call.wav"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(keys(&ran.out), KEYS);
    let channels = ran.out.split_once(r#""channels":["#).unwrap().1;
    let (first, second) = channels.split_once("},{").unwrap();
    assert_eq!(keys(&format!("{first}}}")), CHANNEL_KEYS);
    assert!(
        second.contains(r#""channel":"client""#) || second.starts_with(r#""channel":"client""#),
        "{second}"
    );

    let json = &ran.json()[0];
    assert_eq!((json["file"].as_str(), json["seconds"].as_f64()), (Some("call.wav"), Some(20.0)));
    assert_eq!((&json["signals"], &json["hints"]), (&serde_json::json!([]), &serde_json::json!([])));
    assert!(json["talk_share_rep"].as_f64().is_some_and(|share| share > 0.4 && share < 0.8), "{json}");
}

#[test]
fn one_microphone_gives_null_where_sides_would_be_needed() {
    let desk = Desk::new();
    desk.put("call.wav", &demo_wav(8));
    let json = &desk.analyze(&["--json", "--layout", "mono", "call.wav"]).json()[0];
    for key in ["talk_share_rep", "overlaps", "responses", "response_latency_median_s"] {
        assert!(json[key].is_null(), "{key}: {json}");
    }
    assert_eq!(json["channels"][0]["channel"], "mono");
    assert!(json["channels"][0]["nuclei"].as_u64() > Some(20), "{json}");
}

#[test]
fn the_layout_says_who_is_who_and_left_comes_first() {
    let desk = Desk::new();
    desk.put("call.wav", &demo_wav(8));
    let said = |layout| {
        let json = desk.analyze(&["--json", "--layout", layout, "call.wav"]).json().remove(0);
        let channels = json["channels"].as_array().unwrap().clone();
        (channels[0]["channel"].clone(), channels[0]["nuclei"].clone(), channels[1]["channel"].clone())
    };
    let (left, right) = (said("rep-left"), said("rep-right"));
    assert_eq!(
        (left.0, left.2, right.0, right.2),
        ("rep".into(), "client".into(), "client".into(), "rep".into())
    );
    assert_eq!(left.1, right.1);
}

#[test]
fn the_tables_have_the_documented_form() {
    let desk = Desk::new();
    desk.put("call.wav", &demo_wav(20));
    let ran = desk.analyze(&["--frames", "f.tsv", "--segments", "s.tsv", "--json", "call.wav"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert_eq!(desk.names(), ["call.wav", "f.tsv", "s.tsv"]);

    let frames = desk.read("f.tsv");
    assert_eq!(frames.lines().count(), 2 * 2000);
    for (n, row) in frames.lines().filter(|row| row.starts_with("rep\t")).enumerate() {
        let cells: Vec<f64> = row.split('\t').skip(1).map(|cell| cell.parse().unwrap()).collect();
        let [time_s, speech, f0_hz, level_db] = cells[..] else { panic!("{row}") };
        assert!((time_s - (n as f64 * 0.01 + 0.005)).abs() < 1e-6, "{row}");
        assert!((0.0..=1.0).contains(&speech) && (f0_hz == 0.0 || f0_hz > 40.0) && level_db <= 0.0, "{row}");
    }

    let segments = desk.read("s.tsv");
    let mut last_s = 0.0;
    for row in segments.lines() {
        let [channel, start, end, label] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
        let (start_s, end_s): (f64, f64) = (start.parse().unwrap(), end.parse().unwrap());
        assert!(start_s >= last_s && end_s >= start_s, "{row}");
        assert_eq!(label == "nucleus", start == end, "{row}");
        assert_eq!(channel == "both", label == "overlap", "{row}");
        last_s = start_s;
    }
    for label in ["speech", "pause", "filled", "nucleus", "overlap"] {
        assert!(segments.lines().any(|row| row.ends_with(&format!("\t{label}"))), "no {label}");
    }
}

#[test]
fn people_get_a_table_with_units_and_reasons() {
    let desk = Desk::new();
    desk.put("call.wav", &demo_wav(8));
    desk.put("hush.wav", &wav::file(MONO_16, &[0; 32_000]));
    let ran = desk.analyze(&["call.wav", "hush.wav"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let (call, hush) = ran.out.split_once("\n\n").unwrap();
    for part in
        ["call.wav  8.0 s  rep-left", "rep", "client", "share of all speech", " /s", " Hz", " st", " dB"]
    {
        assert!(call.contains(part), "no {part:?} in\n{call}");
    }
    assert!(hush.contains("hush.wav  1.0 s  mono") && hush.contains("—"), "{hush}");
    assert!(hush.contains("— less than 1 s of speech was heard"), "{hush}");
}

#[test]
fn a_line_that_was_mute_before_changes_nothing() {
    let desk = Desk::new();
    let said = demo_wav(8);
    let heard = |mute_ms: usize| {
        let pcm = [&vec![0; mute_ms * 64], &said[44..]].concat();
        desk.put("call.wav", &wav::file(Header { channels: 2, ..MONO_16 }, &pcm));
        let json = desk.analyze(&["--json", "call.wav"]).json().remove(0);
        [0, 1].map(|side: usize| json["channels"][side]["speech_s"].as_f64().unwrap())
    };
    let at_once = heard(0);
    // Not a whole number of frames, nor of the detector's blocks.
    for mute_ms in [504, 2_003, 6_001, 20_007] {
        let later = heard(mute_ms);
        for (before, after) in at_once.iter().zip(later) {
            assert!((before - after).abs() < 0.1, "{mute_ms} ms: {later:?} s of speech, {at_once:?} at once");
        }
    }
}

#[test]
fn standard_input_is_a_file_like_any_other() {
    let desk = Desk::new();
    let bytes = demo_wav(8);
    desk.put("call.wav", &bytes);
    let mut file = desk.analyze(&["--json", "call.wav"]).json().remove(0);
    let stdin = desk.analyze_stdin(&["--json", "-"], &bytes).json().remove(0);
    file["file"] = "-".into();
    assert_eq!(file, stdin);
}

#[test]
fn a_length_left_open_on_a_pipe_is_no_fault() {
    let desk = Desk::new();
    for data_bytes in [0, u32::MAX] {
        let header = Header { data_bytes: Some(data_bytes), ..MONO_16 };
        let ran = desk.analyze_stdin(&["--json", "-"], &wav::file(header, &[0; 64_000]));
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
        assert_eq!(ran.json()[0]["seconds"], 2.0);
    }
}

#[test]
fn many_files_are_told_in_their_order_with_rows_in_folders() {
    let desk = Desk::new();
    let names: Vec<_> = (0..9).map(|n| format!("call-{n}.wav")).collect();
    for (n, name) in names.iter().enumerate() {
        // The first takes longest.
        desk.put(name, &demo_wav(if n == 0 { 20 } else { 1 }));
    }
    let mut arguments = vec!["--json", "--frames", "frames", "--segments", "rows/segments"];
    arguments.extend(names.iter().map(String::as_str));
    let ran = desk.analyze(&arguments);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let told: Vec<_> = ran.json().iter().map(|json| json["file"].as_str().unwrap().to_owned()).collect();
    assert_eq!(told, names);
    for n in 0..9 {
        assert!(!desk.read(&format!("frames/call-{n}.tsv")).is_empty());
        assert!(!desk.read(&format!("rows/segments/call-{n}.tsv")).is_empty());
    }
}

#[test]
fn every_sample_format_says_the_same() {
    let desk = Desk::new();
    let pcm = demo_wav(8);
    let samples: Vec<f32> =
        pcm[44..].chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_768.0).collect();
    let stereo = Header { channels: 2, ..MONO_16 };
    let bytes =
        |each: &dyn Fn(f32) -> Vec<u8>| samples.iter().flat_map(|&sample| each(sample)).collect::<Vec<u8>>();
    let whole = |scale: f64, sample: f32| (f64::from(sample) * scale) as i32;
    desk.put("s16.wav", &pcm);
    let s24 = bytes(&|sample| whole(8_388_608.0, sample).to_le_bytes()[..3].to_vec());
    desk.put("s24.wav", &wav::file(Header { bits: 24, ..stereo }, &s24));
    let s32 = bytes(&|sample| whole(2_147_483_648.0, sample).to_le_bytes().to_vec());
    desk.put("s32.wav", &wav::file(Header { bits: 32, ..stereo }, &s32));
    let f32 = bytes(&|sample| sample.to_le_bytes().to_vec());
    desk.put("f32.wav", &wav::file(Header { format: 3, bits: 32, ..stereo }, &f32));
    let f64 = bytes(&|sample| f64::from(sample).to_le_bytes().to_vec());
    desk.put("f64.wav", &wav::file(Header { format: 3, bits: 64, ..stereo }, &f64));
    let ran = desk.analyze(&["--json", "s16.wav", "s24.wav", "s32.wav", "f32.wav", "f64.wav"]);
    let mut said = ran.json();
    said.iter_mut().for_each(|json| json["file"] = "".into());
    assert_eq!(said.len(), 5);
    assert!(said.iter().all(|json| *json == said[0]), "{said:#?}");
}

#[test]
fn the_packed_kinds_are_heard_like_the_plain_one() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
    let files =
        ["talk.flac", "talk.mp3", "talk.ogg", "talk_mulaw.wav"].map(|name| format!("{fixtures}/{name}"));
    let mut arguments = vec!["--json"];
    arguments.extend(files.iter().map(String::as_str));
    let ran = Desk::new().analyze(&arguments);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    for json in ran.json() {
        let nuclei = [0, 1].map(|side: usize| json["channels"][side]["nuclei"].as_u64().unwrap());
        assert!((3..=5).contains(&nuclei[0]) && (4..=6).contains(&nuclei[1]), "{json}");
        assert!((json["talk_share_rep"].as_f64().unwrap() - 0.4).abs() < 0.1, "{json}");
    }
}

#[test]
fn the_quality_tier_is_missed_in_one_sentence() {
    let desk = Desk::new();
    desk.put("call.wav", &demo_wav(1));
    let ran = desk.analyze(&["--json", "--tier", "quality", "call.wav"]);
    assert_eq!(ran.sentence(0), "undertone: the quality tier is not installed, so the fast tier is used");
    assert_eq!(ran.json().len(), 1);
}
