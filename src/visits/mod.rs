//! Fixes -> stops -> stays -> which site -> visits that check themselves in.
//!
//! [`Tracker`] is the whole: one a device, fixes and a clock in, changes of visits out; live and in replay alike.

mod apart;
mod carried;
mod decide;
mod drafts;
mod evidence;
mod habits;
mod here;
mod integrity;
#[cfg(test)]
mod odd_days;
#[cfg(test)]
mod phones;
mod pieces;
mod plan;
mod point;
#[cfg(test)]
mod scene;
mod silence;
mod stays;
mod stops;
mod tours;
mod track;
mod tracker;
mod visit;
mod ways;

pub use apart::Measured;
pub use habits::Habits;
pub use here::candidates;
pub use plan::Plan;
pub use tracker::{Past, Tracker};
pub use visit::{Answer, AnswerError, Change, Evidence, Flag, Kind, Stage, Taught, Visit, VisitId};
