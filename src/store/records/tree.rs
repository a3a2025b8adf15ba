//! The tree of a condition or formula -> SQL with the same answers as `conditions::tree` gives: true, false and NULL are
//! its yes, no and unknown.

use serde_json::json;

use super::sql::Sql;
use crate::conditions::{Calculation, Comparison, TextTest, Tree, Type, Value};
use crate::records::query::{Names, Source};
use crate::units::Day;
use crate::units::day::DAY_MS;

/// What the names of a text mean in a statement.
struct Asked<'s, 'a, 'n> {
    sql: &'s mut Sql<'a>,
    names: &'n Names,
    /// The record that is asked about, and its table.
    alias: &'n str,
    table: &'n str,
    /// What `exists` or `all` is looking at.
    item: Option<String>,
}

/// The value of a formula, NULL where it has none.
pub fn value(sql: &mut Sql, tree: &Tree, names: &Names, alias: &str, table: &str) -> String {
    Asked { sql, names, alias, table, item: None }.value(tree)
}

/// True where a condition holds, and only there.
pub fn holds(sql: &mut Sql, tree: &Tree, names: &Names, alias: &str, table: &str) -> String {
    Asked { sql, names, alias, table, item: None }.holds(tree)
}

impl Asked<'_, '_, '_> {
    /// As [`Self::value`] where only a yes counts, so that an index can be of use.
    fn holds(&mut self, tree: &Tree) -> String {
        match tree {
            Tree::And(of) => format!("({} AND {})", self.holds(&of[0]), self.holds(&of[1])),
            Tree::Or(of) => format!("({} OR {})", self.holds(&of[0]), self.holds(&of[1])),
            Tree::Compare(Comparison::Equal, of) if self.is_plain(&of[0]) && self.is_plain(&of[1]) => {
                let real = self.is_real(&of[0]) || self.is_real(&of[1]);
                // With what is there no missing value is equal; only so an index of values that are there is of use.
                let is_there = |tree: &Tree| matches!(tree, Tree::Literal(value) if *value != Value::Missing);
                let sign = if is_there(&of[0]) || is_there(&of[1]) { "=" } else { "IS" };
                format!("({} {sign} {})", self.number(&of[0], real), self.number(&of[1], real))
            }
            Tree::In(of) => match (&of[0], &of[1]) {
                (Tree::Field(_), Tree::List(items)) if !items.contains(&Value::Missing) => {
                    let left = self.value(&of[0]);
                    let items: Vec<_> = items.iter().map(|item| self.literal(item)).collect();
                    format!("({left} IN ({}))", items.join(", "))
                }
                _ => self.value(tree),
            },
            other => self.value(other),
        }
    }

    fn value(&mut self, tree: &Tree) -> String {
        match tree {
            Tree::Literal(value) => self.literal(value),
            Tree::List(items) => self.list(items),
            Tree::Field(place) => self.place(*place),
            Tree::Item => self.item.clone().unwrap_or_else(|| "NULL".into()),
            Tree::Has(place) => format!("({} IS NOT NULL)", self.place(*place)),
            Tree::Not(of) => format!("(NOT {})", self.value(of)),
            Tree::And(of) => format!("({} AND {})", self.value(&of[0]), self.value(&of[1])),
            Tree::Or(of) => format!("({} OR {})", self.value(&of[0]), self.value(&of[1])),
            Tree::Compare(how, of) => self.compare(*how, of),
            Tree::In(of) => self.is_in(of),
            Tree::Text(test, of) => self.text(*test, of),
            Tree::Size(of) => {
                let size = if self.is_list(of) { "json_array_length" } else { "length" };
                format!("{size}({})", self.value(of))
            }
            Tree::Negate(of) => {
                let negated = format!("-({})", self.value(of));
                finite(&negated, self.is_real(of))
            }
            Tree::Calculate(how, of) => self.calculate(*how, of),
            Tree::Exists(of) => self.over(of, true),
            Tree::All(of) => self.over(of, false),
            Tree::DayOf(of, zone) => {
                let of = self.value(of);
                // Where no clock is changed SQLite counts faster itself.
                let Some(ahead_ms) = zone.constant_ms() else {
                    return format!("day_in({of}, {})", self.sql.param(zone.to_string()));
                };
                let (first, last) = (Day::MIN.number(), Day::MAX.number());
                format!(
                    "(SELECT CASE WHEN d BETWEEN {first} AND {last} THEN d END FROM \
                     (SELECT (m - ((m % {DAY_MS}) + {DAY_MS}) % {DAY_MS}) / {DAY_MS} AS d FROM \
                     (SELECT {of} + {ahead_ms} AS m)))"
                )
            }
            Tree::If(of) => format!(
                "(CASE {} WHEN 1 THEN {} WHEN 0 THEN {} END)",
                self.value(&of[0]),
                self.value(&of[1]),
                self.value(&of[2])
            ),
        }
    }

    fn literal(&mut self, value: &Value) -> String {
        match value {
            Value::Missing => "NULL".into(),
            Value::Bool(yes) => i64::from(*yes).to_string(),
            // So many digits are no whole number to SQLite's reader of texts.
            Value::Int(number) if *number == i64::MIN => self.sql.param(*number),
            Value::Int(number) => format!("({number})"),
            Value::Double(number) => self.sql.param(*number),
            Value::Text(text) => self.sql.param(text.to_string()),
            Value::Texts(texts) => {
                let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
                self.sql.param(json!(texts).to_string())
            }
            Value::Ints(numbers) => self.sql.param(json!(&**numbers).to_string()),
        }
    }

    /// A list that is written out, as JSON.
    fn list(&mut self, items: &[Value]) -> String {
        let items: Vec<_> = items
            .iter()
            .map(|item| match item {
                Value::Bool(yes) => json!(yes),
                Value::Int(number) => json!(number),
                Value::Double(number) => json!(number),
                Value::Text(text) => json!(&**text),
                _ => json!(null),
            })
            .collect();
        self.sql.param(json!(items).to_string())
    }

    fn place(&mut self, place: usize) -> String {
        let now = self.sql.now;
        match self.names.source(place) {
            Source::Field { links, table, field } => {
                let key = field.as_str();
                self.sql.along(self.table, self.alias, links, |sql, alias| {
                    let table = sql.tables.set.tables.get(table)?;
                    Some(sql.field(table, alias, key))
                })
            }
            Source::Dim { links, table, field, dim } => {
                self.sql.along(self.table, self.alias, links, |sql, alias| {
                    let table = sql.tables.set.tables.get(table)?;
                    let field = table.own(field)?;
                    let mut cases = String::new();
                    for option in &field.options {
                        let Some(stands_for) = option.dims.get(dim) else { continue };
                        let (key, dim) = (sql.param(option.key.clone()), sql.param(stands_for.clone()));
                        cases += &format!(" WHEN {key} THEN {dim}");
                    }
                    let value = sql.field(table, alias, &field.key);
                    (!cases.is_empty()).then(|| format!("(CASE {value}{cases} END)"))
                })
            }
            // Nothing changes while one only looks.
            Source::Changed(_) => "0".into(),
            Source::Today => match now.zone.day(now.ms) {
                Some(day) => format!("({})", day.number()),
                None => "NULL".into(),
            },
            Source::Now => format!("({})", now.ms),
            Source::Me => match self.sql.who.and_then(|who| who.person) {
                Some(person) => format!("({})", person.0),
                None => "NULL".into(),
            },
        }
    }

    /// Nothing in it is calculated: NULL is a missing value, never an unknown one.
    fn is_plain(&self, tree: &Tree) -> bool {
        tree.always_answers()
    }

    /// Whether a value is unknown rather than missing; `None` where it never is.
    fn unknown(&mut self, tree: &Tree) -> Option<String> {
        match tree {
            tree if self.is_plain(tree) => None,
            Tree::List(_) => None,
            Tree::If(of) => {
                let test = self.value(&of[0]);
                let mut part = |tree| self.unknown(tree).unwrap_or_else(|| "0".into());
                Some(format!(
                    "(CASE {test} WHEN 1 THEN {} WHEN 0 THEN {} ELSE 1 END)",
                    part(&of[1]),
                    part(&of[2])
                ))
            }
            tree => Some(format!("{} IS NULL", self.value(tree))),
        }
    }

    /// NULL where one of the parts is unknown, else `answer`.
    fn unless_unknown(&mut self, of: &[&Tree], answer: &str) -> String {
        let unknown: Vec<_> = of.iter().filter_map(|tree| self.unknown(tree)).collect();
        if unknown.is_empty() {
            answer.to_owned()
        } else {
            format!("(CASE WHEN {} THEN NULL ELSE {answer} END)", unknown.join(" OR "))
        }
    }

    fn compare(&mut self, how: Comparison, of: &[Tree; 2]) -> String {
        let real = self.is_real(&of[0]) || self.is_real(&of[1]);
        let (one, other) = (self.number(&of[0], real), self.number(&of[1], real));
        let sign = match how {
            Comparison::Equal => "IS",
            Comparison::Unequal => "IS NOT",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::More => ">",
            Comparison::AtLeast => ">=",
        };
        let answer = format!("({one} {sign} {other})");
        match how {
            Comparison::Equal | Comparison::Unequal => self.unless_unknown(&[&of[0], &of[1]], &answer),
            _ => answer,
        }
    }

    /// A number beside a real one is a real one.
    fn number(&mut self, tree: &Tree, real: bool) -> String {
        let value = self.value(tree);
        if real && self.gives(tree) == Some(Type::Int) { format!("CAST({value} AS REAL)") } else { value }
    }

    fn is_in(&mut self, of: &[Tree; 2]) -> String {
        let left = self.value(&of[0]);
        if let Tree::List(items) = &of[1] {
            let real = self.is_real(&of[0]);
            let items: Vec<_> = items
                .iter()
                .map(|item| {
                    let (literal, is_int) = (self.literal(item), matches!(item, Value::Int(_)));
                    let item = if real && is_int { format!("CAST({literal} AS REAL)") } else { literal };
                    format!("{left} IS {item}")
                })
                .collect();
            let answer = if items.is_empty() { "0".into() } else { format!("({})", items.join(" OR ")) };
            return self.unless_unknown(&[&of[0]], &answer);
        }
        let list = self.value(&of[1]);
        let found = format!(
            "(CASE WHEN {list} IS NULL THEN NULL ELSE EXISTS(SELECT 1 FROM json_each({list}) AS e WHERE e.value = {left}) END)"
        );
        self.unless_unknown(&[&of[0]], &found)
    }

    fn text(&mut self, test: TextTest, of: &[Tree; 2]) -> String {
        let (text, part) = (self.value(&of[0]), self.value(&of[1]));
        let answer = match test {
            TextTest::StartsWith => "substr(t, 1, length(p)) = p",
            TextTest::EndsWith => "(p = '' OR (length(t) >= length(p) AND substr(t, -length(p)) = p))",
            TextTest::Contains => "instr(t, p) > 0",
        };
        format!(
            "(SELECT CASE WHEN t IS NOT NULL AND p IS NOT NULL THEN {answer} END FROM (SELECT {text} AS t, {part} AS p))"
        )
    }

    fn calculate(&mut self, how: Calculation, of: &[Tree; 2]) -> String {
        let sign = match how {
            Calculation::Add => "+",
            Calculation::Subtract => "-",
            Calculation::Multiply => "*",
            Calculation::Divide => "/",
        };
        let calculated = format!("({}) {sign} ({})", self.value(&of[0]), self.value(&of[1]));
        finite(&calculated, self.is_real(&of[0]))
    }

    /// Three-valued: decided by one item, else unknown if one is, else the opposite.
    fn over(&mut self, of: &[Tree; 2], exists: bool) -> String {
        let list = self.value(&of[0]);
        let alias = self.sql.alias();
        let outer = self.item.replace(format!("{alias}.value"));
        let body = self.value(&of[1]);
        self.item = outer;
        let (decisive, decided, else_) = if exists { ("v", 1, 0) } else { ("NOT v", 0, 1) };
        format!(
            "(CASE WHEN {list} IS NULL THEN NULL ELSE (SELECT CASE WHEN count(CASE WHEN {decisive} THEN 1 END) > 0 THEN \
             {decided} WHEN count(v) < count(*) THEN NULL ELSE {else_} END FROM \
             (SELECT {body} AS v FROM json_each({list}) AS {alias})) END)"
        )
    }

    fn is_real(&self, tree: &Tree) -> bool {
        self.gives(tree) == Some(Type::Double)
    }

    fn is_list(&self, tree: &Tree) -> bool {
        matches!(tree, Tree::List(_)) || matches!(self.gives(tree), Some(Type::Texts | Type::Ints))
    }

    /// Int, Double or a list, as far as that makes a difference.
    fn gives(&self, tree: &Tree) -> Option<Type> {
        match tree {
            Tree::Literal(Value::Int(_)) | Tree::Size(_) | Tree::DayOf(..) => Some(Type::Int),
            Tree::Literal(Value::Double(_)) => Some(Type::Double),
            Tree::Literal(Value::Texts(_)) => Some(Type::Texts),
            Tree::Literal(Value::Ints(_)) => Some(Type::Ints),
            Tree::Field(place) => Some(match self.names.gives(*place) {
                Type::Day | Type::Instant => Type::Int,
                other => other,
            }),
            Tree::Negate(of) => self.gives(of),
            Tree::Calculate(_, of) => self.gives(&of[0]).or_else(|| self.gives(&of[1])),
            Tree::If(of) => self.gives(&of[1]).or_else(|| self.gives(&of[2])),
            _ => None,
        }
    }
}

/// A calculation that overflows has no result.
fn finite(calculated: &str, is_real: bool) -> String {
    let fits = if is_real { "abs(v) <= 1.7976931348623157e308" } else { "typeof(v) = 'integer'" };
    format!("(SELECT CASE WHEN {fits} THEN v END FROM (SELECT {calculated} AS v))")
}

#[cfg(test)]
mod tests;
