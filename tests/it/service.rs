//! A service manager binds the ports, hears when all is ready, and hears a heart that beats only while work gets done.

use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Ended when dropped.
struct Served {
    child: Child,
    told: UnixDatagram,
    page: std::net::SocketAddr,
    folder: tempfile::TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gives a command these sockets as systemd would, from descriptor 3 on; only a shell knows the number of the process that
/// the program will be.
fn served_with(sockets: &[&TcpListener]) -> Served {
    let folder = tempfile::tempdir().unwrap();
    let told = UnixDatagram::bind(folder.path().join("told")).unwrap();
    told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let (mut aside, mut given, mut shut) = (String::new(), String::new(), String::new());
    for (n, socket) in sockets.iter().enumerate() {
        rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::empty()).unwrap();
        aside += &format!(" {}<&{}", n + 7, socket.as_raw_fd());
        given += &format!(" {}<&{}", n + 3, n + 7);
        shut += &format!(" {}<&-", n + 7);
    }
    let script = format!(
        "exec{aside}; exec{given}{shut}; LISTEN_PID=$$ LISTEN_FDS={} exec \"$0\" serve --data data",
        sockets.len()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_undertone")]).current_dir(folder.path());
    command.env("RUNTIME_DIRECTORY", folder.path());
    command.env("NOTIFY_SOCKET", folder.path().join("told")).env("WATCHDOG_USEC", "400000");
    command.stdout(Stdio::null()).stderr(std::fs::File::create(folder.path().join("log")).unwrap());
    let page = sockets[0].local_addr().unwrap();
    Served { child: command.spawn().unwrap(), told, page, folder }
}

fn hear(from: &UnixDatagram) -> Option<String> {
    let mut message = [0; 4096];
    let length = from.recv(&mut message).ok()?;
    Some(String::from_utf8_lossy(&message[..length]).into_owned())
}

/// Waits for a message with this line.
#[track_caller]
fn hear_of(served: &Served, line: &str) -> String {
    std::iter::from_fn(|| hear(&served.told))
        .find(|message| message.lines().any(|one| one == line))
        .unwrap_or_else(|| panic!("not told {line}: {}", log(served.folder.path())))
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("log")).unwrap_or_default()
}

#[test]
fn ports_that_were_bound_before_are_answered_and_the_manager_is_told() {
    let [page, ear] = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let served = served_with(&[&page, &ear]);
    let told = hear_of(&served, "READY=1");
    assert!(told.contains(&format!("STATUS=the page is at http://{}", served.page)), "{told}");
    let shown = std::fs::read_to_string(served.folder.path().join("console")).unwrap();
    assert!(
        shown.contains(&format!("at http://{}/#/welcome/", served.page)) && shown.contains('█'),
        "{shown}"
    );
    let answer = ureq::get(format!("http://{}/readyz", served.page)).call().unwrap();
    assert_eq!(answer.status(), 200);
    let heard = ureq::get(format!("http://{}/healthz", ear.local_addr().unwrap())).call().unwrap();
    assert_eq!(heard.status(), 200);
    let pid = rustix::process::Pid::from_child(&served.child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    hear_of(&served, "STOPPING=1");
}

/// As on a box: one socket for both kinds of addresses. Who is at this machine is known as that, by either.
#[test]
fn a_socket_for_all_addresses_tells_this_machine_from_others() {
    let [page, ear] = [(), ()].map(|()| TcpListener::bind("[::]:0").unwrap());
    let served = served_with(&[&page, &ear]);
    hear_of(&served, "READY=1");
    for host in ["127.0.0.1", "[::1]"] {
        let session =
            ureq::get(format!("http://{host}:{}/api/v1/session", served.page.port())).call().unwrap();
        let session: serde_json::Value = session.into_body().read_json().unwrap();
        assert_eq!(session["role"], "local", "{host}");
    }
}

#[test]
fn the_heart_stands_still_while_the_database_does_not_answer() {
    let [page, ear] = [(), ()].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let served = served_with(&[&page, &ear]);
    hear_of(&served, "WATCHDOG=1");
    let other = rusqlite::Connection::open(served.folder.path().join("data/undertone.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // What was on its way when the lock was taken.
    let settled = Instant::now() + Duration::from_millis(500);
    while Instant::now() < settled {
        served.told.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        hear(&served.told);
    }
    served.told.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    assert_eq!(hear(&served.told), None, "ten beats would have come");
    other.execute_batch("ROLLBACK").unwrap();
    served.told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    hear_of(&served, "WATCHDOG=1");
}

#[test]
fn sockets_that_are_not_the_two_are_refused_in_one_sentence() {
    let page = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut served = served_with(&[&page]);
    assert_eq!(served.child.wait().unwrap().code(), Some(1));
    let said = log(served.folder.path());
    assert!(said.contains("gave 1 sockets") && said.contains("the page first and the ear second"), "{said}");
}
