//! Sums of records, by fields.

use std::cmp::Ordering;
use std::collections::HashMap;

use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

use super::cell::Holds;
use super::read::{AT, asked, readable, seen};
use super::sql::{Sql, can_measure, measure_holds};
use super::{Group, Now, RecordError, Tables};
use crate::people::Who;
use crate::records::Fault;
use crate::records::definition::{Field, Measure};
use crate::records::fault::Code;
use crate::records::query::Question;
use crate::units::Words;

/// Groups of a sum.
const GROUPS_MAX: usize = 10_000;

/// A measure of the records in reach, by fields. SQLite would sort all records by them; they are added up as they come.
///
/// # Errors
/// As [`super::page()`]; or a field is none that can be grouped by or measured, or there are too many groups.
#[expect(clippy::too_many_arguments, reason = "a question has so many parts")]
pub fn sum(
    db: &Connection,
    tables: &Tables,
    who: &Who,
    key: &str,
    by: &[String],
    (measure, of): (Measure, Option<String>),
    filter: Option<&Question>,
    now: Now,
) -> Result<Vec<Group>, RecordError> {
    let table = readable(tables, who, key)?;
    let mut sql = Sql::new(tables, Some(who), now);
    let mut which = sql.reach(table, AT);
    if let Some(filter) = filter {
        which += &asked(&mut sql, table, filter)?;
    }
    let (mut columns, mut holds) = (Vec::new(), Vec::new());
    for key in by {
        let field = seen(&sql, table, key, "by")?;
        let found = sql.holds(table, field).filter(|holds| !holds.is_list() && *holds != Holds::Place);
        holds.push(found.ok_or_else(|| cannot("by", field, "分组", "be grouped by"))?);
        columns.push(sql.field(table, AT, key));
    }
    let mut measured_of = None;
    if let (Measure::Sum | Measure::Mean | Measure::Min | Measure::Max, Some(key)) = (measure, &of) {
        let field = seen(&sql, table, key, "of")?;
        let found = sql.holds(table, field).filter(|holds| can_measure(measure, *holds));
        measured_of = Some(found.ok_or_else(|| cannot("of", field, "计算", "be measured"))?);
        columns.push(sql.field(table, AT, key));
    }
    let gives = measure_holds(measure, measured_of);
    let columns = if columns.is_empty() { "NULL".to_owned() } else { columns.join(", ") };
    let statement = format!("SELECT {columns} FROM {} WHERE {which}", sql.from(table, AT));
    let mut found = db.prepare_cached(&statement)?;
    let mut rows = found.query(params_from_iter(&sql.params))?;
    let mut groups = Groups::new(by.len());
    while let Some(row) = rows.next()? {
        let value = if measured_of.is_some() { row.get_ref(by.len())? } else { ValueRef::Null };
        if !groups.add(row, value)? {
            return Err(too_many(&table.label));
        }
    }
    let zone = now.zone;
    let group = |(cells, total): (Vec<Cell>, Total)| {
        let keys = cells.iter().zip(&holds).map(|(cell, holds)| holds.read(cell.into(), zone)).collect();
        let value = total.of(measure, measured_of);
        Group { keys, value: value.and_then(|value| gives.read((&value).into(), zone)) }
    };
    Ok(groups.in_order().into_iter().map(group).collect())
}

fn too_many(label: &Words) -> RecordError {
    let said = Words::new(
        format!("“{}”这样分组超过 {GROUPS_MAX} 组：先筛选，或换一个字段", label.zh),
        format!("{} fall into more than {GROUPS_MAX} groups: filter first, or take another field", label.en),
    );
    RecordError::Faults(vec![Fault { at: "by".into(), code: Code::TooMany, said }])
}

fn cannot(at: &str, field: &Field, zh: &str, en: &str) -> RecordError {
    let said = Words::new(
        format!("{}不能用来{zh}：换一个字段", field.label.zh),
        format!("{} cannot {en}: take another field", field.label.en),
    );
    RecordError::Faults(vec![Fault { at: at.to_owned(), code: Code::BadValue, said }])
}

/// Groups of records, by the bytes of what they have in common.
struct Groups {
    by: usize,
    places: HashMap<Box<[u8]>, usize>,
    found: Vec<(Vec<Cell>, Total)>,
    key: Vec<u8>,
}

impl Groups {
    fn new(by: usize) -> Self {
        // Without fields all are one group, even none.
        let found = if by == 0 { vec![(Vec::new(), Total::default())] } else { Vec::new() };
        let places = found.iter().map(|_| (Box::default(), 0)).collect();
        Self { by, places, found, key: Vec::new() }
    }

    /// Adds a record to its group; `false` when there is no more room for another one.
    fn add(&mut self, row: &Row, value: ValueRef) -> rusqlite::Result<bool> {
        self.key.clear();
        for at in 0..self.by {
            put(&mut self.key, row.get_ref(at)?);
        }
        let place = match self.places.get(self.key.as_slice()) {
            Some(place) => *place,
            None if self.found.len() == GROUPS_MAX => return Ok(false),
            None => {
                let cells = (0..self.by).map(|at| row.get(at)).collect::<Result<_, _>>()?;
                self.found.push((cells, Total::default()));
                self.places.insert(self.key.as_slice().into(), self.found.len() - 1);
                self.found.len() - 1
            }
        };
        self.found[place].1.add(value);
        Ok(true)
    }

    /// What is missing comes last.
    fn in_order(mut self) -> Vec<(Vec<Cell>, Total)> {
        self.found.sort_by(|(one, _), (other, _)| {
            let pairs = one.iter().zip(other);
            pairs
                .map(|(one, other)| compare(one, other))
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal)
        });
        self.found
    }
}

/// Bytes by which values are told apart, one after the other.
fn put(key: &mut Vec<u8>, value: ValueRef) {
    match value {
        ValueRef::Integer(number) => {
            key.push(1);
            key.extend(number.to_ne_bytes());
        }
        ValueRef::Real(number) => {
            key.push(2);
            // Zero has two signs and is one number.
            key.extend((number + 0.0).to_bits().to_ne_bytes());
        }
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            key.push(3);
            key.extend(bytes.len().to_ne_bytes());
            key.extend(bytes);
        }
        ValueRef::Null => key.push(0),
    }
}

fn compare(one: &Cell, other: &Cell) -> Ordering {
    match (one, other) {
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        (_, Cell::Null) => Ordering::Less,
        (Cell::Integer(one), Cell::Integer(other)) => one.cmp(other),
        (Cell::Real(one), Cell::Real(other)) => one.total_cmp(other),
        (Cell::Text(one), Cell::Text(other)) => one.cmp(other),
        _ => Ordering::Equal,
    }
}

/// What is added up of a group.
#[derive(Default)]
struct Total {
    records: i64,
    /// Values that are there.
    values: i64,
    whole: i128,
    real: f64,
    /// What the additions to `real` have lost (Neumaier 1974).
    lost: f64,
    least: Option<Cell>,
    most: Option<Cell>,
}

impl Total {
    fn add(&mut self, value: ValueRef) {
        self.records += 1;
        let number = match value {
            ValueRef::Integer(number) => {
                self.whole += i128::from(number);
                Cell::Integer(number)
            }
            ValueRef::Real(number) => {
                let sum = self.real + number;
                let larger_first = self.real.abs() >= number.abs();
                self.lost +=
                    if larger_first { (self.real - sum) + number } else { (number - sum) + self.real };
                self.real = sum;
                Cell::Real(number)
            }
            _ => return,
        };
        self.values += 1;
        if self.least.as_ref().is_none_or(|least| compare(&number, least).is_lt()) {
            self.least = Some(number.clone());
        }
        if self.most.as_ref().is_none_or(|most| compare(&number, most).is_gt()) {
            self.most = Some(number);
        }
    }

    /// The measure; none where there is nothing to measure, or the sum is no number of the kind. An empty sum is 0.
    fn of(self, measure: Measure, holds: Option<Holds>) -> Option<Cell> {
        let real = if self.lost.is_finite() { self.real + self.lost } else { self.real };
        let found = match (measure, holds) {
            (Measure::Sum, Some(Holds::Number)) => Cell::Real(real),
            (Measure::Sum, Some(_)) => Cell::Integer(i64::try_from(self.whole).ok()?),
            (Measure::Mean, Some(holds)) if self.values > 0 => {
                let sum = if holds == Holds::Number { real } else { self.whole as f64 };
                Cell::Real(sum / self.values as f64)
            }
            (Measure::Min, Some(_)) => self.least?,
            (Measure::Max, Some(_)) => self.most?,
            (Measure::Mean, Some(_)) => return None,
            (Measure::Count, _) | (_, None) => Cell::Integer(self.records),
        };
        (!matches!(found, Cell::Real(number) if !number.is_finite())).then_some(found)
    }
}
