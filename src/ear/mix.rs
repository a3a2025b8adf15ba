//! Samples of all channels of a source in -> one mixed sample out, in which no channel cancels another.

/// More channels than a phone system or a sound card gives are a broken header.
pub const SOURCE_CHANNELS_MAX: usize = 8;

/// Channels are compared over about this long.
const MEMORY_S: f32 = 0.1;

/// A channel that moves against the first one by so much is upside down; one that moves with it is not any more.
const AGAINST: f32 = -0.7;

/// Sums channels; turns those around that would take away from the first.
pub struct Mix {
    learning: f32,
    sum: f32,
    /// The first channel's movement in this sample.
    first: f32,
    channels: [Member; SOURCE_CHANNELS_MAX],
    turned: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Member {
    before: f32,
    /// Means of the movement's square, and of its product with the first channel's.
    power: f32,
    together: f32,
    upside_down: bool,
}

impl Mix {
    pub fn new(rate_hz: u32) -> Self {
        let learning = 1.0 / (MEMORY_S * rate_hz.max(1) as f32);
        Self { learning, sum: 0.0, first: 0.0, channels: Default::default(), turned: false }
    }

    /// Takes the sample of channel `at`. What is not a number is silence.
    pub fn push(&mut self, at: usize, sample: f32) {
        let sample = if sample.is_finite() { sample } else { 0.0 };
        let first_power = self.channels[0].power;
        let Some(member) = self.channels.get_mut(at) else { return };
        // Movement knows no DC, and little hum.
        let moved = sample - std::mem::replace(&mut member.before, sample);
        member.power += self.learning * (moved * moved - member.power);
        if at == 0 {
            self.first = moved;
        } else {
            member.together += self.learning * (self.first * moved - member.together);
            let limit = AGAINST * (first_power * member.power).sqrt();
            if member.together < limit && !member.upside_down {
                (member.upside_down, self.turned) = (true, true);
            } else if member.together > 0.0 {
                member.upside_down = false;
            }
        }
        self.sum += if member.upside_down { -sample } else { sample };
    }

    /// The mean of the samples since the last one.
    pub fn take(&mut self, channels: usize) -> f32 {
        std::mem::take(&mut self.sum) / channels as f32
    }

    /// Whether any channel was ever turned around.
    pub fn has_turned(&self) -> bool {
        self.turned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The power of the second half of a mix of two channels.
    fn power(left: impl Fn(f32) -> f32, right: impl Fn(f32) -> f32) -> (f32, bool) {
        let mut mix = Mix::new(8_000);
        let mut power = 0.0;
        for i in 0..8_000 {
            let t = i as f32 / 8_000.0;
            mix.push(0, left(t));
            mix.push(1, right(t));
            let mixed = mix.take(2);
            power += if i < 4_000 { 0.0 } else { mixed * mixed / 4_000.0 };
        }
        (power, mix.has_turned())
    }

    fn voice(t: f32) -> f32 {
        (600.0 * t).sin() + 0.5 * (1_931.0 * t).sin()
    }

    #[test]
    fn an_inverted_copy_does_not_silence_the_mix() {
        let plain = power(voice, voice);
        assert!(!plain.1);
        for gain in [-1.0, -0.7] {
            let (inverted, turned) = power(voice, |t| gain * voice(t) + 0.05);
            assert!(turned && inverted > 0.5 * plain.0, "{inverted} of {plain:?}");
        }
    }

    #[test]
    fn strangers_are_left_as_they_are() {
        let (mixed, turned) = power(voice, |t| (777.0 * t).sin());
        assert!(!turned && mixed > 0.2, "{mixed}");
    }
}
