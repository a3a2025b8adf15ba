//! What keeps the ear from writing, as the ear itself found it when it tried.

use serde::{Deserialize, Serialize};

/// How firmly the kernel holds the ear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SandboxLevel {
    /// Every attempt to write, connect or start a program was refused.
    Enforced,
    /// At least one attempt went through, or the kernel cannot refuse; `SandboxState::why` says which.
    Degraded,
}

/// One thing the ear tried at its start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What was tried, in words.
    pub what: String,
    /// The kernel's refusal; 0 when it was allowed.
    pub errno: i32,
}

impl Probe {
    pub fn refused(&self) -> bool {
        self.errno != 0
    }

    /// The kernel's answer in its words, for example "Permission denied (os error 13)".
    pub fn answer(&self) -> String {
        if self.refused() {
            std::io::Error::from_raw_os_error(self.errno).to_string()
        } else {
            "allowed".to_owned()
        }
    }
}

/// The result of the self-test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxState {
    pub level: SandboxLevel,
    /// One sentence each; empty when enforced.
    pub why: Vec<String>,
    /// The kernel's file rules in force, for example "Landlock ABI 7".
    pub landlock: String,
    /// System calls are filtered (seccomp).
    pub syscalls_filtered: bool,
    pub probes: Vec<Probe>,
}
