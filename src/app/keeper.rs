//! Keeps the ear alive: starts it with its listening socket, passes on what it says, starts it again when it dies.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, IoSlice};
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags};
use tokio::sync::watch;

use super::tls::Proof;
use crate::live::Live;
use crate::observations::wire::{Said, read};
use crate::observations::{AudioHost, SandboxLevel, SandboxState};

/// An ear that dies sooner than this after its start is started again more slowly, up to [`PAUSE_MAX`].
const STEADY: Duration = Duration::from_secs(5);
const PAUSE_MAX: Duration = Duration::from_millis(800);

/// Lines of an ear's log that are passed on; a sound library can write without end.
const LOG_LINES_MAX: usize = 200;

/// Everything an ear is started with. The desk keeps the socket, so that the port stays open while the ear restarts.
pub struct Keeper {
    pub live: Arc<Live>,
    pub listener: TcpListener,
    pub data: PathBuf,
    pub streams_max: usize,
    pub require_sandbox: bool,
    pub audio_host: AudioHost,
    /// What the ear proves itself with; without it, it speaks plainly.
    pub proof: Option<watch::Receiver<Proof>>,
}

/// How the desk ends the ear with itself.
#[derive(Clone, Default)]
pub struct Stopper {
    stopping: Arc<AtomicBool>,
    ear: Arc<AtomicU32>,
}

impl Stopper {
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        let ear = self.ear.load(Ordering::SeqCst);
        if let Some(ear) = rustix::process::Pid::from_raw(ear.cast_signed()) {
            let _ = rustix::process::kill_process(ear, rustix::process::Signal::KILL);
        }
    }
}

/// Why the ear could not be kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    #[error("the ear did not start: {0}")]
    Start(#[from] io::Error),
    #[error(
        "the kernel does not hold the ear ({why}) and privacy.require_sandbox is true: use Linux 5.13 or later \
         with Landlock, or set privacy.require_sandbox to false and run degraded"
    )]
    NoSandbox { why: String },
}

impl Keeper {
    /// Starts the first ear and a thread that keeps it. Returns when it is ready, with the state of its walls.
    ///
    /// # Errors
    /// See [`KeepError`].
    pub fn start(self, stopper: &Stopper) -> Result<SandboxState, KeepError> {
        let (tell, told) = std::sync::mpsc::channel();
        let stopper = stopper.clone();
        // The kernel ends the ear when this *thread* ends, so it must live as long as the desk.
        std::thread::Builder::new().name("ear-keeper".into()).spawn(move || {
            let first = self.spawn(&stopper);
            match first {
                Ok((ear, state)) => {
                    let _ = tell.send(Ok(state));
                    self.keep(ear, &stopper);
                }
                Err(error) => {
                    let _ = tell.send(Err(error));
                }
            }
        })?;
        told.recv().map_err(|_| io::Error::other("its keeper ended"))?
    }

    fn keep(&self, mut ear: Ear, stopper: &Stopper) {
        let mut pause = Duration::ZERO;
        loop {
            let gone = self.listen(&mut ear);
            self.live.ear_fell();
            let _ = ear.child.kill();
            let status = ear.child.wait();
            if stopper.stopping.load(Ordering::SeqCst) {
                return;
            }
            tracing::warn!(?status, reason = %gone, "the ear died and is started again");
            pause = if ear.began.elapsed() > STEADY { Duration::ZERO } else { next_pause(pause) };
            ear = loop {
                std::thread::sleep(pause);
                self.live.figures.ear_restarts.inc();
                match self.spawn(stopper) {
                    Ok((ear, _)) => break ear,
                    Err(error) => tracing::error!(%error, "the ear could not be started; trying again"),
                }
                pause = next_pause(pause);
            };
            self.live.ear_rose();
        }
    }

    /// Passes on what the ear says until it is gone.
    fn listen(&self, ear: &mut Ear) -> io::Error {
        let mut buffer = Vec::new();
        loop {
            match read(&mut ear.said, &mut buffer) {
                Ok(said) => self.live.hear(said),
                Err(error) => return error,
            }
        }
    }

    fn spawn(&self, stopper: &Stopper) -> Result<(Ear, SandboxState), KeepError> {
        let (mine, theirs) = UnixStream::pair()?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("ear")
            .arg("--data")
            .arg(&self.data)
            .arg("--streams-max")
            .arg(self.streams_max.to_string())
            .arg("--audio-host")
            .arg(self.audio_host.name())
            .args(self.proof.is_some().then_some("--tls"))
            .env_clear()
            .envs(std::env::vars_os().filter(|(name, _)| self.lets_through(name)))
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        stopper.ear.store(child.id(), Ordering::SeqCst);
        if let Some(log) = child.stderr.take() {
            std::thread::Builder::new().name("ear-log".into()).spawn(move || pass_on(log))?;
        }
        pass_listener(&mine, &self.listener)?;
        let mut said = BufReader::new(mine.try_clone()?);
        let ready = read(&mut said, &mut Vec::new());
        let ear = Ear { child, said, began: Instant::now() };
        let Ok(Said::Ready(state)) = ready else {
            return Err(io::Error::other("it ended before it was ready; its log says why").into());
        };
        let _ = std::fs::remove_file(self.data.join(crate::ear::sandbox::PROBE_FILE));
        self.accept(&state)?;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(io::Error::other)?;
        let certificate = self.proof.as_ref().map(|proof| proof.borrow().certificate.clone());
        self.live.ear.rise(mine, key, certificate, state.clone()).map_err(io::Error::other)?;
        self.live.walls_tried();
        Ok((ear, state))
    }

    /// What of the desk's environment the ear gets: only what its sound system is found by.
    fn lets_through(&self, name: &OsStr) -> bool {
        let found_by: &[&str] = match self.audio_host {
            AudioHost::Alsa => &["TMPDIR", "ALSA_CONFIG_PATH"],
            AudioHost::Pulseaudio => {
                &["TMPDIR", "HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH", "PULSE_SERVER", "PULSE_COOKIE"]
            }
        };
        let leaks = cfg!(debug_assertions) && name == crate::ear::PLANTED_LEAK;
        leaks || found_by.iter().any(|one| *one == name)
    }

    fn accept(&self, state: &SandboxState) -> Result<(), KeepError> {
        if state.level == SandboxLevel::Enforced {
            return Ok(());
        }
        let why = state.why.join("; ");
        if self.require_sandbox {
            return Err(KeepError::NoSandbox { why });
        }
        tracing::warn!(%why, "the ear runs degraded: the kernel does not hold it");
        Ok(())
    }
}

struct Ear {
    child: Child,
    said: BufReader<UnixStream>,
    began: Instant,
}

/// An ear that nobody keeps any more must not go on hearing.
impl Drop for Ear {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn next_pause(pause: Duration) -> Duration {
    (pause * 2).clamp(Duration::from_millis(50), PAUSE_MAX)
}

fn pass_listener(link: &UnixStream, listener: &TcpListener) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut with = SendAncillaryBuffer::new(&mut space);
    let sockets = [listener.as_fd()];
    with.push(SendAncillaryMessage::ScmRights(&sockets));
    rustix::net::sendmsg(link, &[IoSlice::new(b"L")], &mut with, SendFlags::empty())?;
    Ok(())
}

/// The ear writes to a pipe, never to a file; it is read to the end so that the ear cannot block on it.
fn pass_on(log: ChildStderr) {
    let mut lines = BufReader::new(log).split(b'\n');
    for line in lines.by_ref().take(LOG_LINES_MAX).map_while(Result::ok) {
        tracing::info!(target: "ear", "{}", String::from_utf8_lossy(&line));
    }
    lines.map_while(Result::ok).for_each(drop);
}
