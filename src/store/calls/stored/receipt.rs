//! What the ear did with the sound of a call.

use serde::{Deserialize, Serialize};

use super::Version;

/// The receipts of a call's streams, added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredReceipt {
    #[serde(default)]
    pub v: Version,
    pub streams: u32,
    pub heard_s: f64,
    pub audio_bytes_in: u64,
    /// Bytes the kernel saw the ear write to storage; `None` where it does not count.
    pub audio_bytes_written: Option<u64>,
    pub observation_bytes_out: u64,
    /// Audio that arrived and could not be analysed in time.
    pub dropped_ms: u64,
    pub memory_locked: bool,
    pub sandbox: StoredSandbox,
    /// A stream was running that is not counted.
    pub running: bool,
}

/// The walls around the ear, as they stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSandbox {
    pub level: StoredSandboxLevel,
    /// One sentence for each weakness.
    pub why: Vec<String>,
    pub landlock: String,
    pub syscalls_filtered: bool,
    pub probes: Vec<StoredProbe>,
}

impl StoredSandbox {
    /// There was no ear, and so there were no walls.
    pub fn down() -> Self {
        Self {
            level: StoredSandboxLevel::Down,
            why: Vec::new(),
            landlock: String::new(),
            syscalls_filtered: false,
            probes: Vec::new(),
        }
    }
}

/// How firm they were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoredSandboxLevel {
    Enforced,
    Degraded,
    /// There was no ear.
    Down,
}

/// One attempt to break out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredProbe {
    pub what: String,
    pub refused: bool,
    /// In the kernel's words.
    pub answer: String,
}
