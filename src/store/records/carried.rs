//! What stood elsewhere before contacts and actions were tables with columns of the program's own -> those tables.

use rusqlite::{Connection, params};
use serde_json::Value as Json;

use super::layout::{ACTIONS, CONTACTS, Place, load, made};
use super::put::beside;
use super::read::whole;
use super::{Now, checks, search};
use crate::records::Table;
use crate::store::{Error, contacts, zone};

/// Name, title, phone.
type Kept = (String, Option<String>, Option<String>);

/// Carries over what people kept in tables of those names, and the contacts that stood on the cards of clients.
///
/// # Errors
/// SQLite refuses.
pub fn carry(tx: &Connection) -> Result<(), Error> {
    for key in [CONTACTS, ACTIONS] {
        let number = "SELECT number FROM record_tables WHERE key = ?";
        let number = tx.prepare(number)?.query_map([key], |row| row.get(0))?.next().transpose()?;
        if let Some(number) = number {
            fold(tx, key, number)?;
        }
    }
    from_cards(tx)?;
    tx.execute_batch("ALTER TABLE clients DROP COLUMN contacts_json")?;
    put_beside(tx)
}

/// The rows of a table that was defined before, with all their columns and numbers.
fn fold(tx: &Connection, key: &str, number: i64) -> Result<(), Error> {
    let from = made(number);
    let mut columns = tx.prepare("SELECT name, type FROM pragma_table_info(?)")?;
    let columns = columns.query_map([&from], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let columns = columns.collect::<Result<Vec<(String, String)>, _>>()?;
    if columns.is_empty() {
        return Ok(());
    }
    let own = own_columns(tx, key, number)?;
    let mut there = tx.prepare("SELECT name FROM pragma_table_info(?)")?;
    let there = there.query_map([key], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let (mut into, mut of) = (Vec::new(), Vec::new());
    for (column, kind) in &columns {
        let name = own.iter().find(|(before, _)| before == column).map_or(column, |(_, now)| now);
        if !there.contains(name) {
            tx.execute_batch(&format!("ALTER TABLE {key} ADD COLUMN {name} {kind}"))?;
        }
        into.push(name.as_str());
        of.push(column.as_str());
    }
    // What history, words and links tell of a record is told by its number; of what the program kept, nothing is.
    tx.execute_batch(&format!(
        "UPDATE {key} SET id = id + (SELECT max(m) FROM (SELECT max(id) AS m FROM {key} UNION ALL SELECT max(id) FROM {from})) \
         WHERE id IN (SELECT id FROM {from});
         INSERT INTO {key}({}) SELECT {} FROM {from};
         DROP TABLE {from};",
        into.join(", "),
        of.join(", ")
    ))?;
    Ok(())
}

/// The columns that fields had, and those of the program's own that they have now.
fn own_columns(tx: &Connection, key: &str, number: i64) -> Result<Vec<(String, String)>, Error> {
    let place = Place::of(number, key);
    let mut fields = tx.prepare("SELECT number, body_json FROM record_fields WHERE tbl = ?")?;
    let fields = fields.query_map([number], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut own = Vec::new();
    for field in fields {
        let (number, body): (i64, String) = field?;
        let body: Json = serde_json::from_str(&body).unwrap_or_default();
        let read = serde_json::json!({ "label": key, "fields": [body], "access": {} });
        let Ok(Table { fields, .. }) = Table::read(key, &read) else { continue };
        own.extend(fields.iter().map(|field| (format!("c_{number}"), place.column(number, field).name)));
    }
    Ok(own)
}

fn from_cards(tx: &Connection) -> Result<(), Error> {
    let mut cards = tx.prepare("SELECT id, owner, created_ms, contacts_json FROM clients ORDER BY id")?;
    let cards =
        cards.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?)))?;
    let mut insert = tx.prepare(
        "INSERT INTO contacts(uid, version, owner, created_ms, changed_ms, client, name, title, phone) \
         VALUES (?1, 1, ?2, ?3, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for card in cards {
        let (client, owner, created_ms, kept): (i64, i64, i64, String) = card?;
        for (name, title, phone) in serde_json::from_str::<Vec<Kept>>(&kept).unwrap_or_default() {
            let phone = phone.as_deref().map(contacts::kept_phone);
            let uid = checks::new_uid(created_ms)?;
            insert.execute(params![uid, owner, created_ms, client, name, title, phone])?;
        }
    }
    // Whose a contact is, its client says.
    tx.execute_batch(
        "UPDATE contacts SET owner = coalesce((SELECT owner FROM clients WHERE id = contacts.client), owner)",
    )?;
    Ok(())
}

/// Order and search words of what was carried over; where a table is not defined yet, whoever defines it puts them.
fn put_beside(tx: &Connection) -> Result<(), Error> {
    let tables = load(tx)?;
    for key in [CONTACTS, ACTIONS] {
        let found = tables.laid.tables.get(key).zip(tables.layout.places.get(key));
        let Some((table, place)) = found else { continue };
        let mut ids = tx.prepare(&format!("SELECT id FROM {key}"))?;
        for id in ids.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()? {
            let record =
                whole(tx, &tables, table, id, Now { ms: 0, zone: zone::of(tx)? }).map_err(Error::from)?;
            for (field, value) in &record.values {
                let Some(column) = place.columns.get(field) else { continue };
                for (name, cell) in beside(column, Some(value)) {
                    tx.execute(&format!("UPDATE {key} SET {name} = ? WHERE id = ?"), params![cell, id])?;
                }
            }
            search::put(tx, place, table, id, &record.values)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value as Cell;

    use crate::store::migrate;
    use crate::store::records::tests::{NOW, who};
    use crate::store::records::{install, load, one};

    /// What the version before this one wrote: contacts on a card, and those of a table with a field of people's own.
    const BEFORE: &str = r#"
        INSERT INTO people(id, login, name, role, team, created_ms) VALUES (1, 'a', 'A', 'rep', NULL, 0), (2, 'b', 'B', 'rep', NULL, 0);
        INSERT INTO clients(id, name, aliases_json, contacts_json, analyse, owner, letters, sort, created_ms, uid, changed_ms)
          VALUES (1, 'x', '[]', '[["王强",null,"13800138000"]]', 1, 2, '', '', 5, 'u', 5);
        INSERT INTO record_tables VALUES (2, 'contacts', '"contacts"', '{"rep":{"read":"own","change":"own","delete":"own"}}', 1);
        INSERT INTO record_fields VALUES (8, 2, 'client', '{"key":"client","kind":"link","label":"c","to":"clients"}', 1),
          (9, 2, 'name', '{"key":"name","kind":"text","label":"n"}', 1), (10, 2, 'phone', '{"key":"phone","kind":"phone","label":"p"}', 1),
          (11, 2, 'hobby', '{"key":"hobby","kind":"text","label":"h"}', 1);
        CREATE TABLE t_2(id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, version INTEGER NOT NULL, owner INTEGER REFERENCES people,
          created_ms INTEGER NOT NULL, created_by INTEGER, changed_ms INTEGER NOT NULL, changed_by INTEGER, deleted_ms INTEGER,
          c_8 INTEGER, c_9 TEXT, s_9 TEXT, c_10 TEXT, c_11 TEXT, s_11 TEXT) STRICT;
        CREATE INDEX t_2_by_c_8 ON t_2(c_8, id) WHERE deleted_ms IS NULL;
        INSERT INTO t_2 VALUES (7, 'v', 3, 1, 4, 1, 6, 1, NULL, 1, '赵工', 'zhao gong', '+8613900001111', '钓鱼', 'diao yu');
        INSERT INTO record_history(tbl, rec, at_ms, actor, cause, deed) VALUES (2, 7, 4, '1', 'person', 'created');
    "#;

    #[test]
    fn contacts_that_were_records_already_stay_them_with_what_people_added() {
        let mut db = migrate::blank(12).unwrap();
        db.execute_batch(BEFORE).unwrap();
        migrate::migrate(&mut db).unwrap();
        let kept =
            "SELECT version, owner, created_ms, client, name, phone, c_11, s_9 FROM contacts WHERE id = 7";
        let kept: Vec<Cell> =
            db.query_row(kept, [], |row| (0..8).map(|at| row.get(at)).collect::<Result<_, _>>()).unwrap();
        let text = |text: &str| Cell::Text(text.into());
        let number = Cell::Integer;
        let want = [
            number(3),
            number(2),
            number(4),
            number(1),
            text("赵工"),
            text("+8613900001111"),
            text("钓鱼"),
            text("zhao gong  赵工"),
        ];
        assert_eq!(kept, want, "whose it is, its client says");
        let from_card = "SELECT name, phone, s_9 FROM contacts WHERE id = 8";
        let from_card: (String, String, String) =
            db.query_row(from_card, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
        assert_eq!((from_card.0.as_str(), from_card.1.as_str()), ("王强", "+8613800138000"));
        assert!(from_card.2.starts_with("wang qiang"), "{from_card:?}");
        let words = "SELECT count(*) FROM record_words WHERE record_words MATCH '\"ˍwq\"*'";
        assert_eq!(db.query_row(words, [], |row| row.get::<_, i64>(0)).unwrap(), 1, "found by its letters");
    }

    #[test]
    fn a_pack_that_had_no_actions_gets_them_and_what_people_took_away_stays_away() {
        let db = crate::store::records::tests::base();
        install(&db, NOW.ms).unwrap();
        db.execute_batch(
            "INSERT INTO actions(id, uid, version, owner, created_ms, changed_ms, whom, next) VALUES (3, 'u', 1, 1, 0, 0, '李', 'x');
             DELETE FROM heads WHERE key GLOB 'actions*'; DELETE FROM record_fields WHERE tbl = (SELECT number FROM record_tables WHERE key = 'actions');
             DELETE FROM record_tables WHERE key = 'actions'; UPDATE heads SET published = NULL WHERE key GLOB 'kudos*'",
        )
        .unwrap();
        install(&db, NOW.ms).unwrap();
        let tables = load(&db).unwrap();
        assert!(
            tables.set.views.contains_key("actions_today") && tables.set.forms.contains_key("actions_log")
        );
        assert!(!tables.set.tables.contains_key("kudos"));
        let action = one(&db, &tables, &who(1), "actions", 3, NOW).unwrap();
        assert_eq!(action.values["whom"], crate::records::Value::Text("李".into()));
    }
}
