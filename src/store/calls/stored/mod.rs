//! The figures of a call as they are kept, as JSON in columns of their own: what was measured and what happened, to a
//! thousandth. Who reads them renders them.

mod moment;
mod receipt;
mod said;
mod summary;

use serde::{Deserialize, Serialize};

pub use moment::{StoredEvent, StoredHint, StoredMoment, StoredObjection, StoredWords};
pub use receipt::{StoredProbe, StoredReceipt, StoredSandbox, StoredSandboxLevel};
pub use said::{StoredOutcome, StoredRating};
pub use summary::{StoredMeasure, StoredSide, StoredSummary, StoredUnknown};

/// The shape in which figures are kept. 0 is that of rows without a version: the answers of the API of their time, which
/// hold the same figures under the same names, and more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct Version(u32);

/// Figures that a later program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("figures have version {0}, and this program reads up to {now}: start a newer one", now = Version::NOW.0)]
pub struct TooNew(u32);

impl Version {
    pub const NOW: Self = Self(1);
}

impl TryFrom<u32> for Version {
    type Error = TooNew;

    fn try_from(version: u32) -> Result<Self, TooNew> {
        if version > Self::NOW.0 { Err(TooNew(version)) } else { Ok(Self(version)) }
    }
}

#[cfg(test)]
pub mod example;
#[cfg(test)]
mod tests;
