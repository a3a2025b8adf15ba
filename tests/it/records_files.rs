//! Files of people into tables, and tables into files.

use serde_json::{Value, json};

use crate::accounts::Signed;
use crate::records::House;

pub fn send(house: &House, who: &Signed, query: &str, kind: &str, file: &[u8]) -> (u16, Value) {
    send_with(house, who, query, &[("content-type", kind)], file)
}

pub fn send_with(
    house: &House,
    who: &Signed,
    query: &str,
    headers: &[(&str, &str)],
    file: &[u8],
) -> (u16, Value) {
    let url = format!("{}/api/v1/tables{query}", house.appliance.url);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(url).header("cookie", &who.cookie).header("x-csrf-token", &who.csrf);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let mut answer = request.send(file).unwrap();
    (answer.status().as_u16(), answer.body_mut().read_json().unwrap())
}

pub fn csv(house: &House, who: &Signed, query: &str, file: &str) -> (u16, Value) {
    send(house, who, query, "text/csv", file.as_bytes())
}

fn export(house: &House, who: &Signed, query: &str) -> Vec<u8> {
    let headers = [("cookie", who.cookie.as_str())];
    let path = format!("/api/v1/tables{query}");
    let mut answer = house.appliance.ask("GET", &path, &headers, None);
    assert_eq!(answer.status().as_u16(), 200, "{query}");
    answer.body_mut().read_to_vec().unwrap()
}

pub fn counts(view: &Value) -> [u64; 4] {
    ["created", "changed", "unchanged", "rejected"]
        .map(|key| view[key].as_u64().unwrap_or_else(|| panic!("{view}")))
}

const PEOPLES: &str = "2026年客户清单,,,,\n制表：小周,,,,\n客户名称*,客户等级,业务员,信用额度（元）,备用列\n\
    华东医药,A级,li,18.6万,x\n重庆银行,b,,\"¥1,000.00\",\n错级,Z,,,\n错人,,nobody,,\n合计,,,187000,\n";

#[test]
fn a_file_as_people_have_it_is_tried_then_taken_and_can_be_sent_again() {
    let house = House::new();
    let (older, _, _) = encoding_rs::GB18030.encode(PEOPLES);
    let tried = send(&house, &house.assistant, "/clients/import?dry_run=true", "text/csv", &older).1;
    assert_eq!(counts(&tried), [2, 0, 0, 2], "{tried}");
    assert_eq!((&tried["header_line"], &tried["import"]), (&json!(3), &Value::Null));
    let fields: Vec<_> =
        tried["columns"].as_array().unwrap().iter().map(|column| column["field"].clone()).collect();
    assert_eq!(fields, [json!("name"), json!("grade"), json!("owner"), json!("credit_limit"), Value::Null]);
    let faults: Vec<_> = tried["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| {
            (
                fault["line"].as_u64().unwrap(),
                fault["column"].as_str().unwrap(),
                fault["field"].as_str().unwrap(),
                fault["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(faults, [(6, "客户等级", "grade", "unknown_option"), (7, "业务员", "owner", "missing_link")]);
    assert_eq!(house.get(&house.admin, "/clients/records").1["items"], json!([]), "nothing was written");

    let (status, taken) = send(&house, &house.assistant, "/clients/import", "text/csv", &older);
    assert_eq!((status, counts(&taken)), (200, [2, 0, 0, 2]), "{taken}");
    assert_eq!(house.column(&house.li, "/clients/records", "name"), ["华东医药"], "whom the row names");
    let (_, page) = house.get(&house.admin, "/clients/records?sort=name");
    let of = |name: &str| {
        page["items"].as_array().unwrap().iter().find(|record| record["values"]["name"] == name).unwrap()["values"].clone()
    };
    assert_eq!(
        (&of("华东医药")["credit_limit"], &of("华东医药")["grade"]),
        (&json!(18_600_000), &json!("A"))
    );
    assert_eq!(
        of("重庆银行")["owner"],
        house.assistant.person(&house.appliance),
        "who imports, when it names nobody"
    );
    let id = page["items"][0]["id"].clone();
    let (_, history) = house.get(&house.admin, &format!("/clients/records/{id}/history"));
    assert_eq!(history["items"][0]["why"], format!("import:{}", taken["import"]), "{history}");

    assert_eq!(
        counts(&send(&house, &house.assistant, "/clients/import", "text/csv", &older).1),
        [0, 0, 2, 2],
        "again"
    );
    let bad = taken["bad_rows"].as_str().unwrap();
    assert!(bad.contains("错级") && bad.contains("错人") && !bad.contains("华东"), "{bad}");
    let mended = bad.replace(",Z,", ",C,").replace(",nobody,", ",wang,");
    assert_eq!(
        counts(&csv(&house, &house.assistant, "/clients/import", &mended).1),
        [2, 0, 0, 0],
        "{mended}"
    );
    assert_eq!(house.column(&house.wang, "/clients/records", "name"), ["错人"]);
}

#[test]
fn rows_find_their_record_by_a_key_and_what_is_empty_stays() {
    let house = House::new();
    let made =
        house.add(&house.admin, "clients", json!({ "name": "华东医药", "grade": "B", "term_days": 30 }));
    let file = "名称,等级,账期天数\n华东医药,A,\n新客户,C,60\n新客户,B,\n,A,\n";
    let (_, done) = csv(&house, &house.admin, "/clients/import?key=name", file);
    assert_eq!(counts(&done), [1, 1, 0, 2], "{done}");
    let codes: Vec<_> =
        done["faults"].as_array().unwrap().iter().map(|fault| fault["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["duplicate", "required"]);
    let (_, record) = house.get(&house.admin, &format!("/clients/records/{}", made["id"]));
    assert_eq!((&record["values"]["grade"], &record["values"]["term_days"]), (&json!("A"), &json!(30)));
    assert_eq!(counts(&csv(&house, &house.admin, "/clients/import?key=name", file).1), [0, 0, 2, 2]);
    assert_eq!(
        counts(&csv(&house, &house.admin, "/clients/import", "名称\n华东医药\n").1),
        [0, 0, 0, 1],
        "taken without a key"
    );
    for (query, field) in [
        ("key=nmae", "key"),
        ("key=grade", "key"),
        ("key=term_days&mapping=%7B%22账期天数%22:null%7D", "key"),
        ("mapping=x", "mapping"),
    ] {
        let (status, problem) = csv(&house, &house.admin, &format!("/clients/import?{query}"), file);
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{query}: {problem}");
    }
    assert_eq!(csv(&house, &house.admin, "/clients/import", "1,2\n").1["errors"][0]["field"], "file");
    assert_eq!(csv(&house, &house.li, "/clients/import", file).1["code"], "not_allowed");
    assert_eq!(send(&house, &house.admin, "/clients/import", "application/json", b"{}").0, 415);
}

#[test]
fn names_of_linked_records_are_looked_up_and_two_of_a_name_are_not_guessed() {
    let house = House::new();
    let client = house.add(&house.admin, "clients", json!({ "name": "华东医药" }));
    let file = format!(
        "客户名称,联系人,手机\n华东医药,王强,138 0013 8000\n没有的,李娜,\n#{},赵六,1.38E+10\n",
        client["id"]
    );
    let (_, done) = csv(&house, &house.admin, "/contacts/import", &file);
    assert_eq!(counts(&done), [1, 0, 0, 2], "{done}");
    let codes: Vec<_> = done["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| (fault["field"].as_str().unwrap(), fault["code"].as_str().unwrap()))
        .collect();
    assert_eq!(codes, [("client", "missing_link"), ("phone", "bad_value")]);
    let (_, page) = house.get(&house.admin, "/contacts/records");
    assert_eq!(
        (&page["items"][0]["values"]["client"], &page["items"][0]["values"]["phone"]),
        (&client["id"], &json!("+8613800138000"))
    );
    for _ in 0..2 {
        house.add(&house.admin, "documents", json!({ "title": "报价单" }));
    }
    let (_, done) = csv(&house, &house.admin, "/sends/import?dry_run=true", "资料,客户\n报价单,华东医药\n");
    assert_eq!(done["faults"][0]["code"], "ambiguous_link", "{done}");
}

#[test]
fn what_is_exported_calculates_nothing_and_is_imported_as_it_was() {
    let house = House::new();
    let client = house.add(
        &house.admin,
        "clients",
        json!({ "name": "=HYPERLINK(\"x\")", "credit_limit": 18_640_050, "aliases": ["甲", "乙"] }),
    );
    house.add(
        &house.admin,
        "contacts",
        json!({ "client": client["id"], "name": "+86 王", "phone": "+8613800138000" }),
    );
    let text = String::from_utf8(export(&house, &house.admin, "/clients/export?format=csv")).unwrap();
    assert!(
        text.starts_with("\u{feff}id,name,") && text.contains("'=HYPERLINK") && text.contains("186400.5"),
        "{text}"
    );
    assert_eq!(counts(&csv(&house, &house.admin, "/clients/import?key=id", &text).1), [0, 0, 1, 0], "{text}");
    let book = export(&house, &house.admin, "/contacts/export?format=xlsx");
    assert_eq!(&book[..2], b"PK");
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let (_, back) = send(&house, &house.admin, "/contacts/import?key=id", kind, &book);
    assert_eq!(counts(&back), [0, 0, 1, 0], "{back}");
    let (_, log) = house.admin.ask(&house.appliance, "GET", "/api/v1/audit?entity=table&limit=5", None);
    assert_eq!(
        log["items"].as_array().unwrap().iter().filter(|entry| entry["deed"] == "record.export").count(),
        2,
        "{log}"
    );
}

#[test]
fn an_export_holds_what_is_in_reach_and_asked_for_however_much_it_is() {
    let house = House::new();
    let items: Vec<_> = (0..950)
        .map(|n| json!({ "create": { "values": { "title": format!("线索{n}"), "amount": n } } }))
        .collect();
    let batch = json!({ "items": items });
    assert_eq!(house.ask(&house.li, "POST", "/leads/batch", Some(&batch)).0, 200);
    house.add(&house.wang, "leads", json!({ "title": "别人的" }));
    let lines = |who: &Signed, query: &str| {
        let text =
            String::from_utf8(export(&house, who, &format!("/leads/export?format=csv{query}"))).unwrap();
        text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let own = lines(&house.li, "&fields=title,amount&sort=-amount");
    assert_eq!((own.len(), own[0].split_once(',').unwrap().1), (950, "线索949,9.49"));
    assert_eq!(lines(&house.admin, "").len(), 951);
    assert_eq!(lines(&house.admin, "&filter=amount%20%3C%2010").len(), 10);
    assert_eq!(lines(&house.wang, "").len(), 1);
    assert_eq!(house.get(&house.li, "/leads/export?format=pdf").0, 400);
    assert_eq!(house.get(&house.li, "/leads/export?format=csv&filter=x").0, 422);
}

#[test]
fn a_whole_import_is_taken_back_but_for_what_somebody_touched_since() {
    let house = House::new();
    let before = house.add(&house.admin, "products", json!({ "code": "A1", "name": "旧名", "price": 100 }));
    let file = "编码,名称,单位\nA1,新名,箱\nB2,甲,个\nC3,乙,个\n";
    let query = "/products/import?key=code&mapping=%7B%22%E7%BC%96%E7%A0%81%22%3A%22code%22%7D";
    let (status, done) = csv(&house, &house.admin, query, file);
    assert_eq!((status, counts(&done)), (200, [2, 1, 0, 0]), "{done}");
    let (_, page) = house.get(&house.admin, "/products/records?sort=code");
    let touched = page["items"][2]["id"].clone();
    let change = json!({ "values": { "unit": "袋" } });
    let path = format!("/products/records/{touched}");
    assert_eq!(house.ask_with(&house.admin, "PATCH", &path, &[("if-match", "\"v1\"")], &change).0, 200);
    let undo = format!("/products/imports/{}/undo", done["import"]);
    let (status, undone) = house.ask(&house.admin, "POST", &undo, None);
    assert_eq!((status, undone), (200, json!({ "deleted": 1, "restored": 1, "kept": [touched] })));
    assert_eq!(house.column(&house.admin, "/products/records?sort=code", "name"), ["旧名", "乙"]);
    let (_, back) = house.get(&house.admin, &format!("/products/records/{}", before["id"]));
    assert_eq!((&back["values"]["price"], back["values"].get("unit")), (&json!(100), None), "{back}");
    assert_eq!(house.ask(&house.admin, "POST", "/products/imports/99/undo", None).0, 404);
    assert_eq!(house.ask(&house.li, "POST", &undo, None).1["code"], "not_allowed");
}

/// A table whose photo and papers reps may not see in each other's records; the price list only managers see.
fn papers() -> Value {
    let own = json!({ "read": "own", "create": true, "change": "own", "hidden": ["secret"] });
    let all = json!({ "read": "all", "create": true, "change": "all", "delete": "all" });
    json!({ "label": "papers", "access": { "rep": own, "manager": all, "admin": all, "assistant": all }, "fields": [
        { "key": "name", "kind": "text" }, { "key": "shelf", "kind": "photos" },
        { "key": "paper", "kind": "attachment" }, { "key": "secret", "kind": "attachment" } ] })
}

#[test]
fn a_file_is_named_by_one_record_and_read_by_who_reaches_that() {
    let house = House::new();
    assert_eq!(house.publish(&house.admin, "table", "papers", &papers()).0, 200);
    let mut picture = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let picture = [&picture.into_inner()[..], b"31.2304 N 121.4737 E"].concat();
    let put = |who: &Signed, kind: &str, bytes: &[u8]| {
        send(&house, who, "/papers/files?name=a/%E4%BB%B7.pdf", kind, bytes)
    };
    let (status, photo) = put(&house.li, "image/png", &picture);
    assert_eq!(
        (status, &photo["kind"], &photo["name"]),
        (201, &json!("image/png"), &json!("价.pdf")),
        "{photo}"
    );
    assert_eq!(
        put(&house.li, "image/png", &picture).1["id"],
        photo["id"],
        "the same bytes are the same file"
    );
    let paper = put(&house.li, "application/octet-stream", b"%PDF <script>").1;
    for (kind, bytes, status, code) in [
        ("image/png", &b"GIF89a"[..], 422, "bad_photo"),
        ("text/html", b"x", 415, "bad_body"),
        ("application/octet-stream", &vec![0; (8 << 20) + 1], 413, "bad_body"),
    ] {
        let (found, problem) = put(&house.li, kind, bytes);
        assert_eq!((found, &problem["code"]), (status, &json!(code)), "{problem}");
    }

    let names = |who: &Signed, values: Value| {
        house.ask(who, "POST", "/papers/records", Some(&json!({ "values": values })))
    };
    let (status, problem) = names(&house.wang, json!({ "paper": { "id": paper["id"] } }));
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (422, &json!("missing_link")),
        "another's: {problem}"
    );
    let (status, problem) = names(&house.li, json!({ "shelf": [{ "id": paper["id"] }] }));
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (422, &json!("missing_link")),
        "no picture: {problem}"
    );
    let (status, made) =
        names(&house.li, json!({ "shelf": [{ "id": photo["id"] }], "paper": { "id": paper["id"] } }));
    assert_eq!((status, &made["values"]["shelf"][0]["id"]), (201, &photo["id"]), "{made}");
    let (status, problem) = names(&house.li, json!({ "paper": { "id": paper["id"] } }));
    assert_eq!(
        (status, &problem["errors"][0]["code"]),
        (422, &json!("missing_link")),
        "named already: {problem}"
    );
    let listed = house.get(&house.li, "/papers/records?names=true").1;
    assert_eq!(listed["names"]["files"][paper["id"].to_string()], "价.pdf", "{listed}");

    let read = |who: &Signed, record: &Value, file: &Value| {
        let path = format!("/api/v1/tables/papers/records/{record}/files/{file}");
        house.appliance.ask("GET", &path, &[("cookie", who.cookie.as_str())], None)
    };
    let mut seen = read(&house.li, &made["id"], &photo["id"]);
    assert_eq!(
        (seen.status().as_u16(), seen.headers()["content-type"].to_str().unwrap()),
        (200, "image/png")
    );
    let seen = seen.body_mut().read_to_vec().unwrap();
    assert!(!seen.windows(7).any(|bytes| bytes == b"31.2304"), "nothing beside the picture");
    let mut handed = read(&house.ma, &made["id"], &paper["id"]);
    let said = handed.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(said, "attachment; filename*=UTF-8''%E4%BB%B7.pdf", "no browser shows it as a page");
    assert_eq!(handed.body_mut().read_to_vec().unwrap(), b"%PDF <script>");
    assert_eq!(read(&house.wang, &made["id"], &paper["id"]).status().as_u16(), 404, "out of reach");

    let hidden = put(&house.ma, "application/octet-stream", b"list").1;
    let path = format!("/papers/records/{}", made["id"]);
    let change = json!({ "values": { "secret": { "id": hidden["id"] } }, "base": {} });
    assert_eq!(house.ask(&house.ma, "PATCH", &path, Some(&change)).0, 200);
    assert_eq!(read(&house.ma, &made["id"], &hidden["id"]).status().as_u16(), 200);
    assert_eq!(
        read(&house.li, &made["id"], &hidden["id"]).status().as_u16(),
        404,
        "a field that is not seen"
    );
    assert_eq!(house.ask(&house.ma, "DELETE", &path, None).0, 204);
    assert_eq!(read(&house.ma, &made["id"], &hidden["id"]).status().as_u16(), 404, "deleted");
    assert_eq!(house.ask(&house.ma, "POST", &format!("{path}/restore"), None).0, 200);
    assert_eq!(
        read(&house.ma, &made["id"], &hidden["id"]).status().as_u16(),
        200,
        "and back, with its files"
    );
}

#[test]
fn a_client_that_is_erased_leaves_no_file() {
    let house = House::new();
    let fields = json!([
        { "key": "client", "kind": "link", "to": "clients" }, { "key": "shelf", "kind": "photo" } ]);
    let access = crate::records::open_access();
    let shelves = json!({ "label": "shelves", "fields": fields, "access": access });
    assert_eq!(house.publish(&house.admin, "table", "shelves", &shelves).0, 200);
    let client = house.add(&house.li, "clients", json!({ "name": "华东医药" }));
    let mut picture = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(8, 8).write_to(&mut picture, image::ImageFormat::Png).unwrap();
    let photo = send(&house, &house.li, "/shelves/files", "image/png", &picture.into_inner()).1;
    let values = json!({ "client": client["id"], "shelf": { "id": photo["id"] } });
    let shelf = house.add(&house.li, "shelves", values);
    let path = format!("/api/v1/tables/shelves/records/{}/files/{}", shelf["id"], photo["id"]);
    let headers = [("cookie", house.admin.cookie.as_str())];
    let status = || house.appliance.ask("GET", &path, &headers, None).status().as_u16();
    assert_eq!(status(), 200);
    let data = format!("/api/v1/clients/{}/data", client["id"]);
    assert!(house.admin.ask(&house.appliance, "DELETE", &data, None).0 < 300);
    assert_eq!(status(), 404);
}
