//! A place in a JSON body -> its checked value, or faults with the path.

use serde_json::{Map, Value as Json};

use crate::conditions::nearest;
use crate::records::fault::{Code, Fault};
use crate::units::Words;

pub const KEY_CHARS_MAX: usize = 40;

/// A key of a table, a field, a view: `[a-z][a-z0-9_]*`.
pub fn is_key(text: &str) -> bool {
    text.len() <= KEY_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Collects faults, so that all are told at once.
#[derive(Debug, Default)]
pub struct Reader {
    pub faults: Vec<Fault>,
}

pub fn same(text: &str) -> Words {
    Words::new(text, text)
}

impl Reader {
    pub fn fault<T>(&mut self, path: &str, code: Code, said: Words) -> Option<T> {
        self.faults.push(Fault { at: path.to_owned(), code, said });
        None
    }

    /// The value is not what is expected there.
    pub fn wrong<T>(&mut self, path: &str, value: &Json, zh: &str, en: &str) -> Option<T> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let shown: String = value.to_string().chars().take(40).collect();
        let said = Words::new(
            format!("`{name}` 是 {shown}，应为{zh}"),
            format!("`{name}` is {shown}, but must be {en}"),
        );
        self.fault(path, Code::BadDefinition, said)
    }

    /// An object with no other keys than those.
    pub fn object<'a>(
        &mut self,
        path: &str,
        value: &'a Json,
        keys: &[&str],
    ) -> Option<&'a Map<String, Json>> {
        let Some(map) = value.as_object() else {
            return self.wrong(path, value, "一个对象 {…}", "an object {…}");
        };
        for key in map.keys().filter(|key| !keys.contains(&key.as_str())) {
            let shown: String = key.chars().take(40).collect();
            let said = Words::new(format!("没有 `{shown}` 这一项"), format!("`{shown}` is not known here"));
            let step = shown.replace('~', "~0").replace('/', "~1");
            let near = nearest(key, keys.iter().copied());
            self.fault::<()>(&format!("{path}/{step}"), Code::BadDefinition, said.meant(near));
        }
        Some(map)
    }

    pub fn list<'a>(&mut self, path: &str, value: &'a Json, most: usize) -> Option<&'a Vec<Json>> {
        match value.as_array() {
            Some(list) if list.len() <= most => Some(list),
            Some(list) => {
                let count = list.len();
                let said = Words::new(
                    format!("有 {count} 项，最多 {most} 项"),
                    format!("there are {count}, {most} at most"),
                );
                self.fault(path, Code::TooMany, said)
            }
            None => self.wrong(path, value, "列表 […]", "a list […]"),
        }
    }

    pub fn needed<'a>(&mut self, path: &str, map: &'a Map<String, Json>, key: &str) -> Option<&'a Json> {
        let found = map.get(key);
        if found.is_none() {
            let said = Words::new(format!("缺少 `{key}`"), format!("`{key}` is missing"));
            self.fault::<()>(&format!("{path}/{key}"), Code::Required, said);
        }
        found
    }

    /// One line of text of 1 to `most` characters.
    pub fn line(&mut self, path: &str, value: &Json, most: usize) -> Option<String> {
        match value.as_str() {
            Some(text)
                if !text.trim().is_empty()
                    && text.chars().count() <= most
                    && !text.chars().any(char::is_control) =>
            {
                Some(text.to_owned())
            }
            _ => self.wrong(
                path,
                value,
                &format!("1 到 {most} 个字的一行文字"),
                &format!("one line of 1 to {most} characters"),
            ),
        }
    }

    /// A text, or one in each language.
    pub fn words(&mut self, path: &str, value: &Json, most: usize) -> Option<Words> {
        if value.is_string() {
            return self.line(path, value, most).map(|text| same(&text));
        }
        let map = self.object(path, value, &["zh", "en"])?;
        let (zh, en) = (self.needed(path, map, "zh"), self.needed(path, map, "en"));
        let zh = self.line(&format!("{path}/zh"), zh?, most);
        let en = self.line(&format!("{path}/en"), en?, most);
        Some(Words { zh: zh?, en: en? })
    }

    pub fn key(&mut self, path: &str, value: &Json) -> Option<String> {
        match value.as_str() {
            Some(text) if is_key(text) => Some(text.to_owned()),
            _ => self.wrong(
                path,
                value,
                "小写字母开头、只有 a-z、0-9 和 _ 的名字，最多 40 个字符",
                "a name of a-z, 0-9 and _ that begins with a letter, 40 characters at most",
            ),
        }
    }

    /// False where it is not there.
    pub fn flag(&mut self, path: &str, map: &Map<String, Json>, key: &str) -> bool {
        match map.get(key) {
            None => false,
            Some(Json::Bool(flag)) => *flag,
            Some(other) => self
                .wrong(&format!("{path}/{key}"), other, " true 或 false", "true or false")
                .unwrap_or(false),
        }
    }

    pub fn one_of<T: Copy>(&mut self, path: &str, value: &Json, all: &[(&str, T)]) -> Option<T> {
        if let Some((_, found)) = all.iter().find(|(name, _)| value.as_str() == Some(name)) {
            return Some(*found);
        }
        let names: Vec<_> = all.iter().map(|(name, _)| *name).collect();
        let near = value.as_str().and_then(|text| nearest(text, names.iter().copied()));
        let shown: String = value.to_string().chars().take(40).collect();
        let said = Words::new(
            format!("{shown} 不行，应为 {} 之一", names.join("、")),
            format!("{shown} must be one of {}", names.join(", ")),
        );
        self.fault(path, Code::BadDefinition, said.meant(near))
    }

    /// Some lines of text, none where it is not there.
    pub fn lines(&mut self, path: &str, map: &Map<String, Json>, key: &str, most: usize) -> Vec<String> {
        let path = format!("{path}/{key}");
        let Some(list) = map.get(key).and_then(|value| self.list(&path, value, most)) else {
            return Vec::new();
        };
        let read = |(at, item): (usize, &Json)| self.line(&format!("{path}/{at}"), item, 200);
        list.iter().enumerate().filter_map(read).collect()
    }

    /// A line that may be missing.
    pub fn optional(
        &mut self,
        path: &str,
        map: &Map<String, Json>,
        key: &str,
        most: usize,
    ) -> Option<String> {
        map.get(key).and_then(|value| self.line(&format!("{path}/{key}"), value, most))
    }

    pub fn done<T>(self, found: Option<T>) -> Result<T, Vec<Fault>> {
        match found {
            Some(found) if self.faults.is_empty() => Ok(found),
            _ => Err(self.faults),
        }
    }
}

/// A label as it is written: one text where both languages have the same.
pub fn label(words: &Words) -> Json {
    if words.zh == words.en {
        words.zh.as_str().into()
    } else {
        serde_json::json!({ "zh": words.zh, "en": words.en })
    }
}
