//! How long each kind of record is kept, and the sweep that forgets what is older.

use super::{Error, Tx, answers, audit, events, sessions};

const DAY_MS: i64 = 24 * 3_600_000;

/// A phone that was without a network for so long still does nothing twice.
const ANSWERS_DAYS: i64 = 7;

/// Who listens for events comes back within a month, or reads everything anew.
const EVENTS_DAYS: i64 = 30;

/// Who did and saw what: three years, the usual limit of claims (Civil Code of China, article 188).
const AUDIT_DAYS: i64 = 3 * 365;

/// How long a kind of record is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keeping {
    pub what: &'static str,
    /// `None`: until somebody deletes it.
    pub days: Option<i64>,
}

/// Everything that is on disk.
pub const KEPT: [Keeping; 10] = [
    Keeping { what: "accounts", days: None },
    Keeping { what: "clients", days: None },
    Keeping { what: "notices", days: None },
    Keeping { what: "settings", days: None },
    Keeping { what: "webhooks", days: None },
    Keeping { what: "sessions", days: Some(sessions::SESSION_MS / DAY_MS) },
    Keeping { what: "invitations", days: Some(sessions::INVITATION_MS / DAY_MS) },
    Keeping { what: "answers", days: Some(ANSWERS_DAYS) },
    Keeping { what: "events", days: Some(EVENTS_DAYS) },
    Keeping { what: "audit", days: Some(AUDIT_DAYS) },
];

/// Forgets what is older than it is kept.
///
/// # Errors
/// SQLite refuses.
pub fn sweep(tx: &Tx, now_ms: i64) -> Result<(), Error> {
    sessions::sweep(tx, now_ms)?;
    answers::sweep(tx, now_ms - ANSWERS_DAYS * DAY_MS)?;
    events::sweep(tx, now_ms - EVENTS_DAYS * DAY_MS)?;
    audit::sweep(tx, now_ms - AUDIT_DAYS * DAY_MS)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Change;
    use crate::people::Owner;
    use crate::store::scratch;

    #[test]
    fn what_is_kept_too_long_goes_and_the_rest_stays() {
        let tx = scratch();
        let now_ms = 4000 * DAY_MS;
        for age_days in [0, EVENTS_DAYS + 1, AUDIT_DAYS + 1] {
            let at_ms = now_ms - age_days * DAY_MS;
            audit::append(&tx, "7", at_ms, Change::of("team.create", "team", age_days)).unwrap();
            let nobody = Owner { person: None, team: None };
            events::tell(&tx, "team.created", nobody, &serde_json::json!({}), at_ms).unwrap();
        }
        // A delivery that was given up does not keep its event.
        tx.execute_batch(
            "INSERT INTO webhooks(id, url, secret, topics_json, seen, created_ms) VALUES (1, '', '', '[]', 0, 0); \
             INSERT INTO deliveries(webhook, event) SELECT 1, seq FROM events",
        )
        .unwrap();
        sweep(&tx, now_ms).unwrap();
        let count = |table: &str| {
            tx.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0)).unwrap()
        };
        assert_eq!((count("events"), count("deliveries"), count("audit")), (1, 1, 2));
        assert_eq!(audit::verify(&tx).unwrap().broken, None);
    }
}
