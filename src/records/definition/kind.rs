//! The kinds of fields.
//!
//! To add a kind: a variant here with its name and words; its value in [`crate::records::value`] (`read` from JSON and
//! text, `show`, `order`), its type for conditions in [`Kind::in_conditions`], and the column that the store keeps it in.

use crate::conditions::{Type, Unit};
use crate::units::Words;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Text,
    LongText,
    /// A Markdown subset.
    RichText,
    Whole,
    Number,
    /// Fen.
    Money,
    Bool,
    Day,
    /// Milliseconds since 1970 UTC.
    Instant,
    /// A day or an instant.
    Deadline,
    Choice,
    Choices,
    /// An option of a tree.
    Tree,
    Person,
    Phone,
    Link,
    Lookup,
    Formula,
    RollUp,
    Photo,
    Photos,
    Attachment,
    Location,
}

impl Kind {
    pub const ALL: [Self; 23] = [
        Self::Text,
        Self::LongText,
        Self::RichText,
        Self::Whole,
        Self::Number,
        Self::Money,
        Self::Bool,
        Self::Day,
        Self::Instant,
        Self::Deadline,
        Self::Choice,
        Self::Choices,
        Self::Tree,
        Self::Person,
        Self::Phone,
        Self::Link,
        Self::Lookup,
        Self::Formula,
        Self::RollUp,
        Self::Photo,
        Self::Photos,
        Self::Attachment,
        Self::Location,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::RichText => "rich_text",
            Self::Whole => "whole",
            Self::Number => "number",
            Self::Money => "money",
            Self::Bool => "bool",
            Self::Day => "day",
            Self::Instant => "instant",
            Self::Deadline => "deadline",
            Self::Choice => "choice",
            Self::Choices => "choices",
            Self::Tree => "tree",
            Self::Person => "person",
            Self::Phone => "phone",
            Self::Link => "link",
            Self::Lookup => "lookup",
            Self::Formula => "formula",
            Self::RollUp => "roll_up",
            Self::Photo => "photo",
            Self::Photos => "photos",
            Self::Attachment => "attachment",
            Self::Location => "location",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What is expected of a value of this kind.
    pub fn rule(self) -> Words {
        match self {
            Self::Text => Words::new("一行文字", "a line of text"),
            Self::LongText | Self::RichText => Words::new("文字", "a text"),
            Self::Whole => Words::new("整数，如 12", "a whole number such as 12"),
            Self::Number => Words::new("数，如 12.5", "a number such as 12.5"),
            Self::Money => {
                Words::new("金额，如 ¥186,400.00 或 18.6万", "an amount such as ¥186,400.00 or 18.6万")
            }
            Self::Bool => Words::new("是或否", "yes or no"),
            Self::Day => Words::new("日期，如 2026-02-18", "a day such as 2026-02-18"),
            Self::Instant => Words::new("时刻，如 2026-02-18 10:00", "an instant such as 2026-02-18 10:00"),
            Self::Deadline => Words::new(
                "日期或时刻，如 下周二 或 2026-02-18 10:00",
                "a day or an instant such as next Tuesday or 2026-02-18 10:00",
            ),
            Self::Choice | Self::Tree => Words::new("一个选项", "one of the options"),
            Self::Choices => Words::new("若干选项", "some of the options"),
            Self::Person => Words::new("一位同事", "a colleague"),
            Self::Phone => Words::new("电话号码，如 138 0013 8000", "a phone number such as 138 0013 8000"),
            Self::Link => Words::new("一条记录", "a record"),
            Self::Lookup | Self::Formula | Self::RollUp => Words::new("由系统算出的值", "a computed value"),
            Self::Photo | Self::Photos => Words::new("照片", "a photo"),
            Self::Attachment => Words::new("文件", "a file"),
            Self::Location => {
                Words::new("位置：纬度、经度和坐标系", "a place: lat, lon and datum (wgs84, gcj02, bd09)")
            }
        }
    }

    pub fn is_computed(self) -> bool {
        matches!(self, Self::Lookup | Self::Formula | Self::RollUp)
    }

    /// It has options.
    pub fn has_options(self) -> bool {
        matches!(self, Self::Choice | Self::Choices | Self::Tree)
    }

    /// A field of it may hold a list: `many`.
    pub fn may_be_many(self) -> bool {
        matches!(self, Self::Text | Self::Tree | Self::Person | Self::Link)
    }

    /// Its values can be told apart exactly, so that they may be unique.
    pub fn may_be_unique(self) -> bool {
        matches!(self, Self::Text | Self::Whole | Self::Day | Self::Phone | Self::Link)
    }

    /// What conditions see of it; `None` where they see nothing. Computed kinds have the type of what they compute.
    pub fn in_conditions(self, many: bool) -> Option<(Type, Unit)> {
        Some(match self {
            Self::Text | Self::Tree if many => (Type::Texts, Unit::Plain),
            Self::Text | Self::LongText | Self::RichText | Self::Phone | Self::Choice | Self::Tree => {
                (Type::Text, Unit::Plain)
            }
            Self::Choices => (Type::Texts, Unit::Plain),
            Self::Person | Self::Link if many => (Type::Ints, Unit::Plain),
            Self::Whole | Self::Person | Self::Link | Self::Photo | Self::Attachment => {
                (Type::Int, Unit::Plain)
            }
            Self::Photos => (Type::Ints, Unit::Plain),
            Self::Money => (Type::Int, Unit::Fen),
            Self::Number => (Type::Double, Unit::Plain),
            Self::Bool => (Type::Bool, Unit::Plain),
            Self::Day => (Type::Day, Unit::Day),
            Self::Instant | Self::Deadline => (Type::Instant, Unit::Instant),
            Self::Lookup | Self::Formula | Self::RollUp | Self::Location => return None,
        })
    }
}
