//! Source samples of one channel in -> whole frames, marked where the source clipped or was lost, out.

use super::resample::{BadRate, Resampler};
use super::{FRAME_SAMPLES, Frame};
use crate::units::time::FRAME_MS;

/// Resamples and cuts. At most one frame is complete at a time and must be taken before the next is.
pub struct Framer {
    rate_hz: u32,
    resampler: Resampler,
    cut: Cut,
    samples_in: u64,
    marks: Marks,
}

/// The frame that is complete, and the one that is being filled.
struct Cut {
    done: Frame,
    is_done: bool,
    filling: Frame,
    filled: usize,
}

/// Which of the next 64 frames bear a mark: the source is never further ahead than the resampler's delay.
#[derive(Default)]
struct Marks {
    clipped: u64,
    lost: u64,
    next_frame: u64,
}

impl Framer {
    pub fn new(rate_hz: u32) -> Result<Self, BadRate> {
        let cut = Cut { done: Frame::silent(), is_done: false, filling: Frame::silent(), filled: 0 };
        let resampler = Resampler::new(rate_hz)?;
        Ok(Self { rate_hz, resampler, cut, samples_in: 0, marks: Marks::default() })
    }

    pub fn push(&mut self, sample: f32, clipped: bool) {
        if clipped {
            self.marks.mark(self.frame_in(), true, false);
        }
        self.samples_in += 1;
        let (cut, marks) = (&mut self.cut, &mut self.marks);
        self.resampler.push(sample, &mut |ready| cut.push(ready, marks));
    }

    /// A sample that did not arrive.
    pub fn push_lost(&mut self) {
        self.marks.mark(self.frame_in(), false, true);
        self.push(0.0, false);
    }

    /// The frame that the next source sample falls into.
    fn frame_in(&self) -> u64 {
        self.samples_in * u64::from(1000 / FRAME_MS) / u64::from(self.rate_hz)
    }

    /// The complete frame, if there is one.
    pub fn frame(&self) -> Option<&Frame> {
        self.cut.is_done.then_some(&self.cut.done)
    }

    /// The complete frame has been heard.
    pub fn release(&mut self) {
        self.cut.is_done = false;
    }

    /// The sound has ended: completes the next frame, if there is one. At least half a frame counts as a whole one.
    pub fn finish(&mut self) -> bool {
        let (cut, marks) = (&mut self.cut, &mut self.marks);
        while !cut.is_done && self.resampler.drain(&mut |ready| cut.push(ready, marks)) {}
        if !cut.is_done && cut.filled >= FRAME_SAMPLES / 2 {
            cut.complete(marks);
        }
        cut.is_done
    }
}

impl Cut {
    fn push(&mut self, ready: &[f32], marks: &mut Marks) {
        for &sample in ready {
            self.filling.samples[self.filled] = sample;
            self.filled += 1;
            if self.filled == FRAME_SAMPLES {
                self.complete(marks);
            }
        }
    }

    fn complete(&mut self, marks: &mut Marks) {
        self.filling.samples[self.filled..].fill(0.0);
        (self.filling.clipped, self.filling.dropped) = marks.take();
        std::mem::swap(&mut self.done, &mut self.filling);
        self.is_done = true;
        self.filled = 0;
    }
}

impl Marks {
    /// Marks the frame `at`, counted from the call's first.
    fn mark(&mut self, at: u64, clipped: bool, lost: bool) {
        let bit = at.saturating_sub(self.next_frame).min(63);
        self.clipped |= u64::from(clipped) << bit;
        self.lost |= u64::from(lost) << bit;
    }

    /// The marks of the next frame: clipped, lost.
    fn take(&mut self) -> (bool, bool) {
        let marks = (self.clipped & 1 == 1, self.lost & 1 == 1);
        self.clipped >>= 1;
        self.lost >>= 1;
        self.next_frame += 1;
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of `rate_hz` source samples of which `lost` did not arrive and `clipped` were at full scale.
    #[track_caller]
    fn check(rate_hz: u32, samples: u32, clipped: u32, lost: u32, want: &str) {
        let mut framer = Framer::new(rate_hz).unwrap();
        let mut got = String::new();
        let mut note = |framer: &mut Framer| {
            if let Some(frame) = framer.frame() {
                got.push(if frame.dropped {
                    'x'
                } else if frame.clipped {
                    '!'
                } else {
                    '.'
                });
                framer.release();
            }
        };
        for i in 0..samples {
            if i == lost {
                framer.push_lost()
            } else {
                framer.push(0.1, i == clipped)
            }
            note(&mut framer);
        }
        while framer.finish() {
            note(&mut framer);
        }
        assert_eq!(got, want, "{rate_hz} Hz");
    }

    #[test]
    fn a_frame_bears_the_marks_of_its_own_instant_at_every_rate() {
        for rate_hz in [8_000, 11_025, 16_000, 44_100, 48_000] {
            check(rate_hz, rate_hz / 10, rate_hz * 35 / 1000, rate_hz * 75 / 1000, "...!...x..");
        }
    }

    #[test]
    fn the_last_half_frame_counts_and_less_does_not() {
        check(16_000, 160 + 80, 999, 999, "..");
        check(16_000, 160 + 79, 999, 999, ".");
        check(8_000, 80 + 40, 999, 999, "..");
    }
}
