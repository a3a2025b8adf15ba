//! Samples in -> the same samples without DC, hum and rumble out.

use crate::ear::frames::RATE_HZ;

/// Below the lowest pitch that is looked for, above DC and rumble.
const CUT_HZ: f32 = 75.0;

/// Quality factors of the two halves of a fourth-order Butterworth filter.
const Q: [f32; 2] = [0.541_196_1, 1.306_563];

/// The mains, in most of the world and in the Americas, and how widely they are cut out.
const MAINS_HZ: [f32; 2] = [50.0, 60.0];
const MAINS_WIDTH_HZ: f32 = 18.0;

const SECTIONS: usize = Q.len() + MAINS_HZ.len();

/// Fourth-order high pass with two notches.
pub struct HighPass {
    sections: [Biquad; SECTIONS],
}

/// Second-order section, transposed direct form II.
#[derive(Clone, Copy)]
struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl Default for HighPass {
    fn default() -> Self {
        let [low, high] = Q.map(|q| Biquad::high_pass(CUT_HZ, q));
        let [first, second] = MAINS_HZ.map(|hz| Biquad::notch(hz, MAINS_WIDTH_HZ));
        Self { sections: [low, high, first, second] }
    }
}

impl HighPass {
    /// All sections in one loop: while one waits for its own sum, the next ones work.
    pub fn push(&mut self, samples: &[f32], out: &mut [f32]) {
        self.settle(samples);
        let mut sections = self.sections;
        for (out, sample) in out.iter_mut().zip(samples) {
            *out = sections.iter_mut().fold(*sample, |x, section| section.filter(x));
        }
        self.sections = sections;
        self.sections.iter_mut().for_each(Biquad::forget_denormals);
    }

    /// Before the first sound: what it is offset by has been there for ever, or the sound would begin with a blow.
    fn settle(&mut self, samples: &[f32]) {
        if self.sections.iter().all(|section| section.state == [0.0; 2]) {
            self.sections[0].settle(samples.iter().sum::<f32>() / samples.len().max(1) as f32);
        }
    }
}

impl Biquad {
    /// After the Audio EQ Cookbook (R. Bristow-Johnson), as all of these.
    fn high_pass(cut_hz: f32, q: f32) -> Self {
        let (alpha, cos) = angle(cut_hz, q);
        let b = 0.5 * (1.0 + cos);
        Self::scaled([b, -2.0 * b, b], alpha, cos)
    }

    fn notch(hz: f32, width_hz: f32) -> Self {
        let (alpha, cos) = angle(hz, hz / width_hz);
        Self::scaled([1.0, -2.0 * cos, 1.0], alpha, cos)
    }

    fn scaled(b: [f32; 3], alpha: f32, cos: f32) -> Self {
        let a0 = 1.0 + alpha;
        Self { b: b.map(|b| b / a0), a: [-2.0 * cos / a0, (1.0 - alpha) / a0], state: [0.0; 2] }
    }

    fn filter(&mut self, x: f32) -> f32 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }

    /// The state of a high pass after a long time of one value: nothing of it goes through.
    fn settle(&mut self, x: f32) {
        self.state = [(self.b[1] + self.b[2]) * x, self.b[2] * x];
    }

    /// A state that is nearly silent would become denormal, and slow.
    fn forget_denormals(&mut self) {
        self.state = self.state.map(|s| if s.abs() < 1e-20 { 0.0 } else { s });
    }
}

fn angle(hz: f32, q: f32) -> (f32, f32) {
    let (sin, cos) = (std::f32::consts::TAU * hz / RATE_HZ as f32).sin_cos();
    (sin / (2.0 * q), cos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The gain in dB of a tone after half a second.
    fn gain_db(tone_hz: f32) -> f32 {
        let tone: Vec<f32> =
            (0..16_000).map(|i| (std::f32::consts::TAU * tone_hz * i as f32 / 16_000.0).cos()).collect();
        let mut out = vec![0.0; tone.len()];
        HighPass::default().push(&tone, &mut out);
        let power = |x: &[f32]| x[8_000..].iter().map(|x| x * x).sum::<f32>();
        10.0 * (power(&out) / power(&tone)).log10()
    }

    #[test]
    fn an_offset_does_not_begin_with_a_blow() {
        let mut out = [0.0; 160];
        let mut filter = HighPass::default();
        filter.push(&[0.0; 160], &mut out);
        let offset: [f32; 160] = std::array::from_fn(|i| 0.05 + 0.000_1 * (i as f32).sin());
        filter.push(&offset, &mut out);
        assert!(out.iter().all(|x| x.abs() < 0.000_3), "{out:?}");
    }

    #[test]
    fn dc_and_hum_go_and_voices_stay() {
        assert!(gain_db(0.0) < -90.0, "{}", gain_db(0.0));
        for mains_hz in [49.9, 50.0, 60.0, 60.1] {
            assert!(gain_db(mains_hz) < -30.0, "{mains_hz} Hz: {} dB", gain_db(mains_hz));
        }
        for voice_hz in [90.0, 110.0, 200.0, 1_000.0] {
            assert!(gain_db(voice_hz).abs() < 2.0, "{voice_hz} Hz: {} dB", gain_db(voice_hz));
        }
    }
}
