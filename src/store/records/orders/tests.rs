//! Orders through the one writer: what goes on, what is refused and why, and what the rows add up to whatever is tried.

use serde_json::{Value as Json, json};

use super::*;
use crate::orders::{Credit, Quantity};
use crate::store::Tx;
use crate::store::records::tests::{NOW, base, by, map, who};
use crate::store::records::{Now, Tables, change, create, delete, erase, install, load, one, restore};
use crate::store::revisions::{self, Draft};
use crate::units::ClientId;

mod owing;
mod tries;

const DAY_MS: i64 = 86_400_000;

/// A base with the pack, a client and a product.
struct House {
    tx: Tx,
    tables: Tables,
    client: i64,
    product: i64,
}

impl House {
    fn new() -> Self {
        let tx = base();
        install(&tx, NOW.ms).unwrap();
        let tables = load(&tx).unwrap();
        let mut house = Self { tx, tables, client: 0, product: 0 };
        house.client = house.add("clients", json!({ "name": "华东", "owner": 1 }));
        house.product = house.add("products", json!({ "code": "P1", "name": "滤芯" }));
        house
    }

    fn try_as(&self, person: i64, table: &str, values: &Json) -> Result<StoredRecord, RecordError> {
        let values = map(values.clone());
        crate::store::attempt(&self.tx, |tx| {
            create(tx, &self.tables, &by(&who(person)), table, None, &values)
        })
    }

    #[track_caller]
    fn add(&self, table: &str, values: Json) -> i64 {
        match self.try_as(5, table, &values) {
            Ok(record) => record.id,
            Err(error) => panic!("{table} {values}: {error:?}"),
        }
    }

    fn set(&self, table: &str, id: i64, values: &Json) -> Result<StoredRecord, RecordError> {
        let values = map(values.clone());
        crate::store::attempt(&self.tx, |tx| {
            change(tx, &self.tables, &by(&who(5)), table, id, &values, None, None)
        })
    }

    fn drop(&self, table: &str, id: i64) -> Result<StoredRecord, RecordError> {
        crate::store::attempt(&self.tx, |tx| delete(tx, &self.tables, &by(&who(5)), table, id, None))
    }

    fn get(&self, table: &str, id: i64, key: &str) -> Option<Value> {
        let record = one(&self.tx, &self.tables, &who(5), table, id, NOW).unwrap();
        record.values.get(key).cloned()
    }

    /// A signed contract over so many at a price.
    fn contract(&self, number: &str, quantity: f64, price: i64) -> (i64, i64) {
        let contract = self
            .add("contracts", json!({ "number": number, "client": self.client, "signed_on": "2026-01-02" }));
        let line =
            json!({ "contract": contract, "product": self.product, "quantity": quantity, "price": price });
        (contract, self.add("contract_lines", line))
    }

    /// Everything of a contract shipped and signed for; the line of the shipment.
    fn delivered(&self, contract: i64, line: i64, quantity: f64) -> (i64, i64) {
        let shipment = self.add("shipments", json!({ "contract": contract, "reason": "已与客户对账" }));
        let sent =
            self.add("shipment_lines", json!({ "shipment": shipment, "line": line, "quantity": quantity }));
        self.set("shipments", shipment, &json!({ "shipped_on": "2026-01-05", "approved": true })).unwrap();
        let receipt = self.add("receipts", json!({ "shipment": shipment, "signed_on": "2026-01-08" }));
        self.add("receipt_lines", json!({ "receipt": receipt, "line": sent, "quantity": quantity }));
        (shipment, sent)
    }

    fn credit(&self, now: Now) -> Credit {
        credit_of(&self.tx, &self.tables, ClientId(self.client), now).unwrap().unwrap()
    }

    fn policy(&self, body: Json) {
        let draft = Draft {
            kind: crate::orders::policy::KIND.into(),
            key: crate::orders::policy::KEY.into(),
            body: body.to_string(),
            author: "5".into(),
            note: String::new(),
        };
        let (revision, _) = revisions::save(&self.tx, &draft, 0).unwrap();
        revisions::publish(&self.tx, &revision).unwrap();
    }
}

#[track_caller]
fn refused(done: Result<StoredRecord, RecordError>) -> Refused {
    match done {
        Err(RecordError::Step(refused)) => {
            let said = refused.said();
            assert!(!said.zh.is_empty() && !said.en.is_empty() && said.zh != said.en);
            refused
        }
        other => panic!("{other:?}"),
    }
}

fn units(count: i64) -> Quantity {
    Quantity::thousandths(count * 1_000)
}

#[test]
fn an_order_goes_from_its_contract_to_its_payment_and_its_states_are_counted() {
    let house = House::new();
    let contract = house.add("contracts", json!({ "number": "HT-1", "client": house.client }));
    let state = |table: &str, id: i64| match house.get(table, id, "state") {
        Some(Value::Text(state)) => state,
        other => panic!("{other:?}"),
    };
    assert_eq!(state("contracts", contract), "draft");
    let line = house.add(
        "contract_lines",
        json!({ "contract": contract, "product": house.product, "quantity": 2.5, "price": 333 }),
    );
    assert_eq!(house.get("contracts", contract, "amount"), Some(Value::Whole(833)), "832.5 fen");
    let early = house.try_as(5, "shipments", &json!({ "contract": contract }));
    assert_eq!(refused(early), Refused::NotSigned);
    house.set("contracts", contract, &json!({ "signed_on": "2026-01-02" })).unwrap();
    assert_eq!(state("contracts", contract), "signed");
    let shipment = house.add("shipments", json!({ "contract": contract }));
    let sent = house.add("shipment_lines", json!({ "shipment": shipment, "line": line, "quantity": 2.5 }));
    assert_eq!(
        (state("shipments", shipment), state("contracts", contract)),
        ("requested".into(), "signed".into())
    );
    let receipt = json!({ "shipment": shipment, "signed_on": "2026-01-08" });
    assert_eq!(refused(house.try_as(5, "receipts", &receipt)), Refused::NotShipped);
    house.set("shipments", shipment, &json!({ "shipped_on": "2026-01-05" })).unwrap();
    assert_eq!(
        (state("shipments", shipment), state("contracts", contract)),
        ("shipped".into(), "shipped".into())
    );
    let receipt = house.add("receipts", receipt);
    house.add("receipt_lines", json!({ "receipt": receipt, "line": sent, "quantity": 2.5 }));
    assert_eq!(state("shipments", shipment), "signed");
    let invoice = json!({ "contract": contract, "number": "FP-1", "amount": 834, "issued_on": "2026-01-31" });
    assert_eq!(refused(house.try_as(5, "invoices", &invoice)), Refused::TooMuchInvoiced { left_fen: 833 });
    let mut invoice = invoice;
    invoice["amount"] = json!(833);
    let invoice = house.add("invoices", invoice);
    let payment = house
        .add("payments", json!({ "client": house.client, "amount": 1_000, "received_on": "2026-02-01" }));
    let paid = json!({ "payment": payment, "invoice": invoice, "amount": 833 });
    let allocation = house.add("allocations", paid.clone());
    assert_eq!(refused(house.try_as(5, "allocations", &paid)), Refused::TooMuchAllocated { open_fen: 0 });
    assert_eq!(state("contracts", contract), "closed");
    assert_eq!(house.get("payments", payment, "rest"), Some(Value::Whole(167)));
    house.add(
        "allocations",
        json!({ "payment": payment, "invoice": invoice, "amount": 800, "takes_back": allocation }),
    );
    assert_eq!(house.get("invoices", invoice, "open"), Some(Value::Whole(800)));
    assert_eq!(state("contracts", contract), "shipped");
}

#[test]
fn of_the_last_unit_only_one_shipment_is_made() {
    let house = House::new();
    let (contract, line) = house.contract("HT-1", 1.0, 100);
    let [first, second] = [(); 2].map(|()| house.add("shipments", json!({ "contract": contract })));
    let of = |shipment: i64| json!({ "shipment": shipment, "line": line, "quantity": 1 });
    house.add("shipment_lines", of(first));
    assert_eq!(
        refused(house.try_as(5, "shipment_lines", &of(second))),
        Refused::TooMuchShipped { left: Quantity::NONE }
    );
    house.drop("shipments", first).unwrap();
    house.add("shipment_lines", of(second));
    let back = restore(&house.tx, &house.tables, &by(&who(5)), "shipments", first, None, None);
    assert_eq!(refused(back), Refused::StaysDeleted);
}

#[test]
fn what_was_issued_is_corrected_by_new_rows_only() {
    let house = House::new();
    let (contract, line) = house.contract("HT-1", 10.0, 1_000);
    let (shipment, sent) = house.delivered(contract, line, 10.0);
    let invoice = house.add(
        "invoices",
        json!({ "contract": contract, "number": "FP-1", "amount": 10_000, "issued_on": "2026-01-31" }),
    );
    let payment = house.add("payments", json!({ "client": house.client, "amount": 4_000 }));
    let allocation =
        house.add("allocations", json!({ "payment": payment, "invoice": invoice, "amount": 4_000 }));
    for (table, id, values, issued) in [
        ("contracts", contract, json!({ "number": "HT-2" }), Issued::Contract),
        ("contracts", contract, json!({ "signed_on": null }), Issued::Contract),
        ("contract_lines", line, json!({ "price": 1 }), Issued::Contract),
        ("shipments", shipment, json!({ "shipped_on": null }), Issued::Shipment),
        ("shipment_lines", sent, json!({ "quantity": 1 }), Issued::Shipment),
        ("invoices", invoice, json!({ "amount": 1 }), Issued::Invoice),
        ("invoices", invoice, json!({ "issued_on": "2026-03-01" }), Issued::Invoice),
        ("payments", payment, json!({ "amount": 9_000 }), Issued::Payment),
        ("allocations", allocation, json!({ "amount": 1 }), Issued::Allocation),
    ] {
        assert_eq!(refused(house.set(table, id, &values)), Refused::Issued(issued), "{table} {values}");
        assert!(matches!(house.drop(table, id), Err(RecordError::Step(Refused::Issued(_)))), "{table}");
    }
    let back =
        house.add("receipts", json!({ "shipment": shipment, "kind": "returned", "signed_on": "2026-02-02" }));
    let goods = json!({ "receipt": back, "line": sent, "quantity": 3 });
    assert_eq!(refused(house.try_as(5, "receipt_lines", &goods)), Refused::InvoicedGoods);
    let red = |amount: i64| json!({ "contract": contract, "number": "HZ-1", "kind": "red", "amount": amount, "issued_on": "2026-02-02" });
    assert_eq!(
        refused(house.try_as(5, "invoices", &red(6_001))),
        Refused::TooMuchReversed { left_fen: 6_000 }
    );
    house.add("invoices", red(3_000));
    house.add("receipt_lines", goods);
    assert_eq!(house.get("invoices", invoice, "open"), Some(Value::Whole(3_000)));
    assert_eq!(house.get("contract_lines", line, "invoiced"), Some(Value::Whole(7_000)));
    assert_eq!(house.get("contract_lines", line, "signed_for"), Some(Value::Number(7.0)));
    let refund = |amount: i64| json!({ "client": house.client, "kind": "refund", "refunds": payment, "amount": amount });
    assert_eq!(refused(house.try_as(5, "payments", &refund(1))), Refused::PaymentUsedUp { rest_fen: 0 });
    house.add(
        "allocations",
        json!({ "payment": payment, "invoice": invoice, "amount": 4_000, "takes_back": allocation }),
    );
    house.add("payments", refund(4_000));
    assert_eq!(house.get("payments", payment, "rest"), Some(Value::Whole(0)));
    assert_eq!(house.credit(NOW).receivable_fen, 7_000);
}

#[test]
fn a_hundred_yuan_over_three_lines_loses_no_fen() {
    let house = House::new();
    let (contract, first) = house.contract("HT-1", 1.0, 5_000);
    let line = json!({ "contract": contract, "product": house.product, "quantity": 1, "price": 5_000 });
    let lines = [first, house.add("contract_lines", line.clone()), house.add("contract_lines", line)];
    for line in lines {
        house.delivered(contract, line, 1.0);
    }
    let draft = house.add("invoices", json!({ "contract": contract, "number": "FP-1", "amount": 10_000 }));
    let invoiced = || lines.map(|line| house.get("contract_lines", line, "invoiced").unwrap());
    assert_eq!(invoiced(), [3_334, 3_333, 3_333].map(Value::Whole));
    house.drop("invoices", draft).unwrap();
    assert_eq!(invoiced(), [0, 0, 0].map(Value::Whole));
}

#[test]
fn bad_amounts_and_foreign_rows_are_refused_with_their_reason() {
    let house = House::new();
    let (contract, line) = house.contract("HT-1", 10.0, 1_000);
    let (other, foreign) = house.contract("HT-2", 10.0, 1_000);
    let shipment = house.add("shipments", json!({ "contract": contract }));
    let product = house.product;
    let of = |quantity: f64, price: i64| json!({ "contract": other, "product": product, "quantity": quantity, "price": price });
    for (table, values, reason) in [
        ("contract_lines", of(0.0, 1), Refused::BadQuantity),
        ("contract_lines", of(-1.0, 1), Refused::BadQuantity),
        ("contract_lines", of(0.0001, 1), Refused::BadQuantity),
        ("contract_lines", of(1.0, -1), Refused::BadAmount),
        ("contract_lines", of(1_000_000.0, 9_007_199_254_740_991), Refused::Overflow),
        ("contract_lines", of(1.0, 9_007_199_254_740_991), Refused::Overflow),
        (
            "shipment_lines",
            json!({ "shipment": shipment, "line": foreign, "quantity": 1 }),
            Refused::ForeignLine,
        ),
        (
            "shipment_lines",
            json!({ "shipment": shipment, "line": line, "quantity": 11 }),
            Refused::TooMuchShipped { left: units(10) },
        ),
        ("payments", json!({ "client": house.client, "amount": 0 }), Refused::BadAmount),
        ("payments", json!({ "client": house.client, "amount": -1 }), Refused::BadAmount),
        (
            "payments",
            json!({ "client": house.client, "kind": "refund", "amount": 1 }),
            Refused::NoPaymentToRefund,
        ),
        (
            "invoices",
            json!({ "contract": contract, "number": "1", "kind": "red", "amount": 1 }),
            Refused::NoInvoiceToReverse,
        ),
        (
            "invoice_lines",
            json!({ "invoice": 1, "line": line, "amount": 1 }),
            Refused::Issued(Issued::Invoice),
        ),
    ] {
        match house.try_as(5, table, &values) {
            Err(RecordError::Refused(_)) if table == "invoice_lines" => {}
            done => assert_eq!(refused(done), reason, "{table} {values}"),
        }
    }
    let typed = json!({ "contract": contract, "product": product, "quantity": 1, "price": 1, "amount": 5 });
    assert!(
        matches!(house.try_as(5, "contract_lines", &typed), Err(RecordError::Faults(_))),
        "it is counted"
    );
}

#[test]
fn the_days_of_what_is_issued_stay_when_terms_change() {
    let house = House::new();
    house.set("clients", house.client, &json!({ "term_kind": "net", "term_days": 30 })).unwrap();
    let (contract, line) = house.contract("HT-1", 10.0, 1_000);
    house.delivered(contract, line, 10.0);
    // `NOW` is 2026-02-18.
    let invoice = |number: &str, on: Json| {
        house.add(
            "invoices",
            json!({ "contract": contract, "number": number, "amount": 100, "issued_on": on }),
        )
    };
    let [issued, later, draft] =
        [json!("2026-01-31"), json!("2026-03-01"), Json::Null].map(|on| invoice("1", on));
    let due = |id: i64| {
        house.get("invoices", id, "due_on").map(|due| match due {
            Value::Day(day) => day.to_string(),
            other => panic!("{other:?}"),
        })
    };
    assert_eq!([issued, later, draft].map(due), [Some("2026-03-02".into()), Some("2026-03-31".into()), None]);
    house.set("clients", house.client, &json!({ "term_kind": "month_end", "term_days": 10 })).unwrap();
    house.set("invoices", draft, &json!({ "issued_on": "2026-02-18" })).unwrap();
    assert_eq!(
        [issued, later, draft].map(due),
        ["2026-03-02", "2026-04-10", "2026-03-10"].map(|day| Some(day.to_owned()))
    );
    let never = house.set("clients", house.client, &json!({ "term_kind": "fixed_day", "term_days": 32 }));
    assert!(matches!(never, Err(RecordError::Faults(_))), "{never:?}");
}
