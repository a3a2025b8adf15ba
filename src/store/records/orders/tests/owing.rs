//! What a client owes, and what is said before more goods leave for it.

use super::*;

/// A client that owes ¥186,400 since before yesterday, paid late three times.
fn star() -> House {
    let house = House::new();
    let terms = json!({ "term_kind": "net", "term_days": 30, "credit_limit": 30_000_000 });
    house.set("clients", house.client, &terms).unwrap();
    let (contract, line) = house.contract("HT-1", 1_000.0, 100_000);
    house.delivered(contract, line, 1_000.0);
    for (at, (issued, paid)) in
        [("2025-09-01", "2025-10-21"), ("2025-10-01", "2025-11-30"), ("2025-11-01", "2026-01-15")]
            .iter()
            .enumerate()
    {
        let invoice = house.add(
            "invoices",
            json!({ "contract": contract, "number": at.to_string(), "amount": 1_000_000 + at, "issued_on": issued }),
        );
        let payment = house.add(
            "payments",
            json!({ "client": house.client, "amount": 1_000_000 + at, "received_on": paid }),
        );
        house.add("allocations", json!({ "payment": payment, "invoice": invoice, "amount": 1_000_000 + at }));
    }
    for (number, amount, issued) in
        [("x", 10_000_000, "2026-01-10"), ("y", 8_640_000, "2025-12-01"), ("z", 50, "2026-02-18")]
    {
        house.add(
            "invoices",
            json!({ "contract": contract, "number": number, "amount": amount, "issued_on": issued }),
        );
    }
    house
}

#[test]
fn what_a_client_owes_is_counted_to_the_fen() {
    let house = star();
    let credit = house.credit(NOW);
    assert_eq!((credit.receivable_fen, credit.overdue_fen), (18_640_050, 18_640_000));
    assert_eq!(credit.ages_fen, [10_000_000, 8_640_000, 0, 0]);
    assert_eq!((credit.limit_fen, credit.left_fen()), (Some(30_000_000), Some(11_359_950)));
    let late: Vec<_> = credit.payments.iter().map(|paid| (paid.days_late(), paid.amount_fen)).collect();
    assert_eq!(late, [(Some(45), 1_000_002), (Some(30), 1_000_001), (Some(20), 1_000_000)]);
    let after = house.credit(Now { ms: NOW.ms + 60 * DAY_MS, ..NOW });
    assert_eq!(after.ages_fen, [50, 0, 10_000_000, 8_640_000]);
}

#[test]
fn a_shipment_to_who_is_overdue_comes_with_advice_waits_or_is_refused() {
    let house = star();
    let (contract, _) = house.contract("HT-9", 5.0, 100);
    let ask = |person: i64, more: Json| {
        let mut values = json!({ "contract": contract });
        values.as_object_mut().unwrap().extend(map(more));
        house.try_as(person, "shipments", &values)
    };
    let text = "该客户超期应收款已达¥186,400，建议暂缓发货";
    let told = ask(1, json!({})).unwrap();
    let said = advice(&told.values).unwrap();
    assert_eq!((said.effect.name(), said.overdue_fen, said.said().zh.as_str()), ("advise", 18_640_000, text));
    assert_eq!(told.values["state"], Value::Text("requested".into()));

    house.policy(json!({ "policy": "approve" }));
    let waits = ask(1, json!({})).unwrap();
    assert_eq!(waits.values["state"], Value::Text("waiting".into()));
    let leave = json!({ "shipped_on": "2026-02-18" });
    assert_eq!(refused(house.set("shipments", waits.id, &leave)), Refused::NotApproved);
    let own = map(json!({ "approved": true }));
    let own = change(&house.tx, &house.tables, &by(&who(1)), "shipments", waits.id, &own, None, None);
    assert!(matches!(own, Err(RecordError::Faults(_))), "nobody approves for themselves: {own:?}");
    house.set("shipments", waits.id, &json!({ "approved": true })).unwrap();
    house.set("shipments", waits.id, &leave).unwrap();

    house.policy(json!({ "policy": "block", "overrule": ["manager", "admin"] }));
    let Err(RecordError::Blocked(blocked)) = ask(1, json!({ "reason": "  " })) else {
        panic!("it is blocked")
    };
    assert_eq!(blocked.said().zh, text);
    assert_eq!(refused(ask(1, json!({ "reason": "老客户" }))), Refused::MayNotOverrule);
    let overruled = ask(3, json!({ "reason": "客户今日付款" })).unwrap();
    assert_eq!(overruled.values["policy"], Value::Text("block".into()));
    let other = house.set("shipments", overruled.id, &json!({ "reason": "另一个理由" }));
    assert_eq!(refused(other), Refused::AdviceStands);
    let events = crate::store::events::after(&house.tx, 0, 999).unwrap();
    let advised = events.iter().filter(|event| event.topic == "shipment.advised").count();
    assert_eq!(advised, 3);
}

#[test]
fn orders_are_whoever_s_their_client_is_and_stay_when_it_is_erased() {
    let house = star();
    let (contract, line) = house.contract("HT-9", 5.0, 100);
    let seen = |person: i64, table: &str, id: i64| {
        one(&house.tx, &house.tables, &who(person), table, id, NOW).is_ok()
    };
    assert!(seen(1, "contract_lines", line) && !seen(2, "contract_lines", line));
    house.set("clients", house.client, &json!({ "owner": 2 })).unwrap();
    assert!(seen(2, "contract_lines", line) && !seen(1, "contract_lines", line));
    let before = house.credit(NOW);
    erase::client(&house.tx, house.client, &["华东"], NOW.ms).unwrap();
    assert_eq!(house.credit(NOW).receivable_fen, before.receivable_fen, "books are kept");
    assert_eq!(house.get("contracts", contract, "number"), Some(Value::Text("HT-9".into())));
}
