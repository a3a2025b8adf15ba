//! What was published -> the tables that keep it, in the transaction that publishes it. Columns are added, never dropped.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::params;
use serde_json::Value as Json;

use super::layout::{Layout, Place, laid};
use super::{RecordError, columns};
use crate::records::definition::{Field, Form, Set, Table, View};
use crate::records::fault::{Code, Fault};
use crate::records::grow::{Step, grow};
use crate::records::pack;
use crate::revisions::canonical;
use crate::store::effects::{self, Effect};
use crate::store::revisions::{self, Draft};
use crate::store::{Error, Tx};
use crate::units::{FieldNumber, Words};

/// What is noted where the pack is installed.
const NOTE: &str = "template pack distributor";

/// Lays out what the published revisions of tables, views and forms say.
///
/// # Errors
/// They do not hold together, or records stand in the way: each with its place. Nothing is to be kept then.
pub fn publish(tx: &Tx, now_ms: i64) -> Result<(), RecordError> {
    let new = published(tx)?;
    let faults = new.faults();
    if !faults.is_empty() {
        return Err(RecordError::Faults(faults));
    }
    let (old, _) = laid(tx)?;
    let steps = grow(&old, &new).map_err(|refusal| RecordError::Faults(refusal.faults))?;
    enter(tx, &new)?;
    let (_, layout) = laid(tx)?;
    let mut faults = Vec::new();
    make_places(tx, &new, &layout, &steps)?;
    for step in &steps {
        take(tx, &new, &layout, step, &mut faults)?;
    }
    if !faults.is_empty() {
        return Err(RecordError::Faults(faults));
    }
    for step in &steps {
        let Step::AddTable { table } = step else { continue };
        if let Some((table, place)) = new.tables.get(table).zip(layout.places.get(table)) {
            columns::adopt(tx, &new, &layout, table, place, now_ms)?;
        }
    }
    Ok(effects::add(tx, Effect::Tables)?)
}

/// The pack `distributor`, where nothing was ever defined; where an earlier version of it was installed, the tables that
/// it did not have, with their views and forms, if they fit what people have made of it.
///
/// # Errors
/// As [`publish`].
pub fn install(tx: &Tx, now_ms: i64) -> Result<(), RecordError> {
    let known: BTreeSet<_> =
        revisions::heads(tx)?.into_iter().filter(|head| head.kind == "table").map(|head| head.key).collect();
    if !known.is_empty() && !is_installed(tx)? {
        return Ok(());
    }
    if pack::distributor().tables.keys().all(|key| known.contains(key)) {
        return Ok(());
    }
    tx.execute_batch("SAVEPOINT pack")?;
    let added = add_pack(tx, &known, now_ms);
    let is_kept_out = !known.is_empty() && matches!(added, Err(RecordError::Faults(_)));
    if is_kept_out {
        tracing::warn!(?added, "new tables of the template pack do not fit what people made of it");
        tx.execute_batch("ROLLBACK TO pack")?;
    }
    tx.execute_batch("RELEASE pack")?;
    if is_kept_out { Ok(()) } else { added }
}

/// Publishes the tables of the pack that are not known, with their views and forms.
fn add_pack(tx: &Tx, known: &BTreeSet<String>, now_ms: i64) -> Result<(), RecordError> {
    for (kind, key, body) in pack::bodies() {
        let table = if kind == "table" { key.as_str() } else { body["table"].as_str().unwrap_or_default() };
        if known.contains(table) {
            continue;
        }
        let body = if kind == "table" { columns::as_it_is(tx, &key, body)? } else { body };
        let draft = Draft {
            kind: kind.to_owned(),
            key,
            body: canonical(&body),
            author: "local".into(),
            note: NOTE.into(),
        };
        let (revision, _) = revisions::save(tx, &draft, now_ms)?;
        revisions::publish(tx, &revision)?;
    }
    publish(tx, now_ms)
}

/// Whether the pack's table of clients ever was in force.
fn is_installed(tx: &Tx) -> Result<bool, Error> {
    let first = "SELECT 1 FROM revisions WHERE kind = 'table' AND key = 'clients' AND note = ?";
    Ok(tx.prepare_cached(first)?.exists([NOTE])?)
}

/// The definitions in force.
fn published(tx: &Tx) -> Result<Set, RecordError> {
    let (mut set, mut faults) = (Set::default(), Vec::new());
    for revision in revisions::published(tx)? {
        let body: Json = serde_json::from_str(&revision.body).unwrap_or_default();
        let key = revision.key;
        let (all, read) = match revision.kind.as_str() {
            "table" => {
                ("tables", Table::read(&key, &body).map(|read| drop(set.tables.insert(key.clone(), read))))
            }
            "view" => {
                ("views", View::read(&key, &body).map(|read| drop(set.views.insert(key.clone(), read))))
            }
            "form" => {
                ("forms", Form::read(&key, &body).map(|read| drop(set.forms.insert(key.clone(), read))))
            }
            _ => continue,
        };
        if let Err(found) = read {
            faults.extend(
                found.into_iter().map(|fault| Fault { at: format!("/{all}/{key}{}", fault.at), ..fault }),
            );
        }
    }
    if faults.is_empty() { Ok(set) } else { Err(RecordError::Faults(faults)) }
}

/// Gives numbers to what is new, and notes what every table and field looks like now.
fn enter(tx: &Tx, set: &Set) -> Result<(), Error> {
    tx.execute("UPDATE record_tables SET shown = 0", [])?;
    tx.execute("UPDATE record_fields SET shown = 0", [])?;
    for table in set.tables.values() {
        let body = table.body();
        let (label, access) = (body["label"].to_string(), body["access"].to_string());
        // Fields that are hidden from a role may be laid already and gone from here: only the reach is kept.
        let number: i64 = tx.query_row(
            "INSERT INTO record_tables(key, label_json, access_json, shown) VALUES (?1, ?2, ?3, 1) \
             ON CONFLICT(key) DO UPDATE SET label_json = ?2, access_json = ?3, shown = 1 RETURNING number",
            params![table.key, label, access],
            |row| row.get(0),
        )?;
        for field in body["fields"].as_array().into_iter().flatten() {
            tx.prepare_cached(
                "INSERT INTO record_fields(tbl, key, body_json, shown) VALUES (?1, ?2, ?3, 1) \
                 ON CONFLICT(tbl, key) DO UPDATE SET body_json = ?3, shown = 1",
            )?
            .execute(params![number, field["key"].as_str(), field.to_string()])?;
        }
    }
    Ok(())
}

/// Tables and columns for what is new: all of one table at once.
fn make_places(tx: &Tx, set: &Set, layout: &Layout, steps: &[Step]) -> Result<(), Error> {
    let mut by_table: BTreeMap<&str, Vec<&Field>> = BTreeMap::new();
    for step in steps {
        match step {
            Step::AddTable { table } => {
                if let Some(place) = layout.places.get(table) {
                    columns::add_table(tx, place)?;
                }
            }
            Step::AddColumn { table, field, .. }
            | Step::AddJoin { table, field, .. }
            | Step::Retype { table, field, .. } => {
                let field = set.tables.get(table).and_then(|table| table.own(field));
                by_table.entry(table).or_default().extend(field);
            }
            _ => {}
        }
    }
    for (table, fields) in by_table {
        if let Some(place) = layout.places.get(table) {
            columns::add(tx, place, &fields)?;
        }
    }
    Ok(())
}

/// Builds the index of a field that views sort or group by, if it is shown still.
///
/// # Errors
/// The disk is full.
pub fn build_index(tx: &Tx, field: FieldNumber) -> Result<(), Error> {
    let (set, layout) = laid(tx)?;
    for (key, place) in &layout.places {
        let Some(field) = columns::key(tx, place, field)? else { continue };
        let is_shown =
            set.tables.get(key).and_then(|table| table.own(&field)).is_some_and(|field| !field.hidden);
        if is_shown {
            columns::add_index(tx, place, &field)?;
        }
    }
    Ok(())
}

fn take(
    tx: &Tx,
    set: &Set,
    layout: &Layout,
    step: &Step,
    faults: &mut Vec<Fault>,
) -> Result<(), RecordError> {
    let place_of = |table: &str| layout.places.get(table);
    let found = |table: &str, field: &str| -> Option<(&Table, usize, &Place)> {
        let (found, place) = (set.tables.get(table)?, place_of(table)?);
        Some((found, found.fields.iter().position(|known| known.key == field)?, place))
    };
    match step {
        Step::CheckFits { table, field, .. } => {
            if let Some((table, at, place)) = found(table, field) {
                let misfits = columns::misfits(tx, place, &table.fields[at])?;
                faults.extend(misfits.map(|said| at_field(table, at, "kind", Code::BadValue, said)));
            }
        }
        Step::CheckUnique { .. } => {}
        Step::AddUnique { table, field } => {
            if let Some((table, at, place)) = found(table, field) {
                let twice = columns::add_unique(tx, place, &table.fields[at])?;
                faults.extend(twice.map(|said| at_field(table, at, "unique", Code::Duplicate, said)));
            }
        }
        Step::DropUnique { table, field } => {
            if let Some(place) = place_of(table) {
                columns::drop_unique(tx, place, field)?;
            }
        }
        Step::AddIndex { table, field } => {
            match place_of(table) {
                Some(place) if columns::is_large(tx, place)? => {
                    let number = columns::number(tx, place, field)?;
                    number.map_or(Ok(()), |number| effects::add(tx, Effect::Index(number)))?;
                }
                Some(place) => columns::add_index(tx, place, field)?,
                None => {}
            }
        }
        // Their places were made before.
        Step::AddTable { .. }
        | Step::AddColumn { .. }
        | Step::AddJoin { .. }
        | Step::Retype { .. }
        | Step::HideTable { .. }
        | Step::ShowTable { .. }
        | Step::HideField { .. }
        | Step::ShowField { .. }
        // Computed values are computed when they are asked for.
        | Step::Recompute { .. }
        | Step::Relabel { .. } => {}
    }
    Ok(())
}

fn at_field(table: &Table, at: usize, part: &str, code: Code, said: Words) -> Fault {
    Fault { at: format!("/tables/{}/fields/{at}/{part}", table.key), code, said }
}

#[cfg(test)]
mod tests;
