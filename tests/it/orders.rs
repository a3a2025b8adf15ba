//! Orders through the running appliance: the advice before goods leave, what is refused and how, and two writers at once.

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::clients::colleague;
use crate::records::House;

/// A client of Li's with a signed contract.
struct Order {
    house: House,
    client: i64,
    contract: i64,
    line: i64,
}

const ADVICE: &str = "该客户超期应收款已达¥186,400，建议暂缓发货";

impl Order {
    fn new() -> Self {
        let house = House::new();
        let client =
            house.add(&house.li, "clients", json!({ "name": "华东", "term_kind": "net", "term_days": 30 }));
        let client = client["id"].as_i64().unwrap();
        let limit = json!({ "values": { "credit_limit": 30_000_000 }, "base": {} });
        let path = format!("/clients/records/{client}");
        assert_eq!(house.ask(&house.admin, "PATCH", &path, Some(&limit)).0, 200);
        let product = house.add(&house.admin, "products", json!({ "code": "P1", "name": "滤芯" }));
        let contract = json!({ "number": "HT-1", "client": client, "signed_on": "2020-01-01" });
        let contract = house.add(&house.li, "contracts", contract)["id"].as_i64().unwrap();
        let line =
            json!({ "contract": contract, "product": product["id"], "quantity": 200, "price": 100_000 });
        let line = house.add(&house.li, "contract_lines", line)["id"].as_i64().unwrap();
        Self { house, client, contract, line }
    }

    fn add(&self, table: &str, values: Value) -> i64 {
        self.house.add(&self.house.admin, table, values)["id"].as_i64().unwrap()
    }

    fn set(&self, table: &str, id: i64, values: Value) -> (u16, Value) {
        let body = json!({ "values": values, "base": {} });
        self.house.ask(&self.house.admin, "PATCH", &format!("/{table}/records/{id}"), Some(&body))
    }

    /// Asks for goods.
    fn ask(&self, who: &Signed, more: Value) -> (u16, Value) {
        let mut values = json!({ "contract": self.contract });
        values.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        self.house.ask(who, "POST", "/shipments/records", Some(&json!({ "values": values })))
    }

    /// Goods for ¥186,400 delivered and invoiced long ago, and not paid.
    fn owe(&self) -> i64 {
        let shipment = self.add("shipments", json!({ "contract": self.contract }));
        let sent = json!({ "shipment": shipment, "line": self.line, "quantity": 190 });
        let sent = self.add("shipment_lines", sent);
        assert_eq!(self.set("shipments", shipment, json!({ "shipped_on": "2020-01-10" })).0, 200);
        let receipt = self.add("receipts", json!({ "shipment": shipment, "signed_on": "2020-01-11" }));
        self.add("receipt_lines", json!({ "receipt": receipt, "line": sent, "quantity": 190 }));
        let invoice = |number: &str, amount: i64, on: &str| {
            let values =
                json!({ "contract": self.contract, "number": number, "amount": amount, "issued_on": on });
            self.add("invoices", values)
        };
        let paid = invoice("FP-0", 100_000, "2020-01-31");
        let payment = json!({ "client": self.client, "amount": 100_000, "received_on": "2020-03-12" });
        let payment = self.add("payments", payment);
        self.add("allocations", json!({ "payment": payment, "invoice": paid, "amount": 100_000 }));
        invoice("FP-1", 18_640_000, "2020-02-01")
    }

    fn credit(&self, who: &Signed) -> (u16, Value) {
        who.ask(&self.house.appliance, "GET", &format!("/api/v1/credit/{}", self.client), None)
    }

    fn policy(&self, body: &Value) {
        let (status, answer) = self.house.publish(&self.house.admin, "credit_policy", "default", body);
        assert_eq!(status, 200, "{answer}");
    }
}

#[test]
fn the_advice_comes_before_the_truck_leaves() {
    let order = Order::new();
    let (status, first) = order.ask(&order.house.li, json!({}));
    assert_eq!((status, &first["advice"]), (201, &Value::Null), "nothing is overdue: {first}");
    assert!(first.as_object().unwrap().contains_key("advice"));
    let invoice = order.owe();
    let (status, credit) = order.credit(&order.house.li);
    let payment = json!({ "due": "2020-03-01", "paid": "2020-03-12", "days_late": 11, "amount": 100_000 });
    let wanted = json!({
        "terms": { "kind": "net", "days": 30 },
        "receivable": 18_640_000,
        "overdue": 18_640_000,
        "buckets": { "1-30": 0, "31-60": 0, "61-90": 0, "90+": 18_640_000 },
        "limit": 30_000_000,
        "left": 11_360_000,
        "payments": [payment],
    });
    assert_eq!((status, credit), (200, wanted));
    let wang = order.credit(&order.house.wang);
    assert_eq!(wang.0, 404, "a client of another's: {}", wang.1);
    let logistics = colleague(&order.house.appliance, &order.house.admin, "zhao", "logistics", None);
    assert_eq!(order.credit(&logistics).0, 404, "no invoices, no sum of them");

    let brief = format!("/api/v1/clients/{}/brief", order.client);
    let overdue = |who: &Signed| who.ask(&order.house.appliance, "GET", &brief, None).1["overdue"].clone();
    assert_eq!((overdue(&order.house.li), overdue(&logistics)), (json!(18_640_000), Value::Null));

    let (status, asked) = order.ask(&order.house.li, json!({}));
    let advice = &asked["advice"];
    assert_eq!((status, &advice["policy"], &advice["overdue"]), (201, &json!("advise"), &json!(18_640_000)));
    assert_eq!(advice["text"]["zh"], ADVICE);
    assert!(advice["text"]["en"].as_str().unwrap().contains("¥186,400"), "{advice}");

    order.policy(&json!({ "policy": "block" }));
    let (status, blocked) = order.ask(&order.house.li, json!({}));
    assert_eq!((status, &blocked["code"]), (409, &json!("credit_blocked")), "{blocked}");
    assert_eq!(blocked["advice"]["text"]["zh"], ADVICE);
    let (status, overruled) = order.ask(&order.house.li, json!({ "reason": "客户今日付款" }));
    assert_eq!((status, &overruled["values"]["reason"]), (201, &json!("客户今日付款")));
    let other = order.set("shipments", overruled["id"].as_i64().unwrap(), json!({ "reason": "别的" }));
    assert_eq!((other.0, &other.1["errors"][0]["code"]), (409, &json!("advice_stands")));

    order.policy(&json!({ "policy": "approve" }));
    let waits = order.ask(&order.house.li, json!({})).1;
    assert_eq!(waits["values"]["state"], "waiting");
    let waits = waits["id"].as_i64().unwrap();
    let leave = || order.set("shipments", waits, json!({ "shipped_on": "2026-01-01" }));
    assert_eq!(leave().1["errors"][0]["code"], "not_approved");
    assert_eq!(order.set("shipments", waits, json!({ "approved": true })).0, 200);
    assert_eq!(leave().0, 200);

    let payment = order.add("payments", json!({ "client": order.client, "amount": 18_640_000 }));
    order.add("allocations", json!({ "payment": payment, "invoice": invoice, "amount": 18_640_000 }));
    assert_eq!(order.credit(&order.house.li).1["overdue"], 0);
    assert_eq!(order.ask(&order.house.li, json!({})).1["advice"], Value::Null);
}

#[test]
fn of_two_who_want_the_last_units_at_once_one_gets_them() {
    let order = Order::new();
    let shipments: Vec<i64> =
        (0..8).map(|_| order.add("shipments", json!({ "contract": order.contract }))).collect();
    // 200 are contracted: two of eight times 90 fit.
    let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
        let asked: Vec<_> = shipments
            .iter()
            .map(|shipment| {
                let values = json!({ "shipment": shipment, "line": order.line, "quantity": 90 });
                let order = &order;
                scope.spawn(move || {
                    let body = json!({ "values": values });
                    order.house.ask(&order.house.li, "POST", "/shipment_lines/records", Some(&body))
                })
            })
            .collect();
        asked.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    let made = answers.iter().filter(|(status, _)| *status == 201).count();
    assert_eq!(made, 2, "{answers:?}");
    for (_, problem) in answers.iter().filter(|(status, _)| *status != 201) {
        assert_eq!(
            (&problem["status"], &problem["code"]),
            (&json!(409), &json!("illegal_step")),
            "{problem}"
        );
        let reason = &problem["reason"];
        assert_eq!(reason["zh"], "超过合同数量：这一行还可以发 20");
        assert_eq!(reason["en"], "more than was contracted: 20 of this line can still be shipped");
    }
    let (_, line) = order.house.get(&order.house.li, &format!("/contract_lines/records/{}", order.line));
    assert_eq!(line["values"]["planned"], 180.0);
    let zh = [("accept-language", "zh-CN")];
    let values = json!({ "values": { "shipment": shipments[0], "line": order.line, "quantity": 90 } });
    let (_, said) = order.house.ask_with(&order.house.li, "POST", "/shipment_lines/records", &zh, &values);
    assert_eq!(said["detail"], "`quantity`：超过合同数量：这一行还可以发 20");
}
