//! Tables, fields, views and forms as configuration: JSON as people keep it in revisions <-> checked definitions.
//!
//! `Table::read` and its like check one body by itself; [`Set::faults`] checks what only holds together: links, computed
//! fields, views and forms. `body` writes the canonical JSON back: reading and writing again gives the same bytes.

mod access;
mod fields;
mod form;
mod kind;
mod read;
mod set;
mod table;
mod together;
mod view;

pub use form::{Block, Form};
pub use kind::Kind;
pub use read::{KEY_CHARS_MAX, is_key};
pub use set::{Set, TABLES_MAX};
pub use table::{Access, FIELDS_MAX, Field, Measure, OPTIONS_MAX, Opt, SYSTEM, Table, system_field};
pub use view::{Audience, Layout, View};
