//! A data folder of the version before records, opened by this program.

use std::os::unix::fs::DirBuilderExt;

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::appliance::Appliance;

/// A small data folder as the program wrote it before records, as SQL: see the file.
const DUMP: &str = include_str!("../fixtures/before_records.sql");

/// The appliance over that folder.
fn opened() -> Appliance {
    Appliance::start_with(|command| {
        let arguments: Vec<_> = command.get_args().map(std::ffi::OsStr::to_owned).collect();
        let data = arguments.iter().skip_while(|argument| *argument != "--data").nth(1).unwrap();
        std::fs::DirBuilder::new().mode(0o700).create(data).unwrap();
        let file = std::path::Path::new(data).join("undertone.db");
        rusqlite::Connection::open(file).unwrap().execute_batch(DUMP).unwrap();
    })
}

fn signed(appliance: &Appliance, login: &str) -> Signed {
    let account = json!({ "login": login, "password": "a long enough one" });
    Signed::by(appliance, "/api/v1/session", &account)
}

#[test]
fn a_data_folder_of_before_records_opens_with_everything_in_it() {
    let appliance = opened();
    let [wu, li, xu] = ["wu", "li", "xu"].map(|login| signed(&appliance, login));
    let get = |who: &Signed, path: &str| -> Value {
        let (status, answer) = who.ask(&appliance, "GET", &format!("/api/v1{path}"), None);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    };
    let values = |who: &Signed, table: &str, id: i64| get(who, &format!("/tables/{table}/records/{id}"));

    let clients = get(&wu, "/tables/clients/records?sort=id");
    let named: Vec<_> =
        clients["items"].as_array().unwrap().iter().map(|one| (&one["id"], &one["values"]["name"])).collect();
    assert_eq!(named, [(&json!(1), &json!("华东医药")), (&json!(2), &json!("重庆银行"))]);
    let first = &clients["items"][0]["values"];
    assert_eq!(
        (&first["grade"], &first["analyse"], &first["contacts"]),
        (&json!("A"), &json!(true), &json!(2))
    );
    assert_eq!(clients["items"][1]["values"]["analyse"], false);

    let contacts = get(&li, "/tables/contacts/records?sort=id");
    let known: Vec<_> = contacts["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let values = &one["values"];
            json!([values["client"], values["name"], values["title"], values["phone"]])
        })
        .collect();
    assert_eq!(known, [json!([1, "王强", "采购", "+8613800138000"]), json!([1, "李主任", "放射科", "12"])]);
    let found = get(&li, "/tables/contacts/records?q=lzr");
    assert_eq!(found["items"][0]["values"]["name"], "李主任", "found by the first letters of the pinyin");
    let of_xu = get(&xu, "/tables/contacts/records");
    assert_eq!(of_xu["items"].as_array().unwrap().len(), 1, "whose client it is: {of_xu}");

    let asked = values(&xu, "actions", 1);
    let asked = &asked["values"];
    for (key, want) in [
        ("client", json!(1)),
        ("whom", json!("华东医药")),
        ("next", json!("带集采资料再访")),
        ("topic", json!("价格")),
        ("note", json!("https://files.example/vbp.pdf")),
        ("due", json!(1_893_456_000_000_i64)),
        ("owner", json!(3)),
        ("created_by", json!(2)),
        ("created_at", json!(1_796_081_341_904_i64)),
    ] {
        assert_eq!(asked[key], want, "{key}");
    }
    assert!(asked.get("done_at").is_none() && asked.get("status").is_none(), "{asked}");
    assert_eq!(values(&li, "actions", 1)["values"]["next"], "带集采资料再访", "who asked sees it");
    let done = values(&xu, "actions", 2);
    assert_eq!(done["version"], 2);
    assert_eq!(done["values"]["status"], "已完成");
    assert_eq!(done["values"]["done_at"], 1_796_081_341_932_i64);
    assert_eq!(values(&li, "actions", 3)["values"]["owner"], 2);
    assert_eq!(
        get(&xu, "/tables/actions/records?q=%E9%9B%86%E9%87%87")["items"][0]["id"],
        1,
        "found by its words"
    );

    let visited = get(&li, "/tables/actions/records?filter=origin%20%3D%3D%20%27visit%27");
    let visited = &visited["items"][0]["values"];
    assert_eq!(
        (&visited["visit"], &visited["kind"], &visited["client"]),
        (&json!(1), &json!("拜访"), &json!(1))
    );
    assert_eq!((&visited["done_at"], &visited["owner"]), (&json!(1_796_081_341_891_i64), &json!(2)));
    let brief = get(&li, "/clients/1/brief");
    assert_eq!(
        (&brief["visits"][0]["id"], &brief["follow_ups"][0]["visit"]),
        (&json!(1), &json!(1)),
        "{brief}"
    );
    assert_eq!(brief["client"]["contacts"][0]["name"], "王强");
    assert_eq!(get(&li, "/sites?client=1")["items"][0]["name"], "总部");

    // It goes on as any other.
    let change = json!({ "values": { "status": "已关闭" }, "base": { "status": null } });
    let (status, closed) = xu.ask(&appliance, "PATCH", "/api/v1/tables/actions/records/1", Some(&change));
    assert!(status == 200 && closed["values"]["done_at"].is_i64(), "{closed}");
}
