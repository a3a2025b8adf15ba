//! Values of one call, each with a weight -> what is usual in this call, shrunk to a prior. Fixed memory.

/// The newest values with their weights: a median that outliers and guarded stretches do not move.
#[derive(Debug, Clone)]
pub struct Recent {
    values: Vec<(f64, f64)>,
    next: usize,
    kept: usize,
}

impl Recent {
    pub fn new(kept: usize) -> Self {
        Self { values: Vec::with_capacity(kept), next: 0, kept }
    }

    /// Takes a value; the oldest makes room.
    pub fn push(&mut self, value: f64, weight: f64) {
        if self.values.len() < self.kept {
            self.values.push((value, weight));
        } else if let Some(place) = self.values.get_mut(self.next) {
            *place = (value, weight);
            self.next = (self.next + 1) % self.kept;
        }
    }

    /// How much the values weigh together.
    pub fn weight(&self) -> f64 {
        self.values.iter().map(|(_, weight)| weight).sum()
    }

    /// Median and scaled median deviation (1.4826 MAD); `None` when too little weighs.
    pub fn centre_and_scale(&self) -> Option<(f64, f64)> {
        let centre = median(self.values.clone())?;
        let deviations =
            self.values.iter().map(|&(value, weight)| ((value - centre).abs(), weight)).collect();
        Some((centre, 1.4826 * median(deviations)?))
    }
}

fn median(mut values: Vec<(f64, f64)>) -> Option<f64> {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = values.iter().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let mut below = 0.0;
    values.iter().find_map(|&(value, weight)| {
        below += weight;
        (below >= half).then_some(value)
    })
}

/// Two sums that forget together: what was counted, and over how much.
#[derive(Debug, Clone, Copy, Default)]
pub struct Fading {
    pub counted: f64,
    pub over: f64,
}

impl Fading {
    /// `passed` half-lives have gone by; then the new part is added with its weight.
    pub fn add(&mut self, passed: f64, weight: f64, counted: f64, over: f64) {
        let kept = (-passed).exp2();
        self.counted = self.counted * kept + weight * counted;
        self.over = self.over * kept + weight * over;
    }

    /// The ratio, shrunk to `prior` as if `worth` of it had been seen.
    pub fn ratio(&self, prior: f64, worth: f64) -> f64 {
        (self.counted + prior * worth) / (self.over + worth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guarded_stretch_does_not_move_the_median() {
        let mut recent = Recent::new(120);
        (0..20).for_each(|n| recent.push(0.2 + f64::from(n) * 0.01, 1.0));
        let (before, _) = recent.centre_and_scale().unwrap();
        (0..30).for_each(|_| recent.push(2.0, 0.01));
        let (after, _) = recent.centre_and_scale().unwrap();
        assert!((after - before).abs() < 0.02, "{before} {after}");
    }

    #[test]
    fn memory_is_bounded() {
        let mut recent = Recent::new(3);
        (0..100).for_each(|n| recent.push(f64::from(n), 1.0));
        assert_eq!((recent.weight(), recent.centre_and_scale().unwrap().0), (3.0, 98.0));
        assert_eq!(Recent::new(3).centre_and_scale(), None);
    }

    #[test]
    fn little_is_shrunk_to_the_prior_and_much_is_not() {
        let mut pauses = Fading::default();
        assert_eq!(pauses.ratio(14.0, 1.0), 14.0);
        pauses.add(0.0, 1.0, 30.0, 1.0);
        assert_eq!(pauses.ratio(14.0, 1.0), 22.0);
        pauses.add(1.0, 1.0, 0.0, 0.0);
        assert_eq!(pauses.counted, 15.0);
    }
}
