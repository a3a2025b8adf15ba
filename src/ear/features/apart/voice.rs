//! Frames of one speaker in -> what of the voice they show, and how well other frames fit it, out.

use super::background::{CEPSTRA, GAUSSIANS, Placed};

/// What a frame says counts this much: frames that follow one another say much the same.
const FRAME_WEIGHT: f32 = 0.15;

/// Frames of a sound that weigh as much as knowing nothing of how this voice makes it.
const RELEVANCE: f32 = 12.0;

/// A voice's own spread of pitch, in octaves, and how much a voiced frame of it counts.
const PITCH_SPREAD: f32 = 0.14;
const PITCH_WEIGHT: f32 = 0.04;

/// A voice's own spread of level at the microphone, and how much a frame of it counts: people move.
const LEVEL_SPREAD_DB: f32 = 5.0;
const LEVEL_WEIGHT: f32 = 0.02;

/// Frames that a mean of pitch or level leans on before it leans on the voice's own.
const MEAN_RELEVANCE: f32 = 30.0;

/// Sums over frames of speech.
#[derive(Clone, Copy)]
pub struct Sums {
    pub frames: f32,
    shares: [f32; GAUSSIANS],
    apart: [[f32; CEPSTRA]; GAUSSIANS],
    voiced: f32,
    octaves: f32,
    level_db: f32,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            frames: 0.0,
            shares: [0.0; GAUSSIANS],
            apart: [[0.0; CEPSTRA]; GAUSSIANS],
            voiced: 0.0,
            octaves: 0.0,
            level_db: 0.0,
        }
    }
}

impl Sums {
    pub fn add_frame(&mut self, placed: &Placed, f0_hz: f32, level_db: f32) {
        self.frames += 1.0;
        for ((sound, share), apart) in placed.shares.iter().zip(&placed.apart) {
            self.shares[*sound] += share;
            for (sum, z) in self.apart[*sound].iter_mut().zip(apart) {
                *sum += share * z;
            }
        }
        if f0_hz > 0.0 {
            self.voiced += 1.0;
            self.octaves += f0_hz.log2();
        }
        self.level_db += level_db;
    }

    #[cfg(test)]
    pub fn prints(&self) -> Vec<f32> {
        self.apart.iter().flatten().chain(&self.shares).copied().filter(|x| x.abs() > 1e-3).collect()
    }

    /// Adds a part of other sums.
    pub fn add(&mut self, other: &Self, part: f32) {
        self.frames += part * other.frames;
        for sound in 0..GAUSSIANS {
            self.shares[sound] += part * other.shares[sound];
            for c in 0..CEPSTRA {
                self.apart[sound][c] += part * other.apart[sound][c];
            }
        }
        self.voiced += part * other.voiced;
        self.octaves += part * other.octaves;
        self.level_db += part * other.level_db;
    }

    /// How much likelier `self` is from the voice of `voice` less `part` of `self`, than from nobody in particular.
    /// `usual` is what pitch and level are like over everybody.
    pub fn fit(&self, voice: &Self, part: f32, usual: &Usual) -> f32 {
        let mut cepstra = 0.0;
        for sound in 0..GAUSSIANS {
            let share = self.shares[sound];
            if share > 0.01 {
                let scale = 1.0 / ((voice.shares[sound] - part * share).max(0.0) + RELEVANCE);
                for c in 0..CEPSTRA {
                    let own = self.apart[sound][c];
                    let offset = (voice.apart[sound][c] - part * own) * scale;
                    cepstra += offset * (own - 0.5 * share * offset);
                }
            }
        }
        let left = |all: f32, own: f32| (all - part * own).max(0.0);
        let pitch = mean_fit(
            (self.voiced, self.octaves),
            (left(voice.voiced, self.voiced), voice.octaves - part * self.octaves),
            usual.octaves,
        );
        let level = mean_fit(
            (self.frames, self.level_db),
            (left(voice.frames, self.frames), voice.level_db - part * self.level_db),
            usual.level_db,
        );
        FRAME_WEIGHT * cepstra
            + PITCH_WEIGHT / PITCH_SPREAD.powi(2) * pitch
            + LEVEL_WEIGHT / LEVEL_SPREAD_DB.powi(2) * level
    }
}

impl Sums {
    /// Moves an axis by how a stretch differs from `all`.
    pub fn lean(&mut self, stretch: &Self, all: &Self, part: f32) {
        stretch.differences(all, |sound, c, difference| self.apart[sound][c] += part * difference);
    }

    /// How far a stretch lies along an axis.
    pub fn lies(&self, axis: &Self, all: &Self) -> f32 {
        let mut place = 0.0;
        self.differences(all, |sound, c, difference| place += difference * axis.apart[sound][c]);
        place
    }

    /// How a stretch makes each sound otherwise than `all`; what was hardly heard counts little.
    fn differences(&self, all: &Self, mut tell: impl FnMut(usize, usize, f32)) {
        for sound in 0..GAUSSIANS {
            let share = self.shares[sound];
            if share > 0.5 {
                let usual = 1.0 / (all.shares[sound] + RELEVANCE);
                let counts = share.sqrt() / (share + RELEVANCE);
                for c in 0..CEPSTRA {
                    tell(sound, c, counts * (self.apart[sound][c] - share * all.apart[sound][c] * usual));
                }
            }
        }
    }
}

/// Pitch and level over all voices together.
pub struct Usual {
    octaves: f32,
    level_db: f32,
}

impl Usual {
    pub fn of(all: &Sums) -> Self {
        Self { octaves: all.octaves / all.voiced.max(1.0), level_db: all.level_db / all.frames.max(1.0) }
    }
}

/// How much better a count and sum of values fit a voice's mean than the usual one, in squares of the value's unit.
fn mean_fit((count, sum): (f32, f32), (voice_count, voice_sum): (f32, f32), usual: f32) -> f32 {
    let offset = (voice_sum - voice_count * usual) / (voice_count + MEAN_RELEVANCE);
    offset * ((sum - count * usual) - 0.5 * count * offset)
}
