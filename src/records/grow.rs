//! Two sets of definitions -> the steps that lead from one to the other. Nothing is ever dropped: what is taken away is
//! hidden, and shown with its values when it comes back. An option that is taken away stays in the records that have it.

use std::collections::BTreeSet;

use super::definition::{Field, Kind, Set, Table, View};
use super::fault::{Code, Fault};
use crate::units::Words;

/// One thing to do, in the order in which they stand. Each may be done again without harm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    AddTable {
        table: String,
    },
    HideTable {
        table: String,
    },
    ShowTable {
        table: String,
    },
    /// A column of the kind's shape, if it is not there; computed fields have none.
    AddColumn {
        table: String,
        field: String,
        kind: Kind,
    },
    /// Rows for lists: of links, people, options, texts or photos.
    AddJoin {
        table: String,
        field: String,
        kind: Kind,
    },
    HideField {
        table: String,
        field: String,
    },
    ShowField {
        table: String,
        field: String,
    },
    /// Look for values that are none of the narrower kind first: if there are any, refuse the whole change and name the
    /// rows.
    CheckFits {
        table: String,
        field: String,
        kind: Kind,
    },
    /// The column takes values of another kind of text; its shape stays.
    Retype {
        table: String,
        field: String,
        from: Kind,
        to: Kind,
    },
    /// Look for values that stand twice first: if there are any, refuse the whole change and name the rows.
    CheckUnique {
        table: String,
        field: String,
    },
    AddUnique {
        table: String,
        field: String,
    },
    DropUnique {
        table: String,
        field: String,
    },
    /// For filters and sorts of views.
    AddIndex {
        table: String,
        field: String,
    },
    /// A formula, look-up or roll-up is new or another one: compute it again.
    Recompute {
        table: String,
        field: String,
    },
    /// Labels, help, options, order, access: nothing to do in the database.
    Relabel {
        table: String,
    },
}

/// Why a set cannot become the other: one fault for each place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .faults.first().map_or("", |fault| fault.said.en.as_str()))]
pub struct Refusal {
    pub faults: Vec<Fault>,
}

/// The steps from `old` to `new`. Tables and fields that were there once and are hidden now are part of `old`: the store
/// hands in every table and field that has a column, with `hidden` set where the published definition has none.
///
/// # Errors
/// A field whose column would have another shape: another kind that is no text, one instead of many, another table.
pub fn grow(old: &Set, new: &Set) -> Result<Vec<Step>, Refusal> {
    let (mut steps, mut faults) = (Vec::new(), Vec::new());
    for table in new.tables.values() {
        match old.tables.get(&table.key) {
            None => {
                steps.push(Step::AddTable { table: table.key.clone() });
                table.fields.iter().for_each(|field| add(table, field, &mut steps));
            }
            Some(before) => grow_table(before, table, &mut steps, &mut faults),
        }
    }
    for table in old.tables.values().filter(|table| !new.tables.contains_key(&table.key)) {
        steps.push(Step::HideTable { table: table.key.clone() });
    }
    let known = indexed(old);
    for (table, field) in indexed(new).difference(&known) {
        steps.push(Step::AddIndex { table: table.clone(), field: field.clone() });
    }
    if faults.is_empty() { Ok(steps) } else { Err(Refusal { faults }) }
}

fn grow_table(old: &Table, new: &Table, steps: &mut Vec<Step>, faults: &mut Vec<Fault>) {
    let before = steps.len();
    for field in &new.fields {
        match old.own(&field.key) {
            None => add(new, field, steps),
            Some(known) => grow_field(new, known, field, steps, faults),
        }
    }
    for field in old.fields.iter().filter(|field| new.own(&field.key).is_none() && !field.hidden) {
        steps.push(Step::HideField { table: new.key.clone(), field: field.key.clone() });
    }
    if steps.len() == before && old != new {
        steps.push(Step::Relabel { table: new.key.clone() });
    }
}

fn add(table: &Table, field: &Field, steps: &mut Vec<Step>) {
    let (table, key, kind) = (table.key.clone(), field.key.clone(), field.kind);
    if kind.is_computed() {
        steps.push(Step::Recompute { table, field: key });
        return;
    }
    steps.push(if is_list(field) {
        Step::AddJoin { table: table.clone(), field: key.clone(), kind }
    } else {
        Step::AddColumn { table: table.clone(), field: key.clone(), kind }
    });
    if field.unique {
        steps.push(Step::AddUnique { table, field: key });
    }
}

fn grow_field(table: &Table, old: &Field, new: &Field, steps: &mut Vec<Step>, faults: &mut Vec<Fault>) {
    let (name, key) = (table.key.clone(), new.key.clone());
    let place = table.fields.iter().position(|field| field.key == key).unwrap_or_default();
    let at = |part: &str| format!("/tables/{name}/fields/{place}/{part}");
    if let Some(said) = narrower(old, new) {
        faults.push(Fault { at: at("kind"), code: Code::BadDefinition, said });
        return;
    }
    if old.kind != new.kind && !new.kind.is_computed() {
        if !widens(old.kind, new.kind) {
            steps.push(Step::CheckFits { table: name.clone(), field: key.clone(), kind: new.kind });
        }
        steps.push(Step::Retype { table: name.clone(), field: key.clone(), from: old.kind, to: new.kind });
    }
    match (old.hidden, new.hidden) {
        (false, true) => steps.push(Step::HideField { table: name.clone(), field: key.clone() }),
        (true, false) => steps.push(Step::ShowField { table: name.clone(), field: key.clone() }),
        _ => {}
    }
    match (old.unique, new.unique) {
        (false, true) => {
            steps.push(Step::CheckUnique { table: name.clone(), field: key.clone() });
            steps.push(Step::AddUnique { table: name.clone(), field: key.clone() });
        }
        (true, false) => steps.push(Step::DropUnique { table: name.clone(), field: key.clone() }),
        _ => {}
    }
    let computes =
        |field: &Field| (field.expr.clone(), field.via.clone(), field.of.clone(), field.filter.clone());
    if new.kind.is_computed() && computes(old) != computes(new) {
        steps.push(Step::Recompute { table: name, field: key });
    }
}

/// Every value of the one kind is one of the other.
fn widens(from: Kind, to: Kind) -> bool {
    let breadth = |kind| match kind {
        Kind::Phone | Kind::Choice | Kind::Tree => Some(0),
        Kind::Text => Some(1),
        Kind::LongText => Some(2),
        Kind::RichText => Some(3),
        _ => None,
    };
    matches!((breadth(from), breadth(to)), (Some(one), Some(other)) if from == to || one < other)
}

/// Why the new field does not hold what the old one held.
fn narrower(old: &Field, new: &Field) -> Option<Words> {
    let is_text = |kind| widens(kind, Kind::RichText);
    let both_texts = is_text(old.kind) && is_text(new.kind);
    let both_computed = old.kind.is_computed() && new.kind.is_computed();
    if (old.kind != new.kind && !both_texts && !both_computed) || is_list(old) != is_list(new) {
        let (from, to) = (old.kind.name(), new.kind.name());
        let many = |field: &Field| if is_list(field) { " (many)" } else { "" };
        return Some(Words::new(
            format!(
                "“{}”不能从 {from}{} 改成 {to}{}：另加一个字段，再把这个隐藏",
                new.label.zh,
                many(old),
                many(new)
            ),
            format!(
                "{} cannot turn from {from}{} into {to}{}: add another field and hide this one",
                new.label.en,
                many(old),
                many(new)
            ),
        ));
    }
    if old.kind == Kind::Link && old.to != new.to {
        return Some(Words::new(
            format!("“{}”不能改为指向别的表：另加一个字段，再把这个隐藏", new.label.zh),
            format!("{} cannot lead to another table: add another field and hide this one", new.label.en),
        ));
    }
    None
}

/// Its values stand in rows of their own.
pub fn is_list(field: &Field) -> bool {
    field.many && field.kind.may_be_many() || matches!(field.kind, Kind::Choices | Kind::Photos)
}

/// The fields that views sort and group by.
fn indexed(set: &Set) -> BTreeSet<(String, String)> {
    let of_view = |view: &View| {
        let table = set.tables.get(&view.table);
        let keys =
            view.sort.iter().map(|key| key.strip_prefix('-').unwrap_or(key)).chain(view.group.as_deref());
        let is_column = |key: &&str| {
            table
                .and_then(|table| table.own(key))
                .is_some_and(|field| !field.kind.is_computed() && !is_list(field))
        };
        keys.filter(is_column).map(|key| (view.table.clone(), key.to_owned())).collect::<Vec<_>>()
    };
    set.views.values().flat_map(of_view).collect()
}

#[cfg(test)]
mod tests;
