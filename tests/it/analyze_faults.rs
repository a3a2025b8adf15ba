//! Bad input to `undertone analyze`: one clear sentence, the right exit code, and nothing half-written.

use super::run::{Desk, demo_wav};
use super::wav::{self, Header, MONO_16};

/// Refused, in one sentence that holds this; nothing is printed or written.
#[track_caller]
fn refused(name: &str, bytes: &[u8], says: &str) {
    let desk = Desk::new();
    desk.put(name, bytes);
    let ran = desk.analyze(&["--json", "--frames", "f.tsv", "--segments", "s.tsv", name]);
    let sentence = ran.sentence(1);
    assert!(sentence.starts_with(&format!("undertone: {name}: ")) && sentence.contains(says), "{sentence}");
    assert_eq!((ran.out.as_str(), desk.names()), ("", vec![name.to_owned()]));
}

#[test]
fn hostile_headers_are_named() {
    let data = [0; 3200];
    let bad = |header| wav::file(header, &data);
    refused("none.wav", &bad(Header { channels: 0, ..MONO_16 }), "0 channels");
    refused("crowd.wav", &bad(Header { channels: 64, ..MONO_16 }), "64 channels");
    refused("horde.wav", &bad(Header { channels: u16::MAX, ..MONO_16 }), "65535 channels");
    refused("still.wav", &bad(Header { rate_hz: 0, ..MONO_16 }), "0 samples a second");
    refused("slow.wav", &bad(Header { rate_hz: 1, ..MONO_16 }), "1 samples a second");
    refused("fast.wav", &bad(Header { rate_hz: u32::MAX, ..MONO_16 }), "4294967295 samples a second");
    refused("odd.wav", &bad(Header { bits: 7, ..MONO_16 }), "7 bits");
    refused("new.wav", &bad(Header { format: 99, ..MONO_16 }), "cannot be decoded");
}

#[test]
fn what_is_no_sound_is_named() {
    refused("nothing.wav", b"", "it is empty");
    refused("hollow.wav", &wav::file(MONO_16, b""), "no sound");
    refused("letter.wav", &b"Dear client, ".repeat(1000), "it is not WAV, FLAC, MP3, OGG");
    refused("stub.wav", b"RIFF", "it is not WAV, FLAC, MP3, OGG");
    refused("junk.flac", &[b"fLaC".as_slice(), &[0x5a; 5000]].concat(), "decoded");
    refused("junk.ogg", &[b"OggS".as_slice(), &[0x5a; 5000]].concat(), "decoded");
    refused("junk.mp3", &[b"\xff\xfb".as_slice(), &[0x5a; 5000]].concat(), "it is not WAV");
}

#[test]
fn missing_files_and_folders_are_named() {
    let desk = Desk::new();
    assert!(desk.analyze(&["gone.wav"]).sentence(1).ends_with("there is no such file: check the path"));
    assert!(desk.analyze(&["."]).sentence(1).contains("it is a folder"));
    assert!(desk.analyze_stdin(&["-"], b"fLaC").sentence(1).contains("only WAV can be read"));
    assert!(desk.analyze_stdin(&["-"], b"").sentence(1).contains("it is empty"));
}

#[test]
fn wrong_usage_exits_with_two() {
    let desk = Desk::new();
    desk.put("a.wav", &demo_wav(1));
    std::fs::create_dir(desk.path().join("b")).unwrap();
    desk.put("b/a.wav", &demo_wav(1));
    let usage = |arguments: &[&str]| {
        let ran = desk.analyze(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{}", ran.err);
        ran.err
    };
    assert!(usage(&[]).contains("FILE"));
    assert!(usage(&["--layout", "stereo", "a.wav"]).contains("use mono, shared, rep-left or rep-right"));
    assert!(usage(&["--tier", "best", "a.wav"]).contains("possible values: fast, quality"));
    let clash = usage(&["--frames", "out", "a.wav", "b/a.wav"]);
    assert!(clash.contains("a.wav and b/a.wav would both be written to out/a.tsv"), "{clash}");
    assert!(usage(&["--frames", "x.tsv", "--segments", "x.tsv", "a.wav"]).contains("name two places"));
    assert!(usage(&["--frames", "a.wav", "a.wav"]).contains("would be overwritten"));
    assert!(usage(&["--frames", "a.wav", "b/a.wav", "a.wav"]).contains("name a folder"));
    assert_eq!(desk.names(), ["a.wav", "b"]);
}

#[test]
fn a_layout_of_two_sides_needs_two_channels() {
    let desk = Desk::new();
    desk.put("mono.wav", &wav::file(MONO_16, &[0; 3200]));
    assert!(desk.analyze(&["--layout", "rep-left", "mono.wav"]).sentence(1).contains("needs 2 channels"));
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let desk = Desk::new();
    desk.put("a.wav", &demo_wav(1));
    desk.put("b.wav", b"no sound");
    desk.put("c.wav", &demo_wav(1));
    let ran = desk.analyze(&["--json", "--frames", "out", "a.wav", "b.wav", "c.wav"]);
    assert!(ran.sentence(1).starts_with("undertone: b.wav: "));
    let files: Vec<_> = ran.json().iter().map(|json| json["file"].clone()).collect();
    assert_eq!(files, ["a.wav", "c.wav"]);
    let mut written: Vec<_> =
        std::fs::read_dir(desk.path().join("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    written.sort();
    assert_eq!(written, ["a.tsv", "c.tsv"]);
}

#[test]
fn a_file_cut_short_is_analysed_as_far_as_it_goes() {
    let desk = Desk::new();
    let bytes = demo_wav(8);
    desk.put("cut.wav", &bytes[..bytes.len() / 2 + 1]);
    let ran = desk.analyze(&["--json", "cut.wav"]);
    assert!(ran.sentence(0).contains("ends early: 4.0 s of the 8.0 s"), "{}", ran.err);
    assert_eq!(ran.json()[0]["seconds"], 4.0);
}

#[test]
fn a_promise_of_hours_costs_nothing() {
    let desk = Desk::new();
    let header = Header { data_bytes: Some(0x7000_0000), ..MONO_16 };
    desk.put("boast.wav", &wav::file(header, &[0; 32_000]));
    let ran = desk.analyze(&["--json", "boast.wav"]);
    assert!(ran.sentence(0).contains("1.0 s of the 58720.3 s"), "{}", ran.err);
}

#[test]
fn numbers_that_are_none_are_silence() {
    let desk = Desk::new();
    for (name, value) in [("nan.wav", f32::NAN), ("inf.wav", f32::INFINITY), ("loud.wav", 1e30)] {
        let data = value.to_le_bytes().repeat(16_000);
        desk.put(name, &wav::file(Header { format: 3, bits: 32, ..MONO_16 }, &data));
        let ran = desk.analyze(&["--json", "--frames", "f.tsv", name]);
        assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{name}");
        assert_eq!(ran.json()[0]["seconds"], 1.0);
        assert!(!desk.read("f.tsv").contains("NaN") && !desk.read("f.tsv").contains("inf"), "{name}");
    }
}

#[test]
fn an_out_that_cannot_be_written_is_named_and_nothing_is_left() {
    let desk = Desk::new();
    desk.put("a.wav", &demo_wav(1));
    let ran = desk.analyze(&["--json", "--frames", "no/such/folder.tsv", "a.wav"]);
    assert!(ran.sentence(1).contains("OUT no/such/folder.tsv cannot be written"), "{}", ran.err);
    assert_eq!((ran.out.as_str(), desk.names()), ("", vec!["a.wav".to_owned()]));
    // /proc takes no files, not even from root.
    let ran = desk.analyze(&["--json", "--frames", "f.tsv", "--segments", "/proc/s.tsv", "a.wav"]);
    assert!(ran.sentence(1).contains("OUT /proc/s.tsv cannot be written"), "{}", ran.err);
    assert_eq!((ran.out.as_str(), desk.names()), ("", vec!["a.wav".to_owned()]));
}

#[test]
fn a_device_takes_the_rows_and_stays_a_device() {
    use std::os::unix::fs::FileTypeExt;

    let desk = Desk::new();
    desk.put("a.wav", &demo_wav(1));
    assert_eq!(desk.analyze(&["--json", "--frames", "/dev/null", "a.wav"]).code, Some(0));
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    let full = desk.analyze(&["--json", "--frames", "/dev/full", "a.wav"]);
    assert!(full.sentence(1).contains("No space left"), "{}", full.err);
    assert_eq!(full.out, "");
}

#[test]
fn an_earlier_table_stays_whole_when_the_next_run_fails() {
    let desk = Desk::new();
    desk.put("f.tsv", b"earlier");
    desk.put("bad.wav", b"no sound");
    assert_eq!(desk.analyze(&["--frames", "f.tsv", "bad.wav"]).code, Some(1));
    assert_eq!(desk.read("f.tsv"), "earlier");
}
