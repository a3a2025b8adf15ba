//! The template pack `distributor`: the configuration that a fresh appliance has, as JSON files beside this one.
//!
//! A table is one file; views and forms stand together in one each. What needs tickets, automations or dashboards comes with
//! them.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::definition::{Form, Set, Table, View};

/// The files of the tables, in the order in which people see them.
const TABLES: [(&str, &str); 21] = [
    ("clients", include_str!("distributor/clients.json")),
    ("contacts", include_str!("distributor/contacts.json")),
    ("leads", include_str!("distributor/leads.json")),
    ("actions", include_str!("distributor/actions.json")),
    ("products", include_str!("distributor/products.json")),
    ("documents", include_str!("distributor/documents.json")),
    ("sends", include_str!("distributor/sends.json")),
    ("contracts", include_str!("distributor/contracts.json")),
    ("contract_lines", include_str!("distributor/contract_lines.json")),
    ("shipments", include_str!("distributor/shipments.json")),
    ("shipment_lines", include_str!("distributor/shipment_lines.json")),
    ("receipts", include_str!("distributor/receipts.json")),
    ("receipt_lines", include_str!("distributor/receipt_lines.json")),
    ("invoices", include_str!("distributor/invoices.json")),
    ("invoice_lines", include_str!("distributor/invoice_lines.json")),
    ("payments", include_str!("distributor/payments.json")),
    ("allocations", include_str!("distributor/allocations.json")),
    ("service_items", include_str!("distributor/service_items.json")),
    ("order_errors", include_str!("distributor/order_errors.json")),
    ("praise", include_str!("distributor/praise.json")),
    ("kudos", include_str!("distributor/kudos.json")),
];
const VIEWS: &str = include_str!("distributor/views.json");
const FORMS: &str = include_str!("distributor/forms.json");

static DISTRIBUTOR: LazyLock<Set> = LazyLock::new(|| {
    let mut set = Set::default();
    for (kind, key, body) in bodies() {
        let is_read = match kind {
            "table" => Table::read(&key, &body).map(|table| drop(set.tables.insert(key, table))),
            "view" => View::read(&key, &body).map(|view| drop(set.views.insert(key, view))),
            _ => Form::read(&key, &body).map(|form| drop(set.forms.insert(key, form))),
        };
        is_read.expect("the pack is checked by a test");
    }
    set
});

/// The pack's definitions, checked.
pub fn distributor() -> &'static Set {
    &DISTRIBUTOR
}

/// The pack as revisions: kind (`table`, `view`, `form`), key and body of each; tables come first.
pub fn bodies() -> impl Iterator<Item = (&'static str, String, Json)> {
    let read = |text: &str| -> Json { serde_json::from_str(text).expect("the pack is checked by a test") };
    let tables = TABLES.iter().map(move |(key, text)| ("table", (*key).to_owned(), read(text)));
    let named = move |kind, text| {
        let all = read(text);
        let entries: Vec<_> =
            all.as_object().into_iter().flatten().map(|(key, body)| (key.clone(), body.clone())).collect();
        entries.into_iter().map(move |(key, body)| (kind, key, body))
    };
    tables.chain(named("view", VIEWS)).chain(named("form", FORMS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_reads_without_a_fault_and_holds_together() {
        for (kind, key, body) in bodies() {
            let faults = match kind {
                "table" => Table::read(&key, &body).err(),
                "view" => View::read(&key, &body).err(),
                _ => Form::read(&key, &body).err(),
            };
            assert_eq!(faults, None, "{kind} {key}");
        }
        assert_eq!(distributor().faults(), []);
        assert_eq!(distributor().tables.len(), TABLES.len());
    }

    #[test]
    fn the_four_states_and_the_two_closed_ones_stand_in_their_order() {
        let status = distributor().tables["actions"].field("status").unwrap();
        let keys: Vec<_> = status.options.iter().map(|option| option.key.as_str()).collect();
        assert_eq!(keys, ["方案已递", "报价待批", "合同用印中", "售后问题待解", "已完成", "已关闭"]);
    }
}
