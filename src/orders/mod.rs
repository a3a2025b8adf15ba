//! Orders: what may follow on what from a contract to its payments, and what a client owes by then. Rows as they stand
//! -> whether one more fits, or why not; nothing here is typed that could be counted.
//!
//! - [`quantity`], [`money`]: exact amounts of goods and of fen.
//! - [`goods`]: contracted -> shipped -> signed for, line by line.
//! - [`bills`]: signed for -> invoiced -> paid; red invoices, refunds, allocations taken back.
//! - [`terms`]: when an invoice is due.
//! - [`credit`]: what is open -> balance, overdue by age, what is left of the limit, the advice.
//! - [`policy`]: what the advice does to a shipment.
//! - [`refused`]: why a step is not taken, in one table.

pub mod bills;
pub mod credit;
pub mod goods;
pub mod money;
pub mod policy;
pub mod quantity;
pub mod refused;
pub mod terms;

pub use credit::{Advice, Credit, Due, Paid};
pub use policy::{Effect, Policy};
pub use quantity::Quantity;
pub use refused::Refused;
pub use terms::Terms;
