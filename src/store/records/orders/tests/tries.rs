//! Whatever is tried in whatever order: no more is paid than invoiced, signed for, shipped and contracted.

use proptest::prelude::*;

use super::*;

/// One thing that somebody tries.
type Try = (u8, u8, u8, u16);

/// Rows that were made, by table.
#[derive(Default)]
struct Made(std::collections::BTreeMap<&'static str, Vec<i64>>);

impl Made {
    fn pick(&self, table: &str, at: u8) -> i64 {
        let rows = self.0.get(table).map(Vec::as_slice).unwrap_or_default();
        if rows.is_empty() { 1 } else { rows[usize::from(at) % rows.len()] }
    }
}

/// Tries one thing; whatever is refused has its reason.
fn attempt(house: &House, made: &mut Made, (what, a, b, much): Try) {
    let quantity = f64::from(much % 40) / 4.0 - 0.5;
    let fen = i64::from(much % 4_000) - 100;
    let pick = |table: &str, at: u8| made.pick(table, at);
    let on = if much % 3 == 0 { Json::Null } else { json!("2026-01-20") };
    let (table, values): (&'static str, Json) = match what % 17 {
        0 => (
            "contract_lines",
            json!({ "contract": pick("contracts", a), "product": house.product, "quantity": quantity, "price": fen }),
        ),
        1 => ("shipments", json!({ "contract": pick("contracts", a), "shipped_on": on })),
        2 | 3 => (
            "shipment_lines",
            json!({ "shipment": pick("shipments", a), "line": pick("contract_lines", b), "quantity": quantity }),
        ),
        4 => (
            "receipts",
            json!({ "shipment": pick("shipments", a), "signed_on": "2026-01-21", "kind": if b % 4 == 0 { "returned" } else { "signed" } }),
        ),
        5 | 6 => (
            "receipt_lines",
            json!({ "receipt": pick("receipts", a), "line": pick("shipment_lines", b), "quantity": quantity }),
        ),
        7 | 8 => (
            "invoices",
            json!({ "contract": pick("contracts", a), "number": "1", "amount": fen, "issued_on": on }),
        ),
        9 => (
            "invoices",
            json!({ "contract": pick("contracts", a), "number": "2", "amount": fen, "issued_on": on, "kind": "red", "reverses": pick("invoices", b) }),
        ),
        10 => ("payments", json!({ "client": house.client, "amount": fen })),
        11 => (
            "payments",
            json!({ "client": house.client, "amount": fen, "kind": "refund", "refunds": pick("payments", a) }),
        ),
        12 | 13 => (
            "allocations",
            json!({ "payment": pick("payments", a), "invoice": pick("invoices", b), "amount": fen }),
        ),
        14 => (
            "allocations",
            json!({ "payment": pick("payments", a), "invoice": pick("invoices", b), "amount": fen, "takes_back": pick("allocations", a) }),
        ),
        15 => {
            return explained(
                house.drop(NEEDED[usize::from(a) % 10].0, pick(NEEDED[usize::from(a) % 10].0, b)),
            );
        }
        _ => {
            let (table, values) = [
                ("shipments", json!({ "shipped_on": "2026-01-20" })),
                ("invoices", json!({ "issued_on": "2026-01-20" })),
                ("contract_lines", json!({ "quantity": quantity })),
                ("shipment_lines", json!({ "quantity": quantity })),
                ("receipt_lines", json!({ "quantity": quantity })),
                ("allocations", json!({ "amount": fen })),
                ("contracts", json!({ "signed_on": on })),
            ][usize::from(a) % 7]
                .clone();
            return explained(house.set(table, pick(table, b), &values));
        }
    };
    match house.try_as(5, table, &values) {
        Ok(record) => made.0.entry(table).or_default().push(record.id),
        refused => explained(refused),
    }
}

fn explained(done: Result<StoredRecord, RecordError>) {
    match done {
        Ok(_) | Err(RecordError::Store(Error::Missing(_)) | RecordError::Refused(_)) => {}
        Err(RecordError::Step(refused)) => {
            let said = refused.said();
            assert!(!said.zh.is_empty() && !said.en.is_empty());
        }
        Err(RecordError::Faults(faults)) => assert!(faults.iter().all(|fault| !fault.said.zh.is_empty())),
        Err(other) => panic!("{other:?}"),
    }
}

/// What the engine's own sums say of all rows.
fn adds_up(house: &House) {
    let rows = |table: &str| {
        let query = crate::store::records::Query { limit: 200, ..Default::default() };
        crate::store::records::page(&house.tx, &house.tables, &who(5), table, &query, NOW).unwrap().items
    };
    let number = |record: &StoredRecord, key: &str| match record.values.get(key) {
        Some(Value::Number(number)) => *number,
        _ => 0.0,
    };
    let whole = |record: &StoredRecord, key: &str| match record.values.get(key) {
        Some(Value::Whole(number)) => *number,
        _ => 0,
    };
    for line in rows("contract_lines") {
        let (shipped, signed) = (number(&line, "shipped"), number(&line, "signed_for"));
        let asked = shipped + number(&line, "planned");
        assert!(asked <= number(&line, "quantity") + 1e-6, "more was shipped than contracted: {line:?}");
        assert!(signed <= shipped + 1e-6 && signed >= -1e-6, "more was signed for than shipped: {line:?}");
        let signed_fen = (signed * whole(&line, "price") as f64).round() as i64;
        let invoiced = whole(&line, "invoiced");
        assert!((0..=signed_fen).contains(&invoiced), "more was invoiced than signed for: {line:?}");
    }
    let mut open = 0;
    let shares = rows("invoice_lines");
    for invoice in rows("invoices") {
        let is_red = invoice.values.get("kind") == Some(&Value::Text("red".into()));
        let (amount, left) = (whole(&invoice, "amount"), whole(&invoice, "open"));
        assert!((0..=amount).contains(&left), "more was allocated than was open: {invoice:?}");
        let of = |share: &&StoredRecord| share.values.get("invoice") == Some(&Value::Ref(invoice.id));
        let shared: i64 = shares.iter().filter(of).map(|share| whole(share, "amount")).sum();
        assert_eq!(shared, if is_red { -amount } else { amount }, "{invoice:?}");
        open += left;
    }
    for payment in rows("payments") {
        assert!(whole(&payment, "rest") >= 0, "more was allocated than was paid: {payment:?}");
    }
    for table in ["contracts", "shipments"] {
        assert!(rows(table).iter().all(|row| row.values.contains_key("state")), "{table}");
    }
    assert_eq!(house.credit(NOW).receivable_fen, open, "what is owed is what is open");
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>(), any::<u16>()), 1..60)
}

fn whatever_is_tried(cases: u32) {
    let house = House::new();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases, ..Default::default() });
    let done = std::cell::Cell::new(0_u64);
    let tried = runner.run(&tries(), |tries| {
        house.tx.execute_batch("SAVEPOINT tried").unwrap();
        let mut made = Made::default();
        for number in ["A", "B"] {
            let (contract, line) = house.contract(number, 10.0, 333);
            made.0.entry("contracts").or_default().push(contract);
            made.0.entry("contract_lines").or_default().push(line);
        }
        tries.into_iter().for_each(|one| attempt(&house, &mut made, one));
        adds_up(&house);
        done.set(done.get() + made.0.values().map(|rows| rows.len() as u64).sum::<u64>());
        house.tx.execute_batch("ROLLBACK TO tried; RELEASE tried").unwrap();
        Ok(())
    });
    tried.unwrap();
    let done = done.get();
    assert!(done > u64::from(cases) * 6, "hardly anything was done: {done} rows in {cases} sequences");
}

#[test]
fn whatever_is_tried_no_more_is_paid_than_invoiced_signed_shipped_and_contracted() {
    whatever_is_tried(60);
}

#[test]
#[ignore = "minutes: scripts/test-long"]
fn a_hundred_thousand_sequences_of_commands_add_up() {
    whatever_is_tried(100_000);
}
