//! Cues of frames and a learnt detector in -> the probability of speech, and speech or not, out.

use earshot::Detector;

use super::cues::Cues;
use super::spectrum::BANDS;

/// Samples that the detector takes at once: 16 ms.
const BLOCK_SAMPLES: usize = 256;

/// The detector speaks of what it heard so many frames ago.
pub const DETECTOR_LATE_FRAMES: usize = 2;

/// Log odds of the detector beyond which it is as sure as it gets.
const LOG_ODDS_MAX: f32 = 6.0;

/// The probability is of means over so many frames to each side.
const REACH: usize = 3;
const AROUND: usize = 2 * REACH + 1;

/// A probability belongs to the frame so many frames before the newest.
pub const PROBABILITY_DELAY_FRAMES: usize = REACH;

/// Frames whose own level is asked: an edge is sharper than the means.
const ASKED: [usize; 5] = [0, 2, 3, 4, 6];

/// How fast the memory of the spectrum's movement fades: in a quarter of a second. Tones and chords do not move.
const MOVEMENT_FADE: f32 = 0.04;

/// The longer memories, of two seconds: words come with gaps between them, music goes on.
const LONG_FADE: f32 = 0.005;

/// A gap is this far under the loudest sound, in units of 10 dB; a fifth of lively speech is.
const GAP: f32 = -2.0;
const GAPS_FIRST: f32 = 0.2;

/// What is remembered: the movement of a quarter of a second, that of two, and the share of gaps.
const MEMORIES: usize = 3;
const MEMORIES_FIRST: [f32; MEMORIES] = [MOVEMENT_FIRST, MOVEMENT_FIRST, GAPS_FIRST];

/// The movement of lively speech, in units of 10 dB, to begin with.
const MOVEMENT_FIRST: f32 = 0.3;

/// After a second of zeros whatever comes may be a voice again, as at the beginning; the gaps of tones are shorter.
const MUTE_FRAMES: u32 = 100;

const MEANS: usize = 4;
const BAND_PAIRS: usize = BANDS / 2;
pub const SPEECH_CUES: usize = MEANS + MEMORIES + 2 * ASKED.len() + 2 * BAND_PAIRS;

/// Frames of speech that make speech of them; fewer are clicks and coughs.
const ISLAND_FRAMES: usize = 6;

/// A decision belongs to the frame so many frames before its probability's.
pub const DECISION_DELAY_FRAMES: usize = ISLAND_FRAMES - 1;

/// The probability at which speech begins, and under which it ends.
pub const BEGINS: f32 = 0.5;
const ENDS: f32 = 0.4;

/// The learnt detector, fed in its own blocks.
#[derive(Default)]
pub struct LearntDetector {
    detector: Detector,
    block: Block,
    log_odds: f32,
}

struct Block {
    samples: [f32; BLOCK_SAMPLES],
    filled: usize,
}

impl Default for Block {
    fn default() -> Self {
        Self { samples: [0.0; BLOCK_SAMPLES], filled: 0 }
    }
}

impl LearntDetector {
    /// Takes a filtered frame and the factor that brings it to the usual loudness; answers with the newest log odds of
    /// speech.
    pub fn push(&mut self, samples: &[f32], factor: f32) -> f32 {
        for &sample in samples {
            self.block.samples[self.block.filled] = (factor * sample).clamp(-1.0, 1.0);
            self.block.filled += 1;
            if self.block.filled == BLOCK_SAMPLES {
                self.block.filled = 0;
                let p = self.detector.predict_f32(&self.block.samples).clamp(1e-6, 1.0 - 1e-6);
                self.log_odds = (p / (1.0 - p)).ln().clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX);
            }
        }
        self.log_odds
    }
}

/// What one frame says.
#[derive(Clone, Copy)]
struct Said {
    /// The late detector, correlation, tilt and movement, then the pairs of bands: all asked for their means.
    means: [f32; MEANS + 2 * BAND_PAIRS],
    memories: [f32; MEMORIES],
    over: f32,
    level: f32,
}

/// Everything that speaks for speech, weighed. The newest last.
pub struct SpeechProbability {
    recent: [Said; AROUND],
    bands_before: Option<[f32; BANDS]>,
    memories: [f32; MEMORIES],
    torn_frames: u32,
}

impl Default for SpeechProbability {
    fn default() -> Self {
        let means = [0.0; MEANS + 2 * BAND_PAIRS];
        let nothing = Said { means, memories: MEMORIES_FIRST, over: 0.0, level: -6.0 };
        let mut probability =
            Self { recent: [nothing; AROUND], bands_before: None, memories: MEMORIES_FIRST, torn_frames: 0 };
        (0..AROUND).for_each(|_| _ = probability.push(&Cues::SILENT, -LOG_ODDS_MAX, false));
        Self { bands_before: None, memories: MEMORIES_FIRST, ..probability }
    }
}

impl SpeechProbability {
    /// Takes a frame's cues, and what the detector said [`DETECTOR_LATE_FRAMES`] after it. Answers for the frame
    /// [`PROBABILITY_DELAY_FRAMES`] before it, by what the model is to be asked. A `torn` frame did not arrive whole, or
    /// was nothing but zeros.
    pub fn push(&mut self, cues: &Cues, late_detector: f32, torn: bool) -> [f32; SPEECH_CUES] {
        let said = self.said(cues, late_detector, torn);
        self.recent.rotate_left(1);
        self.recent[AROUND - 1] = said;

        let mut means = [0.0; MEANS + 2 * BAND_PAIRS];
        for said in &self.recent {
            means.iter_mut().zip(&said.means).for_each(|(mean, value)| *mean += value / AROUND as f32);
        }
        let mut asked = [0.0; SPEECH_CUES];
        asked[..MEANS].copy_from_slice(&means[..MEANS]);
        asked[MEANS..MEANS + MEMORIES].copy_from_slice(&self.recent[REACH].memories);
        for (i, at) in ASKED.iter().enumerate() {
            asked[MEANS + MEMORIES + i] = self.recent[*at].over;
            asked[MEANS + MEMORIES + ASKED.len() + i] = self.recent[*at].level;
        }
        asked[MEANS + MEMORIES + 2 * ASKED.len()..].copy_from_slice(&means[MEANS..]);
        asked
    }

    fn said(&mut self, cues: &Cues, late_detector: f32, torn: bool) -> Said {
        let before = self.bands_before.replace(cues.bands_under).unwrap_or(cues.bands_under);
        let moved =
            before.iter().zip(&cues.bands_under).map(|(a, b)| (a - b).abs()).sum::<f32>() / BANDS as f32;
        self.torn_frames = if torn { (self.torn_frames + 1).min(MUTE_FRAMES) } else { 0 };
        if self.torn_frames < MUTE_FRAMES {
            let [quick, slow, gaps] = &mut self.memories;
            *quick += MOVEMENT_FADE * (moved - *quick);
            *slow += LONG_FADE * (moved - *slow);
            *gaps += LONG_FADE * (if cues.level < GAP { 1.0 } else { 0.0 } - *gaps);
        } else {
            self.memories = MEMORIES_FIRST;
        }
        let mut means = [0.0; MEANS + 2 * BAND_PAIRS];
        means[..MEANS].copy_from_slice(&[late_detector / 3.0, cues.strength, cues.tilt, moved]);
        for pair in 0..BAND_PAIRS {
            let mean = |bands: &[f32; BANDS]| 0.5 * (bands[2 * pair] + bands[2 * pair + 1]);
            means[MEANS + pair] = mean(&cues.bands_under);
            means[MEANS + BAND_PAIRS + pair] = mean(&cues.bands_over);
        }
        Said { means, memories: self.memories, over: cues.over, level: cues.level }
    }
}

/// Probabilities in, speech or not out, without islands.
#[derive(Debug, Default)]
pub struct SpeechDecision {
    raw: bool,
    /// The decisions that may still turn out to be an island, newest first.
    pending: [bool; ISLAND_FRAMES],
    /// The newest answer.
    kept: bool,
}

impl SpeechDecision {
    /// Takes a probability; answers for the frame `ISLAND_FRAMES - 1` before its own.
    pub fn push(&mut self, probability: f32) -> bool {
        self.raw = probability >= if self.raw { ENDS } else { BEGINS };
        self.pending.rotate_right(1);
        self.pending[0] = self.raw;
        let run = self.pending.iter().take_while(|&&speech| speech).count();
        let oldest = ISLAND_FRAMES - 1;
        // The oldest frame is kept when its run began earlier and was kept, or is long enough by now.
        let kept = self.pending[oldest] && (run == ISLAND_FRAMES || self.kept);
        self.kept = kept;
        kept
    }
}
