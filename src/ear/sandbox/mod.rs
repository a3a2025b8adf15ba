//! The walls of the room: after `enter`, this process can neither write a file nor open a connection nor start a program.

mod landlock;
mod probes;
mod seccomp;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Mutex;

use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};

use crate::observations::{SandboxLevel, SandboxState};

pub use probes::{Outside, PROBE_FILE};

/// What the sound sources need from the outside once the walls stand.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Files and folders that may be read.
    pub read: Vec<PathBuf>,
    /// Device nodes that may be opened for reading and writing.
    pub devices: Vec<PathBuf>,
    /// A sound server is reached through local sockets: the wall has a door, and the receipt names it.
    pub local_sockets: bool,
}

/// A wall that could not be put up.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {why}")]
pub struct SandboxError {
    what: &'static str,
    why: String,
}

fn failed<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> SandboxError {
    move |error| SandboxError { what, why: error.to_string() }
}

/// Puts up the walls and tries each of them. Call it before the first thread starts: an older thread stays free.
///
/// `outside` holds what the self-test needs from before; it is dropped when the test is over. A wall that the kernel
/// does not know makes the state degraded; it is never an error, so that the desk can decide.
pub fn enter(needs: &Needs, outside: Outside) -> SandboxState {
    let mut why = Vec::new();
    let mut note = |result: Result<(), SandboxError>| {
        if let Err(error) = result {
            why.push(error.to_string());
        }
    };
    note(leave_no_traces());
    let landlock = match landlock::restrict(needs) {
        Ok(status) => status,
        Err(error) => {
            note(Err(error));
            "none".to_owned()
        }
    };
    let filtered = seccomp::restrict(needs);
    let syscalls_filtered = filtered.is_ok();
    note(filtered);
    if needs.local_sockets {
        why.push("local sockets are open for the sound server, which could be asked to write".to_owned());
    }
    let probes = probes::try_all(outside, needs);
    for probe in probes.iter().filter(|probe| probe.errno == 0) {
        why.push(format!("the kernel allowed this: {}", probe.what));
    }
    let level = if why.is_empty() { SandboxLevel::Enforced } else { SandboxLevel::Degraded };
    SandboxState { level, why, landlock, syscalls_filtered, probes }
}

/// No core dump, no reading of this process's memory by others of its user, no outliving of the desk.
fn leave_no_traces() -> Result<(), SandboxError> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(failed("death signal"))?;
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(Resource::Core, none).map_err(failed("core dump limit"))?;
    // A core pattern that pipes to a program ignores the limit.
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed("not dumpable"))?;
    rustix::thread::set_no_new_privs(true).map_err(failed("no new privileges"))
}

/// Closes every descriptor that was inherited by accident: the walls do not govern what is already open.
#[allow(unsafe_code)]
pub fn close_inherited() {
    // SAFETY: called first thing in the process, when nothing but 0, 1 and 2 belongs to anybody.
    unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, 0_u32) };
}

/// The kernel's own count of the bytes that this process wrote to storage since it began to count.
pub struct StorageCount {
    file: Mutex<File>,
    before: u64,
}

impl StorageCount {
    /// Begins to count. Opened before the walls stand; `None` where the kernel does not count.
    pub fn begin() -> Option<Self> {
        let mut count = Self { file: Mutex::new(File::open("/proc/self/io").ok()?), before: 0 };
        count.before = count.bytes()?;
        Some(count)
    }

    /// Bytes since [`StorageCount::begin`].
    pub fn bytes(&self) -> Option<u64> {
        let mut file = self.file.lock().ok()?;
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).ok()?;
        file.read_to_string(&mut text).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("write_bytes: "))?;
        Some(line.trim().parse::<u64>().ok()?.saturating_sub(self.before))
    }
}
