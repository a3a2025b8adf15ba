//! A table: its fields with their options, and what each role may do.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use super::kind::Kind;
use super::read::{Reader, label};
use crate::conditions::nearest;
use crate::people::{Reach, Role};
use crate::records::fault::Fault;
use crate::units::{Day, Words};

pub const FIELDS_MAX: usize = 500;
pub const OPTIONS_MAX: usize = 5_000;

/// The fields that every table has.
pub const SYSTEM: [(&str, Kind, &str, &str); 8] = [
    ("id", Kind::Whole, "编号", "number"),
    ("uid", Kind::Text, "唯一标识", "uid"),
    ("version", Kind::Whole, "版本", "version"),
    ("owner", Kind::Person, "负责人", "owner"),
    ("team", Kind::Whole, "团队", "team"),
    ("created_at", Kind::Instant, "创建时间", "created at"),
    ("created_by", Kind::Person, "创建人", "created by"),
    ("changed_at", Kind::Instant, "修改时间", "changed at"),
];

static SYSTEM_FIELDS: LazyLock<Vec<Field>> = LazyLock::new(|| {
    let field = |(key, kind, zh, en): &(&str, Kind, &str, &str)| Field::new(key, *kind, Words::new(*zh, *en));
    SYSTEM.iter().map(field).collect()
});

/// A field that every table has.
pub fn system_field(key: &str) -> Option<&'static Field> {
    SYSTEM_FIELDS.iter().find(|field| field.key == key)
}

/// An option of a choice or a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opt {
    /// Any text, never changed.
    pub key: String,
    pub label: Words,
    pub colour: Option<String>,
    /// What it stands for, by name: `region` = `县域`.
    pub dims: BTreeMap<String, String>,
    /// The option above it, in a tree.
    pub parent: Option<String>,
    pub valid_from: Option<Day>,
    /// Kept for what has it, not to be chosen any more.
    pub retired: bool,
}

/// How values of linked records become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Count,
    Sum,
    Mean,
    Min,
    Max,
}

impl Measure {
    pub const ALL: [(&'static str, Self); 5] = [
        ("count", Self::Count),
        ("sum", Self::Sum),
        ("mean", Self::Mean),
        ("min", Self::Min),
        ("max", Self::Max),
    ];

    /// `count`, or a measure and a field: `sum:amount`.
    pub fn parse(text: &str) -> Option<(Self, Option<&str>)> {
        let (name, field) = text.split_once(':').map_or((text, None), |(name, field)| (name, Some(field)));
        let (_, measure) = Self::ALL.into_iter().find(|(known, _)| *known == name)?;
        ((measure == Self::Count) == field.is_none()).then_some((measure, field))
    }
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub key: String,
    pub kind: Kind,
    pub label: Words,
    pub required: bool,
    pub unique: bool,
    pub hidden: bool,
    pub many: bool,
    pub options: Vec<Opt>,
    /// The table that a link leads to.
    pub to: Option<String>,
    /// A formula's text.
    pub expr: Option<String>,
    /// A link of this table (`client`), or for roll-ups one that leads here (`contracts.client`).
    pub via: Option<String>,
    /// The field that a look-up shows, or the measure of a roll-up.
    pub of: Option<String>,
    /// Which linked records a roll-up counts.
    pub filter: Option<String>,
    /// As on the wire.
    pub default: Option<Json>,
    pub help: Option<Words>,
}

/// What a role may do with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    pub read: Reach,
    pub create: bool,
    pub change: Reach,
    pub delete: Reach,
    pub hidden: Vec<String>,
    pub read_only: Vec<String>,
}

/// A table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub key: String,
    pub label: Words,
    pub fields: Vec<Field>,
    /// Roles that are not named reach nothing.
    pub access: Vec<(Role, Access)>,
}

impl Field {
    pub fn new(key: &str, kind: Kind, label: Words) -> Self {
        Self {
            key: key.to_owned(),
            kind,
            label,
            required: false,
            unique: false,
            hidden: false,
            many: false,
            options: Vec::new(),
            to: None,
            expr: None,
            via: None,
            of: None,
            filter: None,
            default: None,
            help: None,
        }
    }

    pub fn option(&self, key: &str) -> Option<&Opt> {
        self.options.iter().find(|option| option.key == key)
    }

    /// An option and all that lie below it, by key, in their order.
    pub fn under(&self, key: &str) -> Option<Vec<String>> {
        let mut found = vec![self.option(key)?.key.clone()];
        let mut at = 0;
        while let Some(parent) = found.get(at).cloned() {
            let below =
                self.options.iter().filter(|option| option.parent.as_deref() == Some(parent.as_str()));
            found.extend(below.map(|option| option.key.clone()));
            at += 1;
        }
        Some(found)
    }

    /// An option and those above it, the root last.
    pub fn path(&self, key: &str) -> Vec<&Opt> {
        let mut path = Vec::new();
        let mut next = self.option(key);
        while let Some(option) = next.filter(|_| path.len() <= self.options.len()) {
            path.push(option);
            next = option.parent.as_deref().and_then(|parent| self.option(parent));
        }
        path
    }
}

impl Access {
    pub const NOTHING: Self = Self {
        read: Reach::Nothing,
        create: false,
        change: Reach::Nothing,
        delete: Reach::Nothing,
        hidden: Vec::new(),
        read_only: Vec::new(),
    };

    pub fn hides(&self, field: &str) -> bool {
        self.hidden.iter().any(|hidden| hidden == field)
    }
}

impl Table {
    /// One of its own fields, hidden or not.
    pub fn own(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// One of its own fields, or one that every table has.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.own(key).or_else(|| system_field(key))
    }

    /// The field by which people tell its records apart.
    pub fn title(&self) -> Option<&Field> {
        let texts =
            || self.fields.iter().filter(|field| field.kind == Kind::Text && !field.many && !field.hidden);
        let named = texts().find(|field| matches!(field.key.as_str(), "name" | "title"));
        named.or_else(|| texts().find(|field| field.required)).or_else(|| texts().next())
    }

    /// What a role may do here.
    pub fn access(&self, role: Role) -> &Access {
        const NOTHING: &Access = &Access::NOTHING;
        self.access.iter().find(|(known, _)| *known == role).map_or(NOTHING, |(_, access)| access)
    }

    /// The field that somebody who wrote `key` most likely meant.
    pub fn nearest(&self, key: &str) -> Option<&str> {
        nearest(key, self.fields.iter().filter(|field| !field.hidden).map(|field| field.key.as_str()))
    }

    /// Reads a table's body.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its path.
    pub fn read(key: &str, body: &Json) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let found = reader.table(key, body);
        reader.done(found)
    }

    /// The body that reads as this table.
    pub fn body(&self) -> Json {
        let access = |(role, access): &(Role, Access)| (role.name().to_owned(), access.body());
        json!({
            "label": label(&self.label),
            "fields": self.fields.iter().map(Field::body).collect::<Vec<_>>(),
            "access": self.access.iter().map(access).collect::<Map<_, _>>(),
        })
    }
}
