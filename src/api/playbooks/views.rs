//! What clients of the API see of playbooks. Views grow; their fields never change meaning.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::calls::coaching::views::HintLevel;
use crate::api::words::WordsView;
use crate::conditions::{Condition, Field, Type, Unit};
use crate::hints::condition_row::SCHEMA;
use crate::hints::playbook::Sentence;
use crate::hints::{Fault, Playbook, Rule};

/// `GET /api/v1/playbook`
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlaybookView {
    pub name: String,
    /// Its canonical text: a file that `undertone rehearse --playbook` takes.
    pub text: String,
    /// The highest priority first.
    pub rules: Vec<RuleView>,
    /// What it is made of, the lowest first; each is over the one before.
    pub layers: Vec<LayerView>,
}

/// One layer of a playbook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LayerView {
    /// `built-in`, `house` or `team`.
    pub layer: &'static str,
    /// The key of its revisions: `default`, `team-3`; null for the built-in one.
    pub key: Option<String>,
    /// The revision in force; null when there is none.
    pub revision: Option<i64>,
    /// Why calls do not follow it, though it is in force; empty when all is well.
    pub problems: Vec<FaultView>,
}

/// One rule of a playbook.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleView {
    pub id: String,
    /// `client` or `rep`.
    pub side: &'static str,
    pub kind: String,
    pub level: HintLevel,
    /// Which class of hints it uses up.
    pub budget: String,
    /// 0 to 100.
    pub priority: u8,
    pub cool_down_s: u64,
    /// Its condition as a sentence.
    pub when: WordsView,
    /// Its condition as it is written.
    pub condition: String,
    /// What the hint says, with `{…}` for values of the call.
    pub say: WordsView,
    /// The reason that it gives besides the client's signals.
    pub why: Option<WordsView>,
    /// Where its numbers come from.
    pub source: String,
    /// The whole rule as it stands in a file.
    pub text: String,
    /// The layer that it is from: `built-in`, `house` or `team`.
    pub from: &'static str,
}

/// Something that is wrong with a playbook file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FaultView {
    /// From 1.
    pub line: usize,
    /// The rule that it is about.
    pub rule: Option<String>,
    pub what: WordsView,
}

/// Whose playbook.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    /// The team; the own one when left out, the house's for who has none.
    pub team: Option<i64>,
}

/// `POST /api/v1/playbook/check`
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaybookDraft {
    /// The file.
    pub text: String,
    /// The team whose it is to be; null for the house's.
    pub team: Option<i64>,
}

/// What a file would be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckedView {
    /// Everything that is wrong, by line. While this is not empty the rest is.
    pub problems: Vec<FaultView>,
    pub name: Option<String>,
    /// All rules that calls would follow, those of the layers above too.
    pub rules: Vec<RuleView>,
    /// Ids of rules that are not in the playbook now in force, that differ from it, that would be gone.
    pub added: Vec<String>,
    pub changed: Vec<String>,
    pub gone: Vec<String>,
}

/// `POST /api/v1/playbook/condition`
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionDraft {
    pub text: String,
}

/// A condition as a sentence, or what is wrong with it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConditionView {
    pub said: Option<WordsView>,
    pub problem: Option<ConditionFaultView>,
}

/// Where a condition is wrong, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConditionFaultView {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    pub what: WordsView,
}

/// `GET /api/v1/playbook/fields`
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldsView {
    pub items: Vec<FieldView>,
}

/// A name that conditions and templates may use.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct FieldView {
    pub name: String,
    /// `bool`, `int`, `double`, `text` or `texts`.
    pub of: &'static str,
    /// `plain`, `share` (0 to 1), `seconds` or `times`.
    pub unit: &'static str,
    pub said: WordsView,
}

/// `POST /api/v1/playbook/dry-run`
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DryRunWish {
    /// The file.
    pub text: String,
    /// The team whose it is to be; null for the house's: then the calls of all teams are tried.
    pub team: Option<i64>,
    /// How far back; 30 when left out, 90 at most.
    pub days: Option<u32>,
}

/// What a playbook would have said to past calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DryRunView {
    /// In a sentence.
    pub said: WordsView,
    pub days: u32,
    /// Calls that were tried, the newest 500 at most.
    pub calls: u32,
    pub hours: f64,
    /// Hints that it would have given.
    pub fired: u32,
    /// Hints that the rules in force would have given to the same calls.
    pub before: u32,
    /// Calls in which it would have given any.
    pub calls_hinted: u32,
    /// Rules that would have spoken, now or before, the most frequent first.
    pub rules: Vec<RuleTallyView>,
}

/// One rule over past calls.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RuleTallyView {
    pub id: String,
    pub fired: u32,
    /// Calls in which it would have spoken.
    pub calls: u32,
    /// The same with the rules in force.
    pub before: u32,
}

impl From<&Fault> for FaultView {
    fn from(fault: &Fault) -> Self {
        Self { line: fault.line, rule: fault.rule.clone(), what: (&fault.what).into() }
    }
}

impl From<&Sentence> for WordsView {
    fn from(sentence: &Sentence) -> Self {
        Self { zh: sentence.zh.text().into(), en: sentence.en.text().into() }
    }
}

/// The rules of a playbook; `below` are the layers that it is made of, the lowest first.
pub fn rules(playbook: &Playbook, below: &[(&'static str, &Playbook)]) -> Vec<RuleView> {
    let view = |rule: &Rule| {
        let text = playbook.canonical_rule(rule);
        let same = |(_, layer): &&(&'static str, &Playbook)| {
            layer.rule(&rule.id).is_some_and(|other| layer.canonical_rule(other) == text)
        };
        RuleView {
            id: rule.id.clone(),
            side: rule.side.name(),
            kind: rule.kind.clone(),
            level: rule.level.into(),
            budget: playbook.limits.classes[rule.class].0.clone(),
            priority: rule.priority,
            cool_down_s: rule.cool_down_ms / 1000,
            when: (&rule.said()).into(),
            condition: rule.when.text().to_owned(),
            say: (&rule.say).into(),
            why: rule.why.as_ref().map(Into::into),
            source: rule.source.clone(),
            from: below.iter().find(same).map_or("draft", |(name, _)| name),
            text,
        }
    };
    playbook.rules.iter().map(view).collect()
}

impl ConditionView {
    pub fn of(text: &str) -> Self {
        match Condition::new(text, &SCHEMA) {
            Ok(condition) => Self { said: Some((&condition.said(&SCHEMA)).into()), problem: None },
            Err(fault) => {
                let problem =
                    ConditionFaultView { line: fault.line, column: fault.column, what: (&fault.what).into() };
                Self { said: None, problem: Some(problem) }
            }
        }
    }
}

impl FieldsView {
    pub fn all() -> Self {
        let view = |field: &Field| FieldView {
            name: field.name.clone(),
            of: match field.of {
                Type::Bool => "bool",
                Type::Int => "int",
                Type::Double => "double",
                Type::Text => "text",
                Type::Texts => "texts",
                Type::Ints => "ints",
                Type::Day => "day",
                Type::Instant => "instant",
            },
            unit: match field.unit {
                Unit::Plain => "plain",
                Unit::Share => "share",
                Unit::Seconds => "seconds",
                Unit::Times => "times",
                Unit::Fen => "fen",
                Unit::Day => "day",
                Unit::Instant => "instant",
            },
            said: (&field.said).into(),
        };
        Self { items: SCHEMA.fields.iter().map(view).collect() }
    }
}
