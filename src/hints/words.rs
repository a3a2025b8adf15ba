//! Rules and drivers -> sentences in Chinese and English. They speak of this call's course, never of a feeling.

use crate::signals::evidence::Driver;
use crate::signals::families::Family;
use crate::signals::rep::Cue;

use super::rules::{Asked, Reason, Rule};

/// A hint is read in under a second.
const DRIVERS_MAX: usize = 3;

/// The language of hints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    Zh,
    En,
}

/// What the rep may try next.
pub fn text(rule: Rule, language: Language) -> &'static str {
    let [zh, en] = match rule {
        Rule::ReserveCase => {
            ["客户回应有所保留：换成案例分享试试", "The client answers with more reserve: try sharing a case"]
        }
        Rule::Hesitation => [
            "这次回应有停顿：先等 1.5 秒，再问一句顾虑",
            "That answer hesitated: wait 1.5 s, then ask what is open",
        ],
        Rule::ThirdHesitation => [
            "本次通话第三次迟疑：可能有异议，直接请对方说出来",
            "Third hesitation in this call: there may be an objection, ask for it",
        ],
        Rule::FastReply => {
            ["刚才接得很快：先停 1.5 秒再回答", "That reply came fast: wait 1.5 s before the next"]
        }
        Rule::Pace => ["语速变快了：放慢一点", "You speak faster than before: slow down a little"],
        Rule::Monologue => {
            ["已连续讲了一段时间：停下来问一个问题", "You have held the floor for a while: ask a question"]
        }
        Rule::Interruptions => ["几次抢话：等对方讲完再接", "Several early starts: let the client finish"],
        Rule::TalkShare => ["您讲得比较多：请对方多说说", "You speak most of the time: let the client speak"],
    };
    if language == Language::Zh { zh } else { en }
}

/// The reasons, strongest first; what rounds to nothing is left out.
pub fn drivers(asked: &Asked, language: Language) -> Vec<String> {
    match &asked.reason {
        Reason::Client(drivers) => {
            drivers.iter().filter_map(|driver| of_client(driver, language)).take(DRIVERS_MAX).collect()
        }
        Reason::Rep(cue) => vec![of_rep(cue, language)],
    }
}

fn of_client(driver: &Driver, language: Language) -> Option<String> {
    let zh = language == Language::Zh;
    let (times, change) = (driver.change.exp(), driver.change);
    let percent = (times - 1.0).abs() * 100.0;
    let more = change > 0.0;
    if driver.family == Family::Latency {
        let direction = if more { "慢" } else { "快" };
        return (change.abs() >= 0.05).then(|| match zh {
            true => format!("回应比本次通话平时{direction} {:.1} 秒", change.abs()),
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

fn of_rep(cue: &Cue, language: Language) -> String {
    let zh = language == Language::Zh;
    match *cue {
        Cue::TalkShare(share) if zh => format!("近 3 分钟您的发言占 {:.0}%", share * 100.0),
        Cue::TalkShare(share) => format!("{:.0} % of all speech in the last 3 min", share * 100.0),
        Cue::Monologue { held_ms } if zh => format!("已连续讲 {} 秒", held_ms / 1000),
        Cue::Monologue { held_ms } => format!("{} s without the client", held_ms / 1000),
        Cue::Interruptions(count) if zh => format!("近 3 分钟 {count} 次在对方讲完前开口"),
        Cue::Interruptions(count) => format!("{count} times before the client had ended, in 3 min"),
        Cue::FastReply { latency_ms } if zh => format!("异议后 {:.1} 秒就接话", latency_ms as f64 / 1000.0),
        Cue::FastReply { latency_ms } => {
            format!("{:.1} s after the client's answer", latency_ms as f64 / 1000.0)
        }
        Cue::Pace(times) if zh => format!("语速比之前快 {:.0}%", (times - 1.0) * 100.0),
        Cue::Pace(times) => format!("{:.0} % faster than before", (times - 1.0) * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(changes: &[(Family, f64)]) -> Asked {
        let driver = |&(family, change): &(Family, f64)| Driver { family, nats: 1.0, change };
        Asked { rule: Rule::ReserveCase, reason: Reason::Client(changes.iter().map(driver).collect()) }
    }

    #[test]
    fn drivers_are_words_with_numbers() {
        let asked =
            asked(&[(Family::Latency, 0.9), (Family::Pauses, 2.1f64.ln()), (Family::Rate, 0.88f64.ln())]);
        assert_eq!(
            drivers(&asked, Language::En),
            ["reply +0.9 s vs this call", "pauses 2.1x", "speech 12 % slower"]
        );
        let zh = ["回应比本次通话平时慢 0.9 秒", "停顿是平时的 2.1 倍", "语速慢 12%"];
        assert_eq!(drivers(&asked, Language::Zh), zh);
    }

    #[test]
    fn what_rounds_to_nothing_is_left_out_and_three_are_enough() {
        let none = asked(&[(Family::Latency, 0.01), (Family::Pitch, 0.001)]);
        assert_eq!(drivers(&none, Language::En), [""; 0]);
        assert_eq!(drivers(&asked(&Family::ALL.map(|family| (family, 0.3))), Language::En).len(), 3);
    }

    #[test]
    fn every_rule_has_its_words_and_none_names_a_feeling() {
        for rule in Rule::ALL {
            for language in [Language::Zh, Language::En] {
                let text = text(rule, language);
                assert!(!text.is_empty());
                for word in
                    ["emotion", "angry", "afraid", "lying", "defensive", "情绪", "生气", "撒谎", "防备"]
                {
                    assert!(!text.contains(word), "{text}");
                }
            }
        }
    }
}
