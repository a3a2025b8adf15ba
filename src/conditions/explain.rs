//! A condition, and a row that it was held against -> sentences in Chinese and English.

use super::row::{Row, Value};
use super::schema::{Schema, Type, Unit};
use super::tree::{Calculation, Comparison, Seen, TextTest, Tree, Verdict};
use crate::units::Language;

/// One part of a condition, what came of it, and its own parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The part in words; empty where `parts` say it all.
    pub said: String,
    pub verdict: Verdict,
    /// What was found in place of what was asked for; `None` where words say it already.
    pub actual: Option<String>,
    pub parts: Vec<Explained>,
}

impl Explained {
    /// The parts that decide, each with its mark: `保留度 ≥ 25% ✓（31%）`.
    pub fn sentence(&self, language: Language) -> String {
        if !self.parts.is_empty() {
            let parts: Vec<_> = self.parts.iter().map(|part| part.sentence(language)).collect();
            return parts.join(if language == Language::Zh { "；" } else { "; " });
        }
        let mark = match self.verdict {
            Verdict::Yes => "✓",
            Verdict::No => "✗",
            Verdict::Unknown => "?",
        };
        match (&self.actual, language) {
            (Some(actual), Language::Zh) => format!("{} {mark}（{actual}）", self.said),
            (Some(actual), Language::En) => format!("{} {mark} ({actual})", self.said),
            (None, _) => format!("{} {mark}", self.said),
        }
    }
}

/// Says conditions in one language.
#[derive(Debug, Clone, Copy)]
pub struct Teller<'a> {
    pub schema: &'a Schema,
    pub language: Language,
}

impl Teller<'_> {
    fn pick<'b>(&self, zh: &'b str, en: &'b str) -> &'b str {
        if self.language == Language::Zh { zh } else { en }
    }

    /// The whole condition as one sentence.
    pub fn say(&self, tree: &Tree) -> String {
        let joined = |of: &[Tree; 2], word: &str, bracket: fn(&Tree) -> bool| {
            let part = |tree: &Tree| if bracket(tree) { self.bracket(tree) } else { self.say(tree) };
            format!("{}{word}{}", part(&of[0]), part(&of[1]))
        };
        match tree {
            Tree::And(of) => joined(of, self.pick("，并且", " and "), |part| matches!(part, Tree::Or(_))),
            Tree::Or(of) => joined(of, self.pick("，或者", " or "), |part| matches!(part, Tree::And(_))),
            Tree::Not(of) => format!("{}{}", self.pick("不成立：", "not so: "), self.bracket(of)),
            Tree::Has(place) => self.known(self.schema.fields[*place].said.of(self.language), true),
            Tree::Compare(how @ (Comparison::Equal | Comparison::Unequal), of)
                if of.contains(&Tree::Literal(Value::Missing)) =>
            {
                let asked = if of[0] == Tree::Literal(Value::Missing) { &of[1] } else { &of[0] };
                self.known(&self.say(asked), *how == Comparison::Unequal)
            }
            Tree::Compare(how, of) => {
                let unit = unit(&of[0], self.schema).or(unit(&of[1], self.schema)).unwrap_or(Unit::Plain);
                format!("{} {} {}", self.value(&of[0], unit), sign(*how), self.value(&of[1], unit))
            }
            Tree::In(of) => self.contained(of),
            Tree::Text(test, of) => {
                let word = match test {
                    TextTest::StartsWith => self.pick("开头是", "starts with"),
                    TextTest::EndsWith => self.pick("结尾是", "ends with"),
                    TextTest::Contains => self.pick("含有", "contains"),
                };
                format!("{} {word} {}", self.say(&of[0]), self.say(&of[1]))
            }
            Tree::Exists(of) => self.through(of, self.pick("中有一项：", "has one: ")),
            Tree::All(of) => self.through(of, self.pick("中每一项：", "has only: ")),
            other => self.value(other, Unit::Plain),
        }
    }

    fn through(&self, of: &[Tree; 2], word: &str) -> String {
        format!("{} {word}{}", self.say(&of[0]), self.bracket(&of[1]))
    }

    fn bracket(&self, tree: &Tree) -> String {
        format!("{}{}{}", self.pick("（", "("), self.say(tree), self.pick("）", ")"))
    }

    fn known(&self, what: &str, known: bool) -> String {
        match (self.language, known) {
            (Language::Zh, true) => format!("已知{what}"),
            (Language::Zh, false) => format!("不知道{what}"),
            (Language::En, true) => format!("{what} is known"),
            (Language::En, false) => format!("{what} is not known"),
        }
    }

    fn contained(&self, of: &[Tree; 2]) -> String {
        let (one, list) = (self.say(&of[0]), self.say(&of[1]));
        match (&of[1], self.language) {
            (Tree::List(_), Language::Zh) => format!("{one} 是 {list} 之一"),
            (Tree::List(_), Language::En) => format!("{one} is one of {list}"),
            (_, Language::Zh) => format!("{list} 包括 {one}"),
            (_, Language::En) => format!("{list} includes {one}"),
        }
    }

    fn value(&self, tree: &Tree, unit: Unit) -> String {
        match tree {
            Tree::Literal(value) => self.literal(value, unit),
            Tree::List(items) => {
                let items: Vec<_> = items.iter().map(|item| self.literal(item, unit)).collect();
                items.join(self.pick("、", ", "))
            }
            Tree::Field(place) => self.schema.fields[*place].said.of(self.language).into(),
            Tree::Item => self.pick("该项", "it").into(),
            Tree::Size(of) => format!("{}{}", self.say(of), self.pick("的数目", " (how many)")),
            Tree::Negate(of) => format!("−{}", self.value(of, unit)),
            Tree::DayOf(of, _) => self.value(of, unit),
            Tree::If(of) => format!(
                "{} ? {} : {}",
                self.bracket(&of[0]),
                self.value(&of[1], unit),
                self.value(&of[2], unit)
            ),
            Tree::Calculate(how, of) => {
                let sign = match how {
                    Calculation::Add => "+",
                    Calculation::Subtract => "−",
                    Calculation::Multiply => "×",
                    Calculation::Divide => "÷",
                };
                let part = |tree: &Tree| match tree {
                    Tree::Calculate(..) => format!("({})", self.value(tree, unit)),
                    _ => self.value(tree, unit),
                };
                format!("{} {sign} {}", part(&of[0]), part(&of[1]))
            }
            other => self.say(other),
        }
    }

    fn literal(&self, value: &Value, unit: Unit) -> String {
        self.seen(value.into(), unit)
    }

    fn seen(&self, seen: Seen<'_>, unit: Unit) -> String {
        match seen {
            Seen::Missing | Seen::Unknown => self.pick("还不知道", "not known").into(),
            Seen::Bool(yes) => if yes { self.pick("是", "yes") } else { self.pick("否", "no") }.into(),
            Seen::Int(value) => unit.say(value as f64, self.language),
            Seen::Double(value) => unit.say(value, self.language),
            Seen::Text(text) => text.into(),
            Seen::Ints([]) => self.pick("无", "none").into(),
            Seen::Ints(numbers) => {
                let numbers: Vec<_> = numbers.iter().map(i64::to_string).collect();
                numbers.join(self.pick("、", ", "))
            }
            Seen::Texts(texts) => {
                let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
                if texts.is_empty() {
                    self.pick("无", "none").into()
                } else {
                    texts.join(self.pick("、", ", "))
                }
            }
        }
    }

    /// What each part of the condition came to in that row.
    pub fn explain(&self, tree: &Tree, row: &Row) -> Explained {
        let verdict = tree.verdict(row, None);
        if let Tree::And(of) | Tree::Or(of) = tree {
            let parts = of.iter().map(|part| self.explain(part, row)).collect();
            return Explained { said: String::new(), verdict, actual: None, parts };
        }
        Explained { said: self.say(tree), verdict, actual: self.actual(tree, row), parts: Vec::new() }
    }

    /// The value of the one thing that a comparison looks at.
    fn actual(&self, tree: &Tree, row: &Row) -> Option<String> {
        let asked = match tree {
            Tree::Compare(_, of) | Tree::In(of) | Tree::Text(_, of) | Tree::Exists(of) | Tree::All(of) => {
                of.iter().find(|part| !matches!(part, Tree::Literal(_) | Tree::List(_)))?
            }
            Tree::Not(of) => return self.actual(of, row),
            Tree::Field(place) if *row.get(*place) == Value::Missing => tree,
            _ => return None,
        };
        let unit = unit(asked, self.schema).unwrap_or(Unit::Plain);
        Some(self.seen(asked.see(row, None), unit))
    }
}

/// The unit of what is compared.
fn unit(tree: &Tree, schema: &Schema) -> Option<Unit> {
    match tree {
        Tree::Field(place) => {
            let field = &schema.fields[*place];
            matches!(field.of, Type::Int | Type::Double | Type::Day | Type::Instant).then_some(field.unit)
        }
        Tree::Negate(of) => unit(of, schema),
        Tree::DayOf(..) => Some(Unit::Day),
        Tree::If(of) => unit(&of[1], schema).or(unit(&of[2], schema)),
        Tree::Calculate(_, of) => unit(&of[0], schema).or(unit(&of[1], schema)),
        _ => None,
    }
}

fn sign(how: Comparison) -> &'static str {
    match how {
        Comparison::Equal => "=",
        Comparison::Unequal => "≠",
        Comparison::Less => "<",
        Comparison::AtMost => "≤",
        Comparison::More => ">",
        Comparison::AtLeast => "≥",
    }
}
