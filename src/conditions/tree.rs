//! A checked condition as a tree over a row's places -> its verdict, without allocating.
//!
//! The tree is open so that the same question can be put to a database. What SQL has to keep:
//!
//! - A verdict is three-valued: `Yes`, `No`, `Unknown` are SQL's true, false, NULL, and `&&`, `||`, `!` are `AND`,
//!   `OR`, `NOT`. A row is found where the verdict is `Yes`.
//! - A field without a value is *missing* (NULL), which is a value: `Equal` and `Unequal` between things that
//!   [`Tree::always_answers`] are `IS` and `IS NOT`. What is calculated and cannot be is *unknown*: where one side does
//!   not always answer, the comparison is NULL when that side is NULL.
//! - `Less` and its like, `Text`, `Size`, `Calculate` with a missing side are unknown (NULL), as in SQL.
//! - `In` a literal list: a missing left side is `No`, an unknown one `Unknown`. `In` a field: `Unknown` where the list
//!   is missing, `No` where it is empty. `Has` is `IS NOT NULL`.
//! - Texts compare by their bytes (SQLite's `BINARY`), `Size` counts characters (`length`), `Contains` is `instr`.
//! - Whole numbers that overflow 64 bits are unknown, and so is a division by zero; it truncates, as SQLite's does. SQLite
//!   makes a real of an overflow: ask `typeof(…) = 'integer'`. A real calculation that is not finite is unknown.
//! - Days are counts since 1970-01-01 and instants are milliseconds: both are plain whole numbers here.

use std::cmp::Ordering;
use std::sync::Arc;

use super::row::{LIST_MAX, Row, Value};
use crate::units::Zone;

/// Whether a condition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Yes,
    No,
    /// Something that it needs is missing.
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    More,
    AtLeast,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calculation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextTest {
    StartsWith,
    EndsWith,
    Contains,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Literal(Value),
    /// Values of one type.
    List(Vec<Value>),
    Field(usize),
    /// What `exists` or `all` is looking at.
    Item,
    Has(usize),
    Not(Box<Tree>),
    And(Box<[Tree; 2]>),
    Or(Box<[Tree; 2]>),
    Compare(Comparison, Box<[Tree; 2]>),
    In(Box<[Tree; 2]>),
    Text(TextTest, Box<[Tree; 2]>),
    Size(Box<Tree>),
    Negate(Box<Tree>),
    Calculate(Calculation, Box<[Tree; 2]>),
    Exists(Box<[Tree; 2]>),
    All(Box<[Tree; 2]>),
    /// The day, as its count, on which an instant lies there.
    DayOf(Box<Tree>, Zone),
    /// The second where the first holds, else the third; only formulas have it.
    If(Box<[Tree; 3]>),
}

/// A value on its way up the tree.
#[derive(Debug, Clone, Copy)]
pub enum Seen<'a> {
    Missing,
    /// CEL's error: what was asked for has no answer.
    Unknown,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(&'a str),
    Texts(&'a [Arc<str>]),
    Ints(&'a [i64]),
}

impl<'a> From<&'a Value> for Seen<'a> {
    fn from(value: &'a Value) -> Self {
        match value {
            Value::Missing => Self::Missing,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Double(value) => Self::Double(*value),
            Value::Text(text) => Self::Text(text),
            Value::Texts(texts) => Self::Texts(texts),
            Value::Ints(numbers) => Self::Ints(numbers),
        }
    }
}

impl From<Verdict> for Seen<'_> {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Yes => Self::Bool(true),
            Verdict::No => Self::Bool(false),
            Verdict::Unknown => Self::Unknown,
        }
    }
}

impl From<bool> for Verdict {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

impl Tree {
    pub fn verdict(&self, row: &Row, item: Option<&str>) -> Verdict {
        match self {
            Self::Has(place) => (*row.get(*place) != Value::Missing).into(),
            Self::Not(of) => match of.verdict(row, item) {
                Verdict::Yes => Verdict::No,
                Verdict::No => Verdict::Yes,
                Verdict::Unknown => Verdict::Unknown,
            },
            Self::And(of) => first_of(Verdict::No, of.iter().map(|part| part.verdict(row, item))),
            Self::Or(of) => first_of(Verdict::Yes, of.iter().map(|part| part.verdict(row, item))),
            Self::Compare(how, of) => compare(*how, of[0].see(row, item), of[1].see(row, item)),
            Self::In(of) => is_in(of[0].see(row, item), &of[1], row),
            Self::Text(test, of) => match (of[0].see(row, item), of[1].see(row, item)) {
                (Seen::Text(text), Seen::Text(part)) => test.of(text, part).into(),
                _ => Verdict::Unknown,
            },
            Self::If(_) => match self.see(row, item) {
                Seen::Bool(yes) => yes.into(),
                _ => Verdict::Unknown,
            },
            Self::Exists(of) => over(&of[0], row, Verdict::Yes, |item| of[1].verdict(row, Some(item))),
            Self::All(of) => over(&of[0], row, Verdict::No, |item| of[1].verdict(row, Some(item))),
            other => match other.see(row, item) {
                Seen::Bool(yes) => yes.into(),
                _ => Verdict::Unknown,
            },
        }
    }

    /// The value of this part.
    pub fn see<'a>(&'a self, row: &'a Row, item: Option<&'a str>) -> Seen<'a> {
        match self {
            Self::Literal(value) => value.into(),
            Self::Field(place) => row.get(*place).into(),
            Self::Item => item.map_or(Seen::Unknown, Seen::Text),
            Self::Size(of) => match of.see(row, item) {
                Seen::Text(text) => Seen::Int(text.chars().count() as i64),
                Seen::Texts(texts) => Seen::Int(texts.len() as i64),
                Seen::Ints(numbers) => Seen::Int(numbers.len() as i64),
                _ => Seen::Unknown,
            },
            Self::Negate(of) => match of.see(row, item) {
                Seen::Int(value) => value.checked_neg().map_or(Seen::Unknown, Seen::Int),
                Seen::Double(value) => Seen::Double(-value),
                _ => Seen::Unknown,
            },
            Self::Calculate(how, of) => match (of[0].see(row, item), of[1].see(row, item)) {
                (Seen::Int(one), Seen::Int(other)) => {
                    how.of_ints(one, other).map_or(Seen::Unknown, Seen::Int)
                }
                (Seen::Double(one), Seen::Double(other)) => {
                    let value = how.of_doubles(one, other);
                    if value.is_finite() { Seen::Double(value) } else { Seen::Unknown }
                }
                _ => Seen::Unknown,
            },
            Self::DayOf(of, zone) => match of.see(row, item) {
                Seen::Int(at_ms) => zone.day(at_ms).map_or(Seen::Unknown, |day| Seen::Int(day.number())),
                _ => Seen::Unknown,
            },
            Self::If(of) => match of[0].verdict(row, item) {
                Verdict::Yes => of[1].see(row, item),
                Verdict::No => of[2].see(row, item),
                Verdict::Unknown => Seen::Unknown,
            },
            Self::List(_) => Seen::Unknown,
            other => other.verdict(row, item).into(),
        }
    }

    /// It may be missing but never unknown: nothing in it is calculated.
    pub fn always_answers(&self) -> bool {
        matches!(self, Self::Literal(_) | Self::Field(_) | Self::Has(_) | Self::Item)
    }

    /// How many parts are looked at in the worst case.
    pub fn cost(&self) -> usize {
        1 + match self {
            Self::Literal(_) | Self::Field(_) | Self::Item | Self::Has(_) => 0,
            Self::List(items) => items.len(),
            Self::Not(of) | Self::Size(of) | Self::Negate(of) | Self::DayOf(of, _) => of.cost(),
            Self::If(of) => of.iter().map(Self::cost).sum(),
            Self::Exists(of) | Self::All(of) => of[0].cost() + of[1].cost() * LIST_MAX,
            Self::And(of)
            | Self::Or(of)
            | Self::Compare(_, of)
            | Self::In(of)
            | Self::Text(_, of)
            | Self::Calculate(_, of) => of[0].cost() + of[1].cost(),
        }
    }

    /// Every field that is named, once.
    pub fn fields(&self, found: &mut Vec<usize>) {
        match self {
            Self::Field(place) | Self::Has(place) => {
                if !found.contains(place) {
                    found.push(*place);
                }
            }
            Self::Literal(_) | Self::List(_) | Self::Item => {}
            Self::Not(of) | Self::Size(of) | Self::Negate(of) | Self::DayOf(of, _) => of.fields(found),
            Self::If(of) => of.iter().for_each(|part| part.fields(found)),
            Self::And(of)
            | Self::Or(of)
            | Self::Compare(_, of)
            | Self::In(of)
            | Self::Text(_, of)
            | Self::Calculate(_, of)
            | Self::Exists(of)
            | Self::All(of) => of.iter().for_each(|part| part.fields(found)),
        }
    }
}

/// `decisive` as soon as one part says so, whatever the others; unknown if one is, else its opposite.
fn first_of(decisive: Verdict, parts: impl Iterator<Item = Verdict>) -> Verdict {
    let mut verdict = if decisive == Verdict::Yes { Verdict::No } else { Verdict::Yes };
    for part in parts {
        if part == decisive {
            return decisive;
        }
        if part == Verdict::Unknown {
            verdict = Verdict::Unknown;
        }
    }
    verdict
}

fn over(list: &Tree, row: &Row, decisive: Verdict, of: impl Fn(&str) -> Verdict) -> Verdict {
    match (list, list.see(row, None)) {
        (_, Seen::Texts(texts)) => first_of(decisive, texts.iter().map(|text| of(text))),
        (Tree::List(items), _) => first_of(
            decisive,
            items.iter().map(|item| if let Value::Text(text) = item { of(text) } else { Verdict::Unknown }),
        ),
        _ => Verdict::Unknown,
    }
}

fn is_in(seen: Seen<'_>, list: &Tree, row: &Row) -> Verdict {
    match (list, list.see(row, None)) {
        _ if matches!(seen, Seen::Unknown) => Verdict::Unknown,
        (_, Seen::Texts(texts)) => {
            texts.iter().any(|text| matches!(seen, Seen::Text(seen) if **text == *seen)).into()
        }
        (_, Seen::Ints(numbers)) => {
            numbers.iter().any(|number| matches!(seen, Seen::Int(seen) if *number == seen)).into()
        }
        (Tree::List(items), _) => {
            items.iter().any(|item| compare(Comparison::Equal, seen, item.into()) == Verdict::Yes).into()
        }
        _ => Verdict::Unknown,
    }
}

fn compare(how: Comparison, one: Seen<'_>, other: Seen<'_>) -> Verdict {
    if matches!(one, Seen::Unknown) || matches!(other, Seen::Unknown) {
        return Verdict::Unknown;
    }
    let order = order(one, other);
    let both_missing = matches!((one, other), (Seen::Missing, Seen::Missing));
    let equal = both_missing || order == Some(Ordering::Equal);
    match (how, order) {
        (Comparison::Equal, _) => equal.into(),
        (Comparison::Unequal, _) => (!equal).into(),
        (_, None) => Verdict::Unknown,
        (Comparison::Less, Some(order)) => order.is_lt().into(),
        (Comparison::AtMost, Some(order)) => order.is_le().into(),
        (Comparison::More, Some(order)) => order.is_gt().into(),
        (Comparison::AtLeast, Some(order)) => order.is_ge().into(),
    }
}

fn order(one: Seen<'_>, other: Seen<'_>) -> Option<Ordering> {
    match (one, other) {
        (Seen::Bool(one), Seen::Bool(other)) => Some(one.cmp(&other)),
        (Seen::Int(one), Seen::Int(other)) => Some(one.cmp(&other)),
        (Seen::Double(one), Seen::Double(other)) => one.partial_cmp(&other),
        (Seen::Int(one), Seen::Double(other)) => (one as f64).partial_cmp(&other),
        (Seen::Double(one), Seen::Int(other)) => one.partial_cmp(&(other as f64)),
        (Seen::Text(one), Seen::Text(other)) => Some(one.cmp(other)),
        _ => None,
    }
}

impl TextTest {
    fn of(self, text: &str, part: &str) -> bool {
        match self {
            Self::StartsWith => text.starts_with(part),
            Self::EndsWith => text.ends_with(part),
            Self::Contains => text.contains(part),
        }
    }
}

impl Calculation {
    fn of_ints(self, one: i64, other: i64) -> Option<i64> {
        match self {
            Self::Add => one.checked_add(other),
            Self::Subtract => one.checked_sub(other),
            Self::Multiply => one.checked_mul(other),
            Self::Divide => one.checked_div(other),
        }
    }

    fn of_doubles(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Add => one + other,
            Self::Subtract => one - other,
            Self::Multiply => one * other,
            Self::Divide => one / other,
        }
    }
}
