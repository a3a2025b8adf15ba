//! Clients: whose they are, who is met there, and how they are found.

pub mod actions;
mod card;
mod find;

pub use card::{Anchor, Card, Contact};
pub use find::{letters, needle, order};

use crate::people::Owner;
use crate::units::{ClientId, PersonId, TeamId};

/// A company, school or hospital that somebody sells to.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    pub id: ClientId,
    pub card: Card,
    /// Who looks after it.
    pub owner: PersonId,
    /// The owner's team.
    pub team: Option<TeamId>,
    /// Grows with every change.
    pub version: i64,
}

impl Client {
    pub fn owner(&self) -> Owner {
        Owner { person: Some(self.owner), team: self.team }
    }
}

/// Why the name of a client cannot be used again.
pub fn taken(name: &str) -> String {
    format!("there is a client `{name}` already: look it up, or choose another name")
}
