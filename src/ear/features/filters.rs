//! Samples in -> the same samples without DC, hum and rumble out.

use crate::ear::frames::RATE_HZ;

/// Below the lowest pitch that is looked for, above DC and the mains' 50 Hz.
const CUT_HZ: f32 = 75.0;

/// Quality factors of the two halves of a fourth-order Butterworth filter.
const Q: [f32; 2] = [0.541_196_1, 1.306_563];

/// Fourth-order high pass.
pub struct HighPass {
    halves: [Biquad; 2],
}

/// Second-order section, transposed direct form II.
struct Biquad {
    b: [f32; 3],
    a: [f32; 2],
    state: [f32; 2],
}

impl Default for HighPass {
    fn default() -> Self {
        Self { halves: Q.map(|q| Biquad::high_pass(CUT_HZ, q)) }
    }
}

impl HighPass {
    pub fn push(&mut self, samples: &[f32], out: &mut [f32]) {
        out.copy_from_slice(samples);
        for half in &mut self.halves {
            half.filter(out);
        }
    }
}

impl Biquad {
    /// After the Audio EQ Cookbook (R. Bristow-Johnson).
    fn high_pass(cut_hz: f32, q: f32) -> Self {
        let (sin, cos) = (std::f32::consts::TAU * cut_hz / RATE_HZ as f32).sin_cos();
        let alpha = sin / (2.0 * q);
        let a0 = 1.0 + alpha;
        let b = (1.0 + cos) / (2.0 * a0);
        Self { b: [b, -2.0 * b, b], a: [-2.0 * cos / a0, (1.0 - alpha) / a0], state: [0.0; 2] }
    }

    fn filter(&mut self, samples: &mut [f32]) {
        let ([b0, b1, b2], [a1, a2], [mut s1, mut s2]) = (self.b, self.a, self.state);
        for sample in samples {
            let x = *sample;
            let y = b0 * x + s1;
            s1 = b1 * x - a1 * y + s2;
            s2 = b2 * x - a2 * y;
            *sample = y;
        }
        // A state that is nearly silent would become denormal, and slow.
        self.state = [s1, s2].map(|s| if s.abs() < 1e-20 { 0.0 } else { s });
    }
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
    fn dc_and_hum_go_and_voices_stay() {
        assert!(gain_db(0.0) < -100.0);
        assert!(gain_db(50.0) < -13.0);
        assert!(gain_db(110.0) > -0.5);
        assert!(gain_db(1_000.0) > -0.01);
    }
}
