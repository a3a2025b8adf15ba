//! The texts of a record, and what somebody looks for -> words of one kind, so that a word index finds one by the other.
//!
//! Chinese has no spaces: two characters that stand together are a word, overlapping (`华东医药` -> `华东 东医 医药`), and
//! so are single ones. Latin letters and digits are whole words and the beginnings that are typed. Pinyin initials of
//! names (`hdyy`) and the last four digits of phones are words too.

use std::collections::BTreeSet;

use pinyin::{ToPinyin, ToPinyinMulti};

use super::change::Values;
use super::definition::{Kind, Table};
use super::value::{Value, fold};

/// Words of a record: what lies beyond is not found.
pub const WORDS_MAX: usize = 4_000;
const QUERY_WORDS_MAX: usize = 32;
/// Initials are made of names, not of long texts.
const INITIALS_CHARS_MAX: usize = 40;
const READINGS_MAX: usize = 16;
/// Marks words that are pinyin initials, so that `hd` finds no English word.
const INITIALS: char = 'ˍ';

/// The words of a record of that table, each once; the store keeps them in its index.
pub fn words(table: &Table, values: &Values) -> Vec<String> {
    let mut found = BTreeSet::new();
    for (key, value) in values {
        let Some(field) = table.own(key) else { continue };
        let texts: &[String] = match value {
            Value::Text(text) => std::slice::from_ref(text),
            Value::Texts(texts) => texts,
            _ => &[],
        };
        for text in texts {
            let label = field.option(text).map(|option| format!("{} {}", option.label.zh, option.label.en));
            let text = label.as_deref().unwrap_or(text);
            if field.kind == Kind::Phone {
                phone(text, &mut found);
            } else {
                of_text(text, &mut found);
            }
            if field.kind == Kind::Text {
                found.extend(initials(text).into_iter().map(|initials| format!("{INITIALS}{initials}")));
            }
        }
    }
    found.into_iter().take(WORDS_MAX).collect()
}

/// One group a word that is looked for: each group has to be found, by any of its entries, which are prefixes where
/// `prefix` says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sought {
    pub word: String,
    /// The word in the index only begins like this.
    pub prefix: bool,
}

/// What somebody looks for: every group must match, each by one of its words.
pub fn query(text: &str) -> Vec<Vec<Sought>> {
    let mut groups = Vec::new();
    for run in runs(&fold(text)) {
        match run {
            Run::Han(run) => {
                let letters: Vec<char> = run.chars().collect();
                match letters.as_slice() {
                    [one] => groups.push(vec![Sought { word: one.to_string(), prefix: false }]),
                    letters => groups.extend(
                        letters
                            .windows(2)
                            .map(|pair| vec![Sought { word: pair.iter().collect(), prefix: false }]),
                    ),
                }
            }
            Run::Plain(word) => {
                let mut group = vec![Sought { word: word.to_owned(), prefix: true }];
                if word.bytes().any(|byte| byte.is_ascii_lowercase()) && word.is_ascii() {
                    group.push(Sought { word: format!("{INITIALS}{word}"), prefix: true });
                }
                groups.push(group);
            }
        }
    }
    groups.truncate(QUERY_WORDS_MAX);
    groups
}

/// Whether those words of a record match what is looked for; what an index answers.
pub fn matches(words: &[String], query: &[Vec<Sought>]) -> bool {
    let finds = |sought: &Sought| {
        words
            .iter()
            .any(|word| if sought.prefix { word.starts_with(&sought.word) } else { *word == sought.word })
    };
    !query.is_empty() && query.iter().all(|group| group.iter().any(finds))
}

enum Run<'a> {
    Han(&'a str),
    Plain(&'a str),
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' | '〇')
}

/// Stretches of Han characters and of other letters and digits.
fn runs(text: &str) -> Vec<Run<'_>> {
    let mut found = Vec::new();
    for part in text.split(|c: char| !c.is_alphanumeric() && !is_han(c)).filter(|part| !part.is_empty()) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let han = is_han(first);
            let length = rest.find(|c| is_han(c) != han).unwrap_or(rest.len());
            found.push(if han { Run::Han(&rest[..length]) } else { Run::Plain(&rest[..length]) });
            rest = &rest[length..];
        }
    }
    found
}

fn of_text(text: &str, found: &mut BTreeSet<String>) {
    for run in runs(&fold(text)) {
        match run {
            Run::Han(run) => {
                let letters: Vec<char> = run.chars().collect();
                found.extend(letters.iter().map(char::to_string));
                found.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
            }
            Run::Plain(word) => {
                found.insert(word.to_owned());
            }
        }
    }
}

/// The whole number, without its country, and its last four digits.
fn phone(number: &str, found: &mut BTreeSet<String>) {
    let bare = number.split('x').next().unwrap_or_default();
    let digits: String = bare.chars().filter(char::is_ascii_digit).collect();
    if let Some(home) = bare.strip_prefix("+86") {
        found.insert(home.to_owned());
    }
    if digits.len() >= 4 {
        found.insert(digits[digits.len() - 4..].to_owned());
    }
    found.insert(digits);
}

/// First letters of a name with Chinese characters, in every reading; from each place on, so that `dyy` finds 华东医药.
fn initials(name: &str) -> Vec<String> {
    let name = fold(name);
    if name.chars().count() > INITIALS_CHARS_MAX || name.as_str().to_pinyin().flatten().next().is_none() {
        return Vec::new();
    }
    let mut readings = vec![String::new()];
    for (character, multi) in name.chars().zip(name.as_str().to_pinyin_multi()) {
        let mut firsts: Vec<String> = Vec::new();
        match multi {
            Some(multi) => {
                for pinyin in multi {
                    let first = pinyin.first_letter().to_owned();
                    if !firsts.contains(&first) {
                        firsts.push(first);
                    }
                }
            }
            None if character.is_alphanumeric() => firsts.push(character.to_string()),
            None => continue,
        }
        firsts.truncate((READINGS_MAX / readings.len()).max(1));
        readings = readings
            .iter()
            .flat_map(|reading| firsts.iter().map(move |first| format!("{reading}{first}")))
            .collect();
    }
    let mut tails = BTreeSet::new();
    for reading in &readings {
        tails.extend(
            reading.char_indices().map(|(at, _)| reading[at..].to_owned()).filter(|tail| tail.len() >= 2),
        );
    }
    tails.into_iter().collect()
}

#[cfg(test)]
mod tests;
