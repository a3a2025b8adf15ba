//! Everything that people configure, as revisions: what a body is in canonical form, and how two of them differ.

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Bodies are read by people; a longer one is a mistake.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// One state of something that is configured. Revisions are never changed; going back makes a new one.
#[derive(Debug, Clone, PartialEq)]
pub struct Revision {
    pub id: i64,
    /// What is configured, `playbook` for example.
    pub kind: String,
    /// Which one of its kind; `default` where there is only one.
    pub key: String,
    /// The revision that it was made from.
    pub parent: Option<i64>,
    /// Canonical JSON.
    pub body: String,
    pub author: String,
    /// Why, in the author's words.
    pub note: String,
    pub at_ms: i64,
}

/// JSON as one text for one meaning: keys in order, no white space. Equal values have equal texts.
pub fn canonical(body: &Value) -> String {
    // The map behind an object keeps its keys sorted.
    body.to_string()
}

/// The hash of a canonical body, in hexadecimal digits.
pub fn content_hash(body: &str) -> String {
    Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One place where two bodies differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// A JSON pointer (RFC 6901).
    pub path: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// All places where two bodies differ, in the order of their paths. Lists that differ in length are told item by item.
pub fn differences(before: &Value, after: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare(String::new(), Some(before), Some(after), &mut found);
    found
}

fn compare(path: String, before: Option<&Value>, after: Option<&Value>, found: &mut Vec<Difference>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Some(Value::Object(one)), Some(Value::Object(other))) => {
            let mut keys: Vec<_> = one.keys().chain(other.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let step = key.replace('~', "~0").replace('/', "~1");
                compare(format!("{path}/{step}"), one.get(key), other.get(key), found);
            }
        }
        (Some(Value::Array(one)), Some(Value::Array(other))) => {
            for at in 0..one.len().max(other.len()) {
                compare(format!("{path}/{at}"), one.get(at), other.get(at), found);
            }
        }
        (before, after) => {
            found.push(Difference { path, before: before.cloned(), after: after.cloned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let read = |text: &str| canonical(&serde_json::from_str(text).unwrap());
        assert_eq!(read(r#"{"b": [1, 2], "a": null}"#), r#"{"a":null,"b":[1,2]}"#);
        assert_eq!(content_hash(&read(r#"{"a":1,"b":2}"#)), content_hash(&read(r#"{"b":2,"a":1}"#)));
    }

    #[test]
    fn differences_say_where() {
        let before = json!({ "rules": [{ "id": "a", "gap_s": 45 }], "a/b": 1, "gone": true });
        let after = json!({ "rules": [{ "id": "a", "gap_s": 60 }, { "id": "b" }], "a/b": 2 });
        let paths: Vec<_> = differences(&before, &after).into_iter().map(|found| found.path).collect();
        assert_eq!(paths, ["/a~1b", "/gone", "/rules/0/gap_s", "/rules/1"]);
        assert_eq!(differences(&after, &after), []);
    }

    fn bodies() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z/~]{0,4}".prop_map(Value::from)
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::hash_map("[a-z/~]{1,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// What a difference says is what stands there.
        #[test]
        fn differences_point_to_what_they_say(before in bodies(), after in bodies()) {
            for found in differences(&before, &after) {
                prop_assert_eq!(before.pointer(&found.path), found.before.as_ref());
                prop_assert_eq!(after.pointer(&found.path), found.after.as_ref());
                prop_assert_ne!(found.before, found.after);
            }
        }

        #[test]
        fn equal_bodies_have_no_difference_and_one_text(body in bodies()) {
            let again: Value = serde_json::from_str(&canonical(&body)).unwrap();
            prop_assert!(differences(&body, &again).is_empty());
            prop_assert_eq!(canonical(&body), canonical(&again));
        }
    }
}
