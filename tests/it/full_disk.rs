//! A full disk: changes are refused, reading goes on, and all is well again when there is room, without a restart.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::accounts::settled_with;

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
    let reserve = appliance.folder.path().join("data/undertone.reserve");
    crate::appliance::wait_until("room is laid up", || {
        std::fs::metadata(&reserve).is_ok_and(|found| found.len() > 1 << 20)
    });
    let fill = || {
        disk.fill();
        let body = |n: usize| json!({ "name": format!("team {n} {}", "x".repeat(60)) });
        let refused =
            (0..).find(|n| admin.ask(&appliance, "POST", "/api/v1/teams", Some(&body(*n))).0 == 507);
        assert!(refused.is_some());
    };
    fill();
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
