//! What linked records, people and files are called, each looked up once and only as far as the role reaches.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value as Json};

use super::desk::Desk;
use crate::records::Value;
use crate::records::definition::{Field, Kind, Table};
use crate::store::records::{RecordError, StoredRecord, file_name, one};
use crate::store::{Error, Tx, people};
use crate::units::{Language, Zone};

/// Where people stand beside the tables.
const PEOPLE: &str = "people";

/// And files.
const FILES: &str = "files";

/// Names by table and number; `None` for what is out of reach.
#[derive(Default)]
pub struct Names {
    people: Option<HashMap<i64, String>>,
    records: HashMap<(String, i64), Option<String>>,
}

impl Names {
    /// What a person is called.
    fn person(&mut self, db: &Tx, id: i64) -> Result<Option<String>, Error> {
        if self.people.is_none() {
            let all = people::list(db, None)?.into_iter();
            self.people = Some(all.map(|person| (person.id.0, person.name)).collect());
        }
        Ok(self.people.as_ref().and_then(|people| people.get(&id).cloned()))
    }

    /// What a record of a table is called, for who may see it.
    pub fn record(&mut self, db: &Tx, desk: &Desk, table: &str, id: i64) -> Result<Option<String>, Error> {
        let place = (table.to_owned(), id);
        if let Some(known) = self.records.get(&place) {
            return Ok(known.clone());
        }
        let name = match one(db, desk.tables(), &desk.who, table, id, desk.now) {
            Ok(record) if record.deleted_ms.is_some() => None,
            Ok(record) => {
                desk.seen().tables.get(table).and_then(|table| title(table, &record, desk.now.zone))
            }
            Err(RecordError::Store(error @ (Error::Sqlite(_) | Error::Closed))) => return Err(error),
            Err(_) => None,
        };
        self.records.insert(place, name.clone());
        Ok(name)
    }

    /// What a person, record or file that a field names is called.
    pub fn of(&mut self, db: &Tx, desk: &Desk, field: &Field, id: i64) -> Result<Option<String>, Error> {
        match (field.kind, &field.to) {
            (Kind::Person, _) => self.person(db, id),
            (Kind::Link, Some(to)) => self.record(db, desk, to, id),
            (Kind::Attachment, _) => file_name(db, id),
            _ => Ok(None),
        }
    }

    /// The names of all that these records lead to: by table (or `people`, `files`), then by number.
    pub fn all(
        &mut self,
        db: &Tx,
        desk: &Desk,
        records: &[StoredRecord],
    ) -> Result<BTreeMap<String, Map<String, Json>>, Error> {
        let mut found: BTreeMap<String, Map<String, Json>> = BTreeMap::new();
        for record in records {
            for (key, value) in &record.values {
                let Some(field) = desk.table().own(key) else { continue };
                let of = match field.kind {
                    Kind::Person => Some(PEOPLE),
                    Kind::Attachment => Some(FILES),
                    _ => field.to.as_deref(),
                };
                for id in ids(value) {
                    if let (Some(of), Some(name)) = (of, self.of(db, desk, field, *id)?) {
                        found.entry(of.to_owned()).or_default().insert(id.to_string(), name.into());
                    }
                }
            }
            let of_all = [("owner", record.owner), ("created_by", record.created_by)].into_iter();
            let seen = of_all.filter(|(key, _)| !desk.access().hides(key));
            for person in seen.filter_map(|(_, person)| person) {
                if let Some(name) = self.person(db, person.0)? {
                    found.entry(PEOPLE.to_owned()).or_default().insert(person.to_string(), name.into());
                }
            }
        }
        Ok(found)
    }
}

/// What a record is called: what stands in its table's title field.
pub fn title(table: &Table, record: &StoredRecord, zone: Zone) -> Option<String> {
    let field = table.title()?;
    Some(record.values.get(&field.key)?.show(field, Language::Zh, zone))
}

fn ids(value: &Value) -> &[i64] {
    match value {
        Value::Ref(id) => std::slice::from_ref(id),
        Value::Refs(ids) => ids,
        _ => &[],
    }
}
