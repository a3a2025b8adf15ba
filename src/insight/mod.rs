//! Does it help? Counts of calls -> intervals, sentences, and what may be shown without showing anybody. Pure.

pub mod arm;
pub mod board;
pub mod day;
pub mod finding;
pub mod health;
pub mod proportion;
pub mod sequence;
