//! What a condition may name: fields with a type, a unit and words.

use crate::units::day::DAY_MS;
use crate::units::{Day, Language, Words, Zone};

/// What a field holds. Any field may also be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Bool,
    Int,
    Double,
    Text,
    /// A list of texts.
    Texts,
    /// A list of whole numbers: ids.
    Ints,
    /// A day as a count of days since 1970-01-01.
    Day,
    /// Milliseconds since 1970 UTC.
    Instant,
}

impl Type {
    pub fn said(self) -> Words {
        match self {
            Self::Bool => Words::new("真假值", "true or false"),
            Self::Int => Words::new("整数", "a whole number"),
            Self::Double => Words::new("小数", "a number"),
            Self::Text => Words::new("文字", "a text"),
            Self::Texts => Words::new("文字列表", "a list of texts"),
            Self::Ints => Words::new("整数列表", "a list of whole numbers"),
            Self::Day => Words::new("日期", "a day"),
            Self::Instant => Words::new("时刻", "an instant"),
        }
    }
}

/// How a number is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Plain,
    /// 0..1, said in percent.
    Share,
    Seconds,
    /// So many times as much.
    Times,
    /// Fen, said in yuan.
    Fen,
    /// A count of days since 1970-01-01, said as a day.
    Day,
    /// Milliseconds since 1970 UTC, said to the minute.
    Instant,
}

/// One name that conditions may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Dotted, such as `client.stage`.
    pub name: String,
    pub of: Type,
    pub unit: Unit,
    /// How it is called in a sentence; a `Bool` is a whole statement.
    pub said: Words,
}

/// The fields of one kind of row; a field's place is its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub fields: Vec<Field>,
}

impl Schema {
    pub fn place(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The field that somebody who wrote `name` most likely meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.fields.iter().map(|field| field.name.as_str()))
    }
}

/// The most similar of the names, if one is similar.
pub fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known: &&str| strsim::normalized_damerau_levenshtein(name, known);
    let (best, known) =
        names.map(|known| (likeness(&known), known)).max_by(|(one, _), (other, _)| one.total_cmp(other))?;
    (best >= 0.4).then_some(known)
}

impl Unit {
    /// A number in words.
    pub fn say(self, value: f64, language: Language) -> String {
        match (self, language) {
            (Self::Plain, _) => plain(value),
            (Self::Share, _) => format!("{}%", plain(value * 100.0)),
            (Self::Seconds, Language::Zh) => format!("{} 秒", plain(value)),
            (Self::Seconds, Language::En) => format!("{} s", plain(value)),
            (Self::Times, Language::Zh) => format!("{} 倍", plain(value)),
            (Self::Times, Language::En) => format!("{}x", plain(value)),
            (Self::Fen, _) => format!("¥{}", plain(value / 100.0)),
            (Self::Day, _) => day(value as i64).unwrap_or_else(|| plain(value)),
            (Self::Instant, _) => instant(value as i64).unwrap_or_else(|| plain(value)),
        }
    }
}

fn day(number: i64) -> Option<String> {
    Day::from_number(number).map(|day| day.to_string())
}

fn instant(at_ms: i64) -> Option<String> {
    let (day, minutes) = (Zone::UTC.day(at_ms)?, at_ms.rem_euclid(DAY_MS) / 60_000);
    Some(format!("{day} {:02}:{:02} UTC", minutes / 60, minutes % 60))
}

/// Two decimals at most.
fn plain(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_with_their_unit() {
        assert_eq!(Unit::Share.say(0.25, Language::Zh), "25%");
        assert_eq!(Unit::Seconds.say(90.0, Language::En), "90 s");
        assert_eq!(Unit::Times.say(1.086, Language::Zh), "1.09 倍");
        assert_eq!(Unit::Plain.say(-0.001, Language::Zh), "0");
        assert_eq!(Unit::Plain.say(100.0, Language::Zh), "100");
    }

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["client.stage", "rep.pace"];
        assert_eq!(nearest("client.stagee", names.into_iter()), Some("client.stage"));
        assert_eq!(nearest("weather", names.into_iter()), None);
    }
}
