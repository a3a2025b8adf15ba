//! The text of a condition -> a checked tree, or one sentence that says where and what is wrong.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, Expr, ListExpr, LiteralValue, SelectExpr, SourceInfo, operators,
};
use cel::{IdedExpr, parser::Parser};

use super::fault::{Fault, fault, syntax};
use super::kind::Kind;
use super::operators::{KNOWN, calculation, call_width, comparison, refusal, sign, text_test};
use super::row::{LIST_MAX, Value};
use super::schema::Schema;
use super::tools::Tools;
use super::tree::{Comparison, TextTest, Tree};
use crate::units::Words;

/// Bytes of a condition.
pub const LENGTH_MAX: usize = 4096;

/// How deep parts may lie within parts.
pub const DEPTH_MAX: usize = 32;

/// Dots and operators. A rule of a playbook has about ten.
pub const SIGNS_MAX: usize = 256;

/// Parts looked at in the worst case: at 5 ns each a condition costs 20 µs at most.
pub const COST_MAX: usize = 4000;

/// Reads and checks a condition against the names and types of `schema`.
///
/// # Errors
/// The text is too long, too deep or too costly, is not CEL, goes beyond the subset, names what is not there, or mixes
/// types.
pub fn check(text: &str, schema: &Schema, tools: &Tools) -> Result<Tree, Fault> {
    let (tree, kind, at) = read(text, schema, tools, false)?;
    if kind != Kind::Bool {
        let kind = kind.name();
        let what = Words::new(
            format!("条件的结果必须是真或假，这里却是{}", kind.zh),
            format!("a condition must be true or false, but this is {}", kind.en),
        );
        return Err(fault(text, at, what));
    }
    Ok(tree)
}

/// Reads any expression: its tree, what it gives, and where it begins. `formula`: it may choose with `? :`.
///
/// # Errors
/// As [`check`].
pub fn read(text: &str, schema: &Schema, tools: &Tools, formula: bool) -> Result<(Tree, Kind, usize), Fault> {
    let start = |what: Words| Fault { line: 1, column: 1, what };
    if text.trim().is_empty() {
        return Err(start(Words::new(
            "条件是空的；总是成立就写 `true`",
            "the condition is empty; write `true` for one that always holds",
        )));
    }
    if text.len() > LENGTH_MAX {
        let length = text.len();
        return Err(start(Words::new(
            format!("条件有 {length} 字节，最多 {LENGTH_MAX}"),
            format!("the condition has {length} bytes, {LENGTH_MAX} at most"),
        )));
    }
    shape(text)?;
    let parser = Parser::default().max_recursion_depth(3 * DEPTH_MAX as u16).error_recovery_limit(1);
    let (read, source) = parser.parse_with_source_info(text).map_err(|faults| syntax(text, &faults))?;
    let lowering = Lowering { text, schema, source: &source, tools, formula };
    let (tree, kind) = lowering.lower(&read, None, 0)?;
    let cost = tree.cost();
    if cost > COST_MAX {
        return Err(start(Words::new(
            format!("条件最多要看 {cost} 处，上限是 {COST_MAX}：改短一些"),
            format!("the condition looks at up to {cost} parts, {COST_MAX} at most: shorten it"),
        )));
    }
    let at = lowering.place(&read);
    Ok((tree, kind, at))
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
            let what = Words::new(
                format!("括号套了超过 {DEPTH_MAX} 层"),
                format!("brackets lie deeper than {DEPTH_MAX}"),
            );
            return Err(fault(text, at, what));
        }
        if signs > SIGNS_MAX {
            let what = Words::new(
                format!("符号超过 {SIGNS_MAX} 个：改短一些"),
                format!("there are more than {SIGNS_MAX} signs: shorten it"),
            );
            return Err(fault(text, at, what));
        }
    }
    Ok(())
}

/// Turns what was parsed into a checked tree.
pub struct Lowering<'a> {
    text: &'a str,
    pub schema: &'a Schema,
    source: &'a SourceInfo,
    pub tools: &'a Tools<'a>,
    pub formula: bool,
}

pub type Lowered = Result<(Tree, Kind), Fault>;

impl Lowering<'_> {
    pub fn fault(&self, at: &IdedExpr, what: Words) -> Fault {
        fault(self.text, self.place(at), what)
    }

    fn place(&self, at: &IdedExpr) -> usize {
        // A selection is placed at its dot, an operation at its sign: people look where the name begins.
        let mut from = at;
        while let Expr::Select(select) = &from.expr {
            from = &select.operand;
        }
        self.source.offset_for(from.id).map_or(0, |(start, _)| start as usize)
    }

    pub fn lower(&self, at: &IdedExpr, item: Option<&str>, depth: usize) -> Lowered {
        if depth > DEPTH_MAX {
            let what =
                Words::new(format!("套了超过 {DEPTH_MAX} 层"), format!("parts lie deeper than {DEPTH_MAX}"));
            return Err(self.fault(at, what));
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
                let what = "conditions have no maps: compare one field at a time";
                Err(self.fault(at, Words::new("条件里没有映射：一次比较一个字段", what)))
            }
        }
    }

    pub fn field(&self, at: &IdedExpr) -> Result<(usize, Kind), Fault> {
        match path(at) {
            Some(name) => self.named(at, &name),
            None => {
                let what = "only names of fields may stand before a dot";
                Err(self.fault(at, Words::new("点号前面只能是字段名", what)))
            }
        }
    }

    fn named(&self, at: &IdedExpr, name: &str) -> Result<(usize, Kind), Fault> {
        match self.schema.place(name) {
            Some(place) => Ok((place, Kind::of(self.schema.fields[place].of))),
            None => {
                let what = Words::new(format!("没有 `{name}`"), format!("there is no `{name}`"));
                Err(self.fault(at, what.meant(self.schema.nearest(name))))
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
                let what =
                    Words::new(format!("写 `{value}`，去掉 u"), format!("write `{value}` without the u"));
                return Err(self.fault(at, what));
            }
            LiteralValue::Bytes(_) => {
                let what = "conditions have no bytes: leave out the b before the text";
                return Err(self.fault(at, Words::new("条件里没有字节串：去掉文字前的 b", what)));
            }
        })
    }

    fn list(&self, at: &IdedExpr, list: &ListExpr) -> Lowered {
        if list.elements.len() > LIST_MAX {
            let length = list.elements.len();
            let what = Words::new(
                format!("列表有 {length} 项，最多 {LIST_MAX}"),
                format!("the list has {length} items, {LIST_MAX} at most"),
            );
            return Err(self.fault(at, what));
        }
        let (mut items, mut kind) = (Vec::new(), Kind::Texts);
        for element in &list.elements {
            let of = match &element.expr {
                Expr::Literal(value) => self.literal(element, value)?,
                _ => {
                    let what = "a list holds texts or whole numbers as they are";
                    return Err(self.fault(element, Words::new("列表里只能直接写文字或整数", what)));
                }
            };
            let wanted = match of {
                (_, Kind::Text) => Kind::Texts,
                (_, Kind::Int) => Kind::Ints,
                _ => {
                    let what = "a list holds texts or whole numbers";
                    return Err(self.fault(element, Words::new("列表里只能是文字或整数", what)));
                }
            };
            if !items.is_empty() && wanted != kind {
                let what = "a list holds texts or whole numbers, not both";
                return Err(self.fault(element, Words::new("列表里要么都是文字，要么都是整数", what)));
            }
            kind = wanted;
            if let (Tree::Literal(value), _) = of {
                items.push(value);
            }
        }
        Ok((Tree::List(items), kind))
    }

    fn call(&self, at: &IdedExpr, call: &CallExpr, item: Option<&str>, depth: usize) -> Lowered {
        if let Some(lowered) = self.function(at, call, item, depth) {
            return lowered;
        }
        let all = call.target.as_deref().into_iter().chain(&call.args);
        let mut parts = all.map(|part| self.lower(part, item, depth + 1));
        let name = call.func_name.as_str();
        let known = KNOWN.iter().any(|(known, _, count)| *known == name && *count == call_width(call));
        if !known {
            return Err(self.fault(at, refusal(name, call_width(call))));
        }
        let nothing = || self.fault(at, Words::new("没有可看的内容", "nothing to look at"));
        let one = parts.next().unwrap_or_else(|| Err(nothing()))?;
        let Some(other) = parts.next().transpose()? else { return self.of_one(at, name, one) };
        self.of_two(at, name, one, other)
    }

    fn of_one(&self, at: &IdedExpr, name: &str, (part, kind): (Tree, Kind)) -> Lowered {
        let part = Box::new(part);
        match (name, kind) {
            (operators::LOGICAL_NOT, Kind::Bool) => Ok((Tree::Not(part), Kind::Bool)),
            (operators::NEGATE, Kind::Int | Kind::Double) => Ok((Tree::Negate(part), kind)),
            ("size", Kind::Text | Kind::Texts | Kind::Ints) => Ok((Tree::Size(part), Kind::Int)),
            _ => {
                let (sign, kind) = (sign(name), kind.name());
                let what = Words::new(
                    format!("`{sign}` 不能用于{}", kind.zh),
                    format!("`{sign}` does not go with {}", kind.en),
                );
                Err(self.fault(at, what))
            }
        }
    }

    pub fn of_two(&self, at: &IdedExpr, name: &str, one: (Tree, Kind), other: (Tree, Kind)) -> Lowered {
        if let Some(lowered) = self.of_days(at, name, &one, &other) {
            return lowered;
        }
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
            _ => {
                match calculation(name) {
                    Some(how) if numbers && same => (Tree::Calculate(how, of), kinds.0),
                    Some(_) if numbers => {
                        let what = "a whole number and a number do not calculate: write it with a point, such as `2.0`";
                        return Err(self
                            .fault(at, Words::new("整数和小数不能一起算：写成带小数点的，如 `2.0`", what)));
                    }
                    _ => return Err(self.mixed(at, name, kinds)),
                }
            }
        })
    }

    pub fn mixed(&self, at: &IdedExpr, name: &str, (one, other): (Kind, Kind)) -> Fault {
        let (sign, one, other) = (sign(name), one.name(), other.name());
        let what = Words::new(
            format!("`{sign}` 不能用于{}和{}", one.zh, other.zh),
            format!("`{sign}` does not go with {} and {}", one.en, other.en),
        );
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
            let what = "`exists` and `all` do not stand within one another";
            return Err(self.fault(at, Words::new("`exists` 和 `all` 不能互相嵌套", what)));
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
            return Err(self.fault(at, Words::new("文字列表只能用 `exists` 和 `all` 逐项看", what)));
        };
        if path_taken(self.schema, &over.iter_var) {
            let name = &over.iter_var;
            let what = Words::new(
                format!("`{name}` 已经是字段名：换一个名字"),
                format!("`{name}` is a field already: take another name"),
            );
            return Err(self.fault(at, what));
        }
        let (body, kind) = self.lower(body, Some(&over.iter_var), depth + 1)?;
        if kind != Kind::Bool {
            let kind = kind.name();
            let what = Words::new(
                format!("对每一项要问真假，这里却是{}", kind.zh),
                format!("each item must be asked something, but this is {}", kind.en),
            );
            return Err(self.fault(at, what));
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
