//! The syllables of one side -> its sound, sample by sample: a glottal pulse through formants (after Klatt 1980).

use std::f32::consts::{PI, TAU};

use super::noise::Noise;
use super::script::{Consonant, Syllable};
use crate::ear::frames::RATE_HZ;

/// Targets are taken anew every millisecond.
const STEP_SAMPLES: u64 = RATE_HZ as u64 / 1000;

const FORMANTS: usize = 4;
const BANDWIDTHS_HZ: [f32; FORMANTS] = [70.0, 100.0, 140.0, 250.0];

/// Part of each period in which the glottis is open.
const OPEN_PART: f32 = 0.6;

/// How fast formants, loudness and hiss follow their targets, as the part of the way that they go in a millisecond.
const GLIDE: f32 = 0.07;
const SWELL: f32 = 0.12;

/// Where a hiss is loudest.
const HISS_HZ: f32 = 5200.0;
const HISS_BANDWIDTH_HZ: f32 = 1800.0;

/// What sets one speaker apart from the other.
#[derive(Debug, Clone, Copy)]
pub struct Speaker {
    pub f0_hz: f32,
    /// Formants relative to a grown man's.
    pub formants: f32,
    pub gain: f32,
}

/// Where the voice is heading.
#[derive(Debug, Clone, Copy)]
struct Target {
    f0_hz: f32,
    voice: f32,
    hiss: f32,
    formants_hz: [f32; FORMANTS],
}

/// Two poles: `y = a x + b y₋₁ + c y₋₂` (Klatt 1980, eq. 1).
#[derive(Debug, Clone, Copy, Default)]
struct Resonator {
    a: f32,
    b: f32,
    c: f32,
    last: [f32; 2],
}

impl Resonator {
    fn tune(&mut self, hz: f32, bandwidth_hz: f32) {
        let rate = RATE_HZ as f32;
        self.c = -(-TAU * bandwidth_hz / rate).exp();
        self.b = 2.0 * (-PI * bandwidth_hz / rate).exp() * (TAU * hz / rate).cos();
        self.a = 1.0 - self.b - self.c;
    }

    fn push(&mut self, x: f32) -> f32 {
        let y = self.a * x + self.b * self.last[0] + self.c * self.last[1];
        self.last = [y, self.last[0]];
        y
    }
}

/// One speaker. Holds its syllables and a few dozen numbers.
pub struct Voice {
    speaker: Speaker,
    syllables: Vec<Syllable>,
    /// The syllable that is said now, or next.
    at: usize,
    samples: u64,
    now: Target,
    phase: f32,
    f0_hz: f32,
    formants: [Resonator; FORMANTS],
    hiss: Resonator,
    noise: Noise,
}

impl Voice {
    pub fn new(speaker: Speaker, syllables: Vec<Syllable>) -> Self {
        let now = Target {
            f0_hz: speaker.f0_hz,
            voice: 0.0,
            hiss: 0.0,
            formants_hz: vowel('@').map(|hz| hz * speaker.formants),
        };
        let mut hiss = Resonator::default();
        hiss.tune(HISS_HZ, HISS_BANDWIDTH_HZ);
        Self {
            speaker,
            syllables,
            at: 0,
            samples: 0,
            now,
            phase: 0.0,
            f0_hz: speaker.f0_hz,
            formants: [Resonator::default(); FORMANTS],
            hiss,
            noise: Noise::default(),
        }
    }

    /// The next sample.
    pub fn sample(&mut self) -> f32 {
        if self.samples.is_multiple_of(STEP_SAMPLES) {
            self.step(self.samples / STEP_SAMPLES);
        }
        self.samples += 1;
        self.phase += self.f0_hz / RATE_HZ as f32;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
            // No voice keeps its period to the sample.
            self.f0_hz = self.now.f0_hz * (1.0 + 0.006 * self.noise.sample());
        }
        let breath = self.noise.sample();
        let source = (glottis(self.phase) + 0.03 * breath) * self.now.voice;
        let voiced = self.formants.iter_mut().fold(source, |x, formant| formant.push(x));
        let sharp = self.noise.sample() - breath;
        let hissed = self.hiss.push(sharp) * self.now.hiss;
        (voiced + hissed) * self.speaker.gain
    }

    /// Moves towards what the syllable of this millisecond asks for.
    fn step(&mut self, now_ms: u64) {
        while self.syllables.get(self.at).is_some_and(|syllable| syllable.end_ms() <= now_ms) {
            self.at += 1;
        }
        let said = self.syllables.get(self.at).filter(|syllable| syllable.start_ms <= now_ms);
        let target = said.map(|syllable| self.target(syllable, (now_ms - syllable.start_ms) as f32));
        let now = &mut self.now;
        if let Some(target) = target {
            now.f0_hz = target.f0_hz;
            for (formant, target) in now.formants_hz.iter_mut().zip(target.formants_hz) {
                *formant += (target - *formant) * GLIDE;
            }
        }
        now.voice += (target.map_or(0.0, |target| target.voice) - now.voice) * SWELL;
        now.hiss += (target.map_or(0.0, |target| target.hiss) - now.hiss) * SWELL;
        for (n, resonator) in self.formants.iter_mut().enumerate() {
            resonator.tune(now.formants_hz[n], BANDWIDTHS_HZ[n]);
        }
    }

    fn target(&self, syllable: &Syllable, at_ms: f32) -> Target {
        let consonant_ms = syllable.consonant_ms as f32;
        let length_ms = consonant_ms + syllable.vowel_ms as f32;
        let (voice, hiss, formants_hz) = if at_ms < consonant_ms {
            let burst = if consonant_ms - at_ms < 18.0 { 0.25 } else { 0.0 };
            match syllable.consonant {
                Consonant::Nasal => (0.17, 0.0, [270.0, 1300.0, 2300.0, 3300.0]),
                Consonant::Liquid => (0.2, 0.0, [340.0, 1200.0, 2600.0, 3400.0]),
                Consonant::Voiced => (0.08, burst * 0.4, [220.0, 1400.0, 2400.0, 3300.0]),
                Consonant::Stop => (0.0, burst, vowel(syllable.vowel)),
                Consonant::Hiss => (0.0, 0.14, vowel(syllable.vowel)),
                Consonant::None => (0.6, 0.0, vowel('@')),
            }
        } else {
            // Close vowels let less sound out; speakers make up for half of it.
            let open = if syllable.vowel == 'i' { 1.8 } else { 1.0 };
            let loudness = open * if syllable.accented { 1.0 } else { 0.72 };
            let fade = if syllable.last { ((length_ms - at_ms) / 60.0).min(1.0) } else { 1.0 };
            (loudness * fade * (1.0 - 0.3 * syllable.progress), 0.0, vowel(syllable.vowel))
        };
        let part = at_ms / length_ms;
        let rise = (PI * part).sin().powi(2);
        let semitones = match syllable {
            Syllable { vowel: '@', .. } => -2.0 - 0.5 * part,
            Syllable { accented, last, progress, .. } => {
                let accent = if *accented { 4.0 * rise } else { 1.8 * rise };
                let fall = if *last { 4.5 * part } else { 0.0 };
                2.0 - 4.5 * progress + accent - fall
            }
        };
        Target {
            f0_hz: self.speaker.f0_hz * (semitones / 12.0).exp2(),
            voice,
            hiss,
            formants_hz: formants_hz.map(|hz| hz * self.speaker.formants),
        }
    }
}

/// The derivative of the flow through the glottis over one period (Klatt and Klatt 1990: a parabola that shuts at once).
fn glottis(phase: f32) -> f32 {
    let open = phase / OPEN_PART;
    if open < 1.0 { 2.0 * open - 3.0 * open * open } else { 0.0 }
}

/// A man's formants (Peterson and Barney 1952, rounded).
fn vowel(letter: char) -> [f32; FORMANTS] {
    match letter {
        'a' => [730.0, 1090.0, 2440.0, 3400.0],
        'e' => [530.0, 1840.0, 2480.0, 3500.0],
        'i' => [300.0, 2250.0, 2950.0, 3600.0],
        'o' => [540.0, 850.0, 2410.0, 3300.0],
        'u' => [320.0, 870.0, 2240.0, 3300.0],
        _ => [500.0, 1450.0, 2450.0, 3400.0],
    }
}
