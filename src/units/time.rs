//! The audio clock: whole milliseconds since a call's first sample. And which instants are instants.

/// One frame of analysis, the grain of every measure.
pub const FRAME_MS: u32 = 10;

/// One tick: ten frames.
pub const TICK_MS: u32 = 100;

/// The years 2000 to 2099 in milliseconds since 1970 UTC: what lies outside was not meant as an instant.
pub const INSTANTS_MS: std::ops::Range<i64> = 946_684_800_000..4_102_444_800_000;

/// Milliseconds as seconds, for people.
pub fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
