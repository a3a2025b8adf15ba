//! Level, spectrum, detector and candidates of a frame in -> cues that do not change with the gain out.

use super::noise::NoiseFloor;
use super::pitch::{Candidate, Candidates, LogOdds};
use super::spectrum::BANDS;
use crate::units::level::db_of_mean_square;

/// The bands of the telephone: 344 to 3438 Hz.
const TELEPHONE: std::ops::Range<usize> = 2..14;

/// How fast the memory of the loudest sound fades: 3 dB a second.
const LOUD_FADE_DB_PER_FRAME: f32 = 0.03;

/// What 16 bits add to a sound of their own: no line is quieter.
const LOUD_DB_FIRST: f32 = -98.0;

/// What is known of a frame when its candidates are.
pub struct CuesInput<'a> {
    pub candidates: &'a Candidates,
    pub log_odds: &'a LogOdds,
    pub level_db: f32,
    pub over_db: f32,
    pub detector_log_odds: f32,
    pub bands_db: &'a [f32; BANDS],
    /// Part of what the bands were measured on did not arrive, or was nothing but zeros.
    pub torn: bool,
    /// The sound has kept still for a second.
    pub steady: bool,
}

/// Each of the order of 1, for the fitted models. Levels are in units of 10 dB.
#[derive(Debug, Clone, Copy)]
pub struct Cues {
    /// The strongest correlation of any candidate: over 30 ms, and over 20 ms.
    pub strength: f32,
    pub strength_fine: f32,
    /// The log odds of the likeliest candidate, and how well its comb fits.
    pub likeliest: f32,
    pub fit: f32,
    /// The level over the background.
    pub over: f32,
    pub detector: f32,
    /// The telephone band under the loudest sound.
    pub telephone: f32,
    /// The whole level over the telephone band, and under the loudest sound.
    pub tilt: f32,
    pub level: f32,
    /// Levels of the bands under the loudest sound, and over their own background.
    pub bands_under: [f32; BANDS],
    pub bands_over: [f32; BANDS],
}

impl Cues {
    /// Of a frame in which nothing is heard.
    pub const SILENT: Self = Self {
        strength: 0.0,
        strength_fine: 0.0,
        likeliest: -8.0 / 3.0,
        fit: 0.0,
        over: 0.0,
        detector: -2.0,
        telephone: -6.0,
        tilt: 0.0,
        level: -6.0,
        bands_under: [-6.0; BANDS],
        bands_over: [0.0; BANDS],
    };
}

/// Remembers the loudest sound and the background of each band.
pub struct CueMaker {
    loud_db: f32,
    floors: [NoiseFloor; BANDS],
}

impl Default for CueMaker {
    fn default() -> Self {
        Self { loud_db: LOUD_DB_FIRST, floors: Default::default() }
    }
}

impl CueMaker {
    pub fn push(&mut self, frame: &CuesInput) -> Cues {
        let telephone: f32 = frame.bands_db[TELEPHONE].iter().map(|db| 10.0_f32.powf(0.1 * db)).sum();
        let telephone_db = db_of_mean_square(telephone);
        let fade_db = if frame.torn { 0.0 } else { LOUD_FADE_DB_PER_FRAME };
        self.loud_db = (self.loud_db - fade_db).max(telephone_db);
        let odds = frame.log_odds;
        let likeliest = (0..odds.len()).max_by(|&a, &b| odds[a].total_cmp(&odds[b])).unwrap_or(0);
        let strongest = |of: fn(&Candidate) -> f32| frame.candidates.iter().map(of).fold(0.0, f32::max);
        let mut bands_over = [0.0; BANDS];
        for ((over, floor), &db) in bands_over.iter_mut().zip(&mut self.floors).zip(frame.bands_db) {
            let floor_db = if frame.torn { floor.held(db) } else { floor.push(db, frame.steady) };
            *over = (db - floor_db).clamp(0.0, 40.0) / 10.0;
        }
        Cues {
            strength: strongest(|c| c.strength),
            strength_fine: strongest(|c| c.strength_fine),
            likeliest: odds[likeliest].clamp(-8.0, 8.0) / 3.0,
            fit: frame.candidates[likeliest].fit.all,
            over: frame.over_db.clamp(0.0, 40.0) / 10.0,
            detector: frame.detector_log_odds.clamp(-6.0, 6.0) / 3.0,
            telephone: (telephone_db - self.loud_db).max(-60.0) / 10.0,
            tilt: (frame.level_db - telephone_db).clamp(-10.0, 30.0) / 10.0,
            level: (frame.level_db - self.loud_db).max(-60.0) / 10.0,
            bands_under: frame.bands_db.map(|db| ((db - self.loud_db) / 10.0).clamp(-6.0, 1.0)),
            bands_over,
        }
    }
}
