//! Samples in -> the same samples without the harmonics of the mains that stay when nobody speaks, out.
//!
//! They lie among voices, where a filter that is quick enough to learn them would cut into the voice. So they are learnt
//! between words only, and then subtracted all the time.

use std::f32::consts::TAU;

use crate::ear::frames::{FRAME_SAMPLES, RATE_HZ};

/// Harmonics of 50 and 60 Hz, to the ninth; the mains themselves are filtered out before.
const LINES_HZ: [f32; 15] =
    [100.0, 120.0, 150.0, 180.0, 200.0, 240.0, 250.0, 300.0, 350.0, 360.0, 400.0, 420.0, 450.0, 480.0, 540.0];

/// How much of the way to what a frame shows an estimate goes, at first and in the long run: a tenth of a second of
/// background shows what there is, half a second follows it.
const LEARNING_FIRST: f32 = 0.3;
const LEARNING: f32 = 0.03;

/// A line is hum, and is subtracted, while its mean holds this share of its power: half or more of what stands, a
/// sixtieth of what moves, as babble does.
const STANDING: f32 = 0.5;

/// A frame this little over the background has nothing in it but background.
const BACKGROUND_DB: f32 = 6.0;

/// Follows the strength and phase of every line.
pub struct Hum {
    lines: [Line; LINES_HZ.len()],
    learning: f32,
}

/// Samples that are worked on at once.
const LANES: usize = 8;

struct Line {
    /// The wave's first samples in a frame, and what turns them into the next ones.
    cos: [f32; LANES],
    sin: [f32; LANES],
    step: (f32, f32),
    /// What a frame turns the phase by.
    turn: (f32, f32),
    /// Of the cosine and of the sine, at the start of the next frame.
    strength: (f32, f32),
    /// The mean power of what frames show of it, whether it stands or moves.
    power: f32,
}

impl Default for Hum {
    fn default() -> Self {
        Self { lines: LINES_HZ.map(Line::new), learning: LEARNING_FIRST }
    }
}

impl Hum {
    /// Takes the lines out of a frame. `over_db` is the level of the frame before over the background.
    pub fn push(&mut self, samples: &mut [f32], over_db: f32) {
        for line in self.lines.iter().filter(|line| line.stands()) {
            line.subtract(samples);
        }
        let background = over_db < BACKGROUND_DB;
        for line in &mut self.lines {
            if background {
                line.learn(samples, self.learning);
            }
            line.turn();
        }
        if background {
            self.learning = LEARNING.max(self.learning / (1.0 + self.learning));
        }
    }
}

impl Line {
    fn new(hz: f32) -> Self {
        let angle = |i: usize| TAU * hz * i as f32 / RATE_HZ as f32;
        let turned_by = |samples: usize| (angle(samples).cos(), angle(samples).sin());
        Self {
            cos: std::array::from_fn(|i| angle(i).cos()),
            sin: std::array::from_fn(|i| angle(i).sin()),
            step: turned_by(LANES),
            turn: turned_by(FRAME_SAMPLES),
            strength: (0.0, 0.0),
            power: 0.0,
        }
    }

    fn stands(&self) -> bool {
        let (a, b) = self.strength;
        a * a + b * b > STANDING * self.power
    }

    /// The wave of a frame, a few samples of the cosine and the sine at a time.
    fn waves(&self) -> impl Iterator<Item = ([f32; LANES], [f32; LANES])> {
        let (step_cos, step_sin) = self.step;
        std::iter::successors(Some((self.cos, self.sin)), move |(cos, sin)| {
            let mut next = ([0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                next.0[i] = cos[i] * step_cos - sin[i] * step_sin;
                next.1[i] = sin[i] * step_cos + cos[i] * step_sin;
            }
            Some(next)
        })
    }

    fn subtract(&self, samples: &mut [f32]) {
        let (a, b) = self.strength;
        for (samples, (cos, sin)) in samples.chunks_exact_mut(LANES).zip(self.waves()) {
            for i in 0..LANES {
                samples[i] -= a * cos[i] + b * sin[i];
            }
        }
    }

    /// What is left of the line, where it was subtracted, shows how far the estimate is off.
    fn learn(&mut self, left: &[f32], learning: f32) {
        let (mut with_cos, mut with_sin) = ([0.0_f32; LANES], [0.0_f32; LANES]);
        for (x, (cos, sin)) in left.chunks_exact(LANES).zip(self.waves()) {
            for i in 0..LANES {
                with_cos[i] += x[i] * cos[i];
                with_sin[i] += x[i] * sin[i];
            }
        }
        let scale = 2.0 / FRAME_SAMPLES as f32;
        let (a, b) = self.strength;
        let (taken_a, taken_b) = if self.stands() { self.strength } else { (0.0, 0.0) };
        let seen_a = taken_a + scale * with_cos.iter().sum::<f32>();
        let seen_b = taken_b + scale * with_sin.iter().sum::<f32>();
        self.strength = (a + learning * (seen_a - a), b + learning * (seen_b - b));
        self.power += learning * (seen_a * seen_a + seen_b * seen_b - self.power);
    }

    fn turn(&mut self) {
        let ((cos, sin), (a, b)) = (self.turn, self.strength);
        let strength = (a * cos + b * sin, b * cos - a * sin);
        // An estimate that is nearly nothing would become denormal, and slow.
        self.strength = if a.abs() + b.abs() < 1e-12 { (0.0, 0.0) } else { strength };
        self.power = if self.power < 1e-24 { 0.0 } else { self.power };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level in dB of what is left of a sound in its last half of five seconds.
    fn left_db(sound: impl Fn(f32) -> f32, over_db: f32) -> f32 {
        let (mut hum, mut power) = (Hum::default(), 0.0);
        for frame in 0..500 {
            let at = |i: usize| sound((frame * FRAME_SAMPLES + i) as f32 / RATE_HZ as f32);
            let mut samples: [f32; FRAME_SAMPLES] = std::array::from_fn(at);
            let before: f32 = samples.iter().map(|x| x * x).sum();
            hum.push(&mut samples, over_db);
            let after: f32 = samples.iter().map(|x| x * x).sum();
            power += if frame < 250 { 0.0 } else { after / before / 250.0 };
        }
        10.0 * power.log10()
    }

    #[test]
    fn harmonics_of_the_mains_go_even_when_the_mains_are_a_little_off() {
        let hum = |off: f32| {
            move |t: f32| 0.01 * (TAU * 100.0 * off * t + 1.0).cos() + 0.02 * (TAU * 150.0 * off * t).sin()
        };
        assert!(left_db(hum(1.0), 0.0) < -40.0, "{}", left_db(hum(1.0), 0.0));
        assert!(left_db(hum(1.000_5), 0.0) < -10.0, "{}", left_db(hum(1.000_5), 0.0));
    }

    #[test]
    fn what_moves_among_the_lines_is_not_touched() {
        // A low voice in a crowd: as strong as hum, another phase every 50 ms.
        let phase = |t: f32| 2.4 * (20.0 * t).floor().powi(2);
        let left = left_db(|t| 0.01 * (TAU * 120.0 * t + phase(t)).sin(), 0.0);
        assert!(left.abs() < 0.02, "{left}");
    }

    #[test]
    fn voices_stay() {
        assert!(
            left_db(|t| 0.1 * (TAU * (112.0 * t + 3.0 * (TAU * 2.0 * t).sin())).sin(), 30.0).abs() < 0.01
        );
        assert!(left_db(|t| 0.1 * (TAU * 110.0 * t).sin(), 0.0).abs() < 0.5);
    }
}
