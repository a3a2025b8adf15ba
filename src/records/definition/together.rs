//! All definitions together -> what only holds together: links, computed fields, defaults, views and forms.

use super::form::{Block, Form};
use super::kind::Kind;
use super::set::{Set, TABLES_MAX};
use super::table::{Field, Table};
use super::view::{Layout, View};
use crate::conditions::nearest;
use crate::records::fault::{Code, Fault};
use crate::records::query::{Question, Types};
use crate::records::value::read_json;
use crate::units::{Words, Zone};

impl Set {
    /// Everything that does not hold together; paths begin with `/tables/KEY`, `/views/KEY` or `/forms/KEY`.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.tables.len() > TABLES_MAX {
            let count = self.tables.len();
            let said = Words::new(
                format!("有 {count} 张表，最多 {TABLES_MAX} 张"),
                format!("there are {count} tables, {TABLES_MAX} at most"),
            );
            faults.push(Fault { at: "/tables".into(), code: Code::TooMany, said });
        }
        let mut types = Types::of(self, Zone::UTC);
        for table in self.tables.values() {
            for (at, field) in table.fields.iter().enumerate() {
                let path = format!("/tables/{}/fields/{at}", table.key);
                self.field(&path, field, &mut faults);
                types.of_field(table, field);
            }
        }
        for ((table, field), fault) in std::mem::take(&mut types.faults) {
            let fields = self.tables.get(&table).map(|table| table.fields.iter());
            let place =
                fields.and_then(|mut fields| fields.position(|known| known.key == field)).unwrap_or_default();
            faults.push(Fault { at: format!("/tables/{table}/fields/{place}/{}", fault.at), ..fault });
        }
        self.views.values().for_each(|view| self.view(view, &mut faults));
        self.forms.values().for_each(|form| self.form(form, &mut faults));
        faults
    }

    fn field(&self, path: &str, field: &Field, faults: &mut Vec<Fault>) {
        if let Some(to) = field.to.as_ref().filter(|to| !self.tables.contains_key(*to)) {
            faults.push(self.no_table(&format!("{path}/to"), to));
        }
        if let Some(default) = &field.default
            && let Err(fault) = read_json(field, default)
        {
            faults.push(Fault { at: format!("{path}/default"), ..fault });
        }
    }

    fn no_table(&self, path: &str, key: &str) -> Fault {
        let said = Words::new(format!("没有表 `{key}`"), format!("there is no table `{key}`"));
        let said = said.meant(nearest(key, self.tables.keys().map(String::as_str)));
        Fault { at: path.to_owned(), code: Code::UnknownName, said }
    }

    fn view(&self, view: &View, faults: &mut Vec<Fault>) {
        let path = format!("/views/{}", view.key);
        let Some(table) = self.tables.get(&view.table) else {
            return faults.push(self.no_table(&format!("{path}/table"), &view.table));
        };
        let sorts = view.sort.iter().map(|key| ("sort", key.strip_prefix('-').unwrap_or(key)));
        let fields = view.fields.iter().map(|key| ("fields", key.as_str()));
        let groups = view.group.iter().map(|key| ("group", key.as_str()));
        for (part, key) in sorts.chain(fields).chain(groups) {
            known(&format!("{path}/{part}"), table, key, faults);
        }
        if let Some(filter) = &view.filter
            && let Err(fault) = Question::new(filter, self, &table.key, Zone::UTC)
        {
            faults.push(Fault { at: format!("{path}/filter"), code: Code::BadCondition, said: fault.what });
        }
        let group = view.group.as_deref().and_then(|key| table.field(key));
        let groups = |field: &&Field| {
            matches!(field.kind, Kind::Choice | Kind::Tree | Kind::Person | Kind::Bool | Kind::Link)
        };
        if view.layout == Layout::Kanban && group.filter(groups).is_none() {
            let said = Words::new(
                "看板视图要按一个选项字段分组：写 `group`",
                "a kanban view is grouped by a choice: give `group`",
            );
            faults.push(Fault { at: format!("{path}/group"), code: Code::BadDefinition, said });
        }
        let needs: Option<(&[Kind], &str, &str)> = match view.layout {
            Layout::Calendar | Layout::Gantt => Some((
                &[Kind::Day, Kind::Instant, Kind::Deadline],
                "日历和甘特图要有一个日期字段",
                "a calendar or Gantt chart needs a field with a day",
            )),
            Layout::Map if table.key != "clients" => {
                Some((&[Kind::Location], "地图要有一个位置字段", "a map needs a location"))
            }
            _ => None,
        };
        let is_there = |kinds: &[Kind]| table.fields.iter().any(|field| kinds.contains(&field.kind));
        if let Some((_, zh, en)) = needs.filter(|(kinds, ..)| !is_there(kinds)) {
            faults.push(Fault {
                at: format!("{path}/layout"),
                code: Code::BadDefinition,
                said: Words::new(zh, en),
            });
        }
    }

    fn form(&self, form: &Form, faults: &mut Vec<Fault>) {
        let path = format!("/forms/{}", form.key);
        let Some(table) = self.tables.get(&form.table) else {
            return faults.push(self.no_table(&format!("{path}/table"), &form.table));
        };
        for (at, block) in form.blocks.iter().enumerate() {
            let Some(key) = block.field() else { continue };
            let path = format!("{path}/blocks/{at}");
            known(&path, table, key, faults);
            let fits = |field: &Field| match block {
                Block::Photo(_) => matches!(field.kind, Kind::Photo | Kind::Photos),
                Block::Dictation(_) => matches!(field.kind, Kind::Text | Kind::LongText | Kind::RichText),
                _ => !field.kind.is_computed(),
            };
            if table.own(key).is_some_and(|field| !fits(field)) {
                let said = Words::new(
                    format!("`{key}` 不能放进这一块"),
                    format!("`{key}` does not go into this block"),
                );
                faults.push(Fault { at: path, code: Code::BadDefinition, said });
            }
        }
    }
}

fn known(path: &str, table: &Table, key: &str, faults: &mut Vec<Fault>) {
    if table.field(key).is_none() {
        let said = Words::new(
            format!("表 `{}` 没有字段 `{key}`", table.key),
            format!("the table `{}` has no field `{key}`", table.key),
        );
        faults.push(Fault {
            at: path.to_owned(),
            code: Code::UnknownName,
            said: said.meant(table.nearest(key)),
        });
    }
}
