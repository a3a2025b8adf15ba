//! A tick: what 100 ms of one channel add up to. Ticks of one channel form a commutative monoid.

use serde::{Deserialize, Serialize};

use super::{Channel, PitchHistogram};

/// Sums over a stretch of one channel. All fields but `channel` and `start_ms` add; `start_ms` takes the minimum, so
/// that any window is a fold and neither order nor grouping matters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    pub channel: Channel,
    /// Where the stretch begins on the audio clock; a multiple of 10.
    pub start_ms: u64,
    /// How much audio the sums cover.
    pub span_ms: u32,
    /// Of which somebody spoke.
    pub speech_ms: u32,
    /// Of which a voice had a pitch.
    pub voiced_ms: u32,
    /// Syllable nuclei whose peak lies inside.
    pub nuclei: u32,
    /// Of which a drawn-out hesitation sound.
    pub filled_ms: u32,
    /// Frames of speech with a settled pitch; less than `voiced_ms / 10`, since frames at a voicing edge do not count.
    pub pitch: PitchHistogram,
    /// Mean squares of the speech frames, summed, in steps of 2⁻⁴⁰ of full scale (`units::level`).
    pub speech_energy: u64,
    /// The estimated noise floor of every frame, summed, in the same steps.
    pub noise_energy: u64,
    /// Of which the source clipped.
    pub clipped_ms: u32,
    /// Of which no sound arrived (overload or a lost packet); counted in `span_ms` too.
    pub dropped_ms: u32,
}

impl Tick {
    /// The neutral element of a channel: merging it changes nothing.
    pub fn empty(channel: Channel) -> Self {
        Self {
            channel,
            start_ms: u64::MAX,
            span_ms: 0,
            speech_ms: 0,
            voiced_ms: 0,
            nuclei: 0,
            filled_ms: 0,
            pitch: PitchHistogram::default(),
            speech_energy: 0,
            noise_energy: 0,
            clipped_ms: 0,
            dropped_ms: 0,
        }
    }

    /// Adds another tick of the same channel.
    pub fn merge(&mut self, other: &Self) {
        debug_assert_eq!(self.channel, other.channel, "ticks of two voices do not add");
        self.start_ms = self.start_ms.min(other.start_ms);
        self.span_ms = self.span_ms.saturating_add(other.span_ms);
        self.speech_ms = self.speech_ms.saturating_add(other.speech_ms);
        self.voiced_ms = self.voiced_ms.saturating_add(other.voiced_ms);
        self.nuclei = self.nuclei.saturating_add(other.nuclei);
        self.filled_ms = self.filled_ms.saturating_add(other.filled_ms);
        self.pitch.merge(&other.pitch);
        self.speech_energy = self.speech_energy.saturating_add(other.speech_energy);
        self.noise_energy = self.noise_energy.saturating_add(other.noise_energy);
        self.clipped_ms = self.clipped_ms.saturating_add(other.clipped_ms);
        self.dropped_ms = self.dropped_ms.saturating_add(other.dropped_ms);
    }
}
