//! Words for quantities: ids, instants, pitch and level.

pub mod ids;
pub mod layout;
pub mod level;
pub mod pitch;
pub mod records;
pub mod time;

pub use ids::CallId;
pub use layout::{Channel, Layout};
pub use records::{BadRecordId, ClientId, PersonId, TeamId};
