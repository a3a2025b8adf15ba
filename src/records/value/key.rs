//! Texts in one form: as they are kept, as they are compared, as they are searched.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Letters and their marks as one (NFC).
pub fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

/// Full-width letters made plain (NFKC), lower case, white space made single.
pub fn plain(text: &str) -> String {
    let text = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let lower = text.to_lowercase();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// In which equal texts are equal for people: as [`plain`], without letters that cannot be seen. The key of unique fields.
pub fn fold(text: &str) -> String {
    let seen = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    plain(&text.chars().filter(seen).collect::<String>())
}

impl super::Value {
    /// The text that unique fields are compared by: equal for what people take for the same.
    pub fn key(&self) -> String {
        use super::Value;
        match self {
            Value::Text(text) => fold(text),
            Value::Texts(texts) => texts.iter().map(|text| fold(text)).collect::<Vec<_>>().join("\n"),
            Value::Whole(number) | Value::Instant(number) | Value::Ref(number) => number.to_string(),
            Value::Number(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            Value::Day(day) => day.to_string(),
            Value::Deadline(crate::dates::When::Day(day)) => day.to_string(),
            Value::Deadline(crate::dates::When::At(at_ms)) => at_ms.to_string(),
            Value::Refs(numbers) => numbers.iter().map(i64::to_string).collect::<Vec<_>>().join("\n"),
            Value::Place { lat, lon, datum } => format!("{lat} {lon} {datum}"),
        }
    }
}
