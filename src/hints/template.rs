//! A sentence with places such as `{rep.held_s}` -> the sentence with the values of now.

use crate::conditions::{Row, Schema, Type, Value};
use crate::units::{Language, Words};

/// A checked sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Text(String),
    Field(usize, Format),
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// As it is: whole numbers and texts.
    Plain,
    /// `:.1`, decimals.
    Decimals(usize),
    /// `:%`, a share in percent.
    Percent,
    /// `:+%`, how many percent more than once.
    More,
}

impl Template {
    /// # Errors
    /// A brace without its other, a name that is not there, or a form that does not go with the field.
    pub fn new(text: &str, schema: &Schema) -> Result<Self, Words> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            parts.extend((!before.is_empty()).then(|| Part::Text(before.into())));
            let inside = from.strip_prefix('{').and_then(|from| from.split_once('}'));
            let Some((inside, after)) = inside else {
                return Err(Words::new(
                    format!("`{text}` 里有单独的大括号：数值写作 `{{rep.held_s}}`"),
                    format!("a brace stands alone in `{text}`: a value is written `{{rep.held_s}}`"),
                ));
            };
            parts.push(part(inside, schema)?);
            rest = after;
        }
        parts.extend((!rest.is_empty()).then(|| Part::Text(rest.into())));
        Ok(Self { text: text.to_owned(), parts })
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// With the values of that row; what is missing is a dash.
    pub fn fill(&self, row: &Row, language: Language) -> String {
        let mut filled = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => filled.push_str(text),
                Part::Field(place, format) => filled.push_str(&say(row.get(*place), *format, language)),
            }
        }
        filled
    }
}

fn part(inside: &str, schema: &Schema) -> Result<Part, Words> {
    let (name, form) = inside.split_once(':').unwrap_or((inside, ""));
    let Some(place) = schema.place(name) else {
        let what = Words::new(format!("没有 `{{{name}}}`"), format!("there is no `{{{name}}}`"));
        let near = schema.nearest(name).map(|near| format!("{{{near}}}"));
        return Err(what.meant(near.as_deref()));
    };
    let of = schema.fields[place].of;
    let format = match form {
        "" if of != Type::Double && of != Type::Bool => Format::Plain,
        "%" if of == Type::Double => Format::Percent,
        "+%" if of == Type::Double => Format::More,
        ".0" | ".1" | ".2" if of == Type::Double => Format::Decimals(usize::from(form.as_bytes()[1] - b'0')),
        _ => {
            let mend = match of {
                Type::Double => {
                    ("在名字后面写 `:.1`、`:%` 或 `:+%`", "write `:.1`, `:%` or `:+%` after its name")
                }
                Type::Bool => {
                    ("它不能写出来，只能在 `when` 里问", "it cannot be written, only asked for in `when`")
                }
                Type::Int | Type::Text | Type::Texts => ("只写它的名字", "write its name alone"),
            };
            let of = of.said();
            return Err(Words::new(
                format!("`{{{inside}}}`：`{name}` 是{}；{}", of.zh, mend.0),
                format!("`{{{inside}}}`: `{name}` is {}; {}", of.en, mend.1),
            ));
        }
    };
    Ok(Part::Field(place, format))
}

fn say(value: &Value, format: Format, language: Language) -> String {
    match (value, format) {
        (Value::Int(value), _) => value.to_string(),
        (Value::Double(value), Format::Percent) => format!("{:.0}", value * 100.0),
        (Value::Double(value), Format::More) => format!("{:.0}", (value - 1.0) * 100.0),
        (Value::Double(value), Format::Decimals(decimals)) => format!("{value:.decimals$}"),
        (Value::Text(text), _) => text.to_string(),
        (Value::Texts(texts), _) if !texts.is_empty() => {
            let texts: Vec<&str> = texts.iter().map(|text| &**text).collect();
            texts.join(if language == Language::Zh { "、" } else { ", " })
        }
        _ => "—".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hints::condition_row::{ConditionRow, SCHEMA};
    use crate::hints::context::Context;

    #[track_caller]
    fn refused(text: &str, want: &str) {
        let fault = Template::new(text, &SCHEMA).unwrap_err();
        assert!(fault.en.contains(want), "{fault:?}");
    }

    #[test]
    fn values_are_filled_in() {
        let mut condition_row = ConditionRow::default();
        let agenda = Some(vec!["价格".to_owned(), "交期".to_owned()]);
        condition_row.know(&Context { agenda, open_items: Some(3), ..Context::default() });
        let fill = |text: &str| Template::new(text, &SCHEMA).unwrap().fill(condition_row.row(), Language::Zh);
        assert_eq!(fill("议程是{call.agenda}，有 {client.open_items} 件事"), "议程是价格、交期，有 3 件事");
        assert_eq!(fill("{rep.pace:+%}%"), "—%");
        assert_eq!(say(&Value::Double(1.094), Format::More, Language::Zh), "9");
        assert_eq!(say(&Value::Double(0.25), Format::Decimals(1), Language::Zh), "0.2");
    }

    #[test]
    fn what_cannot_be_filled_is_refused() {
        refused("已讲 {rep.held} 秒", "there is no `{rep.held}`; did you mean `{rep.held_s}`?");
        refused("已讲 {rep.held_s 秒", "a brace stands alone");
        refused("} 秒", "a brace stands alone");
        refused("{rep.held_s:.1}", "`rep.held_s` is a whole number; write its name alone");
        refused("{rep.pace}", "write `:.1`, `:%` or `:+%`");
        refused("{client.hesitates}", "only asked for in `when`");
    }
}
