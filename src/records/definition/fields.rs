//! The body of a table -> its fields and options, each part checked by itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::kind::Kind;
use super::read::{Reader, same};
use super::table::{FIELDS_MAX, Field, Measure, OPTIONS_MAX, Opt, Table, system_field};
use crate::conditions::nearest;
use crate::records::fault::Code;
use crate::units::Words;

const LABEL_CHARS_MAX: usize = 80;
const OPTION_CHARS_MAX: usize = 80;
const HELP_CHARS_MAX: usize = 400;
/// As long as a condition may be.
const EXPR_CHARS_MAX: usize = 4_096;

/// Keys that no field may take besides those of [`SYSTEM`].
const RESERVED: [&str; 2] = ["deleted_at", "values"];

impl Reader {
    pub fn table(&mut self, key: &str, body: &Json) -> Option<Table> {
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
