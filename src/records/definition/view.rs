//! A view: which records of a table, in which order and shape.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::read::{Reader, is_key, label};
use crate::records::fault::Fault;
use crate::units::Words;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    List,
    Kanban,
    Calendar,
    Gantt,
    Map,
}

const LAYOUTS: [(&str, Layout); 5] = [
    ("list", Layout::List),
    ("kanban", Layout::Kanban),
    ("calendar", Layout::Calendar),
    ("gantt", Layout::Gantt),
    ("map", Layout::Map),
];

/// For whom it is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    Me,
    Team,
    All,
}

const AUDIENCES: [(&str, Audience); 3] =
    [("me", Audience::Me), ("team", Audience::Team), ("all", Audience::All)];

/// How wide a column may be, in points of a screen.
const WIDTHS_PX: std::ops::RangeInclusive<u64> = 40..=1_000;

/// Records of a table as people look at them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub key: String,
    pub table: String,
    pub label: Words,
    pub layout: Layout,
    pub filter: Option<String>,
    /// Fields, a `-` before those that fall.
    pub sort: Vec<String>,
    pub group: Option<String>,
    /// All of them where it is empty.
    pub fields: Vec<String>,
    /// How wide columns are, in points of a screen; as their kind asks where there is no entry.
    pub widths: BTreeMap<String, u16>,
    pub audience: Audience,
}

impl Layout {
    pub fn name(self) -> &'static str {
        LAYOUTS.iter().find(|(_, layout)| *layout == self).map_or("list", |(name, _)| name)
    }
}

impl Audience {
    pub fn name(self) -> &'static str {
        AUDIENCES.iter().find(|(_, audience)| *audience == self).map_or("all", |(name, _)| name)
    }
}

impl View {
    /// Reads a view's body.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its path.
    pub fn read(key: &str, body: &Json) -> Result<Self, Vec<Fault>> {
        let mut reader = Reader::default();
        let found = reader.view(key, body);
        reader.done(found)
    }

    /// The body that reads as this view.
    pub fn body(&self) -> Json {
        let mut map = Map::new();
        map.insert("table".into(), self.table.as_str().into());
        map.insert("label".into(), label(&self.label));
        map.insert("layout".into(), self.layout.name().into());
        map.insert("for".into(), self.audience.name().into());
        if let Some(filter) = &self.filter {
            map.insert("filter".into(), filter.as_str().into());
        }
        if let Some(group) = &self.group {
            map.insert("group".into(), group.as_str().into());
        }
        for (key, list) in [("sort", &self.sort), ("fields", &self.fields)] {
            if !list.is_empty() {
                map.insert(key.into(), json!(list));
            }
        }
        if !self.widths.is_empty() {
            map.insert("widths".into(), json!(self.widths));
        }
        map.into()
    }
}

impl Reader {
    fn view(&mut self, key: &str, body: &Json) -> Option<View> {
        let key = self.key("", &key.into());
        let keys = ["table", "label", "layout", "filter", "sort", "group", "fields", "widths", "for"];
        let map = self.object("", body, &keys)?;
        let table = self.needed("", map, "table").and_then(|table| self.key("/table", table));
        let label = self.needed("", map, "label").and_then(|label| self.words("/label", label, 80));
        let layout =
            map.get("layout").map_or(Some(Layout::List), |layout| self.one_of("/layout", layout, &LAYOUTS));
        let audience = map.get("for").map_or(Some(Audience::All), |of| self.one_of("/for", of, &AUDIENCES));
        Some(View {
            key: key?,
            table: table?,
            label: label?,
            layout: layout?,
            filter: self.optional("", map, "filter", 4_096),
            sort: self.lines("", map, "sort", 5),
            group: self.optional("", map, "group", 80),
            fields: self.lines("", map, "fields", 100),
            widths: map.get("widths").map(|widths| self.widths(widths)).unwrap_or_default(),
            audience: audience?,
        })
    }

    fn widths(&mut self, widths: &Json) -> BTreeMap<String, u16> {
        let Some(map) = widths.as_object() else {
            self.wrong::<()>("/widths", widths, "一个对象 {…}", "an object {…}");
            return BTreeMap::new();
        };
        let mut found = BTreeMap::new();
        for (key, px) in map.iter().take(100) {
            match px.as_u64().filter(|px| WIDTHS_PX.contains(px)).and_then(|px| u16::try_from(px).ok()) {
                Some(px) if is_key(key) => {
                    found.insert(key.clone(), px);
                }
                _ => {
                    let path = format!("/widths/{}", key.chars().take(40).collect::<String>());
                    self.wrong::<()>(
                        &path,
                        px,
                        " 40 到 1000 的整数，键是字段",
                        "a whole number from 40 to 1000, by field",
                    );
                }
            }
        }
        found
    }
}
