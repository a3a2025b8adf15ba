//! Features of frames in -> a tick for every ten of them out.

use super::FrameFeatures;
use crate::observations::{Channel, Tick};
use crate::units::level::energy_of_mean_square;
use crate::units::time::{FRAME_MS, TICK_MS};

/// Sums ten frames at a time.
pub struct Ticks {
    sum: Tick,
}

impl Ticks {
    pub fn new(channel: Channel) -> Self {
        Self { sum: Tick::empty(channel) }
    }

    /// Takes the frame that begins at `start_ms`. Returns the tick that it completes.
    pub fn push(&mut self, start_ms: u64, frame: &FrameFeatures) -> Option<Tick> {
        let sum = &mut self.sum;
        sum.start_ms = sum.start_ms.min(start_ms);
        sum.span_ms += FRAME_MS;
        if frame.speech {
            sum.speech_ms += FRAME_MS;
            sum.speech_energy += energy_of_mean_square(frame.mean_square);
            if frame.f0_hz > 0.0 {
                sum.voiced_ms += FRAME_MS;
            }
            if frame.settled {
                sum.pitch.add_hz(frame.f0_hz);
            }
        }
        sum.nuclei += u32::from(frame.nucleus);
        sum.noise_energy += energy_of_mean_square(frame.noise_mean_square);
        sum.filled_ms += if frame.filled { FRAME_MS } else { 0 };
        sum.clipped_ms += if frame.clipped { FRAME_MS } else { 0 };
        sum.dropped_ms += if frame.dropped { FRAME_MS } else { 0 };
        if sum.span_ms < TICK_MS { None } else { self.finish() }
    }

    /// The tick of the frames since the last one, if there are any.
    pub fn finish(&mut self) -> Option<Tick> {
        let empty = Tick::empty(self.sum.channel);
        let tick = std::mem::replace(&mut self.sum, empty);
        (tick.span_ms > 0).then_some(tick)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `#` is a voiced frame of speech, `'` one with a nucleus, `-` an unvoiced one, `.` silence.
    #[track_caller]
    fn check(frames: &str, want: &[(u64, u32, u32, u32, u32)]) {
        let mut ticks = Ticks::new(Channel::Rep);
        let mut got: Vec<_> = (0..)
            .zip(frames.chars())
            .filter_map(|(i, c)| {
                let f0_hz = if c == '#' || c == '\'' { 200.0 } else { 0.0 };
                let frame =
                    FrameFeatures { speech: c != '.', nucleus: c == '\'', f0_hz, ..Default::default() };
                ticks.push(500 + i * 10, &frame)
            })
            .collect();
        got.extend(ticks.finish());
        let got: Vec<_> =
            got.iter().map(|t| (t.start_ms, t.span_ms, t.speech_ms, t.voiced_ms, t.nuclei)).collect();
        assert_eq!(got, want, "{frames}");
    }

    #[test]
    fn ten_frames_make_a_tick_and_the_rest_a_shorter_one() {
        check("..--#'#--.#'#", &[(500, 100, 70, 30, 1), (600, 30, 30, 30, 1)]);
    }

    #[test]
    fn nothing_heard_is_no_tick() {
        check("", &[]);
    }
}
