//! Sound levels: mean squares relative to full scale, as decibels and as exact whole numbers.

/// Levels under this are silence to every stage; also the floor of what is printed.
pub const DB_FLOOR: f32 = -120.0;

/// A mean square (full scale 1) in decibels relative to full scale, never below [`DB_FLOOR`].
pub fn db_of_mean_square(mean_square: f32) -> f32 {
    (10.0 * mean_square.max(1e-12).log10()).max(DB_FLOOR)
}

/// A mean square in steps of 2⁻⁴⁰ of full scale (−120.4 dB), so that sums of them are exact whatever their order.
/// Clipped to full scale; not-a-number counts as 0. Ten hours of full scale sum to less than 2⁶².
pub fn energy_of_mean_square(mean_square: f32) -> u64 {
    (f64::from(mean_square.clamp(0.0, 1.0)) * ENERGY_ONE as f64) as u64
}

/// The mean square of one frame at full scale, in energy steps.
pub const ENERGY_ONE: u64 = 1 << 40;

/// The level in decibels of `energy` summed over `frames` frames; `None` when there are none.
pub fn db_of_energy(energy: u64, frames: u64) -> Option<f32> {
    let mean = energy as f64 / (frames.checked_mul(ENERGY_ONE).filter(|&n| n > 0)? as f64);
    Some(db_of_mean_square(mean as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_scale_is_zero_and_silence_is_the_floor() {
        assert_eq!(db_of_mean_square(1.0), 0.0);
        assert_eq!(db_of_mean_square(0.0), DB_FLOOR);
        assert_eq!(db_of_energy(energy_of_mean_square(1.0) * 3, 3), Some(0.0));
        assert_eq!(db_of_energy(5, 0), None);
    }

    #[test]
    fn nonsense_has_no_energy() {
        assert_eq!(energy_of_mean_square(f32::NAN), 0);
        assert_eq!(energy_of_mean_square(-1.0), 0);
        assert_eq!(energy_of_mean_square(f32::INFINITY), ENERGY_ONE);
    }
}
