//! What roles may do with a table, and tables as JSON again.

use serde_json::{Map, Value as Json, json};

use super::read::{Reader, label};
use super::set::Set;
use super::table::{Access, FIELDS_MAX, Field, Opt, system_field};
use crate::conditions::nearest;
use crate::people::{Reach, Role};
use crate::records::fault::Code;
use crate::records::query::Types;
use crate::units::{Words, Zone};

const REACHES: [(&str, Reach); 4] =
    [("own", Reach::Own), ("team", Reach::Team), ("all", Reach::All), ("nothing", Reach::Nothing)];

impl Reader {
    pub fn all_access(&mut self, body: &Json, fields: &[Field]) -> Vec<(Role, Access)> {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        let Some(map) = self.object("/access", body, &names) else { return Vec::new() };
        let mut found = Vec::new();
        for role in Role::ALL {
            let Some(access) = map.get(role.name()) else { continue };
            let path = format!("/access/{}", role.name());
            if let Some(access) = self.access(&path, access, fields) {
                found.push((role, access));
            }
        }
        found
    }

    fn access(&mut self, path: &str, body: &Json, fields: &[Field]) -> Option<Access> {
        let map = self.object(path, body, &["read", "create", "change", "delete", "hidden", "read_only"])?;
        let mut reach = |key: &str| match map.get(key) {
            Some(value) => self.one_of(&format!("{path}/{key}"), value, &REACHES).unwrap_or(Reach::Nothing),
            None => Reach::Nothing,
        };
        let (read, change, delete) = (reach("read"), reach("change"), reach("delete"));
        if change > read || delete > read {
            let said = Words::new(
                "能改、能删的不能比能看的多",
                "what may be changed or deleted must be in reach to read",
            );
            self.fault::<()>(path, Code::BadDefinition, said);
        }
        Some(Access {
            read,
            create: self.flag(path, map, "create"),
            change,
            delete,
            hidden: self.named(path, map, "hidden", fields),
            read_only: self.named(path, map, "read_only", fields),
        })
    }

    /// Keys of fields that are there.
    fn named(&mut self, path: &str, map: &Map<String, Json>, key: &str, fields: &[Field]) -> Vec<String> {
        let names = self.lines(path, map, key, FIELDS_MAX);
        for name in &names {
            let is_known = fields.iter().any(|field| field.key == *name) || system_field(name).is_some();
            if !is_known {
                let near = nearest(name, fields.iter().map(|field| field.key.as_str()));
                let said = Words::new(format!("没有字段 `{name}`"), format!("there is no field `{name}`"));
                self.fault::<()>(&format!("{path}/{key}"), Code::UnknownName, said.meant(near));
            }
        }
        names
    }
}

/// Leaves out what is false or empty, so that one meaning has one text.
fn put(map: &mut Map<String, Json>, key: &str, value: impl Into<Json>) {
    let value = value.into();
    let is_empty = match &value {
        Json::Null => true,
        Json::Bool(flag) => !flag,
        Json::Array(list) => list.is_empty(),
        Json::Object(map) => map.is_empty(),
        _ => false,
    };
    if !is_empty {
        map.insert(key.to_owned(), value);
    }
}

impl Set {
    /// The definitions as a role sees them: what is hidden from it is not there, nor is what is computed from it.
    pub fn seen_by(&self, role: Role) -> Self {
        let mut seen = self.clone();
        for table in seen.tables.values_mut() {
            let access = table.access(role).clone();
            let is_known = access.read != Reach::Nothing || access.create;
            table.fields.retain(|field| is_known && !field.hidden && !access.hides(&field.key));
        }
        loop {
            let gone = seen.unanswered();
            if gone.is_empty() {
                return seen;
            }
            for table in seen.tables.values_mut() {
                table.fields.retain(|field| !gone.contains(&(table.key.clone(), field.key.clone())));
            }
        }
    }

    /// Computed fields that name what is not there.
    fn unanswered(&self) -> Vec<(String, String)> {
        let mut types = Types::of(self, Zone::UTC);
        for table in self.tables.values() {
            for field in &table.fields {
                types.of_field(table, field);
            }
        }
        types.faults.into_iter().map(|(name, _)| name).collect()
    }
}

impl Access {
    /// What roles may do with a table that has these fields, as its body says it. A role that cannot be read may nothing.
    pub fn all(body: &Json, fields: &[Field]) -> Vec<(Role, Self)> {
        Reader::default().all_access(body, fields)
    }

    pub(super) fn body(&self) -> Json {
        let mut map = Map::new();
        put(&mut map, "read", self.read.name());
        put(&mut map, "create", self.create);
        put(&mut map, "change", self.change.name());
        put(&mut map, "delete", self.delete.name());
        put(&mut map, "hidden", self.hidden.clone());
        put(&mut map, "read_only", self.read_only.clone());
        map.into()
    }
}

impl Field {
    pub(super) fn body(&self) -> Json {
        let mut map = Map::new();
        put(&mut map, "key", self.key.as_str());
        put(&mut map, "kind", self.kind.name());
        put(&mut map, "label", label(&self.label));
        put(&mut map, "required", self.required);
        put(&mut map, "unique", self.unique);
        put(&mut map, "hidden", self.hidden);
        put(&mut map, "many", self.many);
        // A field with options keeps its list though it is empty: the kind needs one.
        if self.kind.has_options() {
            map.insert("options".to_owned(), self.options.iter().map(Opt::body).collect());
        }
        put(&mut map, "to", self.to.clone());
        put(&mut map, "expr", self.expr.clone());
        put(&mut map, "via", self.via.clone());
        put(&mut map, "of", self.of.clone());
        put(&mut map, "filter", self.filter.clone());
        if let Some(default) = &self.default {
            map.insert("default".to_owned(), default.clone());
        }
        put(&mut map, "help", self.help.as_ref().map(label));
        map.into()
    }
}

impl Opt {
    fn body(&self) -> Json {
        let mut map = Map::new();
        put(&mut map, "key", self.key.as_str());
        put(&mut map, "label", label(&self.label));
        put(&mut map, "colour", self.colour.clone());
        put(&mut map, "dims", json!(self.dims));
        put(&mut map, "parent", self.parent.clone());
        put(&mut map, "valid_from", self.valid_from.map(|day| day.to_string()));
        put(&mut map, "retired", self.retired);
        map.into()
    }
}
