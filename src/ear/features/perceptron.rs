//! Cues in -> log odds out: a logistic model with one layer of soft units before it.

/// Weights fitted beforehand. Rows belong to inputs, columns to units, so that a row is one vector operation.
pub struct Perceptron<const IN: usize, const UNITS: usize> {
    pub inputs: [[f32; UNITS]; IN],
    pub biases: [f32; UNITS],
    pub units: [f32; UNITS],
    pub bias: f32,
}

impl<const IN: usize, const UNITS: usize> Perceptron<IN, UNITS> {
    pub fn log_odds(&self, cues: &[f32; IN]) -> f32 {
        let mut sums = self.biases;
        for (row, cue) in self.inputs.iter().zip(cues) {
            for (sum, weight) in sums.iter_mut().zip(row) {
                *sum += weight * cue;
            }
        }
        let units = sums.iter().zip(&self.units).map(|(sum, weight)| weight * sum / (1.0 + sum.abs()));
        self.bias + units.sum::<f32>()
    }
}

/// The probability of log odds.
pub fn logistic(log_odds: f32) -> f32 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_can_tell_what_one_cannot() {
        let either_but_not_both = Perceptron {
            inputs: [[40.0, 40.0], [40.0, 40.0]],
            biases: [-20.0, -60.0],
            units: [6.0, -6.0],
            bias: -6.0,
        };
        for (cues, likely) in
            [([0.0, 0.0], false), ([1.0, 0.0], true), ([0.0, 1.0], true), ([1.0, 1.0], false)]
        {
            assert_eq!(logistic(either_but_not_both.log_odds(&cues)) > 0.5, likely, "{cues:?}");
        }
    }
}
