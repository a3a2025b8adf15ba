//! A phone number as people write it -> its normal form, in which equal numbers are equal texts.

use super::{amounts, key};
use crate::records::definition::Field;
use crate::records::fault::{Code, Fault};
use crate::units::Words;

/// Digits of the longest international number (E.164).
const DIGITS_MAX: usize = 15;
const DIGITS_MIN: usize = 3;

/// `138 0013 8000` -> `+8613800138000`; `0571-8888 6666 转 801` -> `+8657188886666x801`; `400-810-1234` stays in digits.
pub fn read(field: &Field, text: &str) -> Result<String, Fault> {
    let plain = key::plain(text);
    let refuse = || Fault::of(&field.key, &field.label, Code::BadValue, text, &field.kind.rule());
    // A spreadsheet keeps a number, and may show only its first digits.
    if let Some((mantissa, _)) = plain.split_once('e').filter(|(mantissa, _)| mantissa.contains('.')) {
        let digits = mantissa.chars().filter(char::is_ascii_digit).count();
        let whole = amounts::decimal(&plain, false).and_then(amounts::Decimal::whole);
        return match whole.filter(|whole| whole.to_string().len() <= digits) {
            Some(whole) => normal(&whole.to_string(), "").ok_or_else(refuse),
            None => {
                let rule = Words::new(
                    "完整的号码：表格把它当成了数，丢了末几位，请把这一列设成文本",
                    "the whole number: the spreadsheet took it for a figure and lost its last digits, so make the column text;",
                );
                Err(Fault::of(&field.key, &field.label, Code::BadValue, text, &rule))
            }
        };
    }
    let plain = plain.strip_suffix(".0").unwrap_or(&plain);
    let split = ["转", "ext.", "ext", "x", "#"].iter().find_map(|word| plain.split_once(word));
    let (number, extension) = split.unwrap_or((plain, ""));
    let extension = extension.trim();
    let is_extension = extension.len() <= 8 && extension.bytes().all(|byte| byte.is_ascii_digit());
    let fits = number.chars().all(|c| c.is_ascii_digit() || " +-()./－—".contains(c));
    let plus = number.trim_start().trim_start_matches('(').starts_with('+');
    let digits: String = number.replace("(0)", "").chars().filter(char::is_ascii_digit).collect();
    let pluses = number.matches('+').count();
    if !fits || !is_extension || pluses > usize::from(plus) || split.is_some() && extension.is_empty() {
        return Err(refuse());
    }
    let digits = if plus { format!("+{digits}") } else { digits };
    normal(&digits, extension).ok_or_else(refuse)
}

fn normal(digits: &str, extension: &str) -> Option<String> {
    let bare = digits.strip_prefix('+').or_else(|| digits.strip_prefix("00")).unwrap_or(digits);
    let is_abroad = bare.len() < digits.len();
    let is_mobile = |text: &str| {
        text.len() == 11 && text.starts_with('1') && !text.starts_with("10") && !text.starts_with("11")
    };
    let number = match bare {
        _ if !(DIGITS_MIN..=DIGITS_MAX).contains(&bare.len()) => return None,
        bare if is_abroad => format!("+{bare}"),
        bare if is_mobile(bare) => format!("+86{bare}"),
        bare if bare.len() == 13 && bare.starts_with("86") && is_mobile(&bare[2..]) => format!("+{bare}"),
        bare if bare.starts_with('0') && (10..=12).contains(&bare.len()) => format!("+86{}", &bare[1..]),
        bare => bare.to_owned(),
    };
    Some(if extension.is_empty() { number } else { format!("{number}x{extension}") })
}

/// As people read it.
pub fn show(number: &str) -> String {
    let (bare, extension) = number.split_once('x').unwrap_or((number, ""));
    let shown = match bare.strip_prefix("+86") {
        Some(mobile) if mobile.len() == 11 && mobile.starts_with('1') && mobile.is_ascii() => {
            format!("{} {} {}", &mobile[..3], &mobile[3..7], &mobile[7..])
        }
        _ => bare.to_owned(),
    };
    if extension.is_empty() { shown } else { format!("{shown} x{extension}") }
}
