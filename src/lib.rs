//! Undertone measures how a sales conversation moves and never records it.
//!
//! Modules are listed as data flows; `ARCHITECTURE.md` draws the map.

pub mod units;

pub mod conditions;
pub mod images;
pub mod observations;
pub mod sheets;
pub mod tickets;

pub mod audit;
pub mod calls;
pub mod dates;
pub mod fixes;
pub mod people;
pub mod revisions;
pub mod signals;
pub mod sites;

pub mod hints;
pub mod records;
pub mod visits;

pub mod customers;

pub mod orders;

pub mod insight;

pub mod notify;
pub mod store;

pub mod live;

pub mod api;

pub mod ear;

pub mod app;
