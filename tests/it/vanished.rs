//! A client that vanishes once its change is on disk, and a desk that is killed there: what follows is done all the same.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::accounts::{Signed, settled};
use crate::appliance::{Appliance, connect, hear_close, send, wait_until};
use crate::erase::holds;

/// Sends a request and hangs up without waiting for its answer.
fn ask_and_vanish(appliance: &Appliance, method: &str, path: &str, headers: &str, after: Duration) {
    let host = appliance.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n{headers}\r\n{{}}"
    );
    socket.write_all(request.as_bytes()).unwrap();
    std::thread::sleep(after);
}

fn rows(appliance: &Appliance, table: &str) -> i64 {
    let file = appliance.folder.path().join("data/undertone.db");
    let sql = format!("SELECT count(*) FROM {table}");
    rusqlite::Connection::open(file).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_withdrawal_is_whole_when_who_asked_has_vanished() {
    let appliance = Appliance::start();
    let (id, url) = appliance.open("mono");
    let mut socket = connect(&url, 16_000, 1);
    send(&mut socket, &vec![500; 16_000], 640);
    wait_until("the call is live", || appliance.get(&format!("/api/v1/calls/{id}")).1["state"] == "live");
    // An ear that takes its time to close the stream keeps the answer waiting; nobody waits for it.
    let ear = Pid::from_raw(appliance.processes().1.cast_signed()).unwrap();
    kill_process(ear, Signal::STOP).unwrap();
    ask_and_vanish(
        &appliance,
        "POST",
        &format!("/api/v1/calls/{id}/withdraw"),
        "",
        Duration::from_millis(150),
    );
    std::thread::sleep(Duration::from_millis(100));
    kill_process(ear, Signal::CONT).unwrap();
    assert_eq!(hear_close(&mut socket).0, 1008);
    wait_until("nothing of the call is kept", || rows(&appliance, "calls") == 0);
    wait_until("all that follows is done", || rows(&appliance, "effects") == 0);
}

fn new_client(appliance: &Appliance, admin: &Signed, name: &str) -> i64 {
    let card = json!({ "values": { "name": name } });
    let (status, client) = admin.ask(appliance, "POST", "/api/v1/tables/clients/records", Some(&card));
    assert_eq!(status, 201, "{client}");
    client["id"].as_i64().unwrap()
}

#[test]
fn what_was_erased_is_nowhere_when_the_desk_was_killed_after_the_commit() {
    let (mut appliance, admin) = settled();
    let mut erased = 0;
    // Later and later, until some kills came just after the commit.
    for round in 0..60_u64 {
        if erased == 3 {
            break;
        }
        let name = format!("Zweifellos {round} Werke");
        let id = new_client(&appliance, &admin, &name);
        let headers = format!("cookie: {}\r\nx-csrf-token: {}\r\n", admin.cookie, admin.csrf);
        let after = Duration::from_micros(1_500 * round);
        ask_and_vanish(&appliance, "DELETE", &format!("/api/v1/clients/{id}/data"), &headers, after);
        appliance.child.kill().unwrap();
        appliance.restart();
        let path = format!("/api/v1/tables/clients/records/{id}");
        let (status, client) = admin.ask(&appliance, "GET", &path, None);
        assert_eq!(status, 200, "{client}");
        if client["values"]["name"] != Value::String(name.clone()) {
            erased += 1;
            let data = appliance.folder.path().join("data");
            wait_until("the files forget", || !holds(&data, &name));
            wait_until("all that follows is done", || rows(&appliance, "effects") == 0);
        }
    }
    assert!(erased > 0, "no kill came after a commit");
}
