//! Features of both sides in -> which of the rep's frames are only the client out of a loudspeaker out.
//!
//! What comes back from a loudspeaker follows the client's level, a fixed time later and a fixed number of decibels
//! lower. Nothing else does for long.

use super::FrameFeatures;
use crate::units::level::{DB_FLOOR, db_of_mean_square};

/// The longest way from the client's channel into the rep's: 250 ms.
const LATE_FRAMES_MAX: usize = 25;

/// The client's frames that are compared are within this of the client's loudest.
const LOUD_WITHIN_DB: f32 = 20.0;
const LOUD_FADE_DB_PER_FRAME: f32 = 0.03;

/// How much of the way to what it sees an estimate goes in a frame: it is sure after half a second of the client's voice.
const LEARNING: f32 = 0.05;
const FRAMES_MIN: u32 = 40;

/// A way is believed when the rep's level strays so little from what it predicts, and its loss is no more than this.
const STRAY_DB_MAX: f32 = 2.5;
const LOSS_DB_MAX: f32 = 45.0;

/// A frame this far over the prediction has something of its own.
const OWN_DB: f32 = 4.0;

/// Rooms swallow a sound by 60 dB in a third of a second.
const ROOM_FADE_DB_PER_FRAME: f32 = 1.8;

/// One frame more or less does not decide.
const SMOOTHING: f32 = 0.25;

/// Follows every possible way at once.
pub struct Bleed {
    /// The client's levels, the newest first, and which of them are loud enough to learn from.
    client_db: [f32; LATE_FRAMES_MAX + 1],
    client_loud: [bool; LATE_FRAMES_MAX + 1],
    ways: [Way; LATE_FRAMES_MAX + 1],
    loud_db: f32,
    /// What the loudspeaker is expected to be heard at, with the room's echo of it.
    echo_db: f32,
    likely: f32,
    rep_before: f32,
    client_before: f32,
}

/// From the client's channel into the rep's, a number of frames later.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    frames: u32,
    gain_db: f32,
    stray_db: f32,
}

impl Default for Bleed {
    fn default() -> Self {
        Self {
            client_db: [DB_FLOOR; LATE_FRAMES_MAX + 1],
            client_loud: [false; LATE_FRAMES_MAX + 1],
            echo_db: DB_FLOOR,
            ways: [Way::default(); LATE_FRAMES_MAX + 1],
            loud_db: -90.0,
            likely: 0.0,
            rep_before: 0.0,
            client_before: 0.0,
        }
    }
}

impl Bleed {
    /// Takes the same frame of both sides. Takes the speech out of the rep's frame if it is the client's.
    pub fn push(&mut self, rep: &mut FrameFeatures, client: &FrameFeatures) {
        let level_db = |now: f32, before: f32| db_of_mean_square(0.5 * (now + before));
        let rep_db = level_db(rep.mean_square, self.rep_before);
        let client_db = level_db(client.mean_square, self.client_before);
        (self.rep_before, self.client_before) = (rep.mean_square, client.mean_square);
        self.loud_db = (self.loud_db - LOUD_FADE_DB_PER_FRAME).max(client_db);
        let loud = client_db > self.loud_db - LOUD_WITHIN_DB && client.speech_probability > 0.3;
        self.client_db.rotate_right(1);
        self.client_db[0] = client_db;
        self.client_loud.rotate_right(1);
        self.client_loud[0] = loud;
        if rep.dropped || client.dropped {
            return;
        }
        let heard = self.client_db.iter().zip(&self.client_loud);
        for (way, (client_db, _)) in self.ways.iter_mut().zip(heard).filter(|(_, (_, loud))| **loud) {
            way.learn(rep_db - client_db);
        }
        self.echo_db = (self.echo_db - ROOM_FADE_DB_PER_FRAME).max(self.predicted_db().unwrap_or(DB_FLOOR));
        let is_echo = if rep_db < self.echo_db + OWN_DB { 1.0 } else { 0.0 };
        self.likely += SMOOTHING * (is_echo - self.likely);
        if self.likely > 0.5 {
            rep.silence();
        }
    }

    /// The level that the likeliest way predicts for the rep's frame.
    fn predicted_db(&self) -> Option<f32> {
        let believed = |way: &Way| {
            way.frames >= FRAMES_MIN
                && way.stray_db < STRAY_DB_MAX
                && (-LOSS_DB_MAX..0.0).contains(&way.gain_db)
        };
        let ways = self.ways.iter().enumerate().filter(|(_, way)| believed(way));
        let (late, way) = ways.min_by(|(_, a), (_, b)| a.stray_db.total_cmp(&b.stray_db))?;
        let around = &self.client_db[late.saturating_sub(1)..(late + 2).min(self.client_db.len())];
        Some(around.iter().copied().fold(DB_FLOOR, f32::max) + way.gain_db)
    }
}

impl Way {
    /// The gain is a running median, so that the rep's own words do not pull it; the stray is how far frames are off.
    fn learn(&mut self, gain_db: f32) {
        self.frames = self.frames.saturating_add(1);
        if self.frames == 1 {
            self.gain_db = gain_db;
            self.stray_db = 2.0 * STRAY_DB_MAX;
        }
        let off = gain_db - self.gain_db;
        self.gain_db += if self.frames < FRAMES_MIN { 0.1 * off } else { off.clamp(-0.3, 0.3) };
        self.stray_db += LEARNING * (off.abs().min(10.0) - self.stray_db);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(level_db: f32) -> FrameFeatures {
        FrameFeatures {
            speech: true,
            speech_probability: 0.9,
            mean_square: 10.0_f32.powf(0.1 * level_db),
            ..FrameFeatures::default()
        }
    }

    /// Levels of a voice: it moves by 20 dB, never the same way twice.
    fn voice_db(frame: usize, seed: f32) -> f32 {
        let t = frame as f32;
        -30.0 + 6.0 * (0.31 * t + seed).sin() + 4.0 * (0.83 * t * seed).cos()
    }

    /// The share of the rep's frames that stay speech when the client is heard `loss_db` lower, `late` frames later.
    fn share(own: impl Fn(usize) -> f32, loss_db: f32, late: usize) -> f32 {
        let mut bleed = Bleed::default();
        let kept = (0..600).filter(|&i: &usize| {
            let echo_db = voice_db(i.saturating_sub(late), 1.7) - loss_db;
            let power = 10.0_f32.powf(0.1 * echo_db) + 10.0_f32.powf(0.1 * own(i));
            let mut rep = spoken(10.0 * power.log10());
            bleed.push(&mut rep, &spoken(voice_db(i, 1.7)));
            i >= 200 && rep.speech
        });
        kept.count() as f32 / 400.0
    }

    #[test]
    fn the_client_out_of_a_loudspeaker_is_not_the_rep() {
        for (loss_db, late) in [(6.0, 2), (12.0, 9), (20.0, 20)] {
            let share = share(|_| -90.0, loss_db, late);
            assert!(share < 0.05, "{share} of an echo {loss_db} dB lower and {late} frames later counted");
        }
    }

    #[test]
    fn two_who_speak_at_once_are_two() {
        let share = share(|i| voice_db(i, 2.9), 12.0, 9);
        assert!(share > 0.8, "{share}");
    }
}
