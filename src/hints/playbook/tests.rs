use super::*;
use crate::hints::budget::{CAPS, Caps, GAP_MS};

const BUILT_IN: &str = include_str!("../builtin.toml");

fn read(text: &str) -> Vec<String> {
    Playbook::read(text).map_or_else(|faults| faults.iter().map(Fault::to_string).collect(), |_| Vec::new())
}

/// The built-in playbook with one thing changed must give exactly one fault.
#[track_caller]
fn check(from: &str, to: &str, want: &str) {
    assert!(BUILT_IN.contains(from), "{from}");
    let faults = read(&BUILT_IN.replacen(from, to, 1));
    assert!(
        faults.len() == 1 && faults[0].contains(want) && !faults[0].contains('\n'),
        "{want}\n{faults:#?}"
    );
}

#[test]
fn the_built_in_playbook_is_read() {
    assert_eq!(read(BUILT_IN), [""; 0]);
    let playbook = Playbook::built_in();
    assert_eq!((playbook.rules.len(), playbook.limits.gap_ms, playbook.limits.caps), (11, GAP_MS, CAPS));
    assert!(playbook.rules.windows(2).all(|pair| pair[0].priority >= pair[1].priority));
    let talk = playbook.rules.last().unwrap();
    assert_eq!((talk.id.as_str(), talk.side, talk.kind.as_str()), ("talk-share", Side::Rep, "talk_share"));
    assert_eq!(talk.said().zh, "近 3 分钟您的发言占比 > 65%，并且此刻有所保留的可能 < 30%");
}

#[test]
fn canonical_text_is_the_same_for_the_same_meaning() {
    let playbook = Playbook::built_in();
    let text = playbook.canonical();
    let again = Playbook::read(&text).unwrap();
    assert_eq!((&again, again.canonical()), (&playbook, text.clone()));
    let spaced = text.replace(" = ", "  =  ").replace("\n[[", "\n# a remark\n\n[[");
    assert_eq!(Playbook::read(&spaced).unwrap().canonical(), text);
    let odd = text.replace("built-in", r#"a \"name\" with \\ and \u0001"#);
    let odd = Playbook::read(&odd).unwrap();
    assert_eq!(odd.name, "a \"name\" with \\ and \u{1}");
    assert_eq!(Playbook::read(&odd.canonical()).unwrap(), odd);
}

#[test]
fn each_fault_is_one_sentence_with_its_line() {
    check("version = 1", "version = 2", "line 8: the playbook: `version` is 2, but must be 1");
    check("gap_s = 45", "gap_s = 20", "budget: `gap_s` is 20, but must be a whole number from 45 to 600");
    check("in_call = 6", "in_call = 9", "`in_call` is 9, but must be a whole number from 0 to 6");
    check("gap_s = 45", "gap_s = 45\ngaps = 3", "budget has no `gaps`");
    check(
        "[budget.rep]",
        "[budget.reps]\nin_10_min = 1\nin_call = 1\n[budget.rep]\nin_min = 1",
        "has no `in_min`",
    );
    check("id = \"monologue\"", "id = \"hesitation\"", "the id `hesitation` is taken");
    check("id = \"monologue\"", "id = \"Monologue!\"", "`Monologue!`, but has only a-z");
    check("side = \"rep\"", "side = \"seller\"", "`side` is \"seller\", but must be client or rep");
    check("level = \"novice\"", "level = 3", "`level` is 3, but must be quiet or novice");
    check("budget = \"rep\"", "budget = \"mine\"", "`budget` is \"mine\", but must be client or rep");
    check("priority = 80", "priority = 101", "rule `hesitation`: `priority` is 101");
    check(
        "cool_down_s = 120",
        "cool_down_s = 120\ncool_down = 120",
        "has no `cool_down`; did you mean `cool_down_s`?",
    );
    check("rep.held_s >= 90", "rep.held >= 90", "did you mean `rep.held_s`?");
    check("say.zh = \"已连续", "say.zhh = \"一\"\nsay.zh = \"已连续", "say has no `zhh`; did you mean `zh`?");
    check("{rep.held_s} 秒", "{rep.held} 秒", "there is no `{rep.held}`");
    check("客户回应有所保留", "客户有防备情绪", "speaks of a feeling");
    check("source = \"Gong: over 0.65 is bad\"", "", "rule `talk-share` needs `source`");
    check("version = 1", "version = ", "this is not TOML");
}

#[test]
fn all_faults_are_told_at_once() {
    let text = BUILT_IN.replace("priority = 80", "priority = -1").replace("gap_s = 45", "gap_s = 1");
    let faults = read(&text.replace("rep.pace >= 1.09", "rep.pace >= '1'"));
    assert_eq!(faults.len(), 3, "{faults:#?}");
    let missing = read("version = 1\nname = \"x\"\n[[rule]]\nid = \"a\"\n");
    assert_eq!(missing.len(), 9, "{missing:#?}");
    assert_eq!(read("version = 1\nname = \"x\"\n"), [""; 0], "no rules are no hints");
}

#[test]
fn a_rule_about_the_rep_gives_its_reason() {
    let without =
        BUILT_IN.lines().filter(|line| !line.starts_with("why.") || !line.contains("90")).collect::<Vec<_>>();
    let without = without.join("\n").replace("why.zh = \"已连续讲 {rep.held_s} 秒\"", "");
    let faults = read(&without.replace("why.en = \"{rep.held_s} s without the client\"", ""));
    assert!(
        faults.len() == 1 && faults[0].contains("rule `monologue` is about the rep and gives no reason"),
        "{faults:?}"
    );
}

/// Every number of a built-in condition stands in the row of its rule in the table that says where it comes from.
#[test]
fn every_threshold_is_traced() {
    let Ok(page) = std::fs::read_to_string("docs/signals.md") else { panic!("docs/signals.md is missing") };
    for rule in Playbook::built_in().rules {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{}`", rule.id)));
        let row = row.unwrap_or_else(|| panic!("docs/signals.md has no row for `{}`", rule.id));
        let numbers = rule.when.text().split(|c: char| !c.is_ascii_digit() && c != '.');
        let numbers = numbers.filter(|text| text.parse::<f64>().is_ok());
        for number in numbers.map(str::to_owned).chain([(rule.cool_down_ms / 1000).to_string()]) {
            assert!(number == "0" || row.contains(&number), "{}: {number} is not in: {row}", rule.id);
        }
    }
}

const TEAM: &str = r#"
version = 1
name = "team"
extends = true
off = ["monologue", "talk-share"]
[budget]
gap_s = 60
in_10_min = 2
in_call = 4
[budget.price]
in_10_min = 1
in_call = 1
[[rule]]
id = "hesitation"
side = "client"
kind = "objection"
level = "quiet"
budget = "price"
priority = 99
cool_down_s = 45
when = "client.hesitates"
say.zh = "问价格"
say.en = "Ask about the price"
source = "test"
"#;

#[test]
fn a_playbook_extends_the_one_above() {
    let above = Playbook::built_in();
    let team = above.read_over(TEAM).unwrap();
    assert_eq!(team.rules.len(), above.rules.len() - 2);
    assert_eq!((team.rules[0].id.as_str(), team.rules[0].priority), ("hesitation", 99));
    assert_eq!((team.limits.gap_ms, team.limits.caps.in_10_min), (60_000, 2));
    let class = |playbook: &Playbook, id: &str| {
        let rule = playbook.rule(id).unwrap();
        playbook.limits.classes[rule.class].clone()
    };
    assert_eq!(class(&team, "pace-after-objection"), class(&above, "pace-after-objection"));
    assert_eq!(class(&team, "reserve-case-sharing").1, Caps { in_10_min: 2, in_call: 4 });
    assert_eq!(Playbook::read(&team.canonical()).unwrap(), team, "what comes of it stands alone");
    let alone = above.read_over(&TEAM.replace("[\"monologue\", \"talk-share\"]", "['*']")).unwrap();
    assert_eq!(alone.rules.len(), 1);
}

#[test]
fn what_cannot_be_switched_off_is_named() {
    let above = Playbook::built_in();
    let said = |text: String| above.read_over(&text).unwrap_err().remove(0).to_string();
    let stray = said(TEAM.replace("\"talk-share\"", "\"talk_share\""));
    assert_eq!(stray, "line 5: off: the playbook above has no rule `talk_share`; did you mean `talk-share`?");
    assert!(said(TEAM.replace("extends = true\n", "")).contains("needs `extends = true`"));
    let fault = above.read_over(&TEAM.replace("= 99", "= 101")).unwrap_err().remove(0);
    assert_eq!(fault.rule.as_deref(), Some("hesitation"));
    let many: String = (0..60)
        .map(|n| TEAM.split("[[rule]]").nth(1).unwrap().replace("hesitation", &format!("r{n}")))
        .map(|rule| format!("[[rule]]{rule}"))
        .collect();
    let many = format!("{}{many}", TEAM.split("[[rule]]").next().unwrap());
    assert!(said(many).contains("there are 69 rules, 64 at most"));
}
