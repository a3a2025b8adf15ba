//! The text of a condition -> a checked tree, or one sentence that says where and what is wrong.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, ListExpr, LiteralValue, SelectExpr, SourceInfo, operators,
};
use cel::{IdedExpr, parser::Parser};

use super::operators::{KNOWN, calculation, call_width, comparison, refusal, sign, text_test};
use super::row::{LIST_MAX, Value};
use super::schema::{Schema, Type};
use super::tree::{Comparison, TextTest, Tree};

/// Bytes of a condition.
pub const LENGTH_MAX: usize = 4096;

/// How deep parts may lie within parts.
pub const DEPTH_MAX: usize = 32;

/// Dots and operators. A rule of a playbook has about ten.
pub const SIGNS_MAX: usize = 256;

/// Parts looked at in the worst case: at 5 ns each a condition costs 20 µs at most.
pub const COST_MAX: usize = 4000;

/// Why a condition cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {what}")]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub what: String,
}

/// What a part gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Missing,
    Bool,
    Int,
    Double,
    Text,
    Texts,
    Ints,
}

impl Kind {
    fn of(of: Type) -> Self {
        match of {
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Double => Self::Double,
            Type::Text => Self::Text,
            Type::Texts => Self::Texts,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Missing => "null",
            Self::Bool => Type::Bool.name(),
            Self::Int => Type::Int.name(),
            Self::Double => Type::Double.name(),
            Self::Text => Type::Text.name(),
            Self::Texts => Type::Texts.name(),
            Self::Ints => "a list of whole numbers",
        }
    }

    fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Double)
    }
}

/// Reads and checks a condition against the names and types of `schema`.
///
/// # Errors
/// The text is too long, too deep or too costly, is not CEL, goes beyond the subset, names what is not there, or mixes
/// types.
pub fn check(text: &str, schema: &Schema) -> Result<Tree, Fault> {
    let start = |what: String| Fault { line: 1, column: 1, what };
    if text.trim().is_empty() {
        return Err(start("the condition is empty; write `true` for one that always holds".into()));
    }
    if text.len() > LENGTH_MAX {
        let length = text.len();
        return Err(start(format!("the condition has {length} bytes, {LENGTH_MAX} at most")));
    }
    shape(text)?;
    let parser = Parser::default().max_recursion_depth(3 * DEPTH_MAX as u16).error_recovery_limit(1);
    let (read, source) = parser.parse_with_source_info(text).map_err(|faults| syntax(text, &faults))?;
    let lowering = Lowering { text, schema, source: &source };
    let (tree, kind) = lowering.lower(&read, None, 0)?;
    if kind != Kind::Bool {
        let kind = kind.name();
        return Err(lowering.fault(&read, format!("a condition must be true or false, but this is {kind}")));
    }
    let cost = tree.cost();
    if cost > COST_MAX {
        return Err(start(format!(
            "the condition looks at up to {cost} parts, {COST_MAX} at most: shorten it"
        )));
    }
    Ok(tree)
}

/// Deep nesting and long chains are refused before the parser sees them: it goes through both by
/// recursion. Signs within texts count too: where a text ends is the parser's to say.
fn shape(text: &str) -> Result<(), Fault> {
    let (mut depth, mut signs) = (0usize, 0usize);
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '.' | '+' | '-' | '*' | '/' | '%' | '?' | '!' | '=' | '<' | '>' | '&' | '|' => signs += 1,
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err(fault(text, at, format!("brackets lie deeper than {DEPTH_MAX}")));
        }
        if signs > SIGNS_MAX {
            return Err(fault(text, at, format!("there are more than {SIGNS_MAX} signs: shorten it")));
        }
    }
    Ok(())
}

fn fault(text: &str, at: usize, what: String) -> Fault {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Fault { line, column, what }
}

fn syntax(text: &str, faults: &cel::ParseErrors) -> Fault {
    let Some(first) = faults.errors.first() else { return fault(text, 0, "this is not CEL".into()) };
    let said = first.msg.lines().next().unwrap_or_default();
    // What could stand there instead is a list of tokens that helps nobody.
    let said = said.rsplit("Syntax error: ").next().unwrap_or(said);
    let said = said.split(" expecting ").next().unwrap_or(said).replace("'<EOF>'", "the end");
    let (line, column) = (first.pos.0.max(1) as usize, first.pos.1.max(1) as usize);
    Fault { line, column, what: format!("this is not CEL: {said}") }
}

struct Lowering<'a> {
    text: &'a str,
    schema: &'a Schema,
    source: &'a SourceInfo,
}

type Lowered = Result<(Tree, Kind), Fault>;

impl Lowering<'_> {
    fn fault(&self, at: &IdedExpr, what: String) -> Fault {
        // A selection is placed at its dot, an operation at its sign: people look where the name begins.
        let mut from = at;
        while let Expr::Select(select) = &from.expr {
            from = &select.operand;
        }
        let at = self.source.offset_for(from.id).map_or(0, |(start, _)| start as usize);
        fault(self.text, at, what)
    }

    fn lower(&self, at: &IdedExpr, item: Option<&str>, depth: usize) -> Lowered {
        if depth > DEPTH_MAX {
            return Err(self.fault(at, format!("parts lie deeper than {DEPTH_MAX}")));
        }
        match &at.expr {
            Expr::Ident(name) if Some(name.as_str()) == item => Ok((Tree::Item, Kind::Text)),
            Expr::Ident(_) => self.field(at).map(|(place, kind)| (Tree::Field(place), kind)),
            Expr::Select(SelectExpr { test: true, operand, field }) => {
                let name = format!("{}.{field}", path(operand).unwrap_or_default());
                let (place, _) = self.named(at, &name)?;
                Ok((Tree::Has(place), Kind::Bool))
            }
            Expr::Select(_) => self.field(at).map(|(place, kind)| (Tree::Field(place), kind)),
            Expr::Literal(value) => self.literal(at, value),
            Expr::List(list) => self.list(at, list),
            Expr::Call(call) => self.call(at, call, item, depth),
            Expr::Comprehension(over) => self.comprehension(at, over, item, depth),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(self.fault(at, "conditions have no maps: compare one field at a time".into()))
            }
        }
    }

    fn field(&self, at: &IdedExpr) -> Result<(usize, Kind), Fault> {
        match path(at) {
            Some(name) => self.named(at, &name),
            None => Err(self.fault(at, "only names of fields may stand before a dot".into())),
        }
    }

    fn named(&self, at: &IdedExpr, name: &str) -> Result<(usize, Kind), Fault> {
        match self.schema.place(name) {
            Some(place) => Ok((place, Kind::of(self.schema.fields[place].of))),
            None => {
                let meant = self.schema.nearest(name).map(|near| format!("; did you mean `{near}`?"));
                Err(self.fault(at, format!("there is no `{name}`{}", meant.unwrap_or_default())))
            }
        }
    }

    fn literal(&self, at: &IdedExpr, value: &LiteralValue) -> Lowered {
        Ok(match value {
            LiteralValue::Boolean(value) => (Tree::Literal(Value::Bool(*value.inner())), Kind::Bool),
            LiteralValue::Int(value) => (Tree::Literal(Value::Int(*value.inner())), Kind::Int),
            LiteralValue::Double(value) => (Tree::Literal(Value::Double(*value.inner())), Kind::Double),
            LiteralValue::String(value) => (Tree::Literal(Value::text(value.inner())), Kind::Text),
            LiteralValue::Null => (Tree::Literal(Value::Missing), Kind::Missing),
            LiteralValue::UInt(value) => {
                let value = value.inner();
                return Err(self.fault(at, format!("write `{value}` without the u")));
            }
            LiteralValue::Bytes(_) => {
                return Err(
                    self.fault(at, "conditions have no bytes: leave out the b before the text".into())
                );
            }
        })
    }

    fn list(&self, at: &IdedExpr, list: &ListExpr) -> Lowered {
        if list.elements.len() > LIST_MAX {
            let length = list.elements.len();
            return Err(self.fault(at, format!("the list has {length} items, {LIST_MAX} at most")));
        }
        let (mut items, mut kind) = (Vec::new(), Kind::Texts);
        for element in &list.elements {
            let of = match &element.expr {
                Expr::Literal(value) => self.literal(element, value)?,
                _ => {
                    return Err(self.fault(element, "a list holds texts or whole numbers as they are".into()));
                }
            };
            let wanted = match of {
                (_, Kind::Text) => Kind::Texts,
                (_, Kind::Int) => Kind::Ints,
                _ => return Err(self.fault(element, "a list holds texts or whole numbers".into())),
            };
            if !items.is_empty() && wanted != kind {
                return Err(self.fault(element, "a list holds texts or whole numbers, not both".into()));
            }
            kind = wanted;
            if let (Tree::Literal(value), _) = of {
                items.push(value);
            }
        }
        Ok((Tree::List(items), kind))
    }

    fn call(&self, at: &IdedExpr, call: &CallExpr, item: Option<&str>, depth: usize) -> Lowered {
        let all = call.target.as_deref().into_iter().chain(&call.args);
        let mut parts = all.map(|part| self.lower(part, item, depth + 1));
        let name = call.func_name.as_str();
        let known = KNOWN.iter().any(|(known, _, count)| *known == name && *count == call_width(call));
        if !known {
            return Err(self.fault(at, refusal(name, call_width(call))));
        }
        let one = parts.next().unwrap_or_else(|| Err(self.fault(at, "nothing to look at".into())))?;
        let Some(other) = parts.next().transpose()? else { return self.of_one(at, name, one) };
        self.of_two(at, name, one, other)
    }

    fn of_one(&self, at: &IdedExpr, name: &str, (part, kind): (Tree, Kind)) -> Lowered {
        let part = Box::new(part);
        match (name, kind) {
            (operators::LOGICAL_NOT, Kind::Bool) => Ok((Tree::Not(part), Kind::Bool)),
            (operators::NEGATE, Kind::Int | Kind::Double) => Ok((Tree::Negate(part), kind)),
            ("size", Kind::Text | Kind::Texts) => Ok((Tree::Size(part), Kind::Int)),
            _ => Err(self.fault(at, format!("`{}` does not go with {}", sign(name), kind.name()))),
        }
    }

    fn of_two(&self, at: &IdedExpr, name: &str, one: (Tree, Kind), other: (Tree, Kind)) -> Lowered {
        let kinds = (one.1, other.1);
        let of = Box::new([one.0, other.0]);
        let comparison = comparison(name);
        let same = kinds.0 == kinds.1;
        let numbers = kinds.0.is_number() && kinds.1.is_number();
        Ok(match name {
            operators::LOGICAL_AND if kinds == (Kind::Bool, Kind::Bool) => (Tree::And(of), Kind::Bool),
            operators::LOGICAL_OR if kinds == (Kind::Bool, Kind::Bool) => (Tree::Or(of), Kind::Bool),
            operators::IN if matches!(kinds, (Kind::Text, Kind::Texts) | (Kind::Int, Kind::Ints)) => {
                (Tree::In(of), Kind::Bool)
            }
            _ if comparison.is_some() => {
                let how = comparison.unwrap_or(Comparison::Equal);
                let with_missing = kinds.0 == Kind::Missing || kinds.1 == Kind::Missing;
                let list = [kinds.0, kinds.1].iter().any(|kind| matches!(kind, Kind::Texts | Kind::Ints));
                let fits = match how {
                    Comparison::Equal | Comparison::Unequal => with_missing || (same && !list) || numbers,
                    _ => numbers || (same && kinds.0 == Kind::Text),
                };
                if !fits {
                    return Err(self.mixed(at, name, kinds));
                }
                (Tree::Compare(how, of), Kind::Bool)
            }
            _ if text_test(name).is_some() && kinds == (Kind::Text, Kind::Text) => {
                (Tree::Text(text_test(name).unwrap_or(TextTest::Contains), of), Kind::Bool)
            }
            _ => match calculation(name) {
                Some(how) if numbers && same => (Tree::Calculate(how, of), kinds.0),
                Some(_) if numbers => {
                    let what =
                        "a whole number and a number do not calculate: write it with a point, such as `2.0`";
                    return Err(self.fault(at, what.into()));
                }
                _ => return Err(self.mixed(at, name, kinds)),
            },
        })
    }

    fn mixed(&self, at: &IdedExpr, name: &str, (one, other): (Kind, Kind)) -> Fault {
        let what = format!("`{}` does not go with {} and {}", sign(name), one.name(), other.name());
        self.fault(at, what)
    }

    /// `list.exists(item, …)` and `list.all(item, …)`, as their macros write them out.
    fn comprehension(
        &self,
        at: &IdedExpr,
        over: &ComprehensionExpr,
        item: Option<&str>,
        depth: usize,
    ) -> Lowered {
        if item.is_some() {
            return Err(self.fault(at, "`exists` and `all` do not stand within one another".into()));
        }
        let (list, kind) = self.lower(&over.iter_range, None, depth + 1)?;
        let body = match &over.loop_step.expr {
            Expr::Call(step) => Some((step.func_name.as_str(), step.args.get(1))),
            _ => None,
        };
        let (Some((step @ (operators::LOGICAL_OR | operators::LOGICAL_AND), Some(body))), Kind::Texts) =
            (body, kind)
        else {
            let what = "lists of texts have `exists` and `all`; nothing else goes through a list";
            return Err(self.fault(at, what.into()));
        };
        if path_taken(self.schema, &over.iter_var) {
            return Err(self.fault(at, format!("`{}` is a field already: take another name", over.iter_var)));
        }
        let (body, kind) = self.lower(body, Some(&over.iter_var), depth + 1)?;
        if kind != Kind::Bool {
            return Err(
                self.fault(at, format!("each item must be asked something, but this is {}", kind.name()))
            );
        }
        let of = Box::new([list, body]);
        Ok((if step == operators::LOGICAL_OR { Tree::Exists(of) } else { Tree::All(of) }, Kind::Bool))
    }
}

fn path_taken(schema: &Schema, name: &str) -> bool {
    schema.fields.iter().any(|field| field.name.split('.').next() == Some(name))
}

/// The dotted name that an expression spells.
fn path(at: &IdedExpr) -> Option<String> {
    match &at.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(SelectExpr { operand, field, test: false }) => {
            Some(format!("{}.{field}", path(operand)?))
        }
        _ => None,
    }
}
