//! The course of a call as it is kept: its rows of five seconds, and what happened in it. Whatever comes for a call that
//! is not kept, or not any more, is passed over.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row as Line, params};
use serde_json::{Value, json};

use super::{StoredCall, one, stop};
use crate::audit::Change;
use crate::calls::row::{ROW_MS, Row};
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
    pub summary_json: Option<String>,
}

/// Something that happened in a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Happened {
    pub call: CallId,
    /// `hint.shown` for example.
    pub topic: &'static str,
    /// Among those of its topic in this call.
    pub n: u32,
    pub unix_ms: i64,
    /// As the API answers it.
    pub body: Value,
}

/// Keeps how far a call has come.
pub fn go_on(tx: &Tx, course: &Course) -> Result<(), Error> {
    let call = course.call.number();
    let known = "UPDATE calls SET elapsed_ms = max(elapsed_ms, ?), \
                 summary_json = CASE WHEN ended_ms IS NULL THEN coalesce(?, summary_json) ELSE summary_json END \
                 WHERE id = ?";
    if tx.prepare_cached(known)?.execute(params![course.elapsed_ms, course.summary_json, call])? == 0 {
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
        events::tell_of(tx, call.subject(), what.topic, without_name(&what.body), what.unix_ms)
    } else {
        Ok(())
    }
}

/// Whether it was not known.
fn put(tx: &Tx, what: &Happened) -> Result<bool, Error> {
    let insert =
        "INSERT OR IGNORE INTO call_facts(call, topic, n, unix_ms, body_json) VALUES (?, ?, ?, ?, ?)";
    let values = params![what.call.number(), what.topic, what.n, what.unix_ms, what.body.to_string()];
    Ok(tx.prepare_cached(insert)?.execute(values)? == 1)
}

/// An event is named by its topic.
fn without_name(body: &Value) -> Value {
    let mut body = body.clone();
    if let Some(body) = body.as_object_mut() {
        body.remove("event");
    }
    body
}

/// Calls that were going on when the program stopped are over, with the numbers so far. Answers how many.
pub fn end_interrupted(tx: &Tx, now_ms: i64) -> Result<usize, Error> {
    let mut open = tx.prepare("SELECT id FROM calls WHERE ended_ms IS NULL")?;
    let open: Vec<i64> = open.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for &number in &open {
        let id = CallId::from_number(number);
        stop(tx, id, now_ms)?;
        append(tx, APPLIANCE, now_ms, Change::of("call.end", "call", id).to(json!({ "interrupted": true })))?;
        tx.execute(
            "UPDATE calls SET summary_json = json_set(summary_json, '$.state', 'ended') WHERE id = ?",
            [number],
        )?;
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
    let body = json!({
        "event": "call.ended", "unix_ms": now_ms, "at_ms": call.elapsed_ms, "outcome": call.outcome,
        "model_id": null, "playbook": null,
        "seconds": call.elapsed_ms as f64 / 1000.0, "interrupted": true,
        "hints": count("hint.shown")?, "objections": count("objection.signalled")?,
    });
    happened(tx, &Happened { call: id, topic: "call.ended", n: 1, unix_ms: now_ms, body })
}

/// Keeps what a hint was worth and tells others together with the hint; saying the same twice changes nothing.
pub fn rate(tx: &Tx, call: &StoredCall, moment: &Value, hint: &Value) -> Result<(), Error> {
    const TOPIC: &str = "hint.rated";
    let last = "SELECT json_extract(body_json, '$.rating') FROM call_facts \
                WHERE call = ?1 AND topic = ?2 AND json_extract(body_json, '$.hint_id') = ?3 ORDER BY n DESC LIMIT 1";
    let values = params![call.id.number(), TOPIC, moment["hint_id"].as_i64()];
    let last: Option<String> = tx.query_row(last, values, |line| line.get(0)).optional()?;
    if last.is_some() && last.as_deref() == moment["rating"].as_str() {
        return Ok(());
    }
    let next = "SELECT coalesce(max(n), 0) + 1 FROM call_facts WHERE call = ? AND topic = ?";
    let n = tx.query_row(next, params![call.id.number(), TOPIC], |line| line.get(0))?;
    let unix_ms = moment["unix_ms"].as_i64().unwrap_or(0);
    put(tx, &Happened { call: call.id, topic: TOPIC, n, unix_ms, body: moment.clone() })?;
    let mut told = without_name(moment);
    told["hint"] = hint.clone();
    events::tell_of(tx, call.subject(), TOPIC, told, unix_ms)
}

/// A hint that was shown; `None` when there was none with this number.
pub fn hint(connection: &Connection, call: CallId, n: u32) -> Result<Option<Value>, Error> {
    let find = "SELECT body_json FROM call_facts WHERE call = ? AND topic = 'hint.shown' AND n = ?";
    let body = connection.query_row(find, params![call.number(), n], read_json).optional()?;
    Ok(body.map(|mut body| body["hint"].take()))
}

/// What happened in a call, as it happened.
pub fn facts(connection: &Connection, call: CallId) -> Result<Vec<Value>, Error> {
    let mut found = connection
        .prepare_cached("SELECT body_json FROM call_facts WHERE call = ? ORDER BY unix_ms, topic DESC, n")?;
    Ok(found.query_map([call.number()], read_json)?.collect::<Result<_, _>>()?)
}

fn read_json(line: &Line) -> rusqlite::Result<Value> {
    let text: String = line.get(0)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)))
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
        let body = json!({ "event": "hint.shown", "unix_ms": 7, "hint": { "id": n, "model_id": "m" } });
        Happened { call, topic: "hint.shown", n, unix_ms: 7, body }
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
        let course = Course { call, elapsed_ms: 15_000, rows: vec![spoke, rep], summary_json: None };
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
        go_on(&tx, &Course { call, elapsed_ms: 1, rows: Vec::new(), summary_json: None }).unwrap();
        assert_eq!(facts(&tx, call).unwrap(), Vec::<Value>::new());
        let left: Vec<_> = told(&tx).into_iter().map(|(topic, _)| topic).collect();
        assert_eq!(left, ["call.withdrawn"], "and others hear that they are to forget it too");
    }

    #[test]
    fn the_last_rating_counts_and_the_same_twice_is_one() {
        let (tx, call) = begun();
        happened(&tx, &shown(call, 1)).unwrap();
        let kept = one(&tx, call).unwrap().unwrap();
        let hint = hint(&tx, call, 1).unwrap().unwrap();
        for rating in ["useful", "useful", "wrong", "useful"] {
            let moment = json!({ "event": "hint.rated", "unix_ms": 9, "hint_id": 1, "rating": rating });
            rate(&tx, &kept, &moment, &hint).unwrap();
        }
        let rated: Vec<_> = told(&tx).into_iter().filter(|(topic, _)| topic == "hint.rated").collect();
        assert_eq!(rated.len(), 3);
        assert_eq!((&rated[1].1["rating"], &rated[1].1["hint"]["model_id"]), (&json!("wrong"), &json!("m")));
    }

    #[test]
    fn a_killed_call_keeps_its_numbers_so_far() {
        let (tx, call) = begun();
        let summary = Some(json!({ "state": "live", "seconds": 30.0 }).to_string());
        go_on(&tx, &Course { call, elapsed_ms: 30_000, rows: Vec::new(), summary_json: summary }).unwrap();
        happened(&tx, &shown(call, 1)).unwrap();
        assert_eq!(end_interrupted(&tx, 99).unwrap(), 1);
        let kept = one(&tx, call).unwrap().unwrap();
        assert_eq!(kept.summary, Some(json!({ "state": "ended", "seconds": 30.0 })));
        let ended = facts(&tx, call).unwrap().pop().unwrap();
        assert_eq!((&ended["hints"], &ended["seconds"]), (&json!(1), &json!(30.0)));
        go_on(&tx, &Course { call, elapsed_ms: 1, rows: Vec::new(), summary_json: Some("{}".into()) })
            .unwrap();
        assert_eq!(one(&tx, call).unwrap().unwrap(), kept, "what is over stays");
    }
}
