//! Sound, cut into frames of 10 ms, 16 kHz, one channel. This folder holds every buffer that sound rests in.

pub mod framer;
mod locked;
pub mod resample;
mod ring;
mod wiping;

use zeroize::Zeroize;

use crate::units::time::FRAME_MS;

pub use locked::Locked;
pub use ring::{RING_SAMPLES, Ring, Taken};
pub use wiping::{WipingAllocator, wipe_stack};

/// The rate at which everything is analysed.
pub const RATE_HZ: u32 = 16_000;

/// Samples in a frame.
pub const FRAME_SAMPLES: usize = (RATE_HZ * FRAME_MS / 1000) as usize;

/// 10 ms of one channel, full scale ±1. It wipes itself when dropped, and can neither be printed nor serialised.
pub struct Frame {
    pub samples: [f32; FRAME_SAMPLES],
    /// The source was at full scale in this frame.
    pub clipped: bool,
    /// No sound arrived for this frame; the samples are silence.
    pub dropped: bool,
}

impl Frame {
    pub fn silent() -> Self {
        Self { samples: [0.0; FRAME_SAMPLES], clipped: false, dropped: false }
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        self.samples.zeroize();
    }
}
