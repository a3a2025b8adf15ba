//! Clients: written, found by name, alias or the first letters of their pinyin, a page at a time.

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Value, json};

use super::audit::APPLIANCE;
use super::people::named;
use super::reach::{Asker, within};
use super::records::adopted::{self, Written};
use super::records::{CLIENTS, new_uid, orders};
use super::{Error, Tx, contacts, events};
use crate::customers::{Anchor, Card, Client, Grade, letters, needle, order};
use crate::people::{Reach, Who};
use crate::units::{ClientId, PersonId, TeamId};

const FROM: &str = "SELECT c.id, c.name, c.aliases_json, c.industry, c.stage, c.grade, c.analyse, \
                    c.lat, c.lon, c.datum, c.owner, p.team, c.version FROM clients c JOIN people p ON p.id = c.owner";

fn client(row: &Row) -> rusqlite::Result<Client> {
    let known = |at: usize| row.get::<_, Option<String>>(at);
    let lat_lon = row.get::<_, Option<f64>>(7)?.zip(row.get(8)?);
    let place = lat_lon.zip(known(9)?).map(|((lat, lon), datum)| Anchor::of(lat, lon, &datum));
    let anchor = place.transpose().map_err(|error| unread(9, error))?;
    let card = Card {
        name: row.get(1)?,
        aliases: serde_json::from_str(&row.get::<_, String>(2)?).map_err(|error| unread(2, error))?,
        industry: known(3)?,
        stage: known(4)?,
        // The table's options may be more than a card knows.
        grade: known(5)?.and_then(|grade| grade.parse().ok()),
        contacts: Vec::new(),
        analyse: row.get(6)?,
        anchor,
    };
    Ok(Client {
        id: ClientId(row.get(0)?),
        card,
        owner: PersonId(row.get(10)?),
        team: row.get::<_, Option<i64>>(11)?.map(TeamId),
        version: row.get(12)?,
    })
}

fn unread(at: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}

/// With those who are met there.
fn whole(connection: &Connection, mut client: Client) -> Result<Client, Error> {
    client.card.contacts = contacts::of(connection, client.id)?;
    Ok(client)
}

fn all_whole(
    connection: &Connection,
    found: impl Iterator<Item = rusqlite::Result<Client>>,
) -> Result<Vec<Client>, Error> {
    found.map(|client| whole(connection, client?)).collect()
}

/// A client as the audit log knows it: no names and no numbers to call, so that erasing a client leaves none there.
pub fn facts(client: &Client) -> Value {
    let card = &client.card;
    json!({
        "owner": client.owner.0, "industry": card.industry, "stage": card.stage,
        "grade": card.grade.map(|grade| grade.name()), "analyse": card.analyse,
        "aliases": card.aliases.len(), "contacts": card.contacts.len(), "anchored": card.anchor.is_some(),
    })
}

/// # Errors
/// There is no such client.
pub fn one(connection: &Connection, id: ClientId) -> Result<Client, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE c.id = ?"))?;
    let found = found.query_row([id.0], client).optional()?;
    whole(connection, found.ok_or(Error::Missing("client"))?)
}

pub fn with_name(connection: &Connection, name: &str) -> Result<Option<Client>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE c.name = ?"))?;
    found.query_row([name], client).optional()?.map(|client| whole(connection, client)).transpose()
}

/// Which clients are asked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Part of a name, an alias or their first letters; empty for all.
    pub text: String,
    /// Only those of this industry, stage or grade.
    pub industry: Option<String>,
    pub stage: Option<String>,
    pub grade: Option<Grade>,
    /// Only those behind this one.
    pub after: Option<ClientId>,
    pub limit: u32,
}

/// What clients are sorted into, as far as it is in use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds {
    pub industries: Vec<String>,
    pub stages: Vec<String>,
}

/// More are not a choice any more.
const KINDS_MAX: u32 = 100;

/// Clients within somebody's reach, in the order of their pinyin.
pub fn list(connection: &Connection, who: &Who, reach: Reach, search: &Search) -> Result<Vec<Client>, Error> {
    let within = within("c.owner", "p.team");
    let mut found = connection.prepare_cached(&format!(
        "{FROM} WHERE {within} AND (:text = '' OR instr(c.letters, :text)) \
         AND (:after IS NULL OR (c.sort, c.id) > (SELECT sort, id FROM clients WHERE id = :after)) \
         AND (:industry IS NULL OR c.industry = :industry) AND (:stage IS NULL OR c.stage = :stage) \
         AND (:grade IS NULL OR c.grade = :grade) ORDER BY c.sort, c.id LIMIT :limit"
    ))?;
    let asker = Asker::new(who, reach);
    let after = search.after.map(|after| after.0);
    let grade = search.grade.map(Grade::name);
    let text = needle(&search.text);
    let asked = asker.with(&[
        (":text", &text),
        (":after", &after),
        (":limit", &search.limit),
        (":industry", &search.industry),
        (":stage", &search.stage),
        (":grade", &grade),
    ]);
    all_whole(connection, found.query_map(&asked[..], client)?)
}

/// The industries and stages of the clients within somebody's reach, most used first.
pub fn kinds(connection: &Connection, who: &Who, reach: Reach) -> Result<Kinds, Error> {
    let (asker, within) = (Asker::new(who, reach), within("c.owner", "p.team"));
    let in_use = |column: &str| {
        let mut found = connection.prepare_cached(&format!(
            "SELECT c.{column} FROM clients c JOIN people p ON p.id = c.owner WHERE {within} AND c.{column} <> '' \
             GROUP BY c.{column} ORDER BY count(*) DESC, c.{column} LIMIT {KINDS_MAX}"
        ))?;
        let found = found.query_map(&asker.with(&[])[..], |row| row.get(0))?;
        Ok::<_, Error>(found.collect::<Result<Vec<String>, _>>()?)
    };
    Ok(Kinds { industries: in_use("industry")?, stages: in_use("stage")? })
}

/// Clients whose owner is one person.
pub fn of(connection: &Connection, owner: PersonId) -> Result<Vec<Client>, Error> {
    let mut found = connection.prepare_cached(&format!("{FROM} WHERE c.owner = ? ORDER BY c.id"))?;
    all_whole(connection, found.query_map([owner.0], client)?)
}

/// Makes a client; `by` is who does it, as in the audit log.
///
/// # Errors
/// There is a client of that name, or no such owner.
pub fn insert(tx: &Tx, card: &Card, owner: PersonId, now_ms: i64, by: &str) -> Result<Client, Error> {
    tx.prepare_cached(
        "INSERT INTO clients(name, aliases_json, industry, stage, grade, analyse, lat, lon, datum, owner, letters, sort, \
         created_ms, uid, created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?
    .execute(params![
        card.name,
        json!(card.aliases).to_string(),
        card.industry,
        card.stage,
        card.grade.map(|grade| grade.name()),
        card.analyse,
        card.anchor.map(|anchor| anchor.lat),
        card.anchor.map(|anchor| anchor.lon),
        card.anchor.map(|anchor| anchor.datum.name()),
        owner.0,
        letters_of(card),
        order(&card.name),
        now_ms,
        new_uid(now_ms)?,
        by.parse::<i64>().ok(),
    ])
    .map_err(|error| named(error, || taken(&card.name)))?;
    let id = ClientId(tx.last_insert_rowid());
    adopted::written(tx, at(id, now_ms, by), None, true)?;
    contacts::set(tx, id, owner, &card.contacts, now_ms, by)?;
    let client = one(tx, id)?;
    tell(tx, "client.created", &client, now_ms)?;
    Ok(client)
}

fn at(id: ClientId, now_ms: i64, by: &str) -> Written<'_> {
    Written { table: CLIENTS, id: id.0, now_ms, by }
}

/// Others hear of a client by its number: who wants more asks for the card.
pub fn tell(tx: &Tx, topic: &str, client: &Client, now_ms: i64) -> Result<(), Error> {
    let body = json!({ "client": client.id.0, "owner": client.owner.0 });
    events::tell(tx, topic, client.owner(), &body, now_ms)
}

/// Writes a card anew; `by` is who does it, as in the audit log.
///
/// # Errors
/// Another client has that name.
pub fn update(tx: &Tx, client: &Client, now_ms: i64, by: &str) -> Result<Client, Error> {
    let client = put(tx, client, now_ms, by)?;
    tell(tx, "client.changed", &client, now_ms)?;
    Ok(client)
}

/// A client of whom nothing is known any more.
pub fn empty(tx: &Tx, client: &Client, now_ms: i64) -> Result<(), Error> {
    tell(tx, "client.erased", &put(tx, client, now_ms, APPLIANCE)?, now_ms)
}

fn put(tx: &Tx, client: &Client, now_ms: i64, by: &str) -> Result<Client, Error> {
    let card = &client.card;
    let before = adopted::before(tx, CLIENTS, client.id.0)?;
    let was = before.as_ref().and_then(|before| before.get("owner"));
    let is_handed_over = was.is_some_and(|was| *was != crate::records::Value::Ref(client.owner.0));
    tx.prepare_cached(
        "UPDATE clients SET name = ?, aliases_json = ?, industry = ?, stage = ?, grade = ?, analyse = ?, \
         lat = ?, lon = ?, datum = ?, owner = ?, letters = ?, sort = ?, version = version + 1 WHERE id = ?",
    )?
    .execute(params![
        card.name,
        json!(card.aliases).to_string(),
        card.industry,
        card.stage,
        card.grade.map(|grade| grade.name()),
        card.analyse,
        card.anchor.map(|anchor| anchor.lat),
        card.anchor.map(|anchor| anchor.lon),
        card.anchor.map(|anchor| anchor.datum.name()),
        client.owner.0,
        letters_of(card),
        order(&card.name),
        client.id.0,
    ])
    .map_err(|error| named(error, || taken(&card.name)))?;
    adopted::written(tx, at(client.id, now_ms, by), before, false)?;
    contacts::follow(tx, client.id, client.owner, now_ms, by)?;
    if is_handed_over {
        orders::hand_over(tx, client.id, client.owner, now_ms, by)?;
    }
    contacts::set(tx, client.id, client.owner, &card.contacts, now_ms, by)?;
    one(tx, client.id)
}

fn letters_of(card: &Card) -> String {
    letters(std::iter::once(&card.name).chain(&card.aliases).map(String::as_str))
}

/// Why a name cannot be used again.
pub fn taken(name: &str) -> String {
    format!("there is a client `{name}` already: look it up, or choose another name")
}

/// Whether a client has this name.
pub fn is_taken(connection: &Connection, name: &str) -> Result<bool, Error> {
    let mut found = connection.prepare_cached("SELECT EXISTS(SELECT 1 FROM clients WHERE name = ?)")?;
    Ok(found.query_row([name], |row| row.get(0))?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::Contact;
    use crate::people::Role;
    use crate::store::people::{NewPerson, insert as insert_person, insert_team};
    use crate::store::scratch;
    use crate::units::Datum;

    /// Two people of a team and one of another, with a client each; and whom the first one is.
    fn house() -> (Tx, Who) {
        let tx = scratch();
        let teams = ["North", "South"].map(|name| insert_team(&tx, name).unwrap().id);
        for (login, team, name) in
            [("li", teams[0], "华东医药"), ("wu", teams[0], "重庆银行"), ("xu", teams[1], "Acme")]
        {
            let login = login.parse().unwrap();
            let new = NewPerson { login, name: name.into(), role: Role::Rep, team: Some(team) };
            let person = insert_person(&tx, &new, 0).unwrap();
            insert(&tx, &Card { aliases: vec!["老客户".into()], ..Card::named(name) }, person.id, 0, "1")
                .unwrap();
        }
        (
            tx,
            Who {
                person: Some(PersonId(1)),
                role: Role::Manager,
                team: Some(teams[0]),
                scope: crate::people::Scope::ALL,
            },
        )
    }

    #[track_caller]
    fn check(reach: Reach, text: &str, want: &[&str]) {
        let (tx, who) = house();
        let search = Search { text: text.into(), limit: 10, ..Search::default() };
        let found = list(&tx, &who, reach, &search).unwrap();
        let names: Vec<_> = found.iter().map(|client| client.card.name.as_str()).collect();
        assert_eq!(names, want, "{reach:?} {text}");
    }

    #[test]
    fn a_list_ends_where_the_role_does() {
        check(Reach::All, "", &["Acme", "华东医药", "重庆银行"]);
        check(Reach::Team, "", &["华东医药", "重庆银行"]);
        check(Reach::Own, "", &["华东医药"]);
        check(Reach::Nothing, "", &[]);
    }

    #[test]
    fn a_client_is_found_by_name_alias_or_first_letters() {
        check(Reach::All, "东医", &["华东医药"]);
        check(Reach::All, "CQYH", &["重庆银行"]);
        check(Reach::All, "lkh", &["Acme", "华东医药", "重庆银行"]);
        check(Reach::All, "100%_", &[]);
    }

    #[test]
    fn a_list_narrows_to_an_industry_a_stage_and_a_grade() {
        let (tx, who) = house();
        let card = |name: &str, industry: &str, stage: &str, grade| Card {
            industry: Some(industry.into()),
            stage: Some(stage.into()),
            grade,
            ..Card::named(name)
        };
        insert(&tx, &card("甲", "医药", "报价", Some(Grade::A)), PersonId(1), 0, "1").unwrap();
        insert(&tx, &card("乙", "医药", "初访", None), PersonId(1), 0, "1").unwrap();
        let names = |search: Search| {
            let found = list(&tx, &who, Reach::All, &Search { limit: 10, ..search }).unwrap();
            found.into_iter().map(|client| client.card.name).collect::<Vec<_>>()
        };
        let industry = Some("医药".to_owned());
        assert_eq!(names(Search { industry: industry.clone(), ..Search::default() }), ["甲", "乙"]);
        assert_eq!(names(Search { industry, stage: Some("初访".into()), ..Search::default() }), ["乙"]);
        assert_eq!(names(Search { grade: Some(Grade::A), ..Search::default() }), ["甲"]);
        let found = kinds(&tx, &who, Reach::Team).unwrap();
        assert_eq!((found.industries, found.stages.len()), (vec!["医药".to_owned()], 2));
        let other = Who { person: Some(PersonId(3)), ..who };
        assert_eq!(kinds(&tx, &other, Reach::Own).unwrap(), Kinds::default());
    }

    #[test]
    fn pages_follow_one_another_without_a_gap() {
        let (tx, who) = house();
        let mut search = Search { limit: 1, ..Search::default() };
        let mut names = Vec::new();
        while let [client] = &list(&tx, &who, Reach::All, &search).unwrap()[..] {
            names.push(client.card.name.clone());
            search.after = Some(client.id);
        }
        assert_eq!(names, ["Acme", "华东医药", "重庆银行"]);
    }

    #[test]
    fn a_card_reads_back_as_written_and_its_name_is_taken_once() {
        let (tx, _) = house();
        let card = Card {
            grade: Some(Grade::B),
            contacts: vec![Contact { name: "王强".into(), title: None, phone: Some("571".into()) }],
            anchor: Some(Anchor { lat: 30.25, lon: 120.2, datum: Datum::Gcj02 }),
            analyse: false,
            ..Card::named("中信")
        };
        let client = insert(&tx, &card, PersonId(2), 5, "2").unwrap();
        assert_eq!((&client.card, client.version), (&card, 1));
        let renamed = Client { card: Card { name: "Acme".into(), ..card }, ..client };
        assert!(matches!(update(&tx, &renamed, 6, "2"), Err(Error::Conflict(_))));
        let audited = facts(&renamed).to_string();
        assert!(!audited.contains("Acme") && !audited.contains("571"), "{audited}");
    }
}
