//! Computed fields -> SQL: formulas, look-ups and roll-ups, each of what is in reach of who asks.

use super::sql::{DEEP_MAX, Sql, measured};
use super::tree;
use crate::records::definition::{Field, Kind, Measure, Table};
use crate::records::query::{Formula, Question};
use crate::records::value::LIST_MAX;

impl Sql<'_> {
    /// The value of a field that is computed.
    pub fn computed(&mut self, table: &Table, alias: &str, field: &Field) -> String {
        if self.deep >= DEEP_MAX {
            return "NULL".into();
        }
        self.deep += 1;
        let found = match field.kind {
            Kind::Formula => self.formula(table, alias, field),
            Kind::Lookup => self.look_up(table, alias, field),
            _ => self.roll_up(table, alias, field),
        };
        self.deep -= 1;
        found.unwrap_or_else(|| "NULL".into())
    }

    fn formula(&mut self, table: &Table, alias: &str, field: &Field) -> Option<String> {
        let set = &self.tables.set;
        let formula = Formula::new(field.expr.as_deref()?, set, &table.key, self.now.zone).ok()?;
        Some(tree::value(self, formula.tree(), formula.names(), alias, &table.key))
    }

    fn look_up(&mut self, table: &Table, alias: &str, field: &Field) -> Option<String> {
        let (via, of) = (field.via.as_deref()?, field.of.as_deref()?);
        let link = table.own(via)?;
        if !link.many {
            let (of, to) = (of.to_owned(), link.to.clone()?);
            return Some(self.along(&table.key, alias, &[via.to_owned()], |sql, alias| {
                let target = sql.tables.set.tables.get(&to)?;
                Some(sql.field(target, alias, &of))
            }));
        }
        let target = self.tables.set.tables.get(link.to.as_deref()?)?;
        let (rows, at) = (self.rows(table, via)?, self.alias());
        let (value, reach) = (self.field(target, &at, of), self.reach(target, &at));
        let is_list = self.holds(target, target.field(of)?)?.is_list();
        let from = self.from(target, &at);
        let entries = format!(
            "SELECT {value} AS v, j.pos AS pos FROM {rows} AS j JOIN {from} ON {at}.id = j.val \
             WHERE j.rec = {alias}.id AND {reach}"
        );
        let flat = if is_list {
            format!("SELECT e.value AS v FROM ({entries}) AS l, json_each(l.v) AS e ORDER BY l.pos, e.id")
        } else {
            format!("SELECT v FROM ({entries}) WHERE v IS NOT NULL ORDER BY pos")
        };
        Some(format!("(SELECT nullif(json_group_array(v), '[]') FROM ({flat} LIMIT {LIST_MAX}))"))
    }

    fn roll_up(&mut self, table: &Table, alias: &str, field: &Field) -> Option<String> {
        let set = &self.tables.set;
        let via = field.via.as_deref()?;
        let source = set.source(table, via)?;
        let (measure, of) = Measure::parse(field.of.as_deref()?)?;
        let at = self.alias();
        let joined = match via.split_once('.') {
            Some((_, link)) => match self.rows(source, link) {
                Some(rows) => format!("{at}.id IN (SELECT rec FROM {rows} WHERE val = {alias}.id)"),
                None => format!("{} = {alias}.id", self.field(source, &at, link)),
            },
            None => match self.rows(table, via) {
                Some(rows) => format!("{at}.id IN (SELECT val FROM {rows} WHERE rec = {alias}.id)"),
                None => format!("{at}.id = {}", self.field(table, alias, via)),
            },
        };
        let reach = self.reach(source, &at);
        let filter = match field.filter.as_deref() {
            Some(filter) => {
                let filter = Question::new(filter, set, &source.key, self.now.zone).ok()?;
                format!(" AND {}", tree::holds(self, filter.tree(), filter.names(), &at, &source.key))
            }
            None => String::new(),
        };
        let measured = match of {
            Some(of) => {
                let holds = self.holds(source, source.field(of)?)?;
                measured(measure, &self.field(source, &at, of), holds)
            }
            None => "count(*)".to_owned(),
        };
        let from = self.from(source, &at);
        Some(format!("(SELECT {measured} FROM {from} WHERE {joined} AND {reach}{filter})"))
    }
}
