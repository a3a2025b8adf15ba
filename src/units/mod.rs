//! Words for quantities: ids, instants, pitch, level, places and languages.

pub mod datum;
pub mod day;
pub mod ids;
pub mod language;
pub mod layout;
pub mod level;
pub mod pitch;
pub mod place;
pub mod records;
pub mod region;
pub mod rounding;
pub mod time;
pub mod zone;

pub use datum::{BadDatum, Datum};
pub use day::{BadDay, Day};
pub use ids::CallId;
pub use language::{Language, Words};
pub use layout::{Channel, Layout};
pub use place::{Place, Plane};
pub use records::{
    BadRecordId, ClientId, EnrolmentId, FieldNumber, PersonId, SiteNumber, TeamId, VisitNumber,
};
pub use rounding::rounded;
pub use zone::{BadZone, Zone};
