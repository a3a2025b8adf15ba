//! Tables, views and forms as kinds of configuration: what a draft must hold, and what publishing does.

use serde_json::Value;

use crate::api::refusal::Refusal;
use crate::api::revisions::kind::Kind;
use crate::people::{Deed, Owner, Who};
use crate::records::definition::{Form, Table, View};
use crate::records::{Fault, Set, grow};
use crate::store::Tx;
use crate::store::records::{self, RecordError};

/// One of the kinds of which records are made.
pub struct Defined {
    name: &'static str,
    /// Reads a body and puts it into a set in place of the one that is there.
    put: fn(&str, &Value, &mut Set) -> Result<(), Vec<Fault>>,
}

pub static TABLES: Defined = Defined {
    name: "table",
    put: |key, body, set| Table::read(key, body).map(|table| drop(set.tables.insert(key.to_owned(), table))),
};

pub static VIEWS: Defined = Defined {
    name: "view",
    put: |key, body, set| View::read(key, body).map(|view| drop(set.views.insert(key.to_owned(), view))),
};

pub static FORMS: Defined = Defined {
    name: "form",
    put: |key, body, set| Form::read(key, body).map(|form| drop(set.forms.insert(key.to_owned(), form))),
};

fn refused(faults: Vec<Fault>) -> Refusal {
    Refusal::of_faults(faults, None)
}

impl Kind for Defined {
    fn name(&self) -> &'static str {
        self.name
    }

    fn check_shape(&self, key: &str, body: &Value) -> Result<(), Refusal> {
        (self.put)(key, body, &mut Set::default()).map_err(refused)
    }

    /// Definitions are the whole house's: who changes the settings of one team does not reach them.
    fn may_edit(&self, who: &Who, _: &str) -> Result<(), Refusal> {
        Ok(who.may_to(Deed::EditRevisions, Owner { person: None, team: None })?)
    }

    fn check_draft(&self, tx: &Tx, key: &str, body: &Value) -> Result<(), Refusal> {
        let records::Tables { mut set, laid, .. } = records::load(tx)?;
        (self.put)(key, body, &mut set).map_err(refused)?;
        let faults = set.faults();
        if !faults.is_empty() {
            return Err(refused(faults));
        }
        grow(&laid, &set).map(drop).map_err(|refusal| refused(refusal.faults))
    }

    fn published(&self, tx: &Tx, now_ms: i64) -> Result<(), Refusal> {
        records::publish(tx, now_ms).map_err(|error| match error {
            RecordError::Faults(faults) => refused(faults),
            RecordError::Conflicts(_) => Refusal::Broken("publishing changes no records".into()),
            RecordError::NoSuchTable(key) => Refusal::NoSuchTable(key),
            RecordError::Step(_) | RecordError::Blocked(_) => {
                Refusal::Broken("publishing moves no goods".into())
            }
            RecordError::Refused(refused) => refused.into(),
            RecordError::Store(error) => error.into(),
        })
    }
}
