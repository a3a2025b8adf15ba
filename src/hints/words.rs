//! Drivers -> words in Chinese and English. They speak of this call's course, never of a feeling.

use crate::signals::evidence::Driver;
use crate::signals::families::Family;
use crate::units::{Language, Words};

/// A hint is read in under a second.
const DRIVERS_MAX: usize = 3;

/// What nobody can hear, and no hint may say.
pub const FEELINGS: [&str; 15] = [
    "emotion",
    "angry",
    "afraid",
    "nervous",
    "anxious",
    "lying",
    "defensive",
    "hostile",
    "情绪",
    "生气",
    "愤怒",
    "害怕",
    "焦虑",
    "撒谎",
    "防备",
];

/// The reasons, strongest first; what rounds to nothing is left out.
pub fn drivers(drivers: &[Driver]) -> Vec<Words> {
    let said = |driver: &Driver| {
        let words = |language| of_client(driver, language);
        Some(Words { zh: words(Language::Zh)?, en: words(Language::En)? })
    };
    drivers.iter().filter_map(said).take(DRIVERS_MAX).collect()
}

fn of_client(driver: &Driver, language: Language) -> Option<String> {
    let zh = language == Language::Zh;
    let (times, change) = (driver.change.exp(), driver.change);
    let percent = (times - 1.0).abs() * 100.0;
    let more = change > 0.0;
    if driver.family == Family::Latency {
        let direction = if more { "慢" } else { "快" };
        return (change.abs() >= 0.05).then(|| match zh {
            true => format!("回应比本次沟通平时{direction} {:.1} 秒", change.abs()),
            false => format!("reply {change:+.1} s vs this call"),
        });
    }
    if percent < 0.5 {
        return None;
    }
    Some(match driver.family {
        Family::Latency => return None,
        Family::Pauses if zh => format!("停顿是平时的 {times:.1} 倍"),
        Family::Pauses => format!("pauses {times:.1}x"),
        Family::Rate if zh => format!("语速{} {percent:.0}%", if more { "快" } else { "慢" }),
        Family::Rate => format!("speech {percent:.0} % {}", if more { "faster" } else { "slower" }),
        Family::Turns if zh => format!("每次发言{} {percent:.0}%", if more { "长" } else { "短" }),
        Family::Turns => format!("turns {percent:.0} % {}", if more { "longer" } else { "shorter" }),
        Family::Pitch if zh => format!("语调起伏{} {percent:.0}%", if more { "大" } else { "小" }),
        Family::Pitch => format!("pitch {percent:.0} % {}", if more { "wider" } else { "narrower" }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(changes: &[(Family, f64)], language: Language) -> Vec<String> {
        let driver = |&(family, change): &(Family, f64)| Driver { family, nats: 1.0, change };
        let all = drivers(&changes.iter().map(driver).collect::<Vec<_>>());
        all.iter().map(|words| words.of(language).to_owned()).collect()
    }

    #[test]
    fn drivers_are_words_with_numbers() {
        let changes = [(Family::Latency, 0.9), (Family::Pauses, 2.1f64.ln()), (Family::Rate, 0.88f64.ln())];
        let en = ["reply +0.9 s vs this call", "pauses 2.1x", "speech 12 % slower"];
        assert_eq!(said(&changes, Language::En), en);
        let zh = ["回应比本次沟通平时慢 0.9 秒", "停顿是平时的 2.1 倍", "语速慢 12%"];
        assert_eq!(said(&changes, Language::Zh), zh);
    }

    #[test]
    fn what_rounds_to_nothing_is_left_out_and_three_are_enough() {
        assert_eq!(said(&[(Family::Latency, 0.01), (Family::Pitch, 0.001)], Language::En), [""; 0]);
        assert_eq!(said(&Family::ALL.map(|family| (family, 0.3)), Language::En).len(), 3);
    }
}
