//! Cues of frames in -> the middles of syllables, a fixed time later, out.
//!
//! A fitted model says how much each frame is like the middle of a vowel; its peaks are the nuclei.

use super::cues::Cues;
use super::spectrum::BANDS;

/// How far to each side a frame's neighbours are asked.
const REACH: usize = 4;
const AROUND: usize = 2 * REACH + 1;

/// Frames that are asked, from four before to four after: for a frame's own cues, and for its bands.
const FAR: [usize; 3] = [0, 4, 8];
const WIDE: [usize; 5] = [0, 2, 4, 6, 8];

/// Neighbouring bands are asked together: vowels are broad.
const BAND_PAIRS: usize = BANDS / 2;

pub const NUCLEUS_CUES: usize = 5 * FAR.len() + BAND_PAIRS * WIDE.len();

/// Weights of a raised cosine over five frames: quicker movement is not a syllable's.
const SMOOTH: [f32; 5] = [0.083_33, 0.25, 0.333_33, 0.25, 0.083_33];

/// A nucleus is the highest of so many frames to each side.
const PEAK_REACH: usize = 3;

/// What is asked speaks of the frame so many frames before the newest, and a nucleus of one so many before that.
pub const VOWEL_DELAY_FRAMES: usize = REACH;
pub const PEAK_DELAY_FRAMES: usize = SMOOTH.len() / 2 + PEAK_REACH;

/// Log odds are cut off here, so that a loud vowel does not hide a weak one.
const LOG_ODDS_MAX: f32 = 6.0;

/// Log odds that a nucleus has at least, and by which they fall between two nuclei.
const PEAK_MIN: f32 = -1.5;
const DIP_MIN: f32 = 1.6;

/// Nuclei follow each other by 50 ms at least.
const APART_FRAMES_MIN: u32 = 5;

/// Finds peaks with a dip before each.
pub struct Nuclei {
    recent: [Cues; AROUND],
    raw: [f32; SMOOTH.len()],
    smooth: [f32; 2 * PEAK_REACH + 1],
    /// The newest peak, the lowest point since, and how long ago it was.
    peak: f32,
    valley: f32,
    since_peak: u32,
}

impl Default for Nuclei {
    fn default() -> Self {
        Self {
            recent: [Cues::SILENT; AROUND],
            raw: [-LOG_ODDS_MAX; SMOOTH.len()],
            smooth: [-LOG_ODDS_MAX; 2 * PEAK_REACH + 1],
            peak: LOG_ODDS_MAX,
            valley: -LOG_ODDS_MAX,
            since_peak: APART_FRAMES_MIN,
        }
    }
}

impl Nuclei {
    /// Takes the log odds that a frame is the middle of a vowel; tells whether the frame [`PEAK_DELAY_FRAMES`] before
    /// it is a nucleus.
    pub fn push(&mut self, log_odds: f32) -> bool {
        self.raw.rotate_left(1);
        self.raw[SMOOTH.len() - 1] = log_odds.clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX);
        self.smooth.rotate_left(1);
        self.smooth[2 * PEAK_REACH] = self.raw.iter().zip(&SMOOTH).map(|(x, w)| x * w).sum();
        self.is_nucleus()
    }

    /// Takes a frame's cues. What the model is to be asked about the frame [`VOWEL_DELAY_FRAMES`] before it.
    pub fn asked(&mut self, cues: &Cues) -> [f32; NUCLEUS_CUES] {
        self.recent.rotate_left(1);
        self.recent[AROUND - 1] = *cues;
        let mut asked = [0.0; NUCLEUS_CUES];
        let mut next = asked.iter_mut();
        let own: [fn(&Cues) -> f32; 5] =
            [|c| c.strength, |c| c.detector, |c| c.over, |c| c.telephone, |c| c.level];
        for cue in own {
            FAR.iter().zip(&mut next).for_each(|(&at, slot)| *slot = cue(&self.recent[at]));
        }
        for pair in 0..BAND_PAIRS {
            for (&at, slot) in WIDE.iter().zip(&mut next) {
                let bands = &self.recent[at].bands_under;
                *slot = 0.5 * (bands[2 * pair] + bands[2 * pair + 1]);
            }
        }
        asked
    }

    fn is_nucleus(&mut self) -> bool {
        let here = self.smooth[PEAK_REACH];
        self.since_peak = self.since_peak.saturating_add(1);
        self.valley = self.valley.min(here);
        let (before, after) = (&self.smooth[..PEAK_REACH], &self.smooth[PEAK_REACH + 1..]);
        let highest = before.iter().all(|&x| x < here) && after.iter().all(|&x| x <= here);
        if !highest || here < PEAK_MIN {
            return false;
        }
        let apart = self.since_peak >= APART_FRAMES_MIN && self.peak - self.valley >= DIP_MIN;
        let nucleus = apart && here - self.valley >= DIP_MIN;
        if nucleus {
            self.since_peak = 0;
        }
        if nucleus || here > self.peak {
            (self.peak, self.valley) = (here, here);
        }
        nucleus
    }
}
