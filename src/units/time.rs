//! The audio clock: whole milliseconds since a call's first sample.

/// One frame of analysis, the grain of every measure.
pub const FRAME_MS: u32 = 10;

/// One tick: ten frames.
pub const TICK_MS: u32 = 100;

/// Milliseconds as seconds, for people.
pub fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}
