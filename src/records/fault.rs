//! What is wrong with a field or a place in a definition: a stable code, and one sentence in each language.
//!
//! All sentences about values stand in [`Code::sentence`]; a new code is one more line there. Clients branch on the
//! code, people read the sentence.

use crate::units::Words;

/// Values are shown up to so many characters.
const SHOWN_CHARS_MAX: usize = 40;

/// What kind of fault it is; the names never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    Required,
    BadValue,
    UnknownOption,
    RetiredOption,
    TooLong,
    TooMany,
    Overflow,
    UnknownField,
    ReadOnly,
    Computed,
    Hidden,
    Duplicate,
    MissingLink,
    /// Several records or people have that name.
    AmbiguousLink,
    Conflict,
    /// A definition: not a key, not a shape, or a key that is not known.
    BadDefinition,
    /// A definition names what is not there.
    UnknownName,
    Cycle,
    BadCondition,
    /// It does not follow from what is there.
    IllegalStep,
}

impl Code {
    pub const ALL: [Self; 20] = [
        Self::Required,
        Self::BadValue,
        Self::UnknownOption,
        Self::RetiredOption,
        Self::TooLong,
        Self::TooMany,
        Self::Overflow,
        Self::UnknownField,
        Self::ReadOnly,
        Self::Computed,
        Self::Hidden,
        Self::Duplicate,
        Self::MissingLink,
        Self::AmbiguousLink,
        Self::Conflict,
        Self::BadDefinition,
        Self::UnknownName,
        Self::Cycle,
        Self::BadCondition,
        Self::IllegalStep,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::BadValue => "bad_value",
            Self::UnknownOption => "unknown_option",
            Self::RetiredOption => "retired_option",
            Self::TooLong => "too_long",
            Self::TooMany => "too_many",
            Self::Overflow => "overflow",
            Self::UnknownField => "unknown_field",
            Self::ReadOnly => "read_only",
            Self::Computed => "computed",
            Self::Hidden => "hidden",
            Self::Duplicate => "duplicate",
            Self::MissingLink => "missing_link",
            Self::AmbiguousLink => "ambiguous_link",
            Self::Conflict => "conflict",
            Self::BadDefinition => "bad_definition",
            Self::UnknownName => "unknown_name",
            Self::Cycle => "cycle",
            Self::BadCondition => "bad_condition",
            Self::IllegalStep => "illegal_step",
        }
    }

    /// The sentence about a field with that label: its value, the rule, the mend. `rule` says what is expected.
    pub fn sentence(self, label: &Words, value: &str, rule: &Words) -> Words {
        let (zh, en) = match self {
            Self::Required => ("{label}必填：请填写", "{label} is required: fill it in"),
            Self::BadValue => {
                ("{label}不能是“{value}”：应为{rule}", "{label} cannot be `{value}`: {rule} is expected")
            }
            Self::UnknownOption => {
                ("{label}没有选项“{value}”：{rule}", "{label} has no option `{value}`: {rule}")
            }
            Self::RetiredOption => (
                "{label}的选项“{value}”已停用：请选别的",
                "the option `{value}` of {label} is retired: choose another",
            ),
            Self::TooLong => {
                ("{label}太长（{value}）：最多{rule}", "{label} is too long ({value}): {rule} at most")
            }
            Self::TooMany => {
                ("{label}太多（{value}）：最多{rule}", "{label} has too many ({value}): {rule} at most")
            }
            Self::Overflow => (
                "{label}的数“{value}”太大：应在{rule}之内",
                "{label} is `{value}`, which is too large: {rule} is expected",
            ),
            Self::UnknownField => {
                ("没有字段 `{value}`：请看本表的字段", "there is no field `{value}`: see the table's fields")
            }
            Self::ReadOnly => (
                "{label}对您只读：请找能改的人",
                "{label} is read-only for you: ask somebody who may change it",
            ),
            Self::Computed => ("{label}由系统算出：请不要填写", "{label} is computed: leave it out"),
            Self::Hidden => {
                ("没有字段 `{value}`：请看本表的字段", "there is no field `{value}`: see the table's fields")
            }
            Self::Duplicate => (
                "{label}“{value}”已有记录使用：请换一个",
                "another record has `{value}` as its {label} already: take another",
            ),
            Self::MissingLink => (
                "{label}指向的“{value}”不存在或看不到：请重新选择",
                "{label} names `{value}`, which does not exist or is out of reach: choose again",
            ),
            Self::AmbiguousLink => (
                "{label}“{value}”有好几个：请选定一个",
                "several go by `{value}`, named in {label}: choose one",
            ),
            Self::Conflict => (
                "{label}刚被别人改成“{value}”：请看过再存",
                "{label} was changed to `{value}` meanwhile: look at it and save again",
            ),
            Self::BadDefinition
            | Self::UnknownName
            | Self::Cycle
            | Self::BadCondition
            | Self::IllegalStep => ("{rule}", "{rule}"),
        };
        let shown: String = value.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS_MAX).collect();
        let fill = |text: &str, label: &str, rule: &str| fill(text, label, &shown, rule);
        Words::new(fill(zh, &label.zh, &rule.zh), fill(en, &label.en, &rule.en))
    }
}

/// Puts the parts in, each once: what a value contains is never taken for a place.
fn fill(text: &str, label: &str, value: &str, rule: &str) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        filled.push_str(match name {
            "label" => label,
            "value" => value,
            _ => rule,
        });
        rest = after;
    }
    filled + rest
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {}", said.en)]
pub struct Fault {
    /// A field's key, or a JSON pointer into a definition.
    pub at: String,
    pub code: Code,
    pub said: Words,
}

impl Fault {
    /// About a value of the field `key`, which people call `label`.
    pub fn of(key: &str, label: &Words, code: Code, value: &str, rule: &Words) -> Self {
        Self { at: key.to_owned(), code, said: code.sentence(label, value, rule) }
    }

    /// About a key that no field has, with the nearest one.
    pub fn unknown_field(key: &str, near: Option<&str>) -> Self {
        let said = Code::UnknownField.sentence(&Words::default(), key, &Words::default()).meant(near);
        Self { at: key.chars().take(SHOWN_CHARS_MAX).collect(), code: Code::UnknownField, said }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_and_a_sentence_that_braces_cannot_disturb() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        let said = Code::BadValue.sentence(
            &Words::new("金额", "amount"),
            "{rule}\n{label}",
            &Words::new("数", "a number"),
        );
        assert_eq!(said.en, "amount cannot be `{rule}{label}`: a number is expected");
        assert_eq!(said.zh, "金额不能是“{rule}{label}”：应为数");
    }
}
