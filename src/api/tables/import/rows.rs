//! Rows -> records: names are looked up, each row is tried by itself, and what was wrong is kept by its cell.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use crate::api::refusal::Refusal;
use crate::api::tables::desk::{Desk, fault as refused};
use crate::people::{Person, Reach};
use crate::records::definition::{Field, Kind};
use crate::records::fault::{Code, Fault};
use crate::records::import::{Columns, Entry, columns, entries, field};
use crate::records::value::{Typed, Value};
use crate::sheets::Row;
use crate::store::records::{self, Actor, RecordError, StoredRecord};
use crate::store::{self, Error, Tx, people};
use crate::units::Words;

/// Faults that are told one by one.
const FAULTS_MAX: usize = 2_000;

/// What is wrong with a cell.
pub struct CellFault {
    pub line: u64,
    pub column: Option<String>,
    pub value: String,
    pub fault: Fault,
}

/// What came of the rows.
pub struct Found {
    pub columns: Columns,
    pub created: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub faults: Vec<CellFault>,
    /// Rows that were not taken, and why.
    pub bad: Vec<(Row, Words)>,
}

/// Takes all rows that can be taken.
///
/// # Errors
/// The columns or the key cannot be meant, or the store fails.
pub fn run(
    tx: &Tx,
    desk: &Desk,
    actor: &Actor,
    rows: &[Row],
    given: &BTreeMap<String, Option<String>>,
    key: Option<&str>,
) -> Result<Found, Refusal> {
    let table = desk.table();
    let access = desk.access();
    if !access.create && (key.is_none() || access.change == Reach::Nothing) {
        return Err(desk.who.may_not("import records here").into());
    }
    let read_only = &access.read_only;
    let may = |field: &Field| match key {
        Some(key) if key == field.key => true,
        _ => field.key != "id" && !read_only.contains(&field.key),
    };
    let columns = columns(rows, table, &may, given).map_err(refused)?;
    if let Some(key) = key {
        check_key(desk, &columns, key)?;
    }
    let mut rows_in = Rows {
        tx,
        desk,
        actor,
        key,
        people: people::list(tx, None)?,
        named: HashMap::new(),
        keys: HashSet::new(),
        uids: HashMap::new(),
        found: Found { columns, created: 0, changed: 0, unchanged: 0, faults: Vec::new(), bad: Vec::new() },
    };
    let columns = rows_in.found.columns.clone();
    for entry in entries(rows, &columns, table, desk.said_at()) {
        rows_in.take(entry)?;
    }
    Ok(rows_in.found)
}

fn check_key(desk: &Desk, columns: &Columns, key: &str) -> Result<(), Refusal> {
    let at = || "key".to_owned();
    let table = desk.table();
    let Some(found) = field(table, key) else {
        return Err(refused(Fault { at: at(), ..Fault::unknown_field(key, table.nearest(key)) }));
    };
    let (zh, en) = if key != "id" && (found.many || !found.kind.may_be_unique()) {
        (
            "不能用来认记录：选一个文字、整数、日期、电话或关联字段",
            "tells no records apart: choose a text, whole number, day, phone or link",
        )
    } else if columns.place(key).is_none() {
        ("在文件里没有对应的列：用 mapping 指定", "is no column of the file: name it with `mapping`")
    } else {
        return Ok(());
    };
    let said = Words::new(format!("“{}”{zh}", found.label.zh), format!("{} {en}", found.label.en));
    Err(refused(Fault { at: at(), code: Code::BadValue, said }))
}

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

/// What is known while rows are taken.
struct Rows<'a> {
    tx: &'a Tx,
    desk: &'a Desk,
    actor: &'a Actor<'a>,
    key: Option<&'a str>,
    people: Vec<Person>,
    /// Records by table and name.
    named: HashMap<(String, String), Result<i64, Code>>,
    /// Keys that rows above had.
    keys: HashSet<String>,
    /// Rows like this one above.
    uids: HashMap<[u8; 32], u32>,
    found: Found,
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
            if self.found.faults.len() >= FAULTS_MAX {
                break;
            }
            let place = self.found.columns.place(&fault.at);
            let column = place.map(|place| self.found.columns.columns[place].name.clone());
            let value =
                place.and_then(|place| entry.cells.get(place)).map(|cell| cell.chars().take(60).collect());
            let value = value.unwrap_or_default();
            self.found.faults.push(CellFault { line: entry.line, column, value, fault });
        }
        self.found.bad.push((Row { line: entry.line, cells: entry.cells }, why));
    }

    /// Makes or changes the record of a row.
    fn record(&mut self, entry: &Entry) -> Result<(), Stop> {
        let (values, mut faults) = self.values(entry)?;
        faults.extend(entry.faults.iter().cloned());
        let there = match self.key {
            Some(key) if faults.is_empty() => self.there(key, values.get(key))?,
            _ => None,
        };
        if !faults.is_empty() {
            return Err(Stop::Row(faults));
        }
        let mut wanted = self.json(&values);
        match there {
            Some(id) => {
                // Which record it is does not change.
                self.key.map(|key| wanted.remove(key));
                self.change(id, &wanted)
            }
            None => self.create(entry, &wanted),
        }
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
                    Ok(value) => {
                        values.insert(key.clone(), value);
                    }
                    Err(fault) => faults.push(fault),
                },
                Typed::Empty => {}
            }
        }
        Ok((values, faults))
    }

    fn numbers(&mut self, field: &Field, names: &[String]) -> Result<Result<Value, Fault>, Error> {
        let mut numbers = Vec::new();
        for name in names {
            match self.number(field, name)? {
                Ok(number) if !numbers.contains(&number) => numbers.push(number),
                Ok(_) => {}
                Err(code) => {
                    return Ok(Err(Fault::of(&field.key, &field.label, code, name, &Words::default())));
                }
            }
        }
        Ok(Ok(match numbers.as_slice() {
            [number] if !field.many => Value::Ref(*number),
            _ => Value::Refs(numbers),
        }))
    }

    /// The number of what goes by that name.
    fn number(&mut self, field: &Field, name: &str) -> Result<Result<i64, Code>, Error> {
        if let Some(number) = name.strip_prefix('#').and_then(|digits| digits.parse().ok()) {
            return Ok(Ok(number));
        }
        let to = match (field.kind, &field.to) {
            (Kind::Link, Some(to)) => to.clone(),
            _ => return Ok(self.person(name)),
        };
        let place = (to, name.to_owned());
        if let Some(known) = self.named.get(&place) {
            return Ok(*known);
        }
        let found = self.linked(&place.0, name)?;
        self.named.insert(place, found);
        Ok(found)
    }

    fn person(&self, name: &str) -> Result<i64, Code> {
        let lower = name.to_lowercase();
        let active = || self.people.iter().filter(|person| person.active);
        if let Some(person) = active().find(|person| person.login.to_string() == lower) {
            return Ok(person.id.0);
        }
        let mut called = active().filter(|person| person.name.to_lowercase() == lower);
        match (called.next(), called.next()) {
            (Some(person), None) => Ok(person.id.0),
            (Some(_), Some(_)) => Err(Code::AmbiguousLink),
            (None, _) => Err(Code::MissingLink),
        }
    }

    /// A record by its title, or by what no other record has.
    fn linked(&self, table: &str, name: &str) -> Result<Result<i64, Code>, Error> {
        let Some(table) = self.desk.seen().tables.get(table) else { return Ok(Err(Code::MissingLink)) };
        let unique = table.fields.iter().filter(|field| field.unique && field.kind == Kind::Text);
        let value = Value::Text(name.to_owned());
        for field in table.title().into_iter().chain(unique) {
            let (tables, who) = (self.desk.tables(), &self.desk.who);
            match records::find(self.tx, tables, who, &table.key, &field.key, &value, self.desk.now) {
                Ok(found) => match found.as_slice() {
                    [] => {}
                    [id] => return Ok(Ok(*id)),
                    _ => return Ok(Err(Code::AmbiguousLink)),
                },
                Err(RecordError::Store(error)) => return Err(error),
                Err(_) => return Ok(Err(Code::MissingLink)),
            }
        }
        Ok(Err(Code::MissingLink))
    }

    /// The record that has this value in the key; `None` when there is none in reach.
    fn there(&mut self, key: &str, value: Option<&Value>) -> Result<Option<i64>, Stop> {
        let Some(field) = field(self.desk.table(), key) else { return Ok(None) };
        let said =
            |code, shown: &str| Stop::Row(vec![Fault::of(key, &field.label, code, shown, &Words::default())]);
        let value = value.ok_or_else(|| said(Code::Required, ""))?;
        let shown = value.show(field, crate::units::Language::Zh, self.desk.now.zone);
        if !self.keys.insert(value.key()) {
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
            RecordError::Refused(refused) => {
                let said = Words::new("您的角色不能写这一行的记录", refused.to_string());
                Stop::Row(vec![Fault { at: self.key.unwrap_or_default().into(), code: Code::ReadOnly, said }])
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
            self.found.unchanged += 1
        } else {
            self.found.changed += 1
        }
        Ok(())
    }

    fn create(&mut self, entry: &Entry, wanted: &Map<String, Json>) -> Result<(), Stop> {
        loop {
            let made = self.made(entry, wanted)?;
            // Who deleted it and sends it again wants it once more.
            if made.deleted_ms.is_some() {
                continue;
            }
            let is_new = made.created_ms == self.actor.now_ms;
            if is_new {
                self.found.created += 1
            } else {
                self.found.unchanged += 1
            }
            return Ok(());
        }
    }

    fn made(&mut self, entry: &Entry, wanted: &Map<String, Json>) -> Result<StoredRecord, Stop> {
        let (desk, actor, uid) = (self.desk, self.actor, self.uid(entry));
        let made = store::attempt(self.tx, |tx| {
            records::create(tx, desk.tables(), actor, &desk.key, Some(&uid), wanted)
        });
        made.map_err(|error| self.stop(error))
    }

    /// The same for the same row of whatever file, so that a file that is sent again makes nothing twice; another for each
    /// row of a file.
    fn uid(&mut self, entry: &Entry) -> String {
        let mut hash = Sha256::new().chain_update(&self.desk.key);
        for (column, cell) in self.found.columns.columns.iter().zip(&entry.cells) {
            if let Some(key) = &column.field {
                hash.update([0]);
                hash.update(key);
                hash.update([1]);
                hash.update(cell.trim());
            }
        }
        let row: [u8; 32] = hash.finalize().into();
        let times = self.uids.entry(row).or_default();
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
