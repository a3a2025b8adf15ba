//! What reps said of each rule, and which rules are switched off.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

use crate::audit::Change;
use crate::calls::Rating;
use crate::insight::health::Ratings;
use crate::people::Owner;
use crate::store::audit::{APPLIANCE, append};
use crate::store::{Error, Tx, events};
use crate::units::{CallId, PersonId};

/// Whether a rule speaks, who said so last, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    pub is_off: bool,
    pub reason: String,
    /// `None`: it switched itself off.
    pub author: Option<PersonId>,
    pub at_ms: i64,
}

/// One rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Health {
    /// Since it was switched last.
    pub ratings: Ratings,
    pub switch: Option<Switch>,
    pub spoken: Spoken,
}

/// How often a rule spoke in the calls that are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spoken {
    pub times: u64,
    /// When it did last.
    pub last_ms: Option<i64>,
}

fn spoken(connection: &Connection, rule: &str) -> Result<Spoken, Error> {
    let mut found = connection.prepare_cached(
        "SELECT count(*), max(unix_ms) FROM call_facts WHERE topic = 'hint.shown' \
         AND json_extract(body_json, '$.hint.rule') = ?",
    )?;
    let read = |row: &Row| Ok(Spoken { times: row.get::<_, i64>(0)?.unsigned_abs(), last_ms: row.get(1)? });
    Ok(found.query_row([rule], read)?)
}

fn ratings(connection: &Connection, rule: &str, since_ms: i64) -> Result<Ratings, Error> {
    let mut found = connection.prepare_cached(
        "SELECT rating, count(*) FROM ratings WHERE rule = ? AND at_ms > ? GROUP BY rating",
    )?;
    let mut ratings = Ratings::default();
    let rows = found.query_map(params![rule, since_ms], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for row in rows {
        let (name, count): (String, i64) = row?;
        let count = count.unsigned_abs();
        match name.as_str() {
            "useful" => ratings.useful = count,
            "not_now" => ratings.not_now = count,
            _ => ratings.wrong = count,
        }
    }
    Ok(ratings)
}

fn read_switch(row: &Row) -> rusqlite::Result<Switch> {
    let author = row.get::<_, Option<i64>>(2)?.map(PersonId);
    Ok(Switch { is_off: row.get(0)?, reason: row.get(1)?, author, at_ms: row.get(3)? })
}

fn switch_of(connection: &Connection, rule: &str) -> Result<Option<Switch>, Error> {
    let mut found =
        connection.prepare_cached("SELECT is_off, reason, author, at_ms FROM switches WHERE rule = ?")?;
    Ok(found.query_row([rule], read_switch).optional()?)
}

pub fn of_rule(connection: &Connection, rule: &str) -> Result<Health, Error> {
    let switch = switch_of(connection, rule)?;
    let since_ms = switch.as_ref().map_or(-1, |switch| switch.at_ms);
    // Why a rule is off stays to be seen.
    let since_ms = if switch.as_ref().is_some_and(|switch| switch.is_off) { -1 } else { since_ms };
    let spoken = spoken(connection, rule)?;
    Ok(Health { ratings: ratings(connection, rule, since_ms)?, switch, spoken })
}

/// Every rule that spoke, or of which anything was said.
pub fn all(connection: &Connection) -> Result<BTreeMap<String, Health>, Error> {
    let mut rules = connection.prepare_cached(
        "SELECT rule FROM ratings UNION SELECT rule FROM switches UNION \
         SELECT json_extract(body_json, '$.hint.rule') FROM call_facts WHERE topic = 'hint.shown' ORDER BY 1",
    )?;
    let rules: Vec<String> = rules.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    rules.into_iter().map(|rule| Ok((rule.clone(), of_rule(connection, &rule)?))).collect()
}

/// Rules that are switched off.
pub fn off(connection: &Connection) -> Result<BTreeSet<String>, Error> {
    let mut found = connection.prepare_cached("SELECT rule FROM switches WHERE is_off")?;
    Ok(found.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Keeps what a hint was worth, in place of what was said before, and switches its rule off when its ratings say that it
/// helps too rarely: the log and an event say so. Answers whether it did.
pub fn rate(
    tx: &Tx,
    call: CallId,
    hint: u32,
    rule: &str,
    rating: Rating,
    now_ms: i64,
) -> Result<bool, Error> {
    let name = match rating {
        Rating::Useful => "useful",
        Rating::NotNow => "not_now",
        Rating::Wrong => "wrong",
    };
    // A call that is not kept, such as the demo, is nobody's experience.
    tx.prepare_cached(
        "INSERT INTO ratings(call, hint, rule, rating, at_ms) SELECT id, ?2, ?3, ?4, ?5 FROM calls WHERE id = ?1 \
         ON CONFLICT DO UPDATE SET rating = ?4, at_ms = ?5",
    )?
    .execute(params![call.number(), hint, rule, name, now_ms])?;
    let health = of_rule(tx, rule)?;
    if health.switch.is_some_and(|switch| switch.is_off) || !health.ratings.is_poor() {
        return Ok(false);
    }
    let Ratings { useful, .. } = health.ratings;
    let reason = format!("{useful} of {} ratings were useful", health.ratings.all());
    put(tx, rule, true, &reason, None, now_ms)?;
    let body = json!({ "rule": rule, "useful": useful, "ratings": health.ratings.all() });
    append(tx, APPLIANCE, now_ms, Change::of("rule.switch_off", "rule", rule).to(&body))?;
    events::tell(tx, "rule.switched_off", Owner { person: None, team: None }, &body, now_ms)?;
    Ok(true)
}

/// Somebody switches a rule on or off. Its ratings are counted anew from here on.
pub fn put(
    tx: &Tx,
    rule: &str,
    is_off: bool,
    reason: &str,
    author: Option<PersonId>,
    now_ms: i64,
) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO switches(rule, is_off, reason, author, at_ms) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT DO UPDATE SET is_off = ?2, reason = ?3, author = ?4, at_ms = ?5",
        params![rule, is_off, reason, author.map(|author| author.0), now_ms],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    fn rated(tx: &Tx, from: u32, to: u32, rating: Rating) -> bool {
        (from..to).any(|n| rate(tx, CallId::from_number(1), n, "x", rating, i64::from(n)).unwrap())
    }

    #[test]
    fn a_rule_that_does_not_help_switches_itself_off_once_and_can_be_overruled() {
        let tx = scratch();
        tx.execute_batch(
            "INSERT INTO calls(id, layout, source, consent, created_ms) VALUES (1, 'rep-left', 'socket', 'notified', 0)",
        )
        .unwrap();
        assert!(!rated(&tx, 0, 2, Rating::Useful) && !rated(&tx, 2, 29, Rating::Wrong));
        assert!(rated(&tx, 29, 30, Rating::NotNow), "the thirtieth");
        assert_eq!(off(&tx).unwrap(), BTreeSet::from(["x".to_owned()]));
        assert_eq!(of_rule(&tx, "x").unwrap().switch.unwrap().reason, "2 of 30 ratings were useful");
        assert!(!rated(&tx, 30, 40, Rating::Wrong), "it is off already");
        put(&tx, "x", false, "the team was new to it", None, 100).unwrap();
        assert_eq!((off(&tx).unwrap().len(), of_rule(&tx, "x").unwrap().ratings.all()), (0, 0));
        assert!(
            !rated(&tx, 101, 130, Rating::Wrong) && rated(&tx, 130, 131, Rating::Wrong),
            "thirty new ones"
        );
        let log: i64 = tx.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).unwrap();
        assert_eq!(log, 2);
    }

    #[test]
    fn a_hint_has_one_rating() {
        let tx = scratch();
        tx.execute_batch(
            "INSERT INTO calls(id, layout, source, consent, created_ms) VALUES (1, 'rep-left', 'socket', 'notified', 0)",
        )
        .unwrap();
        let call = CallId::from_number(1);
        for rating in [Rating::Wrong, Rating::Useful] {
            rate(&tx, call, 1, "x", rating, 5).unwrap();
        }
        assert_eq!(of_rule(&tx, "x").unwrap().ratings, Ratings { useful: 1, ..Ratings::default() });
        rate(&tx, CallId::from_number(9), 1, "x", Rating::Wrong, 5).unwrap();
        assert_eq!(all(&tx).unwrap()["x"].ratings.all(), 1, "a call that is not kept does not count");
        crate::store::calls::delete(&tx, call, 0).unwrap();
        assert_eq!(all(&tx).unwrap().len(), 0);
    }
}
