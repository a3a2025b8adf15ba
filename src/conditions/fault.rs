//! A place in a condition and what is wrong there -> one sentence in each language.

use crate::units::Words;

/// Why a condition cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {}", what.en)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub what: Words,
}

pub fn fault(text: &str, at: usize, what: Words) -> Fault {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Fault { line, column, what }
}

pub fn syntax(text: &str, faults: &cel::ParseErrors) -> Fault {
    let Some(first) = faults.errors.first() else {
        return fault(text, 0, Words::new("这不是 CEL 条件", "this is not CEL"));
    };
    let said = first.msg.lines().next().unwrap_or_default();
    // What could stand there instead is a list of tokens that helps nobody.
    let said = said.rsplit("Syntax error: ").next().unwrap_or(said);
    let said = said.split(" expecting ").next().unwrap_or(said).replace("'<EOF>'", "the end");
    let (line, column) = (first.pos.0.max(1) as usize, first.pos.1.max(1) as usize);
    let what = Words::new(format!("这不是 CEL 条件：{said}"), format!("this is not CEL: {said}"));
    Fault { line, column, what }
}
