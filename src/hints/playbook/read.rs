//! The text of a playbook file -> a checked playbook, or one sentence for each fault.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Level, Playbook, RULES_MAX, Rule, Sentence, Side, layer};
use crate::conditions::{Condition, nearest};
use crate::hints::budget::{CAPS, Caps, GAP_MS, Limits};
use crate::hints::sheet::{SCHEMA, places};
use crate::hints::template::Template;
use crate::hints::words::FEELINGS;

/// The form of the file; another number would be another form.
pub const VERSION: i64 = 1;

/// Longer files are refused unread: 64 rules of ordinary length have 40 KiB.
const FILE_BYTES_MAX: usize = 256 * 1024;

/// A line that is read in a second.
const SAY_CHARS_MAX: usize = 120;
const NAME_CHARS_MAX: usize = 64;
const SOURCE_CHARS_MAX: usize = 400;
const COOL_DOWN_S_MAX: i64 = 3600;
const GAP_S_MAX: i64 = 600;

/// The class that is always there.
const CLIENT: &str = "client";

/// Something that is wrong with a playbook file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what}")]
pub struct Fault {
    /// From 1.
    pub line: usize,
    /// The id of the rule that it is about.
    pub rule: Option<String>,
    pub what: String,
}

type Value<'a> = Spanned<DeValue<'a>>;
type Table<'a> = DeTable<'a>;

/// `above` is what a file that extends another one extends.
pub fn read(text: &str, above: impl FnOnce() -> Playbook) -> Result<Playbook, Vec<Fault>> {
    if text.len() > FILE_BYTES_MAX {
        let what = format!("the file has {} bytes, {FILE_BYTES_MAX} at most", text.len());
        return Err(vec![Fault { line: 1, rule: None, what }]);
    }
    let table = DeTable::parse(text).map_err(|fault| {
        let line = fault.span().map_or(1, |span| line_of(text, span.start));
        let what = format!("this is not TOML: {}", fault.message().replace('\n', " "));
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

fn line_of(text: &str, at: usize) -> usize {
    text[..text.floor_char_boundary(at)].matches('\n').count() + 1
}

/// Collects faults, so that all are told at once.
struct Reader<'a> {
    text: &'a str,
    faults: Vec<Fault>,
    /// The rule that is being read.
    rule: Option<String>,
}

impl Reader<'_> {
    fn fault<T>(&mut self, at: usize, what: String) -> Option<T> {
        self.faults.push(Fault { line: line_of(self.text, at), rule: self.rule.clone(), what });
        None
    }

    fn playbook(&mut self, table: &Table<'_>, above: impl FnOnce() -> Playbook) -> Option<Playbook> {
        self.known(table, "the playbook", &["version", "name", "extends", "off", "budget", "rule"]);
        let version = self.whole(table, 0, "the playbook", "version", VERSION..=VERSION);
        let name = self.text(table, 0, "the playbook", "name", NAME_CHARS_MAX);
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
            self.fault::<()>(at, format!("there are {} rules, {RULES_MAX} at most", rules.len()));
        }
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
        version?;
        Some(Playbook { name: name?, limits, rules })
    }

    fn extends(&mut self, table: &Table<'_>) -> bool {
        let Some(value) = table.get("extends") else { return false };
        let extends = value.get_ref().as_bool();
        if extends.is_none() {
            self.fault::<()>(value.span().start, "`extends` is true or false".into());
        }
        extends.unwrap_or(false)
    }

    /// The rules above that are switched off; `*` is all of them.
    fn off(&mut self, table: &Table<'_>, above: Option<&Playbook>) -> Vec<String> {
        let Some(value) = table.get("off") else { return Vec::new() };
        let at = value.span().start;
        let (Some(above), Some(list)) = (above, value.get_ref().as_array()) else {
            let what = "`off` is a list of rules of the playbook above, which needs `extends = true`";
            self.fault::<()>(at, what.into());
            return Vec::new();
        };
        let mut off = Vec::new();
        for item in list {
            let id = item.get_ref().as_str().unwrap_or_default();
            let ids = || above.rules.iter().map(|rule| rule.id.as_str());
            if id != layer::ALL && !ids().any(|known| known == id) {
                let meant = nearest(id, ids()).map(|near| format!("; did you mean `{near}`?"));
                let what = format!("off: the playbook above has no rule `{id}`{}", meant.unwrap_or_default());
                self.fault::<()>(item.span().start, what);
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
            self.fault::<()>(at, "`budget` is a table: [budget]".into());
            return usual;
        };
        let gap_s = self.whole(budget, at, "budget", "gap_s", (GAP_MS / 1000) as i64..=GAP_S_MAX);
        let caps = self.caps(budget, at, "budget", CAPS).unwrap_or(CAPS);
        let mut classes: Vec<(String, Caps)> = Vec::new();
        for (name, value) in budget {
            let (at, name) = (name.span().start, name.get_ref());
            match value.get_ref().as_table() {
                Some(class) => {
                    let what = format!("budget.{name}");
                    self.known(class, &what, &["in_10_min", "in_call"]);
                    let own = self.caps(class, at, &what, caps).unwrap_or(caps);
                    classes.push((name.to_string(), own));
                }
                None if ["gap_s", "in_10_min", "in_call"].contains(&name.as_ref()) => {}
                None => {
                    let what =
                        format!("budget has no `{name}`: it has gap_s, in_10_min, in_call and classes");
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

    fn caps(&mut self, table: &Table<'_>, at: usize, what: &str, most: Caps) -> Option<Caps> {
        let in_10_min = self.whole(table, at, what, "in_10_min", 0..=most.in_10_min as i64);
        let in_call = self.whole(table, at, what, "in_call", 0..=most.in_call as i64);
        Some(Caps { in_10_min: in_10_min? as usize, in_call: in_call? as usize })
    }

    fn rules(&mut self, table: &Table<'_>, classes: &[(String, Caps)]) -> Vec<Rule> {
        let Some(list) = table.get("rule") else { return Vec::new() };
        let at = list.span().start;
        let Some(list) = list.get_ref().as_array() else {
            self.fault::<()>(at, "rules are written [[rule]], one after the other".into());
            return Vec::new();
        };
        let mut rules: Vec<Rule> = Vec::new();
        for item in list {
            let at = item.span().start;
            let Some(table) = item.get_ref().as_table() else {
                self.fault::<()>(at, "rules are written [[rule]], one after the other".into());
                continue;
            };
            let rule = self.rule(table, at, classes);
            self.rule = None;
            let Some(rule) = rule else { continue };
            if rules.iter().any(|other| other.id == rule.id) {
                self.fault::<()>(at, format!("the id `{}` is taken by a rule above", rule.id));
            }
            rules.push(rule);
        }
        rules
    }

    fn rule(&mut self, table: &Table<'_>, at: usize, classes: &[(String, Caps)]) -> Option<Rule> {
        let id = self.slug(table, at, "a rule", "id")?;
        self.rule = Some(id.clone());
        let what = format!("rule `{id}`");
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
            self.fault::<()>(
                at,
                format!("{what} is about the rep and gives no reason: add why.zh and why.en"),
            );
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

    fn when(&mut self, table: &Table<'_>, at: usize, what: &str) -> Option<Condition> {
        let value = self.value(table, at, what, "when")?;
        let at = value.span().start;
        let Some(text) = value.get_ref().as_str() else {
            return self.fault(at, format!("{what}: `when` is a condition in quotes"));
        };
        match Condition::new(text, &SCHEMA) {
            Ok(condition) => Some(condition),
            Err(fault) => self.fault(at, format!("{what}, when, {fault}")),
        }
    }

    fn sentence(&mut self, table: &Table<'_>, at: usize, what: &str, key: &str) -> Option<Sentence> {
        let value = self.value(table, at, what, key)?;
        let at = value.span().start;
        let Some(inner) = value.get_ref().as_table() else {
            return self
                .fault(at, format!("{what}: `{key}` is said in both languages: {key}.zh and {key}.en"));
        };
        let what = format!("{what}, {key}");
        self.known(inner, &what, &["zh", "en"]);
        let zh = self.template(inner, at, &what, "zh");
        let en = self.template(inner, at, &what, "en");
        Some(Sentence { zh: zh?, en: en? })
    }

    fn template(&mut self, table: &Table<'_>, at: usize, what: &str, key: &str) -> Option<Template> {
        let text = self.text(table, at, what, key, SAY_CHARS_MAX)?;
        let at = table.get(key).map_or(at, |value| value.span().start);
        let lower = text.to_lowercase();
        if let Some(word) = FEELINGS.iter().find(|word| lower.contains(**word)) {
            return self
                .fault(at, format!("{what}.{key} speaks of a feeling (`{word}`): say what was heard"));
        }
        Template::new(&text, &SCHEMA).map_or_else(|why| self.fault(at, format!("{what}.{key}: {why}")), Some)
    }

    fn known(&mut self, table: &Table<'_>, what: &str, keys: &[&str]) {
        for (key, _) in table.iter().filter(|(key, _)| !keys.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref();
            let meant = nearest(name, keys.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            let what = format!("{what} has no `{name}`{}", meant.unwrap_or_default());
            self.fault::<()>(key.span().start, what);
        }
    }

    fn value<'t>(&mut self, table: &'t Table<'_>, at: usize, what: &str, key: &str) -> Option<&'t Value<'t>> {
        let value = table.get(key);
        if value.is_none() {
            self.fault::<()>(at, format!("{what} needs `{key}`"));
        }
        value
    }

    fn text(
        &mut self,
        table: &Table<'_>,
        at: usize,
        what: &str,
        key: &str,
        chars_max: usize,
    ) -> Option<String> {
        let value = self.value(table, at, what, key)?;
        let at = value.span().start;
        let text = value.get_ref().as_str().unwrap_or_default();
        let chars = text.chars().count();
        if text.trim().is_empty() || text.contains('\n') || chars > chars_max {
            return self.fault(at, format!("{what}: `{key}` is one line of 1 to {chars_max} characters"));
        }
        Some(text.to_owned())
    }

    fn slug(&mut self, table: &Table<'_>, at: usize, what: &str, key: &str) -> Option<String> {
        let text = self.text(table, at, what, key, NAME_CHARS_MAX)?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
        if !text.chars().all(fits) {
            return self.fault(at, format!("{what}: `{key}` is `{text}`, but has only a-z, 0-9, - and _"));
        }
        Some(text)
    }

    fn whole(
        &mut self,
        table: &Table<'_>,
        at: usize,
        what: &str,
        key: &str,
        range: std::ops::RangeInclusive<i64>,
    ) -> Option<i64> {
        let value = self.value(table, at, what, key)?;
        let number = value.get_ref().as_integer().and_then(|number| number.as_str().parse().ok());
        match number.filter(|number| range.contains(number)) {
            Some(number) => Some(number),
            None => {
                let (at, from, to) = (value.span().start, range.start(), range.end());
                let shown = self.text[value.span()].chars().take(40).collect::<String>();
                let rule = if from == to {
                    format!("{from}")
                } else {
                    format!("a whole number from {from} to {to}")
                };
                self.fault(at, format!("{what}: `{key}` is {shown}, but must be {rule}"))
            }
        }
    }

    fn one_of<T: Clone>(
        &mut self,
        table: &Table<'_>,
        at: usize,
        what: &str,
        key: &str,
        all: &[(String, T)],
    ) -> Option<T> {
        let value = self.value(table, at, what, key)?;
        let text = value.get_ref().as_str().unwrap_or_default();
        if let Some((_, found)) = all.iter().find(|(name, _)| name == text) {
            return Some(found.clone());
        }
        let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
        let shown = self.text[value.span()].chars().take(40).collect::<String>();
        self.fault(
            value.span().start,
            format!("{what}: `{key}` is {shown}, but must be {}", names.join(" or ")),
        )
    }
}

const KEYS: [&str; 11] =
    ["id", "side", "kind", "level", "budget", "priority", "cool_down_s", "when", "say", "why", "source"];
