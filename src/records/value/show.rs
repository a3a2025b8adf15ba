//! A value -> as people read it. What is shown reads back as the same value.

use super::{Value, amounts, phone};
use crate::dates::When;
use crate::records::definition::{Field, Kind};
use crate::units::day::DAY_MS;
use crate::units::{Language, Zone};

impl Value {
    /// As text. Records, people, photos and files are shown by their number; who knows their names shows those.
    pub fn show(&self, field: &Field, language: Language, zone: Zone) -> String {
        let between = if language == Language::Zh { "、" } else { "; " };
        match self {
            Self::Text(text) if field.kind == Kind::Phone => phone::show(text),
            Self::Text(text) => option(field, text, language),
            Self::Texts(texts) => {
                texts.iter().map(|text| option(field, text, language)).collect::<Vec<_>>().join(between)
            }
            Self::Whole(fen) if field.kind == Kind::Money => {
                let (sign, fen) = (if *fen < 0 { "-" } else { "" }, fen.unsigned_abs());
                format!("{sign}¥{}.{:02}", amounts::commas(fen / 100), fen % 100)
            }
            Self::Whole(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Bool(yes) => match (yes, language) {
                (true, Language::Zh) => "是",
                (false, Language::Zh) => "否",
                (true, Language::En) => "yes",
                (false, Language::En) => "no",
            }
            .to_owned(),
            Self::Day(day) | Self::Deadline(When::Day(day)) => day.to_string(),
            Self::Instant(at_ms) | Self::Deadline(When::At(at_ms)) => clock(*at_ms, zone),
            Self::Ref(number) => format!("#{number}"),
            Self::Refs(numbers) => {
                numbers.iter().map(|number| format!("#{number}")).collect::<Vec<_>>().join(between)
            }
            Self::Place { lat, lon, datum } => format!("{lat}, {lon} {datum}"),
        }
    }
}

fn option(field: &Field, key: &str, language: Language) -> String {
    field.option(key).map_or(key, |option| option.label.of(language)).to_owned()
}

/// Local time as `2026-02-18 10:00`, with seconds and milliseconds where there are any.
fn clock(at_ms: i64, zone: Zone) -> String {
    let Some(day) = zone.day(at_ms) else { return at_ms.to_string() };
    let ms = zone.local_ms(at_ms).rem_euclid(DAY_MS);
    let (minutes, seconds, rest) = (ms / 60_000, ms / 1_000 % 60, ms % 1_000);
    let mut text = format!("{day} {:02}:{:02}", minutes / 60, minutes % 60);
    if seconds > 0 || rest > 0 {
        text += &format!(":{seconds:02}");
    }
    if rest > 0 {
        text += &format!(".{rest:03}");
    }
    text
}
