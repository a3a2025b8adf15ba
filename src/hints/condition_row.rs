//! The signals of a call and its context -> the row that the playbook's conditions are held against.

use std::sync::LazyLock;

use super::context::Context;
use super::snapshot::Snapshot;
use crate::conditions::{Field, Row, Schema, Type, Unit, Value};
use crate::units::Words;

/// A set of places in the row.
pub type Places = u64;

const RESERVE: usize = 0;
const RESERVE_5S: usize = 1;
const GUARDED: usize = 2;
const GUARDED_5S: usize = 3;
const SIGNS: usize = 4;
pub const HESITATES: usize = 5;
const HESITATIONS: usize = 6;
const TALK_SHARE: usize = 7;
const HELD_S: usize = 8;
const INTERRUPTIONS: usize = 9;
const REPLY_S: usize = 10;
const PACE: usize = 11;
const ELAPSED_S: usize = 12;
const INDUSTRY: usize = 13;
const STAGE: usize = 14;
const OPEN_ITEMS: usize = 15;
const LAST_OBJECTIONS: usize = 16;
const VISITING: usize = 17;
const AGENDA: usize = 18;
const HESITATIONS_BEFORE: usize = 19;

/// What a playbook may name.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(|| {
    let field = |&(name, of, unit, zh, en): &(&str, Type, Unit, &str, &str)| Field {
        name: name.into(),
        of,
        unit,
        said: Words::new(zh, en),
    };
    Schema { fields: FIELDS.iter().map(field).collect() }
});

const FIELDS: [(&str, Type, Unit, &str, &str); 20] = [
    ("client.reserve", Type::Double, Unit::Share, "保留度", "reserve"),
    ("client.reserve_5s", Type::Double, Unit::Share, "近 5 秒的保留度", "reserve held for 5 s"),
    ("client.guarded", Type::Double, Unit::Share, "此刻有所保留的可能", "chance of reserve now"),
    (
        "client.guarded_5s",
        Type::Double,
        Unit::Share,
        "近 5 秒有所保留的可能",
        "chance of reserve held for 5 s",
    ),
    ("client.signs", Type::Int, Unit::Plain, "有变化的方面", "families that changed"),
    ("client.hesitates", Type::Bool, Unit::Plain, "刚才的回应有迟疑", "the last answer hesitated"),
    ("client.hesitations", Type::Int, Unit::Plain, "本次沟通的迟疑次数", "hesitations in this call"),
    ("rep.talk_share", Type::Double, Unit::Share, "近 3 分钟您的发言占比", "your share of speech in 3 min"),
    ("rep.held_s", Type::Int, Unit::Seconds, "您已连续讲", "you have held the floor for"),
    ("rep.interruptions", Type::Int, Unit::Plain, "近 3 分钟的抢话次数", "early starts in 3 min"),
    (
        "rep.reply_after_objection_s",
        Type::Double,
        Unit::Seconds,
        "迟疑后接话的间隔",
        "reply after a hesitation",
    ),
    ("rep.pace", Type::Double, Unit::Times, "迟疑后的语速比之前", "pace after a hesitation"),
    ("call.elapsed_s", Type::Int, Unit::Seconds, "沟通已进行", "the call has lasted"),
    ("client.industry", Type::Text, Unit::Plain, "客户行业", "the client's industry"),
    ("client.stage", Type::Text, Unit::Plain, "客户阶段", "the client's stage"),
    ("client.open_items", Type::Int, Unit::Plain, "未关闭事项", "open items"),
    ("client.last_objections", Type::Texts, Unit::Plain, "上次的顾虑", "the last objections"),
    ("visit.in_progress", Type::Bool, Unit::Plain, "正在拜访", "a visit is in progress"),
    ("call.agenda", Type::Texts, Unit::Plain, "本次议程", "the agenda"),
    (
        "client.hesitations_before",
        Type::Int,
        Unit::Plain,
        "之前沟通的迟疑次数",
        "hesitations in earlier calls",
    ),
];

/// The places that the words of the client's last answer stand for.
pub fn places(of: &[usize]) -> Places {
    of.iter().fold(0, |places, place| places | 1 << place)
}

/// The row of one call, and which places changed since it was last asked.
#[derive(Debug, Clone)]
pub struct ConditionRow {
    row: Row,
    changed: Places,
}

impl Default for ConditionRow {
    fn default() -> Self {
        Self { row: Row::new(&SCHEMA), changed: Places::MAX }
    }
}

impl ConditionRow {
    pub fn row(&self) -> &Row {
        &self.row
    }

    /// The places that changed since the last time.
    pub fn take_changed(&mut self) -> Places {
        std::mem::take(&mut self.changed)
    }

    /// Takes what people know of the call.
    pub fn know(&mut self, context: &Context) {
        let texts = |texts: &Option<Vec<String>>| {
            texts.as_ref().map(|texts| Value::texts(texts.iter().map(String::as_str))).into()
        };
        self.put(INDUSTRY, context.industry.as_deref().map(Value::text).into());
        self.put(STAGE, context.stage.as_deref().map(Value::text).into());
        self.put(OPEN_ITEMS, context.open_items.map(i64::from).into());
        self.put(LAST_OBJECTIONS, texts(&context.last_objections));
        self.put(VISITING, context.visiting.into());
        self.put(AGENDA, texts(&context.agenda));
        self.put(HESITATIONS_BEFORE, context.hesitations_before.map(i64::from).into());
    }

    /// Takes how the signals stand; `hesitates` is a hesitation that no hint spoke of.
    pub fn see(&mut self, now_ms: u64, snapshot: &Snapshot, hesitates: bool) {
        let seconds = |ms: u64| (ms / 1000) as i64;
        self.put(RESERVE, snapshot.reserve.into());
        self.put(RESERVE_5S, snapshot.held.map(|held| held.share).into());
        self.put(GUARDED, snapshot.guarded.into());
        self.put(GUARDED_5S, snapshot.held.map(|held| held.guarded).into());
        self.put(SIGNS, i64::from(snapshot.signs).into());
        self.put(HESITATES, hesitates.into());
        self.put(HESITATIONS, i64::from(snapshot.objections).into());
        self.put(TALK_SHARE, snapshot.talk_share.into());
        let held = snapshot.held_since_ms.map(|since_ms| seconds(now_ms.saturating_sub(since_ms)));
        self.put(HELD_S, held.into());
        self.put(INTERRUPTIONS, i64::from(snapshot.interruptions).into());
        self.put(REPLY_S, snapshot.reply_ms.map(|ms| ms as f64 / 1000.0).into());
        self.put(PACE, snapshot.pace.into());
        self.put(ELAPSED_S, seconds(now_ms).into());
    }

    fn put(&mut self, place: usize, value: Value) {
        if self.row.set(&SCHEMA, place, value) {
            self.changed |= 1 << place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_has_the_field_that_it_says() {
        for (place, name) in [
            (GUARDED_5S, "client.guarded_5s"),
            (HESITATES, "client.hesitates"),
            (PACE, "rep.pace"),
            (ELAPSED_S, "call.elapsed_s"),
            (LAST_OBJECTIONS, "client.last_objections"),
            (AGENDA, "call.agenda"),
            (HESITATIONS_BEFORE, "client.hesitations_before"),
        ] {
            assert_eq!(SCHEMA.place(name), Some(place));
        }
        assert!(SCHEMA.fields.len() <= Places::BITS as usize);
    }

    #[test]
    fn only_what_changed_is_looked_at_again() {
        let mut condition_row = ConditionRow::default();
        assert_eq!(condition_row.take_changed(), Places::MAX);
        condition_row.see(1000, &Snapshot::default(), false);
        condition_row.take_changed();
        condition_row.see(1400, &Snapshot::default(), false);
        assert_eq!(condition_row.take_changed(), 0);
        condition_row.see(2000, &Snapshot::default(), true);
        assert_eq!(condition_row.take_changed(), places(&[HESITATES, ELAPSED_S]));
        let context = Context { stage: Some("报价".into()), visiting: Some(true), ..Context::default() };
        condition_row.know(&context);
        condition_row.know(&context);
        assert_eq!(condition_row.take_changed(), places(&[STAGE, VISITING]));
    }
}
