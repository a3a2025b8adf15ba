//! What a source and the worker that hears it agree on: the format, the samples on their way, and the end.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use super::frames::Ring;
use crate::units::Layout;

/// What is to be heard.
#[derive(Debug, Clone, Copy)]
pub struct Format {
    pub layout: Layout,
    pub channels: usize,
    pub rate_hz: u32,
}

/// How a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum End {
    /// All was sent: measure the rest and close.
    Finished = 1,
    /// The source vanished: measure the rest, mark the loss and close.
    Lost = 2,
    /// Hearing is no longer allowed: throw away what is not measured and close.
    Forbidden = 3,
}

/// What a source and its worker share.
pub struct Shared {
    pub ring: Ring,
    /// When the newest samples arrived, on the monotonic clock.
    pub arrived_us: AtomicU64,
    pub end: AtomicU8,
    /// What was said about the voices since the worker looked last: a set of [`About`].
    pub about: AtomicU8,
}

/// What a source may say of the voices on its one microphone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum About {
    /// The rep speaks next.
    ThisIsMe = 1,
    /// The rep's voice is the other one.
    Swap = 2,
}

impl Shared {
    /// Takes what was said about the voices.
    pub fn take_about(&self) -> [Option<About>; 2] {
        let said = self.about.swap(0, Ordering::AcqRel);
        [About::Swap, About::ThisIsMe].map(|about| (said & about as u8 != 0).then_some(about))
    }

    /// The end that was asked for, if any.
    pub fn end(&self) -> Option<End> {
        match self.end.load(Ordering::Acquire) {
            1 => Some(End::Finished),
            2 => Some(End::Lost),
            3 => Some(End::Forbidden),
            _ => None,
        }
    }
}
