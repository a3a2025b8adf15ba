//! `undertone doctor`: checks what this machine gives the appliance; each line is ok, a warning or a failure with a mend.

mod machine;

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::Stop;
use super::keeper::{Keeper, Stopper};
use super::serve::check_data;
use super::settings::{Flags, Settings};
use super::tls::authority::Authority;
use super::tls::{fingerprint, given, now_s};
use crate::ear::clock::{monotonic_us, unix_ms};
use crate::hints::Layers;
use crate::live::{Clocks, Live};
use crate::observations::{DeviceList, SandboxLevel, SandboxState};
use crate::store::{self, audit};

/// Less free space than this is a warning.
const DISK_BYTES_MIN: u64 = 1 << 30;

/// A certificate that ends sooner is a warning: whatever renews it should have done so.
const TLS_DAYS_MIN: i64 = 14;

/// 2026-01-01, Unix milliseconds: an earlier clock was never set.
const CLOCK_MS_MIN: u64 = 1_767_225_600_000;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    flags: Flags,
}

enum Finding {
    Ok(String),
    Warning(String),
    Failed(String),
}

pub fn run(arguments: &Arguments) -> Result<(), Stop> {
    let settings = Settings::gather(&arguments.flags, std::env::vars())?;
    let mut findings = vec![
        ("data folder", data(&settings)),
        ("database", database(&settings)),
        ("disk", disk(&settings)),
        ("clock", clock()),
        ("page port", port("listen", settings.listen)),
        ("ear port", port("ear-listen", settings.ear_listen)),
        ("TLS", tls(&settings)),
    ];
    findings.extend(machine::look(Path::new("/")));
    findings.extend(ear(&settings));
    let mut failed = 0;
    for (what, finding) in &findings {
        let (mark, text) = match finding {
            Finding::Ok(text) => ("ok     ", text),
            Finding::Warning(text) => ("warning", text),
            Finding::Failed(text) => {
                failed += 1;
                ("failed ", text)
            }
        };
        println!("{mark}  {what}: {text}");
    }
    if failed > 0 {
        Err(Stop::Failure(format!("{failed} of {} checks failed", findings.len())))
    } else {
        Ok(())
    }
}

fn data(settings: &Settings) -> Finding {
    match check_data(&settings.data) {
        Ok(()) => Finding::Ok(format!("{} can be written", settings.data.display())),
        Err(stop) => Finding::Failed(stop.to_string()),
    }
}

/// Opens it beside a running appliance, looks through it, walks along the audit log and compares that with its signed
/// heads.
fn database(settings: &Settings) -> Finding {
    let examined = match store::examine(&settings.data) {
        Ok(None) => return Finding::Ok("there is none yet; the first start makes it".into()),
        Ok(Some(examined)) => examined,
        Err(error) => return Finding::Failed(error.to_string()),
    };
    match (examined.log, examined.doubt) {
        (audit::Verified { broken: Some(broken), .. }, _) => {
            Finding::Failed(format!("{broken}: keep the file as evidence and restore a backup"))
        }
        (_, Some(doubt)) => Finding::Failed(doubt.to_string()),
        (audit::Verified { entries, .. }, None) => {
            Finding::Ok(format!("whole, and all {entries} audit entries are chained and signed"))
        }
    }
}

fn disk(settings: &Settings) -> Finding {
    match rustix::fs::statvfs(&settings.data) {
        Ok(disk) => {
            let free = disk.f_bavail * disk.f_frsize;
            let text = format!("{:.1} GiB free", free as f64 / f64::from(1 << 30));
            if free < DISK_BYTES_MIN {
                Finding::Warning(format!("{text}: make room, 1 GiB at least"))
            } else {
                Finding::Ok(text)
            }
        }
        Err(error) => Finding::Warning(format!("the free space is not known: {error}")),
    }
}

/// Whether the clock is set, and whether the kernel was told by something that knows the time.
fn clock() -> Finding {
    if unix_ms() < CLOCK_MS_MIN {
        return Finding::Failed("it is before 2026: set the clock, tickets and logs depend on it".into());
    }
    let asked = Command::new("timedatectl").args(["show", "--property=NTPSynchronized", "--value"]).output();
    match asked.map(|asked| String::from_utf8_lossy(&asked.stdout).trim().to_owned()).as_deref() {
        Ok("yes") => Finding::Ok("it is set, and follows a source of time".into()),
        Ok("no") => Finding::Warning("it is set, but follows no source of time: start chrony".into()),
        _ => Finding::Ok("it is set; whether it follows a source of time is not known here".into()),
    }
}

/// What phones would be shown, and until when they take it.
fn tls(settings: &Settings) -> Finding {
    if !settings.tls {
        return Finding::Ok(
            "it is off: browsers give position and microphone on this machine only, or through a proxy"
                .into(),
        );
    }
    let (until_s, what) = match settings.certificate() {
        Some(files) => match files.read() {
            Ok(certificate) => {
                (given::until_s(&certificate), format!("the certificate {}", files.certificate.display()))
            }
            Err(why) => return Finding::Failed(why),
        },
        None => match Authority::kept(&settings.data) {
            Ok(Some(authority)) => {
                let mark = fingerprint(authority.der());
                (Some(authority.until_s()), format!("the authority {} ({mark})", authority.name()))
            }
            Ok(None) => return Finding::Ok("the next start makes an authority".into()),
            Err(error) => return Finding::Failed(error.to_string()),
        },
    };
    let Some(until_s) = until_s else { return Finding::Failed(format!("{what} is not readable")) };
    let days = (until_s - now_s()) / 86_400;
    match days {
        ..0 => Finding::Failed(format!("{what} has ended: no browser takes it, renew it")),
        0..TLS_DAYS_MIN => Finding::Warning(format!("{what} ends in {days} days: renew it")),
        _ => Finding::Ok(format!("{what} is good for {days} days")),
    }
}

fn port(flag: &str, at: std::net::SocketAddr) -> Finding {
    match TcpListener::bind(at) {
        Ok(_) => Finding::Ok(format!("{at} is free")),
        Err(error) => Finding::Warning(format!(
            "{at} cannot be opened now ({error}): is the appliance running? Else use --{flag}"
        )),
    }
}

/// Starts a real ear beside a running one, on a port of its own, and asks it what held it.
fn ear(settings: &Settings) -> Vec<(&'static str, Finding)> {
    let ask = || -> Result<(SandboxState, Result<DeviceList, String>), String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
        let clocks = Clocks { now_ms: unix_ms, monotonic_us, random: || 0 };
        let live: Arc<Live> = Live::new(clocks, 1, Layers::default());
        let data = settings.data.clone();
        let keeper = Keeper {
            live: live.clone(),
            listener,
            data,
            streams_max: 1,
            require_sandbox: settings.require_sandbox,
            audio_host: settings.audio_host,
            proof: None,
        };
        let stopper = Stopper::default();
        let state = keeper.start(&stopper).map_err(|error| error.to_string())?;
        let devices = list_inputs(&live);
        stopper.stop();
        Ok((state, devices))
    };
    match ask() {
        Ok((state, devices)) => walls(state).into_iter().chain(inputs(devices)).collect(),
        Err(why) => vec![("ear", Finding::Failed(why))],
    }
}

fn list_inputs(live: &Live) -> Result<DeviceList, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    runtime.block_on(live.inputs.list(&live.ear)).map_err(|error| error.to_string())
}

fn inputs(listed: Result<DeviceList, String>) -> Vec<(&'static str, Finding)> {
    let list = match listed {
        Ok(list) => list,
        Err(why) => return vec![("input", Finding::Warning(why))],
    };
    let none = list.why.into_iter().map(Finding::Warning);
    let some = list.devices.into_iter().map(|device| {
        let usual = if device.default { ", the default" } else { "" };
        let kind = if device.channels.contains(&2) { "stereo" } else { "mono" };
        Finding::Ok(format!("{} ({}, {kind}{usual})", device.name, device.id))
    });
    none.chain(some).map(|finding| ("input", finding)).collect()
}

fn walls(state: SandboxState) -> Vec<(&'static str, Finding)> {
    let held = match state.level {
        SandboxLevel::Enforced => Finding::Ok(format!("held by {} and a system call filter", state.landlock)),
        SandboxLevel::Degraded => Finding::Warning(format!("degraded: {}", state.why.join("; "))),
    };
    let tried = state.probes.into_iter().map(|probe| match probe.errno {
        0 => ("ear", Finding::Warning(format!("{}: allowed", probe.what))),
        errno => {
            let answer = std::io::Error::from_raw_os_error(errno);
            ("ear", Finding::Ok(format!("{}: refused, {answer}", probe.what)))
        }
    });
    std::iter::once(("ear", held)).chain(tried).collect()
}
