//! A name as people look for it: as it is written, or by the first letters of its pinyin.

use pinyin::{ToPinyin, ToPinyinMulti};

/// Ways to read a name that are kept: characters with two readings double them.
const READINGS_MAX: usize = 16;

/// What is looked for, in the form of [`letters`].
pub fn needle(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// All that a client is found by, one a line: its names, and the first letters of their pinyin in every reading.
pub fn letters<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut lines: Vec<String> = Vec::new();
    for name in names {
        for line in std::iter::once(needle(name)).chain(initials(name)) {
            if !line.is_empty() && !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines.join("\n")
}

/// Names in this order stand as in a Chinese address book: by the commonest pinyin of each character, then by the
/// characters.
pub fn order(name: &str) -> String {
    let mut order = String::new();
    for (character, pinyin) in name.chars().zip(name.to_pinyin()) {
        match pinyin {
            Some(pinyin) => order.extend([pinyin.plain(), " "]),
            None => order.extend(character.to_lowercase()),
        }
    }
    format!("{order} {name}")
}

/// First letters of a name with Chinese characters; other letters and digits stay. None for other names.
fn initials(name: &str) -> Vec<String> {
    if name.to_pinyin().flatten().next().is_none() {
        return Vec::new();
    }
    let mut readings = vec![String::new()];
    for (character, multi) in name.chars().zip(name.to_pinyin_multi()) {
        let mut firsts: Vec<String> = Vec::new();
        match multi {
            Some(multi) => {
                for pinyin in multi {
                    if !firsts.iter().any(|first| first == pinyin.first_letter()) {
                        firsts.push(pinyin.first_letter().to_owned());
                    }
                }
            }
            None if character.is_alphanumeric() => firsts.push(character.to_lowercase().collect()),
            None => continue,
        }
        let fit = (READINGS_MAX / readings.len()).max(1);
        firsts.truncate(fit);
        readings = readings
            .iter()
            .flat_map(|reading| firsts.iter().map(move |first| format!("{reading}{first}")))
            .collect();
    }
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, looked_for: &str, found: bool) {
        assert_eq!(letters([name].into_iter()).contains(&needle(looked_for)), found, "{name} {looked_for}");
    }

    #[test]
    fn a_client_is_found_by_name_and_by_first_letters() {
        check("华东医药", "东医", true);
        check("华东医药", "hdyy", true);
        check("华东医药", "DYY", true);
        check("Acme (Shanghai) 3号", "acme (sh", true);
        check("A股份3号", "agf3h", true);
        check("华东医药", "hdyx", false);
    }

    #[test]
    fn every_reading_of_a_character_counts_within_bounds() {
        check("重庆银行", "cqyh", true);
        check("重庆银行", "zqyh", true);
        let many = "重行乐".repeat(20);
        assert!(letters([many.as_str()].into_iter()).lines().count() <= 1 + READINGS_MAX);
    }

    #[test]
    fn names_stand_in_the_order_of_their_pinyin() {
        let mut names = ["中信", "安徽", "Beta", "北京", "alpha"];
        names.sort_by_key(|name| order(name));
        assert_eq!(names, ["alpha", "安徽", "北京", "Beta", "中信"]);
    }
}
