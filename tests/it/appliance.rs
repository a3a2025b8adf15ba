//! A running appliance for one test: the real binary, free ports, a data folder of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{self, Message, WebSocket, stream::MaybeTlsStream};

pub type Socket = WebSocket<MaybeTlsStream<std::net::TcpStream>>;

/// Stopped when dropped.
pub struct Appliance {
    pub child: Child,
    pub url: String,
    /// What it printed after its address.
    pub said: Mutex<Receiver<String>>,
    pub folder: tempfile::TempDir,
}

/// The command that starts an appliance on free ports.
pub fn command(data: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_undertone"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--ear-listen", "127.0.0.1:0", "--data"]).arg(data);
    command.current_dir(data.parent().unwrap()).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

/// The program, the address that it says first, and what it says after.
fn spawn(command: &mut Command) -> (Child, String, Receiver<String>) {
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    let mut first = String::new();
    said.read_line(&mut first).unwrap();
    let (send, more) = channel();
    std::thread::spawn(move || said.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
    (child, first.trim().rsplit(' ').next().unwrap().to_owned(), more)
}

impl Appliance {
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub fn start_with(change: impl FnOnce(&mut Command)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = command(&folder.path().join("data"));
        command.stderr(std::fs::File::create(folder.path().join("log")).unwrap());
        change(&mut command);
        let (child, url, said) = spawn(&mut command);
        assert!(url.starts_with("http"), "{url}{}", read(folder.path().join("log")));
        Self { child, url, said: Mutex::new(said), folder }
    }

    /// Ends it as an operator would and starts it again over the same data, at another address.
    pub fn restart(&mut self) {
        self.restart_with(|_| {});
    }

    /// The same, with other arguments.
    pub fn restart_with(&mut self, change: impl FnOnce(&mut Command)) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap();
        self.start_again_with(change);
    }

    /// Starts it again over the same data once it has ended, at another address.
    pub fn start_again(&mut self) {
        self.start_again_with(|_| {});
    }

    fn start_again_with(&mut self, change: impl FnOnce(&mut Command)) {
        let mut command = command(&self.folder.path().join("data"));
        command.stderr(std::fs::File::create(self.folder.path().join("log")).unwrap());
        change(&mut command);
        let (child, url, said) = spawn(&mut command);
        (self.child, self.url, self.said) = (child, url, Mutex::new(said));
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        answer(agent().get(format!("{}{path}", self.url)).call())
    }

    pub fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(agent().post(format!("{}{path}", self.url)).send_json(body))
    }

    /// Any request, as it is.
    pub fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> ureq::http::Response<ureq::Body> {
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = match body {
            Some(body) => {
                let request = request.header("content-type", "application/json");
                agent().run(request.body(body.to_string()).unwrap())
            }
            None => agent().run(request.body(()).unwrap()),
        };
        answer.unwrap()
    }

    /// The end of the link for the first account, as the appliance printed it.
    pub fn setup_secret(&self) -> String {
        let said = self.said.lock().unwrap();
        let link = said.recv_timeout(Duration::from_secs(10)).expect("a link for the first account");
        link.rsplit('/').next().unwrap().to_owned()
    }

    /// A call from a socket: its id and where to connect.
    pub fn open(&self, layout: &str) -> (String, String) {
        let body = json!({ "layout": layout, "source": { "kind": "socket" }, "consent": "notified" });
        let (status, call) = self.post("/api/v1/calls", &body);
        assert_eq!(status, 201, "{call}");
        (text(&call["id"]), text(&call["ticket"]["url"]))
    }

    /// Everything that the call's live stream says, as `(event, data)`, until it ends.
    pub fn watch(&self, id: &str, last_event_id: Option<u64>) -> Receiver<(String, Value)> {
        self.events(&format!("/api/v1/calls/{id}/stream"), last_event_id)
    }

    /// The server-sent events of a path, as `(event, data)`, until they end.
    pub fn events(&self, path: &str, last_event_id: Option<u64>) -> Receiver<(String, Value)> {
        let id = last_event_id.map(|id| id.to_string());
        let headers: Vec<_> = id.iter().map(|id| ("last-event-id", id.as_str())).collect();
        self.events_with(path, &headers)
    }

    /// The same, asked for with these headers.
    pub fn events_with(&self, path: &str, headers: &[(&str, &str)]) -> Receiver<(String, Value)> {
        let body = self.ask("GET", path, headers, None).into_body().into_reader();
        let (send, events) = channel();
        std::thread::spawn(move || {
            let mut event = String::new();
            for line in BufReader::new(body).lines().map_while(Result::ok) {
                if let Some(name) = line.strip_prefix("event: ") {
                    event = name.to_owned();
                } else if let Some(data) = line.strip_prefix("data: ")
                    && send.send((event.clone(), serde_json::from_str(data).unwrap())).is_err()
                {
                    return;
                }
            }
        });
        events
    }

    /// Process ids of the desk and its ear.
    pub fn processes(&self) -> (u32, u32) {
        let desk = self.child.id();
        let pids = std::fs::read_dir("/proc").unwrap().flatten();
        let pids = pids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let is_ear = |pid: &u32| {
            let status = read(format!("/proc/{pid}/status").into());
            status.contains(&format!("PPid:\t{desk}\n")) && !status.contains("State:\tZ")
        };
        (desk, pids.into_iter().find(is_ear).unwrap_or_default())
    }

    pub fn metric(&self, name: &str) -> f64 {
        let mut text = String::new();
        let body = agent().get(format!("{}/metrics", self.url)).call().unwrap().into_body();
        body.into_reader().read_to_string(&mut text).unwrap();
        let line =
            text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned));
        line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
    }

    pub fn log(&self) -> String {
        read(self.folder.path().join("log"))
    }
}

impl Drop for Appliance {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}

fn answer(got: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> (u16, Value) {
    let mut response = got.unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text")).to_owned()
}

/// Connects and says `start`.
pub fn connect(url: &str, rate: u32, channels: usize) -> Socket {
    let (mut socket, _) = tungstenite::connect(url).unwrap();
    say(&mut socket, &json!({ "type": "start", "rate": rate, "channels": channels, "format": "s16le" }));
    let started = hear_text(&mut socket);
    assert_eq!(started["type"], "started", "{started}");
    socket
}

pub fn say(socket: &mut Socket, message: &Value) {
    socket.send(Message::text(message.to_string())).unwrap();
}

/// The next text that the ear says.
pub fn hear_text(socket: &mut Socket) -> Value {
    loop {
        match socket.read().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Close(frame) => panic!("closed: {frame:?}"),
            _ => {}
        }
    }
}

/// The close code and reason with which the ear ends, whatever it says before.
pub fn hear_close(socket: &mut Socket) -> (u16, String) {
    loop {
        match socket.read() {
            Ok(Message::Close(Some(frame))) => return (frame.code.into(), frame.reason.to_string()),
            Ok(Message::Close(None)) | Err(_) => return (0, String::new()),
            Ok(_) => {}
        }
    }
}

pub fn bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

/// Sends samples in pieces of so many bytes, whatever that cuts.
pub fn send(socket: &mut Socket, samples: &[i16], piece_bytes: usize) {
    for piece in bytes(samples).chunks(piece_bytes) {
        socket.send(Message::binary(piece.to_vec())).unwrap();
    }
}

/// Waits until `done` or panics after 10 s.
#[track_caller]
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(10), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(10));
    }
}
