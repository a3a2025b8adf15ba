//! Names of operators and functions in a rule -> what the tree has for them, or why it has nothing.

use cel::common::ast::{CallExpr, operators};

use super::schema::nearest;
use super::tree::{Calculation, Comparison, TextTest};
use crate::units::Words;

/// Name, sign, number of parts: everything that a condition can do.
pub const KNOWN: [(&str, &str, usize); 19] = [
    (operators::LOGICAL_AND, "&&", 2),
    (operators::LOGICAL_OR, "||", 2),
    (operators::LOGICAL_NOT, "!", 1),
    (operators::EQUALS, "==", 2),
    (operators::NOT_EQUALS, "!=", 2),
    (operators::LESS, "<", 2),
    (operators::LESS_EQUALS, "<=", 2),
    (operators::GREATER, ">", 2),
    (operators::GREATER_EQUALS, ">=", 2),
    (operators::IN, "in", 2),
    (operators::ADD, "+", 2),
    (operators::SUBSTRACT, "-", 2),
    (operators::MULTIPLY, "*", 2),
    (operators::DIVIDE, "/", 2),
    (operators::NEGATE, "-", 1),
    ("size", "size", 1),
    ("startsWith", "startsWith", 2),
    ("endsWith", "endsWith", 2),
    ("contains", "contains", 2),
];

pub fn call_width(call: &CallExpr) -> usize {
    call.args.len() + usize::from(call.target.is_some())
}

pub fn sign(name: &str) -> &str {
    KNOWN.iter().find(|(known, ..)| *known == name).map_or(name, |(_, sign, _)| sign)
}

pub fn refusal(name: &str, width: usize) -> Words {
    match name {
        operators::CONDITIONAL => Words::new(
            "条件里没有 `? :`；用 && 和 || 来写",
            "conditions have no `? :`; say it with && and ||",
        ),
        operators::INDEX => Words::new(
            "条件不能按序号取列表里的项；用 `in`、`exists` 或 `size`",
            "conditions do not count through lists; use `in`, `exists` or `size`",
        ),
        _ if KNOWN.iter().any(|(known, ..)| *known == name) => {
            let sign = sign(name);
            Words::new(
                format!("`{sign}` 不能带 {width} 个值"),
                format!("`{sign}` does not take {width} values"),
            )
        }
        _ => {
            let words = ["size", "startsWith", "endsWith", "contains", "has", "exists", "all"];
            let shown = name.trim_matches('_');
            let what = Words::new(format!("条件里没有 `{shown}`"), format!("conditions have no `{shown}`"));
            what.meant(nearest(name, words.into_iter()))
        }
    }
}

pub fn comparison(name: &str) -> Option<Comparison> {
    Some(match name {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::Unequal,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::AtMost,
        operators::GREATER => Comparison::More,
        operators::GREATER_EQUALS => Comparison::AtLeast,
        _ => return None,
    })
}

pub fn calculation(name: &str) -> Option<Calculation> {
    Some(match name {
        operators::ADD => Calculation::Add,
        operators::SUBSTRACT => Calculation::Subtract,
        operators::MULTIPLY => Calculation::Multiply,
        operators::DIVIDE => Calculation::Divide,
        _ => return None,
    })
}

pub fn text_test(name: &str) -> Option<TextTest> {
    Some(match name {
        "startsWith" => TextTest::StartsWith,
        "endsWith" => TextTest::EndsWith,
        "contains" => TextTest::Contains,
        _ => return None,
    })
}
