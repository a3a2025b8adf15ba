//! Calls as they are kept: whose they are, who was told what, and, when they are over, their numbers. No sound, no
//! words.

pub mod attribution;
pub mod course;
pub mod stored;
pub mod traces;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::stored::{StoredReceipt, StoredSummary};
use self::traces::Coached;
use super::audit::{APPLIANCE, append};
use super::effects::{self, Effect};
use super::forgotten::Forgotten;
use super::reach::{Asker, within};
use super::withdrawn::Withdrawal;
use super::{Error, Tx, events, idempotency};
use crate::audit::Change;
use crate::calls::{CallSource, Consent, How, Outcome, Review};
use crate::people::{Owner, Reach, Who};
use crate::units::{CallId, ClientId, Layout, PersonId, TeamId};

/// A call as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCall {
    pub id: CallId,
    pub owner: Owner,
    pub client: Option<ClientId>,
    /// The client's name, as it is when this is read.
    pub client_name: Option<String>,
    pub layout: Layout,
    pub source: CallSource,
    pub consent: Consent,
    pub created_ms: i64,
    /// `None` while it goes on.
    pub ended_ms: Option<i64>,
    pub elapsed_ms: i64,
    pub outcome: Option<String>,
    /// Final when the call is over; while it goes on it lies behind.
    pub summary: Option<StoredSummary>,
    pub receipt: Option<StoredReceipt>,
    /// Topics to choose from, as given with the call.
    pub agenda: Vec<String>,
    /// The rep's own account, as it was answered when it was taken.
    pub review: Option<Value>,
}

impl StoredCall {
    /// The call, as its events name it.
    pub fn subject(&self) -> events::CallSubject {
        events::CallSubject { id: self.id, client: self.client, owner: self.owner }
    }
}

/// Who told or asked the other side, when, how, and with which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    pub at_ms: i64,
    pub consent: Consent,
    pub how: How,
    pub text: i64,
    pub person: Option<PersonId>,
}

/// The end of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub id: CallId,
    pub ended_ms: i64,
    pub elapsed_ms: i64,
    pub summary: StoredSummary,
    pub receipt: StoredReceipt,
    /// `None` with one microphone: there was no coach.
    pub coached: Option<Coached>,
}

const FROM: &str = "SELECT c.id, c.owner, p.team, c.client, c.layout, c.source, c.device, c.consent, c.created_ms, \
                    c.ended_ms, c.elapsed_ms, c.outcome, c.summary_json, c.receipt_json, c.agenda_json, \
                    c.review_json, k.name \
                    FROM calls c LEFT JOIN people p ON p.id = c.owner LEFT JOIN clients k ON k.id = c.client";

fn kept(row: &Row) -> rusqlite::Result<StoredCall> {
    let text = |at| row.get::<_, String>(at);
    let unread = |at, what: String| {
        let error = format!("`{what}` cannot be read").into();
        rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error)
    };
    let (source, consent, layout) = (text(5)?, text(7)?, text(4)?);
    Ok(StoredCall {
        id: CallId::from_number(row.get(0)?),
        owner: Owner {
            person: row.get::<_, Option<i64>>(1)?.map(PersonId),
            team: row.get::<_, Option<i64>>(2)?.map(TeamId),
        },
        client: row.get::<_, Option<i64>>(3)?.map(ClientId),
        layout: layout.parse().map_err(|_| unread(4, layout))?,
        source: match source.as_str() {
            "socket" => CallSource::Socket,
            "demo" => CallSource::Demo,
            _ => CallSource::Device(row.get::<_, Option<String>>(6)?.unwrap_or_default()),
        },
        consent: Consent::named(&consent).ok_or_else(|| unread(7, consent))?,
        created_ms: row.get(8)?,
        ended_ms: row.get(9)?,
        elapsed_ms: row.get(10)?,
        outcome: row.get(11)?,
        summary: json(row, 12)?,
        receipt: json(row, 13)?,
        agenda: serde_json::from_str(&text(14)?).unwrap_or_default(),
        review: json(row, 15)?,
        client_name: row.get(16)?,
    })
}

/// What a column holds as JSON; `None` where there is nothing.
fn json<T: DeserializeOwned>(row: &Row, at: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(at)?;
    Ok(text.map(|text| read(&text, at)).transpose()?.flatten())
}

/// The JSON of a column.
fn read<T: DeserializeOwned>(text: &str, at: usize) -> rusqlite::Result<T> {
    let failed = |error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error));
    serde_json::from_str(text).map_err(failed)
}

/// Writes down that a call begins.
pub fn begin(tx: &Tx, call: &StoredCall, told: &Told) -> Result<(), Error> {
    let (source, device) = match &call.source {
        CallSource::Socket => ("socket", None),
        CallSource::Demo => ("demo", None),
        CallSource::Device(device) => ("device", Some(device)),
    };
    tx.prepare_cached(
        "INSERT INTO calls(id, owner, client, layout, source, device, consent, created_ms, agenda_json) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        call.id.number(),
        call.owner.person.map(|person| person.0),
        call.client.map(|client| client.0),
        call.layout.name(),
        source,
        device,
        told.consent.name(),
        call.created_ms,
        json!(call.agenda).to_string(),
    ])?;
    write_told(tx, call.id, told)?;
    let Some(call) = one(tx, call.id)? else { return Ok(()) };
    let opened = json!({ "layout": call.layout.name(), "source": source, "consent": told.consent.name() });
    events::tell_of(tx, call.subject(), "call.opened", opened, call.created_ms)
}

fn write_told(tx: &Tx, call: CallId, told: &Told) -> Result<(), Error> {
    tx.prepare_cached(
        "INSERT INTO consents(call, at_ms, consent, how, text, person) VALUES (?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        call.number(),
        told.at_ms,
        told.consent.name(),
        told.how.name(),
        told.text,
        told.person.map(|person| person.0)
    ])?;
    Ok(())
}

/// The other side has said more.
///
/// # Errors
/// There is no such call.
pub fn told(tx: &Tx, call: CallId, told: &Told) -> Result<(), Error> {
    let known =
        tx.execute("UPDATE calls SET consent = ? WHERE id = ?", params![told.consent.name(), call.number()])?;
    if known == 0 { Err(Error::Missing("call")) } else { write_told(tx, call, told) }
}

/// The rep's own account, in place of an earlier one. Others hear what came of the call and what objections were
/// about, not the notes.
pub fn review(tx: &Tx, id: CallId, review: &Review, now_ms: i64) -> Result<(), Error> {
    let Some(call) = one(tx, id)? else { return Ok(()) };
    let outcome = review.outcome.map(Outcome::name);
    let told = json!({ "objection": review.objection, "topics": review.topics, "outcome": outcome });
    let mut kept = told.clone();
    kept["notes"] = json!(review.notes);
    let change = "UPDATE calls SET outcome = ?, review_json = ? WHERE id = ?";
    tx.execute(change, params![outcome, kept.to_string(), id.number()])?;
    events::tell_of(tx, call.subject(), "call.reviewed", told, now_ms)
}

/// Somebody ends a call. `None` when it is not kept, `Some(false)` when it had ended before.
pub fn stop(tx: &Tx, call: CallId, now_ms: i64) -> Result<Option<bool>, Error> {
    let going_on = "SELECT ended_ms IS NULL FROM calls WHERE id = ?";
    let going_on: Option<bool> = tx.query_row(going_on, [call.number()], |row| row.get(0)).optional()?;
    if going_on == Some(true) {
        tx.execute("UPDATE calls SET ended_ms = ? WHERE id = ?", params![now_ms, call.number()])?;
    }
    Ok(going_on)
}

/// Keeps the numbers of a call that is over. If nobody had ended it, the log says that it ended by itself.
pub fn end(tx: &Tx, ended: &Ended) -> Result<(), Error> {
    let Some(by_itself) = stop(tx, ended.id, ended.ended_ms)? else { return Ok(()) };
    tx.prepare_cached("UPDATE calls SET elapsed_ms = ?, summary_json = ?, receipt_json = ? WHERE id = ?")?
        .execute(params![
            ended.elapsed_ms,
            json!(ended.summary).to_string(),
            json!(ended.receipt).to_string(),
            ended.id.number()
        ])?;
    if let Some(coached) = &ended.coached {
        traces::keep(tx, ended.id, coached, ended.ended_ms)?;
    }
    if by_itself {
        append(tx, APPLIANCE, ended.ended_ms, Change::of("call.end", "call", ended.id))?;
    }
    Ok(())
}

/// A call; `None` when it is not kept.
pub fn one(connection: &Connection, id: CallId) -> Result<Option<StoredCall>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE c.id = ?"))?;
    Ok(found.query_row([id.number()], kept).optional()?)
}

/// Calls within somebody's reach, newest first, behind one of them; with one client, or with all.
pub fn list(
    connection: &Connection,
    who: &Who,
    reach: Reach,
    client: Option<ClientId>,
    after: Option<CallId>,
    limit: u32,
) -> Result<Vec<StoredCall>, Error> {
    let within = within("c.owner", "p.team");
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE {within} AND (:after IS NULL OR \
         (c.created_ms, c.id) < (SELECT created_ms, id FROM calls WHERE id = :after)) \
         AND (:client IS NULL OR c.client = :client) ORDER BY c.created_ms DESC, c.id DESC LIMIT :limit"
    ))?;
    let asker = Asker::new(who, reach);
    let (after, client) = (after.map(CallId::number), client.map(|client| client.0));
    let asked = asker.with(&[(":after", &after), (":client", &client), (":limit", &limit)]);
    Ok(found.query_map(&asked[..], kept)?.collect::<Result<_, _>>()?)
}

/// How many calls of a person go on.
pub fn going_on_of(connection: &Connection, person: PersonId) -> Result<usize, Error> {
    let sql = "SELECT count(*) FROM calls WHERE owner = ? AND ended_ms IS NULL";
    let count: i64 = connection.prepare_cached(sql)?.query_row([person.0], |row| row.get(0))?;
    Ok(count.unsigned_abs() as usize)
}

/// Whose calls, or about whom.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    Person(PersonId),
    Client(ClientId),
}

/// All calls of one person or with one client, oldest first.
pub fn all(connection: &Connection, of: Of) -> Result<Vec<StoredCall>, Error> {
    let (column, id) = match of {
        Of::Person(person) => ("owner", person.0),
        Of::Client(client) => ("client", client.0),
    };
    let mut found =
        connection.prepare_cached(&format!("{FROM} WHERE c.{column} = ? ORDER BY c.created_ms"))?;
    Ok(found.query_map([id], kept)?.collect::<Result<_, _>>()?)
}

/// What was told in one call, as JSON.
pub fn all_told(connection: &Connection, call: CallId) -> Result<Vec<Value>, Error> {
    let mut found = connection.prepare_cached(
        "SELECT at_ms, consent, how, text, person FROM consents WHERE call = ? ORDER BY at_ms",
    )?;
    let read = |row: &Row| {
        let (at_ms, text): (i64, i64) = (row.get(0)?, row.get(3)?);
        let (consent, how): (String, String) = (row.get(1)?, row.get(2)?);
        let person: Option<i64> = row.get(4)?;
        Ok(json!({ "at_ms": at_ms, "consent": consent, "how": how, "text": text, "person": person }))
    };
    Ok(found.query_map([call.number()], read)?.collect::<Result<_, _>>()?)
}

/// Deletes everything about a call from which consent was withdrawn; others hear that they are to do the same. Answers
/// what was there.
pub fn delete(tx: &Tx, id: CallId, now_ms: i64) -> Result<Option<StoredCall>, Error> {
    let call = one(tx, id)?;
    events::forget(tx, events::Of::Call(id))?;
    idempotency::forget_call(tx, id)?;
    tx.execute("DELETE FROM calls WHERE id = ?", [id.number()])?;
    if let Some(call) = &call {
        events::tell(tx, "call.withdrawn", call.owner, &json!({ "call": id.to_string() }), now_ms)?;
    }
    Ok(call)
}

/// Carries out a withdrawal, with its entry in the log if there was something to delete. Answers whether there was.
///
/// # Errors
/// SQLite refuses.
pub fn withdraw(tx: &Tx, withdrawal: &Withdrawal) -> Result<bool, Error> {
    let Withdrawal { call, consent, at_ms, actor } = withdrawal;
    let gone = delete(tx, *call, *at_ms)?.is_some();
    if gone {
        let change = Change::of("call.withdraw", "call", call).to(json!({ "consent": consent.name() }));
        append(tx, actor, *at_ms, change)?;
        let aside = Effect::Aside(Forgotten::Call(*call));
        [Effect::CallWithdrawn(*call), aside, Effect::Scrub]
            .into_iter()
            .try_for_each(|one| effects::add(tx, one))?;
    }
    Ok(gone)
}

/// Forgets calls that ended before `before_ms`. Answers how many.
pub fn sweep(tx: &Tx, before_ms: i64) -> Result<usize, Error> {
    Ok(tx.execute("DELETE FROM calls WHERE ended_ms < ?", [before_ms])?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::audit::{Search, search};
    use crate::store::scratch;

    fn begun(tx: &Tx, bits: u64, created_ms: i64) -> CallId {
        let id = CallId::from_bits(bits);
        let call = StoredCall {
            id,
            owner: Owner { person: None, team: None },
            client: None,
            client_name: None,
            layout: Layout::RepLeft,
            source: CallSource::Device("alsa:x".into()),
            consent: Consent::Notified,
            created_ms,
            ended_ms: None,
            elapsed_ms: 0,
            outcome: None,
            summary: None,
            receipt: None,
            agenda: vec!["价格".into()],
            review: None,
        };
        let told = Told { at_ms: 5, consent: Consent::Notified, how: How::Spoken, text: 1, person: None };
        begin(tx, &call, &told).unwrap();
        assert_eq!(one(tx, id).unwrap(), Some(call), "it reads back as written");
        id
    }

    fn ended(id: CallId) -> Ended {
        let summary = stored::example::summary(4.0);
        let receipt = stored::example::receipt();
        Ended { id, ended_ms: 9, elapsed_ms: 4000, summary, receipt, coached: None }
    }

    fn log(tx: &Tx) -> Vec<String> {
        let entries = search(tx, &Search::default(), 10).unwrap();
        entries.into_iter().map(|entry| entry.deed).collect()
    }

    #[test]
    fn a_call_that_ends_by_itself_is_logged_once() {
        let tx = scratch();
        let id = begun(&tx, u64::MAX, 1);
        end(&tx, &ended(id)).unwrap();
        end(&tx, &ended(id)).unwrap();
        assert_eq!(log(&tx), ["call.end"]);
        let call = one(&tx, id).unwrap().unwrap();
        assert_eq!((call.ended_ms, call.elapsed_ms), (Some(9), 4000));
        assert_eq!((call.summary, call.receipt), (Some(ended(id).summary), Some(ended(id).receipt)));
    }

    #[test]
    fn a_call_that_somebody_stopped_is_not_logged_again() {
        let tx = scratch();
        let id = begun(&tx, 2, 1);
        assert_eq!(stop(&tx, id, 8).unwrap(), Some(true));
        assert_eq!(stop(&tx, id, 9).unwrap(), Some(false));
        end(&tx, &ended(id)).unwrap();
        assert_eq!(log(&tx), [""; 0]);
        assert_eq!(one(&tx, id).unwrap().unwrap().ended_ms, Some(8));
    }

    #[test]
    fn a_deleted_call_does_not_come_back() {
        let tx = scratch();
        let id = begun(&tx, 2, 1);
        assert!(delete(&tx, id, 9).unwrap().is_some());
        end(&tx, &ended(id)).unwrap();
        assert_eq!((one(&tx, id).unwrap(), all_told(&tx, id).unwrap()), (None, Vec::new()));
    }

    #[test]
    fn what_was_interrupted_is_over_and_what_is_old_goes() {
        let tx = scratch();
        let (one_id, other) = (begun(&tx, 2, 1), begun(&tx, 4, 2));
        stop(&tx, one_id, 10).unwrap();
        assert_eq!(course::end_interrupted(&tx, 20).unwrap(), 1);
        let page = |after| list(&tx, &Who::LOCAL, Reach::Own, None, after, 1).unwrap();
        assert_eq!(page(None)[0].id, other, "newest first");
        assert_eq!(page(Some(other))[0].id, one_id);
        assert_eq!(sweep(&tx, 20).unwrap(), 1);
        assert_eq!((one(&tx, one_id).unwrap(), one(&tx, other).unwrap().is_some()), (None, true));
    }
}
