//! Stretches of speech of one call in -> two voices that explain them, or one, out.

use super::chain::{Link, smooth};
use super::voice::{Sums, Usual};

/// Stretches that are weighed anew: at most 1.5 s each. Older ones stay with the voice that they were given to.
const STRETCHES: usize = 160;

/// Rounds of a fresh start, and of a look at what is new.
const ROUNDS_FRESH: usize = 4;
const ROUNDS_GOING_ON: usize = 1;

/// A fresh start must explain all better by this (log likelihood) to be taken.
const BETTER: f32 = 3.0;

/// Two voices must explain the stretches better than one by this for each second of speech, and by this in all.
const TWO_GAIN_PER_S: f32 = 0.35;
const TWO_GAIN: f32 = 6.0;

/// Steps of the power method to the direction in which stretches differ most.
const POWER_STEPS: usize = 6;

/// A speaker who was pinned is not to be argued about.
const PINNED: f32 = 50.0;

#[derive(Clone, Copy, Default)]
struct Stretch {
    sums: Sums,
    after_pause: bool,
    /// Known to be the first voice's.
    pinned: bool,
}

/// All that is remembered of both voices. It never leaves this folder, and is wiped with the call.
pub struct History {
    stretches: [Stretch; STRETCHES],
    /// That the stretch is the first voice's.
    chances: [f32; STRETCHES],
    len: usize,
    /// Older stretches, with the voice that they were given to.
    older: [Sums; 2],
    voices: [Sums; 2],
    gain: f32,
    two: bool,
}

impl Default for History {
    fn default() -> Self {
        Self {
            stretches: [Stretch::default(); STRETCHES],
            chances: [1.0; STRETCHES],
            len: 0,
            older: [Sums::default(); 2],
            voices: [Sums::default(); 2],
            gain: 0.0,
            two: false,
        }
    }
}

impl History {
    /// Two voices explain what was heard better than one.
    pub fn has_two(&self) -> bool {
        self.two
    }

    /// How much better, in log likelihood.
    pub fn gain(&self) -> f32 {
        self.gain
    }

    /// How much likelier these frames are the first voice's than the second's.
    pub fn odds(&self, sums: &Sums) -> f32 {
        let usual = Usual::of(&self.all());
        sums.fit(&self.voices[0], 0.0, &usual) - sums.fit(&self.voices[1], 0.0, &usual)
    }

    /// Takes a stretch of speech that is over.
    pub fn push(&mut self, sums: &Sums, after_pause: bool, pinned: bool) {
        if self.len == STRETCHES {
            let chance = self.chances[0];
            self.older[0].add(&self.stretches[0].sums, chance);
            self.older[1].add(&self.stretches[0].sums, 1.0 - chance);
            self.stretches.rotate_left(1);
            self.chances.rotate_left(1);
            self.len -= 1;
        }
        self.stretches[self.len] = Stretch { sums: *sums, after_pause, pinned };
        self.chances[self.len] = if pinned || !self.two { 1.0 } else { 0.5 };
        self.len += 1;
        let mut chances = self.chances;
        self.gain = self.settle(&mut chances, ROUNDS_GOING_ON);
        self.take(&chances);
    }

    /// Begins anew from what differs most, and keeps that when it explains more.
    pub fn start_anew(&mut self) {
        let along = self.along_the_main_axis();
        for way in [1.0, -1.0_f32] {
            let mut chances = self.chances;
            for (n, place) in along[..self.len].iter().enumerate() {
                let first = self.stretches[n].pinned || place * way > 0.0;
                chances[n] = if first { 0.9 } else { 0.1 };
            }
            let gain = self.settle(&mut chances, ROUNDS_FRESH);
            if gain > self.gain + BETTER {
                self.gain = gain;
                self.take(&chances);
            }
        }
    }

    /// Everything that could know a voice again, for the tests that look for it where it must not be.
    #[cfg(test)]
    pub fn prints(&self) -> Vec<f32> {
        self.voices.iter().flat_map(Sums::prints).collect()
    }

    fn take(&mut self, chances: &[f32; STRETCHES]) {
        self.chances = *chances;
        self.voices = self.sums(&self.chances);
        let seconds =
            0.01 * self.stretches[..self.len].iter().map(|stretch| stretch.sums.frames).sum::<f32>();
        let least = TWO_GAIN + TWO_GAIN_PER_S * seconds;
        // Once there are two, they are not one again at the first doubt.
        self.two = self.gain > if self.two { 0.6 * least } else { least };
    }

    /// Gives stretches to voices and voices to stretches in turn. No stretch speaks for itself. Answers with how much
    /// better two voices explain all than one.
    fn settle(&self, chances: &mut [f32; STRETCHES], rounds: usize) -> f32 {
        let all = self.all();
        let usual = Usual::of(&all);
        let mut links = [Link::default(); STRETCHES];
        let mut gain = 0.0;
        for _ in 0..rounds {
            let voices = self.sums(chances);
            for n in 0..self.len {
                let Stretch { sums, after_pause, pinned } = &self.stretches[n];
                let alone = sums.fit(&all, 1.0, &usual);
                let one = sums.fit(&voices[0], chances[n], &usual) - alone;
                let two = sums.fit(&voices[1], 1.0 - chances[n], &usual) - alone;
                let two = if *pinned { one - PINNED } else { two };
                links[n] = Link { fits: [one, two], after_pause: *after_pause };
            }
            gain = smooth(&links[..self.len], &mut chances[..self.len]);
        }
        gain
    }

    fn sums(&self, chances: &[f32; STRETCHES]) -> [Sums; 2] {
        let mut voices = self.older;
        for (stretch, chance) in self.stretches[..self.len].iter().zip(chances) {
            voices[0].add(&stretch.sums, *chance);
            voices[1].add(&stretch.sums, 1.0 - chance);
        }
        voices
    }

    fn all(&self) -> Sums {
        let mut all = self.voices[0];
        all.add(&self.voices[1], 1.0);
        all
    }

    /// Where each stretch lies along the direction in which they differ most, by the power method.
    fn along_the_main_axis(&self) -> [f32; STRETCHES] {
        let all = self.all();
        let mut along = [0.0; STRETCHES];
        for (n, place) in along[..self.len].iter_mut().enumerate() {
            *place = if self.chances[n] > 0.5 { 1.0 } else { -1.0 } + 0.3 * ((n * 7) as f32).sin();
        }
        for _ in 0..POWER_STEPS {
            let mut axis = Sums::default();
            let norm = along.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-6);
            for (stretch, place) in self.stretches[..self.len].iter().zip(&along) {
                axis.lean(&stretch.sums, &all, place / norm);
            }
            for (stretch, place) in self.stretches[..self.len].iter().zip(&mut along) {
                *place = stretch.sums.lies(&axis, &all);
            }
        }
        along
    }
}
