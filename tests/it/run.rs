//! Runs the built binary in a folder of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use undertone::ear::sources::demo::{CHANNELS, Demo};

use super::wav::{self, Header, MONO_16};

/// A folder that goes away with the test.
pub struct Desk(TempDir);

/// What a run left.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The one sentence that a refused run says.
    #[track_caller]
    pub fn sentence(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "{}", self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self.err.trim_end()
    }

    /// The JSON of each file.
    #[track_caller]
    pub fn json(&self) -> Vec<serde_json::Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("one line of JSON a file")).collect()
    }
}

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder"))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, bytes).expect("the temporary folder can be written");
        path
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).expect("the file was written")
    }

    /// The names in the folder, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.path()).expect("the folder is there");
        let mut names: Vec<_> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs `undertone analyze` there.
    pub fn analyze(&self, arguments: &[&str]) -> Ran {
        self.analyze_stdin(arguments, b"")
    }

    /// Runs `undertone rehearse` there.
    pub fn rehearse(&self, arguments: &[&str]) -> Ran {
        self.run("rehearse", arguments)
    }

    /// Runs `undertone replay` there.
    pub fn replay(&self, arguments: &[&str]) -> Ran {
        self.run("replay", arguments)
    }

    fn run(&self, command: &str, arguments: &[&str]) -> Ran {
        let done = Command::new(env!("CARGO_BIN_EXE_undertone"))
            .arg(command)
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("the binary runs");
        Ran {
            code: done.status.code(),
            out: String::from_utf8(done.stdout).expect("text"),
            err: String::from_utf8(done.stderr).expect("text"),
        }
    }

    pub fn analyze_stdin(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_undertone"))
            .arg("analyze")
            .args(arguments)
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdin = child.stdin.take().expect("a pipe was asked for");
        std::thread::scope(|scope| {
            // Who refuses its input early closes the pipe; that is no fault.
            scope.spawn(move || _ = stdin.write_all(input));
        });
        let done = child.wait_with_output().expect("the binary ends");
        Ran {
            code: done.status.code(),
            out: String::from_utf8(done.stdout).expect("text"),
            err: String::from_utf8(done.stderr).expect("text"),
        }
    }
}

/// The first seconds of the demo as a stereo WAV file.
pub fn demo_wav(seconds: usize) -> Vec<u8> {
    let mut samples = vec![0.0; seconds * Demo::RATE_HZ as usize * CHANNELS];
    let count = Demo::new().fill(&mut samples);
    wav::file(Header { channels: CHANNELS as u16, ..MONO_16 }, &wav::pcm16(&samples[..count]))
}
