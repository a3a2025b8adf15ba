//! Counts of successes -> intervals for shares and for the difference of two.

/// The quantile of the normal distribution behind 95 %.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// The quantile behind a power of 80 %.
const Z_POWER: f64 = 0.841_621_233_572_914;

/// So many of so many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub hits: u64,
    pub of: u64,
}

/// A share and the 95 % interval around it, or a difference of shares and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

impl Count {
    pub fn new(hits: u64, of: u64) -> Self {
        Self { hits: hits.min(of), of }
    }

    /// 0 when nothing was counted.
    pub fn share(self) -> f64 {
        self.hits as f64 / self.of.max(1) as f64
    }

    /// Wilson's score interval (1927); `None` when nothing was counted.
    pub fn wilson(self) -> Option<Estimate> {
        if self.of == 0 {
            return None;
        }
        let (n, share, z2) = (self.of as f64, self.share(), Z_95 * Z_95);
        let centre = (share + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z_95 / (1.0 + z2 / n) * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
        Some(Estimate { value: share, low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
    }
}

/// How much larger the first share is: Newcombe's interval (1998, method 10), from the two of Wilson. For one look at
/// a number of calls that was fixed beforehand; `None` when nothing was counted on one side.
pub fn difference(one: Count, other: Count) -> Option<Estimate> {
    let (a, b) = (one.wilson()?, other.wilson()?);
    let value = a.value - b.value;
    let low = ((a.value - a.low).powi(2) + (b.high - b.value).powi(2)).sqrt();
    let high = ((a.high - a.value).powi(2) + (b.value - b.low).powi(2)).sqrt();
    Some(Estimate { value, low: value - low, high: value + high })
}

/// How many control calls it takes to find a share that is `lift` above `base`, five times out of six at 5 % two-sided
/// (power 80 %), with `ratio` other calls for each control call.
pub fn control_needed(base: f64, lift: f64, ratio: f64) -> u64 {
    let (base, raised) = (base.clamp(0.01, 0.98), (base + lift).clamp(0.02, 0.99));
    let ratio = ratio.clamp(0.01, 100.0);
    let pooled = (base + ratio * raised) / (1.0 + ratio);
    let equal = Z_95 * ((1.0 + 1.0 / ratio) * pooled * (1.0 - pooled)).sqrt();
    let apart = Z_POWER * (base * (1.0 - base) + raised * (1.0 - raised) / ratio).sqrt();
    ((equal + apart) / (raised - base)).powi(2).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Estimate, low: f64, high: f64) {
        assert!((found.low - low).abs() < 5e-4 && (found.high - high).abs() < 5e-4, "{found:?}");
    }

    #[test]
    fn wilson_as_published() {
        // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
        near(Count::new(81, 263).wilson().unwrap(), 0.2553, 0.3662);
        near(Count::new(15, 148).wilson().unwrap(), 0.0624, 0.1605);
        near(Count::new(0, 20).wilson().unwrap(), 0.0, 0.1611);
        near(Count::new(1, 29).wilson().unwrap(), 0.0061, 0.1718);
        assert_eq!(Count::default().wilson(), None);
    }

    #[test]
    fn newcombe_as_published() {
        // Newcombe 1998, table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/20.
        near(difference(Count::new(56, 70), Count::new(48, 80)).unwrap(), 0.0524, 0.3339);
        near(difference(Count::new(9, 10), Count::new(3, 10)).unwrap(), 0.1705, 0.8090);
        near(difference(Count::new(10, 10), Count::new(0, 20)).unwrap(), 0.6791, 1.0);
    }

    #[test]
    fn the_sample_grows_with_what_is_harder_to_find() {
        // Equal arms, as tables have it.
        let equal =
            [(0.1, 0.03, 1774), (0.1, 0.05, 686), (0.2, 0.05, 1094), (0.3, 0.05, 1377), (0.5, 0.05, 1565)];
        for (base, lift, want) in equal {
            assert_eq!(control_needed(base, lift, 1.0), want, "{base} {lift}");
        }
        assert!(control_needed(0.2, 0.05, 4.0) < control_needed(0.2, 0.05, 1.0));
    }
}
