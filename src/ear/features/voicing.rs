//! Cues of frames in -> what the model of voicing is to be asked, a fixed time later, out.

use super::cues::Cues;
use super::spectrum::BANDS;

/// How far to each side a frame's neighbours are asked.
pub const VOICING_DELAY_FRAMES: usize = 4;
const AROUND: usize = 2 * VOICING_DELAY_FRAMES + 1;

/// Frames that are asked, from four before to four after.
const WIDE: &[usize] = &[0, 2, 4, 6, 8];
const NEAR: &[usize] = &[2, 3, 4, 5, 6];
const FAR: &[usize] = &[0, 4, 8];
const HERE: &[usize] = &[4];

type Ask = (fn(&Cues) -> f32, &'static [usize]);

/// What is asked of which frames, before the bands of the frame itself.
const ASKED: [Ask; 9] = [
    (|c| c.strength, WIDE),
    (|c| c.strength_fine, NEAR),
    (|c| c.likeliest, WIDE),
    (|c| c.fit, HERE),
    (|c| c.over, FAR),
    (|c| c.detector, FAR),
    (|c| c.telephone, WIDE),
    (|c| c.tilt, HERE),
    (|c| c.level, NEAR),
];
pub const VOICING_CUES: usize = 33 + 2 * BANDS;

/// Weighs what a frame and its neighbours say. The newest last.
pub struct Voicing {
    recent: [Cues; AROUND],
}

impl Default for Voicing {
    fn default() -> Self {
        Self { recent: [Cues::SILENT; AROUND] }
    }
}

impl Voicing {
    /// Answers for the frame [`VOICING_DELAY_FRAMES`] before this one.
    pub fn push(&mut self, cues: &Cues) -> [f32; VOICING_CUES] {
        self.recent.rotate_left(1);
        self.recent[AROUND - 1] = *cues;
        let mut asked = [0.0; VOICING_CUES];
        let mut next = asked.iter_mut();
        for (cue, frames) in ASKED {
            frames.iter().zip(&mut next).for_each(|(&at, slot)| *slot = cue(&self.recent[at]));
        }
        let here = &self.recent[VOICING_DELAY_FRAMES];
        here.bands_under.iter().chain(&here.bands_over).zip(next).for_each(|(&cue, slot)| *slot = cue);
        asked
    }
}
