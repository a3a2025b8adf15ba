//! Webhooks of other systems, and what waits for them.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Error, Tx};

/// Events that are handed out to a webhook's queue at a time.
const FAN_OUT: u32 = 500;

/// Each has a lane with threads of its own.
const WEBHOOKS_MAX: i64 = 50;

/// Who wants to hear of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub id: i64,
    pub url: String,
    pub secret: String,
    /// Topics; `client.*` is all that begin so, `*` is all.
    pub topics: Vec<String>,
    pub active: bool,
    pub version: i64,
}

impl Webhook {
    fn wants(&self, topic: &str) -> bool {
        self.topics.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(start) => topic.starts_with(start),
            None => topic == wanted,
        })
    }
}

/// The secret is kept sealed; one that was sealed with another key reads as none.
const COLUMNS: &str = "id, url, coalesce(unseal(secret), ''), topics_json, active, version";

fn webhook(row: &Row) -> rusqlite::Result<Webhook> {
    let topics: String = row.get(3)?;
    Ok(Webhook {
        id: row.get(0)?,
        url: row.get(1)?,
        secret: row.get(2)?,
        topics: serde_json::from_str(&topics).unwrap_or_default(),
        active: row.get(4)?,
        version: row.get(5)?,
    })
}

/// # Errors
/// There is no such webhook.
pub fn one(connection: &Connection, id: i64) -> Result<Webhook, Error> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM webhooks WHERE id = ?"))?;
    found.query_row([id], webhook).optional()?.ok_or(Error::Missing("webhook"))
}

pub fn list(connection: &Connection) -> Result<Vec<Webhook>, Error> {
    let mut found = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM webhooks ORDER BY id"))?;
    let found = found.query_map([], webhook)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Seals what an older program wrote in clear.
///
/// # Errors
/// SQLite refuses.
pub fn seal_all(tx: &Tx) -> Result<(), Error> {
    tx.execute("UPDATE webhooks SET secret = seal(secret) WHERE secret LIKE 'whsec%'", [])?;
    Ok(())
}

/// A new webhook hears of what happens from now on.
///
/// # Errors
/// There are as many as there may be.
pub fn insert(tx: &Tx, url: &str, secret: &str, topics: &[String], now_ms: i64) -> Result<Webhook, Error> {
    let count: i64 = tx.query_row("SELECT count(*) FROM webhooks", [], |row| row.get(0))?;
    if count >= WEBHOOKS_MAX {
        let why = format!("there are {count} webhooks, as many as there may be: take one away first");
        return Err(Error::Conflict(why));
    }
    tx.execute(
        "INSERT INTO webhooks(url, secret, topics_json, seen, created_ms) \
         SELECT ?, seal(?), ?, coalesce(max(seq), 0), ? FROM events",
        params![url, secret, serde_json::json!(topics).to_string(), now_ms],
    )?;
    one(tx, tx.last_insert_rowid())
}

/// Writes address, topics and whether it is active.
pub fn update(tx: &Tx, webhook: &Webhook) -> Result<Webhook, Error> {
    let topics = serde_json::json!(webhook.topics).to_string();
    tx.execute(
        "UPDATE webhooks SET url = ?, topics_json = ?, active = ?, version = version + 1 WHERE id = ?",
        params![webhook.url, topics, webhook.active, webhook.id],
    )?;
    one(tx, webhook.id)
}

/// # Errors
/// There is no such webhook.
pub fn delete(tx: &Tx, id: i64) -> Result<(), Error> {
    if tx.execute("DELETE FROM webhooks WHERE id = ?", [id])? == 0 {
        Err(Error::Missing("webhook"))
    } else {
        Ok(())
    }
}

/// An event on its way to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub webhook: i64,
    pub url: String,
    pub secret: String,
    pub event: i64,
    pub at_ms: i64,
    pub topic: String,
    pub body_json: String,
    /// Attempts so far.
    pub attempts: u32,
}

/// Queues new events for every active webhook that wants them. Answers whether there may be more.
pub fn fan_out(tx: &Tx, now_ms: i64) -> Result<bool, Error> {
    let mut more = false;
    for webhook in list(tx)? {
        let seen: i64 =
            tx.query_row("SELECT seen FROM webhooks WHERE id = ?", [webhook.id], |row| row.get(0))?;
        let events = super::events::after(tx, seen, FAN_OUT)?;
        let Some(last) = events.last() else { continue };
        more |= events.len() == FAN_OUT as usize;
        for event in events.iter().filter(|event| webhook.active && webhook.wants(&event.topic)) {
            tx.prepare_cached("INSERT INTO deliveries(webhook, event, due_ms) VALUES (?, ?, ?)")?
                .execute(params![webhook.id, event.seq, now_ms])?;
        }
        tx.execute("UPDATE webhooks SET seen = ? WHERE id = ?", params![last.seq, webhook.id])?;
    }
    Ok(more)
}

/// No attempt waits for longer than this: one that does was put off by a clock that has been set back since.
const WAIT_MS_MAX: i64 = 2 * 24 * 3_600_000;

/// What is due to one webhook, oldest events first.
///
/// # Errors
/// SQLite refuses.
pub fn due(connection: &Connection, webhook: i64, now_ms: i64, limit: u32) -> Result<Vec<Delivery>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT d.webhook, w.url, coalesce(unseal(w.secret), ''), d.event, e.at_ms, e.topic, e.body_json, d.attempts \
         FROM deliveries d JOIN webhooks w ON w.id = d.webhook AND w.active JOIN events e ON e.seq = d.event \
         WHERE d.webhook = ?1 AND (d.due_ms <= ?2 OR d.due_ms > ?2 + ?3) ORDER BY d.event LIMIT ?4",
    )?;
    let found = found.query_map(params![webhook, now_ms, WAIT_MS_MAX, limit], |row| {
        Ok(Delivery {
            webhook: row.get(0)?,
            url: row.get(1)?,
            secret: row.get(2)?,
            event: row.get(3)?,
            at_ms: row.get(4)?,
            topic: row.get(5)?,
            body_json: row.get(6)?,
            attempts: row.get(7)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// When the next delivery is due to a webhook that is not among these.
///
/// # Errors
/// SQLite refuses.
pub fn next_due_ms(connection: &Connection, busy: &BTreeSet<i64>) -> Result<Option<i64>, Error> {
    let next = "SELECT min(d.due_ms) FROM deliveries d JOIN webhooks w ON w.id = d.webhook AND w.active \
                WHERE d.webhook NOT IN (SELECT value FROM json_each(?))";
    // Asked after every event.
    Ok(connection.prepare_cached(next)?.query_row([serde_json::json!(busy).to_string()], |row| row.get(0))?)
}

/// It arrived.
pub fn delivered(tx: &Tx, webhook: i64, event: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM deliveries WHERE webhook = ? AND event = ?", params![webhook, event])?;
    Ok(())
}

/// It did not arrive: it is due again, or given up.
pub fn failed(tx: &Tx, webhook: i64, event: i64, problem: &str, due_ms: Option<i64>) -> Result<(), Error> {
    tx.execute(
        "UPDATE deliveries SET attempts = attempts + 1, problem = ?, due_ms = ? WHERE webhook = ? AND event = ?",
        params![problem, due_ms, webhook, event],
    )?;
    Ok(())
}

/// A delivery that waits for another attempt or was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    pub event: i64,
    pub topic: String,
    pub attempts: u32,
    /// `None` when it was given up.
    pub due_ms: Option<i64>,
    pub problem: Option<String>,
}

/// What a webhook has not got yet, oldest first.
pub fn waiting(connection: &Connection, webhook: i64, limit: u32) -> Result<Vec<Waiting>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT d.event, e.topic, d.attempts, d.due_ms, d.problem FROM deliveries d JOIN events e ON e.seq = d.event \
         WHERE d.webhook = ? ORDER BY d.event LIMIT ?",
    )?;
    let found = found.query_map(params![webhook, limit], |row| {
        Ok(Waiting {
            event: row.get(0)?,
            topic: row.get(1)?,
            attempts: row.get(2)?,
            due_ms: row.get(3)?,
            problem: row.get(4)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Tries everything of a webhook again that was given up or waits. Answers how much that is.
pub fn retry(tx: &Tx, webhook: i64, now_ms: i64) -> Result<usize, Error> {
    Ok(tx.execute(
        "UPDATE deliveries SET attempts = 0, due_ms = ? WHERE webhook = ?",
        params![now_ms, webhook],
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Owner;
    use crate::store::{events, scratch};

    fn tell(tx: &Tx, topic: &str) {
        let nobody = Owner { person: None, team: None };
        events::tell(tx, topic, nobody, &serde_json::json!({}), 5).unwrap();
    }

    fn topics(tx: &Tx, now_ms: i64) -> Vec<String> {
        due(tx, 1, now_ms, 100).unwrap().into_iter().map(|delivery| delivery.topic).collect()
    }

    #[test]
    fn a_webhook_hears_of_what_it_wants_from_then_on() {
        let tx = scratch();
        tell(&tx, "client.created");
        insert(&tx, "https://crm.example", "s", &["client.*".into(), "call.ended".into()], 0).unwrap();
        for topic in ["client.updated", "call.ended", "call.started"] {
            tell(&tx, topic);
        }
        assert!(!fan_out(&tx, 10).unwrap());
        assert_eq!(topics(&tx, 10), ["client.updated", "call.ended"]);
        fan_out(&tx, 11).unwrap();
        assert_eq!(topics(&tx, 11).len(), 2, "nothing is queued twice");
    }

    #[test]
    fn what_failed_waits_or_is_given_up_until_it_is_tried_again() {
        let tx = scratch();
        let hook = insert(&tx, "https://crm.example", "s", &["*".into()], 0).unwrap();
        tell(&tx, "call.ended");
        fan_out(&tx, 0).unwrap();
        let event = due(&tx, hook.id, 0, 1).unwrap()[0].event;
        failed(&tx, hook.id, event, "503", Some(1000)).unwrap();
        assert_eq!((topics(&tx, 999).len(), next_due_ms(&tx, &BTreeSet::new()).unwrap()), (0, Some(1000)));
        failed(&tx, hook.id, event, "503", None).unwrap();
        let given_up = &waiting(&tx, hook.id, 10).unwrap()[0];
        assert_eq!((given_up.attempts, given_up.due_ms), (2, None));
        assert_eq!(retry(&tx, hook.id, 2000).unwrap(), 1);
        delivered(&tx, hook.id, due(&tx, hook.id, 2000, 1).unwrap()[0].event).unwrap();
        assert_eq!(waiting(&tx, hook.id, 10).unwrap(), []);
    }

    #[test]
    fn the_secret_is_not_in_the_file_and_what_an_older_program_wrote_is_sealed() {
        let tx = scratch();
        let hook = insert(&tx, "https://crm.example", "whsec_first", &["*".into()], 0).unwrap();
        assert_eq!(hook.secret, "whsec_first");
        let kept = || tx.query_row("SELECT secret FROM webhooks", [], |row| row.get::<_, String>(0)).unwrap();
        assert!(!kept().contains("first"), "{}", kept());
        tx.execute("UPDATE webhooks SET secret = 'whsec_older'", []).unwrap();
        assert_eq!(one(&tx, hook.id).unwrap().secret, "", "what is in clear is not taken");
        seal_all(&tx).unwrap();
        assert!(!kept().contains("older"), "{}", kept());
        assert_eq!(one(&tx, hook.id).unwrap().secret, "whsec_older");
    }

    #[test]
    fn a_clock_that_is_set_back_puts_nothing_off() {
        let tx = scratch();
        let hook = insert(&tx, "https://crm.example", "s", &["*".into()], 0).unwrap();
        tell(&tx, "call.ended");
        let leapt_ms = 200 * WAIT_MS_MAX;
        fan_out(&tx, leapt_ms).unwrap();
        assert_eq!(topics(&tx, 5), ["call.ended"]);
        let event = due(&tx, hook.id, 5, 1).unwrap()[0].event;
        failed(&tx, hook.id, event, "503", Some(1000)).unwrap();
        assert_eq!(topics(&tx, 5), [""; 0], "an honest wait is waited for");
    }

    #[test]
    fn there_is_an_end_to_webhooks() {
        let tx = scratch();
        let add = || insert(&tx, "https://crm.example", "s", &["*".into()], 0);
        (0..WEBHOOKS_MAX).for_each(|_| drop(add().unwrap()));
        assert!(add().unwrap_err().to_string().contains("take one away"));
    }

    #[test]
    fn one_that_sleeps_misses_what_happens() {
        let tx = scratch();
        let hook = insert(&tx, "https://crm.example", "s", &["*".into()], 0).unwrap();
        let asleep = update(&tx, &Webhook { active: false, ..hook }).unwrap();
        tell(&tx, "call.ended");
        fan_out(&tx, 0).unwrap();
        update(&tx, &Webhook { active: true, ..asleep }).unwrap();
        fan_out(&tx, 0).unwrap();
        assert_eq!(topics(&tx, 10), [""; 0]);
    }
}
