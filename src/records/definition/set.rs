//! All definitions that are in force together, by key.

use std::collections::BTreeMap;

use super::form::Form;
use super::kind::Kind;
use super::table::{Field, Table};
use super::view::View;

pub const TABLES_MAX: usize = 200;

/// Everything that is published, by key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Set {
    pub tables: BTreeMap<String, Table>,
    pub views: BTreeMap<String, View>,
    pub forms: BTreeMap<String, Form>,
}

impl Set {
    /// The table whose records a roll-up goes through: at the end of a link of `table`, or the one of a link that leads
    /// to it (`contracts.client`).
    pub fn source<'a>(&'a self, table: &Table, via: &str) -> Option<&'a Table> {
        match via.split_once('.') {
            None => {
                let link = table.own(via).filter(|link| link.kind == Kind::Link)?;
                self.tables.get(link.to.as_deref()?)
            }
            Some((other, link)) => {
                let other = self.tables.get(other)?;
                let leads_here =
                    |link: &&Field| link.kind == Kind::Link && link.to.as_ref() == Some(&table.key);
                other.own(link).filter(leads_here).map(|_| other)
            }
        }
    }
}
