//! A conversation's life: who agreed to what, where its sound comes from, which state follows which, what is kept of
//! its course, and what the rep says of it.

mod consent;
mod notice;
mod review;
pub mod row;
mod state;

pub use consent::{BadTurn, Consent, NotAllowed};
pub use notice::{BadNotice, How, Notice, Policy, checked as checked_notice};
pub use review::{Outcome, Rating, Review, ReviewError};
pub use state::{CallState, Turn};

/// Where a call's sound comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallSource {
    /// A client connects to the ear with a ticket.
    Socket,
    /// A microphone or line input of the appliance, by its stable id.
    Device(String),
    /// The built-in demo conversation.
    Demo,
}
