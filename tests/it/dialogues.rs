//! A client who begins to hold back is noticed; the same conversation unchanged raises nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use undertone::ear::listener::{Heard, Listener};
use undertone::ear::sources::demo::{CHANNELS, Demo, LAYOUT};
use undertone::ear::sources::files::{Piece, Source};
use undertone::hints::{Coach, Hint, Level, Playbook, Side};
use undertone::observations::Channel;
use undertone::signals::conversation::Conversation;

use super::appliance::{Appliance, connect, say, send};
use super::dialogue::{CHANGE_S, Dialogue, RATE_HZ, Voices, dialogue};

const SECONDS: f64 = 300.0;

/// From the moment on the audio clock at which a hint was due until the page has it.
const LATE_MAX: Duration = Duration::from_millis(500);

/// A client waits through so many samples at a time.
const CHUNK_MS: u64 = 20;

/// The turns of the demo, without those in which its client holds back and those that overlap.
fn demo_voices() -> Voices {
    let mut demo = Demo::new();
    let truth = demo.truth().clone();
    let mut sound = vec![0.0; truth.length_ms as usize * RATE_HZ as usize / 1000 * CHANNELS];
    demo.fill(&mut sound);
    let mut voices = Voices { rep: Vec::new(), client: Vec::new() };
    let late_ms = truth.latencies(Channel::Client).iter().find(|(_, ms)| *ms > 1000).map_or(0, |(at, _)| *at);
    for turn in truth.turns.iter().filter(|turn| turn.end_ms < late_ms) {
        let place = |ms: u64| ms as usize * RATE_HZ as usize / 1000 * CHANNELS;
        let side = usize::from(turn.channel == Channel::Client);
        let cut =
            sound[place(turn.start_ms)..place(turn.end_ms)].iter().skip(side).step_by(CHANNELS).copied();
        if side == 0 { voices.rep.push(cut.collect()) } else { voices.client.push(cut.collect()) }
    }
    voices
}

/// The utterances of recorded calls, cut at their turns; `None` where there are no recordings.
fn recorded_voices() -> Option<Voices> {
    let folder = std::env::var("UNDERTONE_CORPUS").unwrap_or("../shared/corpus".into());
    let folder = Path::new(&folder).join("composed-calls");
    let mut voices = Voices { rep: Vec::new(), client: Vec::new() };
    for entry in std::fs::read_dir(folder).ok()?.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|ending| ending != "wav") {
            continue;
        }
        let mut source = Source::open(&path).unwrap();
        let mut sound = Vec::new();
        while let Some(piece) = source.next_piece() {
            if let Piece::Samples(samples) = piece {
                sound.extend_from_slice(samples);
            }
        }
        for line in std::fs::read_to_string(path.with_extension("turns.tsv")).unwrap().lines() {
            let [start, end, who] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            let place = |text: &str| (text.parse::<f64>().unwrap() * f64::from(RATE_HZ)) as usize * 2;
            let side = usize::from(who == "client");
            let cut: Vec<f32> =
                sound[place(start)..place(end)].iter().skip(side).step_by(2).copied().collect();
            if side == 0 { voices.rep.push(cut) } else { voices.client.push(cut) }
        }
    }
    Some(voices)
}

/// The hints of a conversation, as a live call would give them.
fn hints(told: &Dialogue) -> Vec<Hint> {
    let mut listener = Listener::new(LAYOUT, CHANNELS, RATE_HZ, 0).unwrap();
    let mut conversation = Conversation::new(LAYOUT);
    let mut coach = Coach::new(Arc::new(Playbook::built_in()), Level::Novice);
    let mut given = Vec::new();
    let mut hear = |heard: Heard| {
        if let Heard::Observation(observation) = heard {
            conversation.push(&observation);
            given.extend(coach.push(conversation.now_ms(), &observation).hint);
        }
    };
    told.samples.chunks(640).for_each(|piece| listener.push(piece, &mut hear));
    listener.finish(&mut hear);
    given
}

#[track_caller]
fn check(voices: &Voices, seed: u64) {
    let told = dialogue(voices, seed, SECONDS, true);
    assert!(told.client_s >= 60.0 && told.answers >= 8, "{} s, {} answers", told.client_s, told.answers);
    let given = hints(&told);
    let late = |hint: &Hint| hint.side == Side::Client && hint.at_ms as f64 > CHANGE_S * 1000.0;
    assert!(!given.is_empty() && given.iter().all(late), "seed {seed}: {given:#?}");
    let unchanged = hints(&dialogue(voices, seed, SECONDS, false));
    assert!(unchanged.is_empty(), "seed {seed}: {unchanged:#?}");
}

#[test]
fn a_client_who_begins_to_hold_back_is_noticed() {
    check(&demo_voices(), 1);
}

#[test]
#[ignore = "five minutes in real time; scripts/test-long runs it"]
fn a_recorded_client_who_begins_to_hold_back_is_noticed_live() {
    let Some(voices) = recorded_voices() else {
        return eprintln!("skipped: no recordings (set UNDERTONE_CORPUS to their folder)");
    };
    std::thread::scope(|scope| {
        let play = |changed| live(&Appliance::start(), &dialogue(&voices, 1, SECONDS, changed));
        let changed = scope.spawn(move || play(true));
        let unchanged = scope.spawn(move || play(false));
        assert_eq!(unchanged.join().unwrap(), [], "the unchanged conversation raises nothing");
        let given = changed.join().unwrap();
        assert!(!given.is_empty(), "nothing was noticed");
        for (side, at_ms, late) in given {
            println!(
                "# {side} hint due at {:.1} s, on the page {} ms later",
                at_ms as f64 / 1e3,
                late.as_millis()
            );
            assert!(side == "client" && at_ms as f64 > CHANGE_S * 1000.0 && late <= LATE_MAX);
        }
    });
}

/// Plays a conversation in real time; each hint with its side, when it was due, and how much later it came.
fn live(appliance: &Appliance, told: &Dialogue) -> Vec<(String, u64, Duration)> {
    let (id, url) = appliance.open("rep-left");
    let events = appliance.watch(&id, None);
    let mut socket = connect(&url, RATE_HZ, CHANNELS);
    let began = Instant::now();
    let heard = std::thread::spawn(move || {
        let hints = events.iter().filter(|(event, _)| event == "hint");
        hints
            .map(|(_, hint)| {
                let at_ms = hint["at_ms"].as_u64().unwrap();
                let side = hint["side"].as_str().unwrap().to_owned();
                (side, at_ms, began.elapsed().saturating_sub(Duration::from_millis(at_ms)))
            })
            .collect()
    });
    let samples: Vec<i16> = told.samples.iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let piece = (u64::from(RATE_HZ) * CHUNK_MS / 1000) as usize * CHANNELS;
    for (n, chunk) in samples.chunks(piece).enumerate() {
        let due = Duration::from_millis((n as u64 + 1) * CHUNK_MS);
        std::thread::sleep(due.saturating_sub(began.elapsed()));
        send(&mut socket, chunk, piece);
    }
    say(&mut socket, &json!({ "type": "stop" }));
    heard.join().unwrap()
}
