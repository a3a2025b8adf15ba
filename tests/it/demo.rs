//! The demo is heard as it was written.

use undertone::ear::listener::{Heard, Listener};
use undertone::ear::sources::demo::script::Span;
use undertone::ear::sources::demo::{CHANNELS, Demo, LAYOUT};
use undertone::observations::{Channel, Observation};
use undertone::signals::conversation::{Conversation, Summary};

/// What the pipeline makes of the demo.
struct Run {
    summary: Summary,
    pauses: Vec<Span>,
    filled: Vec<Span>,
    overlaps: usize,
    answers: Vec<(Channel, u64, i64)>,
}

fn listen() -> Run {
    let mut demo = Demo::new();
    let mut listener = Listener::new(LAYOUT, CHANNELS, Demo::RATE_HZ, 0).expect("the demo has a fair format");
    let mut call = Conversation::new(LAYOUT);
    let (mut pauses, mut filled, mut answers, mut overlaps) = (vec![], vec![], vec![], 0);
    let mut hear = |heard: Heard| match heard {
        Heard::Frame(..) | Heard::Nobodys(_) => {}
        Heard::Observation(observation) => {
            match observation {
                Observation::Pause { channel, start_ms, length_ms } => {
                    pauses.push(Span { channel, start_ms, end_ms: start_ms + u64::from(length_ms) });
                }
                Observation::FilledPause { channel, start_ms, length_ms } => {
                    filled.push(Span { channel, start_ms, end_ms: start_ms + u64::from(length_ms) });
                }
                Observation::Overlap { .. } => overlaps += 1,
                _ => {}
            }
            let answer = call.push(&observation);
            answers.extend(answer.map(|a| (a.channel, a.onset_ms, i64::from(a.latency_ms))));
        }
    };
    let mut samples = [0.0; 320];
    loop {
        match demo.fill(&mut samples) {
            0 => break,
            count => listener.push(&samples[..count], &mut hear),
        }
    }
    listener.finish(&mut hear);
    Run { summary: call.summary(), pauses, filled, overlaps, answers }
}

/// Whether two stretches are about the same: intersection over union of at least 0.3.
fn meet(one: &Span, other: &Span) -> bool {
    let shared = one.end_ms.min(other.end_ms).saturating_sub(one.start_ms.max(other.start_ms));
    let whole = one.end_ms.max(other.end_ms) - one.start_ms.min(other.start_ms);
    one.channel == other.channel && shared as f64 >= 0.3 * whole as f64
}

/// The harmonic mean of precision and recall.
fn f1(found: &[Span], there: &[Span]) -> f64 {
    let hits = there.iter().filter(|span| found.iter().any(|other| meet(span, other))).count();
    2.0 * hits as f64 / (found.len() + there.len()) as f64
}

#[test]
fn the_demo_is_heard_as_it_was_written() {
    let (run, demo) = (listen(), Demo::new());
    let truth = demo.truth();
    for (channel, measures) in &run.summary.channels {
        let said = truth.syllables.iter().filter(|syllable| syllable.channel == *channel).count() as f64;
        let heard = f64::from(measures.nuclei);
        // The syllable model was fitted to people; these voices are made by code, and it hears more in them.
        assert!((heard / said - 1.0).abs() <= 0.3, "{channel}: {heard} syllables of {said}");
        let pitch_hz = measures.f0_median_hz.unwrap();
        let spoken_hz = if *channel == Channel::Rep { 115.0 } else { 205.0 };
        assert!((pitch_hz / spoken_hz - 1.0).abs() < 0.1, "{channel}: {pitch_hz} Hz");
    }
    let said = [Channel::Rep, Channel::Client].map(|channel| truth.speech_ms(channel) as f64);
    let share = run.summary.talk_share_rep.unwrap();
    assert!((share - said[0] / (said[0] + said[1])).abs() <= 0.02, "talk share {share}");
    assert!(f1(&run.pauses, &truth.pauses) >= 0.9, "{:?}", run.pauses);
    assert!(f1(&run.filled, &truth.filled_pauses) >= 0.9, "{:?}", run.filled);
    assert_eq!(run.overlaps, truth.overlaps.len());
    assert!((run.summary.seconds * 1000.0 - truth.length_ms as f64).abs() <= 10.0, "{}", run.summary.seconds);
}

#[test]
fn every_answer_is_timed_to_a_few_hundredths() {
    let (run, demo) = (listen(), Demo::new());
    for channel in [Channel::Rep, Channel::Client] {
        let there = demo.truth().latencies(channel);
        let found: Vec<_> = run.answers.iter().filter(|answer| answer.0 == channel).collect();
        assert_eq!(found.len(), there.len(), "{found:?}");
        for ((_, onset_ms, latency_ms), (true_onset_ms, true_latency_ms)) in found.into_iter().zip(there) {
            assert!(onset_ms.abs_diff(true_onset_ms) <= 60, "{onset_ms} for {true_onset_ms}");
            assert!((latency_ms - true_latency_ms).abs() <= 60, "{latency_ms} for {true_latency_ms}");
        }
    }
}

#[test]
fn the_client_slows_down_towards_the_end() {
    let demo = Demo::new();
    let latencies = demo.truth().latencies(Channel::Client);
    let (early, late) = latencies.split_at(latencies.len() - 4);
    assert!(early.iter().all(|&(_, ms)| ms < 400) && late.iter().all(|&(_, ms)| ms > 1200), "{latencies:?}");
}

#[test]
fn the_demo_is_the_same_in_any_pieces() {
    let whole = |piece: usize| {
        let (mut demo, mut all, mut samples) = (Demo::new(), Vec::new(), vec![0.0; piece]);
        loop {
            match demo.fill(&mut samples) {
                0 => return all,
                count => all.extend_from_slice(&samples[..count]),
            }
        }
    };
    let all = whole(320);
    assert_eq!(all.len() as u64, Demo::new().truth().length_ms * 32);
    assert!(all == whole(65_536), "the pieces changed the sound");
    assert!(all.iter().all(|sample| sample.abs() < 0.9), "the demo must not clip");
}
