//! The likeliest path and what is voiced in -> pitch without short stretches between leaps out.

/// How far ahead of a frame the path is asked.
pub const AHEAD_FRAMES: usize = 4;

/// From a fifth of an octave on a change within 10 ms is a leap: a mistake, or another voice.
const LEAP_OCTAVES: f32 = 0.2;

/// A stretch shorter than this that begins or ends with a leap is the mistake.
const STRETCH_FRAMES_MIN: usize = AHEAD_FRAMES + 1;

/// The stretch that the newest frame belongs to.
#[derive(Debug, Default)]
pub struct Leaps {
    f0_hz: f32,
    frames: usize,
    began_with_leap: bool,
}

impl Leaps {
    /// Takes the pitch of a frame and of the four after it as far as it is known, 0 where unvoiced; answers with the
    /// frame's pitch.
    pub fn push(&mut self, ahead: &[f32; AHEAD_FRAMES + 1]) -> f32 {
        let f0_hz = ahead[0];
        if f0_hz <= 0.0 {
            *self = Self::default();
            return 0.0;
        }
        if together(self.f0_hz, f0_hz) {
            self.frames += 1;
        } else {
            self.began_with_leap = self.f0_hz > 0.0;
            self.frames = 1;
        }
        self.f0_hz = f0_hz;
        let more = ahead.windows(2).take_while(|pair| together(pair[0], pair[1])).count();
        let ends_with_leap = more < AHEAD_FRAMES && ahead[more + 1] > 0.0;
        let frames = self.frames + more;
        let mistaken = frames < STRETCH_FRAMES_MIN && (self.began_with_leap || ends_with_leap) || frames < 2;
        if mistaken { 0.0 } else { f0_hz }
    }
}

fn together(before_hz: f32, after_hz: f32) -> bool {
    before_hz > 0.0 && after_hz > 0.0 && (after_hz / before_hz).log2().abs() < LEAP_OCTAVES
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a` is 100 Hz, `b` 105 Hz, `A` 200 Hz, `.` unvoiced.
    #[track_caller]
    fn check(voice: &str, want: &str) {
        let hz = |c: Option<&u8>| match c {
            Some(b'a') => 100.0,
            Some(b'b') => 105.0,
            Some(b'A') => 200.0,
            _ => 0.0,
        };
        let mut leaps = Leaps::default();
        let frames = voice.as_bytes();
        let got: String = (0..frames.len())
            .map(|i| {
                let kept = leaps.push(&std::array::from_fn(|j| hz(frames.get(i + j)))) > 0.0;
                if kept { char::from(frames[i]) } else { '.' }
            })
            .collect();
        assert_eq!(got, want, "{voice}");
    }

    #[test]
    fn a_short_stretch_at_a_leap_goes() {
        check("..aaabbbAAbbbbaa..", "..aaabbb..bbbbaa..");
        check("..AAaaaaaaaa..", "....aaaaaaaa..");
    }

    #[test]
    fn a_short_voice_in_silence_stays_and_one_frame_does_not() {
        check("..abb....b...", "..abb........");
    }

    #[test]
    fn a_long_stretch_stays_whatever_surrounds_it() {
        check("aaaaaaAAAAAAA..", "aaaaaaAAAAAAA..");
    }
}
