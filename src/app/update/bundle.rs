//! A file and its signature -> a program of a version that whoever holds the key has made for this kind of machine.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::str::FromStr;

use minisign_verify::{PublicKey, Signature};

/// A program is about 40 MiB.
const BYTES_MAX: u64 = 256 << 20;

/// Three numbers, compared in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number([u32; 3]);

impl FromStr for Number {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let numbers: Result<Vec<u32>, _> = text.split('.').map(str::parse).collect();
        numbers.ok().and_then(|numbers| numbers.try_into().ok()).map(Self).ok_or(())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(out, "{major}.{minor}.{patch}")
    }
}

/// What a program says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub number: Number,
    /// In which way it keeps data; a greater one reads all that are less.
    pub data: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        write!(out, "undertone {}", self.number)
    }
}

impl Version {
    /// Asks a program which version it is.
    ///
    /// # Errors
    /// It cannot be run here, or is not Undertone.
    pub fn of(program: &Path) -> Result<Self, String> {
        let asked = Command::new(program).arg("--version").output();
        let asked = asked.map_err(|error| {
            format!("{} cannot be run on this machine ({error}): take the file for it", program.display())
        })?;
        let said = String::from_utf8_lossy(&asked.stdout);
        Self::read(said.trim()).ok_or_else(|| {
            let said: String = said.chars().take(80).collect();
            format!("{} is not Undertone: asked for its version it said `{}`", program.display(), said.trim())
        })
    }

    /// `undertone 0.2.0 (data 13)`
    fn read(said: &str) -> Option<Self> {
        let (number, data) = said.strip_prefix("undertone ")?.strip_suffix(')')?.split_once(" (data ")?;
        Some(Self { number: number.parse().ok()?, data: data.parse().ok()? })
    }
}

/// What Debian calls this kind of machine.
pub fn machine() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Reads an update. The signature holds for the very bytes that are answered, and for the version and kind of machine that
/// its trusted comment names (`undertone 0.2.0 amd64`).
///
/// # Errors
/// Something is missing, does not belong to the key, or is for another machine.
pub fn open(file: &Path, key: &Path) -> Result<(Vec<u8>, Number), String> {
    let shown = file.display();
    let length = fs::metadata(file).map_err(|error| format!("{shown}: {error}"))?.len();
    if length > BYTES_MAX {
        return Err(format!("{shown} has {length} bytes, an update has {BYTES_MAX} at most: refused"));
    }
    let text = fs::read_to_string(key).map_err(|error| {
        format!("{}: {error}: give the key of whoever makes your updates with --key", key.display())
    })?;
    let key_of = PublicKey::decode(text.trim())
        .map_err(|_| format!("{} is no key of minisign: give another with --key", key.display()))?;
    let beside = format!("{shown}.minisig");
    let signature = fs::read_to_string(&beside)
        .map_err(|error| format!("{beside}: {error}: an update comes with its signature beside it"))?;
    let signature =
        Signature::decode(signature.trim()).map_err(|_| format!("{beside} is no signature of minisign"))?;
    let bytes = fs::read(file).map_err(|error| format!("{shown}: {error}"))?;
    key_of.verify(&bytes, &signature, false).map_err(|_| {
        format!(
            "{shown} is refused: its signature does not hold with the key in {}; fetch both anew",
            key.display()
        )
    })?;
    let comment = signature.trusted_comment();
    let number = match comment.split(' ').collect::<Vec<_>>()[..] {
        ["undertone", number, kind] if kind == machine() => number.parse().ok(),
        _ => None,
    };
    let number = number.ok_or_else(|| {
        let (said, kind) = (comment.chars().take(80).collect::<String>(), machine());
        format!(
            "{shown} is refused: it is signed as `{said}`, and this machine takes `undertone VERSION {kind}`"
        )
    })?;
    Ok((bytes, number))
}
