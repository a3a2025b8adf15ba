//! What is known of a client, as the parts beside the tables see it.

use crate::units::Datum;

/// Where the client is, as it was entered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anchor {
    pub lat: f64,
    pub lon: f64,
    pub datum: Datum,
}

/// Somebody at the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    pub name: String,
    pub title: Option<String>,
    pub phone: Option<String>,
}

/// What is known of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub name: String,
    /// Other names under which it is looked for.
    pub aliases: Vec<String>,
    pub industry: Option<String>,
    /// How far the sale has come, in the team's own words.
    pub stage: Option<String>,
    /// How much it matters, in the team's own words.
    pub grade: Option<String>,
    pub contacts: Vec<Contact>,
    /// `false`: the client does not want its conversations to be measured.
    pub analyse: bool,
    pub anchor: Option<Anchor>,
}
