//! A visit, what can happen to it, and what a person may say of it.

use super::apart::Measured;
use crate::sites::{Lesson, SiteId};
use crate::units::Place;

/// What a visit is known by on its device; the same through all revisions.
pub type VisitId = u64;

/// Where a visit is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Somebody seems to be there.
    Provisional,
    /// Somebody is there, and we are sure where or were told.
    Confirmed,
    /// It is over.
    Left,
}

impl Stage {
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisional => "provisional",
            Self::Confirmed => "confirmed",
            Self::Left => "left",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Provisional, Self::Confirmed, Self::Left].into_iter().find(|stage| stage.name() == name)
    }
}

/// Why a visit is no check-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// The device itself says that the positions are simulated.
    Spoof,
    /// The positions repeat or leap as real ones do not.
    Suspect,
}

impl Flag {
    pub fn name(self) -> &'static str {
        match self {
            Self::Spoof => "spoof",
            Self::Suspect => "suspect",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        [Self::Spoof, Self::Suspect].into_iter().find(|flag| flag.name() == name)
    }
}

/// What speaks against a visit that is flagged: what somebody who looks into it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Evidence {
    /// Positions that the device itself calls simulated.
    pub simulated: u32,
    /// Positions in a row that repeat the first, with one accuracy.
    pub repeated: u32,
    /// The speed that the way there, and the way back, would have needed.
    pub came_mps: Option<f64>,
    pub left_mps: Option<f64>,
    /// How far from the site somebody checked in by hand.
    pub distance_m: Option<f64>,
}

/// A stay at a client, or at no known one.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    pub id: VisitId,
    pub stage: Stage,
    /// True time, the device's clock error taken out.
    pub arrive_ms: i64,
    /// Until now it is known to have lasted until then.
    pub leave_ms: i64,
    /// `None`: at no known client.
    pub site: Option<SiteId>,
    /// The probability that this is right.
    pub confidence: f64,
    /// The likeliest three sites with their probabilities: what a question offers.
    pub best: Vec<(SiteId, f64)>,
    pub flag: Option<Flag>,
    /// Why it is flagged.
    pub evidence: Option<Evidence>,
    /// By the server's clock: first seen, sure or told, asked.
    pub provisional_ms: i64,
    pub confirmed_ms: Option<i64>,
    pub asked_ms: Option<i64>,
    /// A person said where it was.
    pub answered: bool,
    /// Where the positions lie, and their variance on one axis.
    pub centre: Place,
    pub var: f64,
}

impl Visit {
    /// Whether the question is still open.
    pub fn is_asking(&self) -> bool {
        self.asked_ms.is_some() && self.confirmed_ms.is_none() && !self.answered
    }

    /// Where it was, as exactly as its positions tell.
    pub fn measured(&self) -> Measured {
        Measured { place: self.centre, var: self.var }
    }
}

/// What happened to a visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Began,
    Confirmed,
    /// We are not sure: one question, with the best three.
    Asked,
    Left,
    /// Later positions or an answer changed what was said.
    Revised,
    /// It was none.
    Withdrawn,
}

/// A change, with the visit as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub kind: Kind,
    pub visit: Visit,
}

/// What a person says of a visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    At(SiteId),
    /// At no client.
    Nowhere,
}

/// What an answer teaches about a site's point; give it to [`crate::sites::Sites::learn`].
#[derive(Debug, Clone, PartialEq)]
pub struct Taught {
    pub site: SiteId,
    pub lesson: Lesson,
}

/// Why an answer cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    #[error("visit {0} is not known any more: answers are taken for two days")]
    Unknown(VisitId),
    #[error("site `{0}` is not known: choose one of the sites")]
    NoSite(String),
}
