//! A file sent through the WebSocket and the same file through `analyze` are measured alike, observation by observation.

use serde_json::{Value, json};
use undertone::ear::listener::{Heard, Listener};
use undertone::ear::sources::demo::{CHANNELS, Demo};
use undertone::ear::sources::files::{Piece, Source};
use undertone::observations::{Layout, Observation};

use super::appliance::{Appliance, connect, hear_close, say, send};
use super::run::Desk;
use super::wav::{self, Header, MONO_16};

/// What a file's observations look like on the live stream.
fn of_file(path: &std::path::Path, layout: Layout) -> Vec<(String, Value)> {
    let mut source = Source::open(path).unwrap();
    let mut listener = Listener::new(layout, source.channels(), source.rate_hz(), 0).unwrap();
    let mut seen = Vec::new();
    let mut hear = |heard: Heard| {
        if let Heard::Observation(observation) = heard {
            seen.push(shown(&observation));
        }
    };
    while let Some(piece) = source.next_piece() {
        match piece {
            Piece::Samples(samples) => listener.push(samples, &mut hear),
            Piece::Lost { ms } => listener.drop_ms(ms, &mut hear),
        }
    }
    listener.finish(&mut hear);
    seen
}

fn shown(observation: &Observation) -> (String, Value) {
    let event = |value| ("event".to_owned(), value);
    match *observation {
        Observation::Tick(ref tick) => {
            let fields = json!([
                tick.channel.name(),
                tick.start_ms,
                tick.span_ms,
                tick.speech_ms,
                tick.voiced_ms,
                tick.nuclei,
                tick.clipped_ms,
                tick.dropped_ms
            ]);
            ("tick".to_owned(), fields)
        }
        Observation::SpeechStart { channel, at_ms } => event(json!(["speech_start", channel.name(), at_ms])),
        Observation::SpeechEnd { channel, at_ms } => event(json!(["speech_end", channel.name(), at_ms])),
        Observation::Pause { channel, start_ms, length_ms } => {
            event(json!(["pause", channel.name(), start_ms, length_ms]))
        }
        Observation::FilledPause { channel, start_ms, length_ms } => {
            event(json!(["filled_pause", channel.name(), start_ms, length_ms]))
        }
        Observation::Overlap { start_ms, length_ms } => event(json!(["overlap", start_ms, length_ms])),
        Observation::SourceLost { at_ms } => event(json!(["source_lost", at_ms])),
        Observation::SourceBack { at_ms } => event(json!(["source_back", at_ms])),
        Observation::Doubt { at_ms, .. } => event(json!(["doubt", at_ms])),
    }
}

/// The same from the live stream's own words.
fn of_stream((event, data): (String, Value)) -> Option<(String, Value)> {
    let fields: &[&str] = match (event.as_str(), data["kind"].as_str()) {
        ("tick", _) => &[
            "channel",
            "start_ms",
            "span_ms",
            "speech_ms",
            "voiced_ms",
            "nuclei",
            "clipped_ms",
            "dropped_ms",
        ],
        ("event", Some("speech_start" | "speech_end")) => &["kind", "channel", "at_ms"],
        ("event", Some("overlap")) => &["kind", "start_ms", "length_ms"],
        ("event", Some("source_lost" | "source_back")) => &["kind", "at_ms"],
        ("event", Some(_)) => &["kind", "channel", "start_ms", "length_ms"],
        _ => return None,
    };
    Some((event, fields.iter().map(|field| data[field].clone()).collect()))
}

#[track_caller]
fn check(rate_hz: u32, channels: u16, layout: Layout, seconds: usize, piece_bytes: usize) {
    let count = seconds * rate_hz as usize * usize::from(channels);
    let mut samples = vec![0.0; count.max(seconds * rate_hz as usize * CHANNELS)];
    let mut demo = Demo::new();
    assert_eq!(demo.fill(&mut samples), samples.len());
    // At another rate the demo is only faster or slower: any sound will do.
    let samples: Vec<i16> = samples[..count].iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let desk = Desk::new();
    let file = desk.put("call.wav", &wav::file(Header { rate_hz, channels, ..MONO_16 }, &data));

    let appliance = Appliance::start();
    let (id, url) = appliance.open(layout.name());
    let events = appliance.watch(&id, None);
    let mut socket = connect(&url, rate_hz, channels.into());
    send(&mut socket, &samples, piece_bytes);
    say(&mut socket, &json!({ "type": "stop" }));
    assert_eq!(hear_close(&mut socket).0, 1000);

    let live: Vec<_> = events.iter().filter_map(of_stream).collect();
    assert_eq!(live, of_file(&file, layout), "{rate_hz} Hz, {channels} channels");

    let analysed = desk.analyze(&["--json", "--layout", layout.name(), "call.wav"]).json().remove(0);
    let (_, summary) = appliance.get(&format!("/api/v1/calls/{id}/summary"));
    for (side, channel) in
        summary["sides"].as_array().unwrap().iter().zip(analysed["channels"].as_array().unwrap())
    {
        assert_eq!(side["nuclei"], channel["nuclei"]);
        assert_eq!(side["pauses"], channel["pauses"]);
        for (shown, exact) in [
            (&side["pitch_sd_st"]["value"], &channel["f0_sd_st"]),
            (&side["speech_rate_hz"]["value"], &channel["speech_rate_hz"]),
            (&side["speech_s"], &channel["speech_s"]),
        ] {
            let (shown, exact) = (shown.as_f64(), exact.as_f64());
            let same =
                shown.zip(exact).map_or(shown == exact, |(shown, exact)| (shown - exact).abs() < 0.006);
            assert!(same, "{shown:?} and {exact:?}");
        }
    }
}

#[test]
fn a_stereo_file_is_measured_alike_live_and_by_analyze() {
    check(16_000, 2, Layout::RepLeft, 6, 1_279);
}

#[test]
fn a_resampled_file_is_measured_alike_live_and_by_analyze() {
    check(44_100, 2, Layout::RepRight, 5, 3_001);
    check(8_000, 1, Layout::Mono, 5, 37);
}
