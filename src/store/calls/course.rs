//! The course of a call as it is kept: its rows of five seconds, and what happened in it. Whatever comes for a call that
//! is not kept, or not any more, is passed over.

use rusqlite::{Connection, OptionalExtension, Row as Line, params};
use serde_json::{Value, json};

use super::stored::{StoredEvent, StoredHint, StoredMoment, StoredSummary, Version};
use super::{StoredCall, one, read, stop};
use crate::audit::Change;
use crate::calls::row::{ROW_MS, Row};
use crate::calls::{Outcome, Rating};
use crate::store::audit::{APPLIANCE, append};
use crate::store::{Error, Tx, events};
use crate::units::{CallId, Channel};

/// How far a call has come.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    pub call: CallId,
    pub elapsed_ms: i64,
    /// Rows that are not kept yet.
    pub rows: Vec<Row>,
    /// Now and then the summary so far, for when the program is killed.
    pub summary: Option<StoredSummary>,
}

/// Something that happened in a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    pub call: CallId,
    /// `hint.shown` for example.
    pub topic: &'static str,
    /// Among those of its topic in this call.
    pub n: u32,
    pub moment: StoredMoment,
}

/// A word on a hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rated {
    pub unix_ms: u64,
    /// On the call's audio clock.
    pub at_ms: u64,
    pub rating: Rating,
}

/// Keeps how far a call has come.
pub fn go_on(tx: &Tx, course: &Course) -> Result<(), Error> {
    let call = course.call.number();
    let known = "UPDATE calls SET elapsed_ms = max(elapsed_ms, ?), \
                 summary_json = CASE WHEN ended_ms IS NULL THEN coalesce(?, summary_json) ELSE summary_json END \
                 WHERE id = ?";
    let summary = course.summary.as_ref().map(|summary| json!(summary).to_string());
    if tx.prepare_cached(known)?.execute(params![course.elapsed_ms, summary, call])? == 0 {
        return Ok(());
    }
    let mut insert = tx.prepare_cached(
        "INSERT OR REPLACE INTO call_rows(call, slot, channel, spoke, rate, pauses, pitch, guarded, reserve, \
         talk_share, early_starts) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for row in &course.rows {
        insert.execute(params![
            call,
            row.slot,
            row.channel.name(),
            row.spoke,
            row.rate,
            row.pauses,
            row.pitch,
            row.guarded,
            row.reserve,
            row.talk_share,
            row.early_starts,
        ])?;
    }
    Ok(())
}

/// Keeps that something happened, and tells others, once.
pub fn happened(tx: &Tx, what: &Happened) -> Result<(), Error> {
    let Some(call) = one(tx, what.call)? else { return Ok(()) };
    if put(tx, what)? {
        let unix_ms = what.moment.unix_ms.cast_signed();
        events::tell_of(tx, call.subject(), what.topic, what.moment.told(), unix_ms)
    } else {
        Ok(())
    }
}

/// Whether it was not known.
fn put(tx: &Tx, what: &Happened) -> Result<bool, Error> {
    let insert =
        "INSERT OR IGNORE INTO call_facts(call, topic, n, unix_ms, body_json) VALUES (?, ?, ?, ?, ?)";
    let unix_ms = what.moment.unix_ms.cast_signed();
    let values = params![what.call.number(), what.topic, what.n, unix_ms, json!(what.moment).to_string()];
    Ok(tx.prepare_cached(insert)?.execute(values)? == 1)
}

/// Calls that were going on when the program stopped are over, with the numbers so far. Answers how many.
pub fn end_interrupted(tx: &Tx, now_ms: i64) -> Result<usize, Error> {
    let mut open = tx.prepare("SELECT id FROM calls WHERE ended_ms IS NULL")?;
    let open: Vec<i64> = open.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for &number in &open {
        let id = CallId::from_number(number);
        stop(tx, id, now_ms)?;
        append(tx, APPLIANCE, now_ms, Change::of("call.end", "call", id).to(json!({ "interrupted": true })))?;
        interrupted(tx, id, now_ms)?;
    }
    Ok(open.len())
}

/// A call that the program did not see to its end is over.
fn interrupted(tx: &Tx, id: CallId, now_ms: i64) -> Result<(), Error> {
    let Some(call) = one(tx, id)? else { return Ok(()) };
    let count = |topic: &str| -> Result<u32, Error> {
        let count = "SELECT count(*) FROM call_facts WHERE call = ? AND topic = ?";
        Ok(tx.query_row(count, params![id.number(), topic], |line| line.get(0))?)
    };
    let event = StoredEvent::CallEnded {
        at_ms: call.elapsed_ms.cast_unsigned(),
        seconds: call.elapsed_ms as f64 / 1000.0,
        hints: count("hint.shown")?,
        objections: count("objection.signalled")?,
        outcome: call.outcome.as_deref().and_then(Outcome::named).map(Into::into),
        model_id: None,
        playbook: None,
        interrupted: true,
    };
    let moment = StoredMoment { v: Version::NOW, unix_ms: now_ms.cast_unsigned(), event };
    happened(tx, &Happened { call: id, topic: "call.ended", n: 1, moment })
}

/// Keeps what a hint was worth and tells others together with the hint; saying the same twice changes nothing.
pub fn rate(tx: &Tx, call: &StoredCall, hint: &StoredHint, rated: Rated) -> Result<(), Error> {
    const TOPIC: &str = "hint.rated";
    let rating = rated.rating.into();
    let last = "SELECT body_json FROM call_facts WHERE call = ?1 AND topic = ?2 \
                AND json_extract(body_json, '$.hint_id') = ?3 ORDER BY n DESC LIMIT 1";
    let last = tx.query_row(last, params![call.id.number(), TOPIC, hint.id], moment).optional()?;
    if last.is_some_and(
        |last| matches!(last.event, StoredEvent::HintRated { rating: known, .. } if known == rating),
    ) {
        return Ok(());
    }
    let next = "SELECT coalesce(max(n), 0) + 1 FROM call_facts WHERE call = ? AND topic = ?";
    let n = tx.query_row(next, params![call.id.number(), TOPIC], |line| line.get(0))?;
    let event = StoredEvent::HintRated { at_ms: rated.at_ms, hint_id: hint.id, rating };
    let moment = StoredMoment { v: Version::NOW, unix_ms: rated.unix_ms, event };
    let mut told = moment.told();
    told["hint"] = json!(hint);
    put(tx, &Happened { call: call.id, topic: TOPIC, n, moment })?;
    events::tell_of(tx, call.subject(), TOPIC, told, rated.unix_ms.cast_signed())
}

/// A hint that was shown; `None` when there was none with this number.
pub fn hint(connection: &Connection, call: CallId, n: u32) -> Result<Option<StoredHint>, Error> {
    let find = "SELECT body_json FROM call_facts WHERE call = ? AND topic = 'hint.shown' AND n = ?";
    let found = connection.query_row(find, params![call.number(), n], moment).optional()?;
    Ok(found.and_then(|found| match found.event {
        StoredEvent::HintShown { hint } => Some(hint),
        _ => None,
    }))
}

/// What happened in a call, as it happened.
pub fn facts(connection: &Connection, call: CallId) -> Result<Vec<StoredMoment>, Error> {
    let mut found = connection
        .prepare_cached("SELECT body_json FROM call_facts WHERE call = ? ORDER BY unix_ms, topic DESC, n")?;
    Ok(found.query_map([call.number()], moment)?.collect::<Result<_, _>>()?)
}

fn moment(line: &Line) -> rusqlite::Result<StoredMoment> {
    let text: String = line.get(0)?;
    read(&text, 0)
}

/// A call's rows, in order.
pub fn rows(connection: &Connection, call: CallId) -> Result<Vec<Row>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT slot, channel, spoke, rate, pauses, pitch, guarded, reserve, talk_share, early_starts \
         FROM call_rows WHERE call = ? ORDER BY slot, channel",
    )?;
    let read = |line: &Line| {
        let name: String = line.get(1)?;
        let channels = [Channel::Rep, Channel::Client, Channel::Mono];
        let channel = channels.into_iter().find(|channel| channel.name() == name).unwrap_or(Channel::Mono);
        Ok(Row {
            slot: line.get(0)?,
            channel,
            spoke: line.get(2)?,
            rate: line.get(3)?,
            pauses: line.get(4)?,
            pitch: line.get(5)?,
            guarded: line.get(6)?,
            reserve: line.get(7)?,
            talk_share: line.get(8)?,
            early_starts: line.get(9)?,
        })
    };
    Ok(found.query_map([call.number()], read)?.collect::<Result<_, _>>()?)
}

/// A row as it is handed out.
pub fn row_json(row: &Row) -> Value {
    json!({
        "at_ms": u64::from(row.slot) * ROW_MS, "channel": row.channel.name(), "spoke": row.spoke,
        "rate": row.rate, "pauses": row.pauses, "pitch": row.pitch, "guarded": row.guarded,
        "reserve": row.reserve, "talk_share": row.talk_share, "early_starts": row.early_starts,
    })
}

/// Forgets rows of calls that ended before `before_ms`.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM call_rows WHERE call IN (SELECT id FROM calls WHERE ended_ms < ?)", [before_ms])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::row::stretches;
    use crate::store::calls::delete;
    use crate::store::calls::stored::example;
    use crate::store::scratch;

    const CALL: i64 = 5;

    fn begun() -> (Connection, CallId) {
        let tx = scratch();
        let call = "INSERT INTO calls(id, layout, source, consent, created_ms) \
                    VALUES (5, 'rep-left', 'socket', 'notified', 0)";
        tx.execute(call, []).unwrap();
        (tx, CallId::from_number(CALL))
    }

    fn shown(call: CallId, n: u32) -> Happened {
        Happened { call, topic: "hint.shown", n, moment: example::shown(n) }
    }

    fn told(tx: &Tx) -> Vec<(String, Value)> {
        let events = events::after(tx, 0, 100).unwrap();
        events
            .into_iter()
            .map(|event| (event.topic, serde_json::from_str(&event.body_json).unwrap()))
            .collect()
    }

    #[test]
    fn rows_read_back_as_written_and_come_twice_without_harm() {
        let (tx, call) = begun();
        let spoke = Row { spoke: 0b1100_0000, rate: Some(-3), ..Row::silent(2, Channel::Client) };
        let rep = Row { talk_share: Some(255), early_starts: Some(1), ..Row::silent(2, Channel::Rep) };
        let course = Course { call, elapsed_ms: 15_000, rows: vec![spoke, rep], summary: None };
        go_on(&tx, &course).unwrap();
        go_on(&tx, &course).unwrap();
        assert_eq!(rows(&tx, call).unwrap(), [spoke, rep]);
        assert_eq!(stretches(&rows(&tx, call).unwrap())[0].start_ms, 13_750);
        assert_eq!(one(&tx, call).unwrap().unwrap().elapsed_ms, 15_000);
    }

    #[test]
    fn what_happened_is_told_once_and_goes_with_the_call() {
        let (tx, call) = begun();
        happened(&tx, &shown(call, 1)).unwrap();
        happened(&tx, &shown(call, 1)).unwrap();
        let (topic, body) = told(&tx).remove(0);
        assert_eq!((topic.as_str(), &body["hint"]["model_id"]), ("hint.shown", &json!("m")));
        assert_eq!((&body["call"], body.get("event")), (&json!(call.to_string()), None));
        assert_eq!(told(&tx).len(), 1);
        delete(&tx, call, 9).unwrap();
        happened(&tx, &shown(call, 2)).unwrap();
        go_on(&tx, &Course { call, elapsed_ms: 1, rows: Vec::new(), summary: None }).unwrap();
        assert_eq!(facts(&tx, call).unwrap(), Vec::new());
        let left: Vec<_> = told(&tx).into_iter().map(|(topic, _)| topic).collect();
        assert_eq!(left, ["call.withdrawn"], "and others hear that they are to forget it too");
    }

    #[test]
    fn the_last_rating_counts_and_the_same_twice_is_one() {
        let (tx, call) = begun();
        happened(&tx, &shown(call, 1)).unwrap();
        let kept = one(&tx, call).unwrap().unwrap();
        let hint = hint(&tx, call, 1).unwrap().unwrap();
        for rating in [Rating::Useful, Rating::Useful, Rating::Wrong, Rating::Useful] {
            rate(&tx, &kept, &hint, Rated { unix_ms: 9, at_ms: 8, rating }).unwrap();
        }
        let rated: Vec<_> = told(&tx).into_iter().filter(|(topic, _)| topic == "hint.rated").collect();
        assert_eq!(rated.len(), 3);
        assert_eq!((&rated[1].1["rating"], &rated[1].1["hint"]["model_id"]), (&json!("wrong"), &json!("m")));
    }

    #[test]
    fn a_killed_call_keeps_its_numbers_so_far() {
        let (tx, call) = begun();
        let summary = Some(example::summary(30.0));
        go_on(&tx, &Course { call, elapsed_ms: 30_000, rows: Vec::new(), summary: summary.clone() }).unwrap();
        happened(&tx, &shown(call, 1)).unwrap();
        assert_eq!(end_interrupted(&tx, 99).unwrap(), 1);
        let kept = one(&tx, call).unwrap().unwrap();
        assert_eq!((kept.ended_ms, &kept.summary), (Some(99), &summary));
        let ended = json!(facts(&tx, call).unwrap().pop().unwrap());
        assert_eq!((&ended["hints"], &ended["seconds"]), (&json!(1), &json!(30.0)));
        assert_eq!(ended["interrupted"], true);
        let late = Some(example::summary(1.0));
        go_on(&tx, &Course { call, elapsed_ms: 1, rows: Vec::new(), summary: late }).unwrap();
        assert_eq!(one(&tx, call).unwrap().unwrap(), kept, "what is over stays");
    }
}
