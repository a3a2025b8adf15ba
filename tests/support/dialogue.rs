//! Utterances of two sides -> a stereo conversation whose client may change after a while.

/// At this rate everything is cut, changed and joined.
pub const RATE_HZ: u32 = 16_000;

/// When the client of a changed conversation begins to hold back.
pub const CHANGE_S: f64 = 150.0;

/// How much later the client answers, how much slower, and how much longer silences become, from then on.
const LATER_S: f64 = 0.9;
const SLOWER: f64 = 1.12;
const LONGER: f64 = 1.8;

/// Silence from here on is a pause.
const PAUSE_S: f64 = 0.2;
const QUIET: f32 = 0.004;

/// Mono utterances of each side.
pub struct Voices {
    pub rep: Vec<Vec<f32>>,
    pub client: Vec<Vec<f32>>,
}

/// A conversation and what is true of it.
pub struct Dialogue {
    /// Rep left, client right.
    pub samples: Vec<f32>,
    /// Speech and answers of the client before [`CHANGE_S`].
    pub client_s: f64,
    pub answers: usize,
}

/// Chance that can be repeated.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.throw()
    }

    /// Every utterance comes once before any comes again.
    fn deal<'a>(&mut self, all: &'a [Vec<f32>], stack: &mut Vec<usize>) -> &'a [f32] {
        if stack.is_empty() {
            stack.extend(0..all.len());
        }
        let at = (self.throw() * stack.len() as f64) as usize;
        &all[stack.swap_remove(at)]
    }
}

/// Puts utterances in turns: the rep says one or two, the client two, with ordinary gaps between.
pub fn dialogue(voices: &Voices, seed: u64, seconds: f64, changed: bool) -> Dialogue {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let length = (seconds * f64::from(RATE_HZ)) as usize;
    let mut sides = [vec![0.0f32; length], vec![0.0f32; length]];
    let (mut at_s, mut client_s, mut answers) = (0.6, 0.0, 0);
    let (mut reps, mut clients) = (Vec::new(), Vec::new());
    while at_s < seconds - 15.0 {
        at_s = lay(&mut sides[0], at_s, dice.deal(&voices.rep, &mut reps));
        let late = changed && at_s > CHANGE_S;
        at_s += dice.between(0.15, 0.45) + if late { LATER_S } else { 0.0 };
        let began_s = at_s;
        for part in 0..2 {
            let said = dice.deal(&voices.client, &mut clients);
            if part > 0 {
                at_s += dice.between(0.3, 0.5) * if late { LONGER } else { 1.0 };
            }
            let said = if late { stretched(&slowed(said)) } else { said.to_vec() };
            at_s = lay(&mut sides[1], at_s, &said);
        }
        if at_s < CHANGE_S {
            client_s += at_s - began_s;
            answers += 1;
        }
        at_s += dice.between(0.35, 0.7);
    }
    let mut room = Dice(seed ^ 77);
    let mut hiss = |sample: f32| (sample + (room.throw() as f32 - 0.5) * 0.0006).clamp(-0.99, 0.99);
    let samples =
        sides[0].iter().zip(&sides[1]).flat_map(|(rep, client)| [*rep, *client]).map(&mut hiss).collect();
    Dialogue { samples, client_s, answers }
}

/// Adds an utterance; returns when it ends.
fn lay(side: &mut [f32], at_s: f64, said: &[f32]) -> f64 {
    let from = (at_s * f64::from(RATE_HZ)) as usize;
    side.iter_mut().skip(from).zip(said).for_each(|(sample, said)| *sample += said);
    at_s + said.len() as f64 / f64::from(RATE_HZ)
}

/// Every syllable takes longer.
fn slowed(said: &[f32]) -> Vec<f32> {
    let at = |n: usize| said.get(n).copied().unwrap_or(0.0);
    (0..(said.len() as f64 * SLOWER) as usize)
        .map(|n| {
            let from = n as f64 / SLOWER;
            let part = from.fract() as f32;
            at(from as usize) * (1.0 - part) + at(from as usize + 1) * part
        })
        .collect()
}

/// Every pause takes longer.
fn stretched(said: &[f32]) -> Vec<f32> {
    let frame = RATE_HZ as usize / 100;
    let quiet: Vec<bool> =
        said.chunks(frame).map(|chunk| chunk.iter().all(|sample| sample.abs() < QUIET)).collect();
    let mut out = Vec::new();
    for (n, run) in quiet
        .chunk_by(|one, other| one == other)
        .scan(0, |at, run| Some((std::mem::replace(at, *at + run.len()), run)))
    {
        let whole = &said[n * frame..((n + run.len()) * frame).min(said.len())];
        out.extend_from_slice(whole);
        if run[0] && run.len() as f64 >= PAUSE_S * 100.0 {
            out.extend(std::iter::repeat_n(0.0, (whole.len() as f64 * (LONGER - 1.0)) as usize));
        }
    }
    out
}
