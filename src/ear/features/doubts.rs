//! Features of both sides in -> what about them makes it impossible to say who speaks, when that changes, out.
//!
//! The same sound on both channels has the same difference of level in every loud frame; two people never do for long.
//! A channel in which nothing was ever louder than the last bit of a recording was not recorded.

use super::FrameFeatures;
use crate::observations::Doubt;
use crate::units::level::{DB_FLOOR, db_of_mean_square};

/// Frames are compared when one side is within this of its loudest, which fades 3 dB a second.
const LOUD_WITHIN_DB: f32 = 15.0;
const LOUD_FADE_DB_PER_FRAME: f32 = 0.03;

/// How fast the usual difference follows, and how far frames may stray from it: certain after two seconds of voice.
const FOLLOW_DB: f32 = 0.03;
const LEARNING: f32 = 0.01;
const STRAY_DB_MAX: f32 = 1.5;
const STRAY_DB_APART: f32 = 3.0;
const COMPARED_FRAMES_MIN: u32 = 200;

/// An echo is further under its voice than one copy of a sound is under the other.
const APART_DB_MAX: f32 = 12.0;

/// The noise of the last of 16 bits, and of codecs, stays under this. Speech on the quietest lines does not.
const EMPTY_DB: f32 = -75.0;

/// The other side must have spoken for so long before an empty channel is missed: 3 s.
const SPOKEN_FRAMES_MIN: u32 = 300;

/// Watches both channels from the first frame on.
pub struct Doubts {
    loud_db: f32,
    before: [f32; 2],
    apart_db: f32,
    stray_db: f32,
    compared: u32,
    same: bool,
    /// Of the rep and of the client.
    loudest_db: [f32; 2],
    spoken: [u32; 2],
    told: Option<Doubt>,
}

impl Default for Doubts {
    fn default() -> Self {
        Self {
            loud_db: DB_FLOOR,
            before: [0.0; 2],
            apart_db: 0.0,
            stray_db: 2.0 * STRAY_DB_APART,
            compared: 0,
            same: false,
            loudest_db: [DB_FLOOR; 2],
            spoken: [0; 2],
            told: None,
        }
    }
}

impl Doubts {
    /// Takes the same frame of both sides. Answers with what is doubtful now, when it is not what it was before.
    pub fn push(&mut self, rep: &FrameFeatures, client: &FrameFeatures) -> Option<Option<Doubt>> {
        if rep.dropped || client.dropped {
            return None;
        }
        let sides = [rep, client];
        let levels_db =
            [0, 1].map(|side| db_of_mean_square(0.5 * (sides[side].mean_square + self.before[side])));
        self.before = sides.map(|side| side.mean_square);
        for side in 0..2 {
            self.loudest_db[side] = self.loudest_db[side].max(levels_db[side]);
            self.spoken[side] = self.spoken[side].saturating_add(sides[side].speech.into());
        }
        self.compare(levels_db, sides.iter().any(|side| side.speech_probability > 0.5));
        let now = self.doubt();
        (std::mem::replace(&mut self.told, now) != now).then_some(now)
    }

    /// The two channels carry the same sound.
    pub fn is_same_sound(&self) -> bool {
        self.same
    }

    fn compare(&mut self, levels_db: [f32; 2], speech: bool) {
        let louder_db = levels_db[0].max(levels_db[1]);
        self.loud_db = (self.loud_db - LOUD_FADE_DB_PER_FRAME).max(louder_db);
        if !speech || louder_db < (self.loud_db - LOUD_WITHIN_DB).max(EMPTY_DB) {
            return;
        }
        let apart_db = levels_db[0] - levels_db[1];
        if self.compared == 0 {
            self.apart_db = apart_db;
        }
        self.compared = self.compared.saturating_add(1);
        let off_db = apart_db - self.apart_db;
        self.apart_db += off_db.clamp(-FOLLOW_DB, FOLLOW_DB);
        self.stray_db += LEARNING * (off_db.abs().min(20.0) - self.stray_db);
        let limit_db = if self.same { STRAY_DB_APART } else { STRAY_DB_MAX };
        self.same = self.compared >= COMPARED_FRAMES_MIN
            && self.stray_db < limit_db
            && self.apart_db.abs() < APART_DB_MAX;
    }

    fn doubt(&self) -> Option<Doubt> {
        let missing =
            |side: usize| self.loudest_db[side] < EMPTY_DB && self.spoken[1 - side] >= SPOKEN_FRAMES_MIN;
        if self.same {
            Some(Doubt::SameSound)
        } else if missing(0) {
            Some(Doubt::NoRep)
        } else {
            missing(1).then_some(Doubt::NoClient)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(level_db: f32) -> FrameFeatures {
        let speech = level_db > -60.0;
        FrameFeatures {
            speech,
            speech_probability: if speech { 0.9 } else { 0.1 },
            mean_square: 10.0_f32.powf(0.1 * level_db),
            ..FrameFeatures::default()
        }
    }

    /// Levels of a voice that takes turns of three seconds.
    fn voice_db(frame: usize, seed: usize) -> f32 {
        let t = frame as f32 + 7.0 * seed as f32;
        if (frame / 300) % 2 == seed {
            -30.0 + 6.0 * (0.31 * t).sin() + 4.0 * (0.83 * t).cos()
        } else {
            -70.0
        }
    }

    #[track_caller]
    fn check(rep: impl Fn(usize) -> f32, client: impl Fn(usize) -> f32, want: Option<Doubt>) {
        let (mut doubts, mut last) = (Doubts::default(), None);
        for i in 0..2_000 {
            last = doubts.push(&frame(rep(i)), &frame(client(i))).unwrap_or(last);
        }
        assert_eq!(last, want);
    }

    #[test]
    fn the_same_sound_twice_is_one_sound_whatever_its_gain() {
        for lower_db in [0.0, 3.0, 9.0] {
            check(|i| voice_db(i, 0), |i| voice_db(i, 0) - lower_db, Some(Doubt::SameSound));
            check(|i| voice_db(i, 0) - lower_db, |i| voice_db(i, 0), Some(Doubt::SameSound));
        }
    }

    #[test]
    fn two_who_take_turns_are_two_even_with_an_echo_of_each_other() {
        check(|i| voice_db(i, 0), |i| voice_db(i, 1), None);
        check(
            |i| voice_db(i, 0).max(voice_db(i, 1) - 8.0),
            |i| voice_db(i, 1).max(voice_db(i, 0) - 8.0),
            None,
        );
    }

    #[test]
    fn a_channel_that_was_not_recorded_is_missed() {
        check(|i| voice_db(i, 0), |_| -90.0, Some(Doubt::NoClient));
        check(|_| -84.0, |i| voice_db(i, 1), Some(Doubt::NoRep));
        check(|_| -90.0, |_| -90.0, None);
    }
}
