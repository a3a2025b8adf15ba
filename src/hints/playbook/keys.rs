//! One key of a table of a playbook file -> its checked value, or a fault.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::conditions::nearest;
use crate::units::Words;

/// Ids, kinds and names are short.
pub const NAME_CHARS_MAX: usize = 64;

/// Something that is wrong with a playbook file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {}", what.en)]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// The id of the rule that it is about.
    pub rule: Option<String>,
    pub what: Words,
}

pub type Value<'a> = Spanned<DeValue<'a>>;
pub type Table<'a> = DeTable<'a>;

pub fn line_of(text: &str, at: usize) -> usize {
    text[..text.floor_char_boundary(at)].matches('\n').count() + 1
}

/// The same in both languages: keys and numbers.
pub fn same(text: &str) -> Words {
    Words::both(|_| text.to_owned())
}

/// What is said of a part of the file.
pub fn of(part: &Words, zh: &str, en: &str) -> Words {
    Words::new(format!("{}：{zh}", part.zh), format!("{}: {en}", part.en))
}

/// Collects faults, so that all are told at once.
pub struct Reader<'a> {
    pub text: &'a str,
    pub faults: Vec<Fault>,
    /// The rule that is being read.
    pub rule: Option<String>,
}

impl Reader<'_> {
    pub fn fault<T>(&mut self, at: usize, what: Words) -> Option<T> {
        self.faults.push(Fault { line: line_of(self.text, at), rule: self.rule.clone(), what });
        None
    }

    pub fn known(&mut self, table: &Table<'_>, what: &Words, keys: &[&str]) {
        for (key, _) in table.iter().filter(|(key, _)| !keys.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref();
            let what =
                Words::new(format!("{}：没有 `{name}`", what.zh), format!("{} has no `{name}`", what.en));
            self.fault::<()>(key.span().start, what.meant(nearest(name, keys.iter().copied())));
        }
    }

    pub fn value<'t>(
        &mut self,
        table: &'t Table<'_>,
        at: usize,
        what: &Words,
        key: &str,
    ) -> Option<&'t Value<'t>> {
        let value = table.get(key);
        if value.is_none() {
            let what = Words::new(format!("{}：缺少 `{key}`", what.zh), format!("{} needs `{key}`", what.en));
            self.fault::<()>(at, what);
        }
        value
    }

    pub fn text(
        &mut self,
        table: &Table<'_>,
        at: usize,
        what: &Words,
        key: &str,
        chars_max: usize,
    ) -> Option<String> {
        let value = self.value(table, at, what, key)?;
        let at = value.span().start;
        let text = value.get_ref().as_str().unwrap_or_default();
        let chars = text.chars().count();
        if text.trim().is_empty() || text.contains('\n') || chars > chars_max {
            let what = of(
                what,
                &format!("`{key}` 是一行文字，1 到 {chars_max} 个字"),
                &format!("`{key}` is one line of 1 to {chars_max} characters"),
            );
            return self.fault(at, what);
        }
        Some(text.to_owned())
    }

    pub fn slug(&mut self, table: &Table<'_>, at: usize, what: &Words, key: &str) -> Option<String> {
        let text = self.text(table, at, what, key, NAME_CHARS_MAX)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if !text.chars().all(fits) {
            let what = of(
                what,
                &format!("`{key}` 是 `{text}`，但只能有 a-z、0-9、- 和 _"),
                &format!("`{key}` is `{text}`, but has only a-z, 0-9, - and _"),
            );
            return self.fault(at, what);
        }
        Some(text)
    }

    pub fn whole(
        &mut self,
        table: &Table<'_>,
        at: usize,
        what: &Words,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let value = self.value(table, at, what, key)?;
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => {
                let (at, from, to) = (value.span().start, range.start(), range.end());
                let shown = self.text[value.span()].chars().take(40).collect::<String>();
                let rule = if from == to {
                    same(&from.to_string())
                } else {
                    Words::new(
                        format!(" {from} 到 {to} 的整数"),
                        format!("a whole number from {from} to {to}"),
                    )
                };
                let what = of(
                    what,
                    &format!("`{key}` 是 {shown}，但必须是{}", rule.zh),
                    &format!("`{key}` is {shown}, but must be {}", rule.en),
                );
                self.fault(at, what)
            }
        }
    }

    pub fn one_of<T: Clone>(
        &mut self,
        table: &Table<'_>,
        at: usize,
        what: &Words,
        key: &str,
        all: &[(String, T)],
    ) -> Option<T> {
        let value = self.value(table, at, what, key)?;
        let text = value.get_ref().as_str().unwrap_or_default();
        if let Some((_, found)) = all.iter().find(|(name, _)| name == text) {
            return Some(found.clone());
        }
        let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        let shown = self.text[value.span()].chars().take(40).collect::<String>();
        let what = of(
            what,
            &format!("`{key}` 是 {shown}，但必须是 {}", names.join(" 或 ")),
            &format!("`{key}` is {shown}, but must be {}", names.join(" or ")),
        );
        self.fault(value.span().start, what)
    }
}
