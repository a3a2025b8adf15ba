//! What is too old goes: how long each kind of record is kept, and the sweep that holds it.

use std::time::Duration;

use super::calls::{self, course, traces};
use super::{Error, Tx, audit, board, events, fixes, idempotency, records, sessions, visits};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// A form with photos is filled in, sent and sent again within a day.
const UNNAMED_FILES_DAYS: u32 = 2;

/// How long records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Calls with their summaries, from their end on.
    pub calls_days: u32,
    /// How the signals of a call stood, for trying other rules on it.
    pub traces_days: u32,
    /// Their rows of five seconds.
    pub rows_days: u32,
    pub audit_days: u32,
    pub events_days: u32,
    /// Answers to requests that may be sent twice.
    pub answers_hours: u32,
    /// Positions as they were reported, and stays at no client.
    pub positions_days: u32,
    /// What was there before a restore.
    pub aside_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            calls_days: 180,
            rows_days: 30,
            traces_days: 30,
            audit_days: 3 * 365,
            events_days: 30,
            answers_hours: 48,
            positions_days: 7,
            aside_days: 30,
        }
    }
}

/// How long a kind of record is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    pub what: &'static str,
    /// `None`: until somebody deletes it.
    pub days: Option<i64>,
}

impl Retention {
    /// Everything that is on disk, and for how long.
    pub fn kept(&self) -> [Keeping; 21] {
        let until_deleted = |what| Keeping { what, days: None };
        let for_days = |what, days: i64| Keeping { what, days: Some(days) };
        [
            until_deleted("accounts"),
            until_deleted("clients"),
            until_deleted("notices"),
            until_deleted("settings"),
            until_deleted("webhooks"),
            until_deleted("studies"),
            until_deleted("actions"),
            until_deleted("board"),
            until_deleted("sites"),
            until_deleted("enrolments"),
            until_deleted("visits"),
            for_days("positions", self.positions_days.into()),
            for_days("calls", self.calls_days.into()),
            for_days("traces", self.traces_days.min(self.calls_days).into()),
            for_days("rows", self.rows_days.min(self.calls_days).into()),
            for_days("sessions", sessions::SESSION_MS / DAY_MS),
            for_days("invitations", sessions::INVITATION_MS / DAY_MS),
            for_days("answers", self.answers_hours.div_ceil(24).into()),
            for_days("events", self.events_days.into()),
            for_days("audit", self.audit_days.into()),
            for_days("before_restore", self.aside_days.into()),
        ]
    }
}

impl Retention {
    /// How long what was there before a restore is kept.
    pub fn aside(&self) -> Duration {
        Duration::from_secs(u64::from(self.aside_days) * 24 * 3600)
    }
}

/// What went.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    pub calls: usize,
    pub entries: i64,
}

/// Forgets what is older than it may be at `now_ms`.
pub fn sweep(tx: &Tx, retention: &Retention, now_ms: i64) -> Result<Swept, Error> {
    let days = |days: u32| now_ms - i64::from(days) * DAY_MS;
    idempotency::sweep(tx, now_ms - i64::from(retention.answers_hours) * HOUR_MS)?;
    events::sweep(tx, days(retention.events_days))?;
    sessions::sweep(tx, now_ms)?;
    traces::sweep(tx, days(retention.traces_days))?;
    board::settle_all(tx, now_ms)?;
    fixes::sweep(tx, days(retention.positions_days))?;
    visits::sweep(tx, days(retention.positions_days))?;
    course::sweep(tx, days(retention.rows_days))?;
    records::sweep_files(tx, days(UNNAMED_FILES_DAYS))?;
    let calls = calls::sweep(tx, days(retention.calls_days))?;
    Ok(Swept { calls, entries: audit::sweep(tx, days(retention.audit_days))? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Change;
    use crate::people::Owner;
    use crate::store::scratch;

    fn count(tx: &Tx, table: &str) -> i64 {
        tx.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    }

    /// One record of each kind from the instant 0; how many are left when the clock is turned.
    #[track_caller]
    fn check(turned_ms: i64, left: [i64; 5]) {
        let tx = scratch();
        tx.execute_batch(
            "INSERT INTO calls(id, layout, source, consent, created_ms, ended_ms) \
             VALUES (1, 'mono', 'demo', 'notified', 0, 0), (2, 'mono', 'demo', 'notified', 0, NULL);
             INSERT INTO consents(call, at_ms, consent, how, text) VALUES (1, 0, 'notified', 'spoken', 1);
             INSERT INTO call_rows(call, slot, channel, spoke) VALUES (1, 0, 'mono', 255), (2, 0, 'mono', 255);",
        )
        .unwrap();
        let nobody = Owner { person: None, team: None };
        events::tell(&tx, "x", nobody, &serde_json::json!({}), 0).unwrap();
        let request = idempotency::Request { actor: "1".into(), key: "k".into(), hash: [0; 32] };
        let answer = idempotency::Answer { status: 200, version: None, body_json: "{}".into() };
        idempotency::keep(&tx, &request, &answer, ("call", "1"), 0).unwrap();
        for _ in 0..2 {
            audit::append(&tx, "1", 0, Change::of("x", "call", 1)).unwrap();
        }
        sweep(&tx, &Retention::default(), turned_ms).unwrap();
        let found = ["answers", "events", "call_rows", "calls", "audit"].map(|table| count(&tx, table));
        assert_eq!(found, left, "at {turned_ms}");
        assert_eq!(count(&tx, "consents"), left[3] - 1, "they go with their call");
        assert_eq!(audit::verify(&tx).unwrap().broken, None);
    }

    #[test]
    fn each_kind_goes_when_its_time_has_come_and_not_before() {
        check(48 * HOUR_MS, [1, 1, 2, 2, 2]);
        check(48 * HOUR_MS + 1, [0, 1, 2, 2, 2]);
        check(30 * DAY_MS, [0, 1, 2, 2, 2]);
        check(30 * DAY_MS + 1, [0, 0, 1, 2, 2]);
        check(180 * DAY_MS, [0, 0, 1, 2, 2]);
        check(180 * DAY_MS + 1, [0, 0, 1, 1, 2]);
        check(1095 * DAY_MS + 1, [0, 0, 1, 1, 1]);
    }
}
