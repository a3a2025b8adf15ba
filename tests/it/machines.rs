//! What no person says is neither the client's speech nor syllables.

use std::f32::consts::TAU;

use undertone::ear::listener::{Heard, Listener};
use undertone::observations::{Channel, Layout, Observation};

const RATE_HZ: usize = 16_000;
const SECONDS: usize = 20;

/// What the client is heard to speak, in ms, and the syllables of it.
fn heard(client: impl Fn(f32) -> f32) -> (u32, u32) {
    let mut listener = Listener::new(Layout::RepLeft, 2, RATE_HZ as u32, 0).unwrap();
    let (mut speech_ms, mut nuclei) = (0, 0);
    let mut hear = |heard: Heard| {
        if let Heard::Observation(Observation::Tick(tick)) = heard
            && tick.channel == Channel::Client
        {
            speech_ms += tick.speech_ms;
            nuclei += tick.nuclei;
        }
    };
    let sound: Vec<f32> =
        (0..RATE_HZ * SECONDS).map(|i| i as f32 / RATE_HZ as f32).flat_map(|t| [0.0, client(t)]).collect();
    listener.push(&sound, &mut hear);
    listener.finish(&mut hear);
    (speech_ms, nuclei)
}

/// White noise, the same at the same instant.
fn hiss(t: f32) -> f32 {
    let mut state = (t * RATE_HZ as f32).round() as u32 ^ 0x9e37_79b9;
    for _ in 0..3 {
        state = (state ^ (state >> 16)).wrapping_mul(0x45d9_f3b5);
    }
    (state >> 8) as f32 / (1 << 23) as f32 - 1.0
}

#[track_caller]
fn check(what: &str, sound: impl Fn(f32) -> f32) {
    let (speech_ms, nuclei) = heard(sound);
    let share = speech_ms as f32 / (1000 * SECONDS) as f32;
    println!("{what}: {:.1} % taken for speech, {nuclei} syllables", 100.0 * share);
    assert!(share < 0.05, "{what}: {:.1} % is taken for speech", 100.0 * share);
    assert!(nuclei <= SECONDS as u32 / 4, "{what}: {nuclei} syllables");
}

fn tone(hz: f32, t: f32) -> f32 {
    0.2 * (TAU * hz * t).sin()
}

#[test]
fn tones_and_noise_are_not_the_client() {
    check("silence", |_| 0.0);
    check("white noise", |t| 0.1 * hiss(t));
    check("a tone", |t| tone(440.0, t));
    check("a glide", |t| 0.2 * (TAU * (200.0 + 20.0 * t) * t).sin());
    check("clicks", |t| if t % 0.5 < 0.000_1 { 0.9 } else { 0.0 });
    check("ringing", |t| if t % 5.0 < 1.0 { tone(450.0, t) } else { 0.0 });
    check("ringing in America", |t| if t % 6.0 < 2.0 { tone(440.0, t) + tone(480.0, t) } else { 0.0 });
    check("engaged", |t| if t % 0.7 < 0.35 { tone(450.0, t) } else { 0.0 });
    let (low, high) = ([697.0, 770.0, 852.0, 941.0], [1_209.0, 1_336.0, 1_477.0]);
    let digit = move |t: f32| (t / 0.2) as usize * 7;
    let dialling = move |t: f32| tone(low[digit(t) % 4], t) + tone(high[digit(t) % 3], t);
    check("dialling", move |t| if t % 0.2 < 0.1 { dialling(t) } else { 0.0 });
}

/// Notes of a scale, plucked or held, with a few harmonics.
fn melody(t: f32, beat_s: f32, fall: f32, chord: &[f32]) -> f32 {
    const SCALE: [f32; 8] = [0.0, 7.0, 4.0, 12.0, 9.0, 5.0, 16.0, 2.0];
    let (note, own) = (SCALE[(t / beat_s) as usize * 5 % SCALE.len()], t % beat_s);
    let shape = (own / 0.01).min(1.0) * (-fall * own).exp();
    let harmonic = |hz: f32, h: i32| 0.6_f32.powi(h) * (TAU * hz * h as f32 * t).sin();
    let voice = |step: &f32| {
        let hz = 220.0 * 2.0_f32.powf((note + step) / 12.0);
        (1..6).map(|h| harmonic(hz, h)).sum::<f32>()
    };
    0.1 * shape * chord.iter().map(voice).sum::<f32>()
}

#[test]
fn music_on_hold_is_not_the_client() {
    check("a plucked melody", |t| melody(t, 0.3, 6.0, &[0.0]));
    check("a held melody", |t| melody(t, 0.5, 0.5, &[0.0]));
    check("chords", |t| melody(t, 0.6, 2.0, &[0.0, 4.0, 7.0]));
}
