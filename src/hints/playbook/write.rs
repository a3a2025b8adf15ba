//! A playbook -> its canonical text: the same for all files that mean the same.

use std::fmt::Write;

use super::read::VERSION;
use super::{Playbook, Rule, Sentence};
use crate::hints::budget::Caps;

pub fn write(playbook: &Playbook) -> String {
    let mut out = String::new();
    let limits = &playbook.limits;
    put(&mut out, format_args!("version = {VERSION}\nname = {}\n", quoted(&playbook.name)));
    put(&mut out, format_args!("\n[budget]\ngap_s = {}\n", limits.gap_ms / 1000));
    caps(&mut out, &limits.caps);
    for (name, class) in &limits.classes {
        put(&mut out, format_args!("\n[budget.{}]\n", quoted(name)));
        caps(&mut out, class);
    }
    for rule in &playbook.rules {
        write_rule(&mut out, rule, &limits.classes[rule.class].0);
    }
    out
}

pub fn rule(playbook: &Playbook, rule: &Rule) -> String {
    let mut out = String::new();
    write_rule(&mut out, rule, &playbook.limits.classes[rule.class].0);
    out
}

fn write_rule(out: &mut String, rule: &Rule, class: &str) {
    put(out, format_args!("\n[[rule]]\nid = {}\nside = {}\n", quoted(&rule.id), quoted(rule.side.name())));
    put(out, format_args!("kind = {}\nlevel = {}\n", quoted(&rule.kind), quoted(rule.level.name())));
    put(out, format_args!("budget = {}\npriority = {}\n", quoted(class), rule.priority));
    put(out, format_args!("cool_down_s = {}\n", rule.cool_down_ms / 1000));
    put(out, format_args!("when = {}\n", quoted(rule.when.text())));
    sentence(out, "say", &rule.say);
    if let Some(why) = &rule.why {
        sentence(out, "why", why);
    }
    put(out, format_args!("source = {}\n", quoted(&rule.source)));
}

fn caps(out: &mut String, caps: &Caps) {
    put(out, format_args!("in_10_min = {}\nin_call = {}\n", caps.in_10_min, caps.in_call));
}

fn sentence(out: &mut String, key: &str, sentence: &Sentence) {
    let (zh, en) = (quoted(sentence.zh.text()), quoted(sentence.en.text()));
    put(out, format_args!("{key}.zh = {zh}\n{key}.en = {en}\n"));
}

fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    out.write_fmt(what).expect("a string takes everything");
}

/// A TOML basic string.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            letter if letter.is_control() => put(&mut out, format_args!("\\u{:04X}", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
