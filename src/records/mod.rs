//! Records: everything that a sales team keeps besides sound, positions and accounts, as configuration.
//!
//! - [`definition`]: JSON bodies <-> tables, fields, views, forms; what has to hold together. *To add a kind of field,
//!   begin at [`definition::Kind`].*
//! - [`value`]: what a value of each kind is; from the wire, from people's text, shown, in order.
//! - [`change`]: what somebody wants to write, and may -> checked values, all faults by field, or conflicts.
//! - [`mod@grow`]: one set of definitions and the next -> steps for the database; nothing is dropped.
//! - [`query`]: conditions and formulas over records and along links.
//! - [`import`]: a spreadsheet as people keep it -> typed values by field.
//! - [`search`]: the words that records are found by.
//! - [`pack`]: the template pack that a fresh appliance has.
//! - [`fault`]: codes and sentences, in one table.

pub mod change;
pub mod definition;
pub mod fault;
pub mod grow;
pub mod import;
pub mod pack;
pub mod query;
pub mod search;
pub mod value;

pub use change::{Change, Conflict, Refused, Values, Wish};
pub use definition::{Access, Field, Form, Kind, Opt, Set, Table, View};
pub use fault::{Code, Fault};
pub use grow::{Refusal, Step, grow};
pub use value::Value;
