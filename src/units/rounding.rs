//! Figures as they are shown and kept.

/// To a thousandth: finer than anything that is measured. More digits would pretend.
pub fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}
