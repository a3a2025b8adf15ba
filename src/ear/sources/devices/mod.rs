//! The appliance's own microphones and line inputs: listed, heard by a call, or watched by a level meter.

mod call;
#[cfg(feature = "devices")]
mod choose;
mod input;
#[cfg(feature = "devices")]
mod inputs;
#[cfg(not(feature = "devices"))]
#[path = "headless.rs"]
mod inputs;
mod meter;
mod needs;

pub use call::hear;
pub use inputs::list;
pub use meter::Meters;
pub use needs::needs;

/// Where the samples of an open input go. It is called on the sound system's own thread, so it may not wait.
pub trait Sink: Send + 'static {
    /// Takes interleaved samples.
    fn take(&mut self, samples: impl ExactSizeIterator<Item = i16>);
}

/// What an input gives once it is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    pub channels: usize,
    pub rate_hz: u32,
}
