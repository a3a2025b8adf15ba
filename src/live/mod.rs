//! Conversations as they happen: what the ear says -> measures and states -> subscribers. Everything is in memory.

mod backlog;
mod call;
mod ear;
mod figures;
mod inputs;
mod registry;
mod side;

pub use backlog::{Missed, Update};
pub use call::{Call, CallFacts};
pub use ear::{Ear, EarDown};
pub use figures::Figures;
pub use inputs::{HeardLevel, Inputs, ListError};
pub use registry::{Clocks, Live, NewCall, OpenError};
pub use side::{Shown, SideFigures, SummaryFigures, TickFigures};
