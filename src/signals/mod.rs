//! Observations of one conversation -> measures over windows and the call, and signals of its client. Pure folds.

pub mod baseline;
pub mod confidence;
pub mod conversation;
pub mod evidence;
pub mod families;
pub mod guardedness;
pub mod latency;
pub mod measures;
pub mod model;
pub mod objection;
pub mod rep;
pub mod reserve;
pub mod responses;
pub mod turns;
pub mod usual;
pub mod window;

#[cfg(test)]
mod script;
