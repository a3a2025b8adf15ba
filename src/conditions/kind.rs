//! What the parts of a condition give, for checking that they go together.

use super::schema::Type;
use crate::units::Words;

/// What a part gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Missing,
    Bool,
    Int,
    Double,
    Text,
    Texts,
    Ints,
    Day,
    Instant,
    /// A length of time in days.
    Days,
}

impl Kind {
    pub fn of(of: Type) -> Self {
        match of {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Double => Self::Double,
            Type::Text => Self::Text,
            Type::Texts => Self::Texts,
            Type::Ints => Self::Ints,
            Type::Day => Self::Day,
            Type::Instant => Self::Instant,
        }
    }

    pub fn name(self) -> Words {
        match self {
            Self::Missing => Words::new(" null", "null"),
            Self::Bool => Type::Bool.said(),
            Self::Int => Type::Int.said(),
            Self::Double => Type::Double.said(),
            Self::Text => Type::Text.said(),
            Self::Texts => Type::Texts.said(),
            Self::Ints => Type::Ints.said(),
            Self::Day => Type::Day.said(),
            Self::Instant => Type::Instant.said(),
            Self::Days => Words::new("天数", "a number of days"),
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }
}
