//! The values that a condition is held against.

use std::sync::Arc;

use super::schema::{Schema, Type};

/// A list is looked at this far; what lies beyond is not seen by any condition.
pub const LIST_MAX: usize = 100;

/// One value. `Missing` is what CEL calls null.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    #[default]
    Missing,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Arc<str>),
    Texts(Arc<[Arc<str>]>),
    Ints(Arc<[i64]>),
}

impl Value {
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// The first hundred.
    pub fn texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self::Texts(texts.into_iter().take(LIST_MAX).map(Arc::from).collect())
    }

    /// The first hundred.
    pub fn ints(numbers: impl IntoIterator<Item = i64>) -> Self {
        Self::Ints(numbers.into_iter().take(LIST_MAX).collect())
    }

    fn is_a(&self, of: Type) -> bool {
        match self {
            Self::Missing => true,
            Self::Bool(_) => of == Type::Bool,
            Self::Int(_) => matches!(of, Type::Int | Type::Day | Type::Instant),
            Self::Double(_) => of == Type::Double,
            Self::Text(_) => of == Type::Text,
            Self::Texts(_) => of == Type::Texts,
            Self::Ints(_) => of == Type::Ints,
        }
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    /// What is no number is missing.
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Double(value) } else { Self::Missing }
    }
}

/// One value for each field of a schema, all missing at first.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    values: Vec<Value>,
}

impl Row {
    pub fn new(schema: &Schema) -> Self {
        Self { values: vec![Value::Missing; schema.fields.len()] }
    }

    /// Puts a value into its place and tells whether that changed anything. A value of another type than the field's
    /// is a mistake of whoever fills the row.
    pub fn set(&mut self, schema: &Schema, place: usize, value: Value) -> bool {
        debug_assert!(value.is_a(schema.fields[place].of), "{}: {value:?}", schema.fields[place].name);
        let changed = self.values[place] != value;
        if changed {
            self.values[place] = value;
        }
        changed
    }

    pub fn get(&self, place: usize) -> &Value {
        &self.values[place]
    }
}
