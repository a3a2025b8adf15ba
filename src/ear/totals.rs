//! What the ear has counted since it started. Written from many threads, read once a second.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::observations::wire::Counters;

/// Running totals; see [`Counters`] for their meaning.
#[derive(Debug, Default)]
pub struct Totals {
    pub streams: AtomicU32,
    pub refused: AtomicU64,
    pub audio_bytes_in: AtomicU64,
    pub observation_bytes_out: AtomicU64,
    pub dropped_ms: AtomicU64,
    pub held_back_ms: AtomicU64,
}

impl Totals {
    pub fn read(&self) -> Counters {
        Counters {
            streams: self.streams.load(Relaxed),
            refused: self.refused.load(Relaxed),
            audio_bytes_in: self.audio_bytes_in.load(Relaxed),
            observation_bytes_out: self.observation_bytes_out.load(Relaxed),
            dropped_ms: self.dropped_ms.load(Relaxed),
            held_back_ms: self.held_back_ms.load(Relaxed),
        }
    }
}
