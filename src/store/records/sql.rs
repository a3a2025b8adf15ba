//! A field of a table -> SQL that gives its value, whether it is written or computed; and what is in reach of who asks.

use rusqlite::types::Value as Cell;

use super::cell::Holds;
use super::layout::{ACTIONS, OF_VISIT, Shape};
use super::{Now, Tables};
use crate::conditions::Tree;
use crate::people::{Deed, Reach, Who};
use crate::records::definition::{Field, Kind, Measure, Table};
use crate::records::query::{Formula, Names, Question, Source, Types};

/// Computed fields that ask for one another, one after the other; definitions go as deep.
pub const DEEP_MAX: usize = 16;

/// A statement in the making.
pub struct Sql<'a> {
    pub tables: &'a Tables,
    /// On whose behalf; `None`: the program itself.
    pub who: Option<&'a Who>,
    pub now: Now,
    pub params: Vec<Cell>,
    aliases: usize,
    /// How many computed fields it is within.
    pub deep: usize,
}

impl<'a> Sql<'a> {
    pub fn new(tables: &'a Tables, who: Option<&'a Who>, now: Now) -> Self {
        Self { tables, who, now, params: Vec::new(), aliases: 0, deep: 0 }
    }

    /// A place for a value.
    pub fn param(&mut self, value: impl Into<Cell>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    /// A name that nothing else has.
    pub fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("a{}", self.aliases)
    }

    /// The physical table, as that alias.
    pub fn from(&self, table: &Table, alias: &str) -> String {
        match self.tables.layout.places.get(&table.key) {
            Some(place) => format!("{} AS {alias}", place.name),
            // Nothing is there.
            None => format!("(SELECT NULL AS id, NULL AS owner, NULL AS deleted_ms LIMIT 0) AS {alias}"),
        }
    }

    /// Whether a record is there for who asks.
    pub fn reach(&mut self, table: &Table, alias: &str) -> String {
        format!("{alias}.deleted_ms IS NULL{}", self.in_reach(table, alias))
    }

    /// Begins with ` AND` where it is not all of them.
    pub fn in_reach(&mut self, table: &Table, alias: &str) -> String {
        let Some(who) = self.who else { return String::new() };
        let reach = table.access(who.role).read;
        self.within(table, alias, reach)
    }

    /// What is in reach beyond or within what is owned: begins with ` AND`, or is empty for all.
    fn within(&mut self, table: &Table, alias: &str, reach: Reach) -> String {
        let place = self.tables.layout.places.get(&table.key);
        let (true, Some(who)) = (place.is_some_and(|place| place.name == ACTIONS), self.who) else {
            return self.owned(reach, alias);
        };
        let mut within = self.owned(reach, alias);
        if matches!(reach, Reach::Own | Reach::Team) {
            let me = self.param(who.person.map(|person| person.0));
            within = format!(" AND (1{within} OR {alias}.created_by = {me})");
        }
        let visits = self.owned(who.reach(Deed::ReadVisits), alias);
        match visits.as_str() {
            "" => within,
            visits => format!("{within} AND ({alias}.origin IS NOT '{OF_VISIT}' OR (1{visits}))"),
        }
    }

    /// What belongs to whom somebody reaches: begins with ` AND`, or is empty for all.
    pub fn owned(&mut self, reach: Reach, alias: &str) -> String {
        let Some(who) = self.who else { return String::new() };
        let (person, team) = (who.person.map(|person| person.0), who.team.map(|team| team.0));
        match reach {
            Reach::All => String::new(),
            Reach::Nothing => " AND 0".into(),
            Reach::Own => format!(" AND {alias}.owner = {}", self.param(person)),
            Reach::Team => {
                let (person, team) = (self.param(person), self.param(team));
                format!(
                    " AND ({alias}.owner = {person} OR {alias}.owner IN (SELECT id FROM people WHERE team = {team}))"
                )
            }
        }
    }

    /// The value of a field, NULL where it has none; a list as JSON, NULL where it is empty.
    pub fn field(&mut self, table: &Table, alias: &str, key: &str) -> String {
        let Some(field) = table.own(key) else { return system(alias, key) };
        if field.kind.is_computed() {
            return self.computed(table, alias, field);
        }
        let place = self.tables.layout.places.get(&table.key);
        let Some(column) = place.and_then(|place| place.columns.get(key)) else { return "NULL".into() };
        match column.shape {
            Shape::One => format!("{alias}.{}", column.name),
            Shape::Json => format!("nullif({alias}.{}, '[]')", column.name),
            Shape::Rows => format!(
                "(SELECT nullif(json_group_array(val), '[]') FROM \
                 (SELECT val FROM {} WHERE rec = {alias}.id ORDER BY pos))",
                column.name
            ),
        }
    }

    /// The table of rows in which the values of a list stand.
    pub fn rows(&self, table: &Table, key: &str) -> Option<String> {
        let column = self.tables.layout.places.get(&table.key)?.columns.get(key)?;
        (column.shape == Shape::Rows).then(|| column.name.clone())
    }

    /// What `leaf` says of the record at the end of some links; NULL where there is none in reach.
    pub fn along(
        &mut self,
        table: &str,
        alias: &str,
        links: &[String],
        leaf: impl FnOnce(&mut Self, &str) -> Option<String>,
    ) -> String {
        let Some((link, rest)) = links.split_first() else {
            return leaf(self, alias).unwrap_or_else(|| "NULL".into());
        };
        let set = &self.tables.set;
        let tables = set.tables.get(table).and_then(|table| {
            let to = table.own(link)?.to.as_deref()?;
            Some((table, set.tables.get(to)?))
        });
        let Some((table, target)) = tables else { return "NULL".into() };
        let (number, at) = (self.field(table, alias, link), self.alias());
        let reach = self.reach(target, &at);
        let value = self.along(&target.key, &at, rest, leaf);
        let from = self.from(target, &at);
        format!("(SELECT {value} FROM {from} WHERE {at}.id = {number} AND {reach})")
    }

    /// What a field holds, a computed one too.
    pub fn holds(&self, table: &Table, field: &Field) -> Option<Holds> {
        if !field.kind.is_computed() {
            return Some(Holds::field(field));
        }
        let set = &self.tables.set;
        let mut types = Types::of(set, self.now.zone);
        let (of, _) = types.of_field(table, field)?;
        // A look-up of one record shows what stands there; only there a deadline stays one.
        let looked_up = || {
            let link = table.own(field.via.as_deref()?).filter(|link| !link.many)?;
            let target = set.tables.get(link.to.as_deref()?)?;
            let found = target.field(field.of.as_deref()?)?;
            (found.kind == Kind::Deadline).then_some(Holds::Deadline)
        };
        let looked_up = if field.kind == Kind::Lookup { looked_up() } else { None };
        Some(looked_up.unwrap_or(Holds::of(of)))
    }

    /// Whether who asks may see a field, and everything that it is computed from.
    pub fn sees(&self, table: &Table, key: &str) -> bool {
        self.sees_at(table, key, 0)
    }

    fn sees_at(&self, table: &Table, key: &str, deep: usize) -> bool {
        let Some(who) = self.who else { return true };
        let Some(field) = table.field(key).filter(|_| deep < DEEP_MAX) else { return false };
        if table.access(who.role).hides(key) {
            return false;
        }
        let set = &self.tables.set;
        let sees = |table: Option<&Table>, key: Option<&str>| {
            table.zip(key).is_some_and(|(table, key)| self.sees_at(table, key, deep + 1))
        };
        match field.kind {
            Kind::Formula => {
                let text = field.expr.as_deref().unwrap_or_default();
                Formula::new(text, set, &table.key, self.now.zone).is_ok_and(|formula| {
                    self.sees_all(&places(formula.tree()), formula.names(), table, deep + 1)
                })
            }
            Kind::Lookup => {
                let via = field.via.as_deref();
                let to = via.and_then(|via| table.own(via)).and_then(|link| link.to.as_ref());
                sees(Some(table), via) && sees(to.and_then(|to| set.tables.get(to)), field.of.as_deref())
            }
            Kind::RollUp => {
                let via = field.via.as_deref().unwrap_or_default();
                let source = set.source(table, via);
                let is_linked = match via.split_once('.') {
                    Some((_, link)) => sees(source, Some(link)),
                    None => sees(Some(table), Some(via)),
                };
                let of = Measure::parse(field.of.as_deref().unwrap_or_default()).and_then(|(_, of)| of);
                let filter = field.filter.as_deref().zip(source).is_none_or(|(filter, source)| {
                    Question::new(filter, set, &source.key, self.now.zone).is_ok_and(|filter| {
                        self.sees_all(&places(filter.tree()), filter.names(), source, deep + 1)
                    })
                });
                is_linked && filter && of.is_none_or(|of| sees(source, Some(of)))
            }
            _ => true,
        }
    }

    /// The first of the fields that a text names that who asks may not see.
    pub fn unseen(&self, question: &Question, table: &Table) -> Option<String> {
        let names = question.names();
        let places = places(question.tree());
        let unseen = |place: &&usize| !self.sees_all(&[**place], names, table, 0);
        let place = places.iter().find(unseen)?;
        match names.source(*place) {
            Source::Field { field, .. } | Source::Dim { field, .. } | Source::Changed(field) => {
                Some(field.clone())
            }
            _ => None,
        }
    }

    fn sees_all(&self, places: &[usize], names: &Names, start: &Table, deep: usize) -> bool {
        places.iter().all(|place| match names.source(*place) {
            Source::Field { links, table, field } | Source::Dim { links, table, field, .. } => {
                let mut at = Some(start);
                for link in links {
                    let Some(table) = at.filter(|table| self.sees_at(table, link, deep)) else {
                        return false;
                    };
                    at = table.own(link).and_then(|link| self.tables.set.tables.get(link.to.as_deref()?));
                }
                self.tables.set.tables.get(table).is_some_and(|table| self.sees_at(table, field, deep))
            }
            Source::Changed(field) => self.sees_at(start, field, deep),
            Source::Today | Source::Now | Source::Me => true,
        })
    }
}

/// The places that a tree looks at.
fn places(tree: &Tree) -> Vec<usize> {
    let mut found = Vec::new();
    tree.fields(&mut found);
    found
}

/// A field that every table has.
fn system(alias: &str, key: &str) -> String {
    match key {
        "team" => format!("(SELECT team FROM people WHERE id = {alias}.owner)"),
        "created_at" => format!("{alias}.created_ms"),
        "changed_at" => format!("coalesce({alias}.changed_ms, {alias}.created_ms)"),
        "id" | "uid" | "version" | "owner" | "created_by" => format!("{alias}.{key}"),
        _ => "NULL".into(),
    }
}

/// A measure over the values of some rows. A sum of whole numbers is exact, and NULL where it is too large.
pub fn measured(measure: Measure, value: &str, holds: Holds) -> String {
    match measure {
        Measure::Count => "count(*)".into(),
        Measure::Sum if holds == Holds::Number => format!("total({value})"),
        Measure::Sum => {
            let (high, low) = (format!("total(({value}) >> 32)"), format!("total(({value}) & 4294967295)"));
            // Both halves are whole and far below 2^53 for any number of rows; SQLite's own sum stops the statement.
            let sum = format!("(CAST({high} AS INTEGER) * 4294967296 + CAST({low} AS INTEGER))");
            format!("CASE WHEN typeof({sum}) = 'integer' THEN {sum} END")
        }
        Measure::Mean => format!("avg({value})"),
        Measure::Min => format!("min({value})"),
        Measure::Max => format!("max({value})"),
    }
}

/// What a measure gives.
pub fn measure_holds(measure: Measure, holds: Option<Holds>) -> Holds {
    match (measure, holds) {
        (Measure::Mean, _) => Holds::Number,
        (Measure::Count, _) | (_, None) => Holds::Whole,
        (_, Some(holds)) => holds,
    }
}

/// What holds a number that can be added up or put in order.
pub fn can_measure(measure: Measure, holds: Holds) -> bool {
    let is_number = matches!(holds, Holds::Whole | Holds::Number);
    let is_time = matches!(holds, Holds::Day | Holds::Instant | Holds::Deadline);
    is_number || is_time && matches!(measure, Measure::Min | Measure::Max)
}
