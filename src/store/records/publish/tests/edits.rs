use super::*;

/// A number drawn for `n`.
fn drawn(n: u64) -> u64 {
    let n = (n ^ n >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    (n ^ n >> 27).wrapping_mul(0x94d0_49bb_1331_11eb) >> 16
}

/// Another field, one less, another kind, label, order, option or rule.
fn edited(body: &Json, seed: u64) -> Json {
    let mut body = body.clone();
    let fields = body["fields"].as_array_mut().unwrap();
    let (key, place) = (format!("f{}", drawn(seed + 1) % 12), drawn(seed + 2) as usize % fields.len());
    let kinds = ["text", "long_text", "whole", "choice", "link", "phone"];
    match drawn(seed) % 7 {
        0 | 1 => {
            let kind = kinds[drawn(seed + 3) as usize % kinds.len()];
            fields.retain(|field| field["key"] != key.as_str());
            fields.push(match kind {
                "choice" => json!({ "key": key, "kind": kind, "label": "c", "options": [{ "key": "甲" }] }),
                "link" => json!({ "key": key, "kind": kind, "label": "l", "to": "things", "many": seed.is_multiple_of(2) }),
                kind => json!({ "key": key, "kind": kind, "label": "🎯 اسم" }),
            });
        }
        2 if fields.len() > 1 => drop(fields.remove(place)),
        3 => fields[place]["label"] = format!("名 {seed}").into(),
        4 => fields.rotate_left(place),
        5 => fields[place]["required"] = seed.is_multiple_of(2).into(),
        _ => fields[place]["help"] = format!("{seed}").into(),
    }
    body
}

#[test]
fn after_two_hundred_edits_any_state_comes_back_to_the_byte_and_its_records_are_as_they_were() {
    let db = base();
    let mut body = table(&[text("f0", false), json!({ "key": "f1", "kind": "whole", "label": "n" })]);
    publish_table(&db, "things", &body).unwrap();
    let everything = |tables: &Tables| -> Vec<StoredRecord> {
        let all = Query { limit: LIMIT_MAX, ..Query::default() };
        page(&db, tables, &who(5), "things", &all, NOW).unwrap().items
    };
    let (mut kept, mut refused) = (Vec::new(), 0);
    for n in 0..200 {
        let wanted = edited(&body, n * 31);
        match publish_table(&db, "things", &wanted) {
            Ok(_) => body = wanted,
            Err(_) => refused += 1,
        }
        let tables = load(&db).unwrap();
        if n % 4 == 0 {
            let own = tables.set.tables["things"].fields.iter();
            let values = own.map(|field| {
                let value = match field.kind {
                    crate::records::Kind::Whole => json!(n),
                    crate::records::Kind::Choice => json!("甲"),
                    crate::records::Kind::Phone => json!("13800138000"),
                    crate::records::Kind::Link if n == 0 => Json::Null,
                    crate::records::Kind::Link if field.many => json!([1]),
                    crate::records::Kind::Link => json!(1),
                    _ => json!(format!("值{n}")),
                };
                (field.key.clone(), value)
            });
            let values: serde_json::Map<_, _> = values.filter(|(_, value)| !value.is_null()).collect();
            create(&db, &tables, &by(&who(5)), "things", None, &values).unwrap();
        }
        let head = revisions::head(&db, "table", "things").unwrap().unwrap();
        let revision = revisions::one(&db, head.published.unwrap()).unwrap();
        kept.push((revision, everything(&tables)));
    }
    assert!(refused < 100 && kept[199].1.len() > 20, "{refused}");
    let mut went = 0;
    for back in [0, 17, 60, 111, 150, 198] {
        let (old, records) = &kept[back];
        db.execute_batch("SAVEPOINT back").unwrap();
        let (revision, _) = revisions::restore(&db, old, "5", 0).unwrap();
        if let Err(error) = publish(&db, NOW.ms) {
            // Only what was written since under another kind may stand in the way, and is named.
            assert!(matches!(&error, RecordError::Faults(_)), "{error}");
            db.execute_batch("ROLLBACK TO back; RELEASE back").unwrap();
            continue;
        }
        db.execute_batch("RELEASE back").unwrap();
        assert_eq!(revision.body, old.body);
        let now = everything(&load(&db).unwrap());
        assert_eq!(&now[..records.len()], &records[..], "state {back}");
        went += 1;
    }
    assert!(went > 2, "{went}");
}
