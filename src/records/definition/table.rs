//! A table: its fields with their options, and what each role may do.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value as Json, json};

use super::kind::Kind;
use super::read::{Reader, label, same};
use crate::conditions::nearest;
use crate::people::{Reach, Role};
use crate::records::fault::{Code, Fault};
use crate::units::{Day, Words};

pub const FIELDS_MAX: usize = 500;
pub const OPTIONS_MAX: usize = 5_000;
const LABEL_CHARS_MAX: usize = 80;
const OPTION_CHARS_MAX: usize = 80;
const HELP_CHARS_MAX: usize = 400;
/// As long as a condition may be.
const EXPR_CHARS_MAX: usize = 4_096;

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

/// Keys that no field may take besides those of [`SYSTEM`].
const RESERVED: [&str; 2] = ["deleted_at", "values"];

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

impl Reader {
    fn table(&mut self, key: &str, body: &Json) -> Option<Table> {
        let key = self.key("", &key.into());
        let map = self.object("", body, &["label", "fields", "access"])?;
        let label =
            self.needed("", map, "label").and_then(|label| self.words("/label", label, LABEL_CHARS_MAX));
        let listed =
            self.needed("", map, "fields").and_then(|fields| self.list("/fields", fields, FIELDS_MAX));
        let mut fields: Vec<Field> = Vec::new();
        for (at, field) in listed?.iter().enumerate() {
            let path = format!("/fields/{at}");
            let Some(field) = self.field(&path, field) else { continue };
            if fields.iter().any(|known| known.key == field.key) {
                let said = Words::new(
                    format!("字段 `{}` 写了两次", field.key),
                    format!("the field `{}` is there twice", field.key),
                );
                self.fault::<()>(&format!("{path}/key"), Code::Duplicate, said);
            }
            fields.push(field);
        }
        let access = match map.get("access") {
            Some(access) => self.all_access(access, &fields),
            None => Vec::new(),
        };
        Some(Table { key: key?, label: label?, fields, access })
    }

    fn field(&mut self, path: &str, body: &Json) -> Option<Field> {
        const KEYS: [&str; 15] = [
            "key", "kind", "label", "required", "unique", "hidden", "many", "options", "to", "expr", "via",
            "of", "filter", "default", "help",
        ];
        let map = self.object(path, body, &KEYS)?;
        let at = |key: &str| format!("{path}/{key}");
        let key = self.needed(path, map, "key").and_then(|key| self.key(&at("key"), key));
        let kinds: Vec<_> = Kind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
        let kind = self.needed(path, map, "kind").and_then(|kind| self.one_of(&at("kind"), kind, &kinds));
        let label = match map.get("label") {
            Some(label) => self.words(&at("label"), label, LABEL_CHARS_MAX),
            None => key.as_deref().map(same),
        };
        if let Some(taken) =
            key.as_deref().filter(|key| system_field(key).is_some() || RESERVED.contains(key))
        {
            let said = Words::new(
                format!("`{taken}` 是每张表都有的字段：换一个名字"),
                format!("`{taken}` is a field that every table has: take another key"),
            );
            self.fault::<()>(&at("key"), Code::Duplicate, said);
        }
        let mut field = Field::new(&key?, kind?, label?);
        field.required = self.flag(path, map, "required");
        field.unique = self.flag(path, map, "unique");
        field.hidden = self.flag(path, map, "hidden");
        field.many = self.flag(path, map, "many");
        field.options =
            map.get("options").map_or_else(Vec::new, |options| self.options(&at("options"), options));
        field.to = map.get("to").and_then(|to| self.key(&at("to"), to));
        field.expr = self.optional(path, map, "expr", EXPR_CHARS_MAX);
        field.via = self.optional(path, map, "via", LABEL_CHARS_MAX);
        field.of = self.optional(path, map, "of", LABEL_CHARS_MAX);
        field.filter = self.optional(path, map, "filter", EXPR_CHARS_MAX);
        field.default = map.get("default").cloned();
        field.help = map.get("help").and_then(|help| self.words(&at("help"), help, HELP_CHARS_MAX));
        self.fits(path, map, &field);
        Some(field)
    }

    /// What a kind needs and what it cannot have.
    fn fits(&mut self, path: &str, map: &Map<String, Json>, field: &Field) {
        let kind = field.kind;
        let computed = kind.is_computed();
        let rules = [
            ("options", kind.has_options(), kind == Kind::Tree || kind.has_options()),
            ("to", kind == Kind::Link, kind == Kind::Link),
            ("expr", kind == Kind::Formula, kind == Kind::Formula),
            ("via", matches!(kind, Kind::Lookup | Kind::RollUp), matches!(kind, Kind::Lookup | Kind::RollUp)),
            ("of", matches!(kind, Kind::Lookup | Kind::RollUp), matches!(kind, Kind::Lookup | Kind::RollUp)),
            ("filter", kind == Kind::RollUp, false),
            ("many", kind.may_be_many(), false),
            ("unique", kind.may_be_unique() && !field.many, false),
            ("required", !computed, false),
            ("default", !computed && !matches!(kind, Kind::Photo | Kind::Photos | Kind::Attachment), false),
        ];
        for (key, may, must) in rules {
            let is_there = map.get(key).is_some_and(|value| *value != Json::Bool(false));
            let name = kind.name();
            let said = match is_there {
                true if !may => Words::new(
                    format!("{name} 字段不能有 `{key}`"),
                    format!("a {name} field cannot have `{key}`"),
                ),
                false if must => {
                    Words::new(format!("{name} 字段要有 `{key}`"), format!("a {name} field needs `{key}`"))
                }
                _ => continue,
            };
            self.fault::<()>(&format!("{path}/{key}"), Code::BadDefinition, said);
        }
        if let Some(of) =
            field.of.as_deref().filter(|of| kind == Kind::RollUp && Measure::parse(of).is_none())
        {
            self.wrong::<()>(
                &format!("{path}/of"),
                &of.into(),
                " count，或 sum、mean、min、max 加字段，如 sum:amount",
                "count, or sum, mean, min or max of a field, such as sum:amount",
            );
        }
    }

    fn options(&mut self, path: &str, body: &Json) -> Vec<Opt> {
        let Some(list) = self.list(path, body, OPTIONS_MAX) else { return Vec::new() };
        let mut options: Vec<Opt> = Vec::new();
        let mut keys = std::collections::HashSet::new();
        for (at, option) in list.iter().enumerate() {
            let path = format!("{path}/{at}");
            let Some(option) = self.option(&path, option) else { continue };
            if !keys.insert(option.key.clone()) {
                let said = Words::new(
                    format!("选项“{}”写了两次", option.key),
                    format!("the option `{}` is there twice", option.key),
                );
                self.fault::<()>(&path, Code::Duplicate, said);
            }
            options.push(option);
        }
        self.tree(path, &options);
        options
    }

    /// Parents are there and nothing lies below itself.
    fn tree(&mut self, path: &str, options: &[Opt]) {
        let parents: BTreeMap<&str, Option<&str>> =
            options.iter().map(|option| (option.key.as_str(), option.parent.as_deref())).collect();
        for (at, option) in options.iter().enumerate() {
            let Some(parent) = option.parent.as_deref() else { continue };
            let path = format!("{path}/{at}/parent");
            if !parents.contains_key(parent) {
                let near = nearest(parent, parents.keys().copied());
                let said =
                    Words::new(format!("没有选项“{parent}”"), format!("there is no option `{parent}`"));
                self.fault::<()>(&path, Code::UnknownName, said.meant(near));
                continue;
            }
            let mut above = Some(parent);
            let mut steps = 0;
            while let Some(key) = above.filter(|key| *key != option.key && steps <= 32) {
                above = parents.get(key).copied().flatten();
                steps += 1;
            }
            if above.is_some() {
                let said = Words::new(
                    format!("选项“{}”在自己下面，或超过 32 层", option.key),
                    format!("the option `{}` lies below itself, or more than 32 levels deep", option.key),
                );
                self.fault::<()>(&path, Code::Cycle, said);
            }
        }
    }

    fn option(&mut self, path: &str, body: &Json) -> Option<Opt> {
        let at = |key: &str| format!("{path}/{key}");
        let map =
            self.object(path, body, &["key", "label", "colour", "dims", "parent", "valid_from", "retired"])?;
        let key =
            self.needed(path, map, "key").and_then(|key| self.line(&at("key"), key, OPTION_CHARS_MAX))?;
        if key.trim() != key {
            self.wrong::<()>(
                &at("key"),
                &key.as_str().into(),
                "首尾没有空格的文字",
                "a text without spaces at its ends",
            );
        }
        let label = match map.get("label") {
            Some(label) => self.words(&at("label"), label, OPTION_CHARS_MAX)?,
            None => same(&key),
        };
        let mut dims = BTreeMap::new();
        if let Some(all) = map.get("dims") {
            let Some(all) = all.as_object().filter(|all| all.len() <= 20) else {
                return self.wrong(
                    &at("dims"),
                    all,
                    "最多 20 项的对象 {…}",
                    "an object {…} of 20 entries at most",
                );
            };
            for (name, value) in all {
                let path = format!("{path}/dims/{name}");
                if let (Some(name), Some(value)) =
                    (self.key(&path, &name.as_str().into()), self.line(&path, value, OPTION_CHARS_MAX))
                {
                    dims.insert(name, value);
                }
            }
        }
        let valid_from =
            map.get("valid_from").and_then(|day| match day.as_str().and_then(|day| day.parse().ok()) {
                Some(day) => Some(day),
                None => self.wrong(&at("valid_from"), day, "日期，如 2026-02-18", "a day such as 2026-02-18"),
            });
        Some(Opt {
            colour: self.optional(path, map, "colour", 20),
            parent: self.optional(path, map, "parent", OPTION_CHARS_MAX),
            retired: self.flag(path, map, "retired"),
            key,
            label,
            dims,
            valid_from,
        })
    }
}
