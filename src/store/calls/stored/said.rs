//! What the rep said of a hint and of a call.

use serde::{Deserialize, Serialize};

use crate::calls::{Outcome, Rating};

/// What a hint was worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredRating {
    Useful,
    NotNow,
    Wrong,
}

/// What came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredOutcome {
    Advanced,
    Unchanged,
    Won,
    Lost,
}

impl From<Rating> for StoredRating {
    fn from(rating: Rating) -> Self {
        match rating {
            Rating::Useful => Self::Useful,
            Rating::NotNow => Self::NotNow,
            Rating::Wrong => Self::Wrong,
        }
    }
}

impl From<StoredRating> for Rating {
    fn from(rating: StoredRating) -> Self {
        match rating {
            StoredRating::Useful => Self::Useful,
            StoredRating::NotNow => Self::NotNow,
            StoredRating::Wrong => Self::Wrong,
        }
    }
}

impl From<Outcome> for StoredOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Advanced => Self::Advanced,
            Outcome::Unchanged => Self::Unchanged,
            Outcome::Won => Self::Won,
            Outcome::Lost => Self::Lost,
        }
    }
}

impl From<StoredOutcome> for Outcome {
    fn from(outcome: StoredOutcome) -> Self {
        match outcome {
            StoredOutcome::Advanced => Self::Advanced,
            StoredOutcome::Unchanged => Self::Unchanged,
            StoredOutcome::Won => Self::Won,
            StoredOutcome::Lost => Self::Lost,
        }
    }
}
