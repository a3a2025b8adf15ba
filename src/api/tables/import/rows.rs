//! A row -> a record: it is tried by itself, and what was wrong is kept by its cell.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::taking::{CellFault, Taking};
use crate::api::refusal::Refusal;
use crate::api::tables::desk::Desk;
use crate::records::definition::Kind;
use crate::records::fault::{Code, Fault};
use crate::records::import::{Entry, entries, field};
use crate::records::value::{Typed, Value};
use crate::sheets::Row;
use crate::store::records::{self, Actor, Made, RecordError};
use crate::store::{self, Error, Tx};
use crate::units::{Language, Words};

/// Faults that are told one by one.
const FAULTS_MAX: usize = 2_000;

/// Why a row is not taken: its own faults, or nothing goes on.
enum Stop {
    Row(Vec<Fault>),
    All(Refusal),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::All(error.into())
    }
}

/// Rows that are taken within one transaction.
pub struct Rows<'a> {
    pub tx: &'a Tx,
    pub desk: &'a Desk,
    pub actor: &'a Actor<'a>,
    pub taking: &'a mut Taking,
}

impl Taking {
    /// Takes all of these rows that can be taken.
    ///
    /// # Errors
    /// The store fails, or the table is there no longer.
    pub fn take(&mut self, tx: &Tx, desk: &Desk, actor: &Actor, rows: &[Row]) -> Result<(), Refusal> {
        let columns = self.found.columns.clone();
        let mut taken = Rows { tx, desk, actor, taking: self };
        entries(rows, &columns, desk.table(), desk.said_at()).try_for_each(|entry| taken.take(entry))?;
        self.found.counts.rejected = self.found.bad.len();
        Ok(())
    }
}

impl Rows<'_> {
    fn take(&mut self, entry: Entry) -> Result<(), Refusal> {
        match self.record(&entry) {
            Ok(()) => Ok(()),
            Err(Stop::Row(faults)) => {
                self.reject(entry, faults);
                Ok(())
            }
            Err(Stop::All(refusal)) => Err(refusal),
        }
    }

    fn reject(&mut self, entry: Entry, faults: Vec<Fault>) {
        let why = Words::both(|language| {
            faults.iter().map(|fault| fault.said.of(language)).collect::<Vec<_>>().join("; ")
        });
        for fault in faults {
            if self.taking.found.faults.len() >= FAULTS_MAX {
                break;
            }
            let place = self.taking.found.columns.place(&fault.at);
            let column = place.map(|place| self.taking.found.columns.columns[place].name.clone());
            let value =
                place.and_then(|place| entry.cells.get(place)).map(|cell| cell.chars().take(60).collect());
            let value = value.unwrap_or_default();
            self.taking.found.faults.push(CellFault { line: entry.line, column, value, fault });
        }
        self.taking.found.bad.push((Row { line: entry.line, cells: entry.cells }, why));
    }

    /// Makes or changes the record of a row.
    fn record(&mut self, entry: &Entry) -> Result<(), Stop> {
        let (values, mut faults) = self.values(entry)?;
        faults.extend(entry.faults.iter().cloned());
        let key = self.taking.key.clone();
        let there = match &key {
            Some(key) if faults.is_empty() => self.there(key, values.get(key))?,
            _ => None,
        };
        faults.extend(self.taken_above(&values));
        if !faults.is_empty() {
            return Err(Stop::Row(faults));
        }
        let mut wanted = self.json(&values);
        match there {
            Some(id) => {
                // Which record it is does not change.
                key.map(|key| wanted.remove(&key));
                self.change(id, &wanted)?;
            }
            None => self.create(entry, &wanted)?,
        }
        self.remember(&values);
        Ok(())
    }

    /// What a row holds, with the numbers of the records and people that it names.
    fn values(&mut self, entry: &Entry) -> Result<(BTreeMap<String, Value>, Vec<Fault>), Stop> {
        let (mut values, mut faults) = (BTreeMap::new(), Vec::new());
        for (key, typed) in &entry.values {
            let Some(field) = field(self.desk.table(), key) else { continue };
            match typed {
                Typed::Value(value) => {
                    values.insert(key.clone(), value.clone());
                }
                Typed::Names(names) => match self.numbers(field, names)? {
                    Ok(value) => values.extend(value.map(|value| (key.clone(), value))),
                    Err(fault) => faults.push(fault),
                },
                Typed::Empty => {}
            }
        }
        Ok((values, faults))
    }

    /// Unique values that a row above has, where that is kept no longer.
    fn taken_above(&self, values: &BTreeMap<String, Value>) -> Vec<Fault> {
        let Some(tried) = &self.taking.tried else { return Vec::new() };
        let own = self.desk.table().fields.iter().filter(|field| field.unique);
        let taken = own.filter_map(|field| {
            let value = values.get(&field.key)?;
            tried.unique.contains(&(field.key.clone(), value.key())).then_some((field, value))
        });
        taken
            .map(|(field, value)| {
                let shown = value.show(field, Language::Zh, self.desk.now.zone);
                Fault::of(&field.key, &field.label, Code::Duplicate, &shown, &Words::default())
            })
            .collect()
    }

    fn remember(&mut self, values: &BTreeMap<String, Value>) {
        let Some(tried) = &mut self.taking.tried else { return };
        let table = self.desk.table();
        let title = table.title().and_then(|title| values.get(&title.key));
        tried.titles.extend(title.map(Value::key));
        let unique = table.fields.iter().filter(|field| field.unique);
        let unique = unique.filter_map(|field| Some((field.key.clone(), values.get(&field.key)?.key())));
        tried.unique.extend(unique);
    }

    /// The record that has this value in the key; `None` when there is none in reach.
    fn there(&mut self, key: &str, value: Option<&Value>) -> Result<Option<i64>, Stop> {
        let Some(field) = field(self.desk.table(), key) else { return Ok(None) };
        let said =
            |code, shown: &str| Stop::Row(vec![Fault::of(key, &field.label, code, shown, &Words::default())]);
        let value = value.ok_or_else(|| said(Code::Required, ""))?;
        let shown = value.show(field, Language::Zh, self.desk.now.zone);
        if !self.taking.keys.insert(value.key()) {
            return Err(said(Code::Duplicate, &shown));
        }
        let (tables, who, now) = (self.desk.tables(), &self.desk.who, self.desk.now);
        if let ("id", Value::Whole(id)) = (key, value) {
            return match records::one(self.tx, tables, who, &self.desk.key, *id, now) {
                Ok(record) if record.deleted_ms.is_none() => Ok(Some(*id)),
                Err(RecordError::Store(error @ Error::Sqlite(_))) => Err(error.into()),
                _ => Err(said(Code::MissingLink, &shown)),
            };
        }
        let found = records::find(self.tx, tables, who, &self.desk.key, key, value, now);
        match found.map_err(|error| self.stop(error))?.as_slice() {
            [] => Ok(None),
            [id] => Ok(Some(*id)),
            _ => Err(said(Code::AmbiguousLink, &shown)),
        }
    }

    fn json(&self, values: &BTreeMap<String, Value>) -> Map<String, Json> {
        let of = |key: &str| field(self.desk.table(), key).map_or(Kind::Text, |field| field.kind);
        values.iter().map(|(key, value)| (key.clone(), value.json(of(key)))).collect()
    }

    fn stop(&self, error: RecordError) -> Stop {
        match error {
            RecordError::Faults(faults) => Stop::Row(faults),
            RecordError::Step(refused) => {
                let (at, said) = (refused.field().to_owned(), refused.said());
                Stop::Row(vec![Fault { at, code: Code::IllegalStep, said }])
            }
            RecordError::Blocked(advice) => {
                let (at, said) = ("reason".to_owned(), advice.said());
                Stop::Row(vec![Fault { at, code: Code::IllegalStep, said }])
            }
            RecordError::Refused(refused) => {
                let said = Words::new("您的角色不能写这一行的记录", refused.to_string());
                Stop::Row(vec![Fault {
                    at: self.taking.key.clone().unwrap_or_default(),
                    code: Code::ReadOnly,
                    said,
                }])
            }
            error => Stop::All(self.desk.refusal(error)),
        }
    }

    fn change(&mut self, id: i64, wanted: &Map<String, Json>) -> Result<(), Stop> {
        let (desk, actor) = (self.desk, self.actor);
        let before = records::one(self.tx, desk.tables(), &desk.who, &desk.key, id, desk.now);
        let before = before.map_err(|error| self.stop(error))?;
        let changed = store::attempt(self.tx, |tx| {
            records::change(tx, desk.tables(), actor, &desk.key, id, wanted, None, None)
        });
        let after = changed.map_err(|error| self.stop(error))?;
        if after.version == before.version {
            self.taking.found.counts.unchanged += 1
        } else {
            self.taking.found.counts.changed += 1
        }
        Ok(())
    }

    fn create(&mut self, entry: &Entry, wanted: &Map<String, Json>) -> Result<(), Stop> {
        loop {
            let made = self.made(entry, wanted)?;
            // Who deleted it and sends it again wants it once more.
            if made.is_deleted {
                continue;
            }
            let counts = &mut self.taking.found.counts;
            let count = if made.is_new { &mut counts.created } else { &mut counts.unchanged };
            *count += 1;
            return Ok(());
        }
    }

    fn made(&mut self, entry: &Entry, wanted: &Map<String, Json>) -> Result<Made, Stop> {
        let (desk, actor, uid) = (self.desk, self.actor, self.uid(entry));
        let made = store::attempt(self.tx, |tx| {
            records::create_unseen(tx, desk.tables(), actor, &desk.key, Some(&uid), wanted)
        });
        made.map_err(|error| self.stop(error))
    }

    /// The same for the same row of whatever file, so that a file that is sent again makes nothing twice; another for each
    /// row of a file.
    fn uid(&mut self, entry: &Entry) -> String {
        let mut hash = Sha256::new().chain_update(&self.desk.key);
        for (column, cell) in self.taking.found.columns.columns.iter().zip(&entry.cells) {
            if let Some(key) = &column.field {
                hash.update([0]);
                hash.update(key);
                hash.update([1]);
                hash.update(cell.trim());
            }
        }
        let row: [u8; 32] = hash.finalize().into();
        let times = self.taking.uids.entry(row).or_default();
        *times += 1;
        let hash = Sha256::new().chain_update(row).chain_update(times.to_be_bytes()).finalize();
        let mut bits = u128::from_be_bytes(hash[..16].try_into().expect("a hash has 32 bytes"));
        // Version 8 (RFC 9562): made from what somebody sent.
        bits = bits & !(0xf << 76) | (8 << 76);
        bits = bits & !(0b11 << 62) | (0b10 << 62);
        let hex = format!("{bits:032x}");
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}
