//! Conversations as they happen: what the ear says -> measures, hints and states -> subscribers, and what is kept of them
//! -> the store.

mod backlog;
mod call;
mod coaching;
mod course;
mod ear;
mod facts;
mod figures;
mod inputs;
mod matcher;
mod persist;
mod registry;
mod side;
mod stored;
mod timeline;
mod visiting;

pub use backlog::{Missed, Update};
pub use call::{Call, CallFacts};
pub use coaching::{Coaching, ReserveFigures, Wish};
pub use ear::{Ear, EarDown};
pub use facts::{Event, Fact, ShownHint, SignalledObjection};
pub use figures::Figures;
pub use inputs::{HeardLevel, Inputs, ListError};
pub use matcher::Matcher;
pub use persist::Keeping;
pub use registry::{Clocks, Live, NewCall, OF_ONE_MAX, OpenError};
pub use side::{Shown, SideFigures, SummaryFigures, TickFigures};
pub use visiting::context;
