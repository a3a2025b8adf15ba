//! Lists, sums and trails of records through the running appliance.

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::records::House;

#[test]
fn records_are_filtered_sorted_searched_and_paged() {
    let house = House::new();
    for (name, grade, days) in
        [("华东医药", "A", 30), ("重庆银行", "B", 60), ("上海学校", "A", 90), ("北京饭店", "C", 0)]
    {
        let days = if days == 0 { Value::Null } else { json!(days) };
        house.add(&house.admin, "clients", json!({ "name": name, "grade": grade, "term_days": days }));
    }
    let names = |query: &str| house.column(&house.admin, &format!("/clients/records?{query}"), "name");
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| {
                if byte.is_ascii_alphanumeric() { (byte as char).to_string() } else { format!("%{byte:02X}") }
            })
            .collect()
    };
    let filter = encoded("grade == \"A\" && term_days > 50");
    assert_eq!(names(&format!("filter={filter}")), ["上海学校"]);
    assert_eq!(names("sort=-term_days"), ["上海学校", "重庆银行", "华东医药", "北京饭店"]);
    assert_eq!(names("sort=grade,-term_days"), ["上海学校", "华东医药", "重庆银行", "北京饭店"]);
    assert_eq!(names("q=hdyy"), ["华东医药"], "pinyin");
    assert_eq!(names(&format!("q={}", encoded("银行"))), ["重庆银行"], "two characters");
    assert_eq!(names(&format!("view=clients_incomplete&filter={filter}")), ["上海学校"]);
    let (_, page) = house.get(&house.admin, "/clients/records?fields=name&sort=name&limit=3");
    assert_eq!(page["items"][0]["values"].as_object().unwrap().keys().collect::<Vec<_>>(), ["name"]);
    let next = encoded(page["next"].as_str().unwrap());
    let (_, rest) =
        house.get(&house.admin, &format!("/clients/records?fields=name&sort=name&limit=3&after={next}"));
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null), "{rest}");
    for (query, field) in [
        ("filter=grade%20%3D%3D", "filter"),
        ("filter=graed%20%3D%3D%201", "filter"),
        ("sort=graed", "sort"),
        ("fields=graed", "fields"),
        ("view=none", "view"),
        ("filter=true)%20%7C%7C%20(true", "filter"),
    ] {
        let (status, problem) = house.get(&house.admin, &format!("/clients/records?{query}"));
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{query}: {problem}");
    }
    for query in ["after=x", "after=%00", "limit=-1", "nothing=1"] {
        let (status, problem) = house.get(&house.admin, &format!("/clients/records?{query}"));
        assert!(status == 400 || status == 422, "{query}: {status} {problem}");
    }
    assert_eq!(house.get(&house.admin, "/nothing/records").1["code"], "missing");
}

#[test]
fn what_linked_records_are_called_comes_along_when_it_is_asked_for() {
    let house = House::new();
    let client = house.add(&house.li, "clients", json!({ "name": "华东医药" }));
    house.add(&house.li, "contacts", json!({ "client": client["id"], "name": "王强" }));
    let (_, page) = house.get(&house.li, "/contacts/records?names=true");
    let id = client["id"].to_string();
    assert_eq!(page["names"]["clients"], json!({ (id): "华东医药" }), "{page}");
    let me = house.li.person(&house.appliance).to_string();
    assert_eq!(page["names"]["people"][me], "LI");
    assert_eq!(house.get(&house.li, "/contacts/records").1.get("names"), None);
}

#[test]
fn sums_are_of_what_is_in_reach() {
    let house = House::new();
    for (who, status, amount) in [
        (&house.li, "新建", 100),
        (&house.li, "已报价", 250),
        (&house.wang, "已报价", 1_000),
        (&house.li, "新建", 50),
    ] {
        house.add(who, "leads", json!({ "title": "x", "status": status, "amount": amount }));
    }
    let sums = |who: &Signed, query: &str| -> Vec<(Value, Value)> {
        let (status, sums) = house.get(who, &format!("/leads/sum?{query}"));
        assert_eq!(status, 200, "{sums}");
        sums["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|sum| (sum["keys"].clone(), sum["value"].clone()))
            .collect()
    };
    assert_eq!(sums(&house.li, ""), [(json!([]), json!(3))]);
    let mut by = sums(&house.li, "by=status&of=sum:amount");
    by.sort_by_key(|(_, value)| value.as_i64());
    assert_eq!(by, [(json!(["新建"]), json!(150)), (json!(["已报价"]), json!(250))]);
    assert_eq!(sums(&house.admin, "of=max:amount"), [(json!([]), json!(1_000))]);
    assert_eq!(sums(&house.admin, "of=mean:amount"), [(json!([]), json!(350.0))]);
    assert_eq!(sums(&house.admin, "by=status,owner").len(), 3);
    for query in ["of=sum", "of=sum:title", "by=none", "of=median:amount", "by=a,b,c"] {
        assert_eq!(house.get(&house.li, &format!("/leads/sum?{query}")).0, 422, "{query}");
    }
}

#[test]
fn the_trail_leads_both_ways_across_tables() {
    let house = House::new();
    let client = house.add(&house.li, "clients", json!({ "name": "华东医药" }));
    let contact = house.add(&house.li, "contacts", json!({ "client": client["id"], "name": "王强" }));
    let main = json!({ "values": { "decision_maker": contact["id"] } });
    let path = format!("/clients/records/{}", client["id"]);
    assert_eq!(house.ask_with(&house.li, "PATCH", &path, &[("if-match", "\"v1\"")], &main).0, 200);
    let lead = house.add(&house.li, "leads", json!({ "title": "询价", "client": client["id"] }));
    let (_, trail) = house.get(&house.li, &format!("{path}/trail"));
    let step = |step: &Value| json!([step["table"], step["id"], step["how"], step["via"]]);
    let steps: Vec<_> = trail["items"].as_array().unwrap().iter().map(step).collect();
    for want in [
        json!(["contacts", contact["id"], "led", "decision_maker"]),
        json!(["contacts", contact["id"], "came", "client"]),
        json!(["leads", lead["id"], "came", "client"]),
    ] {
        assert!(steps.contains(&want), "{want}: {trail}");
    }
    assert_eq!(steps.len(), 3, "{trail}");
}
