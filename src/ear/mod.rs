//! The room that hears. It can neither write a file nor open a connection; only observations leave it.

pub mod clock;
mod door;
pub mod features;
pub mod frames;
mod link;
pub mod listener;
mod mix;
pub mod room;
pub mod sandbox;
mod seat;
mod sides;
pub mod sources;
mod stream;
mod totals;
mod workers;

pub use seat::PLANTED_LEAK;
