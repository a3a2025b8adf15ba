//! A measure's values so far -> the range that is usual in this call.

/// A value is kept this often, so that neighbours are not the same speech counted twice.
const EVERY_MS: u64 = 5_000;

/// Values kept: the last twenty minutes.
const KEPT: usize = 240;

/// Fewer values than a minute's are no custom yet.
const LEAST: usize = 12;

/// The values of one measure, thinned and bounded.
#[derive(Debug, Clone, Default)]
pub struct Usual {
    values: Vec<f64>,
    next: usize,
    due_ms: u64,
}

impl Usual {
    /// Takes the measure as it is at `now_ms`, unless the last value is too recent.
    pub fn push(&mut self, now_ms: u64, value: f64) {
        if now_ms < self.due_ms || !value.is_finite() {
            return;
        }
        self.due_ms = now_ms + EVERY_MS;
        if self.values.len() < KEPT {
            self.values.push(value);
        } else {
            self.values[self.next] = value;
            self.next = (self.next + 1) % KEPT;
        }
    }

    /// The 10 % and 90 % quantiles; `None` in the first minute of values.
    pub fn range(&self) -> Option<[f64; 2]> {
        if self.values.len() < LEAST {
            return None;
        }
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |q: f64| sorted[(q * (sorted.len() - 1) as f64).round() as usize];
        Some([at(0.1), at(0.9)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_range_leaves_out_the_extremes() {
        let mut usual = Usual::default();
        for n in 0..101 {
            usual.push(n * EVERY_MS, n as f64);
            usual.push(n * EVERY_MS + 1, 1e9);
        }
        assert_eq!(usual.range(), Some([10.0, 90.0]));
    }

    #[test]
    fn nothing_is_usual_in_the_first_minute() {
        let mut usual = Usual::default();
        (0..11).for_each(|n| usual.push(n * EVERY_MS, 4.0));
        assert_eq!(usual.range(), None);
    }

    #[test]
    fn memory_is_bounded() {
        let mut usual = Usual::default();
        (0..10_000).for_each(|n| usual.push(n * EVERY_MS, n as f64));
        assert_eq!(usual.values.len(), KEPT);
        assert!(usual.range().unwrap()[0] > 9_700.0);
    }
}
