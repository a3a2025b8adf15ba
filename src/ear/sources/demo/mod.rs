//! A script -> a conversation of two made-up voices, so that everything can be tried without anybody's words.

mod noise;
pub mod script;
mod voice;

use crate::ear::frames::RATE_HZ;
use crate::observations::Channel;
use crate::observations::Layout;

use noise::Noise;
use script::Truth;
use voice::{Speaker, Voice};

/// Who speaks on which channel.
pub const LAYOUT: Layout = Layout::RepLeft;

pub const CHANNELS: usize = 2;

/// A calm man and a calm woman.
const REP: Speaker = Speaker { f0_hz: 115.0, formants: 1.0, gain: 0.2 };
const CLIENT: Speaker = Speaker { f0_hz: 205.0, formants: 1.15, gain: 0.2 };

/// The peak of evenly spread room noise whose mean square lies 65 dB under full scale.
const ROOM: f32 = 0.000_974;

/// The demo, from its beginning. The same samples every time, in memory that does not grow.
pub struct Demo {
    truth: Truth,
    voices: [Voice; CHANNELS],
    rooms: [Noise; CHANNELS],
    left: u64,
}

impl Demo {
    /// At the rate of analysis, so that nothing is resampled.
    pub const RATE_HZ: u32 = RATE_HZ;

    pub fn new() -> Self {
        let truth = script::truth();
        let own = |channel| truth.syllables.iter().copied().filter(|said| said.channel == channel).collect();
        let voices = [Voice::new(REP, own(Channel::Rep)), Voice::new(CLIENT, own(Channel::Client))];
        let mut other = Noise::default();
        (0..100).for_each(|_| _ = other.sample());
        let left = truth.length_ms * u64::from(RATE_HZ) / 1000;
        Self { truth, voices, rooms: [Noise::default(), other], left }
    }

    /// What there is to be heard.
    pub fn truth(&self) -> &Truth {
        &self.truth
    }

    /// Writes the next samples, interleaved; returns how many, 0 at the end.
    pub fn fill(&mut self, samples: &mut [f32]) -> usize {
        let wanted = samples.len() / CHANNELS;
        let moments = usize::try_from(self.left).map_or(wanted, |left| left.min(wanted));
        for moment in samples.chunks_exact_mut(CHANNELS).take(moments) {
            for (side, sample) in moment.iter_mut().enumerate() {
                *sample = self.voices[side].sample() + ROOM * self.rooms[side].sample();
            }
        }
        self.left -= moments as u64;
        moments * CHANNELS
    }
}

impl Default for Demo {
    fn default() -> Self {
        Self::new()
    }
}
