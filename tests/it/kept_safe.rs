//! What is kept stays whole, private and in time, whatever happens to the disk, the file and the clock.

use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, wait_until};
use crate::calls_kept::new_call;

const DAY_MS: i64 = 24 * 3_600_000;

fn data(appliance: &Appliance) -> std::path::PathBuf {
    appliance.folder.path().join("data")
}

/// Ends the appliance as a lost power would, does something to its data, and starts it again.
fn killed(appliance: &mut Appliance, meanwhile: impl FnOnce(&Path)) {
    appliance.child.kill().unwrap();
    appliance.child.wait().unwrap();
    meanwhile(&data(appliance));
    appliance.start_again();
}

fn undertone(arguments: &[&str], data: &Path) -> (bool, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_undertone"))
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap();
    let said = String::from_utf8([run.stdout, run.stderr].concat()).unwrap();
    (run.status.success(), said)
}

fn troubles(appliance: &Appliance, admin: &Signed) -> Vec<String> {
    let (_, trust) = admin.ask(appliance, "GET", "/api/v1/trust", None);
    let codes = trust["troubles"].as_array().unwrap_or_else(|| panic!("{trust}"));
    codes.iter().map(|trouble| trouble["code"].as_str().unwrap().to_owned()).collect()
}

fn teams(appliance: &Appliance, admin: &Signed) -> usize {
    admin.ask(appliance, "GET", "/api/v1/teams", None).1["items"].as_array().unwrap().len()
}

fn add_team(appliance: &Appliance, admin: &Signed, name: &str) {
    let (status, team) = admin.ask(appliance, "POST", "/api/v1/teams", Some(&json!({ "name": name })));
    assert_eq!(status, 201, "{team}");
}

#[test]
fn nobody_else_on_the_machine_reads_what_is_kept() {
    let (mut appliance, admin) = settled();
    let hook = json!({ "url": "https://crm.example/hook", "topics": ["none"] });
    let secret = admin.ask(&appliance, "POST", "/api/v1/webhooks", Some(&hook)).1["secret"].clone();
    let folder = data(&appliance);
    let copy = appliance.folder.path().join("copy.db");
    assert!(undertone(&["backup", copy.to_str().unwrap()], &folder).0);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
    let check = |when: &str| {
        assert_eq!(mode(&folder), 0o700, "{when}");
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            assert_eq!(mode(&entry.path()) & 0o077, 0, "{when}: {:?}", entry.path());
        }
    };
    check("as it was made");
    assert_eq!(mode(&copy) & 0o077, 0);
    let (secret, csrf) = (secret.as_str().unwrap(), admin.csrf.as_str());
    for file in ["undertone.db", "undertone.db-wal"].map(|name| folder.join(name)).iter().chain([&copy]) {
        let bytes = std::fs::read(file).unwrap_or_default();
        let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        assert!(!holds(secret) && !holds(csrf), "{file:?}");
    }
    killed(&mut appliance, |data| {
        use std::os::unix::fs::PermissionsExt;
        let open = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        };
        open(data, 0o755);
        open(&data.join("undertone.db"), 0o644);
    });
    check("as an older program had left it");
    assert_eq!(troubles(&appliance, &admin), [""; 0]);
}

#[test]
fn a_restore_after_a_kill_loses_nothing_and_names_where_it_was_put() {
    let (mut appliance, admin) = settled();
    add_team(&appliance, &admin, "before");
    let copy = appliance.folder.path().join("copy.db");
    assert!(undertone(&["backup", copy.to_str().unwrap()], &data(&appliance)).0);
    (0..20).for_each(|n| add_team(&appliance, &admin, &format!("after {n}")));
    killed(&mut appliance, |data| {
        let (done, said) = undertone(&["restore", copy.to_str().unwrap()], data);
        assert!(done && said.contains("before-restore-1"), "{said}");
    });
    assert_eq!(teams(&appliance, &admin), 1, "the session is from before the copy");
    killed(&mut appliance, |data| {
        let before = data.join("before-restore-1/undertone.db");
        let (done, said) = undertone(&["restore", before.to_str().unwrap()], data);
        assert!(done && said.contains("before-restore-2"), "{said}");
    });
    assert_eq!(teams(&appliance, &admin), 21);
    assert_eq!(troubles(&appliance, &admin), [""; 0]);
}

#[test]
fn damage_is_told_with_the_way_out() {
    let (mut appliance, admin) = settled();
    (0..200).for_each(|n| add_team(&appliance, &admin, &format!("{n} {}", "x".repeat(60))));
    appliance.restart();
    let folder = data(&appliance);
    killed(&mut appliance, |data| {
        let file = data.join("undertone.db");
        let connection = Connection::open(&file).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let root: u32 = connection
            .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'audit_entity'", [], |row| row.get(0))
            .unwrap();
        let size: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap();
        drop(connection);
        let mut file = std::fs::OpenOptions::new().read(true).write(true).open(file).unwrap();
        let mut page = vec![0; size as usize];
        file.seek(SeekFrom::Start(u64::from(root - 1) * u64::from(size))).unwrap();
        file.read_exact(&mut page).unwrap();
        page[8..200].iter_mut().for_each(|byte| *byte ^= 0x55);
        file.seek(SeekFrom::Start(u64::from(root - 1) * u64::from(size))).unwrap();
        file.write_all(&page).unwrap();
    });
    let (status, ready) = appliance.get("/readyz");
    assert_eq!((status, &ready["troubles"][0]), (503, &json!("database_damaged")), "{ready}");
    assert!(troubles(&appliance, &admin).contains(&"database_damaged".to_owned()));
    let (done, said) = undertone(&["doctor"], &folder);
    assert!(!done && said.contains("damaged") && said.contains("restore a backup"), "{said}");
}

#[test]
fn changes_that_are_lost_are_told() {
    let (mut appliance, admin) = settled();
    (0..20).for_each(|n| add_team(&appliance, &admin, &format!("team {n}")));
    let folder = data(&appliance);
    killed(&mut appliance, |data| {
        let log = data.join("undertone.db-wal");
        let mut bytes = std::fs::read(&log).unwrap();
        let at = bytes.len() - 40_000;
        bytes[at] ^= 1;
        std::fs::write(log, bytes).unwrap();
    });
    assert!(teams(&appliance, &admin) < 20, "SQLite passes over them");
    let (_, ready) = appliance.get("/readyz");
    assert_eq!(ready["troubles"], json!(["changes_lost"]), "{ready}");
    assert_eq!(troubles(&appliance, &admin), ["changes_lost"]);
    let (done, said) = undertone(&["doctor"], &folder);
    assert!(!done && said.contains("not the one that was signed"), "{said}");
}

#[test]
fn a_clock_that_leaps_waits_for_a_person() {
    let (mut appliance, admin) = settled();
    let (_, call) = admin.ask(&appliance, "POST", "/api/v1/calls", Some(&new_call(json!({}))));
    let path = format!("/api/v1/calls/{}", call["id"].as_str().unwrap());
    assert_eq!(admin.ask(&appliance, "POST", &format!("{path}/stop"), None).0, 200);
    // To a file whose clock stood 200 days ago, today is a leap.
    killed(&mut appliance, |data| {
        let connection = Connection::open(data.join("undertone.db")).unwrap();
        let ago = format!(
            "UPDATE calls SET ended_ms = ended_ms - {0}; \
             UPDATE meta SET value = value - {0} WHERE key = 'clock_ms'",
            200 * DAY_MS
        );
        connection.execute_batch(&ago).unwrap();
    });
    wait_until("the sweep has looked", || troubles(&appliance, &admin) == ["clock_leapt"]);
    assert_eq!(admin.ask(&appliance, "GET", &path, None).0, 200, "it is not swept");
    let (status, ready) = appliance.get("/readyz");
    assert_eq!((status, &ready["troubles"]), (200, &json!(["clock_leapt"])), "calls are heard all the same");
    assert_eq!(admin.ask(&appliance, "POST", "/api/v1/trust/clock", None).0, 204);
    assert_eq!(troubles(&appliance, &admin), [""; 0]);
    appliance.restart();
    wait_until("it is swept", || admin.ask(&appliance, "GET", &path, None).0 == 404);
}

/// Whether a file of the folder holds these bytes.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        if entry.path().is_dir() {
            return holds(&entry.path(), text);
        }
        let bytes = std::fs::read(entry.path()).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

#[test]
fn answers_that_may_come_twice_forget_who_is_erased_and_what_is_withdrawn() {
    let (appliance, admin) = settled();
    let ask = |method: &str, path: &str, key: &str, body: Value| {
        let more = [("idempotency-key", key), ("if-match", "\"v1\"")];
        let more = if method == "PATCH" { &more[..] } else { &more[..1] };
        admin.ask_with(&appliance, method, path, more, Some(&body))
    };
    let all = "/api/v1/tables/clients/records";
    let card = json!({ "values": { "name": "从前叫做", "aliases": ["外号也算"] } });
    let (_, client) = ask("POST", all, "a", card);
    let renamed = json!({ "values": { "name": "后来改名" } });
    assert_eq!(ask("PATCH", &format!("{all}/{}", client["id"]), "b", renamed).0, 200);
    let action = json!({ "values": { "client": client["id"], "whom": "李主任", "status": "方案已递",
        "next": "带去资料三份", "due": "2099-02-18" } });
    assert_eq!(ask("POST", "/api/v1/tables/actions/records", "c", action).0, 201);
    let (_, call) = ask("POST", "/api/v1/calls", "d", new_call(json!({})));
    let call = format!("/api/v1/calls/{}", call["id"].as_str().unwrap());
    let review = json!({ "objection": null, "topics": [], "notes": "只有我看", "outcome": null });
    assert!(ask("PUT", &format!("{call}/review"), "e", review).0 < 300);
    let folder = data(&appliance);
    for text in ["从前叫做", "外号也算", "带去资料三份", "只有我看"] {
        assert!(holds(&folder, text), "{text} is not kept at all");
    }
    // What a restore put aside is erased with it.
    let aside = folder.join("before-restore-1");
    std::fs::create_dir(&aside).unwrap();
    let copy = appliance.folder.path().join("copy.db");
    assert!(undertone(&["backup", copy.to_str().unwrap()], &folder).0);
    std::fs::copy(&copy, aside.join("undertone.db")).unwrap();
    assert_eq!(admin.ask(&appliance, "POST", &format!("{call}/withdraw"), None).0, 204);
    assert_eq!(
        admin.ask(&appliance, "DELETE", &format!("/api/v1/clients/{}/data", client["id"]), None).0,
        204
    );
    for text in ["从前叫做", "后来改名", "外号也算", "带去资料三份", "只有我看"] {
        wait_until("the files forget", || !holds(&folder, text));
    }
    assert!(aside.join("undertone.db").exists(), "what was put aside is still of use");
}
