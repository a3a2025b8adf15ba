//! The text of a playbook file -> a checked playbook, or one sentence for each fault.

use toml::de::DeTable;

use super::keys::{Fault, NAME_CHARS_MAX, Reader, Table, line_of, of, same};
use super::{Level, Playbook, RULES_MAX, Rule, Sentence, Side, layer};
use crate::conditions::{Condition, nearest};
use crate::hints::budget::{CAPS, Caps, GAP_MS, Limits};
use crate::hints::condition_row::{SCHEMA, places};
use crate::hints::template::Template;
use crate::hints::words::FEELINGS;
use crate::units::Words;

/// The form of the file; another number would be another form.
pub const VERSION: i64 = 1;

/// Longer files are refused unread: 64 rules of ordinary length have 40 KiB.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// A line that is read in a second.
const SAY_CHARS_MAX: usize = 120;
const SOURCE_CHARS_MAX: usize = 400;
const COOL_DOWN_S_MAX: i64 = 3600;
const GAP_S_MAX: i64 = 600;

/// The class that is always there.
const CLIENT: &str = "client";

/// `above` is what a file that extends another one extends.
pub fn read(text: &str, above: impl FnOnce() -> Playbook) -> Result<Playbook, Vec<Fault>> {
    if text.len() > FILE_BYTES_MAX {
        let bytes = text.len();
        let what = Words::new(
            format!("文件有 {bytes} 字节，最多 {FILE_BYTES_MAX}"),
            format!("the file has {bytes} bytes, {FILE_BYTES_MAX} at most"),
        );
        return Err(vec![Fault { line: 1, rule: None, what }]);
    }
    let table = DeTable::parse(text).map_err(|fault| {
        let line = fault.span().map_or(1, |span| line_of(text, span.start));
        let said = fault.message().replace('\n', " ");
        let what = Words::new(format!("这不是 TOML：{said}"), format!("this is not TOML: {said}"));
        vec![Fault { line, rule: None, what }]
    })?;
    let mut reader = Reader { text, faults: Vec::new(), rule: None };
    let playbook = reader.playbook(table.get_ref(), above);
    match playbook {
        Some(playbook) if reader.faults.is_empty() => Ok(playbook),
        _ => {
            reader.faults.sort_by_key(|fault| fault.line);
            Err(reader.faults)
        }
    }
}

fn rules_are_written() -> Words {
    Words::new("规则逐条写成 [[rule]]", "rules are written [[rule]], one after the other")
}

impl Reader<'_> {
    fn playbook(&mut self, table: &Table<'_>, above: impl FnOnce() -> Playbook) -> Option<Playbook> {
        let what = Words::new("规则文件", "the playbook");
        self.known(table, &what, &["version", "name", "extends", "off", "budget", "rule"]);
        let version = self.whole(table, 0, &what, "version", VERSION..=VERSION);
        let name = self.text(table, 0, &what, "name", NAME_CHARS_MAX);
        let above = self.extends(table).then(above);
        let off = self.off(table, above.as_ref());
        let usual = above.as_ref().map(|above| above.limits.clone());
        let limits = self.limits(table, usual);
        let mut rules = self.rules(table, &limits.classes);
        if let Some(above) = above {
            rules = layer::over(&above, &off, &limits, rules);
        }
        if rules.len() > RULES_MAX {
            let at = table.get("rule").map_or(0, |rules| rules.span().start);
            let count = rules.len();
            let what = Words::new(
                format!("有 {count} 条规则，最多 {RULES_MAX} 条"),
                format!("there are {count} rules, {RULES_MAX} at most"),
            );
            self.fault::<()>(at, what);
        }
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
        version?;
        Some(Playbook { name: name?, limits, rules })
    }

    fn extends(&mut self, table: &Table<'_>) -> bool {
        let Some(value) = table.get("extends") else { return false };
        let extends = value.get_ref().as_bool();
        if extends.is_none() {
            let what = Words::new("`extends` 是 true 或 false", "`extends` is true or false");
            self.fault::<()>(value.span().start, what);
        }
        extends.unwrap_or(false)
    }

    /// The rules above that are switched off; `*` is all of them.
    fn off(&mut self, table: &Table<'_>, above: Option<&Playbook>) -> Vec<String> {
        let Some(value) = table.get("off") else { return Vec::new() };
        let at = value.span().start;
        let (Some(above), Some(list)) = (above, value.get_ref().as_array()) else {
            let what = "`off` is a list of rules of the playbook above, which needs `extends = true`";
            let zh = "`off` 是上一层规则的名单，要先写 `extends = true`";
            self.fault::<()>(at, Words::new(zh, what));
            return Vec::new();
        };
        let mut off = Vec::new();
        for item in list {
            let id = item.get_ref().as_str().unwrap_or_default();
            let ids = || above.rules.iter().map(|rule| rule.id.as_str());
            if id != layer::ALL && !ids().any(|known| known == id) {
                let what = Words::new(
                    format!("off：上一层没有规则 `{id}`"),
                    format!("off: the playbook above has no rule `{id}`"),
                );
                self.fault::<()>(item.span().start, what.meant(nearest(id, ids())));
            }
            off.push(id.to_owned());
        }
        off
    }

    /// What is wrong counts as what is usual, so that the rules can be read all the same.
    fn limits(&mut self, table: &Table<'_>, above: Option<Limits>) -> Limits {
        let none = || Limits { gap_ms: GAP_MS, caps: CAPS, classes: vec![(CLIENT.into(), CAPS)] };
        let usual = above.unwrap_or_else(none);
        let Some(budget) = table.get("budget") else { return usual };
        let at = budget.span().start;
        let Some(budget) = budget.get_ref().as_table() else {
            let what = Words::new("`budget` 是一张表：[budget]", "`budget` is a table: [budget]");
            self.fault::<()>(at, what);
            return usual;
        };
        let what = same("budget");
        let gap_s = self.whole(budget, at, &what, "gap_s", (GAP_MS / 1000) as i64..=GAP_S_MAX);
        let caps = self.caps(budget, at, &what, CAPS).unwrap_or(CAPS);
        let mut classes: Vec<(String, Caps)> = Vec::new();
        for (name, value) in budget {
            let (at, name) = (name.span().start, name.get_ref());
            match value.get_ref().as_table() {
                Some(class) => {
                    let what = same(&format!("budget.{name}"));
                    self.known(class, &what, &["in_10_min", "in_call"]);
                    let own = self.caps(class, at, &what, caps).unwrap_or(caps);
                    classes.push((name.to_string(), own));
                }
                None if ["gap_s", "in_10_min", "in_call"].contains(&name.as_ref()) => {}
                None => {
                    let what = Words::new(
                        format!("budget 里没有 `{name}`：可以有 gap_s、in_10_min、in_call 和各类的表"),
                        format!("budget has no `{name}`: it has gap_s, in_10_min, in_call and classes"),
                    );
                    self.fault::<()>(at, what);
                }
            }
        }
        for (name, class) in usual.classes.into_iter().chain([(CLIENT.to_owned(), caps)]) {
            if classes.iter().all(|(known, _)| *known != name) {
                classes.push((name, class.at_most(caps)));
            }
        }
        classes.sort_by(|(one, _), (other, _)| one.cmp(other));
        Limits { gap_ms: gap_s.map_or(GAP_MS, |gap_s| gap_s.unsigned_abs() * 1000), caps, classes }
    }

    fn caps(&mut self, table: &Table<'_>, at: usize, what: &Words, most: Caps) -> Option<Caps> {
        let in_10_min = self.whole(table, at, what, "in_10_min", 0..=most.in_10_min as i64);
        let in_call = self.whole(table, at, what, "in_call", 0..=most.in_call as i64);
        Some(Caps { in_10_min: in_10_min? as usize, in_call: in_call? as usize })
    }

    fn rules(&mut self, table: &Table<'_>, classes: &[(String, Caps)]) -> Vec<Rule> {
        let Some(list) = table.get("rule") else { return Vec::new() };
        let at = list.span().start;
        let Some(list) = list.get_ref().as_array() else {
            self.fault::<()>(at, rules_are_written());
            return Vec::new();
        };
        let mut rules: Vec<Rule> = Vec::new();
        for item in list {
            let at = item.span().start;
            let Some(table) = item.get_ref().as_table() else {
                self.fault::<()>(at, rules_are_written());
                continue;
            };
            let rule = self.rule(table, at, classes);
            self.rule = None;
            let Some(rule) = rule else { continue };
            if rules.iter().any(|other| other.id == rule.id) {
                let id = &rule.id;
                let what = Words::new(
                    format!("上面已经有规则叫 `{id}`"),
                    format!("the id `{id}` is taken by a rule above"),
                );
                self.fault::<()>(at, what);
            }
            rules.push(rule);
        }
        rules
    }

    fn rule(&mut self, table: &Table<'_>, at: usize, classes: &[(String, Caps)]) -> Option<Rule> {
        let id = self.slug(table, at, &Words::new("规则", "a rule"), "id")?;
        self.rule = Some(id.clone());
        let what = Words::new(format!("规则 `{id}`"), format!("rule `{id}`"));
        self.known(table, &what, &KEYS);
        let side =
            self.one_of(table, at, &what, "side", &Side::ALL.map(|side| (side.name().to_owned(), side)));
        let level =
            self.one_of(table, at, &what, "level", &Level::ALL.map(|one| (one.name().to_owned(), one)));
        let names: Vec<_> = classes.iter().enumerate().map(|(n, (name, _))| (name.clone(), n)).collect();
        let class = self.one_of(table, at, &what, "budget", &names);
        let kind = self.slug(table, at, &what, "kind");
        let priority = self.whole(table, at, &what, "priority", 0..=100);
        let cool_down_s = self.whole(table, at, &what, "cool_down_s", 0..=COOL_DOWN_S_MAX);
        let when = self.when(table, at, &what);
        let say = self.sentence(table, at, &what, "say");
        let why = if table.contains_key("why") { Some(self.sentence(table, at, &what, "why")) } else { None };
        let source = self.text(table, at, &what, "source", SOURCE_CHARS_MAX);
        if side == Some(Side::Rep) && why.is_none() {
            let what = Words::new(
                format!("{}：说的是销售自己，却没有写原因：补上 why.zh 和 why.en", what.zh),
                format!("{} is about the rep and gives no reason: add why.zh and why.en", what.en),
            );
            self.fault::<()>(at, what);
        }
        let when = when?;
        Some(Rule {
            side: side?,
            kind: kind?,
            level: level?,
            class: class?,
            priority: priority? as u8,
            cool_down_ms: cool_down_s?.unsigned_abs() * 1000,
            looks_at: places(&when.fields()),
            when,
            say: say?,
            why: why.map_or(Some(None), |why| why.map(Some))?,
            source: source?,
            id,
        })
    }

    fn when(&mut self, table: &Table<'_>, at: usize, what: &Words) -> Option<Condition> {
        let value = self.value(table, at, what, "when")?;
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            return self.fault(at, of(what, "`when` 是引号里的条件", "`when` is a condition in quotes"));
        };
        match Condition::new(text, &SCHEMA) {
            Ok(condition) => Some(condition),
            Err(fault) => {
                let zh = format!(
                    "{}，when，第 {} 行第 {} 列：{}",
                    what.zh, fault.line, fault.column, fault.what.zh
                );
                self.fault(at, Words::new(zh, format!("{}, when, {fault}", what.en)))
            }
        }
    }

    fn sentence(&mut self, table: &Table<'_>, at: usize, what: &Words, key: &str) -> Option<Sentence> {
        let value = self.value(table, at, what, key)?;
        let at = value.span().start;
        let Some(inner) = value.get_ref().as_table() else {
            let what = of(
                what,
                &format!("`{key}` 要写两种语言：{key}.zh 和 {key}.en"),
                &format!("`{key}` is said in both languages: {key}.zh and {key}.en"),
            );
            return self.fault(at, what);
        };
        let what = Words::new(format!("{}，{key}", what.zh), format!("{}, {key}", what.en));
        self.known(inner, &what, &["zh", "en"]);
        let zh = self.template(inner, at, &what, "zh");
        let en = self.template(inner, at, &what, "en");
        Some(Sentence { zh: zh?, en: en? })
    }

    fn template(&mut self, table: &Table<'_>, at: usize, what: &Words, key: &str) -> Option<Template> {
        let text = self.text(table, at, what, key, SAY_CHARS_MAX)?;
        let at = table.get(key).map_or(at, |value| value.span().start);
        let lower = text.to_lowercase();
        if let Some(word) = FEELINGS.iter().find(|word| lower.contains(**word)) {
            let what = Words::new(
                format!("{}.{key} 说的是情绪（`{word}`）：请说听到了什么", what.zh),
                format!("{}.{key} speaks of a feeling (`{word}`): say what was heard", what.en),
            );
            return self.fault(at, what);
        }
        match Template::new(&text, &SCHEMA) {
            Ok(template) => Some(template),
            Err(why) => {
                let what = Words::new(
                    format!("{}.{key}：{}", what.zh, why.zh),
                    format!("{}.{key}: {}", what.en, why.en),
                );
                self.fault(at, what)
            }
        }
    }
}

const KEYS: [&str; 11] =
    ["id", "side", "kind", "level", "budget", "priority", "cool_down_s", "when", "say", "why", "source"];
