//! The board: weeks put together once and for all, sums over them, what reps share, and the day in a sentence.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;

use super::{Error, Tx, events, zone};
use crate::insight::board::{Call, Dimension, Leaf, leaves, newest_week, week_of, week_start_ms};
use crate::people::Owner;
use crate::units::{CallId, ClientId, PersonId, TeamId};

/// Weeks that are looked at: two years.
pub const WEEKS_MAX: u32 = 104;

/// One value of what the board was asked by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    pub value: String,
    pub calls: u64,
    pub hesitated: u64,
}

fn of_week(connection: &Connection, team: TeamId, week: i64) -> Result<Vec<Call>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT c.client, coalesce(k.industry, ''), coalesce(k.stage, ''), \
         coalesce((SELECT min(t.topic) FROM topics t WHERE t.call = c.id), ''), n.hesitations > 0 \
         FROM calls c JOIN people p ON p.id = c.owner JOIN call_numbers n ON n.call = c.id \
         JOIN clients k ON k.id = c.client LEFT JOIN shares s ON s.call = c.id \
         WHERE p.team = ?1 AND c.created_ms >= ?2 AND c.created_ms < ?3 AND c.source <> 'demo' \
         AND coalesce(s.is_contested, 0) = 0",
    )?;
    let read = |row: &Row| {
        Ok(Call {
            client: row.get(0)?,
            industry: row.get(1)?,
            stage: row.get(2)?,
            topic: row.get(3)?,
            hesitated: row.get(4)?,
        })
    };
    let zone = zone::of(connection)?;
    let bounds = params![team.0, week_start_ms(week, zone), week_start_ms(week + 1, zone)];
    let found = found.query_map(bounds, read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// The first week of a team that has calls and is not put together yet, up to the newest that is over.
fn next_week(connection: &Connection, team: TeamId, now_ms: i64) -> Result<Option<i64>, Error> {
    let zone = zone::of(connection)?;
    let newest = newest_week(now_ms, zone);
    let last: Option<i64> =
        connection
            .query_row("SELECT max(week) FROM board_weeks WHERE team = ?", [team.0], |row| row.get(0))?;
    let next = match last {
        Some(last) => last + 1,
        None => {
            let sql =
                "SELECT min(c.created_ms) FROM calls c JOIN people p ON p.id = c.owner WHERE p.team = ?";
            let first: Option<i64> = connection.query_row(sql, [team.0], |row| row.get(0))?;
            let Some(first_ms) = first else { return Ok(None) };
            week_of(first_ms, zone).max(newest - i64::from(WEEKS_MAX))
        }
    };
    Ok((next <= newest).then_some(next))
}

/// Whether a week of the team waits to be put together.
pub fn is_behind(connection: &Connection, team: TeamId, now_ms: i64) -> Result<bool, Error> {
    Ok(next_week(connection, team, now_ms)?.is_some())
}

/// Puts together every week of a team that is over; each is told as `digest.weekly`.
pub fn settle(tx: &Tx, team: TeamId, now_ms: i64) -> Result<(), Error> {
    let zone = zone::of(tx)?;
    let newest = newest_week(now_ms, zone);
    while let Some(week) = next_week(tx, team, now_ms)? {
        let found = leaves(week, &of_week(tx, team, week)?);
        keep(tx, team, week, &found)?;
        if week == newest {
            let sum = |of: fn(&Leaf) -> u64| found.iter().map(of).sum::<u64>();
            let body = json!({
                "team": team.0, "week_ms": week_start_ms(week, zone), "calls": sum(|leaf| leaf.calls),
                "hesitated": sum(|leaf| leaf.hesitated),
            });
            events::tell(tx, "digest.weekly", Owner { person: None, team: Some(team) }, &body, now_ms)?;
        }
    }
    Ok(())
}

/// Keeps the leaves of a week.
pub fn keep(tx: &Tx, team: TeamId, week: i64, leaves: &[Leaf]) -> Result<(), Error> {
    tx.prepare_cached("INSERT INTO board_weeks(team, week) VALUES (?, ?)")?.execute(params![team.0, week])?;
    let mut add = tx.prepare_cached(
        "INSERT INTO board_leaves(team, week, industry, stage, topic, calls, hesitated) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    for leaf in leaves {
        let [industry, stage, topic] = &leaf.of;
        add.execute(params![
            team.0,
            week,
            industry,
            stage,
            topic,
            leaf.calls.cast_signed(),
            leaf.hesitated.cast_signed()
        ])?;
    }
    Ok(())
}

/// Puts together what is over for every team.
pub fn settle_all(tx: &Tx, now_ms: i64) -> Result<(), Error> {
    // A team in which nobody is has no calls.
    let mut teams = tx.prepare("SELECT DISTINCT team FROM people WHERE team IS NOT NULL")?;
    let teams: Vec<i64> = teams.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    teams.into_iter().try_for_each(|team| settle(tx, TeamId(team), now_ms))
}

/// Sums over the last `weeks` of a team that are over, by one dimension.
pub fn sums(
    connection: &Connection,
    team: TeamId,
    by: Dimension,
    weeks: u32,
    now_ms: i64,
) -> Result<Vec<Sum>, Error> {
    let zone = zone::of(connection)?;
    let column = match by {
        Dimension::Industry => "industry",
        Dimension::Stage => "stage",
        Dimension::Topic => "topic",
        Dimension::Week => "week",
    };
    let order = if by == Dimension::Week { "1" } else { "3 DESC, 2 DESC, 1" };
    let mut found = connection.prepare_cached(&format!(
        "SELECT {column}, sum(calls), sum(hesitated) FROM board_leaves WHERE team = ? AND week > ? \
         GROUP BY {column} ORDER BY {order}"
    ))?;
    let read = |row: &Row| {
        let value = match by {
            Dimension::Week => week_start_ms(row.get(0)?, zone).to_string(),
            _ => row.get(0)?,
        };
        let number = |at| Ok::<_, rusqlite::Error>(row.get::<_, i64>(at)?.unsigned_abs());
        Ok(Sum { value, calls: number(1)?, hesitated: number(2)? })
    };
    let after = newest_week(now_ms, zone) - i64::from(weeks.clamp(1, WEEKS_MAX));
    let found = found.query_map(params![team.0, after], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What a rep says to those who may look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Share {
    /// The call may be seen by the team's manager, with its client.
    pub is_shared: bool,
    /// The signals of this call were none.
    pub is_contested: bool,
    pub note: String,
}

/// # Errors
/// The call is not kept.
pub fn share(tx: &Tx, call: CallId, share: &Share, now_ms: i64) -> Result<(), Error> {
    let known = tx.execute(
        "INSERT INTO shares(call, is_shared, is_contested, note, at_ms) SELECT id, ?2, ?3, ?4, ?5 FROM calls \
         WHERE id = ?1 ON CONFLICT DO UPDATE SET is_shared = ?2, is_contested = ?3, note = ?4, at_ms = ?5",
        params![call.number(), share.is_shared, share.is_contested, share.note, now_ms],
    )?;
    if known == 0 { Err(Error::Missing("call")) } else { Ok(()) }
}

pub fn share_of(connection: &Connection, call: CallId) -> Result<Share, Error> {
    let sql = "SELECT is_shared, is_contested, note FROM shares WHERE call = ?";
    let read = |row: &Row| Ok(Share { is_shared: row.get(0)?, is_contested: row.get(1)?, note: row.get(2)? });
    Ok(connection.query_row(sql, [call.number()], read).optional()?.unwrap_or_default())
}

/// Whose calls may be seen one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// All of one's own.
    Own(Option<PersonId>),
    /// What reps of a team share.
    Shared(TeamId),
}

/// A call that may be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCall {
    pub call: CallId,
    pub owner: Option<PersonId>,
    pub client: ClientId,
    pub client_name: String,
    pub industry: String,
    pub created_ms: i64,
    pub hesitations: u32,
    pub topics: Vec<String>,
    pub share: Share,
}

/// Calls with clients that may be seen, newest first.
pub fn seen(
    connection: &Connection,
    seen: Seen,
    from_ms: i64,
    to_ms: i64,
    limit: u32,
) -> Result<Vec<SeenCall>, Error> {
    // From the few that are shared, or from the few of one person.
    let (from, whose, id) = match seen {
        Seen::Own(person) => {
            let from = "calls c LEFT JOIN shares s ON s.call = c.id";
            (from, "c.owner IS ?1", person.map(|person| person.0))
        }
        Seen::Shared(team) => {
            let from = "shares s CROSS JOIN calls c ON c.id = s.call JOIN people p ON p.id = c.owner";
            (from, "p.team = ?1 AND s.is_shared", Some(team.0))
        }
    };
    let mut found = connection.prepare_cached(&format!(
        "SELECT c.id, c.owner, k.id, k.name, coalesce(k.industry, ''), c.created_ms, n.hesitations, \
         coalesce((SELECT json_group_array(t.topic) FROM topics t WHERE t.call = c.id), '[]'), \
         coalesce(s.is_shared, 0), coalesce(s.is_contested, 0), coalesce(s.note, '') \
         FROM {from} JOIN call_numbers n ON n.call = c.id JOIN clients k ON k.id = c.client \
         WHERE {whose} AND c.created_ms >= ?2 AND c.created_ms < ?3 AND c.source <> 'demo' ORDER BY c.created_ms DESC LIMIT ?4"
    ))?;
    let read = |row: &Row| {
        let topics: String = row.get(7)?;
        Ok(SeenCall {
            call: CallId::from_number(row.get(0)?),
            owner: row.get::<_, Option<i64>>(1)?.map(PersonId),
            client: ClientId(row.get(2)?),
            client_name: row.get(3)?,
            industry: row.get(4)?,
            created_ms: row.get(5)?,
            hesitations: row.get(6)?,
            topics: serde_json::from_str(&topics).unwrap_or_default(),
            share: Share { is_shared: row.get(8)?, is_contested: row.get(9)?, note: row.get(10)? },
        })
    };
    let found = found.query_map(params![id, from_ms, to_ms, limit], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// One week of somebody's own calls.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OwnWeek {
    pub week_ms: i64,
    pub calls: u64,
    pub hesitations: u64,
    pub answers: u64,
    pub talk_share: Option<f64>,
    /// Of the client's answers.
    pub latency_s: Option<f64>,
    pub hints: u64,
    pub rated: u64,
    pub useful: u64,
    pub advanced: u64,
}

/// Somebody's own weeks, oldest first, from `since_ms` to `until_ms`.
pub fn own_weeks(
    connection: &Connection,
    person: Option<PersonId>,
    since_ms: i64,
    until_ms: i64,
) -> Result<Vec<OwnWeek>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT w.value, count(*), sum(n.hesitations), sum(n.answers), avg(n.talk_share), \
         avg(n.latency_ms) / 1000.0, sum(n.hints), \
         sum((SELECT count(*) FROM ratings r WHERE r.call = c.id)), \
         sum((SELECT count(*) FROM ratings r WHERE r.call = c.id AND r.rating = 'useful')), \
         sum(c.outcome IN ('advanced', 'won')) \
         FROM json_each(?3) w JOIN calls c ON c.created_ms >= w.value AND c.created_ms < coalesce(\
         (SELECT min(value) FROM json_each(?3) WHERE value > w.value), ?4) \
         JOIN call_numbers n ON n.call = c.id WHERE c.owner IS ?1 AND c.created_ms >= ?2 \
         AND c.source <> 'demo' GROUP BY 1 ORDER BY 1",
    )?;
    let read = |row: &Row| {
        let number =
            |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.unwrap_or(0).unsigned_abs());
        Ok(OwnWeek {
            week_ms: row.get(0)?,
            calls: number(1)?,
            hesitations: number(2)?,
            answers: number(3)?,
            talk_share: row.get(4)?,
            latency_s: row.get(5)?,
            hints: number(6)?,
            rated: number(7)?,
            useful: number(8)?,
            advanced: number(9)?,
        })
    };
    let zone = zone::of(connection)?;
    let (first, last) = (week_of(since_ms, zone), week_of(until_ms, zone));
    let weeks: Vec<i64> = (first..=last).map(|week| week_start_ms(week, zone)).collect();
    let person = person.map(|person| person.0);
    let found = found.query_map(
        params![person, since_ms, json!(weeks).to_string(), week_start_ms(last + 1, zone)],
        read,
    )?;
    Ok(found.collect::<Result<_, _>>()?)
}
