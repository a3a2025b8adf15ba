//! What is kept of a call for its rules and its client: how the signals stood, how often the client hesitated, what about.

use rusqlite::{Connection, Row, params};
use serde_json::{Value, json};

use crate::hints::Context;
use crate::store::{Error, Tx};
use crate::units::{CallId, ClientId, TeamId};

/// Topics of earlier calls that are told; older ones are not news.
const TOPICS_MAX: u32 = 5;

/// What coaching leaves of a call.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coached {
    pub trace: Vec<u8>,
    /// Where the call's audio clock ended.
    pub end_ms: i64,
    pub context: Context,
    /// Objection signals.
    pub hesitations: u32,
    /// Answers of the client.
    pub answers: u32,
    /// Hints shown, and hints computed and shown to nobody.
    pub hints: u32,
    pub silent: u32,
    /// The rep's part of all speech.
    pub talk_share: Option<f64>,
    /// The median time that the client took to answer.
    pub latency_ms: Option<i64>,
}

/// A call on which rules can be tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    pub call: CallId,
    pub team: Option<TeamId>,
    pub coached: Coached,
}

/// Keeps what coaching leaves of a call, in place of what was kept before.
pub fn keep(tx: &Tx, call: CallId, coached: &Coached, now_ms: i64) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO traces(call, at_ms, end_ms, context_json, trace) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute(params![
        call.number(),
        now_ms,
        coached.end_ms,
        written(&coached.context).to_string(),
        coached.trace
    ])?;
    tx.prepare_cached(
        "INSERT INTO call_numbers(call, hesitations, answers, hints, silent, talk_share, latency_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET hesitations = ?2, answers = ?3, hints = ?4, \
         silent = ?5, talk_share = ?6, latency_ms = ?7",
    )?
    .execute(params![
        call.number(),
        coached.hesitations,
        coached.answers,
        coached.hints,
        coached.silent,
        coached.talk_share,
        coached.latency_ms
    ])?;
    Ok(())
}

/// Whether the rep says that there were objections in a call, and about what, in place of what was said before.
pub fn tag(tx: &Tx, call: CallId, objection: Option<bool>, topics: &[String]) -> Result<(), Error> {
    tx.execute("UPDATE calls SET objection = ? WHERE id = ?", params![objection, call.number()])?;
    tx.execute("DELETE FROM topics WHERE call = ?", [call.number()])?;
    // A call that is not kept, such as the demo, has no topics.
    let mut add =
        tx.prepare_cached("INSERT INTO topics(call, topic) SELECT id, ? FROM calls WHERE id = ?")?;
    for topic in topics {
        add.execute(params![topic, call.number()])?;
    }
    Ok(())
}

/// The newest calls since `since_ms` on which rules can be tried, of one team or of all.
pub fn recent(
    connection: &Connection,
    team: Option<TeamId>,
    since_ms: i64,
    limit: u32,
) -> Result<Vec<Traced>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT t.call, p.team, t.end_ms, t.context_json, t.trace, f.hesitations, f.answers FROM traces t \
         JOIN calls c ON c.id = t.call JOIN call_numbers f ON f.call = t.call LEFT JOIN people p ON p.id = c.owner \
         WHERE t.at_ms >= ?1 AND (?2 IS NULL OR p.team = ?2) ORDER BY t.at_ms DESC LIMIT ?3",
    )?;
    let read = |row: &Row| {
        let context: String = row.get(3)?;
        let coached = Coached {
            end_ms: row.get(2)?,
            context: read(&serde_json::from_str(&context).unwrap_or(Value::Null)),
            trace: row.get(4)?,
            hesitations: row.get(5)?,
            answers: row.get(6)?,
            ..Coached::default()
        };
        let team = row.get::<_, Option<i64>>(1)?.map(TeamId);
        Ok(Traced { call: CallId::from_number(row.get(0)?), team, coached })
    };
    let found = found.query_map(params![since_ms, team.map(|team| team.0), limit], read)?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What earlier calls with a client tell: what its last objections were about, newest first, and how often it has
/// hesitated since a rep last said why.
pub fn of_client(connection: &Connection, client: ClientId, since_ms: i64) -> Result<Context, Error> {
    let mut topics = connection.prepare_cached(
        "SELECT t.topic FROM topics t JOIN calls c ON c.id = t.call WHERE c.client = ?1 AND c.created_ms >= ?2 \
         GROUP BY t.topic ORDER BY max(c.created_ms) DESC, t.topic LIMIT ?3",
    )?;
    let topics = topics.query_map(params![client.0, since_ms, TOPICS_MAX], |row| row.get(0))?;
    let topics: Vec<String> = topics.collect::<Result<_, _>>()?;
    let mut hesitations = connection.prepare_cached(
        "SELECT sum(f.hesitations) FROM calls c JOIN call_numbers f ON f.call = c.id \
         WHERE c.client = ?1 AND c.created_ms >= ?2 AND c.created_ms > coalesce( \
         (SELECT max(k.created_ms) FROM calls k JOIN topics t ON t.call = k.id WHERE k.client = ?1), 0)",
    )?;
    let hesitations = hesitations.query_row(params![client.0, since_ms], |row| row.get(0))?;
    let last_objections = (!topics.is_empty()).then_some(topics);
    Ok(Context { last_objections, hesitations_before: hesitations, ..Context::default() })
}

/// What coaching left of a call, as it is handed out to whom it is about.
pub fn handed_out(connection: &Connection, call: CallId) -> Result<Value, Error> {
    let text: String = connection.query_row(
        "SELECT json_object('topics', (SELECT json_group_array(topic) FROM topics WHERE call = ?1), \
         'hesitations', (SELECT hesitations FROM call_numbers WHERE call = ?1), \
         'answers', (SELECT answers FROM call_numbers WHERE call = ?1), \
         'talk_share', (SELECT talk_share FROM call_numbers WHERE call = ?1), \
         'ratings', (SELECT json_group_array(json_object('rule', rule, 'rating', rating)) FROM ratings WHERE call = ?1), \
         'note', (SELECT note FROM shares WHERE call = ?1), \
         'trace', (SELECT hex(trace) FROM traces WHERE call = ?1))",
        [call.number()],
        |row| row.get(0),
    )?;
    Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
}

/// Forgets traces from before `before_ms`.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<(), Error> {
    tx.execute("DELETE FROM traces WHERE at_ms < ?", [before_ms])?;
    Ok(())
}

fn written(context: &Context) -> Value {
    json!({
        "industry": context.industry, "stage": context.stage, "open_items": context.open_items,
        "last_objections": context.last_objections, "visiting": context.visiting, "agenda": context.agenda,
        "hesitations_before": context.hesitations_before,
    })
}

/// What cannot be read is not known.
fn read(written: &Value) -> Context {
    let text = |name: &str| written[name].as_str().map(str::to_owned);
    let number = |name: &str| written[name].as_u64().and_then(|number| number.try_into().ok());
    let texts = |name: &str| {
        let texts = written[name].as_array()?;
        Some(texts.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect())
    };
    Context {
        industry: text("industry"),
        stage: text("stage"),
        open_items: number("open_items"),
        last_objections: texts("last_objections"),
        visiting: written["visiting"].as_bool(),
        agenda: texts("agenda"),
        hesitations_before: number("hesitations_before"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::scratch;

    /// A call with a client that hesitated so often, and what its rep said about it.
    fn call(tx: &Tx, id: i64, at_ms: i64, hesitations: u32, topics: &[&str]) -> CallId {
        tx.execute(
            "INSERT INTO calls(id, client, layout, source, consent, created_ms, ended_ms) \
             VALUES (?1, 1, 'rep-left', 'socket', 'notified', ?2, ?2)",
            params![id, at_ms],
        )
        .unwrap();
        let id = CallId::from_number(id);
        let context = Context { agenda: Some(vec!["价格".into()]), ..Context::default() };
        let coached = Coached {
            trace: vec![1],
            end_ms: 60_000,
            context,
            hesitations,
            answers: 9,
            ..Coached::default()
        };
        keep(tx, id, &coached, at_ms).unwrap();
        tag(tx, id, None, &topics.iter().map(|&topic| topic.to_owned()).collect::<Vec<_>>()).unwrap();
        id
    }

    fn client(tx: &Tx) {
        tx.execute_batch(
            "INSERT INTO people(login, name, role, created_ms) VALUES ('li', 'Li', 'rep', 0);
             INSERT INTO clients(name, aliases_json, analyse, owner, letters, sort, created_ms) \
             VALUES ('x', '[]', 1, 1, '', '', 0);",
        )
        .unwrap();
    }

    #[test]
    fn hesitations_count_until_somebody_says_why() {
        let tx = scratch();
        client(&tx);
        let known = |since_ms| of_client(&tx, ClientId(1), since_ms).unwrap();
        assert_eq!(known(0), Context::default());
        call(&tx, 1, 10, 2, &[]);
        call(&tx, 2, 20, 1, &[]);
        assert_eq!(known(0).hesitations_before, Some(3));
        assert_eq!(known(15).hesitations_before, Some(1), "what is too old does not count");
        call(&tx, 3, 30, 2, &["集采", "价格"]);
        call(&tx, 4, 40, 1, &["价格"]);
        assert_eq!(known(0).hesitations_before, None);
        assert_eq!(known(0).last_objections, Some(vec!["价格".into(), "集采".into()]));
    }

    #[test]
    fn what_is_kept_reads_back_and_goes_with_its_time_or_its_call() {
        let tx = scratch();
        client(&tx);
        let ids = [call(&tx, 1, 10, 0, &[]), call(&tx, 2, 20, 0, &["价格"])];
        let found = recent(&tx, None, 0, 10).unwrap();
        assert_eq!(found.iter().map(|traced| traced.call).collect::<Vec<_>>(), [ids[1], ids[0]]);
        assert_eq!(found[0].coached.context.agenda, Some(vec!["价格".into()]));
        assert_eq!(recent(&tx, Some(TeamId(1)), 0, 10).unwrap(), []);
        sweep(&tx, 20).unwrap();
        assert_eq!(recent(&tx, None, 0, 10).unwrap().len(), 1);
        crate::store::calls::delete(&tx, ids[1], 0).unwrap();
        for table in ["traces", "topics"] {
            let left: i64 =
                tx.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
            assert_eq!(left, 0, "{table}");
        }
    }
}
