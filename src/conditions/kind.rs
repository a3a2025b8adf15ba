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
}

impl Kind {
    pub fn of(of: Type) -> Self {
        match of {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Double => Self::Double,
            Type::Text => Self::Text,
            Type::Texts => Self::Texts,
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
            Self::Ints => Words::new("整数列表", "a list of whole numbers"),
        }
    }

    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }
}
