//! The appliance's own inputs: a real sound server with a virtual microphone, heard through the walled-in ear.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::appliance::{Appliance, text, wait_until};
use super::run::{Desk, demo_wav};

/// Seconds of the demo that are played, in real time.
const SECONDS: usize = 20;

/// A sound server of the test's own, with a stereo microphone `vmic` that hears what is played, and a mono one.
struct SoundServer {
    desk: Desk,
    server: Child,
}

impl SoundServer {
    /// `None`, with a word, where there is no PulseAudio.
    fn start() -> Option<Self> {
        let there = |program: &str| {
            Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success())
        };
        if !["pulseaudio", "paplay", "pactl"].into_iter().all(there) {
            println!("skipped: pulseaudio and pulseaudio-utils are not installed");
            return None;
        }
        let desk = Desk::new();
        for folder in ["xdg", "xdg/pulse", "home"] {
            use std::os::unix::fs::DirBuilderExt;
            std::fs::DirBuilder::new().mode(0o700).create(desk.path().join(folder)).unwrap();
        }
        let socket = desk.path().join("xdg/pulse/native");
        let script = format!(
            "load-module module-native-protocol-unix auth-anonymous=1 socket={}\n\
             load-module module-null-sink sink_name=out rate=48000 channels=2\n\
             load-module module-remap-source master=out.monitor source_name=vmic \
             source_properties=device.description=VirtualMic\n\
             load-module module-remap-source master=out.monitor source_name=single channels=1 \
             channel_map=mono master_channel_map=front-left source_properties=device.description=OneSide\n\
             set-default-source vmic\n\
             set-default-sink out\n",
            socket.display()
        );
        desk.put("pulse.pa", script.as_bytes());
        let server = Self::spawn(&desk);
        Some(Self { desk, server })
    }

    fn spawn(desk: &Desk) -> Child {
        let log = std::fs::File::create(desk.path().join("pulse.log")).unwrap();
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "-F"]);
        command.arg(desk.path().join("pulse.pa")).stderr(log).stdout(Stdio::null());
        let server = environment(desk, &mut command).spawn().unwrap();
        wait_until("the sound server answered", || {
            let asked = environment(desk, Command::new("pactl").arg("info")).output().unwrap();
            String::from_utf8_lossy(&asked.stdout).contains("Default Source: vmic")
        });
        server
    }

    /// Ends it as a crash does, then starts it again after a while.
    fn crash(&mut self) {
        self.server.kill().unwrap();
        self.server.wait().unwrap();
    }

    fn restart(&mut self) {
        self.server = Self::spawn(&self.desk);
    }

    fn play(&self, wav: &PathBuf) -> Child {
        let mut command = Command::new("paplay");
        command.args(["--latency-msec=20", "--device=out"]).arg(wav);
        environment(&self.desk, &mut command).spawn().unwrap()
    }

    /// How many streams are being recorded from it.
    fn listeners(&self) -> usize {
        let mut command = Command::new("pactl");
        let asked = environment(&self.desk, command.args(["list", "short", "source-outputs"])).output();
        let all = String::from_utf8(asked.unwrap().stdout).unwrap();
        // A source made of another source records that one itself.
        all.lines().filter(|line| !line.contains("module-remap-source")).count()
    }

    fn appliance(&self) -> Appliance {
        Appliance::start_with(|command| {
            environment(&self.desk, command).env("UNDERTONE_AUDIO__HOST", "pulseaudio");
        })
    }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn environment<'a>(desk: &Desk, command: &'a mut Command) -> &'a mut Command {
    let runtime = desk.path().join("xdg");
    command
        .env("PULSE_SERVER", format!("unix:{}", runtime.join("pulse/native").display()))
        .env("PULSE_RUNTIME_PATH", runtime.join("pulse"))
        .env("XDG_RUNTIME_DIR", runtime)
        .env("HOME", desk.path().join("home"))
}

fn open(appliance: &Appliance, layout: &str, device: &str) -> String {
    let source = json!({ "kind": "device", "device": device });
    let body = json!({ "layout": layout, "source": source, "consent": "notified" });
    let (status, call) = appliance.post("/api/v1/calls", &body);
    assert_eq!(status, 201, "{call}");
    text(&call["id"])
}

fn call(appliance: &Appliance, id: &str) -> Value {
    appliance.get(&format!("/api/v1/calls/{id}")).1
}

fn stop(appliance: &Appliance, id: &str) -> Value {
    let (status, summary) = appliance.post(&format!("/api/v1/calls/{id}/stop"), &json!({}));
    assert_eq!((status, &summary["state"]), (200, &json!("ended")), "{summary}");
    summary
}

/// The next message that `is` accepts.
#[track_caller]
fn next(events: &Receiver<(String, Value)>, what: &str, is: impl Fn(&str, &Value) -> bool) -> Value {
    let until = Instant::now() + Duration::from_secs(15);
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let Ok((event, data)) = events.recv_timeout(left) else { panic!("{what} was not told") };
        if is(&event, &data) {
            return data;
        }
    }
}

#[test]
fn a_virtual_microphone_is_measured_like_its_recording() {
    let Some(server) = SoundServer::start() else { return };
    let wav = server.desk.put("demo.wav", &demo_wav(SECONDS));
    let appliance = server.appliance();
    let (_, list) = appliance.get("/api/v1/devices");
    let first = json!({ "id": "pulseaudio:vmic", "name": "VirtualMic", "channels": [1, 2], "default": true });
    assert_eq!((&list["host"], &list["devices"][0]), (&json!("pulseaudio"), &first), "{list}");
    assert_eq!(list["why"], Value::Null);

    // The call begins in the room's noise before the first word: a dead line before it is another recording.
    let mut player = server.play(&wav);
    std::thread::sleep(Duration::from_millis(200));
    let id = open(&appliance, "rep-left", "pulseaudio:vmic");
    assert!(player.wait().unwrap().success());
    let live = stop(&appliance, &id);

    let analysed = server.desk.analyze(&["--json", "demo.wav"]).json().remove(0);
    for (side, channel) in
        live["sides"].as_array().unwrap().iter().zip(analysed["channels"].as_array().unwrap())
    {
        let [heard, said] = [&side["speech_s"], &channel["speech_s"]].map(|v| v.as_f64().unwrap());
        let [counted, spoken] = [&side["nuclei"], &channel["nuclei"]].map(|v| v.as_f64().unwrap());
        println!("{}: {heard} s of {said} s, {counted} nuclei of {spoken}", side["channel"]);
        assert!(said > 2.0 && (heard - said).abs() <= 0.5, "{heard} s of {said} s of speech");
        assert!((counted / spoken - 1.0).abs() <= 0.15, "{counted} of {spoken} nuclei");
    }
    let (_, receipt) = appliance.get(&format!("/api/v1/calls/{id}/receipt"));
    assert_eq!((&receipt["audio_bytes_written"], &receipt["streams"]), (&json!(0), &json!(1)), "{receipt}");
    assert_eq!(receipt["sandbox"]["level"], json!("degraded"));
    let why = "local sockets are open for the sound server, which could be asked to write";
    assert_eq!(receipt["sandbox"]["why"][0], json!(why));
    // A door for local sockets lets the ear hang up on a client, but not connect to anybody else.
    for probe in receipt["sandbox"]["probes"].as_array().unwrap() {
        assert!(probe["refused"] == true || probe["what"] == "turn a client's connection around", "{probe}");
    }
    wait_until("the microphone was closed", || server.listeners() == 0);
}

#[test]
fn a_sound_server_that_crashes_is_waited_for() {
    let Some(mut server) = SoundServer::start() else { return };
    let wav = server.desk.put("demo.wav", &demo_wav(SECONDS));
    let appliance = server.appliance();
    let id = open(&appliance, "mono", "pulseaudio:vmic");
    let events = appliance.watch(&id, None);
    next(&events, "the first tick", |event, _| event == "tick");
    server.crash();
    let lost = next(&events, "the loss", |_, data| data["kind"] == "source_lost");
    let lost_ms = lost["at_ms"].as_u64().unwrap();
    let why = next(&events, "the reason", |event, data| event == "state" && data["problem"].is_string());
    assert!(text(&why["problem"]).contains("input `pulseaudio:vmic`"), "{why}");
    assert_eq!((&why["state"], &call(&appliance, &id)["state"]), (&json!("lost"), &json!("lost")));

    std::thread::sleep(Duration::from_secs(1));
    server.restart();
    let back = next(&events, "the return", |_, data| data["kind"] == "source_back");
    let back_ms = back["at_ms"].as_u64().unwrap();
    let mut player = server.play(&wav);
    next(&events, "speech after the gap", |_, data| {
        data["speech_ms"].as_u64() > Some(50) && data["start_ms"].as_u64() >= Some(back_ms)
    });
    player.kill().unwrap();
    player.wait().unwrap();
    assert!((lost_ms + 1_000..lost_ms + 9_000).contains(&back_ms), "lost at {lost_ms}, back at {back_ms}");
    assert_eq!(call(&appliance, &id)["problem"], Value::Null);
    stop(&appliance, &id);
    let (_, receipt) = appliance.get(&format!("/api/v1/calls/{id}/receipt"));
    assert_eq!(receipt["streams"], json!(2), "{receipt}");
}

#[test]
fn a_level_is_told_only_while_somebody_watches() {
    let Some(server) = SoundServer::start() else { return };
    let wav = server.desk.put("demo.wav", &demo_wav(SECONDS));
    let appliance = server.appliance();
    assert_eq!(server.listeners(), 0);
    let mut player = server.play(&wav);
    let levels = appliance.events("/api/v1/devices/pulseaudio%3Avmic/level", None);
    let loud = |event: &str, data: &Value| event == "level" && data["rms_db"].as_f64() > Some(-50.0);
    let level = next(&levels, "a voice", loud);
    assert!(level["peak_db"].as_f64() >= level["rms_db"].as_f64(), "{level}");
    assert_eq!(server.listeners(), 1);
    let began = Instant::now();
    (0..10).for_each(|_| _ = next(&levels, "a level", |event, _| event == "level"));
    assert!((500..2_000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    drop(levels);
    wait_until("the input was closed", || server.listeners() == 0);
    player.kill().unwrap();
    player.wait().unwrap();
    let none = appliance.events("/api/v1/devices/pulseaudio%3Anowhere/level", None);
    let problem = next(&none, "the reason", |event, _| event == "problem");
    assert!(text(&problem["detail"]).contains("`pulseaudio:nowhere`"), "{problem}");
}

#[test]
fn an_input_that_does_not_fit_is_refused_in_one_sentence() {
    let Some(server) = SoundServer::start() else { return };
    let appliance = server.appliance();
    for (layout, device, reason) in [
        ("rep-left", "pulseaudio:single", "layout rep-left needs an input of 2 channels and this one has 1"),
        ("mono", "pulseaudio:nowhere", "it is not there: plug it in"),
        ("mono", "alsa:default", "this is not an input of audio.host = \"pulseaudio\""),
        ("mono", "nonsense", "this is not an input"),
    ] {
        let id = open(&appliance, layout, device);
        wait_until("the reason was told", || call(&appliance, &id)["problem"].is_string());
        let told = call(&appliance, &id);
        assert!(text(&told["problem"]).contains(reason), "{told}");
        assert_eq!(told["state"], json!("waiting"));
        stop(&appliance, &id);
    }
}

/// ALSA's file device: it gives a file's bytes as sound, as fast as they are taken. The ear may read what ALSA is
/// configured by, so it plays that.
const FILE_DEVICE: &str = r#"
pcm.filemic {
  type file
  slave.pcm "null"
  file 1
  infile "/usr/share/alsa/alsa.conf"
  format "raw"
  hint { show on description "file-fed microphone" }
}
"#;

#[test]
fn an_alsa_input_is_heard_behind_closed_walls() {
    if !std::path::Path::new("/usr/share/alsa/alsa.conf").exists() {
        return println!("skipped: libasound2-data is not installed");
    }
    let desk = Desk::new();
    let config = desk.put("asound.conf", FILE_DEVICE.as_bytes());
    let appliance = Appliance::start_with(|command| {
        command.env("ALSA_CONFIG_PATH", format!("/usr/share/alsa/alsa.conf:{}", config.display()));
    });
    let (_, sandbox) = appliance.get("/api/v1/sandbox");
    assert_eq!(sandbox["level"], json!("enforced"), "{sandbox}");
    let (_, list) = appliance.get("/api/v1/devices");
    let devices = list["devices"].as_array().unwrap();
    let file =
        devices.iter().find(|device| device["id"] == "alsa:filemic").unwrap_or_else(|| panic!("{list}"));
    assert_eq!((&file["name"], &list["host"]), (&json!("file-fed microphone"), &json!("alsa")));
    let id = open(&appliance, "rep-right", "alsa:filemic");
    wait_until("sound was heard", || call(&appliance, &id)["elapsed_ms"].as_u64() > Some(0));
    stop(&appliance, &id);
    // It is hundreds of times faster than any card: what it overran takes a while to be counted as lost.
    let receipt = || appliance.get(&format!("/api/v1/calls/{id}/receipt")).1;
    wait_until("the input was closed", || receipt()["streams"] == 1);
    let receipt = receipt();
    assert_eq!(
        (&receipt["audio_bytes_written"], &receipt["running"]),
        (&json!(0), &json!(false)),
        "{receipt}"
    );
    assert_eq!(receipt["sandbox"]["level"], json!("enforced"), "{receipt}");
}

#[test]
fn a_machine_without_a_sound_card_says_so() {
    if std::path::Path::new("/dev/snd").exists() {
        return println!("skipped: this machine has a sound card");
    }
    let appliance = Appliance::start();
    let (status, list) = appliance.get("/api/v1/devices");
    assert_eq!((status, &list["devices"]), (200, &json!([])), "{list}");
    assert!(text(&list["why"]).contains("no sound device"), "{list}");
    assert_eq!(appliance.get("/api/v1/sandbox").1["level"], json!("enforced"));
    let id = open(&appliance, "mono", "alsa:default");
    wait_until("the reason was told", || call(&appliance, &id)["problem"].is_string());
    stop(&appliance, &id);
}
