//! What conditions on records know besides: days and instants, what changed, trees of options, and `? :` in formulas.
//!
//! `today()`, `now()`, `me()` and `changed(f)` are fields of those very names: a schema that has them gives them, and
//! who fills the row answers them. `became(f, v)` is `changed(f) && f == v`; `within(f, "7d")` is the last seven days up
//! to now, `within(f, "+7d")` the next seven; `under(f, "x")` is one of `x` and all that lies below it.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr, LiteralValue, operators};

use super::check::{Lowered, Lowering};
use super::fault::Fault;
use super::kind::Kind;
use super::operators::{calculation, comparison};
use super::row::Value;
use super::tree::{Calculation, Comparison, Tree};
use crate::units::day::DAY_MS;
use crate::units::time::instant_ms;
use crate::units::{Day, Words};

/// The longest span of `within`: ten years.
const SPAN_DAYS_MAX: i64 = 3660;

impl Lowering<'_> {
    /// A call of one of the functions here, `None` if it is another or the schema does not have it.
    pub fn function(
        &self,
        at: &IdedExpr,
        call: &CallExpr,
        item: Option<&str>,
        depth: usize,
    ) -> Option<Lowered> {
        let name = call.func_name.as_str();
        let args = if call.target.is_some() { &[] } else { call.args.as_slice() };
        match (name, args) {
            ("today" | "now" | "me", []) => {
                let place = self.schema.place(&format!("{name}()"))?;
                Some(Ok((Tree::Field(place), Kind::of(self.schema.fields[place].of))))
            }
            ("changed", [field]) => Some(self.changed(at, field).transpose()?.map(|tree| (tree, Kind::Bool))),
            ("became", [field, value]) => Some(match self.changed(at, field).transpose()? {
                Ok(changed) => self.became(at, field, value, changed, depth),
                Err(fault) => Err(fault),
            }),
            ("within", [field, span]) => {
                let now = self.schema.place("now()")?;
                Some(self.within(at, field, span, now))
            }
            ("under", [field, option]) if self.schema.place("today()").is_some() => {
                Some(self.under(at, field, option))
            }
            ("days", [count]) if self.schema.place("today()").is_some() => {
                Some(self.lower(count, item, depth + 1).and_then(|(tree, kind)| match kind {
                    Kind::Int => Ok((tree, Kind::Days)),
                    _ => Err(self.fault(
                        count,
                        Words::new(
                            "days() 里写整数，如 days(3)",
                            "days() takes a whole number, such as days(3)",
                        ),
                    )),
                }))
            }
            (operators::CONDITIONAL, [when, one, other]) if self.formula => {
                Some(self.choose(at, [when, one, other], item, depth))
            }
            _ => None,
        }
    }

    fn changed(&self, at: &IdedExpr, field: &IdedExpr) -> Result<Option<Tree>, Fault> {
        let (place, _) = self.field(field)?;
        let name = &self.schema.fields[place].name;
        if let Some(place) = self.schema.place(&format!("changed({name})")) {
            return Ok(Some(Tree::Field(place)));
        }
        let any = self.schema.fields.iter().any(|field| field.name.starts_with("changed("));
        if any {
            let what = Words::new(
                format!("`{name}` 不是本表自己填写的字段，看不出它是否变了"),
                format!("`{name}` is not a field that is filled in here: whether it changed is not known"),
            );
            return Err(self.fault(at, what));
        }
        Ok(None)
    }

    fn became(
        &self,
        at: &IdedExpr,
        field: &IdedExpr,
        value: &IdedExpr,
        changed: Tree,
        depth: usize,
    ) -> Lowered {
        let equal = self.of_two(
            at,
            operators::EQUALS,
            self.lower(field, None, depth + 1)?,
            self.lower(value, None, depth + 1)?,
        )?;
        Ok((Tree::And(Box::new([changed, equal.0])), Kind::Bool))
    }

    fn within(&self, at: &IdedExpr, field: &IdedExpr, span: &IdedExpr, now: usize) -> Lowered {
        let (place, kind) = self.field(field)?;
        let shaped = text(span).and_then(span_ms);
        let Some(span_ms) = shaped else {
            let what = "within() takes a span such as \"7d\" (the last 7 days) or \"+24h\" (the next 24 hours): a number and m, h, d or w, ten years at most";
            let zh = "within() 里写一段时间，如 \"7d\"（最近 7 天）或 \"+24h\"（今后 24 小时）：数字加 m、h、d 或 w，最多十年";
            return Err(self.fault(span, Words::new(zh, what)));
        };
        let (now, step) = match kind {
            Kind::Instant => (Tree::Field(now), span_ms),
            Kind::Day if span_ms % DAY_MS == 0 => {
                (Tree::DayOf(Box::new(Tree::Field(now)), self.tools.zone), span_ms / DAY_MS)
            }
            Kind::Day => {
                let what = "a day is within days: write d or w";
                return Err(self.fault(span, Words::new("日期只能按天算：写 d 或 w", what)));
            }
            _ => {
                let what = Words::new(
                    format!("within() 只能用于日期和时刻，这里却是{}", kind.name().zh),
                    format!("within() goes with a day or an instant, but this is {}", kind.name().en),
                );
                return Err(self.fault(at, what));
            }
        };
        let edge =
            Tree::Calculate(Calculation::Add, Box::new([now.clone(), Tree::Literal(Value::Int(step))]));
        let (first, last) = if step < 0 { (edge, now) } else { (now, edge) };
        let from = Tree::Compare(Comparison::AtLeast, Box::new([Tree::Field(place), first]));
        let until = Tree::Compare(Comparison::AtMost, Box::new([Tree::Field(place), last]));
        Ok((Tree::And(Box::new([from, until])), Kind::Bool))
    }

    fn under(&self, at: &IdedExpr, field: &IdedExpr, option: &IdedExpr) -> Lowered {
        let (place, kind) = self.field(field)?;
        let Some(option) = text(option) else {
            let what = "under() takes an option as it is written, such as under(industry, \"制造业\")";
            return Err(self
                .fault(at, Words::new("under() 的第二项直接写选项，如 under(industry, \"制造业\")", what)));
        };
        let Some(below) =
            (self.tools.under)(place, option).filter(|_| matches!(kind, Kind::Text | Kind::Texts))
        else {
            let name = &self.schema.fields[place].name;
            let what = Words::new(
                format!("`{name}` 没有选项 `{option}`：under() 用于树形字段和它的选项"),
                format!("`{name}` has no option `{option}`: under() takes a tree and one of its options"),
            );
            return Err(self.fault(at, what));
        };
        let below: Vec<_> = below.iter().map(|key| Value::text(key)).collect();
        let tree = if kind == Kind::Text {
            Tree::In(Box::new([Tree::Field(place), Tree::List(below)]))
        } else {
            Tree::Exists(Box::new([Tree::Field(place), Tree::In(Box::new([Tree::Item, Tree::List(below)]))]))
        };
        Ok((tree, Kind::Bool))
    }

    fn choose(&self, at: &IdedExpr, parts: [&IdedExpr; 3], item: Option<&str>, depth: usize) -> Lowered {
        let [when, one, other] = parts.map(|part| self.lower(part, item, depth + 1));
        let (when, one, other) = (when?, one?, other?);
        let kind = match (one.1, other.1) {
            (Kind::Missing, kind) | (kind, Kind::Missing) => kind,
            (one, other) if one == other => one,
            kinds => return Err(self.mixed(at, operators::CONDITIONAL, kinds)),
        };
        if when.1 != Kind::Bool {
            return Err(self.mixed(at, operators::CONDITIONAL, (when.1, kind)));
        }
        Ok((Tree::If(Box::new([when.0, one.0, other.0])), kind))
    }

    /// An operation on days, instants or lengths in days; `None` where neither side is one.
    pub fn of_days(
        &self,
        at: &IdedExpr,
        name: &str,
        one: &(Tree, Kind),
        other: &(Tree, Kind),
    ) -> Option<Lowered> {
        let timed = |kind| matches!(kind, Kind::Day | Kind::Instant | Kind::Days);
        if !timed(one.1) && !timed(other.1) || one.1 == Kind::Missing || other.1 == Kind::Missing {
            return None;
        }
        let (one, other) = match (self.as_time(at, one, other.1), self.as_time(at, other, one.1)) {
            (Ok(one), Ok(other)) => (one, other),
            (Err(fault), _) | (_, Err(fault)) => return Some(Err(fault)),
        };
        let kinds = (one.1, other.1);
        let day = |(tree, kind): (Tree, Kind)| match kind {
            Kind::Instant => Tree::DayOf(Box::new(tree), self.tools.zone),
            _ => tree,
        };
        if let Some(how) = comparison(name) {
            let pair = match kinds {
                (Kind::Day | Kind::Instant, Kind::Day | Kind::Instant) if kinds.0 != kinds.1 => {
                    [day(one), day(other)]
                }
                (one_kind, other_kind) if one_kind == other_kind => [one.0, other.0],
                (Kind::Days, Kind::Int) | (Kind::Int, Kind::Days) => [one.0, other.0],
                _ => return Some(Err(self.mixed(at, name, kinds))),
            };
            return Some(Ok((Tree::Compare(how, Box::new(pair)), Kind::Bool)));
        }
        let (how, pair, kind) = match (calculation(name)?, kinds) {
            (how @ (Calculation::Add | Calculation::Subtract), (Kind::Day | Kind::Days, Kind::Days)) => {
                (how, [one.0, other.0], kinds.0)
            }
            (how @ (Calculation::Add | Calculation::Subtract), (Kind::Instant, Kind::Days)) => {
                (how, [one.0, in_ms(other.0)], Kind::Instant)
            }
            (Calculation::Subtract, (Kind::Day | Kind::Instant, Kind::Day | Kind::Instant)) => {
                (Calculation::Subtract, [day(one), day(other)], Kind::Days)
            }
            _ => return Some(Err(self.mixed(at, name, kinds))),
        };
        Some(Ok((Tree::Calculate(how, Box::new(pair)), kind)))
    }

    /// A day or an instant that is written as a text, beside one.
    fn as_time(&self, at: &IdedExpr, (tree, kind): &(Tree, Kind), beside: Kind) -> Lowered {
        let Tree::Literal(Value::Text(text)) = tree else { return Ok((tree.clone(), *kind)) };
        let day = text.parse::<Day>().ok().map(|day| (day.number(), Kind::Day));
        let instant = || instant_ms(text).map(|at_ms| (at_ms, Kind::Instant));
        match day.or_else(instant).filter(|_| beside != Kind::Days) {
            Some((number, kind)) => Ok((Tree::Literal(Value::Int(number)), kind)),
            None => {
                let what = Words::new(
                    format!("`{text}` 不是日期：写成 \"2026-02-18\" 或 today() + days(3)"),
                    format!("`{text}` is not a day: write \"2026-02-18\" or today() + days(3)"),
                );
                Err(self.fault(at, what))
            }
        }
    }
}

fn text(part: &IdedExpr) -> Option<&str> {
    match &part.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}

fn in_ms(days: Tree) -> Tree {
    match days {
        Tree::Literal(Value::Int(days)) => Tree::Literal(Value::Int(days.saturating_mul(DAY_MS))),
        days => Tree::Calculate(Calculation::Multiply, Box::new([days, Tree::Literal(Value::Int(DAY_MS))])),
    }
}

/// Milliseconds of a span: back in time, or ahead where it begins with a plus.
fn span_ms(text: &str) -> Option<i64> {
    let (ahead, text) = text.strip_prefix('+').map_or((false, text), |text| (true, text));
    let unit_ms = match text.chars().last()? {
        'm' => 60_000,
        'h' => 3_600_000,
        'd' => DAY_MS,
        'w' => 7 * DAY_MS,
        _ => return None,
    };
    let digits = &text[..text.len() - 1];
    let count: i64 = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())??;
    let span = count.checked_mul(unit_ms).filter(|span| (1..=SPAN_DAYS_MAX * DAY_MS).contains(span))?;
    Some(if ahead { span } else { -span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::{Condition, Expression, Field, Row, Schema, Tools, Type, Unit, Verdict};
    use crate::units::Zone;

    const NOON_MS: i64 = 1_770_868_800_000; // 2026-02-12T04:00Z, noon in China

    fn schema() -> Schema {
        let field = |(name, of): &(&str, Type)| Field {
            name: (*name).into(),
            of: *of,
            unit: Unit::Plain,
            said: Words::new(*name, *name),
        };
        let all = [
            ("status", Type::Text),
            ("industry", Type::Text),
            ("tags", Type::Texts),
            ("due", Type::Instant),
            ("signed", Type::Day),
            ("owner", Type::Int),
            ("amount", Type::Int),
            ("products", Type::Ints),
            ("today()", Type::Day),
            ("now()", Type::Instant),
            ("me()", Type::Int),
            ("changed(status)", Type::Bool),
        ];
        Schema { fields: all.iter().map(field).collect() }
    }

    fn row() -> Row {
        let (schema, mut row) = (schema(), Row::new(&schema()));
        let day: Day = "2026-02-12".parse().unwrap();
        for (name, value) in [
            ("status", Value::text("已报价")),
            ("industry", Value::text("汽车")),
            ("tags", Value::texts(["汽车", "医院"])),
            ("due", Value::Int(NOON_MS + 5 * 3_600_000)),
            ("signed", Value::Int(day.number() - 3)),
            ("owner", Value::Int(7)),
            ("amount", Value::Int(100_000)),
            ("products", Value::ints([3, 5])),
            ("today()", Value::Int(day.number())),
            ("now()", Value::Int(NOON_MS)),
            ("me()", Value::Int(7)),
            ("changed(status)", Value::Bool(true)),
        ] {
            row.set(&schema, schema.place(name).unwrap(), value);
        }
        row
    }

    fn tools() -> Tools<'static> {
        let under = &|_, option: &str| (option == "制造业").then(|| vec!["制造业".into(), "汽车".into()]);
        Tools { under, zone: Zone::SHANGHAI }
    }

    #[test]
    fn conditions_know_days_changes_trees_and_who_asks() {
        for (text, want) in [
            ("became(status, '已报价')", Verdict::Yes),
            ("became(status, '新建')", Verdict::No),
            ("changed(status) && owner == me()", Verdict::Yes),
            ("under(industry, '制造业')", Verdict::Yes),
            ("under(tags, '制造业')", Verdict::Yes),
            ("due < now()", Verdict::No),
            ("due == today()", Verdict::Yes),
            ("due < today() + days(1)", Verdict::Yes),
            ("due > now() + days(1)", Verdict::No),
            ("signed == '2026-02-09' && signed < due", Verdict::Yes),
            ("today() - signed == days(3) && today() - signed > 2", Verdict::Yes),
            ("within(signed, '3d') && !within(signed, '2d')", Verdict::Yes),
            ("within(due, '+5h') && !within(due, '5h')", Verdict::Yes),
            ("5 in products && size(products) == 2", Verdict::Yes),
            ("due == '2026-02-12T17:00:00+08:00'", Verdict::Yes),
        ] {
            let condition =
                Condition::with(text, &schema(), &tools()).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!(condition.verdict(&row()), want, "{text}");
        }
        let missing = Row::new(&schema());
        for text in ["due < today()", "within(signed, '3d')", "today() - signed > days(1)"] {
            let condition = Condition::with(text, &schema(), &tools()).unwrap();
            assert_eq!(condition.verdict(&missing), Verdict::Unknown, "{text}");
        }
    }

    #[test]
    fn what_does_not_go_together_is_refused_where_it_stands() {
        for (text, want) in [
            ("changed(amount)", "whether it changed is not known"),
            ("due < 'tomorrow'", "`tomorrow` is not a day"),
            ("signed + signed == today()", "does not go with a day and a day"),
            ("within(signed, '7h')", "write d or w"),
            ("within(signed, 'soon')", "takes a span"),
            ("within(status, '7d')", "goes with a day or an instant"),
            ("under(industry, '教育')", "no option `教育`"),
            ("amount > days(3)", ""),
            ("days('3') == days(3)", "takes a whole number"),
            ("owner == me() ? true : false", "say it with && and ||"),
        ] {
            match Condition::with(text, &schema(), &tools()) {
                Err(fault) => assert!(fault.to_string().contains(want), "{text}: {fault}"),
                Ok(_) => assert_eq!(want, "", "{text}"),
            }
        }
    }

    #[test]
    fn a_formula_gives_a_value_of_its_type() {
        for (text, of, value) in [
            ("amount * 2", Type::Int, Value::Int(200_000)),
            ("amount > 5 ? status : 'x'", Type::Text, Value::text("已报价")),
            ("due + days(1)", Type::Instant, Value::Int(NOON_MS + 5 * 3_600_000 + DAY_MS)),
            ("amount * 9223372036854775807", Type::Int, Value::Missing),
            ("amount > 5 ? null : status", Type::Text, Value::Missing),
            ("owner == 7", Type::Bool, Value::Bool(true)),
        ] {
            let formula =
                Expression::new(text, &schema(), &tools()).unwrap_or_else(|fault| panic!("{text}: {fault}"));
            assert_eq!((formula.gives(), formula.value(&row())), (of, value), "{text}");
        }
        assert!(Expression::new("products", &schema(), &tools()).is_err());
        assert!(Expression::new("amount > 5 ? status : 3", &schema(), &tools()).is_err());
    }
}
