//! Features of one microphone's frames in -> the same frames as the rep's and the client's, half a second later, out.
//!
//! What is remembered of the two voices would know their people again, so it lies in the call's locked memory, is wiped
//! with the call, and nothing here gives it out.

pub mod background;
mod cepstrum;
mod chain;
mod history;
mod voice;

use super::{BANDS, FrameFeatures};
use crate::observations::Doubt;

use background::Placed;
use cepstrum::Cepstrum;
use chain::{Path, STEPS_AHEAD};
use history::History;
use voice::Sums;

/// Frames that are decided together: a twentieth of a second.
const STEP_FRAMES: usize = 5;

/// A frame is answered for when so many after it have been heard.
pub const APART_DELAY_FRAMES: usize = STEP_FRAMES * (STEPS_AHEAD + 1);

/// Silence of this length is a pause, in which the other may take over.
const PAUSE_FRAMES: u32 = 20;

/// A stretch of one voice is at most so long.
const STRETCH_FRAMES: f32 = 150.0;

/// Shorter stretches say nothing of a voice.
const STRETCH_FRAMES_MIN: f32 = 10.0;

/// How much of the first speech is the rep's when nobody says how much.
const FIRST_FRAMES: u32 = 150;

/// After the rep says "this is me", this much speech is the rep's.
const THIS_IS_ME_FRAMES: u32 = 400;

/// A new beginning is tried so often: early, and later, in frames of speech.
const ANEW_EARLY_FRAMES: u32 = 200;
const ANEW_LATER_FRAMES: u32 = 800;
const EARLY_FRAMES: u32 = 3_500;

/// Speech that belongs to one of the two less surely than this belongs to nobody.
const SURE: f32 = 0.7;

/// How sure the newest speech must be, on average, for figures of two sides; and how fast the average follows.
const SURE_MEAN_MIN: f32 = 0.8;
const SURE_LEARNING: f32 = 0.003;

/// Until this much time has gone by the voices are not told apart: 20 s.
const TELLING_FRAMES: u64 = 2_000;

/// Whose a frame of speech is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Rep,
    Client,
    /// Speech of one of the two, who knows which.
    Nobody,
}

/// A frame, decided.
pub struct Told {
    /// `None` where nobody speaks.
    pub whose: Option<Whose>,
    /// For the rep and for the client: the frame for its speaker, silence for the other.
    pub sides: [FrameFeatures; 2],
}

#[derive(Clone, Copy, Default)]
struct Waiting {
    features: FrameFeatures,
    placed: Placed,
}

/// Tells two voices on one microphone apart.
pub struct Apart {
    cepstrum: Cepstrum,
    waiting: [Waiting; APART_DELAY_FRAMES],
    frames: u64,
    /// Of the newest step.
    step: Sums,
    silent: u32,
    after_pause: bool,
    path: Path,
    /// That the oldest step is the first voice's.
    chance: f32,
    stretch: Sums,
    stretch_first: bool,
    stretch_silent: u32,
    stretch_after_pause: bool,
    history: History,
    spoken: u32,
    anew_at: u32,
    /// Frames of speech from now on that are known to be the rep's.
    pinned: u32,
    /// The first voice is the client's.
    swapped: bool,
    sure: f32,
    told: Option<Doubt>,
}

impl Default for Apart {
    fn default() -> Self {
        Self {
            cepstrum: Cepstrum::default(),
            waiting: [Waiting::default(); APART_DELAY_FRAMES],
            frames: 0,
            step: Sums::default(),
            silent: 0,
            after_pause: true,
            path: Path::default(),
            chance: 0.5,
            stretch: Sums::default(),
            stretch_first: true,
            stretch_silent: 0,
            stretch_after_pause: true,
            history: History::default(),
            spoken: 0,
            anew_at: ANEW_EARLY_FRAMES,
            pinned: FIRST_FRAMES,
            swapped: false,
            sure: 1.0,
            told: None,
        }
    }
}

impl Apart {
    /// The first `frames` of speech are known to be the rep's.
    pub fn rep_first(&mut self, frames: u32) {
        self.pinned = frames;
    }

    /// The rep speaks now.
    pub fn this_is_me(&mut self) {
        self.pinned = THIS_IS_ME_FRAMES;
    }

    /// Who was the rep is the client from now on, and the other way.
    pub fn swap(&mut self) {
        self.swapped = !self.swapped;
    }

    /// Takes the next frame. Answers with the frame [`APART_DELAY_FRAMES`] before it, once there is one.
    pub fn push(&mut self, features: &FrameFeatures, bands_db: &[f32; BANDS]) -> Option<Told> {
        let at = (self.frames % APART_DELAY_FRAMES as u64) as usize;
        let mut newest = Waiting { features: *features, ..Waiting::default() };
        if features.speech {
            newest.placed = self.cepstrum.place(bands_db);
        }
        let oldest = std::mem::replace(&mut self.waiting[at], newest);
        let told = (self.frames >= APART_DELAY_FRAMES as u64).then(|| self.tell(&oldest));
        self.step(&newest);
        self.frames += 1;
        told
    }

    /// What is doubtful now about who speaks, when it is not what it was before.
    pub fn doubt(&mut self) -> Option<Option<Doubt>> {
        let now = if self.frames < TELLING_FRAMES {
            Some(Doubt::TellingApart)
        } else if !self.history.has_two() {
            Some(Doubt::OneVoice)
        } else {
            (self.sure < SURE_MEAN_MIN).then_some(Doubt::TellingApart)
        };
        (std::mem::replace(&mut self.told, now) != now).then_some(now)
    }

    /// How much better two voices explain what was heard than one, in log likelihood.
    pub fn gain(&self) -> f32 {
        self.history.gain()
    }

    #[cfg(test)]
    pub fn prints(&self) -> Vec<f32> {
        self.history.prints()
    }

    fn step(&mut self, newest: &Waiting) {
        let features = &newest.features;
        if features.speech {
            self.after_pause |= self.silent >= PAUSE_FRAMES;
            self.silent = 0;
            self.step.add_frame(&newest.placed, features.f0_hz, features.level_db);
        } else {
            self.silent = self.silent.saturating_add(1);
        }
        if self.frames % STEP_FRAMES as u64 == STEP_FRAMES as u64 - 1 {
            let spoken = self.step.frames > 0.0;
            let odds = if spoken { self.history.odds(&self.step) } else { 0.0 };
            self.chance = self.path.push(odds, spoken && std::mem::take(&mut self.after_pause));
            self.step = Sums::default();
        }
    }

    fn tell(&mut self, oldest: &Waiting) -> Told {
        let whose = oldest.features.speech.then(|| self.whose());
        self.remember(oldest, whose);
        let mut silent = oldest.features;
        silent.silence();
        let sides = match whose {
            None => [oldest.features; 2],
            Some(Whose::Rep) => [oldest.features, silent],
            Some(Whose::Client) => [silent, oldest.features],
            Some(Whose::Nobody) => [silent; 2],
        };
        Told { whose, sides }
    }

    fn whose(&mut self) -> Whose {
        if !self.history.has_two() || self.pinned > 0 {
            return if self.swapped { Whose::Client } else { Whose::Rep };
        }
        let sure = self.chance.max(1.0 - self.chance);
        self.sure += SURE_LEARNING * (sure - self.sure);
        if sure < SURE {
            Whose::Nobody
        } else if (self.chance > 0.5) != self.swapped {
            Whose::Rep
        } else {
            Whose::Client
        }
    }

    fn remember(&mut self, oldest: &Waiting, whose: Option<Whose>) {
        let features = &oldest.features;
        if whose.is_none() {
            self.stretch_silent = self.stretch_silent.saturating_add(1);
            if self.stretch_silent == PAUSE_FRAMES {
                self.close_stretch();
                self.stretch_after_pause = true;
            }
            return;
        }
        self.stretch_silent = 0;
        let first = self.pinned > 0 || self.chance > 0.5;
        if self.stretch.frames >= STRETCH_FRAMES || first != self.stretch_first {
            self.close_stretch();
        }
        self.stretch_first = first;
        self.stretch.add_frame(&oldest.placed, features.f0_hz, features.level_db);
        self.spoken = self.spoken.saturating_add(1);
        if self.pinned > 0 {
            self.pinned -= 1;
            if self.pinned == 0 {
                self.close(true);
            }
        }
    }

    fn close_stretch(&mut self) {
        self.close(self.pinned > 0);
    }

    fn close(&mut self, pinned: bool) {
        let stretch = std::mem::take(&mut self.stretch);
        if stretch.frames < STRETCH_FRAMES_MIN {
            return;
        }
        // What is pinned is the rep's; the first voice is the client's after a swap.
        self.history.push(&stretch, std::mem::take(&mut self.stretch_after_pause), pinned && !self.swapped);
        if self.spoken >= self.anew_at {
            let wait = if self.spoken < EARLY_FRAMES { ANEW_EARLY_FRAMES } else { ANEW_LATER_FRAMES };
            self.anew_at = self.spoken + wait;
            self.history.start_anew();
        }
    }
}
