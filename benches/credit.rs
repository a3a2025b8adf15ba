//! What it costs to say how a client stands: 100,000 invoices over 430 clients, nine of ten paid.
//!
//! `cargo bench --bench credit` fills a database in a temporary folder and prints what one answer takes, for clients as
//! they are and for one with ten times as many invoices; `-- --invoices 1000000` does so with more.
#![allow(clippy::unwrap_used)] // a measurement that cannot go on should stop

use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use undertone::people::{Role, Scope, Who};
use undertone::store::records::{self, Actor, Cause, Now, RecordError, Tables, orders};
use undertone::store::{Error, Store, Tx};
use undertone::units::{ClientId, PersonId, Zone};

const INVOICES: u64 = 100_000;
const CLIENTS: u64 = 430;
/// The first client has so many times the invoices of the others.
const LARGE: u64 = 10;
const LOOKS: usize = 2_000;
const NOW: Now = Now { ms: 1_771_400_000_000, zone: Zone::SHANGHAI };
const PRICE_FEN: u64 = 440_000;

fn admin() -> Who {
    Who { person: Some(PersonId(1)), role: Role::Admin, team: None, scope: Scope::ALL }
}

struct Desk<'a> {
    tx: &'a Tx,
    tables: &'a Tables,
}

impl Desk<'_> {
    fn add(&self, table: &str, values: Json) -> i64 {
        let who = admin();
        let actor = Actor { who: &who, name: "1", now_ms: NOW.ms, zone: NOW.zone, cause: Cause::Person };
        let values = values.as_object().unwrap();
        records::create_unseen(self.tx, self.tables, &actor, table, None, values).unwrap().id
    }

    /// A client with goods delivered for so many invoices, and these, nine of ten paid.
    fn client(&self, number: u64, product: i64, invoices: u64) {
        let client = json!({ "name": format!("客户{number}"), "term_kind": "net", "term_days": 30, "credit_limit": 1_000_000 });
        let client = self.add("clients", client);
        let contract =
            json!({ "number": format!("HT-{number}"), "client": client, "signed_on": "2025-01-01" });
        let contract = self.add("contracts", contract);
        let line =
            json!({ "contract": contract, "product": product, "quantity": invoices, "price": PRICE_FEN });
        let line = self.add("contract_lines", line);
        let shipment = self.add("shipments", json!({ "contract": contract, "shipped_on": "2025-01-02" }));
        let sent =
            self.add("shipment_lines", json!({ "shipment": shipment, "line": line, "quantity": invoices }));
        let receipt = self.add("receipts", json!({ "shipment": shipment, "signed_on": "2025-01-03" }));
        self.add("receipt_lines", json!({ "receipt": receipt, "line": sent, "quantity": invoices }));
        for at in 0..invoices {
            let on = format!("2025-{:02}-{:02}", at % 12 + 1, at / 12 % 28 + 1);
            let invoice = json!({ "contract": contract, "number": at.to_string(), "amount": PRICE_FEN, "issued_on": on });
            let invoice = self.add("invoices", invoice);
            if at % 10 == 9 {
                continue;
            }
            let payment =
                self.add("payments", json!({ "client": client, "amount": PRICE_FEN, "received_on": on }));
            self.add("allocations", json!({ "payment": payment, "invoice": invoice, "amount": PRICE_FEN }));
        }
    }
}

fn main() {
    let mut arguments = std::env::args();
    let asked = arguments.find(|argument| argument == "--invoices").and_then(|_| arguments.next());
    let invoices: u64 = asked.map_or(INVOICES, |text| text.parse().unwrap());
    let each = invoices / (CLIENTS + LARGE - 1);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let began = Instant::now();
    let product = store.write_blocking(|tx| {
        tx.execute(
            "INSERT INTO people(id, login, name, role, created_ms) VALUES (1, 'a', 'A', 'admin', 0)",
            [],
        )?;
        records::install(tx, NOW.ms).map_err(Error::from)?;
        let tables = records::load(tx)?;
        Ok::<_, Error>(Desk { tx, tables: &tables }.add("products", json!({ "code": "P", "name": "滤芯" })))
    });
    let product = product.unwrap();
    for number in 0..CLIENTS {
        let made = store.write_blocking(move |tx| {
            let tables = records::load(tx)?;
            let count = if number == 0 { each * LARGE } else { each };
            Desk { tx, tables: &tables }.client(number, product, count);
            Ok::<_, Error>(())
        });
        made.unwrap();
    }
    println!("{invoices} invoices of {CLIENTS} clients in {:.0} s", began.elapsed().as_secs_f64());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for (what, first, clients) in [("a client", 2, CLIENTS - 1), ("the largest", 1, 1)] {
        let took = runtime.block_on(store.read(move |db| {
            let tables = records::load(db)?;
            let mut took: Vec<Duration> = Vec::with_capacity(LOOKS);
            for look in 0..LOOKS as u64 {
                let client = ClientId((first + look % clients).cast_signed());
                let began = Instant::now();
                assert!(orders::credit_of(db, &tables, client, NOW)?.unwrap().overdue_fen > 0);
                took.push(began.elapsed());
            }
            Ok::<_, RecordError>(took)
        }));
        let mut took = took.unwrap();
        took.sort();
        let at = |share: usize| took[(LOOKS * share / 100).min(LOOKS - 1)].as_secs_f64() * 1_000.0;
        println!("{what}: {:.2} ms (p50), {:.2} ms (p99)", at(50), at(99));
    }
}
