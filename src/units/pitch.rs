//! Pitch as semitones above 55 Hz (the note A1): equal steps for equal musical intervals.

/// 0 semitones.
pub const SEMITONE_ZERO_HZ: f32 = 55.0;

/// Half-semitone bins from 55 Hz: 96 of them reach 880 Hz, above any speaking voice.
pub const PITCH_BINS: usize = 96;

/// Semitones above 55 Hz.
pub fn semitones_of_hz(hz: f32) -> f32 {
    12.0 * (hz / SEMITONE_ZERO_HZ).log2()
}

/// The frequency `semitones` above 55 Hz.
pub fn hz_of_semitones(semitones: f32) -> f32 {
    SEMITONE_ZERO_HZ * (semitones / 12.0).exp2()
}

/// The half-semitone bin of a frequency; `None` outside 55..880 Hz.
pub fn bin_of_hz(hz: f32) -> Option<usize> {
    let bin = (2.0 * semitones_of_hz(hz)).floor();
    (bin >= 0.0 && bin < PITCH_BINS as f32).then_some(bin as usize)
}

/// The middle of a bin in semitones above 55 Hz.
pub fn semitones_of_bin(bin: usize) -> f32 {
    (bin as f32 + 0.5) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_octave_is_twelve_semitones_and_twenty_four_bins() {
        assert_eq!(semitones_of_hz(110.0), 12.0);
        assert_eq!(bin_of_hz(110.1), Some(24));
        assert!((hz_of_semitones(24.0) - 220.0).abs() < 1e-3);
    }

    #[test]
    fn outside_the_range_there_is_no_bin() {
        for hz in [0.0, -1.0, 54.9, 880.1, f32::NAN, f32::INFINITY] {
            assert_eq!(bin_of_hz(hz), None, "{hz}");
        }
    }
}
