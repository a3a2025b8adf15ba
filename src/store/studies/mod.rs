//! Studies: which one goes on, which call is in which arm, and what came of them.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx};
use crate::insight::arm::{Arm, Study};
use crate::insight::proportion::Count;
use crate::units::{CallId, PersonId};

/// A call has so long to lead somewhere.
pub const FOLLOW_MS: i64 = 14 * 24 * 3_600_000;

/// A study as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredStudy {
    pub study: Study,
    pub ended_ms: Option<i64>,
}

const COLUMNS: &str = "id, started_ms, ended_ms, shadow_days, control_percent, seed";

fn kept(row: &Row) -> rusqlite::Result<StoredStudy> {
    let study = Study {
        id: row.get(0)?,
        started_ms: row.get(1)?,
        shadow_days: row.get(3)?,
        control_percent: row.get(4)?,
        seed: row.get(5)?,
    };
    Ok(StoredStudy { study, ended_ms: row.get(2)? })
}

/// The study that goes on.
pub fn going_on(connection: &Connection) -> Result<Option<Study>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM studies WHERE ended_ms IS NULL");
    Ok(connection.query_row(&sql, [], kept).optional()?.map(|kept| kept.study))
}

/// All studies, newest first.
pub fn list(connection: &Connection) -> Result<Vec<StoredStudy>, Error> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM studies ORDER BY id DESC"))?;
    Ok(found.query_map([], kept)?.collect::<Result<_, _>>()?)
}

/// # Errors
/// There is no such study.
pub fn one(connection: &Connection, id: i64) -> Result<StoredStudy, Error> {
    let sql = format!("SELECT {COLUMNS} FROM studies WHERE id = ?");
    connection.query_row(&sql, [id], kept).optional()?.ok_or(Error::Missing("study"))
}

/// Begins a study.
///
/// # Errors
/// Another one goes on.
pub fn begin(tx: &Tx, new: &Study, author: Option<PersonId>) -> Result<Study, Error> {
    if going_on(tx)?.is_some() {
        return Err(Error::Conflict("a study goes on already: end it first".into()));
    }
    tx.execute(
        "INSERT INTO studies(started_ms, shadow_days, control_percent, seed, author) VALUES (?, ?, ?, ?, ?)",
        params![
            new.started_ms,
            new.shadow_days,
            new.control_percent,
            new.seed,
            author.map(|author| author.0)
        ],
    )?;
    Ok(Study { id: tx.last_insert_rowid(), ..new.clone() })
}

/// Ends a study; ending it twice changes nothing.
///
/// # Errors
/// There is no such study.
pub fn end(tx: &Tx, id: i64, now_ms: i64) -> Result<StoredStudy, Error> {
    tx.execute("UPDATE studies SET ended_ms = ? WHERE id = ? AND ended_ms IS NULL", params![now_ms, id])?;
    one(tx, id)
}

/// Writes down in which arm a call is.
pub fn assign(tx: &Tx, call: CallId, study: i64, arm: Arm) -> Result<(), Error> {
    tx.prepare_cached("INSERT INTO assignments(call, study, arm) VALUES (?, ?, ?)")?.execute(params![
        call.number(),
        study,
        arm.name()
    ])?;
    Ok(())
}

/// What the calls of one arm came to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Outcome {
    /// All calls, and those that have had their time.
    pub calls: u64,
    /// Of those that have had their time: it, or a later call with its client in that time, advanced or won.
    pub advanced: Count,
    /// Of those, calls of which nobody has said what came of them; they count as not advanced.
    pub unsaid: u64,
    pub hints: u64,
    pub silent: u64,
    pub hours: f64,
    /// Means over the calls that have one.
    pub talk_share: Option<f64>,
    pub latency_s: Option<f64>,
    /// Calls with hints, shown or not, of which the rep says that there was no objection, among those that were reviewed.
    pub false_alarms: Count,
}

/// Written so that `calls_led` answers whether a later call led somewhere: without it, a study of 200,000 calls takes 18 s.
const OUTCOMES: &str = "WITH c AS (SELECT c.*, a.arm, c.created_ms <= ?2 - ?3 AS ripe FROM assignments a JOIN calls c ON c.id = a.call \
     WHERE a.study = ?1), \
     r AS (SELECT c.*, coalesce(c.outcome IN ('advanced', 'won'), 0) OR EXISTS(SELECT 1 FROM calls k \
     WHERE k.client = c.client AND k.created_ms BETWEEN c.created_ms AND c.created_ms + ?3 \
     AND k.outcome IN ('advanced', 'won')) AS advanced FROM c) \
     SELECT r.arm, count(*), sum(ripe), sum(ripe AND advanced), sum(ripe AND NOT advanced AND outcome IS NULL), \
     total(n.hints), total(n.silent), total(r.elapsed_ms), avg(n.talk_share), avg(n.latency_ms), \
     sum(n.hints + n.silent > 0 AND r.objection IS NOT NULL), \
     sum(n.hints + n.silent > 0 AND r.objection = 0) \
     FROM r LEFT JOIN call_numbers n ON n.call = r.id GROUP BY r.arm";

/// What the calls of a study came to, arm by arm. Every call counts in its own arm, whatever happened in it.
pub fn outcomes(connection: &Connection, study: i64, now_ms: i64) -> Result<Vec<(Arm, Outcome)>, Error> {
    let mut found = connection.prepare_cached(OUTCOMES)?;
    let read = |row: &Row| {
        let arm: String = row.get(0)?;
        let number =
            |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.unwrap_or(0).unsigned_abs());
        let latency_ms: Option<f64> = row.get(9)?;
        let outcome = Outcome {
            calls: number(1)?,
            advanced: Count::new(number(3)?, number(2)?),
            unsaid: number(4)?,
            hints: row.get::<_, f64>(5)? as u64,
            silent: row.get::<_, f64>(6)? as u64,
            hours: row.get::<_, f64>(7)? / 3_600_000.0,
            talk_share: row.get(8)?,
            latency_s: latency_ms.map(|ms| ms / 1000.0),
            false_alarms: Count::new(number(11)?, number(10)?),
        };
        Ok((arm, outcome))
    };
    let found = found.query_map(params![study, now_ms, FOLLOW_MS], read)?;
    let mut outcomes = Vec::new();
    for found in found {
        let (arm, outcome) = found?;
        outcomes.extend(Arm::named(&arm).map(|arm| (arm, outcome)));
    }
    outcomes.sort_by_key(|(arm, _)| *arm);
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    const DAY_MS: i64 = 24 * 3_600_000;

    #[test]
    fn a_call_counts_in_its_own_arm_with_what_followed_in_two_weeks() {
        let tx = scratch();
        tx.execute_batch(
            "INSERT INTO people(id, login, name, role, created_ms) VALUES (1, 'li', 'Li', 'rep', 0);
             INSERT INTO clients(id, name, aliases_json, analyse, owner, letters, sort, created_ms) \
             VALUES (1, 'x', '[]', 1, 1, '', '', 0);",
        )
        .unwrap();
        let new = Study { id: 0, started_ms: 0, shadow_days: 0, control_percent: 20, seed: "x".into() };
        let study = begin(&tx, &new, None).unwrap();
        assert!(matches!(begin(&tx, &new, None), Err(Error::Conflict(_))), "one at a time");
        let calls = [
            (1, Some(1), 0, None, Arm::Treated),
            (2, Some(1), 13, Some("advanced"), Arm::Control),
            (3, Some(1), 28, Some("unchanged"), Arm::Control),
            (4, None, 1, None, Arm::Control),
            (5, None, 2, Some("won"), Arm::Treated),
            (6, None, 39, Some("won"), Arm::Treated),
        ];
        for (id, client, day, outcome, arm) in calls {
            tx.execute(
                "INSERT INTO calls(id, owner, client, layout, source, consent, created_ms, outcome) \
                 VALUES (?, 1, ?, 'rep-left', 'socket', 'notified', ?, ?)",
                params![id, client, day * DAY_MS, outcome],
            )
            .unwrap();
            assign(&tx, CallId::from_number(id), study.id, arm).unwrap();
        }
        let found = outcomes(&tx, study.id, 45 * DAY_MS).unwrap();
        let of = |arm| found.iter().find(|(known, _)| *known == arm).unwrap().1;
        let (treated, control) = (of(Arm::Treated), of(Arm::Control));
        assert_eq!(
            (treated.calls, treated.advanced, treated.unsaid),
            (3, Count::new(2, 2), 0),
            "the last is young"
        );
        assert_eq!((control.calls, control.advanced, control.unsaid), (3, Count::new(1, 3), 1));
        end(&tx, study.id, 1).unwrap();
        assert_eq!(end(&tx, study.id, 2).unwrap().ended_ms, Some(1));
        assert!(begin(&tx, &new, None).is_ok());
    }

    #[test]
    fn what_followed_a_call_is_found_by_index() {
        let tx = scratch();
        let mut plan = tx.prepare(&format!("EXPLAIN QUERY PLAN {OUTCOMES}")).unwrap();
        let steps = plan.query_map([1, 1, 1], |row| row.get::<_, String>(3)).unwrap();
        let steps: Vec<_> = steps.map(Result::unwrap).collect();
        assert!(
            steps.iter().any(|step| step.contains("SEARCH k USING") && step.contains("calls_led")),
            "{steps:?}"
        );
    }
}
