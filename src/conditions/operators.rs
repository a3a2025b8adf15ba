//! Names of operators and functions in a rule -> what the tree has for them, or why it has nothing.

use cel::common::ast::{CallExpr, operators};

use super::schema::nearest;
use super::tree::{Calculation, Comparison, TextTest};

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

pub fn refusal(name: &str, width: usize) -> String {
    match name {
        operators::CONDITIONAL => "conditions have no `? :`; say it with && and ||".into(),
        operators::INDEX => "conditions do not count through lists; use `in`, `exists` or `size`".into(),
        _ if KNOWN.iter().any(|(known, ..)| *known == name) => {
            format!("`{}` does not take {width} values", sign(name))
        }
        _ => {
            let words = ["size", "startsWith", "endsWith", "contains", "has", "exists", "all"];
            let meant = nearest(name, words.into_iter()).map(|near| format!("; did you mean `{near}`?"));
            let shown = name.trim_matches('_');
            format!("conditions have no `{shown}`{}", meant.unwrap_or_default())
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
