//! A full disk: changes are refused, reading goes on, and all is well again when there is room, without a restart.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::accounts::{Signed, settled_with};
use crate::appliance::Appliance;

/// A small disk in memory, taken away when dropped.
struct Disk(PathBuf);

impl Disk {
    /// `None` where a test may not mount.
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then(|| Self(at.to_path_buf()))
    }

    fn fill(&self) {
        let mut filler = std::fs::File::create(self.0.join("filler")).unwrap();
        for size in [64 << 10, 4 << 10, 1] {
            while filler.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: the appliance may still use it.
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_refuses_changes_and_nothing_else() {
    let mut disk = None;
    let (appliance, admin) = settled_with(|command| {
        let data = command.get_args().last().unwrap().to_owned();
        disk = Disk::mount(Path::new(&data));
    });
    let Some(disk) = disk else {
        eprintln!("passed over: mounting a small disk is not allowed here");
        return;
    };
    let team = |n: usize| {
        let body = json!({ "name": format!("team {n} {}", "x".repeat(60)) });
        admin.ask(&appliance, "POST", "/api/v1/teams", Some(&body))
    };
    let teams = || -> usize {
        let (status, teams) = admin.ask(&appliance, "GET", "/api/v1/teams", None);
        assert_eq!(status, 200, "{teams}");
        teams["items"].as_array().unwrap().len()
    };
    assert_eq!(team(0).0, 201);
    disk.fill();
    // What the files hold already may be used up first.
    let mut made = 1;
    let refused: Value = loop {
        match team(made) {
            (201, _) => made += 1,
            (status, problem) => {
                assert_eq!(status, 507, "{problem}");
                break problem;
            }
        }
    };
    assert_eq!(refused["code"], "disk_full");
    assert_eq!(teams(), made, "nothing of what was refused");
    assert_eq!(team(made).0, 507, "and so it stays");
    disk.make_room();
    assert_eq!(team(made).0, 201);
    assert_eq!(teams(), made + 1);
    let (_, trust) = admin.ask(&appliance, "GET", "/api/v1/trust", None);
    assert_eq!(trust["log"]["broken_at"], Value::Null, "{trust}");
    drop((disk, appliance));
}

/// Fills the disk until changes are refused.
fn fill_up(disk: &Disk, appliance: &Appliance, admin: &Signed) {
    disk.fill();
    let body = |n: usize| json!({ "name": format!("team {n} {}", "x".repeat(60)) });
    let refused = (0..).find(|n| admin.ask(appliance, "POST", "/api/v1/teams", Some(&body(*n))).0 == 507);
    assert!(refused.is_some());
}

fn wait_for_room(appliance: &Appliance) {
    let reserve = appliance.folder.path().join("data/undertone.reserve");
    crate::appliance::wait_until("room is laid up", || {
        std::fs::metadata(&reserve).is_ok_and(|found| found.len() > 1 << 20)
    });
}

/// What lets go of something has room on a full disk: erasing, no longer being located, a device that was lost, a token,
/// and who has left.
#[test]
fn whatever_lets_go_of_something_has_room_on_a_full_disk() {
    let mut disk = None;
    let (appliance, admin) = settled_with(|command| {
        let data = command.get_args().last().unwrap().to_owned();
        disk = Disk::mount(Path::new(&data));
    });
    let Some(disk) = disk else {
        eprintln!("passed over: mounting a small disk is not allowed here");
        return;
    };
    let ask = |method: &str, path: &str, body: Value| {
        admin.ask(&appliance, method, &format!("/api/v1/{path}"), Some(&body))
    };
    let made = |path: &str, body: Value| {
        let (status, made) = ask("POST", path, body);
        assert_eq!(status, 201, "{path}: {made}");
        made["id"].clone()
    };
    let me = admin.person(&appliance);
    let client = made("tables/clients/records", json!({ "values": { "name": "举世无双药业" } }));
    let rep =
        |login: &str| made("people", json!({ "login": login, "name": login, "role": "rep", "team": null }));
    let (leaves, goes) = (rep("leaves"), rep("goes"));
    let token = made("tokens", json!({ "name": "x" }));
    let device =
        ask("POST", &format!("people/{me}/enrolments"), json!({ "app": "traccar", "name": "phone" })).1;
    let device = device["enrolment"]["id"].clone();
    let located = format!("people/{me}/location");
    let hours = |consent: bool| json!({ "consent": consent, "days": [1, 2, 3, 4, 5], "from_min": 0, "until_min": 1440 });
    let set = |version: &Value, consent: bool| {
        let seen = format!("\"v{version}\"");
        let path = format!("/api/v1/{located}");
        admin.ask_with(&appliance, "PUT", &path, &[("if-match", &seen)], Some(&hours(consent)))
    };
    let (status, agreed) = set(&ask("GET", &located, Value::Null).1["version"], true);
    assert_eq!(status, 200, "{agreed}");
    let leave = |person: &Value| {
        let path = format!("/api/v1/people/{person}");
        admin
            .ask_with(
                &appliance,
                "PATCH",
                &path,
                &[("if-match", "\"v1\"")],
                Some(&json!({ "active": false })),
            )
            .0
    };
    let erase = |what: String| ask("DELETE", &format!("{what}/data"), Value::Null).0;
    type Step<'a> = (&'a str, &'a dyn Fn() -> u16);
    let smaller: [Step; 4] = [
        ("a token", &|| ask("DELETE", &format!("tokens/{token}"), Value::Null).0),
        ("a device", &|| ask("DELETE", &format!("people/{me}/enrolments/{device}"), Value::Null).0),
        ("consent", &|| set(&agreed["version"], false).0),
        ("who has left", &|| leave(&leaves)),
    ];
    let steps: [&[Step]; 3] = [
        &[("a client", &|| erase(format!("clients/{client}")))],
        &[("a person", &|| erase(format!("people/{goes}")))],
        &smaller,
    ];
    for step in steps {
        wait_for_room(&appliance);
        fill_up(&disk, &appliance, &admin);
        for (what, let_go) in step {
            let status = let_go();
            assert!(matches!(status, 200 | 204), "{what}: {status}");
        }
        disk.make_room();
        crate::appliance::wait_until("all is well", || appliance.get("/readyz").0 == 200);
    }
    let data = appliance.folder.path().join("data");
    crate::appliance::wait_until("the files forget", || !crate::erase::holds(&data, "举世无双"));
    drop((disk, appliance));
}

#[test]
fn a_withdrawal_on_a_full_disk_is_carried_out_and_stays_so_after_a_restart() {
    let mut disk = None;
    let (mut appliance, admin) = settled_with(|command| {
        let data = command.get_args().last().unwrap().to_owned();
        disk = Disk::mount(Path::new(&data));
    });
    let Some(disk) = disk else {
        eprintln!("passed over: mounting a small disk is not allowed here");
        return;
    };
    let open = || {
        let call = crate::calls_kept::new_call(json!({}));
        let (status, call) = admin.ask(&appliance, "POST", "/api/v1/calls", Some(&call));
        assert_eq!(status, 201, "{call}");
        let path = format!("/api/v1/calls/{}", call["id"].as_str().unwrap());
        let review = json!({ "objection": null, "topics": [], "notes": "只有我看", "outcome": null });
        assert!(admin.ask(&appliance, "PUT", &format!("{path}/review"), Some(&review)).0 < 300);
        path
    };
    let calls: Vec<_> = (0..3).map(|_| open()).collect();
    wait_for_room(&appliance);
    fill_up(&disk, &appliance, &admin);
    let (status, ready) = appliance.get("/readyz");
    assert_eq!((status, &ready["troubles"]), (503, &json!(["disk_full"])), "{ready}");
    let withdraw = |path: &str| admin.ask(&appliance, "POST", &format!("{path}/withdraw"), None).0;
    assert_eq!(withdraw(&calls[0]), 204, "there is room for it");
    // Somebody else takes that room too.
    let mut more = std::fs::File::create(disk.0.join("more")).unwrap();
    for size in [64 << 10, 4 << 10, 1] {
        while more.write_all(&vec![1; size]).is_ok() {}
    }
    let status = withdraw(&calls[1]);
    assert!(status == 202 || status == 204, "{status}");
    disk.make_room();
    std::fs::remove_file(disk.0.join("more")).unwrap();
    appliance.restart();
    for path in &calls[..2] {
        assert_eq!(admin.ask(&appliance, "GET", path, None).0, 404, "{path} came back");
    }
    assert_eq!(admin.ask(&appliance, "GET", &calls[2], None).0, 200);
    crate::appliance::wait_until("all is well", || appliance.get("/readyz").0 == 200);
    drop((disk, appliance));
}
