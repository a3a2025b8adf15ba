use proptest::prelude::*;

use super::*;
use crate::records::pack::distributor;

fn contact(name: &str, phone: &str) -> Vec<String> {
    let table = &distributor().tables["contacts"];
    let values =
        [("name", name), ("phone", phone)].map(|(key, text)| (key.to_owned(), Value::Text(text.to_owned())));
    words(table, &values.into_iter().collect())
}

#[test]
fn a_record_is_found_by_any_part_of_its_words() {
    let found = contact("华东医药 Acme 3号店", "+8613800138000");
    for (text, want) in [
        ("东医", true),
        ("医", true),
        ("华东医药", true),
        ("acm", true),
        ("ＡＣＭＥ", true),
        ("hdyy", true),
        ("dyy", true),
        ("8000", true),
        ("13800138000", true),
        ("138 0013", false),
        ("东药", false),
        ("华东 acme", true),
        ("华东 basf", false),
        ("", false),
        ("!?", false),
    ] {
        assert_eq!(matches(&found, &query(text)), want, "{text}: {found:?}");
    }
}

#[test]
fn an_option_is_found_by_its_label() {
    let clients = &distributor().tables["clients"];
    let values = [("industry".to_owned(), Value::Text("医疗".into()))].into_iter().collect();
    let found = words(clients, &values);
    assert!(matches(&found, &query("health")) && matches(&found, &query("医疗")));
}

proptest! {
    /// Whatever two characters stand together in a name, they find it.
    #[test]
    fn any_part_of_two_characters_finds(name in "[\u{4e00}-\u{4e80}]{2,12}", at in 0usize..11, text: String) {
        let letters: Vec<char> = name.chars().collect();
        let at = at.min(letters.len() - 2);
        let part: String = letters[at..at + 2].iter().collect();
        prop_assert!(matches(&contact(&name, "x"), &query(&part)));
        let _ = (contact(&text, &text), query(&text));
    }
}
