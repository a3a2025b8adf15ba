//! A field -> its type in conditions: computed fields are followed to what they compute, and what goes in a circle is found.

use std::collections::BTreeMap;

use super::{Formula, Question};
use crate::conditions::{Type, Unit};
use crate::records::definition::{Field, Kind, Measure, Set, Table};
use crate::records::fault::{Code, Fault};
use crate::units::{Words, Zone};

/// Computed fields that ask for one another, one after the other.
const DEEP_MAX: usize = 16;

/// The types of a set's fields, each found once.
pub struct Types<'a> {
    pub set: &'a Set,
    pub zone: Zone,
    found: BTreeMap<(String, String), Option<(Type, Unit)>>,
    /// The computed fields that are being followed.
    open: Vec<(String, String)>,
    /// What is wrong with computed fields, by table and field.
    pub faults: Vec<((String, String), Fault)>,
}

impl<'a> Types<'a> {
    pub fn of(set: &'a Set, zone: Zone) -> Self {
        Self { set, zone, found: BTreeMap::new(), open: Vec::new(), faults: Vec::new() }
    }

    /// What conditions see of a field; `None` where they see nothing, or it is at fault.
    pub fn of_field(&mut self, table: &Table, field: &Field) -> Option<(Type, Unit)> {
        if !field.kind.is_computed() {
            return field.kind.in_conditions(field.many);
        }
        let name = (table.key.clone(), field.key.clone());
        if let Some(found) = self.found.get(&name) {
            return *found;
        }
        if self.open.contains(&name) || self.open.len() >= DEEP_MAX {
            let mut chain: Vec<_> =
                self.open.iter().map(|(table, field)| format!("{table}.{field}")).collect();
            chain.push(format!("{}.{}", name.0, name.1));
            let chain = chain.join(" → ");
            let said = Words::new(
                format!("算式绕了圈或太深：{chain}"),
                format!("computed fields ask for one another in a circle or too deep: {chain}"),
            );
            return self.fault(&name, "expr", Code::Cycle, said);
        }
        self.open.push(name.clone());
        let found = match field.kind {
            Kind::Formula => self.formula(&name, field),
            Kind::Lookup => self.look_up(&name, table, field),
            _ => self.roll_up(&name, table, field),
        };
        self.open.pop();
        self.found.insert(name, found);
        found
    }

    fn fault<T>(&mut self, name: &(String, String), part: &str, code: Code, said: Words) -> Option<T> {
        self.faults.push((name.clone(), Fault { at: part.to_owned(), code, said }));
        None
    }

    fn formula(&mut self, name: &(String, String), field: &Field) -> Option<(Type, Unit)> {
        let text = field.expr.as_deref().unwrap_or_default();
        match Formula::within(text, self, &name.0) {
            Ok(formula) => {
                let unit = match formula.gives() {
                    Type::Day => Unit::Day,
                    Type::Instant => Unit::Instant,
                    _ => Unit::Plain,
                };
                Some((formula.gives(), unit))
            }
            Err(fault) => self.fault(name, "expr", Code::BadCondition, fault.what),
        }
    }

    fn look_up(&mut self, name: &(String, String), table: &Table, field: &Field) -> Option<(Type, Unit)> {
        let via = field.via.as_deref().unwrap_or_default();
        let Some(link) = table.own(via).filter(|link| link.kind == Kind::Link) else {
            return self.no_link(name, table, via);
        };
        let (of, unit) = self.target(name, link.to.as_deref(), field.of.as_deref().unwrap_or_default())?;
        match (link.many, of) {
            (false, of) => Some((of, unit)),
            (true, Type::Text | Type::Texts) => Some((Type::Texts, unit)),
            (true, Type::Int | Type::Ints) => Some((Type::Ints, unit)),
            (true, _) => {
                let said = Words::new(
                    "多条关联只能看文字、选项和编号：用汇总字段",
                    "of many linked records only texts, options and numbers can be looked up: take a roll_up",
                );
                self.fault(name, "of", Code::BadDefinition, said)
            }
        }
    }

    fn no_link<T>(&mut self, name: &(String, String), table: &Table, via: &str) -> Option<T> {
        let links =
            table.fields.iter().filter(|field| field.kind == Kind::Link).map(|field| field.key.as_str());
        let said = Words::new(format!("没有关联字段 `{via}`"), format!("there is no link `{via}`"));
        let said = said.meant(crate::conditions::nearest(via, links));
        self.fault(name, "via", Code::UnknownName, said)
    }

    /// The type of a field of a linked table.
    fn target(&mut self, name: &(String, String), to: Option<&str>, key: &str) -> Option<(Type, Unit)> {
        let set = self.set;
        let table = to.and_then(|to| set.tables.get(to))?;
        let Some(field) = table.field(key) else {
            let said = Words::new(
                format!("表 `{}` 没有字段 `{key}`", table.key),
                format!("the table `{}` has no field `{key}`", table.key),
            );
            return self.fault(name, "of", Code::UnknownName, said.meant(table.nearest(key)));
        };
        let faults = self.faults.len();
        let of = self.of_field(table, field);
        if of.is_none() && self.faults.len() == faults {
            let said =
                Words::new(format!("`{key}` 不能用来计算"), format!("`{key}` cannot be computed with"));
            return self.fault(name, "of", Code::BadDefinition, said);
        }
        of
    }

    fn roll_up(&mut self, name: &(String, String), table: &Table, field: &Field) -> Option<(Type, Unit)> {
        let via = field.via.as_deref().unwrap_or_default();
        let Some(source) = self.set.source(table, via) else { return self.no_link(name, table, via) };
        if let Some(filter) = &field.filter
            && let Err(fault) = Question::within(filter, self, &source.key)
        {
            return self.fault(name, "filter", Code::BadCondition, fault.what);
        }
        let (measure, of) = Measure::parse(field.of.as_deref().unwrap_or_default())?;
        let Some(of) = of else { return Some((Type::Int, Unit::Plain)) };
        let (of, unit) = self.target(name, Some(&source.key), of)?;
        match (measure, of) {
            (Measure::Sum, Type::Int | Type::Double) => Some((of, unit)),
            (Measure::Mean, Type::Int | Type::Double) => Some((Type::Double, unit)),
            (Measure::Min | Measure::Max, Type::Int | Type::Double | Type::Day | Type::Instant) => {
                Some((of, unit))
            }
            _ => {
                let said = Words::new(
                    "sum 和 mean 只用于数，min 和 max 用于数和时间",
                    "sum and mean go with numbers, min and max with numbers and times",
                );
                self.fault(name, "of", Code::BadDefinition, said)
            }
        }
    }
}
