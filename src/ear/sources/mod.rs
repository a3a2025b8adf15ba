//! Where sound comes from. Files give interleaved samples to a listener; live sources end in a feed to a worker.

pub mod demo;
// Without a sound library nothing is ever opened.
#[cfg_attr(not(feature = "devices"), allow(dead_code))]
mod devices;
pub mod files;
pub mod front;
pub mod own;
mod pcm;
pub mod socket;
pub mod tls;
